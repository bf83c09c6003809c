"""`icon demo` and `icon sample-logs`: incidents that are known, to see the console at work on."""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from console.cli.open import need_terminal
from console.cli.options import utc_now
from console.errors import UsageError

_START = "2026-11-02T00:00:00Z"


@click.command(short_help="See the console at work on sample logs that grow while you watch.")
@click.option(
    "--speed",
    type=click.FloatRange(1, 1000),
    default=40.0,
    show_default=True,
    help="How many times faster than they were the logs' events happen.",
)
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
def demo(speed: float, no_mouse: bool) -> int:
    """Replay a day of sample logs, ending now, and open the console on them.

    Three models serve traffic; seconds after the start one version fails in one region, and more goes
    wrong later. Logs, cache and labels lie in a temporary directory, which is removed at the end.
    """
    need_terminal()
    from console.config import load_configuration

    preferences = load_configuration(None, os.environ).preferences
    from console.engine import Engine, Settings
    from console.engine.manners import be_modest, give_way
    from console.engine.own_folder import OwnFolder
    from console.samples import Replay, locate_sample_logs
    from console.tui import run_console

    with OwnFolder("demo") as folder:
        logs = folder / "logs"
        logs.mkdir()
        replay = Replay(locate_sample_logs(), now=utc_now(), speed=speed)
        replay.write_backlog(logs)
        stop = threading.Event()
        writer = threading.Thread(target=replay.run, args=(stop, utc_now, logs), name="replay", daemon=True)
        writer.start()
        settings = Settings(
            (str(logs),),
            database=str(folder / "cache.duckdb"),
            casebook=folder / "casebook.sqlite",
        )
        be_modest(settings.limits, draws=True)
        try:
            title = f"demo: a day of sample logs at {speed:g}× speed"
            return run_console(
                Engine(settings, clock=utc_now),
                title=title,
                mouse=not no_mouse,
                utc=utc_now,
                preferences=preferences,
                give_way=partial(give_way, settings.limits),
            )
        finally:
            stop.set()
            writer.join(timeout=5)


@click.command("sample-logs", short_help="Make sample logs with known incidents, of any size.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--seed", type=int, default=20, show_default=True, help="Same seed, same bytes.")
@click.option("--lines", type=click.IntRange(1), default=9000, show_default=True)
@click.option("--start", default=_START, show_default=True, metavar="ISO", help="Time of the first line.")
@click.option("--hours", type=click.FloatRange(0.1), default=24.0, show_default=True)
def sample_logs(out: Path, seed: int, lines: int, start: str, hours: float) -> int:
    """Write one log a model into DIR, and truth.json beside them: what goes wrong, where and when."""
    from console.samples import write_sample_logs

    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise UsageError(f"--start: {start!r} is not a time in ISO 8601, such as {_START}") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    with click.progressbar(length=lines, label="writing", file=sys.stderr) as bar:
        receipt = write_sample_logs(
            out,
            seed=seed,
            lines=lines,
            start=moment,
            hours=hours,
            progress=lambda done: bar.update(done - bar.pos),
        )
    for file in receipt.files:
        click.echo(f"{file.path}\t{file.lines} lines\t{file.size} bytes")
    click.echo(receipt.truth_path)
    return 0
