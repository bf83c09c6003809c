"""Which limits hold for a subject, once somebody has set some."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from console.checks.limits import limits_for
from console.model import LimitRule


@dataclass(frozen=True, slots=True)
class Some:
    psi: float = 0.2
    min_rows: int = 50


def rule(
    model: str | None = None, subject: str | None = None, check: str = "drift", **values: float
) -> LimitRule:
    return LimitRule(check, values, model, subject)


def test_without_a_rule_the_checks_own_limits_hold() -> None:
    assert limits_for(Some(), "drift", "fraud", "amount", ()) == Some()
    others = [
        rule(check="cost", psi=0.9),
        rule("churn", psi=0.9),
        rule(subject="age", psi=0.9),
        rule("churn", "amount", psi=0.9),
    ]
    assert limits_for(Some(), "drift", "fraud", "amount", others) == Some()


def test_what_says_more_wins_whatever_the_order_and_each_limit_by_itself() -> None:
    rules = [
        rule("fraud", "amount", psi=0.5),
        rule(subject="amount", psi=0.4),
        rule("fraud", psi=0.3, min_rows=99),
        rule(psi=0.25, min_rows=77),
    ]
    for ordered in (rules, rules[::-1]):
        assert limits_for(Some(), "drift", "fraud", "amount", ordered) == Some(0.5, 99)
        assert limits_for(Some(), "drift", "churn", "amount", ordered) == Some(0.4, 77)
        assert limits_for(Some(), "drift", "fraud", "age", ordered) == Some(0.3, 99)
        assert limits_for(Some(), "drift", "churn", "age", ordered) == Some(0.25, 77)


def test_of_two_that_say_as_much_the_later_wins() -> None:
    rules = [rule("fraud", psi=0.3), rule("fraud", psi=0.6)]
    assert limits_for(Some(), "drift", "fraud", "", rules).psi == 0.6


@given(values=st.lists(st.floats(0, 1), max_size=5))
def test_limits_that_nobody_set_stay_as_they_are(values: list[float]) -> None:
    found = limits_for(Some(), "drift", "fraud", "", [rule(psi=value) for value in values])
    assert found == Some(values[-1] if values else 0.2)
