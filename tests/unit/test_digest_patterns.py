"""The week's figures: what is compared with what, what is worth a lead's time, and when there is nothing to say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.bulletins import Bulletin
from routing.digests.patterns import PATTERNS, PatternsComposer, Trend, late
from routing.digests.trends import FellDue, Record, Reviews, Since, weeks_until
from routing.kinds import (
    DestinationName,
    Priority,
    Status,
    Verdict,
)
from tests.unit.scenes import MAP
from tests.weeks import (
    BILLING,
    BUGS,
    LAST,
    MONDAY,
    THIS,
    TRIAGE,
    RecordInMemory,
    a_record,
    a_ruling,
    an_appointment,
    counted,
    received,
    weeks,
)

SALES = DestinationName("sales")


def the_trend(record: Record, name: str = "billing_issue") -> Trend:
    return next(one for one in counted(record).categories if one.name == name)


async def composed(record: Record, **terms: Any) -> tuple[Bulletin, ...]:
    return tuple(await PatternsComposer(RecordInMemory(record), MAP, **terms).compose(an_appointment(), MONDAY))


def moved(source: DestinationName, to: DestinationName, how: str = "reassigned") -> Since:
    return Since(type=how, source=source, to=to, status=Status.ROUTED)


# ── The week ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_week_runs_from_monday_to_monday_by_the_companys_clocks() -> None:
    *_, last, this = weeks()

    assert (this.first_day, last.first_day) == (date(2026, 11, 16), date(2026, 11, 9))
    assert this.begins == datetime(2026, 11, 15, 23, 0, tzinfo=UTC)
    assert this.ends == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def test_what_a_holiday_moves_to_tuesday_still_tells_of_monday_to_monday() -> None:
    assert weeks_until(MONDAY + timedelta(days=1), an_appointment(), 8) == weeks()


def test_a_week_in_which_the_clocks_change_is_an_hour_longer() -> None:
    (week,) = weeks_until(datetime(2026, 10, 26, 8, 0, tzinfo=UTC), an_appointment(), 1)

    assert week.ends - week.begins == timedelta(days=7, hours=1)


def test_where_clocks_jump_over_midnight_the_week_begins_as_they_jump() -> None:
    after = datetime(2018, 11, 11, 12, 0, tzinfo=UTC)

    (week,) = weeks_until(after, an_appointment(zone="America/Sao_Paulo", days=frozenset({6})), 1)

    assert week.begins == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)), st.integers(0, 6))  # noqa: DTZ001 - bounds without a zone, as hypothesis wants them
def test_weeks_follow_each_other_and_are_over_when_told(fire_at: datetime, weekday: int) -> None:
    fire_at = fire_at.replace(tzinfo=UTC)

    found = weeks_until(fire_at, an_appointment(days=frozenset({weekday})), 8)

    assert all(one.ends == other.begins for one, other in pairwise(found))
    assert all(one.first_day.weekday() == weekday for one in found)
    assert fire_at - timedelta(days=8) < found[-1].ends <= fire_at


# ── Volume ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_count_is_compared_with_four_weeks_and_with_the_week_before() -> None:
    trend = the_trend(a_record(*received(7, 7, 80, 90, 110, 120, 130)))

    assert (trend.count, trend.average, trend.last, trend.weeks) == (130, 100.0, 120, 4)
    assert trend.change == pytest.approx(30.0)
    assert trend.change_of_week == pytest.approx(100 / 12)
    assert trend.is_notable


@pytest.mark.parametrize(
    ("counts", "is_notable"),
    [
        ((100, 100, 100, 100, 130), True),  # +30 %, and chance brings that once in 160 weeks
        ((4, 4, 4, 4, 6), False),  # +50 %, as chance does every few weeks
        ((1000, 1000, 1000, 1000, 1150), False),  # no chance, but no fifth more either
        ((1000, 1000, 1000, 1000, 1200), False),  # exactly a fifth is not above it
        ((1000, 1000, 1000, 1000, 1201), True),
        ((100, 100, 100, 100, 50), False),  # a fall is told, and never flagged
    ],
)
def test_only_a_rise_that_is_large_and_no_chance_is_flagged(counts: tuple[int, ...], *, is_notable: bool) -> None:
    assert the_trend(a_record(*received(*counts))).is_notable is is_notable


def test_what_never_came_in_before_is_new_and_not_endlessly_more() -> None:
    trend = the_trend(a_record(*received(9), *received(5, 5, 5, 5, 5, category="bug")))

    assert (trend.is_new, trend.change, trend.change_of_week) == (True, None, None)
    assert trend.is_notable


def test_one_or_two_of_something_new_are_chance() -> None:
    assert not the_trend(a_record(*received(2))).is_notable


def test_a_young_desk_is_compared_with_the_weeks_it_has() -> None:
    begun = weeks()[-3].begins + timedelta(hours=9)

    trend = the_trend(a_record(*received(40, 50, 60), begun=begun))

    assert (trend.weeks, trend.average) == (2, 45.0)


def test_a_week_the_desk_was_not_there_from_its_first_day_is_no_baseline() -> None:
    begun = weeks()[LAST].begins + timedelta(days=2)

    trend = the_trend(a_record(*received(10, 60), begun=begun))

    assert (trend.weeks, trend.average, trend.change, trend.last, trend.is_notable) == (0, None, None, None, False)


def test_what_no_longer_comes_in_is_still_told() -> None:
    assert the_trend(a_record(*received(10, 10, 10, 10, 0))).change == -100


def test_what_last_came_in_before_the_baseline_is_not() -> None:
    found = counted(a_record(*received(9, 0, 0, 0, 0, 0, category="old"), *received(3, 3)))

    assert [one.name for one in found.categories] == ["billing_issue"]


def test_flagged_categories_come_first_and_the_largest_rise_leads() -> None:
    found = counted(
        a_record(
            *received(500, 500, 500, 500, 500, category="steady"),
            *received(20, 20, 20, 20, 60, category="rises"),
            *received(20, 20, 20, 20, 90, category="soars"),
        )
    )

    assert [one.name for one in found.categories] == ["soars", "rises", "steady"]


def test_priorities_and_the_total_add_up_from_the_same_requests() -> None:
    found = counted(a_record(*received(1, 2), *received(3, 4, priority=Priority.P0, category="outage")))

    assert [(one.name, one.count) for one in found.priorities] == [("P0", 4), ("P1", 0), ("P2", 2), ("P3", 0)]
    assert (found.total.count, found.total.last) == (6, 4)


# ── Decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_stands_until_somebody_objects() -> None:
    stands = a_ruling()
    objected = [
        a_ruling(since=(moved(BILLING, BUGS),)),
        a_ruling(since=(moved(BILLING, BUGS), moved(BUGS, BILLING))),
        a_ruling(since=(moved(BILLING, BUGS, "loop_stopped"),)),
        a_ruling(since=(Since(type="wrong_team"),)),
        a_ruling(since=(Since(type="not_a_request"),)),
    ]

    found = counted(a_record(ruled=(stands, stands, *objected)))

    assert (found.stood.hits, found.stood.of) == (2, 7)


def test_only_decisions_that_chose_a_destination_can_stand() -> None:
    unsure = a_ruling(destination=TRIAGE, verdict=Verdict.ESCALATE_HUMAN, status=Status.TRIAGE)
    asks = a_ruling(destination=TRIAGE, verdict=Verdict.REQUEST_CLARIFICATION, status=Status.CLARIFYING)
    gated = a_ruling(verdict=Verdict.REQUIRE_APPROVAL, status=Status.WAITING)

    assert counted(a_record(ruled=(unsure, asks, gated))).stood.of == 1


def test_what_triage_sends_where_it_was_decided_to_go_is_no_objection() -> None:
    expired = Since(type="gate_expired", to=TRIAGE, status=Status.TRIAGE)
    back = a_ruling(verdict=Verdict.REQUIRE_APPROVAL, since=(expired, moved(TRIAGE, BILLING)))
    elsewhere = a_ruling(verdict=Verdict.REQUIRE_APPROVAL, since=(expired, moved(TRIAGE, BUGS)))

    assert counted(a_record(ruled=(back, elsewhere))).stood.hits == 1


def test_churn_counts_moves_and_the_cases_that_were_moved() -> None:
    twice = a_ruling(since=(moved(BILLING, BUGS), moved(BUGS, SALES)))
    once = a_ruling(since=(moved(BILLING, BUGS),))
    handed_out = a_ruling(destination=TRIAGE, verdict=Verdict.ESCALATE_HUMAN, since=(moved(TRIAGE, SALES),))

    churn = counted(a_record(ruled=(twice, once, handed_out, a_ruling()))).churn

    assert (churn.moves, churn.bounced.hits, churn.bounced.of) == (3, 2, 4)
    assert [(one.destination, one.count) for one in churn.bouncing] == [("billing", 2), ("bugs", 1)]
    assert [(one.source, one.to, one.count) for one in churn.pairs] == [("billing", "bugs", 2), ("bugs", "sales", 1)]


def test_only_the_five_pairs_that_bounce_most_are_kept() -> None:
    cases = [
        a_ruling(since=(moved(BILLING, DestinationName(f"place_{at}")),)) for at in range(9) for _ in range(at + 1)
    ]

    assert [one.count for one in counted(a_record(ruled=tuple(cases))).churn.pairs] == [9, 8, 7, 6, 5]


def test_a_case_sent_to_people_at_once_or_later_counts_once() -> None:
    at_once = a_ruling(destination=TRIAGE, verdict=Verdict.ESCALATE_HUMAN, status=Status.TRIAGE)
    nobody_can_approve = a_ruling(verdict=Verdict.REQUIRE_APPROVAL, status=Status.TRIAGE)
    unanswered = a_ruling(since=(Since(type="unanswered", to=TRIAGE, status=Status.TRIAGE),))
    still_unclear = a_ruling(since=(Since(type="answered", status=Status.TRIAGE),))
    answered = a_ruling(since=(Since(type="answered", status=Status.PROPOSED),))

    found = counted(a_record(ruled=(at_once, nobody_can_approve, unanswered, still_unclear, answered, a_ruling())))

    assert (found.sent_to_people.hits, found.sent_to_people.of) == (4, 6)


def test_raised_is_raised_to_somebody() -> None:
    by_a_person = a_ruling(since=(Since(type="escalated", to="U0ELENA"),))
    by_time = a_ruling(since=(Since(type="breached", to="U0ELENA"), Since(type="breached", to="U0INES")))
    nobody_above = a_ruling(since=(Since(type="breached"),))

    assert counted(a_record(ruled=(by_a_person, by_time, nobody_above))).raised.hits == 2


def test_reviewers_who_were_unsure_say_nothing_about_accuracy() -> None:
    found = counted(a_record(reviews=Reviews(right=9, wrong=1, unsure=4)))

    assert (found.reviewed.hits, found.reviewed.of, found.unsure) == (9, 10, 4)


def test_promises_count_by_kind_and_the_picture_counts_what_broke() -> None:
    due = [
        FellDue(week=THIS, promise="first_response", count=10, kept=9),
        FellDue(week=THIS, promise="resolution", count=5, kept=3),
        FellDue(week=LAST, promise="resolution", count=5, kept=1),
    ]

    found = counted(a_record(*received(2, 3), fell_due=tuple(due)))

    assert (found.answered_in_time.hits, found.answered_in_time.of) == (9, 10)
    assert (found.resolved_in_time.hits, found.resolved_in_time.of) == (3, 5)
    assert [(one.volume, one.broken) for one in found.points[-2:]] == [(2, 4), (3, 3)]
    assert [one.first_day for one in found.points] == [one.first_day for one in weeks()]


def test_the_picture_begins_with_the_desk() -> None:
    assert len(counted(a_record(*received(3), begun=weeks()[-3].begins)).points) == 3
    assert len(counted(Record()).points) == 1


def test_pace_and_cost_are_of_the_cases_decided() -> None:
    found = counted(a_record(ruled=tuple(a_ruling(seconds=float(at), cost=at) for at in range(1, 101))))

    assert (found.pace.mean, found.pace.slowest, found.cost, found.decided) == (50.5, 95.0, 5050, 100)


# ── The bulletin ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_happened_and_nothing_to_compare_is_not_told() -> None:
    assert await composed(a_record()) == ()


async def test_a_company_that_asks_for_it_is_told_that_all_is_quiet() -> None:
    (bulletin,) = await composed(a_record(), is_told_when_quiet=True)

    assert PATTERNS.validate_json(bulletin.body).is_quiet
    assert bulletin.pages == 1


async def test_a_week_without_requests_after_busy_ones_is_told() -> None:
    assert len(await composed(a_record(*received(5, 5, 5, 5, 0)))) == 1


async def test_a_bulletin_is_named_after_its_job_and_time_and_carries_the_figures() -> None:
    record = a_record(*received(5, 6), ruled=(a_ruling(since=(moved(BILLING, BUGS),)),), reviews=Reviews(right=2))

    (bulletin,) = await composed(record)

    assert (bulletin.key, bulletin.to) == ("patterns:C0LEADS@2026-11-23T08:00Z", "C0LEADS")
    assert PATTERNS.validate_json(bulletin.body) == counted(record)


async def test_a_long_table_takes_more_pages() -> None:
    many = [one for at in range(100) for one in received(3, category=f"category_{at}")]

    (short,), (long,) = await composed(a_record(*received(3))), await composed(a_record(*many))

    assert (short.pages, long.pages) == (2, 3)


def test_figures_counted_again_name_those_that_have_changed() -> None:
    stored = PATTERNS.validate_json(PATTERNS.dump_json(counted(a_record(*received(5, 6), ruled=(a_ruling(),)))))
    again = counted(a_record(*received(5, 6), ruled=(a_ruling(since=(moved(BILLING, BUGS),)),)))

    assert late(stored, replace(stored, late=("cost",))) == ()
    assert late(stored, again) == ("churn", "stood")
