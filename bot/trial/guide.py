"""The first minute: five things to say, and what to look for afterwards, for whatever map is being tried.

Each is decided here, by the same rules as on the desk, so that the guide never promises what the map does not do.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.paper import on_paper
from bot.trial.clock import NINE
from bot.trial.company import channel_behind, person_behind
from bot.workspace.model import Cast, Channel, Json, Person
from handlers import wording
from routing import rules
from routing.clocks import promise_of
from routing.decide import Stance, Unsure, decide
from routing.decisions import Decision, GateNeed
from routing.kinds import (
    Audience,
    Autonomy,
    DestinationName,
    Priority,
    Verdict,
)
from routing.map import Deputy, Intake, Reference, RoutingMap
from routing.model import Request

VAGUE = "It's broken, please help."
RISKY = "Delete this customer's account and refund everything immediately."
OUTAGE = "Checkout is down, our customers cannot pay: the payment provider answers 503."
NOBODYS = "Whose red bicycle is blocking the loading ramp?"
OUTSIDE = "jonas"

# A night lasts at least from midnight to the morning; a day may lack an hour.
NIGHT_MIN = timedelta(hours=NINE.hour)
DAY_MIN = timedelta(hours=23)
AN_HOUR, A_MINUTE = timedelta(hours=1), timedelta(minutes=1)
MORNINGS_MAX = 2
# Whether what was late is in the leads' digest as well, and the sentence that says so.
IN_THE_DIGEST = "The leads got their digest as well, in {channel}: it has this case under Overdue."


@dataclass(frozen=True, slots=True, kw_only=True)
class _WayIn:
    intake: Intake
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Who asks where, and what the desk will make of it."""

    asker: Person
    there: _WayIn
    request: Request
    decision: Decision


def guide_for(routing_map: RoutingMap, cast: Cast, today: date, unsure: Unsure = Unsure.ESCALATE) -> tuple[Json, ...]:
    """As JSON for the page. A map with no channel where staff ask gets none."""
    inside = _way_in(routing_map, cast, Audience.STAFF)
    if inside is None:
        return ()
    outside = _way_in(routing_map, cast, Audience.CUSTOMERS)
    guide = _Guide(routing_map, cast, today, unsure)
    # Five people: what one person says twice within a moment is one request.
    return (
        guide.suggestion("everyday", "An everyday request", "maya", inside, _plain_example(routing_map)),
        guide.suggestion("risky", "A risky one", "marco", inside, RISKY),
        guide.suggestion("vague", "One that says too little", "tom", inside, VAGUE),
        guide.suggestion("outage", "An outage", OUTSIDE if outside else "elena", outside or inside, OUTAGE),
        guide.suggestion("nobodys", "Nobody's business", "rosa", inside, NOBODYS),
    )


