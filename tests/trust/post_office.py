"""The desk's real outbox, courier, wall and messenger, before the pretend Slack: all that delivers, nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.files import map_at
from bot.workspace.model import Limits, Message
from bot.workspace.server import PretendSlack
from handlers.bulletins import Sight
from handlers.directory import SlackDirectory
from handlers.messenger import SlackMessenger
from handlers.noticeboard import Noticeboard
from handlers.paced import PacedClient
from handlers.pictures import Pictures
from handlers.wall import METADATA, Wall
from routing.courier import Courier
from routing.kinds import ChannelId, NoticeKind, Status, TeamId
from routing.map import Reference, RoutingMap
from routing.model import Case, Notice
from routing.pace import SLACKS, Pace, Rates
from routing.ports import Clock, Outbox
from storage.bulletins import SqlBulletins
from storage.sqlite import Store, open_store
from tests.make import a_case, a_decision, a_request, an_outcome
from tests.office import ROOT, TOKENS, OfficeClock, a_workspace

TEAM = TeamId("T0HALDEN")
HELP = ChannelId("C0HELP")
TRIAGE = ChannelId("C0FRONTDESK")
CHANNELS = ("C0BILLING", "C0BUGS", "C0HOWTO", "C0SALES", "C0PAYONCALL", "C0ITACCESS", "C0STAKE", "C0LEADS")


@dataclass(kw_only=True)
class PostOffice:
    slack: PretendSlack
    store: Store
    courier: Courier
    clock: OfficeClock

    async def states(self) -> dict[str, str]:
        rows = await self.store.driver.reading.run("SELECT key, state FROM notices")
        return {row["key"]: row["state"] for row in rows}


@asynccontextmanager
async def a_post_office(
    folder: Path, *, name: str = "desk", limits: Limits | None = None, rates: Rates = SLACKS
) -> AsyncIterator[PostOffice]:
    clock = OfficeClock()
    async with (
        a_workspace(clock, limits=limits) as slack,
        open_store(f"sqlite:///{folder}/{name}.db", clock=clock) as store,
    ):
        yield PostOffice(slack=slack, store=store, courier=courier_for(store, slack.api_url, clock, rates), clock=clock)


def courier_for(store: Store, api_url: str, clock: Clock, rates: Rates, outbox: Outbox | None = None) -> Courier:
    """Put together as `bot.wiring` does it."""
    outbox, pace, routing_map = outbox or store.outbox, Pace(rates), the_map()
    client = PacedClient(TOKENS.bot, api_url, pace=pace, clock=clock)
    wall = Wall(client, outbox=outbox, clock=clock)
    directory = SlackDirectory(client, team=TEAM, monotonic=lambda: 0.0)
    sight = Sight(map=routing_map, cases=store.cases, outsiders=directory)
    noticeboard = Noticeboard(
        wall,
        bulletins=SqlBulletins(store.driver, TEAM),
        sight=sight,
        pictures=Pictures(client, lambda _: None),
    )
    messenger = SlackMessenger(
        wall,
        directory=directory,
        sight=sight,
        noticeboard=noticeboard,
    )
    return Courier(outbox=outbox, cases=store.cases, messenger=messenger, clock=clock, pace=pace)


@cache
def the_map() -> RoutingMap:
    """The sample's; of its channels, triage is the one that its cards may need by its id."""
    found = map_at(ROOT / "routes.yml")
    triage = replace(found.triage, channel=Reference(TRIAGE))
    return replace(found, destinations={**found.destinations, triage.name: triage})


async def a_routed_case(store: Store, name: str, message: str, *notices: Notice) -> Case:
    """A case asked in #help under that message, and what is owed about it."""
    request = replace(a_request(message), team=TEAM, channel=HELP)
    case = a_case(name, request=request, status=Status.ROUTED, decision=a_decision())
    return await store.cases.settle(an_outcome(case, notices=notices))


def a_line(key: str, to: str) -> Notice:
    return Notice(key=key, kind=NoticeKind.LINE, to=to, code="gate")


def key_of(message: Message) -> str:
    payload = message.metadata.get("event_payload", {}) if message.metadata.get("event_type") == METADATA else {}
    return str(payload.get("key", ""))


def keys_in(slack: PretendSlack) -> list[str]:
    """What was said, by the key it answers: nothing that people see."""
    rooms = [slack.workspace.room(channel).values() for channel in slack.workspace.channels]
    return [key for room in rooms for message in room if (key := key_of(message))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    key: str
    seconds: float


def said_in(slack: PretendSlack, channel: str) -> list[Said]:
    room = slack.workspace.room(channel).values()
    return [Said(key=key, seconds=float(message.ts)) for message in room if (key := key_of(message))]


def real_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - outside of any story
