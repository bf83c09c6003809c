"""What the configuration may hold: one entry a key, with what reads its value.

A section of a later time is a `Table` more in `ROOT`.
"""

from __future__ import annotations

from console.config.labels import LABELS
from console.config.looks import CONSOLE, THEME
from console.config.masks import MASK, MASKS
from console.config.reading import (
    Table,
    check_name,
    format_name,
    kind_name,
    limit,
    names,
    paths,
    text,
    texts,
    zone,
)
from console.model import MAPPABLE_FIELDS, parse_size, parse_span

LIMIT_NAMES = {
    "memory": "memory_bytes",
    "threads": "threads",
    "nice": "nice",
    "keep": "keep",
    "max_db_size": "max_database_bytes",
}
"""Key in `[limits]` -> its name in `Limits`."""


_SOURCE = Table(
    keys={
        **{"match": texts, "kind": kind_name, "zone": zone, "format": format_name},
        **{"features": paths, "tags": paths},
    },
    tables={"fields": Table(keys=dict.fromkeys(sorted(MAPPABLE_FIELDS), paths))},
    required=("match",),
)
_LIMITS = Table(
    keys={
        "memory": limit("memory_bytes", 'a size: "1GiB"', parse_size),
        "threads": limit("threads", "a whole number"),
        "nice": limit("nice", "a whole number"),
        "keep": limit("keep", 'a span of time: "12h", "7d"', parse_span),
        "max_db_size": limit("max_database_bytes", 'a size: "4GiB"', parse_size),
    }
)
_LIMIT = Table(keys={"check": check_name, "model": text, "subject": text}, required=("check",), is_open=True)
_CHECKS = Table(keys={"disabled": names})
ROOT = Table(
    keys={"zone": zone},
    tables={
        "limits": _LIMITS,
        "checks": _CHECKS,
        "labels": LABELS,
        "console": CONSOLE,
        "masks": MASKS,
        "theme": Table(each=THEME),
        "keys": Table(is_open=True),
    },
    lists={"source": _SOURCE, "limit": _LIMIT, "mask": MASK},
)
"""All that may stand in the file."""
