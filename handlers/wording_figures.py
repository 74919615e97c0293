"""Figures as people read them: shares, changes, times, sums and days. Plain text."""

from datetime import date

from routing.budget import DOLLAR
from routing.shares import Share

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_PERCENT = 100
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_CENT = DOLLAR // 100


def rate(counted: Share) -> str:
    """A share with how far chance alone could have moved it: honest about few."""
    if counted.rate is None:
        return "nothing to count (n=0)"
    low, high = round(counted.low * _PERCENT), round(counted.high * _PERCENT)
    return f"{_percent(counted)} % ({low}–{high} %, n={counted.of:,})"


def change(percent: float | None) -> str:
    if percent is None:
        return "–"
    whole = round(percent)
    return f"+{whole:,} %" if whole > 0 else f"−{-whole:,} %" if whole < 0 else "±0 %"


def number(value: float) -> str:
    """One decimal where it tells something."""
    return f"{value:,.1f}".removesuffix(".0") if value < _PERCENT else f"{value:,.0f}"


def lasted(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{number(seconds)} s"
    if seconds < _HOUR:
        return f"{number(seconds / _MINUTE)} min"
    return f"{number(seconds / _HOUR)} h" if seconds < _DAY else f"{number(seconds / _DAY)} days"


def money(nano_dollars: float) -> str:
    """Cents as soon as there are any; a decision may cost a hundredth of one."""
    if 0 < nano_dollars < _CENT:
        return f"${nano_dollars / DOLLAR:.4f}" if nano_dollars >= _CENT / 100 else "less than $0.0001"
    return f"${nano_dollars / DOLLAR:,.2f}"


def span(first: date, last: date) -> str:
    if (first.month, first.year) == (last.month, last.year):
        return f"{first.day}–{day_of(last)}"
    return f"{day_of(first)} – {day_of(last)}"


def day_of(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _percent(counted: Share) -> str:
    """All and none are said only of all and none."""
    whole = round((counted.rate or 0) * _PERCENT)
    if whole == _PERCENT and counted.hits < counted.of:
        return f"over {_PERCENT - 1}"
    return "under 1" if whole == 0 and counted.hits else f"{whole}"
