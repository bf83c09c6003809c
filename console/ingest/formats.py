"""What a line means: from one decoded JSON object to the fields of the record.

A format only says which value is which field. What becomes of a value that is of another type than
its field is the same for every format, and is decided in `columns`. A platform's own format is one
module with one class like `NativeFormat`, and a line in `choosing.BY_NAME`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal, Protocol

RECORD_FIELDS = frozenset(
    {
        "ts",
        "request_id",
        "model",
        "model_version",
        "endpoint",
        "status",
        "error_type",
        "error_message",
        "latency_ms",
        "prediction",
        "score",
        "features",
        "tags",
        "stages",
        "tokens_in",
        "tokens_out",
        "cost",
        "truth",
    }
)
"""The keys of a record. Whatever else an object holds ends in `extra`."""

NO_FIELD = "no field of a prediction record; name its keys in incident-console.toml"
"""Reason of a reject that only a mapping can mend."""

_OBJECTS = frozenset({"features", "tags"})

Path = tuple[str, ...]
"""Keys from the outermost object to a value."""


class Unusable(Exception):
    """The line cannot become a prediction; the text is the reject's reason."""

    def __init__(self, reason: str, value: str = "") -> None:
        """Args: value: of the line, which the text quotes behind the reason."""
        super().__init__(f"{reason}: {value}" if value else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where the value at one path of a logged object ends up."""

    kind: Literal["field", "feature", "tag", "extra"]
    name: str
    """Of the field, feature or tag, or the key in `extra`."""
    scale: float = 1.0
    """What a number is multiplied by, as a double. Other than 1 only for a number, or the text of
    one, from 0 to below 2^53; anything else but null is kept in `extra` as it was logged."""


class Format(Protocol):
    """How one platform writes a prediction. It holds no state that a line could change."""

    @property
    def name(self) -> str:
        """What it is called in the configuration and on screen."""

    @property
    def zone(self) -> tzinfo:
        """Zone of times that name none."""

    @property
    def evidence(self) -> frozenset[str]:
        """Keys of the record of which a line must lead to at least one, null or not, to be usable."""

    def record(self, logged: dict[str, object]) -> dict[str, object]:
        """The logged object with its values under the names of `RECORD_FIELDS`.

        Keys of other names are kept in `extra`. The object that was given may be returned, or be
        changed and returned.

        Raises:
            Unusable: it is not a prediction.
        """

    def place(self, path: Path) -> Place | None:
        """Where `record` puts the value at that path, whatever the rest of the line is.

        It holds for text, numbers, truth values, null and lists, never for an object, not even an
        empty one: of those each leaf is asked for. Where two leaves of a line have the same place,
        and neither is null, only `record` knows which of them counts. None if it cannot be said
        without the line.
        """


class NativeFormat:
    """The console's own record, which needs no mapping."""

    name = "native"
    evidence = RECORD_FIELDS

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone

    def record(self, logged: dict[str, object]) -> dict[str, object]:
        """The object itself.

        Raises:
            Unusable: it has no field of a record.
        """
        if RECORD_FIELDS.isdisjoint(logged):
            raise Unusable(NO_FIELD)
        return logged

    def place(self, path: Path) -> Place | None:
        """A field by its name; one level below `features` and `tags`, a feature or a tag."""
        match path:
            case (name,) if name not in RECORD_FIELDS:
                return Place("extra", name)
            case (name,) if name not in _OBJECTS:
                return Place("field", name)
            case ("features", name):
                return Place("feature", name)
            case ("tags", name):
                return Place("tag", name)
        return None


NATIVE: Format = NativeFormat()
