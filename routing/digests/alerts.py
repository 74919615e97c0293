"""When something about the desk itself is alarming, how long it stays so, and when it is over. Pure.

One message for each episode. It begins beyond one limit and ends within another, so that what hovers at a limit does
not begin and end all day:

- Routing: fewer than 85 % of a day's decisions left standing on two days running; over with a day of 87 % or more.
- People: more than 30 % of a day's requests sent to human triage on two days running; over with 28 % or fewer.
  A day counts with 20 or more of them; days running are counted days, so a quiet weekend neither ends nor makes it.
- Volume: at least 10 requests of one category within an hour where chance alone would bring so many less than once in
  10,000 hours, compared with the same hour of the four weeks before; over when it would more than once in 100.
- Drift: a destination more than 5 points below what it was; over within 3 points, or when too few cases tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from routing.digests.statistics import chance_of_rise

ACCURACY, HUMANS, VOLUME, DRIFT = "accuracy", "humans", "volume", "drift"

COUNTED_MIN = 20  # decisions of a day, before it says anything
ACCURACY_MIN, ACCURACY_CALM = 0.85, 0.87
HUMANS_MAX, HUMANS_CALM = 0.30, 0.28
SURGE_MIN = 10  # requests within an hour
SURGE_CHANCE, SURGE_CALM = 0.0001, 0.01
FALL_MAX, FALL_CALM = 0.05, 0.03
FALL_CASES_MIN = 30
AN_HOUR = timedelta(hours=1)

_RATE_MOVED = 0.02
_COUNT_MOVED, _COUNT_MOVED_SHARE = 5, 0.25
_RUNNING = 2
# 0.90 - 0.85 is a hair more than 0.05 in floats, and no fall of more than five points.
_HAIR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many of so many; on that day, where it is a day's."""

    hits: int
    of: int
    day: date | None = None

    @property
    def rate(self) -> float:
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """So many within the hour, where the same hour of so many weeks before had `before` in all."""

    count: int
    before: int
    weeks: int

    @property
    def usual(self) -> float:
        return self.before / self.weeks if self.weeks else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local day: requests decided, of which sent to people; decisions that chose a place, of which left standing."""

    day: date
    decided: int
    to_people: int
    placed: int
    stood: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a look found. Between alarming and calm an episode neither begins nor ends.

    `tallies` are the last two counted days, or then and now; `about` is the category or destination, as the map has it.
    """

    what: str
    is_alarming: bool
    is_calm: bool
    about: str = ""
    tallies: tuple[Tally, ...] = ()
    surge: Surge | None = None

    @property
    def name(self) -> str:
        return f"{self.what}:{self.about}" if self.about else self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An episode, with the figures it was last told with. As JSON, an alert's body: so it outlives the process."""

    what: str
    about: str
    since: datetime
    told_at: datetime
    tallies: tuple[Tally, ...] = ()
    surge: Surge | None = None
    over_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.over_at is None

    @property
    def name(self) -> str:
        return f"{self.what}:{self.about}" if self.about else self.what


def accuracy(days: Sequence[Day]) -> Reading:
    """`days` in their order; those with too few decisions do not count."""
    tallies = _last(Tally(hits=one.stood, of=one.placed, day=one.day) for one in days)
    return Reading(
        what=ACCURACY,
        is_alarming=len(tallies) == _RUNNING and all(one.rate < ACCURACY_MIN for one in tallies),
        is_calm=not tallies or tallies[-1].rate >= ACCURACY_CALM,
        tallies=tallies,
    )


def humans(days: Sequence[Day]) -> Reading:
    tallies = _last(Tally(hits=one.to_people, of=one.decided, day=one.day) for one in days)
    return Reading(
        what=HUMANS,
        is_alarming=len(tallies) == _RUNNING and all(one.rate > HUMANS_MAX for one in tallies),
        is_calm=not tallies or tallies[-1].rate <= HUMANS_CALM,
        tallies=tallies,
    )


def volume(category: str, surge: Surge) -> Reading:
    """Without a week to compare with, nobody knows what is usual."""
    chance = chance_of_rise(surge.count, surge.before, surge.weeks) if surge.weeks else 1.0
    return Reading(
        what=VOLUME,
        about=category,
        is_alarming=surge.count >= SURGE_MIN and chance < SURGE_CHANCE,
        is_calm=chance >= SURGE_CALM,
        surge=surge,
    )


def drift(destination: str, then: Tally, now: Tally) -> Reading:
    fall = then.rate - now.rate
    is_enough = now.of >= FALL_CASES_MIN
    return Reading(
        what=DRIFT,
        about=destination,
        is_alarming=is_enough and fall > FALL_MAX + _HAIR,
        is_calm=not is_enough or fall <= FALL_CALM + _HAIR,
        tallies=(then, now),
    )


def following(before: Alert | None, found: Reading, now: datetime) -> Alert | None:
    """The episode as it is told from now on; nothing where nothing begins, ends or has moved enough to be told.

    What an episode was last told with stays when it is over: that is what people will ask about.
    """
    if before is None or not before.is_open:
        if not found.is_alarming:
            return None
        return _begun(found, now)
    if found.is_calm:
        return replace(before, over_at=now, told_at=now)
    if now - before.told_at >= AN_HOUR and _has_moved(before, found):
        return replace(before, told_at=now, tallies=found.tallies, surge=found.surge)
    return None


def _begun(found: Reading, now: datetime) -> Alert:
    return Alert(what=found.what, about=found.about, since=now, told_at=now, tallies=found.tallies, surge=found.surge)


def _last(days: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple([one for one in days if one.of >= COUNTED_MIN][-_RUNNING:])


def _has_moved(told: Alert, found: Reading) -> bool:
    """Enough that somebody would act otherwise: two points of a share, or a quarter of a count and at least five."""
    if told.surge and found.surge:
        moved = abs(found.surge.count - told.surge.count)
        return moved >= max(_COUNT_MOVED, told.surge.count * _COUNT_MOVED_SHARE)
    if len(told.tallies) != len(found.tallies):
        return True
    pairs = zip(told.tallies, found.tallies, strict=True)
    return any(abs(one.rate - other.rate) >= _RATE_MOVED - _HAIR for one, other in pairs)
