"""The storyteller: a real bot, a real database file and the pretend Slack, in words a colleague would use."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import yaml

from bot.frontdesk import Frontdesk
from bot.settings import Settings
from bot.transport import HttpTransport
from bot.wiring import Options, opened
from bot.workspace import interactions, members
from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.http_events import RequestUrl
from bot.workspace.model import Limits, Message, Tokens, View
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace
from handlers import wording_clocks
from routing.kinds import (
    ChannelId,
    MessageId,
    PersonId,
)
from routing.model import Case, Entry
from routing.pace import UNPACED
from routing.ticking import CLOCKS
from storage.audit import verify

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
SECRET = "office-signing-secret"
TOKENS = Tokens(bot="xoxb-office-bot", app="xapp-office-app", signing_secret=SECRET)
PATIENCE_SECONDS = 8.0
STARTING_SECONDS = 15.0  # on a machine that does much else
UNHURRIED = Limits(messages_per_second=0, per_minute=False)  # a story of its own keeps the real limits


def real_time() -> float:
    """Signatures are checked against the real clock, whatever the story's says."""
    return datetime.now(UTC).timestamp()  # noqa: TID251 - outside of any story


class OfficeClock:
    """Time that runs, and can be moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - the office's own clock


@dataclass(kw_only=True)
class Office:
    slack: PretendSlack
    clock: OfficeClock
    settings: Settings
    bot: Frontdesk
    patience_seconds: float
    heard: set[tuple[str, str]] = field(default_factory=set)
    leaves_it_whole: bool = True
    unheeded: set[str] = field(default_factory=set)

    # What people do.

    async def says(self, who: str, text: str, *, to: str = "#help", thread: str | None = None) -> str:
        return await self.slack.people.say(who, to.lstrip("#"), text, thread_ts=thread)

    async def tells_the_bot(self, who: str, text: str) -> str:
        return await self.slack.people.dm(who, text)

    async def edits(self, who: str, ts: str, text: str, *, in_: str = "#help") -> None:
        await self.slack.people.edit(who, in_.lstrip("#"), ts, text)

    async def deletes(self, who: str, ts: str, *, in_: str = "#help") -> None:
        await self.slack.people.delete(who, in_.lstrip("#"), ts)

    async def presses(self, who: str, button: str, *, card: Message) -> None:
        """By the words on it, as people do; in the overflow too."""
        message = self._now(card)
        for block in message.blocks:
            for element in [*block.get("elements", []), *filter(None, [block.get("accessory")])]:
                if element.get("type") == "button" and element["text"]["text"] == button:
                    assert await self.slack.people.press(
                        who, card.channel, card.ts, element["action_id"], value=element.get("value")
                    ), f"{button} was not acknowledged"
                    return
                for option in element.get("options", []) if element.get("type") == "overflow" else []:
                    if option["text"]["text"] == button:
                        assert await self.slack.people.press(
                            who, card.channel, card.ts, element["action_id"], option=option["value"]
                        ), f"{button} was not acknowledged"
                        return
        raise AssertionError(f"no button {button!r} on: {words_of(message)}")

    async def forges(self, who: str, value: str, *, on: Message, action: str = "") -> None:
        """A press that no button offers: another value, or by somebody who cannot see the message."""
        workspace = self.slack.workspace
        named = json.loads(value).get("v", "") if value.startswith("{") else ""
        pressed = {"type": "button", "block_id": "forged", "action_id": action or named, "value": value}
        pressed |= {"text": {"type": "plain_text", "text": "Forged"}, "action_ts": workspace.stamps.next()}
        parcel = interactions.press_on_message(workspace, workspace.person(who), self._now(on), pressed, "")
        assert (await self.slack.people.post_room.ask(parcel)).is_acknowledged

    def value_of(self, button: str, *, card: Message) -> str:
        """What a button carries, as a curious person reads it in their browser."""
        for block in self._now(card).blocks:
            for element in [*block.get("elements", []), *filter(None, [block.get("accessory")])]:
                for one in [element, *element.get("options", [])]:
                    if (one.get("text") or {}) and isinstance(one["text"], dict) and one["text"]["text"] == button:
                        return str(one["value"])
        raise AssertionError(f"no button {button!r}")

    async def types(self, line: str, *, as_: str, channel: str = "#help") -> None:
        """A command, in a channel, or in the conversation with the bot when `channel` is empty."""
        workspace = self.slack.workspace
        place = channel.lstrip("#") or members.direct(workspace, workspace.person(as_)).id
        assert await self.slack.people.slash(as_, place, line), f"{line} was not acknowledged"

    async def fills_in(self, who: str, **values: str) -> Mapping[str, str]:
        """Fill the form that opened, and send it. Returns the form's complaints."""
        await self.until(lambda: self.slack.people.open_view(who))
        return (await self.slack.people.submit(who, values)).errors

    # What people see.

    async def next_card(self, channel: str, *, saying: str = "") -> Message:
        """The next message in a channel that nobody has read yet."""
        return await self._next(lambda: self.slack.people.messages(channel.lstrip("#")), saying)

    async def next_in_thread(self, channel: str, of: str, *, saying: str = "") -> Message:
        return await self._next(lambda: self.slack.people.thread(channel.lstrip("#"), of)[1:], saying)

    async def next_dm(self, who: str, *, saying: str = "") -> Message:
        return await self._next(lambda: self.slack.people.dms(who), saying)

    async def next_in_dm_thread(self, who: str, of: str, *, saying: str = "") -> Message:
        """The bot answers a direct message under that message."""
        return await self._next(lambda: self.slack.people.thread(self._dm_with(who), of)[1:], saying)

    async def receipt(self, ts: str, *, in_: str = "#help", saying: str = "") -> Message:
        """The bot's one message in the requester's thread, once it says so."""

        def found() -> Message | None:
            ours = [one for one in self.slack.people.thread(in_.lstrip("#"), ts)[1:] if self._is_ours(one)]
            assert len(ours) <= 1, "the requester gets one message, edited in place"
            return ours[0] if ours and saying in words_of(ours[0]) else None

        message = await self.until(found, hint=f"receipt saying {saying!r}")
        self.heard.add((message.channel, message.ts))
        return message

    async def reads(self, card: Message, saying: str) -> Message:
        """The same message, once it says so."""

        def found() -> Message | None:
            message = self._now(card)
            return message if saying in words_of(message) else None

        return await self.until(found, hint=f"{saying!r} on the card; it says {words_of(self._now(card))!r}")

    async def whisper_to(self, who: str) -> str:
        """The next sentence that only they can see."""
        return (await self.next_whisper(who)).text

    async def next_whisper(self, who: str) -> Message:
        """The whole of it, for what is more than a sentence."""

        def found() -> Message | None:
            unheard = [one for one in self.slack.people.ephemerals(who) if (one.channel, one.ts) not in self.heard]
            return unheard[0] if unheard else None

        message = await self.until(found, hint=f"a whisper to {who}")
        self.heard.add((message.channel, message.ts))
        return message

    async def form_of(self, who: str) -> str:
        """The words of the form that opened for them."""
        view = await self.until(lambda: self.slack.people.open_view(who), hint=f"a form for {who}")
        return _words(view.content)

    def words_in(self, view: View) -> str:
        return _words(view.content)

    def unread(self) -> list[str]:
        """Messages of the bot that no line of the story has looked at."""
        return [
            f"#{channel.name}: {words_of(message)[:120]}"
            for channel in self.slack.workspace.channels.values()
            if channel.name not in self.unheeded
            for message in self.slack.workspace.room(channel.id).values()
            if self._is_ours(message) and (message.channel, message.ts) not in self.heard
        ]

    def heeds_no_digests(self) -> None:
        """A story of other things, in which mornings pass."""
        self.unheeded |= {"shop-leads", "product-leads", "frontdesk-ops", "front-desk"}

    def heeds_nothing_more(self) -> None:
        self.unheeded |= {channel.name for channel in self.slack.workspace.channels.values()}

    async def asked_by(self, who: str) -> Sequence[Case]:
        """What the desk knows of what they asked, once everything is settled."""
        await self.settles()
        return await self.bot.store.cases.open_by(PersonId(self.slack.workspace.person(who).id))

    async def case_on(self, card: Message) -> Case:
        """The case that a message shows, once everything is settled."""
        await self.settles()
        case_id = await self.bot.store.cases.shown_at(ChannelId(card.channel), MessageId(card.ts))
        assert case_id is not None, "the message shows a case"
        case = await self.bot.store.cases.case(case_id)
        assert case is not None, "a posting belongs to a case"
        return case

    async def texts_of(self, card: Message) -> dict[str, str]:
        case = await self.case_on(card)
        return {text.kind: text.body for text in await self.bot.store.cases.texts(case.id)}

    async def entries_of(self, card: Message) -> Sequence[Entry]:
        """What people and the desk did; its clocks apart."""
        case = await self.case_on(card)
        return [one for one in await self.bot.store.cases.entries(case.id) if one.type not in CLOCKS]

    async def clock_of(self, card: Message) -> Sequence[str]:
        """The history of its clocks, as Details tells it."""
        case = await self.case_on(card)
        entries = await self.bot.store.cases.entries(case.id)
        return wording_clocks.history(entries, lambda moment: f"{moment:%a %H:%M}")

    # Time and trouble.

    async def lets_pass(self, **time: float) -> None:
        self.clock.ahead += timedelta(**time)
        await self.bot.catch_up()

    async def settles(self) -> None:
        """Everything said so far was read, decided and delivered."""
        journal, known = self.slack.workspace.journal, -1
        while known < journal.last_seq:  # what we say is an event, too
            known = journal.last_seq
            await self.slack.delivered(timeout_seconds=self.patience_seconds)
            await self.bot.all_done()

    async def until(self, predicate: Callable[[], T | None], *, hint: str = "") -> T:
        try:
            found = await self.slack.workspace.until(predicate, timeout_seconds=self.patience_seconds)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {hint}; unread: {self.unread()}") from None
        assert found is not None, "what was waited for is there"
        return found

    async def _next(self, messages: Callable[[], list[Message]], saying: str) -> Message:
        def found() -> Message | None:
            ours = [one for one in messages() if self._is_ours(one) and (one.channel, one.ts) not in self.heard]
            return next((one for one in ours if saying in words_of(one)), None)

        message = await self.until(found, hint=f"a message saying {saying!r}")
        self.heard.add((message.channel, message.ts))
        return message

    def _dm_with(self, who: str) -> str:
        person = self.slack.workspace.person(who).id
        return next(one.id for one in self.slack.people.channels(who) if one.kind == "im" and person in one.members)

    def _is_ours(self, message: Message) -> bool:
        return message.bot_id == "B0FRONTDESK"

    def _now(self, card: Message) -> Message:
        return self.slack.workspace.message(card.channel, card.ts)


