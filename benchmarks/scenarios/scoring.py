"""How well findings agree with the truth of a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.scenarios.findings import Finding
from benchmarks.scenarios.scenario import Scenario
from benchmarks.scenarios.truth import KINDS, Incident
from console.model import Condition

SAME_ROWS = 0.8
"""Overlap (rows that both hold, of all that either holds) from which a numeric range counts as named."""
DISTRIBUTIONS = frozenset({"drift", "score_drift", "prediction_drift"})
RIGHTNESS = frozenset({"performance", "estimated_performance"})
FIELDS = frozenset({"score", "prediction", "truth", "latency_ms", "tokens_in", "tokens_out", "cost"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one incident."""

    incident: Incident
    finding: Finding | None
    """The first that matches it; None if it was missed."""
    minutes: float | None
    """From its start until it was detected."""
    named: bool
    """The finding names its slice, whether or not it repeats what its subject says already."""
    exact: bool
    """The finding's conditions are those of the slice, no more and no fewer."""
    purity: float | None
    """Share of the rows shown that it befell, 0..1; None if none were shown or it befell none."""

    @property
    def in_time(self) -> bool:
        return self.minutes is not None and self.minutes <= KINDS[self.incident.kind].minutes


@dataclass(frozen=True, slots=True)
class Score:
    """What became of a scenario."""

    seed: int
    days: float
    rows: int
    outcomes: tuple[Outcome, ...]
    true: tuple[Finding, ...]
    """First of some incident."""
    duplicates: tuple[Finding, ...]
    """Of an incident that was found before, or of a consequence that does not name it."""
    false: tuple[Finding, ...]
    seconds: float = 0.0
    """Wall clock, of reading and judging."""


def score(scenario: Scenario, findings: Iterable[Finding], *, seconds: float = 0.0) -> Score:
    """Each incident with its first finding, and each finding as true, duplicate or false."""
    ordered = sorted(findings, key=lambda f: (f.detected, f.alert_id))
    first: dict[str, Finding] = {}
    matched: set[str] = set()
    for finding in ordered:
        for incident in scenario.incidents:
            if matches(scenario, incident, finding):
                matched.add(finding.alert_id)
                first.setdefault(incident.id, finding)
    true = {f.alert_id for f in first.values()}
    matched |= {f.alert_id for f in ordered if any(follows(scenario, i, f) for i in scenario.incidents)}
    return Score(
        scenario.seed,
        scenario.days,
        scenario.rows,
        tuple(_outcome(scenario, i, first.get(i.id)) for i in scenario.incidents),
        tuple(f for f in ordered if f.alert_id in true),
        tuple(f for f in ordered if f.alert_id in matched - true),
        tuple(f for f in ordered if f.alert_id not in matched),
        seconds,
    )


def matches(scenario: Scenario, incident: Incident, finding: Finding) -> bool:
    """The finding may be the incident's: model and time agree, and check, feature or slice do.

    A finding about a feature agrees by its check only if the incident moves that feature.
    """
    start, end = scenario.moment(incident.start), scenario.moment(incident.end)
    if finding.model != incident.model or not finding.overlaps(start, end):
        return False
    columns = scenario.traffic[incident.model].columns
    for check, subject in finding.subjects:
        name = subject.split("=")[0]
        if name in incident.moves or (incident.feature is not None and name == incident.feature):
            return True
        about_another = bool(incident.moves) and (f"features.{name}" in columns or name in FIELDS)
        if check in KINDS[incident.kind].checks and not about_another:
            return True
    return bool(incident.conditions) and _same(scenario, incident, finding.conditions, incident.conditions)


def follows(scenario: Scenario, incident: Incident, finding: Finding) -> bool:
    """The finding is no false alarm, since the incident brings it about; but it does not tell of it.

    Where one client or region sends many times its requests or none, the mix of the others moves all
    distributions; and scores that moved are less often right.
    """
    start, end = scenario.moment(incident.start), scenario.moment(incident.end)
    if finding.model != incident.model or not finding.overlaps(start, end):
        return False
    mixed = incident.kind in ("surge", "silence") and bool(incident.conditions)
    excused = (DISTRIBUTIONS if mixed else frozenset()) | (
        RIGHTNESS if "score" in incident.moves else frozenset()
    )
    return finding.check in excused


def _outcome(scenario: Scenario, incident: Incident, finding: Finding | None) -> Outcome:
    if finding is None:
        return Outcome(incident, None, None, named=False, exact=False, purity=None)
    waited = (finding.detected - scenario.moment(incident.start)).total_seconds() / 60
    said = _beyond_subject(finding.conditions, incident, finding)
    true = _beyond_subject(incident.conditions, incident, finding)
    shown = finding.request_ids
    befallen = sum(1 for r in shown if r in incident.affected)
    return Outcome(
        incident,
        finding,
        waited,
        named=_same(scenario, incident, said, true),
        exact=_same(scenario, incident, finding.conditions, incident.conditions),
        purity=befallen / len(shown) if shown and incident.affected else None,
    )


def _beyond_subject(
    conditions: Sequence[Condition], incident: Incident, finding: Finding
) -> tuple[Condition, ...]:
    """Those that say more than what the finding is about."""
    about = {incident.feature, finding.subject.split("=")[0], *incident.moves}
    if incident.kind in ("error_spike", "new_error_type"):
        about |= {"error_type", "status"}
    return tuple(
        c
        for c in conditions
        if c.name not in about and not (c.name == "endpoint" and c.value == finding.subject)
    )


def _same(
    scenario: Scenario, incident: Incident, said: Sequence[Condition], true: Sequence[Condition]
) -> bool:
    """Both name the same things with the same values; ranges, if they hold nearly the same rows."""
    if sorted(c.name for c in said) != sorted(c.name for c in true):
        return False
    words = {c.name: c.value for c in true if c.lower is None and c.upper is None}
    if any(c.value != words[c.name] for c in said if c.name in words):
        return False
    if len(words) == len(true):
        return True
    traffic = scenario.traffic[incident.model]
    inside = traffic.during(incident.start, incident.end)
    ours, theirs = traffic.meets(true) & inside, traffic.meets(said) & inside
    either = int(np.count_nonzero(ours | theirs))
    return either > 0 and int(np.count_nonzero(ours & theirs)) >= SAME_ROWS * either
