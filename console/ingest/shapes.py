"""What lines look like: learnt from a few that were decoded, to recognise the many that are alike.

A shape is the keys of a line in their order, and what kind of value each has. Its regular expression
matches a line only if the line is JSON of exactly that shape, so whoever takes the values out of a
matching line need not look for anything else in it: no key twice, none unknown, no value of another
type, no number that is not exact. Lines that match nothing cost time, never truth: they are decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC

from console.ingest import grammar
from console.ingest.formats import Format, NativeFormat, Path, Place
from console.ingest.layouts import Layout, Node, Pattern, Value, is_model
from console.ingest.masking import MaskedFormat
from console.ingest.truths import is_truth_only
from console.model.clean import Kind

MAX_LAYOUTS = 16
"""Of one source; lines of any further model or layout are decoded one by one."""
MAX_SHAPES = 16
"""Of one layout."""
MAX_USELESS = 256
"""Shapes of one source that are remembered because they did not match what they were learnt from."""
MAX_LEAVES = 256
"""Of one shape: with more, the automaton that matches it outgrows its cache."""

_OBJECTS = frozenset({("features",), ("tags",)})
"""What is never kept whole."""
_ANY_KEY = "*"
"""Stands for any key of an object: whether a format looks into it. If so, an empty one has no value."""
_FIELD_VALUES: Mapping[str, tuple[Kind, str]] = {
    "request_id": (Kind.TEXT, grammar.TEXT),
    "model_version": (Kind.TEXT, grammar.TEXT),
    "endpoint": (Kind.TEXT, grammar.TEXT),
    "error_message": (Kind.TEXT, grammar.TEXT),
    "truth": (Kind.TEXT, grammar.TEXT),
    "error_type": (Kind.TEXT, grammar.SOME_TEXT),
    "status": (Kind.INTEGER, grammar.STATUS),
    "tokens_in": (Kind.INTEGER, grammar.COUNT),
    "tokens_out": (Kind.INTEGER, grammar.COUNT),
    "latency_ms": (Kind.NUMBER, grammar.NOT_NEGATIVE),
    "score": (Kind.NUMBER, grammar.NUMBER),
    "cost": (Kind.NUMBER, grammar.NUMBER),
}
_EPOCHS = (
    (10**9, 9 * 10**9, Kind.SECONDS, grammar.SECONDS),
    (10**12, 9 * 10**12, Kind.MILLISECONDS, grammar.MILLISECONDS),
    (10**15, 9 * 10**15, Kind.MICROSECONDS, grammar.MICROSECONDS),
    (10**18, 9 * 10**18, Kind.NANOSECONDS, grammar.NANOSECONDS),
)


class _UnlearnableError(Exception):
    """The line has something that only decoding can tell."""


class Shapes:
    """The layouts of one source's lines, learnt as they turn up."""

    def __init__(self, format: Format) -> None:
        self.format = format
        self._useless: set[object] = set()
        self.layouts: list[Layout] = []

    def patterns(self) -> list[tuple[Layout, list[Pattern]]]:
        """Of all layouts."""
        return [(layout, layout.patterns()) for layout in self.layouts]

    def learn(self, records: Iterable[dict[str, object]]) -> list[Layout]:
        """Learn from decoded lines that were not recognised; the layouts that are new or have changed."""
        changed: dict[int, Layout] = {}
        for logged in records:
            try:
                layout = self._learn_one(logged)
            except _UnlearnableError:
                continue
            if layout is not None:
                changed[id(layout)] = layout
        return list(changed.values())

    def forget(self, layout: Layout) -> None:
        """A new layout that does not even match what it was learnt from is not tried again."""
        self.layouts.remove(layout)
        if len(self._useless) < MAX_USELESS:
            self._useless.update(_mark(layout.model, keys, layout.values) for keys in layout.shapes)

    def _learn_one(self, logged: dict[str, object]) -> Layout | None:
        values: dict[Path, Value] = {}
        node = self._node(logged, (), values)
        self._require_usable(values)
        model = next((_text_at(logged, path) for path, value in values.items() if is_model(value.place)), "")
        keys = _keys(node)
        if _mark(model, keys, values) in self._useless:
            return None
        required = tuple(sorted(path for path, value in values.items() if _is_required(value.place)))
        for layout in self.layouts:
            if (layout.model, layout.required) == (model, required) and _agree(layout.values, values):
                return _extended(layout, keys, node, values)
        if len(self.layouts) >= MAX_LAYOUTS:
            return None
        self.layouts.append(Layout(model, required, {keys: node}, values))
        return self.layouts[-1]

    def _require_usable(self, values: Mapping[Path, Value]) -> None:
        places = [value.place for value in values.values()]
        names = {f"{place.kind}s" if place.kind in ("feature", "tag") else place.name for place in places}
        if (
            not 0 < len(places) <= MAX_LEAVES
            or len({(place.kind, place.name) for place in places}) < len(places)
            or self.format.evidence.isdisjoint(names)
            or ({"request_id", "truth"} <= names and is_truth_only(names))
        ):
            raise _UnlearnableError

    def _node(self, logged: Mapping[str, object], path: Path, values: dict[Path, Value]) -> Node:
        if len({key.casefold() for key in logged}) < len(logged):
            raise _UnlearnableError  # DuckDB does not tell such names apart
        node: dict[str, object] = {}
        for key, value in logged.items():
            if not key or not grammar.is_plain(key) or "\0" in key:
                raise _UnlearnableError
            at = (*path, key)
            if not isinstance(value, dict):
                place = self.format.place(at)
                if place is None:
                    raise _UnlearnableError
                node[key] = values[at] = self._value(place, value)
            elif (whole := self._whole(at, value)) is not None:
                node[key] = values[at] = Value(whole, Kind.JSON, f"(?:{_any(value)}|null)")
            elif value or self.format.place((*at, _ANY_KEY)) is not None:
                node[key] = self._node(value, at, values)
            else:
                raise _UnlearnableError
        return node

    def _whole(self, path: Path, value: object) -> Place | None:
        """Where an object goes as it is, if it does."""
        native = self.format.inner if isinstance(self.format, MaskedFormat) else self.format
        if not isinstance(native, NativeFormat) or len(path) > 1 or path in _OBJECTS:
            return None
        if isinstance(self.format, MaskedFormat) and not self.format.leaves(path, value):
            return None
        place = self.format.place(path)
        return place if place and (place.kind == "extra" or place.name == "stages") else None

    def _value(self, place: Place, value: object) -> Value:
        match place.kind:
            case "field":
                kind, expression = self._field(place.name, value)
            case "feature":
                kind, expression = _feature(value)
            case "tag":
                kind, expression = Kind.TEXT, grammar.TEXT
            case "extra":
                kind, expression = Kind.JSON, grammar.LIST if isinstance(value, list) else grammar.SCALAR
        if place.scale != 1.0:
            if kind is not Kind.NUMBER:
                raise _UnlearnableError
            expression = grammar.CONVERTIBLE
        return Value(place, kind, expression)

    def _field(self, name: str, value: object) -> tuple[Kind | None, str]:
        if name in _FIELD_VALUES:
            return _FIELD_VALUES[name]
        if name == "model" and isinstance(value, str) and grammar.is_plain(value):
            return Kind.TEXT, f'"{grammar.literal(value)}"'
        if name == "ts":
            return self._moment(value)
        if name == "prediction":
            if type(value) in (int, float):
                return Kind.NUMBER, grammar.NUMBER_AS_TEXT
            return _feature(value)
        if name == "stages" and value is None:
            return None, "null"
        raise _UnlearnableError

    def _moment(self, value: object) -> tuple[Kind, str]:
        if isinstance(value, str):
            naive = getattr(self.format, "zone", UTC) is UTC
            return Kind.ISO, grammar.ISO if naive else grammar.ISO_WITH_OFFSET
        if type(value) in (int, float):
            for least, most, kind, expression in _EPOCHS:
                if least <= value < most:  # type: ignore[operator]
                    return kind, expression
        raise _UnlearnableError


