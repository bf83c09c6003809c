"""Help, made from the keys that are bound where it was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

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
    "enter": "⏎",
    "space": "␣",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "home": "Home",
    "end": "End",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Keys that belong together."""

    title: str
    keys: tuple[tuple[str, str], ...]
    """Signs of the keys, and what they do."""


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


class HelpScreen(ModalScreen[None]):
    """The keys of the screen below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,q,question_mark,f1", "dismiss", "close", id="back", key_display="esc", tooltip="close"
        ),
    ]

    def __init__(self, about: str, groups: tuple[Group, ...]) -> None:
        super().__init__()
        self._about = about
        self._groups = groups

    def compose(self) -> ComposeResult:
        with Vertical(id="help"):
            yield Static(
                Content.assemble((f"Keys · {self._about}", "bold $accent"), ("   esc closes", "$dim")),
                id="help-title",
            )
            with Reader(id="help-page"):
                for group in self._groups:
                    yield Static(self._draw(group), classes="help-group")

    def _draw(self, group: Group) -> Content:
        width = max(Content(signs).cell_length for signs, _ in group.keys)
        lines = [Content.styled(group.title, "bold $foreground")]
        for signs, does in group.keys:
            pad = " " * (width - Content(signs).cell_length + 3)
            lines.append(Content.assemble("  ", (signs, "$accent"), pad, (does, "$dim")))
        return Content("\n").join(lines)

    def on_mount(self) -> None:
        self.query_one(Reader).focus()
