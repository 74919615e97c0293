"""How a step is written down: the case as it will be, its entry, and what is owed because of it."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from routing import attention
from routing.attention import Watch
from routing.kinds import (
    Autonomy,
    DestinationName,
    GateState,
    NoticeKind,
    PersonId,
    Priority,
    Risk,
    RoleName,
    Status,
)
from routing.map import ChainStep, Destination, RoutingMap
from routing.model import (
    Case,
    Doing,
    Entry,
    Fired,
    Label,
    Notice,
    Outcome,
    Refusal,
    Text,
)
from routing.ticking import Tick, ticked

Fact = str | int | bool | None
# Pressed on a picture that is out of date, or that an earlier key has sealed.
REDRAWN = frozenset({"stale", "moved_on", "unsealed"})
# A notice that asks for nothing but that its case's card waits no longer.
OPENED = "card_opened"
ASKED_BY_THE_DESK = frozenset({"reminder", "backup", "gate_again"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every step may look at besides the case: the map, the time, and roles that nobody can hold now."""

    map: RoutingMap
    now: datetime
    unstaffed: frozenset[RoleName] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Who did what. `words` end up on the card; they are codes, ids and the map's own words, never prose.

    `due_at`: time did it, and this is when. It is done once for that moment, whoever looks.
    """

    type: str
    by: PersonId | None = None
    roles: tuple[RoleName, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    texts: tuple[Text, ...] = ()
    labels: tuple[Label, ...] = ()
    due_at: datetime | None = None


def moved(before: Case, after: Case, step: Step, scene: Scene, notices: tuple[Notice, ...] = ()) -> Outcome:
    """A step that was allowed."""
    facts: dict[str, Fact] = {"status": after.status.value, "version": after.version, **step.facts}
    entry = Entry(
        type=step.type,
        at=scene.now,
        by=step.by,
        roles=step.roles,
        facts=facts,
        text=step.texts[0].id if step.texts else None,
    )
    doing = Doing(code=step.type, at=scene.now, by=step.by, words=step.words)
    changed_by = after.changed_by if after.version == before.version else step.type
    attended = attention.kept(before, after, step.by, Watch(now=scene.now, map=scene.map))
    ticking, ticks = ticked(Tick(before=before, after=attended, now=scene.now, map=scene.map))
    return Outcome(
        case=replace(ticking, revision=before.revision, last=doing, changed_by=changed_by),
        entries=(entry, *ticks),
        notices=(*notices, *attention.question_redrawn(before, ticking)),
        texts=step.texts,
        labels=step.labels,
        fired=_fired(before, step),
    )


def _fired(case: Case, step: Step) -> tuple[Fired, ...]:
    """The row that says so. What several promises or roles have in common is told apart by its words."""
    if step.due_at is None:
        return ()
    about = ":".join(str(step.facts[name]) for name in ("promise", "role") if name in step.facts)
    return (Fired(job=f"{step.type}:{about}:{case.id}", at=step.due_at),)


def refused(case: Case, verb: str, by: PersonId, refusal: Refusal, scene: Scene) -> Outcome:
    """A step that was not. The case stays as it is; the attempt is recorded."""
    facts: dict[str, Fact] = {"verb": verb, "why": refusal.code, "version": case.version}
    entry = Entry(type="refused", at=scene.now, by=by, facts=facts)
    return Outcome(case=case, entries=(entry,), refusal=refusal, notices=_redraw(case, refusal, by, scene))


def pictures(case: Case, routing_map: RoutingMap) -> tuple[Notice, ...]:
    """The card and the receipt, drawn again from the case as it will be."""
    return (*card(case, routing_map), *receipt(case))


def card(case: Case, routing_map: RoutingMap) -> tuple[Notice, ...]:
    key = f"card:{case.id}:{case.revision + 1}"
    return (Notice(key=key, kind=NoticeKind.CARD, to=card_channel(case, routing_map)),)


def receipt(case: Case) -> tuple[Notice, ...]:
    """Nothing is said in the requester's thread while a destination is only observed."""
    if is_observed(case):
        return ()
    return (Notice(key=f"receipt:{case.id}:{case.revision + 1}", kind=NoticeKind.RECEIPT),)


def ping(case: Case, code: str, people: tuple[str, ...], words: tuple[str, ...] = ()) -> tuple[Notice, ...]:
    """A line in the card's thread: an edited card wakes nobody. Where the desk only observes, it asks nobody itself."""
    if not people or (is_observed(case) and code.partition(":")[0] in ASKED_BY_THE_DESK):
        return ()
    key = f"ping:{case.id}:{case.revision + 1}:{code}"
    return (Notice(key=key, kind=NoticeKind.PING, code=code, people=people, words=words),)


def line(case: Case, channel: str | None, code: str) -> tuple[Notice, ...]:
    if channel is None:
        return ()
    return (Notice(key=f"line:{case.id}:{code}:{channel}", kind=NoticeKind.LINE, to=channel, code=code),)


