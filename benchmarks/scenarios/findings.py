"""What a tool found, however it was told: alerts in process, or JSON lines of `icon scan` or `icon check`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from benchmarks.scenarios.truth import worded
from console.model import Alert, AlertState, Condition

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_RANGE = re.compile(
    rf">=? ?(?P<above>{_NUMBER})(?: and < ?(?P<below>{_NUMBER}))?|<=? ?(?P<least>{_NUMBER})"
    rf"|(?P<lower>{_NUMBER}) to (?P<upper>{_NUMBER})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One alert."""

    alert_id: str
    check: str
    model: str
    subject: str
    conditions: tuple[Condition, ...]
    """Where it says that the trouble is; none if everywhere."""
    start: datetime
    end: datetime | None
    """None while it is open."""
    detected: datetime
    also: tuple[tuple[str, str], ...]
    """Check and subject of what it says has the same cause."""
    request_ids: tuple[str, ...]
    """Of the rows that a person is shown."""
    summary: str

    @property
    def subjects(self) -> tuple[tuple[str, str], ...]:
        """Check and subject of it and of what has the same cause."""
        return ((self.check, self.subject), *self.also)

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """It was open at some time of that stretch, and began to be after the stretch did."""
        return start <= self.detected and self.start < end and (self.end is None or self.end > start)

    def __str__(self) -> str:
        where = " and ".join(f"{c.name}={worded(c)}" for c in self.conditions) or "everywhere"
        end = f"{self.end:%d %H:%M}" if self.end else "open"
        return (
            f"{self.check} {self.model} {self.subject!r} {self.start:%d %H:%M}-{end} "
            f"detected {self.detected:%d %H:%M} [{where}] {self.summary}"
        )


def of_alert(alert: Alert, request_ids: Iterable[str] = ()) -> Finding:
    """An alert as a finding."""
    return Finding(
        alert.alert_id,
        alert.check,
        alert.model,
        alert.subject,
        alert.where,
        alert.began,
        None if alert.state is AlertState.OPEN else alert.last_seen,
        alert.detected,
        tuple((one.check, one.subject) for one in alert.also),
        tuple(request_ids),
        alert.worst.summary,
    )


def of_lines(lines: Iterable[bytes]) -> list[Finding]:
    """The findings that the JSON lines of `icon scan` or `icon check` tell."""
    return [_of_record(orjson.loads(line)) for line in lines if line.strip()]


def _of_record(told: Mapping[str, object]) -> Finding:
    scan = "detected_at" in told
    end = told["end"] if scan else (told["last_seen"] if told["state"] == "resolved" else None)
    named, also, ids = told.get("slice"), told.get("also"), told.get("request_ids")
    return Finding(
        str(told["alert_id"]),
        str(told["check"]),
        str(told["model"]),
        str(told["subject"]),
        tuple(_condition(str(k), v) for k, v in named.items()) if isinstance(named, dict) else (),
        _moment(told["start" if scan else "began"]),
        _moment(end) if end else None,
        _moment(told["detected_at" if scan else "detected"]),
        tuple((str(a["check"]), str(a["subject"])) for a in also) if isinstance(also, list) else (),
        tuple(map(str, ids)) if isinstance(ids, list) else (),
        str(told["summary"]),
    )


def _condition(name: str, value: object) -> Condition:
    found = _RANGE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return Condition("text", name, str(value))
    lower, upper = found["above"] or found["lower"], found["below"] or found["least"] or found["upper"]
    return Condition(
        "number", name, lower=float(lower) if lower else None, upper=float(upper) if upper else None
    )


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
