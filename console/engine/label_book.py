"""All labels of the casebook, for people who look through them."""

from __future__ import annotations

from console.casebook import Casebook
from console.model import LabelBook
from console.model.label_book import label_book


def labels_and_flags(casebook: Casebook | None, find: str) -> LabelBook:
    """The casebook's labels and flags in which the words are found; none if there is no casebook.

    Raises:
        CasebookError: they cannot be read.
    """
    if casebook is None:
        return label_book((), ())
    # The flags first: one that is answered in between is then listed twice, and not left out.
    flags = casebook.flagged()
    return label_book(casebook.standing(), flags, find)
