"""`frontdesk connect`: is the map usable, and does everything it names exist in this workspace?"""

from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.report import Report
from bot.files import map_at
from bot.problems import asking_slack
from bot.settings import Settings, read_settings
from bot.slack import must_be_of_one_workspace, slack_client
from handlers.references import resolve
from routing.map import RoutingMap
from routing.map_file import missing_for_start


async def check(path: Path) -> Report:
    routing_map = map_at(path)
    settings = read_settings()
    lines = [f"{path} is well formed: version {routing_map.version}, {len(routing_map.destinations)} destinations."]
    missing = missing_for_start(routing_map)
    lines += ["Before it can start:", *(f"  {sentence}" for sentence in missing)] if missing else []
    if settings.slack_bot_token is None:
        lines.append("Nothing was asked of Slack: SLACK_BOT_TOKEN is not set.")
        return Report(text="\n".join(lines), is_good=True)
    problems = await _ask_slack(settings, routing_map)
    lines += ["Slack says:", *(f"  {sentence}" for sentence in problems)] if problems else []
    lines += [] if problems else ["Every channel, person, group and role it names is there, and the bot is a member."]
    return Report(text="\n".join(lines), is_good=not problems and not missing)


async def _ask_slack(settings: Settings, routing_map: RoutingMap) -> list[str]:
    client = slack_client(settings)
    with asking_slack(settings.slack_api_url):
        must_be_of_one_workspace(await client.auth_test())
        resolution = await resolve(client, routing_map)
        return [*resolution.problems, *await _empty_roles(client, routing_map, resolution.ids)]


async def _empty_roles(client: AsyncWebClient, routing_map: RoutingMap, ids: dict[str, str]) -> list[str]:
    problems = []
    for role in routing_map.roles.values():
        people = [ids[person] for person in role.people if person in ids]
        if role.group and role.group in ids:
            people += (await client.usergroups_users_list(usergroup=ids[role.group]))["users"]
        if not people:
            problems.append(f"Nobody holds the role {role.name} ({role.title}): nothing behind its gate could move.")
    return problems
