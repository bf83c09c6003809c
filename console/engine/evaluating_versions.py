"""Two versions of a model beside each other: on the same inputs where both have seen them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from console.casebook import Casebook
from console.checks.evaluation import added_up, figures_of
from console.checks.evaluation_pairs import Predicted, paired, unpaired
from console.checks.evaluation_scores import edges_of
from console.engine.evaluating import tallies
from console.engine.evaluating_place import ONE_BIN, Known, Place, known_of, place_of
from console.errors import UsageError
from console.model import Comparison, Filter, QueryCall, Term, Ticket
from console.model.evaluation import Basis, Difference, EvaluationQuestion, Figure, VersionComparison
from console.store import Store

LEAST_PAIRS = 30
"""Inputs that both versions have seen, from which they are compared input by input."""
MOST_ROWS = 2_000_000
_A_YEAR = 366 * 86_400


def compare(
    store: Store,
    casebook: Casebook | None,
    asked: EvaluationQuestion,
    versions: tuple[str, str] | None,
    ticket: Ticket,
) -> VersionComparison:
    """How two versions differ; without any named, the newest and the one that came before it.

    Raises:
        UsageError: there are no such versions, or the basis is an estimate.
        as `evaluate` does.
    """
    if asked.basis is Basis.ESTIMATED:
        raise UsageError("versions are compared on truth or on labels: an estimate knows no single outcome")
    place = place_of(store, casebook, asked, ticket)
    requests = _versions(place)
    if versions is None:
        if len(requests) < 2:
            raise UsageError(f"model {place.model!r} has no two versions in this time")
        older, newer = list(requests)[-2:]
        versions = older, newer
    for version in versions:
        if version not in requests:
            known = ", ".join(map(repr, list(requests)[:10])) or "none"
            raise UsageError(f"no requests of version {version!r} in this time; there are: {known}")
    if versions[0] == versions[1]:
        raise UsageError(f"version {versions[0]!r} is compared with itself")
    known_here = known_of(place)
    told = VersionComparison(
        place.model,
        asked.basis,
        place.window,
        versions,
        "",
        0,
        (requests[versions[0]], requests[versions[1]]),
        (),
        positive=known_here.positive,
    )
    by, pairs, notes = _pairs(place, versions)
    if pairs.height >= LEAST_PAIRS:
        differences = _paired(pairs, known_here)
        return replace(told, paired_by=by, pairs=pairs.height, differences=differences, notes=notes)
    seen = f"{pairs.height:,} inputs that have a {asked.basis.value.removesuffix('s')} were seen by both"
    differences = unpaired(*(_figures(place, version, known_here) for version in versions))
    return replace(
        told,
        differences=differences,
        notes=(*notes, f"not on the same inputs: {seen}, {LEAST_PAIRS} are needed"),
    )


def _versions(place: Place) -> dict[str, int]:
    """Version -> requests, in the order in which they came first."""
    if not place.models:
        return {}
    between = {"start": place.window.start, "until": place.window.until}
    call = QueryCall("models_by_version", between, place.asked.filter)
    found = place.store.frame(call, ticket=place.ticket).filter(
        (pl.col("model") == place.model) & pl.col("model_version").is_not_null()
    )
    told = found.sort("first_ts", "model_version").select("model_version", "rows")
    return {str(version): int(rows) for version, rows in told.iter_rows()}


def _pairs(place: Place, versions: tuple[str, str]) -> tuple[str, pl.DataFrame, tuple[str, ...]]:
    """By what the two versions' requests are paired, the pairs that have a verdict, and what to know of them.

    By request id, where a deployment in the shadow logs the same ones; else by input. Of several requests of
    a version with one key the newest counts.
    """
    params = {"first_version": versions[0], "second_version": versions[1], "row_limit": MOST_ROWS}
    rows = place.held("evaluation_versions", **params)
    notes = []
    if rows.height >= MOST_ROWS:
        notes.append(f"pairs are looked for among the newest {MOST_ROWS:,} requests")
    by, pairs = "request id", _joined(rows, "request_id")
    if pairs.height < LEAST_PAIRS:
        basis = {"basis": place.asked.basis.value, "labels": place.verdicts.json}
        call = place.call("evaluation_versions", **basis, **params)
        hashes = place.store.input_hashes(call, ticket=place.ticket)
        by = "input"
        pairs = _joined(rows.join(hashes, on=["source_id", "source_offset"], how="left"), "input_hash")
    contradictory = pairs.filter(pl.col("verdict") != pl.col("verdict_second")).height
    if contradictory:
        notes.append(f"{contradictory:,} pairs are left out: what is held against the two is not the same")
    pairs = pairs.with_columns(
        verdict=pl.coalesce("verdict", "verdict_second"),
        verdict_value=pl.coalesce("verdict_value", "verdict_value_second"),
        contradicts=(pl.col("verdict") != pl.col("verdict_second")).fill_null(False),
    ).filter(
        ~pl.col("contradicts")
        & pl.col("verdict").is_not_null()
        & pl.col("prediction").is_not_null()
        & pl.col("prediction_second").is_not_null()
    )
    return by, pairs, tuple(notes)


def _joined(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    known = rows.filter(pl.col(key).is_not_null())
    sides = [
        known.filter(pl.col("is_second") if second else ~pl.col("is_second")).unique(
            key, keep="first", maintain_order=True
        )
        for second in (False, True)
    ]
    return sides[0].join(sides[1], on=key, how="inner", suffix="_second", maintain_order="left")


def _paired(pairs: pl.DataFrame, known: Known) -> tuple[Difference, ...]:
    truth = _is(pairs, "verdict", "verdict_value", known.positive)
    sides = [_predicted(pairs, suffix, truth, known) for suffix in ("", "_second")]
    if known.kind.is_number:
        both = np.isfinite(sides[0].error) & np.isfinite(sides[1].error)
        sides = [
            Predicted(
                one.right[both], one.positive[both], one.outcome[both], one.chance[both], one.error[both]
            )
            for one in sides
        ]
        truth = truth[both]
    return paired(sides[0], sides[1], truth, known.kind)


def _predicted(pairs: pl.DataFrame, suffix: str, truth: npt.NDArray[np.bool_], known: Known) -> Predicted:
    said, value = pl.col(f"prediction{suffix}"), pl.col(f"prediction_value{suffix}")
    right = pairs.select(
        pl.coalesce(value == pl.col("verdict_value"), said == pl.col("verdict")).fill_null(False)
    ).to_series()
    positive = _is(pairs, f"prediction{suffix}", f"prediction_value{suffix}", known.positive)
    score = pairs[f"score{suffix}"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    chance = np.where((score >= 0) & (score <= 1), score, np.nan)
    if known.score_of == "prediction" and known.positive:
        chance = np.where(positive, chance, 1 - chance)
    error = (pairs[f"prediction_value{suffix}"] - pairs["verdict_value"]).fill_null(float("nan")).to_numpy()
    is_right = right.to_numpy().astype(np.bool_)
    return Predicted(is_right, positive, truth if known.positive else is_right, chance, error)


def _is(pairs: pl.DataFrame, column: str, value: str, name: str) -> npt.NDArray[np.bool_]:
    """Whether a column says this class, as a text or as the number that it is."""
    try:
        number: float | None = float(name)
    except ValueError:
        number = None
    same = pl.col(column) == name
    if number is not None:
        same = same | (pl.col(value) == number)
    flags: npt.NDArray[np.bool_] = pairs.select(same.fill_null(False)).to_series().to_numpy()
    return flags.astype(np.bool_)


def _figures(place: Place, version: str, known: Known) -> dict[str, Figure]:
    """The figures of all of a version's requests."""
    only = Filter((*place.asked.filter.terms, Term("model_version", Comparison.IS, version)))
    here = replace(place, asked=replace(place.asked, filter=only))
    edges = ONE_BIN
    if known.kind.scored:
        scores = here.held("evaluation_scores", **known.params)
        if scores.height > 1:
            edges = json.dumps(edges_of(scores["chance"].to_numpy(), scores["rows"].to_numpy()))
    frame = here.held("evaluation_by_step", step_seconds=_A_YEAR, edges=edges, **known.params)
    whole = added_up(list(tallies(frame, 1, len(json.loads(edges)) + 1).values()))
    return figures_of(whole, known.kind)
