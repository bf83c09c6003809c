"""Plays a folder of sample logs as if it were being written now, faster than it was."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import BinaryIO, Protocol

from console.errors import UnavailableError, UsageError
from console.samples.lines import MICROSECOND, logged_at, relogged
from console.samples.scenario import Incident
from console.samples.truth import Truth, read_truth

LEAD_SECONDS = 8.0
"""Real seconds from the start of the replay to the first error spike."""
BACKLOG_SHARE = 0.4
"""Share of the period that is backlog in a folder without a truth file."""
LONGEST_WAIT_SECONDS = 1.0
"""The clock is looked at this often, since it may be set, or stand still while the machine sleeps."""
BURST_LINES = 5_000
"""Lines that are written at most before the files are flushed, when many are due at once."""


class Stop(Protocol):
    """What ends a replay; a `threading.Event` is one."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


class Replay:
    """A folder of logs in another time: what was logged at t is logged at now + (t - origin) / speed.

    Lines keep everything but their `ts`; in particular latencies are not scaled. Lines without a
    usable time come right after the line before them, as they are. When the period is over it begins
    again with its calm start, without end, and with `request_id`s that end in `-2`, `-3` and so on.
    Memory does not depend on the logs' size.
    """

    def __init__(
        self, folder: Path, *, now: datetime, origin: datetime | None = None, speed: float = 40.0
    ) -> None:
        """Find out what there is to play; nothing is written yet.

        Args:
            folder: holds `*.jsonl`, each in the order of time, and perhaps a `truth.json`.
            now: the moment at which the replay begins (without an offset: UTC).
            origin: the moment in the logs that is shown at `now`; what was logged before it is the
                backlog. By default `LEAD_SECONDS` of real time before the first error spike that the
                truth file tells of; without one, `BACKLOG_SHARE` of the way through the logs.
            speed: seconds of the logs that pass in one real second.

        Raises:
            UsageError: the speed is not a positive number.
            UnavailableError: the folder holds no line with a time, or cannot be read.
        """
        if not 0.0 < speed < float("inf"):
            raise UsageError(f"speed {speed}: must be a number above 0")
        self.speed = speed
        self.now = _utc(now)
        self._paths = _logs(folder)
        if not self._paths:
            raise UnavailableError(f"{folder}: holds no *.jsonl to replay; icon sample-logs makes some")
        truth = read_truth(folder)
        self._start, self._end = (truth.start, truth.end) if truth else self._extent(folder)
        self._calm_start = truth.calm_start if truth else self._start
        self.origin = _utc(origin) if origin is not None else self._default_origin(truth)
        """The moment in the logs that is shown at `now`."""
        # A loop that takes no time would write for ever without waiting.
        self._loop = max(self._end - self._calm_start, timedelta(seconds=speed))
        self.incidents: tuple[Incident, ...] = tuple(
            one.moved(self.shown_at(one.start), self.shown_at(one.end))
            for one in (truth.incidents if truth else ())
        )
        """The incidents of the first pass, at the times at which they are shown."""

    def shown_at(self, logged: datetime) -> datetime:
        """When that which was logged at a moment is shown, in the first pass."""
        try:
            return self.now + (logged - self.origin) / self.speed
        except OverflowError as error:
            raise UsageError(f"speed {self.speed}: too slow to reach {logged.isoformat()}") from error

    def write_backlog(self, out: Path) -> int:
        """`out` holds every log of the folder up to the origin, under its own name; older files are replaced.

        Returns:
            The number of lines written.

        Raises:
            UnavailableError: a log could not be read, or a file not be written.
        """
        written = 0
        try:
            out.mkdir(parents=True, exist_ok=True)
            with ExitStack() as stack:
                files = [stack.enter_context((out / path.name).open("wb")) for path in self._paths]
                for at, index, line in self._merged():
                    if at >= self.origin:
                        break
                    files[index].write(self._shown(line))
                    written += 1
        except OSError as error:
            raise _unavailable(error, out) from error
        return written

    def run(self, stop: Stop, clock: Callable[[], datetime], out: Path) -> int:
        """Lines were appended to the logs in `out`, each when its time had come, until `stop` was set.

        Only whole lines are ever appended. After a pause of the machine the lines of the pause follow
        at once.

        Args:
            stop: ends the replay; it is waited on between lines.
            clock: the present time, aware; `now` was taken from it.
            out: where `write_backlog` has written.

        Returns:
            The number of lines appended.

        Raises:
            UnavailableError: a log could not be read, or a file not be written. What was appended
                stays.
        """
        written = 0
        try:
            out.mkdir(parents=True, exist_ok=True)
            with ExitStack() as stack:
                files = [stack.enter_context((out / path.name).open("ab")) for path in self._paths]
                present = clock()
                for count, (due, index, line) in enumerate(self._endless(), start=1):
                    if due > present or count % BURST_LINES == 0:
                        _flush(files)
                        present = clock()
                        while due > present and not stop.is_set():
                            stop.wait(min((due - present) / timedelta(seconds=1), LONGEST_WAIT_SECONDS))
                            present = clock()
                    if stop.is_set():
                        break
                    files[index].write(line)
                    written += 1
        except OSError as error:
            raise _unavailable(error, out) from error
        return written

    def _endless(self) -> Iterator[tuple[datetime, int, bytes]]:
        """When each line from the origin on is due, its file's index, and the line as it is shown."""
        for at, index, line in self._merged():
            if at >= self.origin:
                yield self.shown_at(at), index, self._shown(line)
        passed, turn = self._loop, 2
        while True:
            delay, empty = passed / self.speed, True
            for at, index, line in self._merged():
                if at >= self._calm_start:
                    empty = False
                    yield self.shown_at(at) + delay, index, self._shown(line, delay, f"-{turn}")
            if empty:
                return
            passed, turn = passed + self._loop, turn + 1

    def _shown(self, line: bytes, delay: timedelta = timedelta(0), suffix: str = "") -> bytes:
        """The line as it is written, by its own time: its place in the order may be a little later."""
        at = logged_at(line)
        moment = self.now if at is None else self.shown_at(at) + delay
        return relogged(line, moment, suffix=suffix) + b"\n"

    def _merged(self) -> Iterator[tuple[datetime, int, bytes]]:
        """Every line of all logs in the order of time: its place in it, its log's index, its bytes."""
        return heapq.merge(
            *(self._ordered(index, path) for index, path in enumerate(self._paths)),
            key=lambda one: one[0],
        )

    def _ordered(self, index: int, path: Path) -> Iterator[tuple[datetime, int, bytes]]:
        # Lines before the first time of a log have no place of their own: they head the backlog.
        latest = datetime.min.replace(tzinfo=UTC)
        with path.open("rb") as file:
            for line in file:
                body = line.rstrip(b"\n")
                at = logged_at(body)
                if at is not None and at > latest:
                    latest = at
                yield latest, index, body

    def _extent(self, folder: Path) -> tuple[datetime, datetime]:
        """The first time in the logs, and the first moment after the last."""
        first = last = None
        try:
            for path in self._paths:
                with path.open("rb") as file:
                    for at in filter(None, map(logged_at, file)):
                        first = at if first is None or at < first else first
                        last = at if last is None or at > last else last
        except OSError as error:
            raise _unavailable(error, folder) from error
        if first is None or last is None:
            raise UnavailableError(f"{folder}: no line of its *.jsonl has a ts that can be understood")
        return first, last + MICROSECOND

    def _default_origin(self, truth: Truth | None) -> datetime:
        spikes = [one.start for one in truth.incidents if one.kind == "error_spikes"] if truth else []
        if spikes:
            return max(min(spikes) - timedelta(seconds=LEAD_SECONDS * self.speed), self._start)
        return self._start + (self._end - self._start) * BACKLOG_SHARE


def locate_sample_logs() -> Path:
    """The installed package's sample logs, else those of the checkout that this is run from.

    Raises:
        UnavailableError: there are neither.
    """
    packaged = resources.files("console") / "_sample_logs"
    checkout = Path(__file__).parents[2] / "sample_logs"
    for folder in (packaged, checkout):
        if isinstance(folder, Path) and _logs(folder):
            return folder
    raise UnavailableError(
        f"{checkout}: the sample logs are not there; make some with: icon sample-logs --out {checkout.name}"
    )


def _logs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.jsonl") if path.is_file())


def _flush(files: Sequence[BinaryIO]) -> None:
    for file in files:
        file.flush()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _unavailable(error: OSError, folder: Path) -> UnavailableError:
    return UnavailableError(f"{error.filename or folder}: {error.strerror}")
