"""Copying out over SSH: to the clipboard of the terminal, and to a file beside it.

A terminal never says whether it took an OSC 52 sequence, and many do not. So there is always a file as well.
"""

from __future__ import annotations

import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from textual.app import App

from console.tui import say

MOST_CLIPBOARD_BYTES = 74_994
"""Of a text that is sent to the clipboard: as base64, what fits into the sequence that terminals take."""
FILES_KEPT = 50
_NAME_CHARACTERS = 80
_SCREEN_PIECE = 240
"""Screen forgets what is longer in one string that it hands through."""
_SCREEN_SWALLOWS = 700
"""Characters of a sequence that screen does not know; what is longer it prints, over what is on screen."""


def copy(app: App[object], text: str, name: str) -> str:
    """The text is in a file, and was sent to the terminal's clipboard unless it is too long for that.

    Args:
        app: Whose terminal it is; called on its thread, so the sequence stands between two frames.
        text: What to copy. A lone surrogate, which has no bytes, becomes its escape.
        name: What the file is called, with its ending; whatever is unsafe in it is replaced.

    Returns:
        What to tell the person: what was copied, and where.
    """
    data = text.encode("utf-8", "backslashreplace")
    much = say.size(len(data))
    try:
        kept = f"also in {_with_tilde(keep(data, name))}"
    except OSError as error:
        kept = f"no file beside it: {error.strerror}"
    if len(data) > MOST_CLIPBOARD_BYTES:
        return f"{much} is too long for a terminal's clipboard; {kept.removeprefix('also ')}"
    if is_taken_plain(data, os.environ):
        app.copy_to_clipboard(data.decode())
    # Textual has no other way to write what is no part of a frame.
    if (driver := app._driver) is not None and (more := wrapped(data, os.environ)):
        driver.write(more)
    return f"{much} sent to the clipboard; {kept}"


def is_taken_plain(data: bytes, environment: Mapping[str, str]) -> bool:
    """Whether the clipboard's sequence may be written as it is; under screen a long one may not."""
    return not _may_be_screen(environment) or len(_sequence(data)) <= _SCREEN_SWALLOWS


def wrapped(data: bytes, environment: Mapping[str, str]) -> str:
    """The clipboard's sequence once more as tmux or screen hands it through; empty where there is neither.

    Either may also take the sequence as it is, by its settings, so this comes beside it and not instead.
    """
    sequence = _sequence(data)
    if _is_tmux(environment):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if _may_be_screen(environment):
        pieces = (sequence[at : at + _SCREEN_PIECE] for at in range(0, len(sequence), _SCREEN_PIECE))
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return ""


def _sequence(data: bytes) -> str:
    return f"\x1b]52;c;{b64encode(data).decode()}\a"


def _is_tmux(environment: Mapping[str, str]) -> bool:
    """Whether tmux is what the console runs in, and not screen within tmux."""
    if environment.get("TERM", "").startswith("tmux"):
        return True
    return bool(environment.get("TMUX")) and not environment.get("STY")


def _may_be_screen(environment: Mapping[str, str]) -> bool:
    """Whether it is screen; behind a link it may also be a tmux that calls itself `screen`."""
    if _is_tmux(environment):
        return False
    return bool(environment.get("STY")) or environment.get("TERM", "").startswith("screen")


def keep(data: bytes, name: str) -> Path:
    """The bytes are in a file of this name that only this person can read; of the old ones the newest stay.

    Raises:
        OSError: it could not be written. A file that had the name before is as it was.
    """
    folder = Path(platformdirs.user_state_path("incident-console")) / "copied"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / safe_name(name)
    handle, unfinished = tempfile.mkstemp(dir=folder, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(unfinished).replace(path)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise
    _forget_old(folder)
    return path


def safe_name(name: str) -> str:
    """A file's name of letters, digits, `-`, `_` and `.` that leads nowhere and is hidden from nobody."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not re.fullmatch(r"[a-z]{1,8}", ending):
        stem, ending = name, "txt"
    # A logged value may be in the name, and be a megabyte.
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem[: 4 * _NAME_CHARACTERS]).strip("-.")
    return f"{plain[:_NAME_CHARACTERS] or 'copied'}.{ending}"


def _forget_old(folder: Path) -> None:
    def age(path: Path) -> float:
        try:
            return -path.stat().st_mtime
        except FileNotFoundError:  # another console was faster
            return 0.0

    for path in sorted(folder.glob("[!.]*"), key=age)[FILES_KEPT:]:
        path.unlink(missing_ok=True)


def _with_tilde(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
