"""Bars that lie, thin and half a cell fine; and bars that stand, an eighth of a line fine."""

from __future__ import annotations

from collections.abc import Sequence

_STANDING = " ▁▂▃▄▅▆▇█"


def bar(share: float, cells: int) -> str:
    """A bar of so many cells at most; something small is still half a cell."""
    halves = max(0, min(cells * 2, round(share * cells * 2)))
    if share > 0:
        halves = max(1, halves)
    return "━" * (halves // 2) + "╸" * (halves % 2)


def standing(eighths: Sequence[int | None], line: int) -> str:
    """One line of bars of so many eighths, `line` counted from the bottom; a gap is a dot on the ground."""
    return "".join(
        ("·" if line == 0 else " ") if height is None else _STANDING[max(0, min(8, height - 8 * line))]
        for height in eighths
    )


def filled(sign: str, style: str) -> str:
    """The style in which no line shows through a full cell where a font leaves gaps between lines."""
    return f"{style} on {style}" if sign == "█" else style


def joined(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """As few pieces as there are changes of style: each costs an escape sequence."""
    joined: list[tuple[str, str]] = []
    for text, style in pieces:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
