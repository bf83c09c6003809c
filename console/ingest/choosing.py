"""Which format a file has, and what its keys mean: decided once, from its first lines.

A file is of the console's own record if most of its lines are. Any other is mapped: by what the
configuration says, and where it says nothing by names that are well known. Of several keys that are
called like one field the surest that is in most lines is it, and the others are not; a field of which
no line has a key yet stays open to all its names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from console.ingest.decode import decode_exactly
from console.ingest.formats import NATIVE, RECORD_FIELDS, Format, NativeFormat, Path, Unusable
from console.ingest.headed import HeadedRow, rows_below
from console.ingest.mapped import Mapped, MappedFormat, Target
from console.ingest.times import to_microseconds
from console.ingest.truth_files import are_truths, keys_in
from console.ingest.truths import TruthFormat, TruthKeys
from console.ingest.values import DURATION, Misfit
from console.ingest.wellknown import (
    FEATURE_OBJECTS,
    TAG_OBJECTS,
    WEAK_FEATURE_OBJECTS,
    candidates,
    normal,
)
from console.model import UNIT_FIELDS, Meaning

FIRST_LINES = 200
"""Lines from which the meaning of a file is decided."""
FIRST_BYTES = 256 * 2**10
"""Where they are longer, so many bytes of them."""

_BOM = b"\xef\xbb\xbf"
_DEPTH = 3
_PATHS = 4_000
_VALUES = 50
_FIRST_YEAR = 100_000_000
"""Seconds since 1970; a smaller number is no time of a log."""


class Choice(NamedTuple):
    """A file's format."""

    format: Format
    settled: bool
    """False if no line said anything of it yet: the next lines are to be asked again."""


FormatFor = Callable[[str, Sequence[Mapping[str, object]]], Choice]
"""Chooses the format of a file: its path, and the objects in its first lines, of which there may be none."""

_BY_NAMES: Format = MappedFormat()
_CLOSED = frozenset({*FEATURE_OBJECTS, *TAG_OBJECTS, "stages"})
"""Objects whose keys are not looked at for fields."""
_OF_A_RECORD = frozenset({"ts", "request_id", "model", "prediction", "latency_ms"})

BY_NAME: Mapping[str, Callable[[tzinfo, Meaning, Sequence[Mapping[str, object]]], Format]] = {
    "native": lambda zone, meaning, first: NativeFormat(zone),
    "mapped": lambda zone, meaning, first: MappedFormat(found_in(first, meaning), zone=zone),
}
"""Every format, by the name that the configuration has for it."""


def always(format: Format) -> FormatFor:
    """The same format for every file."""

    def chosen(path: str, first: Sequence[Mapping[str, object]]) -> Choice:
        return Choice(format, settled=True)

    return chosen


ALL_NATIVE = always(NATIVE)
"""Every file is of the console's own record, whatever its lines look like."""


def choosing(meaning_of: Callable[[str], Meaning]) -> FormatFor:
    """Chooses by what `meaning_of` knows of a path, and by the lines."""

    def chosen(path: str, first: Sequence[Mapping[str, object]]) -> Choice:
        return choose(meaning_of(path), first)

    return chosen


def choose(meaning: Meaning, first: Sequence[Mapping[str, object]]) -> Choice:
    """The format of a file of which these are the first objects."""
    zone = UTC if meaning.zone == "UTC" else ZoneInfo(meaning.zone)
    if (of_truths := _of_truths(meaning, first, zone)) is not None:
        return of_truths
    name = meaning.format
    if name is None and not meaning.maps:
        native = sum(map(_is_native, first))
        if native and (
            2 * native >= len(first)
            or 2 * native >= sum(_is_prediction(_BY_NAMES, logged) for logged in first)
        ):
            name = "native"
    format = BY_NAME[name or "mapped"](zone, meaning, first)
    return Choice(format, settled=format.name != "mapped" or any(_is_prediction(format, o) for o in first))


