"""What people said about decisions, on a real file: only their last word on a case counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from routing.decisions import Record
from routing.experience import Taught
from routing.kinds import (
    CaseId,
    Confidence,
    DestinationName,
    PersonId,
    Priority,
)
from routing.model import Label
from storage import audit
from storage.experience import SqlExperience
from storage.sqlite import Store, open_store
from tests.make import NOW, TEAM, a_case, a_decision, a_part, a_request, an_entry, an_outcome

BILLING, BUGS = DestinationName("billing"), DestinationName("bugs")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


def said(code: str, was: str | None, now: str | None, confidence: Confidence | None = Confidence.HIGH) -> Label:
    return Label(
        code=code,
        was=DestinationName(was) if was else None,
        now=DestinationName(now) if now else None,
        by=PersonId("U_OWNER"),
        at=NOW,
        confidence=confidence,
    )


async def judged(store: Store, number: int, *labels: Label, text: str = "my invoice is wrong") -> None:
    request = a_request(f"{number}.1", text)
    case = replace(a_case(f"case-{number}", request=request), decision=a_decision())
    for label in labels:
        case = await store.cases.settle(an_outcome(case, labels=(label,)))


async def test_where_people_said_it_belongs_is_taught_with_the_words_of_today(store: Store) -> None:
    await judged(store, 1, said("confirmed", "billing", "billing"))
    await judged(store, 2, said("reassigned", "billing", "bugs"), text="the export button is grey")

    assert await SqlExperience(store.driver, TEAM).taught(10) == [
        Taught(
            case=CaseId("case-2"), number=1002, text="the export button is grey", destination=BUGS, priority=Priority.P2
        ),
        Taught(
            case=CaseId("case-1"), number=1001, text="my invoice is wrong", destination=BILLING, priority=Priority.P2
        ),
    ]


async def test_what_only_a_last_hour_made_urgent_is_taught_as_it_was_before(store: Store) -> None:
    urgent = a_decision(priority=Priority.P0, priority_rule="last_hour")
    case = a_case(decision=urgent, priority_before=Priority.P3)
    await store.cases.settle(an_outcome(case, labels=(said("confirmed", "billing", "billing"),)))

    (one,) = await SqlExperience(store.driver, TEAM).taught(10)

    assert one.priority is Priority.P3


async def test_the_parts_of_a_request_are_taught_in_their_order(store: Store) -> None:
    parts = tuple(a_part(f"9.{at}", f"part {at}") for at in range(12))
    case = replace(a_case(request=a_request("9.0", parts=parts)), decision=a_decision())
    await store.cases.settle(an_outcome(case, labels=(said("confirmed", "billing", "billing"),)))

    (one,) = await SqlExperience(store.driver, TEAM).taught(10)

    assert one.text.splitlines() == [f"part {at}" for at in range(12)]


async def test_a_no_without_a_better_place_teaches_nothing(store: Store) -> None:
    await judged(store, 1, said("wrong_team", "billing", None))

    assert await SqlExperience(store.driver, TEAM).taught(10) == []


async def test_what_is_not_a_request_is_a_lesson_in_what_is_nobodys(store: Store) -> None:
    await judged(store, 2, said("confirmed", "billing", "billing"), said("not_a_request", "billing", None))

    assert [one.destination for one in await SqlExperience(store.driver, TEAM).taught(10)] == [None]


async def test_the_askers_own_answer_teaches_nothing(store: Store) -> None:
    await judged(store, 1, said("answered", None, "billing"))

    assert await SqlExperience(store.driver, TEAM).taught(10) == []


async def test_what_a_reviewer_says_is_taught(store: Store) -> None:
    await judged(store, 1, said("reviewed_right", "billing", "billing"))
    await judged(store, 2, said("confirmed", "billing", "billing"), said("reviewed_wrong", "billing", "bugs"))
    await judged(store, 3, said("reviewed_wrong", "billing", None))

    assert [one.destination for one in await SqlExperience(store.driver, TEAM).taught(10)] == [None, BUGS, BILLING]


async def test_what_a_reviewer_calls_wrong_did_not_stand(store: Store) -> None:
    await judged(store, 1, said("reviewed_right", "billing", "billing"))
    await judged(store, 2, said("confirmed", "billing", "billing"), said("reviewed_wrong", "billing", "bugs"))

    assert await SqlExperience(store.driver, TEAM).record(BILLING, Confidence.HIGH) == Record(stood=1, of=2)


async def test_words_that_changed_after_they_were_judged_teach_nothing(store: Store) -> None:
    await judged(store, 1, said("confirmed", "billing", "billing"))
    case = await store.cases.case(CaseId("case-1"))
    assert case is not None
    request = replace(case.request, parts=(replace(case.request.parts[0], text="delete everything"),))
    later = an_entry("edited", at=NOW + timedelta(minutes=1))
    await store.cases.settle(an_outcome(replace(case, request=request), entries=(later,)))

    assert await SqlExperience(store.driver, TEAM).taught(10) == []


async def test_what_teaches_nothing_takes_no_place_among_the_last(store: Store) -> None:
    await judged(store, 1, said("confirmed", "billing", "billing"))
    for number in range(2, 6):
        await judged(store, number, said("wrong_team", "billing", None))

    assert [one.number for one in await SqlExperience(store.driver, TEAM).taught(1)] == [1001]


async def test_the_last_word_on_a_case_counts(store: Store) -> None:
    await judged(store, 1, said("confirmed", "billing", "billing"), said("reassigned", "billing", "bugs", None))

    assert [one.destination for one in await SqlExperience(store.driver, TEAM).taught(10)] == [BUGS]
    assert await SqlExperience(store.driver, TEAM).record(BILLING, Confidence.HIGH) == Record(stood=0, of=0)


async def test_cards_like_this_are_those_of_the_same_place_and_confidence(store: Store) -> None:
    for number in range(1, 9):
        await judged(store, number, said("confirmed" if number % 4 else "wrong_team", "billing", "billing"))
    await judged(store, 20, said("reassigned", "billing", "bugs"))
    await judged(store, 21, said("confirmed", "billing", "billing", Confidence.LOW))
    await judged(store, 22, said("taken", "bugs", "bugs"))

    assert await SqlExperience(store.driver, TEAM).record(BILLING, Confidence.HIGH) == Record(stood=6, of=9)


async def test_only_the_last_forty_cards_are_counted(store: Store) -> None:
    for number in range(1, 46):
        await judged(store, number, said("taken" if number > 5 else "reassigned", "billing", "billing"))

    assert await SqlExperience(store.driver, TEAM).record(BILLING, Confidence.HIGH) == Record(stood=40, of=40)


async def test_what_the_desk_does_for_no_case_stands_in_the_same_chain(store: Store) -> None:
    experience = SqlExperience(store.driver, TEAM)
    await judged(store, 1, said("confirmed", "billing", "billing"))

    await experience.note(an_entry("trained", facts={"lessons": 40, "calibrated": True}), "map-1")
    await judged(store, 2, said("confirmed", "billing", "billing"))

    assert await audit.verify(store) == audit.Verification(entries=3)
