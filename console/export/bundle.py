"""A bundle: one file that holds a handover and what it was made of, for a machine without the logs.

It is a tar of plain files, packed with zstd: `tar --zstd -xf` unpacks it. The manifest comes first and names
every other file with its length and hash.
"""

from __future__ import annotations

import io
import re
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from console.errors import BundleError, Interrupted
from console.export.measure import digest_of
from console.export.whole import force_to_disk, partial, put_in_place, target
from console.model import Ticket
from console.model.codec import to_bytes
from console.model.handover import BundledColumn, BundledSlice

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMAT = "incident-console bundle"
FORMAT_VERSION = 1
"""Raised when a reader of the earlier one would misunderstand."""
MANIFEST = "manifest.json"
ROOT = "icon-handover/"
"""The folder in which all of them lie."""

_NAME = re.compile(r"(?:[a-z]{1,20}/)?[A-Za-z0-9][A-Za-z0-9_-]{0,60}(?:\.[A-Za-z0-9]{1,10}){1,3}")
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class BundledFile:
    """One file of a bundle, as the manifest tells it."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    """Hex."""


@dataclass(frozen=True, slots=True)
class BundleManifest:
    """What a bundle is, and what is in it."""

    made_at: datetime
    author: str
    host: str
    versions: Mapping[str, str]
    row_limit: int
    """Of each slice."""
    alerts: tuple[str, ...]
    """Their ids, in the order of the files `alerts/01.json`, ..."""
    masks: tuple[str, ...] = ()
    slices: tuple[BundledSlice, ...] = ()
    columns: tuple[BundledColumn, ...] = ()
    files: tuple[BundledFile, ...] = ()
    """All but the manifest itself."""
    format: str = FORMAT
    format_version: int = FORMAT_VERSION


def write_bundle(
    folder: Path,
    names: Sequence[str],
    path: Path,
    manifest: BundleManifest,
    *,
    overwrite: bool = False,
    ticket: Ticket | None = None,
) -> tuple[Path, int]:
    """The bundle is at `path`, whole and on the disk; the same files give the same bytes.

    Args:
        folder: where the files lie.
        names: of the files, below the folder, in the order in which they are packed.
        path: the final name.
        manifest: without `files`.
        overwrite: whether a file that is there may be replaced.
        ticket: for taking it back.

    Returns:
        The path, absolute, and the bundle's length in bytes.

    Raises:
        ExportError: it exists, or could not be written; then there is none.
        Interrupted: the ticket was cancelled; there is none.
    """
    final = target(path, overwrite=overwrite)
    files = []
    for name in names:
        _require_name(name)
        digest = digest_of(folder / name)
        files.append(BundledFile(name, digest.size, digest.sha256))
    told = to_bytes(_with_files(manifest, tuple(files)))
    with partial(final) as written:
        with (
            zstd.open(written, "wb", level=_LEVEL) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as tar,
        ):
            tar.addfile(_entry(MANIFEST, len(told), manifest.made_at), io.BytesIO(told))
            for file in files:
                with (folder / file.name).open("rb") as content:
                    entry = _entry(file.name, file.size, manifest.made_at)
                    tar.addfile(entry, _Heard(content, ticket))
        force_to_disk(written)
        size = written.stat().st_size
        put_in_place(written, final, overwrite=overwrite)
        force_to_disk(final.parent)
    return final, size


class _Heard(io.RawIOBase):
    """A file that is read on only as long as nobody takes the question back."""

    def __init__(self, content: BinaryIO, ticket: Ticket | None) -> None:
        self._content = content
        self._ticket = ticket

    def read(self, size: int = -1, /) -> bytes:
        if self._ticket is not None and self._ticket.cancelled:
            raise Interrupted("interrupted")
        return self._content.read(size)


def _with_files(manifest: BundleManifest, files: tuple[BundledFile, ...]) -> BundleManifest:
    told = {name: getattr(manifest, name) for name in BundleManifest.__slots__}
    return BundleManifest(**{**told, "files": files})


def _entry(name: str, size: int, at: datetime) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(ROOT + name)
    entry.size, entry.mode, entry.mtime = size, 0o644, int(at.timestamp())
    return entry


def can_hold(name: str) -> bool:
    """Whether a file of a bundle may be called so."""
    return _NAME.fullmatch(name) is not None and name != MANIFEST


def _require_name(name: str) -> None:
    if not can_hold(name):
        raise BundleError(f"{name!r} cannot be the name of a file in a bundle")
