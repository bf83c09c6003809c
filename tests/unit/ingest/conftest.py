"""Short ways to parse lines in tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from console.ingest.formats import NATIVE, Format
from console.ingest.lines import LineSplitter
from console.ingest.parse import MAX_CELLS, parse_block
from console.model import Batch, FileIdentity

ARRIVAL = datetime(2026, 11, 2, tzinfo=UTC)
IDENTITY = FileIdentity(1, 2, "00", 0)


@pytest.fixture(scope="session")
def parse() -> Callable[..., Batch]:
    """A batch of everything in some bytes, the last line too."""

    def parse_bytes(data: bytes, *, max_cells: int = MAX_CELLS, format: Format = NATIVE) -> Batch:
        splitter = LineSplitter()
        lines = splitter.feed(data)
        lines.extend(splitter.finish())
        return parse_block(
            lines.blocks,
            too_long=lines.too_long,
            source_id=1,
            path="/logs/app.log",
            identity=IDENTITY,
            start_offset=0,
            next_offset=splitter.next_offset,
            arrival=ARRIVAL,
            max_cells=max_cells,
            format=format,
        )

    return parse_bytes
