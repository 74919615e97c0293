"""The sources a person can name, sitting together: made for a map, taught before anybody asks them, closed after."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from bot import clock
from bot.minds import World, advising, limits_of, teaching
from bot.pocket import Pocket
from bot.problems import Complaint
from bot.settings import Settings
from routing.experience import Taught
from routing.learner import Learner, NoExperience
from routing.lessons import Learned
from routing.map import RoutingMap
from routing.names import NOBODY, Names
from routing.panel import Panel, Rules, Source

RULES, CLASSIFIER, CLAUDE = "rules", "classifier", "claude"
KNOWN = (RULES, CLASSIFIER, CLAUDE)


async def nobodys() -> Names:
    """On paper there is no workspace: only names that people say or sign themselves are masked."""
    return NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whom the sources judge for. `taught` are lessons by people, besides the map's examples."""

    map: RoutingMap
    settings: Settings
    taught: Sequence[Taught] = ()
    names: Callable[[], Awaitable[Names]] = nobodys


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A panel that is ready, what the classifier made of its lessons, and the purse Claude is paid from."""

    panel: Panel
    learned: Learned | None
    pocket: Pocket


def sources_in(written: str) -> tuple[str, ...]:
    """Each once, in the order named."""
    names = tuple(dict.fromkeys(name.strip() for name in written.split(",")))
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise Complaint(f"There is no source {unknown[0]!r}. There are: {', '.join(KNOWN)}.")
    return names


def must_be_able(names: Sequence[str], settings: Settings) -> None:
    if CLAUDE in names and settings.anthropic_api_key is None:
        raise Complaint("The source claude needs a key: set ANTHROPIC_API_KEY, or leave claude out of --sources.")


@asynccontextmanager
async def sitting(names: Sequence[str], company: Company) -> AsyncIterator[Sitting]:
    """Claude is no source among the others: it is asked when they are not enough, inside a budget. Without a key the
    decision says that it was not.
    """
    pocket = Pocket(limits_of(company.settings, company.map), clock.now)
    world = World(
        map=company.map,
        settings=company.settings,
        experience=NoExperience(company.taught),
        clock=clock.now,
        purse=pocket,
        names=company.names,
    )
    learner = Learner(world.map, teaching(world.settings), experience=world.experience, clock=world.clock)
    try:
        if CLASSIFIER in names:
            await learner.learn()
        async with advising(world, learner) if CLAUDE in names else nullcontext() as adviser:
            heard = [_source(name, learner) for name in names if name != CLAUDE]
            yield Sitting(panel=Panel(heard, world.map, adviser), learned=learner.learned, pocket=pocket)
    finally:
        await learner.close()


def _source(name: str, learner: Learner) -> Source:
    return learner if name == CLASSIFIER else Rules()
