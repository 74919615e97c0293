"""The machine: versions, and whether it knows the company's time zone."""

import platform
import sqlite3
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.checks.finding import Finding, failure, fine
from storage.connection import OLDEST_SQLITE


def version_checks() -> list[Finding]:
    told = f"Frontdesk {version('frontdesk')}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        return [failure("versions", f"{told} Frontdesk needs SQLite {oldest} or newer: use a newer Python.")]
    return [fine("versions", told)]


def zone_checks(zone: str, now: datetime) -> list[Finding]:
    """The time there is printed because a person sees at once when it is wrong."""
    try:
        there = now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [failure("time zone", f"There is no data for {zone}: install the tzdata package again.")]
    return [fine("time zone", f"{zone}, where it is {there:%H:%M} now.")]
