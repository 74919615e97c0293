"""The agenda: what is to be told at which time is composed and published when its time comes, once, whoever looks."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from routing.bulletins import Appointment, Bulletin, BulletinKind, Composer, due, newest_due
from routing.map import RoutingMap
from routing.model import Entry
from routing.ports import Clock
from routing.publishing import Bulletins

FIRST_PATIENCE = timedelta(minutes=1)
LONGEST_PATIENCE = timedelta(hours=1)
MOST_DOUBLINGS = 10

Composers = Mapping[BulletinKind, Composer]


class Agenda:
    """An appointment whose kind nobody composes is not kept. `wake` is called when something new is owed."""

    def __init__(
        self,
        *,
        appointments: Sequence[Appointment],
        composers: Composers,
        bulletins: Bulletins,
        routing_map: RoutingMap,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._appointments = [one for one in appointments if one.kind in composers]
        self._composers = composers
        self._bulletins = bulletins
        self._map = routing_map
        self._clock = clock
        self._wake = wake
        self._failures: dict[str, tuple[int, datetime]] = {}

    async def begin(self) -> None:
        """Before anything else: whatever is kept for the first time owes nobody what was due before."""
        now = self._clock()
        for one in self._appointments:
            if await self._bulletins.last_fired(one.job) is None:
                await self._begin(one, now)

    async def sweep(self) -> int:
        """Publish what has come due. Returns how much that was. An appointment that breaks holds up no other."""
        done = await asyncio.gather(*(self._tried(one) for one in self._appointments), return_exceptions=True)
        problems = [one for one in done if isinstance(one, Exception)]
        if problems:
            raise ExceptionGroup("some appointments could not be kept", problems)
        return sum(one for one in done if isinstance(one, int))

    async def _tried(self, appointment: Appointment) -> int:
        """What breaks is tried again after a while, and each time after a longer one: composing may be dear."""
        failures, again_at = self._failures.get(appointment.job, (0, None))
        now = self._clock()
        if again_at and now < again_at:
            return 0
        try:
            kept = await self._keep(appointment)
        except BaseException:
            patience = min(FIRST_PATIENCE * 2 ** min(failures, MOST_DOUBLINGS), LONGEST_PATIENCE)
            self._failures[appointment.job] = (failures + 1, now + patience)
            raise
        self._failures.pop(appointment.job, None)
        return kept

    async def _keep(self, appointment: Appointment) -> int:
        now = self._clock()
        last = await self._bulletins.last_fired(appointment.job)
        if last is None:
            await self._begin(appointment, now)
            return 0
        fire_at = due(appointment, self._map.hours, now, last)
        if fire_at is None:
            return 0
        composed = await self._composers[appointment.kind].compose(appointment, fire_at)
        is_ours = await self._publish(appointment, fire_at, composed, now)
        return len(composed) if is_ours else 0

    async def _begin(self, appointment: Appointment, now: datetime) -> None:
        """The desk keeps this one for the first time: it owes nobody this morning's digest, only those from now on."""
        newest = newest_due(appointment, self._map.hours, now) or now
        entry = _entry("agenda_began", appointment, newest, now)
        await self._bulletins.publish(appointment.job, newest, (), entry, self._map.version)

    async def _publish(
        self, appointment: Appointment, fire_at: datetime, composed: Sequence[Bulletin], now: datetime
    ) -> bool:
        """False: another desk was faster, and what was composed here is told by nobody."""
        entry = told(appointment, fire_at, now, composed)
        is_ours = await self._bulletins.publish(appointment.job, fire_at, composed, entry, self._map.version)
        if is_ours and composed:
            self._wake()
        return is_ours


def told(appointment: Appointment, fire_at: datetime, now: datetime, composed: Sequence[Bulletin]) -> Entry:
    """The audit's line for what was told, or for having nothing to say."""
    kind = "bulletin_posted" if composed else "nothing_to_say"
    return _entry(kind, appointment, fire_at, now, pages=sum(one.pages for one in composed))


def _entry(kind: str, appointment: Appointment, fire_at: datetime, now: datetime, **more: int) -> Entry:
    facts = {"job": appointment.job, "kind": appointment.kind.value, "fire_at": fire_at.isoformat(), **more}
    return Entry(type=kind, at=now, facts=facts)
