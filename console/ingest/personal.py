"""Finds what is personal in a text: addresses, numbers of cards, phones and accounts, or one's own pattern.

Each finder gives the parts that it finds, from left to right, none over another. Those that have a name
take time in proportion to the text, whatever is in it: their repeats never take back what they matched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from math import inf

Finder = Callable[[str], Iterator[tuple[int, int]]]
"""Gives where each part begins and ends."""

LONGEST_TEXT = 2**20
"""Characters of a text in which the named patterns are looked for; a longer one is masked whole."""
LONGEST_FOR_OWN = 2**15
"""The same of a person's own patterns, which may go over a text again and again."""

_LEAST_CARD, _MOST_CARD = 13, 19
_LEAST_IBAN, _MOST_IBAN = 15, 34

_EMAIL = re.compile(r"(?<![\w.+%~#$*!^-])[\w.+%~#$*!^-]++@[\w-]++(?:\.[\w-]++)*+")
_DIGITS = re.compile(r"(?<![0-9])[0-9]{3,}+(?:[ \u00a0-][0-9]{3,}+)*+")
_GROUP = re.compile(r"[0-9]+")
_PHONE = re.compile(
    # With its country's number; with the 0 that leads out of town; as North America writes it.
    r"(?<![\w+])(?:\+|00)[1-9](?:[ ().\u00a0/-]{0,2}[0-9]){6,13}(?![0-9])"
    r"|(?<![\w.,+-])\(?0[1-9][0-9]{1,4}\)?[ /-]?[0-9]{3,9}(?:[ -]?[0-9]{2,4}){0,3}(?![\w])"
    r"|(?<![\w.,+-])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}(?![\w])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}+")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IP4 = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\w|\.[0-9])")
_IP6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,41}")


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Numbers of 13 to 19 digits, in groups of three or more, whose last digit is right by Luhn's sum."""
    for run in _DIGITS.finditer(text):
        if run.end() - run.start() < _LEAST_CARD:
            continue
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        at = 0
        while at < len(groups):
            until = _card_from(text, groups, at)
            if until > at:
                yield groups[at][0], groups[until - 1][1]
            at = max(until, at + 1)


def _card_from(text: str, groups: list[tuple[int, int]], first: int) -> int:
    """Behind which group the longest number ends that begins with this one; `first` if none does."""
    digits, found = "", first
    for place in range(first, min(first + _MOST_CARD, len(groups))):
        digits += text[slice(*groups[place])]
        if len(digits) > _MOST_CARD:
            break
        if len(digits) >= _LEAST_CARD and _luhn(digits):
            found = place + 1
    return found


def _luhn(digits: str) -> bool:
    """Source: ISO/IEC 7812-1, annex B."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(n - 9 if n > 9 else n for n in doubled)) % 10 == 0


def _phones(text: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _PHONE.finditer(text))


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Accounts whose check digits are right; words behind them may look like more of them."""
    for found in _IBAN.finditer(text):
        start, end = found.span()
        for until in range(end, start + _LEAST_IBAN - 1, -1):
            whole = until == len(text) or not text[until].isalnum()
            if whole and text[until - 1] != " " and _is_iban(text[start:until].replace(" ", "")):
                yield start, until
                break


def _is_iban(account: str) -> bool:
    """Source: ISO 13616-1, the check digits by ISO/IEC 7064, MOD 97-10."""
    if not _LEAST_IBAN <= len(account) <= _MOST_IBAN:
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1


def _ips(text: str) -> Iterator[tuple[int, int]]:
    found = [match.span() for match in _IP4.finditer(text)] if "." in text else []
    if text.count(":") > 1:
        for match in _IP6.finditer(text):
            start, end = match.start(), match.start() + len(match[0].rstrip("."))
            if _is_ip6(text[start:end]):
                found = [part for part in found if not start <= part[0] < end]
                found.append((start, end))
    yield from sorted(found)


def _is_ip6(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False


_FINDERS: Mapping[str, Finder] = {
    "email": _emails,
    "card": _cards,
    "phone": _phones,
    "iban": _ibans,
    "ip": _ips,
}
_SHORTEST = {"email": 3, "card": _LEAST_CARD, "phone": 7, "iban": _LEAST_IBAN, "ip": 2}


def finder(pattern: str) -> Finder:
    """Finds what the pattern means: by its name, or as a regular expression.

    Raises:
        re.error: it is neither.
    """
    if pattern in _FINDERS:
        return _FINDERS[pattern]
    expression = re.compile(pattern)

    def own(text: str) -> Iterator[tuple[int, int]]:
        return (found.span() for found in expression.finditer(text) if found.end() > found.start())

    return own


def shortest(pattern: str) -> int:
    """Characters that a text must have for the pattern to be in it."""
    return _SHORTEST.get(pattern, 1)


def least_number(pattern: str) -> float:
    """From which magnitude on a number may be what the pattern means; infinite if none is."""
    if pattern == "card":
        return 10.0 ** (_LEAST_CARD - 1)
    return inf if pattern in _FINDERS else 0.0


def longest(pattern: str) -> int:
    """Characters of a text in which the pattern is looked for."""
    return LONGEST_TEXT if pattern in _FINDERS else LONGEST_FOR_OWN
