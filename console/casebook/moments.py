"""Times as they are kept: UTC text of one width, which sorts as the times do and reads in any tool."""

from __future__ import annotations

from datetime import UTC, datetime


def moment_text(moment: datetime) -> str:
    """`2026-11-02T03:04:05.000678Z`: microseconds, always 27 characters.

    Raises:
        ValueError: the time has no zone, so that it is not a moment.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment_of(text: str) -> datetime:
    """The aware time, in UTC, that `moment_text` wrote.

    Raises:
        ValueError: it is no such text.
    """
    return datetime.fromisoformat(text).astimezone(UTC)
