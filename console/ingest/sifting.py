"""Looks at lines beside the thread that reads them, one block on each of some threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import polars as pl

from console.ingest.clean import Sifted, sift
from console.ingest.lines import Block
from console.ingest.shapes import Shapes

_WAITING = 1
"""Blocks that lie ready while all threads look at others."""


@cache
def _threads() -> ThreadPoolExecutor:
    """The threads of all: each keeps its compiled expressions, which takes it some milliseconds."""
    return ThreadPoolExecutor(pl.thread_pool_size(), thread_name_prefix="sifting")


os.register_at_fork(after_in_child=_threads.cache_clear)  # a fork has none of them


class Sifting:
    """Sifts one block after the other, with as many threads as Polars may have."""

    def __init__(self, shapes: Shapes) -> None:
        self._patterns = shapes.patterns()
        self._under_way: deque[Future[Sifted]] = deque()
        self._done: list[Sifted] = []

    def put(self, blocks: Iterable[Block]) -> None:
        """Sift these, too; returns when few blocks are held."""
        for block in blocks:
            self._under_way.append(_threads().submit(sift, block, self._patterns))
            while len(self._under_way) > pl.thread_pool_size() + _WAITING:
                self._done.append(self._under_way.popleft().result())

    def finish(self) -> list[Sifted]:
        """What became of each block, in their order."""
        return [*self._done, *(future.result() for future in self._under_way)]
