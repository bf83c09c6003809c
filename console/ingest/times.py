"""A logged time, in whatever shape, as microseconds since 1970 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from console.ingest.decode import NumberText, json_text
from console.ingest.formats import Unusable

END_OF_TIME = 9_246_182_400_000_000
"""2263-01-01 UTC in microseconds: the first moment that is no longer taken for a logged time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{0,30})?", re.ASCII)
_ZONE = re.compile(
    r"\s*(?:(?P<utc>z|utc|gmt)|(?P<offset>[+-]\d\d(?::?\d\d){0,2}))$", re.ASCII | re.IGNORECASE
)
_SHOWN = 60


def to_microseconds(value: object, zone: tzinfo = UTC) -> int:
    """The moment that a `ts` means, in microseconds since 1970 UTC.

    Args:
        value: ISO 8601 text, or seconds, milliseconds, microseconds or nanoseconds since 1970, as a
            number or as its text, told apart by magnitude. Digits below a microsecond are cut off.
        zone: of a text without an offset. A time that its clocks showed twice is the first of the two;
            one that they skipped is read by the offset that held before.

    Raises:
        Unusable: it is neither, or lies outside the years 1970 to 2262.
    """
    kind = type(value)
    try:
        if kind is str:
            moment = _from_text(value, zone)  # type: ignore[arg-type]
        elif kind is int:
            moment = _from_epoch_int(value)  # type: ignore[arg-type]
        elif kind is float:
            moment = _from_epoch_float(value)  # type: ignore[arg-type]
        else:
            moment = -1
    except (ValueError, OverflowError):
        moment = -1
    if 0 <= moment < END_OF_TIME:
        return moment
    raise Unusable("ts is not a time", _shown(value))


def _from_text(text: str, zone: tzinfo) -> int:
    if text[4:5] != "-":
        text = text.strip()
        # Eight digits are a date (20261102); any other number is an epoch, which fromisoformat
        # must not see: it takes some for a date of the year 1762.
        if _NUMBER.fullmatch(text) and len(text) != 8:
            return _from_epoch_text(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(_as_iso(text))
    # Any character may separate date and time for fromisoformat.
    if text[10:11] not in "Tt _" and text[7:8] == "-":
        return -1
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return (moment - _EPOCH) // _MICROSECOND


def _as_iso(text: str) -> str:
    """Ways of writing the zone that are common in logs, as the standard has them."""
    text = text.strip()
    zone = _ZONE.search(text)
    if zone is None:
        return text
    bare = text[: zone.start()]
    if zone["offset"]:
        return bare + zone["offset"]
    numbered = _ZONE.search(bare)  # Go writes `+0000 UTC`
    return _as_iso(bare) if numbered and numbered["offset"] else f"{bare}Z"


def _from_epoch_int(value: int) -> int:
    if value < 100_000_000_000:
        return value * 1_000_000
    if value < 100_000_000_000_000:
        return value * 1_000
    if value < 100_000_000_000_000_000:
        return value
    return value // 1_000


def _from_epoch_float(value: float) -> int:
    # Rounded, not cut: the nearest double to 0.000123 s may lie below it.
    if value < 1e11:
        return round(value * 1e6)
    if value < 1e14:
        return round(value * 1e3)
    if value < 1e17:
        return int(value)
    return int(value) // 1_000


def _from_epoch_text(text: str) -> int:
    value = Decimal(text)
    if value < 100_000_000_000:
        return int(value * 1_000_000)
    if value < 100_000_000_000_000:
        return int(value * 1_000)
    return _from_epoch_int(int(value))


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, NumberText) else json_text(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
