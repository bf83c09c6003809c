"""What every test of the screens stands on."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from textual import _wait

LOOKS_EVERY_SECONDS = 1 / 125
"""How often a pilot looks whether anything still goes on; Textual's own fiftieth is most of a test's time."""


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test copies or keeps is not among the person's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def pilots_look_often() -> Iterator[None]:
    """A pilot goes on soon after the app has come to rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wait, "SLEEP_GRANULARITY", LOOKS_EVERY_SECONDS)
        patch.setattr(_wait, "SLEEP_IDLE", LOOKS_EVERY_SECONDS / 20)
        patch.setattr(_wait.wait_for_idle, "__defaults__", (LOOKS_EVERY_SECONDS, 1))
        yield


@pytest.fixture(scope="session", autouse=True)
def garbage_is_looked_for_less_often() -> Iterator[None]:
    """All that is imported is not searched through for garbage again and again: a fifth of the time."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()
