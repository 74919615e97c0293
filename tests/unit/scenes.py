"""A small company for unit tests: one map, its people, and a request or two."""

from datetime import UTC, datetime, timedelta

from routing.authority import Actor, Holding
from routing.decide import Stance, decide
from routing.kinds import (
    Audience,
    CaseId,
    ChannelId,
    MessageId,
    PersonId,
    RoleName,
    Standing,
    TeamId,
)
from routing.lifecycle import asked, decided
from routing.map_file import load_map
from routing.model import (
    Case,
    Part,
    Person,
    Request,
)
from routing.outcome import Scene
from routing.rules import opinions

MAP = load_map(
    """
destinations:
  billing:
    address: queue:billing
    channel: C0BILLING
    intents: [billing_issue]
    keywords: [invoice, billing]
    examples: [My invoice is wrong]
    owners: [U0INES]
    chain: [{who: U0INES}, {who: U0ELENA}]
  bugs:
    address: agent:triage
    channel: C0BUGS
    intents: [bug]
    keywords: [bug, crash]
    autonomy: auto
    owners: [U0LEO]
    chain: [{who: U0LEO, on_call: true}]
    stakeholders: C0STAKE
  sales:
    address: team:sales
    channel: C0SALES
    intents: [sales_question]
    keywords: [pricing, quote]
    owners: [U0MARCO]
  shadow:
    address: team:shadow
    channel: C0SHADOW
    keywords: [mirror, shade]
    autonomy: observe
  privileged_ops:
    address: handler:privileged_ops
    channel: G0PRIV
    privileged: true
    intents: [account_deletion, payment]
  human_triage:
    address: queue:human_triage
    channel: C0TRIAGE
    owners: [U0NOOR]
    chain: [{who: U0NOOR}]
unknown: human_triage
high_risk: [account_deletion, payment]
roles:
  head: {title: head of operations, people: [U0VIKTOR, U0HANA, U0GRACE]}
  spare: {title: spare approver, people: [U0SAM]}
  commander: {title: incident commander, people: [U0LEO]}
gates:
  account_deletion: {role: head, approvals: 2, expires: 1h, backup: spare}
  payment: {role: head, approvals: 1, expires: 1h, backup: spare}
  security: {role: head}
  personal_data: {role: head}
  legal: {role: head}
  privileged: {role: head, approvals: 1, expires: 1h}
p0_role: commander
max_hops: 2
intake:
  - {channel: C0HELP, audience: staff}
"""
)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEAM = TeamId("T0")
ASKER = PersonId("U0MAYA")
BILLING, BUGS, SALES, TRIAGE = "billing", "bugs", "sales", "human_triage"


def a_person(name: str, standing: Standing = Standing.MEMBER) -> Person:
    return Person(id=PersonId(name), standing=standing, team=TEAM)


def a_request(text: str, *, audience: Audience = Audience.STAFF, asker: str = ASKER) -> Request:
    return Request(
        team=TEAM,
        channel=ChannelId("C0HELP"),
        thread=MessageId("1.0"),
        asker=a_person(asker),
        asked_at=NOON,
        parts=(Part(message=MessageId("1.0"), text=text),),
        audience=audience,
    )


def a_scene(minutes: float = 0, *, unstaffed: frozenset[RoleName] = frozenset()) -> Scene:
    return Scene(map=MAP, now=NOON + timedelta(minutes=minutes), unstaffed=unstaffed)


def a_case(text: str, *, scene: Scene | None = None, audience: Audience = Audience.STAFF) -> Case:
    """A case as it stands after its first decision."""
    scene = scene or a_scene()
    request = a_request(text, audience=audience)
    new = Case(id=CaseId("c1"), key="k" * 32, request=request, received_at=NOON)
    received = asked(new, scene).case
    decision = decide(opinions(request, MAP), MAP, request, Stance())
    return decided(received, decision, scene).case


def someone(name: str, *, owns: bool = False, works_here: bool = True) -> Actor:
    return Actor(person=a_person(name), owns=owns, works_here=works_here)


def holder(name: str, role: str = "head") -> Actor:
    return Actor(person=a_person(name), holdings=(Holding(role=RoleName(role), through=RoleName(role)),))
