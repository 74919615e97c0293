"""Looking people up for the desk: what someone may do to a case, at the moment they press. Fails closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.authority import Actor, Holding, deputy_serves
from routing.decisions import GateNeed
from routing.kinds import (
    DestinationName,
    GateState,
    PersonId,
    RoleName,
    Standing,
)
from routing.map import Deputy, Role, RoutingMap
from routing.model import (
    Case,
    Person,
    Request,
)
from routing.outcome import hangs_in, place
from routing.ports import Directory, Unreachable


class People:
    def __init__(self, directory: Directory, routing_map: RoutingMap) -> None:
        self._directory = directory
        self._map = routing_map

    async def actor(self, case: Case, by: PersonId, now: datetime) -> Actor:
        try:
            return await self._actor(case, by, now)
        except Unreachable:
            unknown = Person(id=by, standing=Standing.UNKNOWN, team=case.request.team)
            return Actor(person=unknown, was_reached=False)

    async def is_member(self, person: PersonId) -> bool:
        """Raises Unreachable."""
        return (await self._directory.person(person)).standing is Standing.MEMBER

    async def unstaffed(self, needs: Sequence[GateNeed], asker: PersonId, now: datetime) -> frozenset[RoleName]:
        """Roles with too few people who could say yes, the asker and their deputies apart.

        When nobody can be asked, the gate waits: a press will find out.
        """
        empty = set()
        for need in needs:
            try:
                able = await self.able(need, asker, now)
            except Unreachable:
                continue
            if len(able) < need.approvals:
                empty.add(need.role)
        return frozenset(empty)

    async def able(self, need: GateNeed, asker: PersonId, now: datetime) -> frozenset[PersonId]:
        """Who could say yes before the gate expires, the backup included; not the asker, nor their deputies.

        Raises Unreachable.
        """
        names = [need.role, *([need.backup] if need.backup else [])]
        until = now + timedelta(minutes=need.expires_minutes)
        return frozenset(
            [who for name in names for who in await self._able(self._map.roles.get(name), asker, now, until)]
        )

    async def closed_to(self, request: Request) -> frozenset[DestinationName]:
        """The destinations this asker, from this channel, may not send to. Unreachable means not allowed."""
        closed = set()
        for name, destination in self._map.destinations.items():
            if not destination.senders or str(request.channel) in destination.senders:
                continue
            try:
                allowed = await self._directory.is_any_of(request.asker.id, destination.senders)
            except Unreachable:
                allowed = False
            if not allowed:
                closed.add(name)
        return frozenset(closed)

    async def _actor(self, case: Case, by: PersonId, now: datetime) -> Actor:
        person = await self._directory.person(by)
        if person.standing is not Standing.MEMBER:
            return Actor(person=person)
        here = place(self._map, case.decision.destination) if case.decision else self._map.triage
        owns = await self._directory.is_any_of(by, here.owners)
        triage = self._map.triage
        channel = hangs_in(case, self._map)
        works_here = (
            owns
            or await self._directory.is_any_of(by, triage.owners)
            or bool(channel and await self._directory.can_read(by, channel))  # type: ignore[arg-type] # resolved id
        )
        return Actor(
            person=person,
            names=await self._directory.names_of(by),
            owns=owns,
            works_here=works_here,
            holdings=await self._holdings(case, by, now),
            holds_p0=await self._holds(self._map.p0_role, by, now) if self._map.p0_role else False,
            asker_holds=await self._roles_of_asker(case),
            is_askers_deputy=await self._is_askers_deputy(case, by, now),
        )

    async def _holdings(self, case: Case, by: PersonId, now: datetime) -> tuple[Holding, ...]:
        found = []
        for gate in case.gates:
            if gate.state is not GateState.PENDING:
                continue
            through = [gate.need.role]
            if gate.need.backup and gate.backup_at <= now:
                through.append(gate.need.backup)
            for name in through:
                found += await self._as_holder(gate.need.role, name, by, now)
        return tuple(found)

    async def _is_askers_deputy(self, case: Case, by: PersonId, now: datetime) -> bool:
        names = {name for gate in case.gates for name in (gate.need.role, gate.need.backup) if name}
        roles = [self._map.roles[name] for name in sorted(names) if name in self._map.roles]
        deputies = [deputy for role in roles for deputy in await self._serving(role, now, now)]
        named = [deputy.who for deputy in deputies if _person(deputy.stands_for) == case.request.asker.id]
        return await self._directory.is_any_of(by, named)

    async def _as_holder(self, needed: RoleName, name: RoleName, by: PersonId, now: datetime) -> list[Holding]:
        role = self._map.roles.get(name)
        if role is None:
            return []
        if await self._directory.is_any_of(by, role.holders):
            return [Holding(role=needed, through=name)]
        return [
            Holding(role=needed, through=name, is_deputy=True, deputy_for=_person(deputy.stands_for))
            for deputy in await self._serving(role, now, now)
            if await self._directory.is_any_of(by, [deputy.who])
        ]

    async def _serving(self, role: Role, since: datetime, until: datetime) -> list[Deputy]:
        """Deputies on duty at any time in between. Nobody stands for a person who no longer holds the role."""
        zone = ZoneInfo(self._map.hours.zone)
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        return [
            deputy
            for deputy in role.deputies
            if deputy_serves(deputy.starts, deputy.ends, first, last)
            and (
                deputy.stands_for is None or await self._directory.is_any_of(PersonId(deputy.stands_for), role.holders)
            )
        ]

    async def _holds(self, name: RoleName, by: PersonId, now: datetime) -> bool:
        return bool(await self._as_holder(name, name, by, now))

    async def _roles_of_asker(self, case: Case) -> frozenset[RoleName]:
        asker = case.request.asker.id
        names = {gate.need.role for gate in case.gates} | {gate.need.backup for gate in case.gates if gate.need.backup}
        roles = [self._map.roles[name] for name in sorted(names) if name in self._map.roles]
        return frozenset([role.name for role in roles if await self._directory.is_any_of(asker, role.holders)])

    async def _able(self, role: Role | None, asker: PersonId, now: datetime, until: datetime) -> set[PersonId]:
        if role is None:
            return set()
        asker_holds = await self._directory.is_any_of(asker, role.holders)
        deputies = [
            deputy.who
            for deputy in await self._serving(role, now, until)
            if _person(deputy.stands_for) != asker and not (deputy.stands_for is None and asker_holds)
        ]
        references = [*role.holders, *deputies]
        everyone = {person for reference in references for person in await self._directory.members(reference)}
        return everyone - {asker}


def _person(reference: str | None) -> PersonId | None:
    return PersonId(reference) if reference else None
