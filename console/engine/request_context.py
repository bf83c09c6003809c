"""How one request stands among those of its model in the day before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from console.model import (
    Comparison,
    Filter,
    Oddity,
    QueryCall,
    Request,
    RequestContext,
    RowId,
    StageUsual,
    Standing,
    Term,
    Ticket,
)

if TYPE_CHECKING:
    import polars as pl

    from console.store import Store

BASELINE = timedelta(hours=24)
SAMPLED_ROWS = 10_000
"""About how many rows of the baseline are looked at; what seems odd by these is counted in all of them."""
TOO_FEW = 100
"""Rows below which nothing is said of a baseline, of a feature's numbers, or of a stage."""
USUAL_SHARE = 0.95
"""Share of the rows from which on a feature is usual: a request without it is odd."""
KNOWN_SHARE = 0.5
"""Share of the rows from which on a feature is told of that the request lacks."""
RARE_SHARE = 0.001
"""Share of the rows below which a text is rare."""
MANY_RARE = 0.05
"""Share of a feature's rows with rare texts from which on these are nothing odd there: an identifier, prose."""
OTHER_TYPE_SHARE = 0.05
"""Share of a feature's rows below which numbers among texts, or texts among numbers, are odd."""

NUMBERS, TEXTS, STAGES = "feature_standing_numbers", "feature_standing_texts", "stage_standing"
COUNTED = "predictions_by_model"


def request_context(store: Store, row_id: RowId, ticket: Ticket) -> RequestContext:
    """What one compares the prediction with, from the 24 h before it.

    Raises:
        Interrupted: the store was told to stop, or the ticket was cancelled.
        StoreError: nothing is stored from there, or DuckDB refused.
    """
    request = store.request(row_id)
    baseline = _Baseline(store, request, ticket)
    before, of_model = "the 24 h before", f"of {request.model or 'no model'}"
    total = baseline.count()
    if total < TOO_FEW:
        return RequestContext(baseline=f"nothing: {before} has {_rows(total)} {of_model}, too few")
    share = min(1.0, SAMPLED_ROWS / total)
    seen = {
        **_seen(baseline.frame(NUMBERS, share, is_of_request=True), "at_most"),
        **_seen(baseline.frame(TEXTS, share, is_of_request=True), "same_rows"),
    }
    sampled = max((one.sampled_rows for one in seen.values()), default=total)
    looked_at = f"{sampled:,} of {_rows(total)}" if share < 1 else _rows(total)
    return RequestContext(
        dict(_standings(request, seen, baseline, sampled, total)),
        _stages(baseline.frame(STAGES, share)),
        f"{before}, {looked_at} {of_model}",
    )


class _Baseline:
    """The rows that a request is compared with."""

    def __init__(self, store: Store, request: Request, ticket: Ticket) -> None:
        self._store = store
        self._ticket = ticket
        self._request = request
        self._window: dict[str, object] = {"start": request.ts - BASELINE, "until": request.ts}
        self._of_model = Term("model", Comparison.IS, request.model)

    def frame(self, query: str, share: float, *, is_of_request: bool = False) -> pl.DataFrame:
        """What the query finds in a share of them."""
        params = {**self._window, "model": self._request.model, "sample_share": share}
        if is_of_request:
            place = self._request.row_id
            params |= {"source_id": place.source_id, "source_offset": place.offset}
        return self._store.frame(QueryCall(query, params), ticket=self._ticket)

    def count(self, *terms: Term) -> int:
        """How many of all of them meet these."""
        call = QueryCall(COUNTED, self._window, Filter((self._of_model, *terms)))
        return int(self._store.frame(call, ticket=self._ticket)["rows"].sum())

    def with_value(self, name: str, comparison: Comparison, value: object) -> int:
        """How many of all of them have such a value in the feature."""
        text = value if isinstance(value, str) else repr(value)
        return self.count(Term(f"features.{name}", comparison, text))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A feature in the sample, as a number or as a text."""

    sampled_rows: int
    rows: int
    alike: int | None
    """Rows with a number that is at most the request's, or with its text; None if it has none of that type."""
    rare_rows: int = 0
    lowest: float = 0.0
    highest: float = 0.0


_Key = tuple[str, bool]
"""A feature, and whether as a number."""


def _seen(frame: pl.DataFrame, alike: str) -> dict[_Key, _Seen]:
    is_number = alike == "at_most"
    more = ("lowest", "highest") if is_number else ("rare_rows",)
    return {
        (_logged(row["feature"]), is_number): _Seen(
            row["sampled_rows"], row["rows"], row[alike], **{name: row[name] for name in more}
        )
        for row in frame.iter_rows(named=True)
    }


