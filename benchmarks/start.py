"""How long it takes until the command answers, and until the console is painted for the first time."""

from __future__ import annotations

import os
import pty
import signal
import statistics
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from time import perf_counter

RUNS = 7


def seconds_of(*command: str) -> float:
    """Median wall-clock seconds of a whole process."""
    taken = []
    for _ in range(RUNS):
        began = perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(perf_counter() - began)
    return statistics.median(taken)


def seconds_to_paint(*command: str, env: dict[str, str]) -> float:
    """Median seconds until the program has drawn its key bar in a terminal of 80 columns and 24 lines."""
    taken = []
    for _ in range(RUNS):
        began = perf_counter()
        child, terminal = pty.fork()
        if child == 0:
            termios.tcsetwinsize(0, (24, 80))
            os.execvpe(command[0], command, env)
        seen = b""
        while b"help" not in seen:
            seen += os.read(terminal, 65536)
        taken.append(perf_counter() - began)
        os.kill(child, signal.SIGTERM)
        try:
            while os.read(terminal, 65536):
                pass
        except OSError:  # Linux says so when the program has ended
            os.waitpid(child, 0)
        os.close(terminal)
    return statistics.median(taken)


def main() -> None:
    """Print the figures of one run."""
    bare = seconds_of(sys.executable, "-c", "pass")
    helped = seconds_of(sys.executable, "-m", "console", "--help")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "empty.jsonl"
        log.touch()
        env = {**os.environ, "XDG_STATE_HOME": folder, "XDG_DATA_HOME": folder, "TERM": "xterm-256color"}
        painted = seconds_to_paint(sys.executable, "-m", "console", str(log), env=env)
    print(f"interpreter  {bare:6.3f} s")
    print(f"icon --help  {helped:6.3f} s  budget 0.2 s, ratio {helped / 0.2:.2f}")
    print(f"first paint  {painted:6.3f} s  budget 0.6 s, ratio {painted / 0.6:.2f}")


if __name__ == "__main__":
    main()
