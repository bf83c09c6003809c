"""The model's frozen values as JSON, and back as the same values.

What JSON has no word for is written as an object with one key that begins with `$`: `{"$time": ...}`. A
value is read by the type that its field declares, so that nothing but the model's own types comes of
a file, whoever wrote it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

T = TypeVar("T")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

DEEPEST = 100
"""How deep values may lie in each other."""


class CodecError(ValueError):
    """What was read is not the value that it should be; the message says where."""


def to_bytes(value: object) -> bytes:
    """The value as JSON, ASCII only and in one order, so that equal values are equal bytes."""
    text = json.dumps(encode(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def from_bytes(kind: type[T], data: bytes) -> T:
    """The value that `to_bytes` wrote.

    Raises:
        CodecError: it is no JSON, or no such value.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {error}") from error
    return decode(kind, document)


def encode(value: object, depth: int = 0) -> Json:
    """A value as what JSON knows.

    Raises:
        CodecError: it lies deeper than `DEEPEST`.
    """
    if depth > DEEPEST:
        raise CodecError("values lie too deep in each other")
    deeper = depth + 1
    match value:
        case Enum():
            return value.name
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 2**53 else {"$int": hex(value)}
        case float():
            return value if math.isfinite(value) else {"$float": str(value)}
        case datetime():
            return {"$time": value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case time():
            return {"$clock": value.isoformat()}
        case timedelta():
            return {"$span": value // timedelta(microseconds=1)}
        case bytes():
            return {"$bytes": value.hex()}
        case Decimal():
            return {"$decimal": str(value)}
        case Mapping():
            return _mapping(value, deeper)
        case tuple() | list():
            return [encode(one, deeper) for one in value]
        case AbstractSet():
            return sorted((encode(one, deeper) for one in value), key=repr)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {one.name: encode(getattr(value, one.name), deeper) for one in fields(value)}
        case Path() | UUID() | _:
            return str(value)


def _mapping(value: Mapping[object, object], depth: int) -> Json:
    """An object where all keys are texts that are no sign; else a list of pairs."""
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {str(key): encode(one, depth) for key, one in value.items()}
    return {"$map": [[encode(key, depth), encode(one, depth)] for key, one in value.items()]}


def decode(kind: type[T], data: object) -> T:
    """The value of that type that the JSON tells; unknown keys are left out, absent ones have their default.

    Raises:
        CodecError: it tells no such value.
    """
    try:
        return cast(T, _decoded(kind, data, "", 0))
    except (ValueError, TypeError, OverflowError, ArithmeticError, RecursionError) as error:
        if isinstance(error, CodecError):
            raise
        raise CodecError(f"{kind.__name__}: {error}") from error


def _decoded(kind: object, data: object, where: str, depth: int) -> object:
    origin = get_origin(kind)
    if kind is object:
        return _anything(data, where, depth)
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), data, where, depth)
    if origin is not None:
        return _collection(origin, get_args(kind), data, where, depth)
    if isinstance(kind, type):
        if is_dataclass(kind):
            return _record(kind, data, where, depth)
        if issubclass(kind, Enum):
            return _member(kind, data, where)
        return _plain(kind, data, where)
    raise CodecError(f"{where}: {kind!r} is no type of the model's")


def _one_of(kinds: tuple[object, ...], data: object, where: str, depth: int) -> object:
    if data is None and NoneType in kinds:
        return None
    problem = CodecError(f"{where}: {_shown(data)} is none of what it may be")
    for kind in kinds:
        if kind is not NoneType:
            try:
                return _decoded(kind, data, where, depth)
            except CodecError as error:
                problem = error
    raise problem


