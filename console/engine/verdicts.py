"""What labels say was true, as far as it can be held against predictions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from console.casebook import Casebook
from console.model import Label
from console.model.agreement import Consensus, consensus_of
from console.store import Store

CORRECT, WRONG, UNSURE = "correct", "wrong", "unsure"
"""What a label may say in place of a class or number."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Request key -> what is said to be true of it, and what was left out."""

    values: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Why -> requests with labels."""
    vague: frozenset[str] = frozenset()
    """Those of `values` that are no class, and only tell which one it is not."""
    by_majority: int = 0
    """Requests of `values` of which somebody says otherwise."""

    @property
    def json(self) -> str:
        """As the parameter `labels` of `queries/evaluation_*.sql`."""
        return json.dumps({"keys": list(self.values), "verdicts": list(self.values.values())})


def verdicts_of(casebook: Casebook | None, model: str, store: Store) -> Verdicts:
    """What people say of a model's requests: the consensus; where it is tied, nothing.

    Labels that were imported without a model may be of any. Where a label says whether the prediction is
    right and not which one that was, it is the one that is stored, unless the request has several.

    Raises:
        CasebookError: labels cannot be read.
        StoreError: DuckDB refused.
    """
    if casebook is None:
        return Verdicts()
    told = [label for label in casebook.standing() if label.draft.model in ("", model)]
    lacking = {label.draft.request_key for label in told if _lacks_prediction(label)}
    predicted = _predicted(store, model, lacking) if lacking else {}
    return verdicts(
        replace(label, draft=replace(label.draft, prediction=predicted.get(label.draft.request_key, "")))
        if _lacks_prediction(label)
        else label
        for label in told
    )


def _lacks_prediction(label: Label) -> bool:
    return label.draft.value in (CORRECT, WRONG) and not label.draft.prediction


def _predicted(store: Store, model: str, keys: set[str]) -> Mapping[str, str]:
    """What is stored as predicted for these requests of the model, where that is one thing."""
    found: dict[str, set[str]] = {}
    for row in store.candidates(sorted(keys), most=len(keys)).rows:
        if row.model == model and row.prediction is not None:
            found.setdefault(row.key, set()).add(row.prediction)
    return {key: some.pop() for key, some in found.items() if len(some) == 1}


def verdicts(standing: Iterable[Label]) -> Verdicts:
    """The same of labels, one of each request and author.

    `correct` says that the prediction is true. `wrong` says that the other class is, where two are known;
    else only that the prediction is not: `(not legit)`.
    """
    told = list(standing)
    classes = {label.draft.prediction for label in told if label.draft.prediction}
    classes |= {label.draft.value for label in told} - {CORRECT, WRONG, UNSURE}
    values: dict[str, str] = {}
    left_out: Counter[str] = Counter()
    by_majority = 0
    for key, one in consensus_of(told).items():
        if one.value is None:
            left_out["labels are in conflict"] += 1
        elif one.value == UNSURE and UNSURE not in classes:
            left_out["labelled unsure"] += 1
        elif verdict := _verdict(one, one.value, classes):
            values[key] = verdict
            by_majority += one.is_conflict
        else:
            left_out["labelled correct or wrong, and it is not known what was predicted"] += 1
    vague = frozenset(value for value in values.values() if value not in classes)
    return Verdicts(values, dict(left_out), vague, by_majority)


def _verdict(one: Consensus, value: str, classes: set[str]) -> str:
    """What is true, empty if that cannot be told."""
    predicted = next((label.draft.prediction for label in one.labels if label.draft.value == value), "")
    if value in classes or value not in (CORRECT, WRONG):
        return value
    if value == CORRECT or not predicted:
        return predicted
    others = classes - {predicted}
    return others.pop() if len(classes) == 2 and len(others) == 1 else f"(not {predicted})"
