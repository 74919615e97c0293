"""What can happen in a workspace, one value for each kind of change."""

from dataclasses import dataclass

from bot.workspace.model import Channel, Message, UserGroup, View


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted:
    """The audience is who could see the channel at that moment."""

    message: Message
    audience: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    """Also what Slack does on its own: unfurling a link, counting a reply, leaving a tombstone."""

    before: Message
    after: Message
    stamp: str
    audience: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted:
    before: Message
    stamp: str
    audience: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EphemeralShown:
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class EphemeralGone:
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionChanged:
    message: Message
    user: str
    name: str
    is_added: bool
    stamp: str
    audience: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged:
    channel: Channel
    user: str
    has_joined: bool
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged:
    before: UserGroup
    after: UserGroup
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOpened:
    """A person opened the app; `view` is the home tab as they found it."""

    user: str
    channel: str
    tab: str
    view: View | None
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewShown:
    """A modal or a home tab appeared or changed."""

    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewGone:
    view: View


Change = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | EphemeralShown
    | EphemeralGone
    | ReactionChanged
    | MemberChanged
    | GroupChanged
    | AppOpened
    | ViewShown
    | ViewGone
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal."""

    seq: int
    at: float
    change: Change
