"""Reads bundles, which may come from anybody.

One is unpacked only into a folder that is given, by names that bundles have, and up to a length that they
have. The tar is read here and not by Python's reader, which knows links, devices, and headers that change
what follows.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from console.errors import BundleError
from console.export.bundle import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    ROOT,
    BundledFile,
    BundleManifest,
    can_hold,
)
from console.model.codec import CodecError, decode

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_BYTES = 4 * 2**30
"""Bytes of all files together, unpacked, of a bundle that is opened."""
MOST_FILES = 5_000
MANIFEST_BYTES = 16 * 2**20

_BLOCK = 512
_PIECE = 2**20
_MAGIC = b"\x28\xb5\x2f\xfd"


class _Reader(Protocol):
    def read(self, size: int, /) -> bytes: ...


def is_bundle(path: Path) -> bool:
    """Whether the file begins as a bundle does; a log that is packed with zstd does not."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return False
        with zstd.open(path, "rb") as unpacked:
            head = unpacked.read(_BLOCK)
    except (OSError, EOFError, ValueError, zstd.ZstdError):
        return False
    return head.startswith((ROOT + MANIFEST).encode() + b"\0") and head[257:262] == b"ustar"


def unpack_bundle(path: Path, folder: Path) -> BundleManifest:
    """Every file of the bundle is in the folder, and is what the manifest says.

    Args:
        path: the bundle.
        folder: empty, of this process alone; nothing is written outside of it.

    Raises:
        BundleError: it cannot be read, is damaged, holds what no bundle does, or a newer console made it.
    """
    with _refusals(path), zstd.open(path, "rb") as unpacked:
        reader = _Limited(unpacked, path)
        first = _next_entry(reader, path)
        if first is None or first[0] != MANIFEST:
            raise BundleError(f"{path}: is no bundle of the incident console")
        manifest = _manifest(path, _content(reader, first[1], path))
        expected = _expected(path, manifest)
        while (entry := _next_entry(reader, path)) is not None:
            name, size = entry
            file = expected.pop(name, None)
            if file is None:
                raise BundleError(f"{path}: {name!r} is not in its manifest, or stands twice; not opened")
            if size != file.size:
                raise BundleError(f"{path}: {name} has {size:,} bytes, the manifest says {file.size:,}")
            _unpack(reader, file, folder / name, path)
        if expected:
            raise BundleError(f"{path}: {next(iter(expected))} is missing; it was cut off, fetch it again")
    return manifest


def _manifest(path: Path, data: bytes) -> BundleManifest:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: its manifest is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BundleError(f"{path}: is no bundle of the incident console")
    version = document.get("format_version")
    if version != FORMAT_VERSION:
        raise BundleError(
            f"{path}: is of format version {version!r}, this console reads {FORMAT_VERSION};"
            " upgrade incident-console"
        )
    try:
        return decode(BundleManifest, document)
    except CodecError as error:
        raise BundleError(f"{path}: its manifest cannot be understood: {error}") from error


def _expected(path: Path, manifest: BundleManifest) -> dict[str, BundledFile]:
    if len(manifest.files) > MOST_FILES:
        raise BundleError(f"{path}: {len(manifest.files):,} files, {MOST_FILES:,} at most; not opened")
    total = sum(max(0, file.size) for file in manifest.files)
    if total > MOST_BYTES:
        raise BundleError(f"{path}: {total:,} bytes unpacked, {MOST_BYTES:,} at most; not opened")
    for file in manifest.files:
        if not can_hold(file.name) or file.size < 0:
            raise BundleError(f"{path}: {file.name!r} cannot be the name of a file in a bundle; not opened")
    return {file.name: file for file in manifest.files}


def _next_entry(reader: _Limited, path: Path) -> tuple[str, int] | None:
    """Name, below the root, and length of the next file; None at the end of the tar.

    Only plain files are known here: no links, no devices, and no headers that change what follows.
    """
    head = reader.exactly(_BLOCK)
    if not any(head):
        return None
    kind, magic = head[156:157], head[257:262]
    name = head[:100].rstrip(b"\0").decode("ascii", "backslashreplace")
    prefix = head[345:500].rstrip(b"\0")
    try:
        size = int(head[124:136].rstrip(b"\0 ") or b"0", 8)
        told = int(head[148:156].rstrip(b"\0 ") or b"0", 8)
    except ValueError:
        raise BundleError(f"{path}: is damaged, or no bundle of the incident console") from None
    if told != sum(head[:148]) + 8 * 32 + sum(head[156:]) or magic != b"ustar":
        raise BundleError(f"{path}: is damaged, or no bundle of the incident console")
    if kind != b"0" or prefix or size < 0 or not name.startswith(ROOT):
        raise BundleError(f"{path}: holds {name[:100]!r}, which no bundle does; not opened")
    return name.removeprefix(ROOT), size


def _content(reader: _Limited, size: int, path: Path) -> bytes:
    if size > MANIFEST_BYTES:
        raise BundleError(f"{path}: its manifest has {size:,} bytes, {MANIFEST_BYTES:,} at most; not opened")
    data = reader.exactly(size)
    reader.exactly(-size % _BLOCK)
    return data


def _unpack(reader: _Limited, file: BundledFile, to: Path, path: Path) -> None:
    to.parent.mkdir(exist_ok=True)
    digest, left = hashlib.sha256(), file.size
    with to.open("xb") as written:
        while left:
            piece = reader.exactly(min(left, _PIECE))
            digest.update(piece)
            written.write(piece)
            left -= len(piece)
    reader.exactly(-file.size % _BLOCK)
    if digest.hexdigest() != file.sha256:
        raise BundleError(f"{path}: {file.name} is not what the manifest says (sha256); fetch it again")


class _Limited:
    """Gives what is unpacked as long as it is no more than any bundle has."""

    def __init__(self, unpacked: _Reader, path: Path) -> None:
        self._unpacked = unpacked
        self._path = path
        self._left = MOST_BYTES + MANIFEST_BYTES + 2 * MOST_FILES * _BLOCK

    def exactly(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            BundleError: there are fewer, or the limit is reached.
        """
        self._left -= size
        if self._left < 0:
            raise BundleError(f"{self._path}: unpacks to more than {MOST_BYTES:,} bytes; not opened")
        pieces = []
        while size:
            piece = self._unpacked.read(min(size, _PIECE))
            if not piece:
                raise BundleError(f"{self._path}: is cut off; fetch it again")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except EOFError as error:
        raise BundleError(f"{path}: is cut off; fetch it again") from error
    except zstd.ZstdError as error:
        raise BundleError(f"{path}: is damaged: {error}") from error
    except OSError as error:
        raise BundleError(f"{path}: cannot be opened: {error.strerror or error}") from error
