"""Labels from somewhere else hold what masks leave of them, and so meet the rows that were masked."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from console.casebook import Casebook
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import clock

EMAIL = "jane.doe@example.org"
IDS = ("r-1", EMAIL, f"r-3 of {EMAIL}")
HASHED = '[[mask]]\nvalues = "email"\nwith = "hash"\n'


@pytest.fixture
def book(home: Path) -> Path:
    """An empty casebook."""
    path = home / "casebook.sqlite"
    Casebook.open(path, author="me@here", clock=clock).close()
    return path


def label_file(folder: Path) -> Path:
    path = folder / "labels.csv"
    rows = [f"{key},fraud,asked {EMAIL}" for key in IDS]
    path.write_text("\n".join(("request_id,label,note", *rows)) + "\n")
    return path


def keys_in(book: Path) -> list[str]:
    with Casebook.open(book, author="x", clock=clock) as opened:
        return [row.draft.request_key for row in opened.standing()]


def test_imported_labels_are_masked_and_meet_their_rows(
    icon: Icon, home: Path, book: Path, tmp_path: Path
) -> None:
    (home / "incident-console.toml").write_text(HASHED)
    log = tmp_path / "log.jsonl"
    rows = ({"ts": 1.79e9 + n, "request_id": key, "model": "m"} for n, key in enumerate(IDS))
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert icon("labels", "import", label_file(tmp_path)).code == 0
    assert "nothing new imported" in icon("labels", "import", label_file(tmp_path)).out
    assert [EMAIL in file.read_bytes().decode("latin-1") for file in home.glob("casebook*")].count(True) == 0
    out = tmp_path / "slice.parquet"
    sent = icon("export", log, "--filter", "model=m", "--only-labelled", "--out", out)
    assert sent.code == 0, sent.err
    slice_ = pl.read_parquet(out)
    assert slice_["label"].to_list() == ["fraud"] * 3
    assert slice_["request_id"].to_list() == keys_in(book)
    assert EMAIL not in json.dumps(slice_.to_dicts(), default=str)


def test_the_note_of_a_rule_is_masked(icon: Icon, home: Path, book: Path, tmp_path: Path) -> None:
    (home / "incident-console.toml").write_text(HASHED.replace("hash", "drop"))
    log = tmp_path / "log.jsonl"
    log.write_text('{"ts": 1.79e9, "request_id": "r-1", "model": "m"}\n')
    assert icon("labels", "rule", "model=m", "fraud", log, "--note", f"{EMAIL} said so").code == 0
    with Casebook.open(book, author="x", clock=clock) as opened:
        assert [row.draft.note for row in opened.standing()] == ["[email] said so"]


def test_what_is_masked_already_comes_back_as_it_was(
    icon: Icon, home: Path, book: Path, tmp_path: Path
) -> None:
    (home / "incident-console.toml").write_text('[[mask]]\nfields = ["request_id"]\nwith = "hash"\n')
    assert icon("labels", "import", label_file(tmp_path)).code == 0
    out = tmp_path / "out.csv"
    assert icon("labels", "export", "--out", out).code == 0
    again = icon("labels", "import", out)
    assert "nothing new imported\n  3 on record already" in again.out


def test_a_record_from_before_the_masks_is_still_known(
    icon: Icon, home: Path, book: Path, tmp_path: Path
) -> None:
    assert icon("labels", "import", label_file(tmp_path)).code == 0
    out = tmp_path / "out.csv"
    assert icon("labels", "export", "--out", out).code == 0
    (home / "incident-console.toml").write_text(HASHED)
    assert "3 on record already" in icon("labels", "import", out).out


def test_ids_that_are_not_stored_are_refused(icon: Icon, home: Path, book: Path, tmp_path: Path) -> None:
    (home / "incident-console.toml").write_text('[[mask]]\nfields = ["request_id"]\nwith = "drop"\n')
    refused = icon("labels", "import", label_file(tmp_path))
    assert (refused.code, keys_in(book)) == (2, [])
    assert "the masks drop request ids" in refused.err
