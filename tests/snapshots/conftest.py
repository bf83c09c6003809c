"""The pictures are taken of apps that start as those of the pilots do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tui.soon import apps_start_soon


@pytest.fixture(scope="session", autouse=True)
def soon() -> Iterator[None]:
    with apps_start_soon():
        yield
