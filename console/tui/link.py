"""What goes over the link to the terminal: only cells that differ, and no more than it takes.

Textual writes the whole of each line of a widget that was refreshed, every piece with all of its colours.
Here it is known what the terminal shows, so a clock that moves on costs one digit. And while a link is
stalled nothing is drawn: what waits to be written does not grow, the event loop never waits for it, and
once the link is back it gets the newest picture and none of the old ones.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from select import POLLIN, poll

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.strip import Strip

from console.tui.shades import in_256

Cell = tuple[str, str]
"""A character and its colours; after a wide character an empty one follows."""
Piece = tuple[int, int, Strip]
"""Line, first cell, and what is there."""

_UNKNOWN: Cell = ("", "?")
LOOK_SECONDS = 0.1
"""After which the thread that reads keys looks whether it is to end."""
_READ_AT_ONCE = 4096
_FRAMES_AHEAD = 6
"""Writes that may wait for the terminal; a frame is three where it is synchronised."""
_LEAST_GAP = 6
"""Cells that are as they were between two that are not, from which on it is shorter to jump over them."""
_SURE = re.compile(r"[\x20-\x7e\xa0-\u02ff\u2010-\u2bff]*")
"""Of these all terminals say that each has one cell, unless `cell_len` knows better."""
_COLOUR = re.compile(r"(?<![^;])([34]8;(?:2;\d+;\d+;\d+|5;\d+)|(?:[34]|9|10)\d)(?![^;])")


class Painted:
    """What the terminal shows, as far as it is known."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell]] = {}
        self._unsure: set[int] = set()
        """Lines with characters of whose width terminals have different opinions."""

    def forget(self) -> None:
        """Nothing is known of the terminal: whatever is drawn next is written whole."""
        self._lines.clear()
        self._unsure.clear()

    def difference(self, update: CompositorUpdate, colours: ColorSystem) -> str:
        """What to write so that the terminal shows this update too. It is taken for written."""
        written: list[str] = []
        style = "?"
        for y, x, strip in pieces_of(update):
            cells, sure = cells_of(strip, colours)
            line = self._lines.setdefault(y, [])
            end = x + len(cells)
            line.extend([_UNKNOWN] * (end - len(line)))
            before = line[x:end]
            if before == cells:
                continue
            whole = not sure or y in self._unsure
            for first, last in [(0, len(cells))] if whole else runs_of(before, cells):
                written.append(f"\x1b[{y + 1};{x + first + 1}H")
                for character, wanted in cells[first:last]:
                    if wanted != style:
                        written.append(change_of(style, wanted))
                        style = wanted
                    written.append(character)
            line[x:end] = cells
            if not sure:
                self._unsure.add(y)
            elif len(cells) == len(line):
                self._unsure.discard(y)
        if written:
            written.append("\x1b[0m")
        return "".join(written)


class Difference(CompositorUpdate):
    """An update of which only what differs is written."""

    def __init__(self, update: CompositorUpdate, painted: Painted) -> None:
        self._update = update
        self._painted = painted

    def render_segments(self, console: Console) -> str:
        return self._painted.difference(self._update, console._color_system or ColorSystem.TRUECOLOR)


