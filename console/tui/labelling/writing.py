"""The line in which a note, a class or a number is written."""

from __future__ import annotations

from textual import on
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from console.tui.labelling import drawing
from console.tui.labelling.answers import Answer, completions, typed
from console.tui.labelling.showing import ShowingScreen
from console.tui.safe import visible

_MOST_SUGGESTED = 6
_LONGEST_SUGGESTED = 60
"""Characters of a class that is offered."""
_HINTS = {
    "note": "a note, ⏎ keeps it",
    "class": "a class, ⏎ labels with it",
    "value": "a number, ⏎ labels with it",
}
"""What is being written -> what stands in the empty line."""


class WritingScreen(ShowingScreen):
    """A queue of which the item on screen is told something of in words."""

    _written_for: int | None = None
    """Place of the item that something is written for."""

    def moved(self) -> None:
        if self.sitting.place != self._written_for:
            self.close_input()
        super().moved()

    def give(self, answer: Answer) -> None:
        """The item on screen is labelled so, or it is told why not."""
        place = self.sitting.place
        if place is None:
            self.app.bell()
        elif answer.problem:
            self.app.bell()
            self.say(answer.problem)
        else:
            self.keep_label(place, answer.value)

    @property
    def writing(self) -> str:
        """What is being written: `note`, `class`, `value`, or empty."""
        field = self.query_one("#labelling-input", Input)
        return str(field.border_title or "") if field.display else ""

    def write(self, what: str, text: str) -> None:
        """What is written from now on is a `note`, a `class` or a `value`, and begins with this text."""
        if self.sitting.place is None:
            return
        self._written_for = self.sitting.place
        field = self.query_one("#labelling-input", Input)
        field.border_title, field.placeholder = what, _HINTS[what]
        classes = (one for one in self.choices().classes if len(one) <= _LONGEST_SUGGESTED)
        plain = [one for one in classes if visible(one) == one]
        field.suggester = SuggestFromList(plain, case_sensitive=False) if what == "class" else None
        field.value = text
        field.cursor_position = len(text)
        field.display = True
        self.set_focus(field)
        self._offer()

    def close_input(self) -> None:
        """Nothing is written; keys say what the item is."""
        field = self.query_one("#labelling-input", Input)
        if field.display:
            field.display = False
            self.set_focus(None)
            self._offer()

    @on(Input.Changed, "#labelling-input")
    def _offer(self) -> None:
        """The classes that may be meant are shown below the line."""
        offers = self.query_one("#labelling-offers", Static)
        names: tuple[str, ...] = ()
        if self.writing == "class":
            text = self.query_one("#labelling-input", Input).value
            names = completions(text, self.choices(), _MOST_SUGGESTED)
        offers.update(drawing.completions_drawn(names))
        offers.display = bool(names)

    @on(Input.Submitted, "#labelling-input")
    def take_text(self, event: Input.Submitted) -> None:
        place, what = self.sitting.place, self.writing
        if place is None:
            return
        if what == "note":
            self.notes[place] = event.value.strip()
            self.close_input()
            self.draw_choice()
            return
        choices, item = self.choices(), self.sitting.items[place]
        answer = typed(event.value, choices)
        if not answer.problem:
            if not choices.is_number and answer.value not in choices.classes:
                model = item.request.model
                self.added[model] = (*self.added.get(model, ()), answer.value)
            self.close_input()
        self.give(answer)
