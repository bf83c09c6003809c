"""Who else has a console open on the same casebook, in words."""

from __future__ import annotations

from collections.abc import Sequence

from textual.screen import Screen

from console.model import Seat
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen

_NAME = 40
_DOING = 60
_MOST_TOLD = 3
"""Seats that came or went at once and are told one by one."""


def name_of(seat: Seat) -> str:
    """Who it is: `ana@prod-1`, with the host where the name does not tell it."""
    author, host = cut(seat.author, _NAME) or "somebody", cut(seat.host, _NAME)
    return author if not host or "@" in seat.author else f"{author} on {host}"


def others_of(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """All but the one that this console is."""
    return tuple(seat for seat in seats if not seat.is_own)


def changes(before: Sequence[Seat], now: Sequence[Seat]) -> list[str]:
    """Who came and who went between two snapshots, in words."""
    were = {_identity(seat): seat for seat in others_of(before)}
    are = {_identity(seat): seat for seat in others_of(now)}
    came = [_came(seat) for identity, seat in are.items() if identity not in were]
    went = [f"{name_of(seat)} has left" for identity, seat in were.items() if identity not in are]
    return [*_few(came, "more are here too"), *_few(went, "more have left")]


def in_order(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """Everybody who is here: this console first, then who came first."""
    return tuple(sorted(seats, key=lambda seat: (not seat.is_own, seat.since, seat.pid)))


def doing_of(stack: Sequence[Screen[object]]) -> str:
    """What the person looks at, in few words: the topmost screen that is no dialog."""
    for screen in reversed(stack):
        if isinstance(screen, ConsoleScreen):
            return screen.doing()
    return ""


def _identity(seat: Seat) -> tuple[object, ...]:
    return seat.author, seat.host, seat.pid, seat.since


def _came(seat: Seat) -> str:
    doing = f": {cut(seat.doing, _DOING)}" if seat.doing else ""
    return f"{name_of(seat)} is here too{doing}"


def _few(words: list[str], more: str) -> list[str]:
    rest = len(words) - _MOST_TOLD
    return words if rest <= 0 else [*words[:_MOST_TOLD], f"{rest} {more}"]
