"""The one place where the unexpected is caught: it gets a reference, is logged once, and nobody sees a raw error."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

log = structlog.get_logger()


@dataclass(slots=True)
class Attempt:
    """How it went. `reference` is what a person can quote when it failed."""

    reference: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.reference)


def slack_says(problem: SlackApiError) -> str:
    """Slack's word for what went wrong. A proxy's page has none, and the SDK hands it on in whatever shape it came."""
    answer: object = getattr(problem.response, "data", problem.response)
    code = answer.get("error") if isinstance(answer, Mapping) else None
    return str(code or "unreadable_answer")


@asynccontextmanager
async def reported(what: str, **fields: object) -> AsyncIterator[Attempt]:
    attempt = Attempt()
    try:
        yield attempt
    except Exception:
        attempt.reference = secrets.token_hex(4)
        log.exception("failed", what=what, reference=attempt.reference, **fields)
