"""The real program in a process of its own, to be killed; and the ear that hears what it acknowledged before."""

import asyncio
import os
import secrets
import socket
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from bot.workspace.delivery import Attempt, Parcel, Receipt, Transport
from bot.workspace.http_events import RequestUrl
from bot.workspace.model import Timing
from bot.workspace.server import PretendSlack
from handlers.keys import dedupe_key
from tests.office import ROOT, TOKENS, real_time
from tests.trust.seed import seed

PATIENCE_SECONDS = 60.0
APP = "U0FRONTDESK"
LOOK_SECONDS = 0.02
IMPATIENT = Timing(ack_seconds=2.0, socket_redeliveries=200, http_retry_seconds=(0.4,) * 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an event tells of: a message, what it says now, and since when."""

    message: str
    text: str
    at: str

    @classmethod
    def by(cls, event: Mapping[str, Any]) -> "Said":
        message = event.get("message") or event
        return cls(message=str(message.get("ts")), text=str(message.get("text")), at=str(event.get("ts")))


@dataclass(kw_only=True)
class Ear:
    """Stands between Slack and its transport, and notes what was sent, and what came back, under the key that the inbox
    should have.

    What the bot itself posted counts for nothing: Bolt acknowledges it, and nobody keeps it. The key is the bot's own
    idea; what was sent under it is Slack's, so that one key for two things people said is noticed here.
    """

    line: Transport
    pulse: Callable[[], None]
    acknowledged: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    sent: dict[str, dict[str, Said]] = field(default_factory=dict)

    @property
    def collapsed(self) -> dict[str, set[Said]]:
        """Keys under which more than one thing was sent: of those all but one are lost."""
        told = {key: set(by_event.values()) for key, by_event in self.sent.items() if key}
        return {key: said for key, said in told.items() if len(said) > 1}

    @property
    def last_said(self) -> dict[str, str]:
        """What each message said last, by its own `ts`, in the order in which Slack says that things happened."""
        every = sorted({said for by_event in self.sent.values() for said in by_event.values()}, key=lambda one: one.at)
        return {said.message: said.text for said in every}

    @property
    def is_ready(self) -> bool:
        return self.line.is_ready

    @property
    def retry_seconds(self) -> tuple[float, ...]:
        return self.line.retry_seconds

    async def send(self, parcel: Parcel, attempt: Attempt) -> Awaitable[Receipt]:
        return self._noted(parcel, await self.line.send(parcel, attempt))

    async def _noted(self, parcel: Parcel, pending: Awaitable[Receipt]) -> Receipt:
        event, key = parcel.payload.get("event", {}), dedupe_key(parcel.payload)
        self.events.setdefault(str(event.get("ts", "")), key)
        if event.get("type") == "message" and is_worded(event):
            self.sent.setdefault(key, {})[str(parcel.payload["event_id"])] = Said.by(event)
        receipt = await pending
        if APP in {event.get("user"), (event.get("message") or {}).get("user")}:
            return receipt
        if receipt.is_acknowledged:
            self.acknowledged.add(key)
        else:
            self.refused[key] = receipt.reason
        self.pulse()
        return receipt


@dataclass(kw_only=True)
class House:
    """A workspace, a folder, and a bot that dies in it again and again."""

    slack: PretendSlack
    folder: Path
    over: str
    ear: Ear
    port: int
    secret: str
    more: dict[str, str] = field(default_factory=dict)
    bots: list[Process] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "office.db"

    @property
    def settings(self) -> dict[str, str]:
        way_in = {"SLACK_APP_TOKEN": TOKENS.app} if self.over == "socket" else {"SLACK_SIGNING_SECRET": self.secret}
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": TOKENS.bot,
            "SLACK_API_URL": self.slack.api_url,
            "FRONTDESK_ROUTES": str(ROOT / "routes.yml"),
            "FRONTDESK_DATABASE": f"sqlite:///{self.database}",
            "FRONTDESK_PORT": str(self.port),
            **way_in,
            **self.more,
        }

    @property
    def told(self) -> str:
        """What the last bot had to say on standard error."""
        return (self.folder / f"stderr-{len(self.bots)}").read_text(errors="replace")

    async def starts_the_bot(self) -> Process:
        with (self.folder / f"stderr-{len(self.bots) + 1}").open("wb") as errors:
            bot = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "start"),
                cwd=self.folder,
                env=self.settings,
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=errors,
            )
        self.bots.append(bot)
        return bot

    async def until(self, what: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """Looked at again and again: a file does not say when it changes."""
        try:
            async with asyncio.timeout(seconds):
                while not what():  # noqa: ASYNC110 - see above
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError(f"waited in vain; the bot said: {self.told[-2000:]}") from None

    async def hears_again(self, seconds: float = PATIENCE_SECONDS) -> None:
        """The next acknowledgement: the bot is at work."""
        before = len(self.ear.acknowledged)
        await self.until(lambda: len(self.ear.acknowledged) > before, seconds)

    @property
    def is_at_rest(self) -> bool:
        """Nothing is on its way to the bot, nothing is unread, undecided or owed."""
        waiting = """
            SELECT count(*) FROM inbox WHERE state = 'unread'
            UNION ALL SELECT count(*) FROM cases WHERE status = 'received'
            UNION ALL SELECT count(*) FROM notices WHERE state IN ('ready', 'leased')
        """
        return self.slack.post_room.is_idle and {count for (count,) in self.rows(waiting)} == {0}

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Read beside the bot, or beside its corpse: a connection that may not write changes nothing there."""
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as reader:
            return reader.execute(sql).fetchall()

    def worded(self) -> dict[str, str]:
        """What each message says in the case that holds it, put together by hand."""
        sql = """
            SELECT json_extract(part.value, '$.message'), texts.body
            FROM cases, json_each(cases.body, '$.request.parts') AS part
            JOIN texts ON texts.id = cases.id || ':part:' || part.key
        """
        return {str(message): str(text) for message, text in self.rows(sql)}

    def kept(self) -> set[str]:
        """The keys in the inbox."""
        return {str(key) for (key,) in self.rows("SELECT key FROM inbox")}

    def lost(self) -> set[str]:
        """What was acknowledged and is not in the inbox."""
        return self.ear.acknowledged - self.kept() if self.ear.acknowledged else set()


@asynccontextmanager
async def a_house(slack: PretendSlack, folder: Path, over: str, timing: Timing = IMPATIENT) -> AsyncIterator[House]:
    """Slack speaks over a socket or over HTTP, and everything it is told about an event is noted."""
    slack.workspace.timing = timing
    # Two houses of one test, and tests beside each other, look in different places.
    port = free_port(Random(f"{seed()} {folder.name} {over}"))  # noqa: S311 - chance, no secret
    secret = secrets.token_hex()
    if over == "http":
        url = f"http://127.0.0.1:{port}/slack/events"
        await slack.deliver_to(RequestUrl(url=url, signing_secret=secret, clock=real_time))
    house = House(slack=slack, folder=folder, over=over, ear=listening(slack), port=port, secret=secret)
    try:
        yield house
    finally:
        for bot in house.bots:
            await dies_after(0, bot)


def listening(slack: PretendSlack) -> Ear:
    ear = Ear(line=slack.post_room.transport, pulse=slack.workspace.pulse.beat)
    slack.post_room.transport = ear
    return ear


def is_worded(event: Mapping[str, Any]) -> bool:
    """Whether somebody said something, or says it differently now. A counted reply is told as if it were an edit."""
    if APP in {event.get("user"), (event.get("message") or {}).get("user")}:
        return False
    before, after = event.get("previous_message"), event.get("message")
    return not (before and after) or before.get("text") != after.get("text")


def free_port(chance: Random) -> int:
    """One that the system gives to nobody by itself: while our bot is dead, nobody else must answer for it."""
    for port in chance.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports, and every one is taken")


async def dies_after(seconds: float, bot: Process) -> None:
    """Nobody is told: SIGKILL."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bot.wait()
    if bot.returncode is None:
        bot.kill()
        await bot.wait()


def a_crowd(slack: PretendSlack, count: int, channel: str) -> list[str]:
    """So many more colleagues in a channel, and in the company: nobody has to say everything."""
    workspace = slack.workspace
    somebody = workspace.person("maya")
    first = len(workspace.people)
    crowd = [replace(somebody, id=f"U0CROWD{each}", handle=f"crowd{each}") for each in range(first, first + count)]
    workspace.people |= {one.id: one for one in crowd}
    room = workspace.channel(channel)
    workspace.channels[room.id] = replace(room, members=(*room.members, *(one.id for one in crowd)))
    return [one.id for one in crowd]
