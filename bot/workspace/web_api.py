"""The Web API over HTTP: who is calling, what they may do, how often, and what goes wrong on the way."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web

from bot.workspace import api_chat, api_conversations, api_people, api_views
from bot.workspace.calling import Call, Method
from bot.workspace.faults import (
    AppliedThenDelayed,
    AppliedThenDropped,
    CallFault,
    Faults,
    Hang,
    HtmlPage,
    RateLimited,
    Refused,
    ServerError,
)
from bot.workspace.manifest import Manifest
from bot.workspace.model import Json, RejectedError, Tokens
from bot.workspace.rates import Rates
from bot.workspace.state import Workspace

METHODS: Mapping[str, Method] = {
    **api_chat.METHODS,
    **api_conversations.METHODS,
    **api_people.METHODS,
    **api_views.METHODS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApi:
    """Answers /api/<method>."""

    workspace: Workspace
    manifest: Manifest
    tokens: Tokens
    rates: Rates
    faults: Faults
    new_socket_url: Callable[[], str]
    plan_has_groups: bool
    closing: asyncio.Event

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args, token = await _read(request)
        number = self.workspace.traffic.opened("call", method, args)
        fault = self.faults.take_call(method, str(args.get("channel", "")))
        response = await self._spoiled(fault) if fault else None
        if response is None:
            response = self._answered(method, args, token)
        # The workspace's own clock, which a story may move; left alone, aiohttp writes this machine's.
        response.headers["Date"] = formatdate(self.workspace.clock(), usegmt=True)
        self.workspace.traffic.answered(number, _body(response), str(response.status))
        if isinstance(fault, AppliedThenDelayed):
            await self._pause(fault.seconds)
        if isinstance(fault, Hang | AppliedThenDropped) and request.transport is not None:
            request.transport.abort()
        return response

    async def _spoiled(self, fault: CallFault) -> web.Response | None:
        """The answer to a call that is never carried out; None when it is."""
        match fault:
            case RateLimited(retry_after_seconds=seconds):
                return _wait(seconds)
            case Refused(code=code):
                return web.json_response({"ok": False, "error": code})
            case ServerError():
                return web.Response(status=500, text="Internal Server Error")
            case HtmlPage(status=status):
                page = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"
                return web.Response(status=status, text=page, content_type="text/html")
            case Hang(seconds=seconds):
                await self._pause(seconds)
                return web.Response(status=504)
            case _:
                return None

    async def _pause(self, seconds: float) -> None:
        """However long a fault lasts, it never holds up the closing of the workspace."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    def _answered(self, name: str, args: Json, token: str) -> web.Response:
        method = METHODS.get(name)
        if method is None:
            return web.json_response({"ok": False, "error": "unknown_method", "req_method": name})
        call = Call(
            method=name,
            args=args,
            workspace=self.workspace,
            manifest=self.manifest,
            plan_has_groups=self.plan_has_groups,
            new_socket_url=self.new_socket_url,
        )
        try:
            self._check_caller(method, token)
            for scope in method.scopes:
                call.need_scope(scope)
            seconds = self._seconds_to_wait(call, method)
            if seconds:
                return _wait(seconds)
            answer: Json = {"ok": True, **method.run(call)}
        except RejectedError as no:
            answer = {"ok": False, "error": no.code, **no.details}
        return web.json_response(answer, headers={"x-oauth-scopes": ",".join(self.manifest.scopes)})

    def _check_caller(self, method: Method, token: str) -> None:
        if method.caller == "anyone":
            return
        if not token:
            raise RejectedError("not_authed")
        if token not in (self.tokens.bot, self.tokens.app):
            raise RejectedError("invalid_auth")
        if token != (self.tokens.bot if method.caller == "bot" else self.tokens.app):
            raise RejectedError("not_allowed_token_type")

    def _seconds_to_wait(self, call: Call, method: Method) -> int:
        if call.method == "chat.postMessage":
            return self.rates.seconds_until_post(call.text("channel"))
        return self.rates.seconds_until_call(call.method, method.per_minute)


async def _read(request: web.Request) -> tuple[Json, str]:
    """The arguments, without the token, and the token: a header, or an argument among the others."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        args |= _object(body)
    elif request.can_read_body:
        form = await request.post()
        args |= {name: value for name, value in form.items() if isinstance(value, str)}
    token = str(args.pop("token", ""))
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return args, bearer.strip() if scheme.lower() == "bearer" else token


def _object(body: str) -> Json:
    try:
        parsed = json.loads(body or "{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _wait(seconds: int) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


def _body(response: web.Response) -> Json:
    text = response.text or ""
    return _object(text) if response.content_type == "application/json" else {"body": text}
