"""Any JSON object by a mapping: which path is which field, feature or tag. Fixed once it is made."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from console.ingest import wellknown
from console.ingest.formats import NO_FIELD, RECORD_FIELDS, Path, Place, Unusable
from console.ingest.values import DURATION, EXACT_INT, Misfit

REST: Path = ("*",)
"""Stands for every key of the outermost object that is nothing else."""

_REMEMBERED = 20_000
"""Paths whose place is kept; beyond, they are worked out anew, so that ever new names cannot fill memory."""
_BARE = re.compile(r'[^".*\s]+')
_NO_EVIDENCE = frozenset({"ts", "request_id", "endpoint", "error_message", "tags"})
"""Fields that a line may have without being a prediction."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field that the value at a path is."""

    field: str
    rank: int = 0
    """Where several paths have a value for a field, the lowest counts."""
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping. Names that it does not settle are read by `wellknown`."""

    fields: Mapping[Path, Target] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    """Fields that no other path is, whatever it is called."""
    barred: frozenset[Path] = frozenset()
    """Paths that are no field though they are called like one."""
    features: tuple[Path, ...] | None = None
    """Objects, single values and `REST`; None: any object that is called so, and `REST`."""
    tags: tuple[Path, ...] | None = None
    """The same; None: any object that is called so, and keys that say where or for whom."""
    given: bool = False
    """Whether a person said where the features are, so that they alone make a line a prediction."""


@dataclass(slots=True)
class _Node:
    """What becomes of the value at one path."""

    path: Path
    own: str
    """The key in `extra` that no other path has."""
    leaf: Place
    whole: Place
    """Where an object goes that is not opened."""
    opened: bool = False
    """Whether an object here is looked into."""
    holds: str = ""
    """`feature` or `tag` where every key of it is one."""
    rank: int = 0
    shared: bool = False
    """Whether other paths may be the same field."""
    children: dict[str, _Node] = field(default_factory=dict)


class MappedFormat:
    """Any flat or nested object, by a `Mapped`."""

    name = "mapped"

    def __init__(self, mapped: Mapped = Mapped(), *, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self.mapped = mapped
        # Where every other key is a feature, only because it is called nothing else, it proves nothing.
        proven = mapped.given or mapped.features not in (None, (REST,))
        self.evidence = RECORD_FIELDS - _NO_EVIDENCE - (frozenset() if proven else {"features"})
        self._feature_paths = mapped.features or ()
        self._tag_paths = mapped.tags or ()
        self._rest = mapped.features is None or REST in mapped.features
        self._openings = self._prefixes()
        self._count = 0
        self._root = _Node((), "", Place("extra", ""), Place("extra", ""), opened=True)

    def _prefixes(self) -> frozenset[Path]:
        paths = [*self.mapped.fields, *self._feature_paths, *self._tag_paths]
        found = {path[:length] for path in paths for length in range(1, len(path))}
        return frozenset(found | ({*self._feature_paths, *self._tag_paths} - {REST}))

    def record(self, logged: dict[str, object]) -> dict[str, object]:
        """The values under the fields' names; what is left in inner objects under its path.

        Raises:
            Unusable: it has no field but a time, an id, an endpoint or an error's message.
        """
        taken = _Taken()
        self._walk(self._root, logged, taken)
        record = taken.record
        if taken.features or taken.has_features:
            record["features"] = taken.features
        if taken.tags:
            record["tags"] = taken.tags
        if self.evidence.isdisjoint(record):
            raise Unusable(NO_FIELD)
        return record

    def place(self, path: Path) -> Place | None:
        """By the mapping; for keys of an object that is kept whole there is none."""
        node = self._root
        for key in path[:-1]:
            node = self._child(node, key)
            if not node.opened:
                return None
        return self._child(node, path[-1]).leaf

    def _walk(self, node: _Node, logged: Mapping[str, object], taken: _Taken) -> None:
        children = node.children
        for key, value in logged.items():
            child = children.get(key) or self._child(node, key)
            if type(value) is not dict:
                taken.put(child, child.leaf, value)
            elif child.opened:
                if child.holds == "feature":
                    taken.has_features = True
                self._walk(child, value, taken)
            else:
                taken.put(child, child.whole, value)

    def _child(self, node: _Node, key: str) -> _Node:
        found = node.children.get(key)
        if found is None:
            found = self._resolve(node, (*node.path, key))
            if self._count >= _REMEMBERED:
                self._root.children.clear()
                self._count = 0
            # A node that was forgotten above is filled on, and goes with the line.
            node.children[key] = found
            self._count += 1
        return found

    def _resolve(self, parent: _Node, path: Path) -> _Node:
        extra = Place("extra", self._own_name(path))
        target = self.mapped.fields.get(path)
        if target is not None:
            several = target.rank > 0 or self._is_first_of_several(target.field)
            place = Place("field", target.field, target.scale)
            opened = path in self._openings
            return _Node(path, extra.name, place, place, opened=opened, rank=target.rank, shared=several)
        if parent.holds:
            place = Place("feature" if parent.holds == "feature" else "tag", path[-1])
            return _Node(path, extra.name, place, place)
        opened, holds = self._opens(path)
        named = None if path in self.mapped.barred else self._by_name(path)
        if named is not None:
            place = Place("field", named.field, named.scale)
            return _Node(
                path, extra.name, place, place, opened=opened, holds=holds, rank=named.rank, shared=True
            )
        return _Node(path, extra.name, self._unnamed(path, extra), extra, opened=opened, holds=holds)

    def _unnamed(self, path: Path, extra: Place) -> Place:
        """Where a value goes that is no field."""
        if path in self._feature_paths:
            return Place("feature", path[-1])
        if path in self._tag_paths:
            return Place("tag", path[-1])
        if len(path) != 1:
            return extra
        name = path[0]
        if self.mapped.tags is None and wellknown.normal(name) in wellknown.TAG_NAMES:
            return Place("tag", name)
        if REST in self._tag_paths and not self._rest:
            return Place("tag", name)
        if self._rest and name not in RECORD_FIELDS and not self._is_no_input(path):
            return Place("feature", name)
        return extra

    def _is_no_input(self, path: Path) -> bool:
        """Whether `REST` leaves a key out: what is about the log, unless a person asked for all keys."""
        if self.mapped.given:
            return False
        return bool(wellknown.is_plumbing(path[-1]) or wellknown.candidates(path))

    def _opens(self, path: Path) -> tuple[bool, str]:
        if path in self._feature_paths:
            return True, "feature"
        if path in self._tag_paths:
            return True, "tag"
        if path in self._openings:
            return True, ""
        if len(path) == 1:
            name = wellknown.normal(path[0])
            if self.mapped.features is None and name in wellknown.FEATURE_OBJECTS:
                return True, "feature"
            if self.mapped.tags is None and name in wellknown.TAG_OBJECTS:
                return True, "tag"
            if "error_type" not in self.mapped.settled and name in wellknown.ERROR_OBJECTS:
                return True, ""
        return False, ""

    def _by_name(self, path: Path) -> Target | None:
        for candidate in wellknown.candidates(path):
            if candidate.field not in self.mapped.settled:
                return Target(candidate.field, 1000 + candidate.rank, candidate.scale or 1.0)
        return None

    def _is_first_of_several(self, name: str) -> bool:
        return sum(target.field == name for target in self.mapped.fields.values()) > 1

    def _own_name(self, path: Path) -> str:
        """The key in `extra`: the path as it is written in the configuration, unlike any other path's."""
        if len(path) > 1:
            return in_words(path)
        name = path[0]
        first, dot, _ = name.partition(".")
        inner = bool(dot) and self._opens((first,))[0]
        return _quoted(name) if inner or name in RECORD_FIELDS or name.startswith('"') else name


