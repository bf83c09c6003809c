"""Regular expressions for the JSON values that both ways of reading a line understand alike.

What they match is less than JSON allows. Whatever they do not match is not wrong: it is only left to
the way that goes through Python.
"""

from __future__ import annotations

import re

_HEX = "[0-9a-fA-F]"
_PAIR = rf"[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
_UNIT = rf"[0-9a-cA-CefEF]{_HEX}{{3}}|[dD][0-7]{_HEX}{{2}}"
_VISIBLE = rf"00[2-9a-fA-F]{_HEX}|0[1-9a-fA-F]{_HEX}{{2}}|[1-9a-cA-CefEF]{_HEX}{{3}}|[dD][0-7]{_HEX}{{2}}"
_SIGN = r'[^"\\\x00-\x1f]'
_ASCII_SIGN = r"[ !#-\[\]-\x7f]"
_CHARACTER = rf'(?:{_SIGN}|\\(?:["\\/bfnrt]|u(?:{_UNIT}|{_PAIR})))'
# As the above, but for control characters, which Python and DuckDB write in JSON each in a way of its own.
_KEPT = rf'(?:{_SIGN}|\\(?:["\\/bfnrt]|u(?:{_VISIBLE}|{_PAIR})))'
_BOOL = "true|false"
_WHOLE = "(?:0|[1-9][0-9]{0,14})"
_LONG = "-?(?:0|[1-9][0-9]{0,17})"
_MAGNITUDE = rf"{_WHOLE}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,2}})?"

STRING = f'"{_CHARACTER}*"'
TEXT = f"(?:{STRING}|{_BOOL}|null|{_LONG})"
"""What becomes text in a field or a tag."""
FEATURE_TEXT = f"(?:{STRING}|{_BOOL}|null)"
"""What becomes text in a feature, where a number would be one."""
SOME_TEXT = f'(?:"{_CHARACTER}+"|null)'
"""Text that is not empty."""
NUMBER = f"(?:-?{_MAGNITUDE}|null)"
"""Up to 15 digits before the point: as an integer they are a double of their own."""
NOT_NEGATIVE = f"(?:{_MAGNITUDE}|null)"
CONVERTIBLE = rf"(?:{_WHOLE}(?:\.[0-9]+)?|null)"
"""From 0 to below 2^53."""
STATUS = "(?:0|[1-9][0-9]{0,8}|null)"
COUNT = "(?:0|[1-9][0-9]{0,17}|null)"

# Numbers that Python and DuckDB write alike: without an exponent, shortest digits.
_PLAIN = rf"(?:-?{_WHOLE}|-?[1-9][0-9]{{0,11}}\.[0-9]{{1,20}}|-?0\.0{{0,3}}[1-9][0-9]{{0,20}}|0\.0)"
NUMBER_AS_TEXT = f"(?:{_PLAIN}|null)"
SCALAR = f'(?:"{_KEPT}*"|{_BOOL}|null|{_PLAIN})'
LIST = rf"(?:\[ ?(?:{SCALAR}(?:, ?{SCALAR})*)? ?\]|null)"

_DAY = (
    "(?:(?:19[89][0-9]|20[0-9]{2}|21[0-9]{2})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|20(?:[02468][048]|[13579][26])-02-29)"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
ISO_WITH_OFFSET = rf'"{_DAY}[T ]{_CLOCK}(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"'
ISO = rf'"{_DAY}[T ]{_CLOCK}(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"'
"""With or without an offset."""
SECONDS = r"[1-8][0-9]{9}(?:\.[0-9]{1,9})?"
MILLISECONDS = r"[1-8][0-9]{12}(?:\.[0-9]{1,6})?"
MICROSECONDS = "[1-8][0-9]{15}"
NANOSECONDS = "[1-8][0-9]{18}"

_PLAIN_TEXT = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]*')
_SPECIAL = frozenset("\\.+*?()|[]{}^$#&-~")


def literal(text: str) -> str:
    """An expression that matches this text alone."""
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in text)


def of_ascii(expression: str) -> str:
    """An expression that matches the same ASCII text, by an automaton of fewer states."""
    # No literal looks like this: its brackets have a backslash before them.
    return expression.replace(_SIGN, _ASCII_SIGN)


def is_plain(text: str) -> bool:
    """Whether JSON may write the text, between quotes, as it is."""
    return _PLAIN_TEXT.fullmatch(text) is not None