def _feature(value: object) -> tuple[Kind | None, str]:
    if value is None:
        return None, "null"
    if type(value) in (int, float):
        return Kind.NUMBER, grammar.NUMBER
    if isinstance(value, list):
        return Kind.JSON, grammar.LIST
    return Kind.TEXT, grammar.FEATURE_TEXT


def _any(value: object) -> str:
    """The expression of a value that is kept as it is, with the keys that it has now."""
    if isinstance(value, list):
        return grammar.LIST
    if not isinstance(value, dict):
        return grammar.SCALAR
    if not all(map(grammar.is_plain, value)):
        raise _UnlearnableError
    items = (f'"{grammar.literal(key)}": ?{_any(inner)}' for key, inner in value.items())
    return rf"\{{{', ?'.join(items)}\}}"


def _keys(node: Node) -> tuple[object, ...]:
    """What makes a shape: its keys, and the expressions of what is kept as it is."""
    return tuple(
        (key, _keys(value) if isinstance(value, Mapping) else _shape_of(value)) for key, value in node.items()
    )


def _shape_of(value: object) -> str:
    return value.expression if isinstance(value, Value) and value.kind is Kind.JSON else ""


def _is_required(place: Place) -> bool:
    return place.kind == "extra" or (place.kind, place.name) == ("field", "ts")


def _text_at(logged: object, path: Path) -> str:
    for key in path:
        assert isinstance(logged, dict)
        logged = logged[key]
    assert isinstance(logged, str)
    return logged


def _mark(model: str, keys: object, values: Mapping[Path, Value]) -> object:
    return model, keys, tuple(value.kind for value in values.values())


def _extended(
    layout: Layout, keys: tuple[object, ...], node: Node, values: Mapping[Path, Value]
) -> Layout | None:
    """The layout with one more shape, or with kinds that were not known; None if it knew all of that."""
    if keys not in layout.shapes and len(layout.shapes) >= MAX_SHAPES:
        return None
    more = {path: value for path, value in values.items() if _tells_more(layout, path, value)}
    if keys in layout.shapes and not more:
        return None
    layout.shapes[keys] = node
    layout.values.update(more)
    return layout


def _agree(known: Mapping[Path, Value], values: Mapping[Path, Value]) -> bool:
    """Whether no path has two kinds, no place two paths, and DuckDB can tell all of them apart."""
    if known.keys() != values.keys():
        names = _names(known)
        if any(names.get(name, node) != node for name, node in _names(values).items()):
            return False
    paths = {(value.place.kind, value.place.name): path for path, value in known.items()}
    for path, value in values.items():
        if paths.get((value.place.kind, value.place.name), path) != path:
            return False
        before = known.get(path)
        if before and before.kind and value.kind and before.kind is not value.kind:
            return False
    return True


def _names(paths: Iterable[Path]) -> dict[Path, tuple[Path, bool]]:
    """Each value, and each object on the way to one, without case: its path, whether it is an object."""
    nodes = ((path[:length], length < len(path)) for path in paths for length in range(1, len(path) + 1))
    return {tuple(map(str.casefold, path)): (path, is_object) for path, is_object in nodes}


def _tells_more(layout: Layout, path: Path, value: Value) -> bool:
    before = layout.values.get(path)
    return before is None or (before.kind is None and value.kind is not None)
