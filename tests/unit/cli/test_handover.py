"""`icon handover`, and `icon BUNDLE`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Icon

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def test_the_page_goes_to_stdout_or_to_a_file(icon: Icon, spiked: Path, home: Path) -> None:
    ended = icon("handover", spiked)
    assert ended.code == 0
    assert ended.out.startswith("# Handover, 2026-11-02 06:00:00 to ")
    assert "1 alert open (1 critical)" in ended.out
    again = icon("handover", spiked, "--out", home / "a.md", "--quiet", "--ascii")
    assert (again.code, again.out, again.err) == (0, f"{home / 'a.md'}\n", "")
    assert "█" not in (home / "a.md").read_text()
    refused = icon("handover", spiked, "--out", home / "a.md")
    assert refused.code == 3 and "exists already" in refused.err
    assert icon("handover", spiked, "--out", home / "a.md", "--overwrite").code == 0


def test_the_commands_that_it_tells_show_it_again(icon: Icon, spiked: Path) -> None:
    page = icon("handover", spiked.rename(spiked.with_name("it's a log.jsonl"))).out
    commands = [shlex.split(line)[1:] for line in page.splitlines() if line.startswith("icon ")]
    told = {words[0] for words in commands}
    assert told == {"query", "open", "check", "sql", "handover"}
    for words in commands:
        ended = icon(*words)
        # The console wants a terminal, and `check` ends with 1 where there are alerts.
        assert ended.code == {"open": 2, "check": 1}.get(words[0], 0), ended.err
        assert "needs a terminal" in ended.err if words[0] == "open" else ended.out


def test_a_page_from_a_cache_alone_tells_its_sources_and_commands_that_read_them(
    icon: Icon, spiked: Path, home: Path
) -> None:
    icon("collect", spiked, "--once", "--db", home / "cache.duckdb")
    page = icon("handover", "--db", home / "cache.duckdb").out
    assert f"| `{spiked}` | finished | {spiked.stat().st_size:,} |" in page
    assert f"\nicon check {spiked} --db " in page
    for line in page.splitlines():
        if line.startswith("icon open "):
            assert "needs a terminal" in icon(*shlex.split(line)[1:]).err


def test_a_bundle_is_written_whole_and_says_what_is_in_it(icon: Icon, spiked: Path, home: Path) -> None:
    bundle = home / "a.tar.zst"
    ended = icon("handover", spiked, "--bundle", bundle, "--rows", "50", "--db", ":memory:")
    assert (ended.code, ended.out) == (0, f"{bundle}\n")
    assert "1 alert, " in ended.err and " rows, " in ended.err
    # There is no terminal here: that it is asked for one tells that it was known.
    opened = icon(bundle)
    assert opened.code == 2 and "needs a terminal" in opened.err
    both = icon(bundle, spiked)
    assert both.code == 2 and "open it alone" in both.err
    for more in (["--resume"], ["--db", "x"], ["--casebook", "x"], ["--filter", "model=a"]):
        refused = icon(bundle, *more)
        assert refused.code == 2 and "is a bundle" in refused.err


def test_a_log_that_is_packed_alike_is_read_as_a_log(icon: Icon, spiked: Path, home: Path) -> None:
    packed = home / "app.jsonl.zst"
    packed.write_bytes(zstd.compress(spiked.read_bytes()))
    assert "1,200 rows stored of 1 source" in icon("handover", packed).out


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--since", "2h", "--start", "2026-11-02"], "give one of them"),
        (["--since", "soon"], "not a span"),
        (["--since", "0h"], "no time at all"),
        (["--start", "noon"], "not a time in ISO 8601"),
        (["--start", "2026-11-02", "--until", "2026-11-01"], "before --until"),
        (["--out", "a.md", "--bundle", "b.tar.zst"], "give --out or --bundle"),
        (["--filter", "="], "position"),
        (["--alert", "zzzz"], "begins with 'zzzz'"),
        (["--filter", "nothing=1"], "nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused(icon: Icon, calm: Path, args: list[str], reason: str) -> None:
    ended = icon("handover", calm, *args, "--quiet")
    assert ended.code == 2
    assert reason in ended.err
    assert ended.out == ""


def test_a_calm_log_is_handed_over_too(icon: Icon, calm: Path) -> None:
    ended = icon("handover", calm, "--since", "10m", "--filter", "model=fraud region=EU")
    assert ended.code == 0
    assert "no alert in this time" in ended.out
    assert "Only requests that meet `model=fraud region=EU`." in ended.out
