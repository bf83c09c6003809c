"""A logged line's time and id, found and replaced in its text: every other byte stays as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_BLANK = re.compile(r"[ \t\r\n]*")
_USUAL = re.compile(rb'\{"ts":("(?:[^"\\]*)")')
_USUAL_ID = re.compile(rb'"request_id":("(?:[^"\\]*)")')
_DECODER = json.JSONDecoder()
_LARGEST_UNIX_SECONDS = 100_000_000_000
"""Seconds of the year 5138: a larger number counts in thousandths, millionths or billionths."""


def logged_at(line: bytes) -> datetime | None:
    """The line's time in UTC, None if it has none that can be understood."""
    usual = _USUAL.match(line)
    if usual is not None and line.count(b'"ts"') == 1:
        return _moment(usual[1][1:-1].decode("utf-8", "replace"))
    spans = _spans(line, "ts")
    return _moment(spans[-1][2]) if spans else None


def relogged(line: bytes, moment: datetime, *, suffix: str = "") -> bytes:
    """The line as if logged at `moment`, in microseconds, its `request_id` lengthened by `suffix`.

    A line without a time that can be understood is not given one.
    """
    if logged_at(line) is not None:
        line = _stamped(line, moment)
    if not suffix:
        return line
    usual = _USUAL_ID.search(line)
    if usual is not None and line.count(b'"request_id"') == 1 and line.count(b"{", 0, usual.start()) == 1:
        return line[: usual.end(1) - 1] + suffix.encode() + line[usual.end(1) - 1 :]
    return _replaced(
        line,
        [
            (start, end, json.dumps(f"{value}{suffix}"))
            for start, end, value in _spans(line, "request_id")
            if isinstance(value, str | int | float) and not isinstance(value, bool)
        ],
    )


def _stamped(line: bytes, moment: datetime) -> bytes:
    stamp = moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    usual = _USUAL.match(line)
    if usual is not None and line.count(b'"ts"') == 1:
        return line[: usual.start(1)] + f'"{stamp}"'.encode() + line[usual.end(1) :]
    return _replaced(line, [(start, end, json.dumps(stamp)) for start, end, _ in _spans(line, "ts")])


def _replaced(line: bytes, changes: list[tuple[int, int, str]]) -> bytes:
    """The line with each range of characters exchanged for a text."""
    if not changes:
        return line
    text = line.decode()
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text.encode()


def _spans(line: bytes, wanted: str) -> list[tuple[int, int, object]]:
    """Where in the line's text the values of the top-level key stand, and what they are."""
    try:
        text = line.decode()
        return [(start, end, value) for key, start, end, value in _members(text) if key == wanted]
    except (ValueError, RecursionError):
        return []


def _members(text: str) -> Iterator[tuple[str, int, int, object]]:
    """Each member of the object that `text` is: its key, where its value stands, the value.

    Raises:
        ValueError: the text is not one JSON object.
    """
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("not an object")
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise ValueError("a key is missing")
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("a colon is missing")
        start = _skip(text, at + 1)
        value, end = _DECODER.raw_decode(text, start)
        yield key, start, end, value
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "}":
            raise ValueError("a comma is missing")
    if _skip(text, at + 1) != len(text):
        raise ValueError("more than an object")


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return at if blank is None else blank.end()


def _moment(value: object) -> datetime | None:
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            scale = 1
            while abs(value) / scale >= _LARGEST_UNIX_SECONDS and scale < 10**9:
                scale *= 1000
            return EPOCH + timedelta(seconds=value / scale)
    except (ValueError, OverflowError):
        pass
    return None
