"""Reads what the alert screen shows, off the app's own thread, and takes the questions back."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from textual import work
from textual.message import Message

from console.errors import ConsoleError, Interrupted
from console.model import Alert, AlertPicture, Evidence, Listing, Said, Ticket
from console.tui.desk import AlertDesk
from console.tui.handling.acts import HandlingScreen
from console.tui.messages import WorkFailed
from console.tui.screen import Setting

EVIDENCE = "Evidence cannot be read"
PICTURE = "Charts cannot be drawn"
GOOD = "Comparable requests cannot be read"
SAID = "What was said cannot be read"


class ReadingScreen(HandlingScreen):
    """A screen about one alert; each answer comes as a message, and one that is not waited for does not."""

    @dataclass
    class Loaded(Message):
        """The evidence is here."""

        evidence: Evidence

    @dataclass
    class Drawn(Message):
        """The charts are here."""

        picture: AlertPicture

    @dataclass
    class GoodFound(Message):
        """Comparable requests are here."""

        listing: Listing

    @dataclass
    class SaidFound(Message):
        """What was said of the alert is here."""

        said: tuple[Said, ...]

    def __init__(self, desk: AlertDesk, setting: Setting, alert: Alert, listed: Alert | None = None) -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self.alert = alert
        self.listed = listed or alert
        """The alert that the overview lists, and people speak of: this one, or that of its cause."""
        self.evidence: Evidence | None = None
        self.said: tuple[Said, ...] = ()
        """What was said of the alert, oldest first."""
        self.missing = "The rows are still being read"
        """What is told to who wants to go on from evidence that is not there."""
        self._tickets: dict[str, Ticket] = {}
        """Of the questions that are under way, by what they are for."""
        self._began = 0.0

    def read_all(self, *, good: bool) -> None:
        """Evidence, charts, and what was said are being read; the comparable requests as well with `good`."""
        self._began = monotonic()
        self._read(self.alert, self._ask("evidence"))
        self._draw(self.alert, self._ask("picture"))
        self.read_said()
        if good:
            self.read_good()

    def read_good(self) -> None:
        """Comparable requests are being read."""
        self._read_good(self.alert, self._ask("good"))

    def read_said(self) -> None:
        """What was said of the alert is being read."""
        self._read_said(self.listed.alert_id)

    def answered(self, what: str) -> None:
        """The answer came; there is nothing to take back."""
        self._tickets.pop(what, None)

    @property
    def is_reading(self) -> bool:
        """Whether any answer is waited for that can be taken back."""
        return bool(self._tickets)

    @property
    def progress(self) -> str:
        """That it is being read, and for how long."""
        seconds = int(monotonic() - self._began)
        return f"reading … {f'{seconds} s · ' if seconds else ''}esc stops"

    def stop_reading(self) -> None:
        """Nothing is waited for any more."""
        for ticket in self._tickets.values():
            ticket.cancel()
        self._tickets.clear()

    def on_unmount(self) -> None:
        self.stop_reading()

    def _ask(self, what: str) -> Ticket:
        """A ticket for a question; one of the same kind that is under way is taken back."""
        if (before := self._tickets.get(what)) is not None:
            before.cancel()
        self._tickets[what] = Ticket()
        return self._tickets[what]

    def _reply(self, ticket: Ticket, reply: Message | None) -> None:
        """The answer is posted, unless it is wanted no more. To be called from a worker's thread."""
        if not ticket.cancelled and reply is not None:
            self.post_message(reply)

    @work(thread=True, group="evidence")
    def _read(self, alert: Alert, ticket: Ticket) -> None:
        reply: Message | None
        try:
            reply = self.Loaded(self._desk.evidence(alert, ticket))
        except Interrupted:
            reply = None
        except ConsoleError as error:
            reply = WorkFailed(EVIDENCE, error)
        self._reply(ticket, reply)

    @work(thread=True, group="picture")
    def _draw(self, alert: Alert, ticket: Ticket) -> None:
        reply: Message | None
        try:
            reply = self.Drawn(self._desk.alert_picture(alert, ticket))
        except Interrupted:
            reply = None
        except ConsoleError as error:
            reply = WorkFailed(PICTURE, error)
        self._reply(ticket, reply)

    @work(thread=True, group="good")
    def _read_good(self, alert: Alert, ticket: Ticket) -> None:
        reply: Message | None
        try:
            reply = self.GoodFound(self._desk.comparable(alert, ticket))
        except Interrupted:
            reply = None
        except ConsoleError as error:
            reply = WorkFailed(GOOD, error)
        self._reply(ticket, reply)

    @work(thread=True, exclusive=True, group="said")
    def _read_said(self, alert_id: str) -> None:
        try:
            said = tuple(self._desk.said_of(alert_id))
        except ConsoleError as error:
            self.post_message(WorkFailed(SAID, error))
        else:
            self.post_message(self.SaidFound(said))
