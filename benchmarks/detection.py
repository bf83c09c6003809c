"""How well incidents are found in seeded scenarios: recall, precision, time, slice, rows, false alarms.

`python -m benchmarks.detection --seeds 1-10` makes each seed's scenario, reads and judges it as
`icon scan` does, and prints the score. `--verbose` also lists what was missed and what was a false alarm.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

import orjson

from benchmarks.scenarios.findings import Finding, of_alert, of_lines
from benchmarks.scenarios.scenario import make, write
from benchmarks.scenarios.scoring import Outcome, Score, score
from benchmarks.scenarios.truth import KINDS
from console.engine.headless import Headless
from console.engine.settings import Settings

ROWS_SHOWN = 200
"""Offending rows of each alert that are asked for."""


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def scan(logs: Iterable[Path], folder: Path) -> list[Finding]:
    """What the console finds in the whole history of these logs, with the rows that it shows for each."""
    settings = Settings(
        tuple(map(str, logs)), database=str(folder / "cache.duckdb"), casebook=folder / "casebook.sqlite"
    )
    with Headless(settings, clock=utc_now) as parts:
        parts.collector.drain()
        return [of_alert(alert, parts.offending_ids(alert, ROWS_SHOWN)) for alert in parts.episodes()]


def score_of(
    seed: int, *, days: float = 4, calm: bool = False, rows: int | None = None, kinds: Sequence[str] = ()
) -> Score:
    """The score of one seed's scenario; the arguments are those of `make`."""
    scenario = make(seed, days=days, calm=calm, rows=rows, kinds=kinds)
    with tempfile.TemporaryDirectory(prefix="scenario-") as name:
        logs = write(scenario, Path(name))
        began = perf_counter()
        findings = scan(logs, Path(name))
        return score(scenario, findings, seconds=perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Summary:
    """The scores of several scenarios in figures."""

    incidents: int
    found: int
    in_time: int
    true: int
    duplicates: int
    false: int
    sliced: int
    """Incidents found that befell a slice."""
    named: int
    exact: int
    everywhere: int
    """Incidents found that befell all rows."""
    everywhere_named: int
    """Of these, those of which no slice was named."""
    purity: float | None
    """Mean over the incidents found, 0..1."""

    @property
    def recall(self) -> float:
        return self.found / self.incidents if self.incidents else 1.0

    @property
    def precision(self) -> float:
        """Of the alerts that are no duplicates, those that are right."""
        return self.true / (self.true + self.false) if self.true + self.false else 1.0

    @property
    def strict_precision(self) -> float:
        """Of all alerts, those that are the first of an incident."""
        every = self.true + self.duplicates + self.false
        return self.true / every if every else 1.0


def summary_of(scores: Sequence[Score]) -> Summary:
    """The figures of these scenarios together."""
    outcomes = [o for s in scores for o in s.outcomes]
    found = [o for o in outcomes if o.finding is not None]
    sliced = [o for o in found if o.incident.conditions]
    whole = [o for o in found if not o.incident.conditions]
    pure = [o.purity for o in found if o.purity is not None]
    return Summary(
        len(outcomes),
        len(found),
        sum(o.in_time for o in found),
        sum(len(s.true) for s in scores),
        sum(len(s.duplicates) for s in scores),
        sum(len(s.false) for s in scores),
        len(sliced),
        sum(o.named for o in sliced),
        sum(o.exact for o in sliced),
        len(whole),
        sum(o.named for o in whole),
        fmean(pure) if pure else None,
    )


def _print_kinds(outcomes: Sequence[Outcome]) -> None:
    print(f"{'kind':<17}{'found':>9}{'in time':>9}{'median min':>12}{'limit':>7}{'named':>9}{'purity':>9}")
    for kind, limits in KINDS.items():
        of_kind = [o for o in outcomes if o.incident.kind == kind]
        if not of_kind:
            continue
        found = [o for o in of_kind if o.finding is not None]
        sliced = [o for o in found if o.incident.conditions]
        waited = [o.minutes for o in found if o.minutes is not None]
        pure = [o.purity for o in found if o.purity is not None]
        print(
            f"{kind:<17}{_of(len(found), len(of_kind)):>9}{_of(sum(o.in_time for o in found), len(found)):>9}"
            f"{f'{median(waited):.0f}' if waited else '':>12}{limits.minutes:>7.0f}"
            f"{_of(sum(o.named for o in sliced), len(sliced)):>9}{f'{fmean(pure):.0%}' if pure else '':>9}"
        )


def _of(count: int, all_of_them: int) -> str:
    return f"{count}/{all_of_them}" if all_of_them else ""


def _print(scores: Sequence[Score], calm: Sequence[Score], *, verbose: bool) -> None:
    if scores:
        _print_kinds([o for s in scores for o in s.outcomes])
        figures = summary_of(scores)
        alerts = figures.true + figures.duplicates + figures.false
        print(f"\nrecall     {figures.recall:6.1%}  {figures.found} of {figures.incidents} incidents")
        print(f"in time    {_share(figures.in_time, figures.incidents)}  of all incidents")
        print(
            f"precision  {figures.precision:6.1%}  {figures.true} right, {figures.false} false, "
            f"{figures.duplicates} further ones of an incident that was found "
            f"({figures.strict_precision:.1%} of all {alerts})"
        )
        print(
            f"slice      {_share(figures.named, figures.sliced)}  named; "
            f"{figures.exact} of {figures.sliced} to the letter"
        )
        print(
            f"everywhere {_share(figures.everywhere_named, figures.everywhere)}  "
            "named no slice where there is none"
        )
        if figures.purity is not None:
            print(f"rows shown {figures.purity:6.1%}  befallen, mean over the incidents")
    if calm:
        alarms = sum(len(s.false) for s in calm)
        print(
            f"calm       {alarms / sum(s.days for s in calm):6.2f}  false alarms a day, {len(calm)} scenarios"
        )
    every = [*scores, *calm]
    rows, seconds = sum(s.rows for s in every), sum(s.seconds for s in every)
    print(f"{rows:,} rows read and judged in {seconds:.0f} s")
    if verbose:
        _print_details(scores, calm)


def _share(count: int, all_of_them: int) -> str:
    return f"{count / all_of_them:6.1%}" if all_of_them else "      "


def _print_details(scores: Sequence[Score], calm: Sequence[Score]) -> None:
    for one in scores:
        print(f"\nseed {one.seed}")
        for outcome in one.outcomes:
            state = "missed" if outcome.finding is None else "found" if outcome.in_time else "late"
            unnamed = "" if outcome.named or outcome.finding is None else ", slice not named"
            print(f"  {state}{unnamed}: {orjson.dumps(outcome.incident.record()).decode()}")
            if outcome.finding is not None:
                print(f"      after {outcome.minutes:.0f} min: {outcome.finding}")
        for finding in one.duplicates:
            print(f"  again: {finding}")
        for finding in one.false:
            print(f"  false: {finding}")
    for one in calm:
        print(f"\ncalm, seed {one.seed}")
        for finding in one.false:
            print(f"  false: {finding}")


def _as_json(scores: Sequence[Score], calm: Sequence[Score]) -> bytes:
    figures = summary_of(scores)
    told = {
        "summary": figures,
        "recall": figures.recall,
        "precision": figures.precision,
        "false_alarms_a_day": sum(len(s.false) for s in calm) / sum(s.days for s in calm) if calm else None,
        "incidents": [
            o.incident.record()
            | {
                "seed": s.seed,
                "found": o.finding is not None,
                "in_time": o.in_time,
                "minutes": o.minutes,
                "named": o.named,
                "exact": o.exact,
                "purity": o.purity,
            }
            for s in scores
            for o in s.outcomes
        ],
        "false": [{"seed": s.seed, "alert": str(f)} for s in [*scores, *calm] for f in s.false],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def _seeds(text: str) -> list[int]:
    """`1-10`, `3` or `1,4,7-9` as numbers."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def main() -> None:
    """Print the score of the seeds that the arguments name."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=_seeds, default=_seeds("1-10"), help="1-10, 3 or 1,4,7-9")
    arguments.add_argument(
        "--calm", type=_seeds, default=_seeds("1-3"), help="seeds of scenarios without incidents"
    )
    arguments.add_argument("--days", type=float, default=4)
    arguments.add_argument("--kinds", help="only these kinds of incidents: slow_drift,silence")
    arguments.add_argument("--jobs", type=int, default=1, help="scenarios at a time")
    arguments.add_argument("--verbose", action="store_true", help="list what was missed, late and false")
    arguments.add_argument("--json", action="store_true", help="all of it as JSON")
    arguments.add_argument(
        "--alerts",
        type=Path,
        help="score these JSON lines of `icon scan` or `icon check` against the one seed",
    )
    given = arguments.parse_args()
    kinds = given.kinds.split(",") if given.kinds else []
    if unknown := sorted(set(kinds) - set(KINDS)):
        arguments.error(f"no such kind: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    if given.alerts is not None:
        scenario = make(given.seeds[0], days=given.days, kinds=kinds)
        scores, calm = [score(scenario, of_lines(given.alerts.read_bytes().splitlines()))], []
    else:
        with ProcessPoolExecutor(given.jobs) as pool:
            of_calm = pool.map(partial(score_of, days=given.days, calm=True), given.calm)
            scores = list(pool.map(partial(score_of, days=given.days, kinds=kinds), given.seeds))
            calm = list(of_calm)
    if given.json:
        print(_as_json(scores, calm).decode())
    else:
        _print(scores, calm, verbose=given.verbose)


if __name__ == "__main__":
    main()
