"""What happened, as values that screens react to. A newer one of the same kind replaces an older one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.message import Message

from console.errors import ConsoleError
from console.model import Label, QueryInfo, Snapshot, View


@dataclass
class SnapshotTaken(Message):
    """The desk handed out a snapshot. Posted from the desk's thread."""

    snapshot: Snapshot

    def can_replace(self, message: Message) -> bool:
        """A newer snapshot makes an unseen older one pointless."""
        return isinstance(message, SnapshotTaken)


@dataclass
class StartFailed(Message):
    """The desk could not start."""

    error: ConsoleError


@dataclass
class WorkFailed(Message):
    """Something that was asked for did not happen."""

    doing: str
    error: ConsoleError


@dataclass
class QueriesKnown(Message):
    """The canned queries are here, none if they cannot be had."""

    queries: tuple[QueryInfo, ...]


@dataclass
class Arrived(Message):
    """The person is on another screen than before."""


@dataclass
class LabelsFound(Message):
    """The labels of the rows on screen were looked up."""

    labels: Mapping[str, Label]


@dataclass
class LabelsKept(Message):
    """A person's labels are in the casebook."""

    labels: tuple[Label, ...]


@dataclass
class LabelsTakenBack(Message):
    """A person's last act counts no more."""

    labels: tuple[Label, ...]


@dataclass
class ViewChosen(Message):
    """The person wants to see this view; the app sees to it. Posted by any screen."""

    view: View
