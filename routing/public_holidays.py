"""Public holidays by country and region, as the `holidays` library knows them: the only place that asks it."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from types import ModuleType

# A dozen calendars over a score of years; one year is a dozen dates.
YEARS_KEPT = 256


@lru_cache(maxsize=YEARS_KEPT)
def public_holidays(country: str, region: str, year: int) -> frozenset[date]:
    """The days nobody is expected to work there; none for a year the library does not reach (it ends with 2100)."""
    return frozenset(_library().country_holidays(country, subdiv=region or None, years=year))


@cache
def countries() -> Mapping[str, str]:
    """Every spelling of a known country — `DE`, `DEU`, `Germany` — and the code it stands for.

    The names themselves are no codes; they are here so that who writes one can be told the code.
    """
    _library()
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - part of what is loaded late

    known: dict[str, str] = {}
    for name, code, *others in COUNTRIES.values():
        known |= dict.fromkeys((name, code, *(one for one in others if one.isupper())), code)
    return known


@cache
def regions(country: str) -> Mapping[str, str]:
    """Every spelling of a region of this country — `BY`, `Bayern` — and the code it stands for."""
    there = getattr(_library(), country)
    return {one: one for one in there.subdivisions} | dict(there.subdivisions_aliases)


def _library() -> ModuleType:
    import holidays  # noqa: PLC0415 - a tenth of a second and 12 MB, for maps that name a country only

    return holidays
