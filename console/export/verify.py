"""Whether a slice is still what its manifest says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from console.errors import ExportError
from console.export.manifest import manifest_path, read_manifest
from console.export.measure import digest_of, shape_of


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found when a slice was held against its manifest."""

    path: str
    manifest_path: str
    rows: int | None
    """In the file; None if it cannot be read as Parquet."""
    size: int
    """Bytes of the file."""
    sha256: str
    """Hex, of the file."""
    problems: tuple[str, ...]
    """Each difference in a sentence; empty if the slice is what the manifest says."""

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(path: Path) -> Verification:
    """Hold a slice against its manifest: length, hash, rows and columns, each read from the disk.

    Raises:
        ExportError: there is no slice or no manifest, or either cannot be read at all.
    """
    path = path.absolute()
    try:
        digest = digest_of(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ExportError(f"{path}: cannot be read: {reason or error}") from error
    manifest = read_manifest(path)
    problems = []
    if digest.size != manifest.size:
        problems.append(f"it has {digest.size:,} bytes, the manifest says {manifest.size:,}")
    if digest.sha256 != manifest.sha256:
        problems.append(f"its sha256 is {digest.sha256}, the manifest says {manifest.sha256}")
    rows = None
    try:
        shape = shape_of(path)
    except ExportError as error:
        problems.append(str(error).removeprefix(f"{path}: "))
    else:
        rows = shape.rows
        if rows != manifest.rows:
            problems.append(f"it has {rows:,} rows, the manifest says {manifest.rows:,}")
        problems.extend(_differences(shape.schema, manifest.schema))
    return Verification(
        str(path), str(manifest_path(path)), rows, digest.size, digest.sha256, tuple(problems)
    )


def _differences(found: Mapping[str, str], expected: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(expected.keys() - found.keys()):
        yield f"column {name!r} is missing"
    for name in sorted(found.keys() - expected.keys()):
        yield f"column {name!r} is not in the manifest"
    for name in sorted(found.keys() & expected.keys()):
        if found[name] != expected[name]:
            yield f"column {name!r} is {found[name]}, the manifest says {expected[name]}"
    if found.keys() == expected.keys() and list(found) != list(expected):
        yield "its columns are in another order than the manifest says"
