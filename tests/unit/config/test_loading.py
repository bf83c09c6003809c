"""`incident-console.toml`: what it may hold, and how what is wrong with it is told."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.checks import LIMITS
from console.checks.limits import limits_for
from console.config import FILE_NAME, VARIABLE, load_configuration
from console.config.loading import parse_configuration
from console.config.places import lines_of_keys
from console.errors import UsageError
from console.model import Configuration, LimitRule, Limits

WHOLE = """\
# the host that serves fraud
zone = "Europe/Berlin"

[limits]
memory = "512MiB"
threads = 4
nice = 0
keep = "7d"
max_db_size = "4GiB"

[[source]]
match = "fraud-*.log"
zone = "America/New_York"
features = "inputs"
tags = ["host", 'context."user.country"']

[source.fields]
ts = "request.time"
request_id = ["request.id", "trace_id"]
latency_s = "took"
score = []

[[source]]
match = ["*.jsonl", "/var/log/x/*"]
format = "native"
"""


def reason(text: str) -> str:
    with pytest.raises(UsageError) as raised:
        parse_configuration(text, "c.toml")
    return str(raised.value)


def test_everything_that_may_be_said_is_read() -> None:
    found = parse_configuration(WHOLE, "c.toml")
    assert (found.path, found.zone) == ("c.toml", "Europe/Berlin")
    assert found.limits == Limits(
        memory_bytes=512 * 2**20, threads=4, nice=0, keep=timedelta(days=7), max_database_bytes=4 * 2**30
    )
    fraud = found.meaning_of("/logs/fraud-7.log")
    assert fraud.zone == "America/New_York"
    assert fraud.features == (("inputs",),)
    assert fraud.tags == (("host",), ("context", "user.country"))
    assert fraud.fields == {
        "ts": (("request", "time"),),
        "request_id": (("request", "id"), ("trace_id",)),
        "latency_s": (("took",),),
        "score": (),
    }
    other = found.meaning_of("/logs/a.jsonl")
    assert (other.format, other.zone, other.maps) == ("native", "Europe/Berlin", False)


def test_the_first_rule_that_matches_a_path_or_its_end_is_in_force() -> None:
    text = '[[source]]\nmatch="a/*.log"\nzone="Asia/Tokyo"\n[[source]]\nmatch="*.log"\nzone="Asia/Seoul"'
    found = parse_configuration(text, "c.toml")
    assert found.meaning_of("/x/a/b.log").zone == "Asia/Tokyo"
    assert found.meaning_of("/x/ba/b.log").zone == "Asia/Seoul"
    assert found.meaning_of("/x/b.json").zone == "UTC"


def test_limits_of_checks_are_rules_in_the_order_of_the_file() -> None:
    text = """
