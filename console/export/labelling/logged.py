"""What was logged of a request, as far as people who label it elsewhere are to see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logged:
    """One prediction. Nothing in it is null."""

    fields: Mapping[str, object]
    """Fixed fields, by name; `ts` is a time."""
    tags: Mapping[str, object]
    features: Mapping[str, object]
