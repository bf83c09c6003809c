"""`[[mask]]` and the key of the hashes."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from console.config.loading import parse_configuration
from console.config.masks import KEY_VARIABLE, key_origin, mask_key, usual_key_file
from console.errors import UsageError
from console.model import MaskRule, Masks, MaskWith

HASHING = Masks((MaskRule(("a",)),))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a key is made."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def masks_of(text: str, path: str = "c.toml") -> Masks:
    return parse_configuration(text, path).masks


def test_rules_are_read_in_their_order() -> None:
    text = """
        [masks]
        key_file = "keys/mask.key"
        [[mask]]
        fields = ["email", "user.*"]
        with = "hash"
        [[mask]]
        values = "card"
        fields = "note"
        with = "last4"
        [[mask]]
        values = 'EMP-\\d{4}'
        with = "drop"
    """
    masks = masks_of(text, "/etc/icon/c.toml")
    assert masks == Masks(
        (
            MaskRule(("email", "user.*"), "", MaskWith.HASH),
            MaskRule(("note",), "card", MaskWith.LAST4),
            MaskRule((), r"EMP-\d{4}", MaskWith.DROP),
        ),
        Path("/etc/icon/keys/mask.key"),
    )
    assert [rule.in_words for rule in masks.rules] == [
        "email, user.* by hash",
        "every card in note by last4",
        r"every match of EMP-\d{4} by drop",
    ]
    assert masks.summary() == (
        {"fields": ["email", "user.*"], "with": "hash"},
        {"fields": ["note"], "values": "card", "with": "last4"},
        {"values": r"EMP-\d{4}", "with": "drop"},
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[mask]]\nfields = "a"', "c.toml:1: [[mask]] has no with"),
        ('[[mask]]\nwith = "hash"', "c.toml:1: [[mask]] has neither fields nor values"),
        ('[[mask]]\nfields = "a"\nwith = "x"', "c.toml:3: with is drop, hash or last4, not 'x'"),
        ('[[mask]]\nvalues = "("\nwith = "drop"', "c.toml:2: values is email, card, phone, iban, ip or a"),
        ('[[mask]]\nvalues = "x*"\nwith = "drop"', "c.toml:2: values finds nothing at all in every text"),
        ('[[mask]]\nfields = []\nwith = "drop"', "c.toml:2: fields takes a text or a list"),
        ('[mask]\nwith = "drop"', "c.toml:1: mask may stand several times: write [[mask]]"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as told:
        masks_of(text)
    assert str(told.value).startswith(reason)


@pytest.mark.parametrize(
    "slow",
    [r"(a+)+b", r"(?:[a-z]+\.)+x", r"(a|aa)+$", r"(x)\1", r"\w+@\w+\.com", r"(?:a?){30}b", r"(?=.*y.*y)z"],
)
def test_an_expression_that_a_text_could_make_slow_is_refused(slow: str) -> None:
    with pytest.raises(UsageError, match="could take minutes on one text"):
        masks_of(f"[[mask]]\nvalues = '{slow}'\nwith = \"drop\"")


@pytest.mark.parametrize(
    "quick", [r"EMP-\d+", r"\w++@\w++", r"(\d{3}-){2}\d{4}", r"\b(?:foo|bar)\b", r"(?i)name: \w{1,40}"]
)
def test_other_expressions_are_not(quick: str) -> None:
    assert masks_of(f"[[mask]]\nvalues = '{quick}'\nwith = \"drop\"").rules[0].values == quick


def test_without_hashes_no_key_is_made(state: Path) -> None:
    assert mask_key(Masks((MaskRule(("a",), by=MaskWith.DROP),)), {}) == b""
    assert mask_key(Masks(), {}) == b""
    assert not state.exists()


def test_a_key_is_made_once_for_its_owner_alone() -> None:
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(mask_key(HASHING, {}))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file = usual_key_file()
    assert len(set(keys)) == 1 and len(keys) == 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["mask.key"]
    assert key_origin(HASHING, {}) == str(file)


def test_a_key_is_taken_from_the_environment_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "k"
    file.write_bytes(b"f" * 16 + b"\n")
    masks = Masks(HASHING.rules, file)
    assert mask_key(masks, {}) == b"f" * 16
    assert mask_key(masks, {KEY_VARIABLE: "e" * 16}) == b"e" * 16
    assert key_origin(masks, {KEY_VARIABLE: "e" * 16}) == f"environment {KEY_VARIABLE}"


def test_a_key_that_is_named_is_not_made_and_not_short(tmp_path: Path) -> None:
    masks = Masks(HASHING.rules, tmp_path / "k")
    with pytest.raises(UsageError, match="is not there; make one: openssl rand"):
        mask_key(masks, {})
    (tmp_path / "k").write_bytes(b"short\n")
    with pytest.raises(UsageError, match="has 5 bytes, 16 are the least"):
        mask_key(masks, {})


def test_a_fingerprint_tells_rules_and_keys_apart_and_gives_none_away() -> None:
    other = Masks((MaskRule(("b",)),))
    prints = [HASHING.fingerprint(b"k" * 16), HASHING.fingerprint(b"j" * 16), other.fingerprint(b"k" * 16)]
    assert len(set(prints)) == 3
    assert HASHING.fingerprint(b"k" * 16) == prints[0]
    assert Masks().fingerprint(b"") == ""
