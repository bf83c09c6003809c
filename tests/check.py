"""Runs everything that must hold before a change lands: `python -m tests.check`.

Format, lint, types, import contracts, tests. It goes on after a failure, so that one run tells all.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[1]
STEPS: dict[str, tuple[str, ...]] = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "import contracts": ("lint-imports",),
    "tests": ("pytest", "-q", "-n", "4", "--dist", "worksteal"),
}


def main() -> int:
    """Run each step; 0 if all held, else 1."""
    failed = []
    for name, (tool, *arguments) in STEPS.items():
        print(f"== {name}: {tool} {' '.join(arguments)}", flush=True)
        began = monotonic()
        code = subprocess.run(
            [Path(sys.executable).parent / tool, *arguments], cwd=ROOT, check=False
        ).returncode
        print(f"== {name}: {'held' if code == 0 else 'failed'} in {monotonic() - began:.0f} s", flush=True)
        if code != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