[checks]
disabled = ["error_spikes"]
[[limit]]
check = "error_spikes"
min_rows = 50
min_gain = 1
[[limit]]
check = "error_spikes"
model = "fraud"
subject = "it's \\u001b"
min_ratio = 3.5
"""
    found = parse_configuration(text, "c.toml")
    assert found.check_limits == (
        LimitRule("error_spikes", {"min_rows": 50, "min_gain": 1}),
        LimitRule("error_spikes", {"min_ratio": 3.5}, model="fraud", subject="it's \x1b"),
    )
    assert found.disabled_checks == ("error_spikes",)
    assert parse_configuration("[checks]\ndisabled = []", "c.toml").disabled_checks == ()


def test_every_limit_of_every_check_can_be_set_to_what_it_is() -> None:
    for name, limits in LIMITS.items():
        values = {field.name: getattr(limits, field.name) for field in fields(limits)}
        text = f"[[limit]]\ncheck = '{name}'\n" + "\n".join(
            f"{key} = {value}" for key, value in values.items()
        )
        (rule,) = parse_configuration(text, "c.toml").check_limits
        assert limits_for(limits, name, "fraud", "amount", [rule]) == limits


def test_a_file_that_says_nothing_of_checks_does_not_wait_for_them() -> None:
    code = "import sys; from console.config.loading import parse_configuration as p; "
    code += "p('[limits]\\nnice = 1', 'c'); sys.exit(any(m in sys.modules for m in ('numpy', 'polars')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_empty_file_says_nothing() -> None:
    assert parse_configuration("", "c.toml") == Configuration(path="c.toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('\nzonee = "UTC"', "c.toml:2: unknown key 'zonee'; did you mean zone?"),
        ("[limits]\n\nthread = 2", "c.toml:3: unknown key 'thread' in [limits]; did you mean threads?"),
        ("[alerts]\nx = 1", "c.toml:1: unknown key 'alerts'; known are checks, console, keys, labels, limit"),
        ('# a\nzone = "Europe/Berln"', "c.toml:2: zone is no time zone: 'Europe/Berln'; write"),
        ("zone = 2", "c.toml:1: zone takes a text in quotes"),
        ('zone = "/etc/passwd"', "c.toml:1: zone is no time zone"),
        ('[limits]\nmemory = "1 zebra"', "c.toml:2: memory is wrong: '1 zebra' is not a size"),
        ("[limits]\nmemory = 1.5", "c.toml:2: memory takes a size"),
        ("[limits]\nthreads = true", "c.toml:2: threads takes a whole number"),
        ("[limits]\nthreads = 0", "c.toml:2: threads is wrong: threads: from 1 to"),
        ("[limits]\nkeep = 7", 'c.toml:2: keep takes a span of time: "12h", "7d"'),
        ("limits = 1", "c.toml:1: limits is a table: write [limits]"),
        ("\n[source]\nmatch='a'", "c.toml:2: source may stand several times: write [[source]]"),
        ('[[source]]\nmatch="a"\n\n[[source]]\nzone="UTC"', "c.toml:4: [[source]] has no match"),
        ("[[source]]\nmatch=[]", "c.toml:2: match takes a text or a list of texts"),
        ('[[source]]\nmatch="a"\nformat="natve"', "c.toml:3: format is native or mapped, not 'natve'"),
        ('[[source]]\nmatch="a"\n[source.fields]\ntimestamp="x"', "c.toml:4: unknown key 'timestamp' in"),
        (
            '[[source]]\nmatch="a"\n[source.fields]\nts="a..b"',
            "c.toml:4: ts is no path: 'a..b'; write request.id",
        ),
        ('[[source]]\nmatch="a"\nkind="label"', "c.toml:3: kind is predictions or truth, not 'label'"),
        (
            '[[source]]\nmatch="a"\nkind="truth"\nfeatures="x"',
            'c.toml:3: a source of kind "truth" has request_id',
        ),
        ('[[source]]\nmatch="a"\nformat="native"\ntags="x"', "c.toml:3: a native source needs no mapping"),
        ('source = [{match="a"},\n  {match="b", zone="x"}]', "c.toml:1: zone is no time zone"),
        ("[limit]\ncheck='error_spikes'", "c.toml:1: limit may stand several times: write [[limit]]"),
        ("[[limit]]\nmin_rows = 1", "c.toml:1: [[limit]] has no check"),
        (
            "\n[[limit]]\ncheck='error_spike'",
            "c.toml:3: check is no check: 'error_spike'; did you mean error_spikes?",
        ),
        ("[[limit]]\ncheck=2", "c.toml:2: check takes a text in quotes"),
        (
            "[[limit]]\ncheck='error_spikes'\n\nmin_row = 3",
            "c.toml:4: error_spikes has no limit 'min_row'; did you mean min_rows?",
        ),
        ("[[limit]]\ncheck='error_spikes'\nmin_rows = 2.5", "c.toml:3: min_rows takes a whole number"),
        ("[[limit]]\ncheck='error_spikes'\nmin_gain = true", "c.toml:3: min_gain takes a number"),
        ("[[limit]]\ncheck='error_spikes'\nmin_gain = nan", "c.toml:3: min_gain takes a number"),
        ("[[limit]]\ncheck='error_spikes'\nmin_gain = -0.1", "c.toml:3: min_gain takes a number"),
        (f"[[limit]]\ncheck='error_spikes'\nmin_gain = 1{'0' * 400}", "c.toml:3: min_gain takes a number"),
        ("[[limit]]\ncheck='error_spikes'\nmin_gain = {a = 1}", "c.toml:3: min_gain takes a number"),
        (
            "[[limit]]\ncheck='error_spikes'\nmodel='a'\n[[limit]]\ncheck='error_spikes'\nmin_rows=1",
            "c.toml:1: [[limit]] sets no limit; error_spikes has ",
        ),
        (
            "[[limit]]\ncheck='error_spikes'\nmodel=['a']\nmin_rows=1",
            "c.toml:3: model takes a text in quotes",
        ),
        ("[checks]\ndisabled = true", "c.toml:2: disabled takes a text in quotes"),
        ("[checks]\nx = []", "c.toml:2: unknown key 'x' in [checks]; known are disabled"),
        ('zone = "UTC"\nzone = "UTC"', "c.toml:2: not TOML: cannot overwrite a value"),
        ('a = "\\ud800"', "c.toml:1: not TOML: "),
        ("[limits]\nnice = [1,\n", "c.toml:2: not TOML: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    assert reason(text).startswith(told)
    assert reason(text.replace("\n", "\r\n")).startswith(told)


def test_lines_are_counted_past_strings_brackets_and_comments() -> None:
    text = '''\
a = """
b = 1
[c]
"""  # d = 2
"e.f" = [
  1, # g = 1
  "]",
]
h.i = '#'
[[j]]
[[j.k]]
l = {m = 1, n = "}"}
[[j]]
[j.o]
p = "\\""
'''
    assert lines_of_keys(text) == {
        ("a",): 1,
        ("e.f",): 5,
        ("h", "i"): 9,
        ("j",): 10,
        ("j", 0): 10,
        ("j", 0, "k"): 11,
        ("j", 0, "k", 0): 11,
        ("j", 0, "k", 0, "l"): 12,
        ("j", 1): 13,
        ("j", 1, "o"): 14,
        ("j", 1, "o", "p"): 15,
    }


@given(text=st.text(st.sampled_from("az=[]{}\"'\n\\#.,1 \r"), max_size=40))
def test_no_text_raises_anything_but_what_is_wrong(text: str) -> None:
    try:
        parse_configuration(text, "c.toml")
    except UsageError as error:
        assert str(error).startswith("c.toml:")


def test_the_file_given_comes_before_the_environments_and_that_before_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    places = [
        tmp_path / "config" / "incident-console" / FILE_NAME,
        tmp_path / FILE_NAME,
        tmp_path / "environment.toml",
        tmp_path / "given.toml",
    ]
    zones = ["Asia/Tokyo", "Asia/Seoul", "Asia/Kolkata", "Asia/Dubai"]
    assert load_configuration(None, {}) == Configuration()
    for place, zone in zip(places, zones, strict=True):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f'zone = "{zone}"')
    assert load_configuration(None, {}).zone == "Asia/Seoul"
    assert load_configuration(None, {VARIABLE: str(places[2])}).zone == "Asia/Kolkata"
    assert load_configuration(places[3], {VARIABLE: str(places[2])}).zone == "Asia/Dubai"
    places[1].unlink()
    assert load_configuration(None, {}).zone == "Asia/Tokyo"


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x\.toml: the configuration cannot be read: No such file"):
        load_configuration(None, {VARIABLE: str(tmp_path / "x.toml")})
    (tmp_path / "x.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="is not UTF-8"):
        load_configuration(tmp_path / "x.toml", {})


def test_a_device_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(UsageError, match="/dev/zero: more than 1 MiB"):
        load_configuration(Path("/dev/zero"), {})