def _of_truths(meaning: Meaning, first: Sequence[Mapping[str, object]], zone: tzinfo) -> Choice | None:
    """The format of truths, if that is what these objects are; of CSV in any case, which is nothing else."""
    row = first[0] if first and isinstance(first[0], HeadedRow) else None
    said = meaning.kind == "truth"
    if not said:
        by_names = meaning.kind is None and meaning.format is None and not meaning.maps
        # Of the console's own record a line is a truth if there is nothing else in it.
        native = row is None and all(RECORD_FIELDS.issuperset(logged) for logged in first)
        if row is None and not (by_names and not native and are_truths(first)):
            return None
    found, given = keys_in(first), meaning.fields
    keys = TruthKeys(
        given.get("request_id", found.request_id), given.get("truth", found.truth), given.get("ts", found.ts)
    )
    if row is None:
        return Choice(TruthFormat(keys, zone=zone), settled=bool(first))
    if not (said or meaning.fields or (meaning.kind is None and are_truths(first))):
        keys = TruthKeys()
    format = TruthFormat(keys, columns=tuple(row), delimiter=row.delimiter, zone=zone)
    return Choice(format, settled=keys.are_enough)


def first_objects(lines: Sequence[bytes]) -> list[dict[str, object]]:
    """The objects in the first lines, or the rows below a header; lines that are neither are passed over."""
    objects: list[dict[str, object]] = []
    left = FIRST_BYTES
    for line in lines:
        if len(objects) == FIRST_LINES or left <= 0:
            break
        left -= len(line)
        value = _decoded(line.removeprefix(_BOM))
        if isinstance(value, dict):
            objects.append(value)
    return objects or [*rows_below(lines[: FIRST_LINES + 1])]


