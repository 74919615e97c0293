"""How Slack reaches us: a socket we open, or signed HTTP to an address of ours."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot import clock
from bot.doorway import readable_only, sensible_only, signed_only
from bot.problems import asking_slack
from bot.settings import Settings

EVENTS_PATH = "/slack/events"
PING_SECONDS = 10.0
CLOSING_SECONDS = 1.5


class Transport(Protocol):
    async def open(self) -> None: ...

    async def close(self) -> None: ...


class SocketTransport:
    """`ping_seconds` is also how long a broken connection may go unnoticed; `greeted` is called with each new one."""

    def __init__(
        self, app: AsyncApp, app_token: str, *, greeted: Callable[[], None], ping_seconds: float = PING_SECONDS
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._greeted = greeted
        self._ping_seconds = ping_seconds
        self._handler: AsyncSocketModeHandler | None = None

    async def open(self) -> None:
        """The first connection is asked for here: the SDK would try a wrong token for ever."""
        # It holds a session and a task from its first moment on: whoever is told to stop before has nothing to close.
        self._handler = AsyncSocketModeHandler(self._app, app_token=self._app_token, ping_interval=self._ping_seconds)
        client = self._handler.client
        client.message_listeners.append(self._heard)
        with asking_slack(client.web_client.base_url, setting="SLACK_APP_TOKEN"):
            client.wss_uri = str((await client.web_client.apps_connections_open(app_token=client.app_token))["url"])
        await self._handler.connect_async()  # type: ignore[no-untyped-call] # Bolt leaves it untyped

    async def close(self) -> None:
        """What is not acknowledged by now, Slack tells the next process."""
        if self._handler is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._handler.close_async()  # type: ignore[no-untyped-call] # Bolt leaves it untyped

    async def _heard(self, _client: object, message: dict[str, Any], _raw: str | None) -> None:
        if message.get("type") == "hello":
            self._greeted()


class HttpTransport:
    """`port` is the real one once open, also when 0 was asked for."""

    def __init__(self, app: AsyncApp, *, secret: str, host: str, port: int) -> None:
        served = app.server(host=host, port=port, path=EVENTS_PATH).web_app
        served.middlewares.extend([readable_only, signed_only(secret, clock.now), sensible_only])
        self._runner = web.AppRunner(served, access_log=None, shutdown_timeout=CLOSING_SECONDS)
        self._host = host
        self.port = port

    async def open(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        await self._runner.cleanup()


def transport_for(
    app: AsyncApp, settings: Settings, *, greeted: Callable[[], None], ping_seconds: float = PING_SECONDS
) -> Transport:
    if settings.slack_app_token:
        app_token = settings.slack_app_token.get_secret_value()
        return SocketTransport(app, app_token, greeted=greeted, ping_seconds=ping_seconds)
    assert settings.slack_signing_secret is not None, "start has checked that there is a way in"
    secret = settings.slack_signing_secret.get_secret_value()
    return HttpTransport(app, secret=secret, host=settings.frontdesk_host, port=settings.frontdesk_port)
