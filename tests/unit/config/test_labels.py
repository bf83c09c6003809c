"""`[labels]`: what labels may say."""

from __future__ import annotations

import pytest

from console.config.loading import parse_configuration
from console.errors import UsageError
from console.model import LabelChoices

WHOLE = """\
[labels]
classes = ["fraud", " legit "]

[labels.models.ranker]
kind = "number"

[labels.models."in v2"]
classes = ["relevant", "irrelevant"]
"""


def test_classes_are_for_all_models_or_for_one() -> None:
    labels = parse_configuration(WHOLE, "c.toml").labels
    assert labels.of("churn") == LabelChoices(("fraud", "legit"))
    assert labels.of("ranker") == LabelChoices(is_number=True)
    assert labels.of("in v2") == LabelChoices(("relevant", "irrelevant"))


def test_nothing_is_said_without_a_table() -> None:
    labels = parse_configuration("", "c.toml").labels
    assert labels.of("fraud") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[labels]\nclasses = "fraud"', "takes a list of texts"),
        ("[labels]\nclasses = []", "takes a list of texts"),
        ('[labels]\nclasses = ["a", "a"]', "names 'a' twice"),
        ('[labels]\nclasses = ["a", " "]', "takes texts of 1 to 200 characters"),
        ('[labels]\nclasses = ["a\\u001b[31m"]', "that can be seen"),
        ('[labels.models.x]\nkind = "text"', 'is "class" or "number"'),
        ('[labels]\nclasess = ["a"]', "did you mean classes?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=r"c\.toml:2: ") as raised:
        parse_configuration(text, "c.toml")
    assert told in str(raised.value)