def _collection(origin: object, kinds: tuple[object, ...], data: object, where: str, depth: int) -> object:
    if origin is tuple:
        items = _listed(data, where)
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return tuple(_decoded(kinds[0], one, where, depth + 1) for one in items)
        if len(items) != len(kinds):
            raise CodecError(f"{where}: {len(items)} values, {len(kinds)} wanted")
        return tuple(_decoded(kind, one, where, depth + 1) for kind, one in zip(kinds, items, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {
            _decoded(kinds[0], key, where, depth + 1): _decoded(kinds[1], one, where, depth + 1)
            for key, one in _pairs(data, where)
        }
    if isinstance(origin, type) and issubclass(origin, AbstractSet):
        return frozenset(_decoded(kinds[0], one, where, depth + 1) for one in _listed(data, where))
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return tuple(_decoded(kinds[0], one, where, depth + 1) for one in _listed(data, where))
    raise CodecError(f"{where}: {origin!r} is no collection of the model's")


def _record(kind: type, data: object, where: str, depth: int) -> object:
    if not isinstance(data, dict):
        raise CodecError(f"{where or kind.__name__}: {_shown(data)} is no {kind.__name__}")
    given: dict[str, object] = {}
    for name, (wanted, must) in _members(kind).items():
        if name in data:
            given[name] = _decoded(wanted, data[name], f"{where}.{name}" if where else name, depth + 1)
        elif must:
            raise CodecError(f"{where or kind.__name__}: lacks {name}")
    return kind(**given)


@cache
def _members(kind: type) -> Mapping[str, tuple[object, bool]]:
    """Field -> its type, and whether it must be given."""
    hints = get_type_hints(kind)
    return {
        one.name: (hints[one.name], one.default is MISSING and one.default_factory is MISSING)
        for one in fields(kind)
    }


def _member(kind: type[Enum], data: object, where: str) -> Enum:
    if isinstance(data, str) and data in kind.__members__:
        return kind[data]
    raise CodecError(f"{where}: {_shown(data)} is no {kind.__name__}")


def _plain(kind: type, data: object, where: str) -> object:
    value = _anything(data, where, 0) if isinstance(data, dict) else data
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise CodecError(f"{where}: {_shown(data)} is no {kind.__name__}")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise CodecError(f"{where}: a time without a zone")
    return value


def _anything(data: object, where: str, depth: int) -> object:
    """What a field holds that may hold anything; a list is a tuple."""
    if depth > DEEPEST:
        raise CodecError(f"{where}: values lie too deep in each other")
    if isinstance(data, list):
        return tuple(_anything(one, where, depth + 1) for one in data)
    if not isinstance(data, dict):
        return data
    if len(data) == 1:
        ((sign, told),) = data.items()
        if sign == "$map":
            return {
                _hashable(_anything(key, where, depth + 1), where): _anything(one, where, depth + 1)
                for key, one in _pairs(data, where)
            }
        if sign.startswith("$"):
            try:
                return _signed(sign, told, where)
            except (ValueError, ArithmeticError) as error:
                if isinstance(error, CodecError):
                    raise
                raise CodecError(f"{where}: {_shown(told)} is no {sign.removeprefix('$')}") from error
    return {key: _anything(one, where, depth + 1) for key, one in data.items()}


def _signed(sign: str, told: object, where: str) -> object:
    if sign == "$span":
        if type(told) is not int:
            raise CodecError(f"{where}: {_shown(told)} is no length of time")
        return timedelta(microseconds=told)
    if not isinstance(told, str):
        raise CodecError(f"{where}: {_shown(told)} is no text")
    match sign:
        case "$time":
            return datetime.fromisoformat(told)
        case "$date":
            return date.fromisoformat(told)
        case "$clock":
            return time.fromisoformat(told)
        case "$bytes":
            return bytes.fromhex(told)
        case "$decimal":
            return Decimal(told)
        case "$int":
            return int(told, 16)
        case "$float" if told in ("nan", "inf", "-inf"):
            return float(told)
        case _:
            raise CodecError(f"{where}: {_shown(sign)} is no sign of this console's")


def _hashable(key: object, where: str) -> object:
    try:
        hash(key)
    except TypeError as error:
        raise CodecError(f"{where}: {_shown(key)} is no key") from error
    return key


def _listed(data: object, where: str) -> list[object]:
    if not isinstance(data, list):
        raise CodecError(f"{where}: {_shown(data)} is no list")
    return data


def _pairs(data: object, where: str) -> list[tuple[object, object]]:
    if not isinstance(data, dict):
        raise CodecError(f"{where}: {_shown(data)} is no object")
    if list(data) != ["$map"]:
        return list(data.items())
    pairs = [_listed(pair, where) for pair in _listed(data["$map"], where)]
    if any(len(pair) != 2 for pair in pairs):
        raise CodecError(f"{where}: a pair has two parts")
    return [(pair[0], pair[1]) for pair in pairs]


def _shown(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 60 else text[:60] + "…"
