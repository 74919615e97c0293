"""Names in the map become ids: `#billing`, `@ines` and `group:billing-team`, as the workspace knows them today."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.failures import slack_says
from routing.map import RoutingMap
from routing.map_file import references

PAGE = 500


@dataclass(slots=True)
class Resolution:
    """What the map's names are in this workspace, and one sentence for each that is nothing there."""

    ids: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


async def resolve(client: AsyncWebClient, routing_map: RoutingMap) -> Resolution:
    wanted = references(routing_map)
    found = Resolution()
    await _channels(client, sorted(wanted.channels), found)
    await _people(client, sorted(wanted.people), found)
    await _groups(client, sorted(wanted.groups), found)
    return found


async def _channels(client: AsyncWebClient, wanted: list[str], found: Resolution) -> None:
    known: dict[str, dict[str, Any]] = {}
    async for page in _pages(client.conversations_list, types="public_channel,private_channel", exclude_archived=True):
        for channel in page["channels"]:
            known[f"#{channel['name']}"] = known[channel["id"]] = channel
    for name in wanted:
        channel = known.get(name, {})
        if not channel:
            found.problems.append(f"The map names the channel {name}, but the bot can see no channel of that name.")
        elif not channel.get("is_member"):
            found.problems.append(f"The bot is not a member of {name}. Type /invite @frontdesk there.")
        if channel:
            found.ids[name] = channel["id"]


async def _people(client: AsyncWebClient, wanted: list[str], found: Resolution) -> None:
    known: dict[str, dict[str, Any]] = {}
    if wanted:
        async for page in _pages(client.users_list):
            for user in page["members"]:
                known[f"@{user['name']}"] = known[user["id"]] = user
    for name in wanted:
        user = known.get(name, {})
        if not user:
            found.problems.append(f"The map names {name}, but nobody of that name is in the workspace.")
        elif user.get("deleted"):
            found.problems.append(f"The map names {name}, who has left the workspace.")
        if user:
            found.ids[name] = user["id"]


async def _groups(client: AsyncWebClient, wanted: list[str], found: Resolution) -> None:
    known: dict[str, str] = {}
    if wanted:
        try:
            groups = (await client.usergroups_list())["usergroups"]
        except SlackApiError as problem:
            found.problems.append(
                f"Slack would not list user groups ({slack_says(problem)}): name people instead of groups in the map."
            )
            return
        for group in groups:
            known[f"group:{group['handle']}"] = known[group["id"]] = group["id"]
    for name in wanted:
        if name in known:
            found.ids[name] = known[name]
        else:
            found.problems.append(f"The map names the user group {name.removeprefix('group:')}, which does not exist.")


async def _pages(method: Any, **arguments: Any) -> AsyncIterator[Any]:
    cursor = ""
    while True:
        page = await method(limit=PAGE, cursor=cursor, **arguments)
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
        if not cursor:
            return
