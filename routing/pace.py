"""How often Slack wants to hear from us, and for how long it asked not to. Pure: what time it is, is told."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

POST = "chat.postMessage"
EDIT = "chat.update"
ANYWHERE = ""
REMEMBERED_MAX = 1000
SHORTEST = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """New messages in one channel, and edits everywhere together, of which a few may come at once. 0 is no limit.

    Slack takes fifty edits in any minute: what comes at once and what comes in a minute are less together. A share is
    kept for cards: who asked sees theirs first, but however many ask, what people work with is drawn again, too. What
    cards do not need of it goes to the others.
    """

    posts_per_second: float = 1.0
    edits_per_minute: float = 39.0
    edits_at_once: int = 9
    share_kept: float = 0.25
    edits_kept: int = 2

    @property
    def gap(self) -> timedelta:
        return timedelta(seconds=1 / self.posts_per_second) if self.posts_per_second else timedelta()


SLACKS = Rates()
UNPACED = Rates(posts_per_second=0, edits_per_minute=0)


@dataclass(frozen=True, slots=True)
class _Rest:
    """A clock that was set back is before it, and one that was set on is after it: neither rests longer for that."""

    since: datetime
    until: datetime

    def left(self, now: datetime) -> timedelta:
        return self.until - now if self.since <= now < self.until else timedelta()


class Pace:
    """What was called where and when, and who is resting. One for all who call Slack in this process.

    Slack counts new messages by channel: who is told to wait with one waits with every message there. If another
    channel is told so meanwhile, it was all of them; and with every other method it always is.
    """

    def __init__(self, rates: Rates = SLACKS) -> None:
        self.rates = rates
        self._rests: dict[tuple[str, str], _Rest] = {}
        self._told: dict[tuple[str, str], _Rest] = {}
        self._edits_left = float(rates.edits_at_once)
        self._kept = float(rates.edits_kept)
        self._counted_at: datetime | None = None

    def wait(self, method: str, channel: str, now: datetime) -> timedelta:
        """Nothing when it may be called now."""
        own = self._rests.get((method, channel))
        rests = [self.told(method, channel, now), own.left(now) if own else timedelta()]
        if method == EDIT and self.rates.edits_per_minute:
            rests.append(self._until_an_edit(now))
        return max(rests)

    def told(self, method: str, channel: str, now: datetime) -> timedelta:
        """For how long Slack itself asked not to be called."""
        rests = [self._told.get((method, place)) for place in (channel, ANYWHERE)]
        return max((rest.left(now) for rest in rests if rest), default=timedelta())

    def called(self, method: str, channel: str, now: datetime) -> None:
        """It begins. A message rests its channel from here, in case that is never told how it ended."""
        if method == EDIT:
            self._edits_left = self.edits_left(now) - 1
        self.answered(method, channel, now)

    def answered(self, method: str, channel: str, now: datetime) -> None:
        """Counted from the answer, two messages never come to Slack closer together than they were sent."""
        if method == POST and self.rates.gap:
            self._rest(self._rests, (method, channel), now, self.rates.gap)

    def told_to_wait(self, method: str, channel: str, seconds: float, now: datetime) -> None:
        length = timedelta(seconds=max(seconds, 0)) or SHORTEST
        others = [
            rest
            for (which, where), rest in self._told.items()
            if method == POST == which and where not in {channel, ANYWHERE} and rest.left(now)
        ]
        if method != POST or others:
            length = max(length, *(rest.left(now) for rest in others)) if others else length
            self._rest(self._told, (method, ANYWHERE), now, length)
        if method == POST:
            self._rest(self._told, (method, channel), now, length)

    def may_edit(self, now: datetime, begun: int, *, is_card: bool) -> bool:
        """Whether one more edit may begin, beside those begun that are not sent yet. What is kept for cards counts as
        taken with the yes.
        """
        left = self.edits_left(now) - begun
        if is_card and self._kept >= 1 and left >= 1:
            self._kept -= 1
            return True
        return left - self._kept >= 1

    def edits_left(self, now: datetime) -> float:
        """How many edits may go at once."""
        if not self.rates.edits_per_minute:
            return math.inf
        passed = max((now - (self._counted_at or now)).total_seconds(), 0.0)
        self._counted_at = now
        grown = passed * self.rates.edits_per_minute / 60
        self._edits_left = min(self._edits_left + grown, float(self.rates.edits_at_once))
        self._kept = min(self._kept + grown * self.rates.share_kept, float(self.rates.edits_kept))
        return self._edits_left

    def _until_an_edit(self, now: datetime) -> timedelta:
        missing = 1 - self.edits_left(now)
        return timedelta(seconds=missing * 60 / self.rates.edits_per_minute) if missing > 0 else timedelta()

    def _rest(
        self, rests: dict[tuple[str, str], _Rest], what: tuple[str, str], now: datetime, length: timedelta
    ) -> None:
        known = rests.get(what)
        rests[what] = _Rest(now, now + max(length, known.left(now) if known else length))
        if len(rests) > REMEMBERED_MAX:
            for over in [one for one, rest in rests.items() if not rest.left(now)]:
                del rests[over]
