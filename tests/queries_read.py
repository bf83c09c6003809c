"""Once it is imported, a canned query is read and checked once: a fifth of an engine's start."""

from __future__ import annotations

from functools import cache

import console.canned.catalog
from console.canned.header import parse_query
from tests.support import catalog

vars(console.canned.catalog)["parse_query"] = cache(parse_query)
catalog()
