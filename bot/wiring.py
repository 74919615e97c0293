"""How the parts are put together: the one place that knows them all. Reads top to bottom, from the map to the wire."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.assembly import courier_for, desk_for
from bot.checkpoint_file import checkpoint_file
from bot.costs import Costs
from bot.files import map_at
from bot.looking_back import looking_back
from bot.minds import Minds, World, kept_for, limits_of, minds
from bot.newsroom import Newsroom, Office, newsroom
from bot.problems import Complaint
from bot.schedule import sweep_schedule
from bot.settings import Settings
from bot.slack import Identity, app_for, heeding_client, identity, paced_client, resolved, slack_session
from bot.transport import PING_SECONDS, Transport, transport_for
from bot.workers import Workers, kept_running
from handlers.backfill import BREATH_SECONDS, Backfill
from handlers.directory import SlackDirectory
from handlers.failures import reported
from handlers.front import Front
from handlers.history import AT_ONCE, History, Tempo
from handlers.intake import Intake, register
from handlers.paced import PacedClient
from handlers.roster import SlackRoster
from handlers.seals import Seal
from handlers.tenancy import Home
from handlers.wall import Wall
from routing.agenda import Agenda
from routing.checkpoints import Checkpoints
from routing.courier import Courier
from routing.crowded import Lookout
from routing.desk import Desk
from routing.digests.losses import GivenUp
from routing.digests.watch import Alerts
from routing.kinds import (
    ChannelId,
)
from routing.learner import Learner
from routing.map import RoutingMap
from routing.map_file import missing_for_start
from routing.pace import SLACKS, Pace, Rates
from routing.panel import Source
from routing.ports import Clock
from routing.presses import Presses
from storage.experience import SqlExperience
from storage.keys import SqlKeys
from storage.marks import SqlMarks
from storage.purse import SqlPurse
from storage.sqlite import Store, open_store

log = structlog.get_logger()

BURST_PATIENCE_SECONDS = 1.5
CLOSING_SECONDS = 1.0
BUTTONS, KEY_BYTES = "buttons", 32  # what our buttons are sealed with
CATCHING_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a test or a trial hands in instead of the world's own.

    `rates` are Slack's. Whoever measures the desk itself, or moves its clock by hours, hands in none; a 429 is honoured
    either way.
    """

    clock: Clock = clock.now
    rates: Rates = SLACKS
    patience_seconds: float = BURST_PATIENCE_SECONDS
    ping_seconds: float = PING_SECONDS
    breath_seconds: float = BREATH_SECONDS
    calls_at_once: int = AT_ONCE
    sources: Sequence[Source] | None = None
    routing_map: RoutingMap | None = None


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
            self.storms.look,
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
        for sweep in self.sweeps:
            await sweep()

    async def all_done(self) -> None:
        """What was said is read, what was asked is decided, what is owed is delivered."""
        await self.intake.all_read()
        await self.workers.all_decided()
        await self.courier.all_delivered()


@asynccontextmanager
async def opened(settings: Settings, options: Options | None = None) -> AsyncIterator[Frontdesk]:
    """Everything running, in the order in which nothing is lost; closed in the reverse."""
    options = options or Options()
    routing_map = options.routing_map or usable_map(settings)
    async with AsyncExitStack() as stack:
        pace = Pace(options.rates)
        session = await stack.enter_async_context(slack_session())
        client = heeding_client(settings, session, pace, options.clock)
        me = await identity(client)
        routing_map = await resolved(client, routing_map)
        store = await stack.enter_async_context(open_store(settings.frontdesk_database, clock=options.clock))
        world = World(
            map=routing_map,
            settings=settings,
            experience=SqlExperience(store.driver, me.team),
            clock=options.clock,
            purse=_purse(store, me, settings, routing_map),
            names=SlackRoster(client, monotonic=time.monotonic).names,
        )
        office = await _office(store, client, me)
        async with minds(world, options.sources) as mind:
            paced = await stack.enter_async_context(paced_client(settings, pace, options.clock))
            bot = _assembled(office, paced, me, world, mind, options)
            async with _at_work(bot):
                try:
                    await bot.backfill.begin()
                    await bot.transport.open()
                    async with looking_back(bot.backfill):
                        yield bot
                finally:
                    await bot.transport.close()


