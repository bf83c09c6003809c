"""Drafts, flags, rows discarded from the start, acts undone by name, and rows of other casebooks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.casebook import Casebook
from console.errors import CasebookError
from console.model import Label, LabelDraft, LabelStatus

DRAFT, SUBMITTED, DISCARDED = LabelStatus.DRAFT, LabelStatus.SUBMITTED, LabelStatus.DISCARDED
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def flag(casebook: Casebook, *keys: str) -> tuple[Label, ...]:
    return casebook.label([LabelDraft(key, "", model="fraud") for key in keys], status=DRAFT)


def label(casebook: Casebook, key: str, value: str) -> Label:
    (kept,) = casebook.label([LabelDraft(key, value, model="fraud")])
    return kept


@pytest.fixture
def bob(path: Path, casebook: Casebook) -> Iterator[Casebook]:
    with Casebook.open(path, author="bob@two", clock=lambda: NOON) as opened:
        yield opened


def test_a_draft_neither_counts_nor_hides_what_counts(casebook: Casebook) -> None:
    first = label(casebook, "f-1", "fraud")
    (draft,) = casebook.label([LabelDraft("f-1", "legit", model="fraud")], status=DRAFT)
    assert (draft.previous_value, draft.overrides) == ("fraud", None)
    assert casebook.current(["f-1"]) == {"f-1": first}
    assert casebook.current_all() == casebook.standing() == (first,)
    assert casebook.counts() == {"fraud": 1}
    assert casebook.label_values("fraud") == ("fraud",)
    second = label(casebook, "f-1", "legit")
    assert (second.previous_value, second.overrides) == ("fraud", first.label_id)


def test_an_undo_takes_a_draft_back_and_leaves_what_was_before(casebook: Casebook) -> None:
    first = label(casebook, "f-1", "fraud")
    (drafted,) = flag(casebook, "f-1")
    assert casebook.flagged() == (drafted,)
    (discard,) = casebook.undo()
    assert (discard.status, discard.overrides, discard.draft) == (DISCARDED, drafted.label_id, drafted.draft)
    assert casebook.flagged() == ()
    assert casebook.current_all() == (first,)
    assert [row.draft.value for row in casebook.undo()] == ["fraud"]


def test_a_flag_stays_until_a_person_labels_the_request_after_it(casebook: Casebook, bob: Casebook) -> None:
    label(casebook, "f-1", "fraud")
    (mine,) = flag(casebook, "f-1")
    (again,) = flag(casebook, "f-1")
    (theirs,) = flag(bob, "f-1")
    assert casebook.flagged() == (again, theirs), "one of each person, the newest"
    bob.label([LabelDraft("f-1", "fraud")], source="rule")
    bob.label([LabelDraft("f-1", "legit")], status=DRAFT)
    assert casebook.flagged() == (again, theirs)
    answer = label(bob, "f-1", "legit")
    assert casebook.flagged() == ()
    assert [row.overrides for row in bob.undo()] == [answer.label_id]
    assert casebook.flagged() == (again, theirs)
    assert mine.act != again.act


def test_a_draft_with_a_value_is_no_flag(casebook: Casebook) -> None:
    casebook.label([LabelDraft("f-1", "fraud")], status=DRAFT)
    assert casebook.flagged() == ()


def test_a_row_that_was_discarded_from_the_start_takes_nothing_back(casebook: Casebook) -> None:
    first = label(casebook, "f-1", "fraud")
    (row,) = casebook.label([LabelDraft("f-1", "")], source="import", status=DISCARDED)
    assert (row.previous_value, row.overrides) == ("fraud", None)
    assert casebook.current_all() == (first,)
    assert casebook.history() == (first, row)
    assert [discard.overrides for discard in casebook.undo()] == [first.label_id]


def test_an_act_is_undone_by_its_name_whatever_came_after(casebook: Casebook, bob: Casebook) -> None:
    first = label(casebook, "f-1", "fraud")
    act = casebook.label([LabelDraft("f-1", "legit"), LabelDraft("f-2", "legit")])[0].act
    last = label(casebook, "f-3", "fraud")
    assert bob.undo_act(act) == (), "it is another's"
    assert [row.draft.request_key for row in casebook.undo_act(act)] == ["f-2", "f-1"]
    assert casebook.undo_act(act) == casebook.undo_act("unknown") == casebook.undo_act("\udc80") == ()
    assert casebook.current_all() == (first, last)


@pytest.mark.parametrize("source", ["rule", "import"])
def test_what_no_hand_labelled_is_only_taken_back_by_its_name(casebook: Casebook, source: str) -> None:
    by_hand = label(casebook, "f-1", "fraud")
    (other,) = casebook.label([LabelDraft("f-2", "fraud")], source=source)
    assert [row.overrides for row in casebook.undo()] == [by_hand.label_id]
    assert casebook.undo() == ()
    assert casebook.current_all() == (other,)
    assert [row.overrides for row in casebook.undo_act(other.act)] == [other.label_id]


def test_what_somebody_corrected_since_is_kept_when_an_earlier_act_is_undone(casebook: Casebook) -> None:
    first = label(casebook, "f-1", "fraud")
    second = label(casebook, "f-1", "legit")
    casebook.undo_act(first.act)
    assert casebook.current_all() == (second,)
    casebook.undo()
    assert casebook.current_all() == ()


def test_what_each_person_says_stands_beside_what_others_say(casebook: Casebook, bob: Casebook) -> None:
    label(casebook, "f-1", "fraud")
    theirs = label(bob, "f-1", "legit")
    mine = label(casebook, "f-1", "unsure")
    assert casebook.standing() == bob.standing() == (theirs, mine)
    assert casebook.current_all() == (mine,)


# --- rows that were made elsewhere ---------------------------------------------------------------


def test_another_casebooks_record_comes_over_as_it_was_and_only_once(
    casebook: Casebook, tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    label(casebook, "f-1", "fraud")
    label(casebook, "f-1", "legit")
    casebook.undo()
    flag(casebook, "f-2")
    with Casebook.open(tmp_path / "other.sqlite", author="bob@two", clock=clock) as other:
        own = label(other, "f-1", "unsure")
        assert other.restore(casebook.history()) == 4
        assert other.history() == (own, *casebook.history())
        assert other.restore(casebook.history()) == other.restore(()) == 0
        assert other.restore([*other.history(), replace(own, label_id="new"), own]) == 1
        assert {row.draft.value for row in other.standing()} == {"unsure", "fraud"}
        assert [row.draft.request_key for row in other.flagged()] == ["f-2"]


def test_of_two_rows_of_one_id_the_first_is_kept(casebook: Casebook) -> None:
    good = label(casebook, "f-1", "fraud")
    first = replace(good, label_id="new")
    assert casebook.restore([first, replace(first, author="bob@two"), replace(good, author="bob@two")]) == 1
    assert casebook.history() == (good, first)


def test_an_undo_takes_back_only_ones_own_rows_of_a_restored_act(casebook: Casebook) -> None:
    mine = label(casebook, "f-1", "fraud")
    theirs = replace(mine, label_id="theirs", author="bob@two")
    assert casebook.restore([theirs]) == 1
    assert [row.overrides for row in casebook.undo()] == [mine.label_id]
    assert casebook.standing() == (theirs,)
    assert casebook.undo() == ()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"label_id": ""}, "label_id must not be empty"),
        ({"act": ""}, "act must not be empty"),
        ({"author": "\ud800"}, "author holds half of a surrogate pair"),
        ({"previous_value": 1}, "previous_value must be text, not int"),
        ({"overrides": b"x"}, "overrides must be text, not bytes"),
        ({"at": datetime(2026, 11, 2)}, "at must have a zone"),  # noqa: DTZ001
        ({"draft": LabelDraft("f-1", None)}, "value must be text, not NoneType"),  # type: ignore[arg-type]
    ],
)
def test_a_row_that_cannot_be_kept_is_named_and_none_is_restored(
    casebook: Casebook, wrong: Mapping[str, object], words: str
) -> None:
    good = label(casebook, "f-1", "fraud")
    fresh = replace(good, label_id="fresh")
    with pytest.raises(CasebookError, match=words):
        casebook.restore([fresh, replace(good, **{"label_id": "bad", **wrong})])  # type: ignore[arg-type]
    assert casebook.history() == (good,)


# --- any sequence of acts, against a plain model ---------------------------------------------------

AUTHORS = ("ann", "bob")


@dataclass
class Row:
    """One row of the model: a list of these, in order, is all that there is."""

    author: str
    act: int
    key: str
    value: str
    status: LabelStatus
    undone: bool = False


def standing_of(rows: list[Row]) -> dict[tuple[str, str], str]:
    return {(row.key, row.author): row.value for row in rows if row.status is SUBMITTED and not row.undone}


def current_of(rows: list[Row]) -> dict[str, str]:
    return {row.key: row.value for row in rows if row.status is SUBMITTED and not row.undone}


def flags_of(rows: list[Row]) -> set[tuple[str, str]]:
    open_flags: set[tuple[str, str]] = set()
    for row in rows:
        if not row.undone and row.status is DRAFT and row.value == "":
            open_flags.add((row.key, row.author))
        elif not row.undone and row.status is SUBMITTED:
            open_flags -= {(row.key, author) for author in AUTHORS}
    return open_flags


@contextmanager
def two_people() -> Iterator[Mapping[str, Casebook]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "casebook.sqlite"
        with (
            Casebook.open(path, author="ann", clock=lambda: NOON) as ann,
            Casebook.open(path, author="bob", clock=lambda: NOON) as bob,
        ):
            yield {"ann": ann, "bob": bob}


SAID = st.lists(st.tuples(st.sampled_from("12"), st.sampled_from(["x", "y", ""])), min_size=1, max_size=3)
LABELS = st.tuples(st.sampled_from(AUTHORS), st.sampled_from(list(LabelStatus)), SAID)
UNDO = st.tuples(st.sampled_from(AUTHORS), st.just("undo"), st.integers(0, 5) | st.none())
Step = tuple[str, object, object]


@given(steps=st.lists(LABELS | UNDO, max_size=16))
@example(
    steps=[("ann", SUBMITTED, [("1", "x")]), ("ann", DRAFT, [("1", "")]), ("bob", SUBMITTED, [("1", "y")])]
)
@example(steps=[("ann", SUBMITTED, [("1", "x")]), ("ann", SUBMITTED, [("1", "y")]), ("ann", "undo", 0)])
@example(
    steps=[*(("ann", SUBMITTED, [("1", "x")]), ("ann", "undo", None)) * 2, ("bob", SUBMITTED, [("1", "y")])]
)
@settings(max_examples=25, deadline=None)
def test_whatever_is_labelled_drafted_and_undone_stands_as_in_a_plain_list(steps: list[Step]) -> None:
    rows: list[Row] = []
    acts: list[str] = []
    with two_people() as books:
        for author, what, how in steps:
            if what == "undo":
                theirs = [
                    r for r in rows if r.author == author and not r.undone and r.status is not DISCARDED
                ]
                act = how if how is not None else max((row.act for row in theirs), default=-1)
                name = acts[how] if isinstance(how, int) and how < len(acts) else "unknown"
                gone = [row for row in theirs if row.act == act]
                discards = books[author].undo() if how is None else books[author].undo_act(name)
                assert [(d.draft.request_key, d.draft.value) for d in discards] == [
                    (row.key, row.value) for row in reversed(gone)
                ]
                for row in gone:
                    row.undone = True
            else:
                assert isinstance(what, LabelStatus) and isinstance(how, list)
                before = {key: value for (key, who), value in standing_of(rows).items() if who == author}
                kept = books[author].label([LabelDraft(key, value) for key, value in how], status=what)
                for (key, value), one in zip(how, kept, strict=True):
                    assert one.previous_value == before.get(key)
                    assert (one.overrides is not None) == (what is SUBMITTED and key in before)
                    if what is SUBMITTED:
                        before[key] = value
                    rows.append(Row(author, len(acts), key, value, what))
                acts.append(kept[0].act)
        ann = books["ann"]
        assert {
            (one.draft.request_key, one.author): one.draft.value for one in ann.standing()
        } == standing_of(rows)
        assert {one.draft.request_key: one.draft.value for one in ann.current_all()} == current_of(rows)
        assert {(one.draft.request_key, one.author) for one in ann.flagged()} == flags_of(rows)
