"""Temporary folders go with their process, and those of processes that were killed at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from console.canned import load_catalog
from console.engine import Settings
from console.engine.opening import open_store
from console.engine.own_folder import OwnFolder, remove_deserted
from console.store.database import MEMORY
from tests.unit.engine.logs import clock

_KILLED = """
import os, signal, sys, tempfile
from console.engine.own_folder import OwnFolder
tempfile.tempdir = sys.argv[1]
folder = OwnFolder("cache")
(folder.path / "cache.duckdb").write_text("rows")
print(folder.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_folder_of_a_process_that_was_killed_goes_when_the_next_one_makes_its_own(home: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", _KILLED, str(home)], stdout=subprocess.PIPE, text=True, check=False
    )
    left = Path(made.stdout.strip())
    assert made.returncode == -signal.SIGKILL
    assert (left / "cache.duckdb").exists()
    with OwnFolder("bundle") as mine:
        assert not left.parent.exists()
        assert list(mine.iterdir()) == []
    assert not [path for path in home.iterdir() if path.name.startswith("incident-console-")]


def test_a_folder_that_is_in_use_stays(home: Path) -> None:
    with OwnFolder("cache") as mine:
        (mine / "cache.duckdb").write_text("rows")
        remove_deserted()
        assert (mine / "cache.duckdb").read_text() == "rows"


def test_links_files_and_folders_without_an_owner_stay(home: Path) -> None:
    elsewhere = home / "precious"
    elsewhere.mkdir()
    (elsewhere / "owner").touch()
    (home / "incident-console-link").symlink_to(elsewhere)
    (home / "incident-console-file").touch()
    (home / "incident-console-young").mkdir()
    linked = home / "incident-console-linked"
    linked.mkdir()
    (linked / "owner").symlink_to(elsewhere / "owner")
    os.mkfifo(home / "incident-console-young" / ".owner")
    before = sorted(home.rglob("*"))
    remove_deserted()
    assert sorted(home.rglob("*")) == before


def test_what_a_deserted_folder_links_to_stays(home: Path) -> None:
    elsewhere = home / "precious"
    elsewhere.mkdir()
    (elsewhere / "labels").touch()
    deserted = home / "incident-console-cache-1"
    (deserted / "content").mkdir(parents=True)
    (deserted / "owner").touch()
    (deserted / "content" / "link").symlink_to(elsewhere)
    remove_deserted()
    assert not deserted.exists()
    assert (elsewhere / "labels").exists()


def test_another_persons_folder_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deserted = home / "incident-console-cache-1"
    deserted.mkdir()
    (deserted / "owner").touch()
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    remove_deserted()
    assert deserted.exists()


def test_whoever_works_in_memory_has_no_folder_for_temporary_files_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To find it Python writes a file there."""
    monkeypatch.setattr("tempfile.tempdir", None)
    open_store(Settings((), MEMORY), load_catalog(), clock=clock).close()
    assert tempfile.tempdir is None