@asynccontextmanager
async def an_office(
    folder: Path,
    *,
    over: str = "socket",
    routes: str = "",
    limits: Limits | None = None,
    options: Options | None = None,
    more: Mapping[str, object] | None = None,
) -> AsyncIterator[Office]:
    """Open the office: `over` is socket or http, `more` are further settings. At the end, an unread message or a broken
    audit fails the story.
    """
    # One clock for everybody: Slack dates what is said, the desk counts what was promised.
    clock = options.clock if options and isinstance(options.clock, OfficeClock) else OfficeClock()
    async with a_workspace(clock, limits=limits) as slack:
        settings = office_settings(folder, slack.api_url, over=over, routes=routes, more=more)
        async with at_the_desk(
            slack, settings, options or Options(rates=UNPACED, clock=clock, patience_seconds=0)
        ) as bot:
            office = Office(slack=slack, clock=clock, settings=settings, bot=bot, patience_seconds=PATIENCE_SECONDS)
            yield office
            await office.settles()
            assert office.unread() == []
            if office.leaves_it_whole:
                assert (await verify(bot.store)).problem is None, "every story leaves an audit that holds"


@asynccontextmanager
async def a_workspace(
    clock: OfficeClock, *, limits: Limits | None = None, tokens: Tokens = TOKENS
) -> AsyncIterator[PretendSlack]:
    """Slack and everybody in it, without the bot."""
    async with PretendSlack(
        Workspace(HALDEN_GOODS, clock=lambda: clock().timestamp()),
        manifest=yaml.safe_load((ROOT / "manifest.yml").read_text()),
        tokens=tokens,
        limits=limits or UNHURRIED,
        stopwatch=lambda: time.monotonic() + clock.ahead.total_seconds(),
    ) as slack:
        yield slack