class _Guide:
    def __init__(self, routing_map: RoutingMap, cast: Cast, today: date, unsure: Unsure) -> None:
        self._map = routing_map
        self._cast = cast
        self._today = today
        self._unsure = unsure

    def suggestion(self, key: str, title: str, handle: str, there: _WayIn, text: str) -> Json:
        asker = next(one for one in self._cast.people if one.handle == handle)
        request = self._asked(text, asker, there)
        scene = _Scene(asker=asker, there=there, request=request, decision=self._decided(request, asker, there))
        return {
            "id": key,
            "title": title,
            "as": asker.id,
            "channel": there.channel.id,
            "text": text,
            "look": [
                *self._look(scene),
                *self._till_morning(scene),
                _look('Open "What just happened": every opinion, the decision, the audit.'),
            ],
        }

    def _asked(self, text: str, asker: Person, there: _WayIn) -> Request:
        return on_paper(
            text,
            team=self._cast.team,
            channel=there.channel.id,
            asker=asker.id,
            audience=there.intake.audience,
            customer=there.intake.customer,
        )

    def _decided(self, request: Request, asker: Person, there: _WayIn) -> Decision:
        stance = Stance(closed=frozenset(self._closed_to(asker, there)), unsure=self._unsure)
        return decide(rules.opinions(request, self._map), self._map, request, stance)

    def _closed_to(self, asker: Person, there: _WayIn) -> Iterator[DestinationName]:
        for name, destination in self._map.destinations.items():
            people = {one for sender in destination.senders for one in person_behind(self._cast, sender)}
            rooms = {sender for sender in destination.senders if channel_behind(self._cast, sender) == there.channel}
            if destination.senders and asker.id not in people and not rooms:
                yield name

    def _look(self, scene: _Scene) -> Iterator[Json]:
        match scene.decision.verdict:
            case Verdict.REQUIRE_APPROVAL:
                yield from self._at_the_gate(scene)
            case Verdict.REQUEST_CLARIFICATION:
                yield _back(scene, "The thread asks one question. Answer it there, or press the button for a person.")
                yield self._silence(scene)
            case Verdict.ESCALATE_HUMAN:
                yield _back(scene, "The desk does not guess: the thread says that a person looks.")
                yield from self._worked_on(scene, "press Reassign, and say where it belongs")
            case _:
                told = "who has it and until when" if self._is_outside(scene) else "who has it, why, and until when"
                yield _back(scene, f"The thread has one line: {told}. It is edited, never repeated.")
                yield from self._worked_on(scene, _press(scene.decision))

    def _silence(self, scene: _Scene) -> Json:
        minutes = self._map.clarification_minutes
        if minutes >= AN_HOUR // A_MINUTE:
            return _look(f"Say nothing for {minutes} minutes, and a person gets it.")
        told = f"Say nothing for {minutes} minutes, or press +1 hour, and a person gets it."
        return _moving("hour", _back(scene, told))

    def _is_outside(self, scene: _Scene) -> bool:
        return scene.there.intake.audience is Audience.CUSTOMERS or scene.asker.is_stranger

    def _at_the_gate(self, scene: _Scene) -> Iterator[Json]:
        need = scene.decision.gates[0]
        title = wording.the(wording.role_title(need.role, self._map))
        yield _back(scene, f"The thread says that {title} must agree. Nothing moves before that.")
        room = self._gate_room(scene.decision)
        holder = self._holder(need, room, scene.asker)
        if room is None or holder is None:
            return
        bystander = self._bystander(need, room, scene.asker)
        if bystander:
            told = "Press Approve request without holding the role. It is refused, and the refusal is kept."
            yield _look(told, bystander, room)
        is_enough = len(scene.decision.gates) == need.approvals == 1
        then = (
            "The card moves on, and the thread says so." if is_enough else "The card counts it, and waits for the rest."
        )
        yield _look(f"Now as {title}: press Approve request, and confirm it. {then}", holder, room)

    def _worked_on(self, scene: _Scene, what: str) -> Iterator[Json]:
        room, worker = self._workplace(scene)
        if room and worker:
            yield _look(f"The card is in #{room.name}: {what}.", worker, room)

    def _till_morning(self, scene: _Scene) -> Iterator[Json]:
        """For what is urgent: around the clock it is promised, and a night is long."""
        decision = scene.decision
        is_at_work = decision.verdict not in {Verdict.REQUIRE_APPROVAL, Verdict.REQUEST_CLARIFICATION}
        is_counted = decision.priority is Priority.P0 and decision.autonomy is not Autonomy.OBSERVE
        span = timedelta(minutes=promise_of(scene.request, decision, self._map).first_response.minutes)
        mornings = 1 + max(0, math.ceil((span - NIGHT_MIN) / DAY_MIN))
        room, worker = self._workplace(scene)
        if room is None or worker is None or not (is_at_work and is_counted) or mornings > MORNINGS_MAX:
            return
        press = "Next morning" if mornings == 1 else "Next morning twice"
        then = f"You should see the card say that the first answer was due{self._raised(decision)}."
        told = f"Or let nobody answer, and press {press}. {then}{self._told_to_leads(decision)}"
        yield _moving("next_morning", _look(told, worker, room))

    def _told_to_leads(self, decision: Decision) -> str:
        led = [one.channel for one in self._map.digests.leads if decision.destination in one.destinations]
        return f" {IN_THE_DIGEST.format(channel=led[0])}" if led else ""

    def _raised(self, decision: Decision) -> str:
        """Above a place stands its own chain, then triage's."""
        chain = (*self._map.at(decision.destination).chain, *self._map.triage.chain)
        return ", and to whom it was raised" if chain else ""

    def _workplace(self, scene: _Scene) -> tuple[Channel | None, Person | None]:
        """Where the card goes, and somebody there, an owner rather than not."""
        place = self._map.at(scene.decision.destination)
        room = channel_behind(self._cast, place.channel) if place.channel else None
        owners = [one for reference in place.owners for one in person_behind(self._cast, reference)]
        return room, self._somebody(room, scene.asker, among=owners) or self._somebody(room, scene.asker)

    def _gate_room(self, decision: Decision) -> Channel | None:
        """As the card goes: where a gate says, else where the work will be done."""
        named = next((need.channel for need in decision.gates if need.channel), None)
        channel = named or self._map.at(decision.destination).channel
        return channel_behind(self._cast, Reference(channel)) if channel else None

    def _holder(self, need: GateNeed, room: Channel | None, asker: Person) -> Person | None:
        role = self._map.roles[need.role]
        return self._somebody(room, asker, among=self._ids(role.holders))

    def _bystander(self, need: GateNeed, room: Channel, asker: Person) -> Person | None:
        """Somebody who sees the card and may not open it today."""
        role = self._map.roles[need.role]
        deputies = [one.who for one in role.deputies if _acts_on(one, self._today)]
        able = set(self._ids([*role.holders, *deputies]))
        return self._somebody(room, asker, among=[one for one in room.members if one not in able])

    def _somebody(self, room: Channel | None, asker: Person, among: Sequence[str] | None = None) -> Person | None:
        """A colleague in the room other than the asker."""
        members = room.members if room else ()
        for one in members if among is None else among:
            person = next(it for it in self._cast.people if it.id == one)
            if one in members and person != asker and not (person.is_bot or person.is_stranger or person.is_restricted):
                return person
        return None

    def _ids(self, references: Sequence[Reference]) -> list[str]:
        return [one for reference in references for one in person_behind(self._cast, reference)]


