"""`icon collect`: from logs to a DuckDB file, without a screen."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from types import FrameType

import click

from console.cli.completing import file_names
from console.cli.options import limit_options, read_all, settings_from, utc_now
from console.cli.output import print_records, tell
from console.errors import MemoryFullError


@click.command(short_help="Carry logs into a DuckDB file, until it is stopped.")
@click.argument("sources", nargs=-1, metavar="SOURCE...", shell_complete=file_names)
@click.option(
    "--db", "database", required=True, metavar="FILE", help="DuckDB file to write; any client can open it."
)
@limit_options
@click.option("--once", is_flag=True, help="End at the end of the files instead of following them.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def collect(
    sources: tuple[str, ...], database: str, once: bool, quiet: bool, limits: Mapping[str, object]
) -> int:
    """Carry the sources' lines into FILE: `predictions`, and `rejects` for lines that cannot be used.

    Goes on where it left off when it is started again. A source that is not there yet is waited for,
    unless --once is given. Where standard input is all there is to read, its end is the end; beside
    other sources it is followed on. SIGTERM, SIGINT and SIGHUP end it, with everything committed: exit 0,
    since what is followed has no other end; with --once 128 and the signal's number, since the files were
    not read to theirs. The totals are printed as one JSON object a source.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    settings = settings_from(
        sources, database=database, casebook=None, author=None, queries=(), limits=limits
    )
    if not once:
        # Before what is imported next: that takes half a second, in which it may be ended, too.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, end)
    from console.engine.headless import Headless
    from console.engine.manners import be_modest

    be_modest(settings.limits)
    with Headless(settings, clock=utc_now, private_if_locked=False, waits=not once) as parts:
        if once:
            read_all(parts, quiet=quiet)
        else:
            if not quiet:
                tell(f"collecting into {database}; Ctrl-C ends")
            parts.collector.follow(stop, tell=tell, may_end=True)
        try:
            parts.store.checkpoint()
        except (
            MemoryFullError
        ) as error:  # values of many MB each: to fold the log takes more than to write it
            tell(f"{error}. All is stored, in {database}.wal for now")
        print_records(
            (
                {
                    "source": status.path,
                    "lines": status.lines,
                    "rows": status.rows,
                    "truths": status.truths,
                    "rejects": status.rejects,
                    "blanks": status.blanks,
                    "next_offset": status.next_offset,
                    "problem": status.problem,
                }
                for status in parts.collector.statuses
            ),
            as_lines=True,
        )
    return 0
