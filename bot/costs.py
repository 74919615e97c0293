"""What asking Claude costs, looked after in the background: people are told once, and old words are forgotten."""

from datetime import datetime, timedelta

from routing.budget import DOLLAR
from routing.desk import Desk
from routing.ports import Clock
from storage.ledger import SqlLedger
from storage.purse import SqlPurse

FORGETS_EVERY = timedelta(hours=1)
CENTS = 100


class Costs:
    def __init__(self, ledger: SqlLedger, purse: SqlPurse, desk: Desk, clock: Clock) -> None:
        self._ledger = ledger
        self.purse = purse
        self._desk = desk
        self._clock = clock
        self._forgot_at: datetime | None = None

    async def sweep(self) -> None:
        for alarm in await self.purse.alarms():
            # First said, then ticked off: what is said twice after a crash is one notice by its key.
            await self._desk.tell_of_cost(alarm.case, round(alarm.cost * CENTS / DOLLAR))
            await self.purse.told(alarm)
        now = self._clock()
        if self._forgot_at is None or now - self._forgot_at >= FORGETS_EVERY:
            await self._ledger.forget(now)
            self._forgot_at = now
