"""Labels by rule: one value for every request that meets a filter."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from console.casebook import Casebook
from console.engine.filtering import matching, requests_call
from console.errors import UsageError
from console.model import QueryCall, Ticket, View
from console.model.filter_text import Typed, filter_text
from console.model.labelling import Candidate
from console.store import Store

MOST_BY_RULE = 200_000
"""Requests that one rule labels: more than that is a column of the data, not what somebody said."""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What a rule did, or would do."""

    found: int
    """Requests that meet the filter."""
    labelled: int
    """Requests that get the value."""
    same: int
    """Requests of which this author says so already; left as they are."""
    own: int
    """Requests of which this author has said something else, not by a rule; left as they are."""
    disputed: int
    """Of those that get the value, how many others say something else of."""
    act: str = ""
    """By which it can be taken back; empty if nothing was labelled."""


def label_by_rule(
    store: Store,
    casebook: Casebook | None,
    typed: Typed,
    value: str,
    *,
    note: str = "",
    dry_run: bool = False,
    ticket: Ticket | None = None,
) -> RuleOutcome:
    """Every request that meets the filter has this label, by its rule, as one act.

    What the author labelled by hand is left as it is, and so is what a rule of theirs labelled so before:
    the same rule may run again and again. A request that was logged more than once is labelled once.

    Args:
        store: has the requests.
        casebook: is written to, as its author; None if there is none, in a dry run.
        typed: conditions, and how far back from the newest row; without a time all that is stored.
        value: what is said of each.
        note: kept with each.
        dry_run: nothing is labelled; the outcome is what it would be.
        ticket: by which it can be taken back until it is kept.

    Raises:
        UsageError: there are no conditions, no value, no such field, or too many requests.
        CasebookError: nothing was labelled.
        Interrupted: the ticket was cancelled; nothing was labelled.
    """
    require_rule(typed, value)
    view = View(typed.filter, typed.span)
    met = matching(store, view, ticket)
    if met > MOST_BY_RULE:
        raise UsageError(
            f"{met:,} requests meet the filter, and a rule labels {MOST_BY_RULE:,} at most;"
            " add a condition or a time"
        )
    call = requests_call(store, view)
    candidates = store.candidates(call, most=MOST_BY_RULE, ticket=ticket)
    newest: dict[str, Candidate] = {}
    for one in sorted(candidates.rows, key=lambda row: (row.ts, row.row_id.source_id, row.row_id.offset)):
        newest[one.key] = one
    wanted, outcome = _sorted_out(casebook, newest, value)
    if dry_run or not wanted or casebook is None:
        return outcome
    slice_ = _slice_text(call)
    drafts = [replace(one.draft(value, note=note), query=slice_) for one in wanted]
    return replace(outcome, act=casebook.label(drafts, source="rule")[0].act)


def require_rule(typed: Typed, value: str) -> None:
    """It can be a rule: there are conditions, and there is a value.

    Raises:
        UsageError: there are not.
    """
    if not typed.filter:
        raise UsageError("a rule wants a condition, such as 'amount>10000'; this would label every request")
    if not value:
        raise UsageError("a label wants a value")


def _sorted_out(
    casebook: Casebook | None, requests: dict[str, Candidate], value: str
) -> tuple[list[Candidate], RuleOutcome]:
    """Those that get the value, oldest first, and why the others do not."""
    left: dict[str, bool] = {}
    others: set[str] = set()
    for label in casebook.standing() if casebook is not None else ():
        key = label.draft.request_key
        if key not in requests:
            continue
        if casebook is not None and label.author == casebook.author:
            if label.draft.value == value or label.source != "rule":
                left[key] = label.draft.value == value
        elif label.draft.value != value:
            others.add(key)
    wanted = [one for key, one in requests.items() if key not in left]
    same = sum(left.values())
    disputed = sum(one.key in others for one in wanted)
    return wanted, RuleOutcome(len(requests), len(wanted), same, len(left) - same, disputed)


def _slice_text(call: QueryCall) -> str:
    """The slice as labels keep it: query, parameters and filter as JSON."""
    told = {"query": call.query, "params": dict(call.params), "filter": filter_text(call.filter)}
    return json.dumps(told, default=str)
