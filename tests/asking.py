"""Somebody who asks Claude, and the Claude that is asked: the real SDK over real HTTP, with a clock of its own."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from routing.claude import Claude, Manners
from routing.exchange import NoReply, Prompt, Reply
from routing.kinds import CaseId
from routing.tariff import tariff
from tests.pretend_claude import KEY, Fault, PretendClaude
from tests.purse import Purse

CASE = CaseId("case-1")
CANARY = "canary-4111-1111"
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "evidence": {"type": "string"},
        "destination": {"type": "string", "enum": ["queue_billing", "team_sales"]},
    },
    "required": ["evidence", "destination"],
    "additionalProperties": False,
}
PROMPT = Prompt(
    name="route/v1",
    model="claude-haiku-5-5",
    instructions="You stand at the front desk. " * 100,
    question=f"Please refund my last invoice, {CANARY}",
    schema=SCHEMA,
    max_tokens=700,
    effort="low",
)
BODY = '{"evidence": "pretend", "destination": "queue_billing"}'


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Scene:
    far: PretendClaude
    near: Claude
    purse: Purse
    time: Time

    async def ask(self, prompt: Prompt = PROMPT, *, seconds: float = 20.0) -> Reply | NoReply:
        return await self.near.ask(prompt, case=CASE, seconds=seconds)


@asynccontextmanager
async def scene(
    *faults: Fault | None, purse: Purse | None = None, manners: Manners | None = None, url: str | None = None
) -> AsyncIterator[Scene]:
    time, purse = Time(), purse or Purse()
    async with PretendClaude() as far:
        far.next(*faults)
        with pytest.MonkeyPatch.context() as patch:
            # A company's proxy is honoured, and could not reach the double.
            patch.setenv("NO_PROXY", "127.0.0.1")
            near = Claude(
                key=KEY,
                base_url=url or far.url,
                purse=purse,
                monotonic=time.monotonic,
                sleep=time.sleep,
                manners=manners or Manners(),
            )
        yield Scene(far=far, near=near, purse=purse, time=time)
        await near.close()
        assert purse.open == {}, "every hold got its bill"


def worst(prompt: Prompt = PROMPT) -> int:
    sent = prompt.instructions + prompt.question + json.dumps(prompt.schema, ensure_ascii=False)
    return tariff(prompt.model).worst(len(sent.encode()), prompt.max_tokens)
