"""A map that is good enough to decide, made good enough to try: whatever it lacks comes from the sample company."""

from dataclasses import dataclass, replace

from routing.decisions import GateNeed
from routing.kinds import ChannelId, RoleName
from routing.map import UNASSIGNED, Deputy, Destination, Intake, Reference, Role, RoutingMap

INTAKE = Reference("#help")
TRIAGE = Reference("#front-desk")
COMMANDERS = Role(
    name=RoleName("p0_commander"), title="incident commander", people=(Reference("@leo"), Reference("@priya"))
)
PRIVILEGED = Role(
    name=RoleName("privileged_ops_head"),
    title="head of privileged operations",
    people=(Reference("@viktor"),),
    deputies=(Deputy(who=Reference("@hana")),),
)
SECURITY = Role(name=RoleName("security_officer"), title="security officer", people=(Reference("@grace"),))
ACCESS = Role(name=RoleName("it_access_head"), title="head of IT access", people=(Reference("@sam"),))
WHO_OPENS = {"access_change": ACCESS, "security": SECURITY, "personal_data": SECURITY, "legal": SECURITY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A map the desk can open with, and one sentence for each kind of thing that was not in it."""

    map: RoutingMap
    notes: tuple[str, ...] = ()


def filled_up(routing_map: RoutingMap) -> Filled:
    """Nothing the map says is changed; the sentences say what was added, because its author should know."""
    found, notes = routing_map, []
    for fill in (_intakes, _channels, _gates, _commander):
        found, note = fill(found)
        notes += [note] if note else []
    return Filled(map=found, notes=tuple(notes))


def _intakes(one: RoutingMap) -> tuple[RoutingMap, str]:
    if one.intakes:
        return one, ""
    return replace(one, intakes=(Intake(channel=INTAKE),)), f"The map names no intake channel: {INTAKE} was added."


def _channels(one: RoutingMap) -> tuple[RoutingMap, str]:
    lacking = [it for it in one.destinations.values() if it.channel is None]
    if not lacking:
        return one, ""
    given = {it.name: replace(it, channel=_channel_for(it, one)) for it in lacking}
    names = ", ".join(str(it.channel) for it in given.values())
    return (
        replace(one, destinations={**one.destinations, **given}),
        f"Some destinations have no channel yet, and were given one: {names}.",
    )


def _channel_for(destination: Destination, one: RoutingMap) -> Reference:
    if destination.name == one.unknown:
        return TRIAGE
    return Reference("#" + destination.name.replace("_", "-").replace(" ", "-").lower())


def _gates(one: RoutingMap) -> tuple[RoutingMap, str]:
    """A gate for which nobody was named is opened by the sample company's heads."""
    lacking = {key: need for key, need in one.gates.items() if need.role == UNASSIGNED}
    if not lacking:
        return one, ""
    stand_ins = {key: WHO_OPENS.get(key, PRIVILEGED) for key in lacking}
    roles = {key: one.roles.get(role.name, role) for key, role in stand_ins.items()}
    given = {key: replace(need, role=roles[key].name, channel=_gate_channel(need)) for key, need in lacking.items()}
    added = {role.name: role for role in roles.values() if role.name not in one.roles}
    titles = " · ".join(dict.fromkeys(role.title for role in roles.values()))
    return (
        replace(one, gates={**one.gates, **given}, roles={**one.roles, **added}),
        f"Nobody was named for some gates. In this trial they are opened by: {titles}.",
    )


def _gate_channel(need: GateNeed) -> ChannelId | None:
    """Without a channel of its own a gate's card would wait where the work goes, before anybody agreed."""
    return need.channel or ChannelId("#privileged-ops")


def _commander(one: RoutingMap) -> tuple[RoutingMap, str]:
    if one.p0_role is not None:
        return one, ""
    role = one.roles.get(COMMANDERS.name, COMMANDERS)
    return (
        replace(one, p0_role=role.name, roles={**one.roles, role.name: role}),
        f"The map does not say who may resolve a P0. In this trial it is the {role.title}.",
    )
