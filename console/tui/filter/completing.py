"""What may be meant by a filter that is half written: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from console.model import FieldInfo
from console.model.filter_text import Spot, name_text, value_text


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be meant."""

    text: str
    """As it stands in the filter: quoted where it has to be, and safe to show."""
    about: str = ""
    """What it is: `tag`, `number`; empty for a value."""
    sign: str = ""
    """What is to stand behind it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A field, made ready to be looked for at each key."""

    offer: Offer
    names: tuple[str, ...]
    """What it is called, in small letters."""


def known_fields(fields: Iterable[FieldInfo]) -> tuple[Known, ...]:
    """The fields with all that they are called: in short, in full, and without the group that they are in."""
    known = []
    for info in fields:
        about = f"{info.kind}, number" if info.is_number else info.kind
        offer = Offer(name_text(info.name), about, "" if info.is_number else "=")
        names = (offer.text, info.name, info.name.partition(".")[2])
        known.append(Known(offer, tuple(name.casefold() for name in names if name)))
    return tuple(known)


def field_offers(spot: Spot, fields: Sequence[Known]) -> tuple[Offer, ...]:
    """The fields that begin so as they are offered, then in full, then anywhere; none within quotes."""
    if spot.field or spot.is_quoted:
        return ()
    wanted = spot.beginning.casefold()
    found: tuple[list[Offer], ...] = ([], [], [])
    for one in fields:
        if one.names[0].startswith(wanted):
            found[0].append(one.offer)
        elif any(name.startswith(wanted) for name in one.names):
            found[1].append(one.offer)
        elif wanted in one.names[0]:
            found[2].append(one.offer)
    return tuple(chain.from_iterable(found))


def value_offers(spot: Spot, values: Iterable[str]) -> tuple[Offer, ...]:
    """The values that begin so, in their order; none once one is written in full."""
    wanted = spot.beginning.casefold()
    found = tuple(Offer(value_text(value)) for value in values if value.casefold().startswith(wanted))
    return () if [one.text for one in found] == [spot.beginning] else found


def taken(text: str, spot: Spot, offer: Offer) -> str:
    """The text with the offer in the place of what was being written."""
    behind = "" if offer.about else " "
    return f"{text[: spot.start]}{offer.text}{offer.sign}{behind}"
