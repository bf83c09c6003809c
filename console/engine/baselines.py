"""Baselines that somebody chose: a file, a time range or a model version, profiled once."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from console.casebook import BaselineKind
from console.checks import CellQuery, Check, Pinned
from console.engine.counting import profile_of
from console.errors import UsageError
from console.model import Limits, Meaning

if TYPE_CHECKING:
    from console.canned import Catalog
    from console.casebook import Casebook
    from console.model import Configuration
    from console.store import Store

_PROFILE = "profile.json"
_MINUTES_A_DAY = 1_440


def profile_of_store(
    store: Store,
    checks: Sequence[Check],
    *,
    start: datetime | None = None,
    until: datetime | None = None,
    version: str | None = None,
) -> dict[str, Pinned]:
    """The totals of what is stored, by model.

    Args:
        store: which holds the rows.
        checks: whose cells are wanted.
        start: rows from here on; None from the first.
        until: rows before this; None to the last.
        version: only rows of this model version.

    Raises:
        UsageError: there is no such row.
    """
    counts = store.counts()
    if counts.first_ts is None or counts.newest_ts is None:
        raise UsageError("the baseline holds no row that could be used")
    start = start or counts.first_ts
    until = until or counts.newest_ts + timedelta(microseconds=1)
    profile = profile_of(store, start, until).as_json()
    totals: dict[str, pl.DataFrame] = {}
    for query in {query.name: query for check in checks for query in check.cells}.values():
        frame = store.frame(query.call(start, until, _MINUTES_A_DAY, profile))
        totals[query.name] = _totals(frame, query, version)
    sliced = [frame for frame in totals.values() if "dimension" in frame.columns]
    models = sorted({str(model) for frame in sliced for model in frame["model"].unique()})
    if not models:
        what = f" of version {version}" if version else ""
        raise UsageError(
            f"the baseline holds no row{what} between {start:%Y-%m-%d %H:%MZ} and {until:%H:%MZ}"
        )
    return {
        model: Pinned(
            {name: frame.filter(pl.col("model") == model) for name, frame in totals.items()}, profile
        )
        for model in models
    }


def _totals(frame: pl.DataFrame, query: CellQuery, version: str | None) -> pl.DataFrame:
    """The sums over all steps, by key; of one version, its slice is the whole."""
    keyed = frame.with_columns(pl.col(name).cast(pl.String).fill_null("") for name in query.keys)
    if version is not None and "dimension" in query.keys:
        keyed = keyed.filter((pl.col("dimension") == "model_version") & (pl.col("slice_value") == version))
        keyed = keyed.with_columns(dimension=pl.lit(""), slice_value=pl.lit(""))
    sums = [pl.col(name).sum() for name in query.counts]
    for extreme, lowest in zip(query.extremes, (True, False), strict=False):
        sums.append(pl.col(extreme).min() if lowest else pl.col(extreme).max())
    return keyed.group_by(query.keys, maintain_order=True).agg(*sums)


def profile_of_file(
    path: str, catalog: Catalog, checks: Sequence[Check], configuration: Configuration
) -> dict[str, Pinned]:
    """The same of a file of predictions or training data, JSON lines or Parquet, read into memory.

    Of training data without any field of a prediction, every column is a feature.

    Raises:
        SourceError: the file cannot be read.
        UsageError: it holds no row.
    """
    from console.engine.collector import Collector
    from console.engine.masks import hiding
    from console.ingest import Choice, choose, choosing, require_readable
    from console.store import Store

    require_readable((path,))
    usually = choosing(configuration.meaning_of)

    def lines_mean(path: str, first: Sequence[Mapping[str, object]]) -> Choice:
        choice = usually(path, first)
        return (
            choice if choice.settled else choose(Meaning(zone=configuration.zone, features=(("*",),)), first)
        )

    def clock() -> datetime:
        return datetime.now(UTC)

    store = Store(":memory:", catalog, clock=clock, limits=Limits())
    try:
        collector = Collector(store, (path,), clock=clock, lines_mean=hiding(lines_mean, configuration))
        try:
            collector.drain()
        finally:
            collector.close()
        return profile_of_store(store, checks)
    finally:
        store.close()


def chosen(
    said: str,
    store: Store,
    checks: Sequence[Check],
    configuration: Configuration,
) -> dict[str, Pinned]:
    """The baseline that a person means by `FILE`, `START..END` or `version=NAME`.

    Raises:
        UsageError: it is none of these, or holds no row.
        SourceError: the file cannot be read.
    """
    if said.startswith("version="):
        return profile_of_store(store, checks, version=said.removeprefix("version="))
    start, two_points, until = said.partition("..")
    if two_points and not Path(said).exists():
        return profile_of_store(store, checks, start=_moment(start, said), until=_moment(until, said))
    if not Path(said).exists():
        raise UsageError(
            f"{said!r} is no baseline: give a file, START..END "
            "(2026-11-01T00:00Z..2026-11-02T00:00Z), version=NAME, or the name of a pinned one "
            "(`icon baseline list`)"
        )
    return profile_of_file(said, store.catalog, checks, configuration)


def kind_of(said: str) -> BaselineKind:
    """What a baseline is made of, by how a person says it."""
    if said.startswith("version="):
        return BaselineKind.VERSION
    return BaselineKind.FILE if Path(said).exists() else BaselineKind.RANGE


def _moment(text: str, said: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{said!r}: {text!r} is no time; write 2026-11-01T00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def packed(pinned: Mapping[str, Pinned]) -> bytes:
    """Baselines by model as bytes, for the casebook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number, (model, one) in enumerate(pinned.items()):
            about = {"model": model, "profile": one.profile, "cells": list(one.totals)}
            file.writestr(f"{number}/{_PROFILE}", json.dumps(about))
            for name, frame in one.totals.items():
                part = io.BytesIO()
                frame.write_ipc(part, compression="zstd")
                file.writestr(f"{number}/{name}.arrow", part.getvalue())
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, Pinned]:
    """What `packed` was given.

    Raises:
        UsageError: it is not of this console.
    """
    pinned: dict[str, Pinned] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            for name in file.namelist():
                number, _, part = name.partition("/")
                if part != _PROFILE:
                    continue
                about = json.loads(file.read(name))
                totals = {
                    cells: pl.read_ipc(io.BytesIO(file.read(f"{number}/{cells}.arrow")))
                    for cells in about["cells"]
                }
                pinned[str(about["model"])] = Pinned(totals, str(about["profile"]))
    except (zipfile.BadZipFile, KeyError, ValueError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"the pinned baseline cannot be read: {error}; pin it again") from error
    return pinned


def in_force(stored: Iterable[tuple[str, bytes]]) -> dict[str, Pinned]:
    """What is compared with, by model, of what is pinned: the newest that was pinned for it.

    Args:
        stored: for which model each was pinned, empty for all that it holds, and its bytes; oldest first.
    """
    pinned: dict[str, Pinned] = {}
    for model, data in stored:
        held = unpacked(data)
        if model and model not in held and "" in held:
            held = {model: held[""]}  # training data that names no model, pinned for this one
        pinned.update({name: one for name, one in held.items() if model in ("", name)})
    return pinned


def pinned_in(casebook: Casebook | None) -> dict[str, Pinned]:
    """What is compared with, by model, of what is pinned in the casebook.

    Raises:
        CasebookError: it cannot be read.
    """
    if casebook is None:
        return {}
    return in_force([(kept.model, kept.profile) for kept in casebook.baselines()])
