"""Writes sample logs of any length, with the truth about them beside them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import BinaryIO

from console.errors import UnavailableError, UsageError
from console.samples.arrivals import arrivals
from console.samples.models import Choice, Churn, Eta, Fraud, SampleModel
from console.samples.scenario import Incident, Scenario
from console.samples.truth import TRUTH_NAME, Truth, write_truth

SHARES = {"fraud": 0.35, "eta": 0.33, "churn": 0.32}
"""Each model's share of the traffic."""
BUFFERED_LINES = 1000
"""Lines of one file that are held before they are written."""
PROGRESS_LINES = 20_000
"""Lines between two calls of `progress`."""


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One log that was written, whole, under its final name."""

    path: Path
    model: str
    lines: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class SampleReceipt:
    """What was written."""

    files: tuple[SampleFile, ...]
    truth_path: Path
    incidents: tuple[Incident, ...]

    @property
    def lines(self) -> int:
        return sum(file.lines for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all logs, without the truth file."""
        return sum(file.size for file in self.files)


def write_sample_logs(
    out: Path,
    *,
    seed: int,
    lines: int,
    start: datetime,
    hours: float = 24.0,
    progress: Callable[[int], None] | None = None,
) -> SampleReceipt:
    """`out` holds `fraud.jsonl`, `churn.jsonl` and `eta.jsonl`, and `truth.json`; older ones are replaced.

    The same arguments give the same bytes. Memory does not depend on `lines`.

    Args:
        out: a folder, which is made if it is missing.
        seed: whichever number; another one gives other requests with the same incidents.
        lines: predictions in all three files together, at least 1.
        start: first moment of the period; without an offset it is UTC.
        hours: length of the period; the incidents keep their place in proportion.
        progress: called now and then, and at the end, with the number of lines made so far.

    Raises:
        UsageError: no such period, or no lines; nothing was written.
        UnavailableError: a file could not be written; no half of a log is left under its final name.
    """
    if lines < 1:
        raise UsageError(f"{lines} lines: at least 1 is needed")
    scenario = Scenario(start, hours)
    parts = {model: out / f".{model}.jsonl.part" for model in SHARES}
    try:
        out.mkdir(parents=True, exist_ok=True)
        try:
            counts = _write_parts(parts, scenario, seed, lines, progress)
            files = []
            for model, part in parts.items():
                path = out / f"{model}.jsonl"
                files.append(SampleFile(path, model, counts[model], part.stat().st_size))
                part.replace(path)
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)
        incidents = scenario.incidents()
        write_truth(
            out / TRUTH_NAME,
            Truth(
                start=scenario.start,
                end=scenario.end,
                calm_start=scenario.moment(scenario.calm.start_ms),
                calm_end=scenario.moment(scenario.calm.end_ms),
                incidents=incidents,
                files={file.path.name: file.lines for file in files},
                seed=seed,
            ),
        )
    except OSError as error:
        raise UnavailableError(f"{error.filename or out}: cannot be written: {error.strerror}") from error
    return SampleReceipt(tuple(files), out / TRUTH_NAME, incidents)


def _write_parts(
    parts: dict[str, Path],
    scenario: Scenario,
    seed: int,
    lines: int,
    progress: Callable[[int], None] | None,
) -> dict[str, int]:
    """Every line is in its file of `parts`; returns how many lines each model has."""
    # A generator of random numbers each, so that a change to one model leaves the others' lines alone.
    traffic = Random(f"traffic {seed}")
    models: dict[str, SampleModel] = {
        "fraud": Fraud(Random(f"fraud {seed}"), scenario),
        "eta": Eta(Random(f"eta {seed}"), scenario),
        "churn": Churn(Random(f"churn {seed}"), scenario),
    }
    counts = dict.fromkeys(parts, 0)
    choose = Choice(SHARES)
    mix = traffic.random
    base_ms = round((scenario.start - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000.0)
    shown_second, prefix = None, ""
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {
            model: stack.enter_context(part.open("wb")) for model, part in parts.items()
        }
        waiting: dict[str, list[str]] = {model: [] for model in parts}
        moments = arrivals(
            Random(f"arrivals {seed}"), start=scenario.start, period_ms=scenario.period_ms, count=lines
        )
        for made, at_ms in enumerate(moments, start=1):
            second, millisecond = divmod(base_ms + at_ms, 1000)
            if second != shown_second:
                shown_second = second
                prefix = datetime.fromtimestamp(second, UTC).isoformat()[:19]
            model = choose(mix())
            counts[model] += 1
            block = waiting[model]
            block.append(models[model].line(at_ms, f"{prefix}.{millisecond:03d}Z"))
            if len(block) == BUFFERED_LINES:
                _write_block(files[model], block)
            if progress is not None and made % PROGRESS_LINES == 0:
                progress(made)
        for model, block in waiting.items():
            _write_block(files[model], block)
    if progress is not None and lines % PROGRESS_LINES:
        progress(lines)
    return counts


def _write_block(file: BinaryIO, block: list[str]) -> None:
    """The lines are in the file, and `block` is empty."""
    if block:
        block.append("")
        file.write("\n".join(block).encode())
        block.clear()
