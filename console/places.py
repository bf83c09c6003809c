"""Where the files lie that come with the package."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


def locate_queries() -> Traversable:
    """The checkout's `queries/` if the package lies in one, else the wheel's copy."""
    checkout = Path(__file__).parents[1] / "queries"
    if checkout.is_dir() and (checkout.parent / "pyproject.toml").is_file():
        return checkout
    return resources.files("console") / "_queries"
