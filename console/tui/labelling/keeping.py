"""Keeping what is said of one request after the other: each is on the disk before the next one is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual import on, work
from textual.message import Message

from console.errors import ConsoleError
from console.model import LabelDraft
from console.tui import say
from console.tui.desk import LabelDesk
from console.tui.labelling.sitting import Deed, Sitting, Step
from console.tui.labels.acts import LabelContext
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.typing_ahead import TypingAhead

NOTHING_LEFT = "Nothing of this sitting is left to take back · u takes back what you labelled before it"


class KeepingScreen(ConsoleScreen):
    """A screen on which one says something of an item, and goes on to the next.

    What is said is written by a worker, one act after the other. Meanwhile the next item is on screen, and
    keys wait, in their order, until the act is kept: so no key is taken before all is kept that was said by
    those before it. If an act is not kept, its item is on screen again, and keys that waited are dropped:
    they were meant for others.
    """

    @dataclass
    class Kept(Message):
        """What was said of an item is in the casebook."""

        step: Step

    @dataclass
    class NotKept(Message):
        """What was said of an item is not in the casebook."""

        place: int
        error: ConsoleError

    @dataclass
    class TakenBack(Message):
        """The last step counts no more; of this sitting, or of before."""

        words: str
        of_sitting: bool

    @dataclass
    class NotTakenBack(Message):
        """The last step still counts."""

        error: ConsoleError

    def __init__(self, desk: LabelDesk, setting: Setting, context: LabelContext) -> None:
        super().__init__(setting)
        self._label_desk = desk
        self.within = context
        """In what slice labels are given."""
        self.sitting = Sitting(())
        self.notes: dict[int, str] = {}
        """Place of an item -> the note that goes with its label."""
        self.is_keeping = False
        """Whether an act is on its way to the casebook."""

    # --- what a screen of this kind says of itself ----------------------------------------------------

    def moved(self) -> None:
        """Another item is on screen, or what was done has changed: show it."""

    def say(self, words: str, *, failed: bool = False) -> None:
        """The person is told beside the choice, until the next key."""

    # --- one act after the other ----------------------------------------------------------------------

    def _hold(self) -> None:
        self.is_keeping = True
        if isinstance(self.app, TypingAhead):
            self.app.hold_keys()

    def _let(self, *, drop: bool = False) -> int:
        """Keys are taken again; how many were dropped."""
        self.is_keeping = False
        return self.app.let_keys(drop=drop) if isinstance(self.app, TypingAhead) else 0

    def _is_busy(self) -> bool:
        """Whether an act is being kept; a key that came all the same, on a host that is busy, is refused."""
        if self.is_keeping:
            self.app.bell()
            self.say("Still being kept: that key was not taken")
        return self.is_keeping

    def on_unmount(self) -> None:
        if self.is_keeping:
            self._let()

    def keep_label(self, place: int, value: str) -> None:
        """The item at this place, and all with the same input, are labelled so."""
        item = self.sitting.items[place]
        note = self.notes.get(place, "")
        drafts = [self._draft(one.draft(value, note=note)) for one in item.requests]
        self._begin(place, Deed.LABELLED, value, drafts)

    def keep_flag(self, place: int) -> None:
        """The item at this place is to be looked at once more."""
        request = self.sitting.items[place].request
        drafts = [self._draft(request.draft("", note=self.notes.get(place, "")))]
        self._begin(place, Deed.FLAGGED, "", drafts)

    def _draft(self, draft: LabelDraft) -> LabelDraft:
        """It tells in what slice it is given."""
        return replace(draft, alert_id=self.within.alert_id, query=self.within.query)

    def _begin(self, place: int, deed: Deed, value: str, drafts: Sequence[LabelDraft]) -> None:
        if self._is_busy():
            return
        self.sitting.begin()
        self._hold()
        self._keep(place, deed, value, tuple(drafts))
        self.moved()

    @work(thread=True, group="keeping")
    def _keep(self, place: int, deed: Deed, value: str, drafts: tuple[LabelDraft, ...]) -> None:
        reply: KeepingScreen.Kept | KeepingScreen.NotKept
        try:
            keep = self._label_desk.flag if deed is Deed.FLAGGED else self._label_desk.label
            labels = keep(drafts)
            act = labels[0].act if labels else ""
            reply = self.Kept(Step(place, deed, self.setting.utc(), value, len(drafts), act))
        except ConsoleError as error:
            reply = self.NotKept(place, error)
        self.post_message(reply)

    @on(Kept)
    def take_kept(self, message: Kept) -> None:
        self.sitting.done(message.step)
        self._let()
        self.moved()

    @on(NotKept)
    def take_not_kept(self, message: NotKept) -> None:
        dropped = self._let(drop=True)
        self.sitting.failed(message.place)
        self.moved()
        also = f"; {say.plural(dropped, 'key')} after it dropped" if dropped else ""
        self.app.bell()
        self.say(f"Not kept, so it is on screen again{also}: {reason(message.error)}", failed=True)

    # --- and back -------------------------------------------------------------------------------------

    def skip(self) -> None:
        """The item on screen comes back when the others are done."""
        if self.sitting.place is not None and not self._is_busy():
            self.sitting.skip(self.setting.utc())
            self.moved()

    def take_back(self, *, before: bool) -> None:
        """The last step of this sitting is taken back, and its item is on screen again.

        Args:
            before: whether, with no step left, the person's last act before this sitting is taken back.
        """
        if self._is_busy():
            return
        steps = self.sitting.steps
        if steps and not steps[-1].act:
            self._went_back(f"{steps[-1].deed.value} no more")
        elif steps:
            self._hold()
            self._undo(steps[-1])
        elif before:
            self._hold()
            self._undo_before()
        else:
            self.say(NOTHING_LEFT)

    def _went_back(self, words: str) -> None:
        self.sitting.back()
        self.moved()
        self.say(words)

    @work(thread=True, group="keeping")
    def _undo(self, step: Step) -> None:
        reply: KeepingScreen.TakenBack | KeepingScreen.NotTakenBack
        try:
            self._label_desk.undo_act(step.act)
            said = cut(step.value, 60) if step.deed is Deed.LABELLED else "the flag"
            reply = self.TakenBack(f"Took back {said}", of_sitting=True)
        except ConsoleError as error:
            reply = self.NotTakenBack(error)
        self.post_message(reply)

    @work(thread=True, group="keeping")
    def _undo_before(self) -> None:
        reply: KeepingScreen.TakenBack | KeepingScreen.NotTakenBack
        try:
            labels = self._label_desk.undo_label()
            words = "No label of yours to take back"
            if labels:
                said = cut(labels[0].draft.value, 60) or "the flag"
                words = f"Took back {said} from {say.plural(len(labels), 'request')} of before this sitting"
            reply = self.TakenBack(words, of_sitting=False)
        except ConsoleError as error:
            reply = self.NotTakenBack(error)
        self.post_message(reply)

    @on(TakenBack)
    def take_taken_back(self, message: TakenBack) -> None:
        if message.of_sitting:
            self.sitting.back()
        self._let()
        self.moved()
        self.say(message.words)

    @on(NotTakenBack)
    def take_not_taken_back(self, message: NotTakenBack) -> None:
        self._let(drop=True)
        self.moved()
        self.app.bell()
        self.say(f"Not taken back: {reason(message.error)}", failed=True)
