"""Whatever a log is rotated by, and however often its reader is killed: every line once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.killing import kill_and_compare
from tests.end_to_end.writers import KINDS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("sources", "seed", "kills"),
    [
        pytest.param(["."], 1, 20, id="directory"),
        pytest.param(["*.jsonl"], 2, 8, id="pattern without the archives"),
        pytest.param(["*.jsonl*"], 3, 8, id="pattern"),
        pytest.param([f"{kind}.jsonl" for kind in KINDS], 4, 8, id="names"),
    ],
)
def test_no_line_is_lost_or_doubled_by_kills_and_rotations(
    tmp_path: Path, sources: list[str], seed: int, kills: int
) -> None:
    written = kill_and_compare(tmp_path, sources, KINDS, seed=seed, kills=kills)
    assert all(log["rotations"] for log in written.values())
