"""One sitting of labelling: what is on screen, what was done, and the way back. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice, pairwise

from console.model import QueueItem

PAUSE_SECONDS = 60.0
"""Who takes longer for one request does something else: no more of it counts for the rate."""
RATED = 30
"""Steps, the newest, of which the rate is."""


class Deed(Enum):
    """What was done with an item; its value is the word that is shown."""

    LABELLED = "labelled"
    FLAGGED = "flagged"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, and is kept where it is to be kept."""

    place: int
    """Of the item in the queue."""
    deed: Deed
    at: datetime
    value: str = ""
    requests: int = 1
    """Labels that were kept: one of each copy."""
    act: str = ""
    """By which the casebook takes it back; empty where nothing was kept."""


class Sitting:
    """Which item is next, and what was done so far.

    An item that is being kept is not on screen any more and not done yet: `begin` takes it off, `done` or
    `failed` says what became of it.
    """

    def __init__(self, items: Sequence[QueueItem]) -> None:
        self.items = tuple(items)
        self.steps: list[Step] = []
        self._waiting = deque(range(len(self.items)))

    # --- where one is ---------------------------------------------------------------------------------

    @property
    def place(self) -> int | None:
        """Of the item on screen; None when nothing is left."""
        return self._waiting[0] if self._waiting else None

    @property
    def current(self) -> QueueItem | None:
        """The item on screen; None when nothing is left."""
        return self.items[self._waiting[0]] if self._waiting else None

    def coming(self, number: int) -> tuple[QueueItem, ...]:
        """The item on screen and those after it."""
        return tuple(self.items[place] for place in islice(self._waiting, number))

    @property
    def left(self) -> int:
        """Items that are not done, the one on screen among them."""
        return len(self._waiting)

    @property
    def requests_left(self) -> int:
        """The same in requests, copies counted."""
        return sum(len(self.items[place].requests) for place in self._waiting)

    # --- what one does --------------------------------------------------------------------------------

    def skip(self, at: datetime) -> None:
        """The item on screen comes back once all others are done."""
        place = self._waiting.popleft()
        self._waiting.append(place)
        self.steps.append(Step(place, Deed.SKIPPED, at, requests=0))

    def begin(self) -> int:
        """The item on screen gives way to the next one, while what was said of it is being kept."""
        return self._waiting.popleft()

    def done(self, step: Step) -> None:
        """It is kept."""
        self.steps.append(step)

    def failed(self, place: int) -> None:
        """It is not kept: the item is on screen again."""
        self._waiting.appendleft(place)

    def back(self) -> Step | None:
        """The last step is undone and its item on screen again; None if there is none."""
        if not self.steps:
            return None
        step = self.steps.pop()
        if step.deed is Deed.SKIPPED:
            self._waiting.remove(step.place)
        self._waiting.appendleft(step.place)
        return step

    # --- how far one is -------------------------------------------------------------------------------

    def number(self, deed: Deed) -> int:
        """Items of which this is the last thing that was done."""
        last = {step.place: step.deed for step in self.steps}
        return sum(done is deed for done in last.values())

    @property
    def kept(self) -> int:
        """Labels that were kept, one of each copy."""
        return sum(step.requests for step in self.steps if step.deed is Deed.LABELLED)

    @property
    def values(self) -> Mapping[str, int]:
        """Value -> items that have it by now, the most frequent first."""
        counts = Counter(step.value for step in self.steps if step.deed is Deed.LABELLED)
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def seconds_each(self) -> float | None:
        """What one item takes by the newest steps; None where there are too few."""
        times = [step.at for step in self.steps[-RATED:]]
        gaps = [min(PAUSE_SECONDS, (after - before).total_seconds()) for before, after in pairwise(times)]
        return sum(gaps) / len(gaps) if len(gaps) >= 2 else None
