"""How one request stands among those of its model in the day before it, or before its trouble began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.engine.neighbours import told_apart
from console.model import (
    Alert,
    AlertState,
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
from console.store.meeting import MEASURED

if TYPE_CHECKING:
    import polars as pl

    from console.store import Store

BASELINE = timedelta(hours=24)
MOST_COUNTS = 20
"""What seems odd by the rows that were drawn is counted in all of them: so many features at most."""
LONGEST_TEXT = 200
"""Bytes beyond which a text is not compared: those of a sample are no longer."""
TOO_FEW = 100
"""Rows below which nothing is said of a baseline, of a feature's numbers, or of a stage."""
USUAL_SHARE = 0.95
"""Share of the rows from which on a feature is usual: a request without it is odd."""
KNOWN_SHARE = 0.5
"""Share of the rows from which on a feature is told of that the request lacks."""
RARE_SHARE = 0.001
"""Share of the rows below which a text is rare."""
MANY_RARE = 0.05
"""Share of a feature's rows with rare texts from which on these are not odd: an identifier, prose."""
OTHER_TYPE_SHARE = 0.05
"""Share of a feature's rows below which numbers among texts, or texts among numbers, are odd."""

STAGES, COUNTED = "stage_standing", "predictions_by_model"
_NONE = "predictions_around"
"""Lists no row where none is asked for on either side: a sample without offending rows."""
_CLASHING = {f"features.{name}": name for name in (*MEASURED, "prediction")}
"""Names that a sample has for features which are called like a field."""


def request_context(
    store: Store, row_id: RowId, ticket: Ticket, alerts: Sequence[Alert] = ()
) -> RequestContext:
    """What one compares the prediction with, from the 24 h before it.

    In the time of an alert of its model it is those before the alert began, if they are enough: a value that
    came with the trouble is not usual after an hour of it.

    Args:
        store: has the prediction.
        row_id: which one it is.
        ticket: takes the question back.
        alerts: those that are known, open or over.

    Raises:
        Interrupted: the store was told to stop, or the ticket was cancelled.
        StoreError: nothing is stored from there, or DuckDB refused.
    """
    request = store.request(row_id)
    before, of_model = "the 24 h before", f"of {request.model or 'no model'}"
    until = before_trouble(request, alerts)
    baseline = _Baseline(store, request, until, ticket)
    if until < request.ts and baseline.rows < TOO_FEW:
        until, baseline = request.ts, _Baseline(store, request, request.ts, ticket)
    if until < request.ts:
        before += f" its alert ({until:%m-%d %H:%MZ})"
    if baseline.rows < TOO_FEW:
        return RequestContext(baseline=f"nothing: {before} has {_rows(baseline.rows)} {of_model}, too few")
    is_part = baseline.sampled < baseline.rows
    looked_at = f"{baseline.sampled:,} of {_rows(baseline.rows)}" if is_part else _rows(baseline.rows)
    return RequestContext(
        dict(_standings(request, baseline)), baseline.stages(), f"{before}, {looked_at} {of_model}"
    )


def before_trouble(request: Request, alerts: Sequence[Alert]) -> datetime:
    """When the first of the alerts of its model began in whose time the request is; else its own time."""
    began = (
        alert.began
        for alert in alerts
        if alert.model == request.model and (alert.state is AlertState.OPEN or request.ts <= alert.last_seen)
    )
    return min([request.ts, *(moment for moment in began if moment <= request.ts)])


