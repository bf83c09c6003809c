"""Which column of a file is the request, which the label, and who said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.errors import UsageError
from console.ingest.wellknown import normal

WELL_KNOWN: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("requestkey", "requestid", "inferenceid", "predictionid", "transactionid", "correlationid"),
        *("eventid", "traceid", "externalid", "recordid", "id", "uuid"),
    ),
    "label": (
        *("label", "value", "annotation", "choice", "answer", "class", "verdict", "groundtruth", "truth"),
        *("target", "rating"),
    ),
    "author": (
        *("author", "labeler", "labeller", "annotator", "labeledby", "labelledby", "annotatedby"),
        *("completedby", "createdby", "by"),
    ),
    "note": ("note", "notes", "comment", "comments", "rationale", "remark", "explanation"),
    "at": (
        *("at", "labelledat", "labeledat", "annotatedat", "createdat", "submittedat", "completedat"),
        *("updatedat", "insertedat"),
    ),
    "status": ("labelstatus", "annotationstatus", "status"),
    "cancelled": ("wascancelled", "skipped"),
    "model": ("model", "modelname", "modelid"),
    "model_version": ("modelversion",),
    "prediction": ("prediction", "predictedlabel", "predictedclass", "predictedvalue"),
    "input_hash": ("inputhash",),
    "origin": ("origin",),
    "alert_id": ("alertid",),
    "query": ("query",),
    "identity": ("labelid", "annotationid"),
}
"""What an entry may say -> names by which it does, the surest first; compared by letters and digits only."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person said of the columns; None leaves it to well-known names."""

    id: str | None = None
    label: str | None = None
    author: str | None = None
    note: str | None = None
    at: str | None = None
    question: str | None = None
    """Which question's answer is the label, where a tool asked several."""

    def named(self) -> Mapping[str, str]:
        """What was said, by the keys of `WELL_KNOWN`."""
        said = {"id": self.id, "label": self.label, "author": self.author, "note": self.note, "at": self.at}
        return {field: name for field, name in said.items() if name is not None}


def columns_for(
    names: Iterable[str], wanted: Mapping[str, str], fields: Iterable[str] = tuple(WELL_KNOWN)
) -> dict[str, str]:
    """Field -> the column that says it; fields without one are left out.

    A name within an object that is about the request or its label (`data.request_id`) is as good as its
    last part, unless there is one outside. Within any other object, such as features, it is anything.

    Args:
        names: of the columns.
        wanted: field -> column, as the person said.
        fields: those that are looked for.

    Raises:
        UsageError: the person named a column that is not there, or two could be meant.
    """
    names = list(names)
    found: dict[str, str] = {}
    for field, name in wanted.items():
        if name not in names:
            raise UsageError(f"there is no column {name!r}; there are {listed(names)}")
        found[field] = name
    taken = set(found.values())
    free = [name for name in names if name not in taken]
    whole = _by_normal((name, name) for name in free)
    last = _by_normal((name, name.rpartition(".")[2]) for name in free if _folders(name) <= _ABOUT)
    for field in fields:
        if field in found:
            continue
        candidates = next((by[n] for by in (whole, last) for n in WELL_KNOWN[field] if by.get(n)), [])
        if len(candidates) > 1 and field in ("id", "label"):
            raise UsageError(
                f"each of {listed(candidates)} could be the {_WORDS[field]}; name it with --{field}"
            )
        if len(candidates) == 1:
            found[field] = candidates[0]
    return found


def require(found: Mapping[str, str], names: Iterable[str], *fields: str) -> None:
    """These fields have a column.

    Raises:
        UsageError: one has none.
    """
    for field in fields:
        if field not in found:
            raise UsageError(
                f"no column is the {_WORDS[field]}; name it with --{field}: there are {listed(names)}"
            )


_ABOUT = frozenset(
    {
        *("task", "data", "record", "item", "metadata", "meta", "fields", "request"),
        *("annotation", "label", "response", "answer"),
    }
)
"""Objects that say of which request something is, or what was said of it."""
_WORDS = {"id": "request id", "label": "label"}


def listed(names: Iterable[str]) -> str:
    """A few names, for a message."""
    names = list(names)
    shown = ", ".join(repr(name if len(name) <= 40 else name[:39] + "…") for name in names[:12])
    return (shown or "none") + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _folders(name: str) -> set[str]:
    return {normal(part) for part in name.split(".")[:-1]}


def _by_normal(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Name in the form in which names are compared -> the columns that have it."""
    found: dict[str, list[str]] = {}
    for name, part in names:
        found.setdefault(normal(part), []).append(name)
    found.pop("", None)
    return found
