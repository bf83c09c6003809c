"""The sections of a request as nodes: each value as logged, beside what is usual. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from console.model import Label, Oddity, Request, RequestContext
from console.tui import say
from console.tui.predictions import LABEL_SIGN, is_server_error
from console.tui.request.nodes import Node, StageBar, plain
from console.tui.safe import NULL, Cell, cut, visible

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
    "truth_at",
    "latency_ms",
    "tokens_in",
    "tokens_out",
    "cost",
)
_ELSEWHERE = frozenset(
    {"ts", "ts_origin", "stages", "extra", "source_offset", "prediction_value", "truth_origin"}
)
_SAID = {"latency_ms": ("latency", "ms")}
_NAMED = 2
"""Odd features that are told by name in the title."""


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
        if name == "truth_at":
            if isinstance(value, datetime):
                nodes.append(_when_truth_came(request, value))
            continue
        title, unit = _SAID.get(name, (name.replace("_", " "), ""))
        node = plain(("Fields", name), value, style, aside=unit if value is not None else "", field=name)
        nodes.append(replace(node, name=title))
    return _section("Fields", nodes, value=dict(fields))


def _when_truth_came(request: Request, at: datetime) -> Node:
    """When it was known what was true, and how long after the request."""
    late = (at - request.ts).total_seconds()
    aside = f"UTC, {say.span(abs(late))} {'later' if late >= 0 else 'before the request'}"
    return Node(("Fields", "truth_at"), "truth came", Cell(_moment(at)), at, aside)


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
        plain(
            ("Features", name),
            request.features.get(name),
            field=_called(request, "features", name),
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


def odd_words(features: Node) -> list[tuple[str, str]]:
    """How many features are unusual, and the first of them by name: one line may be all there is room for."""
    odd = [node for node in features.members or () if is_odd(node)]
    if not odd:
        return []
    named = [
        f"{cut(node.name, 24)} {node.standing.odd.value}"
        for node in odd[:_NAMED]
        if node.standing is not None and node.standing.odd is not None
    ]
    more = ", …" if len(odd) > _NAMED else ""
    return [(f"  {len(odd):,} odd", "bold $warning"), (f": {', '.join(named)}{more}", "$warning")]


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
        said = f"{ms:,.1f} ms" if ms < 10_000 else f"{ms:,.0f} ms"
        nodes.append(Node(path, title, Cell(said), stage, stage=part))
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
        plain(("Origin", "input"), request.input_hash or None, "$dim", aside="SHA-256 of its features"),
    ]
    return _section("Origin", nodes)
