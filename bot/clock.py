"""The one place that reads the clock. Everything else is told the time."""

import secrets
from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the clock


def new_id() -> str:
    return secrets.token_hex(16)
