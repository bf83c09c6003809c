"""In which order requests are labelled: what teaches most comes first. Pure.

Equal inputs are one item. Items are spread over strata (prediction, version, and the tag that tells most of
the prediction), one of each in turn, so that every beginning of the queue has as many of one as of another;
within a stratum those come first of which the model was least sure. Models come one after the other: what a
digit means changes with them.

Sources: Lewis and Gale 1994, A Sequential Algorithm for Training Text Classifiers (uncertainty sampling);
Cochran 1977, Sampling Techniques, chapter 5 (equal allocation over strata).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from console.engine.label_scores import UNKNOWN, Decision
from console.model import Label
from console.model.labelling import Candidate, QueueItem

MOST_VALUES = 12
"""Values beyond which a tag is none to spread by: each stratum would be a few rows."""

_Stratum = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What people said already."""

    mine: Mapping[str, Label] = field(default_factory=dict)
    """Request key -> what the person says."""
    others: Mapping[str, Sequence[Label]] = field(default_factory=dict)
    """Request key -> what others say, one label each."""
    flagged: Mapping[str, Sequence[Label]] = field(default_factory=dict)
    """Request key -> who wants it to be looked at once more."""
    by_name: bool = False
    """Whether the requests were named, one by one: then flags are no reason to come last, and what people do
    not agree on comes again, though the person has labelled it."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A queue's items, and what became of the rest."""

    items: tuple[QueueItem, ...]
    labelled: int
    """Requests that are left out, as the person has labelled them."""
    tag: str
    """By which they are spread; empty for none."""


def in_order(candidates: Iterable[Candidate], known: Known, decisions: Mapping[str, Decision]) -> Ordered:
    """Each request that is to be labelled in one item; the same ones in whatever order they are given.

    What nobody has labelled comes first, then what only others have, then what is flagged; of each the model
    with the most items first.

    Args:
        candidates: of one key the newest counts.
        known: what people said of them.
        decisions: model -> how its scores lead to its predictions.
    """
    by_key: dict[str, Candidate] = {}
    for one in candidates:
        had = by_key.get(one.key)
        if had is None or _age(one) > _age(had):
            by_key[one.key] = one
    wanted = [one for one in by_key.values() if _is_wanted(one.key, known)]
    items = [_item(copies, known, decisions) for copies in _by_input(wanted)]
    tag = telling_tag([item.request for item in items])
    sizes = Counter(item.request.model for item in items)
    blocks: defaultdict[tuple[int, int, str], list[QueueItem]] = defaultdict(list)
    for item in items:
        model = item.request.model
        blocks[_turn(item, known), -sizes[model], model].append(item)
    ordered = (item for block in sorted(blocks) for item in _spread(blocks[block], decisions, tag))
    return Ordered(tuple(ordered), len(by_key) - len(wanted), tag)


def telling_tag(candidates: Sequence[Candidate]) -> str:
    """The tag with the most mutual information with the predictions; empty where none has few values.

    Mutual information in bits: the sum over values t and predictions y of p(t, y) log2(p(t, y) / p(t) p(y)).
    Where that is the same, as where all predictions are, the tag of the most even values, then by name.

    Source: Shannon 1948, A Mathematical Theory of Communication.
    """
    names = sorted({name for one in candidates for name in one.tags})
    best: tuple[float, float, str] | None = None
    for name in names:
        pairs = Counter((one.tags.get(name), one.prediction) for one in candidates)
        values: Counter[str | None] = Counter()
        predictions: Counter[str | None] = Counter()
        for (value, prediction), count in pairs.items():
            values[value] += count
            predictions[prediction] += count
        if not 2 <= len(values) <= MOST_VALUES:
            continue
        told = _entropy(values.values()) + _entropy(predictions.values()) - _entropy(pairs.values())
        rank = (round(told, 9), round(_entropy(values.values()), 9))
        if best is None or rank > best[:2]:
            best = (*rank, name)
    return best[2] if best else ""


def _entropy(numbers: Collection[int]) -> float:
    """In bits."""
    whole = sum(numbers)
    # Sorted, since the sum of the same floats differs with their order.
    return -sum(number / whole * math.log2(number / whole) for number in sorted(numbers))


def _is_wanted(key: str, known: Known) -> bool:
    mine = known.mine.get(key)
    if mine is None or key in known.flagged:
        return True
    return known.by_name and any(one.draft.value != mine.draft.value for one in known.others.get(key, ()))


def _by_input(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Those with the same input of the same model together, the newest first."""
    groups: defaultdict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for one in candidates:
        groups[(one.model, one.input_hash) if one.input_hash else ("", "", one.key)].append(one)
    return [sorted(group, key=_age, reverse=True) for group in groups.values()]


def _age(one: Candidate) -> tuple[object, ...]:
    return (one.ts, one.row_id.source_id, one.row_id.offset)


def _item(copies: Sequence[Candidate], known: Known, decisions: Mapping[str, Decision]) -> QueueItem:
    request = copies[0]
    return QueueItem(
        request,
        tuple(copies[1:]),
        why=decisions.get(request.model, UNKNOWN).why(request.score),
        said=tuple(label for one in copies for label in _said(one.key, known)),
        flags=tuple(flag for one in copies for flag in known.flagged.get(one.key, ())),
    )


def _said(key: str, known: Known) -> Iterable[Label]:
    mine = known.mine.get(key)
    return (*known.others.get(key, ()), *([] if mine is None else [mine]))


def _turn(item: QueueItem, known: Known) -> int:
    if item.flags and not known.by_name:
        return 2
    return 1 if item.said and not known.by_name else 0


def _spread(items: Iterable[QueueItem], decisions: Mapping[str, Decision], tag: str) -> Iterable[QueueItem]:
    """One of each stratum in turn, the smallest stratum first; the least sure of each first."""
    strata: defaultdict[_Stratum, list[tuple[tuple[float, bytes], QueueItem]]] = defaultdict(list)
    for item in items:
        request = item.request
        doubt = decisions.get(request.model, UNKNOWN).distance(request.score)
        # What is equally sure comes in an order that is no one's choice, and always the same.
        chance = blake2b(request.key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        strata[_stratum(request, tag)].append(((doubt, chance), item))
    queues = [
        (stratum, [item for _, item in sorted(ranked, key=lambda pair: pair[0])])
        for stratum, ranked in sorted(strata.items(), key=lambda pair: (len(pair[1]), pair[0]))
    ]
    for turn in range(max((len(queue) for _, queue in queues), default=0)):
        for stratum, queue in queues:
            if turn < len(queue):
                yield replace(queue[turn], group=stratum)


def _stratum(request: Candidate, tag: str) -> _Stratum:
    value = f"{tag}={request.tags[tag]}" if tag in request.tags else ""
    return (request.prediction or "", request.model_version, value)
