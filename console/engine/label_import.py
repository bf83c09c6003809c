"""Label files into the casebook: what would come of them, and then all of it or nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import orjson

from console.casebook import Casebook
from console.errors import UsageError
from console.export.labelling import Entries, Given
from console.model import Label, LabelDraft, LabelStatus

BAD_SHOWN = 10
"""Bad entries that are told one by one."""


@dataclass(slots=True)
class LabelImport:
    """What some files would bring; nothing of it is on record yet."""

    kinds: Mapping[str, str]
    """File -> what it was read as."""
    labels: list[Label] = field(default_factory=list)
    """New rows, in the order in which they are to be kept."""
    act: str = ""
    """What the rows that no console wrote share, so that they can be taken back together."""
    known: int = 0
    """Rows that are on record already, or that say what their author's label says already."""
    unlabelled: int = 0
    """Entries that say nothing of their request."""
    corrections: int = 0
    """Requests of which the same author says something else on record; what comes now counts."""
    disagreements: int = 0
    """Requests of which somebody else says something else on record."""
    bad: list[str] = field(default_factory=list)
    """What cannot be taken: `path:line: reason` each."""

    @property
    def requests(self) -> int:
        """Requests that the new rows are about."""
        return len({label.draft.request_key for label in self.labels})

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """How many new rows there are by `author`, `value` and `status`, the most frequent first."""
        submitted = (label for label in self.labels if label.status is LabelStatus.SUBMITTED)
        return {
            "author": _most_first(label.author for label in self.labels),
            "value": _most_first(label.draft.value for label in submitted),
            "status": _most_first(label.status.value for label in self.labels),
        }

    def require_good(self) -> None:
        """No entry is bad.

        Raises:
            UsageError: some are; the first of them are named.
        """
        if not self.bad:
            return
        first = "\n".join(self.told_bad())
        few = "an entry" if len(self.bad) == 1 else f"{len(self.bad):,} entries"
        raise UsageError(
            f"{few} cannot be taken, so nothing was imported; mend them, or leave them out by --skip-bad:\n"
            f"{first}"
        )

    def told_bad(self) -> list[str]:
        """The first bad entries, and how many more there are."""
        lines = self.bad[:BAD_SHOWN]
        more = len(self.bad) - BAD_SHOWN
        return [*lines, f"and {more:,} more"] if more > 0 else lines


def plan_import(
    files: Iterable[tuple[Path, Entries]],
    history: Sequence[Label],
    *,
    author: str,
    now: datetime,
    model: str = "",
    masked: Callable[[LabelDraft], LabelDraft] = lambda draft: draft,
) -> LabelImport:
    """What the files would bring to a casebook with this history.

    Rows that a console wrote stay as they were. Others are given an id made of what they say, so that
    they are known again; their author is the one the file names, their time the file's. They are put in
    the order of their times.

    Args:
        files: as they were read.
        history: every row of the casebook, oldest first.
        author: who says what no file says of whom it is.
        now: the time of what has none.
        model: of requests for which the file names none.
        masked: what may be kept of a label.
    """
    files = list(files)
    plan = LabelImport({str(path): entries.kind for path, entries in files})
    record = {label.label_id: label for label in history}
    seen: set[str] = set()
    own: list[Label] = []
    foreign: list[Label] = []
    all_foreign: list[str] = []
    """Those that are on record already too: what an import that was killed has left is of the same act."""
    for path, entries in files:
        plan.bad += [f"{path}{entries.place(bad.number)}: {bad.reason}" for bad in entries.bad]
        plan.unlabelled += entries.unlabelled
        for unmasked in entries.given:
            given = _masked(unmasked, masked)
            label = given.own or _label(given, author=author, now=now, model=model)
            if label.label_id in seen:
                plan.known += 1
                continue
            seen.add(label.label_id)
            if given.own is None:
                all_foreign.append(label.label_id)
            before = record.get(label.label_id)
            if before is not None and given.own is not None and before not in (label, unmasked.own):
                plan.bad.append(
                    f"{path}{entries.place(given.number)}: label {label.label_id} is on record and says "
                    "something else; without its label_id it is imported as a new label"
                )
            elif before is not None:
                plan.known += 1
            else:
                (foreign if given.own is None else own).append(label)
    plan.labels = own
    standing = _standing((*history, *own))
    kept = {_act_of(label) for label in (*history, *own)}
    for label in sorted(foreign, key=lambda label: label.at):
        draft = label.draft
        before = standing.get((draft.request_key, label.author))
        counts = label.status is LabelStatus.SUBMITTED
        if _says(before) == _says(label) if counts else _act_of(label) in kept:
            plan.known += 1
            continue
        if before is not None:
            overrides = before.label_id if counts else None
            label = replace(label, previous_value=before.draft.value, overrides=overrides)
        if counts:
            standing[draft.request_key, label.author] = label
        plan.labels.append(label)
    foreign_ids = {label.label_id for label in foreign}
    if any(label.label_id in foreign_ids for label in plan.labels):
        plan.act = _digest(all_foreign)
        plan.labels = [
            replace(label, act=plan.act) if label.label_id in foreign_ids else label for label in plan.labels
        ]
    _compare(plan, _standing(history))
    return plan


