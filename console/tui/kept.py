"""The place where a person left, kept in a file.

It is written while the console runs, so that it is there however the console ends. It is worth little: what
cannot be written or read is let be, and the console works without it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import platformdirs

from console.model import Comparison, Filter, Term, View

MOST_MARKS = 1_000
"""Marked rows of a grid that are kept."""
FILES_KEPT = 50
"""Sets of sources whose places are kept; beyond them the oldest go."""
_VERSION = 1
_LARGEST = 1 << 20
_ROW = re.compile(r"(\d{1,20}):(\d{1,20})")
"""The text of a row: number of its source, and offset."""
_ROWS = ("row", "among")
"""What a screen was opened with that may hold rows."""
_DEEPEST = 20
"""Screens one over the other that are come back to."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the person was on a screen."""

    cursors: Mapping[str, str] = field(default_factory=dict)
    """Id of a grid -> key of the row that its cursor was on, as text."""
    marked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Id of a grid -> keys of its marked rows."""
    focused: str = ""
    """Id of the widget that had the keys, empty if none did."""


@dataclass(frozen=True, slots=True)
class Place:
    """A screen that can be made again."""

    kind: str
    opened_with: Mapping[str, str]
    spot: Spot = field(default_factory=Spot)


@dataclass(frozen=True, slots=True)
class Given:
    """What the console was told when it was started, paths absolute."""

    sources: tuple[str, ...]
    database: str | None = None
    casebook: str | None = None
    author: str | None = None
    queries: tuple[str, ...] = ()
    config: str | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a person is: what they look at, and the screens they went through, the first one first."""

    view: View = field(default_factory=View)
    theme: str = ""
    stack: tuple[Place, ...] = ()
    cache: str = ""
    """Which cache numbers the sources so: its id, not its file's name."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Number of a source -> its beginnings, of those that rows in the stack are from."""

    def in_cache(self, cache: str, sources: Mapping[str, str]) -> Whereabouts:
        """The same place in another cache, in which sources may have other numbers.

        They are known again by what they begin with, since a name may be that of another log by now. Rows
        of sources that are not known again are left out: better none than another one.

        Args:
            cache: which one.
            sources: number there -> beginnings.
        """
        if cache == self.cache:
            return self
        now = {
            number: same[0]
            for number, known in self.sources.items()
            if len(same := [there for there, found in sources.items() if _begin_alike(known, found)]) == 1
        }
        return replace(self, stack=tuple(_renumbered(place, now) for place in self.stack), cache=cache)


@dataclass(frozen=True, slots=True)
class Kept:
    """A place that was kept."""

    given: Given
    at: Whereabouts
    kept_at: datetime


def rows_in(stack: Sequence[Place]) -> frozenset[str]:
    """Numbers of the sources that rows in these places are from."""
    texts = [
        text
        for place in stack
        for text in (
            *(place.opened_with.get(name, "") for name in _ROWS),
            *place.spot.cursors.values(),
            *(key for keys in place.spot.marked.values() for key in keys),
        )
    ]
    return frozenset(match[1] for text in texts for match in map(_ROW.fullmatch, text.split()) if match)


