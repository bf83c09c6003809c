"""Queries that a person might add to the console's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from console.canned import Catalog, parse_query
from console.model import QueryCall
from console.store import Store
from tests.support import catalog

Ask = Callable[..., QueryCall]


@pytest.fixture
def asked() -> Callable[..., QueryCall]:
    """Gives the store a query of this text, and the call for it."""

    def ask(store: Store, sql: str, *, params: str = "", columns: str = "x", **values: object) -> QueryCall:
        declared = "".join(f"-- param: {line}\n" for line in params.splitlines())
        named = "".join(f"-- column: {name}\n" for name in columns.split())
        text = f"-- title: t\n-- answers: a\n-- grain: g\n{declared}{named}{sql}"
        store.catalog = Catalog({**catalog(), "mine": parse_query("mine", text, path="mine.sql")})
        return QueryCall("mine", values)

    return ask
