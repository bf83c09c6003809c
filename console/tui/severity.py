"""How much an alert matters, as it is shown: a sign, a word and a colour, never a colour alone."""

from __future__ import annotations

from console.model import Alert, AlertState, Severity
from console.tui.safe import Cell

SEVERITY_SIGNS = {Severity.CRITICAL: "▲", Severity.WARNING: "◆", Severity.INFO: "●"}
SEVERITY_STYLES = {Severity.CRITICAL: "$error", Severity.WARNING: "$warning", Severity.INFO: "$info"}


def severity_cell(severity: Severity) -> Cell:
    """A severity as sign, word and colour: `▲ critical`."""
    return Cell(f"{SEVERITY_SIGNS[severity]} {severity.name.lower()}", f"bold {SEVERITY_STYLES[severity]}")


def in_order(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """Open ones, then those that somebody handled, then resolved ones; of each the worst, then the newest."""
    return tuple(
        sorted(
            alerts,
            key=lambda alert: (
                alert.state is not AlertState.OPEN,
                alert.state is AlertState.OPEN and alert.handling is not None,
                -alert.severity,
                -alert.began.timestamp(),
            ),
        )
    )
