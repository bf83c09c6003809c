"""What lets thousands of tests, and the hundreds of processes that they start, begin soon."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from hypothesis import settings

# Workers of pytest-xdist have the machine's cores already. Polars reads it when it is imported.
os.environ.setdefault("POLARS_MAX_THREADS", "1")


# What a property misses in this many examples, the same number again hardly finds. No test is timed.
settings.register_profile("tests", max_examples=50, deadline=None)
settings.load_profile("tests")

# Whatever is started, most of its start would be compiling what others have compiled before it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Collecting makes no garbage worth a search.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes seconds comes first, lest one worker is still at it when the others are done."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Garbage is searched for, but not among what is there before the first test: a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    gc.enable()
