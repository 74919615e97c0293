"""A change in the workspace as the Events API tells it, to an app that subscribed and may see it."""

from bot.workspace.changes import (
    AppOpened,
    Entry,
    GroupChanged,
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)
from bot.workspace.manifest import Manifest
from bot.workspace.model import Channel, Json, Message
from bot.workspace.state import Workspace
from bot.workspace.wire import message_json, view_json

_SUBSCRIPTION = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
_CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im"}


def events_of(workspace: Workspace, manifest: Manifest, entry: Entry) -> list[Json]:
    """The event_callback payloads this change causes: none, one, or two for a mention."""
    match entry.change:
        case MessagePosted() as posted:
            found = _posted(workspace, manifest, posted)
        case MessageEdited() | MessageDeleted() as changed:
            found = _changed(workspace, manifest, changed)
        case ReactionChanged() as reaction:
            found = _reaction(workspace, manifest, reaction)
        case MemberChanged() as member:
            found = _member(workspace, manifest, member)
        case GroupChanged() as group:
            found = _group(workspace, manifest, group)
        case AppOpened() as opened:
            found = _app_opened(workspace, manifest, opened)
        case _:
            found = []
    return [_callback(workspace, event, int(entry.at)) for event in found]


def _posted(workspace: Workspace, manifest: Manifest, change: MessagePosted) -> list[Json]:
    message, channel = change.message, workspace.channels[change.message.channel]
    if workspace.app.id not in change.audience:
        return []
    found: list[Json] = []
    body = {**message_json(workspace, message), "channel": channel.id, "event_ts": message.ts}
    if manifest.hears(_SUBSCRIPTION[channel.kind]):
        found.append({**body, "channel_type": _CHANNEL_TYPE[channel.kind]})
    if _mentions_app(workspace, message) and channel.kind != "im" and manifest.hears("app_mention"):
        found.append({**body, "type": "app_mention"})
    return found


def _changed(workspace: Workspace, manifest: Manifest, change: MessageEdited | MessageDeleted) -> list[Json]:
    channel = workspace.channels[change.before.channel]
    if workspace.app.id not in change.audience or not manifest.hears(_SUBSCRIPTION[channel.kind]):
        return []
    common = {
        "type": "message",
        "channel": channel.id,
        "hidden": True,
        "ts": change.stamp,
        "event_ts": change.stamp,
        "channel_type": _CHANNEL_TYPE[channel.kind],
        "previous_message": message_json(workspace, change.before),
    }
    if isinstance(change, MessageDeleted):
        return [{**common, "subtype": "message_deleted", "deleted_ts": change.before.ts}]
    return [{**common, "subtype": "message_changed", "message": message_json(workspace, change.after)}]


def _reaction(workspace: Workspace, manifest: Manifest, change: ReactionChanged) -> list[Json]:
    kind = "reaction_added" if change.is_added else "reaction_removed"
    if workspace.app.id not in change.audience or not manifest.hears(kind):
        return []
    item = {"type": "message", "channel": change.message.channel, "ts": change.message.ts}
    author = change.message.user
    return [
        {
            "type": kind,
            "user": change.user,
            "reaction": change.name,
            "item": item,
            "item_user": author,
            "event_ts": change.stamp,
        }
    ]


def _member(workspace: Workspace, manifest: Manifest, change: MemberChanged) -> list[Json]:
    kind = "member_joined_channel" if change.has_joined else "member_left_channel"
    if workspace.app.id not in change.channel.members or not manifest.hears(kind):
        return []
    return [
        {
            "type": kind,
            "user": change.user,
            "channel": change.channel.id,
            "channel_type": "G" if change.channel.kind == "private" else "C",
            "team": workspace.team,
            "event_ts": change.stamp,
        }
    ]


def _group(workspace: Workspace, manifest: Manifest, change: GroupChanged) -> list[Json]:
    added = [it for it in change.after.members if it not in change.before.members]
    removed = [it for it in change.before.members if it not in change.after.members]
    if not (added or removed) or not manifest.hears("subteam_members_changed"):
        return []
    return [
        {
            "type": "subteam_members_changed",
            "subteam_id": change.after.id,
            "team_id": workspace.team,
            "date_previous_update": change.before.updated,
            "date_update": change.after.updated,
            "added_users": added,
            "added_users_count": len(added),
            "removed_users": removed,
            "removed_users_count": len(removed),
            "event_ts": change.stamp,
        }
    ]


def _app_opened(workspace: Workspace, manifest: Manifest, change: AppOpened) -> list[Json]:
    if not manifest.hears("app_home_opened"):
        return []
    event = {
        "type": "app_home_opened",
        "user": change.user,
        "channel": change.channel,
        "tab": change.tab,
        "event_ts": change.stamp,
    }
    return [{**event, "view": view_json(workspace, change.view)} if change.view else event]


def _mentions_app(workspace: Workspace, message: Message) -> bool:
    return f"<@{workspace.app.id}>" in message.text and message.user != workspace.app.id


def _callback(workspace: Workspace, event: Json, event_time: int) -> Json:
    channel = workspace.channels.get(_channel_id(event))
    is_shared = channel is not None and channel.is_ext_shared
    authorization = {
        "enterprise_id": None,
        "team_id": workspace.team,
        "user_id": workspace.app.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "verification-token-nobody-should-use",
        # In a shared channel this is the team of whoever did it; the authorizations say where the app is at home.
        "team_id": _origin(workspace, event, channel),
        "context_team_id": workspace.team,
        "context_enterprise_id": None,
        "api_app_id": workspace.app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.ids.next("Ev"),
        "event_time": event_time,
        "authorizations": [authorization],
        "is_ext_shared_channel": is_shared,
        "event_context": f"4-{event['type']}-{_channel_id(event)}",
    }


def _channel_id(event: Json) -> str:
    item: Json = event.get("item", {})
    return str(event.get("channel") or item.get("channel") or "")


def _origin(workspace: Workspace, event: Json, channel: Channel | None) -> str:
    author = workspace.people.get(str(event.get("user", "")))
    if channel is None or not channel.is_ext_shared or author is None:
        return workspace.team
    return author.team
