"""What is counted over many cases, on a real file: columns that follow the case, and the digest's figures."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.workspace.blocks import check_message_blocks
from handlers import digest_daily
from handlers.blocks import Setting
from routing import elapsing, lifecycle, verbs
from routing.bulletins import Appointment, BulletinKind
from routing.decisions import Decision
from routing.digests.daily import OVERDUE_MAX, Awaiting, Bounds, Broken, CameIn, Happened, OpenCase, Standing, read
from routing.digests.daily_composer import DailyComposer
from routing.kinds import (
    Autonomy,
    ChannelId,
    DestinationName,
    Priority,
    RoleName,
    Status,
    TeamId,
)
from routing.model import Case
from storage import figures
from storage.chain import COUNTED
from storage.figures import SqlFigures
from storage.migrate import shipped
from storage.rows import micros
from storage.sqlite import Store, open_store
from tests.make import ASKER, NOW, TEAM, a_case, a_decision, a_request, an_outcome
from tests.past import OWNER, Past, a_past

A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
BILLING = DestinationName("billing")
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DANGER = "Delete this customer's account and refund everything immediately."


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


@dataclass
class Counting(Past):
    """A past, and what is counted of it."""

    @property
    def figures(self) -> SqlFigures:
        return SqlFigures(self.store.driver, TEAM)


@pytest.fixture
def past(store: Store) -> Counting:
    before = a_past(store, NOW)
    return Counting(store=store, now=before.now, map=before.map)


async def test_the_columns_that_are_counted_follow_the_case(store: Store) -> None:
    undecided = await store.cases.settle(an_outcome())
    before = await _figures(store)

    promised = replace(undecided, decision=a_decision(), first_response_by=NOW, resolve_by=NOW + AN_HOUR)
    promised = await store.cases.settle(an_outcome(promised))
    open_promise = await _figures(store)
    answered = await store.cases.settle(an_outcome(replace(promised, responded_at=NOW, status=Status.TAKEN)))
    open_solution = await _figures(store)
    await store.cases.settle(an_outcome(replace(answered, status=Status.RESOLVED, closed_at=NOW)))

    now, later = micros(NOW), micros(NOW + AN_HOUR)
    assert before == ("", "", "", None, None, None)
    assert open_promise == ("billing", "billing_issue", "P2", now, None, None)
    assert open_solution == ("billing", "billing_issue", "P2", later, now, None)
    assert await _figures(store) == ("billing", "billing_issue", "P2", None, now, now)


async def test_nothing_is_promised_where_the_desk_only_observes(store: Store) -> None:
    await store.cases.settle(an_outcome(_promised(a_decision(autonomy=Autonomy.OBSERVE))))

    assert (await _figures(store))[3] is None


async def test_what_names_no_intent_is_about_its_destination(store: Store) -> None:
    await store.cases.settle(an_outcome(_promised(a_decision(intents=()))))

    assert (await _figures(store))[1] == "billing"


async def test_open_cases_are_counted_by_what_is_late_soon_or_later(past: Counting) -> None:
    for hours in (-3, 0, 1, 3, 4, 30):
        await _promised_in(past, hours)
    closed = await _promised_in(past, -5)
    await past.settled(verbs.not_a_request(closed, closed.version, OWNER, past.scene))

    standing = await past.figures.standing(past.now, [_bounds(past.now)])

    assert (standing.overdue, standing.act_fast, standing.queue) == (2, 2, 2)
    assert [one.promised_by for one in standing.late] == [past.now - 3 * AN_HOUR, past.now]
    assert [one.promised_by for one in standing.soon] == [past.now + AN_HOUR, past.now + 3 * AN_HOUR]
    assert [one.promised_by for one in standing.later] == [past.now + 4 * AN_HOUR, past.now + 30 * AN_HOUR]


async def test_what_is_soon_for_others_is_not_soon_for_a_p0(past: Counting) -> None:
    for priority in (Priority.P0, Priority.P2):
        await _promised_in(past, 6, priority)
        await _promised_in(past, 2, priority)
    opens_late = replace(_bounds(past.now), soon=past.now + 8 * AN_HOUR)

    standing = await past.figures.standing(past.now, [opens_late])

    assert (standing.act_fast, standing.queue) == (3, 1)
    assert len(standing.soon) == 3
    assert [one.priority for one in standing.later] == [Priority.P0]


async def test_what_was_never_promised_ends_the_queue(past: Counting) -> None:
    promised = await _promised_in(past, 9)
    free = await past.settled(an_outcome(_open(past, "free", None)))

    (standing, nothing) = [
        await past.figures.standing(past.now, [replace(_bounds(past.now), destination=name)])
        for name in (BILLING, DestinationName("bugs"))
    ]

    assert standing.queue == 2
    assert standing.later == (
        OpenCase(
            case=promised.id,
            number=promised.number,
            priority=Priority.P2,
            destination=BILLING,
            owner=None,
            status=Status.PROPOSED,
            promised_by=past.now + 9 * AN_HOUR,
        ),
        OpenCase(
            case=free.id,
            number=free.number,
            priority=Priority.P2,
            destination=BILLING,
            owner=None,
            status=Status.PROPOSED,
            promised_by=None,
        ),
    )
    assert nothing == Standing()


async def test_lists_are_long_and_end(past: Counting) -> None:
    for _ in range(OVERDUE_MAX + 1):
        await _promised_in(past, -1)

    standing = await past.figures.standing(past.now, [_bounds(past.now)])

    assert standing.overdue == OVERDUE_MAX + 1
    assert len(standing.late) == OVERDUE_MAX


async def test_the_gate_that_was_opened_first_is_the_oldest(past: Counting) -> None:
    newer = await past.decided(DANGER)
    past.goes_back(hours=2)
    older = await past.decided(DANGER)
    past.goes_back(hours=1)
    denied = await past.decided(DANGER)
    await past.settled(lifecycle.withdrawn(denied, ASKER, past.scene))
    assert newer.decision is not None

    everywhere = [replace(_bounds(NOW), destination=name) for name in past.map.destinations]
    approvals = (await past.figures.standing(NOW, everywhere)).approvals

    assert newer.status is Status.WAITING
    assert approvals.count == 2
    assert approvals.oldest == Awaiting(
        case=older.id, number=older.number, since=NOW - 2 * AN_HOUR, role=RoleName("privileged_ops_head")
    )


async def test_what_broke_in_the_time_of_a_digest_that_nobody_got_is_told_in_the_next(past: Counting) -> None:
    """The bot was down when it broke, and for the digest of that time."""
    case = await past.decided(INVOICE)
    assert case.first_response_by is not None
    broke = case.first_response_by
    past.now = broke + timedelta(days=3)
    outcome = elapsing.elapsed(case, past.scene)
    assert outcome is not None
    await past.settled(outcome)

    since, until = past.now - timedelta(hours=20), past.now + A_MINUTE
    missed = await past.figures.happened([BILLING], [(since, until)], "daily:C0LEADS")
    told = (TEAM, "daily:C0LEADS", micros(since), micros(past.now + 2 * A_MINUTE))
    sql = "INSERT INTO jobs (team_id, job, fire_at, at) VALUES (?, ?, ?, ?)"
    await past.store.driver.write(lambda tx: tx.run(sql, *told))
    known = await past.figures.happened([BILLING], [(since, until)], "daily:C0LEADS")

    assert [one.case for one in missed.broken] == [case.id]
    assert known.broken == ()


async def test_a_broken_promise_is_told_of_when_it_broke_with_its_reason(past: Counting) -> None:
    case = await past.decided(INVOICE)
    assert case.first_response_by is not None
    past.now = case.first_response_by + timedelta(minutes=7, seconds=30)
    outcome = elapsing.elapsed(case, past.scene)
    assert outcome is not None
    await past.settled(outcome)

    told, before, elsewhere = [
        await past.figures.happened([name], [period])
        for name, period in (
            (BILLING, (past.now - 10 * A_MINUTE, past.now - 5 * A_MINUTE)),
            (BILLING, (past.now, past.now + AN_HOUR)),
            (DestinationName("bugs"), (past.now - AN_HOUR, past.now)),
        )
    ]

    assert told.broken == (
        Broken(
            case=case.id,
            number=case.number,
            destination=BILLING,
            priority=Priority.P2,
            promise="first_response",
            why="out_of_hours",
            at=past.now,
            minutes_late=7,
        ),
    )
    assert (before.broken, elsewhere.broken) == ((), ())


async def test_whatever_was_passed_on_says_from_where_to_where(past: Counting) -> None:
    case = await past.moved(await past.confirmed(await past.decided(INVOICE)), "sales")
    back = await past.moved(case, "billing")
    wrong = await past.called_wrong(await past.confirmed(await past.decided(INVOICE)))
    past.now += AN_HOUR

    passed = (await past.figures.happened([BILLING], [(NOW, past.now)])).passed

    assert back.status is Status.TRIAGE
    assert [(one.case, one.was, one.now) for one in passed] == [
        (case.id, "billing", "sales"),
        (case.id, "sales", "billing"),
        (wrong.id, "billing", "human_triage"),
    ]
    assert {one.destination for one in passed} == {"human_triage"}


async def test_what_came_in_is_compared_with_weeks_in_which_there_was_a_desk(past: Counting) -> None:
    past.now = NOW - timedelta(weeks=2)
    for _ in range(3):
        await past.decided(INVOICE)
    past.now = NOW - AN_HOUR
    await past.decided(INVOICE)
    await past.decided("The export button throws an error message, looks like a bug")
    weeks = [timedelta(weeks=count) for count in range(5)]

    happened = await past.figures.happened([BILLING], [(NOW - A_DAY - week, NOW + A_DAY - week) for week in weeks])
    of_nobody = await SqlFigures(past.store.driver, TeamId("T_ELSEWHERE")).happened([BILLING], [(NOW, NOW + A_DAY)])

    assert happened.came_in == CameIn(count=1, before=(0,))
    assert of_nobody == Happened()


async def test_what_came_in_two_weeks_ago_is_counted_there(past: Counting) -> None:
    past.now = NOW - timedelta(weeks=3)
    await past.decided(INVOICE)
    past.now = NOW - timedelta(weeks=2)
    await past.decided(INVOICE)
    weeks = [timedelta(weeks=count) for count in range(5)]

    happened = await past.figures.happened([BILLING], [(NOW - AN_HOUR - week, NOW + AN_HOUR - week) for week in weeks])

    assert happened.came_in == CameIn(count=0, before=(0, 1))


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (figures.OPEN, "COVERING INDEX cases_open_by_promise (team_id=? AND destination=?)"),
        (figures.LATE, "cases_open_by_promise (team_id=? AND destination=? AND promised_by<?)"),
        (figures.SOON, "cases_open_by_promise (team_id=? AND destination=? AND promised_by>? AND promised_by<?)"),
        (figures.LATER, "cases_open_by_promise (team_id=? AND destination=? AND promised_by>?)"),
        (figures.UNPROMISED, "cases_open_by_promise (team_id=? AND destination=? AND promised_by=?)"),
        (figures.AWAITING, "cases_open_by_promise (team_id=? AND destination=?)"),
        (figures.BROKEN, "entry USING PRIMARY KEY (team_id=? AND type=? AND at>? AND at<?)"),
        (figures.PASSED, "entry USING PRIMARY KEY (team_id=? AND type=? AND at>? AND at<?)"),
        (figures.CAME_IN, "COVERING INDEX cases_by_received (team_id=? AND received_at>? AND received_at<?)"),
        (figures.FIRST, "cases_by_received (team_id=?)"),
    ],
)
async def test_every_figure_is_read_off_an_index(store: Store, sql: str, index: str) -> None:
    rows = await store.driver.reading.run(f"EXPLAIN QUERY PLAN {sql}", *([0] * sql.count("?")))
    plan = [row["detail"] for row in rows]

    assert any(step.startswith("SEARCH") and index in step for step in plan), plan
    assert not any(step.startswith("SCAN") and "VIRTUAL TABLE" not in step for step in plan), plan
    assert "AUTOMATIC" not in str(plan)
    if "ORDER BY" in sql and sql in {figures.LATE, figures.SOON, figures.LATER, figures.UNPROMISED}:
        assert "TEMP B-TREE" not in str(plan)


def test_entries_are_found_by_their_time_whether_they_are_old_or_new() -> None:
    (migration,) = (one for one in shipped() if one.name == "0004_add_figures.sql")
    listed = migration.sql.rpartition(" IN (")[2]

    # Two more are counted since 0006, which found the old ones as well.
    assert {*re.findall(r"'(\w+)'", listed), "escalated", "something_else"} == COUNTED


async def test_a_morning_after_a_promise_was_broken(past: Counting) -> None:
    """From the rows of a real file to what Slack is sent."""
    case = await past.decided(INVOICE)
    assert case.first_response_by is not None
    past.now = case.first_response_by + AN_HOUR
    outcome = elapsing.elapsed(case, past.scene)
    assert outcome is not None
    late = await past.settled(outcome)
    every_morning = Appointment(
        job="daily:C_LEADS",
        kind=BulletinKind.DAILY,
        to=ChannelId("C_LEADS"),
        at=time(9),
        days=frozenset(range(7)),
        zone="Europe/Berlin",
        destinations=(BILLING,),
    )
    next_morning = datetime.combine(past.now.date() + A_DAY, time(8), UTC)

    composer = DailyComposer(counted=past.figures, routing_map=past.map, clock=lambda: past.now)
    (bulletin,) = await composer.compose(every_morning, next_morning)
    (again,) = await composer.compose(every_morning, next_morning)
    (drawn,) = digest_daily.render(read(bulletin.body), {late.id: late}, Setting(map=past.map))

    check_message_blocks(list(drawn.blocks))
    says = str(drawn.blocks)
    assert bulletin == again
    assert "🚨 *Overdue 1*" in says
    assert f"*#{case.number}* · 🟡 P2 · " in says
    assert "*Promises broken: 1* · 1 " in says
    assert INVOICE in says


def _bounds(now: datetime) -> Bounds:
    return Bounds(destination=BILLING, soon=now + 4 * AN_HOUR, soon_p0=now + 4 * AN_HOUR)


def _open(past: Past, name: str, promised_by: datetime | None, priority: Priority = Priority.P2) -> Case:
    return a_case(
        name,
        request=a_request(f"{name}.1"),
        status=Status.PROPOSED,
        decision=a_decision(priority=priority),
        received_at=past.now - A_DAY,
        first_response_by=promised_by,
    )


async def _promised_in(past: Past, hours: int, priority: Priority = Priority.P2) -> Case:
    past.count += 1
    return await past.settled(an_outcome(_open(past, f"open-{past.count}", past.now + hours * AN_HOUR, priority)))


def _promised(decision: Decision) -> Case:
    return a_case(decision=decision, first_response_by=NOW)


async def _figures(store: Store) -> tuple[Any, ...]:
    sql = "SELECT destination, category, priority, promised_by, responded_at, closed_at FROM cases"
    ((row),) = await store.driver.reading.run(sql)
    return tuple(row)  # type: ignore[arg-type] # SQLite's own rows can be listed
