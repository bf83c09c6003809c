"""A log with an incident and personal data in every place that a line has, and rules that hide all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.unit.engine.logs import lines, write

MARK = "plantedpii"
"""Part of every value that is to be hidden, in whatever case."""
RULES = r"""
[[mask]]
fields = ["request_id", "tags.client", "contact.*"]
with = "hash"
[[mask]]
fields = ["E-mail", "features.ssn"]
with = "last4"
[[mask]]
fields = ["nickname"]
with = "drop"
[[mask]]
values = "email"
with = "hash"
[[mask]]
values = "(?i)person [a-z]{4,20}[0-9]{1,9}"
with = "drop"
"""
REJECTS = (
    b'{"ts":"person plantedpii1","model":"fraud","features":{"E-mail":"plantedpii2"}}\n',
    b'{"nothing":"of a record","contact":{"name":"plantedpii3"}}\n',
    b"died of plantedpii4@example.org\n",
    b'{"ts":"x","contact":"plantedpii5\xff"}\n',
    b'["plantedpii6"]\n',
)


def personal_lines(minutes: int) -> Iterator[bytes]:
    """A log with a spike of errors, of which every line has personal data wherever it can be."""
    for number, line in enumerate(lines(minutes, a_minute=10, spike=(minutes - 20, minutes - 5))):
        who = f"{MARK}{number}"
        record = json.loads(line)
        record["request_id"] = f"r-{who}"
        record["features"] |= {
            "E-Mail": f"{who.upper()}@example.org",
            "ssn": f"{who}-SSN-{number:04d}",
            "note": f"call person {who} or write to {who}@example.org.",
            "asked": [f"{who}@example.org", {"by": f"person {who}"}],
        }
        if number < 4:
            record["features"][f"seen by {who}@example.org"] = 1.0
        record["tags"]["client"] = f"client-{who}"
        record["tags"]["owner"] = f"{who}@example.org"
        record["stages"] = {"load": {"ms": 1.0, "for": f"{who}@example.org"}}
        record["error_message"] = f"no answer to {who}@example.org"
        record["contact"] = {"name": who, "ways": [{"value": who}]}
        record["deep"] = {"er": [{"NickName": who, "text": f"Person {who}"}]}
        record[f"{who}@example.org"] = True
        yield json.dumps(record).encode() + b"\n"


def personal_log(folder: Path, *, minutes: int = 20) -> Path:
    """The log, with the rejects behind it."""
    return write(folder / "app.jsonl", [*personal_lines(minutes), *REJECTS])


def planted_in(text: str | bytes) -> bool:
    """Whether any of it can be seen in this."""
    return (MARK.encode() in text.lower()) if isinstance(text, bytes) else (MARK in text.lower())
