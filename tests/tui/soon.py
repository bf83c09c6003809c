"""What lets a pilot's app start and come to rest in less time than Textual gives it, and prove the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import textual.app
import textual.pilot
from textual.app import App
from textual.css import stylesheet
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.tokenize import tokenize_values
from textual.css.tokenizer import Token
from textual.css.types import CSSLocation
from textual.notifications import SeverityLevel
from textual.pilot import Pilot

SOON_SECONDS = 1 / 125
"""What is due within so many is waited for; whatever is due later happens as if nobody waited."""

NOTICE_SECONDS = 600.0
"""How long a notice stays: what takes a moment here takes longer than 4 s where there is much else to do."""

_notify = App.notify
_read_rules = Stylesheet._parse_rules
_rules: dict[tuple[object, ...], list[RuleSet]] = {}
"""What style sheets say, by their text, place and variables; Textual changes none of it."""
_values: dict[frozenset[tuple[str, str]], dict[str, list[Token]]] = {}
"""What their variables say."""
_last: tuple[dict[str, str], frozenset[tuple[str, str]]] = {}, frozenset()
"""Variables that were asked for last, and what they say."""


@contextmanager
def apps_start_soon() -> Iterator[None]:
    """A pilot goes on soon after its app has come to rest, and a style sheet is read once for all apps.

    No notice ends by itself.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in (textual.app, textual.pilot):
            patch.setattr(module, "wait_for_idle", at_rest)
        patch.setattr(Pilot, "_wait_for_screen", _all_handled)
        patch.setattr(App, "notify", _notify_for_long)
        patch.setattr(Stylesheet, "_parse_rules", _parse_rules)
        patch.setattr(stylesheet, "tokenize_values", _tokenize_values)
        yield


async def at_rest(_least: float = 0.0, most: float = 30.0) -> None:
    """Nothing is left to do on the loop and nothing is due soon, or so many seconds are over.

    Textual sleeps instead, until it finds that its process was idle for a fiftieth of a second.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + most
    while (now := loop.time()) < until:
        if loop._ready:  # type: ignore[attr-defined]
            await asyncio.sleep(0)
            continue
        timers = loop._scheduled  # type: ignore[attr-defined]
        due = min((timer.when() for timer in timers if not timer.cancelled()), default=until)
        if due > now + SOON_SECONDS:
            return
        await asyncio.sleep(max(0.0, due - now))


async def _all_handled(_: Pilot[object]) -> bool:
    """Every widget has handled its messages; Textual has each of them handle one more to know that."""
    await at_rest()
    return True


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
    key = (css, read_from, is_default_rules, tie_breaker, scope, _told_apart(sheet._variables))
    if key not in _rules:
        _rules[key] = _read_rules(sheet, css, read_from, is_default_rules, tie_breaker, scope)
    return _rules[key]


def _told_apart(variables: dict[str, str]) -> frozenset[tuple[str, str]]:
    """What variables say: some hundreds, and a sheet asks of the same ones for each of its parts."""
    global _last
    if _last[0] is not variables or len(_last[1]) != len(variables):
        _last = variables, frozenset(variables.items())
    return _last[1]


def _tokenize_values(values: dict[str, str]) -> dict[str, list[Token]]:
    key = _told_apart(values)
    if key not in _values:
        _values[key] = tokenize_values(values)
    return _values[key]
