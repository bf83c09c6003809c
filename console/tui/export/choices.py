"""What one can choose of an export: a line each, with what is chosen marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from textual.content import Content

from console.model.exporting import WHOLE, ExportOptions, Split

MARK, NO_MARK = "●", "○"
_NAME = 11
"""Cells of a line's name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A line: its name, and what can be chosen, the first being usual."""

    name: str
    values: tuple[tuple[str, Mapping[str, object]], ...]
    """Words, and what they change in the options."""
    chosen: int = 0

    def other(self, step: int) -> Choice:
        """The same line, the next or the previous value chosen."""
        return replace(self, chosen=(self.chosen + step) % len(self.values))


_ROWS = Choice(
    "rows",
    (
        ("all", {}),
        ("labelled", {"only_labelled": True}),
        ("labelled, conflicts too", {"only_labelled": True, "with_conflicts": True}),
    ),
)
_OFFENDING = Choice(
    "beside", (("nothing", {}), ("comparable requests that are fine", {"with_comparable": True}))
)
_INPUTS = Choice("inputs", (("every row", {}), ("one row an input", {"one_row_an_input": True})))
_BALANCE = Choice(
    "balanced",
    (("no", {}), ("by label", {"balance_by": "label"}), ("by prediction", {"balance_by": "prediction"})),
)
_SPLIT = Choice(
    "split",
    (
        ("no", {}),
        ("80:20 by input", {"split": Split("input")}),
        ("70:15:15", {"split": Split("input", validation=0.15, test=0.15)}),
        ("80:20 by time", {"split": Split("time")}),
    ),
)


def choices(*, of_alert: bool) -> tuple[Choice, ...]:
    """The lines, nothing chosen but what is usual.

    Args:
        of_alert: whether the rows are an alert's.
    """
    return (_ROWS, *((_OFFENDING,) if of_alert else ()), _INPUTS, _BALANCE, _SPLIT)


def options_of(chosen: tuple[Choice, ...]) -> ExportOptions:
    """What the lines amount to."""
    changes: dict[str, object] = {}
    for choice in chosen:
        changes |= choice.values[choice.chosen][1]
    return replace(WHOLE, **changes)  # type: ignore[arg-type]


def drawn(lines: tuple[Choice, ...], cursor: int) -> Content:
    """The lines as they are shown; the one with the cursor begins with an arrow."""
    shown = []
    for at, choice in enumerate(lines):
        here = at == cursor
        parts: list[str | tuple[str, str]] = [
            ("❯ " if here else "  ", "bold $accent"),
            (choice.name.ljust(_NAME), "bold" if here else "$dim"),
        ]
        for number, (words, _) in enumerate(choice.values):
            is_chosen = number == choice.chosen
            mark = MARK if is_chosen else NO_MARK
            parts.append((f"{mark} {words}  ", "$foreground" if is_chosen else "$dim"))
        shown.append(Content.assemble(*parts))
    return Content("\n").join(shown)
