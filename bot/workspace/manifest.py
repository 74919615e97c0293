"""What the app's manifest grants it: scopes, events, commands, surfaces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Slack refuses a manifest that subscribes to an event without its scope; here such an event never arrives.
SCOPE_OF_EVENT = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "app_mention": "app_mentions:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The parts of manifest.yml that Slack enforces."""

    scopes: tuple[str, ...]
    events: frozenset[str]
    commands: frozenset[str]
    escaping: frozenset[str]
    is_interactive: bool
    has_home_tab: bool
    has_messages_tab: bool

    def hears(self, event: str) -> bool:
        needed = SCOPE_OF_EVENT.get(event)
        return event in self.events and (needed is None or needed in self.scopes)


def read_manifest(source: Mapping[str, Any]) -> Manifest:
    """From the parsed manifest.yml. What is absent is not granted."""
    settings, features = source.get("settings", {}), source.get("features", {})
    home, commands = features.get("app_home", {}), features.get("slash_commands", ())
    return Manifest(
        scopes=tuple(source.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
        commands=frozenset(it["command"] for it in commands),
        escaping=frozenset(it["command"] for it in commands if it.get("should_escape")),
        is_interactive=bool(settings.get("interactivity", {}).get("is_enabled", False)),
        has_home_tab=bool(home.get("home_tab_enabled", False)),
        has_messages_tab=bool(home.get("messages_tab_enabled", False))
        and not home.get("messages_tab_read_only_enabled"),
    )
