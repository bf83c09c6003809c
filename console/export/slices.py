"""A slice on its way to Parquet: the rows that a question is answered with, their labels, and a manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from console.errors import ExportError
from console.export.account import Asked, account
from console.export.manifest import EMBEDDED, embedded_text, manifest_bytes, manifest_path
from console.export.masked import masked_rows
from console.export.measure import digest_of, shape_of
from console.export.parquet import write_frames, write_set
from console.export.slice_rows import OpenSlice, SliceRows
from console.export.whole import already_there, force_to_disk, partial, put_in_place, target
from console.model import ExportReceipt


@dataclass(frozen=True, slots=True)
class _File:
    """A Parquet file and its manifest, under the names that they are written to."""

    written: Path
    final: Path
    noted: Path
    notes: Path


def export_slice(
    open_slice: OpenSlice,
    path: Path,
    asked: Asked,
    *,
    on_rows: Callable[[int, int | None], None] = lambda rows, of: None,
    overwrite: bool = False,
) -> ExportReceipt:
    """The slice is at `path`, whole and on the disk, its manifest beside it and in it.

    A manifest never describes other bytes than those beside it: an old one goes before the new file
    comes, and the new one comes last. Killed in between, a whole file without a manifest remains.

    Args:
        open_slice: gives the rows.
        path: the final name; `~` is the home, missing folders are made.
        asked: what the manifest says of where they come from.
        on_rows: is told how many rows have been read, and of how many, if that is known.
        overwrite: whether a slice that is there may be replaced, with its manifest.

    Returns:
        What was written; with a file for each set, the one that has them all.

    Raises:
        ExportError: it exists, or could not be written. No new file is under the final name; one
            that was to be replaced is as it was, unless the disk failed at the very last rename.
        ConsoleError: whatever the rows were refused with; no file either.
    """
    notes_name = manifest_path(path).name.removeprefix(path.name)
    final = target(path, overwrite=overwrite, reserve=notes_name)
    sets = asked.options.split.sets if asked.options.split_files and asked.options.split else ()
    finals = [final, *(target(set_path(final, name), overwrite=overwrite) for name in sets)]
    noted_as = [target(manifest_path(one), overwrite=overwrite) for one in finals]
    with ExitStack() as stack:
        # What the disk refuses inside is said of the name that was entered last.
        files = [
            _File(
                noted=stack.enter_context(partial(notes)),
                notes=notes,
                written=stack.enter_context(partial(one)),
                final=one,
            )
            for one, notes in reversed(list(zip(finals, noted_as, strict=True)))
        ][::-1]
        with open_slice() as slice:
            document = account(asked, slice)
            rows = _write(slice, document, files[0], on_rows)
            receipt = _describe(files[0], {**document, "rows": rows})
            if slice.rows is not None and slice.rows != rows:
                raise ExportError(f"{final}: {slice.rows} rows were to be written, {rows} were; not kept")
            for name, file in zip(sets, files[1:], strict=True):
                said = {**document, "file": file.final.name, "set": name, "rows": _rows_of(slice, name)}
                told = {EMBEDDED: embedded_text(said)}
                write_set(
                    files[0].written,
                    slice.split_column or "",
                    name,
                    file.written,
                    metadata=told,
                    group_rows=slice.group_rows,
                )
                _describe(file, said)
        _publish(files, overwrite=overwrite)
    return receipt


def set_path(path: Path, name: str) -> Path:
    """`slice.parquet` and `train` -> `slice.train.parquet`."""
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


def _write(
    slice: SliceRows,
    document: Mapping[str, object],
    file: _File,
    on_rows: Callable[[int, int | None], None],
) -> int:
    return write_frames(
        slice.frames(),
        slice.schema,
        file.written,
        metadata={EMBEDDED: embedded_text(document)},
        group_rows=slice.group_rows,
        on_rows=lambda rows: on_rows(rows, slice.rows),
    )


def _rows_of(slice: SliceRows, name: str) -> int:
    return sum(slice.counts.sets.get(name, {}).values()) if slice.counts is not None else 0


def _describe(file: _File, document: Mapping[str, object]) -> ExportReceipt:
    """The manifest is written, with what the file on the disk really is."""
    force_to_disk(file.written)
    digest, shape = digest_of(file.written), shape_of(file.written)
    if shape.rows != document["rows"]:
        raise ExportError(
            f"{file.final}: {document['rows']} rows were to be written, {shape.rows} were; not kept"
        )
    masks = document["masks"]
    whole = {
        **document,
        "masked_rows": masked_rows(file.written, masks if isinstance(masks, list | tuple) else ()),
        "bytes": digest.size,
        "sha256": digest.sha256,
        "schema": shape.schema,
    }
    file.noted.write_bytes(manifest_bytes(whole))
    force_to_disk(file.noted)
    return ExportReceipt(str(file.final), str(file.notes), shape.rows, digest.size, digest.sha256)


def _publish(files: Sequence[_File], *, overwrite: bool) -> None:
    for file in files:
        if overwrite and file.notes.exists():
            file.notes.unlink()
            force_to_disk(file.final.parent)
        elif file.notes.exists():
            raise already_there(file.notes)
    placed: list[Path] = []
    try:
        for file in files:
            put_in_place(file.written, file.final, overwrite=overwrite)
            placed.append(file.final)
            put_in_place(file.noted, file.notes, overwrite=overwrite)
            placed.append(file.notes)
            force_to_disk(file.final.parent)
    except BaseException:
        for path in reversed(placed):
            path.unlink(missing_ok=True)
        raise
