"""Looking people up at the press: roles, deputies and channels, and what follows when nobody can be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from routing.authority import seat
from routing.decisions import GateNeed
from routing.kinds import (
    ChannelId,
    PersonId,
    RoleName,
    Standing,
    Status,
)
from routing.map import Deputy, Reference, Role, RoutingMap
from routing.model import (
    Case,
    Person,
    Refusal,
)
from routing.people import People
from routing.ports import Unreachable
from tests.unit.scenes import ASKER, MAP, NOON, a_case, a_person

REFUND = "Please refund the last payment of Acme"
INVOICE = "My invoice shows the wrong billing amount"
HEAD = RoleName("head")
VIKTOR, HANA, SAM, TOM = (PersonId(name) for name in ("U0VIKTOR", "U0HANA", "U0SAM", "U0TOM"))


@dataclass
class Town:
    """A directory that knows who is in which group and channel."""

    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    readers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    also: Mapping[str, Sequence[PersonId]] = field(default_factory=dict)
    is_away: bool = False

    async def person(self, person_id: PersonId) -> Person:
        self._answer()
        return a_person(person_id, self.standings.get(person_id, Standing.MEMBER))

    async def names_of(self, person_id: PersonId) -> frozenset[PersonId]:
        self._answer()
        return frozenset({person_id, *self.also.get(person_id, ())})

    async def is_any_of(self, person_id: PersonId, references: Sequence[str]) -> bool:
        self._answer()
        return any(person_id == one or person_id in self.groups.get(one, ()) for one in references)

    async def members(self, reference: str) -> Sequence[PersonId]:
        self._answer()
        people = self.groups.get(reference, ()) if reference.startswith("S") else [reference]
        return [PersonId(one) for one in people if self.standings.get(one, Standing.MEMBER) is Standing.MEMBER]

    async def can_read(self, person_id: PersonId, channel: ChannelId) -> bool:
        self._answer()
        return person_id in self.readers.get(channel, ())

    def _answer(self) -> None:
        if self.is_away:
            raise Unreachable("nobody answers")


def a_map(*deputies: Deputy, people: Sequence[str] = (VIKTOR,)) -> RoutingMap:
    role = Role(name=HEAD, title="head", people=tuple(map(Reference, people)), deputies=deputies)
    return replace(MAP, roles={**MAP.roles, HEAD: role})


def deputy(who: str = HANA, stands_for: str | None = None, first: int = 0, last: int = 0) -> Deputy:
    today = NOON.date()
    return Deputy(
        who=Reference(who),
        stands_for=Reference(stands_for) if stands_for else None,
        starts=today + timedelta(days=first),
        ends=today + timedelta(days=last),
    )


async def may_approve(who: PersonId, routing_map: RoutingMap, *, minutes: int = 0, asker: str = ASKER) -> bool:
    case = a_case(REFUND)
    case = replace(case, request=replace(case.request, asker=a_person(asker)))
    actor = await People(Town(), routing_map).actor(case, who, NOON + timedelta(minutes=minutes))
    return not isinstance(seat(case, actor, routing_map), Refusal)


async def lacking(routing_map: RoutingMap, *, approvals: int = 1, backup: str = "", asker: str = ASKER) -> bool:
    need = GateNeed(role=HEAD, because=("payment",), approvals=approvals, backup=RoleName(backup) if backup else None)
    return HEAD in await People(Town(), routing_map).unstaffed([need], PersonId(asker), NOON)


async def test_a_deputy_serves_from_the_first_day_to_the_last() -> None:
    assert await may_approve(HANA, a_map(deputy(first=0, last=0)))
    assert not await may_approve(HANA, a_map(deputy(first=1, last=5)))
    assert not await may_approve(HANA, a_map(deputy(first=-5, last=-1)))


async def test_a_deputys_day_is_the_companys_day() -> None:
    far_east = replace(MAP.hours, zone="Pacific/Kiritimati")  # 14 hours ahead: there, noon is tomorrow
    tomorrow = replace(a_map(deputy(first=1, last=1)), hours=far_east)

    assert await may_approve(HANA, tomorrow)


async def test_a_holder_who_is_also_named_to_stand_for_the_asker_may_not_approve_them() -> None:
    both = a_map(deputy(who=HANA, stands_for=VIKTOR))
    role = both.roles[HEAD]
    both = replace(both, roles={**both.roles, HEAD: replace(role, people=(*role.people, Reference(HANA)))})

    assert await may_approve(HANA, both)
    assert not await may_approve(HANA, both, asker=VIKTOR)


async def test_a_deputy_without_dates_always_serves() -> None:
    assert await may_approve(HANA, a_map(Deputy(who=Reference(HANA))))


async def test_nobody_stands_for_someone_who_does_not_hold_the_role() -> None:
    assert await may_approve(HANA, a_map(deputy(stands_for=VIKTOR)))
    assert not await may_approve(HANA, a_map(deputy(stands_for=TOM)))


async def test_a_deputy_of_the_asker_is_nobody() -> None:
    both = a_map(deputy(stands_for=VIKTOR), people=(VIKTOR, TOM))

    assert not await may_approve(HANA, both, asker=VIKTOR)
    assert await may_approve(HANA, both, asker=TOM)


async def test_the_back_up_may_approve_from_four_fifths_of_the_wait_and_not_before() -> None:
    assert not await may_approve(SAM, MAP, minutes=47)
    assert await may_approve(SAM, MAP, minutes=48)


async def test_a_role_whose_people_are_too_few_is_unstaffed() -> None:
    assert not await lacking(a_map())
    assert await lacking(a_map(), approvals=2)
    assert not await lacking(a_map(), approvals=2, backup="spare")
    assert await lacking(a_map(), asker=VIKTOR)
    assert await lacking(a_map(deputy(first=-5, last=-1)), asker=VIKTOR)
    assert await lacking(a_map(deputy()), asker=VIKTOR), "the asker's own deputy approves nothing"
    assert not await lacking(a_map(deputy()), approvals=2)


async def test_nobody_is_unstaffed_while_nobody_can_be_asked() -> None:
    need = GateNeed(role=HEAD, because=("payment",), approvals=9)

    assert await People(Town(is_away=True), MAP).unstaffed([need], ASKER, NOON) == frozenset()


async def test_while_nobody_can_be_asked_nobody_may_act() -> None:
    actor = await People(Town(is_away=True), MAP).actor(a_case(REFUND), VIKTOR, NOON)

    assert not actor.was_reached
    assert not actor.holdings


async def test_who_reads_the_cards_channel_works_here_while_it_is_open_and_after() -> None:
    town = Town(readers={"C0BILLING": [TOM]})
    case = a_case(INVOICE)

    async def works_here(case: Case, who: PersonId) -> bool:
        return (await People(town, MAP).actor(case, who, NOON)).works_here

    assert await works_here(case, TOM)
    assert await works_here(replace(case, status=Status.RESOLVED), TOM)
    assert not await works_here(replace(a_case(REFUND), status=Status.DENIED), TOM)
    assert not await works_here(case, HANA)
    assert await works_here(case, PersonId("U0NOOR")), "triage works everywhere"
    assert await works_here(case, PersonId("U0INES")), "so do the owners"


async def test_a_guest_is_nobody_whatever_they_belong_to() -> None:
    town = Town(standings={VIKTOR: Standing.GUEST}, readers={"G0PRIV": [VIKTOR]})

    actor = await People(town, MAP).actor(a_case(REFUND), VIKTOR, NOON)

    assert not actor.holdings
    assert not actor.works_here