def _begin_alike(one: str, other: str) -> bool:
    """Whether beginnings are of the same content, of which one of them may know less."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def _renumbered(place: Place, now: Mapping[str, str]) -> Place:
    def row(text: str) -> str:
        match = _ROW.fullmatch(text)
        if match is None:
            return text
        return f"{now[match[1]]}:{match[2]}" if match[1] in now else ""

    opened_with = {
        name: " ".join(filter(None, map(row, text.split(" ")))) if name in _ROWS else text
        for name, text in place.opened_with.items()
    }
    spot = replace(
        place.spot,
        cursors={grid: row(key) for grid, key in place.spot.cursors.items()},
        marked={grid: tuple(filter(None, map(row, keys))) for grid, keys in place.spot.marked.items()},
    )
    return replace(place, opened_with=opened_with, spot=spot)


def places_folder() -> Path:
    """Where places are kept; one file for each set of sources. Nothing is created."""
    return Path(platformdirs.user_state_path("incident-console")) / "places"


def absolute(sources: Sequence[str]) -> tuple[str, ...]:
    """The sources as they can be named from any folder; `-` stays what it is."""
    return tuple(
        source if source == "-" else os.path.abspath(source)  # noqa: PTH100
        for source in sources
    )


def place_file(sources: Sequence[str]) -> Path:
    """The file of a set of sources, whose paths are absolute."""
    digest = hashlib.sha256("\0".join(sorted(set(sources))).encode(errors="surrogateescape"))
    return places_folder() / f"place-{digest.hexdigest()[:16]}.json"


def newest_place() -> Kept | None:
    """What was kept last, whichever the sources; None if nothing was."""
    files = sorted(places_folder().glob("place-*.json"), key=_age)
    return next((kept for kept in map(read_place, files) if kept is not None), None)


def read_place(path: Path) -> Kept | None:
    """What the file holds; None if there is none, or it holds something else."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        told = json.loads(path.read_bytes())
        if told["version"] != _VERSION:
            return None
        given, at = told["given"], told["at"]
        stack = tuple(
            Place(
                str(one["kind"]),
                _texts(one["opened_with"]),
                Spot(
                    _texts(one["spot"]["cursors"]),
                    {str(name): tuple(map(str, keys)) for name, keys in one["spot"]["marked"].items()},
                    str(one["spot"]["focused"]),
                ),
            )
            for one in at["stack"][:_DEEPEST]
        )
        return Kept(
            Given(
                tuple(map(str, given["sources"])),
                _optional(given["database"]),
                _optional(given["casebook"]),
                _optional(given["author"]),
                tuple(map(str, given["queries"])),
                _optional(given["config"]),
            ),
            Whereabouts(
                view_of(str(at["view"])) or View(),
                str(at["theme"]),
                stack,
                str(at["cache"]),
                _texts(at["sources"]),
            ),
            datetime.fromisoformat(told["kept_at"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


class PlaceKeeper:
    """Writes where the person is to one file, whenever it is another place than before.

    Args:
        path: the file; its folder is made, for its owner only.
        given: how the same console is opened again.
        clock: gives the present moment, with a zone.
    """

    def __init__(self, path: Path, given: Given, *, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._given = given
        self._clock = clock
        self._kept: Whereabouts | None = None
        self._writing = threading.Lock()

    def is_kept(self, at: Whereabouts) -> bool:
        """Whether this is the place that was kept last."""
        return at == self._kept

    def keep(self, at: Whereabouts) -> None:
        """The place is in the file, whole, or what was there before still is. From any thread."""
        with self._writing:
            self._kept = at
            told = {
                "version": _VERSION,
                "kept_at": self._clock().isoformat(),
                "given": asdict(self._given),
                "at": {
                    "view": view_text(at.view),
                    "theme": at.theme,
                    "stack": [asdict(place) for place in at.stack],
                    "cache": at.cache,
                    "sources": dict(at.sources),
                },
            }
            text = json.dumps(told)
            if len(text) <= _LARGEST:
                self._write(text.encode())

    def _write(self, data: bytes) -> None:
        unfinished = ""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, unfinished = tempfile.mkstemp(prefix=".place-", dir=self._path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(unfinished).replace(self._path)
            _forget_oldest(self._path.parent)
        except OSError:
            if unfinished:
                Path(unfinished).unlink(missing_ok=True)


def _forget_oldest(folder: Path) -> None:
    for path in sorted(folder.glob("place-*.json"), key=_age)[FILES_KEPT:]:
        path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """Sorts the newest first; a file that went away meanwhile is the oldest."""
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _texts(told: object) -> Mapping[str, str]:
    if not isinstance(told, dict):
        raise TypeError
    return {str(name): str(text) for name, text in told.items()}


def _optional(told: object) -> str | None:
    return None if told is None else str(told)


# --- what one looks at ---------------------------------------------------------------------------------


def view_text(view: View) -> str:
    """The view as JSON, from which `view_of` makes it again."""
    terms = [[one.field, one.comparison.value, one.value, one.is_null] for one in view.filter.terms]
    span = None if view.span is None else view.span.total_seconds()
    return json.dumps({"terms": terms, "span": span, "until": view.until.isoformat() if view.until else None})


def view_of(text: str) -> View | None:
    """The view that `view_text` told; None if the text is no such thing."""
    try:
        told = json.loads(text)
        terms = tuple(
            Term(str(name), Comparison(sign), str(value), bool(is_null))
            for name, sign, value, is_null in told["terms"]
        )
        span = None if told["span"] is None else timedelta(seconds=float(told["span"]))
        until = None if told["until"] is None else datetime.fromisoformat(told["until"])
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    return View(Filter(terms), span, until)
