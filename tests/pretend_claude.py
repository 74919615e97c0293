"""A strict local double of Claude's Messages API. Imports nothing of ours: it must not agree with our mistakes.

It refuses what the API refuses, in the API's words and shapes, keeps every request it was sent, and goes wrong when
it is told to.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.pretend_claude_rules import Turned, check, check_headers, filled

KEY = "sk-ant-api03-pretend-canary-key"
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
CACHEABLE_FROM = 512
CACHED_SECONDS = 300

Json = dict[str, Any]
Answers = Callable[[Json], Json | str]
Fault = Callable[[web.Request, Json], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived, whatever became of it."""

    path: str
    headers: Mapping[str, str]
    raw: str

    @property
    def body(self) -> Json:
        body: Json = json.loads(self.raw)
        return body


def fill(body: Json) -> Json | str:
    """The answer of somebody who fits the form and thinks no further."""
    shape = body.get("output_config", {}).get("format")
    return filled(shape["schema"]) if shape else "Certainly."


class PretendClaude:
    """`async with PretendClaude() as claude`, then ask `claude.url`. `claude.next(…)` says what goes wrong."""

    def __init__(self, answers: Answers = fill, *, monotonic: Callable[[], float] = lambda: 0.0) -> None:
        self.asked: list[Asked] = []
        self.answers = answers
        self.retired: set[str] = set()
        self.arrived = asyncio.Event()
        self._monotonic = monotonic
        self._faults: deque[Fault | None] = deque()
        self._cached: dict[str, float] = {}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        assert self._runner is not None, "it has an address while it runs"
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @property
    def messages(self) -> list[Asked]:
        return [one for one in self.asked if one.path == "/v1/messages"]

    def next(self, *faults: Fault | None) -> None:
        """What becomes of the next calls; None is a call that goes well."""
        self._faults.extend(faults)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._door])
        app.router.add_post("/v1/messages", self._message)
        app.router.add_get("/v1/models/{model}", self._model)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None, "it was entered"
        await self._runner.cleanup()

    @web.middleware
    async def _door(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
        self.asked.append(Asked(path=request.path, headers=dict(request.headers), raw=await request.text()))
        self.arrived.set()
        try:
            check_headers(request.headers, key=KEY)
            return await handler(request)
        except Turned as refused:
            return _error(refused.status, refused.kind, str(refused))
        except web.HTTPNotFound:
            return _error(404, "not_found_error", "Not Found")

    async def _message(self, request: web.Request) -> web.StreamResponse:
        body = check(await request.text(), models=set(MODELS) - self.retired)
        fault = self._faults.popleft() if self._faults else None
        message = self._answer(body)
        return await fault(request, message) if fault else _answered(message)

    async def _model(self, request: web.Request) -> web.StreamResponse:
        fault = self._faults.popleft() if self._faults else None
        name = request.match_info["model"]
        if name not in MODELS:
            raise Turned(404, "not_found_error", f"model: {name}")
        lifecycle = "retired" if name in self.retired else "active"
        known = {"type": "model", "id": name, "display_name": name, "created_at": "2026-09-01T00:00:00Z"}
        model = {**known, "lifecycle": lifecycle}
        return await fault(request, model) if fault else _answered(model)

    def _answer(self, body: Json) -> Json:
        answer = self.answers(body)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return {
            "id": f"msg_{len(self.asked):024}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": self._usage(body, text),
        }

    def _usage(self, body: Json, answer: str) -> Json:
        """Tokens are about four characters. What is marked for the cache is written once and then read for a while."""
        system = body.get("system") or []
        blocks = system if isinstance(system, list) else [{"text": system}]
        shape = json.dumps(body.get("output_config", {}).get("format"))
        instructions = "".join(one["text"] for one in blocks)
        question = tokens(json.dumps(body["messages"], ensure_ascii=False))
        prefix = tokens(instructions) + tokens(shape)
        is_marked = any("cache_control" in one for one in blocks) and prefix >= CACHEABLE_FROM
        is_kept = is_marked and self._is_kept(body["model"] + shape + instructions)
        written = prefix if is_marked and not is_kept else 0
        return {
            "input_tokens": question + (0 if is_marked else prefix),
            "output_tokens": tokens(answer),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": prefix if is_kept else 0,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
            "service_tier": "standard",
        }

    def _is_kept(self, prefix: str) -> bool:
        now = self._monotonic()
        is_kept = now < self._cached.get(prefix, now)
        self._cached[prefix] = now + CACHED_SECONDS
        return is_kept


def tokens(text: str) -> int:
    return -(-len(text) // 4)


# What can go wrong, one function each; `claude.next(turned_away(529), None)` is one bad call and a good one.


def turned_away(
    status: int,
    kind: str = "api_error",
    *,
    code: str | None = None,
    message: str = "No.",
    retry_after: str | None = None,
) -> Fault:
    async def fault(_request: web.Request, _message: Json) -> web.StreamResponse:
        return _error(status, kind, message, code=code, retry_after=retry_after)

    return fault


def rate_limited(retry_after: str | None) -> Fault:
    limit = "This request would exceed your organization's rate limit."
    return turned_away(429, "rate_limit_error", message=limit, retry_after=retry_after)


def overloaded() -> Fault:
    return turned_away(529, "overloaded_error", message="Overloaded")


def over_the_monthly_limit() -> Fault:
    limit = "Your organization has reached its monthly API usage threshold."
    return turned_away(429, "rate_limit_error", code="enforced_spend_limit_reached", message=limit)


def over_the_own_limit() -> Fault:
    """The limit people set themselves is a 400 without a code."""
    limit = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
    return turned_away(400, "invalid_request_error", message=limit)


async def hang(_request: web.Request, _message: Json) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def cut(request: web.Request, message: Json) -> web.StreamResponse:
    """The line goes dead in the middle of the answer."""
    whole = json.dumps(message).encode()
    response = web.StreamResponse(headers={"content-type": "application/json", "content-length": str(len(whole))})
    await response.prepare(request)
    await response.write(whole[: len(whole) // 2])
    assert request.transport is not None, "somebody is still listening"
    request.transport.abort()
    with suppress(ConnectionError):
        await response.write(whole[len(whole) // 2 :])
    return response


async def html(_request: web.Request, _message: Json) -> web.StreamResponse:
    return web.Response(text="<html><body>Please sign in to the guest network</body></html>", content_type="text/html")


async def broken_json(_request: web.Request, message: Json) -> web.StreamResponse:
    return web.Response(text=json.dumps(message)[:-20], content_type="application/json")


async def not_a_message(_request: web.Request, _message: Json) -> web.StreamResponse:
    return _answered({"ok": True})


def elsewhere(url: str) -> Fault:
    async def fault(request: web.Request, _message: Json) -> web.StreamResponse:
        return web.Response(status=307, headers={"location": url + request.path})

    return fault


def altered(change: Callable[[Json], Json]) -> Fault:
    async def fault(_request: web.Request, message: Json) -> web.StreamResponse:
        return _answered({**message, **change(message)})

    return fault


def _text(message: Json) -> str:
    text: str = message["content"][0]["text"]
    return text


def _says(text: str, **more: Any) -> Json:
    return {"content": [{"type": "text", "text": text}], **more}


truncated = altered(lambda it: _says(_text(it)[: len(_text(it)) // 2], stop_reason="max_tokens"))
refused = altered(lambda _: {"content": [], "stop_reason": "refusal"})
in_capitals = altered(lambda it: _says(_text(it).upper()))
with_more_than_asked = altered(lambda it: _says(json.dumps({**json.loads(_text(it)), "note": "by the way"})))
without_text = altered(lambda _: {"content": []})
thinking_first = altered(
    lambda it: {"content": [{"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"}, *it["content"]]}
)


def _answered(message: Json) -> web.Response:
    return web.json_response(message, headers={"request-id": "req_pretend"})


def _error(
    status: int, kind: str, message: str, *, code: str | None = None, retry_after: str | None = None
) -> web.Response:
    error: Json = {"type": kind, "message": message, **({"details": {"error_code": code}} if code else {})}
    headers = {"request-id": "req_pretend", **({"retry-after": retry_after} if retry_after else {})}
    return web.json_response(
        {"type": "error", "error": error, "request_id": "req_pretend"}, status=status, headers=headers
    )
