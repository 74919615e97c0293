"""The courier: what comes back is tried again, what is hopeless is given up, and nothing holds up the rest for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.courier import LONGEST_WAIT, MOST_BREAKAGES, Courier
from routing.kinds import CaseId
from routing.model import Case
from routing.pace import UNPACED, Pace
from routing.ports import Admits, Arrival, Away, Owed, Posting, Undeliverable, anything
from tests.make import NOW, a_case, a_notice


@dataclass
class Outbox:
    """One notice, and what became of it."""

    waiting: list[Owed]
    state: str = "ready"
    until: datetime | None = None
    has_failed: bool = False

    async def owed(self, now: datetime, limit: int, admits: Admits = anything) -> Sequence[Owed]:  # noqa: ARG002 - there is only one
        leased, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return leased

    async def sending(self, owed: Owed, now: datetime) -> None: ...

    async def unsent(self, owed: Owed) -> None: ...

    async def delivered(self, owed: Owed, arrival: Arrival) -> None:  # noqa: ARG002 - the port's signature
        self.state = "done"

    async def postponed(self, owed: Owed, until: datetime, why: str, *, failed: bool = True) -> None:  # noqa: ARG002 - the port's signature
        self.state, self.until, self.has_failed = "postponed", until, failed

    async def given_up(self, owed: Owed, why: str) -> None:  # noqa: ARG002 - the port's signature
        self.state = f"dead: {why}"


@dataclass
class Messenger:
    """Slack, on a good day or a bad one."""

    problem: Exception | None = None
    delivered: list[int] = field(default_factory=list)

    async def deliver(self, owed: Owed, case: Case | None, postings: Sequence[Posting]) -> Arrival:  # noqa: ARG002 - a port
        if self.problem:
            raise self.problem
        self.delivered.append(owed.id)
        return Arrival()


class Cases:
    async def case(self, case_id: CaseId) -> Case | None:
        return a_case(case_id)

    async def postings(self, case_id: CaseId) -> Sequence[Posting]:  # noqa: ARG002 - nothing hangs yet
        return ()


async def test_a_good_day() -> None:
    outbox, messenger = await _after(Messenger())

    assert (outbox.state, messenger.delivered) == ("done", [7])


async def test_it_comes_back_when_slack_said() -> None:
    outbox, _ = await _after(Messenger(Undeliverable("ratelimited", retry_after=30)))

    assert (outbox.state, outbox.until) == ("postponed", NOW + timedelta(seconds=30))
    assert not outbox.has_failed


@pytest.mark.parametrize(("failures", "wait"), [(0, 2), (1, 4), (4, 32), (9, 600), (11, 600)])
async def test_it_waits_longer_each_time_but_never_for_ever(failures: int, wait: int) -> None:
    outbox, _ = await _after(Messenger(Undeliverable("away")), failures=failures)

    assert outbox.until == NOW + min(timedelta(seconds=wait), LONGEST_WAIT)


async def test_what_is_hopeless_is_given_up_at_once() -> None:
    outbox, _ = await _after(Messenger(Undeliverable("msg_too_long", is_final=True)))

    assert outbox.state == "dead: msg_too_long"


async def test_however_long_slack_is_away_what_is_owed_stays_owed() -> None:
    outbox, _ = await _after(Messenger(Undeliverable("away")), failures=10_000)

    assert outbox.state == "postponed"


async def test_what_breaks_the_messenger_each_time_frees_its_lane_in_the_end() -> None:
    patient, _ = await _after(Messenger(RuntimeError("boom")), leases=MOST_BREAKAGES)
    freed, messenger = await _after(Messenger(RuntimeError("boom")), leases=MOST_BREAKAGES + 1)

    assert (patient.state, freed.state, messenger.delivered) == ("ready", "dead: broken", [])


async def test_a_disk_that_is_full_for_a_while_gives_up_nothing() -> None:
    """The notice did nothing wrong: Slack was never asked."""
    outbox, _ = await _after(Messenger(Away("The disk is full.")), leases=3 * MOST_BREAKAGES)

    assert outbox.state == "ready"


async def test_what_can_never_be_read_is_given_up() -> None:
    outbox, _ = await _after(Messenger(Unreadable()), leases=MOST_BREAKAGES + 1)

    assert outbox.state == "dead: broken"


class Unreadable(Away):
    is_lasting = True


async def test_what_broke_now_and_then_and_was_answered_in_between_goes_on() -> None:
    """Slack was busy in between: what went wrong before that counts no more."""
    owed = Owed(id=7, case=None, notice=a_notice(), attempt=1, first_sent_at=None)
    outbox, cases, messenger = Outbox(waiting=[]), Cases(), Messenger()
    courier = Courier(outbox=outbox, cases=cases, messenger=messenger, clock=lambda: NOW, pace=Pace(UNPACED))  # type: ignore[arg-type]  # stand-ins
    for problem in (*[RuntimeError("boom")] * (MOST_BREAKAGES - 1), Undeliverable("away")) * 2:
        outbox.waiting, messenger.problem = [owed], problem
        await courier.all_delivered()

    assert outbox.state == "postponed"


async def _after(messenger: Messenger, failures: int = 0, leases: int = 1) -> tuple[Outbox, Messenger]:
    owed = Owed(id=7, case=CaseId("case-1"), notice=a_notice(), attempt=1, first_sent_at=None, failures=failures)
    outbox = Outbox(waiting=[])
    cases: Any = Cases()
    courier = Courier(outbox=outbox, cases=cases, messenger=messenger, clock=lambda: NOW, pace=Pace(UNPACED))
    for _ in range(leases):
        outbox.waiting = [owed]
        await courier.all_delivered()
    return outbox, messenger
