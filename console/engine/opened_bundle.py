"""A bundle that is open: what was kept, its rows in a store in memory, its labels in a casebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from console.canned import load_catalog
from console.casebook import Casebook
from console.engine.own_folder import OwnFolder
from console.engine.unbundling import rows_of
from console.errors import BundleError, CasebookError
from console.export.bundle import BundleManifest
from console.export.markdown import visible
from console.export.unpack import unpack_bundle
from console.model import Limits, Snapshot
from console.model.codec import CodecError, decode
from console.model.handover import AlertStory, CasebookExtract
from console.store import Store
from console.store.database import MEMORY

T = TypeVar("T")

MOST_JSON_BYTES = 256 * 2**20
"""Bytes of one of a bundle's files that are read at once."""
LARGEST = 1e300
"""What no number of a chart reaches."""
_READER = "reader of a bundle"
"""Who the extract's casebook is opened by: nobody whose labels are in it, so that none is taken back."""


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """Everything that is in a bundle."""

    manifest: BundleManifest
    snapshot: Snapshot
    """The overview, as it was kept."""
    stories: Mapping[str, AlertStory]
    """By the alert's id."""
    store: Store
    casebook: Casebook
    unpacked: OwnFolder
    """Where its files are; goes with it."""

    @property
    def banner(self) -> str:
        """What is looked at: of when, by whom, and how much of it there is."""
        made = f"{self.manifest.made_at:%Y-%m-%d %H:%M} UTC"
        rows, alerts = self.store.counts().rows, len(self.stories)
        return (
            f"a bundle by {self.manifest.author} of {made}, read-only: {rows:,} rows of "
            f"{alerts} {'alert' if alerts == 1 else 'alerts'} are in it, the logs are not"
        )

    @property
    def page(self) -> str:
        """Its page of markdown; somebody may have put another one there, so nothing in it is hidden."""
        content = (self.unpacked.path / "handover.md").read_bytes()[:MOST_JSON_BYTES]
        lines = content.decode("utf-8", "backslashreplace").split("\n")
        return "\n".join(visible(line, MOST_JSON_BYTES) for line in lines)

    def close(self) -> None:
        """Nothing of the bundle is left on this machine but the bundle."""
        self.store.interrupt()
        self.store.close()
        self.casebook.close()
        self.unpacked.close()


def open_bundle(path: Path, limits: Limits, *, clock: Callable[[], datetime]) -> OpenedBundle:
    """The bundle, unpacked into a temporary folder.

    Args:
        path: the bundle.
        limits: how much memory and how many threads its rows may take.
        clock: gives the time, aware.

    Raises:
        BundleError: it cannot be opened. Nothing is left of it.
        StoreError: its rows do not fit into memory. Nothing is left of it.
    """
    unpacked = OwnFolder("bundle")
    folder = unpacked.path
    try:
        manifest = unpack_bundle(path, folder)
        files = _Files(path, folder)
        snapshot = files.read(Snapshot, "snapshot.json")
        numbers = range(1, len(manifest.alerts) + 1)
        found = [files.read(AlertStory, f"alerts/{number:02d}.json") for number in numbers]
        stories = {story.alert.alert_id: story for story in found}
        extract = files.read(CasebookExtract, "casebook.json")
        _require_drawable(path, snapshot, stories)
        store = _filled(path, folder, manifest, snapshot, limits)
        try:
            casebook = _casebook(path, folder, extract, clock=clock)
        except BaseException:
            store.close()
            raise
    except BaseException:
        unpacked.close()
        raise
    return OpenedBundle(manifest, snapshot, stories, store, casebook, unpacked)


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a bundle that are read whole."""

    path: Path
    folder: Path

    def read(self, kind: type[T], name: str) -> T:
        """The value that is in the file.

        Raises:
            BundleError: the file is missing or too long, or holds no such value.
        """
        file = self.folder / name
        try:
            size = file.stat().st_size
            if size > MOST_JSON_BYTES:
                raise BundleError(
                    f"{self.path}: {name} has {size:,} bytes, {MOST_JSON_BYTES:,} at most; not opened"
                )
            return decode(kind, json.loads(file.read_bytes()))
        except OSError as error:
            raise BundleError(f"{self.path}: {name} is missing") from error
        except (CodecError, ValueError, RecursionError) as error:
            raise BundleError(f"{self.path}: {name} cannot be understood: {error}") from error


def _require_drawable(path: Path, snapshot: Snapshot, stories: Mapping[str, AlertStory]) -> None:
    """Charts have steps and finite numbers, and views a length, as those of any console have."""
    pictures = [story.picture for story in stories.values()]
    timelines = [picture.timeline for picture in pictures if picture.timeline is not None]
    steps = [snapshot.step_seconds, *(timeline.step_seconds for timeline in timelines)]
    span = snapshot.view.span
    if min(steps) < 1 or (span is not None and span <= timedelta(0)):
        raise BundleError(f"{path}: a chart has no steps; not opened")
    # A number that is not finite, or would not be in per cent, has no place on a scale.
    if not all(abs(number) < LARGEST for number in _numbers([snapshot.traffic, pictures])):
        raise BundleError(f"{path}: a chart holds what is no number; not opened")


def _numbers(value: object) -> Iterator[float]:
    """Every number in a value of the model's, however deep."""
    if isinstance(value, float):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from _numbers(getattr(value, one.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _numbers(item)


def _filled(path: Path, folder: Path, manifest: BundleManifest, snapshot: Snapshot, limits: Limits) -> Store:
    """A store in memory that holds the bundle's rows, at the moment at which it was made."""
    store = Store(MEMORY, load_catalog(), clock=lambda: snapshot.taken_at, limits=limits)
    try:
        store.append(list(rows_of(folder / "slices", manifest, snapshot, path)))
        while (joined := store.join_truths()) is not None and joined.has_more:
            pass
    except BaseException:
        store.close()
        raise
    return store


def _casebook(
    path: Path, folder: Path, extract: CasebookExtract, *, clock: Callable[[], datetime]
) -> Casebook:
    casebook = Casebook.open(folder / "casebook.sqlite", author=_READER, clock=clock)
    try:
        casebook.restore(extract.labels)
    except CasebookError as error:
        casebook.close()
        raise BundleError(f"{path}: its labels cannot be read: {error}") from error
    except BaseException:
        casebook.close()
        raise
    return casebook
