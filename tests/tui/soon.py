"""What lets a pilot's app start and come to rest in less time than Textual gives it, and prove the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual import _wait
from textual.app import App
from textual.css import stylesheet
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.tokenize import tokenize_values
from textual.css.tokenizer import Token
from textual.css.types import CSSLocation
from textual.notifications import SeverityLevel

LOOKS_EVERY_SECONDS = 1 / 125
"""How often a pilot looks whether anything still goes on; Textual's own fiftieth is most of a test's time."""

NOTICE_SECONDS = 600.0
"""How long a notice stays: what takes a moment here takes longer than 4 s where there is much else to do."""

_notify = App.notify
_read_rules = Stylesheet._parse_rules
_rules: dict[tuple[object, ...], list[RuleSet]] = {}
"""What style sheets say, by their text, place and variables; Textual changes none of it."""
_values: dict[frozenset[tuple[str, str]], dict[str, list[Token]]] = {}
"""What their variables say."""


@contextmanager
def apps_start_soon() -> Iterator[None]:
    """A pilot goes on soon after its app has come to rest, and a style sheet is read once for all apps.

    No notice ends by itself.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wait, "SLEEP_GRANULARITY", LOOKS_EVERY_SECONDS)
        patch.setattr(_wait, "SLEEP_IDLE", LOOKS_EVERY_SECONDS / 20)
        patch.setattr(_wait.wait_for_idle, "__defaults__", (LOOKS_EVERY_SECONDS, 1))
        patch.setattr(App, "notify", _notify_for_long)
        patch.setattr(Stylesheet, "_parse_rules", _parse_rules)
        patch.setattr(stylesheet, "tokenize_values", _tokenize_values)
        yield


def _notify_for_long(
    app: App[object],
    message: str,
    *,
    title: str = "",
    severity: SeverityLevel = "information",
    timeout: float | None = None,
    markup: bool = True,
) -> None:
    _notify(app, message, title=title, severity=severity, timeout=NOTICE_SECONDS, markup=markup)


def _parse_rules(
    sheet: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    variables = frozenset(sheet._variables.items())
    key = (css, read_from, is_default_rules, tie_breaker, scope, variables)
    if key not in _rules:
        _rules[key] = _read_rules(sheet, css, read_from, is_default_rules, tie_breaker, scope)
    return _rules[key]


def _tokenize_values(values: dict[str, str]) -> dict[str, list[Token]]:
    key = frozenset(values.items())
    if key not in _values:
        _values[key] = tokenize_values(values)
    return _values[key]
