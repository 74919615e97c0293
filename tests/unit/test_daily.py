"""What the morning's digest says of the figures it is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from routing.bulletins import Appointment, BulletinKind
from routing.calendars import Calendar
from routing.digests.daily import (
    Approvals,
    Bounds,
    Broken,
    Bucket,
    CameIn,
    Daily,
    Happened,
    Late,
    Line,
    OpenCase,
    Passed,
    Period,
    Standing,
    late,
    read,
    written,
)
from routing.digests.daily_composer import DailyComposer, due, periods_of
from routing.kinds import (
    Autonomy,
    CaseId,
    ChannelId,
    DestinationName,
    PersonId,
    Priority,
    Status,
)
from routing.map import RoutingMap
from tests.unit.scenes import MAP

BILLING, SALES, SHADOW, TRIAGE = (DestinationName(name) for name in ("billing", "sales", "shadow", "human_triage"))
BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = Calendar(zone="Europe/Berlin", week=(((time(9), time(17)),),) * 5 + ((), ()))
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=BERLIN)
FRIDAY = datetime(2026, 11, 13, 9, 0, tzinfo=BERLIN)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
EVERY_MORNING = Appointment(
    job="daily:C0LEADS",
    kind=BulletinKind.DAILY,
    to=ChannelId("C0LEADS"),
    at=time(9),
    days=frozenset(range(7)),
    zone="Europe/Berlin",
    destinations=(BILLING, SALES),
)


@dataclass
class Figures:
    """The port `Counted`, with nothing in it unless it is put there."""

    stands: Standing = field(default_factory=Standing)
    passed: Happened = field(default_factory=Happened)
    asked_of: tuple[DestinationName, ...] = ()
    soon: dict[DestinationName, datetime] = field(default_factory=dict)
    left: tuple[DestinationName, ...] = ()

    async def standing(self, now: datetime, bounds: Sequence[Bounds]) -> Standing:
        self.asked_of = tuple(one.destination for one in bounds)
        self.soon = {one.destination: one.soon for one in bounds}
        assert all(one.soon_p0 == now + 4 * AN_HOUR for one in bounds)
        return self.stands

    async def begun(self) -> datetime | None:
        return None

    async def places(self) -> Sequence[DestinationName]:
        return self.left

    async def happened(
        self, destinations: Sequence[DestinationName], periods: Sequence[Period], job: str = ""
    ) -> Happened:
        assert job
        assert tuple(destinations) == self.asked_of
        assert len(periods) == 5
        return self.passed


def a_map(**hours: Calendar) -> RoutingMap:
    places = {name: replace(one, hours=hours.get(name)) for name, one in MAP.destinations.items()}
    return replace(MAP, destinations=places, hours=NINE_TO_FIVE)


def an_open_case(name: str = "c1", **known: object) -> OpenCase:
    one = OpenCase(
        case=CaseId(name),
        number=1001,
        priority=Priority.P2,
        destination=BILLING,
        owner=None,
        status=Status.PROPOSED,
        promised_by=MONDAY,
    )
    return replace(one, **known)  # type: ignore[arg-type] # a test names its own fields


def broken(why: str = "never_claimed", **known: object) -> Broken:
    one = Broken(
        case=CaseId("c1"),
        number=1001,
        destination=BILLING,
        priority=Priority.P2,
        promise="first_response",
        why=why,
        at=FRIDAY + AN_HOUR,
        minutes_late=0,
    )
    return replace(one, **known)  # type: ignore[arg-type] # a test names its own fields


def passed(name: str, was: DestinationName | None, now: DestinationName, number: int = 1001) -> Passed:
    return Passed(case=CaseId(name), number=number, destination=now, was=was, now=now)


async def composed(figures: Figures, routing_map: RoutingMap | None = None) -> Daily:
    composer = DailyComposer(counted=figures, routing_map=routing_map or a_map(), clock=lambda: MONDAY)
    return await composer.daily(EVERY_MORNING, MONDAY)


async def test_time_left_is_counted_while_the_place_is_open() -> None:
    evening = MONDAY - 4 * A_DAY + 7 * AN_HOUR  # Thursday, an hour before closing
    figures = Figures(
        Standing(
            late=(an_open_case(promised_by=evening),),
            soon=(an_open_case(promised_by=MONDAY + 3 * AN_HOUR),),
            later=(an_open_case(promised_by=MONDAY + A_DAY + AN_HOUR),),
        )
    )

    daily = await composed(figures)

    assert [daily.overdue.lines[0].minutes, daily.overdue.lines[0].is_late] == [(1 + 8) * 60, True]
    assert [daily.act_fast.lines[0].minutes, daily.act_fast.lines[0].is_late] == [3 * 60, False]
    assert daily.queue.lines[0].minutes == (8 + 1) * 60


async def test_a_p0_is_counted_by_the_wall_clock() -> None:
    night = an_open_case(promised_by=MONDAY - 6 * AN_HOUR)

    daily = await composed(
        Figures(Standing(late=(night, replace(night, priority=Priority.P0, is_around_the_clock=True))))
    )

    assert [line.minutes for line in daily.overdue.lines] == [6 * 60, 0]


async def test_each_place_has_its_own_hours_and_its_own_soon() -> None:
    around_the_clock = Calendar(zone="UTC", week=(((time(0), time(0)),),) * 7)
    figures = Figures()
    evening = MONDAY + 6 * AN_HOUR

    daily = await due(figures, a_map(billing=around_the_clock), (BILLING, SALES), evening)

    assert figures.soon == {BILLING: evening + 4 * AN_HOUR, SALES: MONDAY + A_DAY + 2 * AN_HOUR}
    assert daily.zones == ("UTC", "Europe/Berlin")


async def test_the_latest_come_first_and_what_was_never_promised_last() -> None:
    figures = Figures(
        Standing(
            late=tuple(an_open_case(f"late{at}", promised_by=MONDAY - at * A_DAY) for at in (4, 6, 5)),
            later=(
                an_open_case("never", promised_by=None),
                an_open_case("never, but urgent", promised_by=None, priority=Priority.P1),
                an_open_case("tomorrow", promised_by=MONDAY + A_DAY),
                an_open_case("today", promised_by=MONDAY + 6 * AN_HOUR),
            ),
        )
    )

    daily = await composed(figures)

    assert [line.case for line in daily.overdue.lines] == ["late6", "late5", "late4"]
    assert [line.case for line in daily.queue.lines] == ["today", "tomorrow", "never, but urgent", "never"]


@pytest.mark.parametrize(("status", "pauses"), [("clarifying", True), ("waiting for approval", True), ("taken", False)])
async def test_a_line_says_whether_the_clock_pauses(status: str, *, pauses: bool) -> None:
    daily = await composed(Figures(Standing(later=(an_open_case(status=Status(status), promised_by=None),))))
    of_a_p0 = await composed(Figures(Standing(later=(an_open_case(status=Status(status)),))))

    assert daily.queue.lines[0].is_paused is pauses
    assert not of_a_p0.queue.lines[0].is_paused


async def test_where_the_desk_only_observes_nobody_is_late() -> None:
    figures = Figures()

    await due(figures, a_map(), (BILLING, SHADOW, DestinationName("gone from the map")), MONDAY)

    assert MAP.at(SHADOW).autonomy is Autonomy.OBSERVE
    assert figures.asked_of == (BILLING,)


async def test_of_five_thousand_only_the_latest_are_told_one_by_one_and_all_are_counted() -> None:
    lates = tuple(an_open_case(f"c{at}", promised_by=MONDAY - at * AN_HOUR) for at in range(200))

    daily = await composed(Figures(Standing(overdue=5_000, late=lates, act_fast=1, soon=(an_open_case("soon"),))))

    assert daily.overdue.count == 5_000
    assert len(daily.overdue.lines) == 140
    assert daily.pages == 1 + 5
    assert [len(page) for page in daily.threaded] == [25] * 5
    assert len(daily.cases) == 141


async def test_a_bounce_is_told_once_with_where_it_began_and_where_it_ended() -> None:
    trips = (passed("c1", BILLING, SALES), passed("c1", SALES, TRIAGE), passed("c2", SALES, BILLING, 1002))

    daily = await composed(Figures(passed=Happened(passed=trips)))

    assert daily.bounces.count == 2
    first, second = daily.bounces.told
    assert (first.case, first.times, first.was, first.now) == ("c1", 2, BILLING, TRIAGE)
    assert (second.case, second.times) == ("c2", 1)


async def test_what_triage_sends_and_what_others_pass_among_themselves_is_no_bounce_here() -> None:
    others = passed("c2", DestinationName("bugs"), DestinationName("privileged_ops"))

    daily = await composed(Figures(passed=Happened(passed=(passed("c1", TRIAGE, BILLING), others))))

    assert daily.bounces.count == 0
    assert daily.is_quiet


async def test_nothing_to_say_posts_nothing() -> None:
    quiet = Figures(
        Standing(queue=7, later=(an_open_case(promised_by=None),)),
        Happened(came_in=CameIn(count=9, before=(8, 9, 10, 11))),
    )

    silent = DailyComposer(counted=quiet, routing_map=a_map(), clock=lambda: MONDAY)
    chatty = DailyComposer(counted=quiet, routing_map=a_map(), clock=lambda: MONDAY, tells_quiet=True)

    assert await silent.compose(EVERY_MORNING, MONDAY) == ()
    (all_quiet,) = await chatty.compose(EVERY_MORNING, MONDAY)
    assert read(all_quiet.body).is_quiet


@pytest.mark.parametrize(
    "figures",
    [
        Figures(Standing(overdue=1)),
        Figures(Standing(act_fast=1)),
        Figures(Standing(approvals=Approvals(count=1))),
        Figures(passed=Happened(broken=(broken(),))),
        Figures(passed=Happened(passed=(passed("c1", BILLING, SALES),))),
        Figures(passed=Happened(came_in=CameIn(count=30, before=(10, 9, 11, 10)))),
    ],
)
async def test_one_thing_to_say_is_said(figures: Figures) -> None:
    (bulletin,) = await DailyComposer(counted=figures, routing_map=a_map(), clock=lambda: MONDAY).compose(
        EVERY_MORNING, MONDAY
    )

    assert (bulletin.key, bulletin.to, bulletin.pages) == ("daily:C0LEADS@2026-11-16T08:00Z", "C0LEADS", 1)
    assert not read(bulletin.body).is_quiet


async def test_a_digest_is_read_back_as_it_was_written() -> None:
    line = an_open_case(owner=PersonId("U0INES"))
    figures = Figures(
        Standing(overdue=1, late=(line,)), Happened(broken=(broken(),), passed=(passed("c1", None, SALES),))
    )

    daily = await composed(figures)

    assert read(written(daily)) == daily
    assert daily.overdue.lines == (
        Line(
            case=CaseId("c1"),
            number=1001,
            priority=Priority.P2,
            destination=BILLING,
            owner=PersonId("U0INES"),
            promised_by=MONDAY,
            minutes=0,
            is_late=True,
        ),
    )


def test_a_monday_tells_of_the_time_since_friday_and_compares_it_with_mondays() -> None:
    this, last, *_ = periods_of(EVERY_MORNING, NINE_TO_FIVE, MONDAY)

    assert this == (FRIDAY, MONDAY)
    assert last == (FRIDAY - 7 * A_DAY, MONDAY - 7 * A_DAY)


def test_after_a_holiday_the_day_before_it_is_told() -> None:
    closed_on_friday = replace(NINE_TO_FIVE, closed=frozenset({FRIDAY.date()}))

    (since, _), *_ = periods_of(EVERY_MORNING, closed_on_friday, MONDAY)

    assert since == FRIDAY - A_DAY


def test_the_weeks_before_are_counted_by_the_clock_on_the_wall() -> None:
    after_the_change = datetime(2026, 10, 27, 9, 0, tzinfo=BERLIN)

    *_, (since, until) = periods_of(EVERY_MORNING, NINE_TO_FIVE, after_the_change)

    assert (since, until) == (datetime(2026, 9, 28, 7, 0, tzinfo=UTC), datetime(2026, 9, 29, 7, 0, tzinfo=UTC))


def test_a_desk_without_hours_tells_of_every_day() -> None:
    (since, until), *_ = periods_of(EVERY_MORNING, Calendar(), MONDAY)

    assert until - since == A_DAY


def test_more_than_usual_is_unusual_only_if_it_is_more_than_chance() -> None:
    assert CameIn(count=30, before=(10, 9, 11, 10)).is_unusual
    assert not CameIn(count=3, before=(1, 1, 1, 1)).is_unusual
    assert not CameIn(count=1_100, before=(1_000,) * 4).is_unusual
    assert not CameIn(count=500, before=()).is_unusual
    assert not CameIn(count=0, before=(9, 9, 9, 9)).is_unusual


async def test_figures_of_the_period_that_changed_later_are_named() -> None:
    told = await composed(Figures())
    again = await composed(Figures(Standing(overdue=9), Happened(broken=(broken(),), came_in=CameIn(count=3))))

    assert late(told, again) == (Late(figure="breaches", told=0, now=1), Late(figure="came_in", told=0, now=3))
    assert late(told, replace(told, overdue=Bucket(count=4))) == ()


async def test_what_was_left_at_a_place_that_is_gone_is_told_to_those_of_triage() -> None:
    gone = DestinationName("closed_down")
    figures = Figures(left=(gone,))
    triage = DestinationName("human_triage")

    await due(figures, a_map(), [triage], MONDAY)
    assert figures.asked_of == (triage, gone)
    await due(figures, a_map(), [DestinationName("billing")], MONDAY)
    assert gone not in figures.asked_of


async def test_a_digest_that_is_late_lists_what_is_open_by_now() -> None:
    figures = Figures()
    late = DailyComposer(counted=figures, routing_map=a_map(), clock=lambda: MONDAY + AN_HOUR)

    daily = await late.daily(EVERY_MORNING, MONDAY)

    assert (daily.until, daily.listed_at) == (MONDAY, MONDAY + AN_HOUR)
