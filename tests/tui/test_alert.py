"""The alert screen, driven by keys."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from textual.widgets._toast import Toast

from console.errors import StoreError
from console.model import (
    Alert,
    AlertPicture,
    Distribution,
    Earlier,
    Evidence,
    PictureBin,
    QueryCall,
    Said,
    Table,
    Verdict,
    Window,
)
from console.tui import say
from console.tui.alert.comparison import draw
from console.tui.alert.earlier import EarlierScreen
from console.tui.alert.query import command_line, highlighted
from console.tui.alert.screen import AlertScreen
from console.tui.alert.told import facts_told, title_of
from console.tui.overview.screen import OverviewScreen
from console.tui.places import Surroundings
from console.tui.queries.query import QueryScreen
from console.tui.requests.screen import RequestsScreen
from console.tui.screen import Setting
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, send, settle, text_of, toasts
from tests.tui.fakes import (
    BEGAN,
    DRIFT,
    ERRORS,
    HOSTILE,
    NOW,
    OVER,
    PICTURE,
    TIMELINE,
    FakeDesk,
    alert,
    evidence,
    incident,
    reading,
)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_enter_on_an_alert_shows_what_stands_behind_it(size: tuple[int, int]) -> None:
    desk = FakeDesk(incident())
    async with driving(desk, size) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "▲ CRITICAL  error spikes · fraud   open since 02:03 UTC, 11 min" in shown
        assert "v3 in EU: 35 % errors against 0.4 %" in shown
        assert "model_version=v3, region=EU" in shown
        assert "FeatureMismatch" in shown
        assert "the newest 200, read 02:14:07" in shown
        assert pilot.app.focused is grid_of(pilot, "#rows")


async def test_the_second_alert_opens_if_the_cursor_is_on_it() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "j", "enter")
        assert "◆ WARNING  drift · fraud · amount" in text_of(pilot)


@pytest.mark.parametrize("width", [30, 76, 150])
def test_value_baseline_and_limit_are_told_in_figures_and_bars(width: int) -> None:
    lines = [line.plain for line in draw(ERRORS, width)]
    assert [line.split()[:3] for line in lines] == [
        ["now", "35.1", "%"],
        ["worst", "38.1", "%"],
        ["baseline", "0.4", "%"],
        ["limit", "5.0", "%"],
    ]
    at = lines[3].index("╵")
    assert lines[0][at] == "┿" and lines[2][at] == "│"
    assert lines[1].count("━") > lines[0].count("━") > lines[2].count("━")


def test_nothing_measured_is_a_dash_and_too_few_rows_are_said() -> None:
    bare = alert(reading("drift", "x", value=None, baseline=None, verdict=Verdict.TOO_FEW_ROWS, limit=0.0))
    lines = [line.plain for line in draw(bare, 60)]
    assert lines[0].split() == ["now", "—"]
    assert lines[1].split() == ["baseline", "—"]
    assert lines[-1] == "○ too few rows: neither quiet nor alarming"


def test_an_alert_that_is_over_is_told_by_its_worst_window_and_what_that_was_compared_with() -> None:
    latest = reading("error_spikes", "x", value=0.019, baseline=0.006, limit=0.026)
    worst = reading("error_spikes", "x", value=0.254, baseline=0.02, limit=0.07)
    lines = [line.plain.split()[:2] for line in draw(alert(latest, worst=worst, over=True), 76)]
    assert lines == [["worst", "25.4"], ["baseline", "2.0"], ["limit", "7.0"]]


def test_counts_of_windows_of_different_length_are_not_compared() -> None:
    hour = Window(NOW - timedelta(hours=1), NOW)
    now = reading("surge", "x", value=489.0, baseline=92.65, limit=432.9, unit="requests", window=hour)
    worst = reading("surge", "x", value=223.0, baseline=29.0, limit=87.0, unit="requests")
    told = [line.plain.split()[:2] for line in draw(alert(now, worst=worst), 76)]
    assert told == [["now", "489"], ["baseline", "93"], ["limit", "433"]]
    longer = replace(worst, window=hour)
    assert [line.plain.split()[0] for line in draw(alert(now, worst=longer), 76)][:2] == ["now", "worst"]


def test_the_evidence_tells_its_own_time_where_its_query_has_one() -> None:
    until = NOW.replace(second=0, microsecond=0)
    params = {"start": until - timedelta(minutes=5), "until": until}
    timed, timeless = (
        replace(evidence(ERRORS), call=QueryCall("error_spikes", given)) for given in (params, {})
    )
    noted = facts_told(timed, NOW.date(), moved=False)[1].note
    assert noted.startswith(f"{say.between(params['start'], until, NOW.date())} · error_spikes, s shows it")
    assert facts_told(timeless, NOW.date(), moved=False)[1].note.startswith("error_spikes, s shows it")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_m_shows_which_values_moved_and_m_again_the_evidence(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        await press(pilot, "enter", "m")
        shown = text_of(pilot)
        assert "Which values moved  mean (5 % · 50 % · 95 %), before and during" in shown
        assert all(value in shown for value in ("amount", "0.726", "mean 96.2 (", "mean 1,240 (", "country"))
        assert "0.470" not in shown
        assert pilot.app.focused is grid_of(pilot, "#evidence-grid")
        await press(pilot, "r")
        assert "Which values moved" in text_of(pilot)
        await press(pilot, "m")
        shown = text_of(pilot)
        assert " · error_spikes, s shows it" in shown and "0.470" in shown


async def test_nothing_that_moved_is_said_and_the_rows_keep_the_focus() -> None:
    def still(of: Alert) -> Evidence:
        return replace(evidence(of), moved=Table((), ()))

    async with driving(FakeDesk(incident(), make_evidence=still)) as pilot:
        await press(pilot, "enter", "m")
        assert "Which values moved  none · m shows the evidence" in text_of(pilot)
        assert pilot.app.focused is grid_of(pilot, "#rows")


async def test_an_alert_of_which_no_row_offends_opens_and_says_so() -> None:
    def silent(of: Alert) -> Evidence:
        had = replace(evidence(of), offenders_call=None, moved=Table((), ()))
        return replace(had, offenders=Table((), ()), common=Table((), ()))

    async with driving(FakeDesk(incident(), make_evidence=silent)) as pilot:
        await press(pilot, "enter")
        assert text_of(pilot).count("no row offends: it is the lack of them") == 2
        await press(pilot, "x", "l", "space", "m")
        assert isinstance(pilot.app.screen, AlertScreen)


async def test_rows_that_are_all_meant_are_not_called_offending() -> None:
    def whole(of: Alert) -> Evidence:
        had = replace(evidence(of), common=Table((), ()))
        return replace(had, offenders_call=QueryCall("predictions_in_slice"))

    async with driving(FakeDesk(incident(), make_evidence=whole)) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "Requests of the slice  the newest 200" in shown and "Offending requests" not in shown
        assert "all rows of the slice are meant" in shown


async def test_columns_that_the_title_tells_already_are_left_out_of_the_evidence() -> None:
    def windowed(of: Alert) -> Evidence:
        names = ("window_start", "model", "feature", "rows")
        rows = ((NOW, "fraud", "a", 5), (NOW, "fraud", "b", 6))
        return replace(evidence(of), table=Table(names, rows))

    async with driving(FakeDesk(incident(), make_evidence=windowed)) as pilot:
        await press(pilot, "enter")
        assert [column.name for column in grid_of(pilot, "#evidence-grid").columns] == ["feature", "rows"]


async def test_how_long_an_open_alert_lasts_does_not_reach_beyond_the_newest_line() -> None:
    ahead = replace(ERRORS, last_seen=NOW + timedelta(minutes=5))
    async with driving(FakeDesk(replace(incident(), alerts=(ahead,)))) as pilot:
        assert "11 min" in text_of(pilot)
        await press(pilot, "enter")
        assert "open since 02:03 UTC, 11 min" in text_of(pilot)


async def test_an_alert_that_is_over_says_when_it_ended() -> None:
    async with driving(FakeDesk(replace(incident(), alerts=(OVER,)))) as pilot:
        await press(pilot, "enter")
        assert "resolved 01:03 UTC after 9 min" in text_of(pilot)


async def test_a_snapshot_tells_how_the_alert_goes_on_and_leaves_the_rows_alone() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "j", "j", "space")
        grid = grid_of(pilot, "#rows")
        key, marked = grid.cursor_key, grid.marked
        worse = replace(
            ERRORS, latest=reading("error_spikes", "v3 in EU: 41 % errors against 0.4 %", value=0.41)
        )
        await send(pilot, desk, replace(incident(), alerts=(worse, DRIFT)))
        shown = text_of(pilot)
        assert "v3 in EU: 41 % errors" in shown and "41.0 %" in shown
        assert (grid.cursor_key, grid.marked) == (key, marked)
        assert desk.asked.count("evidence") == 1


async def test_r_reads_the_evidence_again_and_keeps_cursor_and_marks() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "j", "space", "j")
        grid = grid_of(pilot, "#rows")
        key, marked = grid.cursor_key, grid.marked

        def newer(of: object) -> Evidence:
            had = evidence(ERRORS)
            return replace(had, offenders=Table(had.offenders.columns, had.offenders.rows[1:150]))

        desk.make_evidence = newer
        await press(pilot, "r")
        assert "149, read 02:14:07" in text_of(pilot)
        assert (grid.cursor_key, grid.marked) == (key, marked)


async def test_evidence_that_cannot_be_read_says_why_and_can_be_tried_again() -> None:
    desk = FakeDesk(incident(), failing={"evidence": StoreError("out of memory: give --memory")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter")
        assert "cannot be read · r tries again" in text_of(pilot)
        assert "out of memory: give --memory" in text_of(pilot)
        await press(pilot, "s", "x")
        assert isinstance(pilot.app.screen, AlertScreen)
        desk.failing.clear()
        await press(pilot, "r")
        assert "the newest 200" in text_of(pilot)


async def test_nothing_in_common_and_no_rows_are_said() -> None:
    def bare(of: object) -> Evidence:
        return replace(
            evidence(ERRORS), common=Table((), ()), table=Table(("a",), ()), offenders=Table((), ())
        )

    async with driving(FakeDesk(incident(), make_evidence=bare)) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "nothing stands out" in shown and "no rows" in shown and "none found" in shown
        await press(pilot, "enter", "space", "l", "x")
        assert isinstance(pilot.app.screen, AlertScreen)


@pytest.mark.parametrize("key", ["s", "v"])
async def test_the_query_is_shown_with_its_parameters(key: str) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", key)
        shown = text_of(pilot)
        assert "queries/error_spikes.sql" in shown
        assert "$model  fraud" in shown
        assert "count(*) filter (where is_error) as errors" in shown
        await press(pilot, "j", "G", "g", "escape")
        assert isinstance(pilot.app.screen, AlertScreen)


def test_highlighting_changes_no_character_of_the_sql() -> None:
    sql = "select '[/x] -- no', \"from\" -- note\nfrom t\twhere a = $a and b > 1.5"
    assert highlighted(sql).plain == sql.replace("\t", "    ")


async def test_shares_are_told_in_per_cent_and_nulls_are_dashes() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter")
        evidence_rows = grid_of(pilot, "#evidence-grid").rows
        assert [cell.text for cell in evidence_rows[0].cells] == [
            "v3",
            "EU",
            "1,174",
            "412",
            "35.1",
            "0.410",
            "02:14:03",
        ]
        assert evidence_rows[4].cells[0].text == "—"


@pytest.mark.parametrize("size", [NARROW, (80, 22), (100, 30), (160, 24)])
async def test_what_matters_is_in_sight_where_there_are_few_lines(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "▲ CRITICAL" in shown and "v3 in EU: 35 % errors against 0.4 %" in shown
        assert "Requests with errors  per 5 min  ┄ limit 5.0 %  · baseline 0.4 %" in shown
        assert "▲━━" in shown and "38 %" in shown, "the chart, with the episode on its ground"
        assert "model_version=v3, region=EU" in shown
        assert grid_of(pilot, "#rows").size.height >= 6
        keys = shown.splitlines()[-1]
        assert all(key in keys for key in ("⏎ open", "a ack", "z snooze", "n note", "b compare", "e earlier"))


@pytest.mark.parametrize("size", [WIDE, (200, 60)])
async def test_both_charts_and_the_evidence_are_there_where_there_is_room(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "Requests with errors  per 5 min" in shown and "amount before and during" in shown
        assert all(rate in shown for rate in ("0.410", "0.470", "0.390")) and "Against baseline" in shown
        assert grid_of(pilot, "#rows").size.height >= 8


async def test_of_two_charts_the_one_that_says_more_is_shown_where_there_is_room_for_one() -> None:
    told = replace(PICTURE, by_distribution=True)
    async with driving(FakeDesk(incident(), make_picture=lambda _: told), NARROW) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "amount before and during" in shown and "per 5 min" not in shown


async def test_m_puts_evidence_in_the_chart_s_place_where_lines_are_few_and_then_the_next_chart() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "m", "m")
        shown = text_of(pilot)
        assert all(rate in shown for rate in ("0.410", "0.470", "0.390")) and "per 5 min" not in shown
        assert grid_of(pilot, "#rows").size.height >= 4
        await press(pilot, "m")
        shown = text_of(pilot)
        assert "amount before" in shown and "per 5 min" not in shown and "0.470" not in shown
        await press(pilot, "m", "m", "m")
        assert "per 5 min" in text_of(pilot)
        assert pilot.app.focused is grid_of(pilot, "#rows")


async def test_without_charts_the_comparison_and_the_evidence_take_their_place() -> None:
    async with driving(FakeDesk(incident(), make_picture=lambda _: AlertPicture()), NARROW) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "35.1 %" in shown and "0.410" in shown and "reading" not in shown


async def test_charts_that_cannot_be_drawn_leave_the_rows_alone() -> None:
    desk = FakeDesk(incident(), failing={"alert_picture": StoreError("out of memory")})
    async with driving(desk) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "cannot be drawn: out of memory" in shown and "the newest 200" in shown


async def test_enter_on_a_slice_lists_its_requests_over_the_alert_s_time() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter")
        grid_of(pilot, "#common-grid").focus()
        await press(pilot, "enter")
        screen = pilot.app.screen
        assert isinstance(screen, RequestsScreen)
        terms = [(term.field, term.value) for term in screen.view.filter.terms]
        assert terms == [("model", "fraud"), ("model_version", "v3"), ("region", "EU")]
        assert screen.view.until == ERRORS.last_seen and screen.view.span == ERRORS.last_seen - BEGAN
        assert screen.label_context().alert_id == ERRORS.alert_id
        await press(pilot, "q")
        assert isinstance(pilot.app.screen, AlertScreen)


async def test_b_lists_comparable_good_requests_and_b_again_those_that_offend() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "space", "b")
        shown = text_of(pilot)
        assert "Comparable good requests  40, read 02:14:07 · b shows those that offend" in shown
        screen = pilot.app.screen
        assert isinstance(screen, AlertScreen) and not grid_of(pilot, "#rows").marked
        export = screen.what_to_export()
        assert export is not None and export.call().query == "predictions_comparable"
        context = screen.label_context().call
        assert context is not None and context.query == "predictions_comparable"
        await press(pilot, "r", "b")
        shown = text_of(pilot)
        assert "Offending requests  the newest 200" in shown
        assert desk.asked.count("comparable") == 2


async def test_good_requests_that_cannot_be_read_are_told_and_the_offending_ones_stay() -> None:
    desk = FakeDesk(incident(), failing={"comparable": StoreError("out of memory")})
    async with driving(desk) as pilot:
        await press(pilot, "enter", "b")
        assert toasts(pilot) == ["Comparable requests cannot be read: out of memory"]
        assert "Offending requests  the newest 200" in text_of(pilot)


async def test_a_note_is_kept_and_shown_with_what_others_said() -> None:
    desk = FakeDesk(incident(), acts=[Said("ack", "bob@web-1", NOW, "mine [/x]")])
    async with driving(desk) as pilot:
        await press(pilot, "enter")
        assert "02:14:07  bob  acknowledged  mine [/x]" in text_of(pilot)
        await press(pilot, "n", "enter")
        assert "A note says something" in text_of(pilot) and "bob  acknowledged" in text_of(pilot)
        await press(pilot, *"v2?", "enter")
        assert "02:14:07  ada  note  v2?" in text_of(pilot)
        assert toasts(pilot) == ["Noted: error spikes"]


async def test_what_another_seat_says_is_read_when_somebody_has_said_something() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter")
        before = desk.asked.count("said_of")
        await send(pilot, desk, incident())
        assert desk.asked.count("said_of") == before
        desk.acts.append(Said("snooze", "bob@web-1", NOW, "deploy", NOW + timedelta(hours=1)))
        await send(pilot, desk, replace(incident(), acts_version=7))
        assert "bob  snoozed to 03:14  deploy" in text_of(pilot)


async def test_e_lists_earlier_episodes_and_enter_opens_those_that_are_stored() -> None:
    said = (Said("note", "bob@web-1", NOW, "rolled back v2"),)
    day = timedelta(days=1)
    known = replace(ERRORS, alert_id="old", began=BEGAN - day, last_seen=NOW - day)
    earlier = (
        Earlier("old", ERRORS.severity, BEGAN - day, NOW - day, True, "v2: 20 % errors", said, known),
        Earlier("lost", ERRORS.severity, BEGAN - 9 * day, NOW - 9 * day, True, "[/x] 9 %"),
    )
    async with driving(FakeDesk(incident(), earlier_ones=earlier)) as pilot:
        await press(pilot, "enter", "e")
        shown = text_of(pilot)
        assert "Earlier: error spikes fraud  2 episodes, newest first" in shown
        assert "11-01 02:03:00" in shown and "11 min" in shown and "v2: 20 % errors" in shown
        assert "bob  note  rolled back v2" in shown and "[/x] 9 %" in shown
        await press(pilot, "j", "enter")
        assert toasts(pilot) == ["Its rows are not stored any more: only the casebook knows of it"]
        await press(pilot, "k", "enter")
        screen = pilot.app.screen
        assert isinstance(screen, AlertScreen) and screen.alert == known
        await press(pilot, "q", "q")
        assert isinstance(pilot.app.screen, AlertScreen) and pilot.app.screen.alert == ERRORS


@pytest.mark.parametrize("kind", [AlertScreen, EarlierScreen])
def test_a_screen_about_an_alert_is_made_again_as_long_as_the_alert_is_known(
    kind: type[AlertScreen | EarlierScreen],
) -> None:
    desk = FakeDesk(incident())
    setting = Setting("fraud-prod", lambda: NOW)
    around = Surroundings(desk, setting, incident())
    screen = kind(desk, setting, DRIFT)
    again = kind.again(around, screen.opened_with())
    assert again is not None and again.alert == DRIFT
    assert kind.again(around, {"alert": "gone"}) is None and kind.again(around, {}) is None


async def test_no_earlier_episode_is_said() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "e")
        assert "Earlier: error spikes fraud  none is known" in text_of(pilot)
        assert "nothing" in text_of(pilot)


async def test_escape_stops_what_is_being_read_and_r_reads_it() -> None:
    held = Event()

    def slow(of: Alert) -> Evidence:
        held.wait(20)
        return evidence(of)

    desk = FakeDesk(incident(), make_evidence=slow)
    async with driving(desk) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "reading … esc stops" in text_of(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert desk.tickets[0].cancelled and isinstance(pilot.app.screen, AlertScreen)
        assert "stopped · r reads them" in text_of(pilot)
        held.set()
        await settle(pilot)
        assert "the newest 200" not in text_of(pilot)
        await press(pilot, "r")
        assert "the newest 200" in text_of(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, OverviewScreen)


async def test_the_query_is_run_where_its_parameters_can_be_changed() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", "s", "r")
        assert isinstance(pilot.app.screen, QueryScreen)


async def test_y_copies_the_marked_rows_as_they_are_listed() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", "space", "space", "y")
        lines = [json.loads(line) for line in pilot.app.clipboard.splitlines()]
        assert [(one["request_key"], one["error_type"]) for one in lines] == [
            ("f-002000", "Timeout"),
            ("f-001999", "FeatureMismatch"),
        ]
        grid_of(pilot, "#evidence-grid").focus()
        await press(pilot, "escape", "y")
        assert toasts(pilot)[-1] == "No row to copy: move to one first (Tab changes panes)"


def test_the_command_line_is_safe_to_paste() -> None:
    params = {"model": "$(rm -rf ~) 'x'", "start": NOW, "region": "\x1b[31m\n`id`", "none": None, "rows": 5}
    line = command_line(QueryCall("error_spikes", params), ("/var/log/a b.jsonl",))
    assert line.isprintable()
    run = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, text=True, check=True)
    assert run.stdout.split("\0")[:-1] == [
        *("icon", "query", "error_spikes", "/var/log/a b.jsonl"),
        *("--param", "model=$(rm -rf ~) 'x'", "--param", "start=2026-11-02T02:14:07+00:00"),
        *("--param", "region=\x1b[31m\n`id`", "--param", "rows=5"),
    ]


async def test_hostile_words_of_charts_and_notes_are_only_words() -> None:
    bins = tuple(PictureBin(value, 0.1, 0.2, 0.3) for value in HOSTILE)
    picture = AlertPicture(
        replace(TIMELINE, title=HOSTILE[0]), Distribution(HOSTILE[1], HOSTILE[0], bins, False, 5, 5)
    )
    acts = [Said(value[:20], value, NOW, value) for value in HOSTILE]
    earlier = tuple(
        Earlier(f"{n}", ERRORS.severity, BEGAN, NOW, True, value, tuple(acts))
        for n, value in enumerate(HOSTILE)
    )
    desk = FakeDesk(incident(), make_picture=lambda _: picture, acts=acts, earlier_ones=earlier)
    async with driving(desk) as pilot:
        await press(pilot, "enter")
        assert "[bold red]red[/]" in text_of(pilot) and "\x1b" not in text_of(pilot)
        await press(pilot, "n", "escape", "e")
        assert "[bold red]red[/]" in text_of(pilot) and "\x1b" not in text_of(pilot)


async def test_evidence_opens_on_a_tiny_terminal_when_one_goes_to_it() -> None:
    async with driving(FakeDesk(incident()), (60, 16)) as pilot:
        await press(pilot, "enter")
        assert grid_of(pilot, "#evidence-grid").size.height == 0
        await press(pilot, "shift+tab")
        assert grid_of(pilot, "#evidence-grid").size.height >= 2


@pytest.mark.parametrize("key", ["l", "x", "s"])
async def test_a_key_pressed_before_the_rows_are_here_is_answered(key: str) -> None:
    held = Event()

    def slow(of: Alert) -> Evidence:
        held.wait(20)
        return evidence(of)

    async with driving(FakeDesk(incident(), make_evidence=slow)) as pilot:
        await pilot.press("enter", key)
        await pilot.pause()
        assert toasts(pilot) == ["The rows are still being read"]
        held.set()
        await settle(pilot)
        assert "the newest 200" in text_of(pilot)


async def test_a_notice_covers_nothing_but_the_line_of_keys() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "space", "space", "l", "2")
        (toast,) = pilot.app.screen.query(Toast)
        assert "2 rows labelled fraud · u takes it back" in text_of(pilot).splitlines()[-1]
        assert (toast.region.y, toast.region.height) == (23, 1)


@pytest.mark.parametrize("keys", [("q",), ("escape",), ("space", "escape", "escape")])
async def test_q_and_escape_lead_back_and_escape_clears_marks_first(keys: tuple[str, ...]) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", *keys[:-1])
        assert isinstance(pilot.app.screen, AlertScreen)
        await press(pilot, keys[-1])
        assert isinstance(pilot.app.screen, OverviewScreen)


async def test_three_keys_lead_from_the_start_to_an_offending_request() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        assert "FeatureMismatch" in text_of(pilot)
        assert "feature 'amount' is 124000.0" in text_of(pilot)


def test_the_title_says_what_share_of_the_models_requests_it_is() -> None:
    told = replace(ERRORS, latest=replace(ERRORS.latest, share=0.123))
    assert "· 12 % of fraud" in title_of(told, None, NOW.date()).plain
    assert "% of fraud" not in title_of(ERRORS, None, NOW.date()).plain
