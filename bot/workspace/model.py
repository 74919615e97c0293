"""The nouns of a Slack workspace, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

ChannelKind = Literal["public", "private", "im"]

SYSTEM_SUBTYPES = frozenset({"channel_join", "channel_leave", "channel_topic", "tombstone"})


class NotPossibleError(Exception):
    """A person tried what Slack's own client would not let them do."""


class RejectedError(Exception):
    """Slack says no to the app, in one of its own error codes."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details: Json = details


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone with a user id: a colleague, a guest, an outsider or a bot."""

    id: str
    handle: str
    name: str
    team: str
    title: str = ""
    tz: str = "Europe/London"
    tz_offset_seconds: int = 0
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_deleted: bool = False
    bot_id: str = ""
    app_id: str = ""

    @property
    def is_bot(self) -> bool:
        return bool(self.bot_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel or a direct conversation, with its members in the order they joined."""

    id: str
    name: str
    kind: ChannelKind = "public"
    members: tuple[str, ...] = ()
    topic: str = ""
    shared_with: tuple[str, ...] = ()
    is_archived: bool = False
    created: int = 1_700_000_000

    @property
    def is_ext_shared(self) -> bool:
        return bool(self.shared_with)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A handle that stands for several people."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...] = ()
    updated: int = 1_700_000_000
    is_disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something attached to a message."""

    id: str
    name: str
    mimetype: str = "text/plain"
    size: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file the app brings in three steps: announced, then sent, then completed. Nobody knows of it before that."""

    id: str
    name: str
    length: int
    alt_text: str = ""
    title: str = ""
    body: bytes = b""
    completed_at: float | None = None

    @property
    def is_completed(self) -> bool:
        return self.completed_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One emoji under a message and everyone who chose it."""

    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """Who last changed a message, and when."""

    user: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the first message of a thread knows about each answer."""

    ts: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. An ephemeral one names the only person who sees it."""

    channel: str
    ts: str
    user: str
    text: str
    team: str
    thread_ts: str = ""
    parent_user: str = ""
    subtype: str = ""
    is_broadcast: bool = False
    bot_id: str = ""
    app_id: str = ""
    username: str = ""
    topic: str = ""
    client_msg_id: str = ""
    only_for: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    files: tuple[File, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    metadata: Json = field(default_factory=dict)
    edited: Edited | None = None
    replies: tuple[Reply, ...] = ()

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or a home tab as one person sees it, with what they have typed so far."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str = ""
    typed: Mapping[str, Json] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_home(self) -> bool:
        return bool(self.content["type"] == "home")

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.content["blocks"]
        return blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who and what a workspace starts with; `app` is the user id of the bot under test."""

    team: str
    team_name: str
    domain: str
    app: str
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    groups: tuple[UserGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the app was given on installation."""

    bot: str
    app: str
    signing_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often the app may call. The defaults are as strict as Slack writes them, with none of its leniency.

    `messages_per_second` is for one channel (0 turns it off), and `message_burst` is how many may come at once.
    `per_minute` switches the tiers of the other methods (20, 50 or 100 calls a minute).
    """

    messages_per_second: float = 1.0
    message_burst: int = 1
    per_minute: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long Slack waits, and how often it tries again. Stories shorten what they wait for."""

    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    socket_redeliveries: int = 3
    http_retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)
    response_url_seconds: float = 1800.0
    response_url_uses: int = 5
    file_seconds: float = 0.0  # Slack takes about one before a file may be shown in a block
    keeps_events_while_away: bool = True
