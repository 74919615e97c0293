"""How the desk's own messages are put together: who counts, who composes, who draws, and who may ask at once."""

from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.checkpoint_file import CheckpointFile
from bot.minds import World, teaching
from handlers.bulletins import Sight
from handlers.directory import SlackDirectory
from handlers.noticeboard import Noticeboard
from handlers.on_demand import Digests
from handlers.pictures import Pictures
from handlers.seals import Seal
from handlers.wall import Wall
from routing.agenda import Agenda, Composers
from routing.bulletins import Bulletin, BulletinKind, appointments
from routing.checkpoints import Checkpoints, Places
from routing.crowded import Lookout
from routing.decide import Unsure
from routing.digests.daily_composer import DailyComposer
from routing.digests.drift import Deciding, Drift
from routing.digests.losses import GivenUp
from routing.digests.patterns import PATTERNS, PatternsComposer
from routing.digests.retelling import Retelling
from routing.digests.reviews import Reviews
from routing.digests.watch import Alerts, Episodes
from routing.kinds import ChannelId, TeamId
from storage.alerts import SqlWatched
from storage.bulletins import SqlBulletins
from storage.checkpoints import SqlChain
from storage.drift import SqlArchive
from storage.experience import SqlExperience
from storage.figures import SqlFigures
from storage.losses import SqlLost
from storage.reviews import SqlSampled
from storage.sqlite import Store
from storage.storms import SqlStorms
from storage.trends import SqlTrends


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where it stands: the workspace's own address is what every link begins with."""

    client: AsyncWebClient
    directory: SlackDirectory
    store: Store
    team: TeamId
    site: str
    seal: Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    noticeboard: Noticeboard
    on_demand: Digests
    bulletins: SqlBulletins
    sight: Sight

    def agenda(self, office: Office, world: World, wake: Callable[[], None]) -> Agenda:
        return Agenda(
            appointments=appointments(world.map),
            composers=_composers(office, world, self.bulletins),
            bulletins=self.bulletins,
            routing_map=world.map,
            clock=world.clock,
            wake=wake,
        )

    def alerts(self, office: Office, world: World) -> Alerts:
        operators = ChannelId(world.map.operators) if world.map.operators else None
        watched = SqlWatched(office.store.driver, office.team)
        return Alerts(watched, self.bulletins, routing_map=world.map, operators=operators, clock=world.clock)

    def checkpoints(
        self, office: Office, world: World, file: CheckpointFile | None, wake: Callable[[], None]
    ) -> Checkpoints:
        channel = ChannelId(world.map.audit_channel) if world.map.audit_channel else None
        return Checkpoints(
            places=Places(channel=channel, file=file),
            chain=SqlChain(office.store.driver, office.team),
            bulletins=self.bulletins,
            map_version=world.map.version,
            clock=world.clock,
            wake=wake,
        )

    def given_up(self, office: Office, world: World) -> GivenUp:
        """Told to those who run the desk; where nobody is named for that, to triage: somebody must know."""
        to = world.map.operators or world.map.triage.channel
        assert to is not None, "no desk opens without a channel for triage"
        lost = SqlLost(office.store.driver, office.team)
        version = world.map.version
        return GivenUp(lost, self.bulletins, to=ChannelId(to), map_version=version, clock=world.clock)

    def storms(self, office: Office, world: World, wake: Callable[[], None], *, is_paced: bool) -> Lookout:
        storms = SqlStorms(office.store.driver, office.team, world.map.version)
        return Lookout(storms, clock=world.clock, wake=wake, is_paced=is_paced)


def newsroom(office: Office, world: World, wall: Wall) -> Newsroom:
    bulletins = SqlBulletins(office.store.driver, office.team)
    sight = Sight(
        map=world.map, cases=office.store.cases, site=office.site, seal=office.seal, outsiders=office.directory
    )
    board = Noticeboard(wall, bulletins=bulletins, sight=sight, pictures=Pictures(wall.client, draw))
    retelling = Retelling(composer=_daily(office, world), trends=_trends(office, world), board=bulletins)
    on_demand = Digests(
        retelling=retelling,
        directory=office.directory,
        sight=sight,
        clock=world.clock,
    )
    return Newsroom(noticeboard=board, on_demand=on_demand, bulletins=bulletins, sight=sight)


def draw(bulletin: Bulletin) -> bytes | None:
    """Only the patterns of a week have a picture."""
    if bulletin.kind is not BulletinKind.PATTERNS:
        return None
    from bot.trend_lines import weekly  # noqa: PLC0415 - a drawing library, once a week

    patterns = PATTERNS.validate_json(bulletin.body)
    return None if patterns.is_quiet else weekly(patterns.points)


def _composers(office: Office, world: World, bulletins: SqlBulletins) -> Composers:
    driver, team = office.store.driver, office.team
    deciding = Deciding(
        map=world.map,
        teach=teaching(world.settings),
        clock=world.clock,
        unsure=Unsure(world.settings.route_below_confidence),
    )
    episodes = Episodes(bulletins, world.map.version)
    return {
        BulletinKind.DAILY: _daily(office, world),
        BulletinKind.PATTERNS: _trends(office, world),
        BulletinKind.REVIEW: Reviews(SqlSampled(driver, team), bulletins, world.map.review),
        BulletinKind.ALERT: Drift(SqlArchive(driver, team), SqlExperience(driver, team), episodes, deciding),
    }


def _trends(office: Office, world: World) -> PatternsComposer:
    trends = SqlTrends(office.store.driver, office.team)
    return PatternsComposer(trends, world.map, is_told_when_quiet=world.map.digests.is_told_when_quiet)


def _daily(office: Office, world: World) -> DailyComposer:
    counted = SqlFigures(office.store.driver, office.team)
    return DailyComposer(
        counted=counted,
        routing_map=world.map,
        clock=world.clock,
        tells_quiet=world.map.digests.is_told_when_quiet,
    )
