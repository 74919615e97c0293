"""How often the app may call before Slack tells it to wait."""

import math
from collections import deque
from collections.abc import Callable

from bot.workspace.model import Limits


class Rates:
    """Counts calls on a stopwatch of its own, so that a story may stop the workspace's clock."""

    def __init__(self, limits: Limits, stopwatch: Callable[[], float]) -> None:
        self._limits = limits
        self._stopwatch = stopwatch
        self._calls: dict[str, deque[float]] = {}
        self._room_left: dict[str, tuple[float, float]] = {}

    def seconds_until_call(self, method: str, per_minute: int | None) -> int:
        """0 when the method may be called now, which then counts."""
        if per_minute is None or not self._limits.per_minute:
            return 0
        now = self._stopwatch()
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= per_minute:
            return math.ceil(calls[0] + 60 - now)
        calls.append(now)
        return 0

    def seconds_until_post(self, channel: str) -> int:
        """0 when a message may be posted there now, which then counts."""
        a_second = self._limits.messages_per_second
        if a_second <= 0:
            return 0
        now = self._stopwatch()
        left, since = self._room_left.get(channel, (float(self._limits.message_burst), now))
        left = min(float(self._limits.message_burst), left + (now - since) * a_second)
        is_allowed = left >= 1
        self._room_left[channel] = (left - 1 if is_allowed else left, now)
        return 0 if is_allowed else max(1, math.ceil((1 - left) / a_second))

    def forget(self) -> None:
        self._calls.clear()
        self._room_left.clear()
