"""A purse in memory: it sets the worst case aside, takes one bill for it, and never lets too much be spent."""

import asyncio
from dataclasses import dataclass, field

from routing.budget import Ask, Bill, Hold


@dataclass
class Purse:
    """What the ledger does, for tests that need no database."""

    limit: int = 1_000_000_000
    asks: list[Ask] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    open: dict[int, Hold] = field(default_factory=dict)

    @property
    def spent(self) -> int:
        return sum(bill.cost for bill in self.bills) + sum(hold.worst for hold in self.open.values())

    @property
    def outcomes(self) -> list[str]:
        return [bill.outcome for bill in self.bills]

    async def reserve(self, ask: Ask) -> Hold | None:
        if self.spent + ask.worst > self.limit:
            return None
        self.asks.append(ask)
        hold = Hold(call=len(self.asks), worst=ask.worst)
        self.open[hold.call] = hold
        return hold

    async def settle(self, hold: Hold, bill: Bill) -> None:
        del self.open[hold.call]  # a second bill for a call is a mistake, and ends here
        self.bills.append(bill)


@dataclass
class SlowPurse(Purse):
    """One that writes only while it may."""

    may_reserve: asyncio.Event = field(default_factory=asyncio.Event)
    may_settle: asyncio.Event = field(default_factory=asyncio.Event)
    is_settling: asyncio.Event = field(default_factory=asyncio.Event)

    async def reserve(self, ask: Ask) -> Hold | None:
        await self.may_reserve.wait()
        return await super().reserve(ask)

    async def settle(self, hold: Hold, bill: Bill) -> None:
        self.is_settling.set()
        await self.may_settle.wait()
        await super().settle(hold, bill)


class StuckPurse(Purse):
    """One whose file somebody else holds."""

    async def reserve(self, ask: Ask) -> Hold | None:  # noqa: ARG002 - the port's signature
        raise TimeoutError("database is locked")
