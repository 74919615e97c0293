"""Slack's side: who the bot is there, what it may do, how events reach it, and whether the clocks agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.checks.asking import answer
from bot.checks.bounds import Bounds
from bot.checks.finding import Finding, doubt, failure, fine
from bot.files import shipped, text_at
from bot.problems import Complaint
from bot.settings import Settings
from bot.slack import must_be_of_one_workspace
from bot.transport import EVENTS_PATH
from routing.kinds import TeamId
from routing.map_yaml import read_tree

GET_TOKEN = "create the app from manifest.yml at api.slack.com/apps, install it, and copy the token from"  # noqa: S105 - advice
BOT_TOKEN = f"SLACK_BOT_TOKEN is missing: {GET_TOKEN} OAuth & Permissions."
WAY_IN = (
    "SLACK_APP_TOKEN is missing (Socket Mode), or SLACK_SIGNING_SECRET (HTTP mode): one is needed. "
    "Both are on the app's page under Basic Information."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What Slack said of the bot, and in passing of itself."""

    team: TeamId
    found: list[Finding]


def without_token(settings: Settings, *, is_fresh: bool) -> list[Finding]:
    """Without a token `start` refuses. Only where nobody has begun to set anything up is that no failure."""
    if is_fresh:
        sentence = f"Not connected yet. To try the desk without Slack: make try. To connect it: {GET_TOKEN}"
        return [doubt("Slack", f"{sentence} OAuth & Permissions into .env, as SLACK_BOT_TOKEN.")]
    return [failure("Slack", BOT_TOKEN), *without_way_in(settings)]


def without_way_in(settings: Settings) -> list[Finding]:
    has_one = settings.slack_app_token or settings.slack_signing_secret
    return [] if has_one else [failure("events", WAY_IN)]


async def meet(client: AsyncWebClient, clock: Callable[[], datetime], bounds: Bounds) -> Meeting | Finding:
    """One call answers four questions. Without an answer there is no point in asking anything else."""
    before = clock()
    me = await answer(client.auth_test(), seconds=bounds.token_seconds, base_url=client.base_url)
    if isinstance(me, Complaint):
        return failure("Slack", str(me))
    try:
        must_be_of_one_workspace(me)
    except Complaint as problem:
        return failure("Slack", str(problem))
    named = f"{me.get('user')} ({me.get('bot_id') or me.get('user_id')}) in {me.get('team')} ({me.get('team_id')})"
    return Meeting(
        team=TeamId(str(me.get("team_id"))),
        found=[
            fine("Slack", f"Accepts the token: {named}."),
            *_permissions(me.headers),
            *_clock(me.headers, before, clock(), bounds),
        ],
    )


async def events_check(client: AsyncWebClient, settings: Settings, bounds: Bounds) -> list[Finding]:
    """In Socket Mode an address is asked for, as `start` does, and nobody connects to it."""
    missing = without_way_in(settings)
    if missing:
        return missing
    if settings.slack_app_token is None:
        where = f"http://{settings.frontdesk_host}:{settings.frontdesk_port}{EVENTS_PATH}"
        return [fine("events", f"HTTP mode: signed events are expected at {where}.")]
    told = await answer(
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value()),
        seconds=bounds.token_seconds,
        base_url=client.base_url,
        setting="SLACK_APP_TOKEN",
    )
    if isinstance(told, Complaint):
        return [failure("events", f"{told} The app-level token needs connections:write (Basic Information).")]
    return [fine("events", "Socket Mode: Slack accepts the app-level token.")]


def _permissions(headers: Mapping[str, str]) -> list[Finding]:
    wanted = _manifest_scopes()
    told = headers.get("x-oauth-scopes")
    if told is None:
        return [
            doubt("permissions", "Slack did not say what the bot may do: compare the app's page with manifest.yml.")
        ]
    granted = {one.strip() for one in told.split(",") if one.strip()}
    missing, extra = sorted(wanted - granted), sorted(granted - wanted)
    if missing:
        advice = "Paste manifest.yml into the app's page again (App Manifest), and reinstall the app."
        return [failure("permissions", f"Missing: {', '.join(missing)}. {advice}")]
    if extra:
        advice = "Take them away on the app's page (OAuth & Permissions), and reinstall the app."
        return [doubt("permissions", f"More than it needs: {', '.join(extra)}. {advice}")]
    return [fine("permissions", f"Exactly the {len(wanted)} of manifest.yml.")]


def _manifest_scopes() -> set[str]:
    manifest = read_tree(text_at(shipped("manifest.yml"))).value
    return set(manifest["oauth_config"]["scopes"]["bot"])


def _clock(headers: Mapping[str, str], before: datetime, after: datetime, bounds: Bounds) -> list[Finding]:
    try:
        theirs = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return [doubt("clock", "Slack did not say what time it is: make sure that the clock is synchronised (NTP).")]
    # Their seconds are whole; ours are those of the middle between asking and hearing.
    ahead = before + (after - before) / 2 - (theirs + timedelta(milliseconds=500))
    off = abs(ahead)
    if off <= bounds.skew_noticed:
        return [fine("clock", "Agrees with Slack's.")]
    seconds = off.total_seconds()
    told = f"{seconds / 60:.0f} minutes" if off > bounds.skew_refused else f"{seconds:.0f} seconds"
    wrong = f"{told} {'ahead of' if ahead > timedelta() else 'behind'} Slack's: synchronise it (NTP)."
    if off <= bounds.skew_refused:
        return [doubt("clock", wrong)]
    return [
        failure("clock", f"{wrong} Until then Slack's signatures look too old, and every promise is counted wrong.")
    ]
