"""Consensus and agreement; golden values by scikit-learn 1.9 and the package krippendorff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import Label, LabelDraft, LabelStatus
from console.model.agreement import MOST_ANNOTATORS, agreement, consensus_of
from console.model.label_book import label_book

AT = datetime(2026, 11, 2, tzinfo=UTC)

# Krippendorff 2011, example C: four observers, twelve units; a dot where one has said nothing.
EXAMPLE_C = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}
TWO = {
    "ann": "fraud fraud legit legit legit fraud unsure legit fraud legit",
    "bob": "fraud legit legit legit fraud fraud legit legit fraud unsure",
}


def said(key: str, author: str, value: str, note: str = "") -> Label:
    return Label(
        label_id=f"{key} {author} {value}",
        draft=LabelDraft(key, value, note=note, model="fraud"),
        status=LabelStatus.SUBMITTED,
        source="human",
        author=author,
        at=AT,
        previous_value=None,
        overrides=None,
        act="act",
    )


def table(by_author: dict[str, str]) -> list[Label]:
    return [
        said(f"f-{number}", author, value)
        for author, values in by_author.items()
        for number, value in enumerate(values.split())
        if value != "."
    ]


def test_the_alpha_of_the_paper_comes_out() -> None:
    found = agreement(table(EXAMPLE_C))
    assert found.alpha == pytest.approx(0.743421052631579, abs=1e-12)
    assert (found.labels, found.requests, found.annotators, found.compared) == (41, 12, 4, 11)
    assert (found.conflicts, found.tied) == (3, 1)
    assert found.kappa is None, "kappa is of two"


def test_the_kappa_of_each_pair_comes_out() -> None:
    pairs = {pair.first + pair.second: pair for pair in agreement(table(EXAMPLE_C)).pairs}
    kappas = {"AB": 0.8448275862068966, "AC": 0.4782608695652174, "AD": 0.85}
    kappas |= {"BC": 0.5423728813559321, "BD": 0.8701298701298701, "CD": 0.6153846153846154}
    assert {name: pair.kappa for name, pair in pairs.items()} == pytest.approx(kappas)
    equal = {"AB": 8 / 9, "AC": 5 / 8, "AD": 8 / 9, "BC": 6 / 9, "BD": 9 / 10, "CD": 7 / 10}
    assert {name: pair.observed for name, pair in pairs.items()} == pytest.approx(equal)
    assert {name: pair.requests for name, pair in pairs.items()} == {
        **dict.fromkeys(("AB", "AD", "BC"), 9),
        **dict.fromkeys(("BD", "CD"), 10),
        "AC": 8,
    }
    assert list(pairs) == ["BD", "CD", "AB", "AD", "BC", "AC"], "those with most in common come first"


def test_two_people_have_an_agreement_a_kappa_and_an_alpha() -> None:
    found = agreement(table(TWO))
    assert found.observed == pytest.approx(0.6)
    assert found.kappa == pytest.approx(0.31034482758620696)
    assert found.alpha == pytest.approx(0.3448275862068966)
    opposite = agreement(table({"ann": "a b a b", "bob": "b a b a"}))
    assert (opposite.observed, opposite.kappa) == (0.0, -1.0)
    assert opposite.alpha == pytest.approx(-0.75)


def test_where_nobody_can_be_compared_nothing_is_said_of_agreement() -> None:
    for labels in ([], table({"ann": "a b c"}), table({"ann": "a .", "bob": ". b"})):
        found = agreement(labels)
        assert (found.compared, found.observed, found.alpha, found.kappa, found.pairs) == (
            0,
            None,
            None,
            None,
            (),
        )


def test_if_one_value_is_all_that_is_said_chance_explains_it_whole() -> None:
    found = agreement(table({"ann": "a a a", "bob": "a a a"}))
    assert (found.observed, found.alpha, found.kappa) == (1.0, None, None)


def test_a_request_that_one_has_labelled_changes_no_agreement() -> None:
    labels = table(TWO)
    more = agreement([*labels, said("alone", "cat", "fraud"), said("lonely", "ann", "other")])
    assert (more.observed, more.alpha, more.pairs) == (
        agreement(labels).observed,
        agreement(labels).alpha,
        agreement(labels).pairs,
    )
    assert (more.requests, more.annotators) == (12, 3)


def test_pairs_are_made_of_so_many_people_and_no_more() -> None:
    crowd = [said("f-1", f"a{number:04d}", "x") for number in range(500)]
    found = agreement([*crowd, said("f-2", "a0490", "x"), said("f-2", "a0491", "y")])
    assert len(found.pairs) == MOST_ANNOTATORS * (MOST_ANNOTATORS - 1) // 2
    assert (found.pairs[0].first, found.pairs[0].second) == ("a0490", "a0491")
    assert found.annotators == 500


def test_a_majority_is_a_consensus_and_a_tie_is_none() -> None:
    votes = [said("f-1", author, value) for author, value in zip("abc", ("x", "y", "x"), strict=True)]
    found = consensus_of(votes)["f-1"]
    assert (found.value, found.votes, found.n_annotators, found.is_conflict) == (
        "x",
        {"x": 2, "y": 1},
        3,
        True,
    )
    assert found.agreement == pytest.approx(2 / 3)
    assert found.labels == tuple(votes)
    tied = consensus_of(votes[:2])["f-1"]
    assert (tied.value, tied.agreement, tied.is_conflict) == (None, 0.5, True)
    alone = consensus_of(votes[:1])["f-1"]
    assert (alone.value, alone.agreement, alone.is_conflict) == ("x", 1.0, False)


def test_of_one_persons_labels_the_last_is_their_vote() -> None:
    found = consensus_of([said("f-1", "ann", "x"), said("f-1", "bob", "y"), said("f-1", "ann", "y")])
    assert (found["f-1"].votes, found["f-1"].n_annotators) == ({"y": 2}, 2)
    assert [label.author for label in found["f-1"].labels] == ["bob", "ann"], "in the order of writing"


VOTES = st.lists(
    st.tuples(st.sampled_from("123"), st.sampled_from("abcd"), st.sampled_from(["x", "y", "z", ""])),
    max_size=12,
)


@given(votes=VOTES, shuffle=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_consensus_is_the_count_of_votes_in_whatever_order_people_vote(
    votes: list[tuple[str, str, str]], shuffle: Random
) -> None:
    last = {(key, author): value for key, author, value in votes}
    labels = [said(key, author, value) for (key, author), value in last.items()]
    found = consensus_of(labels)
    plain = {key: Counter(v for (k, _), v in last.items() if k == key) for key, _ in last}
    assert {key: dict(one.votes) for key, one in found.items()} == plain
    for key, one in found.items():
        leading = [value for value, count in plain[key].items() if count == max(plain[key].values())]
        assert one.value == (leading[0] if len(leading) == 1 else None)
        assert one.agreement == max(plain[key].values()) / plain[key].total()
        assert one.is_conflict == (len(plain[key]) > 1)
    mixed = list(labels)
    shuffle.shuffle(mixed)
    assert {key: one.value for key, one in consensus_of(mixed).items()} == {
        k: o.value for k, o in found.items()
    }
    assert agreement(mixed).alpha == pytest.approx(agreement(labels).alpha)
    alpha, observed = agreement(labels).alpha, agreement(labels).observed
    assert alpha is None or (alpha <= 1 and (alpha == 1) == (observed == 1))


# --- the book of all labels ------------------------------------------------------------------------


def keys_of(labels: Sequence[Label]) -> list[str]:
    return [label.draft.request_key for label in labels]


LABELS = (
    said("f-1", "ann", "fraud", note="Seen before"),
    said("f-2", "ann", "legit"),
    said("f-2", "bob", "fraud"),
    said("f-3", "bob", "fraud"),
    said("f-1", "bob", "legit"),
)


def test_a_book_lists_labels_conflicts_and_flags_newest_first() -> None:
    book = label_book(LABELS, [said("f-9", "ann", ""), said("f-1", "bob", "")])
    assert keys_of(book.labels) == ["f-1", "f-3", "f-2", "f-2", "f-1"]
    assert [one.request_key for one in book.conflicts] == ["f-1", "f-2"]
    assert keys_of(book.flags) == ["f-1", "f-9"]
    assert (book.n_labels, book.n_flags, book.agreement.conflicts) == (5, 2, 2)


def test_conflicts_without_a_majority_come_first() -> None:
    book = label_book([*LABELS, said("f-1", "cat", "legit")], ())
    assert [(one.request_key, one.value) for one in book.conflicts] == [("f-2", None), ("f-1", "legit")]
    assert (book.agreement.conflicts, book.agreement.tied) == (2, 1)


def test_words_are_found_whatever_their_case_and_a_conflict_is_found_by_any_of_its_labels() -> None:
    book = label_book(LABELS, [said("f-9", "ann", "")], "SEEN ann")
    assert keys_of(book.labels) == ["f-1"]
    assert [(one.request_key, one.n_annotators) for one in book.conflicts] == [("f-1", 2)]
    assert (book.n_labels, book.n_people, book.n_flags) == (1, 1, 0)
    assert (book.agreement.requests, book.agreement.annotators) == (1, 2)
    assert set(book.said) == {"f-1", "f-2", "f-3"}, "what is said is known of all"
    assert label_book(LABELS, (), "nobody").labels == ()


def test_a_long_book_lists_the_newest_and_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.model.label_book.MOST_LABELS", 2)
    book = label_book(LABELS, LABELS)
    assert (keys_of(book.labels), book.n_labels) == (["f-1", "f-3"], 5)
    assert (keys_of(book.flags), book.n_flags) == (["f-1", "f-3"], 5)
