"""Copying to the clipboard and to a file."""

from __future__ import annotations

import base64
import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App

from console.tui import copying
from console.tui.copying import copy, is_taken_plain, keep, safe_name, wrapped


class Terminal(App[object]):
    """An app with a driver that notes what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self._driver = self  # type: ignore[assignment]

    def write(self, data: str) -> None:
        self.written.append(data)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    return tmp_path / "incident-console" / "copied"


def clipboard_of(sequence: str) -> str:
    """What a terminal that takes this has in its clipboard."""
    match = re.fullmatch("\x1b]52;c;([^\x07]*)\x07", sequence)
    assert match, sequence
    return base64.b64decode(match[1]).decode()


def test_what_is_copied_is_sent_to_the_clipboard_and_kept_in_a_file_of_ones_own(folder: Path) -> None:
    app = Terminal()
    told = copy(app, '{"note": "é"}', "request-r1.json")
    assert [clipboard_of(one) for one in app.written] == ['{"note": "é"}']
    path = folder / "request-r1.json"
    assert path.read_text() == '{"note": "é"}'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert told == f"14 B sent to the clipboard; also in {path}"


def test_what_is_too_long_for_a_clipboard_is_only_in_the_file_and_this_is_said(folder: Path) -> None:
    app = Terminal()
    copy(app, "x" * copying.MOST_CLIPBOARD_BYTES, "most.txt")
    assert len(app.written) == 1
    told = copy(app, "x" * (copying.MOST_CLIPBOARD_BYTES + 1), "more.txt")
    assert len(app.written) == 1
    assert (folder / "more.txt").stat().st_size == copying.MOST_CLIPBOARD_BYTES + 1
    assert told == f"75.0 kB is too long for a terminal's clipboard; in {folder / 'more.txt'}"


def test_without_a_file_there_is_still_the_clipboard_and_the_reason_is_told(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    app = Terminal()
    assert copy(app, "text", "a.txt") == "4 B sent to the clipboard; no file beside it: File exists"
    assert clipboard_of(app.written[0]) == "text"


def test_a_lone_surrogate_is_copied_as_its_escape() -> None:
    app = Terminal()
    copy(app, "a\ud800b", "a.txt")
    assert clipboard_of(app.written[0]) == r"a\ud800b"


def test_tmux_is_given_the_sequence_to_hand_through_beside_the_plain_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    app = Terminal()
    copy(app, "text", "a.txt")
    plain, inner = app.written
    assert clipboard_of(plain) == "text"
    assert inner.startswith("\x1bPtmux;") and inner.endswith("\x1b\\")
    assert inner[7:-2].replace("\x1b\x1b", "\x1b") == plain


@pytest.mark.parametrize("outside", [{}, {"TMUX": "/tmp/tmux-0/default,1,0"}])
def test_screen_prints_what_is_long_so_it_is_given_that_in_pieces_only(
    outside: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TERM": "screen.xterm-256color", "STY": "1.pts-0.host", **outside}.items():
        monkeypatch.setenv(name, value)
    app = Terminal()
    copy(app, "x" * 2000, "a.txt")
    (sent,) = app.written
    assert sent.startswith("\x1bP\x1b]52;c;")
    copy(app, "short", "a.txt")
    assert clipboard_of(app.written[1]) == "short"


def test_tmux_within_screen_is_tmux() -> None:
    there = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0", "STY": "1.pts-0.host"}
    assert wrapped(b"x", there).startswith("\x1bPtmux;")
    assert is_taken_plain(b"x" * 2000, there)


def test_screen_is_given_it_in_pieces_that_it_can_hold() -> None:
    data = os.urandom(1000)
    pieces = re.findall("\x1bP(.*?)\x1b\\\\", wrapped(data, {"TERM": "screen-256color"}), re.DOTALL)
    assert max(map(len, pieces)) <= 240
    assert "".join(pieces) == f"\x1b]52;c;{base64.b64encode(data).decode()}\x07"


def test_only_the_newest_files_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "FILES_KEPT", 3)
    for number in range(5):
        path = keep(b"", f"{number}.txt")
        os.utime(path, (1000 + number, 1000 + number))
    assert sorted(path.name for path in folder.iterdir()) == ["2.txt", "3.txt", "4.txt"]


@given(name=st.text(max_size=200))
@settings(max_examples=50)
def test_whatever_a_thing_is_called_its_file_is_in_the_folder(name: str) -> None:
    safe = safe_name(name)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.[a-z]{1,8}", safe)
    assert len(safe) <= 90


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("request-r1.json", "request-r1.json"),
        ("../../etc/passwd", "etc-passwd.txt"),
        ("request \x1b[31m/é.json", "request-31m.json"),
        ("", "copied.txt"),
    ],
)
def test_a_name_is_kept_as_far_as_it_is_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
