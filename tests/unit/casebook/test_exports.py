"""What was exported is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.casebook import Casebook
from console.errors import CasebookError
from tests.unit.casebook.conftest import Clock


def test_exports_are_on_record_oldest_first_and_stay_there(path: Path, clock: Clock) -> None:
    with Casebook.open(path, author="ann@one", clock=clock) as casebook:
        assert casebook.exports() == ()
        first = casebook.record_export(
            path="/a b/é.parquet", rows=3, size=2**40, sha256="ab", query="drift", alert_id="a1"
        )
        second = casebook.record_export(path="/b.md", rows=0, size=1, sha256="", query="handover")
    with Casebook.open(path, author="bob@two", clock=clock) as casebook:
        assert casebook.exports() == (first, second)
    assert (first.author, first.size, first.alert_id) == ("ann@one", 2**40, "a1")
    assert first.at < second.at


def test_a_name_of_a_file_that_is_no_text_is_kept_as_far_as_it_is(casebook: Casebook) -> None:
    kept = casebook.record_export(path="/a\udcff", rows=0, size=0, sha256="", query="sql")
    assert casebook.exports() == (kept,)
    assert kept.path == "/a\\udcff"


def test_what_no_database_keeps_is_refused(casebook: Casebook) -> None:
    with pytest.raises(CasebookError, match="alert_id holds half"):
        casebook.record_export(path="/a", rows=0, size=0, sha256="", query="sql", alert_id="\ud800")
    assert casebook.exports() == ()
