"""`icon labels import` and `icon labels export`, as a person types them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from console.casebook import Casebook
from console.model import LabelDraft, LabelStatus
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import clock

LABELS = "request_id,label,annotator\nf-1,fraud,ann\nf-2,legit,bob\nf-2,fraud,ann\n"


@pytest.fixture
def book(home: Path) -> Path:
    """A casebook with one label of mine."""
    path = home / "casebook.sqlite"
    with Casebook.open(path, author="me@here", clock=clock) as opened:
        opened.label([LabelDraft("f-9", "legit", note="=1+1", model="fraud")])
    return path


def standing(book: Path) -> list[tuple[str, str, str]]:
    with Casebook.open(book, author="x", clock=clock) as opened:
        return [(row.draft.request_key, row.draft.value, row.author) for row in opened.standing()]


def test_a_file_is_tried_taken_and_known_again(icon: Icon, book: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LABELS)
    tried = icon("labels", "import", path, "--dry-run")
    assert (tried.code, tried.out.splitlines()[:2]) == (
        0,
        [f"{path}: CSV", "3 labels of 2 requests would be imported"],
    )
    assert len(standing(book)) == 1
    taken = icon("labels", "import", path, "--model", "fraud")
    assert taken.code == 0
    assert taken.out.splitlines()[1:4] == [
        "3 labels of 2 requests imported",
        "  by: ann 2, bob 1",
        "  labels: fraud 2, legit 1",
    ]
    assert standing(book)[1:] == [("f-1", "fraud", "ann"), ("f-2", "legit", "bob"), ("f-2", "fraud", "ann")]
    again = icon("labels", "import", path)
    assert "nothing new imported\n  3 on record already" in again.out
    act = taken.out.split("icon labels undo ")[1].split()[0]
    assert icon("labels", "undo", act, "--author", "ann").code == 0
    assert standing(book)[1:] == [("f-2", "legit", "bob")]


def test_a_casebook_begins_with_what_is_imported_into_it(icon: Icon, tmp_path: Path) -> None:
    path, new = tmp_path / "a.csv", tmp_path / "new.sqlite"
    path.write_text(LABELS)
    tried = icon("labels", "import", path, "--casebook", new, "--dry-run")
    assert (tried.code, new.exists()) == (3, False)
    assert icon("labels", "import", path, "--casebook", new).code == 0
    assert [label for _, label, _ in standing(new)] == ["fraud", "legit", "fraud"]


def test_all_or_nothing_unless_bad_entries_are_left_out(icon: Icon, book: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.jsonl"
    good.write_text(LABELS)
    bad.write_text('{"id":"f-3","label":"x"}\n{"id":"f-4","label":["a","b"]}\n{"id"')
    refused = icon("labels", "import", good, bad)
    assert (refused.code, refused.out) == (2, "")
    assert f'{bad}:2: one answer is wanted, not 2: ["a","b"]\n' in refused.err
    assert f"{bad}:3: not JSON" in refused.err
    assert len(standing(book)) == 1
    tried = icon("labels", "import", good, bad, "--dry-run")
    assert (tried.code, len(standing(book))) == (2, 1)
    taken = icon("labels", "import", good, bad, "--skip-bad", "--author", "eve")
    assert (taken.code, "2 entries left out" in taken.err) == (0, True)
    assert ("f-3", "x", "eve") in standing(book)
    assert len(standing(book)) == 5


def test_what_a_file_holds_cannot_act_on_the_terminal(icon: Icon, book: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,label,author\nf-1,\x1b[2Jx,\x1b]0;y\x07\nf-2,x,\x9b\n\x1b[3J,\x1b[1m,a,b\n")
    for ended in (icon("labels", "import", path), icon("labels", "import", path, "--skip-bad")):
        assert not {"\x1b", "\x07", "\x9b"} & set(ended.out + ended.err)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("import", "missing.csv"), "missing.csv: cannot be read: No such file or directory"),
        (("import", "."), "is a directory"),
        (("export", "--out", "labels.txt"), "say what to write by --format, or by an ending"),
        (
            ("export", "--out", "x.json", "--format", "argilla", "--history"),
            "has no place for what is no longer",
        ),
        (("export", "--out", "x.csv", "--db", "x.duckdb"), "for a table of requests with their features"),
    ],
)
def test_what_cannot_be_done_is_said(icon: Icon, book: Path, arguments: tuple[str, ...], reason: str) -> None:
    ended = icon("labels", *arguments)
    assert (ended.code in (2, 3), ended.out) == (True, "")
    assert reason in ended.err


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json", "parquet"])
def test_what_people_say_is_exported_with_what_all_of_them_say(
    icon: Icon, book: Path, tmp_path: Path, ending: str
) -> None:
    source, out = tmp_path / "a.csv", tmp_path / f"out.{ending}"
    source.write_text(LABELS)
    icon("labels", "import", source, "--quiet")
    ended = icon("labels", "export", "--out", out)
    assert (ended.code, ended.out, ended.err) == (0, f"{out}\n", "icon: 4 rows\n")
    match ending:
        case "csv":
            with out.open(newline="") as stream:
                rows = [dict(row) for row in csv.DictReader(stream)]
        case "jsonl":
            rows = [json.loads(line) for line in out.read_text().splitlines()]
        case "json":
            rows = json.loads(out.read_text())
        case _:
            rows = pl.read_parquet(out).to_dicts()
    beside = [
        (
            row["request_key"],
            row["value"],
            row["consensus"] or None,
            str(row["n_annotators"]),
            row["conflict"],
        )
        for row in rows
    ]
    yes, no = ("true", "false") if ending == "csv" else (True, False)
    assert beside == [
        ("f-9", "legit", "legit", "1", no),
        ("f-1", "fraud", "fraud", "1", no),
        ("f-2", "legit", None, "2", yes),
        ("f-2", "fraud", None, "2", yes),
    ]
    assert [float(row["agreement"]) for row in rows] == [1, 1, 0.5, 0.5]
    assert "nothing new imported\n  4 on record already" in icon("labels", "import", out).out
    assert icon("labels", "export", "--out", out).code == 3
    assert icon("labels", "export", "--out", out, "--model", "fraud", "--overwrite").err == "icon: 1 row\n"


def test_the_history_goes_into_another_casebook_as_it_was(icon: Icon, book: Path, tmp_path: Path) -> None:
    with Casebook.open(book, author="me@here", clock=clock) as opened:
        opened.label([LabelDraft("f-9", "fraud")])
        opened.undo()
        opened.label([LabelDraft("f-8", "")], status=LabelStatus.DRAFT)
        history = opened.history()
    out, other = tmp_path / "record.jsonl", tmp_path / "other.sqlite"
    assert icon("labels", "export", "--history", "--out", out).code == 0
    Casebook.open(other, author="eve", clock=clock).close()
    assert icon("labels", "import", out, "--casebook", other).code == 0
    with Casebook.open(other, author="eve", clock=clock) as opened:
        assert opened.history() == history


@pytest.mark.parametrize("fmt", ["label-studio", "argilla"])
def test_the_requests_go_along_with_their_features(
    icon: Icon, book: Path, calm: Path, tmp_path: Path, fmt: str
) -> None:
    first = json.loads(calm.read_text().splitlines()[0])
    source, out = tmp_path / "a.csv", tmp_path / "out.json"
    source.write_text(f"request_id,label\n{first['request_id']},fraud\n")
    icon("labels", "import", source, "--quiet")
    ended = icon("labels", "export", calm, "--db", ":memory:", "--format", fmt, "--out", out, "--quiet")
    assert (ended.code, ended.err) == (0, "")
    other, labelled = json.loads(out.read_text())
    if fmt == "label-studio":
        assert labelled["data"]["model"] == first["model"]
        assert labelled["data"]["features"] == first["features"]
        assert other["data"] == {"request_id": "f-9", "model": "fraud", "features": {}}
    else:
        assert f"model: {first['model']}\n" in labelled["fields"]["request"]
        assert all(name in labelled["fields"]["request"] for name in first["features"])
        assert other["fields"] == {"request": "request_id: f-9\nmodel: fraud"}
    assert "nothing new" in icon("labels", "import", out).out


def test_of_a_request_that_was_logged_twice_the_line_that_was_labelled_goes_along(
    icon: Icon, book: Path, tmp_path: Path
) -> None:
    log, out = tmp_path / "app.jsonl", tmp_path / "out.json"
    line = {"ts": "2026-11-02T03:00:00Z", "model": "m", "prediction": "a", "features": {"n": 1.0}}
    later = {**line, "ts": "2026-11-02T03:00:01Z", "features": {"n": 2.0}}
    lines = [json.dumps({"request_id": "f-1", **one}) for one in (line, later)]
    log.write_text("\n".join(lines) + "\n")

    def features(origin: str) -> object:
        with Casebook.open(book, author="me@here", clock=clock) as opened:
            opened.label([LabelDraft("f-1", "b", origin=origin, model="m")])
        told = ("--format", "label-studio", "--model", "m", "--overwrite")
        assert icon("labels", "export", log, "--db", ":memory:", "--out", out, *told).code == 0
        return json.loads(out.read_text())[0]["data"]["features"]

    assert features("") == {"n": 2.0}
    assert features(f"{log}:0") == {"n": 1.0}
