"""The classifier: what it has to learn from, and what it makes of that."""

from collections.abc import Sequence

from bot.checks.finding import Finding, doubt, fine
from bot.minds import teaching
from bot.settings import Settings
from routing.experience import Taught
from routing.learner import LESSONS_MAX, Learner, NoExperience
from routing.lessons import Learned
from routing.map import RoutingMap
from routing.ports import Clock
from storage.driver import StorageError
from storage.experience import SqlExperience
from storage.newest import newest_team
from storage.sqlite import open_store

TRIED_MAX = 300  # cases: enough to see that it learns, and done in a second or two


async def classifier_checks(settings: Settings, routing_map: RoutingMap, now: Clock) -> list[Finding]:
    """Trains one as `start` does, here and now, on the newest cases, and throws it away."""
    taught = await _taught(settings, now)
    learner = Learner(routing_map, teaching(settings), experience=NoExperience(taught[:TRIED_MAX]), clock=now)
    try:
        await learner.learn()
    finally:
        await learner.close()
    learned = learner.learned
    if learned is None:
        return [doubt("classifier", "Learns nothing: fewer than two destinations have examples. Add some to the map.")]
    examples = sum(len(one.examples) for one in routing_map.destinations.values())
    sentence = f"{examples} examples of the map, {len(taught)} cases judged by people: {_told(learned)}"
    if not learned.encoder:
        why = "There is no sentence encoder, so it goes by words alone; the log of `start` says why."
        return [doubt("classifier", f"{sentence} {why}")]
    return [fine("classifier", sentence)]


async def _taught(settings: Settings, now: Clock) -> Sequence[Taught]:
    """What cannot be read is the database's own line."""
    try:
        async with open_store(settings.frontdesk_database, clock=now, read_only=True) as store:
            return await SqlExperience(store.driver, await newest_team(store.driver)).taught(LESSONS_MAX)
    except StorageError:
        return ()


def _told(learned: Learned) -> str:
    right = f"{learned.accuracy:.0%} right on what it had not seen" if learned.accuracy is not None else "not measured"
    if learned.threshold is None:
        return f"{right}; too little to prove its confidence, so it only proposes."
    return f"{right}; sure enough to route from {learned.threshold:.0%} on, where {learned.precision:.0%} were right."
