"""The line at the desk: who asked so much that the rest has to wait, and whose turn has come."""

from collections.abc import Sequence
from datetime import datetime

from routing import lifecycle, limits
from routing.kinds import CaseId, PersonId
from routing.model import Case, Outcome
from routing.ports import Cases
from routing.steps import Steps
from routing.turns import Turns


class Line:
    """One at a time for each person, so that no two of their requests take the same place. Nobody else waits for it."""

    def __init__(self, *, cases: Cases, steps: Steps) -> None:
        self._cases = cases
        self._steps = steps
        self._turns: Turns[PersonId] = Turns()

    async def received(self, case: Case) -> Case:
        """Store a new case, to be decided now or later. Raises Stale."""
        async with self._turns.of(case.request.asker.id):
            turn_at = limits.turn(await self._taken(case), self._room(case), self._steps.now())
            placed = limits.in_line(case, turn_at, self._steps.map)
            return await self._steps.settle(lifecycle.asked(placed, self._steps.scene()))

    async def let_in(self) -> Sequence[CaseId]:
        """Whose turn has come, in order. After an absence that is many: so many as there is room for are let in."""
        let_in: list[CaseId] = []
        full: set[PersonId] = set()
        for case in await self._cases.held(self._steps.now(), limits.most_of_anybody(self._steps.map)):
            asker = case.request.asker.id
            if asker in full:
                continue
            if limits.turn(await self._taken(case), self._room(case), self._steps.now()):
                full.add(asker)
            elif await self._steps.turn(case.id, self._let_in):
                let_in.append(case.id)
        return let_in

    async def _let_in(self, case: Case) -> Outcome | None:
        return lifecycle.let_in(case, self._steps.scene()) if case.is_held else None

    async def _taken(self, case: Case) -> Sequence[datetime]:
        return await self._cases.turns(case.request.asker.id, self._room(case).requests, case.number or None)

    def _room(self, case: Case) -> limits.Room:
        return limits.room(case.request, self._steps.map)
