"""What people type as a command: looked up for them, and told to nobody else."""

import re
from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers import wording_commands
from handlers.blocks import Drawn
from handlers.front import Front, OnDemand
from handlers.parse import Command
from routing.kinds import PersonId

log = structlog.get_logger()

ANSWERS_MAX = 5  # Slack's own: one response URL takes no more
PATIENCE_SECONDS = 10
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


async def on_command(body: dict[str, Any], front: Front) -> None:
    """Answered where it was typed, which may be a channel the bot is not in: only the response URL reaches there."""
    command = Command.model_validate(body)
    await _tell(command, fitting(await answers(command.words, command.by, front.on_demand)))


async def answers(words: Sequence[str], by: PersonId, on_demand: OnDemand) -> Sequence[Drawn]:
    match list(words):
        case [] | ["help"]:
            return _say(wording_commands.HELP)
        case ["due"]:
            return await _due(by, on_demand)
        case ["digest"]:
            return await _digest(by, None, on_demand)
        case ["digest", word] if day := _day(word):
            return await _digest(by, day, on_demand)
        case _:
            return _say(wording_commands.UNKNOWN)


def fitting(pages: Sequence[Drawn]) -> Sequence[Drawn]:
    if len(pages) <= ANSWERS_MAX:
        return pages
    shown = pages[: ANSWERS_MAX - 1]
    return [*shown, *_say(wording_commands.and_more(len(pages) - len(shown)))]


async def _due(by: PersonId, on_demand: OnDemand) -> Sequence[Drawn]:
    return await on_demand.due(by) or _say(wording_commands.NOTHING_DUE)


async def _digest(by: PersonId, day: date | None, on_demand: OnDemand) -> Sequence[Drawn]:
    return await on_demand.digest(by, day) or _say(wording_commands.NOTHING_TO_TELL)


async def _tell(command: Command, pages: Sequence[Drawn]) -> None:
    """An answer may be lost, it changes nothing: whoever misses it types again."""
    webhook = AsyncWebhookClient(command.response_url, timeout=PATIENCE_SECONDS, retry_handlers=[])
    for drawn in pages:
        try:
            told = await webhook.send(
                text=drawn.text,
                blocks=list(drawn.blocks) or None,
                response_type="ephemeral",
                unfurl_links=False,
                unfurl_media=False,
            )
        except (aiohttp.ClientError, TimeoutError) as problem:
            log.warning("answer lost", why=type(problem).__name__)
            return
        if told.status_code != HTTPStatus.OK:
            log.warning("answer lost", why=told.status_code)
            return


def _say(sentence: str) -> Sequence[Drawn]:
    return [Drawn(text=sentence, blocks=())]


def _day(word: str) -> date | None:
    """As calendars write it. The library would take weeks and days without dashes, too."""
    try:
        return date.fromisoformat(word) if _DAY.fullmatch(word) else None
    except ValueError:
        return None
