"""What libraries write to standard error stays off the screen, and is told where it is needed."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.tui.errors_aside import ErrorsAside


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """What reads it, and the terminal."""
    master, slave = pty.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def test_what_is_put_aside_comes_after_the_screen_if_at_all(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    with ErrorsAside(slave) as aside:
        os.write(slave, b"thread \x1b[1;31mpanicked\x1b[0m \x1b[2J\n")
    os.write(slave, b"behind\n")
    assert os.read(master, 1000) == b"behind\r\n"
    aside.tell()
    assert os.read(master, 1000).decode() == "thread panicked \N{SYMBOL FOR ESCAPE}[2J\r\n"


def test_a_file_gets_what_is_written_at_once(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "errors", os.O_WRONLY | os.O_CREAT)
    with ErrorsAside(descriptor) as aside:
        os.write(descriptor, b"panicked\n")
        assert (tmp_path / "errors").read_bytes() == b"panicked\n"
    aside.tell()
    os.close(descriptor)
    assert (tmp_path / "errors").read_bytes() == b"panicked\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no file in memory")
def test_no_disk_is_needed_to_put_something_aside(
    terminal: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "read-only"))
    master, slave = terminal
    with ErrorsAside(slave) as aside:
        os.write(slave, b"panicked\n")
    aside.tell()
    assert os.read(master, 1000) == b"panicked\r\n"
