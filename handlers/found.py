"""What a channel's history shows, put into the words in which Slack would have told it. Same message, same key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.parse import TOMBSTONE, Message
from routing.kinds import ChannelId, PersonId, TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message in a history, as it came and as far as we read it."""

    raw: Mapping[str, Any]
    message: Message

    @property
    def ts(self) -> str:
        return self.message.ts


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where it was found, by whom, and when: `found_at` is seconds, as Slack counts them."""

    team: TeamId
    bot: PersonId
    channel: ChannelId
    found_at: float
    is_shared: bool = False

    @property
    def is_direct(self) -> bool:
        return self.channel.startswith("D")


def posted(seen: Seen, spot: Spot, *, as_mention: bool = False) -> dict[str, Any]:
    """Somebody said this."""
    kind = "app_mention" if as_mention else "message"
    event = {**seen.raw, "type": kind, "channel": spot.channel, "event_ts": seen.ts, **_channel_type(spot)}
    return _envelope(event, spot, name=f"found:{spot.channel}:{seen.ts}", at=float(seen.ts))


def changed(seen: Seen, spot: Spot) -> Iterator[dict[str, Any]]:
    """It no longer says what it said, or is gone: nobody knows whether we were told, and to be told twice does no harm.

    What is simply not there any more proves nothing: a workspace may forget its old messages by rule.
    """
    edited = seen.message.edited
    is_gone = seen.message.subtype == TOMBSTONE
    if not is_gone and (edited is None or not edited.ts):
        return
    at = seen.ts if is_gone or edited is None else edited.ts
    event = {
        "type": "message",
        "subtype": "message_changed",
        "channel": spot.channel,
        "ts": at,
        "event_ts": at,
        "message": dict(seen.raw),
        **_channel_type(spot),
    }
    what = "gone" if is_gone else f"edited:{at}"
    yield _envelope(event, spot, name=f"found:{spot.channel}:{seen.ts}:{what}", at=float(at))


def _channel_type(spot: Spot) -> dict[str, str]:
    return {"channel_type": "im" if spot.is_direct else "channel"}


def _envelope(event: dict[str, Any], spot: Spot, *, name: str, at: float) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": spot.team,
        "context_team_id": spot.team,
        "event_id": name,
        "event_time": at,
        "authorizations": [{"enterprise_id": None, "team_id": spot.team, "user_id": spot.bot, "is_bot": True}],
        "is_ext_shared_channel": spot.is_shared,
        "frontdesk_found_at": spot.found_at,
        "event": event,
    }
