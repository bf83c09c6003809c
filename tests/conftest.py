"""What lets thousands of tests, and the hundreds of processes that they start, begin soon."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from _pytest.unraisableexception import gc_collect_iterations_key
from hypothesis import HealthCheck, settings

# Workers of pytest-xdist have the machine's cores already. Polars reads it when it is imported.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

LONGEST_NAME = 80
"""Characters of a text that is a test's parameter, in the test's name."""

# What a property misses in this many examples, the same number again hardly finds. No test is timed. They are
# the same each time, so that it is a change that breaks a test and not chance; others are looked for by
# `pytest -m hypothesis --hypothesis-profile searching`.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("tests", _UNTIMED, max_examples=50, derandomize=True)
settings.register_profile("searching", _UNTIMED, max_examples=500)
settings.load_profile("tests")

# Whatever is started, most of its start would be compiling what others have compiled before it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Collecting makes no garbage worth a search.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """At its end each worker looks twice for what was never closed: five times take seconds."""
    config.stash[gc_collect_iterations_key] = 2


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long text stands for itself by its beginning: a test's name is handed from process to process."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_NAME:
        return f"{val[:LONGEST_NAME]!a} and so on to {len(val)}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes seconds comes first, lest one worker is still at it when the others are done."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Garbage is searched for, but not among what is there before the first test: a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(30_000, 20, 10)
    gc.enable()
