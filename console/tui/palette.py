"""The command palette, painted like every other dialog, whose words may come from a log."""

from __future__ import annotations

from typing import cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits
from textual.content import Content
from textual.system_commands import SystemCommandsProvider

from console.tui.pace import PacedDialog


class Palette(CommandPalette, PacedDialog[None]):
    """Textual's command palette, which does not wait for the ticks of a clock to be seen."""


class LiteralCommands(SystemCommandsProvider):
    """The app's commands, as they are written: Textual's own provider takes their words for markup.

    A filter from before holds what was logged, and a query of one's own says what it likes.
    """

    async def discover(self) -> Hits:
        for title, about, run, _ in sorted(
            self.app.get_system_commands(self.screen), key=lambda command: command.title
        ):
            yield DiscoveryHit(Content(title), run, text=title, help=_literal(about))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, about, run, _ in self.app.get_system_commands(self.screen):
            score, offsets = matcher.fuzzy_search.match(query, title)
            if score > 0:
                shown = Content(title)
                for offset in offsets:
                    shown = shown.stylize(self.match_style or matcher.match_style, offset, offset + 1)
                yield Hit(score, shown, run, text=title, help=_literal(about))


def _literal(about: str) -> str:
    """Typed as the text that Textual asks for, which it leaves alone if it is content already."""
    return cast("str", Content(about))
