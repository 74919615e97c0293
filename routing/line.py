"""The line at the desk: who asked so much that the rest has to wait, and whose turn has come."""

from collections.abc import AsyncIterator, Sequence
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
            turn_at = await self._turn_of(case)
            placed = limits.in_line(case, turn_at, self._steps.map)
            return await self._steps.settle(lifecycle.asked(placed, self._steps.scene()))

    async def let_in(self) -> AsyncIterator[CaseId]:
        """Whose turn has come, in order, each told as soon as it is true, whatever becomes of the others. After an
        absence that is many: so many as there is room for are let in.
        """
        problems: list[Exception] = []
        full: set[PersonId] = set()
        for case in await self._cases.held(self._steps.now(), limits.most_of_anybody(self._steps.map)):
            asker = case.request.asker.id
            if asker in full:
                continue
            try:
                is_full = limits.turn(await self._taken(case), self._room(case), self._steps.now()) is not None
                is_let_in = not is_full and await self._steps.turn(case.id, self._let_in) is not None
            except Exception as problem:  # noqa: BLE001 - one that cannot move holds up nobody else's, and is told of
                problems.append(problem)
                full.add(asker)
                continue
            if is_full:
                full.add(asker)
            if is_let_in:
                yield case.id
        if problems:
            raise ExceptionGroup("some could not be let in", problems)

    async def _turn_of(self, case: Case) -> datetime | None:
        now, room = self._steps.now(), self._room(case)
        turn_at = limits.turn(await self._taken(case), room, now)
        asked_at = case.request.asked_at
        if case.request.found_at is None:
            return turn_at
        asked = await self._cases.asked(case.request.asker.id, asked_at - room.within, limits.LOOKED_AT_MAX)
        return (turn_at or now + room.within) if limits.is_too_much(asked, room, asked_at) else None

    async def _let_in(self, case: Case) -> Outcome | None:
        return lifecycle.let_in(case, self._steps.scene()) if case.is_held else None

    async def _taken(self, case: Case) -> Sequence[datetime]:
        return await self._cases.turns(case.request.asker.id, self._room(case).requests, case.number or None)

    def _room(self, case: Case) -> limits.Room:
        return limits.room(case.request, self._steps.map)
