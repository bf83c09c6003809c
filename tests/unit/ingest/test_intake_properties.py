"""Random fates of files, against a model of what was written where."""

from __future__ import annotations

import os
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

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 12)),
        st.tuples(st.just("append part"), st.integers(1, 6)),
        st.tuples(st.just("append to rotated"), st.integers(1, 3)),
        st.tuples(
            st.sampled_from(["rotate", "delete", "truncate", "overwrite", "restart", "crash"]), st.just(0)
        ),
        st.tuples(st.sampled_from(["poll and commit", "poll", "commit half"]), st.just(0)),
    ),
    max_size=24,
)


@dataclass(eq=False)
class Content:
    """What was written between two moments at which everything was thrown away."""

    data: bytes = b""
    known: bool = False
    """Whether the intake has had the chance to open it."""
    committed: bool = False
    """Whether any of it is."""
    lossy_from: int | None = None
    """Lines that begin here or later may be lost, since they were destroyed before they were read."""
    held: bool = True
    """Whether the intake that runs now may have it open, or it still has a name."""


@dataclass
class World:
    """A log that is written to, one intake that reads it, and what is committed."""

    folder: Path
    pattern: str
    block_bytes: int
    contents: list[Content] = field(default_factory=lambda: [Content()])
    deleted: list[Content] = field(default_factory=list)
    rotated: list[tuple[Path, Content]] = field(default_factory=list)
    marks: dict[int, SourceMark] = field(default_factory=dict)
    got: list[tuple[int, int, bytes]] = field(default_factory=list)
    seconds: float = 0.0
    lines: int = 0

    def __post_init__(self) -> None:
        self.log = self.folder / "app.log"
        self.log.touch()
        self.start()

    def start(self) -> None:
        self.intake = Intake(
            [str(self.folder / self.pattern)],
            list(self.marks.values()),
            clock=lambda: datetime(2026, 11, 2, tzinfo=UTC),
            monotonic=lambda: self.seconds,
            block_bytes=self.block_bytes,
        )

    @property
    def current(self) -> Content:
        return self.contents[-1]

    def write(self, path: Path, content: Content, data: bytes) -> None:
        with path.open("ab") as log:
            log.write(data)
        content.data += data

    def new_line(self) -> bytes:
        self.lines += 1
        return b'{"request_id":"%d","ts":%d}' % (self.lines, self.lines)

    def finish_line(self, content: Content) -> bytes:
        """The rest of the line that was begun, which is the next whole line."""
        begun = content.data.rsplit(b"\n", 1)[-1]
        if not begun:
            return self.new_line() + b"\n"
        whole = b'{"request_id":"%d","ts":%d}' % ((int(begun.split(b'"')[3]),) * 2)
        return whole[len(begun) :] + b"\n"

    def destroy_unread(self, content: Content) -> None:
        read = self.committed_to(content)
        content.lossy_from = read if content.lossy_from is None else min(read, content.lossy_from)

    def committed_to(self, content: Content) -> int:
        """First offset of the content that nothing was committed of."""
        ends = [at + len(line) + 1 for _, at, line in self.got if content.data[at : at + len(line)] == line]
        return max(ends, default=0)

    def act(self, action: str, amount: int) -> None:
        self.seconds += 1.0
        match action:
            case "append":
                for _ in range(amount):
                    self.write(self.log, self.current, self.finish_line(self.current))
            case "append part":
                if self.current.data.endswith(b"\n") or not self.current.data:
                    whole = self.new_line()
                    self.write(self.log, self.current, whole[: whole.index(b",") + amount])
            case "append to rotated" if self.rotated:
                path, content = self.rotated[-1]
                if content.held:
                    self.write(path, content, self.finish_line(content))
            case "rotate":
                path = self.folder / f"app-{len(self.contents)}.log"
                self.log.rename(path)
                self.rotated.append((path, self.current))
                self.log.touch()
                self.contents.append(Content())
            case "delete":
                self.destroy_if_unheld(self.current)
                self.log.unlink()
                self.log.touch()
                self.contents.append(Content())
            case "truncate" | "overwrite":
                self.destroy_unread(self.current)
                self.current.held = False
                os.truncate(self.log, 0)
                self.contents.append(Content(known=self.current.known))
                if action == "overwrite":
                    while len(self.current.data) < len(self.contents[-2].data):
                        self.write(self.log, self.current, self.finish_line(self.current))
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

    def destroy_if_unheld(self, content: Content) -> None:
        """A file that is deleted while the intake holds it loses nothing, unless there is a restart."""
        if not content.known:
            self.destroy_unread(content)
        content.held = content.known
        self.deleted.append(content)

    def forget(self) -> None:
        """What a new intake cannot find again may be lost, as far as it is not committed."""
        for content in self.deleted:
            self.destroy_unread(content)
            content.held = False
        for _, content in self.rotated:
            if self.pattern == "app.log" and not content.committed:
                self.destroy_unread(content)
                content.held = False
        if self.current.lossy_from is None:
            self.current.known = False

    def poll(self) -> list[Batch]:
        batches = self.intake.poll()
        self.current.known = True
        return batches

    def commit(self, batches: list[Batch]) -> None:
        for batch in batches:
            old = self.marks.get(batch.source_id)
            assert batch.start_offset == (old.next_offset if old else 0)
            assert batch.lines == batch.rows + len(batch.rejects) + batch.blanks
            self.marks[batch.source_id] = SourceMark(
                batch.source_id, batch.path, batch.identity, batch.next_offset, 0, 0, 0, 0
            )
            for rows in batch.models:
                for name, at in zip(rows.fields["request_id"], rows.fields["source_offset"], strict=True):
                    assert isinstance(at, int)
                    line = b'{"request_id":"%s","ts":%s}' % ((str(name).encode(),) * 2)
                    self.got.append((batch.source_id, at, line))
            for reject in batch.rejects:
                self.got.append((batch.source_id, reject.offset, reject.line))
            for content in self.contents:
                content.committed |= self.committed_to(content) > 0
        self.intake.committed(batches)

    def settle(self) -> None:
        for _ in range(2):
            self.seconds += 1.0
            self.commit(self.poll())
            while not self.intake.caught_up():
                self.seconds += 1.0
                self.commit(self.poll())

    def lines_of(self, content: Content) -> Iterator[tuple[int, bytes]]:
        at = 0
        for line in content.data.split(b"\n")[:-1]:
            yield at, line
            at += len(line) + 1


@pytest.mark.parametrize("pattern", ["app*.log", "app.log"])
@given(actions=ACTIONS, block_bytes=st.sampled_from([7, 40, 200, 2**22]))
@example(
    actions=[
        ("append", 3),
        ("poll", 0),
        ("rotate", 0),
        ("append", 2),
        ("crash", 0),
        ("append to rotated", 1),
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
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
    got = Counter((at, line) for _, at, line in world.got)
    by_line = Counter(line for _, _, line in world.got if line.endswith(b"}"))
    assert not [line for line, times in by_line.items() if times > 1]
    for content in world.contents:
        for at, line in world.lines_of(content):
            survived = content.lossy_from is None or at < content.lossy_from
            if survived and (content.known or pattern == "app*.log"):
                assert got[at, line] == 1, (line, "lost")
    # Nothing is made up: what was committed was written at that place, or is the beginning of it where
    # the rest was destroyed or never written.
    written = {(at, line) for content in world.contents for at, line in world.lines_of(content)}
    for at, line in got.keys() - written:
        ended = [c for c in world.contents if c in world.deleted or not c.held or c.lossy_from is not None]
        assert any(c.data[at:].startswith(line) and c.data[at - 1 : at] in (b"\n", b"") for c in ended)
