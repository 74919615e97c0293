"""What may be written in one place of the routing map: names, references, durations, days and hours."""

import re
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from routing.calendars import Opening
from routing.map import Span
from routing.map_yaml import shown
from routing.public_holidays import countries
from routing.spans import KINDS
from routing.tariff import UnknownModel, tariff

RULES_MAX = 200
A_DAY = 24 * 60
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

TimeOfWeek = tuple[int, time]  # Monday is 0


def _readable(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    if not all(mark.isprintable() or mark == "\n" for mark in value):
        raise ValueError("has characters that cannot be shown")
    return " ".join(value.split())


def listed(value: Any) -> Any:
    """One thing needs no brackets."""
    return [value] if isinstance(value, str) else value


def few(value: Any) -> Any:
    if isinstance(value, list) and len(value) > RULES_MAX:
        raise ValueError(f"has more than {RULES_MAX} rules")
    return value


def _distinct(values: list[str]) -> list[str]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"has {shown(value)} twice")
        seen.add(value)
    return values


def _like(pattern: str, what: str) -> AfterValidator:
    form = re.compile(pattern)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(f"must be {what}, not {shown(value)}")
        return value

    return AfterValidator(check)


def _known(kind: str) -> AfterValidator:
    """A reference to something else in the file; the names are in the validation's context."""

    def check(value: str, info: ValidationInfo) -> str:
        assert info.context is not None, "the file is always validated with its own names"
        if value not in info.context[kind]:
            raise PydanticCustomError("dangling", "unknown", {"name": value, "kind": kind})
        return value

    return AfterValidator(check)


def _span(value: Any) -> Span:
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value}m"
    match = re.fullmatch(r"([0-9]{1,6})(m|h|d|bh)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"must be a duration such as 30m, 24h, 2d or 8bh (business hours), not {shown(value)}")
    minutes = int(match[1]) * {"m": 1, "h": 60, "d": 24 * 60, "bh": 60}[match[2]]
    if not 1 <= minutes <= 366 * 24 * 60:
        raise ValueError(f"must be between a minute and a year, not {shown(value)}")
    return Span(minutes=minutes, is_business=match[2] == "bh")


def _wall_clock(span: Span) -> Span:
    if span.is_business:
        raise ValueError("runs by the wall clock: write it with m, h or d")
    return span


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"must be a date such as 2026-12-24, not {shown(value)}") from None


_CLOCK = re.compile(r"\d\d?:\d\d")
_HOURS = re.compile(r"(\d\d?:\d\d) ?[-–] ?(\d\d?:\d\d)")


def _opening(value: Any) -> Opening:
    match = _HOURS.fullmatch(value) if isinstance(value, str) else None
    opens, closes = (_minutes(part) for part in match.groups()) if match else (0, 0)
    if opens == closes or opens >= A_DAY or closes > A_DAY:
        raise ValueError(f"must be opening hours such as 9:00-12:30 or 22:00-6:00, not {shown(value)}")
    return time(*divmod(opens, 60)), time(*divmod(closes % A_DAY, 60))


def _minutes(clock: str) -> int:
    hours, minutes = (int(part) for part in clock.split(":"))
    return hours * 60 + minutes if minutes < 60 else A_DAY + 1  # noqa: PLR2004 - minutes of an hour


def _time(value: Any) -> time:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    minutes = _minutes(match[0]) if match else A_DAY
    if minutes >= A_DAY:
        raise ValueError(f"must be a time of day such as 9:00, not {shown(value)}")
    return time(*divmod(minutes, 60))


def _time_of_week(value: Any) -> TimeOfWeek:
    day, _, clock = value.partition(" ") if isinstance(value, str) else ("", "", "")
    try:
        return _weekday(day), _time(clock.strip())
    except ValueError:
        raise ValueError(f"must be a weekday and a time such as monday 9:00, not {shown(value)}") from None


def _weekday(written: str) -> int:
    """Its name, or the first letters of it."""
    short = written[:3].lower()
    if short not in WEEKDAYS or not DAY_NAMES[WEEKDAYS.index(short)].startswith(written.lower()):
        raise ValueError(f"is no weekday: {shown(written)}")
    return WEEKDAYS.index(short)


def _in_order(openings: list[Opening]) -> list[Opening]:
    """What closes after midnight is the last of its day."""
    if any(one[1] <= one[0] or one[1] > other[0] for one, other in pairwise(openings)):
        raise ValueError("must be in order and must not overlap")
    return openings


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"must be a time zone such as Europe/Berlin, not {shown(value)}") from None
    return value


