"""Real processes that are told to end while they work: everything committed, no traceback, the right code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import pytest

from console.engine.collector import Collector
from tests.end_to_end.terminal import Terminal, as_a_person_starts_it
from tests.end_to_end.terminal import icon as by_its_name
from tests.forked import Forked, forked, icon, pipe
from tests.support import ended
from tests.unit.engine.logs import START, line, lines, write

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PATIENCE = 60
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]

# Says when a query is about to be asked.
ASKING = """
import sys
from console.store import Store
frame = Store.frame
def told(self, call):
    print("asking", flush=True)
    return frame(self, call)
Store.frame = told
sys.argv = ["icon", *sys.argv[1:]]
from console.cli import main
main()
"""


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Larger than one block, so that reading it takes several transactions."""
    path = write(tmp_path / "app.jsonl", lines(60))
    block = path.read_bytes()
    with path.open("ab") as file:
        for _ in range(12):
            file.write(block)
    return path


def _in_the_midst(
    arguments: list[str], environment: Mapping[str, str], goes_on: Connection, ignored: tuple[int, ...]
) -> None:
    """Say when a block is committed, and then wait to be told to go on: a signal comes in between."""
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
    step = Collector.step

    def told(collector: Collector, **given: bool) -> int:
        count = step(collector, **given)
        if count:
            print("committed", count, flush=True)
            goes_on.recv()
        return count

    Collector.step = told  # type: ignore[method-assign, assignment]
    icon(arguments, environment)


class Working:
    """A command that waits after each of its commits."""

    def __init__(self, process: Forked, goes_on: Connection) -> None:
        self.process = process
        self._goes_on = goes_on

    def go_on(self) -> None:
        """It reads on until its next commit."""
        self._goes_on.send(True)

    def end(self) -> list[str]:
        """It waits no more, and has ended; the lines that it said until then, but for its commits."""
        for _ in range(100):
            self.go_on()
        return [said for said in self.process.rest() if said and not said.startswith("committed ")]


@contextmanager
def working(
    environment: Mapping[str, str], *args: object, ignored: tuple[int, ...] = ()
) -> Iterator[Working]:
    """The command, stopped after its first commit."""
    waits, goes_on = pipe()
    arguments = [*map(str, args), "--nice", "0"]
    with waits, goes_on, forked(_in_the_midst, arguments, environment, waits, ignored) as process:
        said = process.line()
        assert said.startswith("committed "), said
        yield Working(process, goes_on)


