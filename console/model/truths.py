"""How far it is known what was true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TruthFacts:
    """Truths and predictions that are stored, counted."""

    truths: int = 0
    """Lines that say what was true of a request."""
    matched: int = 0
    """Of these, those whose request is stored."""
    contradicted: int = 0
    """Requests of which two such lines say different things; the newest counts."""
    predictions: int = 0
    logged: int = 0
    """Predictions whose truth stood in their own line."""
    late: int = 0
    """Predictions whose truth came in another."""
    median_delay_seconds: float | None = None
    """From a prediction to its late truth; where that does not say when it was known, to when it was read."""

    @property
    def share(self) -> float | None:
        """Of predictions, those with a truth, 0..1; None if there is none."""
        return (self.logged + self.late) / self.predictions if self.predictions else None
