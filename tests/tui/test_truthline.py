"""The line of truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.model import Phase, Seat, Snapshot, SourceState
from console.tui.widgets.truthline import clock_part, compose_line, lag_words, parts_of, source_words
from tests.tui.driving import CET
from tests.tui.fakes import BASE, FOLLOWED, NOW, hostile, incident, loading, trouble, waiting


def line(width: int, rejects: int = 3) -> str:
    snapshot = replace(incident(), rejects=rejects)
    return compose_line(parts_of("fraud-prod", snapshot), clock_part(NOW, CET), width).plain


@given(st.integers(60, 250), st.sampled_from([BASE, incident(), trouble(), loading(), waiting(), hostile()]))
def test_no_fact_is_cut_in_two_at_any_width(width: int, snapshot: Snapshot) -> None:
    parts = parts_of("fraud-prod", snapshot)
    shown = compose_line(parts, clock_part(NOW, CET), width).plain
    forms = {
        "".join(text for text, _ in form) for part in (*parts, clock_part(NOW, CET)) for form in part.forms
    }
    assert all(fact.strip() in forms for fact in shown.split("  ") if fact.strip())


@given(st.integers(60, 250), st.integers(0, 10**9))
def test_rejects_and_the_phase_are_there_at_any_width(width: int, rejects: int) -> None:
    shown = line(width, rejects)
    assert len(shown) <= width
    assert "● live" in shown
    assert "reject" in shown


def test_with_room_everything_is_told_in_full() -> None:
    shown = line(160)
    for fact in ("fraud-prod", "3 sources following", "lag 5.4 kB", "1,204,331 rows", "412/s", "3 rejects"):
        assert fact in shown
    assert shown.endswith("02:14:07 UTC · 03:14")
    assert line(198).endswith("02:14:07 UTC · 03:14:07 CET")


def test_lag_is_told_in_bytes_and_seconds_and_loudly_where_it_is_much() -> None:
    assert "3 sources following · lag 5.4 kB, 3 s" in line(160)
    assert lag_words(replace(BASE, sources=())) == ("", False)
    assert lag_words(replace(BASE, sources=(replace(FOLLOWED[0], lag_bytes=0),))) == ("no lag", False)
    slow = replace(FOLLOWED[0], behind_since=NOW - timedelta(seconds=40))
    assert lag_words(replace(BASE, sources=(slow,))) == ("lag 900 B, 40 s", True)
    assert lag_words(replace(BASE, sources=(slow,), phase=Phase.LOADING)) == ("lag 900 B, 40 s", False)
    much = replace(FOLLOWED[0], lag_bytes=2 * 10**9)
    assert lag_words(replace(BASE, sources=(much,))) == ("lag 2.0 GB, 1 s", True)
    behind = compose_line(parts_of("fraud-prod", replace(BASE, sources=(slow,))), clock_part(NOW, CET), 78)
    assert "1 following · lag 40 s" in behind.plain


def test_masks_are_told_of_where_lines_are_usual() -> None:
    def told(snapshot: Snapshot, width: int) -> str:
        return compose_line(parts_of("fraud-prod", snapshot), clock_part(NOW, CET), width).plain

    assert all("  masked  " in told(replace(incident(), masks=3), width) for width in (78, 120, 160))
    assert "masked" not in told(incident(), 160)


def test_what_is_taken_of_the_host_is_told_where_there_is_room() -> None:
    assert "618.0 MB stored   2 threads, 1 GiB" in line(160)
    assert "stored" not in line(80)


def test_one_clock_is_enough_in_utc() -> None:
    shown = compose_line(parts_of("x", BASE), clock_part(NOW, UTC), 160).plain
    assert shown.count("02:14:07") == 1


def test_the_worst_source_is_named_first() -> None:
    failed = replace(FOLLOWED[0], state=SourceState.FAILED)
    assert source_words((*FOLLOWED[1:], failed))[0] == "1 of 3 sources failed"
    assert "$error" in source_words((*FOLLOWED[1:], failed))[2]
    assert source_words(())[0] == "no source"
    assert source_words(FOLLOWED[:1])[0] == "1 source following"


def test_at_80_cells_the_console_still_has_its_name() -> None:
    assert "fraud-prod" in line(78)
    assert compose_line(
        parts_of("a title of many words " * 3, BASE), clock_part(NOW, CET), 78
    ).plain.startswith("a title")


def test_who_else_is_here_is_told_and_by_name_where_there_is_room() -> None:
    own = Seat("ada@oncall-1", 11, NOW, is_own=True)
    ana = Seat("ana@prod-1\x1b[31m", 12, NOW, is_own=False)
    shared = replace(incident(), seats=(own, ana))
    told = {
        width: compose_line(parts_of("fraud-prod", shared), clock_part(NOW, CET), width).plain
        for width in (78, 230)
    }
    assert "2 here  " in told[78] and "ana" not in told[78]
    assert "2 here: ana@prod-1␛[31m" in told[230]
    assert (
        "here"
        not in compose_line(
            parts_of("fraud-prod", replace(shared, seats=(own,))), clock_part(NOW, CET), 230
        ).plain
    )


LATE = replace(FOLLOWED[0], behind_since=NOW - timedelta(seconds=40), lag_bytes=20_000_000)
SEATS = tuple(
    Seat(f"a.very.long.name.{number}@ml-inference-7.prod.example.com", number, NOW, is_own=number == 0)
    for number in range(5)
)


@given(
    st.integers(78, 250),
    st.sampled_from([Phase.LIVE, Phase.LOADING]),
    st.integers(0, 10**7),
    st.integers(0, 10**10),
    st.integers(0, 5),
    st.integers(0, 2),
)
def test_however_many_are_here_the_name_the_phase_the_lag_and_the_time_stay(
    width: int, phase: Phase, rejects: int, rows: int, seats: int, masks: int
) -> None:
    snapshot = replace(
        BASE, sources=(LATE, *FOLLOWED[1:]), phase=phase, rejects=rejects, rows=rows, seats=SEATS[:seats]
    )
    parts = parts_of("predictions-of-the-whole-team", replace(snapshot, masks=masks))
    shown = compose_line(parts, clock_part(NOW, CET), width).plain
    assert len(shown) <= width
    assert shown.startswith("predict") and phase.value in shown and "02:14:07" in shown
    assert "40 s" in shown or phase is Phase.LOADING


def test_of_a_second_seat_the_host_goes_first_and_the_console_keeps_its_name() -> None:
    shared = replace(incident(), seats=SEATS[:2])

    def told(width: int) -> str:
        return compose_line(parts_of("predictions", shared), clock_part(NOW, CET), width).plain

    assert "2 here: a.very.long.name.1@ml-in…" in told(230)
    assert "2 here: a.very.long.…" in told(130)
    assert told(78).startswith("predictions") and "2 here" in told(78) and "a.very" not in told(78)


def test_the_baseline_in_use_is_told_where_there_is_room() -> None:
    judged = replace(incident(), baseline_brief="same hours, 7 d")
    parts = parts_of("fraud-prod", judged)
    assert "baseline same hours, 7 d" in compose_line(parts, clock_part(NOW, CET), 160).plain
    assert "baseline" not in compose_line(parts, clock_part(NOW, CET), 78).plain
