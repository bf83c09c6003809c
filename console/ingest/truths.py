"""Lines that say what turned out to be true of a request: whose it is, what it was, when that was known.

Such a line is read from a file of its own, by `TruthFormat`; or from among predictions, by whatever format
these have, if nothing of a prediction is in it (`is_truth`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

import orjson

from console.ingest import headed
from console.ingest.decode import DOUBTFUL_FLOAT, NumberText, decode_exactly, json_text
from console.ingest.formats import Format, Path, Place, Unusable
from console.ingest.times import to_microseconds
from console.ingest.values import as_scalar_text
from console.ingest.wellknown import FIELD_NAMES, normal
from console.model import TruthRows

STRONG = FIELD_NAMES["truth"]
"""Names that are a truth's wherever they stand."""
WEAK = ("label", "outcome", "groundtruthlabel", "trueclass")
"""Names that may be a prediction's, where a line has more than an id beside them."""
_OF_A_PREDICTION = frozenset(
    {
        *("status", "error_type", "error_message", "latency_ms", "prediction", "score", "features"),
        *("stages", "tokens_in", "tokens_out", "cost"),
    }
)
GROUND_TRUTH = "groundTruthData"
_EVENT = "eventMetadata"
_EVENT_IDS: tuple[Path, ...] = ((_EVENT, "eventId"), (_EVENT, "inferenceId"))
_OF_AN_EVENT: tuple[Path, ...] = ((GROUND_TRUTH, "data"),)
_NO_ID = "no request id; a truth is joined by it"
_NO_TRUTH = "no truth"
_NO_COLUMNS = "CSV is read for truths only; its header has no request id and truth, or it has more than these"
_NOTHING = b" \t\n\r\v\f\0"


@dataclass(frozen=True, slots=True)
class TruthKeys:
    """Where the parts of a truth stand; of several places the first that has something counts."""

    request_id: tuple[Path, ...] = ()
    truth: tuple[Path, ...] = ()
    ts: tuple[Path, ...] = ()

    @property
    def are_enough(self) -> bool:
        """Whether a truth can be read by them."""
        return bool(self.request_id and self.truth)


class TruthFormat:
    """Truths as objects or, where `columns` are given, as lines of CSV below a header."""

    name = "truth"
    evidence = frozenset({"truth"})

    def __init__(
        self,
        keys: TruthKeys,
        *,
        columns: Sequence[str] | None = None,
        delimiter: str = ",",
        zone: tzinfo = UTC,
    ) -> None:
        self.keys = keys
        self.columns = None if columns is None else tuple(columns)
        self.zone = zone
        self._delimiter = delimiter

    def record(self, logged: dict[str, object]) -> dict[str, object]:
        """The request id, the truth and the time, if there is one, by these names.

        Raises:
            Unusable: it has no request id, or no truth.
        """
        if self.columns is not None and not self.keys.are_enough:
            raise Unusable(_NO_COLUMNS)
        of_event = GROUND_TRUTH in logged and not self.keys.truth
        request_id = _first(logged, _EVENT_IDS if of_event else self.keys.request_id)
        if request_id is None or request_id == "":
            raise Unusable(_NO_ID)
        truth = _of_event(logged) if of_event else _first(logged, self.keys.truth)
        if truth is None or truth == "":
            raise Unusable(_NO_TRUTH)
        return {"request_id": request_id, "truth": truth, "ts": _first(logged, self.keys.ts)}

    def place(self, path: Path) -> Place | None:
        """A field by the keys; anything else is not kept, and has a place only beside one in an object."""
        event = not self.keys.truth
        places = {
            "request_id": self.keys.request_id or (_EVENT_IDS if event else ()),
            "truth": self.keys.truth or _OF_AN_EVENT,
            "ts": self.keys.ts,
        }
        for name, paths in places.items():
            if path in paths:
                return Place("field", name)
        inside = path[:-1] and any(
            path[:-1] == known[: len(path) - 1] for p in places.values() for known in p
        )
        return Place("extra", path[-1]) if inside else None

    def decoded(self, line: bytes) -> dict[str, object] | None:
        """The line's values by their keys; None if it says nothing: blank, or the header once more.

        Raises:
            Unusable: it is neither an object nor as many columns as the header has.
        """
        if not line.strip(_NOTHING):
            return None
        if self.columns is not None:
            cells = headed.cells_of(line, self._delimiter)
            # What names no truths may be any line with a comma in it: it is told of, not passed over.
            is_header = cells == self.columns and self.keys.are_enough
            return None if is_header else headed.values_of(self.columns, cells)
        try:
            logged = orjson.loads(line)
        except ValueError:
            logged = decode_exactly(line.lstrip(b"\0"))
        if type(logged) is not dict:
            raise Unusable("not a JSON object")
        return logged


