"""Watching the desk itself: looks every few minutes, and keeps one message to the operators for each episode.

An episode is what its bulletin's body says: it survives a restart, and two desks on one database tell of it once. Of
one thing no more than one episode begins in an hour: its key is the hour.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from routing.bulletins import Bulletin, BulletinKind, job_of, key_of
from routing.calendars import midnight
from routing.digests import alerts
from routing.digests.alerts import AN_HOUR, VOLUME, Alert, Day, Reading, Surge
from routing.kinds import ChannelId
from routing.map import RoutingMap
from routing.model import Entry
from routing.ports import Clock

PREFIX = "alert:"
WEEKS = 4
DAYS_LOOKED_AT = 7
LOOK_EVERY = timedelta(minutes=1)
# Newer than these there is no open episode: each lasts until it is over, and few do.
_EPISODES_LOOKED_AT = 200
_A_DAY, _A_WEEK = timedelta(days=1), timedelta(days=7)

Spell = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What became of the requests of one spell of time, as it is known by now."""

    decided: int
    to_people: int
    placed: int
    stood: int


class Watched(Protocol):
    """Each spell is from its first moment to just before its last."""

    async def decided(self, spells: Sequence[Spell]) -> Sequence[Counted]:
        """Of the requests that came in each spell: decided, sent to people, sent somewhere, left standing there."""
        ...

    async def came(self, spells: Sequence[Spell]) -> Sequence[Mapping[str, int]]:
        """How many requests of each category came in each spell."""
        ...

    async def begun(self) -> datetime | None:
        """When the first request ever came."""
        ...


class Board(Protocol):
    """Of the port `Bulletins`, what alerts need."""

    async def publish(
        self, job: str, fire_at: datetime, bulletins: Sequence[Bulletin], entry: Entry, map_version: str
    ) -> bool: ...

    async def amend(self, bulletin: Bulletin, entry: Entry, map_version: str) -> None: ...

    async def of_job(self, prefix: str, limit: int) -> Sequence[Bulletin]: ...


_BODY = TypeAdapter(Alert)


def alert_in(bulletin: Bulletin) -> Alert:
    return _BODY.validate_json(bulletin.body)


Known = Mapping[str, tuple[Bulletin, Alert]]


class Episodes:
    """What was and is alarming, as the operators were told."""

    def __init__(self, board: Board, map_version: str) -> None:
        self._board = board
        self._version = map_version

    async def last(self) -> Known:
        """The newest episode of each thing there was one of."""
        found: dict[str, tuple[Bulletin, Alert]] = {}
        for bulletin in await self._board.of_job(PREFIX, _EPISODES_LOOKED_AT):
            alert = alert_in(bulletin)
            found.setdefault(alert.name, (bulletin, alert))
        return found

    async def told(self, found: Sequence[Reading], known: Known, to: ChannelId, now: datetime) -> list[Bulletin]:
        """Edit what has gone on or is over; what begins is returned, for whoever publishes it."""
        begins = []
        for one in found:
            bulletin, before = known.get(one.name, (None, None))
            after = alerts.following(before, one, now)
            if after is None:
                continue
            if bulletin is None or before is None or not before.is_open:
                begins.append(_bulletin(after, to))
                continue
            entry = alerted(after, "over" if after.over_at else "changed", now)
            await self._board.amend(replace(bulletin, body=_body(after)), entry, self._version)
        return begins

    async def published(self, begins: Sequence[Bulletin], now: datetime) -> None:
        for one in begins:
            entry = alerted(alert_in(one), "begun", now)
            await self._board.publish(job_of(one.key), _hour(now), [one], entry, self._version)


class Alerts:
    """Call `sweep` as often as you like. Without a channel for operators there are no alerts."""

    def __init__(
        self, watched: Watched, board: Board, *, routing_map: RoutingMap, operators: ChannelId | None, clock: Clock
    ) -> None:
        self._watched = watched
        self._episodes = Episodes(board, routing_map.version)
        self._zone = ZoneInfo(routing_map.hours.zone)
        self._operators = operators
        self._clock = clock
        self._looked_at: datetime | None = None
        self._looked_back_at: datetime | None = None

    async def sweep(self) -> None:
        if self._operators is None:
            return
        now = self._clock().astimezone(UTC)
        if self._looked_at and timedelta() <= now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        known = await self._episodes.last()
        found = [*await self._volumes(known, now), *await self._days(now)]
        begins = await self._episodes.told(found, known, self._operators, now)
        await self._episodes.published(begins, now)

    async def _volumes(self, known: Known, now: datetime) -> list[Reading]:
        """Whatever came within the hour, and whatever still has an episode."""
        spells = _hours(now, self._zone)
        current, *before = await self._watched.came(spells)
        begun = await self._watched.begun()
        weeks = [counts for counts, (since, _) in zip(before, spells[1:], strict=True) if begun and begun <= since]
        lasting = {alert.about for _, alert in known.values() if alert.what == VOLUME and alert.is_open}
        return [
            alerts.volume(
                category,
                Surge(
                    count=current.get(category, 0),
                    before=sum(one.get(category, 0) for one in weeks),
                    weeks=len(weeks),
                ),
            )
            for category in sorted({*current, *lasting})
        ]

    async def _days(self, now: datetime) -> list[Reading]:
        """Whole days only, so once an hour is enough: what changes in them is what people object to afterwards."""
        if self._looked_back_at == _hour(now):
            return []
        self._looked_back_at = _hour(now)
        days = _days(now, self._zone)
        counted = await self._watched.decided([spell for _, spell in days])
        told = [
            Day(day=day, decided=one.decided, to_people=one.to_people, placed=one.placed, stood=one.stood)
            for (day, _), one in zip(days, counted, strict=True)
        ]
        return [alerts.accuracy(told), alerts.humans(told)]


def alerted(alert: Alert, state: str, now: datetime) -> Entry:
    """Counts, and neither shares nor words."""
    facts: dict[str, str | int | bool | None] = {"what": alert.what, "about": alert.about or None, "state": state}
    for name, tally in zip(("before", "now"), alert.tallies, strict=False):
        facts |= {f"{name}_hits": tally.hits, f"{name}_of": tally.of}
    if alert.surge:
        facts |= {"count": alert.surge.count, "before": alert.surge.before, "weeks": alert.surge.weeks}
    return Entry(type="alerted", at=now, facts=facts)


def _bulletin(alert: Alert, to: ChannelId) -> Bulletin:
    # Whatever a map calls its intents: a key is read by programs.
    name = re.sub(r"[^A-Za-z0-9_:.-]", "_", alert.name)
    key = key_of(f"{PREFIX}{name}", _hour(alert.since))
    return Bulletin(key=key, kind=BulletinKind.ALERT, to=to, body=_body(alert))


def _body(alert: Alert) -> str:
    return _BODY.dump_json(alert).decode()


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours(now: datetime, zone: ZoneInfo) -> list[Spell]:
    """The last hour, and the same hour by the clocks there of each week before."""
    local = now.astimezone(zone)
    ends = [now, *((local - week * _A_WEEK).astimezone(UTC) for week in range(1, WEEKS + 1))]
    return [(end - AN_HOUR, end) for end in ends]


def _days(now: datetime, zone: ZoneInfo) -> list[tuple[date, Spell]]:
    """The last whole days by the clocks there, in their order."""
    today = now.astimezone(zone).date()
    days = [today - back * _A_DAY for back in range(DAYS_LOOKED_AT, 0, -1)]
    return [(day, (midnight(day, zone), midnight(day + _A_DAY, zone))) for day in days]
