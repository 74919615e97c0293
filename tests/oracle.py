"""A Claude in memory: it says what it is told to say, takes its time, and remembers what it was asked."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routing.adviser import ClaudeAdviser, Surroundings
from routing.decisions import Opinion
from routing.exchange import NoReply, Prompt, Reply, Why
from routing.experience import Taught
from routing.kinds import CaseId
from routing.map import RoutingMap
from routing.model import Request
from routing.names import Names
from routing.panel import Matter
from routing.tariff import Usage
from tests.unit.scenes import MAP, a_request

HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"
NOTHING: Mapping[str, Any] = {
    "evidence": [],
    "summary": "",
    "risks": [],
    "categories": [],
    "intents": [],
    "destination": "billing",
    "runner_up": "unknown",
    "confidence": "high",
    "priority": "unknown",
    "missing": [],
    "error_signature": "",
    "environment": "",
    "customers_affected": -1,
    "customers_share": -1,
    "sentiment": "calm",
    "language": "en",
}

Says = str | NoReply | Exception | Callable[[str], str]


def says(**changes: Any) -> str:
    """An answer that is fine, but for what the test is about."""
    return json.dumps({**NOTHING, **changes})


def silent(why: Why) -> NoReply:
    return NoReply(why=why)


@dataclass
class Oracle:
    """The port `Asks`. `says` has an answer for each model; `takes` is how long it thinks."""

    says: Mapping[str, Says]
    takes: float = 0.0
    now: float = 1_000.0
    asked: list[Prompt] = field(default_factory=list)
    cases: list[CaseId | None] = field(default_factory=list)
    granted: list[float] = field(default_factory=list)
    may_speak: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_speak.set()

    def monotonic(self) -> float:
        return self.now

    @property
    def models(self) -> list[str]:
        return [prompt.model for prompt in self.asked]

    async def ask(self, prompt: Prompt, *, case: CaseId | None, seconds: float) -> Reply | NoReply:
        self.asked.append(prompt)
        self.cases.append(case)
        self.granted.append(seconds)
        await self.may_speak.wait()
        self.now += min(self.takes, seconds)
        if self.takes > seconds:
            return NoReply(why="deadline")
        said = self.says[prompt.model]
        if isinstance(said, Exception):
            raise said
        if isinstance(said, NoReply):
            return said
        body = said if isinstance(said, str) else said(prompt.question)
        usage = Usage(input=1, output=1, cache_read=0, cache_write=0)
        return Reply(body=body, usage=usage, cost=1, latency_ms=1, attempts=1, model=prompt.model)


@dataclass
class World:
    """Who works here, and what was asked before."""

    names: Names | Exception = field(default_factory=Names)
    earlier: Sequence[Taught] = ()
    nonces: int = 0

    async def members(self) -> Names:
        if isinstance(self.names, Exception):
            raise self.names
        return self.names

    async def exemplars(self, text: str) -> Sequence[Taught]:  # noqa: ARG002 - the port
        return self.earlier

    def nonce(self) -> str:
        self.nonces += 1
        return f"nonce{self.nonces:020}"


def an_adviser(oracle: Oracle, world: World | None = None, routing_map: RoutingMap = MAP) -> ClaudeAdviser:
    world = world or World()
    around = Surroundings(names=world.members, exemplars=world.exemplars, nonce=world.nonce, monotonic=oracle.monotonic)
    return ClaudeAdviser(oracle, routing_map, around)


def about(text: str, case: str = "case-1", *, request: Request | None = None) -> Matter:
    return Matter(case=CaseId(case), request=request or a_request(text), heard=())


async def advised(adviser: ClaudeAdviser, text: str, case: str = "case-1") -> Opinion:
    """The opinion that counts."""
    return (await adviser.advise(about(text, case)))[-1]