def _country(value: str) -> str:
    """Its code. A name is no code; it is known only to be asked whether the code was meant."""
    known = countries()
    if not value.isupper() or value not in known:
        raise PydanticCustomError("dangling", "unknown", {"name": value, "kind": "countries", "known": known})
    return known[value]


def _weekdays(value: str) -> str:
    if not days_of(value):
        raise ValueError("must be a weekday such as mon, or a range such as mon-fri")
    return value


def days_of(written: str) -> range:
    first, _, last = (part.strip() for part in written.partition("-"))
    try:
        return range(_weekday(first), _weekday(last or first) + 1)
    except ValueError:
        return range(0)


def _own(label: str) -> str:
    if label in KINDS:
        raise ValueError(f"is called {label}, which the desk masks by itself: give it another name")
    return label


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(  # noqa: TRY004 - pydantic's word for a value it does not take
            f"must be a number of dollars such as 3 or 0.50, not {shown(value)}"
        )
    return value


def _priced(model: str) -> str:
    try:
        tariff(model)
    except UnknownModel as problem:
        raise ValueError(f"names a model that cannot be budgeted. {str(problem).removesuffix('.')}") from None
    return model


Text = Annotated[str, Field(max_length=500), AfterValidator(_readable)]
Name = Annotated[str, _like(r"[a-z0-9_]{1,48}", "a name of small letters, digits and _")]
Address = Annotated[str, _like(r"(queue|agent|team|handler):[a-z0-9_]{1,48}", "an address such as queue:billing")]
ChannelRef = Annotated[str, _like(r"#[\w.-]{1,80}|[CG][A-Z0-9]{2,20}", 'a channel such as "#help" or C012AB3CD')]
PersonRef = Annotated[str, _like(r"@[\w.-]{1,80}|[UW][A-Z0-9]{2,20}", 'a person such as "@ines" or U012AB3CD')]
GroupRef = Annotated[str, _like(r"group:[\w.-]{1,80}|S[A-Z0-9]{2,20}", "a group such as group:front-desk")]
OwnerRef = Annotated[
    str, _like(r"(@|group:)[\w.-]{1,80}|[UWS][A-Z0-9]{2,20}", 'a person such as "@ines" or a group such as group:sales')
]
SenderRef = Annotated[
    str, _like(r"(#|group:)[\w.-]{1,80}|[CGS][A-Z0-9]{2,20}", "everyone, a channel or a group such as group:sales")
]
ModelRef = Annotated[str, AfterValidator(_priced)]
PromptRef = Annotated[str, _like(r"v[0-9]{1,6}", "a version such as v1")]
Dollars = Annotated[float, BeforeValidator(_number), Field(ge=0.01, le=10_000, strict=False)]
Label = Annotated[
    str,
    _like(r"[A-Z][A-Z0-9_]{0,30}", "a label of capital letters, digits and _, such as EMPLOYEE"),
    AfterValidator(_own),
]
Texts = Annotated[list[Text], BeforeValidator(listed)]
Names = Annotated[list[Name], BeforeValidator(listed), AfterValidator(_distinct)]
RoleRef = Annotated[str, _known("roles")]
Duration = Annotated[Span, BeforeValidator(_span)]
Wait = Annotated[Span, BeforeValidator(_span), AfterValidator(_wall_clock)]
Day = Annotated[date, BeforeValidator(_day)]
Time = Annotated[time, BeforeValidator(_time)]
WeekTime = Annotated[TimeOfWeek, BeforeValidator(_time_of_week)]
Title = Annotated[str, Field(max_length=200), AfterValidator(_readable)]
Owners = Annotated[list[OwnerRef], BeforeValidator(listed)]
People = Annotated[list[PersonRef], BeforeValidator(listed)]
Senders = Annotated[list[SenderRef], BeforeValidator(lambda value: [] if value == "everyone" else listed(value))]
Zone = Annotated[str, AfterValidator(_zone)]
Weekdays = Annotated[str, AfterValidator(_weekdays)]
Openings = Annotated[
    list[Annotated[Opening, BeforeValidator(_opening)]], BeforeValidator(listed), AfterValidator(_in_order)
]
Country = Annotated[str, AfterValidator(_country)]
DestinationRef = Annotated[str, _known("destinations")]
CustomerRef = Annotated[str, _known("customers")]
CalendarRef = Annotated[str, _known("calendars")]
TierRef = Annotated[str, _known("tiers")]
RiskRef = Annotated[str, _known("risks")]
CategoryRef = Annotated[str, _known("categories")]
IntentRef = Annotated[str, _known("intents")]
OneOf = Field(strict=False)
