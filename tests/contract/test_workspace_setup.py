"""The pretend workspace starts on loopback, stops clean, and takes a real Bolt app by either transport."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.http_events import RequestUrl
from bot.workspace.model import Limits, Timing, Tokens
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace

TOKENS = Tokens(bot="xoxb-halden-bot", app="xapp-halden-app", signing_secret="a-signing-secret")
UNLIMITED = Limits(messages_per_second=0, per_minute=False)
NOON = 1_795_000_000.0

SCOPES = """
    chat:write channels:history groups:history im:history channels:read groups:read im:read im:write
    app_mentions:read commands files:write usergroups:read users:read reactions:read
    reactions:write
"""
EVENTS = """
    message.channels message.groups message.im app_mention app_home_opened subteam_members_changed
    member_joined_channel reaction_added
"""


def manifest(*, without_scopes: str = "", without_events: str = "") -> dict[str, Any]:
    """A manifest that grants everything but what is named."""
    return {
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "slash_commands": [{"command": "/frontdesk", "description": "Ask the front desk"}],
        },
        "oauth_config": {"scopes": {"bot": [it for it in SCOPES.split() if it not in without_scopes.split()]}},
        "settings": {
            "event_subscriptions": {"bot_events": [it for it in EVENTS.split() if it not in without_events.split()]},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def pretend_slack(
    *,
    granted: dict[str, Any] | None = None,
    limits: Limits = UNLIMITED,
    timing: Timing | None = None,
    clock: Clock | None = None,
    stopwatch: Clock | None = None,
    plan_has_groups: bool = True,
) -> AsyncIterator[PretendSlack]:
    workspace = Workspace(HALDEN_GOODS, clock=clock or Clock(), timing=timing)
    slack = PretendSlack(
        workspace,
        manifest=granted or manifest(),
        tokens=TOKENS,
        limits=limits,
        plan_has_groups=plan_has_groups,
        stopwatch=stopwatch or time.monotonic,
    )
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            environment.delenv(name, raising=False)
        async with slack:
            yield slack


def client_of(slack: PretendSlack, token: str | None = TOKENS.bot) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=slack.api_url)


def bolt_app(slack: PretendSlack) -> AsyncApp:
    return AsyncApp(client=client_of(slack))


def _content_with_everything(slack: PretendSlack) -> AsyncApp:
    bolt = bolt_app(slack)

    @bolt.event(re.compile(".*"))
    async def acknowledge() -> None:
        return None

    return bolt


@asynccontextmanager
async def on_socket(slack: PretendSlack, app: AsyncApp | None = None) -> AsyncIterator[AsyncApp]:
    """A real Bolt app, connected by Socket Mode; one that acknowledges every event unless another is given."""
    bolt = app or _content_with_everything(slack)
    handler = AsyncSocketModeHandler(bolt, app_token=TOKENS.app, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt ships it untyped
    await slack.connected()
    try:
        yield bolt
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt ships it untyped


def heard(slack: PretendSlack, name: str = "") -> list[dict[str, Any]]:
    """Every event the app was sent, retries and duplicates included, in order."""
    sent = [it for it in slack.workspace.traffic.exchanges(name) if it.kind in ("envelope", "request")]
    payloads = [it.sent["payload"] if it.kind == "envelope" else it.sent for it in sent]
    return [payload["event"] for payload in payloads if "event" in payload]


@asynccontextmanager
async def on_http(slack: PretendSlack, *, signing_secret: str = TOKENS.signing_secret) -> AsyncIterator[AsyncApp]:
    """A real Bolt app behind its own HTTP server."""
    bolt = AsyncApp(client=client_of(slack), signing_secret=signing_secret)
    runner = web.AppRunner(bolt.server(port=0, path="/slack/events").web_app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await slack.deliver_to(RequestUrl(url=url, signing_secret=TOKENS.signing_secret, clock=time.time))  # noqa: TID251 - Bolt compares with the wall clock
    try:
        yield bolt
    finally:
        await runner.cleanup()


async def test_it_listens_on_loopback_only() -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())

    with pytest.raises(ValueError, match="loopback only"):
        PretendSlack(workspace, manifest=manifest(), tokens=TOKENS, host="0.0.0.0")  # noqa: S104 - the refusal is the point


async def test_it_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()

    async with pretend_slack() as slack:
        await slack.people.say("maya", "help", "hello")

    assert asyncio.all_tasks() == before


async def test_a_bolt_app_hears_and_answers_over_a_socket() -> None:
    async with pretend_slack() as slack, on_socket(slack, bolt_app(slack)) as bolt:

        @bolt.event("message")
        async def answer(event: dict[str, Any], client: AsyncWebClient) -> None:
            await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text="On it.")

        ts = await slack.people.say("maya", "help", "my invoice is wrong")

        [reply] = await slack.workspace.until(lambda: slack.people.thread("help", ts)[1:])
        assert reply.text == "On it."


async def test_a_bolt_app_hears_and_answers_over_signed_http() -> None:
    async with pretend_slack() as slack, on_http(slack) as bolt:

        @bolt.event("message")
        async def answer(event: dict[str, Any], client: AsyncWebClient) -> None:
            await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text="On it.")

        ts = await slack.people.say("maya", "help", "my invoice is wrong")

        [reply] = await slack.workspace.until(lambda: slack.people.thread("help", ts)[1:])
        assert reply.text == "On it."
