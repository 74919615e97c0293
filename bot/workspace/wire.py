"""Workspace values as the JSON Slack sends."""

from bot.workspace import forms
from bot.workspace.model import Channel, File, Json, Message, Person, UserGroup, View
from bot.workspace.state import Workspace


def message_json(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """A message as it stands in a channel's history or inside an event."""
    optional: Json = {
        "subtype": message.subtype,
        "client_msg_id": message.client_msg_id,
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "username": message.username,
        "topic": message.topic,
        "blocks": list(message.blocks),
        "attachments": list(message.attachments),
        "files": [file_json(file, message.user) for file in message.files],
        "reactions": [{"name": it.name, "users": list(it.users), "count": len(it.users)} for it in message.reactions],
        "metadata": message.metadata if with_metadata else {},
        "edited": {"user": message.edited.user, "ts": message.edited.ts} if message.edited else {},
        **_thread_json(message),
        **_author_json(workspace, message),
    }
    required = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts, "team": message.team}
    if message.subtype == "bot_message":
        # An incoming webhook has no user at all: only a bot_id and a name.
        del required["user"]
    if message.subtype == "tombstone":
        optional["hidden"] = True
    return required | {key: value for key, value in optional.items() if value not in ("", [], {}, None)}


def person_json(workspace: Workspace, person: Person) -> Json:
    known = {
        "id": person.id,
        "team_id": person.team,
        "name": person.handle,
        "deleted": person.is_deleted,
        "real_name": person.name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": person.tz_offset_seconds,
        "profile": profile_json(person),
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    if person.is_stranger:
        return {**known, "is_stranger": person.team != workspace.team}
    roles = {"is_admin": False, "is_owner": False, "is_primary_owner": False}
    guest = {"is_restricted": person.is_restricted, "is_ultra_restricted": person.is_ultra_restricted}
    return {**known, **roles, **guest}


def profile_json(person: Person) -> Json:
    profile = {
        "real_name": person.name,
        "display_name": person.handle,
        "title": person.title,
        "team": person.team,
        "image_72": f"https://avatars.example/{person.handle}.png",
    }
    return {**profile, "bot_id": person.bot_id, "api_app_id": person.app_id} if person.is_bot else profile


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    common = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": workspace.team,
    }
    if channel.kind == "im":
        return {**common, "user": channel.members[0], "is_user_deleted": False}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_private": channel.kind == "private",
        "is_mpim": False,
        "is_general": False,
        "is_member": workspace.app.id in channel.members,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "connected_team_ids": list(channel.shared_with),
        "creator": channel.members[0] if channel.members else "",
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def group_json(workspace: Workspace, group: UserGroup) -> Json:
    return {
        "id": group.id,
        "team_id": workspace.team,
        "is_usergroup": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1_700_000_000,
        "date_update": group.updated,
        "date_delete": group.updated if group.is_disabled else 0,
        "user_count": len(group.members),
    }


def view_json(workspace: Workspace, view: View) -> Json:
    content = {
        "title": None,
        "close": None,
        "submit": None,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
    } | view.content
    return {
        **content,
        "id": view.id,
        "team_id": workspace.team,
        "state": {"values": forms.state_values(view.blocks, view.typed)},
        "hash": view.hash,
        "previous_view_id": view.previous_id or None,
        "root_view_id": view.root_id,
        "app_id": workspace.app.app_id,
        "app_installed_team_id": workspace.team,
        "bot_id": workspace.app.bot_id,
    }


def bot_json(workspace: Workspace, person: Person) -> Json:
    icons = {"image_36": "https://avatars.example/bot36.png", "image_72": "https://avatars.example/bot72.png"}
    return {
        "id": person.bot_id,
        "app_id": person.app_id,
        "name": person.name,
        "icons": icons,
        "deleted": person.is_deleted,
        "updated": 1_700_000_000,
        "team_id": workspace.team,
    }


def file_json(file: File, user: str) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "size": file.size,
        "user": user,
        "mode": "hosted",
        "is_external": False,
        "url_private": f"https://files.example/{file.id}/{file.name}",
    }


def _thread_json(message: Message) -> Json:
    if message.is_reply:
        return {"thread_ts": message.thread_ts, "parent_user_id": message.parent_user}
    if not message.thread_ts:
        return {}
    users = list(dict.fromkeys(reply.user for reply in message.replies))
    return {
        "thread_ts": message.thread_ts,
        "reply_count": len(message.replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": message.replies[-1].ts if message.replies else "0000000000.000000",
        "is_locked": False,
    }


def _author_json(workspace: Workspace, message: Message) -> Json:
    author = workspace.people.get(message.user)
    if author is None:
        return {}
    if message.bot_id and message.subtype != "bot_message":
        return {"bot_profile": bot_json(workspace, author)}
    if author.is_stranger:
        return {"user_team": author.team, "source_team": author.team, "user_profile": profile_json(author)}
    return {}
