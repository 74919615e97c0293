"""The hands that decide: nobody is left waiting for a machine."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from bot.workers import Workers, kept_running
from routing.kinds import CaseId

CASE = CaseId("case-1")


@dataclass
class Desk:
    """A desk whose database is away for a number of steps."""

    failures: int
    done: list[str] = field(default_factory=list)
    is_done: asyncio.Event = field(default_factory=asyncio.Event)

    async def decide(self, case_id: CaseId) -> None:
        self._step(f"decided {case_id}")

    async def hand_to_human(self, case_id: CaseId) -> None:
        self._step(f"handed over {case_id}")

    def _step(self, what: str) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the database is away")
        self.done.append(what)
        self.is_done.set()


async def test_what_cannot_be_decided_is_handed_to_a_person() -> None:
    assert await _after(Desk(failures=1)) == ["handed over case-1"]


async def test_what_cannot_even_be_handed_over_is_decided_when_the_database_is_back() -> None:
    assert await _after(Desk(failures=2)) == ["decided case-1"]


async def test_what_runs_goes_on_after_it_broke() -> None:
    runs = []

    async def work() -> None:
        runs.append("ran")
        if len(runs) < 3:
            raise OSError("the database is away")

    await kept_running("work", work, breath_seconds=0)

    assert len(runs) == 3


async def _after(desk: Any) -> list[str]:
    workers = Workers(again_seconds=0.001)
    workers.start(desk)
    workers.undecided(CASE)
    async with asyncio.timeout(5):
        await desk.is_done.wait()
        await workers.close()
    done: list[str] = desk.done
    return done
