"""A request as a tree of nodes: its sections, what is in them, and what is in that. Pure.

What lies deeper is made into nodes once it is unfolded, so a large record costs what one sees of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from console.model import Label, Oddity, Request, RequestContext, StageUsual, Standing
from console.tui import say
from console.tui.predictions import LABEL_SIGN, is_server_error
from console.tui.safe import ABSENT, NULL, VALUE_CHARACTERS, Cell, cut, quoted, visible

MOST_CHILDREN = 1_000
"""Members of one list or object that are shown."""
_PREVIEW = 300
"""Characters that are shown of a list or object which is folded."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageBar:
    """When a stage ran, as shares (0..1) of the whole latency."""

    ms: float
    offset: float
    share: float
    is_slowest: bool = False
    usual: StageUsual | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of the tree."""

    path: Path
    """Names from its section on: by it the entry is known again in another request."""
    name: str
    cell: Cell
    value: object = None
    """As logged; what is in a list or object are its children."""
    aside: str = ""
    """Shown dimmed after the value: a unit, a type; of a section, what there is to know of it."""
    field: str = ""
    """What a filter calls it; empty for what cannot be filtered by."""
    standing: Standing | None = None
    stage: StageBar | None = None
    members: tuple[Node, ...] | None = None
    """Of a section."""

    @property
    def is_section(self) -> bool:
        """Whether it is one of the tree's titles."""
        return len(self.path) == 1

    @property
    def holds(self) -> bool:
        """Whether there is something in it."""
        return bool(self.members) or (isinstance(self.value, dict | list) and bool(self.value))


@dataclass(frozen=True, slots=True)
class Row:
    """A node that is on show."""

    node: Node
    is_open: bool


def rows_of(sections: Iterable[Node], flipped: frozenset[Path]) -> tuple[Row, ...]:
    """The nodes on show, in their order. A section is open, all else folded, unless its path is flipped."""
    found: list[Row] = []
    for section in sections:
        _take(section, flipped, found)
    return tuple(found)


def _take(node: Node, flipped: frozenset[Path], found: list[Row]) -> None:
    is_open = node.is_section != (node.path in flipped)
    found.append(Row(node, is_open))
    if is_open and node.holds:
        for child in children_of(node):
            _take(child, flipped, found)


def children_of(node: Node) -> Sequence[Node]:
    """What is in a section, a list or an object; of many the first, and how many there are more."""
    if node.members is not None:
        return node.members
    named: Iterable[tuple[str, object]]
    match node.value:
        case dict():
            number, named = len(node.value), ((str(name), value) for name, value in node.value.items())
        case list():
            number, named = len(node.value), ((str(at), value) for at, value in enumerate(node.value))
        case _:
            return ()
    nodes = [plain((*node.path, name), value) for name, value in islice(named, MOST_CHILDREN)]
    if number > MOST_CHILDREN:
        more = Cell(f"{number - MOST_CHILDREN:,} more, which a copy has", "$dim")
        nodes.append(Node((*node.path, "…"), "…", more))
    return nodes


def plain(path: Path, value: object, style: str = "$foreground", *, aside: str = "", field: str = "") -> Node:
    """A logged value under the last name of its path."""
    return Node(path, path[-1], value_cell(value, style), value, aside or kind_of(value), field)


def kind_of(value: object) -> str:
    """What a list or object is called; empty for everything else."""
    match value:
        case list():
            return f"list of {len(value):,}"
        case dict():
            return f"object of {len(value):,}"
    return ""


def value_cell(value: object, style: str = "$foreground") -> Cell:
    """A logged value at full length (cut at a stated one), text told apart from what it resembles."""
    if value is None:
        return ABSENT
    if isinstance(value, dict | list):
        return Cell(_preview(value), style)
    return Cell(quoted(value, VALUE_CHARACTERS, note=True), style)


def _preview(value: object) -> str:
    """The beginning of a list or object as JSON; no more of it is written than is shown."""
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        text += piece[: _PREVIEW + 1]
        if len(text) > _PREVIEW:
            break
    return cut(text, _PREVIEW)


# --- a request's sections -------------------------------------------------------------------------

_ORDER = (
    "request_id",
    "model",
    "model_version",
    "endpoint",
    "status",
    "error_type",
    "error_message",
    "prediction",
    "score",
    "truth",
    "latency_ms",
    "tokens_in",
    "tokens_out",
    "cost",
)
_ELSEWHERE = frozenset({"ts", "ts_origin", "stages", "extra", "source_offset", "prediction_value"})
_SAID = {"latency_ms": ("latency", "ms")}


def _section(title: str, members: Sequence[Node], note: str = "", value: object = None) -> Node:
    return Node((title,), title, Cell(""), value, note, members=tuple(members))