def keep(
    casebook: Casebook, plan: LabelImport, *, on_rows: Callable[[int, int], None] = lambda rows, of: None
) -> int:
    """The new rows are on record, durably, all of them; how many there were. Others may label meanwhile.

    Args:
        casebook: which keeps them.
        plan: what they are.
        on_rows: is told how many are kept, of how many; fewer than before while they are taken out again.

    Raises:
        CasebookError: none of them is, or it is said how many are.
        Interrupted: it was ended while they were taken out again; says the same.
    """
    return casebook.restore(plan.labels, in_turns=True, on_rows=on_rows)


def _masked(given: Given, masked: Callable[[LabelDraft], LabelDraft]) -> Given:
    """The entry without what masks hide; before its id is made, since that would tell what it is made of."""
    own = given.own
    return replace(given, draft=masked(given.draft), own=own and replace(own, draft=masked(own.draft)))


def _label(given: Given, *, author: str, now: datetime, model: str) -> Label:
    draft = given.draft if given.draft.model or not model else replace(given.draft, model=model)
    who = given.author or author
    said = (draft.request_key, draft.value, given.status.value, who, draft.note)
    when = given.at.isoformat() if given.at is not None else ""
    return Label(
        label_id=_digest([*said, when, given.identity]),
        draft=draft,
        status=given.status,
        source="import",
        author=who,
        at=given.at or now,
        previous_value=None,
        overrides=None,
        act="",
    )


def _digest(texts: Sequence[str]) -> str:
    """32 hex digits, as a label's id has; JSON keeps one text apart from the next."""
    return hashlib.sha256(orjson.dumps(["incident-console label", *texts])).hexdigest()[:32]


def _standing(history: Iterable[Label]) -> dict[tuple[str, str], Label]:
    """The newest row that counts of each request and author."""
    rows = list(history)
    undone = {row.overrides for row in rows if row.status is LabelStatus.DISCARDED}
    return {
        (row.draft.request_key, row.author): row
        for row in rows
        if row.status is LabelStatus.SUBMITTED and row.label_id not in undone
    }


def _says(label: Label | None) -> tuple[str, str] | None:
    return None if label is None else (label.draft.value, label.draft.note)


def _act_of(label: Label) -> tuple[str, str, LabelStatus, str, str]:
    return label.draft.request_key, label.author, label.status, label.draft.value, label.draft.note


def _compare(plan: LabelImport, standing: Mapping[tuple[str, str], Label]) -> None:
    before: dict[str, dict[str, str]] = {}
    for (key, author), label in standing.items():
        before.setdefault(key, {})[author] = label.draft.value
    corrected: set[str] = set()
    disputed: set[str] = set()
    for (key, author), label in _standing(plan.labels).items():
        said = before.get(key, {})
        if said.get(author, label.draft.value) != label.draft.value:
            corrected.add(key)
        if any(who != author and value != label.draft.value for who, value in said.items()):
            disputed.add(key)
    plan.corrections, plan.disagreements = len(corrected), len(disputed)


def _most_first(values: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))
