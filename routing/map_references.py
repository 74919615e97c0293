"""Which channels, people and groups a routing map names, and the same map with their ids instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from routing.kinds import ChannelId
from routing.map import Destination, Reference, Role, RoutingMap

Rewrite = Callable[[Reference], Reference]


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Every channel, person and group the map mentions, as it spells them, in a settled order."""

    channels: tuple[Reference, ...] = ()
    people: tuple[Reference, ...] = ()
    groups: tuple[Reference, ...] = ()


def references(routing_map: RoutingMap) -> References:
    mentioned: set[Reference] = set()

    def note(reference: Reference) -> Reference:
        mentioned.add(reference)
        return reference

    _rewritten(routing_map, note)
    return References(
        channels=tuple(sorted(one for one in mentioned if one[0] in "#CG")),
        people=tuple(sorted(one for one in mentioned if one[0] in "@UW")),
        groups=tuple(sorted(one for one in mentioned if one[0] in "gS")),
    )


def with_ids(routing_map: RoutingMap, lookup: Mapping[str, str]) -> RoutingMap:
    """The same map with every reference replaced by its id. Ids may stand in the map already.

    Raises KeyError for a spelled name the lookup does not have: ask `references` first.
    """

    def identified(reference: Reference) -> Reference:
        if reference in lookup:
            return Reference(lookup[reference])
        if reference[0] in "#@g":
            raise KeyError(reference)
        return reference

    return _rewritten(routing_map, identified)


def _rewritten(routing_map: RoutingMap, to: Rewrite) -> RoutingMap:
    """The one place that knows where references stand."""
    return replace(
        routing_map,
        destinations={name: _destination(one, to) for name, one in routing_map.destinations.items()},
        roles={name: _role(one, to) for name, one in routing_map.roles.items()},
        gates={
            key: replace(need, channel=ChannelId(to(Reference(need.channel))) if need.channel else None)
            for key, need in routing_map.gates.items()
        },
        intakes=tuple(replace(one, channel=to(one.channel)) for one in routing_map.intakes),
        digests=replace(
            routing_map.digests,
            leads=tuple(replace(one, channel=to(one.channel)) for one in routing_map.digests.leads),
        ),
        operators=to(routing_map.operators) if routing_map.operators else None,
        audit_channel=to(routing_map.audit_channel) if routing_map.audit_channel else None,
    )


def _destination(one: Destination, to: Rewrite) -> Destination:
    return replace(
        one,
        channel=to(one.channel) if one.channel else None,
        owners=tuple(map(to, one.owners)),
        chain=tuple(replace(step, who=to(step.who)) for step in one.chain),
        stakeholders=to(one.stakeholders) if one.stakeholders else None,
        senders=tuple(map(to, one.senders)),
    )


def _role(role: Role, to: Rewrite) -> Role:
    return replace(
        role,
        group=to(role.group) if role.group else None,
        people=tuple(map(to, role.people)),
        deputies=tuple(
            replace(one, who=to(one.who), stands_for=to(one.stands_for) if one.stands_for else None)
            for one in role.deputies
        ),
    )
