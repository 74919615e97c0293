"""What a check found: one line of the doctor's screen."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`sentence` says what is so and, unless all is well, how to mend it."""

    subject: str
    state: State
    sentence: str


def fine(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, state=State.OK, sentence=sentence)


def doubt(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, state=State.WARNING, sentence=sentence)


def failure(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, state=State.FAILURE, sentence=sentence)


async def within(seconds: float, subject: str, check: Awaitable[list[Finding]]) -> list[Finding]:
    """What takes longer was not seen to be well, and that is a failure too."""
    try:
        async with asyncio.timeout(seconds):
            return await check
    except TimeoutError:
        return [failure(subject, f"Not finished within {seconds:g} s, so nothing is known. Try again in a minute.")]
