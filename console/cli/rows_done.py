"""How many rows a long command has done, on stderr."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Any

import click

from console.cli.output import tell
from console.errors import Interrupted

TOLD_EVERY_SECONDS = 30.0
"""Where stderr is no terminal: what takes longer leaves lines in the log of a job, others none."""


class RowsDone:
    """A bar on a terminal, elsewhere a line now and then. For a `with` block.

    Args:
        label: what is done: `writing`.
        bar_from: so many rows are worth a bar.
        quiet: whether nobody wants to know.
    """

    def __init__(self, label: str, *, bar_from: int, quiet: bool) -> None:
        self._label = label
        self._bar_from = bar_from
        self._quiet = quiet
        self._bar: Any = None
        self._told_at = monotonic()
        self._most = 0
        self._going_back = False

    def __enter__(self) -> RowsDone:
        return self

    def __call__(self, rows: int, of: int | None) -> None:
        """So many rows are done, of so many, if that is known; fewer than before if it is all taken back."""
        if self._quiet:
            return
        if rows < self._most and not self._going_back:
            self._going_back = True
            self._end_bar()
            tell(f"stopped; the {self._most:,} rows that are there are taken out again")
        self._most = max(self._most, rows)
        if sys.stderr.isatty():
            if self._bar is None and of is not None and of >= self._bar_from:
                label = "taking out again" if self._going_back else self._label
                length = self._most if self._going_back else of
                self._bar = click.progressbar(length=length, label=label, file=sys.stderr)
                self._bar.__enter__()
            if self._bar is not None:
                done = self._most - rows if self._going_back else rows
                self._bar.update(done - self._bar.pos)
        elif monotonic() - self._told_at >= TOLD_EVERY_SECONDS:
            self._told_at = monotonic()
            tell(f"{self._label}: {rows:,} rows" + ("" if of is None else f" of {of:,}"))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end_bar()
        if self._going_back and isinstance(error, Interrupted):
            tell(str(error))

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
