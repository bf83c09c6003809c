"""Random fates of files, against a model of what was written where.

What is lost cannot be had: bytes that were destroyed (cut off, or deleted while nobody held the file) before
any look at them, and of which no copy, archive or renamed file was left; and, after a crash, those that had
been read but were not committed when they were destroyed. The model says of every line whether it is one
of these, and each line is there once or not at all accordingly. A piece of a line that was never completed
may be there as it is.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.ingest import Intake
from console.model import Batch, SourceMark

FATES = (
    ["rename", "copy and cut", "pack", "delete", "cut", "overwrite", "shift"],
    ["restart", "crash", "poll", "poll and commit", "commit half"],
)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 12)),
        st.tuples(st.just("append part"), st.integers(1, 6)),
        st.tuples(st.just("append to renamed"), st.integers(1, 3)),
        st.tuples(st.just("begin to pack"), st.integers(0, 60)),
        *(st.tuples(st.sampled_from(fates), st.just(0)) for fates in FATES),
        st.tuples(st.just("copy, append, cut"), st.integers(1, 3)),
        st.tuples(st.just("poll and commit"), st.just(0)),
    ),
    max_size=26,
)


@dataclass(eq=False)
class Generation:
    """What was written between two moments at which the log began anew."""

    data: bytes = b""
    there: bool = True
    """Whether the file that it was written to holds it, under any name."""
    held: bool = False
    """Whether the intake that runs now has that file open."""
    copied: int = 0
    """Bytes of it that are in a copy or an archive."""
    kept: int | None = None
    """Once it was destroyed: bytes whose lines are not lost."""


@dataclass
class World:
    """A log that is written to, one intake that reads it, and what is committed."""

    folder: Path
    pattern: str
    block_bytes: int
    generations: list[Generation] = field(default_factory=lambda: [Generation()])
    renamed: list[tuple[Path, Generation]] = field(default_factory=list)
    """Files with a rotated name that may be written to still, and are not packed."""
    packing: tuple[Path, Path, Generation, bytes] | None = None
    """What is being packed, into what, and the bytes that are missing there."""
    marks: dict[int, SourceMark] = field(default_factory=dict)
    got: list[tuple[int, int, bytes]] = field(default_factory=list)
    handed: set[bytes] = field(default_factory=set)
    """Lines that the intake that runs now has given out."""
    seconds: float = 0.0
    lines: int = 0
    names: int = 0

    def __post_init__(self) -> None:
        self.log = self.folder / "app.log"
        self.log.touch()
        self.start()
        self.commit(self.poll())

    def start(self) -> None:
        self.intake = Intake(
            [str(self.folder / self.pattern)],
            list(self.marks.values()),
            clock=lambda: datetime(2026, 11, 2, tzinfo=UTC),
            monotonic=lambda: self.seconds,
            block_bytes=self.block_bytes,
        )

    @property
    def current(self) -> Generation:
        return self.generations[-1]

    def write(self, path: Path, generation: Generation, data: bytes) -> None:
        with path.open("ab") as log:
            log.write(data)
        generation.data += data

    def new_line(self) -> bytes:
        self.lines += 1
        return b'{"request_id":"%d","ts":%d}' % (self.lines, self.lines)

    def finish_line(self, generation: Generation) -> bytes:
        """The rest of the line that was begun, which is the next whole line."""
        begun = generation.data.rsplit(b"\n", 1)[-1]
        if not begun:
            return self.new_line() + b"\n"
        whole = b'{"request_id":"%d","ts":%d}' % ((int(begun.split(b'"')[3]),) * 2)
        return whole[len(begun) :] + b"\n"

    def append(self, path: Path, generation: Generation, lines: int) -> None:
        for _ in range(lines):
            self.write(path, generation, self.finish_line(generation))

    def next_name(self) -> Path:
        self.names += 1
        return self.folder / f"app.log.{self.names}"

    def begin_anew(self) -> None:
        self.log.touch()
        self.generations.append(Generation())

    def given_out(self, generation: Generation, *, committed: bool) -> int:
        """Bytes of it up to the end of the last line that was given out, or committed."""
        done = {line for _, _, line in self.got} | (set() if committed else self.handed)
        return max((at + len(line) + 1 for at, line in lines_of(generation) if line in done), default=0)

    def destroy(self, generation: Generation) -> None:
        """The bytes in the file that it was written to are gone, but for who holds it."""
        generation.there = False
        if not generation.held:
            generation.kept = max(generation.copied, self.given_out(generation, committed=False))

    def cut(self) -> None:
        held, self.current.held = self.current.held, False
        self.destroy(self.current)
        os.truncate(self.log, 0)
        self.begin_anew()
        self.current.held = held

    def finish_packing(self) -> None:
        if self.packing is not None:
            plain, packed, generation, rest = self.packing
            with packed.open("ab") as archive:
                archive.write(rest)
            generation.copied = len(generation.data)
            plain.unlink()
            self.destroy(generation)
            self.packing = None

    def act(self, action: str, amount: int) -> None:
        self.seconds += 1.0
        match action:
            case "append":
                self.append(self.log, self.current, amount)
            case "append part":
                if self.current.data.endswith(b"\n") or not self.current.data:
                    whole = self.new_line()
                    self.write(self.log, self.current, whole[: whole.index(b",") + amount])
            case "append to renamed" if self.renamed:
                self.append(*self.renamed[-1], amount)
            case "rename":
                path = self.log.rename(self.next_name())
                self.renamed.append((path, self.current))
                self.begin_anew()
            case "shift":
                self.renamed = [(path.rename(self.next_name()), made) for path, made in self.renamed]
            case "copy and cut":
                shutil.copyfile(self.log, self.next_name())
                self.current.copied = len(self.current.data)
                self.cut()
            case "copy, append, cut":
                # What is written between the copy and the cut is seen only by who looks in between.
                shutil.copyfile(self.log, self.next_name())
                self.current.copied = len(self.current.data)
                self.append(self.log, self.current, amount)
                if amount == 1:
                    self.commit(self.poll())
                self.cut()
            case "begin to pack" | "pack" if self.renamed:
                self.finish_packing()
                plain, generation = self.renamed.pop()
                packed = plain.with_name(f"{plain.name}.gz")
                data = gzip.compress(generation.data)
                packed.write_bytes(data[:amount])
                self.packing = plain, packed, generation, data[amount:]
                if action == "pack":
                    self.finish_packing()
            case "delete":
                self.log.unlink()
                self.destroy(self.current)
                self.begin_anew()
            case "cut" | "overwrite":
                self.cut()
                if action == "overwrite":
                    while len(self.current.data) < len(self.generations[-2].data):
                        self.append(self.log, self.current, 1)
            case "restart" | "crash":
                self.forget()
                self.intake.close()
                self.start()
            case "poll and commit":
                self.commit(self.poll())
            case "commit half":
                batches = self.poll()
                self.commit(batches[: len(batches) // 2])
            case "poll":
                self.poll()

    def forget(self) -> None:
        """What was read and not committed is read again, if it is still there."""
        self.handed.clear()
        for generation in self.generations:
            generation.held = False
            if not generation.there:
                kept = max(generation.copied, self.given_out(generation, committed=True))
                generation.kept = kept if generation.kept is None else min(kept, generation.kept)

    def poll(self) -> list[Batch]:
        batches = self.intake.poll()
        self.current.held = True
        for _, generation in self.renamed:
            generation.held = True
        for batch in batches:
            self.handed |= {line for _, line in lines_in(batch)}
        return batches

    def commit(self, batches: list[Batch]) -> None:
        for batch in batches:
            old = self.marks.get(batch.source_id)
            assert batch.start_offset == (old.next_offset if old else 0)
            assert batch.lines == batch.rows + len(batch.rejects) + batch.blanks
            self.marks[batch.source_id] = SourceMark(
                batch.source_id, batch.path, batch.identity, batch.next_offset, 0, 0, 0, 0, batch.kind
            )
            self.got += [(batch.source_id, at, line) for at, line in lines_in(batch)]
        self.intake.committed(batches)

    def settle(self) -> None:
        self.finish_packing()
        self.read_all()
        self.seconds += 3600.0  # what waits for a deleted file to be let go of
        self.read_all()

    def read_all(self) -> None:
        quiet = 0
        for _ in range(1000):
            self.seconds += 1.0
            self.commit(self.poll())
            quiet = quiet + 1 if self.intake.caught_up() else 0
            if quiet == 5:
                return
        raise AssertionError(f"never caught up: {self.intake.statuses()}")


def lines_in(batch: Batch) -> Iterator[tuple[int, bytes]]:
    for rows in batch.models:
        for name, at in zip(rows.fields["request_id"], rows.fields["source_offset"], strict=True):
            assert isinstance(at, int)
            yield at, b'{"request_id":"%s","ts":%s}' % ((str(name).encode(),) * 2)
    for reject in batch.rejects:
        yield reject.offset, reject.line


def lines_of(generation: Generation) -> Iterator[tuple[int, bytes]]:
    at = 0
    for line in generation.data.split(b"\n")[:-1]:
        yield at, line
        at += len(line) + 1


@pytest.mark.parametrize("pattern", ["app.log*", "app.log", "."])
@given(actions=ACTIONS, block_bytes=st.sampled_from([7, 40, 200, 2**22]))
@example(
    actions=[
        ("append", 3),
        ("poll", 0),
        ("rename", 0),
        ("append", 2),
        ("crash", 0),
        ("append to renamed", 1),
    ],
    block_bytes=200,
)
@example(
    actions=[
        ("append", 4),
        ("poll and commit", 0),
        ("append part", 3),
        ("poll", 0),
        ("overwrite", 0),
        ("append", 9),
    ],
    block_bytes=40,
)
@example(
    actions=[("append", 2), ("poll and commit", 0), ("crash", 0), ("delete", 0), ("append", 1)],
    block_bytes=40,
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_to_files_each_line_is_committed_once_at_its_offset(
    pattern: str, actions: list[tuple[str, int]], block_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), pattern, block_bytes)
        try:
            for action, amount in actions:
                world.act(action, amount)
            world.settle()
        finally:
            world.intake.close()
    places = Counter((source, at) for source, at, _ in world.got)
    assert not [place for place, times in places.items() if times > 1]
    got = Counter((at, line) for _, at, line in world.got)
    wanted = Counter(
        (at, line)
        for generation in world.generations
        for at, line in lines_of(generation)
        if generation.kept is None or at + len(line) < generation.kept
    )
    assert not wanted - got, "lost"
    # Nothing is doubled or made up, but for pieces of a line that was destroyed or never completed.
    for at, line in got - wanted:
        assert any(g.data[at:].startswith(line) for g in world.generations)
        assert not any((at, line) == whole for g in world.generations for whole in lines_of(g)), "doubled"
