"""Which logged values are never kept as they are, and what is kept instead: the rules, without the key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

PATTERNS = ("email", "card", "phone", "iban", "ip")
"""Patterns that are known by a name; any other is a regular expression."""
OWN_PATTERN = "masked"
"""What a rule with a regular expression of the person's own calls the parts that it finds."""
_VERSION = 1
"""Of what the rules mean: a cache that was filled under another one is filled anew."""


class MaskWith(Enum):
    """What takes the place of a value."""

    DROP = "drop"
    """Nothing, as if it had not been logged; of a part of a text, the pattern's name: `[email]`."""
    HASH = "hash"
    """`h:` and 16 hex digits, the same for the same value as long as the key is the same."""
    LAST4 = "last4"
    """`…` and its last four characters; `…` alone where it has no more than these."""


@dataclass(frozen=True, slots=True)
class MaskRule:
    """One `[[mask]]` of the configuration."""

    fields: tuple[str, ...] = ()
    """Globs over names, in whatever case: `email`, `user.*`, `features.ssn`. Empty: every field."""
    values: str = ""
    """One of `PATTERNS` or a regular expression: only what it finds is masked. Empty: the whole value."""
    by: MaskWith = MaskWith.HASH

    @property
    def in_words(self) -> str:
        """`ssn, user.* by hash`, or `every email in note by drop`."""
        fields = ", ".join(self.fields)
        if self.values:
            found = self.values if self.values in PATTERNS else f"match of {self.values}"
            fields = f"every {found} in {fields}" if fields else f"every {found}"
        return f"{fields} by {self.by.value}"


@dataclass(frozen=True, slots=True)
class Masks:
    """All rules that are in force; without any, everything is kept as it was logged."""

    rules: tuple[MaskRule, ...] = ()
    key_file: Path | None = None
    """Where the key of the hashes is; None for the usual place."""

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def need_key(self) -> bool:
        """Whether a rule makes hashes."""
        return any(rule.by is MaskWith.HASH for rule in self.rules)

    def summary(self) -> tuple[dict[str, object], ...]:
        """The rules as JSON can say them, for a manifest; nothing of the key."""
        return tuple(
            {
                **({"fields": list(rule.fields)} if rule.fields else {}),
                **({"values": rule.values} if rule.values else {}),
                "with": rule.by.value,
            }
            for rule in self.rules
        )

    def fingerprint(self, key: bytes) -> str:
        """Hex digits that differ where the same line would be kept differently; empty without rules.

        Args:
            key: of the hashes, which cannot be had from it; empty if none is needed.
        """
        if not self.rules:
            return ""
        said = json.dumps([_VERSION, self.summary()], sort_keys=True).encode()
        return hashlib.blake2b(said, key=hashlib.sha256(key).digest(), digest_size=16).hexdigest()
