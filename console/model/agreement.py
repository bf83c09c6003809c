"""What several people's labels of the same requests amount to, and how far these people agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from console.model.requests import Label, LabelDraft

MOST_ANNOTATORS = 20
"""Of whom pairs are made: those with the most labels that others' labels can be compared with."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What is said of one request, by everybody."""

    request_key: str
    value: str | None
    """What most say; None where the most frequent values are tied, which nobody but a person settles."""
    votes: Mapping[str, int]
    """Value -> how many say so, the most frequent first."""
    n_annotators: int
    agreement: float
    """Share of the annotators who say what most say (0..1); 1.0 where there is one."""
    labels: tuple[Label, ...]
    """One of each annotator, in the order in which they were written."""

    @property
    def is_conflict(self) -> bool:
        """Whether more than one value is given."""
        return len(self.votes) > 1

    @property
    def judged(self) -> LabelDraft:
        """The newest label's that names its model, as those of a file may not; the newest if none does."""
        drafts = [label.draft for label in reversed(self.labels)]
        return next((draft for draft in drafts if draft.model), drafts[0])


def of_model(found: Iterable[Label], model: str) -> tuple[Label, ...]:
    """The labels of a model, and those of its requests that name none, as those of a file may not."""
    labels = tuple(found)
    keys = {label.draft.request_key for label in labels if label.draft.model == model}
    return tuple(
        label
        for label in labels
        if label.draft.model == model or (not label.draft.model and label.draft.request_key in keys)
    )


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two annotators agree, on the requests that both have labelled."""

    first: str
    second: str
    requests: int
    """Labelled by both; at least 1."""
    observed: float
    """Share of these of which both say the same (0..1)."""
    kappa: float | None
    """Cohen's kappa (-1..1); None where both only ever give one and the same value."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far annotators agree, on the requests that more than one has labelled."""

    labels: int
    """That stand, of all requests."""
    requests: int
    """That are labelled."""
    annotators: int
    compared: int
    """Requests with labels of more than one annotator: all that follows is of these."""
    conflicts: int
    """Requests of which different things are said."""
    tied: int
    """Of these, how many have no majority."""
    observed: float | None
    """Share of the pairs of labels of one request that are equal, each label weighing the same (0..1)."""
    alpha: float | None
    """Krippendorff's alpha, nominal; None where nothing is compared or one value is all there is."""
    pairs: tuple[PairAgreement, ...]
    """The pair with the most requests first; of the busiest `MOST_ANNOTATORS`."""

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa, where exactly two have labelled the same requests."""
        return self.pairs[0].kappa if len(self.pairs) == 1 else None


def consensus_of(standing: Iterable[Label]) -> dict[str, Consensus]:
    """What is said of each request, by its key, in the order in which the requests were labelled first.

    A vote of the majority in which each annotator weighs the same. A tie has no value: it stays a conflict
    until somebody labels again.

    Args:
        standing: of each request and author the newest that counts, oldest first; of several by one
            author the last is taken.
    """
    by_request: dict[str, dict[str, Label]] = {}
    for label in standing:
        said = by_request.setdefault(label.draft.request_key, {})
        said.pop(label.author, None)
        said[label.author] = label
    return {key: _consensus(key, tuple(said.values())) for key, said in by_request.items()}


def _consensus(key: str, labels: tuple[Label, ...]) -> Consensus:
    if len(labels) == 1:  # as most are
        value = labels[0].draft.value
        return Consensus(key, value, {value: 1}, 1, 1.0, labels)
    # Sorted by value where the votes are equal, so that the order of writing makes no difference.
    counts = Counter(label.draft.value for label in labels)
    votes = dict(sorted(counts.items(), key=lambda vote: (-vote[1], vote[0])))
    most = max(votes.values())
    leading = [value for value, count in votes.items() if count == most]
    return Consensus(
        request_key=key,
        value=leading[0] if len(leading) == 1 else None,
        votes=votes,
        n_annotators=len(labels),
        agreement=most / len(labels),
        labels=labels,
    )


def agreement(standing: Iterable[Label]) -> Agreement:
    """How far the people agree whose labels these are; what they have not both labelled counts for nothing.

    Args:
        standing: of each request and author the newest that counts, oldest first.
    """
    return agreement_of(consensus_of(standing).values())


def agreement_of(consensus: Collection[Consensus]) -> Agreement:
    """As `agreement`, of what is known of each request."""
    compared = [one for one in consensus if one.n_annotators > 1]
    disagreement, expected = _disagreements([one.votes for one in compared])
    authors = {label.author for one in consensus for label in one.labels}
    return Agreement(
        labels=sum(one.n_annotators for one in consensus),
        requests=len(consensus),
        annotators=len(authors),
        compared=len(compared),
        conflicts=sum(one.is_conflict for one in compared),
        tied=sum(one.value is None for one in compared),
        observed=1 - disagreement if compared else None,
        alpha=1 - disagreement / expected if expected else None,
        pairs=_pairs(compared),
    )


def _disagreements(units: Collection[Mapping[str, int]]) -> tuple[float, float]:
    """Observed and expected disagreement (0..1) of Krippendorff's alpha for nominal values.

    Args:
        units: of each request value -> number of labels, two labels or more.

    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section D: with n_uc labels of
    value c of request u, n_u of request u, n_c of value c and n in all, D_o is the sum over u of
    (n_u^2 - sum of n_uc^2) / (n_u - 1), over n, and D_e is (n^2 - sum of n_c^2) / (n (n - 1)).
    """
    totals: Counter[str] = Counter()
    different = 0.0
    for votes in units:
        size = sum(votes.values())
        different += (size * size - sum(count * count for count in votes.values())) / (size - 1)
        totals.update(votes)
    n = totals.total()
    if not n:
        return 0.0, 0.0
    return different / n, (n * n - sum(count * count for count in totals.values())) / (n * (n - 1))


def _pairs(compared: Collection[Consensus]) -> tuple[PairAgreement, ...]:
    busy = Counter(label.author for one in compared for label in one.labels)
    busiest = sorted(busy.items(), key=lambda item: (-item[1], item[0]))[:MOST_ANNOTATORS]
    chosen = {author for author, _ in busiest}
    said: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in compared:
        theirs = sorted((label.author, label.draft.value) for label in one.labels if label.author in chosen)
        for (first, a), (second, b) in combinations(theirs, 2):
            said.setdefault((first, second), []).append((a, b))
    pairs = [_pair(first, second, both) for (first, second), both in said.items()]
    return tuple(sorted(pairs, key=lambda pair: (-pair.requests, pair.first, pair.second)))


def _pair(first: str, second: str, both: Collection[tuple[str, str]]) -> PairAgreement:
    """Source: Cohen 1960, A Coefficient of Agreement for Nominal Scales: (p_o - p_e) / (1 - p_e), p_e the
    chance of the same value if each gave their own values at random, as often as they did.
    """
    n = len(both)
    equal = sum(a == b for a, b in both)
    theirs = Counter(b for _, b in both)
    by_chance = sum(count * theirs[value] for value, count in Counter(a for a, _ in both).items())
    # In whole numbers, so that what is 1 is exactly that.
    kappa = (equal * n - by_chance) / (n * n - by_chance) if by_chance < n * n else None
    return PairAgreement(first, second, n, equal / n, kappa)
