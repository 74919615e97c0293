"""The routing map, once it is true: destinations, rules, roles and gates, as the company wrote them down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from re import Pattern
from typing import NewType

from routing.model import Audience, Autonomy, DestinationName, GateNeed, Priority, RoleName

# A channel, person or group as the map spells it: `#billing`, `@ines`, `group:billing-team`, or Slack's own id.
Reference = NewType("Reference", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many minutes: of the wall clock (`24h`), or of business time (`8bh`)."""

    minutes: int
    is_business: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    first_response: Span
    resolution: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessHours:
    """Opening spans per weekday (Monday is 0) in one time zone."""

    zone: str = "UTC"
    spans: Mapping[int, tuple[tuple[time, time], ...]] = field(default_factory=dict)
    closed_on: tuple[date, ...] = ()


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
    raises_priority: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    channel: Reference
    audience: Audience = Audience.STAFF
    customer: str | None = None
    bots_count: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingMap:
    """Everything the company told the desk. `version` is a hash of the file's content; every decision records it.

    `destinations` includes the unknown one (human triage). `gates` are keyed by what asks for them: a high-risk
    intent, a policy-sensitive category, or `privileged`.
    """

    version: str
    destinations: Mapping[DestinationName, Destination]
    unknown: DestinationName
    high_risk: tuple[str, ...]
    gates: Mapping[str, GateNeed]
    roles: Mapping[RoleName, Role] = field(default_factory=dict)
    rules: tuple[RouteRule, ...] = ()
    promises: Mapping[Priority, Promise] = field(default_factory=dict)
    hours: BusinessHours = field(default_factory=BusinessHours)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    intakes: tuple[Intake, ...] = ()
    intent_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    max_hops: int = 3
    clarification_minutes: int = 30
    p0_role: RoleName | None = None

    @property
    def triage(self) -> Destination:
        return self.destinations[self.unknown]

    def at(self, name: DestinationName) -> Destination:
        return self.destinations[name]
