"""Standard input: read once, in order, without waiting, and without taking what was not asked for."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.errors import SourceError
from console.ingest.piped import PipedContent, keep_standard_input, open_standard_input

ROOT = Path(__file__).parents[3]


class Pipe(NamedTuple):
    content: PipedContent
    writer: int

    def write(self, data: bytes) -> None:
        assert os.write(self.writer, data) == len(data)


def piped() -> Pipe:
    reader, writer = os.pipe()
    return Pipe(PipedContent(reader), writer)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = piped()
    yield made
    made.content.close()
    try:
        os.close(made.writer)
    except OSError:  # the test has closed it
        return


def test_an_empty_pipe_does_not_make_the_reader_wait(pipe: Pipe) -> None:
    assert pipe.content.read(100, 0) == b""
    assert (pipe.content.kind, pipe.content.seekable, pipe.content.ended) == ("stdin", False, False)


@settings(max_examples=50, deadline=None)
@given(writes=st.lists(st.binary(min_size=1, max_size=300), max_size=8), length=st.integers(1, 400))
def test_what_is_written_is_read_in_order_and_ends_when_the_writer_does(
    writes: list[bytes], length: int
) -> None:
    pipe, read = piped(), b""
    writes = [b"{", *writes]  # nothing that is packed begins so
    for data in writes:
        pipe.write(data)
        block = pipe.content.read(length, len(read))
        assert len(block) <= length
        read += block
        assert not pipe.content.ended
        assert pipe.content.place() == len(read)
    os.close(pipe.writer)
    while block := pipe.content.read(length, len(read)):
        read += block
    assert read == b"".join(writes)
    assert pipe.content.ended
    pipe.content.close()


def test_the_end_is_seen_with_the_last_bytes(pipe: Pipe) -> None:
    pipe.write(b"last")
    os.close(pipe.writer)
    assert (pipe.content.read(100, 0), pipe.content.ended) == (b"last", True)


def test_what_was_not_asked_for_stays_in_the_pipe(pipe: Pipe) -> None:
    pipe.write(b"0123456789")
    assert pipe.content.read(4, 0) == b"0123"
    assert pipe.content.look().size == 10
    assert os.read(pipe.content.descriptor, 100) == b"456789"


def test_nothing_can_be_read_twice_or_left_out(pipe: Pipe) -> None:
    pipe.write(b"0123456789")
    pipe.content.read(4, 0)
    for offset in (0, 3, 5):
        with pytest.raises(ValueError, match="read to 4"):
            pipe.content.read(1, offset)


def test_the_pipe_stays_as_it_was_for_others_who_read_it(pipe: Pipe) -> None:
    pipe.content.read(4, 0)
    assert os.get_blocking(pipe.content.descriptor)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(1, 30_000), start=st.integers(0, 9))
def test_a_file_can_stand_in_for_a_pipe(length: int, start: int, tmp_path: Path) -> None:
    whole = b"".join(b"%d\n" % n for n in range(3000))
    path = tmp_path / "log"
    path.write_bytes(whole)
    descriptor = os.open(path, os.O_RDONLY)
    os.lseek(descriptor, start, os.SEEK_SET)
    content = PipedContent(descriptor)
    assert content.look().size == len(whole) - start
    read = b""
    while block := content.read(length, len(read)):
        read += block
    assert read == whole[start:]
    assert content.ended
    content.close()


def python(code: str, *, stdin: int | None) -> str:
    """What a new interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdin=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_standard_input_is_read_by_a_descriptor_of_its_own(pipe: Pipe) -> None:
    code = (
        "import os; from console.ingest.piped import *\n"
        "taken = open_standard_input(); content = PipedContent(taken)\n"
        "print(content.read(9, 0), taken > 2, os.get_inheritable(taken)); content.close(); os.fstat(0)"
    )
    pipe.write(b"a line")
    assert python(code, stdin=pipe.content.descriptor) == "b'a line' True False\n"


def test_standard_input_is_kept_when_a_terminal_takes_its_place(pipe: Pipe) -> None:
    code = (
        "import os, sys; from console.ingest.piped import *\n"
        "master, terminal = os.openpty(); keep_standard_input(terminal)\n"
        "print(sys.__stdin__.isatty(), sys.stdin.fileno(), PipedContent(open_standard_input()).read(9, 0))"
    )
    pipe.write(b"a line")
    assert python(code, stdin=pipe.content.descriptor) == "True 0 b'a line'\n"


@pytest.mark.parametrize("closed", ["os.close(0)", "os.dup2(os.open('/dev/null', os.O_WRONLY), 0)"])
def test_standard_input_that_cannot_be_read_is_an_error_with_its_reason(closed: str) -> None:
    code = (
        "import os; from console.ingest.piped import *; from console.errors import SourceError\n"
        f"{closed}\n"
        "try: open_standard_input()\n"
        "except SourceError as error: print(error)"
    )
    assert "pipe a log into it" in python(code, stdin=subprocess.DEVNULL)


def test_what_has_the_descriptor_of_a_closed_standard_input_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "__stdin__", None)
    with pytest.raises(SourceError, match="standard input is closed"):
        open_standard_input()
    with pytest.raises(SourceError, match="standard input is closed"):
        keep_standard_input(0)


def test_what_is_packed_is_refused_with_what_to_do(pipe: Pipe) -> None:
    pipe.write(gzip.compress(b'{"request_id":"a"}\n'))
    with pytest.raises(OSError, match="packed by gzip; give the file itself"):
        pipe.content.read(1000, 0)
    assert pipe.content.ended
