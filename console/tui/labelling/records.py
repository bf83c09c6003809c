"""The records of the items that come next, read before they are wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from console.errors import ConsoleError, Interrupted
from console.model import Request, RequestContext, RowId, Ticket
from console.tui.desk import RequestDesk

COMPARED_AHEAD = 2
"""Items of those wanted, the first ones, that are compared with what is usual: it takes longer."""
MOST_KEPT = 64
"""Records that are kept for the way back."""


class Records:
    """Reads requests, and how they stand, in the order in which they will be looked at.

    `want` is for the screen's thread, `read` for one worker at a time.
    """

    def __init__(self, desk: RequestDesk, found: Callable[[RowId], object]) -> None:
        """Args: desk: answers. found: called by the worker when something of a request is there."""
        self._desk = desk
        self._found = found
        self._changed = threading.Lock()
        self._wanted: tuple[RowId, ...] = ()
        self._is_reading = False
        self._ticket = Ticket()
        self._comparing: RowId | None = None
        self._requests: dict[RowId, Request | ConsoleError] = {}
        self._contexts: dict[RowId, RequestContext | ConsoleError] = {}

    def request(self, row_id: RowId) -> Request | ConsoleError | None:
        """The request, why it cannot be read, or None while it is not known."""
        return self._requests.get(row_id)

    def context(self, row_id: RowId) -> RequestContext | ConsoleError | None:
        """How it stands, why that cannot be told, or None while it is not known."""
        return self._contexts.get(row_id)

    def want(self, row_ids: Sequence[RowId]) -> bool:
        """These are read from now on, the first one first; True if a worker is to begin with `read`."""
        with self._changed:
            self._wanted = tuple(row_ids)
            if self._comparing is not None and self._comparing not in self._wanted[:COMPARED_AHEAD]:
                self._ticket.cancel()
            begins = not self._is_reading and self._next() is not None
            self._is_reading = self._is_reading or begins
            return begins

    def forget(self, row_id: RowId) -> None:
        """It is to be read anew."""
        with self._changed:
            self._requests.pop(row_id, None)
            self._contexts.pop(row_id, None)

    def read(self) -> None:
        """All that is wanted is read; blocks."""
        while True:
            with self._changed:
                task = self._next()
                if task is None:
                    self._is_reading = False
                    return
                row_id, compares = task
                self._ticket, self._comparing = Ticket(), row_id if compares else None
            if compares:
                self._compare(row_id)
            else:
                self._read(row_id)
            self._found(row_id)

    def _next(self) -> tuple[RowId, bool] | None:
        first = self._wanted[:COMPARED_AHEAD]
        compared = [one for one in first if one not in self._contexts]
        unread = [one for one in self._wanted if one not in self._requests]
        # The one on screen is read before all, and the next ones before it is compared.
        return (unread[0], False) if unread else (compared[0], True) if compared else None

    def _read(self, row_id: RowId) -> None:
        answer: Request | ConsoleError
        try:
            answer = self._desk.request(row_id)
        except ConsoleError as error:
            answer = error
        with self._changed:
            self._requests[row_id] = answer
            _shorten(self._requests)

    def _compare(self, row_id: RowId) -> None:
        answer: RequestContext | ConsoleError
        try:
            answer = self._desk.context(row_id, self._ticket)
        except Interrupted as error:
            if self._ticket.cancelled:
                return
            answer = error
        except ConsoleError as error:
            answer = error
        with self._changed:
            self._contexts[row_id] = answer
            _shorten(self._contexts)


def _shorten(kept: dict[RowId, Request | ConsoleError] | dict[RowId, RequestContext | ConsoleError]) -> None:
    while len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]
