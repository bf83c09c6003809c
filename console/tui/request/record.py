"""A request's record in sections: names on the left, values as logged, wrapped, on the right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.model import Label, Request
from console.tui import say
from console.tui.predictions import LABEL_SIGN, is_server_error
from console.tui.safe import ABSENT, NULL, VALUE_CHARACTERS, Cell, quoted, visible
from console.tui.widgets.bars import bar

_NAME_CELLS = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a section: a name, a value, and perhaps a bar (0..1) before it."""

    name: str
    value: Cell
    aside: str = ""
    """Shown dimmed after the value: a unit, a type."""
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under a title."""

    title: str
    entries: tuple[Entry, ...]
    note: str = ""


class Record(Widget):
    """One section. As high as its values, wrapped, need it to be."""

    def __init__(self, section: Section) -> None:
        super().__init__()
        self.section = section
        self._lines: tuple[tuple[Section, int], list[Content]] | None = None

    def show(self, section: Section) -> None:
        """This section is shown instead; the screen is laid out anew only if it takes more or fewer lines."""
        if section != self.section:
            before = len(self._drawn(self.size.width))
            self.section = section
            self.refresh(layout=len(self._drawn(self.size.width)) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._drawn(width))

    def render(self) -> Content:
        return Content("\n").join(self._drawn(self.size.width))

    def _drawn(self, width: int) -> list[Content]:
        key = (self.section, width)
        if self._lines is None or self._lines[0] != key:
            self._lines = key, draw(self.section, width)
        return self._lines[1]


def draw(section: Section, width: int) -> list[Content]:
    """The section's lines over a width in cells; long values go on below their beginning."""
    title = Content.assemble(
        (section.title, "bold $accent"), (f"  {section.note}" if section.note else "", "$dim")
    )
    title = title.truncate(max(1, width), ellipsis=True)
    lines = [Content.assemble(title, (" " + "─" * max(0, width - title.cell_length - 1), "$faint"))]
    names = [Content(visible(entry.name[:200]) or '""') for entry in section.entries]
    most = min(_NAME_CELLS, max(8, width * 2 // 5))
    column = min(most, max((name.cell_length for name in names), default=0))
    room = max(4, width - column - 2)
    for name, entry in zip(names, section.entries, strict=True):
        value = Content.assemble(
            (entry.value.text, entry.value.style), (f" {entry.aside}" if entry.aside else "", "$dim")
        )
        folded = value.wrap(room) or [Content("")]
        if entry.bar is not None:
            folded = [_bar_before(folded[0], entry.bar, room)]
        head = name.truncate(column, ellipsis=True).stylize("$dim")
        for index, part in enumerate(folded):
            left = head if index == 0 else Content("")
            pad = " " * (column - left.cell_length + 2)
            lines.append(Content.assemble(left, pad, part))
    return lines


def _bar_before(value: Content, share: float, room: int) -> Content:
    value_cells = 12
    cells = max(4, min(48, room - value_cells - 2))
    filled = bar(share, cells)
    value = Content.assemble(" " * max(0, value_cells - value.cell_length), value)
    return Content.assemble(value, "  ", (filled, "$chart"))


def value_cell(value: object, style: str = "$foreground") -> Cell:
    """A logged value at full length (cut at a stated one), text told apart from what it resembles."""
    if value is None:
        return ABSENT
    return Cell(quoted(value, VALUE_CHARACTERS, note=True), style)


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


def answer_section(request: Request, today: date) -> Section:
    """The fixed fields."""
    fields = request.fields
    failed = fields.get("error_type") is not None or is_server_error(fields.get("status"))
    origin = fields.get("ts_origin")
    when = Entry(
        "time",
        Cell(_moment(request.ts), "$foreground"),
        "UTC, when its line arrived: none was logged" if origin == "arrival" else "UTC",
    )
    entries = [when]
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
        entries.append(Entry(title, value_cell(value, style), unit if value is not None else ""))
    return Section("Fields", tuple(entries))


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def label_section(label: Label | None) -> Section:
    """What people said of it."""
    if label is None:
        return Section("Label", (Entry("label", Cell(NULL, "$faint"), "l labels it"),))
    draft = label.draft
    entries = [
        Entry("label", Cell(f"{LABEL_SIGN} {visible(draft.value[:200])}", "bold $accent")),
        Entry("by", value_cell(label.author), f"{label.at:%Y-%m-%d %H:%M:%S} UTC · {label.source}"),
    ]
    if draft.note:
        entries.append(Entry("note", value_cell(draft.note)))
    if label.previous_value is not None:
        entries.append(Entry("before", value_cell(label.previous_value, "$dim")))
    return Section("Label", tuple(entries))


def mapping_section(title: str, values: Mapping[str, object], nothing: str) -> Section:
    """Features, tags or extra keys, in the order in which they were logged."""
    if not values:
        return Section(title, (), nothing)
    entries = tuple(Entry(name, value_cell(value), _kind(value)) for name, value in values.items())
    return Section(title, entries, f"{len(values):,}")


def _kind(value: object) -> str:
    match value:
        case list():
            return f"list of {len(value):,}"
        case dict():
            return f"object of {len(value):,}"
    return ""


def stages_section(request: Request) -> Section:
    """The stages of the pipeline as bars of milliseconds; what is not a time is shown as logged."""
    stages = request.stages
    if stages is None:
        return Section("Stages", (), "none logged")
    if not isinstance(stages, dict):
        return Section("Stages", (Entry("stages", value_cell(stages)),))
    times = {name: _stage_ms(stage) for name, stage in stages.items()}
    whole = _whole_ms(request.fields.get("latency_ms"), times.values())
    entries = []
    for name, stage in stages.items():
        ms = times[name]
        if ms is None:
            entries.append(Entry(str(name), value_cell(stage)))
            continue
        version = stage.get("version") if isinstance(stage, dict) else None
        label = f"{name} {version}" if version is not None else str(name)
        entries.append(Entry(label, Cell(f"{ms:,.1f} ms"), bar=ms / whole if whole else 0.0))
    return Section("Stages", tuple(entries), f"of {say.measure(whole, 'ms')}")


def _stage_ms(stage: object) -> float | None:
    ms = stage.get("ms") if isinstance(stage, dict) else stage
    if isinstance(ms, int | float) and not isinstance(ms, bool) and abs(ms) < 1e12 and ms >= 0:
        return float(ms)
    return None


def _whole_ms(latency: object, times: Iterable[float | None]) -> float:
    total = sum(ms for ms in times if ms is not None)
    if isinstance(latency, int | float) and math.isfinite(latency):
        return max(float(latency), total)
    return total


def origin_section(request: Request) -> Section:
    """Where it came from."""
    return Section(
        "Origin",
        (
            Entry("line", value_cell(request.origin)),
            Entry("key", value_cell(request.key)),
            Entry("input", value_cell(request.input_hash, "$dim"), "SHA-256 of its features"),
        ),
    )
