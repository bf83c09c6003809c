"""How readings say themselves: short, with units, the same everywhere."""

from __future__ import annotations

from console.model import Slice

_LINE_BREAKERS = {code: 0x2400 + code for code in range(0x20)} | dict.fromkeys(
    (0x7F, *range(0x80, 0xA0), 0x2028, 0x2029), "\N{REPLACEMENT CHARACTER}"
)


def percent(share: float | None) -> str:
    """`0.354` as `35 %`; under a tenth of a percent as `<0.1 %`."""
    if share is None:
        return "no baseline"
    if share == 0:
        return "0 %"
    if share < 0.001:
        return "<0.1 %"
    return f"{share:.1%}".replace("%", " %") if share < 0.1 else f"{share:.0%}".replace("%", " %")


def number(value: float | None) -> str:
    """Four significant digits, no exponent where it can be avoided in a few characters."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


def within(where: Slice, text: str) -> str:
    """`text`, led by the slice that it is about."""
    return f"{short(where.dimension)}={short(where.value)}: {text}" if where.dimension else text


def short(text: str, length: int = 60) -> str:
    """`text`, cut to a length that fits a line, with signs for what would break the line."""
    kept = text if len(text) <= length else text[: length - 1] + "…"
    return kept.translate(_LINE_BREAKERS)
