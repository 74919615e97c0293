"""The one way anything becomes true: read the case, ask the pure core, settle — again if someone else was faster."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from routing.authority import Actor
from routing.kinds import CaseId, PersonId
from routing.map import RoutingMap
from routing.model import (
    Case,
    Entry,
    Outcome,
    Text,
)
from routing.outcome import Scene
from routing.people import People
from routing.ports import Cases, Clock, Ids, Stale
from routing.turns import Turns

MOST_TRIES = 8


class Steps:
    """`wake` is called whenever something new is owed."""

    def __init__(
        self,
        *,
        cases: Cases,
        people: People,
        routing_map: RoutingMap,
        clock: Clock,
        ids: Ids,
        wake: Callable[[], None],
    ) -> None:
        self.map = routing_map
        self.now = clock
        self.new_id = ids
        self.wake = wake
        self._cases = cases
        self._people = people
        self._turns: Turns[CaseId] = Turns()

    def scene(self) -> Scene:
        return Scene(map=self.map, now=self.now())

    def text(self, kind: str, body: str) -> Text | None:
        return Text(id=self.new_id(), kind=kind, body=body.strip()) if body.strip() else None

    async def entries(self, case_id: CaseId) -> Sequence[Entry]:
        return await self._cases.entries(case_id)

    async def settle(self, outcome: Outcome) -> Case:
        if not outcome.entries:
            return outcome.case  # A look changes nothing, and there is no change without an entry.
        stored = await self._cases.settle(outcome)
        self.wake()
        return stored

    async def press(self, case_id: CaseId, by: PersonId, pure: Callable[[Case, Actor, Scene], Outcome]) -> Outcome:
        """A step for which it matters who presses, looked up now."""

        async def step(case: Case) -> Outcome:
            return pure(case, await self._people.actor(case, by, self.now()), self.scene())

        return await self.surely(case_id, step)

    async def trial(
        self, case_id: CaseId, by: PersonId, pure: Callable[[Case, Actor, Scene], Outcome]
    ) -> Outcome | None:
        """Whether a press would be refused. Only a refusal is settled; nothing for an unknown case."""
        case = await self._cases.case(case_id)
        if case is None:
            return None
        outcome = pure(case, await self._people.actor(case, by, self.now()), self.scene())
        if outcome.refusal:
            await self.settle(outcome)
        return outcome

    async def step(self, case_id: CaseId, pure: Callable[[Case, Scene], Outcome]) -> Outcome:
        """A step that only the asker, or the desk itself, takes."""

        async def step(case: Case) -> Outcome:
            return pure(case, self.scene())

        return await self.surely(case_id, step)

    async def surely(self, case_id: CaseId, step: Callable[[Case], Awaitable[Outcome]]) -> Outcome:
        outcome = await self.turn(case_id, step)
        assert outcome is not None, "a press always has an outcome, if only a refusal"
        return outcome

    async def turn(self, case_id: CaseId, step: Callable[[Case], Awaitable[Outcome | None]]) -> Outcome | None:
        async with self._turns.of(case_id):
            for _ in range(MOST_TRIES):
                case = await self._cases.case(case_id)
                assert case is not None, "buttons and queues only name stored cases"
                outcome = await step(case)
                if outcome is None:
                    return None
                try:
                    stored = await self.settle(outcome)
                except Stale:
                    continue
                return replace(outcome, case=stored)
        raise Stale(case_id)
