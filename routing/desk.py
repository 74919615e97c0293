"""The desk: where requests arrive and people act on them. Fetch, ask the pure core, settle; no opinions of its own."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from routing import elapsing, lifecycle, limits, rewording, verbs
from routing.authority import seat
from routing.decide import failed, remembered
from routing.decisions import (
    Candidate,
    Opinion,
    Reason,
)
from routing.deliberation import Deliberation, Heard, with_opinions
from routing.kinds import (
    CaseId,
    ChannelId,
    DestinationName,
    MessageId,
    PersonId,
    Status,
    TeamId,
)
from routing.line import Line
from routing.model import (
    Case,
    Entry,
    Outcome,
    Part,
    Refusal,
    Request,
    Text,
)
from routing.people import People
from routing.ports import Cases, Stale
from routing.steps import Steps

BURST = timedelta(minutes=2)  # how long back an undecided case is looked for
GATES_LOOKED_AT_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A message, wherever it is."""

    team: TeamId
    channel: ChannelId
    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    case: Case
    entries: Sequence[Entry]
    texts: Sequence[Text]


class Desk:
    """`undecided` is told of every case that waits for its decision."""

    def __init__(
        self,
        *,
        cases: Cases,
        steps: Steps,
        deliberation: Deliberation,
        people: People,
        undecided: Callable[[CaseId], None],
    ) -> None:
        self.map = steps.map
        self._cases = cases
        self._steps = steps
        self._deliberation = deliberation
        self._people = people
        self._undecided = undecided
        self._line = Line(cases=cases, steps=steps)

    # Requests arrive and change.

    async def receive(self, request: Request) -> Case:
        """One message makes one case, however often it is told; a burst joins the case it began."""
        known = await self._cases.holding(request.team, request.channel, request.parts[0].message)
        if known:
            return known
        earlier = await self._cases.burst(request.asker.id, request.channel, self._steps.now() - BURST)
        if earlier and lifecycle.is_one_burst(earlier, request):
            joined = await self._join(earlier.id, request.parts[0])
            if joined:
                return joined
        case = Case(
            id=CaseId(self._steps.new_id()), key=self._steps.new_id(), request=request, received_at=self._steps.now()
        )
        try:
            stored = await self._line.received(case)
        except Stale:
            twin = await self._cases.holding(request.team, request.channel, request.parts[0].message)
            assert twin is not None, "a new case is stale only when its message is known"
            return twin
        if not stored.is_held:
            self._undecided(stored.id)
        return stored

    async def reply(self, thread: Place, part: Part, by: PersonId) -> Outcome | None:
        """A reply in a request's thread. The asker's own words join the case; other people's are theirs."""
        case = await self.case_of(thread, by)
        if case is None or any(one.message == part.message for one in case.request.parts):
            return None
        return await self._amend(case.id, by, lambda parts: (*parts, part))

    async def heard(self, thread: Place, by: PersonId) -> None:
        """Somebody said something in a thread. A colleague's word to what somebody else asked may be the first response
        to it; guests and people from outside do not answer for us.
        """
        case_id = await self._cases.shown_at(thread.channel, thread.message)
        asked = await self._cases.open_in_thread(thread.team, thread.channel, thread.message)
        found = {case_id: "card"} if case_id else {one.id: "thread" for one in asked if one.request.asker.id != by}
        if not found or not await self._people.is_member(by):
            return
        for one, where in found.items():
            await self._steps.turn(one, partial(self._answered_by, by=by, where=where))

    async def _answered_by(self, case: Case, *, by: PersonId, where: str) -> Outcome | None:
        return lifecycle.answered_by(case, by, where, self._steps.scene())

    async def case_of(self, thread: Place, by: PersonId) -> Case | None:
        """The case of theirs that this person's words in that thread are about, open or closed."""
        case = await self._cases.in_thread(thread.team, thread.channel, thread.message, by)
        if case is None:
            case = await self._cases.holding(thread.team, thread.channel, thread.message)
        return case if case and case.request.asker.id == by else None

    async def edit(self, place: Place, words: Part, by: PersonId) -> Outcome | None:
        """A message reads differently now, unless it was edited again since."""
        case = await self._cases.holding(place.team, place.channel, place.message)
        if case is None:
            return None
        return await self._amend(case.id, by, lambda parts: rewording.reworded(parts, words))

    async def delete(self, place: Place) -> Outcome | None:
        """A deleted message takes its words with it; the first one takes the request."""
        case = await self._cases.holding(place.team, place.channel, place.message)
        if case is None or case.status.is_final:
            return None
        asker = case.request.asker.id
        left = tuple(one for one in case.request.parts if one.message != place.message)
        if not left or place.message == case.request.parts[0].message:
            return await self._steps.step(case.id, lambda case, scene: verbs.withdraw(case, asker, scene))
        return await self._amend(case.id, asker, lambda parts: tuple(p for p in parts if p.message != place.message))

    # Cases are decided.

    async def decide(self, case_id: CaseId) -> Outcome | None:
        """Decide one case that was received. Deciding twice is deciding once."""

        def undecided(case: Case) -> Request | None:
            awaits = case.awaits_advice and not case.status.is_final
            return case.request if (case.status is Status.RECEIVED and not case.is_held) or awaits else None

        async def decided(case: Case, heard: Heard) -> Outcome:
            opinions = (*heard.opinions, *remembered(case.decision))
            decision, scene = await self._deliberation.decision(replace(heard, opinions=opinions))
            step = lifecycle.decided if case.decision is None else rewording.reconsidered
            return with_opinions(step(case, decision, scene), opinions)

        return await self._deliberation.run(case_id, undecided, decided)

    async def hand_to_human(self, case_id: CaseId) -> Outcome | None:
        """Deciding failed. Nobody is left waiting for a machine: a person gets the case, and is told so."""

        async def step(case: Case) -> Outcome | None:
            if case.status is not Status.RECEIVED:
                return None
            decision, scene = await self._deliberation.decision(Heard(request=case.request, opinions=(failed("desk"),)))
            return lifecycle.decided(case, decision, scene)

        return await self._steps.turn(case_id, step)

    async def answer(
        self, case_id: CaseId, version: int, by: PersonId, choice: DestinationName | None
    ) -> Outcome | None:
        """The asker pressed one of the offered destinations, or `something else`. Risk is seen as before."""

        async def step(case: Case) -> Outcome | None:
            if choice is None or verbs.may_answer(case, version, by):
                return verbs.something_else(case, version, by, self._steps.scene())
            if case.clarification is None or choice not in case.clarification.options:
                return verbs.not_offered(case, by, self._steps.scene())
            told = Opinion(
                source="asker",
                reason=Reason(code="asker_says"),
                candidates=(Candidate(destination=choice, score=1.0),),
                settles=True,
            )
            heard = await self._deliberation.panel.heard(case.request)
            opinions = (*heard, *remembered(case.decision), told)
            decision, scene = await self._deliberation.decision(Heard(request=case.request, opinions=opinions))
            return with_opinions(lifecycle.answered(case, choice, decision, scene), opinions)

        return await self._steps.turn(case_id, step)

    # Time passes; people look.

    async def sweep(self) -> int:
        """Do whatever has come due. Returns how much that was. A case that cannot move does not hold up the others."""
        due = await self._cases.due(self._steps.now())
        moving = (*(self._catch_up(case_id) for case_id in due), self._let_in())
        done = await asyncio.gather(*moving, return_exceptions=True)
        self._steps.wake()
        problems = [one for one in done if isinstance(one, Exception)]
        if problems:
            raise ExceptionGroup("some cases could not be moved on", problems)
        return sum(one for one in done if isinstance(one, int))

    async def tell_of_cost(self, case_id: CaseId, cents: int) -> None:
        """Asking about this case has grown dear."""
        await self._steps.step(case_id, lambda case, scene: lifecycle.grown_dear(case, cents, scene))

    async def recall(self) -> None:
        """After a start: what was received and not decided is decided, what is owed is delivered."""
        for case_id in await self._cases.undecided():
            self._undecided(case_id)
        self._steps.wake()

    async def case(self, case_id: CaseId) -> Case | None:
        return await self._cases.case(case_id)

    async def history(self, case_id: CaseId) -> History | None:
        case = await self._cases.case(case_id)
        if case is None:
            return None
        return History(case=case, entries=await self._cases.entries(case_id), texts=await self._cases.texts(case_id))

    async def open_by(self, person: PersonId) -> Sequence[Case]:
        return await self._cases.open_by(person)

    async def owned_by(self, person: PersonId) -> Sequence[Case]:
        return await self._cases.owned_by(person)

    async def awaiting(self, person: PersonId) -> Sequence[Case]:
        """What this person could say yes or no to now. A press looks again."""
        waiting = await self._cases.waiting(GATES_LOOKED_AT_MAX)
        actors = [await self._people.actor(case, person, self._steps.now()) for case in waiting]
        pairs = zip(waiting, actors, strict=True)
        return [case for case, actor in pairs if not isinstance(seat(case, actor, self.map), Refusal)]

    async def _catch_up(self, case_id: CaseId) -> int:
        steps = 0
        while await self._steps.turn(case_id, self._elapsed):
            steps += 1
        return steps

    async def _let_in(self) -> int:
        """Those who asked much, and whose turn has come."""
        let_in = 0
        async for case_id in self._line.let_in():
            self._undecided(case_id)
            let_in += 1
        return let_in

    async def _elapsed(self, case: Case) -> Outcome | None:
        return elapsing.elapsed(case, self._steps.scene())

    async def _join(self, case_id: CaseId, part: Part) -> Case | None:
        async def step(case: Case) -> Outcome | None:
            return lifecycle.joined(case, part, self._steps.scene()) if case.status is Status.RECEIVED else None

        outcome = await self._steps.turn(case_id, step)
        if limits.is_let_in(outcome):
            self._undecided(case_id)
        return outcome.case if outcome else None

    async def _amend(
        self, case_id: CaseId, by: PersonId, change: Callable[[tuple[Part, ...]], tuple[Part, ...]]
    ) -> Outcome | None:
        """Decided again at once by what answers at once, and by Claude later, when nobody waits: the old words must not
        be approved for a moment longer than it takes to write the new ones down.
        """

        async def amended(case: Case) -> Outcome | None:
            request = replace(case.request, parts=change(case.request.parts))
            if request == case.request:
                return None
            if request.text == case.request.text and request.links == case.request.links:
                return rewording.confirmed(case, request, by, self._steps.scene())
            if case.decision is None or case.status.is_final:
                return rewording.amended(case, request, by, None, self._steps.scene())
            opinions, is_all = await self._deliberation.panel.heard_at_once(request, case.id)
            opinions = (*opinions, *remembered(case.decision))
            decision, scene = await self._deliberation.decision(Heard(request=request, opinions=opinions))
            outcome = with_opinions(rewording.amended(case, request, by, decision, scene), opinions)
            return replace(outcome, case=replace(outcome.case, awaits_advice=not is_all))

        outcome = await self._steps.turn(case_id, amended)
        if outcome and (outcome.case.awaits_advice or limits.is_let_in(outcome)):
            self._undecided(case_id)
        return outcome
