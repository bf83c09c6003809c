"""The bottom line: the keys that do something here and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import App
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the bar shows it."""

    key: str
    sign: str
    does: str
    last: bool
    """Shown at the end, and never left out: help and the way back."""

    @property
    def width(self) -> int:
        return Content(self.sign).cell_length + 1 + Content(self.does).cell_length


GAP = 2


def keys_of(screen: Screen[object]) -> tuple[Key, ...]:
    """The keys to show: those that the screen favours, if it does; then those of what has the focus, the
    screen's, help and the way back. Those of which it says that they are idle would only say why.
    """
    favoured: Sequence[str] = getattr(screen, "favoured_keys", ())
    idle: Sequence[str] = getattr(screen, "idle_keys", ())
    seen: set[str] = set()
    keys = []
    for active in screen.active_bindings.values():
        binding = active.binding
        if not binding.show or not active.enabled or binding.action in (*seen, *idle):
            continue
        sign = "F1" if binding.key == "f1" else screen.app.get_key_display(binding)
        if is_typed(screen, binding.key, sign):
            continue
        seen.add(binding.action)
        last = (binding.id or "").endswith((".help", ".back"))
        place = favoured.index(binding.action) if binding.action in favoured else len(favoured)
        keys.append((place, Key(binding.key, sign, binding.description, last)))
    return tuple(key for _, key in sorted(keys, key=lambda placed: (placed[1].last, placed[0])))


def is_typed(screen: Screen[object], key: str, sign: str) -> bool:
    """Whether what has the focus takes the key as a letter.

    Textual leaves those out whose name is their letter, and does not know that `slash` is one.
    """
    letter = len(sign) == 1 and sign.isascii()
    return letter and screen.focused is not None and screen.focused.check_consume_key(key, sign)


def fitting(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """As many of them as fit, in their order; the last ones stay."""
    kept = list(keys)
    while sum(key.width + GAP for key in kept) - GAP > width and not all(key.last for key in kept):
        kept.remove([key for key in kept if not key.last][-1])
    return tuple(kept)


class KeyBar(Widget):
    """Keys and what they do. A click on one presses it."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._look_again)

    def _look_again(self, screen: Screen[object]) -> None:
        if screen is self.screen and isinstance(self.app, App):
            keys = keys_of(screen)
            if keys != self._keys:
                self._keys = keys
                self.refresh()

    def render(self) -> Content:
        pieces: list[Content | str | tuple[str, str]] = []
        for key in fitting(self._keys, self.size.width):
            pieces += [(key.sign, "bold $accent"), (f" {key.does}", "$dim"), " " * GAP]
        return Content.assemble(*pieces[:-1])

    def on_click(self, event: events.Click) -> None:
        x = 0
        for key in fitting(self._keys, self.size.width):
            if x <= event.x - self.styles.padding.left < x + key.width:
                self.app.simulate_key(key.key)
                return
            x += key.width + GAP
