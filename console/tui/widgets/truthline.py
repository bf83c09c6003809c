"""The top line: what is true right now about sources, rows and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from console.model import Phase, Snapshot, SourceState, SourceStatus
from console.tui import say
from console.tui.safe import cut
from console.tui.states import WORST_FIRST

MUCH_LAG_BYTES = 10_000_000
MUCH_LAG_SECONDS = 10.0
"""Lag of a live console that is told in a warning's colour."""
_SIGNS = {
    Phase.STARTING: "○",
    Phase.WAITING: "○",
    Phase.LOADING: "◐",
    Phase.LIVE: "●",
    Phase.KEPT: "■",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One fact, in ever shorter forms."""

    forms: tuple[tuple[tuple[str, str], ...], ...]
    """One that is there twice goes only after others were made shorter."""
    keep: int
    """Facts with a smaller number are shortened first."""


def source_words(sources: tuple[SourceStatus, ...]) -> tuple[str, str, str]:
    """The worst state of the sources, in long and in short, and its style."""
    if not sources:
        return "no source", "no source", "$dim"
    states = [source.state for source in sources]
    worst = next(state for state in WORST_FIRST if state in states)
    style = {SourceState.FAILED: "bold $error", SourceState.WAITING: "$warning"}.get(worst, "$dim")
    bad = states.count(worst)
    if len(sources) == 1:
        return f"1 source {worst.value}", f"1 {worst.value}", style
    if bad == len(sources):
        return f"{bad} sources {worst.value}", f"{bad} {worst.value}", style
    return f"{bad} of {len(sources)} sources {worst.value}", f"{bad}/{len(sources)} {worst.value}", style


def parts_of(title: str, snapshot: Snapshot | None) -> list[Part]:
    """The facts of a snapshot, in the order in which they are shown."""
    title = cut(title, 40)
    titles = [((cut(title, most), "bold $foreground"),) for most in (40, 12, 12, 8)]
    name = Part((*titles, ()), 10)
    if snapshot is None:
        return [name, Part(((("○ starting", "$dim"),),), 9)]
    live = "bold $accent" if snapshot.phase is Phase.LIVE else "bold $warning"
    phase = Part((((f"{_SIGNS[snapshot.phase]} {snapshot.phase.value}", live),),), 9)
    if snapshot.phase is Phase.WAITING and not snapshot.sources:
        return [name, Part(((("✗ nothing is read", "bold $error"),),), 9)]
    long, brief, style = source_words(snapshot.sources)
    behind, much = lag_words(snapshot)
    lag = (f" · {behind}" if behind else "", "bold $warning" if much else "$dim")
    late = (f" · lag {behind.removeprefix('lag ').rpartition(', ')[2]}", "bold $warning")
    only_late = (late[0].removeprefix(" · "), late[1])
    last = (((brief, style), late), (only_late,)) if much else (((brief, style),),)
    sources = Part((((long, style), lag), ((brief, style), lag), *last), 6 if much else 5)
    rate = f"{say.short(round(snapshot.rows_per_second))}/s"
    rows = Part(
        (
            ((say.count(snapshot.rows), "$foreground"), (" rows", "$dim"), (f" · {rate}", "$dim")),
            ((say.short(snapshot.rows), "$foreground"), (" rows", "$dim"), (f" {rate}", "$dim")),
            ((say.short(snapshot.rows), "$foreground"), (" rows", "$dim")),
        ),
        7,
    )
    noun = "reject" if snapshot.rejects == 1 else "rejects"
    rejects = Part(
        (
            ((f"{say.count(snapshot.rejects)} {noun}", "bold $warning" if snapshot.rejects else "$dim"),),
            ((f"{say.short(snapshot.rejects)} {noun}", "bold $warning" if snapshot.rejects else "$dim"),),
        ),
        8,
    )
    return [name, phase, sources, rows, rejects, *seat_parts(snapshot), *host_parts(snapshot)]


def lag_words(snapshot: Snapshot) -> tuple[str, bool]:
    """How much is written and not yet stored, since when; and whether that is too much."""
    lag = sum(source.lag_bytes for source in snapshot.sources)
    since = min((one.behind_since for one in snapshot.sources if one.behind_since), default=None)
    if not lag:
        return ("no lag" if snapshot.sources else ""), False
    seconds = (snapshot.taken_at - since) / timedelta(seconds=1) if since else 0.0
    much = snapshot.phase is Phase.LIVE and (lag > MUCH_LAG_BYTES or seconds > MUCH_LAG_SECONDS)
    return f"lag {say.size(lag)}" + (f", {say.span(seconds)}" if seconds >= 1 else ""), much


def seat_parts(snapshot: Snapshot) -> list[Part]:
    """How many consoles are open on the casebook, and whose the others are; nothing if there are none."""
    others = [seat for seat in snapshot.seats if not seat.is_own]
    if not others:
        return []
    number = (f"{len(others) + 1} here", "bold $accent")
    names = ", ".join(dict.fromkeys(cut(seat.author, 24) for seat in others[:3]))
    names += ", …" if len(others) > 3 else ""
    who = cut(others[0].author.partition("@")[0], 12) + (", …" if len(others) > 1 else "")
    return [Part(((number, (f": {names}", "$dim")), (number, (f": {who}", "$dim")), (number,), ()), 7)]


def host_parts(snapshot: Snapshot) -> list[Part]:
    """Masks, the baseline, and what the console takes of the host: first to go where room is short."""
    parts = []
    if snapshot.masks:
        masked = (("masked", "$accent"),)
        parts.append(Part((masked, masked, masked, ()), 8))
    if snapshot.baseline_brief:
        baseline = (("baseline ", "$dim"), (cut(snapshot.baseline_brief, 40), "$dim"))
        parts.append(Part((baseline, baseline, ()), 3))
    if snapshot.database_bytes:
        stored = ((f"{say.size(snapshot.database_bytes)} stored", "$dim"),)
        parts.append(Part((stored, stored, ()), 2))
    if snapshot.budget:
        # How polite it is, and what may be kept, are on the sources screen.
        budget = ((cut(snapshot.budget.partition(", nice")[0], 40), "$dim"),)
        parts.append(Part((budget, budget, ()), 1))
    return parts


def clock_part(now: datetime, local: tzinfo | None) -> Part:
    """The time in UTC and, where it differs, in the person's own zone."""
    here = now.astimezone(local)
    utc = (f"{now:%H:%M:%S} UTC", "$foreground")
    if here.utcoffset() == now.utcoffset():
        return Part(((utc,), ((f"{now:%H:%M:%S}Z", "$foreground"),)), 4)
    zone = here.tzname() or f"{here:%z}"
    if not zone.isalpha():
        zone = f"UTC{zone}"
    return Part(
        (
            (utc, (f" · {here:%H:%M:%S} {zone}", "$dim")),
            (utc, (f" · {here:%H:%M}", "$dim")),
            ((f"{now:%H:%M:%S}Z", "$foreground"), (f" {here:%H:%M}", "$dim")),
            ((f"{now:%H:%M:%S}Z", "$foreground"),),
        ),
        4,
    )


def compose_line(parts: list[Part], clock: Part, width: int) -> Content:
    """All facts in one line, the least important shortened until they fit; the clock at the right."""
    everything = [*parts, clock]
    chosen = [0] * len(everything)
    gap = 3

    def pieces(index: int) -> tuple[tuple[str, str], ...]:
        return everything[index].forms[chosen[index]]

    def total(space: int) -> int:
        texts = ["".join(text for text, _ in pieces(index)) for index in range(len(everything))]
        return sum(cell_len(text) + space for text in texts if text) - space

    while total(gap) > width:
        can = [i for i, part in enumerate(everything) if chosen[i] + 1 < len(part.forms)]
        first = min(can, key=lambda i: (chosen[i], everything[i].keep), default=None)
        if gap > 2 and (first is None or chosen[first] > 1):
            gap -= 1  # Before any fact goes.
        elif first is not None:
            chosen[first] += 1
        else:
            break
    # What is left over goes to what was shortened most.
    by_worth = sorted(range(len(everything)), key=lambda i: -everything[i].keep)
    for level in (4, 3, 2, 1):
        for i in by_worth:
            if chosen[i] == level:
                chosen[i] -= 1
                chosen[i] += total(gap) > width
    left: list[Content | str | tuple[str, str]] = []
    for index in range(len(parts)):
        left += [*pieces(index), " " * gap] if pieces(index) else []
    content = Content.assemble(*left[:-1])
    right = Content.assemble(*pieces(len(parts)))
    pad = max(gap, width - content.cell_length - right.cell_length)
    return Content.assemble(content, " " * pad, right).truncate(width)


class TruthLine(Widget):
    """The console's name, its phase, sources, rows, rejects and the time, in one line."""

    def __init__(self, title: str, local: tzinfo | None) -> None:
        super().__init__()
        self._title = title
        self._local = local
        self._snapshot: Snapshot | None = None
        self._now: datetime | None = None
        self._shown: Content | None = None

    def show(self, snapshot: Snapshot | None, now: datetime) -> None:
        """The line tells what this snapshot says, at this time."""
        self._snapshot, self._now = snapshot, now
        line = self._line()
        if self._shown is None or not line.is_same(self._shown):
            self.refresh()

    def _line(self) -> Content:
        if self._now is None or not self.size.width:
            return Content("")
        return compose_line(
            parts_of(self._title, self._snapshot), clock_part(self._now, self._local), self.size.width
        )

    def render(self) -> Content:
        self._shown = self._line()
        return self._shown
