"""A whole scenario from a seed: days of traffic of several models, decoys, and incidents with their truth.

`python -m benchmarks.scenarios.scenario FOLDER --seed 1 --days 4` writes one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson

from benchmarks.scenarios import decoys
from benchmarks.scenarios.incidents import HOURS, MAKERS, OFTEN
from benchmarks.scenarios.models import KINDS, Kind, Period
from benchmarks.scenarios.rhythm import DAY
from benchmarks.scenarios.scene import NotHereError, Scene
from benchmarks.scenarios.traffic import ABSENT, NAN, Traffic
from benchmarks.scenarios.truth import Incident

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TRIES = 60
"""Draws of a place for one incident, after which the scenario goes without it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Logs, and what is wrong in them."""

    seed: int
    days: float
    start: datetime
    traffic: Mapping[str, Traffic]
    incidents: tuple[Incident, ...]
    decoys: tuple[str, ...]
    """What looks like an incident and is none, in words."""

    @property
    def rows(self) -> int:
        return sum(t.rows for t in self.traffic.values())

    def moment(self, seconds: float) -> datetime:
        """The time that is so many seconds into the scenario."""
        return self.start + timedelta(seconds=seconds)


def make(
    seed: int, *, days: float = 4, calm: bool = False, rows: int | None = None, kinds: Sequence[str] = ()
) -> Scenario:
    """The scenario of that seed; the same seed gives the same logs, line by line.

    Args:
        seed: what everything is drawn from.
        days: its length.
        calm: only rhythm and decoys, no incident.
        rows: requests in all, about; from 100,000 to 200,000 unless given.
        kinds: the only kinds of incidents to draw; all unless given.
    """
    random = np.random.default_rng([seed, int(days * 24), int(calm)])
    start = MONDAY + timedelta(days=seed % 7)
    picked = sorted(random.permutation(len(KINDS))[: int(random.integers(2, len(KINDS) + 1))].tolist())
    models = [KINDS[place] for place in picked]
    wanted = rows if rows is not None else int(random.uniform(100_000, 200_000))
    whole = sum(kind.weight for kind in models) * days
    period = Period(
        days,
        start.weekday(),
        float(random.uniform(0.45, 0.9)),
        {kind.name: wanted * kind.weight / whole for kind in models},
    )
    traffic: dict[str, Traffic] = {}
    told: list[str] = []
    for kind in models:
        traffic[kind.name], said = _with_decoys(random, kind.make(random, period), kind, days)
        told += said
    found = () if calm else _harm(random, traffic, models, days, tuple(kinds) or tuple(MAKERS))
    return Scenario(seed, days, start, traffic, tuple(sorted(found, key=lambda i: i.start)), tuple(told))


def _with_decoys(
    random: np.random.Generator, traffic: Traffic, kind: Kind, days: float
) -> tuple[Traffic, list[str]]:
    told = []
    if random.random() < 0.4:
        decoys.newcomer(random, traffic, days)
        told.append(f"{kind.name}: a client joins slowly")
    if days > 1 and random.random() < 0.5:
        traffic, (start, end) = decoys.campaign(random, traffic, days)
        told.append(f"{kind.name}: campaign from hour {start / 3600:.1f} to {end / 3600:.1f}")
    if random.random() < 0.5:
        traffic = decoys.batch(random, traffic, kind, days)
        told.append(f"{kind.name}: {'nightly' if days > 1 else 'hourly'} batch")
    if random.random() < 0.5:
        start, end = decoys.roll_out(random, traffic, days, f"{traffic.columns['model_version'][0]}-next")
        told.append(f"{kind.name}: roll-out from hour {start / 3600:.1f} to {end / 3600:.1f}")
    if random.random() < 0.7:
        decoys.burst(random, traffic)
        told.append(f"{kind.name}: a burst of errors")
    return traffic, told


def _harm(
    random: np.random.Generator,
    traffic: Mapping[str, Traffic],
    models: list[Kind],
    days: float,
    names: Sequence[str],
) -> list[Incident]:
    count = int(random.integers(2, 4)) if days <= 1 else int(random.integers(6, 9) * days / 4)
    odds = np.array([OFTEN.get(name, 1.0) for name in names])
    drawn = random.choice(list(names), count, p=odds / odds.sum()).tolist()
    taken: set[tuple[str, str]] = set()
    found: list[Incident] = []
    for name in drawn:
        for _ in range(TRIES):
            kind = models[int(random.integers(0, len(models)))]
            low, high = HOURS.get(name, (0.5, 8.0))
            length = float(np.exp(random.uniform(np.log(low), np.log(high)))) * 3600
            first, last = (26 * 3600.0, days * DAY) if days > 1 else (8 * 3600.0, days * DAY)
            start = float(random.uniform(first, last - min(low, 2) * 3600))
            if not _free(random, found, name, kind.name, start, start + length):
                continue
            scene = Scene(random, traffic[kind.name], kind, start, min(start + length, last), taken)
            try:
                found.append(MAKERS[name](scene))
            except NotHereError:
                continue
            break
    return found


def _free(
    random: np.random.Generator, found: Iterable[Incident], name: str, model: str, start: float, end: float
) -> bool:
    """Nothing else is wrong then; now and then in another model, and seldom in the same one."""
    volume = {"silence", "surge"}
    for other in found:
        same = other.model == model
        if start < other.end + 5400 and other.start < end + 5400:
            apart = same and (name in volume or other.kind in volume or name == other.kind)
            if apart or random.random() < (0.85 if same else 0.5):
                return False
    return True


def write(scenario: Scenario, folder: Path) -> tuple[Path, ...]:
    """The logs are in the folder, a file for each model, with `truth.json` and `affected.jsonl` beside them.

    Returns:
        The log files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(scenario.seed)
    logs = []
    for model, traffic in scenario.traffic.items():
        path = folder / f"{model}.jsonl"
        with path.open("wb") as file:
            file.writelines(_lines(traffic, scenario.start, random))
        logs.append(path)
    told = {
        "seed": scenario.seed,
        "days": scenario.days,
        "start": scenario.start,
        "rows": scenario.rows,
        "decoys": scenario.decoys,
        "incidents": [
            incident.record()
            | {"start": scenario.moment(incident.start), "end": scenario.moment(incident.end)}
            for incident in scenario.incidents
        ],
    }
    (folder / "truth.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    with (folder / "affected.jsonl").open("wb") as file:
        for incident in scenario.incidents:
            record = {"id": incident.id, "request_ids": sorted(incident.affected)}
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
    return tuple(logs)


def _lines(traffic: Traffic, start: datetime, random: np.random.Generator) -> Iterable[bytes]:
    """Each request as a line, in the order in which they were answered, some a little late."""
    written = traffic.at + random.exponential(1.0, traffic.rows)
    order = np.argsort(written, kind="stable")
    micros = (traffic.at[order] * 1e6).astype(np.int64)
    epoch = np.datetime64(start.replace(tzinfo=None), "us")
    moments = np.datetime_as_string(epoch + micros.astype("timedelta64[us]"), timezone="naive").tolist()
    columns = {path: column[order].tolist() for path, column in traffic.columns.items()}
    flat = {path: c for path, c in columns.items() if "." not in path}
    tags = {path[5:]: c for path, c in columns.items() if path.startswith("tags.")}
    features = {path[9:]: c for path, c in columns.items() if path.startswith("features.")}
    stages = sorted({path.split(".")[1] for path in columns if path.startswith("stages.")})
    for row, moment in enumerate(moments):
        record: dict[str, object] = {"ts": moment + "Z", "model": traffic.model}
        record |= {name: c[row] for name, c in flat.items()}
        record["tags"] = {name: c[row] for name, c in tags.items()}
        record["features"] = {name: v for name, c in features.items() if (v := c[row]) is not ABSENT}
        record["stages"] = {
            s: {"ms": columns[f"stages.{s}.ms"][row], "version": columns[f"stages.{s}.version"][row]}
            for s in stages
        }
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        yield line.replace(_BARE_NAN, b"NaN") if _BARE_NAN in line else line


_BARE_NAN = orjson.dumps(NAN)


def main() -> None:
    """Write the scenario that the arguments name."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--days", type=float, default=4)
    arguments.add_argument("--calm", action="store_true", help="rhythm and decoys only")
    given = arguments.parse_args()
    scenario = make(given.seed, days=given.days, calm=given.calm)
    write(scenario, given.folder)
    print(f"{scenario.rows:,} rows of {', '.join(scenario.traffic)}")
    for incident in scenario.incidents:
        print(orjson.dumps(incident.record()).decode())
    for decoy in scenario.decoys:
        print(f"decoy: {decoy}")


if __name__ == "__main__":
    main()
