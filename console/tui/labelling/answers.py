"""What a key says of a request: the value of its label, or why it has none. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from console.model import Candidate, LabelChoices

LONGEST_VALUE = 200
"""Characters of a class that is typed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A value, or what is to be told instead."""

    value: str = ""
    problem: str = ""


def chosen(choices: LabelChoices, digit: int) -> Answer:
    """What a digit says."""
    if digit <= len(choices.classes):
        return Answer(choices.classes[digit - 1])
    return Answer(problem=f"No class has the digit {digit}: 0 lets you write one")


def correct(request: Candidate) -> Answer:
    """What was predicted is right."""
    if request.prediction is None or not request.prediction.strip():
        return Answer(problem="Nothing was predicted: choose a class")
    return Answer(request.prediction)


def wrong(request: Candidate, choices: LabelChoices) -> Answer:
    """What was predicted is wrong: of two classes it is the other; else which one has to be said."""
    if request.prediction is None or not request.prediction.strip():
        return Answer(problem="Nothing was predicted: choose a class")
    if choices.is_number:
        return Answer(problem="Wrong: type what is right")
    if len(choices.classes) == 2 and request.prediction in choices.classes:
        return Answer(next(one for one in choices.classes if one != request.prediction))
    return Answer(problem="Wrong: choose what is right, 1-9, or 0 for another class")


def typed(text: str, choices: LabelChoices) -> Answer:
    """What was written is the value."""
    value = text.strip()
    if not value:
        return Answer(problem="Write something, or leave by esc")
    if len(value) > LONGEST_VALUE:
        return Answer(problem=f"At most {LONGEST_VALUE} characters")
    if choices.is_number:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or "_" in value:
            return Answer(problem="Takes a number: 12.5")
    return Answer(value)


def completions(text: str, choices: LabelChoices, most: int) -> tuple[str, ...]:
    """Classes that begin so, then those that have it anywhere; no more than `most`."""
    wanted = text.strip().casefold()
    first = [one for one in choices.classes if one.casefold().startswith(wanted)]
    rest = [one for one in choices.classes if wanted in one.casefold() and one not in first]
    return tuple((first + rest)[:most])