def _acts_on(deputy: Deputy, day: date) -> bool:
    return (deputy.starts is None or deputy.starts <= day) and (deputy.ends is None or day <= deputy.ends)


def _press(decision: Decision) -> str:
    if decision.priority is Priority.P0:
        return "whoever is on call was called at once. Press Escalate, or take it from the menu"
    if decision.autonomy is Autonomy.AUTO:
        return "it went there by itself, as this place allows. Take it from the menu, or press Reassign"
    return "press Approve route, or Reassign it"


def _back(scene: _Scene, text: str) -> Json:
    """Where it was asked."""
    return _look(text, scene.asker, scene.there.channel)


def _look(text: str, who: Person | None = None, room: Channel | None = None) -> Json:
    return {"text": text, "as": who.id if who else "", "channel": room.id if room else ""}


def _moving(how: str, look: Json) -> Json:
    """A step that begins by moving the clock."""
    return {**look, "do": how}


def _plain_example(routing_map: RoutingMap) -> str:
    """The first example of a place where ordinary work is done."""
    for one in routing_map.destinations.values():
        if one.name != routing_map.unknown and not one.is_privileged and one.examples:
            return one.examples[0]
    return "Could somebody have a look at the printer on the second floor?"


def _way_in(routing_map: RoutingMap, cast: Cast, audience: Audience) -> _WayIn | None:
    for intake in routing_map.intakes:
        channel = channel_behind(cast, intake.channel)
        if intake.audience is audience and channel:
            return _WayIn(intake=intake, channel=channel)
    return None
