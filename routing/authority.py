"""Who may do what to a case. Pure: the desk looks people up, this module says yes or why not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from routing.kinds import (
    GateState,
    PersonId,
    Priority,
    RoleName,
    Standing,
)
from routing.map import RoutingMap
from routing.model import (
    Case,
    Person,
    Refusal,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A role someone holds at this moment: their own, as a deputy, or because the back-up role was called in."""

    role: RoleName
    through: RoleName
    deputy_for: PersonId | None = None
    is_deputy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person at a button, as looked up when they pressed it.

    `works_here`: owns the destination, works in triage, or may read the card's channel. `was_reached` is False when
    nobody could be asked: then nothing is allowed. `is_askers_deputy`: named to stand for the asker at this gate,
    whatever else they hold. `names` are the ids that this one person goes by, where it is more than one.
    """

    person: Person
    names: frozenset[PersonId] = frozenset()
    works_here: bool = False
    owns: bool = False
    holdings: tuple[Holding, ...] = ()
    holds_p0: bool = False
    asker_holds: frozenset[RoleName] = frozenset()
    is_askers_deputy: bool = False
    was_reached: bool = True

    @property
    def id(self) -> PersonId:
        return self.person.id

    def is_one_of(self, people: Collection[PersonId | None]) -> bool:
        return any(one in people for one in {self.id, *self.names})


def may_work(actor: Actor) -> Refusal | None:
    """The everyday verbs: for full members with business here. Never guests, outsiders or bots."""
    if not actor.was_reached:
        return Refusal(code="unreachable")
    if actor.person.standing is not Standing.MEMBER:
        return Refusal(code="members_only")
    if not (actor.works_here or actor.owns):
        return Refusal(code="not_yours")
    return None


def may_move(case: Case, actor: Actor) -> Refusal | None:
    """Reassign and Escalate: on a gated card its holders may too."""
    refusal = may_work(actor)
    if refusal and refusal.code == "not_yours" and case.is_gated and actor.holdings:
        return None
    return refusal


def may_confirm(case: Case, actor: Actor) -> Refusal | None:
    refusal = may_work(actor)
    if refusal is None and actor.is_one_of({case.request.asker.id}):
        return Refusal(code="own_route")
    return refusal


def may_close(case: Case, actor: Actor, routing_map: RoutingMap) -> Refusal | None:
    """Resolve, and Not a request: there is no second way to make a P0 go away."""
    refusal = may_work(actor)
    is_p0 = case.own_priority is Priority.P0
    if refusal is None and is_p0 and not actor.holds_p0:
        title = routing_map.roles[routing_map.p0_role].title if routing_map.p0_role else "nobody yet"
        return Refusal(code="p0_only", words=(title,))
    return refusal


def may_ask(case: Case, by: PersonId) -> Refusal | None:
    """What belongs to the asker alone, guests and outsiders included."""
    return None if by == case.request.asker.id else Refusal(code="asker_only")


def seat(case: Case, actor: Actor, routing_map: RoutingMap) -> Holding | Refusal:
    """The pending gate this person may vote at, or why there is none. One person fills one slot, whatever they hold."""
    if not actor.was_reached:
        return Refusal(code="unreachable")
    if actor.person.standing is not Standing.MEMBER:
        return Refusal(code="members_only")
    titles = _who_could(case, routing_map)
    own = _conflict_of_interest(case, actor)
    if own:
        return Refusal(code=own, words=titles)
    if actor.is_one_of({vote.by for gate in case.gates for vote in gate.votes}):
        return Refusal(code="already_voted", words=titles)
    waiting = {gate.need.role for gate in case.gates if gate.state is GateState.PENDING and gate.lacks}
    seats = [one for one in actor.holdings if one.role in waiting]
    allowed = [one for one in seats if not _stands_for_asker(case, actor, one)]
    if allowed:
        return min(allowed, key=lambda one: (one.is_deputy, one.role))
    return Refusal(code="deputy_of_asker" if seats else "not_holder", words=titles)


def deputy_serves(starts: date | None, ends: date | None, first: date, last: date) -> bool:
    """Whether any of the deputy's days is one of these."""
    return (starts is None or starts <= last) and (ends is None or first <= ends)


def _who_could(case: Case, routing_map: RoutingMap) -> tuple[str, ...]:
    pending = [gate for gate in case.gates if gate.state is GateState.PENDING]
    names = [gate.need.role for gate in pending]
    names += [gate.need.backup for gate in pending if gate.need.backup and gate.backed_up]
    return tuple(_title(routing_map, name) for name in dict.fromkeys(names))


def _conflict_of_interest(case: Case, actor: Actor) -> str | None:
    if actor.is_one_of({case.request.asker.id}):
        return "own_request"
    if actor.is_askers_deputy:
        return "deputy_of_asker"
    return "own_edit" if actor.is_one_of({case.last_editor, *case.editors}) else None


def _stands_for_asker(case: Case, actor: Actor, holding: Holding) -> bool:
    """A deputy named for nobody in particular stands for every holder, the asker included."""
    if not holding.is_deputy:
        return False
    asker = case.request.asker.id
    return holding.deputy_for == asker or (holding.deputy_for is None and holding.through in actor.asker_holds)


def _title(routing_map: RoutingMap, name: RoleName) -> str:
    role = routing_map.roles.get(name)
    return role.title if role else name
