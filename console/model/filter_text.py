"""A filter as a person writes it: `model=fraud version=v3 status>=500 country!=DE "timed out" -30m`.

Terms stand between blanks, and all of them hold. A term is `field OP value`, a text that is looked for
anywhere in the record, or a time: `-30m`. Names and values may stand in quotes, in which `\\"`, `\\\\` and
`\\u{1b}` (a code point in hexadecimal) are escapes. What stands in quotes is meant as it is: a name is no
short one, a value is not `null`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from console.errors import FilterError
from console.model.filtering import Comparison, Filter, Term

SHORT_NAMES = {
    "version": "model_version",
    "latency": "latency_ms",
    "error": "error_type",
    "message": "error_message",
    "id": "request_id",
}
"""What a person may write for a field's name."""

_LONG_NAMES = {long: short for short, long in SHORT_NAMES.items()}
_SPAN = re.compile(r"-(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MOST_DAYS = 36_500
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(us|ms|s|m|min|h)")
_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_OPERATOR = re.compile(r"!=|!~|>=|<=|=|>|<|~")
_NAME = re.compile(r'[^\s"=!<>~]+')
_WORD = re.compile(r"\S+")
_CODE = re.compile(r"u\{([0-9a-fA-F]{1,6})\}")
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_PLAIN_VALUE = re.compile(r'[^\s"\\]+')
_ANYWHERE = {Comparison.CONTAINS: "", Comparison.CONTAINS_NOT: "!~"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person wrote."""

    filter: Filter
    span: timedelta | None = None
    """The time that they asked for, None if they named none."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What of a text is being written at its end."""

    field: str
    """Whose value it is, by its whole name; empty if a field's name is being written, or a text."""
    beginning: str
    """What is there of it."""
    start: int
    """Where it begins in the text."""
    is_quoted: bool = False
    """Whether it stands in quotes."""


def parse_filter(text: str) -> Typed:
    """What the text asks for.

    Raises:
        FilterError: it asks for nothing that there is; the message says where, and what would do.
    """
    terms: list[Term] = []
    span: timedelta | None = None
    for part in _parts(text):
        if isinstance(part, Term):
            terms.append(part)
        elif span is not None:
            raise FilterError("a second time: one such as -30m is enough", part[0])
        else:
            span = part[1]
    return Typed(Filter(tuple(terms)), span)


def filter_text(filter: Filter) -> str:
    """The filter as one would write it, of characters that can be seen; parsed, it is the same filter."""
    return " ".join(map(term_text, filter.terms))


def term_text(term: Term) -> str:
    """One condition as one would write it."""
    if not term.field:
        return f"{_ANYWHERE[term.comparison]}{_quoted(term.value)}"
    name = name_text(term.field)
    if term.is_null:
        return f"{name}{term.comparison.value}null"
    is_text = term.field.endswith("_ms") and _DURATION.fullmatch(term.value)
    value = _quoted(term.value) if is_text else value_text(term.value)
    return f"{name}{term.comparison.value}{value}"


def name_text(field: str) -> str:
    """A field's name as it stands before an operator: short where there is a short one."""
    name = _LONG_NAMES.get(field, field)
    if (name in SHORT_NAMES and name == field) or not _PLAIN_NAME.fullmatch(name):
        return _quoted(field)  # a feature that is called like a short name, or has a strange one
    return name


def value_text(value: str) -> str:
    """A value as it stands behind an operator: in quotes only where it needs them."""
    plain = _PLAIN_VALUE.fullmatch(value) and value != "null" and value.isprintable()
    # An operator in front would be read with the one before it: `<` and `=`.
    return value if plain and value[0] not in "=!<>~" else _quoted(value)


def span_text(span: timedelta) -> str:
    """A time as one would write it: `-30m`, `-24h`, `-7d`."""
    seconds = round(span.total_seconds())
    units = ("d", "h", "m", "s") if seconds >= 2 * _SECONDS["d"] else ("h", "m", "s")
    unit = next(unit for unit in units if seconds % _SECONDS[unit] == 0)
    return f"-{seconds // _SECONDS[unit]}{unit}"


def spot_in(text: str) -> Spot:
    """What is being written at the end of the text, whether the text is right or not."""
    at, field, quoted = _last_term(text)
    if field is None:
        found = _NAME.match(text, at)
        if found is not None and (operator := _OPERATOR.match(text, found.end())):
            whole = SHORT_NAMES.get(found.group(), found.group())
            return _value_spot(text, whole, operator.end())
        return Spot("", text[at + quoted :], at, quoted)
    return _value_spot(text, field, at)


def _value_spot(text: str, field: str, start: int) -> Spot:
    is_quoted = text.startswith('"', start)
    beginning = text[start:]
    if is_quoted:
        beginning = re.sub(r"\\(.)", r"\1", beginning[1:])
    return Spot(field, beginning, start, is_quoted)


def _last_term(text: str) -> tuple[int, str | None, bool]:
    """Where the last term begins; or its value, if its name stood in quotes, and that name."""
    at = 0
    while True:
        at = _behind_blanks(text, at)
        start = at
        if text.startswith('"', at):
            try:
                name, at = _read_quoted(text, at)
            except FilterError:
                return start, None, True
            operator = _OPERATOR.match(text, at)
            if operator is None:
                if at == len(text):
                    return start, None, True
                continue
            field: str | None = name
            at = operator.end()
        else:
            found = _NAME.match(text, at)
            operator = _OPERATOR.match(text, found.end() if found else at)
            field = None
            at = operator.end() if operator else (found.end() if found else at)
        value_at = at
        if text.startswith('"', at):
            try:
                _, at = _read_quoted(text, at)
            except FilterError:
                at = len(text)
        else:
            word = _WORD.match(text, at)
            at = word.end() if word else at
        if at >= len(text):
            return (start if field is None else value_at), field, False


def _parts(text: str) -> Iterator[Term | tuple[int, timedelta]]:
    """The terms, and the times with their places."""
    at = 0
    while (at := _behind_blanks(text, at)) < len(text):
        start = at
        name, at, was_quoted = _read_name(text, at)
        operator = _OPERATOR.match(text, at)
        if operator is None:
            if at < len(text) and not text[at].isspace():
                raise FilterError(f"{text[at]!r} is no comparison: = != > >= < <= ~ !~", at)
            if not was_quoted and (time := _SPAN.fullmatch(name)):
                yield start, _span_of(time, start)
            elif not name:
                raise FilterError("there is nothing between the quotes", start)
            else:
                yield Term("", Comparison.CONTAINS, name)
            continue
        comparison = Comparison(operator.group())
        field = name if was_quoted else SHORT_NAMES.get(name, name)
        value, at, value_quoted = _read_value(text, operator.end())
        if not field:
            if comparison not in _ANYWHERE:
                raise FilterError(f"a field's name is missing before {operator.group()}", start)
            if not value:
                raise FilterError("there is nothing to look for", start)
            yield Term("", comparison, value)
        elif value == "null" and not value_quoted:
            if comparison not in (Comparison.IS, Comparison.IS_NOT):
                raise FilterError('null can be asked for by = and != only; "null" is the text', start)
            yield Term(field, comparison, "", is_null=True)
        else:
            is_time = field.endswith("_ms") and not value_quoted
            yield Term(field, comparison, _milliseconds(value) if is_time else value)


def _behind_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _read_name(text: str, at: int) -> tuple[str, int, bool]:
    if text.startswith('"', at):
        name, at = _read_quoted(text, at)
        return name, at, True
    found = _NAME.match(text, at)
    return (found.group(), found.end(), False) if found else ("", at, False)


def _read_value(text: str, at: int) -> tuple[str, int, bool]:
    if text.startswith('"', at):
        value, end = _read_quoted(text, at)
        if end < len(text) and not text[end].isspace():
            raise FilterError("a blank is missing after the quotes", end)
        return value, end, True
    found = _WORD.match(text, at)
    if found is None:
        raise FilterError('a value is missing: "" is the empty text, null is none', at)
    return found.group(), found.end(), False


def _read_quoted(text: str, at: int) -> tuple[str, int]:
    """What stands in the quotes that begin here, and where they have ended."""
    start = at
    pieces: list[str] = []
    at += 1
    while at < len(text):
        sign = text[at]
        if sign == '"':
            return "".join(pieces), at + 1
        if sign == "\\":
            code = _CODE.match(text, at + 1)
            if code and int(code[1], 16) < 0x110000:
                pieces.append(chr(int(code[1], 16)))
                at = code.end()
                continue
            if text[at + 1 : at + 2] not in ('"', "\\"):
                raise FilterError(r"a backslash in quotes reads \\; others are \" and \u{1b}", at)
            at += 1
            sign = text[at]
        pieces.append(sign)
        at += 1
    raise FilterError("the quotes are not closed", start)


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    return sign if sign.isprintable() else f"\\u{{{ord(sign):x}}}"


def _span_of(time: re.Match[str], at: int) -> timedelta:
    span = timedelta(seconds=int(time[1]) * _SECONDS[time[2]])
    if not timedelta(0) < span <= timedelta(days=_MOST_DAYS):
        raise FilterError("that is no length of time; -30m, -24h and -7d are", at)
    return span


def _milliseconds(value: str) -> str:
    """A duration as milliseconds: `1.5s` is `1500`. What is none stays."""
    found = _DURATION.fullmatch(value)
    return f"{float(found[1]) * _MILLISECONDS[found[2]]:.12g}" if found else value


__all__ = [
    "SHORT_NAMES",
    "Spot",
    "Typed",
    "filter_text",
    "name_text",
    "parse_filter",
    "span_text",
    "spot_in",
    "term_text",
    "value_text",
]
