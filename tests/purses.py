"""What can happen between a desk and Claude, whoever keeps the money, and what must be true of the money after it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.pocket import Pocket
from routing.budget import NOT_BEGUN, UNKNOWN, Ask, Bill, Hold, Limits, Purse
from routing.kinds import CaseId
from routing.tariff import Usage
from storage.purse import LOST, SqlPurse
from storage.sqlite import Store
from tests.make import NOW, TEAM, a_case, a_request, an_outcome

ONE, TWO = CaseId("case-1"), CaseId("case-2")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LITTLE = Usage(input=900, output=250, cache_read=4_000, cache_write=0)
NARROW = Limits(per_case=180, turns=4, alert=120, per_hour=250, per_day=400, calls_per_hour=7)
OUTCOMES = ("answered", "refused_answer", "unusable", UNKNOWN, *sorted(NOT_BEGUN))


def an_ask(case: CaseId | None = None, worst: int = 2_000_000, **changes: Any) -> Ask:
    return replace(Ask(case=case, model="claude-haiku-5-5", prompt="route/v1", worst=worst, attempt=1), **changes)


def a_bill(outcome: str = "answered", cost: int = 255_000, **changes: Any) -> Bill:
    return replace(Bill(outcome=outcome, usage=LITTLE, cost=cost, latency_ms=812), **changes)


class Hands:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)


class MortalPocket(Pocket):
    """The purse in memory, and what becomes of its holds when the bot ends: nobody will ever know."""

    def end(self) -> None:
        for call in self._calls:
            if call.settled_at is None:
                call.outcome, call.settled_at = UNKNOWN, self._clock()


@dataclass(frozen=True)
class Wait:
    minutes: int


@dataclass(frozen=True)
class Call:
    case: CaseId | None
    worst: int


@dataclass(frozen=True)
class Answer:
    which: int
    outcome: str
    share: float
    is_billed: bool


@dataclass(frozen=True)
class PullThePlug:
    """And start the bot again."""


Step = Wait | Call | Answer

CALLS = st.builds(
    Call,
    case=st.sampled_from([ONE, TWO, None, None]),
    worst=st.sampled_from([0, 7, 60, 110]),
)
ANSWERS = st.builds(
    Answer,
    which=st.integers(0, 9),
    outcome=st.sampled_from(OUTCOMES),
    share=st.floats(0, 1),
    is_billed=st.booleans(),
)
WAITS = st.builds(Wait, minutes=st.sampled_from([0, 9, 29, 59, 61, 61, 240, 1441]))
# Mostly calls: only a spendthrift comes near the limits.
STEPS = st.lists(st.one_of(CALLS, CALLS, CALLS, ANSWERS, WAITS, st.builds(PullThePlug)), min_size=20, max_size=60)


@dataclass
class Paid:
    """What a call did cost in truth, which the desk may never learn: then the worst that could be."""

    hold: Hold
    case: CaseId | None
    asked_at: datetime
    cost: int
    outcome: str = ""
    ended_at: datetime | None = None


@dataclass
class History:
    clock: Hands
    calls: list[Paid] = field(default_factory=list)

    async def live(self, purse: Purse, steps: Iterable[Step]) -> None:
        """One run of the bot. What is under way when it ends is never heard of again."""
        for step in steps:
            match step:
                case Wait():
                    self.clock.pass_minutes(step.minutes)
                case Call():
                    await self._call(purse, step)
                case Answer():
                    await self._answer(purse, step)
        for call in self._under_way():
            call.ended_at = self.clock.now

    async def _call(self, purse: Purse, step: Call) -> None:
        hold = await purse.reserve(an_ask(step.case, step.worst))
        if hold is not None:
            self.calls.append(Paid(hold, step.case, self.clock.now, cost=step.worst))

    async def _answer(self, purse: Purse, step: Answer) -> None:
        under_way = self._under_way()
        if not under_way:
            return
        call = under_way[step.which % len(under_way)]
        cost = int(call.hold.worst * step.share)
        call.outcome, call.ended_at = step.outcome, self.clock.now
        if step.outcome != UNKNOWN and (step.is_billed or step.outcome in NOT_BEGUN):
            call.cost = cost
        await purse.settle(call.hold, a_bill(step.outcome, cost, usage=LITTLE if step.is_billed else None))

    def _under_way(self) -> list[Paid]:
        return [call for call in self.calls if call.ended_at is None]


def runs_of(steps: Iterable[Step | PullThePlug]) -> list[list[Step]]:
    """The steps of each run of the bot: between one pulled plug and the next."""
    runs: list[list[Step]] = [[]]
    for step in steps:
        if isinstance(step, PullThePlug):
            runs.append([])
        else:
            runs[-1].append(step)
    return runs


def check(history: History, limits: Limits) -> None:
    """No limit was passed, whichever hour or day one looks at, and whichever moment of a call one counts by."""
    for case in {call.case for call in history.calls} - {None}:
        calls = [call for call in history.calls if call.case == case]
        assert sum(call.cost for call in calls) <= limits.per_case
        assert sum(call.outcome not in NOT_BEGUN for call in calls) <= limits.turns
    asked = [(call.asked_at, call.cost) for call in history.calls]
    ended = [(min(call.ended_at or call.asked_at, call.asked_at + LOST), call.cost) for call in history.calls]
    for moments in (asked, ended):
        for last, _ in moments:
            hour = [cost for at, cost in moments if last - HOUR < at <= last]
            day = [cost for at, cost in moments if last - DAY < at <= last]
            assert sum(hour) <= limits.per_hour
            assert len(hour) <= limits.calls_per_hour
            assert sum(day) <= limits.per_day


async def know_cases(store: Store, *names: str) -> None:
    for name in names or (ONE, TWO):
        if await store.cases.case(CaseId(name)) is None:
            await store.cases.settle(an_outcome(a_case(name, request=a_request(name))))


def a_purse(store: Store, limits: Limits | None = None) -> SqlPurse:
    return store.ledger.purse(team=TEAM, limits=limits or Limits())


async def held(purse: SqlPurse, case: CaseId | None, worst: int = 2_000_000) -> Hold:
    hold = await purse.reserve(an_ask(case, worst))
    assert hold is not None
    return hold
