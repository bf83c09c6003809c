"""The rows of a bundle's slices as batches that a store takes: each request once, as it was logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from console.errors import BundleError, ExportError
from console.export.bundle import BundleManifest
from console.export.measure import shape_of
from console.model import FIELDS, Batch, FileIdentity, ModelRows, Snapshot, TruthRows
from console.model.handover import BundledColumn

MOST_ROWS = 2_000_000
"""Rows of all slices together, of a bundle that is opened."""
MOST_TEXT_BYTES = 2**30
"""Bytes of all texts of a slice: packed, a thousand times as many are small."""
KIND = "bundle"
"""What a source of a bundle is read as: nothing of it is read again."""
_TRUTHS = "truths that came late"
"""What the source of these is called: which file they were in, a slice does not say."""

_TYPES: Mapping[str, pl.DataType] = {
    "timestamptz": pl.Datetime("us", "UTC"),
    "varchar": pl.String(),
    "integer": pl.Int32(),
    "bigint": pl.Int64(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
}
_PATHS = ("line_source_path", "source_path")
"""What the column with a row's source is called; the first where a feature has the other name."""


def rows_of(folder: Path, manifest: BundleManifest, snapshot: Snapshot, bundle: Path) -> Iterator[Batch]:
    """One batch a source, with every row that a slice has of it; then the truths that came late.

    Args:
        folder: where the slices lie.
        manifest: of the bundle.
        snapshot: the kept one, which knows the sources.
        bundle: its path, for messages.

    Raises:
        BundleError: a slice cannot be read, or holds more than any does.
    """
    frames, rows = [], 0
    for one in manifest.slices:
        frame = _frame(folder / one.name, manifest.columns, bundle)
        rows += frame.height
        if rows > MOST_ROWS:
            raise BundleError(f"{bundle}: more than {MOST_ROWS:,} rows; not opened")
        frames.append(frame)
    if not rows:
        return
    whole = pl.concat(frames, how="diagonal_relaxed")
    whole = whole.unique(["line_path", "source_offset"], keep="first", maintain_order=True)
    ids = {source.path: source.source_id for source in snapshot.sources}
    free = max([0, *ids.values()]) + 1
    for number, part in enumerate(whole.partition_by("line_path", maintain_order=True)):
        path = str(part["line_path"][0])
        yield _batch(part.sort("source_offset"), path, ids.get(path, free + number), manifest.columns)
    if "truth_at" in whole.columns:
        late = whole.filter(pl.all_horizontal(pl.col("request_id", "truth", "truth_at").is_not_null()))
        if late.height:
            yield _truths(late.unique("request_id", maintain_order=True), free + whole.height)


def _frame(path: Path, columns: Sequence[BundledColumn], bundle: Path) -> pl.DataFrame:
    """A slice's rows, of the columns that are known, each of the type that it should have."""
    try:
        if shape_of(path).rows > MOST_ROWS:
            raise BundleError(f"{bundle}: {path.name} has more than {MOST_ROWS:,} rows; not opened")
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        names = lazy.collect_schema().names()
        source = next((name for name in _PATHS if name in names), None)
        if source is None or not {"source_offset", "model", "ts"} <= set(names):
            raise BundleError(f"{bundle}: {path.name} does not say where its rows came from")
        wanted = {name: _TYPES[kind] for name, kind in FIELDS.items() if name in names and name in FIELDS}
        wanted |= {"truth_at": _TYPES["timestamptz"]} if "truth_at" in names else {}
        wanted |= {
            one.column: pl.Float64() if one.kind == "number" else pl.String()
            for one in columns
            if one.column in names and one.column not in FIELDS
        }
        lazy = lazy.select(
            pl.col(source).cast(pl.String).alias("line_path"),
            *(pl.col(name).cast(kind, strict=False) for name, kind in wanted.items()),
        ).filter(pl.all_horizontal(pl.col("line_path", "source_offset", "model", "ts").is_not_null()))
        texts = [name for name, kind in wanted.items() if kind == pl.String()]
        lengths = lazy.select(pl.col(texts).str.len_bytes().cast(pl.Int64).sum()).collect()
        if sum(lengths.row(0)) > MOST_TEXT_BYTES:
            raise BundleError(f"{bundle}: {path.name} holds more text than any slice; not opened")
        return lazy.collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ExportError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BundleError(f"{bundle}: {path.name} cannot be read: {reason}") from error


def _batch(part: pl.DataFrame, path: str, source_id: int, columns: Sequence[BundledColumn]) -> Batch:
    end = int(part["source_offset"].max()) + 1  # type: ignore[arg-type]  # an integer, and not null
    return Batch(
        source_id=source_id,
        path=path,
        identity=FileIdentity(device=0, inode=source_id, head_hash="", head_length=0),
        start_offset=0,
        next_offset=end,
        lines=part.height,
        blanks=0,
        models=[_model_rows(one, columns) for one in part.partition_by("model", maintain_order=True)],
        rejects=(),
        kind=KIND,
    )


def _truths(late: pl.DataFrame, source_id: int) -> Batch:
    """What turned out later of the requests, so that it is told apart from what was logged with them."""
    truths = TruthRows(
        offsets=range(late.height),
        request_ids=late["request_id"].to_list(),
        truths=late["truth"].to_list(),
        moments=late["truth_at"].dt.timestamp("us").to_list(),
        origins=["logged"] * late.height,
    )
    return Batch(
        source_id=source_id,
        path=_TRUTHS,
        identity=FileIdentity(device=0, inode=source_id, head_hash="", head_length=0),
        start_offset=0,
        next_offset=late.height,
        lines=late.height,
        blanks=0,
        models=(),
        rejects=(),
        kind=KIND,
        truths=truths,
    )


def _model_rows(part: pl.DataFrame, columns: Sequence[BundledColumn]) -> ModelRows:
    part = part.with_columns(pl.col("ts").dt.timestamp("us"))
    nothing = [None] * part.height
    fields = {name: part[name].to_list() if name in part.columns else nothing for name in FIELDS}
    if "ts_origin" not in part.columns:
        fields["ts_origin"] = ["logged"] * part.height
    groups: dict[str, dict[str, list[object]]] = {"number": {}, "text": {}, "tag": {}}
    for one in columns:
        if one.column in part.columns and one.kind in groups and one.column not in FIELDS:
            values = part[one.column]
            if values.null_count() < part.height:
                groups[one.kind][one.name] = values.to_list()
    numbers, texts, tags = groups["number"], groups["text"], groups["tag"]
    return ModelRows(str(part["model"][0]), fields, numbers, texts, tags)  # type: ignore[arg-type]  # as cast
