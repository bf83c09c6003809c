"""The command palette, painted like every other dialog."""

from __future__ import annotations

from textual.command import CommandPalette

from console.tui.pace import PacedDialog


class Palette(CommandPalette, PacedDialog[None]):
    """Textual's command palette, which does not wait for the ticks of a clock to be seen."""
