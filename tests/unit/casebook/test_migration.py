"""A casebook that an older console wrote."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.model import AlertState, LabelDraft, LabelStatus, Severity

VERSION_1 = """
create table alerts (
    alert_id varchar not null, check_name varchar not null, model varchar not null,
    subject varchar not null, severity integer not null, summary varchar not null,
    state varchar not null, began varchar not null, detected varchar not null,
    last_seen varchar not null, resolved varchar, recorded varchar not null,
    primary key (alert_id)
);
create table casebook_schema (version integer not null, primary key (version));
create table labels (
    seq integer not null primary key autoincrement, label_id varchar not null,
    request_key varchar not null, value varchar not null, note varchar not null,
    model varchar not null, model_version varchar not null, prediction varchar not null,
    input_hash varchar not null, origin varchar not null, alert_id varchar not null,
    "query" varchar not null, status varchar not null, source varchar not null,
    author varchar not null, at varchar not null, previous_value varchar, overrides varchar,
    act varchar not null,
    unique (label_id)
);
create index labels_by_act on labels (act);
create index labels_by_author on labels (author, seq);
create index labels_by_author_and_request on labels (author, request_key, seq);
create index labels_by_model on labels (model);
create index labels_by_overridden on labels (overrides);
create index labels_by_request on labels (request_key, seq);
insert into casebook_schema values (1);
insert into labels values
    (7, 'l-1', 'f-1', 'legit', 'called them', 'fraud', 'v2', 'fraud', 'ab', 'x.jsonl:12', '', '',
     'submitted', 'human', 'ann@one', '2026-11-02T03:04:05.000678Z', null, null, 'act-1');
insert into alerts values
    ('a-1', 'error_spikes', 'fraud', '', 3, '35 % errors', 'open', '2026-11-02T03:00:00.000000Z',
     '2026-11-02T03:05:00.000000Z', '2026-11-02T03:15:00.000000Z', null, '2026-11-02T03:06:00.000000Z');
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "casebook.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(VERSION_1)
    return path


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"select * from {table}").fetchall()


def test_what_an_older_console_kept_is_all_there(old: Path, clock: Callable[[], datetime]) -> None:
    before = {table: rows(old, table) for table in ("labels", "alerts")}
    with Casebook.open(old, author="ann@one", clock=clock) as casebook:
        (label,) = casebook.current_all()
        assert (label.label_id, label.draft.note) == ("l-1", "called them")
        (record,) = casebook.alert_history()
        assert (record.severity, record.state) == (Severity.CRITICAL, AlertState.OPEN)
        assert record.last_seen == datetime(2026, 11, 2, 3, 15, tzinfo=UTC)
        casebook.acknowledge("a-1", "mine")
        assert casebook.handling(["a-1"])["a-1"].acknowledged
        assert casebook.baselines() == ()
        (second,) = casebook.label([LabelDraft("f-1", "fraud")])
        assert second.overrides == "l-1", "labels go on where they were"
    assert rows(old, "casebook_schema") == [(4,)]
    assert rows(old, "alerts") == before["alerts"]
    assert rows(old, "labels")[:1] == before["labels"]


def test_it_becomes_what_a_new_casebook_is(old: Path, tmp_path: Path, clock: Callable[[], datetime]) -> None:
    Casebook.open(old, author="ann@one", clock=clock).close()
    Casebook.open(tmp_path / "new.sqlite", author="ann@one", clock=clock).close()
    columns = "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c order by 1, 2"
    found = []
    for path in (old, tmp_path / "new.sqlite"):
        with closing(sqlite3.connect(path)) as database:
            found.append(database.execute(columns).fetchall())
    assert found[0] == found[1]


@pytest.mark.parametrize("version", [2, 3])
def test_every_older_version_is_taken_over(old: Path, version: int, clock: Callable[[], datetime]) -> None:
    with closing(sqlite3.connect(old)) as database, database:
        database.execute("update casebook_schema set version = ?", [version])
    with Casebook.open(old, author="ann@one", clock=clock) as casebook:
        casebook.label([LabelDraft("f-2", "")], status=LabelStatus.DRAFT)
        assert [label.label_id for label in casebook.standing()] == ["l-1"]
        assert [flag.draft.request_key for flag in casebook.flagged()] == ["f-2"]
    assert rows(old, "casebook_schema") == [(4,)]


def test_opening_it_again_changes_nothing(old: Path, clock: Callable[[], datetime]) -> None:
    with Casebook.open(old, author="ann@one", clock=clock) as first:
        first.acknowledge("a-1", "")
        with Casebook.open(old, author="bob@two", clock=clock) as second:
            assert len(second.acts()) == 1
