"""Many rows come in turns: whoever labels beside them waits for one of them, and a failure leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from console.casebook import Casebook
from console.casebook import turns as turns_of
from console.errors import CasebookError, Interrupted
from console.model import Label, LabelDraft, LabelStatus
from tests.unit.engine.logs import NOW, clock


def rows(number: int) -> list[Label]:
    one = Label("", LabelDraft("", "fraud"), LabelStatus.SUBMITTED, "import", "cat", NOW, None, None, "act")
    return [
        replace(one, label_id=f"{place:032x}", draft=LabelDraft(f"f-{place}", "fraud"))
        for place in range(number)
    ]


@pytest.fixture
def casebook(tmp_path: Path) -> Iterator[Casebook]:
    with Casebook.open(tmp_path / "casebook.sqlite", author="ann", clock=clock) as opened:
        yield opened


class Turns:
    """Transactions of a casebook, one of which may fail, and what goes on between them."""

    def __init__(self, casebook: Casebook, monkeypatch: pytest.MonkeyPatch, *, fails: int = -1) -> None:
        self.begun = 0
        self.seen: list[int] = []
        self._casebook = casebook
        self._fails = fails
        self._writing = casebook._writing
        monkeypatch.setattr(casebook, "_writing", self.writing)
        monkeypatch.setattr(turns_of, "wait", lambda seconds: None)

    @contextmanager
    def writing(self, doing: str) -> Iterator[Connection]:
        self.seen.append(len(self._casebook.history()))
        with self._writing(doing) as connection:
            yield connection
            self.begun += 1
            if self.begun == self._fails:
                raise CasebookError("casebook: the disk is full")


def test_rows_in_turns_are_all_there_in_their_order_and_once(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(casebook, monkeypatch)
    wanted = rows(1_200)
    assert casebook.restore(wanted, in_turns=True) == 1_200
    assert turns.begun >= 2 and 500 in turns.seen, "others see, and may write, what there is between two"
    assert [label.label_id for label in casebook.history()] == [label.label_id for label in wanted]
    assert casebook.restore(wanted, in_turns=True) == 0


def test_a_turn_that_fails_takes_those_before_it_along_and_they_can_come_again(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    casebook.restore(rows(3))
    Turns(casebook, monkeypatch, fails=2)
    with pytest.raises(CasebookError, match=r"the disk is full$"):
        casebook.restore(rows(1_200), in_turns=True)
    assert len(casebook.history()) == 3, "what was on record before stays"
    assert casebook.restore(rows(1_200), in_turns=True) == 1_197


def test_rows_that_cannot_be_taken_out_again_are_told(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(casebook, monkeypatch, fails=2)
    failing = turns.writing

    @contextmanager
    def never_again(doing: str) -> Iterator[Connection]:
        if turns.begun >= 2:
            raise CasebookError("casebook: the disk is full")
        with failing(doing) as connection:
            yield connection

    monkeypatch.setattr(casebook, "_writing", never_again)
    with pytest.raises(CasebookError, match="500 rows are on record already: the same again adds the rest"):
        casebook.restore(rows(1_200), in_turns=True)


def test_who_labels_beside_a_large_import_has_a_turn_before_it_is_over(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(casebook, monkeypatch)
    between = turns.writing

    @contextmanager
    def labelling_between(doing: str) -> Iterator[Connection]:
        if turns.begun == 1:
            with Casebook.open(casebook.place, author="bob", clock=clock) as beside:
                beside.label([LabelDraft("f-7", "legit")])
        with between(doing) as connection:
            yield connection

    monkeypatch.setattr(casebook, "_writing", labelling_between)
    assert casebook.restore(rows(1_200), in_turns=True) == 1_200
    order = [label.author for label in casebook.history()]
    assert order.index("bob") == 500


def test_a_rules_labels_come_in_turns_as_one_act_and_a_persons_at_once(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(casebook, monkeypatch)
    drafts = [LabelDraft(f"f-{place % 900}", "fraud") for place in range(1_100)]
    made = casebook.label(drafts, source="rule")
    assert turns.begun >= 2
    assert len({label.act for label in made}) == 1
    assert tuple(casebook.history()) == made
    assert [label.overrides for label in made[900:]] == [label.label_id for label in made[:200]]
    begun = turns.begun
    casebook.label(drafts)
    assert turns.begun == begun + 1


def test_a_rule_that_fails_leaves_nothing(casebook: Casebook, monkeypatch: pytest.MonkeyPatch) -> None:
    Turns(casebook, monkeypatch, fails=2)
    with pytest.raises(CasebookError):
        casebook.label([LabelDraft(f"f-{place}", "fraud") for place in range(1_200)], source="rule")
    assert casebook.history() == ()


def test_turns_get_shorter_where_they_take_long(casebook: Casebook, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(casebook, monkeypatch)
    times = iter(range(1_000))
    monkeypatch.setattr(turns_of, "monotonic", lambda: float(next(times)))
    casebook.restore(rows(700), in_turns=True)
    assert turns.seen == [0, 500, 550, 600, 650]


def test_an_act_of_many_rows_is_taken_back_in_turns_the_newest_first(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = casebook.label([LabelDraft(f"f-{place}", "fraud") for place in range(1_200)], source="rule")
    turns = Turns(casebook, monkeypatch)
    told: list[tuple[int, int]] = []
    taken_back = casebook.undo_act(act[0].act, on_rows=lambda rows, of: told.append((rows, of)))
    assert turns.begun >= 2 and 1_700 in turns.seen, "others see, and may write, what there is between two"
    assert [label.overrides for label in taken_back] == [label.label_id for label in act[::-1]]
    assert len({label.act for label in taken_back}) == 1
    assert casebook.standing() == ()
    assert told[0] == (500, 1_200) and told[-1] == (1_200, 1_200)
    assert casebook.undo_act(act[0].act) == ()


def test_what_the_same_person_took_back_elsewhere_meanwhile_is_taken_back_once(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = casebook.label([LabelDraft(f"f-{place}", "fraud") for place in range(700)], source="rule")[0].act
    turns = Turns(casebook, monkeypatch)
    between = turns.writing

    @contextmanager
    def taking_back_between(doing: str) -> Iterator[Connection]:
        if turns.begun == 1:
            turns.begun += 1
            with Casebook.open(casebook.place, author="ann", clock=clock) as beside:
                beside.undo_act(act)
        with between(doing) as connection:
            yield connection

    monkeypatch.setattr(casebook, "_writing", taking_back_between)
    assert len(casebook.undo_act(act)) == 500
    assert len(casebook.history()) == 1_400


def test_taking_back_that_fails_takes_nothing_back(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = casebook.label([LabelDraft(f"f-{place}", "fraud") for place in range(1_200)], source="rule")
    Turns(casebook, monkeypatch, fails=2)
    with pytest.raises(CasebookError, match=r"the disk is full$"):
        casebook.undo_act(act[0].act)
    assert casebook.standing() == act


def test_who_does_not_wait_until_rows_are_taken_out_again_is_told_how_many_stay(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def stopped(rows: int, of: int) -> None:
        told.append(rows)
        if len(told) in (2, 3):
            raise KeyboardInterrupt

    Turns(casebook, monkeypatch)
    with pytest.raises(Interrupted, match=r"rows are on record already: the same again adds the rest"):
        casebook.restore(rows(1_600), in_turns=True, on_rows=stopped)
    assert told[2] < told[1], "it goes back"
    assert len(casebook.history()) == told[2]
    assert casebook.restore(rows(1_600), in_turns=True) == 1_600 - told[2]
