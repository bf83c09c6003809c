"""Finds the configuration, checks every key of it, and makes values of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypedDict, cast

import platformdirs

from console.config.keys import LIMIT_NAMES, ROOT
from console.config.labels import label_settings
from console.config.looks import preferences
from console.config.masks import masks_of
from console.config.places import Place, line_of, lines_of_keys
from console.config.reading import Table, Wrong, close_to, number
from console.errors import UsageError
from console.model import Configuration, KeyPath, LimitRule, Limits, Meaning, SourceRule

FILE_NAME = "incident-console.toml"
VARIABLE = "INCIDENT_CONSOLE_CONFIG"
"""Environment variable that names the file."""
LARGEST_BYTES = 2**20
"""Of a configuration; what is larger is something else, and may have no end."""
_ABOUT = ("check", "model", "subject")
"""Keys of a `[[limit]]` that say what it holds for."""

Values = Mapping[str, object]


def load_configuration(given: Path | None, environment: Mapping[str, str]) -> Configuration:
    """What the file says: the one given, else that of `VARIABLE`, of this folder, of the user's.

    Without any of them, what holds without one. The user's own folder of queries, if there is one, comes
    before those that the file names.

    Raises:
        UsageError: `path:line: reason`; or a file that was named is not there.
    """
    path = find_configuration(given, environment)
    found = Configuration() if path is None else _configuration_of(path)
    own = usual_queries()
    return replace(found, queries=(own, *found.queries)) if own.is_dir() else found


def find_configuration(given: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The file that counts, None if there is none. One that was named need not be there."""
    named = given or (Path(environment[VARIABLE]) if environment.get(VARIABLE) else None)
    return named or next((place for place in usual_places() if place.is_file()), None)


def usual_places() -> tuple[Path, ...]:
    """Where the file is looked for if nobody names one; the first counts."""
    return Path(FILE_NAME), Path(platformdirs.user_config_path("incident-console")) / FILE_NAME


def usual_queries() -> Path:
    """The folder of the user's own queries, which need not be there."""
    return Path(platformdirs.user_config_path("incident-console")) / "queries"


def _configuration_of(path: Path) -> Configuration:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: the configuration cannot be read: {error.strerror or error}") from error
    if len(data) > LARGEST_BYTES:
        raise UsageError(f"{path}: more than 1 MiB, which is no configuration")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: the configuration is not UTF-8 text") from error
    return parse_configuration(text, str(path))


def parse_configuration(text: str, path: str) -> Configuration:
    """What this text says.

    Args:
        text: TOML.
        path: of the file it is from, for messages.

    Raises:
        UsageError: `path:line: reason`, for the first thing that is wrong.
    """
    # tomllib takes either, and the lines are counted by the one.
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        logged = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        line = place.removeprefix("line ").partition(",")[0]
        # What is not closed is told of at the end.
        number = line if line.isdigit() else str(text.rstrip("\n").count("\n") + 1)
        raise UsageError(f"{path}:{number}: not TOML: {reason[:1].lower()}{reason[1:]}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: not TOML that can be read: nested too deep") from error
    check = _Check(path, lines_of_keys(text))
    return _configuration(check.table(logged, ROOT, ()), check)


@dataclass(frozen=True, slots=True)
class _Check:
    """Compares a table with what may stand in it."""

    path: str
    lines: Mapping[Place, int]

    def table(self, given: Values, table: Table, place: Place) -> dict[str, object]:
        """The values of a table, read; raises UsageError for the first that is wrong."""
        values: dict[str, object] = {}
        for key, value in given.items():
            here = (*place, key)
            if (reads := table.keys.get(key)) is not None:
                try:
                    values[key] = reads(value)
                except Wrong as wrong:
                    raise self.wrong(here, f"{key} {wrong}") from None
            elif key in table.tables:
                if not isinstance(value, dict):
                    raise self.wrong(here, f"{key} is a table: write [{_header(here)}]")
                values[key] = self.table(value, table.tables[key], here)
            elif key in table.lists:
                if not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
                    raise self.wrong(here, f"{key} may stand several times: write [[{_header(here)}]]")
                inner = table.lists[key]
                values[key] = [self.table(one, inner, (*here, n)) for n, one in enumerate(value)]
            elif table.each is not None:
                if not isinstance(value, dict):
                    raise self.wrong(here, f"{key} is a table: write [{_header(here)}]")
                values[key] = self.table(value, table.each, here)
            elif table.is_open:
                values[key] = value
            else:
                known = [*table.keys, *table.tables, *table.lists]
                raise self.wrong(here, _unknown(key, known, _header(place)))
        for key in table.required:
            if key not in values:
                raise self.wrong(place, f"[[{_header(place)}]] has no {key}")
        return values

    def wrong(self, place: Place, reason: str) -> UsageError:
        """The error, with its line."""
        return UsageError(f"{self.place_of(place)}: {reason}")

    def place_of(self, place: Place) -> str:
        """`path:line` of a key."""
        return f"{self.path}:{line_of(place, self.lines)}"


