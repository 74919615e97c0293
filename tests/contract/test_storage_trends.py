"""What the week's patterns are counted from, on a real file and with cases as the desk settles them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routing import elapsing, lifecycle, verbs
from routing.budget import Limits
from routing.digests.patterns import Patterns, PatternsComposer
from routing.digests.trends import Received, Record, Reviews, Ruled
from routing.kinds import (
    CaseId,
    DestinationName,
    Priority,
    Status,
    TeamId,
    Verdict,
)
from routing.map_file import load_map
from routing.model import Case
from storage import trends
from storage.sqlite import Store, open_store
from storage.trends import SqlTrends
from tests.make import TEAM, an_entry, an_outcome
from tests.past import ASKER, OWNER, Past, a_map, a_past
from tests.purses import a_bill, an_ask
from tests.weeks import MONDAY, PLACES, THIS, an_appointment, weeks

WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
INVOICE = "The invoice of March is wrong, please correct the billing."
BUG = "There is a bug: the export button throws an error message."
RISKY = "Please delete this customer's account."
STRANGE = "The printer on the third floor hums a song."
A_WEEK = timedelta(days=7)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: WEDNESDAY) as store:
        yield store


@pytest.fixture
def past(store: Store) -> Past:
    return a_past(store, WEDNESDAY)


async def of(store: Store, *places: str) -> Record:
    return await SqlTrends(store.driver, TEAM).of([DestinationName(one) for one in places or PLACES], weeks())


async def ruled(store: Store, *places: str) -> list[Ruled]:
    return list((await of(store, *places)).ruled)


async def patterns(store: Store, past: Past, *places: str) -> Patterns:
    appointment = an_appointment(destinations=tuple(DestinationName(one) for one in places or PLACES))
    return await PatternsComposer(SqlTrends(store.driver, TEAM), past.map).counted(appointment, MONDAY)


async def due(store: Store, promise: str) -> list[tuple[int, int]]:
    return [(one.count, one.kept) for one in (await of(store)).fell_due if (one.week, one.promise) == (THIS, promise)]


def later(past: Past, **time: int) -> None:
    past.now += timedelta(**time)


async def resolved(past: Past, case: Case) -> Case:
    return await past.settled(verbs.resolve(case, case.version, OWNER, "fixed", None, past.scene))


async def test_an_empty_desk_has_nothing_on_record(store: Store, past: Past) -> None:
    record = await of(store)

    assert (record.begun, record.received, record.ruled, record.reviews) == (None, (), (), Reviews())
    assert all((one.count, one.kept) == (0, 0) for one in record.fell_due)
    assert (await patterns(store, past)).is_quiet


async def test_requests_are_counted_by_week_category_and_priority_at_the_places_asked_for(
    store: Store, past: Past
) -> None:
    past.goes_back(days=7)
    await past.decided(INVOICE)
    past.now = WEDNESDAY
    await past.decided(INVOICE)
    await past.decided(INVOICE)
    await past.decided(BUG)

    record = await of(store, "billing")

    assert record.begun == WEDNESDAY - A_WEEK
    assert record.received == (
        Received(week=THIS - 1, category="billing_issue", priority=Priority.P2, count=1),
        Received(week=THIS, category="billing_issue", priority=Priority.P2, count=2),
    )


async def test_a_week_begins_at_midnight_in_the_companys_zone(store: Store, past: Past) -> None:
    monday = weeks()[-1].begins
    for moment in (monday - timedelta(microseconds=1), monday, monday + A_WEEK - timedelta(microseconds=1)):
        past.now = moment
        await past.decided(INVOICE)
    past.now = monday + A_WEEK
    await past.decided(INVOICE)

    record = await of(store)

    assert [(one.week, one.count) for one in record.received] == [(THIS - 1, 1), (THIS, 2)]
    assert len(record.ruled) == 2


async def test_another_teams_desk_is_not_counted(store: Store, past: Past) -> None:
    await past.decided(INVOICE)

    strangers = await SqlTrends(store.driver, TeamId("T_OTHER")).of(PLACES, weeks())

    assert (strangers.begun, strangers.received, strangers.ruled) == (None, (), ())


async def test_what_was_passed_on_is_counted_where_it_is_and_judged_where_it_was_sent(store: Store, past: Past) -> None:
    case = await past.decided(INVOICE)
    await past.moved(case, "bugs")

    (volume,) = (await of(store, "bugs")).received
    (decision,) = await ruled(store, "billing")

    assert volume.count == 1
    assert await ruled(store, "bugs") == []
    assert [(one.type, one.source, one.to) for one in decision.since] == [("reassigned", "billing", "bugs")]


async def test_a_decision_says_what_it_was_how_long_it_took_and_what_it_cost(store: Store, past: Past) -> None:
    case = await past.asked(INVOICE)
    later(past, seconds=3)
    await past.then_decided(case)
    purse = store.ledger.purse(team=TEAM, limits=Limits())
    for _ in range(2):
        hold = await purse.reserve(an_ask(case.id))
        assert hold is not None, "an empty ledger has room for a call"
        await purse.settle(hold, a_bill(cost=200_000))

    (decision,) = await ruled(store)

    assert decision == Ruled(
        destination=DestinationName("billing"),
        candidate=DestinationName("billing"),
        verdict=Verdict.ROUTE,
        status=Status.PROPOSED,
        seconds=3.0,
        cost=400_000,
    )


async def test_everything_people_said_of_a_decision_is_known_in_its_order(store: Store, past: Past) -> None:
    case = await past.moved(await past.decided(INVOICE), "bugs")
    case = await past.settled(verbs.escalate(case, case.version, OWNER, (), past.scene))
    case = await past.moved(case, "sales")
    later(past, days=9)
    case = await past.called_wrong(case)
    await past.settled(verbs.not_a_request(case, case.version, OWNER, past.scene))

    (decision,) = await ruled(store)

    assert [one.type for one in decision.since] == [
        "reassigned", "escalated", "reassigned", "wrong_team", "not_a_request", "breached"
    ]  # fmt: skip
    assert decision.since[1].to is not None


async def test_the_figures_of_a_week_are_those_of_its_story(store: Store, past: Past) -> None:
    await past.confirmed(await past.decided(INVOICE))
    await past.moved(await past.decided(INVOICE), "bugs")
    there_and_back = await past.moved(await past.decided(BUG), "billing")
    await past.moved(there_and_back, "bugs")
    await past.decided(STRANGE)

    found = await patterns(store, past)
    triage = await patterns(store, past, "human_triage")

    assert (found.stood.hits, found.stood.of) == (1, 3)
    assert (found.churn.moves, found.churn.bounced.hits, found.churn.bounced.of) == (3, 2, 3)
    assert [(one.source, one.to, one.count) for one in found.churn.pairs] == [
        ("billing", "bugs", 2), ("bugs", "billing", 1)
    ]  # fmt: skip
    assert (found.sent_to_people.hits, found.sent_to_people.of) == (1, 3), "the loop ended in triage"
    assert (triage.sent_to_people.of, triage.stood.of) == (1, 0)


async def test_a_gate_that_nobody_opened_ends_with_people(store: Store, past: Past) -> None:
    case = await past.decided(RISKY)
    later(past, days=1)
    expired = elapsing.elapsed(case, past.scene)
    assert expired is not None, "a day is longer than any gate waits"
    await past.settled(expired)

    found = await patterns(store, past, "privileged_ops")

    assert (found.sent_to_people.hits, found.stood.hits, found.stood.of) == (1, 1, 1)


async def test_a_promise_is_kept_by_whoever_answers_in_time(store: Store, past: Past) -> None:
    in_time, too_late, _never = [await past.decided(INVOICE) for _ in range(3)]
    await past.confirmed(in_time)
    later(past, hours=25)
    await past.confirmed(too_late)

    assert await due(store, "first_response") == [(3, 1)]


async def test_a_promise_counts_in_the_week_in_which_it_fell_due(store: Store, past: Past) -> None:
    past.now = weeks()[-1].ends - timedelta(hours=1)
    await past.decided(INVOICE)

    assert await due(store, "first_response") == [(0, 0)]


async def test_closing_a_case_keeps_what_was_promised(store: Store, past: Past) -> None:
    past.goes_back(days=6)
    closed, is_open = [await past.decided(INVOICE) for _ in range(2)]
    assert closed.resolve_by is not None, "the sample company promises a resolution"
    past.now = closed.resolve_by
    await resolved(past, closed)

    assert is_open.status is not Status.RESOLVED
    assert await due(store, "resolution") == [(2, 1)]


async def test_what_its_asker_took_back_in_time_was_owed_to_nobody(store: Store, past: Past) -> None:
    in_time, too_late = [await past.decided(INVOICE) for _ in range(2)]
    await past.settled(lifecycle.withdrawn(in_time, ASKER, past.scene))
    later(past, hours=25)
    await past.settled(lifecycle.withdrawn(too_late, ASKER, past.scene))

    assert await due(store, "first_response") == [(1, 0)]


async def test_nothing_is_promised_where_the_desk_only_observes(store: Store, past: Past) -> None:
    past.map = load_map(a_map(("    tags: [finance]\n", "    tags: [finance]\n    autonomy: observe\n")))

    await past.decided(INVOICE)

    assert await due(store, "first_response") == [(0, 0)]
    assert await ruled(store) == [], "what nobody was shown, nobody left standing"


async def test_reviews_are_those_of_the_week_and_the_last_word_on_each_case(store: Store, past: Past) -> None:
    cases = [await past.decided(INVOICE) for _ in range(4)]
    elsewhere = await past.decided(BUG)
    said = [(cases[0], "right"), (cases[1], "unsure"), (cases[1], "wrong"), (cases[2], "unsure"), (elsewhere, "right")]
    for case, verdict in said:
        await _reviewed(store, past, case, verdict)
    later(past, days=7)
    await _reviewed(store, past, cases[3], "right")

    assert (await of(store, "billing")).reviews == Reviews(right=1, wrong=1, unsure=1)


async def test_a_reviewed_decision_is_judged_where_it_was_sent(store: Store, past: Past) -> None:
    case = await _reviewed(store, past, await past.decided(INVOICE), "wrong")
    await past.moved(case, "bugs")

    assert (await of(store, "billing")).reviews.wrong == 1
    assert (await of(store, "bugs")).reviews.wrong == 0


async def test_what_happens_after_the_week_changes_its_accuracy_and_nothing_promised(store: Store, past: Past) -> None:
    case = await past.decided(INVOICE)
    before = await patterns(store, past)
    later(past, days=8)
    await past.moved(case, "bugs")

    after = await patterns(store, past)

    assert (before.stood.hits, after.stood.hits) == (1, 0)
    assert before.answered_in_time == after.answered_in_time


async def test_a_place_of_any_name_can_be_asked_for(store: Store, past: Past) -> None:
    await past.decided(INVOICE)

    assert (await of(store, 'it\'s "quoted"; --', "")).received == ()


async def _reviewed(store: Store, past: Past, case: Case, verdict: str) -> Case:
    stored = await store.cases.case(CaseId(case.id))
    assert stored is not None, "it is stored"
    assert stored.decision is not None, "it was decided"
    facts = {"verdict": verdict, "to": None, "destination": stored.decision.destination}
    entry = an_entry("reviewed", at=past.now, by=OWNER.person.id, facts=facts)
    return await store.cases.settle(an_outcome(stored, entries=(entry,)))


@pytest.mark.parametrize(
    ("sql", "spans"),
    [
        (trends._RECEIVED, 2),
        (trends._ANSWERS, 2),
        (trends._SOLUTIONS, 2),
        (trends._DECIDED, 2),
        (trends._HAPPENED, 1),
        (trends._REVIEWED, 2),
    ],
)
async def test_a_week_is_looked_up_and_no_table_read_through(store: Store, sql: str, spans: int) -> None:
    places = ["[]"] if "json_each" in sql else []

    plan = await store.driver.reading.run(f"EXPLAIN QUERY PLAN {sql}", TEAM, *range(spans), *places)

    steps = [str(row["detail"]) for row in plan]
    assert [one for one in steps if one.startswith("SCAN") and "json_each" not in one] == []
    assert any("at>" in one or "by>" in one for one in steps), "found by its time"
    assert all("COVERING" in one for one in steps if "cases_by_" in one), "without a look at the cases themselves"
