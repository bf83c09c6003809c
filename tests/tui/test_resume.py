"""Who comes back stands where they left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.model import Comparison, Filter, LabelDraft, Phase, QueryCall, RowId, Term, View
from console.tui.alert.screen import AlertScreen
from console.tui.app import IncidentConsole
from console.tui.kept import Given, Kept, Place, PlaceKeeper, Spot, Whereabouts, read_place
from console.tui.places import Surroundings, key_text, place_of, row_id_of, view_text
from console.tui.places import kinds as kinds_known
from console.tui.queries.query import call_text
from console.tui.request.screen import RequestScreen
from console.tui.resume import Resuming
from console.tui.screen import ConsoleScreen, Setting
from tests.tui.driving import CET, grid_of, press, send, settle, toasts
from tests.tui.fakes import BASE, ERRORS, FOLLOWED, HOSTILE, NOW, FakeDesk, calm, incident, loading

GIVEN = Given(("/var/log/a.jsonl",))
EU = View(Filter((Term("region", Comparison.IS, "EU"),)), timedelta(hours=1))
ALERT = Place("alert", {"alert": ERRORS.alert_id, "words": "error spikes fraud"})
OVERVIEW = Place("overview", {})
DRAFTS = (LabelDraft("f-1", "legit", model="fraud"), LabelDraft("f-2", "fraud", model="fraud"))


def kept(*stack: Place, view: View | None = None, theme: str = "") -> Kept:
    at = Whereabouts(view or View(), theme, (OVERVIEW, *stack), BASE.cache)
    return Kept(GIVEN, at, NOW)


@asynccontextmanager
async def resuming(
    desk: FakeDesk, place: Kept | None, file: Path | None = None
) -> AsyncIterator[Pilot[None]]:
    keeper = PlaceKeeper(file, GIVEN, clock=lambda: NOW) if file else None
    app = IncidentConsole(
        desk, title="fraud-prod", utc=lambda: NOW, local=CET, resuming=Resuming(keeper, place)
    )
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        yield pilot


def kinds(pilot: Pilot[None]) -> list[str]:
    return [getattr(screen, "kind", "") for screen in pilot.app.screen_stack]


def opened(pilot: Pilot[None]) -> list[dict[str, str]]:
    """What each screen of the stack was made from."""
    return [dict(one.opened_with()) for one in pilot.app.screen_stack if isinstance(one, ConsoleScreen)]


async def test_what_was_left_is_what_one_comes_back_to(tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    async with resuming(FakeDesk(incident()), None, file) as pilot:
        await press(pilot, "enter", "down", "down", "space", "t")
        wanted = grid_of(pilot, "#rows")
        left = (wanted.cursor_key, wanted.marked, pilot.app.theme)
        await press(pilot, "ctrl+q")
    place = read_place(file)
    assert place is not None
    async with resuming(FakeDesk(incident()), place) as pilot:
        assert kinds(pilot) == ["overview", "alert"]
        grid = grid_of(pilot, "#rows")
        assert (grid.cursor_key, grid.marked, pilot.app.theme) == left
        assert grid.has_focus
        assert "Back where you were at 02:14:07 UTC" in toasts(pilot)


OPENED_WITH = {
    "alert": {"alert": ERRORS.alert_id, "words": "error spikes fraud"},
    "earlier": {"alert": ERRORS.alert_id},
    "evaluate": {"model": "fraud", "basis": "labels", "measure": "F1", "dimension": "region"},
    "evaluated": {
        "model": "fraud",
        "basis": "truth",
        "view": view_text(View(EU.filter, timedelta(hours=2), NOW)),
        "dimension": "region",
        "value": "[/x]",
    },
    "label_queue": {"source": "rows", "among": "1:412 2:0", "alert": "a-1", "call": ""},
    "labels": {"shown": "CONFLICTS", "find": "bob [/x]"},
    "neighbours": {"row": "1:412", "key": "f-1", "beside": "CLIENT", "alert": "a-1"},
    "queries": {},
    "query": {"call": call_text(QueryCall("drift", {"start": NOW}, EU.filter)), "ask_first": ""},
    "rejects": {"source": "/var/log/predictions/model-2.jsonl"},
    "request": {"row": "1:412", "among": "1:0 1:412 1:824", "alert": "a-1"},
    "requests": {"view": view_text(EU), "alert": "a-1"},
    "sources": {},
    "sql": {"text": "select 1 -- [/x]"},
    "versions": {"model": "fraud", "basis": "truth", "view": view_text(EU)},
}


def around(desk: FakeDesk) -> Surroundings:
    return Surroundings(desk, Setting("fraud-prod", lambda: NOW, CET), incident())


def test_every_screen_that_is_a_place_can_be_made_again() -> None:
    def below(screen: type[ConsoleScreen]) -> list[type[ConsoleScreen]]:
        return [one for found in screen.__subclasses__() for one in (found, *below(found))]

    shown = [screen for screen in below(ConsoleScreen) if not screen.__subclasses__()]
    named = [screen.kind for screen in shown]
    assert sorted(named) == sorted([*kinds_known(), "overview"])
    assert OPENED_WITH.keys() == kinds_known().keys(), "each is tried here"


@pytest.mark.parametrize("kind", OPENED_WITH)
def test_a_screen_that_is_made_again_was_opened_with_the_same(kind: str) -> None:
    screen = kinds_known()[kind].again(around(FakeDesk()), OPENED_WITH[kind])
    assert screen is not None
    assert dict(screen.opened_with()) == OPENED_WITH[kind]
    assert screen.doing()


@pytest.mark.parametrize("kind", OPENED_WITH)
def test_no_text_that_a_screen_may_be_opened_with_does_harm(kind: str) -> None:
    for value in HOSTILE:
        screen = kinds_known()[kind].again(around(FakeDesk()), dict.fromkeys(OPENED_WITH[kind], value))
        assert screen is None or isinstance(screen, ConsoleScreen)
    kinds_known()[kind].again(around(FakeDesk()), {})


@pytest.mark.parametrize(
    ("keys", "stack"),
    [
        (("L", "2", "f", *"fraud", "enter"), ["overview", "labels"]),
        (("E", "b", "m", "d"), ["overview", "evaluate"]),
        (("F", "w", "1", "f"), ["overview", "requests", "label_queue"]),
        (("L", "w"), ["overview", "labels", "label_queue"]),
    ],
)
async def test_one_comes_back_to_a_screen_of_labels_or_figures(
    keys: tuple[str, ...], stack: list[str], tmp_path: Path
) -> None:
    desk, file = FakeDesk(incident(), drafts=[DRAFTS]), tmp_path / "place.json"
    async with resuming(desk, None, file) as pilot:
        await press(pilot, *keys)
        left = opened(pilot)
        await press(pilot, "ctrl+q")
    async with resuming(desk, read_place(file)) as pilot:
        assert (kinds(pilot), opened(pilot)) == (stack, left)
        await press(pilot, "E" if stack[-1] == "labels" else "L", "left_square_bracket")
        assert (kinds(pilot), opened(pilot)) == (stack, left)


async def test_filter_and_time_are_those_one_left(tmp_path: Path) -> None:
    desk = FakeDesk(incident())
    async with resuming(desk, kept(view=EU)):
        assert desk.looked[-1] == EU


async def test_it_waits_until_everything_is_read_and_judged() -> None:
    desk = FakeDesk(loading())
    async with resuming(desk, kept(ALERT)) as pilot:
        assert kinds(pilot) == ["overview"]
        assert toasts(pilot) == [
            "Coming back to the alert error spikes fraud once everything is read and judged"
        ]
        await send(pilot, desk, replace(incident(), judged_at=None))
        assert kinds(pilot) == ["overview"]
        await send(pilot, desk, incident())
        assert kinds(pilot) == ["overview", "alert"]


async def test_who_goes_elsewhere_meanwhile_stays_there() -> None:
    desk = FakeDesk(loading())
    async with resuming(desk, kept(ALERT)) as pilot:
        await press(pilot, "s")
        await send(pilot, desk, incident())
        assert kinds(pilot) == ["overview", "sources"]


async def test_an_alert_that_is_gone_is_said_to_be_and_the_rest_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = Place("request", {"row": "1:412", "among": "1:412", "alert": ""})
    desk = FakeDesk(calm())
    async with resuming(desk, kept(ALERT, row)) as pilot:
        assert kinds(pilot) == ["overview"], "it may still be found"
        monkeypatch.setattr("console.tui.resume.PATIENCE_SECONDS", 0.0)
        await send(pilot, desk, calm())
        assert kinds(pilot) == ["overview", "request"]
        assert toasts(pilot)[-1].endswith("there is no more: the alert error spikes fraud")


async def test_a_hostile_place_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.tui.resume.PATIENCE_SECONDS", 0.0)
    odd = [
        Place(kind, {"row": value, "alert": value}, Spot({value: value}, {"rows": (value,)}, value))
        for value in HOSTILE
        for kind in ("alert", "request", value)
    ]
    async with resuming(FakeDesk(incident()), kept(*odd, theme=HOSTILE[0])) as pilot:
        assert kinds(pilot) == ["overview"]


REBUILT = replace(
    incident(),
    cache="anew",
    sources=tuple(replace(one, beginnings=3 * f"{one.source_id:x}a") for one in FOLLOWED),
)
"""The same file, made anew: its sources are told by what they begin with."""


async def test_a_row_of_another_cache_is_found_by_what_its_source_begins_with() -> None:
    request = Place("request", {"row": "7:412", "among": "7:412 8:0", "alert": ""})
    place = kept(request)
    at = replace(place.at, cache="before", sources={"7": "2a2a2a2a", "8": "0123"})
    async with resuming(FakeDesk(REBUILT), replace(place, at=at)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, RequestScreen)
        assert dict(screen.opened_with()) == {"row": "2:412", "among": "2:412", "alert": ""}


async def test_a_request_that_a_rebuilt_cache_does_not_have_is_said_to_be_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.tui.resume.PATIENCE_SECONDS", 0.0)
    request = Place("request", {"row": "2:412", "among": "2:412", "alert": ""})
    place = kept(ALERT, request)
    at = replace(place.at, cache="before", sources={"2": "0123"})
    async with resuming(FakeDesk(REBUILT), replace(place, at=at)) as pilot:
        assert kinds(pilot) == ["overview", "alert"], "row 2:412 is another request by now"
        assert toasts(pilot)[-1].endswith("there is no more: the request")


async def test_the_place_is_kept_while_one_works_and_not_before(tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    async with resuming(FakeDesk(incident()), None, file) as pilot:
        app = pilot.app
        assert isinstance(app, IncidentConsole)
        app._keep_place()
        await settle(pilot)
        assert not file.exists(), "who has gone nowhere can still come back to where they were before"
        await press(pilot, "s")
        app._keep_place()
        await settle(pilot)
        place = read_place(file)
        assert place is not None and [one.kind for one in place.at.stack] == ["overview", "sources"]
        written = file.stat().st_mtime_ns
        app._keep_place()
        await settle(pilot)
        assert file.stat().st_mtime_ns == written, "only when it is another"


async def test_while_one_is_on_the_way_back_nothing_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    desk = FakeDesk(replace(loading(), phase=Phase.LOADING))
    async with resuming(desk, kept(ALERT), file) as pilot:
        await press(pilot, "t", "ctrl+q")
    assert not file.exists()


def test_a_row_is_told_in_a_few_characters() -> None:
    assert row_id_of(key_text(RowId(3, 412))) == RowId(3, 412)
    assert [row_id_of(text) for text in ("", "3", "a:b", ":", "x" * 99)] == [None] * 5


async def test_a_place_whose_rows_are_still_being_read_is_not_forgotten() -> None:
    wanted = Spot({"rows": "1:412"}, {"rows": ("1:824",)})
    async with resuming(FakeDesk(incident()), kept(replace(ALERT, spot=wanted))) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, AlertScreen)
        screen.come_to = wanted
        grid_of(pilot, "#rows").show(())
        place = place_of(pilot.app.screen)
        assert place is not None
        assert (place.spot.cursors["rows"], place.spot.marked) == ("1:412", wanted.marked)
