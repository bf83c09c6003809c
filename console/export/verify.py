"""Whether a slice is still what its manifest says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from console.errors import ExportError
from console.export.manifest import EMBEDDED, Manifest, manifest_path, read_manifest, understood
from console.export.masked import masked_rows
from console.export.measure import Shape, digest_of, metadata_of, read_through, shape_of


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found when a slice was held against its manifest."""

    path: str
    manifest_path: str | None
    """None if only the Parquet file is there, and was held against the manifest that it carries."""
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
    """Hold a slice against its manifest, and against the one that it carries, each read from the disk.

    The manifest beside it tells length, hash, rows and columns. The one inside cannot know the hash: where
    only the Parquet file was sent, rows and columns are compared, and every value is read once.

    Raises:
        ExportError: there is no slice, or no manifest beside it or in it, or one cannot be read at all.
    """
    path = path.absolute()
    try:
        digest = digest_of(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ExportError(f"{path}: cannot be read: {reason or error}") from error
    beside = read_manifest(path)
    problems = []
    if beside is not None:
        if digest.size != beside.size:
            problems.append(f"it has {digest.size:,} bytes, the manifest says {beside.size:,}")
        if digest.sha256 != beside.sha256:
            problems.append(f"its sha256 is {digest.sha256}, the manifest says {beside.sha256}")
    rows = None
    try:
        shape, carried = shape_of(path), _carried(path)
        rows = shape.rows
        if beside is None and carried is None:
            raise ExportError(
                f"{manifest_path(path)}: there is no manifest, and the file carries none; the slice cannot be"
                " checked, export it again"
            )
        if beside is not None:
            problems.extend(_unlike(shape, beside, "the manifest"))
            problems.extend(_masked_otherwise(path, beside))
        if carried is not None:
            problems.extend(_unlike(shape, carried, "the manifest in it"))
        if beside is not None and carried is not None:
            problems.extend(_at_odds(beside, carried))
        if beside is None:
            read_through(path)
    except ExportError as error:
        if beside is None:
            raise
        problems.append(str(error).removeprefix(f"{path}: "))
    place = str(manifest_path(path)) if beside is not None else None
    return Verification(str(path), place, rows, digest.size, digest.sha256, tuple(dict.fromkeys(problems)))


def _carried(path: Path) -> Manifest | None:
    """The manifest that the file carries, None if it carries none."""
    text = metadata_of(path).get(EMBEDDED)
    return None if text is None else understood(text, f"{path}: the manifest in it")


def _unlike(shape: Shape, manifest: Manifest, called: str) -> Iterator[str]:
    if manifest.rows is not None and shape.rows != manifest.rows:
        yield f"it has {shape.rows:,} rows, {called} says {manifest.rows:,}"
    yield from _differences(shape.schema, manifest.schema, called)


def _masked_otherwise(path: Path, manifest: Manifest) -> Iterator[str]:
    """Columns in which not as many values are masked as the manifest says, if it says so."""
    said, masks = manifest.document.get("masked_rows"), manifest.document.get("masks")
    if not isinstance(said, dict) or not isinstance(masks, list):
        return
    found = masked_rows(path, masks)
    for name in sorted(found.keys() | said.keys()):
        if found.get(name, {}) != said.get(name, {}):
            yield (
                f"in column {name!r} rows with masked values are {_counted(found.get(name))}, "
                f"the manifest says {_counted(said.get(name))}"
            )


def _counted(rows: object) -> str:
    """`2 hash, 1 drop`, or `none`."""
    if not isinstance(rows, Mapping):
        return "none" if rows is None else "something else"
    return ", ".join(f"{count} {kind}" for kind, count in sorted(rows.items())) or "none"


def _at_odds(beside: Manifest, carried: Manifest) -> Iterator[str]:
    """Where the two manifests do not say the same of what is in both."""
    for name, value in carried.document.items():
        if name != "rows" and beside.document.get(name) != value:
            yield f"the manifest beside it says something else of {name!r} than the one in it"


def _differences(found: Mapping[str, str], expected: Mapping[str, str], called: str) -> Iterator[str]:
    for name in sorted(expected.keys() - found.keys()):
        yield f"column {name!r} is missing"
    for name in sorted(found.keys() - expected.keys()):
        yield f"column {name!r} is not in {called}"
    for name in sorted(found.keys() & expected.keys()):
        if found[name] != expected[name]:
            yield f"column {name!r} is {found[name]}, {called} says {expected[name]}"
    if found.keys() == expected.keys() and list(found) != list(expected):
        yield f"its columns are in another order than {called} says"
