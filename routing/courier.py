"""The courier: takes what is owed to where it is owed, in order within a lane, and never forgets."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import structlog

from routing.kinds import Rank
from routing.pace import EDIT, POST, Pace
from routing.ports import Away, Cases, Clock, Messenger, Outbox, Owed, Stale, Undeliverable

log = structlog.get_logger()

MOST_AT_ONCE = 16
# A place that answers slowly, or a kind that takes long to draw, never has all hands.
MOST_OF_A_RANK = 12
MOST_IN_A_PLACE = 4
MOST_IN_A_PACED_PLACE = 1
MOST_EDITS_IN_A_PACED_PLACE = 2
MOST_BREAKAGES = 5
LONGEST_WAIT = timedelta(minutes=10)
LOOK_EVERY = timedelta(seconds=1)
SHORTEST_SLEEP = timedelta(milliseconds=5)


class Courier:
    def __init__(self, *, outbox: Outbox, cases: Cases, messenger: Messenger, clock: Clock, pace: Pace) -> None:
        self._outbox = outbox
        self._cases = cases
        self._messenger = messenger
        self._clock = clock
        self._pace = pace
        self._wake = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Owed] = {}
        self._breakages: Counter[int] = Counter()
        self._next_look = LOOK_EVERY
        self._is_closing = False

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Deliver until closed. Sleeps until woken, until a rest is over, or a moment for what was postponed."""
        while not self._is_closing:
            self._wake.clear()
            await self._start_due()
            try:
                async with asyncio.timeout(self._next_look.total_seconds()):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Finish what is in flight; what is still owed stays owed."""
        self._is_closing = True
        self._wake.set()
        try:
            while self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            for task in self._under_way:
                task.cancel()

    async def all_delivered(self) -> None:
        """Nothing that is due now is still owed, but to those who rest."""
        while await self._start_due() or self._under_way:
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _start_due(self) -> int:
        now = self._clock()
        room = MOST_AT_ONCE - len(self._under_way)
        admission = Admission(self._pace, now, tuple(self._under_way.values()))
        due = await self._outbox.owed(now, room, admission.admits) if room > 0 else ()
        self._next_look = min(LOOK_EVERY, max(admission.shortest_wait, SHORTEST_SLEEP))
        for owed in due:
            task = asyncio.create_task(self._deliver(owed))
            self._under_way[task] = owed
            task.add_done_callback(partial(self._finished, owed))
        return len(due)

    def _finished(self, owed: Owed, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        self._wake.set()
        if task.cancelled():
            return
        problem = task.exception()
        if problem is None:
            del self._breakages[owed.id]
        elif isinstance(problem, Away) and not problem.is_lasting:
            # The notice did nothing wrong: it stays leased, and comes again when that is over.
            log.error("storage is away", notice=owed.notice.key, why=str(problem))
        else:
            self._breakages[owed.id] += 1
            log.error("delivery broke", notice=owed.notice.key, exc_info=problem)

    async def _deliver(self, owed: Owed) -> None:
        if self._breakages[owed.id] >= MOST_BREAKAGES:
            # It broke something of ours each time: its lane must not wait for it for ever.
            log.error("notice given up", notice=owed.notice.key, case=owed.case, why="broken")
            await self._outbox.given_up(owed, "broken")
            return
        case = await self._cases.case(owed.case) if owed.case else None
        assert case is not None or owed.case is None, "a case that is owed something is stored"
        postings = await self._cases.postings(case.id) if case else ()
        try:
            arrival = await self._messenger.deliver(owed, case, postings)
        except Undeliverable as problem:
            await self._put_back(owed, problem)
        except Stale:
            log.warning("leased to somebody else", notice=owed.notice.key, attempt=owed.attempt)
        else:
            await self._outbox.delivered(owed, arrival)

    async def _put_back(self, owed: Owed, problem: Undeliverable) -> None:
        """However long Slack is away, what is owed stays owed; only what can never arrive is given up."""
        if problem.is_final:
            log.error("notice given up", notice=owed.notice.key, case=owed.case, why=str(problem))
            await self._outbox.given_up(owed, str(problem))
            return
        log.warning("notice postponed", notice=owed.notice.key, failures=owed.failures, why=str(problem))
        until = self._clock() + _patience(owed.failures + 1, problem)
        await self._outbox.postponed(owed, until, str(problem), failed=problem.retry_after is None)


class Admission:
    """Who may go now. A place that rests is passed over: waiting takes none of the courier's hands."""

    def __init__(self, pace: Pace, now: datetime, in_hand: tuple[Owed, ...]) -> None:
        self._pace = pace
        self._now = now
        self._in_place = Counter((owed.place, owed.rank.is_edit) for owed in in_hand)
        self._of_rank = Counter(owed.rank for owed in in_hand)
        self.shortest_wait = LOOK_EVERY

    def admits(self, place: str, rank: Rank) -> bool:
        """Whether one more may. The answer counts: it is asked again only for another one."""
        wait = self._pace.wait(EDIT if rank.is_edit else POST, place, self._now)
        if wait:
            self.shortest_wait = min(self.shortest_wait, wait)
            return False
        here = (place, rank.is_edit)
        is_full = self._in_place[here] >= self._most(rank) or self._of_rank[rank] >= MOST_OF_A_RANK
        if is_full or (rank.is_edit and not self._may_edit(rank)):
            return False
        self._in_place[here] += 1
        self._of_rank[rank] += 1
        return True

    def _most(self, rank: Rank) -> int:
        rates = self._pace.rates
        if rank.is_edit:
            return MOST_EDITS_IN_A_PACED_PLACE if rates.edits_per_minute else MOST_IN_A_PLACE
        return MOST_IN_A_PACED_PLACE if rates.posts_per_second else MOST_IN_A_PLACE

    def _may_edit(self, rank: Rank) -> bool:
        begun = sum(count for rank, count in self._of_rank.items() if rank.is_edit)
        return self._pace.may_edit(self._now, begun, is_card=rank is not Rank.RECEIPT_EDIT)


def _patience(failures: int, problem: Undeliverable) -> timedelta:
    if problem.retry_after is not None:
        return timedelta(seconds=problem.retry_after)
    return min(timedelta(seconds=2 ** min(failures, 10)), LONGEST_WAIT)