class _Baseline:
    """The rows that a request is compared with, and what was drawn of them."""

    def __init__(self, store: Store, request: Request, until: datetime, ticket: Ticket) -> None:
        self._store = store
        self._ticket = ticket
        self._model = request.model
        self._window = {"start": until - BASELINE, "until": until}
        self._counts_left = MOST_COUNTS
        self._fields = told_apart(store, "feature")
        drawn = store.sample(
            QueryCall(_NONE, {"model": request.model, "moment": until, "each_side": 0}),
            model=request.model,
            start=until - BASELINE,
            since=until,
            until=until,
            ticket=ticket,
        )
        self.rows = sum(drawn.totals.values())
        """How many there are."""
        self.sampled = drawn.frame.height
        """How many of them were drawn."""
        self.numbers: dict[str, pl.Series] = {}
        """Feature -> its numbers among those that were drawn."""
        self.texts: dict[str, pl.Series] = {}
        for column in drawn.columns if self.rows >= TOO_FEW else ():
            if column.kind in ("number", "text") and column.name not in MEASURED:
                held = self.numbers if column.kind == "number" else self.texts
                name = _CLASHING.get(column.name, column.name)
                held[name] = drawn.frame[column.column].drop_nulls()

    def share(self, name: str, comparison: Comparison, value: object) -> float:
        """The share of all of them with such a value in the feature; of None, with any.

        It is asked of values that none of those that were drawn has, or hardly any. Where these are all, or
        too much was counted already, it is 0.
        """
        if self.sampled >= self.rows or not self._counts_left:
            return 0.0
        self._counts_left -= 1
        text = "" if value is None else value if isinstance(value, str) else repr(value)
        terms = (
            Term("model", Comparison.IS, self._model),
            Term(self._fields[name], comparison, text, is_null=value is None),
        )
        frame = self._store.frame(QueryCall(COUNTED, self._window, Filter(terms)), ticket=self._ticket)
        return int(frame["rows"].sum()) / self.rows

    def stages(self) -> dict[str, StageUsual]:
        """What each stage usually takes, by about as many rows as were drawn."""
        params = {**self._window, "model": self._model, "sample_share": self.sampled / self.rows}
        frame = self._store.frame(QueryCall(STAGES, params), ticket=self._ticket)
        return {
            row["stage"]: StageUsual(row["p50_ms"], row["p95_ms"])
            for row in frame.iter_rows(named=True)
            if row["rows"] >= TOO_FEW
        }


def _standings(request: Request, baseline: _Baseline) -> Iterator[tuple[str, Standing]]:
    present = {
        name: len(baseline.numbers.get(name, ())) + len(baseline.texts.get(name, ()))
        for name in (*baseline.numbers, *baseline.texts)
    }
    for name, value in request.features.items():
        if name not in present:
            continue  # there are more features than are drawn
        is_number = not isinstance(value, str)
        same = (baseline.numbers if is_number else baseline.texts).get(name)
        with_type = 0 if same is None else len(same)
        if present[name] >= TOO_FEW and with_type < OTHER_TYPE_SHARE * present[name]:
            words = "usually a text" if is_number else "usually a number"
            yield name, Standing(words, odd=Oddity.TYPE_CHANGED)
        elif isinstance(value, str) and len(value.encode()) > LONGEST_TEXT:
            yield name, Standing("long text")
        elif same is not None and with_type >= TOO_FEW:
            yield name, (_number if is_number else _text)(name, value, same, baseline)
        elif present[name]:
            yield name, Standing(f"present in {_percent(present[name] / baseline.sampled)}")
        else:
            share = baseline.share(name, Comparison.IS_NOT, None)
            shown = f"present in {_percent(share)}" if share else "0 % of rows"
            yield name, Standing(shown, odd=None if share else Oddity.UNSEEN)
    for name in sorted(present.keys() - request.features.keys()):
        if (share := present[name] / baseline.sampled) >= KNOWN_SHARE:
            odd = Oddity.NULL if share >= USUAL_SHARE else None
            yield name, Standing(f"present in {_percent(share)}", odd=odd)


def _number(name: str, value: object, seen: pl.Series, baseline: _Baseline) -> Standing:
    number = float(str(value))
    rank = int((seen <= number).sum()) / len(seen)
    lowest, highest = float(str(seen.min())), float(str(seen.max()))
    if lowest == highest == number:
        return Standing("always so", rank=rank)
    is_above = number > highest
    if is_above or number < lowest:
        beyond = Comparison.AT_LEAST if is_above else Comparison.AT_MOST
        if not baseline.share(name, beyond, value):
            words = f"above {highest:,.4g}" if is_above else f"below {lowest:,.4g}"
            return Standing(words, rank=rank, odd=Oddity.OUT_OF_RANGE)
    return Standing(_percentile(rank), rank=rank)


def _text(name: str, value: object, seen: pl.Series, baseline: _Baseline) -> Standing:
    share = int((seen == str(value)).sum()) / baseline.sampled
    counts = seen.value_counts()["count"]
    rare = counts.filter((counts == 1) | (counts < RARE_SHARE * baseline.sampled)).sum()
    if rare >= MANY_RARE * len(seen):
        words = "many values" if share < RARE_SHARE else f"{_percent(share)} of rows"
        return Standing(words, share=share)
    if share < 2 * RARE_SHARE:
        share = baseline.share(name, Comparison.IS, value) or share
    if not share:
        return Standing("0 % of rows", share=share, odd=Oddity.UNSEEN)
    is_rare = share < RARE_SHARE
    return Standing(f"{_percent(share)} of rows", share=share, odd=Oddity.RARE if is_rare else None)


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
