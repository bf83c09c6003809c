"""What must hold of every check there is."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest

from console.checks import CHECKS, Check
from tests.support import NOON, catalog
from tests.unit.checks.frames import bound

every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


@every_check
def test_its_cells_are_what_its_queries_give(check: Check) -> None:
    for query in check.cells:
        values = bound(query.call(NOON, NOON, 5, "{}"))
        assert values["step_minutes"] == 5
        given = {"step_start", *query.keys, *query.counts, *query.extremes}
        assert given <= catalog()[query.name].columns.keys()


@every_check
def test_all_its_cells_are_of_one_step(check: Check) -> None:
    assert len({query.coarse for query in check.cells}) == 1


@every_check
def test_its_limits_are_numbers(check: Check) -> None:
    assert is_dataclass(check.limits)
    assert all(isinstance(getattr(check.limits, field.name), int | float) for field in fields(check.limits))


def test_no_two_have_one_name() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
