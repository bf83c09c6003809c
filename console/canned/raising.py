"""A query whose rows are alerts: how bad they are, how often it is asked, and over which time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from console.canned.param import Param
from console.canned.query import Raising
from console.canned.values import parse_default
from console.errors import UsageError
from console.model import Severity, parse_span

USUALLY_EVERY = "5m"
MOST_OFTEN, LEAST_OFTEN = timedelta(minutes=1), timedelta(days=1)
SEVERITIES = {"warning": Severity.WARNING, "critical": Severity.CRITICAL}
_NEEDED = {"start": "timestamptz", "until": "timestamptz", "row_limit": "integer"}
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def raising_of(severity: str | None, every: str | None, params: Mapping[str, Param]) -> Raising | None:
    """What a header with these values says; None without a severity.

    Raises:
        UsageError: a value is none of those that are possible, or a round could not be asked for with the
            parameters' defaults.
    """
    if severity is None:
        if every is not None:
            raise UsageError("`every` says how often a query is asked for alerts; it needs a `severity`")
        return None
    if severity not in SEVERITIES:
        raise UsageError(f"severity is {' or '.join(SEVERITIES)}, not {severity!r}")
    apart = parse_span(every or USUALLY_EVERY)
    if not MOST_OFTEN <= apart <= LEAST_OFTEN:
        raise UsageError(f"every is from 1m to 1d, not {every!r}")
    for name, kind in _NEEDED.items():
        if name not in params or params[name].type != kind:
            raise UsageError(f"a query with a severity takes {_words()}; it has no {name} of type {kind}")
    for param in params.values():
        if param.default is None:
            raise UsageError(f"a query with a severity is asked by defaults, and {param.name} has none")
    start, until = (_before_newest(params[name]) for name in ("start", "until"))
    if start <= until:
        raise UsageError("`start` is to lie before `until`")
    return Raising(SEVERITIES[severity], apart, start - until, until)


def _words() -> str:
    return "start and until (timestamptz) and row_limit (integer)"


def _before_newest(param: Param) -> timedelta:
    """How long before the newest line the default lies.

    Raises:
        UsageError: it does not move with that.
    """
    first = parse_default(param, newest=lambda: _SOME_TIME)
    second = parse_default(param, newest=lambda: _SOME_TIME + LEAST_OFTEN)
    if not isinstance(first, datetime) or first == second:
        raise UsageError(f"the default of {param.name} is `newest`, or `newest - 1h`")
    return _SOME_TIME - first
