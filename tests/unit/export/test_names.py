"""A model may be called anything; a file may not."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.export import safe_file_name, suggest_path


@pytest.mark.parametrize(
    ("suggestion", "name"),
    [
        ("fraud", "fraud.parquet"),
        ("fraud.parquet", "fraud.parquet"),
        ("fraud v3, region=EU", "fraud_v3_region_EU.parquet"),
        ("../../etc/passwd", "etc_passwd.parquet"),
        ("/etc/passwd", "etc_passwd.parquet"),
        ("..", "slice.parquet"),
        ("", "slice.parquet"),
        (".bashrc", "bashrc.parquet"),
        ("-rf *", "rf.parquet"),
        ("~root", "root.parquet"),
        ("a\0b\nc\x1b[31m", "a_b_c_31m.parquet"),
        ("$(reboot);`x`|y", "reboot_x_y.parquet"),
        ("Größe 模型 2026.11", "Größe_模型_2026.11.parquet"),
        ("Gro\u0308ße", "Größe.parquet"),
        ("\u202egpj.exe", "gpj.exe.parquet"),
        ("🙈", "slice.parquet"),
        ("\udc80x", "x.parquet"),
        ("\uff0e\uff0e\uff0fx", "x.parquet"),
        ("x" * 300, "x" * 100 + ".parquet"),
        ("é" * 60, "é" * 50 + ".parquet"),
    ],
)
def test_a_name_is_made_of_what_is_harmless(suggestion: str, name: str) -> None:
    assert safe_file_name(suggestion) == name


@given(
    suggestion=st.text()
    | st.lists(st.sampled_from(["..", ".", "/", "\\", "-", "~", "a", " ", "\0"])).map("".join)
)
def test_a_name_is_never_a_path_an_option_or_hidden(suggestion: str) -> None:
    name = safe_file_name(suggestion)
    assert Path(name).name == name
    assert name[0] not in "-.~"
    assert ".." not in name
    assert not set(name) & set("/\\\0\n\x1b*?[]$&;|<>\"'` ")
    assert name.endswith(".parquet")
    assert len(os.fsencode(name)) <= 108
    assert safe_file_name(name) == name, "a safe name stays as it is"


def test_a_suggested_path_is_one_that_nothing_has_yet(tmp_path: Path) -> None:
    at = datetime(2026, 11, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    first = suggest_path(tmp_path, "../fraud/v3", at=at)
    assert first == tmp_path / "fraud_v3-20261102T030405Z.parquet"
    first.touch()
    second = suggest_path(tmp_path, "../fraud/v3", at=at)
    assert second == tmp_path / "fraud_v3-20261102T030405Z-2.parquet"
    second.touch()
    assert suggest_path(tmp_path, "../fraud/v3", at=at).name.endswith("Z-3.parquet")


def test_another_ending_is_possible(tmp_path: Path) -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    assert suggest_path(tmp_path, "labels", at=at, suffix=".csv").name == "labels-20261102T000000Z.csv"