def place(routing_map: RoutingMap, name: DestinationName) -> Destination:
    """The destination as the map has it now; one that was taken out of the map is human triage."""
    return routing_map.destinations.get(name, routing_map.triage)


def chain_of(case: Case, scene: Scene) -> tuple[ChainStep, ...]:
    """The destination's chain, then triage's: there is always somebody above, until there is not."""
    assert case.decision is not None, "a case without a decision is nowhere"
    here = place(scene.map, case.decision.destination)
    above = () if here.name == scene.map.unknown else scene.map.triage.chain
    return (*here.chain, *above)


def _redraw(case: Case, refusal: Refusal, by: PersonId, scene: Scene) -> tuple[Notice, ...]:
    """Whoever pressed an old picture is owed a new one."""
    if refusal.code not in REDRAWN:
        return ()
    key = f"redraw:{case.id}:{case.revision}:{by}:{int(scene.now.timestamp() * 1_000_000)}"
    owed = (Notice(key=key, kind=NoticeKind.CARD),)
    return owed if is_observed(case) else (*owed, Notice(key=f"{key}:receipt", kind=NoticeKind.RECEIPT))


def role_references(routing_map: RoutingMap, name: RoleName) -> tuple[str, ...]:
    """Whom to ask when a role is asked: its group and its people. Who may say yes and is not asked waits in vain."""
    role = routing_map.roles.get(name)
    return role.holders if role else ()


def card_channel(case: Case, routing_map: RoutingMap) -> str:
    """Where the card belongs in this state; empty means wherever it hangs already, if it does."""
    if case.decision is None:
        return ""
    here = place(routing_map, case.decision.destination)
    triage = routing_map.triage.channel or ""
    if case.status is Status.TRIAGE:
        return triage
    if case.status is Status.WAITING:
        gate_channel = next((gate.need.channel for gate in case.gates if gate.need.channel), None)
        if is_observed(case):
            return triage
        # On a P0 the gate holds back only the privileged step: those who must look now get the card.
        first = here.channel if case.decision.priority is Priority.P0 else gate_channel
        return first or here.channel or triage
    if case.status in {Status.PROPOSED, Status.ROUTED, Status.TAKEN} and not is_observed(case):
        return here.channel or triage
    return ""


def hangs_in(case: Case, routing_map: RoutingMap) -> str:
    """Where people find the card. A closed one stays where it hung while it was open."""
    if case.decision is None or not case.status.is_final:
        return card_channel(case, routing_map)
    was_gated = any(gate.state is not GateState.OPEN for gate in case.gates)
    was = Status.WAITING if was_gated else Status.ROUTED
    return card_channel(replace(case, status=was), routing_map)


def gate_lines(case: Case, routing_map: RoutingMap) -> tuple[Notice, ...]:
    """A gate whose channel is not the card's own is asked there too: its holders may not read the other."""
    if case.status is not Status.WAITING or is_observed(case):
        return ()
    asked: dict[str, tuple[str, ...]] = {}
    for gate in case.gates:
        if gate.need.channel and gate.need.channel != card_channel(case, routing_map):
            asked[gate.need.channel] = (
                *asked.get(gate.need.channel, ()),
                *role_references(routing_map, gate.need.role),
            )
    return tuple(
        Notice(key=f"line:{case.id}:gate:{case.version}:{to}", kind=NoticeKind.LINE, to=to, code="gate", people=people)
        for to, people in asked.items()
    )


def is_p0(case: Case) -> bool:
    return case.decision is not None and case.decision.priority is Priority.P0


def is_risky(case: Case) -> bool:
    """What only our own people may see: a risk, or anything that waits for somebody's yes."""
    return bool(case.gates) or (case.decision is not None and case.decision.risk is Risk.HIGH)


def is_observed(case: Case) -> bool:
    return case.decision is not None and case.decision.autonomy is Autonomy.OBSERVE


def words_of(case: Case) -> str:
    """The request's words under the seal of the case's own key: the audit can tell whether they were changed."""
    return seal_of_words(case.key, case.request.text, case.request.links)


def seal_of_words(key: str, text: str, links: Sequence[str]) -> str:
    words = json.dumps([text, list(links)], ensure_ascii=True)
    return hmac.digest(key.encode(), words.encode(), hashlib.sha256).hex()


def content_of(case: Case, routing_map: RoutingMap) -> str:
    """What an approval is of: the text, the destination and the plan, sealed with the case's own key."""
    decision = case.decision
    assert decision is not None, "only a decided case can be agreed to"
    here = place(routing_map, decision.destination)
    plan = [here.address, here.template, list(decision.intents), [gate.need.role for gate in case.gates]]
    agreed = json.dumps([case.request.text, list(case.request.links), decision.destination, plan], ensure_ascii=True)
    return hmac.new(case.key.encode(), agreed.encode(), hashlib.sha256).hexdigest()
