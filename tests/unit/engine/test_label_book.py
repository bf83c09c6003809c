"""All labels of a casebook, as the screens get them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from console.casebook import Casebook
from console.engine.label_book import labels_and_flags
from console.model import LabelBook, LabelDraft, LabelStatus


def told(book: LabelBook) -> list[tuple[str, str, str]]:
    return [(label.author, label.draft.request_key, label.draft.value) for label in book.labels]


def test_labels_that_stand_are_listed_newest_first_one_for_each_person(tmp_path: Path) -> None:
    def clock() -> datetime:
        return datetime(2026, 11, 2, tzinfo=UTC)

    path = tmp_path / "casebook.sqlite"
    with (
        Casebook.open(path, author="ada", clock=clock) as ada,
        Casebook.open(path, author="bob", clock=clock) as bob,
    ):
        ada.label([LabelDraft("f-1", "fraud")])
        bob.label([LabelDraft("f-1", "legit")])
        ada.label([LabelDraft("f-2", "unsure")])
        ada.label([LabelDraft("f-1", "legit")])
        bob.label([LabelDraft("f-3", "")], status=LabelStatus.DRAFT)
        bob.label([LabelDraft("f-3", "fraud")])
        bob.undo()
        book = labels_and_flags(ada, "")
        assert told(book) == [("ada", "f-1", "legit"), ("ada", "f-2", "unsure"), ("bob", "f-1", "legit")]
        assert book.conflicts == ()
        assert [flag.draft.request_key for flag in book.flags] == ["f-3"]
        ada.undo()
        book = labels_and_flags(bob, "")
        assert told(book) == [("ada", "f-2", "unsure"), ("bob", "f-1", "legit"), ("ada", "f-1", "fraud")]
        assert [one.request_key for one in book.conflicts] == ["f-1"]
        assert told(labels_and_flags(bob, "unsure")) == [("ada", "f-2", "unsure")]


def test_before_anything_is_kept_the_book_is_empty() -> None:
    book = labels_and_flags(None, "")
    assert (book.labels, book.conflicts, book.flags, book.n_labels) == ((), (), (), 0)
