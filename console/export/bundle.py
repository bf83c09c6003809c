"""A bundle: one file that holds a handover and what it was made of, for a machine without the logs.

It is a tar of plain files, packed with zstd: `tar --zstd -xf` unpacks it. The manifest comes first and names
every other file with its length and hash. What is read of a bundle may come from anywhere: it is unpacked
only into a folder that is given, by names that are known, and up to a length that is known.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from console.errors import BundleError, Interrupted
from console.export.measure import digest_of
from console.export.whole import force_to_disk, partial, put_in_place, target
from console.model import Ticket
from console.model.codec import CodecError, decode, to_bytes
from console.model.handover import BundledColumn, BundledSlice

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMAT = "incident-console bundle"
FORMAT_VERSION = 1
"""Raised when a reader of the earlier one would misunderstand."""
MOST_BYTES = 4 * 2**30
"""Bytes of all files together, unpacked, of a bundle that is opened."""
MOST_FILES = 5_000
MANIFEST_BYTES = 16 * 2**20
MANIFEST = "manifest.json"

_ROOT = "icon-handover/"
_NAME = re.compile(r"(?:[a-z]{1,20}/)?[A-Za-z0-9][A-Za-z0-9_-]{0,60}(?:\.[A-Za-z0-9]{1,10}){1,3}")
_BLOCK = 512
_PIECE = 2**20
_LEVEL = 6
_MAGIC = b"\x28\xb5\x2f\xfd"


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
    files: tuple[BundledFile, ...] = field(default=())
    """All but the manifest itself."""
    format: str = FORMAT
    format_version: int = FORMAT_VERSION


class _Reader(Protocol):
    def read(self, size: int, /) -> bytes: ...


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
    entry = tarfile.TarInfo(_ROOT + name)
    entry.size, entry.mode, entry.mtime = size, 0o644, int(at.timestamp())
    return entry


def can_hold(name: str) -> bool:
    """Whether a file of a bundle may be called so."""
    return _NAME.fullmatch(name) is not None and name != MANIFEST


def _require_name(name: str) -> None:
    if not can_hold(name):
        raise BundleError(f"{name!r} cannot be the name of a file in a bundle")


# --- reading ------------------------------------------------------------------------------------------


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
    return head.startswith((_ROOT + MANIFEST).encode() + b"\0") and head[257:262] == b"ustar"


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
    if kind != b"0" or prefix or size < 0 or not name.startswith(_ROOT):
        raise BundleError(f"{path}: holds {name[:100]!r}, which no bundle does; not opened")
    return name.removeprefix(_ROOT), size


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
