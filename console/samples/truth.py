"""`truth.json`: what is wrong in the logs beside it, for people and for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from console.errors import UnavailableError
from console.samples.scenario import Incident

TRUTH_NAME = "truth.json"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about a folder of sample logs."""

    start: datetime
    end: datetime
    """First moment after the period."""
    calm_start: datetime
    calm_end: datetime
    incidents: tuple[Incident, ...]
    files: Mapping[str, int] = field(default_factory=dict)
    """File name -> lines."""
    seed: int | None = None


def write_truth(path: Path, truth: Truth) -> None:
    """`path` holds the truth as indented JSON, whole.

    Raises:
        OSError: it could not be written; a file that was there before is unharmed.
    """
    told = {
        "seed": truth.seed,
        "lines": sum(truth.files.values()),
        "start": _text(truth.start),
        "end": _text(truth.end),
        "calm": {"start": _text(truth.calm_start), "end": _text(truth.calm_end)},
        "files": {name: {"lines": lines} for name, lines in truth.files.items()},
        "incidents": [
            {
                "id": incident.id,
                "kind": incident.kind,
                "model": incident.model,
                "slice": dict(incident.slice),
                "feature": incident.feature,
                "start": _text(incident.start),
                "end": _text(incident.end),
                "sentence": incident.sentence,
            }
            for incident in truth.incidents
        ],
    }
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes((json.dumps(told, indent=2) + "\n").encode())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_truth(folder: Path) -> Truth | None:
    """The truth about the logs in `folder`, None if nobody wrote it down.

    Raises:
        UnavailableError: there is a truth file, and it cannot be read or understood.
    """
    path = folder / TRUTH_NAME
    try:
        told = json.loads(path.read_bytes())
        return Truth(
            start=_time(told["start"]),
            end=_time(told["end"]),
            calm_start=_time(told["calm"]["start"]),
            calm_end=_time(told["calm"]["end"]),
            incidents=tuple(
                Incident(
                    id=str(one["id"]),
                    kind=str(one["kind"]),
                    model=str(one["model"]),
                    slice={str(key): str(value) for key, value in one["slice"].items()},
                    feature=None if one["feature"] is None else str(one["feature"]),
                    start=_time(one["start"]),
                    end=_time(one["end"]),
                    sentence=str(one["sentence"]),
                )
                for one in told["incidents"]
            ),
            files={str(name): int(entry["lines"]) for name, entry in told["files"].items()},
            seed=told["seed"],
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnavailableError(f"{path}: cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnavailableError(f"{path}: not a truth file; remove it to do without: {error!r}") from error


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