def answer_section(request: Request) -> Node:
    """The fixed fields."""
    fields = request.fields
    failed = fields.get("error_type") is not None or is_server_error(fields.get("status"))
    arrived = fields.get("ts_origin") == "arrival"
    zone = "UTC, when its line arrived: none was logged" if arrived else "UTC"
    nodes = [Node(("Fields", "ts"), "time", Cell(_moment(request.ts)), request.ts, zone)]
    ordered = [name for name in _ORDER if name in fields]
    rest = [name for name in fields if name not in _ELSEWHERE and name not in _ORDER]
    for name in (*ordered, *rest):
        style = "$foreground"
        if failed and name in ("status", "error_type", "error_message"):
            style = "bold $error" if name != "error_message" else "$error"
        elif name in ("prediction", "model"):
            style = "bold $foreground"
        value = fields[name]
        title, unit = _SAID.get(name, (name.replace("_", " "), ""))
        node = plain(("Fields", name), value, style, aside=unit if value is not None else "", field=name)
        nodes.append(replace(node, name=title))
    return _section("Fields", nodes, value=dict(fields))


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def features_section(request: Request, context: RequestContext | None, *, odd_first: bool = False) -> Node:
    """Each feature beside its baseline; those that it lacks and others have come after those that it has.

    Args:
        request: whose.
        context: what they are compared with, None while that is not known.
        odd_first: whether what is unusual comes before all else.
    """
    standings = context.standings if context is not None else {}
    lacking = [name for name in standings if name not in request.features]
    nodes = [
        replace(
            plain(("Features", name), request.features.get(name), field=_called(request, "features", name)),
            standing=standings.get(name),
        )
        for name in (*request.features, *lacking)
    ]
    odd = [node for node in nodes if is_odd(node)]
    if odd_first:
        nodes = odd + [node for node in nodes if not is_odd(node)]
    said = [f"{len(request.features):,}" if request.features else "none logged"]
    if context is not None:
        if standings:
            said.append(f"{len(odd):,} odd" if odd else "none is odd")
        if context.baseline:
            said.append(f"against {cut(context.baseline, 200)}" if standings else cut(context.baseline, 200))
    return _section("Features", nodes, " · ".join(said), dict(request.features))


def is_odd(node: Node) -> bool:
    """Whether it is a feature with a value that one is not used to."""
    return node.standing is not None and node.standing.odd is not None


ODD_STYLES: Mapping[Oddity, str] = {
    Oddity.UNSEEN: "bold $error",
    Oddity.TYPE_CHANGED: "bold $error",
    Oddity.OUT_OF_RANGE: "bold $error",
    Oddity.RARE: "bold $warning",
    Oddity.NULL: "bold $warning",
}


def _called(request: Request, group: str, name: str) -> str:
    """What a filter calls a tag or feature: by its group where its name alone may mean something else."""
    other = request.features if group == "tags" else request.tags
    clashes = not name or name in request.fields or name in other
    return f"{group}.{name}" if clashes else name


def tags_section(request: Request) -> Node:
    """The tags, in the order in which they were logged."""
    nodes = [
        plain(("Tags", name), value, field=_called(request, "tags", name))
        for name, value in request.tags.items()
    ]
    return _section("Tags", nodes, f"{len(nodes):,}" if nodes else "none logged", dict(request.tags))


def extra_section(request: Request) -> Node:
    """What is no field, tag or feature."""
    nodes = [plain(("Extra", name), value) for name, value in request.extra.items()]
    return _section("Extra", nodes, f"{len(nodes):,}" if nodes else "none", dict(request.extra))


def label_section(label: Label | None) -> Node:
    """What people said of it."""
    if label is None:
        return _section(
            "Label", [Node(("Label", "label"), "label", Cell(NULL, "$faint"), aside="l labels it")]
        )
    draft = label.draft
    nodes = [
        Node(
            ("Label", "label"),
            "label",
            Cell(f"{LABEL_SIGN} {visible(draft.value[:200])}", "bold $accent"),
            draft.value,
        ),
        plain(
            ("Label", "by"), label.author, aside=f"{label.at:%Y-%m-%d %H:%M:%S} UTC · {cut(label.source, 40)}"
        ),
    ]
    if draft.note:
        nodes.append(plain(("Label", "note"), draft.note))
    if label.previous_value is not None:
        nodes.append(plain(("Label", "before"), label.previous_value, "$dim"))
    return _section("Label", nodes)


def stages_section(request: Request, context: RequestContext | None) -> Node:
    """The stages of the pipeline, one after the other; what is not a time is shown as logged."""
    stages = request.stages
    if stages is None:
        return _section("Stages", (), "none logged")
    if not isinstance(stages, dict):
        return _section("Stages", [plain(("Stages", "stages"), stages)], value=stages)
    usual = context.stages if context is not None else {}
    times = {str(name): _stage_ms(stage) for name, stage in stages.items()}
    known = [ms for ms in times.values() if ms is not None]
    whole, slowest = _whole_ms(request.fields.get("latency_ms"), known), max(known, default=0.0)
    nodes, before = [], 0.0
    for name, stage in stages.items():
        ms, path = times[str(name)], ("Stages", str(name))
        if ms is None:
            nodes.append(plain(path, stage))
            continue
        version = stage.get("version") if isinstance(stage, dict) else None
        part = StageBar(
            ms,
            before / whole if whole else 0.0,
            ms / whole if whole else 0.0,
            len(known) > 1 and ms == slowest > 0,
            usual.get(str(name)),
        )
        title = f"{name} {version}" if version is not None else str(name)
        nodes.append(Node(path, title, Cell(f"{ms:,.1f} ms"), stage, stage=part))
        before += ms
    return _section("Stages", nodes, f"of {say.measure(whole, 'ms')}" if known else "", stages)


def _stage_ms(stage: object) -> float | None:
    ms = stage.get("ms") if isinstance(stage, dict) else stage
    if isinstance(ms, int | float) and not isinstance(ms, bool) and abs(ms) < 1e12 and ms >= 0:
        return float(ms)
    return None


def _whole_ms(latency: object, times: Iterable[float]) -> float:
    total = sum(times)
    if isinstance(latency, int | float) and abs(latency) < 1e12 and math.isfinite(latency):
        return max(float(latency), total)
    return total


def origin_section(request: Request) -> Node:
    """Where it came from."""
    nodes = [
        plain(("Origin", "line"), request.origin, aside="w shows it"),
        plain(("Origin", "key"), request.key),
        plain(("Origin", "input"), request.input_hash, "$dim", aside="SHA-256 of its features"),
    ]
    return _section("Origin", nodes)
