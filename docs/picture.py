"""Makes `docs/overview.svg`: the console itself, on the replayed sample logs, a minute into the error spike.

python docs/picture.py
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.engine import Engine, Settings
from console.model import AlertState, Snapshot
from console.samples import Replay, locate_sample_logs
from console.tui.app import IncidentConsole

SIZE = (132, 40)
TEXT = re.compile(
    r'(<text [^>]*?x=")([\d.]+)(" y="[\d.]+" textLength=")([\d.]+)("[^>]*>)'
    r"((?:&#160;)*)([^<]*)(?=</text>)"
)
CELL_WIDTH = 12.2
"""Of the pictures that Textual draws, in their own units."""
INTO_THE_SPIKE = timedelta(minutes=60)
"""How far into the incident the picture is taken, in the logs' own time."""


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


async def take() -> str:
    """The picture, once the alert is on the screen."""
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        logs.mkdir()
        usual = Replay(locate_sample_logs(), now=utc_now())
        origin = usual.origin + INTO_THE_SPIKE
        Replay(locate_sample_logs(), now=utc_now(), origin=origin).write_backlog(logs)
        settings = Settings((str(logs),), database=":memory:", casebook=Path(folder) / "casebook.sqlite")
        engine = Engine(settings, clock=utc_now)
        shown = asyncio.Event()
        loop = asyncio.get_running_loop()

        class Watched:
            """The engine, with an eye on what it tells the screens."""

            def __getattr__(self, name: str) -> object:
                return getattr(engine, name)

            def start(self, on_snapshot):  # type: ignore[no-untyped-def]
                def tell(snapshot: Snapshot) -> None:
                    on_snapshot(snapshot)
                    if any(alert.state is AlertState.OPEN for alert in snapshot.alerts):
                        loop.call_soon_threadsafe(shown.set)

                engine.start(tell)

        app = IncidentConsole(Watched(), title="predictions", mouse=False, utc=utc_now)  # type: ignore[arg-type]
        async with app.run_test(size=SIZE) as pilot:
            await asyncio.wait_for(shown.wait(), timeout=60)
            await pilot.pause(1.5)
            picture = app.export_screenshot(title="icon")
        await asyncio.to_thread(engine.close)
    return picture


def portable(picture: str) -> str:
    """The same picture for every renderer: no font to fetch, and no text that begins with spaces, which
    some of them drop; such a text begins further to the right instead.
    """
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    picture = TEXT.sub(_shifted, picture)
    return "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"


def _shifted(text: re.Match[str]) -> str:
    head, x, middle, length, tail, spaces, words = text.groups()
    before = len(spaces) / len("&#160;")
    bare = re.sub(r"(?:&#160;)+$", "", words)
    after = (len(words) - len(bare)) / len("&#160;")
    cell = CELL_WIDTH
    return (
        f"{head}{float(x) + before * cell:g}{middle}{float(length) - (before + after) * cell:g}{tail}{bare}"
    )


if __name__ == "__main__":
    drawn = portable(asyncio.run(take()))
    Path(__file__).with_name("overview.svg").write_text(drawn, encoding="utf-8")
