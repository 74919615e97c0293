"""How the parts are put together: the one place that knows them all. Reads top to bottom, from the map to the wire."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.assembly import courier_for, desk_for
from bot.checkpoint_file import checkpoint_file
from bot.costs import Costs
from bot.files import map_at
from bot.frontdesk import Frontdesk, at_work
from bot.looking_back import looking_back
from bot.minds import Minds, World, kept_for, limits_of, minds
from bot.newsroom import Newsroom, Office, newsroom
from bot.problems import Complaint
from bot.settings import Settings
from bot.slack import Identity, app_for, heeding_client, identity, paced_client, resolved, slack_session
from bot.transport import PING_SECONDS, transport_for
from bot.workers import Workers
from handlers.backfill import BREATH_SECONDS, Backfill
from handlers.directory import SlackDirectory
from handlers.front import Front
from handlers.history import AT_ONCE, History, Tempo
from handlers.intake import Intake, register
from handlers.paced import PacedClient
from handlers.roster import SlackRoster
from handlers.seals import Seal
from handlers.tenancy import Home
from handlers.wall import Wall
from routing.desk import Desk
from routing.kinds import (
    ChannelId,
)
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

BURST_PATIENCE_SECONDS = 1.5
BUTTONS, KEY_BYTES = "buttons", 32  # what our buttons are sealed with


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
            async with at_work(bot):
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
