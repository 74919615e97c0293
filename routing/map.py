"""The routing map, once it is true: destinations, rules, roles and gates, as the company wrote them down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from re import Pattern
from typing import NewType

from routing.budget import DOLLAR
from routing.calendars import Calendar
from routing.decisions import GateNeed
from routing.kinds import (
    Audience,
    Autonomy,
    DestinationName,
    Priority,
    RoleName,
)

# A channel, person or group as the map spells it: `#billing`, `@ines`, `group:billing-team`, or Slack's own id.
Reference = NewType("Reference", str)

POLICY_CATEGORIES = ("security", "personal_data", "legal")
PRIVILEGED = "privileged"
# Whoever hides words has something to hide: as risky as what a privileged place does, unless the map names somebody.
ODD_CHARACTERS = "odd_characters"
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
class Leads:
    """Those who answer for these destinations, and where they read about them."""

    channel: Reference
    destinations: tuple[DestinationName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTerms:
    """When leads are told what was late and what is going wrong, by the clocks of the company's hours.

    `patterns_day` is a weekday, Monday is 0. Without leads nobody is told anything.
    """

    at: time = time(9)
    patterns_day: int = 0
    patterns_at: time = time(9)
    is_told_when_quiet: bool = False
    leads: tuple[Leads, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """So many percent of the decisions nobody changed, and at least so many a week for each destination, are put to a
    person. A share of 0 turns it off.
    """

    share: int = 7
    least: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """So many requests of one person, or of one bot where bots count, are looked at within so many minutes. What is
    beyond that waits its turn.
    """

    requests: int = 20
    within_minutes: int = 10
    bots: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingMap:
    """Everything the company told the desk. `version` is a hash of the file's content; every decision records it.

    `personal` are the company's own patterns that no model may read; `destinations` includes the unknown one (human
    triage). `gates` are keyed by what asks for them: a high-risk intent, a policy-sensitive category,
    `odd_characters`, or `privileged`.
    `hours` are those of every destination without its own. `warn_at`: whoever has a case is warned when so many
    percent of a promised time are used up. They are asked whether they are still on it `ask_owner_after` they last did
    anything, and it is free again if they do not answer for `release_after`. `operators` is the channel of those who
    run the desk; `audit_channel` is told every hour how far the audit has come.
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
    digests: DigestTerms = DigestTerms()
    operators: Reference | None = None
    audit_channel: Reference | None = None
    review: Review = Review()
    limits: RequestLimits = RequestLimits()

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
        A risk without a gate is held by the unassigned role, so that a mistake never lets it through; odd characters
        without one by whoever looks after privileged places.
        """
        risky = set(risks)
        asking = {*risky, *categories} | ({PRIVILEGED} if is_privileged else set())
        needs = [need for key, need in self.gates.items() if key in asking]
        needs += [unassigned_gate(risk) for risk in sorted(risky - set(self.gates))]
        if ODD_CHARACTERS in asking - set(self.gates):
            privileged = self.gates.get(PRIVILEGED, unassigned_gate(ODD_CHARACTERS))
            needs.append(replace(privileged, because=(ODD_CHARACTERS,)))
        strictest: dict[RoleName, GateNeed] = {}
        for need in needs:
            known = strictest.get(need.role)
            strictest[need.role] = stricter(known, need) if known else need
        return tuple(strictest.values())


def unassigned_gate(because: str) -> GateNeed:
    return GateNeed(role=UNASSIGNED, because=(because,), expires_minutes=GATE_EXPIRES_MINUTES)


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
