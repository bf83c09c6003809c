"""What kind of file it is, and what is said when it is another."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from console.casebook import Casebook, default_author, default_casebook_path
from console.casebook import connect as connect_module
from console.errors import CasebookError
from console.model import LabelDraft

Clock = Callable[[], datetime]
DRAFT = LabelDraft("f-1", "fraud")


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_only_its_owner_can_read_what_was_made(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "a" / "b" / "casebook.sqlite"
    with Casebook.open(path, author="ann@one", clock=clock) as casebook:
        casebook.label([DRAFT])
        assert [mode(made) for made in (path.parent.parent, path.parent)] == ["0o700", "0o700"]
        files = sorted(path.parent.iterdir())
        assert {made.name for made in files} == {
            "casebook.sqlite",
            "casebook.sqlite-shm",
            "casebook.sqlite-wal",
        }
        assert {mode(made) for made in files} == {"0o600"}


def test_a_file_that_was_shared_on_purpose_stays_shared(tmp_path: Path, clock: Clock) -> None:
    tmp_path.chmod(0o770)
    path = tmp_path / "casebook.sqlite"
    path.touch()
    path.chmod(0o660)
    with Casebook.open(path, author="ann@one", clock=clock) as casebook:
        casebook.label([DRAFT])
    assert (mode(tmp_path), mode(path)) == ("0o770", "0o660")


def test_every_commit_is_on_the_disk_before_it_is_acknowledged(casebook: Casebook) -> None:
    seen: dict[str, object] = {}

    @event.listens_for(casebook._engine, "begin")
    def look(connection: object) -> None:
        with closing(casebook._engine.raw_connection().cursor()) as cursor:
            for pragma in ("journal_mode", "synchronous", "busy_timeout"):
                (seen[pragma],) = cursor.execute(f"pragma {pragma}").fetchone()

    casebook.counts()
    assert seen == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}


def test_a_newer_consoles_casebook_is_not_touched(path: Path, clock: Clock) -> None:
    Casebook.open(path, author="ann@one", clock=clock).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update casebook_schema set version = 7")
    before = path.read_bytes()
    with pytest.raises(
        CasebookError, match=r"casebook\.sqlite: is a newer console's casebook \(schema 7, .*up"
    ):
        Casebook.open(path, author="ann@one", clock=clock)
    assert path.read_bytes() == before


@pytest.mark.parametrize("change", ["delete from casebook_schema", "update casebook_schema set version = -1"])
def test_a_schema_version_that_makes_no_sense_is_said(path: Path, clock: Clock, change: str) -> None:
    Casebook.open(path, author="ann@one", clock=clock).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change)
    with pytest.raises(CasebookError, match="its schema version is not understood"):
        Casebook.open(path, author="ann@one", clock=clock)


def test_another_programs_database_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "photos.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table photos (name)")
    with pytest.raises(CasebookError, match=r"photos\.sqlite: is a database, but not a casebook"):
        Casebook.open(path, author="ann@one", clock=clock)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("select name from sqlite_master").fetchall() == [("photos",)]


@pytest.mark.parametrize("garbage", [b"garbage" * 1000, b"my notes", b"SQLite format 3\0" + b"\xff" * 4080])
def test_garbage_is_named_and_left_alone(tmp_path: Path, clock: Clock, garbage: bytes) -> None:
    path = tmp_path / "casebook.sqlite"
    path.write_bytes(garbage)
    with pytest.raises(CasebookError, match=rf"^{path}: .* opened: it is not a SQLite file"):
        Casebook.open(path, author="ann@one", clock=clock)
    assert path.read_bytes() == garbage


def test_a_folder_in_its_place_is_named(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(CasebookError, match=rf"^{tmp_path}: .*folder"):
        Casebook.open(tmp_path, author="ann@one", clock=clock)


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CasebookError, match=r"^/.*casebook\.sqlite: .*[Nn]ot a directory"):
        Casebook.open(tmp_path / "file" / "casebook.sqlite", author="ann@one", clock=clock)


@pytest.mark.parametrize("name", ["nul\0name", "x" * 300])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, clock: Clock, name: str) -> None:
    with pytest.raises(CasebookError, match="cannot be opened"):
        Casebook.open(tmp_path / name, author="ann@one", clock=clock)


@pytest.mark.parametrize("name", ["50% off?mode=ro&x#y.sqlite", 'file:it;\'s "here".sqlite', ":memory:"])
def test_a_strange_name_is_a_name_like_any_other(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with Casebook.open(name if name == ":memory:" else tmp_path / name, author="a", clock=clock) as casebook:
        casebook.label([DRAFT])
    assert [made.name for made in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("address", ["postgresql://db/team", Path("postgresql://db/team")])
def test_an_address_is_not_taken_for_a_file(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, address: Path | str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CasebookError, match="is an address; this version keeps the casebook in a file"):
        Casebook.open(address, author="ann@one", clock=clock)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_casebook_says_so(casebook: Casebook) -> None:
    @event.listens_for(casebook._engine, "checkout")
    def forbid(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute("pragma query_only = on")

    with pytest.raises(
        CasebookError, match=r"casebook\.sqlite: label not kept: it is read-only; make it writ"
    ):
        casebook.label([DRAFT])
    assert casebook.history() == ()


def test_a_full_disk_keeps_nothing_of_the_act_and_says_so(casebook: Casebook) -> None:
    casebook.label([DRAFT])

    @event.listens_for(casebook._engine, "checkout")
    def fill(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute("pragma max_page_count = 1")  # never below the pages in use

    many = [LabelDraft(f"f-{number}", "fraud", "note" * 1000) for number in range(100)]
    with pytest.raises(CasebookError, match="label not kept: the disk is full; nothing was kept"):
        casebook.label(many)
    assert [label.draft.request_key for label in casebook.history()] == ["f-1"]


def test_a_writer_that_never_ends_is_not_waited_for_for_ever(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect_module, "BUSY_SECONDS", 0.05)
    with (
        Casebook.open(path, author="ann@one", clock=clock) as casebook,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("begin immediate")
        assert casebook.history() == (), "readers do not wait"
        with pytest.raises(CasebookError, match="label not kept: another console has been writing for more"):
            casebook.label([DRAFT])
        with pytest.raises(CasebookError, match="casebook not opened: another console has been writing"):
            Casebook.open(path, author="bob@two", clock=clock)
        other.execute("rollback")
        assert len(casebook.label([DRAFT])) == 1


def test_a_row_that_no_console_wrote_is_named(casebook: Casebook, path: Path) -> None:
    casebook.label([DRAFT])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update labels set status = 'maybe'")
    with pytest.raises(CasebookError, match=r"labels row 1: not written by a console: 'maybe'"):
        casebook.history()


def test_a_closed_casebook_is_not_opened_again_by_accident(casebook: Casebook, path: Path) -> None:
    casebook.close()
    casebook.close()
    for use in (casebook.history, casebook.undo, lambda: casebook.label([DRAFT])):
        with pytest.raises(CasebookError, match="has been closed"):
            use()
    assert [made.name for made in path.parent.iterdir()] == ["casebook.sqlite"]


def test_an_author_that_is_no_text_is_refused(path: Path, clock: Clock) -> None:
    with pytest.raises(CasebookError, match="author holds half of a surrogate pair"):
        Casebook.open(path, author="\udcff@host", clock=clock)
    assert not path.exists()


def test_the_environment_says_where_the_casebook_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("INCIDENT_CONSOLE_CASEBOOK", str(tmp_path / "team.sqlite"))
    assert default_casebook_path() == tmp_path / "team.sqlite"
    monkeypatch.setenv("INCIDENT_CONSOLE_CASEBOOK", "")
    default = default_casebook_path()
    assert (default.name, default.parent.name) == ("casebook.sqlite", "incident-console")
    assert list(tmp_path.iterdir()) == [], "naming a place does not make it"


def test_the_author_is_who_runs_it_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ann\udcff")
    monkeypatch.setattr("platform.node", lambda: "ml-1")
    assert default_author() == "ann\\udcff@ml-1"


def test_an_author_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    monkeypatch.setattr("platform.node", lambda: "")
    assert default_author() == "4711@localhost"
