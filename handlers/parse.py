"""What Slack sends, made true: every payload passes through here once, and nothing past this file indexes one."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from routing.chatter import is_chatter
from routing.kinds import (
    ChannelId,
    MessageId,
    PersonId,
)
from routing.model import Part

ASKING_SUBTYPES = frozenset({None, "", "file_share", "thread_broadcast", "bot_message"})
MOST_LINKS = 20
TOMBSTONE = "tombstone"
PRESSING = frozenset({"block_actions", "view_submission"})
JUST_UNDER_A_SECOND = 0.999999
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}", re.ASCII)


class Lenient(BaseModel):
    """Slack adds fields whenever it likes; what we read is checked, the rest passes by. Errors quote nobody."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class File(Lenient):
    permalink: str = ""
    url_private: str = ""

    @property
    def link(self) -> str:
        """Where people open it. Not every kind of file has a page of its own."""
        return self.permalink or self.url_private


class Edited(Lenient):
    user: str = ""
    ts: str = ""

    def at(self, seen: float) -> datetime | None:
        """When that was, as closely as anybody can know: Slack says in whole seconds, so it was within that second, and
        not after it was seen.
        """
        second = self.ts.partition(".")[0]
        if not _SECONDS.fullmatch(second):
            return None
        return datetime.fromtimestamp(min(max(seen, int(second)), int(second) + JUST_UNDER_A_SECOND), UTC)


class Message(Lenient):
    ts: str = ""
    user: str = ""
    bot_id: str = ""
    text: str | None = ""
    subtype: str | None = None
    thread_ts: str = ""
    files: tuple[File, ...] | None = ()
    edited: Edited | None = None

    @property
    def by(self) -> PersonId:
        return PersonId(self.bot_id or self.user)

    @property
    def last_by(self) -> PersonId:
        """Whose words they are now: not always those of the person who asked."""
        return PersonId(self.edited.user) if self.edited and self.edited.user else self.by

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts


class MessageEvent(Message):
    type: str = ""
    channel: str = ""
    channel_type: str = ""
    message: Message | None = None
    previous_message: Message | None = None
    deleted_ts: str = ""
    event_ts: str = ""


class Envelope(Lenient):
    """An Events API body. `frontdesk_found_at` is ours: nobody told us, we found it in a history then."""

    event_id: str = ""
    event_time: float = 0
    team_id: str | None = None
    context_team_id: str | None = None
    frontdesk_found_at: float = 0
    is_ext_shared_channel: bool = False
    event: MessageEvent = MessageEvent()

    @property
    def channel(self) -> ChannelId:
        return ChannelId(self.event.channel)

    @property
    def seen_at(self) -> float:
        """When somebody knew what it tells: Slack, or we when we looked."""
        return self.frontdesk_found_at or float(self.event.event_ts or self.event.ts or 0)

    @property
    def is_direct(self) -> bool:
        """Written to the bot itself. Not every kind of event names the channel's type; its id always tells."""
        return self.event.channel_type == "im" or self.event.channel.startswith("D")

    def seconds_since(self, message: Message) -> float:
        """How old a message was when Slack told us about it."""
        return self.event_time - float(message.ts or 0)


class Named(Lenient):
    id: str = ""
    value: str | None = None


class Option(Lenient):
    value: str = ""


class Action(Lenient):
    action_id: str = ""
    value: str | None = None
    selected_option: Option | None = None

    @property
    def carried(self) -> str:
        return self.selected_option.value if self.selected_option else self.value or ""


class Container(Lenient):
    type: str = ""
    message_ts: str = ""
    channel_id: str = ""
    is_ephemeral: bool = False


class State(Lenient):
    values: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def said(self, block: str) -> str:
        """What was typed or chosen in one input, whichever kind it is."""
        field: dict[str, Any] = next(iter(self.values.get(block, {}).values()), {})
        chosen = field.get("selected_option") or {}
        return str(chosen.get("value") or field.get("value") or "").strip()


class Blank(Lenient):
    """One block of a form."""

    type: str = ""
    block_id: str = ""
    optional: bool = False


class View(Lenient):
    id: str = ""
    hash: str = ""
    type: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    blocks: tuple[Blank, ...] = ()
    state: State = State()

    @property
    def left_blank(self) -> tuple[str, ...]:
        """Fields that ask for something and got nothing but spaces, which Slack lets through."""
        wanted = [one.block_id for one in self.blocks if one.type == "input" and not one.optional]
        return tuple(one for one in wanted if not self.state.said(one))


class Interaction(Lenient):
    """A press or a submission."""

    type: str = ""
    trigger_id: str = ""
    user: Named = Named()
    channel: Named | None = None
    container: Container = Container()
    actions: tuple[Action, ...] = ()
    view: View | None = None

    @property
    def by(self) -> PersonId:
        return PersonId(self.user.id)

    @property
    def is_by_someone(self) -> bool:
        return bool(_PERSON.fullmatch(self.user.id))

    @property
    def channel_id(self) -> ChannelId:
        return ChannelId(self.channel.id if self.channel else self.container.channel_id)

    @property
    def is_of_one_place(self) -> bool:
        """Slack names the channel twice."""
        return self.channel is None or self.container.channel_id in {"", self.channel.id}

    @property
    def message(self) -> MessageId:
        return MessageId(self.container.message_ts)

    @property
    def is_at_home(self) -> bool:
        return self.view is not None and self.view.type == "home"


class Command(Lenient):
    """A slash command. Where it was typed does not matter: its response URL leads there."""

    text: str = ""
    user_id: str = ""
    response_url: str = ""

    @property
    def by(self) -> PersonId:
        return PersonId(self.user_id)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.text.lower().split())


class HomeOpened(Lenient):
    user: str = ""
    tab: str = ""


class HomeEnvelope(Lenient):
    team_id: str = ""
    event: HomeOpened = HomeOpened()


def is_asking(message: Message, bot: str) -> bool:
    """Whether anyone is asking anything: a small filter for what surely is not. When unsure, it is a request."""
    if message.subtype not in ASKING_SUBTYPES or not message.ts:
        return False
    return bool(message.files) or not is_chatter(text_of(message, bot))


def part_of(message: Message, bot: str) -> Part:
    links = tuple(_storable(file.link) for file in message.files or () if file.link)
    return Part(message=MessageId(message.ts), text=text_of(message, bot), links=links[:MOST_LINKS])


def text_of(message: Message, bot: str) -> str:
    """The words as they were typed. Calling the bot by its name is not one of them."""
    text = re.sub(rf"<@{re.escape(bot)}(?:\|[^>]*)?>[,:]?", "", message.text or "")
    return _storable(html.unescape(text)).strip()


def calls(message: Message, bot: str) -> bool:
    """Whether the bot is called by its name."""
    return f"<@{bot}>" in (message.text or "") or f"<@{bot}|" in (message.text or "")


def _storable(text: str) -> str:
    """Half characters and NULs are no words, and no database or message holds them."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd")


def is_whole(body: Mapping[str, Any]) -> bool:
    """Whether it has the shape by which Bolt tells what it is. Slack never sends anything else."""
    event = body.get("event", {"type": ""})
    named = (body.get("type", ""), body.get("event_id", ""), body.get("trigger_id") or "", body.get("team_id") or "")
    if not isinstance(event, Mapping) or not all(isinstance(one, str) for one in named):
        return False
    told = (event.get("type"), event.get("subtype") or "", event.get("channel") or "", event.get("user") or "")
    return isinstance(body.get("team") or {}, Mapping | str) and (
        body.get("type") != "event_callback" or all(isinstance(one, str | Mapping) for one in told)
    )
