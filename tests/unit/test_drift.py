"""Whether the desk still decides as well as it did, told by cases it has not learned from."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from routing.bulletins import Bulletin
from routing.decisions import Decision
from routing.digests.alerts import Alert
from routing.digests.drift import PARTS, Deciding, Drift, Judged, measured, others, parts
from routing.digests.watch import Episodes, alert_in
from routing.evaluation.hindsight import First, Said
from routing.kinds import (
    CaseId,
    DestinationName,
    Priority,
    Risk,
    Verdict,
)
from routing.lessons import Guesser, Lesson
from routing.model import Entry
from tests.make import NOW, a_decision
from tests.unit.scenes import MAP, a_request
from tests.unit.test_learner import Remembered, taught
from tests.unit.test_review_sample import DAILY

BILLING = DestinationName("billing")
FIRST = First(
    at=NOW,
    verdict=Verdict.ROUTE,
    destination=BILLING,
    candidate=BILLING,
    risk=Risk.NORMAL,
    priority=Priority.P2,
    reason="keyword",
    gates=(),
)


def judged(
    number: int, text: str = "", *, code: str = "confirmed", now: str | None = "billing", first: First = FIRST
) -> Judged:
    return Judged(
        case=CaseId(f"case-{number}"),
        request=a_request(text or f"the invoice {number} is wrong"),
        first=first,
        said=Said(code=code, was=BILLING, now=DestinationName(now) if now else None, at=NOW),
    )


def sent(destination: str) -> Decision:
    return a_decision(destination=DestinationName(destination), candidate=DestinationName(destination))


LEFT = a_decision(verdict=Verdict.ESCALATE_HUMAN, destination=MAP.unknown)


@pytest.mark.parametrize(
    ("code", "now", "decision", "is_right"),
    [
        ("confirmed", "billing", sent("billing"), True),
        ("taken", "billing", sent("bugs"), False),
        ("reviewed_right", "billing", LEFT, False),
        ("reassigned", "bugs", sent("bugs"), True),
        ("reviewed_wrong", "bugs", sent("billing"), False),
        ("reassigned", str(MAP.unknown), LEFT, True),
        ("reviewed_wrong", None, LEFT, True),
        ("not_a_request", None, LEFT, True),
        ("not_a_request", None, sent("bugs"), False),
        ("wrong_team", None, sent("billing"), False),
        ("wrong_team", None, sent("bugs"), True),
        ("wrong_team", None, LEFT, True),
    ],
)
def test_right_is_what_people_said_last(code: str, now: str | None, decision: Decision, *, is_right: bool) -> None:
    (found,) = measured([(judged(1, code=code, now=now), decision)], MAP)

    assert found.tallies[1].hits == int(is_right)


def test_a_destination_is_told_with_what_was_right_then_and_what_would_be_now() -> None:
    lost = [(judged(number), sent("bugs")) for number in range(4)]
    kept = [(judged(number), sent("billing")) for number in range(4, 40)]

    (found,) = measured([*lost, *kept], MAP)

    assert (found.about, found.is_alarming) == ("billing", True)
    assert [(one.hits, one.of) for one in found.tallies] == [(40, 40), (36, 40)]


def test_where_too_few_were_judged_nothing_is_said() -> None:
    (found,) = measured([(judged(number), sent("bugs")) for number in range(29)], MAP)

    assert not found.is_alarming


def test_a_case_counts_where_it_belongs() -> None:
    (found,) = measured([(judged(1, code="reassigned", now="bugs"), sent("bugs"))], MAP)

    assert (found.about, [one.hits for one in found.tallies]) == ("bugs", [0, 1])


def test_every_case_is_in_one_part_and_the_same_words_are_in_the_same() -> None:
    cases = [judged(number) for number in range(200)]
    twins = [judged(300, "The export is GREY"), judged(301, "the export  is grey")]

    dealt = parts([*cases, *twins], MAP)

    assert len(dealt) == PARTS
    assert sorted(one.case for part in dealt for one in part) == sorted(one.case for one in [*cases, *twins])
    assert sum({one.case for one in twins} <= {one.case for one in part} for part in dealt) == 1
    assert min(len(part) for part in dealt) > 20


def test_what_the_map_has_as_an_example_is_left_out() -> None:
    assert parts([judged(1, "My invoice is wrong")], MAP) == []


def test_nobody_is_examined_on_what_they_were_taught() -> None:
    lessons = [taught(1), taught(2, text="The export IS grey"), taught(3, text="who may see salaries")]

    assert others(lessons, [judged(1, "the export is grey")]) == [lessons[2]]


class School:
    """Counts its classes, and makes nobody a classifier."""

    def __init__(self) -> None:
        self.classes: list[list[str]] = []

    def __call__(self, lessons: Sequence[Lesson]) -> Guesser | None:
        self.classes.append([one.text for one in lessons])
        return None


class Shelf:
    """A past, and the messages that hang."""

    def __init__(self, *cases: Judged) -> None:
        self.cases = cases
        self.hanging: dict[str, Bulletin] = {}

    async def judged(self, since: datetime, most: int) -> Sequence[Judged]:
        assert since == NOW - timedelta(days=90)
        return self.cases[:most]

    async def publish(
        self,
        job: str,  # noqa: ARG002 - the port
        fire_at: datetime,  # noqa: ARG002 - the port
        bulletins: Sequence[Bulletin],
        entry: Entry,  # noqa: ARG002 - the port
        map_version: str,  # noqa: ARG002 - the port
    ) -> bool:
        self.hanging |= {one.key: one for one in bulletins}
        return True

    async def amend(self, bulletin: Bulletin, entry: Entry, map_version: str) -> None:  # noqa: ARG002 - the port
        self.hanging[bulletin.key] = bulletin

    async def of_job(self, prefix: str, limit: int) -> Sequence[Bulletin]:
        return [one for key, one in reversed(self.hanging.items()) if key.startswith(prefix)][:limit]

    @property
    def alerts(self) -> list[Alert]:
        return [alert_in(one) for one in self.hanging.values()]


def a_drift(shelf: Shelf, school: School | None = None, memory: Remembered | None = None) -> Drift:
    deciding = Deciding(map=MAP, teach=school or School(), clock=lambda: NOW)
    return Drift(shelf, memory or Remembered(), Episodes(shelf, MAP.version), deciding)


async def test_each_part_is_decided_after_lessons_of_the_others() -> None:
    cases = [judged(number) for number in range(60)]
    lessons = [taught(number, "billing", one.request.text) for number, one in enumerate(cases)]
    school = School()

    again = await a_drift(Shelf(*cases), school, Remembered(*lessons)).again(NOW)

    assert len(school.classes) == PARTS
    assert {one.case for one, _ in again} == {one.case for one in cases}
    for part, lessons_given in zip(parts(cases, MAP), school.classes, strict=True):
        assert not {one.request.text for one in part} & set(lessons_given)
        assert len(lessons_given) > len(cases) / 2


async def test_it_is_decided_again_as_it_would_be_now() -> None:
    shelf = Shelf(judged(1, "the billing of my invoice is wrong"), judged(2, "hm"))

    decided = {one.case: now.verdict for one, now in await a_drift(shelf).again(NOW)}

    assert decided == {"case-1": Verdict.ROUTE, "case-2": Verdict.ESCALATE_HUMAN}


async def test_a_fall_begins_an_alert_and_its_end_closes_it() -> None:
    worse = Shelf(*(judged(number, f"unheard of {number}") for number in range(40)))
    (begun,) = await a_drift(worse).compose(DAILY, NOW)
    better = Shelf(*(replace(one, request=a_request("the billing of my invoice")) for one in worse.cases))
    better.hanging[begun.key] = begun

    again = await a_drift(better).compose(DAILY, NOW)

    assert begun.key == "alert:drift:billing@2026-11-20T09:00Z"
    assert [(one.hits, one.of) for one in alert_in(begun).tallies] == [(40, 40), (0, 40)]
    assert again == []
    assert [one.is_open for one in better.alerts] == [False]


async def test_where_nothing_can_be_measured_any_more_nothing_is_claimed() -> None:
    worse = Shelf(*(judged(number, f"unheard of {number}") for number in range(40)))
    (begun,) = await a_drift(worse).compose(DAILY, NOW)
    empty = Shelf()
    empty.hanging[begun.key] = begun

    assert await a_drift(empty).compose(DAILY, NOW) == []
    assert [one.is_open for one in empty.alerts] == [False]


async def test_a_place_that_left_the_map_is_not_counted() -> None:
    assert await a_drift(Shelf(judged(1, code="reassigned", now="gone"))).again(NOW) == []
