"""What a command found, and whether it is good."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    text: str
    is_good: bool
