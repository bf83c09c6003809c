"""What stands beside the record: the choice, what others say, and how far one is. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from textual.content import Content

from console.model import LabelChoices, LabelQueue, QueueItem
from console.tui import say
from console.tui.labelling.answers import correct, wrong
from console.tui.labelling.sitting import Deed, Sitting
from console.tui.predictions import LABEL_SIGN
from console.tui.safe import NULL, cut, quoted, words

DIGITS = 9
_CLASS = 30
"""Characters of a class that are shown."""
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
    if item.why:
        pieces.append((f" · {item.why}", "$dim"))
    if item.copies:
        pieces.append((f" · {len(item.requests):,} requests with this input", "$accent"))
    return Content.assemble(*pieces)


def choices_drawn(item: QueueItem, choices: LabelChoices, sitting: Sitting, *, wide: bool) -> Content:
    """The keys and what they say: a line each where there is room, else one after the other."""
    given = sitting.values
    keys: list[tuple[str, str, str]] = []
    if choices.is_number:
        keys.append(("0-9", "type the right number", ""))
    for digit, name in enumerate(choices.classes[:DIGITS], start=1):
        count = given.get(name, 0)
        keys.append((str(digit), cut(name, _CLASS), f"{count:,}" if count else ""))
    if not choices.is_number:
        more = len(choices.classes) - DIGITS
        keys.append(("0", f"another, {more:,} more known" if more > 0 else "another class", ""))
    right, other = correct(item.request), wrong(item.request, choices)
    if not right.problem:
        keys.append(("a", f"correct: {cut(right.value, _CLASS)}", ""))
        keys.append(("x", "wrong" if other.problem else f"wrong: {cut(other.value, _CLASS)}", ""))
    lines = [
        Content.assemble(
            (f" {key} ", "bold $accent on $cursor"),
            (f" {does}", "$foreground"),
            (f"  {count}" if count else "", "$dim"),
        )
        for key, does, count in keys
    ]
    return Content("\n" if wide else "   ").join(lines)


def said_of(item: QueueItem, note: str) -> Content:
    """What people say of it already, and the note that goes along; empty if there is nothing."""
    lines: list[Content] = []
    if item.said:
        votes = Counter(label.draft.value for label in item.said).most_common()
        is_conflict = len(votes) > 1
        pieces: list[Piece] = [
            ("≠ others do not agree: " if is_conflict else "others say ", "bold $warning" if is_conflict else "$dim")
        ]
        for place, label in enumerate(item.said[-_SAID:]):
            pieces.append((" · " if place else "", "$dim"))
            pieces.append((f"{LABEL_SIGN} {cut(label.draft.value, 40)}", "$accent"))
            pieces.append((f" {cut(label.author, 28)}", "$dim"))
            if label.draft.note:
                pieces.append((f" “{cut(label.draft.note, 80)}”", "$dim"))
        if len(item.said) > _SAID:
            pieces.append((f" and {len(item.said) - _SAID:,} more", "$dim"))
        lines.append(Content.assemble(*pieces))
    if item.is_flagged:
        lines.append(Content.styled("⚑ flagged for a second look", "bold $warning"))
    if note:
        lines.append(Content.assemble(("note ", "$dim"), cut(note, 300)))
    return Content("\n").join(lines)


def progress(sitting: Sitting, *, keeping: bool) -> list[tuple[str, str]]:
    """What is done, what is left, how fast, and how long it takes."""
    labelled = sitting.number(Deed.LABELLED)
    pieces = [(f"{labelled:,} labelled", "$foreground")]
    if sitting.kept > labelled:
        pieces.append((f" ({sitting.kept:,} requests)", "$dim"))
    for deed in (Deed.SKIPPED, Deed.FLAGGED):
        if number := sitting.number(deed):
            pieces.append((f" · {number:,} {deed.value}", "$dim"))
    copies = sitting.requests_left - sitting.left
    pieces.append((f" · {sitting.left:,} left", "$foreground"))
    if copies:
        pieces.append((f" and {copies:,} {'copy' if copies == 1 else 'copies'}", "$dim"))
    each = sitting.seconds_each
    if each:
        pieces.append((f" · {60 / each:.0f} a minute", "$dim"))
        if sitting.left:
            pieces.append((f" · {say.span(each * sitting.left)} to go", "$dim"))
    if keeping:
        pieces.append((" · keeping …", "bold $accent"))
    return pieces


def source_words(queue: LabelQueue) -> str:
    """What the queue was made of."""
    if queue.found > queue.looked_at:
        told = f"the newest {queue.looked_at:,} of {queue.found:,} requests"
    else:
        told = say.plural(queue.looked_at, "request")
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
        shares = ", ".join(f"{cut(value, 24)} {number:,}" for value, number in list(sitting.values.items())[:4])
        said.append(f"{labelled:,} labelled{copies}: {shares}")
    said += [f"{sitting.number(deed):,} {deed.value}" for deed in (Deed.SKIPPED, Deed.FLAGGED) if sitting.number(deed)]
    return " · ".join(said)


def completions_drawn(names: Sequence[str]) -> Content:
    """Classes that a person may mean."""
    if not names:
        return Content("")
    return Content.styled("  ".join(cut(name, _CLASS) for name in names), "$dim")