@dataclass(slots=True)
class Gathered:
    """Truths of a block of lines, until they become `TruthRows`."""

    offsets: list[int] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)
    truths: list[str] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)

    def add(self, offset: int, record: Mapping[str, object], moment: int) -> None:
        """A truth, as a format's `record` has it; `moment` in microseconds since 1970 UTC.

        Raises:
            Unusable: it cannot be written as text.
        """
        request_id, truth = _text(record["request_id"]), _text(record["truth"])
        self.offsets.append(offset)
        self.request_ids.append(request_id)
        self.truths.append(truth)
        self.moments.append(moment)
        self.origins.append("arrival" if record.get("ts") is None else "logged")

    def read(self, offset: int, line: bytes, own: TruthFormat, format: Format, arrived: int) -> bool:
        """A line of a source of truths is taken in. False if it says nothing.

        Args:
            offset: of the line, in bytes.
            line: without its newline.
            own: decodes it.
            format: makes the record; the same, or one that hides values from it.
            arrived: when it was read, in microseconds since 1970 UTC.

        Raises:
            Unusable: it is no truth.
        """
        logged = own.decoded(line)
        if logged is None:
            return False
        record = format.record(logged)
        if may_be_rounded(record):
            record = format.record(_exactly(line))
        logged_ts = record["ts"]
        self.add(offset, record, arrived if logged_ts is None else to_microseconds(logged_ts, own.zone))
        return True

    def rows(self) -> TruthRows | None:
        """All of them; None if there is none."""
        if not self.offsets:
            return None
        return TruthRows(self.offsets, self.request_ids, self.truths, self.moments, self.origins)


def is_truth(record: Mapping[str, object]) -> bool:
    """Whether a record says what was true of a request, and nothing else of it.

    By its keys alone: a line that has a prediction, though it is null, is a prediction.
    """
    return (
        record.get("truth") is not None
        and record.get("request_id") not in (None, "")
        and is_truth_only(record.keys())
    )


def is_truth_only(names: Iterable[str]) -> bool:
    """Whether a line with these fields is no prediction."""
    return _OF_A_PREDICTION.isdisjoint(names)


def may_be_rounded(record: Mapping[str, object]) -> bool:
    """Whether the id or the truth is a number of which the fast decoder may have lost digits."""
    return any(
        type(value) is float and abs(value) >= DOUBTFUL_FLOAT
        for value in (record["request_id"], record["truth"])
    )


def _first(logged: Mapping[str, object], paths: Sequence[Path]) -> object:
    for path in paths:
        value: object = logged
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None


def _of_event(logged: Mapping[str, object]) -> object:
    """The truth in a record of SageMaker's; its data is text in one of three encodings."""
    held = logged[GROUND_TRUTH]
    data = held.get("data") if isinstance(held, dict) else None
    if not isinstance(data, str) or not isinstance(held, dict):
        return data
    encoding = str(held.get("encoding") or "CSV").upper()
    if encoding == "JSON":
        try:
            return _only(orjson.loads(data))
        except ValueError:
            raise Unusable(f"{GROUND_TRUTH} is not JSON") from None
    if encoding == "BASE64":
        try:
            data = base64.b64decode(data, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Unusable(f"{GROUND_TRUTH} is not BASE64 of a text") from None
    elif encoding != "CSV":
        raise Unusable(f"{GROUND_TRUTH} has an unknown encoding: {encoding[:40]}")
    cells = headed.cells_of(data.strip().encode(), ",")
    return cells[0] if len(cells) == 1 else data.strip()


def _only(value: object) -> object:
    """What is in a list of one, or in an object under a truth's name; else the value."""
    if isinstance(value, list) and len(value) == 1:
        return _only(value[0])
    if isinstance(value, dict):
        named = [inner for name, inner in value.items() if normal(name) in (*STRONG, *WEAK)]
        return named[0] if len(named) == 1 else value
    return value


def _exactly(line: bytes) -> dict[str, object]:
    decoded = decode_exactly(line.lstrip(b"\0"))
    return decoded if isinstance(decoded, dict) else {}


def _text(value: object) -> str:
    text = as_scalar_text(value)
    if text is None:
        return json_text(value)
    return str(text) if isinstance(text, NumberText) else text