@dataclass(slots=True)
class _Taken:
    """What has been taken of one line."""

    record: dict[str, object] = field(default_factory=dict)
    features: dict[str, object] = field(default_factory=dict)
    tags: dict[str, object] = field(default_factory=dict)
    has_features: bool = False
    _by: dict[str, tuple[_Node, object]] = field(default_factory=dict)

    def put(self, node: _Node, place: Place, value: object) -> None:
        """The value is at its place; if another line's value has that already, the surer one is."""
        kind, name = place.kind, place.name
        if kind == "extra":
            self.record[name] = value
        elif kind == "field":
            self._put_field(node, place, value)
        else:
            into = self.features if kind == "feature" else self.tags
            if into.get(name) is None:
                into[name] = value
            elif value is not None:
                self.record[node.own] = value

    def _put_field(self, node: _Node, place: Place, value: object) -> None:
        name = place.name
        if value is None:
            self.record.setdefault(name, None)
            return
        taken = value if place.scale == 1.0 else _scaled(value, place.scale)
        if taken is None:
            self.record[node.own] = value
            self.record.setdefault(name, None)
            return
        if node.shared and self.record.get(name) is not None:
            before, logged = self._by[name]
            if before.rank <= node.rank:
                self.record[node.own] = value
                return
            self.record[before.own] = logged
        self.record[name] = taken
        if node.shared:
            self._by[name] = node, value


def _scaled(value: object, scale: float) -> float | None:
    """The number times the scale; None if it is none, or one that would be altered."""
    try:
        number = DURATION.convert(value)
    except Misfit:
        return None
    return number * scale if number < EXACT_INT else None


def in_words(path: Path) -> str:
    """The path as it is written in the configuration: `request.id`, `context."user.country"`."""
    return ".".join(key if _BARE.fullmatch(key) else _quoted(key) for key in path)


def _quoted(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)
