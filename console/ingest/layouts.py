"""Layouts: which values the lines of one model have, where they go, and what the lines look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from console.ingest import grammar
from console.ingest.formats import Path, Place
from console.model.clean import Kind, Leaf

MAX_CUT = 4
"""Shapes of one layout that are each matched by themselves; more are matched as one."""

_PIECE_BYTES = 260
"""About as long are the pieces that a line is matched in: the states of an automaton for more do not fit
into a processor's nearest cache, and it takes half as long again."""
_VALUE_BYTES = 8
_END = "\r?\n?"
"""What a line may end with."""


@dataclass(frozen=True, slots=True)
class Value:
    """What stands at one path: its kind, None as long as only null was seen there, and its grammar."""

    place: Place
    kind: Kind | None
    expression: str


Node = Mapping[str, object]
"""Keys in order; a value is another node or a `Value`."""

_Part = tuple[str, str]
"""What a line may be cut before, empty if nothing; and an expression, which begins with that."""


class Pattern(NamedTuple):
    """Matches a line that, cut where each of the marks is found first, has pieces that all match."""

    marks: tuple[str, ...]
    """Each is looked for behind the one before it; it is in neither of the pieces that it parts."""
    expressions: tuple[str, ...]
    """One for each piece."""

    def of_ascii(self) -> Pattern:
        """Matches the same lines of those that are ASCII, and is quicker."""
        return self._replace(expressions=tuple(map(grammar.of_ascii, self.expressions)))


@dataclass(slots=True, eq=False)
class Layout:
    """Shapes of one model whose values go to the same places by the same kinds."""

    model: str
    required: tuple[Path, ...]
    """Every shape has all of these: its time, if it has any, and all keys that no record knows."""
    shapes: dict[tuple[object, ...], Node] = field(default_factory=dict)
    """By the keys of the shape."""
    values: dict[Path, Value] = field(default_factory=dict)

    def leaves(self) -> tuple[Leaf, ...]:
        """Every value that is not null in all lines so far."""
        return tuple(
            Leaf(path, value.kind, value.place.kind, value.place.name, value.place.scale)
            for path, value in self.values.items()
            if value.kind is not None and not is_model(value.place)
        )

    def patterns(self) -> list[Pattern]:
        """Together they match the lines, with or without what ends a line, that have one of the shapes."""
        if len(self.shapes) <= MAX_CUT:
            return [_cut(list(self._object(node, ()))) for node in self.shapes.values()]
        shapes = ("".join(text for _, text in self._object(node, ())) for node in self.shapes.values())
        return [Pattern((), (f"^(?:{'|'.join(shapes)}){_END}$",))]

    def _object(self, node: Node, path: Path) -> Iterator[_Part]:
        yield "", r"\{"
        for number, (key, value) in enumerate(node.items()):
            if number:
                yield "", ", ?"
            yield f'"{key}":', f'"{grammar.literal(key)}": ?'
            if not isinstance(value, Value):
                assert isinstance(value, Mapping)
                yield from self._object(value, (*path, key))
            elif value.kind is Kind.JSON:
                yield "", value.expression
            else:
                yield "", self.values[*path, key].expression
        yield "", r"\}"


def _cut(parts: Sequence[_Part]) -> Pattern:
    """A pattern of a whole line, in pieces of about one length."""
    marks: list[str] = []
    pieces = [""]
    times = Counter(mark for mark, _ in parts)
    length = 0
    for mark, text in parts:
        if mark and length > _PIECE_BYTES and times[mark] == 1:
            marks.append(mark)
            pieces.append(text.removeprefix(f'"{grammar.literal(mark[1:-2])}":'))
            length = 0
        else:
            pieces[-1] += text
        length += len(mark) or _VALUE_BYTES
    pieces[-1] += _END
    return Pattern(tuple(marks), tuple(f"^(?:{piece})$" for piece in pieces))


def is_model(place: Place) -> bool:
    """Whether it is the model's name, which all lines of a layout share."""
    return (place.kind, place.name) == ("field", "model")
