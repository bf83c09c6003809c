"""A longer trial of exactly once: a collector killed N times under a writer that rotates in every way."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

from tests.end_to_end.killing import kill_and_compare
from tests.end_to_end.writers import KINDS


def main() -> None:
    """Print the figures of one run; it fails at the first line that is lost or doubled."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--source", default=".", help="'.' for a directory, a pattern, or 'names'")
    arguments.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    told = arguments.parse_args()
    sources = [f"{kind}.jsonl" for kind in told.kinds] if told.source == "names" else [told.source]
    began = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        written = kill_and_compare(Path(folder), sources, told.kinds, seed=told.seed, kills=told.kills)
    lines = sum(len(log["rows"]) + len(log["bad"]) for log in written.values())
    rotations = sum(log["rotations"] for log in written.values())
    print(f"{told.kills} kills, {rotations} rotations, {lines:,} lines in {perf_counter() - began:.0f} s")
    print("0 lost, 0 doubled; lines = rows + rejects + blanks for each source")


if __name__ == "__main__":
    main()
