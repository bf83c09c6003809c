"""Looks at lines beside the thread that reads them, so that none of them waits in memory as bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import polars as pl

from console.ingest.clean import Sifted, sift
from console.ingest.lines import Block
from console.ingest.shapes import Shapes

_WAITING = 1
"""Blocks that lie ready while all threads look at others."""


class Sifting:
    """Sifts one block after the other, with as many threads as Polars may have."""

    def __init__(self, shapes: Shapes) -> None:
        self._patterns = shapes.patterns()
        self._threads = pl.thread_pool_size()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="sifting")
        self._under_way: deque[Future[Sifted]] = deque()
        self._done: list[Sifted] = []

    def put(self, blocks: Iterable[Block]) -> None:
        """Sift these, too; returns when few blocks are held."""
        for block in blocks:
            self._under_way.append(self._pool.submit(sift, block, self._patterns))
            while len(self._under_way) > self._threads + _WAITING:
                self._done.append(self._under_way.popleft().result())

    def finish(self) -> list[Sifted]:
        """What became of each block, in their order."""
        self._pool.shutdown()
        return [*self._done, *(future.result() for future in self._under_way)]
