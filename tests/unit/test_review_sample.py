"""Which decisions are put to a person: by hash, at least so many of each place, and never one twice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from routing.bulletins import Appointment, Bulletin, BulletinKind
from routing.digests.reviews import MOST_A_WEEK, Reviews, Unchanged, is_below, place, sample, sampled_in
from routing.kinds import (
    CaseId,
    ChannelId,
    DestinationName,
)
from routing.map import Review

NINE = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TERMS = Review(share=7, least=5)
DAILY = Appointment(
    job="review",
    kind=BulletinKind.REVIEW,
    to=ChannelId("C0TRIAGE"),
    at=time(9),
    days=frozenset(range(7)),
    zone="Europe/Berlin",
)


def cases(destination: str, count: int, first: int = 0) -> list[Unchanged]:
    return [
        Unchanged(
            case=CaseId(f"{destination}-{number}"),
            destination=DestinationName(destination),
            decided_at=NINE - timedelta(days=3),
        )
        for number in range(first, first + count)
    ]


def test_about_the_share_of_a_busy_place_is_chosen() -> None:
    busy = cases("billing", 10_000)

    chosen = sum(is_below(one.case, 7) for one in busy)

    assert 600 < chosen < 800


def test_a_share_of_nothing_turns_it_off_and_a_share_of_all_chooses_all() -> None:
    some = cases("billing", 20)

    assert sample(some, [], Review(share=0, least=3)) == ()
    assert len(sample(some, [], Review(share=100, least=3))) == 20


def test_a_quiet_place_has_its_least_and_they_are_those_with_the_lowest_hashes() -> None:
    quiet = cases("billing", 12)

    chosen = sample(quiet, [], TERMS)

    assert [one.case for one in chosen] == sorted((one.case for one in quiet), key=place)[:5]


def test_a_place_with_less_than_its_least_has_all_it_has() -> None:
    assert len(sample(cases("billing", 3), [], TERMS)) == 3


def test_the_order_in_which_they_are_found_is_no_matter() -> None:
    some = [*cases("billing", 40), *cases("bugs", 9)]

    assert sample(some[::-1], [], TERMS) == sample(some, [], TERMS)


def test_what_was_picked_counts_towards_the_least_and_is_not_picked_again() -> None:
    quiet = cases("billing", 30)
    monday = sample(quiet, [], TERMS)

    assert sample(quiet, monday, TERMS) == ()
    assert len(sample(quiet, monday[:3], TERMS)) == len(monday) - 3


def test_no_week_has_more_than_its_most_and_a_busy_place_takes_no_other_place() -> None:
    some = [*cases("billing", 3_000), *cases("bugs", 4), *cases("sales", 100)]

    chosen = Counter(str(one.destination) for one in sample(some, [], TERMS))

    assert chosen.total() == MOST_A_WEEK
    assert chosen["bugs"] == 4
    assert chosen["sales"] >= 5


def test_a_week_that_is_full_takes_no_more() -> None:
    full = sample(cases("billing", 3_000), [], TERMS)

    assert len(sample(cases("bugs", 100), full, replace(TERMS, share=100))) == TERMS.least


class Week:
    """A week of decisions, and the cards that hang already."""

    def __init__(self, unchanged: Sequence[Unchanged]) -> None:
        self.hanging: list[Bulletin] = []
        self._unchanged = unchanged

    async def unchanged(self, since: datetime, until: datetime) -> Sequence[Unchanged]:
        return [one for one in self._unchanged if since < one.decided_at <= until]

    async def of_job(self, prefix: str, limit: int) -> Sequence[Bulletin]:
        return [one for one in self.hanging[::-1] if one.key.startswith(prefix)][:limit]


async def test_every_case_gets_a_card_of_its_own_and_no_case_two() -> None:
    week = Week(cases("billing", 30))
    reviews = Reviews(week, week, TERMS)

    first = await reviews.compose(DAILY, NINE)
    again = await reviews.compose(DAILY, NINE)
    week.hanging += first
    next_day = await reviews.compose(DAILY, NINE + timedelta(days=1))

    assert len(first) >= 5
    assert first == again
    assert next_day == []
    assert first[0].key == f"review:{sampled_in(first[0]).case}"
    assert {one.to for one in first} == {"C0TRIAGE"}


async def test_nobody_is_asked_about_what_was_decided_only_today() -> None:
    week = Week(cases("billing", 30))
    reviews = Reviews(week, week, TERMS)

    assert await reviews.compose(DAILY, NINE - timedelta(days=2, hours=1)) == []
    assert await reviews.compose(DAILY, NINE + timedelta(days=6)) == []
