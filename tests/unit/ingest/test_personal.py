"""What is personal in a text is found, what looks like it is left, and no text takes long."""

from __future__ import annotations

from time import process_time

import pytest

from console.ingest.personal import finder, least_number, longest, shortest
from console.model import PATTERNS

FOUND = [
    ("email", "to john.doe+x@mail.example.org, now", ["john.doe+x@mail.example.org"]),
    ("email", "mailto:Jürgen@müller.example.", ["Jürgen@müller.example"]),
    ("email", "root@localhost and a@b@c", ["root@localhost", "a@b"]),
    ("email", "@home, or 5 @ 3", []),
    ("card", "4111 1111 1111 1111", ["4111 1111 1111 1111"]),
    ("card", "paid 2026 4111111111111111 12 times", ["4111111111111111"]),
    ("card", "378282246310005 or 4111-1111-1111-1111.", ["378282246310005", "4111-1111-1111-1111"]),
    ("card", "4111111111111112, 1793620800123456789012", []),
    ("phone", "+49 151 1234-5678 or 0151 23456789", ["+49 151 1234-5678", "0151 23456789"]),
    ("phone", "(555) 123-4567, 555.123.4567", ["(555) 123-4567", "555.123.4567"]),
    ("phone", "2026-11-23T10:00:00+00:00 192.168.100.200 0.0123456789 1793620800123", []),
    ("phone", "a1b2c3d4-0555-1234-9999-123456789012", []),
    ("iban", "pay DE89 3704 0044 0532 0130 00 please now", ["DE89 3704 0044 0532 0130 00"]),
    ("iban", "GB82WEST12345698765432, de89370", ["GB82WEST12345698765432"]),
    ("iban", "de89370400440532013000", ["de89370400440532013000"]),
    ("iban", "DE88370400440532013000 ABCD12", []),
    ("ip", "from 10.1.2.3:80 and [2001:db8::1]:443", ["10.1.2.3", "2001:db8::1"]),
    ("ip", "::ffff:1.2.3.4.", ["::ffff:1.2.3.4"]),
    ("ip", "at 10:00:00, version 1.2.3, 1.2.3.4.5, 300.1.1.1, std::vector", []),
    (r"EMP-\d{4}", "EMP-1234, EMP-12", ["EMP-1234"]),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "text", "parts"), FOUND)
def test_parts_are_found_from_left_to_right(pattern: str, text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in finder(pattern)(text)] == parts


@pytest.mark.parametrize(("pattern", "text", "parts"), FOUND)
def test_nothing_that_is_found_is_shorter_or_smaller_than_what_is_looked_for(
    pattern: str, text: str, parts: list[str]
) -> None:
    assert all(shortest(pattern) <= len(part) <= longest(pattern) for part in parts)
    assert all(float(part) >= least_number(pattern) for part in parts if part.isdigit())


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_long_text_takes_time_in_proportion_to_its_length(pattern: str) -> None:
    """Ten times as long takes ten times as long, and not a hundred; much is left for a busy machine."""
    for piece in ("a", "1", "a@", "a@a.", "1 ", "411 ", "0123-", "+1 ", "DE89 ", "::", "1.1."):
        took = []
        for length in (20_000, 200_000):
            text = (piece * length)[:length]
            before = process_time()
            for _ in finder(pattern)(text):
                pass
            took.append(process_time() - before)
        assert took[1] < 0.05 + 40 * took[0], piece
