"""A running desk: what it does every few seconds, and what it finishes before it goes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_bolt.async_app import AsyncApp

from bot.costs import Costs
from bot.schedule import sweep_schedule
from bot.transport import Transport
from bot.workers import Workers, kept_running
from handlers.backfill import Backfill
from handlers.failures import reported
from handlers.intake import Intake
from routing.agenda import Agenda
from routing.checkpoints import Checkpoints
from routing.courier import Courier
from routing.crowded import Lookout
from routing.desk import Desk
from routing.digests.losses import GivenUp
from routing.digests.watch import Alerts
from routing.learner import Learner
from routing.map import RoutingMap
from routing.presses import Presses
from storage.sqlite import Store

log = structlog.get_logger()

CLOSING_SECONDS = 1.0
CATCHING_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontdesk:
    """A running desk."""

    desk: Desk
    presses: Presses
    app: AsyncApp
    store: Store
    map: RoutingMap
    transport: Transport
    intake: Intake
    workers: Workers
    courier: Courier
    learner: Learner
    costs: Costs
    agenda: Agenda
    alerts: Alerts
    backfill: Backfill
    checkpoints: Checkpoints
    given_up: GivenUp
    storms: Lookout

    @property
    def sweeps(self) -> tuple[Callable[[], Awaitable[object]], ...]:
        """What is looked after every few seconds: first what is due, last what may take a moment."""
        return (
            self.desk.sweep,
            self.agenda.sweep,
            self.alerts.sweep,
            self.checkpoints.sweep,
            self.given_up.sweep,
            lambda: self.intake.read_again(self.app),
            self.backfill.sweep,
            self.costs.sweep,
            self.learner.sweep,
        )

    async def catch_up(self) -> None:
        """After time has passed at once: what came due is done now, and not with the next tick."""
        for sweep in (*self.sweeps, self.storms.look):
            await sweep()

    async def all_done(self) -> None:
        """What was said is read, what was asked is decided, what is owed is delivered."""
        await self.intake.all_read()
        await self.workers.all_decided()
        await self.courier.all_delivered()


async def _caught_up(bot: Frontdesk) -> None:
    """What broke meanwhile is known before anybody is told of the morning. Nothing is said yet: who answers what we say
    must find us listening. However much it is, they do not wait long for that: the rest follows with the next sweeps.
    """
    until = asyncio.get_running_loop().time() + CATCHING_UP_SECONDS
    async with reported("sweep"):
        await bot.agenda.begin()
        while await bot.desk.sweep() and asyncio.get_running_loop().time() < until:
            pass


@asynccontextmanager
async def at_work(bot: Frontdesk) -> AsyncIterator[None]:
    """First what the last run left behind, then the world. On the way out, what is in flight is finished."""
    await _caught_up(bot)
    bot.workers.start(bot.desk)
    running = [
        asyncio.create_task(kept_running("courier", bot.courier.run)),
        asyncio.create_task(kept_running("storms", bot.storms.run)),
    ]
    try:
        await bot.intake.read_again(bot.app, older_than=timedelta(0))
        await bot.desk.recall()
        scheduler: AsyncIOScheduler = sweep_schedule(*bot.sweeps)
        scheduler.start()
        try:
            yield
        finally:
            scheduler.shutdown(wait=False)
    finally:
        try:
            await _finished_in_time("reading", bot.intake.all_read)
            await _finished_in_time("deciding", bot.workers.close)
            async with reported("checkpoint"):
                await _finished_in_time("telling how far the audit came", partial(_last_checkpoint, bot))
            await _finished_in_time("delivering", bot.courier.close)
        finally:
            for one in running:
                one.cancel()
            await asyncio.wait(running)


async def _last_checkpoint(bot: Frontdesk) -> None:
    if await bot.checkpoints.last():
        await bot.courier.all_delivered()


async def _finished_in_time(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """What takes longer is on disk, and goes on after the next start."""
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await work()
    except TimeoutError:
        log.warning("left for the next start", what=what)
