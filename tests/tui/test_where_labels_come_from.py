"""What a label says of where it was given, from each screen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from console.errors import StoreError
from console.model import LabelDraft, View
from console.model.filter_text import parse_filter
from tests.tui.driving import driving, press, send
from tests.tui.fakes import FakeDesk, incident, kept
from tests.tui.test_labels_list import Team

ROADS: Mapping[str, tuple[Sequence[str], Mapping[str, object]]] = {
    "overview": (["tab", "l", "1"], {"query": "predictions_recent"}),
    "requests": (["F", "l", "1"], {"query": "predictions_in_time"}),
    "query": (
        ["Q", "enter", "f", "r", "q", "enter", "enter", "l", "1"],
        {"query": "spend_by_country", "params": {"model": "frq"}},
    ),
    "sql": (["semicolon", *"select 1;", "enter", "enter", "l", "1"], {"sql": "select 1;"}),
}


@pytest.mark.parametrize("road", ROADS)
async def test_a_label_says_from_which_question_it_came_and_what_it_judges(road: str) -> None:
    keys, wanted = ROADS[road]
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, *["space" if key == " " else key for key in keys])
    ((draft,),) = desk.drafts
    told = json.loads(draft.query)
    assert {key: told[key] for key in wanted} == wanted
    assert_it_says_what_it_judges(draft)


async def test_before_it_is_known_which_rows_were_held_a_label_names_the_filter_that_they_met() -> None:
    desk = FakeDesk(incident(), failing={"recent_call": StoreError("busy")})
    shown = replace(incident(), view=View(parse_filter("version=v3").filter))
    async with driving(desk) as pilot:
        await send(pilot, desk, shown)
        await press(pilot, "tab", "l", "1")
    ((draft,),) = desk.drafts
    assert json.loads(draft.query)["filter"] == "version=v3"


async def test_a_vote_on_a_conflict_keeps_the_alert_that_the_label_came_from() -> None:
    labels = [
        replace(kept(LabelDraft("f-1", value, alert_id="a-1")), author=value, label_id=value)
        for value in "xy"
    ]
    desk = Team(incident(), standing=labels)
    async with driving(desk) as pilot:
        await press(pilot, "L", "2", "enter", "l", "1")
    ((draft,),) = desk.drafts
    assert draft.alert_id == "a-1"
    assert_it_says_what_it_judges(draft)


def assert_it_says_what_it_judges(draft: LabelDraft) -> None:
    said: Mapping[str, str] = {
        name: getattr(draft, name)
        for name in ("request_key", "value", "model", "model_version", "input_hash", "origin")
    }
    assert all(said.values()), said
