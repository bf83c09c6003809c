"""Which key is which field, in a console that goes on running while somebody mends its configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from console.config import load_configuration
from console.engine.masks import lines_mean
from console.ingest.choosing import Choice
from console.model import Configuration


class MappingInForce:
    """Chooses the formats of files, by the configuration's mapping as it was read last.

    Files whose lines said something keep the format that they have. Those of which no line could be used are
    asked about again with every line, and so take up a mapping that was mended.

    Args:
        configuration: what holds at the start.

    Raises:
        UsageError: the key of the masks cannot be had.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._choose = lines_mean(configuration)

    def __call__(self, path: str, first: Sequence[Mapping[str, object]]) -> Choice:
        """The format of a file with these first objects."""
        return self._choose(path, first)

    def read_anew(self) -> None:
        """Zones and sources are those that the configuration's file says now; masks stay what they were.

        Where there was no file, one that has come since counts; where there still is none, nothing changes.

        Raises:
            UsageError: the file is wrong, or gone; what was in force stays so.
        """
        before = self._configuration
        now = load_configuration(Path(before.path) if before.path else None, os.environ)
        if now.path is None:
            return
        after = replace(before, path=now.path, zone=now.zone, sources=now.sources)
        self._choose, self._configuration = lines_mean(after), after
