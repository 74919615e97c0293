"""The first minute: five things to say, and what to look for afterwards, for whatever map is being tried.

Each is decided here, by the same rules as on the desk, so that the guide never promises what the map does not do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.trial.company import channel_behind, person_behind
from bot.workspace.model import Cast, Channel, Json, Person
from handlers import wording
from routing import rules
from routing.decide import Stance, decide
from routing.map import Destination, Intake, Reference, RoutingMap
from routing.model import (
    Audience,
    Autonomy,
    ChannelId,
    Decision,
    GateNeed,
    MessageId,
    Part,
    PersonId,
    Priority,
    Request,
    Standing,
    TeamId,
    Verdict,
)
from routing.model import Person as Asker

VAGUE = "It's broken, please help."
RISKY = "Delete this customer's account and refund everything immediately."
OUTAGE = "Checkout is down, our customers cannot pay: the payment provider answers 503."
NOBODYS = "Whose red bicycle is blocking the loading ramp?"
ASKERS = ("maya", "tom", "rosa")
OUTSIDE = "jonas"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One suggestion, decided: who says what where, and what the desk will make of it."""

    id: str
    title: str
    asker: Person
    channel: Channel
    text: str
    decision: Decision


def guide_for(routing_map: RoutingMap, cast: Cast) -> tuple[Json, ...]:
    """As JSON for the page. A map whose intakes nobody of the sample company can reach gets none."""
    inside = _way_in(routing_map, cast, Audience.STAFF)
    if inside is None:
        return ()
    outside = _way_in(routing_map, cast, Audience.CUSTOMERS) or inside
    maya, tom, rosa = (_person(cast, handle) for handle in ASKERS)
    jonas = _person(cast, OUTSIDE) if outside is not inside else tom
    lines = (
        ("everyday", "An everyday request", maya, inside, _plain_example(routing_map)),
        ("risky", "A risky one", maya, inside, RISKY),
        ("vague", "One that says too little", tom, inside, VAGUE),
        ("outage", "An outage", jonas, outside, OUTAGE),
        ("nobodys", "Nobody's business", rosa, inside, NOBODYS),
    )
    guide = _Guide(routing_map, cast)
    return tuple(
        guide.suggestion(
            _Scene(
                id=key,
                title=title,
                asker=who,
                channel=there.channel,
                text=text,
                decision=guide.decided(text, there.intake),
            )
        )
        for key, title, who, there, text in lines
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _WayIn:
    intake: Intake
    channel: Channel


class _Guide:
    def __init__(self, routing_map: RoutingMap, cast: Cast) -> None:
        self._map = routing_map
        self._cast = cast

    def decided(self, text: str, intake: Intake) -> Decision:
        """As if asked by a colleague, on paper: nothing is stored and nobody hears of it."""
        team = TeamId(self._cast.team)
        request = Request(
            team=team,
            channel=ChannelId(intake.channel),
            thread=MessageId("0"),
            asker=Asker(id=PersonId("asker"), standing=Standing.MEMBER, team=team),
            asked_at=datetime.fromtimestamp(0, UTC),
            parts=(Part(message=MessageId("0"), text=text),),
            audience=intake.audience,
            customer=intake.customer,
        )
        return decide(rules.opinions(request, self._map), self._map, request, Stance())

    def suggestion(self, scene: _Scene) -> Json:
        return {
            "id": scene.id,
            "title": scene.title,
            "as": scene.asker.id,
            "channel": scene.channel.id,
            "text": scene.text,
            "look": [*self._look(scene), _look('Open "What just happened": every opinion, the decision, the audit.')],
        }

    def _look(self, scene: _Scene) -> Iterator[Json]:
        match scene.decision.verdict:
            case Verdict.REQUIRE_APPROVAL:
                yield from self._at_the_gate(scene)
            case Verdict.REQUEST_CLARIFICATION:
                yield _back(scene, "The thread asks one question. Answer it there, or press the button for a person.")
                yield _look("Say nothing for half an hour, and a person gets it.")
            case Verdict.ESCALATE_HUMAN:
                yield _back(scene, "Nothing fits, and the desk does not guess: the thread says that a person looks.")
                yield from self._worked_on(scene, "press Reassign, and say where it belongs")
            case _:
                yield _back(
                    scene, "The thread has one line: who has it, why, until when. It is edited, never repeated."
                )
                yield from self._worked_on(scene, _press(scene.decision))

    def _at_the_gate(self, scene: _Scene) -> Iterator[Json]:
        need = scene.decision.gates[0]
        title = wording.the(wording.role_title(need.role, self._map))
        yield _back(scene, f"The thread says who must agree: {title}. Nothing moves before that.")
        room = self._gate_room(need, scene.decision)
        holder = self._holder(need)
        if room is None or holder is None:
            return
        bystander = self._bystander(room, need)
        if bystander:
            yield _look(
                "Press Approve request without holding the role. It is refused, and the refusal is kept.",
                bystander,
                room,
            )
        yield _look(f"Now as {title}: press Approve request. The card moves on, and the thread says so.", holder, room)

    def _worked_on(self, scene: _Scene, what: str) -> Iterator[Json]:
        place = self._map.at(scene.decision.destination)
        room = channel_behind(self._cast, place.channel) if place.channel else None
        worker = self._worker(place, room)
        if room and worker:
            yield _look(f"The card is in #{room.name}: {what}.", worker, room)

    def _gate_room(self, need: GateNeed, decision: Decision) -> Channel | None:
        channel = need.channel or self._map.at(decision.destination).channel
        return channel_behind(self._cast, Reference(channel)) if channel else None

    def _holder(self, need: GateNeed) -> Person | None:
        role = self._map.roles.get(need.role)
        return self._first(role.holders) if role else None

    def _worker(self, place: Destination, room: Channel | None) -> Person | None:
        named = self._first(place.owners)
        if named or room is None:
            return named
        return next((self._by_id(one) for one in room.members if one != self._cast.app), None)

    def _bystander(self, room: Channel, need: GateNeed) -> Person | None:
        """Somebody who sees the card and may not open it: neither holder nor deputy."""
        role = self._map.roles[need.role]
        able = [*role.holders, *(deputy.who for deputy in role.deputies if deputy.starts is None)]
        ids = {one for reference in able for one in person_behind(self._cast, reference)}
        return next((self._by_id(one) for one in room.members if one not in ids and one != self._cast.app), None)

    def _first(self, references: Sequence[Reference]) -> Person | None:
        ids = [one for reference in references for one in person_behind(self._cast, reference)]
        return self._by_id(ids[0]) if ids else None

    def _by_id(self, person: str) -> Person:
        return next(one for one in self._cast.people if one.id == person)


def _press(decision: Decision) -> str:
    if decision.priority is Priority.P0:
        return "whoever is on call was called at once. Press Escalate, or take it from the menu"
    if decision.autonomy is Autonomy.AUTO:
        return "it went there by itself, as this place allows. Take it from the menu, or press Reassign"
    return "press Approve route, or Reassign it"


def _back(scene: _Scene, text: str) -> Json:
    """Where it was asked."""
    return _look(text, scene.asker, scene.channel)


def _look(text: str, who: Person | None = None, room: Channel | None = None) -> Json:
    return {"text": text, "as": who.id if who else "", "channel": room.id if room else ""}


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


def _person(cast: Cast, handle: str) -> Person:
    return next(one for one in cast.people if one.handle == handle)
