"""Lines under the top line: what the person must know, and which sources are in trouble."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from console.model import Phase, Snapshot, SourceState
from console.tui.safe import cut

_AT_MOST = 3


class Notices(Static):
    """The snapshot's notices and its failed or missing sources, a line each; hidden if there are none."""

    def __init__(self) -> None:
        super().__init__(id="notices")
        self._told: tuple[tuple[str, str, str], ...] = ()
        self.display = False

    def show(self, snapshot: Snapshot) -> None:
        """The lines tell what this snapshot says."""
        told = notices_of(snapshot)
        if told != self._told:
            self._told = told
            self.display = bool(told)
            lines = [
                Content.assemble((f"{sign} ", f"bold {style}"), (text, style)) for sign, style, text in told
            ]
            self.update(Content("\n").join(lines))


def notices_of(snapshot: Snapshot) -> tuple[tuple[str, str, str], ...]:
    """Sign, style and words of each line; how many more there are, if there are more."""
    told = [("!", "$warning", cut(notice, 400)) for notice in snapshot.notices]
    if snapshot.phase is not Phase.WAITING:
        for source in snapshot.sources:
            if source.state is SourceState.FAILED:
                told.append(("✗", "$error", cut(f"{source.path}: {source.problem or 'cannot be read'}", 400)))
            elif source.state is SourceState.WAITING and source.problem:
                told.append(("○", "$warning", cut(f"{source.path}: {source.problem}", 400)))
    if len(told) > _AT_MOST:
        more = len(told) - _AT_MOST + 1
        told = [*told[: _AT_MOST - 1], ("+", "$dim", f"{more} more such notices")]
    return tuple(told)
