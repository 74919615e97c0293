"""Marks: each channel has one, it only ever moves on, and an open request's thread is known."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from routing.kinds import ChannelId, MessageId, Status, TeamId
from routing.marks import Marks
from storage.marks import SqlMarks
from storage.sqlite import Store, open_store
from tests.make import INTAKE, NOW, TEAM, a_case, a_request, an_outcome
from tests.office import OfficeClock

A_MINUTE = timedelta(minutes=1)
HELP, HOWTO = ChannelId("C0HELP"), ChannelId("C0HOWTO")
EARLY, LATER, LATEST = (MessageId(f"179527838{last}.000100") for last in (1, 2, 3))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path / 'marks.db'}", clock=OfficeClock()) as opened:
        yield opened


@pytest.fixture
def marks(store: Store) -> Marks:
    return SqlMarks(store.driver, TEAM)


async def test_a_mark_begins_once(marks: Marks) -> None:
    await marks.begin([HELP], EARLY)
    await marks.begin([HELP, HOWTO], LATER)

    assert await marks.all() == {HELP: EARLY, HOWTO: LATER}


async def test_a_mark_never_goes_back(marks: Marks) -> None:
    await marks.advance(HELP, LATER)
    await marks.advance(HELP, EARLY)
    assert await marks.all() == {HELP: LATER}

    await marks.advance(HELP, LATEST)
    assert await marks.all() == {HELP: LATEST}


async def test_one_workspace_does_not_see_the_marks_of_another(store: Store, marks: Marks) -> None:
    await marks.begin([HELP], EARLY)

    assert await SqlMarks(store.driver, TeamId("T1")).all() == {}


async def test_threads_of_open_requests_are_known_the_newest_of_them(store: Store, marks: Marks) -> None:
    for number, status in enumerate([Status.TAKEN, Status.RESOLVED, Status.RECEIVED, Status.TRIAGE]):
        thread = f"10{number}.1"
        case = a_case(f"case-{number}", request=a_request(thread), status=status, received_at=NOW + number * A_MINUTE)
        await store.cases.settle(an_outcome(case))

    assert set(await marks.open_threads(9)) == {(INTAKE, MessageId(f"10{one}.1")) for one in (0, 2, 3)}
    assert set(await marks.open_threads(2)) == {(INTAKE, MessageId(f"10{one}.1")) for one in (2, 3)}
