"""When a screen is painted: at once after a key, and for long no more often than the frame rate says.

Textual paints at the ticks of a clock, so a key waits half a tick for nothing: 33 ms at 15 frames a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.constants import MAX_FPS
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.visual import Visual
from textual.widget import Widget
from textual.widgets import Input, TextArea

from console.tui.ahead import MadeAhead
from console.tui.behind import Behind
from console.tui.composing import FrontFirst

Result = TypeVar("Result")

FRAMES_AT_ONCE = 4.0
"""So many may follow each other at once after a quiet moment: a key, what it opens, what is found for it."""
GATHERED_SECONDS = 0.002
"""What one key changes in several widgets becomes one frame."""
MOST_LAYOUTS = 3
"""After so many a frame is painted even if another layout is wanted."""


class Pace:
    """Asks for a frame as soon as one may be painted. It stands in for the timer of a Textual screen.

    Args:
        paint: asks the screen to paint itself.
        frames: how many a second, in the long run.
    """

    def __init__(
        self,
        paint: Callable[[], object],
        *,
        frames: float = MAX_FPS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._paint = paint
        self._frames = frames
        self._clock = clock
        self._saved = FRAMES_AT_ONCE
        self._counted_at = clock()
        self._due: asyncio.TimerHandle | None = None

    def resume(self) -> None:
        """There is something to paint."""
        if self._due is None:
            wait = max(GATHERED_SECONDS, self.seconds_to_wait())
            self._due = asyncio.get_running_loop().call_later(wait, self._fire)

    def pause(self) -> None:
        """What there was to paint is painted."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def stop(self) -> None:
        """Nothing is painted any more."""
        self.pause()

    def seconds_to_wait(self) -> float:
        """Until the next frame may be painted."""
        now = self._clock()
        self._saved = min(FRAMES_AT_ONCE, self._saved + (now - self._counted_at) * self._frames)
        self._counted_at = now
        return max(0.0, (1.0 - self._saved) / self._frames)

    def spend(self) -> None:
        """A frame is painted."""
        self.seconds_to_wait()
        self._saved -= 1.0

    def _fire(self) -> None:
        self._due = None
        self._paint()


class Paced(Screen[Result], MadeAhead, Generic[Result]):
    """A screen that is painted at its own pace, once for all that changed, and not at a clock's ticks."""

    # Another pane with the focus is styled anew; Textual paints all of the screen for it.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    _pace: Pace | None = None
    _layouts = 0
    """So many followed each other without a frame between them."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._compositor = FrontFirst()

    def _post_register(self, app: App[object]) -> None:
        # Before it is styled, and not once it was laid out: then it is styled, and laid out, twice.
        super()._post_register(app)
        horizontal, vertical = self.HORIZONTAL_BREAKPOINTS or [], self.VERTICAL_BREAKPOINTS or []
        classes = self._get_breakpoint_classes(app.size.width, horizontal)
        classes |= self._get_breakpoint_classes(app.size.height, vertical)
        self.update_classes(dict.fromkeys(classes, True), update=False)

    def lay_out_ahead(self) -> None:
        self._refresh_layout(self.app.size)
        self._layout_required = False

    def _on_mount(self, event: events.Mount) -> None:
        # A cursor that blinks is drawn twice a second, and keeps the host awake where nobody sees it.
        for line in self.query(Input):
            line.cursor_blink = False
        for area in self.query(TextArea):
            area.cursor_blink = False

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        # Textual calls its own method after this one. A screen that was just opened has its styles already.
        if not self.stack_updates:
            event.refresh_styles = False
        self.begin_once()

    def _screen_resized(self, size: Size) -> None:
        # A screen that was laid out is told its size, upon which Textual lays it out once more.
        if size != self._compositor.size:
            super()._screen_resized(size)

    @property
    def _update_timer(self) -> Pace:  # type: ignore[override]  # of a timer Textual uses these methods only
        if self._pace is None:
            self._pace = Pace(lambda: self.call_next(self._paint))
        return self._pace

    def _compositor_refresh(self) -> None:
        # Textual paints here and now, several times over for a screen that is just being opened.
        self._update_timer.resume()

    def _paint(self) -> None:
        was_laid_out = self._layout_required
        self._on_timer_update()
        self._update_timer.pause()
        if was_laid_out and self._layouts < MOST_LAYOUTS:
            # Widgets that have learnt their size have more to say, and often want another layout.
            self._layouts += 1
            self._update_timer.resume()
            return
        self._layouts = 0
        if self._compositor._dirty_regions and self.is_current and not self.app._batch_count:
            self._update_timer.spend()
            super()._compositor_refresh()

    async def _message_loop_exit(self) -> None:
        if self._pace is not None:
            self._pace.stop()
        await super()._message_loop_exit()


class PacedDialog(Paced[Result], ModalScreen[Result]):
    """A dialog that is painted at its own pace, over a screen that is toned down."""

    def render(self) -> RenderableType | Visual:  # type: ignore[override]  # a widget may give a visual
        # The terminal's own colours are known to nobody here, so there is nothing to mix them with.
        unmixed = self.app.native_ansi_color or self.app.no_color
        tint = None if unmixed else self.styles.background
        stack = self.app.screen_stack
        place = stack.index(self) if self in stack else 0
        if place and (tint is None or 0 < tint.a < 1):
            return Behind(stack[place - 1], tint)
        return super().render()
