"""Finds the prediction that a label was given to."""

from __future__ import annotations

import duckdb

from console.model import RowId

_BY_ORIGIN = """
select p.source_id, p.source_offset
from predictions as p
join sources as s on s.source_id = p.source_id
where s.path || ':' || p.source_offset = $origin
  and p.source_offset = $offset
limit 1
"""
_BY_KEY = """
select source_id, source_offset
from predictions
where request_id = $key
order by ts desc, source_id, source_offset desc
limit 1
"""


def find_row(cursor: duckdb.DuckDBPyConnection, *, key: str, origin: str) -> RowId | None:
    """The prediction that came from `origin`, else the newest with this request id; None if there is none.

    Args:
        key: `request_id`, or `path:offset` where none was logged.
        origin: `path:offset`, empty where it is not known.
    """
    for place in dict.fromkeys(text for text in (origin, key) if ":" in text):
        offset = place.rpartition(":")[2]
        if offset.isascii() and offset.isdigit() and len(offset) < 19:
            found = cursor.execute(_BY_ORIGIN, {"origin": place, "offset": int(offset)}).fetchone()
            if found is not None:
                return RowId(*found)
    found = cursor.execute(_BY_KEY, {"key": key}).fetchone()
    return None if found is None else RowId(*found)
