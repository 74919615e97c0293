"""The pretend Slack as a server on loopback: Web API, sockets, response URLs, and the people behind them."""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.workspace.answering import Answering
from bot.workspace.control import Control
from bot.workspace.delivery import PostRoom
from bot.workspace.desktop import Desktop
from bot.workspace.faults import Faults
from bot.workspace.guard import loopback_only
from bot.workspace.http_events import HttpEvents, RequestUrl
from bot.workspace.live import Windows
from bot.workspace.manifest import read_manifest
from bot.workspace.model import Cast, Limits, Tokens
from bot.workspace.people import People
from bot.workspace.rates import Rates
from bot.workspace.response_urls import ResponseUrls
from bot.workspace.socket_mode import Sockets
from bot.workspace.state import Workspace
from bot.workspace.uploads import LARGEST_FILE, Uploads
from bot.workspace.web_api import WebApi


class PretendSlack:
    """`async with PretendSlack(workspace, manifest=…, tokens=…) as slack:` and point the app at `slack.api_url`.

    Socket Mode unless `deliver_to` names a request URL. With a `desktop` it also serves the page of its people.
    """

    def __init__(  # noqa: PLR0913 - called once, by whoever wires; all but the workspace is named
        self,
        workspace: Workspace,
        *,
        manifest: Mapping[str, Any],
        tokens: Tokens,
        limits: Limits | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        plan_has_groups: bool = True,
        stopwatch: Callable[[], float] = time.monotonic,
        desktop: Desktop | None = None,
    ) -> None:
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the pretend Slack has no real guests: it listens on loopback only, not on {host}")
        self.workspace = workspace
        self.manifest = read_manifest(manifest)
        self.tokens = tokens
        self.faults = Faults(workspace.pulse)
        self.sockets = Sockets(workspace=workspace, faults=self.faults)
        self.response_urls = ResponseUrls(workspace=workspace)
        self.post_room = PostRoom(
            workspace=workspace, manifest=self.manifest, faults=self.faults, transport=self.sockets
        )
        self.people = People(
            workspace=workspace,
            manifest=self.manifest,
            post_room=self.post_room,
            response_urls=self.response_urls,
        )
        self._closing = asyncio.Event()
        answering = Answering(workspace=workspace, faults=self.faults, closing=self._closing)
        self._uploads = Uploads(workspace=workspace, answering=answering)
        self._rates = Rates(limits or Limits(), stopwatch)
        self._web_api = WebApi(
            workspace=workspace,
            manifest=self.manifest,
            tokens=tokens,
            rates=self._rates,
            answering=answering,
            new_socket_url=self.sockets.new_url,
            new_upload_url=self._uploads.new_url,
            plan_has_groups=plan_has_groups,
        )
        self._control = self._control_of(desktop) if desktop else None
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._http: HttpEvents | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_problem: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://{self._host}:{self._port}/api/"

    async def start(self) -> None:
        self._runner = web.AppRunner(self._web_app(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.sockets.address = self.response_urls.address = self._uploads.address = f"{self._host}:{self._port}"
        self.post_room.start()
        if self._control is not None:
            self._control.start()

    async def stop(self) -> None:
        self._closing.set()
        try:
            if self._control is not None:
                await self._control.close()
            await self.post_room.stop()
        finally:
            await self._hang_up()

    def start_over(self, cast: Cast) -> None:
        """From the start, with this cast: what is still on its way is lost, and every fault is repaired."""
        self.workspace.start_over(cast)
        self.post_room.forget()
        self.response_urls.forget()
        self._uploads.forget()
        self.workspace.traffic.forget()
        self._rates.forget()
        self.faults.clear()

    async def deliver_to(self, target: RequestUrl) -> None:
        """From now on, post events and interactions there instead of sending them over sockets."""
        await self._stop_posting()
        session = aiohttp.ClientSession()
        self._http = HttpEvents(workspace=self.workspace, faults=self.faults, target=target, session=session)
        self.post_room.transport = self._http
        self.workspace.pulse.beat()

    async def verify_request_url(self) -> bool:
        """Whether the app answers Slack's url_verification."""
        assert self._http is not None, "there is a request URL to verify only after deliver_to"
        return await self._http.verify()

    async def delivered(self, *, timeout_seconds: float = 5.0) -> None:
        """Wait until every event so far was acknowledged, lost or given up."""
        await self.workspace.until(lambda: self.post_room.is_idle, timeout_seconds=timeout_seconds)

    async def connected(self, *, timeout_seconds: float = 20.0) -> None:
        """Wait until the app has a socket open."""
        await self.workspace.until(lambda: self.sockets.is_ready, timeout_seconds=timeout_seconds)

    async def _hang_up(self) -> None:
        await self.sockets.close()
        await self._stop_posting()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _stop_posting(self) -> None:
        if self._http is not None:
            await self._http.close()
            await self._http.session.close()

    def _control_of(self, desktop: Desktop) -> Control:
        windows = Windows(
            workspace=self.workspace, desktop=desktop, is_connected=lambda: self.post_room.transport.is_ready
        )
        return Control(people=self.people, faults=self.faults, windows=windows, desktop=desktop)

    def _web_app(self) -> web.Application:
        # A page brings browsers here, and with them whatever other sites make a browser send.
        guard = [loopback_only] if self._control is not None else []
        app = web.Application(client_max_size=2 * LARGEST_FILE, middlewares=guard)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._web_api.handle),
                web.get("/link/", self.sockets.handle),
                web.post("/hooks/{secret}", self.response_urls.handle),
                web.post("/upload/v1/{secret}", self._uploads.handle),
            ]
        )
        if self._control is not None:
            app.add_routes(self._control.routes())
        return app
