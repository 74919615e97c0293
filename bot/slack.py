"""The bot in its Slack: who it is there, what the map's names are called there, and the app that Slack talks to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.problems import Complaint, asking_slack
from bot.settings import Settings
from handlers import paced
from handlers.failures import slack_says
from handlers.paced import HeedingClient, PacedClient
from handlers.references import resolve
from routing.kinds import PersonId, TeamId
from routing.map import RoutingMap
from routing.map_file import with_ids
from routing.pace import Pace
from routing.ports import Clock

log = structlog.get_logger()

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    team: TeamId
    user: PersonId
    bot_id: str
    site: str
    enterprise: str = ""
    app: str = ""


def slack_session(seconds: float = TIMEOUT_SECONDS) -> ClientSession:
    """Connections that are kept: left to itself the SDK makes a new one for every call."""
    return ClientSession(timeout=ClientTimeout(total=seconds), cookie_jar=DummyCookieJar())


def slack_client(settings: Settings, session: ClientSession | None = None) -> AsyncWebClient:
    return AsyncWebClient(
        session=session,
        token=bot_token_of(settings),
        base_url=settings.slack_api_url,
        # The SDK's own retry after a broken connection does twice what it should do once.
        retry_handlers=[],
    )


def heeding_client(settings: Settings, session: ClientSession, pace: Pace, now: Clock) -> HeedingClient:
    """Everybody's but the courier's. Nobody who presses a button waits for our own pace, but what Slack asks counts."""
    return HeedingClient(bot_token_of(settings), settings.slack_api_url, pace=pace, clock=now, session=session)


@asynccontextmanager
async def paced_client(settings: Settings, pace: Pace, now: Clock) -> AsyncIterator[PacedClient]:
    """The courier's own: what it sends keeps Slack's rates, and gives up sooner."""
    async with slack_session(paced.TIMEOUT_SECONDS) as session:
        yield PacedClient(bot_token_of(settings), settings.slack_api_url, pace=pace, clock=now, session=session)


def app_for(settings: Settings, me: Identity) -> AsyncApp:
    """Who we are is known. Left to itself Bolt would ask with the first event, and lose it if Slack did not answer."""

    async def known(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            team=None,
            bot_user_id=me.user,
            bot_id=me.bot_id,
            bot_token=bot_token_of(settings),
        )

    return AsyncApp(
        client=AsyncWebClient(base_url=settings.slack_api_url, retry_handlers=[]),
        authorize=known,
        signing_secret=secret_of(settings),
        raise_error_for_unhandled_request=True,  # or Bolt would log all that was in it
    )


async def identity(client: AsyncWebClient) -> Identity:
    with asking_slack(client.base_url):
        me = await client.auth_test()
        must_be_of_one_workspace(me)
        app = await _app_of(client, str(me.get("bot_id") or ""))
    return Identity(
        team=TeamId(str(me["team_id"])),
        user=PersonId(str(me["user_id"])),
        bot_id=str(me.get("bot_id") or ""),
        site=str(me.get("url") or ""),
        enterprise=str(me.get("enterprise_id") or ""),
        app=app,
    )


def must_be_of_one_workspace(me: AsyncSlackResponse) -> None:
    if me.get("is_enterprise_install") or not me.get("team_id"):
        raise Complaint(
            "The app is installed for a whole organization, and this desk serves one workspace: install it there."
        )


async def _app_of(client: AsyncWebClient, bot_id: str) -> str:
    """Nothing when Slack does not say: then what names an app is not compared with ours."""
    if not bot_id:
        log.warning("the app is not known, and not compared", why="the token is no bot's")
        return ""
    try:
        bot = (await client.bots_info(bot=bot_id)).get("bot") or {}
    except SlackApiError as problem:
        log.warning("the app is not known, and not compared", why=slack_says(problem))
        return ""
    return str(bot.get("app_id") or "")


async def resolved(client: AsyncWebClient, routing_map: RoutingMap) -> RoutingMap:
    with asking_slack(client.base_url):
        resolution = await resolve(client, routing_map)
    if resolution.problems:
        raise Complaint("\n".join(resolution.problems))
    return with_ids(routing_map, resolution.ids)


def bot_token_of(settings: Settings) -> str:
    assert settings.slack_bot_token is not None, "start has checked that there is a token"
    return settings.slack_bot_token.get_secret_value()


def secret_of(settings: Settings) -> str | None:
    return settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None
