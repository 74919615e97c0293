"""From where on something is worth a line, and how long it may take to find out."""

from dataclasses import dataclass
from datetime import timedelta

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Whoever waits for `frontdesk doctor` waits for the three Slack limits together at most, 15 seconds."""

    free_bytes_needed: int = 100 * MEGABYTE
    free_bytes_wanted: int = 1_000 * MEGABYTE
    wal_bytes_most: int = 256 * MEGABYTE
    audit_entries_most: int = 100_000
    owed_for: timedelta = timedelta(minutes=10)
    given_up_since: timedelta = timedelta(days=7)
    skew_noticed: timedelta = timedelta(seconds=30)
    skew_refused: timedelta = timedelta(minutes=5)
    local_seconds: float = 12.0
    claude_seconds: float = 12.0
    token_seconds: float = 4.0
    names_seconds: float = 6.0
    people_seconds: float = 5.0
