"""How good a million predictions are, beside scikit-learn on the same rows in memory.

Timed is an evaluation as the screen has it: all figures with intervals, over time, and by slice. scikit-learn
makes the figures of all rows only, without intervals, from arrays that it is given.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import orjson
import polars as pl
from sklearn import metrics

from benchmarks.traffic import bodies, write_file
from console.engine.evaluating import evaluate
from console.engine.headless import Headless
from console.engine.settings import Settings
from console.model import Ticket
from console.model.evaluation import Basis, EvaluationQuestion

POOL = 100_000
START = datetime(2026, 11, 2, tzinfo=UTC)
BUDGET_SECONDS = 3.0
_SCORES = "select score, prediction = 'fraud' as said, truth = 'fraud' as true from predictions"


def told(body: bytes, chance: random.Random) -> bytes:
    """The line's content with a truth that its score is the chance of."""
    record = orjson.loads(b"{" + body)
    record["prediction"] = "fraud" if record["score"] >= 0.5 else "legit"
    record["truth"] = "fraud" if chance.random() < record["score"] else "legit"
    return orjson.dumps(record)[1:] + b"\n"


def lines(count: int) -> Iterator[bytes]:
    """So many lines over 24 hours."""
    chance = random.Random(5)
    pool = cycle([told(body, chance) for body in bodies(POOL, seed=3)])
    apart = timedelta(hours=24) / count
    for number, body in enumerate(islice(pool, count)):
        at = (START + number * apart).isoformat().encode()
        yield b'{"ts":"%s","request_id":"%d",%s' % (at, number, body)


def timed(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Seconds that it takes, and seconds of processor time, the middle of some runs."""
    taken, used = [], []
    for _ in range(runs):
        began, began_using = perf_counter(), process_time()
        work()
        taken.append(perf_counter() - began)
        used.append(process_time() - began_using)
    return median(taken), median(used)


def peer(frame: pl.DataFrame) -> None:
    """scikit-learn's figures of all rows."""
    score, said, true = (frame[name].to_numpy() for name in ("score", "said", "true"))
    metrics.precision_recall_fscore_support(true, said)
    metrics.roc_auc_score(true, score)
    metrics.brier_score_loss(true, np.clip(score, 0, 1))


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=1_000_000)
    arguments.add_argument("--runs", type=int, default=5)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        log, database = Path(name) / "app.jsonl", Path(name) / "cache.duckdb"
        write_file(log, lines(given.lines))
        settings = Settings((str(log),), database=str(database))
        with Headless(settings, clock=lambda: datetime.now(UTC)) as parts:
            parts.collector.drain()
            parts.store.checkpoint()
            table = parts.store.sql(_SCORES, limit=given.lines)
            frame = pl.DataFrame(list(table.rows), schema=list(table.columns), orient="row")
            for basis in (Basis.TRUTH, Basis.ESTIMATED):
                asked = EvaluationQuestion(basis)
                taken, used = timed(
                    lambda asked=asked: evaluate(parts.store, None, asked, Ticket()), given.runs
                )
                print(
                    f"{basis.value:10} {taken * 1000:6.0f} ms  {used * 1000:6.0f} ms of processor time, "
                    f"{taken / BUDGET_SECONDS:.2f} of the budget of 3 s"
                )
            beside, _ = timed(lambda: peer(frame), given.runs)
    print(f"sklearn    {beside * 1000:6.0f} ms  the figures of all {frame.height:,} rows, from memory")


if __name__ == "__main__":
    main()
