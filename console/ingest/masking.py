"""Hides what the rules name from everything behind it: a record's values, before anybody has stored them.

Rules go by a value's name, or by what is found in a text. A value has several names: its keys in the line,
the field, feature or tag that the format makes of it, and any end of these (`user.email`, `email`). Which
rules hold for a path is worked out once and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import tzinfo

from console.ingest.choosing import Choice, FormatFor
from console.ingest.decode import decode_exactly, json_text
from console.ingest.formats import Format, Path, Place, Unusable
from console.ingest.mask_rules import ABSENT, Masking, Part
from console.model import MaskWith

SPARED = frozenset(
    {"ts", "model", "model_version", "status", "latency_ms", "score", "tokens_in", "tokens_out", "cost"}
)
"""Fields that no rule hides by their name, as a glob like `*` would: nothing could be judged without them."""

_REMEMBERED = 20_000
"""Paths whose rules are kept, and texts that were searched; beyond, they are worked out anew, so that ever
new names cannot fill memory."""
_KNOWN = 256
"""How many texts of a path are remembered, and characters of each."""
_NAME_CHARACTERS = 4_096
"""Of a path that is compared with globs; what is hostile has long keys in deep objects."""
_ANY_KEY = "*"
"""Stands for any key of an object, to learn whether a format looks into it."""


@dataclass(slots=True)
class _Node:
    """What becomes of the value at one path."""

    path: Path
    record_path: Path
    """Where it is in the record: `("features", "amount")`."""
    key: str
    """Its last key, as it is kept."""
    whole: MaskWith | None = None
    parts: tuple[Part, ...] = ()
    opened: bool = True
    """Whether the format looks into an object here, so that its keys are names of the record's."""
    is_time: bool = False
    is_number: bool = False
    """Whether a number here is what it should be, and no pattern is looked for in it."""
    is_plain: bool = False
    """Whether text and numbers stay as they are."""
    known: dict[str, str] = field(default_factory=dict)
    """What becomes of some texts, as the same ones come again and again."""
    children: dict[str, _Node] = field(default_factory=dict)


