"""What the configuration says of a source's lines, and what was found out about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from console.model.labelling import LabelSettings
from console.model.limits import LimitRule, Limits
from console.model.masks import Masks
from console.model.preferences import Preferences

KeyPath = tuple[str, ...]
"""Keys from the outermost object of a line to a value."""


KIND_NAMES = ("predictions", "truth")
"""What the lines of a source may be said to be."""

FORMAT_NAMES = ("native", "mapped")
"""Formats that a source may be said to have."""

UNIT_FIELDS: Mapping[str, tuple[str, float]] = {
    "latency_s": ("latency_ms", 1000.0),
    "latency_us": ("latency_ms", 0.001),
    "latency_ns": ("latency_ms", 0.000001),
}
"""Name in the configuration -> the field, and what its number is multiplied by."""

MAPPABLE_FIELDS = frozenset(
    {
        *("ts", "request_id", "model", "model_version", "endpoint", "status", "error_type"),
        *("error_message", "latency_ms", "prediction", "score", "truth", "tokens_in", "tokens_out"),
        *("cost", "stages", *UNIT_FIELDS),
    }
)
"""Fields of which it may be said where they stand."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is known in advance of a source's lines; what is not given is found from its first lines."""

    kind: str | None = None
    """`truth`: every line says what was true of a request. `predictions`: none of a file of its own does."""
    format: str | None = None
    """Name of a format."""
    zone: str = "UTC"
    """IANA name of the zone of times that name none."""
    fields: Mapping[str, tuple[KeyPath, ...]] = field(default_factory=dict)
    """Field -> where its value stands; of several places the first that has one counts. None at all
    says that it is not logged. `latency_s`, `latency_us` and `latency_ns` are `latency_ms` in another
    unit."""
    features: tuple[KeyPath, ...] | None = None
    """Where features stand: an object's path stands for all in it, `("*",)` for every other key."""
    tags: tuple[KeyPath, ...] | None = None
    """The same of tags."""

    @property
    def maps(self) -> bool:
        """Whether it says anything of where values stand."""
        return bool(self.fields) or self.features is not None or self.tags is not None


@dataclass(frozen=True, slots=True)
class SourceRule:
    """One `[[source]]` of the configuration."""

    match: tuple[str, ...]
    """Patterns of paths; the rule is for sources of which one of them matches the whole path or its end."""
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Configuration:
    """What `incident-console.toml` says; without such a file, what holds then."""

    path: str | None = None
    """Of the file in force."""
    zone: str = "UTC"
    limits: Limits = field(default_factory=Limits)
    sources: tuple[SourceRule, ...] = ()
    check_limits: tuple[LimitRule, ...] = ()
    """Limits that hold instead of the checks' own, in the order of the file."""
    disabled_checks: tuple[str, ...] = ()
    """Names of checks that are not to be asked."""
    database: str | None = None
    """DuckDB file, or `:memory:`; None for the usual place."""
    casebook: Path | None = None
    """None for the usual place."""
    author: str | None = None
    """Who labels; None for `user@host`."""
    queries: tuple[Path, ...] = ()
    """Folders with canned queries of the person's own."""
    masks: Masks = field(default_factory=Masks)
    """What is not to be kept as it was logged."""
    labels: LabelSettings = field(default_factory=LabelSettings)
    """What labels may say."""
    preferences: Preferences = field(default_factory=Preferences)
    places: Mapping[str, str] = field(default_factory=dict)
    """Key, with the table before it (`limits.memory`, `source.1.match`), -> `path:line` where it stands."""

    def meaning_of(self, path: str) -> Meaning:
        """What the first rule that matches a source's path says of its lines."""
        for rule in self.sources:
            if any(fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}") for pattern in rule.match):
                return rule.meaning
        return Meaning(zone=self.zone)


@dataclass(frozen=True, slots=True)
class MappedField:
    """One thing that a format reads out of a source's lines, for a person to check."""

    kind: str
    """`field`, `feature`, `tag` or `extra`."""
    name: str
    path: str
    """Where in the line it stands: `request.id`."""
    scale: float
    """What the number is multiplied by."""
    share: float
    """Of the lines that were looked at, those that have it, 0..1."""
    misfits: float
    """Those where the field does not take it, so that it is kept in `extra`, 0..1."""
    example: object
    """The first value that is not null; None if all are."""


NOT_KNOWN = "not known how far it is read"
"""State of a source whose cache cannot be looked into."""


@dataclass(frozen=True, slots=True)
class SourceSample:
    """What one look at a source's first lines found. Of one that cannot be read, why."""

    path: str
    kind: str = ""
    """As in `SourceStatus.kind`."""
    state: str = ""
    """`not read yet`, `behind`, `read to its end`, `waiting`, `failed` or `NOT_KNOWN`."""
    problem: str | None = None
    source_id: int = -1
    """In the ledger; -1 while nothing of it has been read."""
    size: int = 0
    """Bytes in the file, packed if it is packed."""
    lag_bytes: int | None = None
    """Bytes that are there and not committed; None where only reading could tell."""
    lag_seconds: float | None = None
    """By how much the file changed after the last commit of a line of it; 0 without a lag, None where it is
    not known."""
    format: str = ""
    """Empty if the first lines do not tell."""
    zone: str = "UTC"
    """Of times that name none."""
    objects: int = 0
    """Lines that were looked at: JSON objects in the file's beginning."""
    usable: int = 0
    """Of these, those that make a row."""
    reasons: tuple[tuple[str, int], ...] = ()
    """Why the others do not, and how many of them."""
    fields: tuple[MappedField, ...] = ()
    hidden: tuple[int, ...] = ()
    """Rule by rule of the masks, in how many of these lines it alone hides something."""
