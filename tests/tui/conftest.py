"""What every test of the screens stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tui.soon import apps_start_soon


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test copies or keeps is not among the person's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def soon() -> Iterator[None]:
    with apps_start_soon():
        yield
