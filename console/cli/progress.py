"""How far the reading of a backlog is, on stderr."""

from __future__ import annotations

import sys
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from console.cli.output import tell
from console.model import size_in_words

if TYPE_CHECKING:
    from console.engine.collector import Collector

WORTH_A_BAR_BYTES = 8 * 2**20
TOLD_EVERY_SECONDS = 30.0
"""Where stderr is no terminal: a load that takes longer leaves lines in the log of a job, others none."""


class Progress:
    """A bar with rate and time left on a terminal; elsewhere a line now and then. For a `with` block."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._on_terminal = sys.stderr.isatty()
        self._told_at = monotonic()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        return self

    def __call__(self, left: int, total: int) -> None:
        """So many bytes of so many are left."""
        if self._on_terminal:
            if self._bar is None and total > WORTH_A_BAR_BYTES:
                self._bar = click.progressbar(
                    *(None, total),
                    label="reading",
                    show_eta=False,
                    item_show_func=lambda text: str(text or ""),
                    file=sys.stderr,
                )
                self._bar.__enter__()
            if self._bar is not None:
                self._bar.length = total
                self._bar.update(total - left - self._bar.pos, self._words(left))
        elif monotonic() - self._told_at >= TOLD_EVERY_SECONDS:
            self._told_at = monotonic()
            share = 100 * (total - left) // max(1, total)
            tell(f"reading: {share} % of {size_in_words(total)}, {self._words(left)}")

    def _words(self, left: int) -> str:
        rate, seconds = self._collector.bytes_per_second(), self._collector.seconds_left()
        if seconds is None:
            return f"{size_in_words(left)} left"
        return f"{size_in_words(int(rate))}/s, {timedelta(seconds=round(seconds))} left"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, traceback)
