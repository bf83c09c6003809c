"""What is to be labelled, in which order, and what a label may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.model.asking import QueryCall
from console.model.filtering import View
from console.model.judging import Alert
from console.model.requests import Label, LabelDraft, RowId

QueueSource = QueryCall | View | Alert | tuple[str, ...] | tuple[RowId, ...]
"""What a queue is made of: the rows of a canned query, the requests of a view, those that offended in an
alert, requests by their keys, or rows."""


@dataclass(frozen=True, slots=True)
class LabelChoices:
    """What a label of one model's requests may say."""

    classes: tuple[str, ...] = ()
    """In the order of the digit keys; those after the ninth have none."""
    is_number: bool = False
    """Whether it is a number instead, which has no classes."""


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """`[labels]` of the configuration."""

    classes: tuple[str, ...] = ()
    """Of every model that has none of its own; empty where they are to be found out."""
    models: Mapping[str, LabelChoices] = field(default_factory=dict)
    """Model -> its own."""

    def of(self, model: str) -> LabelChoices | None:
        """What was said of this model; None where nothing was."""
        own = self.models.get(model)
        if own is not None and (own.classes or own.is_number):
            return own
        return LabelChoices(self.classes) if self.classes else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request that can be labelled."""

    row_id: RowId
    key: str
    """`request_id`, or `path:offset` where none was logged."""
    origin: str
    """`path:offset` of its line."""
    ts: datetime
    model: str
    model_version: str
    prediction: str | None
    score: float | None
    input_hash: str = ""
    """Equal inputs share it; empty where nothing was put in."""
    tags: Mapping[str, str] = field(default_factory=dict)

    def draft(self, value: str, *, note: str = "") -> LabelDraft:
        """What somebody says of it; in which slice is not known here."""
        return LabelDraft(
            request_key=self.key,
            value=value,
            note=note,
            model=self.model,
            model_version=self.model_version,
            prediction=self.prediction or "",
            input_hash=self.input_hash,
            origin=self.origin,
        )


@dataclass(frozen=True, slots=True)
class QueueItem:
    """What is labelled by one key: a request, and those with the same input."""

    request: Candidate
    """The newest of them."""
    copies: tuple[Candidate, ...] = ()
    """The others."""
    group: tuple[str, ...] = ()
    """The stratum that it stands for: prediction, version, and the tag that tells most."""
    why: str = ""
    """What is to be learnt from it: `0.02 from the threshold 0.5`; empty where nothing is known."""
    said: tuple[Label, ...] = ()
    """What people say of it, or of a copy; the person's own word too, where it is asked again."""
    flags: tuple[Label, ...] = ()
    """Who wants it looked at once more, and why."""

    @property
    def requests(self) -> tuple[Candidate, ...]:
        """All that a label is kept for."""
        return (self.request, *self.copies)


@dataclass(frozen=True, slots=True)
class LabelQueue:
    """What is to be labelled, what teaches most first."""

    items: tuple[QueueItem, ...]
    looked_at: int
    """Requests that it was made of: the newest ones of a large slice."""
    found: int
    """Requests that there are."""
    labelled: int = 0
    """Requests that were left out, as the person has labelled them."""
    missing: int = 0
    """Keys that were asked for and are not stored."""
    choices: Mapping[str, LabelChoices] = field(default_factory=dict)
    """Model -> what a label of it may say."""
    call: QueryCall | None = None
    """The question that gave the requests; None where they were named."""
    tag: str = ""
    """The tag by which they were spread beside prediction and version; empty for none."""
