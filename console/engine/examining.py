"""What can be said of sources and cache without reading a backlog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from console.canned import load_catalog
from console.engine.masks import lines_mean
from console.engine.settings import Settings
from console.errors import StoreError, StoreLockedError
from console.ingest import look_at_sources
from console.model import SourceAudit, SourceMark, SourceSample, TruthFacts
from console.store import Store, default_database_path
from console.store.database import MEMORY, size_on_disk


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """The cache, as it was found."""

    path: str
    size: int = 0
    """Bytes on disk; 0 if there is no such file yet."""
    problem: str | None = None
    """Why nothing can be said of what it holds."""
    ledger: tuple[SourceAudit, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    """Kinds of reasons of the stored rejects, the commonest first."""
    truths: TruthFacts = field(default_factory=TruthFacts)


@dataclass(frozen=True, slots=True)
class Examination:
    """The cache and the sources."""

    database: DatabaseFacts
    sources: tuple[SourceSample, ...]

    @property
    def holds(self) -> bool:
        """Whether every line that was read is accounted for, as far as can be seen."""
        return all(audit.holds for audit in self.database.ledger)


def examine(settings: Settings, *, clock: Callable[[], datetime]) -> Examination:
    """The cache's ledger against its tables, and each source by its first lines; nothing is read on."""
    path = settings.database or str(default_database_path(settings.sources))
    facts = DatabaseFacts(path, size_on_disk(path))
    marks: tuple[SourceMark, ...] = ()
    if path != MEMORY and Path(path).exists():
        try:
            store = Store(path, load_catalog(), clock=clock, limits=settings.limits)
            try:
                marks = store.marks()
                facts = DatabaseFacts(
                    path,
                    size_on_disk(path),
                    ledger=store.audit(),
                    reasons=store.reject_reasons(),
                    truths=store.truth_facts(),
                )
            finally:
                store.close()
        except StoreLockedError as error:
            facts = DatabaseFacts(path, size_on_disk(path), str(error))
        except StoreError as error:
            facts = DatabaseFacts(path, size_on_disk(path), str(error))
    format_for = lines_mean(settings.configuration)
    known = None if facts.problem else marks
    return Examination(facts, look_at_sources(settings.sources, known, format_for))
