"""Reads `[[mask]]` and `[masks]`, and has the key that the hashes are made with."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]

import platformdirs

from console.config.places import Place
from console.config.reading import Table, Wrong, text, texts
from console.errors import UsageError
from console.model import PATTERNS, MaskRule, Masks, MaskWith

KEY_VARIABLE = "INCIDENT_CONSOLE_MASK_KEY"
"""Environment variable that is the key."""
LEAST_KEY_BYTES = 16
MOST_WAYS = 4_096
"""In how many ways the repeats of a person's own pattern may share a text out among them. With more, one
text made to be slow could hold up all others for minutes."""
_UNBOUNDED = 4_096
"""What a repeat without a bound counts as."""


def pattern(value: object) -> str:
    """The name of a pattern, or a regular expression that takes no text minutes."""
    given = text(value)
    if given in PATTERNS:
        return given
    try:
        re.compile(given)
        ways = _ways(sre_parser.parse(given))
    except (re.error, RecursionError, OverflowError) as error:
        names = ", ".join(PATTERNS)
        raise Wrong(f"is {names} or a regular expression; {given!r} is none: {error}") from None
    if re.compile(given).search("") is not None:
        raise Wrong(f"finds nothing at all in every text: {given!r}; let it match one sign at least")
    if ways > MOST_WAYS:
        raise Wrong(
            f"could take minutes on one text: {given!r}; bound its repeats, as in \\d{{1,20}}, or keep them "
            "from giving back what they took, as in \\w++"
        )
    return given


def mask_with(value: object) -> str:
    """What takes a value's place."""
    given = text(value)
    known = [one.value for one in MaskWith]
    if given not in known:
        raise Wrong(f"is {', '.join(known[:-1])} or {known[-1]}, not {given!r}")
    return given


MASK = Table(keys={"fields": texts, "values": pattern, "with": mask_with}, required=("with",))
"""`[[mask]]`."""
MASKS = Table(keys={"key_file": text})
"""`[masks]`."""


def masks_of(
    rules: Sequence[Mapping[str, object]],
    said: Mapping[str, object],
    folder: Path,
    wrong: Callable[[Place, str], UsageError],
) -> Masks:
    """The rules of a configuration.

    Args:
        rules: each `[[mask]]`, read.
        said: `[masks]`, read.
        folder: where a path begins that does not begin at the root.
        wrong: the error for a key, with its line.

    Raises:
        UsageError: a rule says neither which fields nor which values; or there is no such home.
    """
    found = []
    for number, rule in enumerate(rules):
        fields, values = rule.get("fields", ()), rule.get("values", "")
        if not fields and not values:
            raise wrong(("mask", number), "[[mask]] has neither fields nor values, so it would hide nothing")
        assert isinstance(fields, tuple) and isinstance(values, str)
        found.append(MaskRule(fields, values, MaskWith(rule["with"])))
    given = said.get("key_file")
    if given is None:
        return Masks(tuple(found))
    try:
        return Masks(tuple(found), folder / Path(str(given)).expanduser())
    except RuntimeError as error:  # ~name of nobody
        raise wrong(("masks", "key_file"), f"key_file: {given}: {error}") from error


def mask_key(masks: Masks, environment: Mapping[str, str]) -> bytes:
    """The key of the hashes; empty if no rule makes any. One of one's own is made where none was given.

    Raises:
        UsageError: it cannot be read or made, or is too short to keep anything hidden.
    """
    if not masks.need_key:
        return b""
    if environment.get(KEY_VARIABLE):
        return _long_enough(environment[KEY_VARIABLE].encode("utf-8", "surrogateescape"), KEY_VARIABLE)
    path = masks.key_file or usual_key_file()
    try:
        return _long_enough(path.read_bytes().strip(), str(path))
    except FileNotFoundError:
        if masks.key_file is not None:
            raise UsageError(
                f"{path}: the key of the masks is not there; make one: openssl rand -hex 32 > {path}"
            ) from None
    except OSError as error:
        raise UsageError(f"{path}: the key of the masks cannot be read: {error.strerror}") from error
    return _made(path)


def usual_key_file() -> Path:
    """Where the key is kept if nobody says where."""
    return Path(platformdirs.user_state_path("incident-console")) / "mask.key"


def key_origin(masks: Masks, environment: Mapping[str, str]) -> str:
    """Where the key comes from, in words."""
    if environment.get(KEY_VARIABLE):
        return f"environment {KEY_VARIABLE}"
    path = masks.key_file or usual_key_file()
    return str(path) if path.exists() or masks.key_file else f"{path}, made when it is first needed"


def _made(path: Path) -> bytes:
    """A new key is in the file, which is its owner's alone; if another console was quicker, its key."""
    key = secrets.token_hex(32).encode()
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key + b"\n")
            file.flush()
            os.fsync(descriptor)
        try:
            # Whole or not there: a half of a key would be another key.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return _long_enough(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise UsageError(f"{path}: the key of the masks cannot be made: {error.strerror}") from error


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < LEAST_KEY_BYTES:
        raise UsageError(
            f"{where}: the key of the masks has {len(key)} bytes, {LEAST_KEY_BYTES} are the least: who "
            "guesses it finds out what was hidden; openssl rand -hex 32 gives one"
        )
    return key


def _ways(parsed: object) -> int:
    """In how many ways a parsed pattern may match from one sign on, roughly and never too few."""
    ways = 1
    for kind, inner in parsed:  # type: ignore[attr-defined]
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, body = inner
            most = _UNBOUNDED if most is sre.MAXREPEAT else int(most)
            within = _ways(body)
            times = most - int(least) + 1
            ways *= times if within == 1 else within ** min(most, 64) * times
        elif kind is sre.BRANCH:
            ways *= sum(_ways(branch) for branch in inner[1])
        elif kind is sre.SUBPATTERN:
            ways *= _ways(inner[3])
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            ways *= _ways(inner[1])
        elif kind in (sre.GROUPREF, sre.GROUPREF_EXISTS):
            ways *= _UNBOUNDED + 1
        elif kind is sre.POSSESSIVE_REPEAT:
            # What it took it keeps, but its body may try many ways for each of its rounds.
            ways *= _ways(inner[2])
        elif kind is sre.ATOMIC_GROUP:
            ways *= _ways(inner)
        if ways > MOST_WAYS:
            break
    return ways
