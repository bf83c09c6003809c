"""Runs everything that must hold before a change lands: `python -m tests.check`.

Format, lint, types, import contracts, tests. It goes on after a failure, so that one run tells all.
What only reads the code does so while the tests run: of two cores it would leave one idle.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[1]
WORKERS = min(4, (os.cpu_count() or 1) + 1)
"""One more than there are cores, since some tests wait; each further one first imports all of it anew."""
STEPS: Mapping[str, tuple[str, ...]] = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "import contracts": ("lint-imports",),
    "types": ("mypy",),
}
TESTS = ("pytest", "-q", "-n", str(WORKERS), "--dist", "worksteal")


def main() -> int:
    """Run each step; 0 if all held, else 1."""
    with ThreadPoolExecutor(1) as beside:
        others = beside.submit(lambda: [name for name, tool in STEPS.items() if not held(name, tool)])
        failed = [] if held("tests", TESTS, at_once=True) else ["tests"]
    failed = [*others.result(), *failed]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def held(name: str, command: tuple[str, ...], *, at_once: bool = False) -> bool:
    """Whether the step held; what it says is printed, at once or when it has ended."""
    tool, *arguments = command
    began = monotonic()
    done = subprocess.run(
        [Path(sys.executable).parent / tool, *arguments],
        cwd=ROOT,
        check=False,
        stdout=None if at_once else subprocess.PIPE,
        stderr=None if at_once else subprocess.STDOUT,
    )
    result = "held" if done.returncode == 0 else "failed"
    said = (done.stdout or b"").decode(errors="replace")
    seconds = monotonic() - began
    print(f"\n== {name}: {' '.join(command)}\n{said}== {name}: {result} in {seconds:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
