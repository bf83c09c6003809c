"""Baselines that people pinned."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from console.casebook import BaselineKind, Casebook
from console.errors import CasebookError

PROFILE = bytes(range(256)) * 100


def test_a_pinned_baseline_is_given_back_as_it_was(casebook: Casebook) -> None:
    first = casebook.pin_baseline("training", BaselineKind.FILE, "train.parquet", PROFILE, model="fraud")
    second = casebook.pin_baseline("calm week", BaselineKind.RANGE, "2026-10-01/2026-10-08", b"")
    assert casebook.baselines() == (first, second)
    assert (first.profile, first.model, first.author) == (PROFILE, "fraud", "ann@one")
    assert second.model == ""


def test_one_that_is_removed_stays_on_record_with_who_removed_it(casebook: Casebook, path: Path) -> None:
    first = casebook.pin_baseline("training", BaselineKind.VERSION, "v2", PROFILE)
    second = casebook.pin_baseline("training", BaselineKind.AUTOMATIC, "first day", PROFILE)
    casebook.remove_baseline(first.baseline_id)
    assert casebook.baselines() == (second,)
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("select removed_by from baselines where removed_at is not null").fetchall()
    assert rows == [("ann@one",)]
    for missing in (first.baseline_id, "none"):
        with pytest.raises(CasebookError, match=f"there is no baseline '{missing}' to remove"):
            casebook.remove_baseline(missing)


def test_hostile_names_are_kept_exactly_or_refused(casebook: Casebook) -> None:
    hostile = "'; drop table baselines; -- \0 \x1b[31m 🙈"
    casebook.pin_baseline(hostile, BaselineKind.FILE, hostile, b"\0", model=hostile)
    (pinned,) = casebook.baselines()
    assert (pinned.name, pinned.origin, pinned.model) == (hostile, hostile, hostile)
    with pytest.raises(CasebookError, match="baseline not kept: origin holds half of a surrogate pair"):
        casebook.pin_baseline("a", BaselineKind.FILE, "\ud800", b"")


def test_a_kind_that_no_console_wrote_is_named(casebook: Casebook, path: Path) -> None:
    pinned = casebook.pin_baseline("a", BaselineKind.FILE, "b", b"")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update baselines set origin_kind = 'dream'")
    with pytest.raises(CasebookError, match=f"baseline '{pinned.baseline_id}': not written by a console"):
        casebook.baselines()
