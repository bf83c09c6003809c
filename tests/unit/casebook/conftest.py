"""A casebook in a fresh folder, and a clock that a test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.casebook import Casebook


class Clock:
    """Gives a moment, and one second later the next."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 3, 4, 5, 678, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "casebook.sqlite"


@pytest.fixture
def casebook(path: Path, clock: Callable[[], datetime]) -> Iterator[Casebook]:
    with Casebook.open(path, author="ann@one", clock=clock) as opened:
        yield opened
