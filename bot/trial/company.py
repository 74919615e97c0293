"""The company a map describes, as the pretend workspace's cast: its own people and channels, and some to talk to."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.model import Cast, Channel, Person, UserGroup
from routing.decisions import GateNeed
from routing.kinds import Audience
from routing.map import Reference, Role, RoutingMap
from routing.map_references import References, references

ALWAYS = ("random",)
OUTSIDE = "jonas"
MONITOR = "statusbot"
TRIAGE = "noor"
HANDY = "leo"  # works wherever the map names nobody
# Who stands in when a group of the map is unknown here: the first free one, then again from the start.
STAND_INS = ("viktor", "ines", "sam", "leo", "marco", "grace", "priya", "hana", "elena")


def company_for(routing_map: RoutingMap) -> Cast:
    """The shipped map gives the sample company. Another one adds what it names, and keeps no channel it does not."""
    named = references(routing_map)
    people = (*HALDEN_GOODS.people, *_newcomers(named, routing_map))
    groups = _groups(named)
    members = _Members(people, groups, routing_map)
    return replace(HALDEN_GOODS, people=people, groups=groups, channels=tuple(_channels(named, members)))


def person_behind(cast: Cast, reference: Reference) -> tuple[str, ...]:
    """The ids of the people a reference of the map means in this cast: one, or a whole group."""
    for person in cast.people:
        if reference in (f"@{person.handle}", person.id):
            return (person.id,)
    for group in cast.groups:
        if reference in (f"group:{group.handle}", group.id):
            return group.members
    return ()


def gate_rooms(routing_map: RoutingMap, key: str, need: GateNeed) -> tuple[Reference, ...]:
    """Where the card may hang while this gate is closed."""
    if need.channel:
        return (Reference(need.channel),)
    places = [one for one in routing_map.destinations.values() if key in one.intents or one.is_privileged]
    return tuple(one.channel for one in places or routing_map.destinations.values() if one.channel)


def channel_behind(cast: Cast, reference: Reference) -> Channel | None:
    return next((one for one in cast.channels if reference in (f"#{one.name}", one.id)), None)


class _Members:
    """Who belongs into a channel, as far as the map tells."""

    def __init__(self, people: Sequence[Person], groups: Sequence[UserGroup], routing_map: RoutingMap) -> None:
        self._cast = replace(HALDEN_GOODS, people=tuple(people), groups=tuple(groups))
        self._map = routing_map
        self._known = {person.id for person in HALDEN_GOODS.people}

    def of(self, reference: Reference) -> tuple[str, ...]:
        """Of a channel the sample company does not have."""
        found = [HALDEN_GOODS.app, *self._ids(f"@{TRIAGE}"), *(self._workers(reference) or self._ids(f"@{HANDY}"))]
        for intake in self._map.intakes:
            if intake.channel == reference:
                found += self._askers(intake.audience)
        return tuple(dict.fromkeys(found))

    def joining(self, reference: Reference) -> tuple[str, ...]:
        """Of one that it has: the bot, whoever has to act there, and everybody it did not know."""
        newcomers = [one for one in self._workers(reference) if one not in self._known]
        return (HALDEN_GOODS.app, *self._actors(reference), *newcomers)

    def _actors(self, reference: Reference) -> list[str]:
        """Those whose press is waited for: owners of the place, and holders of the gates whose cards hang here."""
        there = [one for one in self._map.destinations.values() if one.channel == reference]
        people = [who for one in there for who in one.owners]
        for key, need in self._map.gates.items():
            if reference in gate_rooms(self._map, key, need):
                people += _all_of(self._map.roles.get(need.role))
        return [found for who in people for found in self._ids(who)]

    def _workers(self, reference: Reference) -> list[str]:
        """Those, and whoever the map mentions in one breath with the channel."""
        there = [one for one in self._map.destinations.values() if reference in (one.channel, one.stakeholders)]
        there += [
            self._map.at(name)
            for leads in self._map.digests.leads
            if leads.channel == reference
            for name in leads.destinations
        ]
        people = [who for one in there for who in (*one.owners, *(step.who for step in one.chain))]
        return [*self._actors(reference), *(found for who in people for found in self._ids(who))]

    def _askers(self, audience: Audience) -> list[str]:
        match audience:
            case Audience.CUSTOMERS:
                return list(self._ids(f"@{OUTSIDE}"))
            case Audience.MONITORING:
                return list(self._ids(f"@{MONITOR}"))
            case _:
                # A guest is in staff channels only; everybody else of the house is, too.
                return [one.id for one in self._cast.people if not one.is_bot and not one.is_stranger]

    def _ids(self, reference: str) -> tuple[str, ...]:
        return person_behind(self._cast, Reference(reference))


def _all_of(role: Role | None) -> tuple[Reference, ...]:
    return (*role.holders, *(deputy.who for deputy in role.deputies)) if role else ()


def _newcomers(named: References, routing_map: RoutingMap) -> Iterable[Person]:
    known = {name for one in HALDEN_GOODS.people for name in (f"@{one.handle}", one.id)}
    taken = {one.id for one in HALDEN_GOODS.people}
    for reference in named.people:
        if reference not in known:
            handle = reference.removeprefix("@").lower()
            fresh = _id("U0" if reference.startswith("@") else "", reference, taken)
            yield Person(
                id=fresh,
                handle=handle,
                name=_spoken(handle),
                team=HALDEN_GOODS.team,
                title=_title(reference, routing_map),
            )


def _title(reference: Reference, routing_map: RoutingMap) -> str:
    """What the map says of them, in two words."""
    for role in routing_map.roles.values():
        if reference in role.people:
            return role.title[:1].upper() + role.title[1:]
        if any(deputy.who == reference for deputy in role.deputies):
            return f"Deputy: {role.title}"
    for one in routing_map.destinations.values():
        if reference in one.owners or any(step.who == reference for step in one.chain):
            return _spoken(one.name)
    return ""


def _groups(named: References) -> tuple[UserGroup, ...]:
    wanted = set(named.groups)
    kept = [one for one in HALDEN_GOODS.groups if wanted & {f"group:{one.handle}", one.id}]
    known = {name for one in kept for name in (f"group:{one.handle}", one.id)}
    taken = {one.id for one in HALDEN_GOODS.groups}
    unknown = [reference for reference in named.groups if reference not in known]
    return (*kept, *(_stood_in_for(reference, turn, taken) for turn, reference in enumerate(unknown)))


def _stood_in_for(reference: Reference, turn: int, taken: set[str]) -> UserGroup:
    """Who is in it only the real workspace knows."""
    handle = reference.removeprefix("group:").lower()
    stand_in = next(one for one in HALDEN_GOODS.people if one.handle == STAND_INS[turn % len(STAND_INS)])
    fresh = _id("S0" if reference.startswith("group:") else "", handle, taken)
    return UserGroup(id=fresh, handle=handle, name=_spoken(handle), members=(stand_in.id,))


def _channels(named: References, members: _Members) -> Iterable[Channel]:
    known = {name: one for one in HALDEN_GOODS.channels for name in (f"#{one.name}", one.id)}
    taken = {one.id for one in HALDEN_GOODS.channels}
    wanted = set(named.channels)
    for one in HALDEN_GOODS.channels:
        if wanted & {f"#{one.name}", one.id}:
            reference = Reference(f"#{one.name}") if f"#{one.name}" in wanted else Reference(one.id)
            yield replace(one, members=tuple(dict.fromkeys((*one.members, *members.joining(reference)))))
        elif one.name in ALWAYS:
            yield one
    for reference in named.channels:
        if reference not in known:
            fresh = _id("C0" if reference.startswith("#") else "", reference, taken)
            yield Channel(id=fresh, name=reference.removeprefix("#").lower(), members=members.of(reference))


def _id(prefix: str, reference: str, taken: set[str]) -> str:
    """Slack's own ids stay what they are; a name becomes one that looks like Slack's."""
    if not prefix:
        return reference.upper()
    stem = prefix + (re.sub(r"[^A-Z0-9]", "", reference.upper()) or "X")
    found, count = stem, 1
    while found in taken:
        count += 1
        found = f"{stem}{count}"
    taken.add(found)
    return found


def _spoken(name: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in re.split(r"[._\-\s]+", name) if word) or name
