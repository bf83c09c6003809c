"""How a source is, as it is shown: a sign, a word and a colour, never a colour alone."""

from __future__ import annotations

from console.model import SourceState
from console.tui.safe import Cell

WORST_FIRST = (
    SourceState.FAILED,
    SourceState.WAITING,
    SourceState.READING,
    SourceState.FOLLOWING,
    SourceState.FINISHED,
)
STATE_SIGNS = {
    SourceState.FAILED: "✗",
    SourceState.WAITING: "○",
    SourceState.READING: "◐",
    SourceState.FOLLOWING: "●",
    SourceState.FINISHED: "■",
}
STATE_STYLES = {
    SourceState.FAILED: "bold $error",
    SourceState.WAITING: "$warning",
    SourceState.READING: "$accent",
    SourceState.FOLLOWING: "$accent",
    SourceState.FINISHED: "$dim",
}


def state_cell(state: SourceState) -> Cell:
    """A state as sign, word and colour: `● following`."""
    return Cell(f"{STATE_SIGNS[state]} {state.value}", STATE_STYLES[state])