def _decoded(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except ValueError:
        pass
    try:
        return decode_exactly(line.lstrip(b"\0"))
    except Unusable:
        return None


def _is_native(logged: Mapping[str, object]) -> bool:
    """Whether the object is a record: it says less in other names than in those of the record.

    A `ts` alone does not tell: other logs have one too, but it may stand alone.
    """
    own = RECORD_FIELDS & logged.keys()
    paths: Iterable[Path] = ((key,) for key in logged if key not in RECORD_FIELDS)
    if own == {"ts"}:
        seen: dict[Path, _Seen] = {}
        _look_at((), logged, seen)
        paths = seen.keys() - {("ts",)}
    foreign = {candidate.field for path in paths for candidate in candidates(path)} - own
    if "ts" in own:
        return len(own) > len(foreign) or _BY_NAMES.evidence.isdisjoint(foreign)
    return bool(own) and not foreign


def _is_prediction(format: Format, logged: Mapping[str, object]) -> bool:
    try:
        format.record(dict(logged))
    except Unusable:
        return False
    return True


@dataclass(slots=True)
class _Seen:
    """What stands at one path in the first lines."""

    count: int = 0
    objects: int = 0
    """Of these, how often an object."""
    values: list[object] = field(default_factory=list)


def found_in(first: Sequence[Mapping[str, object]], meaning: Meaning) -> Mapped:
    """The mapping that the configuration and the first objects amount to."""
    given = _given(meaning)
    seen: dict[Path, _Seen] = {}
    for logged in first:
        _look_at((), logged, seen)
    features = meaning.features
    if features is None:
        container = _feature_object(seen)
        features = None if container is None else (container,)
    inside = {path for path in (*(features or ()), *(meaning.tags or ()))}
    fields: dict[Path, Target] = {}
    settled = set(given)
    for rank_of_given, (name, paths) in enumerate(meaning.fields.items()):
        known, scale = UNIT_FIELDS.get(name, (name, 1.0))
        for rank, path in enumerate(paths):
            fields.setdefault(path, Target(known, 100 * rank_of_given + rank, scale))
    options: dict[str, list[tuple[tuple[object, ...], Path, Target]]] = {}
    barred: set[Path] = set()
    for order, (path, at_path) in enumerate(seen.items()):
        if path in fields or any(path[:length] in inside for length in range(1, len(path) + 1)):
            continue
        for candidate in candidates(path):
            if candidate.field in settled or at_path.objects == at_path.count:
                continue
            if not _is_plausible(candidate.field, at_path.values):
                barred.add(path)
                continue
            rarely = 2 * at_path.count < len(first)
            scale = candidate.scale or _guessed_scale(at_path.values)
            surer = (rarely, len(path), candidate.rank, order)
            options.setdefault(candidate.field, []).append((surer, path, Target(candidate.field, 0, scale)))
    for name, found in options.items():
        _, path, target = min(found, key=lambda option: option[0])
        if path not in fields:
            fields[path] = target
            settled.add(name)
    return Mapped(
        fields=fields,
        settled=frozenset(settled),
        barred=frozenset(barred - fields.keys()),
        features=features,
        tags=meaning.tags,
        given=meaning.features is not None,
    )


def _given(meaning: Meaning) -> set[str]:
    return {UNIT_FIELDS.get(name, (name, 1.0))[0] for name in meaning.fields}


def _look_at(path: Path, logged: Mapping[str, object], seen: dict[Path, _Seen]) -> None:
    for key, value in logged.items():
        inner = (*path, key)
        at_path = seen.get(inner)
        if at_path is None:
            if len(seen) >= _PATHS:
                continue
            at_path = seen[inner] = _Seen()
        if value is None:
            continue
        at_path.count += 1
        if isinstance(value, dict):
            at_path.objects += 1
            if len(inner) < _DEPTH and normal(key) not in _CLOSED:
                _look_at(inner, value, seen)
        elif len(at_path.values) < _VALUES:
            at_path.values.append(value)


def _feature_object(seen: Mapping[Path, _Seen]) -> Path | None:
    """The object that holds the features: the surest name, the outermost, one that is in most lines."""
    options: list[tuple[tuple[int, int, int], Path]] = []
    for path, at_path in seen.items():
        name = normal(path[-1])
        if not at_path.objects:
            continue
        if name in FEATURE_OBJECTS:
            rank = FEATURE_OBJECTS.index(name)
        elif name in WEAK_FEATURE_OBJECTS and not _is_envelope(path, seen):
            rank = len(FEATURE_OBJECTS) + WEAK_FEATURE_OBJECTS.index(name)
        else:
            continue
        options.append(((rank, len(path), -at_path.objects), path))
    return min(options)[1] if options else None


def _is_envelope(path: Path, seen: Mapping[Path, _Seen]) -> bool:
    """Whether an object holds records or their fields, and not features."""
    inside = {inner: at_path for inner, at_path in seen.items() if inner[:-1] == path}
    return any(
        at_path.objects or any(candidate.field in _OF_A_RECORD for candidate in candidates(inner))
        for inner, at_path in inside.items()
    )


def _is_plausible(name: str, values: Sequence[object]) -> bool:
    """Whether most of the values can be what their name says; a name alone does not make a time."""
    if not values or name not in ("ts", "latency_ms"):
        return True
    fitting = sum(_is_time(value) if name == "ts" else _duration(value) is not None for value in values)
    return 2 * fitting > len(values)


def _is_time(value: object) -> bool:
    number = _duration(value)
    if number is not None and number < _FIRST_YEAR:
        return False
    try:
        return to_microseconds(value) >= 0
    except Unusable:
        return False


def _duration(value: object) -> float | None:
    try:
        number = DURATION.convert(value)
    except Misfit:
        return None
    return number


def _guessed_scale(values: Sequence[object]) -> float:
    """A duration whose name has no unit: seconds if half of the values are below 1, else milliseconds."""
    numbers = [number for value in values if (number := _duration(value)) is not None]
    return 1000.0 if numbers and median(numbers) < 1.0 else 1.0
