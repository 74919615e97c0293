"""`frontdesk start`: the bot, connected to Slack, until it is told to stop."""

import os

import structlog

from bot import log as logs
from bot.problems import Complaint
from bot.settings import Settings, read_settings
from bot.stopping import until_told_to_stop
from bot.transport import EVENTS_PATH
from bot.wiring import opened
from storage.driver import StorageError

log = structlog.get_logger()


async def start_bot() -> None:
    settings = read_settings()
    # Bolt reads these by itself, and warns that it was given them twice. Nobody else needs them from here on.
    for secret in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "ANTHROPIC_API_KEY"):
        os.environ.pop(secret, None)
    logs.set_up(settings.frontdesk_log)
    _require_tokens(settings)
    try:
        await until_told_to_stop(_serve(settings))
    except StorageError as problem:
        raise Complaint(str(problem)) from None
    except OSError as problem:
        raise Complaint(f"Cannot listen or connect: {problem.strerror or problem}.") from None


async def _serve(settings: Settings) -> None:
    async with opened(settings) as desk:
        log.info(
            "at the desk",
            map=desk.map.version,
            destinations=len(desk.map.destinations),
            by=_way_in(settings),
            claude=", ".join(desk.map.claude.models) if settings.anthropic_api_key else "no key: decides without it",
        )
        try:
            # Where nothing can be written any more, nothing is served any more: whoever looks after us starts us anew.
            await desk.store.driver.broke()
        finally:
            log.info("closing: finishing what is in flight")


def _require_tokens(settings: Settings) -> None:
    missing = []
    if settings.slack_bot_token is None:
        missing.append("SLACK_BOT_TOKEN is missing: the bot's token, from the app's page under OAuth & Permissions.")
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        missing.append("SLACK_APP_TOKEN is missing (Socket Mode), or SLACK_SIGNING_SECRET (HTTP mode): one is needed.")
    if missing:
        raise Complaint("\n".join([*missing, "To see the desk at work without Slack: make try"]))


def _way_in(settings: Settings) -> str:
    if settings.slack_app_token:
        return "socket mode"
    return f"http://{settings.frontdesk_host}:{settings.frontdesk_port}{EVENTS_PATH}"
