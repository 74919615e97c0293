"""Asking Slack one question, with a limit, and saying in one sentence why there was no answer."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bot.problems import Complaint, asking_slack

T = TypeVar("T")


async def answer(
    question: Awaitable[T], *, seconds: float, base_url: str, setting: str = "SLACK_BOT_TOKEN"
) -> T | Complaint:
    """What Slack says, or the sentence for the person who asked."""
    try:
        async with asyncio.timeout(seconds):
            with asking_slack(base_url, setting=setting):
                return await question
    except TimeoutError:
        return Complaint(f"Slack did not answer within {seconds:g} s. Look at status.slack.com, and try again.")
    except Complaint as problem:
        return problem
