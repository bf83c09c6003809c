"""What the configuration may say of labels, and the `LabelSettings` that it amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from console.config.reading import Table, Wrong
from console.model import LabelChoices, LabelSettings

LONGEST_CLASS = 200
MOST_CLASSES = 200
KINDS = ("class", "number")

Values = Mapping[str, object]


def classes(value: object) -> tuple[str, ...]:
    """The classes that a label may have, in the order of the digit keys."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise Wrong('takes a list of texts: ["fraud", "legit"]')
    given = tuple(one.strip() for one in value)
    if not all(one and len(one) <= LONGEST_CLASS and one.isprintable() for one in given):
        raise Wrong(f"takes texts of 1 to {LONGEST_CLASS} characters that can be seen")
    if len(set(given)) < len(given):
        twice = next(one for one in given if given.count(one) > 1)
        raise Wrong(f"names {twice!r} twice")
    if len(given) > MOST_CLASSES:
        raise Wrong(f"takes at most {MOST_CLASSES} classes; nine have a digit, the rest are typed after 0")
    return given


def kind(value: object) -> str:
    """Whether a label is a class or a number."""
    if value in KINDS:
        return str(value)
    raise Wrong(f'is "class" or "number", not {value!r}')


LABELS = Table(
    keys={"classes": classes},
    tables={"models": Table(each=Table(keys={"classes": classes, "kind": kind}))},
)


def label_settings(values: Values) -> LabelSettings:
    """What `[labels]` says, read."""
    models = cast(Mapping[str, Values], values.get("models", {}))
    return LabelSettings(
        cast("tuple[str, ...]", values.get("classes", ())),
        {
            name: LabelChoices(cast("tuple[str, ...]", said.get("classes", ())), said.get("kind") == "number")
            for name, said in models.items()
        },
    )
