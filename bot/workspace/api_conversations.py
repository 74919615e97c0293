"""The Web API's conversations.* methods."""

from bot.workspace import members
from bot.workspace.calling import Call, Method, page
from bot.workspace.model import Channel, Json, Message, RejectedError
from bot.workspace.wire import channel_json, message_json

_SCOPE_OF_TYPE = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}
_TYPE_OF_KIND = {"public": "public_channel", "private": "private_channel", "im": "im"}


def info(call: Call) -> Json:
    channel = call.channel(scope="read")
    return {"channel": channel_json(call.workspace, channel)}


def list_channels(call: Call) -> Json:
    return _listing(call, [it for it in _wanted(call) if it.kind == "public" or _app_is_in(call, it)])


def list_own(call: Call) -> Json:
    """users.conversations: where a person is, as far as the app may know."""
    person = call.person("user") if call.text("user") else call.workspace.app
    mine = [it for it in _wanted(call) if person.id in it.members and (it.kind == "public" or _app_is_in(call, it))]
    return _listing(call, mine)


def list_members(call: Call) -> Json:
    channel = call.channel(scope="read")
    shown, cursor = page(call, [{"id": user} for user in channel.members])
    return {"members": [it["id"] for it in shown], "response_metadata": cursor}


def history(call: Call) -> Json:
    """Newest first; answers in threads only where they were also sent to the channel."""
    channel = call.joined_channel(scope="history")
    room = call.workspace.room(channel.id).values()
    top = [it for it in room if not it.is_reply or it.is_broadcast]
    return _messages(call, _in_period(call, top)[::-1])


def replies(call: Call) -> Json:
    """The first message, then the answers, oldest first."""
    channel = call.joined_channel(scope="history")
    found = call.workspace.room(channel.id).get(call.required("ts"))
    if found is None:
        raise RejectedError("thread_not_found")
    root = found.thread_ts or found.ts
    room = call.workspace.room(channel.id).values()
    answers = _in_period(call, [it for it in room if it.is_reply and it.thread_ts == root])
    return _messages(call, [call.workspace.message(channel.id, root), *answers])


def open_direct(call: Call) -> Json:
    users = [it for it in call.text("users").split(",") if it]
    if call.text("channel"):
        return {"channel": {"id": call.channel().id}}
    if not users:
        raise RejectedError("users_list_not_supplied")
    if len(users) > 1:
        call.need_scope("mpim:write")
        raise RejectedError("method_not_supported_for_channel_type")
    person = call.workspace.people.get(users[0])
    if person is None:
        raise RejectedError("user_not_found")
    if person.is_bot or person.is_deleted:
        raise RejectedError("cannot_dm_bot" if person.is_bot else "user_disabled")
    channel = members.direct(call.workspace, person)
    return {"channel": channel_json(call.workspace, channel) if call.flag("return_im") else {"id": channel.id}}


def _wanted(call: Call) -> list[Channel]:
    types = [it.strip() for it in call.text("types", "public_channel").split(",")]
    for kind in types:
        if kind not in _SCOPE_OF_TYPE:
            raise RejectedError("invalid_types")
        call.need_scope(_SCOPE_OF_TYPE[kind])
    hides_archived = call.flag("exclude_archived")
    everything = call.workspace.channels.values()
    return [it for it in everything if _TYPE_OF_KIND[it.kind] in types and not (hides_archived and it.is_archived)]


def _app_is_in(call: Call, channel: Channel) -> bool:
    return call.workspace.app.id in channel.members


def _listing(call: Call, channels: list[Channel]) -> Json:
    shown, cursor = page(call, [channel_json(call.workspace, it) for it in channels])
    return {"channels": shown, "response_metadata": cursor}


def _in_period(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = call.text("oldest", "0"), call.text("latest")
    is_inclusive = call.flag("inclusive")
    try:
        first, last = float(oldest), float(latest) if latest else float("inf")
    except ValueError:
        raise RejectedError("invalid_ts_oldest") from None
    # A double still keeps the microseconds of this century apart.
    return [it for it in messages if (first < float(it.ts) < last) or (is_inclusive and it.ts in (oldest, latest))]


def _messages(call: Call, messages: list[Message]) -> Json:
    with_metadata = call.flag("include_all_metadata")
    shown, cursor = page(call, [message_json(call.workspace, it, with_metadata=with_metadata) for it in messages])
    has_more = bool(cursor["next_cursor"])
    answer: Json = {"messages": shown, "has_more": has_more}
    return {**answer, "response_metadata": cursor} if has_more else answer


METHODS = {
    "conversations.info": Method(run=info),
    "conversations.list": Method(run=list_channels, per_minute=20),
    "conversations.members": Method(run=list_members, per_minute=100),
    "conversations.history": Method(run=history),
    "conversations.replies": Method(run=replies),
    "conversations.open": Method(run=open_direct, scopes=("im:write",)),
    "users.conversations": Method(run=list_own),
}
