"""A circuit breaker: after enough failures in a row only one, now and then, is let through to look. Pure values."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Shut until a moment. Whoever comes first after it is the probe, and shuts the door for one more pause.

    So a probe that never comes back holds nobody up for ever, and needs no undoing.
    """

    most_failures: int = 5
    pause_seconds: float = 30.0
    failures: int = 0
    shut_until: float | None = None

    def admit(self, now: float) -> Self | None:
        """The breaker once one more is let through. Nothing: not now."""
        if self.shut_until is None:
            return self
        if now < self.shut_until:
            return None
        return replace(self, shut_until=now + self.pause_seconds)

    def succeeded(self) -> Self:
        return replace(self, failures=0, shut_until=None)

    def failed(self, now: float) -> Self:
        failures = self.failures + 1
        is_enough = failures >= self.most_failures
        return replace(self, failures=failures, shut_until=now + self.pause_seconds if is_enough else None)
