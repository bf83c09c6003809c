"""Calls that readings carry, bound as the store binds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from console.canned import bind, load_catalog
from console.model import QueryCall

CATALOG = load_catalog()
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def bound(call: QueryCall) -> Mapping[str, object]:
    """All parameters of the call, as the catalog takes them; fails if it does not take them."""
    return bind(CATALOG[call.query], call.params, newest=lambda: NEVER)
