"""The overview, driven by keys and snapshots."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.errors import StoreLockedError
from console.model import AlertState, Comparison, Filter, Phase, Snapshot, SourceState, Term, View
from console.tui.overview.alerts import quiet_words
from console.tui.overview.loading import draw, progress_of
from console.tui.overview.notices import notices_of
from console.tui.severity import in_order
from console.tui.widgets.chart import Chart
from tests.tui.driving import NARROW, WIDE, driving, first_of, grid_of, painted, press, send, settle, text_of
from tests.tui.fakes import (
    BASE,
    DRIFT,
    ERRORS,
    FOLLOWED,
    NOW,
    OVER,
    SLOW,
    UNSEEN,
    FakeDesk,
    calm,
    incident,
    loading,
    recent,
    waiting,
)


async def test_the_first_paint_does_not_wait_for_the_desk() -> None:
    desk = FakeDesk()
    async with driving(desk, NARROW) as pilot:
        assert "○ starting" in text_of(pilot)
        assert "Starting …" in text_of(pilot)
        await send(pilot, desk, calm())
        assert "All quiet since" in text_of(pilot)


@pytest.mark.parametrize("size", [NARROW, WIDE, (100, 30), (60, 16)])
async def test_an_incident_is_seen_at_once(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        shown = text_of(pilot)
        assert "▲ critical" in shown
        assert "35 % errors against 0.4 %" in shown
        assert "3 rejects" in shown
        assert pilot.app.focused is grid_of(pilot, "#alert-grid")


async def test_alerts_are_sorted_worst_first_and_what_is_over_comes_last() -> None:
    assert in_order((OVER, UNSEEN, SLOW, ERRORS, DRIFT)) == (ERRORS, DRIFT, SLOW, UNSEEN, OVER)


async def test_quiet_says_since_when_and_against_what() -> None:
    async with driving(FakeDesk(calm())) as pilot:
        shown = text_of(pilot)
        assert "✓ All quiet since 11-01 21:02:07 · judged 3 s ago" in shown
        assert "baseline: the same hour of the 7 days before" in shown
        assert not grid_of(pilot, "#alert-grid").display


def test_quiet_is_not_claimed_before_anything_was_judged() -> None:
    unjudged = replace(calm(), judged_at=None, baseline="none yet: 40 rows, 1,000 needed")
    assert quiet_words(unjudged, NOW).plain == (
        "○ Not judged yet · judging what was read\n  baseline: none yet: 40 rows, 1,000 needed"
    )
    assert quiet_words(replace(unjudged, rows=0), NOW).plain == "○ Not judged yet · no request yet"
    assert quiet_words(replace(calm(), quiet_since=None), NOW).plain.startswith(
        "○ No verdict yet · judged 3 s ago"
    )


def test_quiet_is_claimed_only_of_what_was_read_while_a_backlog_loads() -> None:
    said = quiet_words(replace(calm(), phase=Phase.LOADING), NOW).plain
    assert said.startswith("○ Quiet since 11-01 21:02:07, in what was read so far · judged 3 s ago")


def test_quiet_is_claimed_only_of_what_was_judged_until_all_that_was_read_is() -> None:
    said = quiet_words(replace(calm(), judged_in_part=True), NOW).plain
    assert said.startswith("○ Quiet since 11-01 21:02:07, in what was judged so far: the rest is next")


async def test_that_no_alert_is_open_is_not_said_before_anything_was_judged() -> None:
    async with driving(FakeDesk(replace(calm(), judged_at=None))) as pilot:
        assert "none open" not in text_of(pilot)


async def test_what_is_over_stays_visible_beside_quiet() -> None:
    async with driving(FakeDesk(replace(calm(), alerts=(OVER,)))) as pilot:
        assert "All quiet" in text_of(pilot)
        assert "✓ resolved" in text_of(pilot)
        assert "1 resolved" in text_of(pilot)


async def test_waiting_names_what_is_watched_for_and_why_nothing_is_there() -> None:
    async with driving(FakeDesk(waiting()), NARROW) as pilot:
        shown = text_of(pilot)
        assert "Waiting for the first line" in shown
        assert "/var/log/predictions/fraud.jsonl  waiting" in shown
        assert "no such file yet; its directory is watched" in shown
        assert "/root/ranker.log  failed" in shown
        assert not first_of(pilot, "#charts").display


async def test_what_could_not_be_opened_is_told_and_nothing_is_waited_for() -> None:
    failed = Snapshot(NOW, Phase.WAITING, notices=("/var/cache/x.duckdb: no space is left",))
    async with driving(FakeDesk(failed), NARROW) as pilot:
        shown = text_of(pilot)
        assert "! /var/cache/x.duckdb: no space is left" in shown
        assert shown.count("✗ nothing is read") == 1 and "✗ Nothing is read" in shown
        assert "aiting" not in shown


async def test_the_first_line_ends_the_waiting() -> None:
    desk = FakeDesk(waiting())
    async with driving(desk) as pilot:
        await send(pilot, desk, incident())
        assert "Waiting for the first line" not in text_of(pilot)
        assert pilot.app.focused is grid_of(pilot, "#alert-grid")


async def test_loading_tells_how_far_how_fast_and_how_long() -> None:
    desk = FakeDesk(loading(left=900_000_000))
    async with driving(desk) as pilot:
        await send(pilot, desk, loading(left=780_000_000, at=NOW + timedelta(seconds=4)))
        assert "61 % · 26 s left · 30.0 MB/s · 1.2 GB of 2.0 GB" in text_of(pilot)
        await send(pilot, desk, calm())
        assert not first_of(pilot, "#loading").display


def test_the_bar_loses_what_matters_least_where_room_is_short() -> None:
    told = [draw(*progress_of(loading()), width).plain for width in (160, 78, 58, 40, 8)]
    assert all(len(line) <= width for line, width in zip(told, (160, 78, 58, 40, 8), strict=True))
    assert told[0].startswith("Reading what is there  ━")
    assert told[1].startswith("━") and told[1].endswith("2.0 GB")
    assert told[2].endswith("30.0 MB/s")
    assert told[3].endswith("26 s left")
    assert told[4] == " 61 %"


def test_what_cannot_be_told_of_a_backlog_is_not_made_up() -> None:
    unknown = replace(loading(), bytes_per_second=0.0, seconds_left=None)
    assert progress_of(unknown)[1] == (" 61 %", "1.2 GB of 2.0 GB")
    assert progress_of(replace(unknown, bytes_left=1))[1][0] == " 99 %"
    assert progress_of(replace(unknown, bytes_left=0, bytes_total=0))[0] == 0.0
    assert progress_of(replace(unknown, bytes_left=9, bytes_total=5))[0] == 0.0


async def test_the_overview_can_be_used_while_a_backlog_loads() -> None:
    async with driving(FakeDesk(loading()), NARROW) as pilot:
        await press(pilot, "tab", "tab", "enter")
        assert "FeatureMismatch" in text_of(pilot)
        assert "feature 'amount' is 124000.0" in text_of(pilot)
        await press(pilot, "escape", "s")
        assert "3 reading" in text_of(pilot)


async def test_a_start_that_fails_says_why_and_leaves_with_its_code() -> None:
    error = StoreLockedError("/var/x.duckdb: held by process 4711: end it, or give --db", holder=4711)
    async with driving(FakeDesk(failing={"start": error}), NARROW) as pilot:
        assert "✗ Could not start" in text_of(pilot)
        assert "held by process 4711" in text_of(pilot)
        await press(pilot, "q")
    assert pilot.app.return_code == 3


async def test_notices_and_failed_sources_are_told_three_lines_at_most() -> None:
    failed = replace(FOLLOWED[0], state=SourceState.FAILED, problem="permission denied")
    told = notices_of(replace(calm(), notices=("a private cache is in use",), sources=(failed,)))
    assert [text for _, _, text in told] == [
        "a private cache is in use",
        "/var/log/predictions/model-1.jsonl: permission denied",
    ]
    assert notices_of(replace(calm(), sources=(failed,) * 9))[2][2] == "7 more such notices"
    async with driving(FakeDesk(replace(calm(), notices=("a private cache is in use",)))) as pilot:
        assert "! a private cache is in use" in text_of(pilot)


def test_what_failed_is_told_before_what_is_waited_for() -> None:
    failed = replace(FOLLOWED[0], state=SourceState.FAILED, problem="permission denied")
    missing = replace(FOLLOWED[1], state=SourceState.WAITING, problem="does not exist yet")
    told = notices_of(replace(calm(), sources=(missing, missing, missing, failed)))
    assert [sign for sign, _, _ in told] == ["✗", "○", "+"]


async def test_a_long_path_leaves_room_for_what_is_wrong() -> None:
    path = f"/var/log/containers/fraud-{'0123456789abcdef' * 4}.log"
    failed = replace(FOLLOWED[0], path=path, state=SourceState.FAILED, problem="permission denied")
    async with driving(FakeDesk(replace(calm(), sources=(failed,))), NARROW) as pilot:
        assert "✗ /var/log/containers…" in text_of(pilot)
        assert "def0123456789abcdef.log: permission denied" in text_of(pilot)


# --- the newest requests ------------------------------------------------------------------------------


async def test_requests_flow_by_until_one_reads_them() -> None:
    desk = FakeDesk(incident(1_000))
    async with driving(desk) as pilot:
        rows = grid_of(pilot, "#rows")
        await send(pilot, desk, incident(1_005))
        assert "f-001005" in text_of(pilot)
        assert "following" in text_of(pilot)
        await press(pilot, "tab")
        assert pilot.app.focused is rows
        await press(pilot, "j", "j")
        held, key, scroll = rows.rows, rows.cursor_key, rows.scroll_offset
        await send(pilot, desk, incident(1_129))
        assert (rows.rows, rows.cursor_key, rows.scroll_offset) == (held, key, scroll)
        assert "paused, 124 new: End follows" in text_of(pilot)


async def test_end_follows_again_from_the_newest_row() -> None:
    desk = FakeDesk(incident(1_000))
    async with driving(desk) as pilot:
        await press(pilot, "tab", "j", "space")
        await send(pilot, desk, incident(1_050))
        await press(pilot, "end")
        rows = grid_of(pilot, "#rows")
        assert rows.cursor_is_first and not rows.marked
        assert "f-001050" in text_of(pilot)
        await send(pilot, desk, incident(1_060))
        assert "f-001060" in text_of(pilot)
        await press(pilot, "j")
        await send(pilot, desk, incident(1_070))
        assert "f-001070" not in text_of(pilot)


async def test_who_leaves_at_the_newest_row_lets_it_follow_again() -> None:
    desk = FakeDesk(incident(1_000))
    async with driving(desk) as pilot:
        await press(pilot, "tab", "tab")
        await send(pilot, desk, incident(1_010))
        assert "f-001010" in text_of(pilot)
        await press(pilot, "tab", "j", "tab")
        await send(pilot, desk, incident(1_020))
        assert "f-001020" not in text_of(pilot)


async def test_the_cursor_on_an_alert_stays_with_it_when_a_worse_one_opens() -> None:
    desk = FakeDesk(replace(incident(), alerts=(SLOW, UNSEEN)))
    async with driving(desk) as pilot:
        await press(pilot, "j")
        await send(pilot, desk, incident())
        grid = grid_of(pilot, "#alert-grid")
        assert grid.cursor_key == UNSEEN.alert_id
        assert len(grid.rows) == 5


async def test_the_same_snapshot_again_paints_nothing() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        counts = [
            painted(widget)
            for widget in (
                *pilot.app.screen.query(Chart),
                grid_of(pilot, "#rows"),
                grid_of(pilot, "#alert-grid"),
            )
        ]
        await send(pilot, desk, replace(incident(), taken_at=NOW + timedelta(seconds=1)))
        assert [count() for count in counts] == [0] * 5


async def test_escape_clears_the_marks() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "tab", "space", "space")
        assert "2 marked" in text_of(pilot)
        await press(pilot, "escape")
        assert "marked" not in text_of(pilot)


async def test_labels_of_new_rows_are_looked_up_and_a_failing_casebook_is_told_once() -> None:
    desk = FakeDesk(incident(1_000), failing={"labels": StoreLockedError("casebook: busy", holder=None)})
    async with driving(desk) as pilot:
        await send(pilot, desk, incident(1_001))
        await send(pilot, desk, incident(1_002))
        assert desk.asked.count("labels") >= 3
        assert len(pilot.app._notifications) == 1


# --- the charts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_charts_tell_the_current_value_the_top_and_the_time(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        shown = text_of(pilot)
        assert "Error rate 36.1 %" in shown
        assert "Traffic 296" in shown
        assert "00:45" in shown and "02:15" in shown
        assert ("↑" in shown) is (size == NARROW)


async def test_episodes_are_marked_by_sign_under_the_charts_and_those_that_are_over_look_so() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        charts = text_of(pilot).split("Alerts")[0]
        assert "▲━" in charts and "▲╍" in charts
    async with driving(FakeDesk(replace(calm(), alerts=(OVER,)))) as pilot:
        assert OVER.state is AlertState.RESOLVED
        charts = text_of(pilot).split("Alerts")[0]
        assert "▲╍" in charts and "━" not in charts


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (WIDE, "Error rate 36.1 % filter on status"),
        (NARROW, "Errors 36.1 % filtered"),
        ((60, 16), "filtered"),
    ],
)
async def test_an_error_rate_of_requests_that_a_filter_chose_by_their_status_says_so(
    size: tuple[int, int], words: str
) -> None:
    view = View(Filter((Term("status", Comparison.AT_LEAST, "500"),)))
    async with driving(FakeDesk(replace(incident(), view=view, matching=40)), size) as pilot:
        shown = text_of(pilot)
        assert words in shown
        assert shown.count("filtered") + shown.count("filter on") == 1, "other charts are as they were"


async def test_charts_tell_what_is_usual_and_which_percentiles_they_mark() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        shown = text_of(pilot)
        assert "Traffic 296 rows/min ╌ usual 190–340" in shown
        assert "Error rate 36.1 % ╌ usual 0.1–0.8" in shown
        assert "─ p50 24.5 · p99 79.6" in shown
        assert "╌╌╌" in shown


async def test_without_traffic_there_is_no_chart_but_no_crash_either() -> None:
    bare = replace(BASE, traffic=(), recent=recent(0, rows=0), as_of=None, phase=Phase.LIVE)
    async with driving(FakeDesk(bare), NARROW) as pilot:
        await pilot.resize_terminal(60, 16)
        await settle(pilot)
        assert "Traffic —" in text_of(pilot)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_what_has_no_verdict_is_counted_beside_the_alerts(size: tuple[int, int]) -> None:
    desk = FakeDesk(replace(incident(), without_baseline=1, too_few_rows=12))
    async with driving(desk, size) as pilot:
        assert "1 resolved · 13 without verdict" in text_of(pilot)
        said = "13 without verdict: 12 too few rows, 1 no baseline yet"
        assert (said in text_of(pilot)) is (size == WIDE)
        await send(pilot, desk, replace(calm(), too_few_rows=3))
        assert "none open · 3 without verdict: 3 too few rows" in text_of(pilot)
        await send(pilot, desk, calm())
        assert "too few rows" not in text_of(pilot)
