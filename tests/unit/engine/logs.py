"""Small logs with a known course: calm, or with errors in one version and region."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 11, 2, 6, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
"""What a test's clock says: later than every line."""
VERSIONS, REGIONS, COUNTRIES = ("v2", "v3"), ("EU", "US", "APAC"), ("DE", "FR", "IT", "US", "JP")


def clock() -> datetime:
    return NOW


def line(number: int, ts: datetime, *, failed: bool = False, **more: object) -> bytes:
    """One line, of which version, region, features and latency follow from its number."""
    record: dict[str, object] = {
        "ts": ts.isoformat(timespec="milliseconds"),
        "request_id": f"f-{number:06d}",
        "model": "fraud",
        "model_version": VERSIONS[number % 2],
        "endpoint": "/score",
        "status": 500 if failed else 200,
        "error_type": "Timeout" if failed else None,
        "latency_ms": 20.0 + number % 17,
        "prediction": "fraud" if number % 50 == 0 else "legit",
        "score": number % 50 / 50,
        "features": {"amount": float(number * 7 % 101), "country": COUNTRIES[number % 5]},
        "tags": {"region": REGIONS[number % 3]},
        **more,
    }
    return json.dumps(record).encode() + b"\n"


def lines(
    minutes: float, *, a_minute: int = 20, start: datetime = START, spike: tuple[int, int] | None = None
) -> Iterator[bytes]:
    """A log of that length: 1 % errors, and in the spike's minutes v3 in EU fails altogether."""
    for number in range(round(minutes * a_minute)):
        minute = number / a_minute
        failed = number % 100 == 99
        if spike is not None and spike[0] <= minute < spike[1]:
            failed |= VERSIONS[number % 2] == "v3" and REGIONS[number % 3] == "EU"
        yield line(number, start + timedelta(minutes=minute), failed=failed)


def write(path: Path, content: Iterator[bytes] | list[bytes]) -> Path:
    """The lines are in the file, behind what was there."""
    with path.open("ab") as file:
        file.writelines(content)
    return path