def pieces_of(update: CompositorUpdate) -> Iterator[Piece]:
    """The pieces of lines that an update of Textual's would write."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, first, last in update.spans:
            for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if chop is not None and x <= last and end > first:
                    yield y, x, chop if end <= last else chop.crop(0, last - x)


def cells_of(strip: Strip, colours: ColorSystem) -> tuple[list[Cell], bool]:
    """A strip cell by cell, and whether every terminal counts its cells like that."""
    cells: list[Cell] = []
    sure = True
    for text, style, _ in strip:
        look = ""
        if style is not None:
            if colours is ColorSystem.EIGHT_BIT:
                style = in_256(style)
            look = Strip.render_ansi(style, colours) if style._ansi is None else style._ansi
        if _SURE.fullmatch(text) and (text.isascii() or cell_len(text) == len(text)):
            cells += [(character, look) for character in text]
            continue
        sure = False
        for character in text:
            width = cell_len(character)
            if width:
                cells += [(character, look), ("", look)][:width]
            elif cells:
                cells[-1] = (cells[-1][0] + character, cells[-1][1])
    return cells, sure


def runs_of(before: list[Cell], after: list[Cell]) -> Iterator[tuple[int, int]]:
    """Where two lines of the same length differ: first cell of each run, and the one after its last."""
    first = last = -1
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        if first >= 0 and place - last >= _LEAST_GAP:
            yield first, last
            first = -1
        if first < 0:
            first = place
        last = place + 1
    if first >= 0:
        yield first, last


@lru_cache(maxsize=4096)
def change_of(before: str, after: str) -> str:
    """The shortest sequence that leads from one set of colours to another; `?` is an unknown one."""
    anew = f"\x1b[0;{after}m" if after else "\x1b[0m"
    if before == "?":
        return anew
    (ink, paper, signs), (new_ink, new_paper, new_signs) = _parts_of(before), _parts_of(after)
    if not signs <= new_signs:
        return anew
    codes = sorted(new_signs - signs)
    codes += [new_ink or "39"] * (ink != new_ink) + [new_paper or "49"] * (paper != new_paper)
    return min(f"\x1b[{';'.join(codes)}m", anew, key=len)


def _parts_of(look: str) -> tuple[str, str, frozenset[str]]:
    """Foreground, background, and what else there is: bold, reverse."""
    colours = _COLOUR.findall(look)
    ink = next((one for one in colours if one[0] in "39"), "")
    paper = next((one for one in colours if one[0] in "41"), "")
    return ink, paper, frozenset(_COLOUR.sub("", look).split(";")) - {""}


class LinkDriver(LinuxDriver):
    """Textual's driver, which also tells what goes through it."""

    written = 0
    """Bytes that were handed to the terminal, or wait for it."""
    _has_terminal = False
    """Whether the terminal is set up for the console, and not as it was before."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Textual draws on standard error, so `icon app.jsonl 2> errors` would show nothing.
        if sys.__stdout__ is not None:
            self._file = sys.__stdout__
        # In a locale without UTF-8 a sign that there is none of is a question mark, not the end.
        if isinstance(self._file, io.TextIOWrapper):
            self._file.reconfigure(errors="replace")

    @property
    def is_stalled(self) -> bool:
        """Whether the terminal has yet to take the frame before the last one."""
        thread = self._writer_thread
        return thread is not None and thread._queue.qsize() > _FRAMES_AHEAD

    def run_input_thread(self) -> None:
        # Textual looks ten times a second whether an Esc stays alone, however short it is to wait for that.
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        waiting = poll()
        waiting.register(self.fileno, POLLIN)
        while not self.exit_event.is_set():
            seconds = LOOK_SECONDS if parser._timeout_time is None else ESCAPE_DELAY
            came = b""
            if waiting.poll(seconds * 1000):
                with suppress(OSError):  # of a terminal that is gone; `Lifeline` sees to that
                    came = os.read(self.fileno, _READ_AT_ONCE)
                if not came:
                    return
            for event in parser.feed(decode(came)) if came else parser.tick():
                self.process_message(event)

    def start_application_mode(self) -> None:
        before = self._key_thread
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._has_terminal = self._key_thread is not before  # in the background it gives up at once

    def _sigtstp_application(self, *_: object) -> None:
        if self._has_terminal:
            super()._sigtstp_application()
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        # What ends the console may have come with it, as `kill %1` sends both.
        asyncio.get_running_loop().call_soon_threadsafe(self._come_back)

    def _come_back(self) -> None:
        # Textual sets the terminal up anew whatever was before: also for a console that is about to end. And
        # what it finds it comes back to: its own modes, where there was no time to put them back.
        if self._app._exit:
            return
        if self._has_terminal:  # it was SIGSTOP
            self._must_signal_resume = True
            self.suspend_application_mode()
        if self._must_signal_resume:
            self.resume_application_mode()

    def stop_application_mode(self) -> None:
        if not self._has_terminal:
            return
        # GNU screen has no second screen unless it is told to: what was drawn would stay around the prompt.
        self.write("\x1b[0m\x1b[H\x1b[2J")
        super().stop_application_mode()
        self._has_terminal = False

    def disable_input(self) -> None:
        # Who asks that of a terminal that another job has is stopped.
        if self._has_terminal:
            super().disable_input()

    def write(self, data: str) -> None:
        self.written += len(data.encode("utf-8", "replace"))
        super().write(data)
