"""What a line means: from one decoded JSON object to the fields of the record.

A format only says which value is which field. What becomes of a value that is of another type than
its field is the same for every format, and is decided in `columns`.
"""

from __future__ import annotations

from typing import Protocol

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


class Unusable(Exception):
    """The line cannot become a prediction; the text is the reject's reason."""


class Format(Protocol):
    """How one platform writes a prediction."""

    @property
    def name(self) -> str:
        """What it is called in arguments and on screen."""

    def record(self, logged: dict[str, object]) -> dict[str, object]:
        """The logged object with its values under the names of `RECORD_FIELDS`.

        Keys of other names are kept in `extra`. The object that was given may be returned, or be
        changed and returned.

        Raises:
            Unusable: it is not a prediction.
        """


class NativeFormat:
    """The console's own record, which needs no mapping."""

    name = "native"

    def record(self, logged: dict[str, object]) -> dict[str, object]:
        """The object itself.

        Raises:
            Unusable: it has no field of a record.
        """
        if RECORD_FIELDS.isdisjoint(logged):
            raise Unusable("no field of a prediction record")
        return logged


NATIVE: Format = NativeFormat()
