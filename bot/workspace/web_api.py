"""The Web API over HTTP: who is calling, what they may do, how often, and what goes wrong on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.workspace import api_chat, api_conversations, api_files, api_people, api_views
from bot.workspace.answering import Answering, Asked, object_in, wait
from bot.workspace.calling import Call, Method
from bot.workspace.manifest import Manifest
from bot.workspace.model import Json, RejectedError, Tokens
from bot.workspace.rates import Rates
from bot.workspace.state import Workspace

METHODS: Mapping[str, Method] = {
    **api_chat.METHODS,
    **api_conversations.METHODS,
    **api_files.METHODS,
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
    answering: Answering
    new_socket_url: Callable[[], str]
    new_upload_url: Callable[[str], str]
    plan_has_groups: bool

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args, token = await _read(request)
        # The file methods call it by another name.
        channel = str(args.get("channel") or args.get("channel_id") or "")
        asked = Asked(kind="call", name=method, sent=args, channel=channel)
        return await self.answering.answer(request, asked, lambda: self._answered(method, args, token))

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
            new_upload_url=self.new_upload_url,
        )
        try:
            self._check_caller(method, token)
            for scope in method.scopes:
                call.need_scope(scope)
            seconds = self._seconds_to_wait(call, method)
            if seconds:
                return wait(seconds)
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
        args |= object_in(body)
    elif request.can_read_body:
        form = await request.post()
        args |= {name: value for name, value in form.items() if isinstance(value, str)}
    token = str(args.pop("token", ""))
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return args, bearer.strip() if scheme.lower() == "bearer" else token