def stored(database: Path) -> tuple[int, int, int]:
    """Rows, distinct offsets, and rows that the ledger says were read."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select count(*), count(distinct source_offset), (select sum(rows)::int from ledger) "
            "from predictions"
        ).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("command", "number"),
    [
        *((("collect", "--once"), number) for number in SIGNALS),
        (("check",), signal.SIGINT),
        (("query", "predictions_recent"), signal.SIGTERM),
    ],
)
def test_a_command_that_reads_to_the_end_of_the_files_keeps_what_it_has_committed(
    tmp_path: Path,
    environment: Mapping[str, str],
    log: Path,
    command: tuple[str, ...],
    number: signal.Signals,
) -> None:
    database = tmp_path / "x.duckdb"
    with working(environment, *command, log, "--db", database, "-q") as at_work:
        at_work.process.send(number)
        assert at_work.end() == []
        assert at_work.process.code == 128 + number
    rows, distinct, read = stored(database)
    assert rows == distinct == read > 0
    command_again = ["collect", "--once", "-q", str(log), "--db", str(database), "--nice", "0"]
    with forked(icon, command_again, environment) as again:
        (told,) = again.rest()
    assert json.loads(told)["rows"] == 13 * 1200
    assert stored(database) == (13 * 1200,) * 3


@pytest.mark.parametrize("number", SIGNALS[:2], ids=lambda number: number.name)
def test_a_query_that_would_never_end_is_ended(
    tmp_path: Path, environment: Mapping[str, str], number: signal.Signals
) -> None:
    """In the midst of a statement, where DuckDB is asked first and says only that it was interrupted."""
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "endless.sql").write_text(
        "-- title: t\n-- answers: a\n-- grain: g\n-- column: x\n"
        "select count(*) as x from range(1000000) as a, range(999999999) as b where a.range + b.range < 0"
    )
    log = write(tmp_path / "app.jsonl", lines(1))
    command = (
        "query",
        "endless",
        log,
        "--queries",
        queries,
        "--db",
        tmp_path / "x.duckdb",
        "-q",
        "--nice",
        0,
    )
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", ASKING, *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
        )
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"asking\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + number
    assert err.strip() == b""


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_following_ends_well_in_the_midst_of_a_backlog(
    tmp_path: Path, environment: Mapping[str, str], log: Path, number: signal.Signals
) -> None:
    database = tmp_path / "x.duckdb"
    with working(environment, "collect", log, "--db", database, "-q") as at_work:
        at_work.process.send(number)
        (told,) = at_work.end()
        assert at_work.process.code == 0
    rows, distinct, read = stored(database)
    assert rows == distinct == read == json.loads(told)["rows"] > 0
    assert [path.name for path in tmp_path.glob("x.duckdb*")] == ["x.duckdb"], "nothing is left in a log"


def test_a_hang_up_that_is_ignored_stays_ignored(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """As `nohup icon collect ... &` wants it."""
    log, database = write(tmp_path / "app.jsonl", lines(1)), tmp_path / "x.duckdb"
    arguments = ("collect", log, "--db", database, "-q")
    with working(environment, *arguments, ignored=(signal.SIGHUP,)) as at_work:
        at_work.process.send(signal.SIGHUP)
        write(log, [line(500, START)])
        at_work.go_on()
        assert at_work.process.line() == "committed 1"
        at_work.process.send(signal.SIGTERM)
        at_work.end()
        assert at_work.process.code == 0
    assert stored(database) == (21, 21, 21)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_the_console_leaves_the_terminal_as_it_was(
    tmp_path: Path, environment: Mapping[str, str], number: signal.Signals
) -> None:
    log, database = write(tmp_path / "app.jsonl", lines(10)), tmp_path / "x.duckdb"
    command = as_a_person_starts_it if number == signal.SIGTERM else by_its_name
    with Terminal(command(log, "--db", database), environment=environment) as terminal:
        terminal.wait_for("200 rows", "live")
        terminal.signal(number)
        assert terminal.exit_code() == 128 + number
        terminal.wait_until(lambda _: b"\x1b[?1049l" in terminal.received, "the main screen")
        assert b"Traceback" not in terminal.received
        assert b"\x1b[?25h" in terminal.received, "the cursor is shown again"
    assert stored(database) == (200, 200, 200)


def test_stopped_from_elsewhere_it_goes_on_and_leaves_the_terminal_as_it_was(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    log = write(tmp_path / "app.jsonl", lines(10))
    # The one that is there from its start shows how the terminal was before.
    with Terminal(["sleep", str(PATIENCE)], environment=environment) as untouched:
        before = untouched.modes()
        untouched.signal(signal.SIGKILL)
    with Terminal(by_its_name(log, "--db", ":memory:"), environment=environment) as terminal:
        terminal.wait_for("200 rows", "live")
        assert terminal.modes() != before
        entered = terminal.received.count(b"\x1b[?1049h")
        terminal.signal(signal.SIGSTOP)
        terminal.signal(signal.SIGCONT)
        terminal.wait_until(lambda _: terminal.received.count(b"\x1b[?1049h") > entered, "the second screen")
        write(log, lines(10))
        terminal.wait_for("400 rows")
        terminal.press("q")
        assert terminal.exit_code() == 0
        assert terminal.modes() == before
        terminal.wait_until(
            lambda _: terminal.received.count(b"\x1b[?1049l") == entered + 1, "the main screen again"
        )


class _Interrupts(MetaPathFinder):
    """Sends ctrl-c to this process while a module is imported."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, *_: object) -> None:
        if name == self._name:
            os.kill(os.getpid(), signal.SIGINT)


def _start(name: str, *arguments: str) -> None:
    """Run the command line as `python -m console` does, interrupted while it imports the module."""
    from console.__main__ import main

    for known in [each for each in sys.modules if each == name or each.startswith("console.cli")]:
        del sys.modules[known]
    sys.meta_path.insert(0, _Interrupts(name))
    sys.argv = ["icon", *arguments]
    main()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("console.cli.main", ("--help",)),
        ("console.cli.check", ("check", "no.jsonl")),
        ("console.cli.open", ("no.jsonl",)),
        ("console.engine.headless", ("check", "no.jsonl", "--db", ":memory:")),
    ],
)
def test_ctrl_c_while_the_command_starts_ends_it_without_a_word(
    name: str, arguments: tuple[str, ...]
) -> None:
    with forked(_start, name, *arguments) as process:
        assert "".join(process.rest()).strip() == ""
        assert process.code == 130
