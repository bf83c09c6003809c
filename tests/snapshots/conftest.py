"""The pictures are taken of apps that start as those of the pilots do, and are kept packed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from syrupy.data import SnapshotCollection
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from tests.tui.soon import apps_start_soon

_OF_THIS_RUN = re.compile(r"\bterminal-\d+-")
"""What Rich puts before the names in a picture, drawn anew each time."""


class PackedPictures(SingleFileSnapshotExtension):
    """Pictures as .svgz: a tenth of the bytes, and a browser shows them as it does .svg."""

    _file_extension = "svgz"

    def serialize(self, data: object, **_: Any) -> str:
        return _OF_THIS_RUN.sub("terminal-", str(data))

    def _read_snapshot_data_from_location(
        self, *, snapshot_location: str, snapshot_name: str, session_id: str
    ) -> str | None:
        try:
            return gzip.decompress(Path(snapshot_location).read_bytes()).decode("utf-8")
        except FileNotFoundError:
            return None

    @classmethod
    def _write_snapshot_collection(cls, *, snapshot_collection: SnapshotCollection) -> None:
        (picture,) = snapshot_collection
        packed = gzip.compress(str(picture.data).encode("utf-8"), mtime=0)
        Path(snapshot_collection.location).write_bytes(packed)


@pytest.fixture(scope="session", autouse=True)
def soon() -> Iterator[None]:
    with apps_start_soon():
        yield


@pytest.fixture(scope="session", autouse=True)
def packed_pictures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pytest_textual_snapshot.SVGImageExtension", PackedPictures)
        yield
