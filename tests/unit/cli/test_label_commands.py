"""`icon labels conflicts`, `agreement`, `rule` and `undo`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.model import LabelDraft
from tests.unit.cli.conftest import Icon


def opened(path: Path, author: str) -> Casebook:
    return Casebook.open(path, author=author, clock=lambda: datetime(2026, 11, 2, tzinfo=UTC))


@pytest.fixture
def casebook(tmp_path: Path) -> Path:
    """Four requests of a model that ann and bob have labelled, and one of another; they differ on one."""
    path = tmp_path / "team.sqlite"
    with opened(path, "ann@one") as ann, opened(path, "bob@two") as bob:
        for book, values in ((ann, "xxyy"), (bob, "xxyx")):
            book.label(
                [LabelDraft(f"f-{n}", value, model="fraud", note="\x1b[2J") for n, value in enumerate(values)]
            )
        ann.label([LabelDraft("e-1", "late", model="eta")])
    return path


def test_conflicts_say_who_says_what(icon: Icon, casebook: Path) -> None:
    ended = icon("labels", "conflicts", "--casebook", casebook)
    assert (ended.code, ended.err) == (0, "")
    _, row = ended.out.splitlines()
    assert "f-3" in row and "tied" in row and "x: bob@two; y: ann@one" in row
    assert icon("labels", "conflicts", "--casebook", casebook, "--model", "eta").out == ""


def test_a_label_that_names_no_model_is_of_that_of_its_request(icon: Icon, casebook: Path) -> None:
    with opened(casebook, "cat@three") as book:
        book.label([LabelDraft("f-0", "y"), LabelDraft("f-9", "y")])
    args = ("labels", "conflicts", "--casebook", casebook, "--model", "fraud", "--format", "json")
    one = next(told for told in json.loads(icon(*args).out) if told["request_key"] == "f-0")
    assert (one["model"], one["votes"]) == ("fraud", {"x": 2, "y": 1})
    assert [told["request_key"] for told in json.loads(icon(*args[:-4], "--format", "json").out)][:1] == [
        "f-3"
    ]


@pytest.mark.parametrize("where", ["before", "after"])
def test_the_casebook_may_be_named_before_the_subcommand_or_after_it(
    icon: Icon, casebook: Path, where: str
) -> None:
    named = ("--casebook", casebook)
    args = (*named, "conflicts") if where == "before" else ("conflicts", *named)
    ended = icon("labels", *args, "--format", "jsonl")
    told = json.loads(ended.out)
    assert (told["request_key"], told["consensus"], told["votes"]) == ("f-3", None, {"x": 1, "y": 1})
    assert [(label["author"], label["value"]) for label in told["labels"]] == [
        ("ann@one", "y"),
        ("bob@two", "x"),
    ]
    assert "\x1b" not in ended.out


def test_agreement_is_of_one_model_or_of_all(icon: Icon, casebook: Path) -> None:
    (all_of_them,) = json.loads(icon("labels", "agreement", "--casebook", casebook, "--format", "json").out)
    assert (all_of_them["labels"], all_of_them["requests"], all_of_them["compared"]) == (9, 5, 4)
    assert all_of_them["agreement"] == 0.75
    assert all_of_them["kappa"] == pytest.approx(0.5)
    assert all_of_them["pairs"][0]["first"] == "ann@one"
    (of_eta,) = json.loads(
        icon("labels", "agreement", "--casebook", casebook, "--format", "json", "--model", "eta").out
    )
    assert (of_eta["labels"], of_eta["agreement"], of_eta["alpha"]) == (1, None, None)
    table = icon("labels", "agreement", "--casebook", casebook).out
    assert "both labelled" in table and "0.75" in table


def test_a_rule_is_tried_first_then_labels_and_is_taken_back_by_its_act(icon: Icon, calm: Path) -> None:
    rule = ("labels", "rule", "model=fraud", "wrong", calm, "--author", "rule:all", "-q")
    tried = icon(*rule, "--dry-run")
    assert (tried.code, tried.out) == (0, "")
    assert "would be labelled wrong" in tried.err
    done = icon(*rule)
    act = done.out.strip()
    assert len(act) == 32 and "labelled wrong" in done.err
    counted = len(icon("labels", "--format", "jsonl").out.splitlines())
    assert counted > 0 and f"{counted:,} labelled" in done.err
    assert "were already" in icon(*rule).err
    assert icon("labels", "undo", act).code == 2, "it is not this person's act"
    undone = icon("labels", "undo", act, "--author", "rule:all")
    assert undone.code == 0 and f"{counted:,} rows taken back" in undone.err
    assert icon("labels", "--format", "jsonl").out == ""
    assert "no label left to take back" in icon("labels", "undo", "--author", "rule:all").err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("", "wrong"), "a rule wants a condition"),
        (("nonsense=1", "wrong"), "nonsense"),
        (("status>", "wrong"), "a value is missing"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(icon: Icon, calm: Path, args: tuple[str, str], words: str) -> None:
    ended = icon("labels", "rule", *args, calm, "-q")
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert icon("labels", "--format", "jsonl").out == ""
