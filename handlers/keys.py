"""Under which key everything that Slack tells us is kept, so that it is taken once."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from handlers.parse import PRESSING, TOMBSTONE

_SAID = ("message", "app_mention")


def dedupe_key(body: Mapping[str, Any]) -> str:
    """One key for everything Slack may tell us twice; empty for what is not worth keeping."""
    team = str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
    if body.get("event_id"):
        return _message_key(body) or f"event:{team}:{body['event_id']}"
    trigger = body.get("trigger_id")
    if trigger:
        return f"press:{team}:{trigger}"
    if body.get("type") in PRESSING:
        # Slack never sends one without a trigger; whoever does gets one reading of it, however often it comes.
        whole = json.dumps(body, sort_keys=True, default=str)
        return f"press:{team}:{hashlib.sha256(whole.encode()).hexdigest()}"
    return ""


def _message_key(body: Mapping[str, Any]) -> str:
    """What was said has one key for whoever tells us of it, Slack or its history; so has each wording of it.

    An event that only resembles an edit (an unfurled link, a counted reply) keeps its own: it must not stand for one.
    When words were edited, Slack says in whole seconds only: two wordings of one second are told apart by the words.
    """
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") not in _SAID:
        return ""
    place = f"{_told_in(body)}:{event.get('channel') or ''}"
    message = event.get("message")
    gone = _gone(event)
    if gone:
        return gone_key(_told_in(body), event.get("channel") or "", gone)
    if message is None and event.get("subtype") != "message_deleted" and event.get("ts"):
        return f"{event['type']}:{place}:{event['ts']}"
    if event.get("subtype") == "message_changed" and isinstance(message, Mapping):
        before, edited = event.get("previous_message"), message.get("edited")
        is_reworded = not isinstance(before, Mapping) or before.get("text") != message.get("text")
        if is_reworded and isinstance(edited, Mapping) and edited.get("ts"):
            return f"edit:{place}:{message.get('ts') or ''}:{edited['ts']}:{_digest(message.get('text'))}"
    return ""


def gone_key(team: str, channel: str, ts: str) -> str:
    """Under which the news is kept that a message is gone, whether Slack tells of it or its history shows it."""
    return f"gone:{team}:{channel}:{ts}"


def _told_in(body: Mapping[str, Any]) -> str:
    return str(body.get("context_team_id") or body.get("team_id") or "")


def _gone(event: Mapping[str, Any]) -> str:
    """The message that this takes away, if it takes one away. With answers under it, it leaves a stone behind."""
    message = event.get("message")
    if event.get("subtype") == "message_deleted":
        return str(event.get("deleted_ts") or "")
    if isinstance(message, Mapping) and message.get("subtype") == TOMBSTONE:
        return str(message.get("ts") or "")
    return ""


def _digest(text: object) -> str:
    return hashlib.sha256(str(text or "").encode("utf-8", "surrogatepass")).hexdigest()[:16]
