"""What label files would bring to a casebook, and that the same file brings it once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine.label_import import LabelImport, keep, plan_import
from console.errors import UsageError
from console.export.labelling import Bad, Entries, Given
from console.model import Label, LabelDraft, LabelStatus

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DRAFT, SUBMITTED, DISCARDED = LabelStatus.DRAFT, LabelStatus.SUBMITTED, LabelStatus.DISCARDED


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    with Casebook.open(tmp_path / "casebook.sqlite", author="me@here", clock=lambda: NOON) as opened:
        yield opened


def given(
    key: str,
    value: str,
    author: str | None = "ann",
    *,
    status: LabelStatus = SUBMITTED,
    minute: int | None = None,
    identity: str = "",
    own: Label | None = None,
) -> Given:
    at = None if minute is None else NOON - timedelta(hours=1) + timedelta(minutes=minute)
    return Given(1, LabelDraft(key, value), status, author, at, identity, own)


def plan(history: Sequence[Label], *entries: Given, name: str = "a.csv", model: str = "") -> LabelImport:
    files = [(Path(name), Entries("CSV", given=list(entries)))]
    return plan_import(files, history, author="me@here", now=NOON, model=model)


def said(labels: Sequence[Label]) -> list[tuple[str, str, str]]:
    return [(label.draft.request_key, label.draft.value, label.author) for label in labels]


def test_labels_are_those_of_whom_the_file_names_at_its_time(book: Casebook) -> None:
    found = plan((), given("f-1", "fraud", minute=3), given("f-2", "legit", None), model="m")
    assert keep(book, found) == 2
    one, two = book.standing()
    assert said([one, two]) == [("f-1", "fraud", "ann"), ("f-2", "legit", "me@here")]
    assert (one.at, two.at) == (NOON - timedelta(minutes=57), NOON)
    assert {label.source for label in (one, two)} == {"import"}
    assert one.act == two.act != ""
    assert [label.draft.model for label in (one, two)] == ["m", "m"]


def test_the_same_file_brings_nothing_the_second_time_whatever_its_name(book: Casebook) -> None:
    entries = (
        given("f-1", "fraud", minute=1, identity="11"),
        given("f-1", "legit", minute=2, identity="12"),
        given("f-1", "fraud", minute=3, identity="13"),
        given("f-2", "", status=DRAFT),
        given("f-3", "", status=DISCARDED),
    )
    assert keep(book, plan(book.history(), *entries)) == 5
    assert said(book.standing()) == [("f-1", "fraud", "ann")]
    moved = [replace(entry, number=99 - number) for number, entry in enumerate(entries)]
    again = plan(book.history(), *moved, name="b.csv")
    assert (again.labels, again.known) == ([], 5)


def test_what_is_on_record_in_other_words_is_not_said_twice(book: Casebook) -> None:
    (label,) = book.label([LabelDraft("f-1", "fraud")])
    book.label([LabelDraft("f-2", "")], status=DRAFT)
    again = plan(book.history(), given("f-1", "fraud", "me@here"), given("f-2", "", None, status=DRAFT))
    assert (again.labels, again.known) == ([], 2)
    other = plan(book.history(), given("f-1", "legit", "me@here"))
    assert (other.labels[0].previous_value, other.labels[0].overrides) == ("fraud", label.label_id)
    assert (other.corrections, other.disagreements) == (1, 0)


def test_rows_are_kept_in_the_order_of_their_times(book: Casebook) -> None:
    keep(book, plan((), given("f-1", "later", minute=9), given("f-1", "earlier", minute=1)))
    assert [label.draft.value for label in book.history()] == ["earlier", "later"]
    assert [label.previous_value for label in book.history()] == [None, "earlier"]
    assert said(book.standing()) == [("f-1", "later", "ann")]


def test_where_somebody_else_disagrees_is_counted(book: Casebook) -> None:
    book.label([LabelDraft("f-1", "fraud"), LabelDraft("f-2", "legit")])
    found = plan(book.history(), given("f-1", "legit"), given("f-2", "legit"), given("f-3", "legit"))
    assert (found.corrections, found.disagreements, found.requests) == (0, 1, 3)


def test_the_record_of_another_casebook_comes_back_as_it_was(book: Casebook, tmp_path: Path) -> None:
    book.label([LabelDraft("f-1", "fraud")])
    book.label([LabelDraft("f-1", "legit", note="no")])
    book.undo()
    book.label([LabelDraft("f-2", "")], status=DRAFT)
    rows = [given(row.draft.request_key, row.draft.value, own=row) for row in book.history()]
    assert plan(book.history(), *rows).known == len(rows)
    with Casebook.open(tmp_path / "other.sqlite", author="bob@two", clock=lambda: NOON) as other:
        assert keep(other, plan(other.history(), *rows)) == 4
        assert other.history() == book.history()
        assert other.flagged() == book.flagged()


def test_a_row_of_the_record_that_somebody_changed_is_refused(book: Casebook) -> None:
    (label,) = book.label([LabelDraft("f-1", "fraud")])
    changed = Label(
        label.label_id,
        LabelDraft("f-1", "legit"),
        label.status,
        label.source,
        label.author,
        label.at,
        None,
        None,
        label.act,
    )
    found = plan(book.history(), given("f-1", "legit", own=changed))
    assert found.labels == []
    assert found.bad == [
        f"a.csv:1: label {label.label_id} is on record and says something else; "
        "without its label_id it is imported as a new label"
    ]


def test_entries_of_two_files_are_one_import(book: Casebook) -> None:
    files = [
        (Path(name), Entries("CSV", given=[given("f-1", "fraud")], unlabelled=1))
        for name in ("a.csv", "b.csv")
    ]
    found = plan_import(files, (), author="me@here", now=NOON)
    assert (len(found.labels), found.known, found.unlabelled) == (1, 1, 2)
    assert found.kinds == {"a.csv": "CSV", "b.csv": "CSV"}


def test_bad_entries_are_told_by_the_first_ten() -> None:
    bad = [Bad(number, "not a time") for number in range(2, 14)]
    found = plan_import([(Path("a.csv"), Entries("CSV", bad=bad))], (), author="me", now=NOON)
    with pytest.raises(UsageError, match="12 entries cannot be taken, so nothing was imported") as refused:
        found.require_good()
    assert str(refused.value).splitlines()[1:] == [
        *(f"a.csv:{number}: not a time" for number in range(2, 12)),
        "and 2 more",
    ]


def test_what_comes_is_counted_the_most_frequent_first() -> None:
    found = plan((), *(given(f"f-{n}", "a" if n else "b") for n in range(3)), given("f-9", "", status=DRAFT))
    assert found.counts() == {
        "author": {"ann": 4},
        "value": {"a": 2, "b": 1},
        "status": {"submitted": 3, "draft": 1},
    }
