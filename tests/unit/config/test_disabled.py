"""Checks that are not to be asked: ours, and queries of a person's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.config.disabled import complain_of_disabled
from console.config.loading import parse_configuration
from console.errors import UsageError

RAISING = """-- title: Mine
-- answers: What?
-- grain: one row
-- severity: warning
-- param: start timestamptz = newest - 1h
-- param: until timestamptz = newest
-- param: row_limit integer = 5; rows
-- column: model
select model from predictions where ts >= $start and ts < $until order by model limit $row_limit
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "large_payments.sql").write_text(RAISING)
    (tmp_path / "plain.sql").write_text(RAISING.replace("-- severity: warning\n", ""))
    return tmp_path


@pytest.mark.parametrize("names", ['"surge"', '["surge", "drift"]', '["large_payments", "surge"]', "[]"])
def test_checks_and_queries_that_raise_alerts_may_be_disabled(folder: Path, names: str) -> None:
    complain_of_disabled(parse_configuration(f"[checks]\ndisabled = {names}", "c.toml"), [folder])


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        ('["error_spikes", "driftt"]', "'driftt'; did you mean drift?"),
        ('"large_payment"', "'large_payment'; did you mean large_payments?"),
        ('"plain"', "'plain'; known are "),
    ],
)
def test_what_is_neither_is_told_with_its_line_and_what_was_perhaps_meant(
    folder: Path, names: str, meant: str
) -> None:
    configuration = parse_configuration(f'zone = "UTC"\n[checks]\ndisabled = {names}', "c.toml")
    with pytest.raises(UsageError) as raised:
        complain_of_disabled(configuration, [folder])
    told = str(raised.value)
    assert told.startswith("c.toml:3: disabled is no check and no query with a severity: ") and meant in told


def test_a_query_in_a_folder_that_is_not_read_is_not_known(folder: Path) -> None:
    configuration = parse_configuration('[checks]\ndisabled = "large_payments"', "c.toml")
    with pytest.raises(UsageError, match="'large_payments'"):
        complain_of_disabled(configuration, [])
