"""manifest.yml asks Slack for what the code uses: every scope it needs, and not one more."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MANIFEST = yaml.safe_load((ROOT / "manifest.yml").read_text())

# What Slack asks for each method. One method needs any of its scopes for each kind of conversation the bot is in.
SCOPES_OF_METHODS = {
    "apps_connections_open": set(),  # with the app-level token
    "auth_test": set(),
    "chat_postMessage": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_delete": {"chat:write"},
    "conversations_list": {"channels:read", "groups:read"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "conversations_open": {"im:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_completeUploadExternal": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_conversations": {"channels:read", "groups:read", "im:read"},
    "users_info": {"users:read"},
    "users_list": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}
SCOPES_OF_EVENTS = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "subteam_members_changed": {"usergroups:read"},
}
EVENTS_OF_LISTENERS = {
    "message": {"message.channels", "message.groups", "message.im"},
    "app_mention": {"app_mention"},
    "app_home_opened": {"app_home_opened"},
    "subteam_members_changed": {"subteam_members_changed"},
}
METHOD = re.compile(r"client\.((?:api|auth|chat|conversations|usergroups|users|views|reactions|files|apps)_\w+)")


def test_the_manifest_asks_for_exactly_the_scopes_the_code_uses() -> None:
    needed = set[str]().union(*(SCOPES_OF_METHODS[method] for method in _methods()))
    needed |= set[str]().union(*(SCOPES_OF_EVENTS[event] for event in _events()))
    needed |= {"commands"} if _commands() else set()

    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed


def test_the_manifest_offers_exactly_the_commands_that_are_answered() -> None:
    offered = {it["command"] for it in MANIFEST["features"]["slash_commands"]}

    assert offered == _commands()
    assert all(it["should_escape"] for it in MANIFEST["features"]["slash_commands"])


def test_the_manifest_subscribes_to_exactly_the_events_that_are_listened_to() -> None:
    registered = re.findall(r'app\.event\("(\w+)"\)', (ROOT / "handlers" / "intake.py").read_text())

    assert registered
    assert set(_events()) == set[str]().union(*(EVENTS_OF_LISTENERS[event] for event in registered))


def _commands() -> set[str]:
    return set(re.findall(r'app\.command\("(/\w+)"\)', (ROOT / "handlers" / "intake.py").read_text()))


def _methods() -> set[str]:
    code = "\n".join(path.read_text() for folder in ("handlers", "bot") for path in _files(folder))
    found = set(METHOD.findall(code))
    assert "chat_postMessage" in found
    return found


def _events() -> list[str]:
    return list(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


def _files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*.py") if "workspace" not in path.parts]
