"""Lines under the top line: what the person must know, and which sources are in trouble."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from console.model import Phase, Snapshot, SourceState, SourceStatus
from console.tui.safe import cut
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import fitted

_AT_MOST = 3
_WIDEST = 400
_LEAST_PATH = 24
"""Cells of a path that stay, however long the words behind it."""
_PATH = Column("path", "", middle=True)


class Notices(Static):
    """The snapshot's notices and its failed or missing sources, a line each; hidden if there are none."""

    def __init__(self) -> None:
        super().__init__(id="notices")
        self._told: tuple[tuple[str, str, str], ...] = ()
        self.display = False

    def show(self, snapshot: Snapshot) -> None:
        """The lines tell what this snapshot says."""
        told = notices_of(snapshot, self.app.size.width - 2)
        if told != self._told:
            self._told = told
            self.display = bool(told)
            lines = [
                Content.assemble((f"{sign} ", f"bold {style}"), (text, style)) for sign, style, text in told
            ]
            self.update(Content("\n").join(lines))


def notices_of(snapshot: Snapshot, width: int = _WIDEST) -> tuple[tuple[str, str, str], ...]:
    """Sign, style and words of each line; how many more there are, if there are more."""
    told = [("!", "$warning", cut(notice, _WIDEST)) for notice in snapshot.notices]
    if snapshot.phase is not Phase.WAITING:
        failed = [source for source in snapshot.sources if source.state is SourceState.FAILED]
        told += [("✗", "$error", _trouble(source, width)) for source in failed]
        waiting = [source for source in snapshot.sources if source.state is SourceState.WAITING]
        told += [("○", "$warning", _trouble(source, width)) for source in waiting if source.problem]
    if len(told) > _AT_MOST:
        more = len(told) - _AT_MOST + 1
        told = [*told[: _AT_MOST - 1], ("+", "$dim", f"{more} more such notices")]
    return tuple(told)


def _trouble(source: SourceStatus, width: int) -> str:
    """The source and what is wrong with it; where that has no room, the path is cut in its middle."""
    path, problem = cut(source.path, _WIDEST), cut(source.problem or "cannot be read", _WIDEST)
    room = max(_LEAST_PATH, width - cell_len(f"✗ : {problem}"))
    return f"{fitted(path, room, _PATH) if cell_len(path) > room else path}: {problem}"
