"""Places come back from their files as they were, and never do harm."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import Comparison, Filter, Term, View
from console.tui.kept import (
    FILES_KEPT,
    Given,
    Kept,
    Place,
    PlaceKeeper,
    Spot,
    Whereabouts,
    absolute,
    newest_place,
    place_file,
    read_place,
    rows_in,
    view_of,
    view_text,
)
from tests.tui.fakes import HOSTILE, NOW

LOGS = Given(("/var/log/a.jsonl",), queries=("/etc/queries",), author="ada@oncall-1")
texts = st.text(max_size=20)
terms = st.builds(Term, texts, st.sampled_from(Comparison), texts, st.booleans())
views = st.builds(
    View,
    st.builds(Filter, st.lists(terms, max_size=4).map(tuple)),
    st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=900)),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
spots = st.builds(
    Spot,
    st.dictionaries(texts, texts, max_size=3),
    st.dictionaries(texts, st.lists(texts, max_size=3).map(tuple), max_size=3),
    texts,
)
places = st.builds(Place, texts, st.dictionaries(texts, texts, max_size=3), spots)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def keeper(given: Given = LOGS) -> PlaceKeeper:
    return PlaceKeeper(place_file(given.sources), given, clock=lambda: NOW)


@settings(max_examples=50)
@given(views)
def test_a_view_comes_back_from_its_text(view: View) -> None:
    assert view_of(view_text(view)) == view


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"terms": 7}', '{"terms": [[1]], "span": 1}', "\x00"]
)
def test_what_is_no_view_is_none(text: str) -> None:
    assert view_of(text) is None


@settings(max_examples=50)
@given(st.lists(places, max_size=3).map(tuple), views, texts)
def test_a_place_comes_back_from_its_file(stack: tuple[Place, ...], view: View, theme: str) -> None:
    at = Whereabouts(view, theme, stack, "/var/cache.duckdb", {"1": theme})
    keeper().keep(at)
    assert read_place(place_file(LOGS.sources)) == Kept(LOGS, at, NOW)


@pytest.mark.parametrize("value", HOSTILE[:-2])
def test_hostile_values_come_back_as_they_were(value: str) -> None:
    at = Whereabouts(stack=(Place(value, {value: value}, Spot({value: value}, {value: (value,)}, value)),))
    given = Given((value,), value, value, value, (value,), value)
    keeper(given).keep(at)
    kept = read_place(place_file((value,)))
    assert kept is not None and (kept.given, kept.at) == (given, at)


def test_a_place_that_is_too_large_is_not_kept() -> None:
    keeper().keep(Whereabouts(stack=(Place("alert", {"alert": HOSTILE[12] * 2}),)))
    assert not place_file(LOGS.sources).exists()


def test_only_its_owner_can_read_it(state: Path) -> None:
    keeper().keep(Whereabouts())
    file = place_file(LOGS.sources)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name], "nothing unfinished is left"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"version": 2}',
        b"[" * 100_000,
        b'{"version": 1, "given": {}, "at": 1}',
    ],
)
def test_a_file_that_is_no_place_is_none(content: bytes) -> None:
    file = place_file(LOGS.sources)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert read_place(file) is None
    assert newest_place() is None


@pytest.mark.parametrize("key", ["given", "at", "kept_at"])
@pytest.mark.parametrize("odd", [None, 7, "x", [], {}])
def test_a_place_with_an_odd_part_is_none(key: str, odd: object) -> None:
    keeper().keep(Whereabouts(stack=(Place("alert", {"alert": "a-1"}),)))
    file = place_file(LOGS.sources)
    file.write_text(json.dumps({**json.loads(file.read_text()), key: odd}))
    assert read_place(file) is None


def test_without_sources_the_newest_place_is_meant() -> None:
    for number, name in enumerate(("/a", "/b", "/c")):
        keeper(Given((name,))).keep(Whereabouts())
        when = datetime(2026, 11, 2, tzinfo=UTC).timestamp() - number
        os.utime(place_file((name,)), (when, when))
    newest = newest_place()
    assert newest is not None and newest.given.sources == ("/a",)


def test_the_oldest_places_go(state: Path) -> None:
    for number in range(FILES_KEPT + 3):
        file = place_file((f"/{number}",))
        keeper(Given((f"/{number}",))).keep(Whereabouts())
        os.utime(file, (1_000 + number, 1_000 + number))
    keeper().keep(Whereabouts())
    assert len(list((state / "incident-console" / "places").iterdir())) == FILES_KEPT
    assert read_place(place_file(("/0",))) is None
    assert read_place(place_file(LOGS.sources)) is not None


def test_a_folder_that_cannot_be_written_is_let_be(state: Path) -> None:
    (state / "incident-console").write_text("a file, where a folder should be")
    keeper().keep(Whereabouts())
    assert newest_place() is None


def test_the_same_sources_have_one_place_whatever_their_order() -> None:
    assert place_file(("/a", "/b")) == place_file(("/b", "/a", "/b"))
    assert absolute(("-", "/a/../b")) == ("-", "/b")


ROWS = Place(
    "request",
    {"row": "1:412", "among": "1:412 2:824 3:0", "alert": "1:412"},
    Spot({"rows": "2:824", "alert-grid": "a-1"}, {"rows": ("1:412", "3:0", "odd")}),
)


def test_in_the_same_cache_rows_stay_what_they_are() -> None:
    at = Whereabouts(stack=(ROWS,), cache="a", sources={"1": "aaaa"})
    assert at.in_cache("a", {"9": "aaaa"}) is at


def test_in_another_cache_rows_are_those_of_the_same_files_and_others_are_left_out() -> None:
    at = Whereabouts(stack=(ROWS,), cache="a", sources={"1": "aaaa", "2": "bbbb", "3": "cccc"})
    # One has grown since, of the other more was known before; a third begins as none did.
    (place,) = at.in_cache("b", {"1": "bb", "2": "aaaaaa", "3": "ccdd", "-1": ""}).stack
    assert place.opened_with == {"row": "2:412", "among": "2:412 1:824", "alert": "1:412"}
    assert place.spot.cursors == {"rows": "1:824", "alert-grid": "a-1"}
    assert place.spot.marked == {"rows": ("2:412", "odd")}


def test_rows_of_a_source_that_may_be_two_are_left_out() -> None:
    at = Whereabouts(stack=(ROWS,), cache="a", sources={"1": "aaaa"})
    (place,) = at.in_cache("b", {"1": "aaaa", "2": "aaaaaa"}).stack
    assert place.opened_with["row"] == ""


def test_the_sources_of_all_rows_are_known() -> None:
    assert rows_in([ROWS]) == {"1", "2", "3"}
    assert rows_in([Place("alert", {"alert": "1:412"})]) == frozenset()
