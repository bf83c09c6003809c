"""Labels, conflicts and flags as rows of a grid, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum

from textual.content import Content

from console.model import Agreement, Consensus, Label, LabelBook
from console.tui import say
from console.tui.predictions import LABEL_SIGN, label_cell, moment_cell
from console.tui.safe import EMPTY, Cell, cell, cut
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import GridRow


class Shown(Enum):
    """Which of the labels are listed."""

    ALL = "all"
    CONFLICTS = "conflicts"
    FLAGGED = "flagged"


_AT = Column("at", "labelled", "UTC", most=19)
_REQUEST = Column("request", "request", most=40, least=10, rank=1)
_MODEL = Column("model", "model", most=20, least=8, rank=3)
_PREDICTION = Column("prediction", "predicted", most=20, least=8, rank=4)
_NOTE = Column("note", "note", most=100, least=10, rank=5, flex=True, optional=True)

COLUMNS: Mapping[Shown, tuple[Column, ...]] = {
    Shown.ALL: (
        _AT,
        Column("label", "label", most=24, least=8),
        Column("conflict", "", most=12, optional=True),
        _REQUEST,
        Column("author", "by", most=28, least=8, rank=2),
        _MODEL,
        _PREDICTION,
        _NOTE,
    ),
    Shown.CONFLICTS: (
        _AT,
        Column("votes", "what is said", most=40, least=14),
        Column("most", "most say", most=20, least=8, rank=2),
        _REQUEST,
        _PREDICTION,
        _MODEL,
        Column("authors", "by", most=80, least=10, rank=5, flex=True),
    ),
    Shown.FLAGGED: (
        Column("at", "flagged", "UTC", most=19),
        _REQUEST,
        Column("author", "by", most=28, least=8, rank=2),
        Column("label", "label", most=24, least=8, rank=1),
        _PREDICTION,
        _MODEL,
        _NOTE,
    ),
}


def rows_of(book: LabelBook, shown: Shown, today: date) -> tuple[GridRow, ...]:
    """The rows that are listed: of labels and flags by `label_id`, of conflicts by request key."""
    match shown:
        case Shown.ALL:
            return tuple(
                label_row(label, book.said[label.draft.request_key].is_conflict, today)
                for label in book.labels
            )
        case Shown.CONFLICTS:
            return tuple(conflict_row(one, today) for one in book.conflicts)
        case Shown.FLAGGED:
            return tuple(flag_row(flag, book.said.get(flag.draft.request_key), today) for flag in book.flags)


def label_row(label: Label, disputed: bool, today: date) -> GridRow:
    """A label; one that others contradict says so in a word."""
    draft = label.draft
    return GridRow(
        label.label_id,
        (
            moment_cell(label.at, today),
            label_cell(label),
            Cell("≠ conflict", "bold $warning") if disputed else EMPTY,
            cell(draft.request_key),
            cell(label.author, "$dim"),
            cell(draft.model or None, "$dim"),
            cell(draft.prediction or None, "$dim"),
            cell(draft.note, "$dim") if draft.note else EMPTY,
        ),
    )


def conflict_row(one: Consensus, today: date) -> GridRow:
    """A request of which different things are said: what, how often, and by whom."""
    draft = one.judged
    votes = " · ".join(f"{cut(value, 24)} {count}" for value, count in one.votes.items())
    return GridRow(
        one.request_key,
        (
            moment_cell(one.labels[-1].at, today),
            Cell(cut(votes, 160), "bold $warning"),
            Cell("tied", "$warning") if one.value is None else cell(one.value),
            cell(one.request_key),
            cell(draft.prediction or None, "$dim"),
            cell(draft.model or None, "$dim"),
            cell(", ".join(label.author for label in one.labels), "$dim"),
        ),
    )


def flag_row(flag: Label, said: Consensus | None, today: date) -> GridRow:
    """A request that waits for a second look, and what is said of it so far."""
    draft = flag.draft
    values = " · ".join(cut(value, 24) for value in said.votes) if said is not None else ""
    return GridRow(
        flag.label_id,
        (
            moment_cell(flag.at, today),
            cell(draft.request_key),
            cell(flag.author, "$dim"),
            Cell(f"{LABEL_SIGN} {cut(values, 100)}", "$accent") if values else Cell("none yet", "$dim"),
            cell(draft.prediction or None, "$dim"),
            cell(draft.model or None, "$dim"),
            cell(draft.note, "$dim") if draft.note else EMPTY,
        ),
    )


def who_says_what(one: Consensus | None, flag: Label | None, today: date) -> Content:
    """One line a person, the newest last: what they say of a request, when, and why."""
    lines: list[Content] = []
    for label in (*(one.labels if one is not None else ()), *((flag,) if flag is not None else ())):
        is_flag = label is flag
        pieces: list[tuple[str, str]] = [
            ("⚑ flagged " if is_flag else f"{LABEL_SIGN} {cut(label.draft.value, 40)} ", "bold $accent"),
            (f" {cut(label.author, 60)}", "$foreground"),
            (f"  {say.at(label.at, today)}", "$dim"),
        ]
        if label.source != "human":
            pieces.append((f"  {cut(label.source, 20)}", "$dim"))
        if label.draft.note:
            pieces.append((f"  “{cut(label.draft.note, 200)}”", "$foreground"))
        lines.append(Content.assemble(*pieces))
    return Content("\n").join(lines)


def summary(book: LabelBook) -> list[tuple[str, str]]:
    """How many labels there are, by how many people, and how far these agree."""
    agreement = book.agreement
    if not book.n_labels:
        return []
    said = [
        (say.plural(book.n_labels, "label"), "$foreground"),
        (f" by {book.n_people} {'person' if book.n_people == 1 else 'people'}", "$dim"),
    ]
    if agreement.observed is not None:
        said += [(" · ", "$dim"), (f"agreement {agreement.observed:.2f}", "$foreground")]
        said.append((f" ({alpha_words(agreement)})", "$dim"))
    return said


def alpha_words(agreement: Agreement) -> str:
    """`alpha 0.84 on 120 requests`: how much of the agreement is more than chance, and on what it rests."""
    on = f"on {say.plural(agreement.compared, 'request')}"
    return f"alpha {agreement.alpha:.2f} {on}" if agreement.alpha is not None else f"one value {on}"
