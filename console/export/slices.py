"""A slice on its way to Parquet: the rows of a canned query, their labels, and a manifest."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from console import __version__
from console.errors import ExportError
from console.export.frames import labels_frame
from console.export.manifest import manifest_bytes, manifest_path
from console.export.measure import digest_of, shape_of
from console.export.whole import already_there, force_to_disk, partial, put_in_place, target
from console.model import Alert, ExportReceipt, Label, QueryCall, SourceMark, SourceStatus, Window
from console.model.filter_text import filter_text


class SliceWriter(Protocol):
    """The part that can run a canned query into a Parquet file."""

    def write_parquet(self, call: QueryCall, path: Path, *, labels: pl.DataFrame) -> int:
        """Write the call's rows, the labels' columns beside them, to `path`; give their number.

        `path` does not exist. `labels` has one row a `request_key`, as `labels_frame` makes it.
        """


def export_slice(
    writer: SliceWriter,
    call: QueryCall,
    path: Path,
    *,
    sql: str,
    labels: Iterable[Label],
    sources: Sequence[SourceStatus | SourceMark],
    author: str,
    clock: Callable[[], datetime],
    alert: Alert | None = None,
    window: Window | None = None,
    as_of: datetime | None = None,
    overwrite: bool = False,
) -> ExportReceipt:
    """The slice is at `path`, whole and on the disk, its manifest beside it.

    A manifest never describes other bytes than those beside it: an old one goes before the new file
    comes, and the new one comes last. Killed in between, a whole file without a manifest remains.

    Args:
        writer: runs the query.
        call: what to run; `sql` is its text, for the manifest.
        path: the final name; `~` is the home, missing folders are made.
        labels: the record of labels, oldest first; what counts is laid beside the rows.
        sources: how far each was read when the slice was taken.
        author: who exports, `user@host` as a rule.
        clock: gives the present moment, with a zone.
        alert: whose rows these are, if any.
        window: the time range that they were taken from, if there is one.
        as_of: newest `ts` stored when they were taken.
        overwrite: whether a slice that is there may be replaced, with its manifest.

    Raises:
        ExportError: it exists, or could not be written. No new file is under the final name; one
            that was to be replaced is as it was, unless the disk failed at the very last rename.
        ConsoleError: whatever the writer refused with; no file either.
    """
    notes_name = manifest_path(path).name.removeprefix(path.name)
    final = target(path, overwrite=overwrite, reserve=notes_name)
    notes = target(manifest_path(final), overwrite=overwrite)
    with partial(notes) as noted, partial(final) as written:
        frame = labels_frame(labels)
        rows = writer.write_parquet(call, written, labels=frame)
        force_to_disk(written)
        digest, shape = digest_of(written), shape_of(written)
        if shape.rows != rows:
            raise ExportError(f"{final}: {rows} rows were to be written, {shape.rows} were; not kept")
        noted.write_bytes(
            manifest_bytes(
                {
                    "file": final.name,
                    "written_at": clock(),
                    "author": author,
                    "host": platform.node(),
                    "console_version": __version__,
                    "query": {
                        "name": call.query,
                        "params": call.params,
                        "filter": filter_text(call.filter),
                        "sql": sql,
                    },
                    "window": None if window is None else {"start": window.start, "until": window.until},
                    "as_of": as_of,
                    "sources": [_source(source) for source in sources],
                    "alert": None if alert is None else _alert(alert),
                    "labelled_requests": frame.height,
                    "rows": rows,
                    "bytes": digest.size,
                    "sha256": digest.sha256,
                    "schema": shape.schema,
                }
            )
        )
        force_to_disk(noted)
        _publish(written, final, noted, notes, overwrite=overwrite)
    return ExportReceipt(str(final), str(notes), rows, digest.size, digest.sha256)


def _publish(written: Path, final: Path, noted: Path, notes: Path, *, overwrite: bool) -> None:
    if overwrite and notes.exists():
        notes.unlink()
        force_to_disk(final.parent)
    elif notes.exists():
        raise already_there(notes)
    put_in_place(written, final, overwrite=overwrite)
    placed = [final]
    try:
        put_in_place(noted, notes, overwrite=overwrite)
        placed.append(notes)
        force_to_disk(final.parent)
    except BaseException:
        for path in reversed(placed):
            path.unlink(missing_ok=True)
        raise


def _source(source: SourceStatus | SourceMark) -> dict[str, object]:
    return {
        "path": source.path,
        "next_offset": source.next_offset,
        "rows": source.rows,
        "rejects": source.rejects,
    }


def _alert(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.alert_id,
        "check": alert.check,
        "model": alert.model,
        "subject": alert.subject,
        "severity": alert.severity.name.lower(),
        "state": alert.state.value,
        "summary": alert.worst.summary,
        "began": alert.began,
        "last_seen": alert.last_seen,
    }
