"""Who decides: the sources, and Claude behind them, made from map and settings. What is heavy loads when it is used."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.problems import Complaint
from bot.settings import Settings
from routing.adviser import ClaudeAdviser, Surroundings
from routing.budget import DOLLAR, Limits, Purse
from routing.decide import unheard
from routing.decisions import Opinion
from routing.exchange import NoWay
from routing.experience import Experience
from routing.learner import Learner, Teach
from routing.lessons import Guesser, Lesson
from routing.map import RoutingMap
from routing.names import Names
from routing.panel import Adviser, Matter, Panel, Rules, Source
from routing.ports import Clock

NONCE_BYTES = 12
# Every hand may have a hard case of its own. Who gets no turn in time is decided without Claude, and says so.
AT_ONCE, PATIENCE_SECONDS = 8, 8.0


class Keyless:
    """Who is asked where there is no key: nobody, and the case says so."""

    is_instant = True

    async def advise(self, matter: Matter) -> tuple[Opinion, ...]:  # noqa: ARG002 - the port
        return (unheard("no_key"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What minds need to know of the rest of the bot."""

    map: RoutingMap
    settings: Settings
    experience: Experience
    clock: Clock
    purse: Purse
    names: Callable[[], Awaitable[Names]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minds:
    panel: Panel
    learner: Learner


@asynccontextmanager
async def minds(world: World, sources: Sequence[Source] | None = None) -> AsyncIterator[Minds]:
    """The panel, learning from now on. `sources` stand in for rules and classifier."""
    async with AsyncExitStack() as stack:
        learner = await stack.enter_async_context(learning(world))
        adviser = await stack.enter_async_context(advising(world, learner))
        heard = (Rules(), learner) if sources is None else sources
        yield Minds(panel=Panel(heard, world.map, adviser), learner=learner)


@asynccontextmanager
async def learning(world: World) -> AsyncIterator[Learner]:
    learner = Learner(world.map, teaching(world.settings), experience=world.experience, clock=world.clock)
    learner.start()
    try:
        yield learner
    finally:
        await learner.close()


def teaching(settings: Settings) -> Teach:
    """Learning with the encoder the settings name; by words alone when there is none."""
    model, vocabulary = settings.frontdesk_encoder, settings.frontdesk_encoder_vocabulary

    def teach(lessons: Sequence[Lesson]) -> Guesser | None:
        from bot.school import trained  # noqa: PLC0415 - numpy and the encoder load with the first lesson

        return trained(lessons, model, vocabulary)

    return teach


def limits_of(settings: Settings, routing_map: RoutingMap) -> Limits:
    return Limits(
        per_case=round(settings.route_cost_limit_usd * DOLLAR),
        # A limit below the alert is alarming in itself.
        alert=round(min(settings.route_cost_alert_usd, settings.route_cost_limit_usd) * DOLLAR),
        per_hour=routing_map.claude.per_hour,
        per_day=routing_map.claude.per_day,
        calls_per_hour=routing_map.claude.calls_per_hour,
    )


def kept_for(routing_map: RoutingMap) -> timedelta:
    return timedelta(minutes=routing_map.claude.kept_minutes)


@asynccontextmanager
async def advising(world: World, learner: Learner) -> AsyncIterator[Adviser]:
    key = world.settings.anthropic_api_key
    if key is None:
        yield Keyless()
        return
    from routing.claude import Claude, Manners  # noqa: PLC0415 - the SDK takes a second to load, and only who has a key needs it

    try:
        claude = Claude(
            key=key.get_secret_value(),
            base_url=world.settings.anthropic_base_url,
            purse=world.purse,
            monotonic=time.monotonic,
            sleep=asyncio.sleep,
            manners=Manners(at_once=AT_ONCE, patience_seconds=PATIENCE_SECONDS),
        )
    except NoWay as problem:
        raise Complaint(str(problem)) from None
    surroundings = Surroundings(
        names=world.names,
        exemplars=learner.exemplars,
        nonce=lambda: secrets.token_hex(NONCE_BYTES),
        monotonic=time.monotonic,
    )
    adviser = ClaudeAdviser(claude, world.map, surroundings)
    try:
        yield adviser
    finally:
        await adviser.close()
        await claude.close()
