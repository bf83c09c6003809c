"""Truths in a file of their own, while the collector is killed and both files are rotated."""

from __future__ import annotations

import json
import random
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.collecting import ask_the_doctor, collect_once, collecting

pytestmark = pytest.mark.slow

KILLS = 4
ACTS = 120
HEADER = "request_id,label,labeled_at\n"


class Service:
    """Writes predictions, and truths of them early, late or never; renames its files now and then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chance = random.Random(7)
        self.number = self.rotations = self.headers = self.truths = 0
        self.expected: dict[str, str | None] = {}
        self._begin_labels()
        (folder / "app.jsonl").touch()

    def act(self) -> None:
        self.number += 1
        request_id = f"r-{self.number:06d}"
        value = self.chance.choice(["yes", "no", "no, really"])
        self.expected[request_id] = None
        early = self.chance.random()
        if early < 0.3:
            self._tell_truth(request_id, value)
        self._append(
            "app.jsonl", json.dumps({"request_id": request_id, "model": "m", "prediction": "yes"}) + "\n"
        )
        if early > 0.9:
            self._append("app.jsonl", json.dumps({"request_id": request_id, "truth": value}) + "\n")
            self.expected[request_id] = value
        elif self.chance.random() < 0.5:
            self._tell_truth(f"r-{self.chance.randrange(1, self.number + 1):06d}", value)
        if self.chance.random() < 0.01:
            self._rotate()

    def _tell_truth(self, request_id: str, value: str) -> None:
        self.truths += 1
        day = self.truths % 20 + 1
        line = f'{request_id},"{value}",2025-11-{day:02d}T00:00:{self.truths % 60:02d}.{self.truths:06d}Z\n'
        self._append("labels.csv", line)

    def _append(self, name: str, text: str) -> None:
        with (self.folder / name).open("a") as file:
            file.write(text)

    def _rotate(self) -> None:
        self.rotations += 1
        (self.folder / "app.jsonl").rename(self.folder / f"app.jsonl.{self.rotations}")
        (self.folder / "labels.csv").rename(self.folder / f"labels.csv.{self.rotations}")
        (self.folder / "app.jsonl").touch()
        self._begin_labels()

    def _begin_labels(self) -> None:
        self.headers += 1
        self._append("labels.csv", HEADER)


def test_every_truth_is_kept_once_and_joined_whenever_the_collector_is_killed(tmp_path: Path) -> None:
    logs, database = tmp_path / "logs", tmp_path / "cache.duckdb"
    logs.mkdir()
    service = Service(logs)
    service.act()
    for _ in range(KILLS):
        with collecting([logs], database) as collector:
            assert "collecting" in collector.line()
            for _ in range(service.chance.randrange(1, ACTS)):
                service.act()
            assert collector.code is None
            collector.kill()
    service._rotate()
    collect_once([logs], database)
    ask_the_doctor(database)
    wanted = _wanted(logs, service)
    with duckdb.connect(str(database), read_only=True) as connection:
        lines, blanks = connection.execute("select sum(lines), sum(blanks) from sources").fetchall()[0]
        joined = dict(connection.execute("select request_id, truth from predictions").fetchall())
        [(truths, places)] = connection.execute(
            "select count(*), count(distinct (source_id, source_offset)) from truths"
        ).fetchall()
    assert blanks == service.headers
    assert truths == places == lines - blanks - len(joined)
    assert joined == wanted


def _wanted(logs: Path, service: Service) -> dict[str, str | None]:
    """By the files themselves: the truth in the log, or that which was known last."""
    newest: dict[str, tuple[str, str]] = {}
    for file in logs.glob("labels.csv*"):
        for line in file.read_text().splitlines()[1:]:
            request_id, value, known = line[:8], line[10 : line.rindex('"')], line[line.rindex(",") + 1 :]
            newest[request_id] = max(newest.get(request_id, ("", "")), (known, value))
    # Those in the log say no time, and so count from when they were read: after all others.
    return {
        request_id: said if said is not None else newest.get(request_id, ("", None))[1]
        for request_id, said in service.expected.items()
    }
