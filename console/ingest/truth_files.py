"""Whether a file holds truths, and which of its keys say what: by the names in its first lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.ingest import headed
from console.ingest.formats import Path, Unusable
from console.ingest.headed import HeadedRow
from console.ingest.times import to_microseconds
from console.ingest.truths import GROUND_TRUTH, STRONG, WEAK, TruthKeys
from console.ingest.wellknown import TAG_NAMES, candidates, is_plumbing, normal

_TIMES = ("labeledat", "labelledat", "labeltime", "observedat", "outcomeat", "knownat", "resolvedat")
"""Names of the time of a truth, beside those that the time of any line may have."""
_ABOUT = frozenset(
    {
        *("labeler", "labeller", "labeledby", "labelledby", "annotator", "annotatorid", "author", "user"),
        *("reviewer", "note", "notes", "comment", "comments", "reason", "source", "labelsource", "encoding"),
    }
)
"""Keys that say something of the truth itself."""


def are_truths(first: Sequence[Mapping[str, object]]) -> bool:
    """Whether a file that begins with these objects holds truths and nothing else."""
    if first and isinstance(first[0], HeadedRow):
        return keys_in(first).are_enough and not any(map(_is_of_a_prediction, first[0]))
    return bool(first) and all(map(_is_of_truths, first))


def is_headed_by_truths(head: bytes) -> bool:
    """Whether a file that begins with these bytes is one of CSV with a request id and a truth."""
    return are_truths(headed.rows_below([head.partition(b"\n")[0]]))


def keys_in(first: Sequence[Mapping[str, object]]) -> TruthKeys:
    """The keys of the outermost objects that are called like the parts of a truth, the surest first."""
    names = dict.fromkeys(name for logged in first for name in logged)
    ids, truths, times = list[tuple[int, Path]](), list[tuple[int, Path]](), list[tuple[int, Path]]()
    for name in names:
        if normal(name) in (*STRONG, *WEAK):
            truths.append(((*STRONG, *WEAK).index(normal(name)), (name,)))
            continue
        if normal(name) in _TIMES and _are_times(first, name):
            times.append((_TIMES.index(normal(name)) - len(_TIMES), (name,)))
        for candidate in candidates((name,)):
            if candidate.field == "request_id":
                ids.append((candidate.rank, (name,)))
            elif candidate.field == "ts" and _are_times(first, name):
                times.append((candidate.rank, (name,)))
    return TruthKeys(*(tuple(path for _, path in sorted(f)) for f in (ids, truths, times)))


def _are_times(first: Sequence[Mapping[str, object]], name: str) -> bool:
    values = [logged[name] for logged in first if logged.get(name) is not None]
    return 2 * sum(map(_is_time, values)) >= len(values)


def _is_time(value: object) -> bool:
    try:
        return to_microseconds(value) >= 0
    except Unusable:
        return False


def _is_of_truths(logged: Mapping[str, object]) -> bool:
    """Whether an object is a truth by its keys, and no other key says that it is more than that."""
    if GROUND_TRUTH in logged:
        return True
    named = {normal(name): {candidate.field for candidate in candidates((name,))} for name in logged}
    strong = any(name in STRONG for name in named)
    if not (strong or any(name in WEAK for name in named)):
        return False
    beside = {"request_id", "ts", *(("model", "model_version", "endpoint") if strong else ())}
    for name, logged_name in zip(named, logged, strict=False):
        if not (
            name in (*STRONG, *WEAK)
            or name in _ABOUT
            or name in _TIMES
            or named[name] & beside
            or (strong and name in TAG_NAMES)
            or (not named[name] and is_plumbing(logged_name))
        ):
            return False
    return any("request_id" in fields for fields in named.values())


def _is_of_a_prediction(name: str) -> bool:
    """Whether a column beside a truth shows that the rows are more than truths, an export of labels, say."""
    if normal(name) in (*STRONG, *WEAK):
        return False
    return normal(name) == "labelstatus" or any(
        candidate.field in ("prediction", "score") for candidate in candidates((name,))
    )
