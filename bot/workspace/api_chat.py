"""The Web API's chat.* and reactions.* methods."""

from dataclasses import replace
from typing import Any

from bot.workspace import members, posts
from bot.workspace.blocks import check_message_blocks
from bot.workspace.calling import Call, Method
from bot.workspace.model import Channel, Json, Message, RejectedError
from bot.workspace.pictures import check_pictures
from bot.workspace.state import Workspace
from bot.workspace.wire import message_json

TEXT_MAX = 40_000
UPDATE_TEXT_MAX = 4_000
METADATA_MAX = 16_000


def post_message(call: Call) -> Json:
    channel = _where_to_post(call)
    draft = _draft(call, channel)
    message = posts.post(call.workspace, draft)
    shown = message_json(call.workspace, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(call: Call) -> Json:
    channel = call.joined_channel()
    _check_open(channel)
    person = call.person("user")
    if person.id not in channel.members:
        raise RejectedError("user_not_in_channel")
    draft = replace(_draft(call, channel), only_for=person.id)
    message = posts.show_ephemeral(call.workspace, draft)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    channel = call.channel()
    before = call.workspace.message(channel.id, call.required("ts"))
    if before.bot_id != call.workspace.app.bot_id:
        raise RejectedError("cant_update_message")
    _check_open(channel)
    after = _rewritten(call, before)
    message = posts.edit(call.workspace, before, after)
    shown = message_json(call.workspace, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel.id, call.required("ts"))
    if message.bot_id != call.workspace.app.bot_id:
        raise RejectedError("cant_delete_message")
    posts.delete(call.workspace, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel.id, call.required("message_ts"))
    return {"channel": channel.id, "permalink": permalink(call.workspace, message)}


def add_reaction(call: Call) -> Json:
    message, name = _reacted(call)
    posts.react(call.workspace, message, call.workspace.app.id, name)
    return {}


def remove_reaction(call: Call) -> Json:
    message, name = _reacted(call)
    posts.unreact(call.workspace, message, call.workspace.app.id, name)
    return {}


def get_reactions(call: Call) -> Json:
    channel = call.joined_channel()
    message = call.workspace.message(channel.id, call.required("timestamp"))
    return {"type": "message", "channel": channel.id, "message": message_json(call.workspace, message)}


def permalink(workspace: Workspace, message: Message) -> str:
    link = f"https://{workspace.domain}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else link


def checked_blocks(call: Call) -> tuple[Json, ...] | None:
    """None when the call does not speak of blocks at all."""
    blocks = call.parsed("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    check_message_blocks(blocks)
    check_pictures(call.workspace, blocks)
    return tuple(blocks)


def checked_text(call: Call, longest: int) -> str:
    text = call.text("text")
    if len(text) > longest:
        raise RejectedError("msg_too_long")
    return text


def _where_to_post(call: Call) -> Channel:
    """A person's id stands for the conversation with them."""
    workspace = call.workspace
    person = workspace.people.get(call.text("channel"))
    if person is not None and person.is_bot:
        raise RejectedError("channel_not_found")
    if person is not None:
        return _checked_im(call, members.direct(workspace, person))
    channel = call.channel()
    may_walk_in = "chat:write.public" in call.manifest.scopes and channel.kind == "public"
    if workspace.app.id not in channel.members and not may_walk_in:
        raise RejectedError("not_in_channel")
    _check_open(channel)
    return _checked_im(call, channel)


def _checked_im(call: Call, channel: Channel) -> Channel:
    if channel.kind == "im" and not call.manifest.has_messages_tab:
        raise RejectedError("messages_tab_disabled")
    return channel


def _check_open(channel: Channel) -> None:
    if channel.is_archived:
        raise RejectedError("is_archived")


def _draft(call: Call, channel: Channel) -> Message:
    app = call.workspace.app
    text = checked_text(call, TEXT_MAX)
    blocks = checked_blocks(call) or ()
    attachments = tuple(call.parsed("attachments", "invalid_attachments") or ())
    if not (text or blocks or attachments):
        raise RejectedError("no_text")
    return Message(
        channel=channel.id,
        ts=call.workspace.stamps.next(),
        user=app.id,
        text=text,
        team=app.team,
        bot_id=app.bot_id,
        app_id=app.app_id,
        thread_ts=call.text("thread_ts"),
        is_broadcast=call.flag("reply_broadcast"),
        blocks=blocks,
        attachments=attachments,
        metadata=_checked_metadata(call) or {},
    )


def _rewritten(call: Call, before: Message) -> Message:
    """What the call does not mention stays as it was."""
    text = checked_text(call, UPDATE_TEXT_MAX) if "text" in call.args else before.text
    blocks, metadata = checked_blocks(call), _checked_metadata(call)
    if not (text or (before.blocks if blocks is None else blocks)):
        raise RejectedError("no_text")
    return replace(
        before,
        text=text,
        blocks=before.blocks if blocks is None else blocks,
        metadata=before.metadata if metadata is None else metadata,
    )


def _checked_metadata(call: Call) -> Json | None:
    metadata: Any = call.parsed("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return None if metadata is None else {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise RejectedError("invalid_metadata_format")
    if set(metadata) - {"event_type", "event_payload", "entities"} or not isinstance(
        metadata.get("event_payload"), dict
    ):
        raise RejectedError("invalid_metadata_schema")
    if len(str(metadata)) > METADATA_MAX:
        raise RejectedError("metadata_too_large")
    return metadata


def _reacted(call: Call) -> tuple[Message, str]:
    channel = call.joined_channel()
    _check_open(channel)
    name = call.required("name").strip(":")
    return call.workspace.message(channel.id, call.required("timestamp")), name


METHODS = {
    # Slack counts these two for each channel instead; see rates.py.
    "chat.postMessage": Method(run=post_message, scopes=("chat:write",), per_minute=None),
    "chat.postEphemeral": Method(run=post_ephemeral, scopes=("chat:write",), per_minute=100),
    "chat.update": Method(run=update, scopes=("chat:write",)),
    "chat.delete": Method(run=delete, scopes=("chat:write",)),
    "chat.getPermalink": Method(run=get_permalink, per_minute=None),
    "reactions.add": Method(run=add_reaction, scopes=("reactions:write",)),
    "reactions.remove": Method(run=remove_reaction, scopes=("reactions:write",), per_minute=20),
    "reactions.get": Method(run=get_reactions, scopes=("reactions:read",)),
}
