"""What is known of a feature's values at any step, however often steps are counted again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from console.checks.grid import Grid
from console.checks.vocabulary import Vocabulary
from tests.support import NOON

STEP = timedelta(minutes=5)
SEEN = st.lists(st.tuples(st.integers(0, 11), st.sampled_from("abcde")), min_size=1, max_size=40)


def frame(seen: list[tuple[int, str]]) -> pl.DataFrame:
    """Rows of values by step, and of all together."""
    rows: Counter[tuple[int, str | None]] = Counter(seen)
    rows.update((step, None) for step, _ in seen)
    return pl.DataFrame(
        [(NOON + step * STEP, "m", "f", value, n) for (step, value), n in rows.items()],
        schema={
            "step_start": pl.Datetime("us", "UTC"),
            "model": pl.String,
            "feature": pl.String,
            "value": pl.String,
            "rows": pl.Int64,
        },
        orient="row",
    )


@given(SEEN, SEEN, st.integers(0, 11))
def test_before_each_step_it_is_known_what_a_recount_would_find(
    first: list[tuple[int, str]], again: list[tuple[int, str]], since: int
) -> None:
    grid = Grid(NOON, STEP, 12)
    vocabulary = Vocabulary()
    vocabulary.put(frame(first), grid)
    later = [pair for pair in again if pair[0] >= since]
    vocabulary.put(frame(later), grid, since=since)
    seen = [pair for pair in first if pair[0] < since] + later
    known = vocabulary.known(0)
    assert known is not None
    for step in range(12):
        before = Counter(value for at, value in seen if at < step)
        rows, values, single = (int(part) for part in known.before(step))  # type: ignore[arg-type]
        assert (rows, values) == (before.total(), len(before))
        assert single == sum(1 for count in before.values() if count == 1)