class MaskedFormat:
    """Another format, whose records have nothing in them that the rules hide."""

    def __init__(self, inner: Format, masking: Masking) -> None:
        self.inner = inner
        self.name = inner.name
        self.zone: tzinfo = inner.zone
        self.evidence = inner.evidence
        self._masking = masking
        self._count = 0
        self._root = self._new_root()

    def _new_root(self) -> _Node:
        masking = self._masking
        return _Node((), (), "", parts=masking.parts_of((), ()))

    @property
    def is_recognisable(self) -> bool:
        """Whether lines can be taken as they are where no name in them is hidden."""
        return not self._masking.parts

    def record(self, logged: dict[str, object]) -> dict[str, object]:
        """The record of what is left of the logged object.

        Raises:
            Unusable: it is not a prediction, or nested too deep.
        """
        return self.inner.record(self.hidden(logged))

    def hidden(self, logged: Mapping[str, object]) -> dict[str, object]:
        """The logged object without what the rules hide.

        Raises:
            Unusable: it is nested too deep.
        """
        try:
            return self._object(self._root, logged, spare_time=True)
        except RecursionError:
            raise Unusable("nested too deep") from None

    def all_hidden(self, objects: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
        """The objects without what the rules hide; one that is nested too deep is left out."""
        hidden: list[dict[str, object]] = []
        for logged in objects:
            with suppress(Unusable):
                hidden.append(self.hidden(logged))
        return hidden

    def counts(self, objects: Sequence[Mapping[str, object]]) -> tuple[int, ...]:
        """In how many of the objects each rule hides something."""
        each = [MaskedFormat(self.inner, rule) for rule in self._masking.alone()]
        return tuple(sum(one.changes(logged) for logged in objects) for one in each)

    def changes(self, logged: Mapping[str, object]) -> bool:
        """Whether anything in the object is hidden."""
        try:
            return self.hidden(logged) != logged
        except Unusable:
            return True

    def place(self, path: Path) -> Place | None:
        """Where the inner format puts the value; None if it is hidden, or might be."""
        node = self._root
        for key in path:
            node = self._child(node, key)
        return self.inner.place(path) if node.is_plain else None

    def leaves(self, path: Path, value: object) -> bool:
        """Whether all that is in this value stays as it is, whatever its texts and numbers are."""
        node = self._root
        for key in path:
            node = self._child(node, key)
        return _is_plain(self._child, node, value)

    def seen(self, line: bytes) -> bytes | None:
        """A whole line as a person may see it; None if none of it may be seen.

        It is written anew: where a key stands twice, the line has a value that the decoded object has not.
        What is no JSON object is withheld if rules go by names, and what is no JSON if it may have escapes.
        """
        try:
            logged = decode_exactly(line.lstrip(b"\0"))
        except Unusable:
            return self._seen_text(line)
        try:
            if self._masking.by_names and not isinstance(logged, dict):
                return None
            return json_text(self._value(self._root, logged, spare_time=False)).encode("utf-8", "replace")
        except (RecursionError, Unusable):
            return None

    def _seen_text(self, line: bytes) -> bytes | None:
        if self._masking.by_names or b"\\" in line:
            return None
        try:
            return self._masking.text(line.decode(), self._root.parts).encode()
        except UnicodeDecodeError:
            return None

    def _object(self, node: _Node, logged: Mapping[str, object], *, spare_time: bool) -> dict[str, object]:
        kept: dict[str, object] = {}
        children = node.children
        for key, value in logged.items():
            child = children.get(key) or self._child(node, key)
            if child.is_plain and type(value) is not dict and type(value) is not list:
                kept[key] = value
                continue
            new = self._value(child, value, spare_time=spare_time)
            if new is not ABSENT:
                kept[key if child.key == key else _free(child.key, kept, logged)] = new
        return kept

    def _value(self, node: _Node, value: object, *, spare_time: bool) -> object:
        """What is kept of a value; `ABSENT` for nothing."""
        if value is None or value == "":
            return value
        if isinstance(value, dict) and (node.whole is None or node.opened):
            return self._object(node, value, spare_time=spare_time)
        if node.whole is not None:
            return self._masking.replaced(value, node.whole)
        if isinstance(value, list):
            return [self._value(node, one, spare_time=spare_time) for one in value]
        if node.is_time and spare_time:
            return value
        if isinstance(value, str):
            known = node.known.get(value)
            if known is None:
                known = self._masking.text(value, node.parts)
                if len(node.known) < _KNOWN > len(value) and self._count < _REMEMBERED:
                    node.known[value] = known
                    self._count += 1
            return known
        if isinstance(value, int | float) and not isinstance(value, bool) and not node.is_number:
            return self._masking.number(value, node.parts)
        return value

    def _child(self, node: _Node, key: str) -> _Node:
        found = node.children.get(key)
        if found is None:
            found = self._resolved(node, key)
            if self._count >= _REMEMBERED:
                self._root.children.clear()
                self._count = 0
            # A node that was forgotten above is filled on, and goes with the line.
            node.children[key] = found
            self._count += 1
        return found

    def _resolved(self, above: _Node, key: str) -> _Node:
        masking = self._masking
        path = (*above.path, key)
        place = self.inner.place(path) if above.opened else None
        opened = above.opened and self.inner.place((*path, _ANY_KEY)) is not None
        record_path = (*above.record_path, key) if place is None else _record_path(place)
        names = tuple(dict.fromkeys((*_names(path), *_names(record_path))))
        is_field = place is not None and place.kind == "field"
        spared = is_field and record_path[0] in SPARED
        whole = None if spared else masking.whole_of(names) or above.whole
        parts = masking.parts_of(names, above.parts)
        kept = key if is_field or opened else masking.text(key, parts)
        return _Node(
            path,
            record_path,
            kept,
            whole,
            parts,
            opened,
            is_time=is_field and record_path == ("ts",),
            is_number=spared,
            is_plain=whole is None and not parts,
        )


def is_recognisable(format: Format) -> bool:
    """Whether lines of this format may be taken as they are once their layout is known."""
    return not isinstance(format, MaskedFormat) or format.is_recognisable


def masked(format_for: FormatFor, masking: Masking) -> FormatFor:
    """Chooses the same formats, with nothing in their records that the rules hide."""

    def chosen(path: str, first: Sequence[Mapping[str, object]]) -> Choice:
        choice = format_for(path, first)
        return Choice(MaskedFormat(choice.format, masking), choice.settled)

    return chosen


def _names(path: Path) -> Iterator[str]:
    """The last key, and every longer end of the path, as far as a glob needs it."""
    name = path[-1].casefold()
    yield name
    for key in path[-2::-1]:
        name = f"{key.casefold()}.{name}"[:_NAME_CHARACTERS]
        yield name


def _record_path(place: Place) -> Path:
    return (f"{place.kind}s", place.name) if place.kind in ("feature", "tag") else (place.name,)


def _free(key: str, kept: Mapping[str, object], logged: Mapping[str, object]) -> str:
    """The key, or with a number behind it the first that is not taken."""
    free, number = key, len(kept)
    while free in kept or free in logged:
        number += 1
        free = f"{key} {number}"
    return free


def _is_plain(child_of: Callable[[_Node, str], _Node], node: _Node, value: object) -> bool:
    if not node.is_plain:
        return False
    if isinstance(value, dict):
        return all(_is_plain(child_of, child_of(node, key), inner) for key, inner in value.items())
    return not isinstance(value, list) or all(_is_plain(child_of, node, inner) for inner in value)
