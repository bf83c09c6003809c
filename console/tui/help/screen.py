"""Help, made from the keys that are bound where it was asked for."""

from __future__ import annotations

from typing import ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.tui.help.page import Group, HelpPage
from console.tui.pace import PacedDialog
from console.tui.widgets.grid import Grid
from console.tui.widgets.reader import Reader

# Textual's own bindings have no tooltip; ours all have, and only what has one is told.
_PLAIN = {
    "ctrl+d": "ctrl-d",
    "ctrl+u": "ctrl-u",
    "ctrl+p": "ctrl-p",
    "ctrl+q": "ctrl-q",
    "ctrl+c": "ctrl-c",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "down": "↓",
    "up": "↑",
    "escape": "esc",
    "question_mark": "?",
    "f1": "F1",
    "f5": "F5",
    "f7": "F7",
    "f8": "F8",
    "ctrl+r": "ctrl-r",
    "ctrl+up": "ctrl-↑",
    "ctrl+down": "ctrl-↓",
    "ctrl+l": "ctrl-l",
    "ctrl+z": "ctrl-z",
    "slash": "/",
    "semicolon": ";",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "enter": "⏎",
    "space": "␣",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "home": "Home",
    "end": "End",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def groups_of(screen: Screen[object]) -> tuple[Group, ...]:
    """What every key does here: in what has the focus, on the screen, everywhere."""
    found: dict[str, dict[str, tuple[str, list[str]]]] = {}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if not active.enabled or not binding.tooltip:
            continue
        if active.node is screen.app:
            title = "Everywhere"
        elif active.node is screen:
            title = "On this screen"
        elif isinstance(active.node, Grid):
            title = "In a table"
        else:
            title = "On this page"
        actions = found.setdefault(title, {})
        actions.setdefault(binding.action, (binding.tooltip, []))[1].append(_PLAIN.get(key, key))
    order = ("On this screen", "In a table", "On this page", "Everywhere")
    return tuple(
        Group(title, tuple((" ".join(signs), does) for does, signs in found[title].values()))
        for title in order
        if title in found
    )


LANGUAGES = (
    Group(
        "Filter  (/)",
        (
            ("model=fraud version!=v2", "fields, tags and features by name; all conditions hold"),
            ("status>=500 latency>1.5s", "also <= < ; latency is in ms where no unit is given"),
            ("error~timeout path!~/health", "contains, contains not; case does not matter"),
            ("country=null amount!=null", "has no value, has one"),
            ('"any text" -30m', "text anywhere in the record; the last 30 minutes (s m h d)"),
        ),
    ),
    Group(
        "SQL  (;)",
        (
            ("predictions", "one row a request: fields, is_error, every tag and feature by its name"),
            ("prediction_slices", "one row a request and dimension: dimension, slice_value"),
            ("feature_numbers feature_texts", "one row a request and feature: feature, value"),
            ("sources rejects", "what was read; lines that could not be used"),
            ("describe predictions", "the columns of a relation, and their types"),
        ),
    ),
)
"""What one writes, where one may write something."""


class HelpScreen(PacedDialog[None]):
    """The keys of the screen below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,q,question_mark,f1",
            "dismiss",
            "close",
            id="dialog.back",
            key_display="esc",
            tooltip="close",
        ),
    ]

    def __init__(self, about: str, groups: tuple[Group, ...]) -> None:
        super().__init__()
        self._about = about
        self._groups = groups

    def compose(self) -> ComposeResult:
        with Vertical(id="help"):
            yield Static(self._title(), id="help-title")
            with Reader(id="help-page"):
                yield HelpPage((*self._groups, *LANGUAGES))

    def _title(self) -> Content:
        return Content.assemble((f"Keys · {self._about}", "bold $accent"), ("   esc closes", "$dim"))

    def on_mount(self) -> None:
        self.query_one(Reader).focus()

    def stand_in_for(self, other: Self) -> bool:
        self._about, self._groups = other._about, other._groups
        self.query_one("#help-title", Static).update(self._title())
        self.query_one(HelpPage).show((*self._groups, *LANGUAGES))
        return True
