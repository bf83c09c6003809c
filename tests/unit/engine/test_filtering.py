"""What a view lets through, asked of a store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.engine.filtering import matching, requests, requests_call
from console.errors import UsageError
from console.model import View
from console.model.filter_text import parse_filter
from tests.support import NOON, Line, at, stored

RECORDS: list[Line] = [
    {"ts": at(number), "request_id": f"{number:02}", "model": ("fraud", "churn")[number % 2]}
    for number in range(60)
]
FRAUD = parse_filter("model=fraud").filter


def test_a_view_is_counted_and_listed_over_the_same_rows() -> None:
    store = stored(RECORDS)
    for view, rows in (
        (View(), 60),
        (View(FRAUD), 30),
        (View(FRAUD, timedelta(minutes=10)), 5),
        (View(FRAUD, None), 30),
        (View(FRAUD, timedelta(minutes=10), NOON + timedelta(minutes=20)), 5),
        (View(parse_filter("model=nobody").filter), 0),
    ):
        call = requests_call(store, view)
        assert matching(store, view) == rows
        assert len(requests(store, call, 0, 500).rows) == rows
        assert len(store.table(call).rows) == rows


def test_pages_follow_one_another_and_the_last_one_says_so() -> None:
    store = stored(RECORDS)
    call = requests_call(store, View(FRAUD))
    pages = [requests(store, call, offset, 12) for offset in (0, 12, 24)]
    assert [page.truncated for page in pages] == [True, True, False]
    keys = [row[page.columns.index("request_key")] for page in pages for row in page.rows]
    assert keys == [f"{number:02}" for number in range(58, -1, -2)]


def test_a_list_stands_still_while_rows_come() -> None:
    from tests.support import batch

    store = stored(RECORDS)
    call = requests_call(store, View())
    store.append([batch([{"ts": at(61), "model": "fraud"}], start_offset=100_000)])
    assert len(requests(store, call, 0, 500).rows) == 60
    assert matching(store, View()) == 61


def test_nothing_meets_a_view_of_an_empty_store_and_nonsense_is_refused() -> None:
    store = stored([])
    assert matching(store, View(FRAUD)) == 0
    assert requests(store, requests_call(store, View()), 0, 10).rows == ()
    with pytest.raises(UsageError):
        matching(store, View(parse_filter("nonsense=1").filter))
