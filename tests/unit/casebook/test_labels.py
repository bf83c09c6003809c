"""What counts, after any number of labels and undos."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.casebook import Casebook
from console.errors import CasebookError
from console.model import Label, LabelDraft, LabelStatus


def draft(key: str, value: str, **more: str) -> LabelDraft:
    return LabelDraft(request_key=key, value=value, **more)


def value_of(casebook: Casebook, key: str) -> str | None:
    label = casebook.current([key]).get(key)
    return None if label is None else label.draft.value


def test_a_label_is_read_back_as_it_was_kept(casebook: Casebook) -> None:
    whole = LabelDraft(
        request_key="f-1",
        value="fraud",
        note="seen before",
        model="fraud",
        model_version="v3",
        prediction="legit",
        input_hash="ab" * 32,
        origin="/var/log/fraud.jsonl:128",
        alert_id="a-1",
        query='error_spikes {"model":"fraud"}',
    )
    (kept,) = casebook.label([whole], source="rule")
    assert kept == Label(
        label_id=kept.label_id,
        draft=whole,
        status=LabelStatus.SUBMITTED,
        source="rule",
        author="ann@one",
        at=datetime(2026, 11, 2, 3, 4, 6, 678, tzinfo=UTC),
        previous_value=None,
        overrides=None,
        act=kept.act,
    )
    assert len(kept.label_id) == len(kept.act) == 32
    assert casebook.history() == (kept,)
    assert casebook.current(["f-1", "f-2"]) == {"f-1": kept}


def test_times_are_kept_in_utc_whatever_zone_the_clock_is_in(path: Path) -> None:
    moment = datetime(2026, 11, 2, 5, 0, tzinfo=timezone(timedelta(hours=2)))
    with Casebook.open(path, author="ann@one", clock=lambda: moment) as casebook:
        casebook.label([draft("f-1", "fraud")])
        (label,) = casebook.history()
    assert label.at == moment
    assert label.at.tzinfo is UTC


def test_a_correction_points_at_the_row_that_it_corrects(casebook: Casebook) -> None:
    (first,) = casebook.label([draft("f-1", "fraud")])
    (second,) = casebook.label([draft("f-1", "legit")])
    assert (second.previous_value, second.overrides) == ("fraud", first.label_id)
    assert casebook.current(["f-1"]) == {"f-1": second}
    assert casebook.history("f-1") == (first, second)


def test_one_act_that_names_a_request_twice_ends_with_the_later_value(casebook: Casebook) -> None:
    first, second = casebook.label([draft("f-1", "fraud"), draft("f-1", "legit")])
    assert (second.previous_value, second.overrides) == ("fraud", first.label_id)
    assert value_of(casebook, "f-1") == "legit"
    casebook.undo()
    assert value_of(casebook, "f-1") is None


def test_no_drafts_are_no_act(casebook: Casebook) -> None:
    casebook.label([draft("f-1", "fraud")])
    assert casebook.label([]) == ()
    assert len(casebook.undo()) == 1


def test_after_an_undo_the_earlier_label_counts_again(casebook: Casebook) -> None:
    (first,) = casebook.label([draft("f-1", "fraud")])
    (second,) = casebook.label([draft("f-1", "legit", note="sure")])
    (discard,) = casebook.undo()
    assert (discard.status, discard.overrides, discard.draft) == (
        LabelStatus.DISCARDED,
        second.label_id,
        second.draft,
    )
    assert discard.previous_value == "legit"
    assert casebook.current(["f-1"]) == {"f-1": first}
    assert casebook.history() == (first, second, discard)
    (third,) = casebook.label([draft("f-1", "unsure")])
    assert (third.previous_value, third.overrides) == ("fraud", first.label_id)


def test_an_act_is_undone_whole_and_undoing_walks_back_to_the_start(casebook: Casebook) -> None:
    casebook.label([draft("f-1", "fraud"), draft("f-2", "fraud")])
    casebook.label([draft("f-2", "legit")])
    assert [label.draft.request_key for label in casebook.undo()] == ["f-2"]
    assert [label.draft.request_key for label in casebook.undo()] == ["f-2", "f-1"]
    assert casebook.undo() == ()
    assert casebook.current_all() == ()


def test_an_undo_leaves_the_labels_of_others_alone(casebook: Casebook, path: Path) -> None:
    casebook.label([draft("f-1", "fraud")])
    with Casebook.open(path, author="bob@two", clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)) as other:
        (theirs,) = other.label([draft("f-1", "legit")])
        assert theirs.previous_value is None, "what counted for this author, not for all"
        assert value_of(casebook, "f-1") == "legit", "the newest by order, although its clock is behind"
        assert [label.author for label in casebook.undo()] == ["ann@one"]
        assert casebook.undo() == ()
        assert value_of(casebook, "f-1") == "legit"
        other.undo()
    assert value_of(casebook, "f-1") is None


def test_an_undo_goes_on_after_the_casebook_was_closed(path: Path, clock: Callable[[], datetime]) -> None:
    for value in ("fraud", "legit"):
        with Casebook.open(path, author="ann@one", clock=clock) as casebook:
            casebook.label([draft("f-1", value)])
    with Casebook.open(path, author="ann@one", clock=clock) as casebook:
        assert [label.draft.value for label in casebook.undo()] == ["legit"]
    with Casebook.open(path, author="ann@one", clock=clock) as casebook:
        assert [label.draft.value for label in casebook.undo()] == ["fraud"]


def test_ten_thousand_requests_are_labelled_read_and_undone_at_once(casebook: Casebook) -> None:
    keys = [f"f-{number}" for number in range(12_000)]
    casebook.label([draft(key, "fraud") for key in keys])
    current = casebook.current([*keys, *keys, "f-unknown"])
    assert list(current) == keys
    assert {label.draft.value for label in current.values()} == {"fraud"}
    again = casebook.label([draft(key, "legit") for key in keys])
    assert {label.previous_value for label in again} == {"fraud"}
    assert len(casebook.undo()) == 12_000
    assert casebook.counts() == {"fraud": 12_000}


def test_counts_are_of_what_counts_and_the_most_frequent_comes_first(casebook: Casebook) -> None:
    casebook.label([draft(key, "legit") for key in ("f-1", "f-2", "f-3")])
    casebook.label([draft("f-1", "fraud")])
    casebook.label([draft("f-4", "fraud"), draft("f-5", "fraud")])
    assert list(casebook.counts().items()) == [("fraud", 3), ("legit", 2)]


def test_values_of_a_model_come_most_used_first_and_without_what_was_taken_back(casebook: Casebook) -> None:
    casebook.label([draft("c-1", "churn", model="churn")])
    casebook.label([draft("f-1", "legit", model="fraud"), draft("f-2", "legit", model="fraud")])
    casebook.label([draft("f-3", "fraud", model="fraud")])
    casebook.label([draft("f-3", "slip of the finger", model="fraud")])
    casebook.undo()
    assert casebook.label_values("fraud") == ("legit", "fraud")
    assert casebook.label_values("eta") == ()


HOSTILE = [
    "",
    "nul \0 inside",
    "'; drop table labels; --",
    "\x1b]52;c;aGk=\x07 [/red] $name %s {x}",
    "🙈👩‍👩‍👧 ﷽ \u202e\u2066",
    "line\r\nbreaks\x85\u2028",
    "x" * 1_000_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_text_is_kept_exactly(casebook: Casebook, text: str) -> None:
    hostile = LabelDraft(text, text, text, text, text, text, text, text, text, text)
    (kept,) = casebook.label([hostile], source=text)
    assert casebook.current([text]) == {text: kept}
    assert casebook.history(text)[0].draft == hostile
    assert casebook.label_values(text) == (text,)
    assert casebook.counts() == {text: 1}
    assert casebook.undo_act(kept.act)[0].draft == hostile


@given(text=st.text())
@settings(max_examples=30, deadline=None)
def test_any_text_is_kept_exactly_or_refused_by_name(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, open_in(folder, "ann") as casebook:
        casebook.label([draft(text, text, note=text)])
        assert value_of(casebook, text) == text
        assert casebook.history(text)[0].draft.note == text


def test_half_of_a_surrogate_pair_is_refused_and_nothing_of_the_act_is_kept(casebook: Casebook) -> None:
    with pytest.raises(CasebookError, match=r"casebook\.sqlite: label refused: note holds half of a surr"):
        casebook.label([draft("f-1", "fraud"), draft("f-2", "fraud", note="\udc80")])
    assert casebook.history() == ()
    assert casebook.current(["\udc80"]) == {}
    assert casebook.history("\udc80") == ()
    assert casebook.label_values("\udc80") == ()


def test_what_is_no_text_is_refused_by_name(casebook: Casebook) -> None:
    with pytest.raises(CasebookError, match="prediction must be text, not float"):
        casebook.label([draft("f-1", "fraud", prediction=0.5)])  # type: ignore[arg-type]
    assert casebook.history() == ()


def open_in(folder: str, author: str) -> Casebook:
    return Casebook.open(
        Path(folder) / "casebook.sqlite", author=author, clock=lambda: datetime(2026, 11, 2, tzinfo=UTC)
    )
