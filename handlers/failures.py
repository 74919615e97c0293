"""The one place where the unexpected is caught: it gets a reference, is logged once, and nobody sees a raw error."""

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

log = structlog.get_logger()

_WORD = re.compile(r"[a-z][a-z0-9_]{0,60}", re.ASCII)


@dataclass(slots=True)
class Attempt:
    """How it went. `reference` is what a person can quote when it failed."""

    reference: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.reference)


def slack_says(problem: SlackApiError) -> str:
    """Slack's word for what went wrong. A proxy's page has none, and the SDK hands it on in whatever shape it came.

    It is kept, shown and logged: what is no word may be anything, such as what we sent.
    """
    answer: object = getattr(problem.response, "data", problem.response)
    code = answer.get("error") if isinstance(answer, Mapping) else None
    return code if isinstance(code, str) and _WORD.fullmatch(code) else "unreadable_answer"


@asynccontextmanager
async def reported(what: str, **fields: object) -> AsyncIterator[Attempt]:
    attempt = Attempt()
    try:
        yield attempt
    except Exception:
        attempt.reference = secrets.token_hex(4)
        log.exception("failed", what=what, reference=attempt.reference, **fields)
