"""`icon`: the group of commands, and the one place where failures become messages and exit codes."""

from __future__ import annotations

import errno
import io
import os
import resource
import signal
import sys
from types import FrameType
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from console import __version__
from console.cli.alerts import alerts
from console.cli.baseline import baseline
from console.cli.check import check
from console.cli.collect import collect
from console.cli.completing import VARIABLE, completion
from console.cli.config import config
from console.cli.demo import demo, sample_logs
from console.cli.doctor import doctor
from console.cli.evaluate import evaluate
from console.cli.examples import add_examples
from console.cli.export import export
from console.cli.handover import handover
from console.cli.labels import labels
from console.cli.man import man
from console.cli.open import open_
from console.cli.output import tell
from console.cli.query import query
from console.cli.rejects import rejects
from console.cli.scan import scan
from console.cli.sql import sql
from console.cli.tune import tune
from console.errors import ConsoleError, Interrupted

MAX_OPEN_FILES = 65_536
_HELP = """Find out what is wrong with a model in production, from its prediction logs.

\b
  icon /var/log/predictions/*.jsonl     open the console on growing logs
  kubectl logs -f deploy/fraud | icon - the same on standard input
  icon demo                             see it at work on sample logs, in a minute
  icon check LOGS...                    judge without a screen: exit 0 quiet, 1 alerts
  icon scan LOGS...                     every episode of their history, as JSON lines
  icon alerts --open                    those on record; ack, snooze, note
  icon query error_spikes LOGS...       run a canned query
  icon evaluate LOGS...                 how good predictions are, with intervals
  icon doctor LOGS...                   which key is read as which field, and whether all adds up
  icon rejects LOGS...                  lines that could not be used, and why; --retry
  icon export predictions_with_errors LOGS... --param model=fraud --out errors.parquet
  icon handover LOGS... --since 12h     what the next one must know; --bundle FILE for another machine

A SOURCE is a file, a quoted glob or a directory of .jsonl, .ndjson or .log files with one JSON
object a line, also packed (gzip, zstd, bzip2, xz); a Parquet file; or - for standard input. A
source that is called like a command is written with its path: ./check.

Exit codes: 0 fine, 1 alerts or an error, 2 usage or configuration, 3 something is not available
(try again), 130 interrupted.
"""


class _Group(click.Group):
    """A group in which whatever is not a command is a source to open."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = next((a for a in args if not a.startswith("-")), None)
        # A shell that completes the first word may be on its way to a command.
        completes = ctx.resilient_parsing and not args
        if not ({"-h", "--help", "--version"} & set(args[:1]) or first in self.commands or completes):
            args = ["open", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Commands, and the files that a source may be."""
        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="file")]


@click.group(
    cls=_Group,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="SOURCE... | COMMAND ...",
)
@click.version_option(__version__, message="incident-console %(version)s")
def icon() -> None:
    """See `_HELP`."""


_COMMANDS = (
    *(open_, demo, collect, check, scan, alerts, tune, baseline),
    *(query, sql, evaluate, export, handover, labels, rejects, doctor, sample_logs, config, completion, man),
)
for _command in _COMMANDS:
    icon.add_command(_command)
add_examples(icon)


class _Signalled:
    """The signal that ended the command. DuckDB, in whose midst it may come, says only that there was one."""

    number: int | None = None


def _end_like_interrupt(number: int, _: FrameType | None) -> NoReturn:
    _Signalled.number = number
    raise SystemExit(128 + number)


def _raise_file_limit() -> None:
    """Each followed file is held open: as many may be open as the system lets this process ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    _raise_file_limit()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _end_like_interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A log's text, or a file's name, may hold what the terminal's encoding has no sign for.
            stream.reconfigure(errors="backslashreplace")
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the reader has gone away; there is nobody left to tell
            code = code or 1
    # Everything is committed and closed by now. Leaving without the interpreter's tear-down saves time,
    # and spares the person DuckDB's report of the objects that this tear-down leaks (2.0.0).
    os._exit(code)


def _run() -> int:
    try:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # which `__main__` has replaced
        result = icon.main(prog_name="icon", complete_var=VARIABLE, standalone_mode=False)
    except Interrupted:
        return 130 if _Signalled.number is None else 128 + _Signalled.number
    except ConsoleError as error:
        tell(str(error))
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        tell(f"{error.filename}: no file can have so long a name")
        return 2
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    return result if isinstance(result, int) else 0
