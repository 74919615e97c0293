"""What a person asks to see at once: what is due where they work, and the digests of the groups they lead."""

import asyncio
from collections.abc import Sequence
from datetime import date

from handlers import bulletins, digest_daily, digest_patterns, wording_commands, wording_digests
from handlers.blocks import Drawn, Setting, context, drawn, mrkdwn
from handlers.bulletins import Sight
from handlers.directory import SlackDirectory
from routing.bulletins import Appointment, BulletinKind, appointments, newest_due
from routing.digests.retelling import Retelling, Retold, fire_time
from routing.kinds import (
    DestinationName,
    PersonId,
    Standing,
)
from routing.map import Destination
from routing.ports import Clock

LED = frozenset({BulletinKind.DAILY, BulletinKind.PATTERNS})


class Digests:
    """Outsiders and guests can type the command, too: to them there is nothing to tell."""

    def __init__(
        self,
        *,
        retelling: Retelling,
        directory: SlackDirectory,
        sight: Sight,
        clock: Clock,
    ) -> None:
        self._retelling = retelling
        self._directory = directory
        self._sight = sight
        self._clock = clock

    async def due(self, by: PersonId) -> Sequence[Drawn]:
        """Of the places they own, and of those they lead; and what they asked themselves and waits its turn."""
        held = [one for one in await self._sight.cases.open_by(by) if one.is_held]
        waits = [drawn(wording_commands.in_line(held))] if held else []
        names = await self._places(by)
        if not names:
            return waits or [drawn(wording_commands.NOTHING_YOURS)]
        return [*await self._due(names, by), *waits]

    async def _due(self, names: Sequence[DestinationName], by: PersonId) -> Sequence[Drawn]:
        listed = await self._retelling.composer.due(names, self._clock())
        if not (listed.overdue.count or listed.act_fast.count or listed.queue.count or listed.approvals.count):
            return ()
        seen = await bulletins.seen(listed, self._sight)
        return [digest_daily.render_due(listed, seen.cases, self._setting(by), links=seen.links)]

    async def digest(self, by: PersonId, day: date | None) -> Sequence[Drawn]:
        if not self._sight.map.digests.leads:
            return [drawn(wording_commands.NOT_SET_UP)]
        led = await self._led(by)
        if not led:
            return [drawn(wording_commands.NOT_LED)]
        mornings = [await self._told(one, day) for one in led if one.kind is BulletinKind.DAILY]
        pages = [await self._drawn(one, by) for one in mornings if one]
        weeks = [await self._week(one, day) for one in led if one.kind is BulletinKind.PATTERNS] if day else []
        return [page for found in (*pages, *weeks) for page in found]

    async def _week(self, appointment: Appointment, day: date) -> Sequence[Drawn]:
        """Only a day that was asked for: the newest digest is seldom a Monday's."""
        told = await self._retelling.week(appointment, fire_time(appointment, day))
        return digest_patterns.render(told, Setting(map=self._sight.map), None) if told else ()

    async def _told(self, appointment: Appointment, day: date | None) -> Retold | None:
        if day is None:
            last = await self._retelling.newest(appointment)
            return last or await self._now(appointment)
        fire_at = fire_time(appointment, day)
        if fire_at > self._clock():
            return None
        return await self._retelling.morning(appointment, fire_at)

    async def _now(self, appointment: Appointment) -> Retold | None:
        """No digest was ever posted to them: this is what this morning's would say."""
        hours = self._sight.map.hours
        fire_at = newest_due(appointment, hours, self._clock())
        return await self._retelling.morning(appointment, fire_at) if fire_at else None

    async def _drawn(self, told: Retold, by: PersonId) -> Sequence[Drawn]:
        seen = await bulletins.seen(told.daily, self._sight)
        pages = digest_daily.render(
            told.daily, seen.cases, self._setting(by), links=seen.links, late=told.late, told_at=self._clock()
        )
        if told.was_posted:
            return pages
        note = context("not_posted", mrkdwn(wording_digests.NOT_POSTED))
        first = pages[0]
        return [Drawn(text=first.text, blocks=(*first.blocks, note)), *pages[1:]]

    def _setting(self, by: PersonId) -> Setting:
        return Setting(map=self._sight.map, seal=self._sight.seal.shown_to(by))

    async def _places(self, by: PersonId) -> Sequence[DestinationName]:
        if not await self._is_member(by):
            return ()
        led = {name for one in await self._led(by) for name in one.destinations}
        every = list(self._sight.map.destinations.values())
        owned = await asyncio.gather(*(self._owns(by, one) for one in every))
        return [one.name for one, is_owner in zip(every, owned, strict=True) if is_owner or one.name in led]

    async def _owns(self, by: PersonId, place: Destination) -> bool:
        return bool(place.owners) and await self._directory.is_any_of(by, place.owners)

    async def _led(self, by: PersonId) -> Sequence[Appointment]:
        """The digests that hang where this person is."""
        every = [one for one in appointments(self._sight.map) if one.kind in LED]
        are_in = await asyncio.gather(*(self._directory.is_in(by, one.to) for one in every))
        return [one for one, is_in in zip(every, are_in, strict=True) if is_in]

    async def _is_member(self, by: PersonId) -> bool:
        return (await self._directory.person(by)).standing is Standing.MEMBER
