"""What Claude counts when it sends a bill."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens by kind, as the answer states them."""

    input: int
    output: int
    cache_read: int
    cache_write: int
