"""Makes the queue of what is to be labelled, and knows what a label may say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from console.engine.label_order import Known, in_order
from console.engine.label_scores import UNKNOWN, Decision, decision_of
from console.model import Alert, Label, QueryCall, RowId, Ticket, View
from console.model.labelling import LabelChoices, LabelQueue, LabelSettings, QueueSource

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.store import Store

MOST_REQUESTS = 10_000
"""Requests that a queue is made of: more than anybody labels, and little enough to be ordered at once."""
SCORED_ROWS = 5_000
"""Of each model, from which it is found out how it decides."""
MOST_MODELS = 20
"""Models of a queue of which that is asked."""
MOST_PREDICTED = 20
"""Different predictions up to which whole numbers are classes and no measure."""
MOST_CLASSES = 200
DIGITS = 9
GENERAL_CLASSES = ("correct", "wrong", "unsure")
"""What a label may say where nothing is known of a model's predictions yet."""


def label_queue(
    store: Store,
    casebook: Casebook | None,
    source: QueueSource,
    choices: Callable[[str], LabelChoices],
    ticket: Ticket,
) -> LabelQueue:
    """What is to be labelled of the source, what teaches most first.

    Args:
        store: has the requests.
        casebook: has what people said; None if nobody has said anything.
        source: which requests.
        choices: gives what a label of a model may say.
        ticket: by which it can be taken back.

    Raises:
        UsageError: the source's rows are no requests, or it has none.
        Interrupted: the ticket was cancelled.
        ConsoleError: the store or the casebook cannot be read.
    """
    call = _call_of(store, source)
    asked: tuple[str | RowId, ...] = tuple(dict.fromkeys(source)) if isinstance(source, tuple) else ()
    candidates = store.candidates(call or asked, most=MOST_REQUESTS, ticket=ticket)
    rows = candidates.rows
    found_keys = {one.key for one in rows}
    keys = {one for one in asked if isinstance(one, str)}
    models = sorted({one.model for one in rows})
    found = in_order(
        rows,
        _known(casebook, found_keys, by_name=bool(keys)),
        {model: _decision(store, model, ticket) for model in models[:MOST_MODELS]},
    )
    return LabelQueue(
        found.items,
        looked_at=len(rows),
        found=candidates.found,
        labelled=found.labelled,
        missing=len(keys - found_keys),
        choices={model: choices(model) for model in models},
        call=call,
        tag=found.tag,
    )


def _call_of(store: Store, source: QueueSource) -> QueryCall | None:
    """The question that lists the source's requests; None where they are named."""
    if isinstance(source, Alert):
        from console.engine.exporting import unlimited
        from console.explain.offending import offending_call

        return unlimited(offending_call(source))
    if isinstance(source, View):
        from console.engine.filtering import requests_call

        return requests_call(store, source)
    return source if isinstance(source, QueryCall) else None


def _known(casebook: Casebook | None, keys: set[str], *, by_name: bool) -> Known:
    """What people said of these requests."""
    if casebook is None:
        return Known(by_name=by_name)
    said = casebook.standing_of(sorted(keys))
    mine = {key: one for key, labels in said.items() for one in labels if one.author == casebook.author}
    others = {key: [one for one in labels if one.author != casebook.author] for key, labels in said.items()}
    flagged: dict[str, list[Label]] = {}
    for flag in casebook.flagged():
        flagged.setdefault(flag.draft.request_key, []).append(flag)
    return Known(mine, others, flagged, by_name)


def _decision(store: Store, model: str, ticket: Ticket) -> Decision:
    call = QueryCall("predictions_recent", {"model": model, "row_limit": SCORED_ROWS})
    frame = store.frame(call, ticket=ticket).select("prediction", "score").drop_nulls()
    rows = list(frame.iter_rows())
    names = {str(name) for name, _ in rows}
    if _is_measured(names):
        return UNKNOWN
    return decision_of((str(name), float(score)) for name, score in rows)


def choices_of(
    names: Sequence[str],
    used: Iterable[str],
    settings: LabelSettings,
    model: str,
) -> LabelChoices:
    """What a label of the model may say: as configured, else its own predictions, then what labels said.

    The nine that have a digit are in the order of the alphabet, so that a digit means the same tomorrow.

    Args:
        names: its predictions, the most frequent first.
        used: what labels of it said so far, the most frequent first.
        settings: `[labels]` of the configuration.
        model: its name.
    """
    said = settings.of(model)
    if said is not None:
        return said
    if _is_measured(names):
        return LabelChoices(is_number=True)
    digits = sorted(names[:DIGITS])
    general = () if names else GENERAL_CLASSES
    classes = dict.fromkeys((*digits, *general, *sorted(names[DIGITS:]), *used))
    return LabelChoices(tuple(classes)[:MOST_CLASSES])


def _is_measured(names: Iterable[str]) -> bool:
    """Whether predictions are a measure: numbers, of which some have a fraction or which are many."""
    numbers = []
    for name in names:
        try:
            numbers.append(float(name))
        except ValueError:
            return False
    fractions = any(not number.is_integer() for number in numbers)
    return bool(numbers) and (fractions or len(set(numbers)) > MOST_PREDICTED)
