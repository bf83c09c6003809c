"""Which files the arguments mean."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.errors import SourceError
from console.ingest import require_readable
from console.ingest.sources import covers, scan
from console.model import SourceState


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    for name in ("a.jsonl", "b.log", "c.ndjson", "d.txt", ".hidden.log", "deep/er/e.log", "old.log.gz"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


def names(root: Path, *arguments: str) -> list[str]:
    return [
        str(Path(found.path).relative_to(root)) for found in scan([str(root / a) for a in arguments]).files
    ]


def test_a_directory_gives_its_logs_and_those_of_its_folders(logs: Path) -> None:
    assert names(logs, "") == ["a.jsonl", "b.log", "c.ndjson", "old.log.gz", "deep/er/e.log"]


def test_patterns_give_what_they_match(logs: Path) -> None:
    assert names(logs, "*.log") == ["b.log"]
    assert names(logs, "**/*.log") == ["b.log", "deep/er/e.log"]
    assert names(logs, "?.txt") == ["d.txt"]
    assert names(logs, "d*") == ["d.txt", "deep/er/e.log"]


def test_a_file_given_by_name_is_taken_whatever_its_ending(logs: Path) -> None:
    assert names(logs, "d.txt", ".hidden.log") == ["d.txt", ".hidden.log"]


def test_a_file_whose_name_looks_like_a_pattern_is_taken(logs: Path) -> None:
    (logs / "[x]*.log").write_bytes(b"")
    assert names(logs, "[x]*.log") == ["[x]*.log"]


def test_a_file_by_two_names_is_taken_once(logs: Path) -> None:
    (logs / "link.log").symlink_to("b.log")
    os.link(logs / "b.log", logs / "z.log")
    assert names(logs, "link.log", "", "*.log") == [
        "link.log",
        "a.jsonl",
        "c.ndjson",
        "old.log.gz",
        "deep/er/e.log",
    ]


def test_a_linked_folder_is_searched_and_a_loop_ends(logs: Path) -> None:
    (logs / "deep" / "loop").symlink_to(logs)
    (logs / "elsewhere").symlink_to(logs / "deep" / "er")
    assert set(names(logs, "")) == {"a.jsonl", "b.log", "c.ndjson", "old.log.gz", "deep/er/e.log"}


def test_a_link_that_leads_to_itself_hides_nothing_beside_it(logs: Path) -> None:
    for name in ("aa.log", "aa"):
        (logs / name).symlink_to(name)
    found = scan([str(logs)])
    assert len(found.files) == 5
    assert [Path(trouble.path).name for trouble in found.troubles] == ["aa.log"]


@pytest.mark.parametrize(
    ("argument", "state", "problem"),
    [
        ("none.log", SourceState.WAITING, "does not exist yet"),
        ("no/such/folder/x.log", SourceState.WAITING, "does not exist yet"),
        ("none*.log", SourceState.WAITING, "matches no file yet"),
        ("empty", SourceState.WAITING, "no file that ends in .jsonl, .ndjson, .log, .parquet yet"),
        ("pipe", SourceState.FAILED, "not a regular file"),
        ("a.jsonl/x", SourceState.FAILED, "not a directory"),
    ],
)
def test_an_argument_that_gives_nothing_says_why(
    logs: Path, argument: str, state: SourceState, problem: str
) -> None:
    (logs / "empty").mkdir()
    os.mkfifo(logs / "pipe")
    (trouble,) = scan([str(logs / argument)]).troubles
    assert (trouble.path, trouble.state) == (str(logs / argument), state)
    assert problem in trouble.problem
    with pytest.raises(SourceError, match=rf"^{str(logs / argument).replace('*', '[*]')}: .*{problem}"):
        require_readable([str(logs / "b.log"), str(logs / argument)])


def test_a_file_that_may_not_be_opened_is_named(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_readable([str(logs)])

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SourceError, match=r"a\.jsonl: permission denied; let this user read it"):
        require_readable([str(logs)])


def test_a_name_that_is_no_text_is_shown_as_text(tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/\xff.log")
    Path(name).write_bytes(b"")
    (found,) = scan([str(tmp_path)]).files
    assert found.path == f"{tmp_path}/\\xff.log"
    assert found.name == name


def test_directories_in_which_something_may_turn_up_are_named(logs: Path) -> None:
    found = scan([str(logs / "deep"), str(logs / "new" / "x.log"), str(logs / "deep" / "q*" / "x.log")])
    assert found.directories >= {str(logs / "deep"), str(logs / "deep" / "er"), str(logs / "new")}


def test_coverage_is_told_by_name_alone() -> None:
    assert covers(["/a/x.log"], "/a/x.log")
    assert covers(["/a/*.log"], "/a/x.log")
    assert covers(["/a"], "/a/b/x.log")
    assert not covers(["/a"], "/a/x.txt")
    assert not covers(["/a/x.log", "/b"], "/a/y.log")