@asynccontextmanager
async def at_the_desk(slack: PretendSlack, settings: Settings, options: Options) -> AsyncIterator[Frontdesk]:
    async with opened(settings, options) as bot:
        if isinstance(bot.transport, HttpTransport):
            url = f"http://127.0.0.1:{bot.transport.port}/slack/events"
            await slack.deliver_to(RequestUrl(url=url, signing_secret=SECRET, clock=real_time))
        else:
            await slack.connected(timeout_seconds=STARTING_SECONDS)
        yield bot


def office_settings(
    folder: Path, api_url: str, *, over: str, routes: str, more: Mapping[str, object] | None = None
) -> Settings:
    path = ROOT / "routes.yml"
    if routes:
        path = folder / "routes.yml"
        path.write_text(routes)
    way_in = {"slack_app_token": TOKENS.app} if over == "socket" else {"slack_signing_secret": SECRET}
    return Settings.model_validate(
        {
            "slack_bot_token": TOKENS.bot,
            "slack_api_url": api_url,
            "frontdesk_routes": path,
            "frontdesk_database": f"sqlite:///{folder / 'office.db'}",
            "frontdesk_port": 0,
            **way_in,
            **(more or {}),
        }
    )


def words_of(message: Message) -> str:
    """Everything a person reads on it, blocks before fallback text."""
    return _words(message.blocks) or message.text


def _words(part: object) -> str:
    if isinstance(part, Mapping):
        kept = [value for key, value in part.items() if key not in {"action_id", "block_id", "value", "type", "url"}]
        return _words(kept)
    if isinstance(part, list | tuple):
        return " ".join(filter(None, (_words(one) for one in part)))
    return re.sub(r"\s+", " ", part) if isinstance(part, str) else ""
