"""All labels together, as people look through them: what is said, where it differs, what is flagged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.model.agreement import Agreement, Consensus, agreement_of, consensus_of
from console.model.requests import Label

MOST_LABELS = 5_000
"""Of each list; the newest."""


@dataclass(frozen=True, slots=True)
class LabelBook:
    """What people say of requests. Lists are newest first and end after `MOST_LABELS`."""

    labels: tuple[Label, ...]
    """What each person says of each request."""
    n_labels: int
    n_people: int
    """Whose labels these are."""
    conflicts: tuple[Consensus, ...]
    """Requests of which different things are said; those without a majority first."""
    flags: tuple[Label, ...]
    """Requests that wait for a second look, and who asked for it."""
    n_flags: int
    said: Mapping[str, Consensus]
    """By request key, of every request that is labelled."""
    agreement: Agreement
    """Of the requests of which a label meets what was looked for."""


def label_book(standing: Iterable[Label], flags: Iterable[Label], find: str = "") -> LabelBook:
    """The labels and flags in which every word is found, whatever its case.

    A word is looked for in model, author, value, request key and note. A conflict is listed, whole, if it
    is found in one of its labels.

    Args:
        standing: of each request and author the newest that counts, oldest first.
        flags: oldest first.
        find: words with blanks between; empty for everything.
    """
    words = find.casefold().split()
    labels = tuple(standing)
    said = consensus_of(labels)
    found = [label for label in reversed(labels) if _meets(label, words)]
    flagged = [flag for flag in reversed(tuple(flags)) if _meets(flag, words)]
    # In the order in which they are met first, which is that of their newest label that meets the words.
    whole = [said[key] for key in dict.fromkeys(label.draft.request_key for label in found)]
    conflicts = sorted((one for one in whole if one.is_conflict), key=lambda one: one.value is not None)
    return LabelBook(
        labels=tuple(found[:MOST_LABELS]),
        n_labels=len(found),
        n_people=len({label.author for label in found}),
        conflicts=tuple(conflicts[:MOST_LABELS]),
        flags=tuple(flagged[:MOST_LABELS]),
        n_flags=len(flagged),
        said=said,
        agreement=agreement_of(whole),
    )


def _meets(label: Label, words: Sequence[str]) -> bool:
    draft = label.draft
    texts = (draft.model, label.author, draft.value, draft.request_key, draft.note)
    return all(any(word in text.casefold() for text in texts) for word in words)
