"""Storms before the pretend Slack, at its real pace, on a clock that the story moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.workspace.model import Limits, Message
from routing.crowded import Lookout
from routing.kinds import CaseId, NoticeKind, Status
from routing.model import Case, Notice
from routing.ports import Clock
from storage.sqlite import Store
from storage.storms import SqlStorms
from tests.make import a_case, a_decision, a_request, an_entry, an_outcome
from tests.office import words_of
from tests.trust.post_office import HELP, TEAM, PostOffice, a_post_office, key_of

BILLING = "C0BILLING"


@dataclass(kw_only=True)
class Weather:
    """A post office, and whoever looks out for storms."""

    office: PostOffice
    lookout: Lookout
    asked: int = 0

    async def ask(self, count: int = 1, *, to: str = BILLING, **changes: Any) -> list[Case]:
        """So many requests, each owed its card."""
        now, last = self.office.clock(), self.asked
        self.asked += count
        asked = [_case(number, now, **changes) for number in range(last + 1, last + count + 1)]
        return [await self.owe(case, card_to(to)) for case in asked]

    async def owe(self, case: Case, *notices: Notice) -> Case:
        """Something became of a case, and this is owed for it."""
        entry = an_entry(at=self.office.clock())
        keyed = [replace(one, key=one.key or f"{one.kind}:{case.id}:{case.revision + 1}") for one in notices]
        return await self.office.store.cases.settle(an_outcome(case, notices=tuple(keyed), entries=(entry,)))

    async def passes(self, seconds: float) -> None:
        """In the story. What is due each half second ends before more of it passes."""
        for half in range(int(seconds * 2)):
            self.office.clock.ahead += timedelta(seconds=0.5)
            if not half % 2:
                await self.lookout.look()
            await self.office.courier._start_due()
            while under_way := self.office.courier._under_way:
                await asyncio.wait(under_way)

    async def until_over(self, *, most_seconds: int = 1200) -> int:
        """How many seconds that took."""
        for second in range(most_seconds):
            if not await self.storms():
                return second
            await self.passes(1)
        raise AssertionError("it is never over")

    async def storms(self) -> list[str]:
        return [row["place"] for row in await self.office.store.driver.reading.run("SELECT place FROM storms")]

    async def aside(self) -> int:
        rows = await self.office.store.driver.reading.run("SELECT count(*) AS n FROM notices WHERE state = 'aside'")
        return int(rows[0]["n"])

    async def entries(self, type_: str) -> list[str]:
        sql = "SELECT event FROM audit WHERE json_extract(event, '$.type') = ?"
        return [row["event"] for row in await self.office.store.driver.reading.run(sql, type_)]

    def in_(self, channel: str) -> list[Message]:
        return [one for one in self.office.slack.workspace.room(channel).values() if key_of(one)]

    def cards(self, channel: str = BILLING) -> list[str]:
        """The cases whose own cards were posted there, in their order."""
        return [key.split(":")[1] for one in self.in_(channel) if (key := key_of(one)).startswith("card:")]

    def storm_cards(self, channel: str = BILLING) -> list[Message]:
        return [one for one in self.in_(channel) if key_of(one).startswith("bulletin:storm:")]

    def says(self, channel: str = BILLING) -> str:
        """What the channel's only storm card says now."""
        (card,) = self.storm_cards(channel)
        return words_of(card)


@asynccontextmanager
async def a_stormy_day(folder: Path, *, limits: Limits | None = None) -> AsyncIterator[Weather]:
    async with a_post_office(folder, limits=limits or Limits(per_minute=False)) as office:
        storms = SqlStorms(office.store.driver, TEAM, "map-1")
        yield Weather(office=office, lookout=Lookout(storms, clock=office.clock, wake=office.courier.wake))


async def ask_in(store: Store, clock: Clock, count: int, to: str = BILLING) -> list[CaseId]:
    """Before anybody delivers."""
    asked = [_case(number, clock()) for number in range(1, count + 1)]
    for case in asked:
        notice = replace(card_to(to), key=f"card:{case.id}:1")
        await store.cases.settle(an_outcome(case, notices=(notice,), entries=(an_entry(at=clock()),)))
    return [case.id for case in asked]


def case_named(number: int) -> CaseId:
    return CaseId(f"case-{number}")


def card_to(channel: str = "") -> Notice:
    return Notice(key="", kind=NoticeKind.CARD, to=channel)


def _case(number: int, now: datetime, **changes: Any) -> Case:
    text = changes.pop("text", f"It is broken, {number}.")
    request = replace(a_request(f"{now.timestamp():.0f}.{number:06}", text), team=TEAM, channel=HELP)
    request = replace(request, asked_at=now, **changes.pop("request", {}))
    named = a_case(case_named(number), request=request, status=Status.ROUTED, decision=a_decision())
    return replace(named, received_at=now, **changes)
