"""The page of a handover, and its charts as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from console.export.commands import query_command
from console.export.handover import handover_markdown
from console.export.text_charts import (
    HEIGHT,
    WIDEST,
    bars,
    distribution_lines,
    percent,
    quantity,
    span,
    timeline_lines,
    traffic_lines,
)
from console.model import (
    Alert,
    CommonSlice,
    Condition,
    Distribution,
    Earlier,
    Handling,
    Phase,
    PictureBin,
    QueryCall,
    Said,
    Table,
    Window,
)
from console.model.handover import AlertStory, ExportRecord, Handover, HandoverPlan, LabelTally
from tests.tui.fakes import (
    BEGAN,
    ERRORS,
    HOSTILE,
    NOW,
    OVER,
    PICTURE,
    SLOW,
    TIMELINE,
    evidence,
    hostile,
    incident,
)

READER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
MEASURED = st.none() | st.floats(0, 1e300) | st.sampled_from([0.0, 1e-300, float("inf"), float("nan")])


def handover(*alerts: Alert, **more: object) -> Handover:
    """A handover of these alerts, each with all that there may be of it."""
    usual: dict[str, object] = {
        "made_at": NOW,
        "author": "ann@one",
        "host": "one",
        "versions": {"incident-console": "0.1.0"},
        "window": Window(NOW - timedelta(hours=12), NOW),
        "plan": HandoverPlan(),
        "sources": ("/var/log/fraud.jsonl",),
        "database": "",
        "snapshot": replace(incident(), alerts=alerts),
        "stories": tuple(
            AlertStory(alert, evidence(alert), PICTURE, said=(Said("note", "bob@two", NOW, "look at v3"),))
            for alert in alerts
        ),
    }
    return Handover(**{**usual, **more})  # type: ignore[arg-type]


def kinds_of(page: str) -> set[str]:
    parsed = READER.parse(page)
    return {one.type for token in parsed for one in (token, *(token.children or ()))}


def test_a_page_says_how_things_stand_and_what_is_open() -> None:
    page = handover_markdown(handover(ERRORS, SLOW, OVER))
    assert "2 alerts open (1 critical, 1 warning), 1 over." in page
    assert "Nobody looks after any of them yet." in page
    assert "- Nobody looks after `slow_requests` of `ranker`" in page
    assert "`model_version=v3` and `region=EU`: 35 % against 0.4 % elsewhere; 412 of 1,174 rows" in page
    assert "| amount | 0.726 |" in page
    assert "bob@two` noted: look at v3" in page


def test_who_looks_after_an_alert_is_told_and_it_is_no_open_question() -> None:
    handling = Handling(True, None, "rolling back", "ann@one", NOW)
    page = handover_markdown(handover(replace(ERRORS, handling=handling)))
    assert "All are looked after." in page
    assert "acknowledged by `ann@one`: rolling back" in page
    assert "None: every alert is looked after, no label is disputed." in page


def test_what_people_disagree_about_and_flagged_is_open() -> None:
    keys = tuple(f"f-{number}" for number in range(30))
    page = handover_markdown(handover(conflicts=keys, flagged=("a|b",)))
    assert "- 30 requests of which people say different things" in page
    assert "and 10 more" in page
    assert "- 1 request flagged for a second look: `a|b`" in page
    assert "no alert in this time" in page


def test_a_page_that_is_made_too_early_says_so() -> None:
    early = handover(snapshot=replace(incident(), phase=Phase.LOADING))
    assert "The logs were still being read" in handover_markdown(early)


def test_nothing_of_a_page_is_obeyed_whatever_was_logged() -> None:
    evil = hostile()
    moved = Table(HOSTILE[:4], (HOSTILE[:4], HOSTILE[4:8]))
    stories = tuple(
        AlertStory(
            alert,
            replace(
                evidence(alert),
                moved=moved,
                slices=(CommonSlice((Condition("tag", value, value),), *(1, 1, 0.5, 0.1, 1.0)),),
            ),
            replace(
                PICTURE,
                timeline=replace(TIMELINE, title=value, unit=value[:20]),
                distribution=Distribution(
                    value, "", (PictureBin(value, 0.5, 0.5),), is_number=False, rows_before=1, rows_now=1
                ),
            ),
            earlier=(
                Earlier("x", alert.severity, BEGAN, NOW, True, value, (Said("note", value, NOW, value),)),
            ),
            said=(Said(value, value, NOW, value, NOW),),
            problem=value,
        )
        for alert, value in zip(evil.alerts, HOSTILE, strict=True)
    )
    page = handover_markdown(
        handover(
            snapshot=evil,
            stories=stories,
            author=HOSTILE[0],
            host=HOSTILE[1],
            sources=HOSTILE[:-1],
            labels=tuple(LabelTally("", value, value, 1, NOW, NOW) for value in HOSTILE),
            exports=tuple(ExportRecord("e", value, 1, 1, value, value, "", value, NOW) for value in HOSTILE),
            conflicts=HOSTILE,
            masks=HOSTILE,
        )
    )
    kinds = kinds_of(page)
    assert {"table_open", "fence", "bullet_list_open"} <= kinds
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "code_block", "hr", "em_open"}
    headings = [token for token in READER.parse(page) if token.type == "heading_open"]
    assert len(headings) == len(stories) + 9
    assert not [
        char for char in page if (char < " " and char != "\n") or "\x7f" <= char < "\xa0" or char == "\u202e"
    ]
    assert len(page) < 3_000_000


def test_commands_are_one_line_each_whatever_is_in_them() -> None:
    page = handover_markdown(handover(ERRORS, sources=("/a b/it's.jsonl", "-", "/x\n```\nrm -rf")))
    lines = [line for line in page.splitlines() if line.startswith("icon ")]
    assert len(lines) == 7
    assert all("'/a b/it'\"'\"'s.jsonl' - $'/x\\x0a```\\x0arm -rf'" in line for line in lines)
    assert "# - is standard input" in page


@settings(max_examples=50)
@given(
    values=st.lists(MEASURED, max_size=300),
    step=st.sampled_from([60, 900, 86_400]),
    unit=st.sampled_from(["share", "ms", "requests", ""]),
    plain=st.booleans(),
)
@example(values=[5e-324], step=60, unit="share", plain=False)
def test_a_chart_of_anything_is_a_few_lines_of_one_width(
    values: list[float | None], step: int, unit: str, plain: bool
) -> None:
    lines = bars(values, start=BEGAN, step_seconds=step, unit=unit, marks=((NOW, "now"),), ascii_only=plain)
    if not values:
        assert lines == ["nothing was measured"]
        return
    assert HEIGHT + 2 <= len(lines) <= HEIGHT + 3
    drawn = lines[:HEIGHT]
    edge = lines[HEIGHT].index("+" if plain else "└")
    assert {line[edge] for line in drawn} == {"|" if plain else "┤"}
    assert max(map(len, drawn)) <= edge + 1 + WIDEST
    assert not plain or all(line.isascii() for line in lines)
    if any(value for value in values if value is not None and 0 < value < float("inf")):
        assert drawn[-1][edge + 1 :].strip()


def test_a_bar_is_as_high_as_its_share_of_the_scale() -> None:
    lines = bars([0.0, 0.5, 1.0, None], start=BEGAN, step_seconds=60, unit="share")
    assert lines[0].startswith("100 % ┤")
    assert lines[3].startswith(" 50 % ┤")
    columns = ["".join(line[7 + place : 8 + place] for line in lines[:HEIGHT]) for place in range(4)]
    assert [column.count("█") for column in columns] == [0, 3, 6, 0]


def test_charts_tell_what_they_are_of_with_unit_limit_and_time() -> None:
    told = timeline_lines(TIMELINE)
    assert told[0] == "requests with errors, share, steps of 5 min, UTC; usual 0.4 %; limit 5 %"
    assert any("↑ began 02:03" in line for line in told)
    assert "11-02 00:00" in told[-3]
    drawn = "\n".join(traffic_lines(incident().traffic, 60))
    assert "requests, steps of 1 min, UTC" in drawn and "latency p95, ms, steps of 1 min, UTC" in drawn
    assert traffic_lines((), 60) == ["no requests in this time"]
    assert PICTURE.distribution is not None
    lines = distribution_lines(PICTURE.distribution, ascii_only=True)
    assert lines[0] == "amount: before (12,400 rows), during (1,174 rows)"
    assert [line.count("#") for line in lines[-2:]] == [1, 30]


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.351, "share", "35 %"),
        (0.004, "share", "0.4 %"),
        (0.0, "share", "0 %"),
        (412.0, "ms", "412 ms"),
        (1234567.8, "requests", "1,234,568 requests"),
        (0.31234, "psi", "0.312 psi"),
        (None, "ms", "nothing measured"),
        (float("nan"), "ms", "nan"),
    ],
)
def test_a_quantity_has_its_unit(value: float | None, unit: str, told: str) -> None:
    assert quantity(value, unit) == told


def test_lengths_and_shares_are_short() -> None:
    assert [span(seconds) for seconds in (0, 59, 60, 3_600, 5_400, 86_400, 100_000)] == [
        *("0 s", "59 s", "1 min", "1 h", "1 h 30 min", "1 d", "1 d 3 h"),
    ]
    assert percent(float("inf")) == "inf"


def test_commands_name_the_folders_of_queries_of_ones_own() -> None:
    told = handover(queries=("/srv/my queries",))
    assert "icon query error_spikes" in (line := query_command(told, QueryCall("error_spikes")))
    assert line.endswith("--queries '/srv/my queries'")
