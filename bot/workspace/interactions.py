"""What Slack sends when somebody presses, submits, closes or types a command."""

from collections.abc import Iterable

from bot.workspace import forms, screens
from bot.workspace.delivery import Parcel
from bot.workspace.model import Channel, Json, Message, Person, View
from bot.workspace.state import Workspace
from bot.workspace.wire import message_json, view_json


def press_on_message(workspace: Workspace, person: Person, message: Message, action: Json, response_url: str) -> Parcel:
    """An ephemeral message is not repeated in the payload; everything else is."""
    channel = workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _common(workspace, person, "block_actions") | {
        "container": container,
        "trigger_id": screens.new_trigger(workspace, person.id),
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "state": {"values": forms.state_values(message.blocks, _typed(action))},
        "response_url": response_url,
        "actions": [action],
    }
    if not message.only_for:
        payload["message"] = message_json(workspace, message)
    return Parcel(kind="interactive", name="block_actions", payload=payload)


def press_in_view(workspace: Workspace, person: Person, view: View, action: Json) -> Parcel:
    payload = _common(workspace, person, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": screens.new_trigger(workspace, person.id, view_id=view.id),
        "view": view_json(workspace, view),
        "actions": [action],
    }
    return Parcel(kind="interactive", name="block_actions", payload=payload)


def submission(workspace: Workspace, person: Person, view: View) -> Parcel:
    payload = _common(workspace, person, "view_submission") | {
        "trigger_id": screens.new_trigger(workspace, person.id, view_id=view.id),
        "view": view_json(workspace, view),
        "response_urls": [],
    }
    return Parcel(kind="interactive", name="view_submission", payload=payload)


def closing(workspace: Workspace, person: Person, view: View, *, is_cleared: bool) -> Parcel:
    payload = _common(workspace, person, "view_closed") | {
        "view": view_json(workspace, view),
        "is_cleared": is_cleared,
    }
    return Parcel(kind="interactive", name="view_closed", payload=payload)


def shortcut(workspace: Workspace, person: Person, message: Message, callback_id: str, response_url: str) -> Parcel:
    """A message shortcut, from the menu of any message."""
    channel = workspace.channels[message.channel]
    payload = _common(workspace, person, "message_action") | {
        "callback_id": callback_id,
        "trigger_id": screens.new_trigger(workspace, person.id),
        "action_ts": workspace.stamps.next(),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "message": message_json(workspace, message),
        "response_url": response_url,
    }
    return Parcel(kind="interactive", name="message_action", payload=payload)


def command(workspace: Workspace, person: Person, channel: Channel, words: Iterable[str], response_url: str) -> Parcel:
    """A slash command; everything in it is a string, as in the form it is sent as over HTTP."""
    name, text = words
    payload = {
        "token": "verification-token-nobody-should-use",
        "team_id": workspace.team,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": name,
        "text": text,
        "api_app_id": workspace.app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": screens.new_trigger(workspace, person.id),
    }
    return Parcel(kind="slash_commands", name=name, payload=payload)


def _common(workspace: Workspace, person: Person, kind: str) -> Json:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.handle, "name": person.handle, "team_id": person.team},
        "api_app_id": workspace.app.app_id,
        "token": "verification-token-nobody-should-use",
        "team": {"id": workspace.team, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _typed(action: Json) -> dict[str, Json]:
    return {action["block_id"]: {action["action_id"]: held(action)}}


def held(action: Json) -> Json:
    """The part of an action that a control still holds afterwards."""
    kept = {key: value for key, value in action.items() if key.startswith("selected_") or key == "value"}
    return {"type": action["type"], **kept}


def _channel_name(channel: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)
