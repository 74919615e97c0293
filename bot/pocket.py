"""A purse in memory, with the ledger's limits: for commands that ask Claude and have no database to write to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.budget import NOT_BEGUN, Ask, Bill, Hold, Limits, Spent, charge, objection
from routing.kinds import CaseId
from routing.ports import Clock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class _Call:
    """At its worst until its bill comes. It counts until an hour and a day after that."""

    case: CaseId | None
    cost: int
    outcome: str = ""
    settled_at: datetime | None = None


class Pocket:
    """What it holds is forgotten with the process, and so is what was spent: nothing of it is in the ledger."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._calls: list[_Call] = []

    @property
    def calls(self) -> int:
        return len(self._calls)

    @property
    def cost(self) -> int:
        return sum(call.cost for call in self._calls)

    async def reserve(self, ask: Ask) -> Hold | None:
        if objection(self._spent(ask.case), ask.worst, self._limits):
            return None
        self._calls.append(_Call(case=ask.case, cost=ask.worst))
        return Hold(call=len(self._calls) - 1, worst=ask.worst)

    async def settle(self, hold: Hold, bill: Bill) -> None:
        call = self._calls[hold.call]
        if call.settled_at is None:
            call.cost, call.outcome, call.settled_at = charge(hold, bill), bill.outcome, self._clock()

    def _spent(self, case: CaseId | None) -> Spent:
        on_case = [call for call in self._calls if case is not None and call.case == case]
        hour, day = self._since(HOUR), self._since(DAY)
        return Spent(
            case=sum(call.cost for call in on_case),
            turns=sum(call.outcome not in NOT_BEGUN for call in on_case),
            hour=sum(call.cost for call in hour),
            day=sum(call.cost for call in day),
            calls_hour=len(hour),
        )

    def _since(self, span: timedelta) -> list[_Call]:
        start = self._clock() - span
        return [call for call in self._calls if call.settled_at is None or call.settled_at > start]
