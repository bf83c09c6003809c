"""File names from what a log says, which may be anything, and places to write to."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

NAME_BYTES = 100
"""Longest name that is suggested, without its ending; file systems take 255 bytes in all."""


def safe_file_name(suggestion: str, *, suffix: str = ".parquet") -> str:
    """A name that is never a path, an option or a hidden file, and ends with `suffix`.

    Letters and digits of any script, `.`, `_` and `-` stay; each run of anything else becomes one
    `_`. What is left of nothing is `slice`.
    """
    text = unicodedata.normalize("NFC", suggestion.removesuffix(suffix))
    kept = "".join(char if char.isalnum() or char in "._-" else " " for char in text)
    name = "_".join(kept.split()).replace("..", "_").strip("._-")
    cut = name.encode("utf-8")[:NAME_BYTES].decode("utf-8", "ignore").rstrip("._-")
    return (cut or "slice") + suffix


def suggest_path(folder: Path, suggestion: str, *, at: datetime, suffix: str = ".parquet") -> Path:
    """A path in `folder` that nothing has yet: the safe name, the time in UTC, a number if needed."""
    stem = safe_file_name(suggestion, suffix=suffix).removesuffix(suffix)
    stamped = f"{stem}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for number in count(1):
        path = folder / (f"{stamped}{suffix}" if number == 1 else f"{stamped}-{number}{suffix}")
        if not path.exists():
            break
    return path