def _header(place: Place) -> str:
    return ".".join(part for part in place if isinstance(part, str))


def _numbered(place: Place) -> str:
    return ".".join(part if isinstance(part, str) else str(part + 1) for part in place)


def _unknown(key: str, known: list[str], table: str) -> str:
    where = f" in [{table}]" if table else ""
    return f"unknown key {key!r}{where}; {close_to(key, known)}"


def _configuration(values: Values, check: _Check) -> Configuration:
    zone = cast(str, values.get("zone", "UTC"))
    limits = cast(Values, values.get("limits", {}))
    rules = []
    for place, source in enumerate(cast(list[Values], values.get("source", []))):
        meaning = Meaning(
            kind=cast("str | None", source.get("kind")),
            format=cast("str | None", source.get("format")),
            zone=cast(str, source.get("zone", zone)),
            fields=cast(Mapping[str, tuple[KeyPath, ...]], source.get("fields", {})),
            features=cast("tuple[KeyPath, ...] | None", source.get("features")),
            tags=cast("tuple[KeyPath, ...] | None", source.get("tags")),
        )
        if meaning.format == "native" and meaning.maps:
            reason = "a native source needs no mapping; leave out format, or fields, features and tags"
            raise check.wrong(("source", place, "format"), reason)
        if meaning.kind == "truth" and (meaning.format or meaning.features or meaning.tags):
            reason = 'a source of kind "truth" has request_id, truth and ts; leave out format, features, tags'
            raise check.wrong(("source", place, "kind"), reason)
        rules.append(SourceRule(cast(tuple[str, ...], source["match"]), meaning))
    return Configuration(
        path=check.path,
        zone=zone,
        limits=Limits(**{LIMIT_NAMES[name]: value for name, value in limits.items()}),  # type: ignore[arg-type]
        sources=tuple(rules),
        check_limits=_limit_rules(cast(list[Values], values.get("limit", [])), check),
        disabled_checks=cast("tuple[str, ...]", cast(Values, values.get("checks", {})).get("disabled", ())),
        labels=label_settings(cast(Values, values.get("labels", {}))),
        masks=masks_of(
            cast(list[Values], values.get("mask", [])),
            cast(Values, values.get("masks", {})),
            Path(check.path).parent,
            check.wrong,
        ),
        preferences=preferences(values, check.place_of, check.wrong),
        places={_numbered(place): check.place_of(place) for place in check.lines},
        **_files(cast(Values, values.get("console", {})), check),
    )


class _Files(TypedDict):
    database: str | None
    casebook: Path | None
    author: str | None
    queries: tuple[Path, ...]


def _files(said: Values, check: _Check) -> _Files:
    """Where things are kept; a path that does not begin at the root begins where the file lies."""
    folder = Path(check.path).parent

    def path(key: str, given: object) -> Path:
        try:
            return folder / Path(cast(str, given)).expanduser()
        except RuntimeError as error:  # ~name of nobody
            raise check.wrong(("console", key), f"{key}: {given}: {error}") from error

    queries = tuple(path("queries", one) for one in cast("tuple[str, ...]", said.get("queries", ())))
    if gone := next((one for one in queries if not one.is_dir()), None):
        raise check.wrong(("console", "queries"), f"queries: {gone} is not a folder")
    database = said.get("db")
    return _Files(
        database=None
        if database is None
        else ":memory:"
        if database == ":memory:"
        else str(path("db", database)),
        casebook=path("casebook", said["casebook"]) if "casebook" in said else None,
        author=cast("str | None", said.get("author")),
        queries=queries,
    )


def _limit_rules(tables: list[Values], check: _Check) -> tuple[LimitRule, ...]:
    """Each `[[limit]]` as a rule, its numbers compared with the limits that the check has."""
    rules = []
    for place, table in enumerate(tables):
        name = cast(str, table["check"])
        rules.append(
            LimitRule(
                name,
                _limit_values(name, table, check, ("limit", place)),
                model=cast("str | None", table.get("model")),
                subject=cast("str | None", table.get("subject")),
            )
        )
    return tuple(rules)


def _limit_values(name: str, table: Values, check: _Check, place: Place) -> Mapping[str, float]:
    from console.checks import LIMITS

    known = {field.name: getattr(LIMITS[name], field.name) for field in fields(LIMITS[name])}
    values: dict[str, float] = {}
    for key, value in table.items():
        if key in _ABOUT:
            continue
        here = (*place, key)
        if key not in known:
            raise check.wrong(here, f"{name} has no limit {key!r}; {close_to(key, known)}")
        try:
            values[key] = number(value, whole=isinstance(known[key], int))
        except Wrong as wrong:
            raise check.wrong(here, f"{key} {wrong}") from None
    if not values:
        raise check.wrong(place, f"[[limit]] sets no limit; {name} has {', '.join(sorted(known))}")
    return values
