"""What stands beside the record: the choice, what others say, and how far one is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from console.model import Label, LabelChoices, LabelQueue, QueueItem
from console.tui import say
from console.tui.labelling.answers import correct, wrong
from console.tui.labelling.sitting import Deed, Sitting
from console.tui.predictions import LABEL_SIGN
from console.tui.safe import NULL, cut, quoted, words

DIGITS = 9
_CLASS = 30
"""Characters of a class that are shown."""
_VALUES = 6
"""Values of which it is told how often they were given."""
_ELSE = (Deed.SKIPPED, Deed.FLAGGED)
_GAP = 3
_SAID = 4
"""Labels of others that are shown."""

Piece = str | tuple[str, str]


def title(item: QueueItem) -> list[tuple[str, str]]:
    """Which request it is, and of which model."""
    request = item.request
    model = " ".join(filter(None, (cut(request.model, 30), cut(request.model_version, 20))))
    return [(cut(request.key, 60), "$foreground"), (f"  {model}", "$dim")]


def predicted(item: QueueItem) -> Content:
    """What the model said, how sure it was, and how many requests are labelled at once."""
    request = item.request
    said = NULL if request.prediction is None else quoted(request.prediction, 60)
    pieces: list[Piece] = [("predicted ", "$dim"), (said, "bold $foreground")]
    if request.score is not None:
        pieces.append((f"  {words(round(request.score, 4))}", "$foreground"))
    if item.copies:
        pieces.append((f" · {len(item.requests):,} requests with this input", "$accent"))
    if item.why:
        pieces.append((f" · {cut(item.why, 80)}", "$dim"))
    return Content.assemble(*pieces)


def choices_drawn(item: QueueItem, choices: LabelChoices, sitting: Sitting, *, width: int) -> Content:
    """The keys and what they say.

    Args:
        item: which is on screen.
        choices: what a label of it may say.
        sitting: how often each was said.
        width: of a line that several share, in cells; 0 for a line each.
    """
    given = sitting.values
    keys: list[tuple[str, str, str]] = []
    if choices.is_number:
        keys.append(("0-9", "type the right number", ""))
    for digit, name in enumerate(choices.classes[:DIGITS], start=1):
        count = given.get(name, 0)
        keys.append((str(digit), cut(name, _CLASS), f"  {count:,}" if count else ""))
    if not choices.is_number:
        more = len(choices.classes) - DIGITS
        keys.append(("0", f"another, {more:,} more known" if more > 0 else "another", ""))
    right, other = correct(item.request), wrong(item.request, choices)
    if not right.problem:
        keys.append(("a", f"correct: {cut(right.value, _CLASS)}", ""))
        keys.append(("x", "wrong" if other.problem else f"wrong: {cut(other.value, _CLASS)}", ""))
    drawn = [
        Content.assemble(
            (f" {key} ", "bold $accent on $cursor"), (f" {does}", "$foreground"), (count, "$dim")
        )
        for key, does, count in keys
    ]
    lines: list[list[Content]] = [[]]
    for one in drawn:
        used = sum(piece.cell_length + _GAP for piece in lines[-1])
        if lines[-1] and used + one.cell_length > width:
            lines.append([])
        lines[-1].append(one)
    return Content("\n").join(Content(" " * _GAP).join(line) for line in lines)


def said_of(item: QueueItem, note: str) -> Content:
    """What people say of it already, and the note that goes along; empty if there is nothing."""
    lines: list[Content] = []
    if item.said:
        is_conflict = len({label.draft.value for label in item.said}) > 1
        pieces: list[Piece] = [
            ("≠ conflict: ", "bold $warning") if is_conflict else ("said so far: ", "$dim")
        ]
        for place, label in enumerate(item.said[-_SAID:]):
            pieces.append((" · " if place else "", "$dim"))
            pieces.append((f"{LABEL_SIGN} {cut(label.draft.value, 40)}", "$accent"))
            pieces += _by(label)
        if len(item.said) > _SAID:
            pieces.append((f" and {len(item.said) - _SAID:,} more", "$dim"))
        lines.append(Content.assemble(*pieces))
    if item.flags:
        pieces = [("⚑ flagged for a second look", "bold $warning"), *_by(item.flags[-1])]
        lines.append(Content.assemble(*pieces))
    if note:
        lines.append(Content.assemble(("note ", "$dim"), cut(note, 300)))
    return Content("\n").join(lines)


def _by(label: Label) -> list[Piece]:
    note = f" “{cut(label.draft.note, 80)}”" if label.draft.note else ""
    return [(f" {cut(label.author, 28)}{note}", "$dim")]


def progress(sitting: Sitting, *, keeping: bool) -> list[str]:
    """What is done, what is left, how fast, and how long it takes: a piece each."""
    labelled = sitting.number(Deed.LABELLED)
    told = [f"{labelled:,} labelled"]
    if sitting.kept > labelled:
        told[0] += f" ({sitting.kept:,} requests)"
    told += [f"{sitting.number(deed):,} {deed.value}" for deed in _ELSE if sitting.number(deed)]
    copies = sitting.requests_left - sitting.left
    told.append(f"{sitting.left:,} left")
    if copies:
        told[-1] += f" and {copies:,} {'copy' if copies == 1 else 'copies'}"
    each = sitting.seconds_each
    if each:
        told.append(f"{60 / each:.0f} a minute")
        if sitting.left:
            told[-1] += f", {say.span(each * sitting.left)} to go"
    if keeping:
        told.append("keeping …")
    return told


def source_words(queue: LabelQueue) -> str:
    """What the queue was made of."""
    if queue.found > queue.looked_at:
        told = f"of the newest {queue.looked_at:,} of {queue.found:,} requests"
    else:
        told = f"of {say.plural(queue.looked_at, 'request')}"
    if queue.labelled:
        told += f", {queue.labelled:,} labelled by you already"
    if queue.missing:
        told += f", {queue.missing:,} not stored"
    return told


def nothing_words(queue: LabelQueue) -> str:
    """Why there is nothing to label."""
    if queue.labelled:
        return f"Nothing is left to label: all {say.plural(queue.labelled, 'request')} have a label of yours"
    if queue.missing:
        return f"None of {say.plural(queue.missing, 'request')} is stored"
    return "There is no request to label here"


def summary(sitting: Sitting) -> str:
    """What was done in the sitting; empty if nothing was."""
    said = []
    labelled = sitting.number(Deed.LABELLED)
    if labelled:
        copies = f" ({sitting.kept:,} requests)" if sitting.kept > labelled else ""
        said.append(f"{labelled:,} labelled{copies}: {values_told(sitting)}")
    said += [f"{sitting.number(deed):,} {deed.value}" for deed in _ELSE if sitting.number(deed)]
    return " · ".join(said)


def values_told(sitting: Sitting) -> str:
    """How often each value was given, the most frequent ones: `fraud 31, legit 12`."""
    return ", ".join(
        f"{cut(value, 24)} {number:,}" for value, number in list(sitting.values.items())[:_VALUES]
    )


def completions_drawn(names: Sequence[str]) -> Content:
    """Classes that a person may mean."""
    if not names:
        return Content("")
    return Content.styled("  ".join(cut(name, _CLASS) for name in names), "$dim")
