"""`frontdesk digest`: a morning's digest on paper, as it was posted or as it would be; and posted, if nobody had it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from bot import clock
from bot.commands.plainly import page
from bot.files import map_at
from bot.problems import Complaint
from bot.settings import read_settings
from handlers import digest_daily, digest_patterns, wording_digests
from handlers.blocks import Setting
from handlers.bulletins import Sight, seen
from routing import agenda
from routing.bulletins import Appointment, BulletinKind, appointments, job_of, newest_due
from routing.digests.daily import read
from routing.digests.daily_composer import DailyComposer
from routing.digests.patterns import PatternsComposer
from routing.digests.retelling import Retelling, Retold, fire_time
from routing.kinds import ChannelId, TeamId
from routing.map import RoutingMap
from storage.bulletins import SqlBulletins
from storage.driver import InUse, StorageError
from storage.figures import SqlFigures
from storage.newest import newest_team
from storage.sqlite import Store, open_store
from storage.trends import SqlTrends

KNOWN_MAX = 400
RUNNING = (
    "The bot is running, and posts its digests itself. To see one now, type /frontdesk digest in Slack, or leave out "
    "--post; to post one that was missed, stop the bot first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    day: date | None
    posts: bool
    routes: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    store: Store
    team: TeamId
    map: RoutingMap
    bulletins: SqlBulletins
    retelling: Retelling


async def told(wish: Wish) -> str:
    """One group of leads after the other."""
    settings = read_settings()
    routing_map = map_at(wish.routes or settings.frontdesk_routes)
    if not routing_map.digests.leads:
        raise Complaint("The routing map names no leads, so there are no digests: add `digests` to it.")
    try:
        async with open_store(settings.frontdesk_database, clock=clock.now, read_only=not wish.posts) as store:
            return await _told(store, routing_map, wish)
    except InUse:
        raise Complaint(RUNNING) from None
    except StorageError as problem:
        raise Complaint(str(problem)) from None


async def _told(store: Store, routing_map: RoutingMap, wish: Wish) -> str:
    team = await newest_team(store.driver)
    bulletins, quiet = SqlBulletins(store.driver, team), routing_map.digests.is_told_when_quiet
    composer = DailyComposer(
        counted=SqlFigures(store.driver, team), routing_map=routing_map, clock=clock.now, tells_quiet=quiet
    )
    trends = PatternsComposer(SqlTrends(store.driver, team), routing_map, is_told_when_quiet=quiet)
    reading = _Reading(
        store=store,
        team=team,
        map=routing_map,
        bulletins=bulletins,
        retelling=Retelling(composer=composer, trends=trends, board=bulletins),
    )
    groups = [one for one in appointments(routing_map) if one.kind is BulletinKind.DAILY]
    found = [await _of_group(one, wish, reading) for one in groups]
    return "\n\n".join(found)


async def _of_group(group: Appointment, wish: Wish, reading: _Reading) -> str:
    known = await _known(group, reading)
    found = await _found(group, known, wish.day, reading)
    fire_at = found.fire_at
    lines = [await _drawn(found, reading)]
    if wish.posts:
        lines.append(await _posted(known, found, reading))
    elif not found.was_posted:
        lines.append(f"  {wording_digests.NOT_POSTED}")
    week = await _week(known, fire_at, reading) if known else None
    return "\n".join([*lines, "", week] if week else lines)


async def _found(group: Appointment, known: Appointment | None, day: date | None, reading: _Reading) -> Retold:
    """Of that day; without one, the last that was posted, or else what would have been."""
    if day is None and known and (last := await reading.retelling.newest(known)):
        return last
    fire_at = fire_time(group, day) if day else newest_due(group, reading.map.hours, clock.now())
    if fire_at is None or fire_at > clock.now():
        raise Complaint("That morning is still to come.")
    found = await reading.retelling.morning(known or group, fire_at)
    if found is None:
        raise Complaint("There was no desk yet that morning. With --date, another day.")
    return found


async def _week(known: Appointment, fire_at: datetime, reading: _Reading) -> str | None:
    """The patterns that were posted that day."""
    weekly = [one for one in appointments(reading.map) if one.kind is BulletinKind.PATTERNS]
    mine = next(one for one in weekly if one.destinations == known.destinations)
    found = await reading.retelling.week(replace(mine, job=f"patterns:{known.to}", to=known.to), fire_at)
    if found is None:
        return None
    return "\n".join(page(one) for one in digest_patterns.render(found, Setting(map=reading.map), None))


async def _known(group: Appointment, reading: _Reading) -> Appointment | None:
    """The same group as the running bot knows it, by Slack's own id of its channel: the map may say its name."""
    for bulletin in await reading.bulletins.of_job("daily:", KNOWN_MAX):
        if set(read(bulletin.body).destinations) == set(group.destinations):
            return replace(group, job=job_of(bulletin.key), to=ChannelId(bulletin.to))
    return None


async def _drawn(found: Retold, reading: _Reading) -> str:
    sight = Sight(map=reading.map, cases=reading.store.cases)
    around = await seen(found.daily, sight)
    pages = digest_daily.render(
        found.daily, around.cases, Setting(map=reading.map), late=found.late, told_at=clock.now()
    )
    return "\n".join(page(one) for one in pages)


async def _posted(known: Appointment | None, found: Retold, reading: _Reading) -> str:
    """Owed from now on, once: the bot posts it when it starts."""
    if found.was_posted:
        return "  It was posted already, and is not posted twice."
    if known is None:
        return "  Not posted: this group has never had a digest, so its channel in Slack is not known here."
    composed = await reading.retelling.composer.compose(known, found.fire_at)
    if not composed:
        return "  Not posted: there is nothing to say."
    entry = agenda.told(known, found.fire_at, clock.now(), composed)
    is_ours = await reading.bulletins.publish(known.job, found.fire_at, composed, entry, reading.map.version)
    return "  The bot posts it when it starts." if is_ours else "  Not posted: that morning had nothing to say."
