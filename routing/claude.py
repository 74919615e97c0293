"""Asking Claude: one deadline, our own retries, every attempt paid for. The only module that imports anthropic.

Importing it is slow. Whoever only needs the words (Prompt, Reply, NoReply) finds them in `routing.exchange`.
"""

import asyncio
import itertools
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar, cast

import anthropic
import httpx2
import structlog
from anthropic.types import ThinkingConfigParam
from pydantic import BaseModel, ValidationError

from routing.attempt import LOST, NOT_SENT, WHY, Attempt, Errand, Turned, read, turned_away
from routing.breaker import Breaker
from routing.budget import Ask, Bill, Hold, Purse
from routing.exchange import NoReply, NoWay, Prompt, Reply
from routing.kinds import CaseId
from routing.tariff import Tariff, tariff

__all__ = ["Claude", "Manners", "NoReply", "Prompt", "Reply"]

log = structlog.get_logger()

API = "https://api.anthropic.com"
MOST_ATTEMPTS = 3
CONNECT_SECONDS = 3.0
SETTLE_SECONDS = 5.0
LOOK_SECONDS = 10.0
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How much is asked of Claude at once, how long one waits for a turn, and when it is left in peace."""

    at_once: int = 4
    patience_seconds: float = 2.0
    breaker: Breaker = field(default_factory=Breaker)


class Claude:
    def __init__(
        self,
        *,
        key: str,
        base_url: str | None,
        purse: Purse,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        manners: Manners = Manners(),
    ) -> None:
        if not re.fullmatch(r"[!-~]+", key):
            # The transport would say so too, and quote the key.
            raise ValueError("Claude's API key has characters that no key has.")
        _hush()
        url = base_url or API
        try:
            self._client = anthropic.AsyncAnthropic(
                api_key=key,
                base_url=url,
                max_retries=0,
                open_telemetry=False,
                timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),  # the deadline is around all attempts
                # A redirect would carry what people asked to wherever it points.
                http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
            )
            self._host = httpx2.URL(url).host or url
        except (ValueError, ImportError, OSError, httpx2.InvalidURL) as problem:
            why = f"Claude cannot be called with these settings ({type(problem).__name__})."
            raise NoWay(f"{why} Look at ANTHROPIC_BASE_URL, HTTPS_PROXY and SSL_CERT_FILE.") from None
        self._purse = purse
        self._monotonic = monotonic
        self._sleep = sleep
        self._patience_seconds = manners.patience_seconds
        self._room = asyncio.Semaphore(manners.at_once)
        self._breaker = manners.breaker
        self._under_way: set[asyncio.Task[Any]] = set()

    async def ask(self, prompt: Prompt, *, case: CaseId | None, seconds: float) -> Reply | NoReply:
        """The answer, or why there is none. Raises UnknownModel, and what the purse raises."""
        now = self._monotonic()
        errand = Errand(prompt=prompt, rates=tariff(prompt.model), case=case, began=now, until=now + seconds)
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                return await self._take_turn(errand)
        except TimeoutError:
            if not deadline.expired():
                raise
            return NoReply(why="deadline", cost=errand.spent)

    async def reachable(self, models: Sequence[str]) -> str | None:
        """Nothing, or the sentence that says why Claude cannot be asked. Costs nothing."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                for model in models:
                    if complaint := await self._complaint_about(model):
                        return complaint
        except TimeoutError:
            return f"Claude does not answer at {self._host}."
        return None

    async def close(self) -> None:
        """What the purse has begun is finished first, within a limit."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=SETTLE_SECONDS)
        await self._client.close()

    async def _take_turn(self, errand: Errand) -> Reply | NoReply:
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._room.acquire()
        except TimeoutError:
            return NoReply(why="busy")
        try:
            return await self._insist(errand)
        finally:
            self._room.release()

    async def _insist(self, errand: Errand) -> Reply | NoReply:
        for number in itertools.count(1):
            if not self._is_let_through():
                return NoReply(why="breaker", cost=errand.spent)
            hold = await self._reserve(errand.ask(number))
            if hold is None:
                return NoReply(why="budget", cost=errand.spent)
            attempt = await self._attempt(errand, hold, number)
            if attempt.outcome == "answered":
                return self._reply(errand, attempt, number)
            if not attempt.is_passing or number == MOST_ATTEMPTS:
                return NoReply(why=WHY[attempt.outcome], cost=errand.spent)
            pause = attempt.pause(number)
            if self._monotonic() + pause >= errand.until:
                return NoReply(why="deadline", cost=errand.spent)
            await self._sleep(pause)
        raise AssertionError("the last attempt returns")

    def _is_let_through(self) -> bool:
        after = self._breaker.admit(self._monotonic())
        self._breaker = after or self._breaker
        return after is not None

    async def _reserve(self, ask: Ask) -> Hold | None:
        reserving = self._start(self._purse.reserve(ask))
        try:
            await asyncio.wait({reserving})
        except asyncio.CancelledError:
            self._start(self._give_back(reserving))
            raise
        return reserving.result()

    async def _give_back(self, reserving: asyncio.Task[Hold | None]) -> None:
        """Whoever asked has left while the purse was writing: nothing was sent."""
        hold = await reserving
        if hold is not None:
            await self._purse.settle(hold, Bill(outcome="unreachable", usage=None, cost=0, latency_ms=0))

    async def _attempt(self, errand: Errand, hold: Hold, number: int) -> Attempt:
        began = self._monotonic()
        attempt = LOST
        try:
            attempt = await self._send(errand.prompt, errand.rates)
        finally:
            # Also when cancelled: what was sent may cost, and nobody will ever know.
            await self._account(errand, hold, attempt, number=number, latency_ms=self._since(began))
        return attempt

    async def _account(self, errand: Errand, hold: Hold, attempt: Attempt, *, number: int, latency_ms: int) -> None:
        cost = attempt.cost(errand.rates, hold.worst)
        errand.spent += cost
        failed = attempt.is_failure
        self._breaker = self._breaker.failed(self._monotonic()) if failed else self._breaker.succeeded()
        log.info(
            "claude asked",
            case=errand.case,
            model=errand.prompt.model,
            prompt=errand.prompt.name,
            attempt=number,
            outcome=attempt.outcome,
            detail=attempt.detail,
            cost=cost,
            latency_ms=latency_ms,
        )
        bill = Bill(outcome=attempt.outcome, usage=attempt.usage, cost=cost, latency_ms=latency_ms, answer=attempt.text)
        settling = self._start(self._purse.settle(hold, bill))
        done, _late = await asyncio.wait({settling}, timeout=SETTLE_SECONDS)
        for settled in done:
            settled.result()

    async def _send(self, prompt: Prompt, rates: Tariff) -> Attempt:
        thinking = cast(ThinkingConfigParam, dict(rates.thinking)) if rates.thinking else anthropic.omit
        try:
            answer = await self._client.messages.with_raw_response.create(
                model=prompt.model,
                max_tokens=prompt.max_tokens,
                system=[
                    {"type": "text", "text": _sendable(prompt.instructions), "cache_control": {"type": "ephemeral"}}
                ],
                messages=[{"role": "user", "content": _sendable(prompt.question)}],
                output_config={
                    "effort": prompt.effort,
                    "format": {"type": "json_schema", "schema": dict(prompt.schema)},
                },
                thinking=thinking,
            )
            # Read as it came: the SDK takes a page for a text, and half an answer for an error of the json module.
            return read(await answer.read())
        except anthropic.APIStatusError as problem:
            return turned_away(_seen(problem))
        except anthropic.APIConnectionError as problem:
            return NOT_SENT if isinstance(problem.__cause__, NEVER_SENT) else LOST

    async def _complaint_about(self, model: str) -> str | None:
        try:
            answer = await self._client.models.with_raw_response.retrieve(model)
            known = _Model.model_validate_json(await answer.read())
        except anthropic.APIStatusError as problem:
            return self._refusal_of(problem, model)
        except anthropic.APIConnectionError:
            return f"Claude cannot be reached at {self._host}."
        except ValidationError:
            return f"What answers at {self._host} is not Claude."
        return f"The model {model} is no longer offered." if known.lifecycle == "retired" else None

    def _refusal_of(self, problem: anthropic.APIStatusError, model: str) -> str:
        match problem.status_code, problem.type:
            case ((HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN), _):
                return "Claude does not accept the API key."
            case HTTPStatus.NOT_FOUND, "not_found_error":
                return f"Claude knows no model {model}, or this API key may not use it."
            case status, str():
                return f"Claude answers, but not as it should ({status}). Try again in a minute."
            case status, _:
                return f"What answers at {self._host} is not Claude ({status})."

    def _reply(self, errand: Errand, answered: Attempt, attempts: int) -> Reply:
        assert answered.usage is not None, "an answer states its usage, or it is none"
        return Reply(
            body=answered.text,
            usage=answered.usage,
            cost=errand.spent,
            latency_ms=self._since(errand.began),
            attempts=attempts,
            model=answered.model,
        )

    def _since(self, began: float) -> int:
        return round((self._monotonic() - began) * 1000)

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The purse finishes what it began, though whoever asked has left."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            log.error("purse broke", problem=type(problem).__name__)


class _Model(BaseModel):
    id: str
    lifecycle: str = "active"


def _hush() -> None:
    """Asked for more, by a level or by ANTHROPIC_LOG, they print whole requests."""
    for noisy in ("anthropic", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _sendable(text: str) -> str:
    """Half a character cannot be sent, and the error about it would quote the whole text."""
    return text.encode(errors="replace").decode()


def _seen(problem: anthropic.APIStatusError) -> Turned:
    return Turned(
        status=problem.status_code,
        kind=problem.type,
        code=problem.error_code,
        message=problem.api_message,
        retry_after=problem.response.headers.get("retry-after"),
    )