async def _office(store: Store, client: AsyncWebClient, me: Identity) -> Office:
    directory = SlackDirectory(client, team=me.team, monotonic=time.monotonic, enterprise=me.enterprise)
    key = await SqlKeys(store.driver, me.team).key(BUTTONS, secrets.token_bytes(KEY_BYTES))
    seal = Seal(key=key, team=me.team)
    return Office(client=client, directory=directory, store=store, team=me.team, site=me.site, seal=seal)


def _assembled(
    office: Office, paced: PacedClient, me: Identity, world: World, mind: Minds, options: Options
) -> Frontdesk:
    routing_map, settings, store = world.map, world.settings, office.store
    wall = Wall(paced, outbox=store.outbox, clock=options.clock)
    news = newsroom(office, world, wall)
    courier = courier_for(office, news, wall, paced.pace, options.clock)
    workers = Workers(patience_seconds=options.patience_seconds)
    desk, presses = desk_for(office, world, mind, wake=courier.wake, undecided=workers.undecided)
    front = _front(desk, presses, office, me, news)
    intake = Intake(store.inbox, front, options.clock)
    app = app_for(settings, me)
    given_up = news.given_up(office, world)
    register(app, intake)
    backfill = Backfill(
        app=app,
        intake=intake,
        front=front,
        history=History(office.client, Tempo(time.monotonic, at_once=options.calls_at_once)),
        marks=SqlMarks(store.driver, me.team),
        clock=options.clock,
        missed=given_up.missed,
        breath_seconds=options.breath_seconds,
    )
    return Frontdesk(
        desk=desk,
        presses=presses,
        app=app,
        store=store,
        map=routing_map,
        transport=transport_for(app, settings, greeted=backfill.wake, ping_seconds=options.ping_seconds),
        intake=intake,
        workers=workers,
        courier=courier,
        learner=mind.learner,
        agenda=news.agenda(office, world, courier.wake),
        alerts=news.alerts(office, world),
        backfill=backfill,
        checkpoints=news.checkpoints(office, world, checkpoint_file(settings), courier.wake),
        given_up=given_up,
        storms=news.storms(office, world, courier.wake, is_paced=bool(options.rates.gap)),
        costs=Costs(store.ledger, _purse(store, me, settings, routing_map), desk, world.clock),
    )


def _front(desk: Desk, presses: Presses, office: Office, me: Identity, news: Newsroom) -> Front:
    return Front(
        desk=desk,
        presses=presses,
        cases=office.store.cases,
        inbox=office.store.inbox,
        client=office.client,
        directory=office.directory,
        bulletins=news.bulletins,
        home=Home(team=me.team, enterprise=me.enterprise, app=me.app),
        seal=office.seal,
        bot=me.user,
        bot_id=me.bot_id,
        site=me.site,
        intakes={ChannelId(intake.channel): intake for intake in desk.map.intakes},
        on_demand=news.on_demand,
    )


def _purse(store: Store, me: Identity, settings: Settings, routing_map: RoutingMap) -> SqlPurse:
    limits = limits_of(settings, routing_map)
    return store.ledger.purse(team=me.team, limits=limits, keep=kept_for(routing_map))


def usable_map(settings: Settings) -> RoutingMap:
    routing_map = map_at(settings.frontdesk_routes)
    missing = missing_for_start(routing_map)
    if missing:
        raise Complaint("\n".join([f"{settings.frontdesk_routes} is not enough to start with:", *missing]))
    return routing_map


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
async def _at_work(bot: Frontdesk) -> AsyncIterator[None]:
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
