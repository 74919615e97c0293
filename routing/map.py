"""The routing map, once it is true: destinations, rules, roles and gates, as the company wrote them down."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from re import Pattern
from typing import NewType

from routing.budget import DOLLAR
from routing.calendars import Calendar
from routing.model import Audience, Autonomy, ChannelId, DestinationName, GateNeed, Priority, RoleName

# A channel, person or group as the map spells it: `#billing`, `@ines`, `group:billing-team`, or Slack's own id.
Reference = NewType("Reference", str)
Rewrite = Callable[[Reference], Reference]

POLICY_CATEGORIES = ("security", "personal_data", "legal")
PRIVILEGED = "privileged"
# The role of a gate nobody was named for: no group, no people, so nobody can approve yet.
UNASSIGNED = RoleName("unassigned")
GATE_EXPIRES_MINUTES = 4 * 60
CASCADE = ("claude-haiku-5-5", "claude-sonnet-5-5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many minutes: of the wall clock (`24h`), or of business time (`8bh`)."""

    minutes: int
    is_business: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    first_response: Span
    resolution: Span | None = None


Promises = Mapping[Priority, Promise]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    who: Reference
    is_on_call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    name: DestinationName
    address: str
    channel: Reference | None = None
    description: str = ""
    examples: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    owners: tuple[Reference, ...] = ()
    chain: tuple[ChainStep, ...] = ()
    stakeholders: Reference | None = None
    template: str | None = None
    tags: tuple[str, ...] = ()
    senders: tuple[Reference, ...] = ()
    is_privileged: bool = False
    autonomy: Autonomy = Autonomy.SUGGEST
    threshold: float = 0.80
    hours: Calendar | None = None
    promises: Promises = field(default_factory=dict)

    @property
    def on_call(self) -> tuple[Reference, ...]:
        """The marked step; without a mark, the first one: a P0 is never silent."""
        marked = tuple(step.who for step in self.chain if step.is_on_call)
        return marked or tuple(step.who for step in self.chain[:1]) or self.owners


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy:
    who: Reference
    stands_for: Reference | None = None
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    name: RoleName
    title: str
    group: Reference | None = None
    people: tuple[Reference, ...] = ()
    deputies: tuple[Deputy, ...] = ()

    @property
    def can_be_held(self) -> bool:
        """A deputy stands in for a holder; deputies alone hold nothing."""
        return bool(self.holders)

    @property
    def holders(self) -> tuple[Reference, ...]:
        return (*((self.group,) if self.group else ()), *self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    name: str
    pattern: Pattern[str]
    destination: DestinationName | None = None
    tags: tuple[str, ...] = ()
    at_least: Priority | None = None
    risk: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    account: str
    tier: str = "standard"
    revenue_at_risk: int = 0
    raises_priority: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    channel: Reference
    audience: Audience = Audience.STAFF
    customer: str | None = None
    bots_count: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeTerms:
    """Who is asked when rules and classifier are not sure, the cheapest first, and what all cases together may cost.

    `prompts` gives versions of the prompt their percentage of cases; empty means the newest. Limits are nano-dollars.
    """

    models: tuple[str, ...] = CASCADE
    prompts: Mapping[str, int] = field(default_factory=dict)
    per_hour: int = 3 * DOLLAR
    per_day: int = 20 * DOLLAR
    calls_per_hour: int = 1_000
    kept_minutes: int = 30 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingMap:
    """Everything the company told the desk. `version` is a hash of the file's content; every decision records it.

    `personal` are the company's own patterns that no model may read; `destinations` includes the unknown one (human
    triage). `gates` are keyed by what asks for them: a high-risk intent, a policy-sensitive category, or `privileged`.
    `hours` are those of every destination without its own. `warn_at`: whoever has a case is warned when so many
    percent of a promised time are used up. They are asked whether they are still on it `ask_owner_after` they last did
    anything, and it is free again if they do not answer for `release_after`.
    """

    version: str
    destinations: Mapping[DestinationName, Destination]
    unknown: DestinationName
    high_risk: tuple[str, ...]
    gates: Mapping[str, GateNeed]
    roles: Mapping[RoleName, Role] = field(default_factory=dict)
    rules: tuple[RouteRule, ...] = ()
    promises: Promises = field(default_factory=dict)
    tier_promises: Mapping[str, Promises] = field(default_factory=dict)
    hours: Calendar = field(default_factory=Calendar)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    intakes: tuple[Intake, ...] = ()
    intent_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    max_hops: int = 3
    clarification_minutes: int = 30
    warn_at: int = 75
    ask_owner_after: Span = Span(minutes=8 * 60, is_business=True)
    release_after: Span = Span(minutes=2 * 60, is_business=True)
    p0_role: RoleName | None = None
    personal: Mapping[str, Pattern[str]] = field(default_factory=dict)
    claude: ClaudeTerms = ClaudeTerms()

    @property
    def triage(self) -> Destination:
        return self.destinations[self.unknown]

    def at(self, name: DestinationName) -> Destination:
        return self.destinations[name]

    def destination_for_intent(self, intent: str) -> Destination | None:
        """The one destination that takes this intent; the loader allows no two."""
        return next((one for one in self.destinations.values() if intent in one.intents), None)

    def gates_for(
        self, risks: Iterable[str], categories: Iterable[str], *, is_privileged: bool = False
    ) -> tuple[GateNeed, ...]:
        """The gates that must open, one per role, in the map's own order whatever the order asked.

        Asked for the same role twice, the strictest wins: most approvals, shortest wait, a reason if any wants one.
        A risk without a gate is held by the unassigned role, so that a mistake never lets it through.
        """
        risky = set(risks)
        asking = {*risky, *categories} | ({PRIVILEGED} if is_privileged else set())
        needs = [need for key, need in self.gates.items() if key in asking]
        needs += [unassigned_gate(risk) for risk in sorted(risky - set(self.gates))]
        strictest: dict[RoleName, GateNeed] = {}
        for need in needs:
            known = strictest.get(need.role)
            strictest[need.role] = stricter(known, need) if known else need
        return tuple(strictest.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Every channel, person and group the map mentions, as it spells them, in a settled order."""

    channels: tuple[Reference, ...] = ()
    people: tuple[Reference, ...] = ()
    groups: tuple[Reference, ...] = ()


def unassigned_gate(because: str) -> GateNeed:
    return GateNeed(role=UNASSIGNED, because=(because,), expires_minutes=GATE_EXPIRES_MINUTES)


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


def missing_for_start(routing_map: RoutingMap) -> list[str]:
    """What a map that is good enough to try still lacks before the desk can open; one sentence each."""
    missing = [] if routing_map.intakes else ["No intake channel is named: list at least one under `intake`."]
    missing += [
        f"The destination `{one.name}` has no channel: add `channel` to it."
        for one in routing_map.destinations.values()
        if one.channel is None
    ]
    for key, need in routing_map.gates.items():
        role = routing_map.roles.get(need.role)
        if role is None or not role.can_be_held:
            missing.append(
                f"Nobody can approve `{key}`: name a role for it under `gates`, and its people under `roles`."
            )
    if routing_map.p0_role is None:
        missing.append("Nobody could resolve a P0: name the role that may, as `p0_role`.")
    return missing


def stricter(one: GateNeed, other: GateNeed) -> GateNeed:
    return replace(
        one,
        because=one.because + tuple(key for key in other.because if key not in one.because),
        approvals=max(one.approvals, other.approvals),
        expires_minutes=min(one.expires_minutes, other.expires_minutes),
        backup=one.backup or other.backup,
        channel=one.channel or other.channel,
        reason_required=one.reason_required or other.reason_required,
    )


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