def _logged(feature: str) -> str:
    """The feature's name as it was logged; the views tell it from a field of that name."""
    return {"features.score": "score", "features.prediction": "prediction"}.get(feature, feature)


def _standings(
    request: Request, seen: Mapping[_Key, _Seen], baseline: _Baseline, sampled: int, total: int
) -> Iterator[tuple[str, Standing]]:
    for name, value in request.features.items():
        is_number = not isinstance(value, str)
        same, other = seen.get((name, is_number)), seen.get((name, not is_number))
        with_type = same.rows if same else 0
        present = with_type + (other.rows if other else 0)
        if other and present >= TOO_FEW and with_type < OTHER_TYPE_SHARE * present:
            words = "usually a text" if is_number else "usually a number"
            yield name, Standing(words, odd=Oddity.TYPE_CHANGED)
        elif same is None or same.rows < TOO_FEW:
            yield name, _seldom(name, present, sampled, total, baseline)
        elif is_number:
            yield name, _number(name, value, same, baseline)
        else:
            yield name, _text(name, value, same, baseline, total)
    rows: dict[str, int] = {}
    for (name, _), one in seen.items():
        if name not in request.features:
            rows[name] = rows.get(name, 0) + one.rows
    for name, present in sorted(rows.items()):
        if present >= KNOWN_SHARE * sampled:
            is_usual = present >= USUAL_SHARE * sampled
            yield (
                name,
                Standing(f"present in {_percent(present / sampled)}", odd=Oddity.NULL if is_usual else None),
            )


def _seldom(name: str, present: int, sampled: int, total: int, baseline: _Baseline) -> Standing:
    """A feature that few rows have, or none."""
    if present:
        return Standing(f"present in {_percent(present / sampled)}")
    if sampled < total and baseline.count(Term(f"features.{name}", Comparison.IS_NOT, "")):
        return Standing("seldom present")
    return Standing(f"a feature of none of {_rows(total)}", odd=Oddity.UNSEEN)


def _number(name: str, value: object, seen: _Seen, baseline: _Baseline) -> Standing:
    rank = (seen.alike or 0) / seen.rows
    number = float(str(value))
    if seen.lowest == seen.highest == number:
        return Standing("always so", rank=rank)
    is_above = number > seen.highest
    if is_above or number < seen.lowest:
        beyond = Comparison.AT_LEAST if is_above else Comparison.AT_MOST
        if not baseline.with_value(name, beyond, value):
            words = f"above {seen.highest:,.4g}" if is_above else f"below {seen.lowest:,.4g}"
            return Standing(words, rank=rank, odd=Oddity.OUT_OF_RANGE)
    return Standing(_percentile(rank), rank=rank)


def _text(name: str, value: object, seen: _Seen, baseline: _Baseline, total: int) -> Standing:
    share = (seen.alike or 0) / seen.sampled_rows
    if seen.rare_rows >= MANY_RARE * seen.rows:
        return Standing(f"{_percent(share)} of rows" if share >= RARE_SHARE else "many values", share=share)
    if share < 2 * RARE_SHARE and seen.sampled_rows < total:
        share = baseline.with_value(name, Comparison.IS, value) / total
    if not share:
        return Standing(f"in none of {_rows(total)}", share=share, odd=Oddity.UNSEEN)
    is_rare = share < RARE_SHARE
    return Standing(f"{_percent(share)} of rows", share=share, odd=Oddity.RARE if is_rare else None)


def _stages(frame: pl.DataFrame) -> dict[str, StageUsual]:
    return {
        row["stage"]: StageUsual(row["p50_ms"], row["p95_ms"])
        for row in frame.iter_rows(named=True)
        if row["rows"] >= TOO_FEW
    }


def _percentile(rank: float) -> str:
    """`p99.7`: never `p100` unless no number is greater, never `p0` unless none is as small."""
    shown = f"{100 * rank:.1f}"
    if rank < 1 and shown == "100.0":
        shown = "99.9"
    if rank > 0 and shown == "0.0":
        shown = "0.1"
    return f"p{shown.removesuffix('.0')}"


def _percent(share: float) -> str:
    """`12 %`, `99.8 %`, `0.04 %`: never `100 %` or `0 %` unless it is."""
    percent = 100 * share
    if share in (0, 1):
        return f"{percent:.0f} %"
    if percent < 0.01:
        return "below 0.01 %"
    if percent > 99.9:
        return "over 99.9 %"
    if percent < 0.95:
        return f"{percent:.2g} %"
    return f"{percent:.0f} %" if 10 <= percent <= 90 else f"{percent:.1f} %"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
