"""The source that learns: what it is taught, what it makes of a guess, and what it never learns from."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Event

import pytest

from routing.decisions import (
    Candidate,
    Opinion,
    Record,
)
from routing.experience import Taught
from routing.kinds import (
    CaseId,
    Confidence,
    DestinationName,
    Priority,
)
from routing.learner import ALIKE_FROM, CAPPED, Learner
from routing.lessons import Guess, Guesser, Learned, Lesson, Near
from routing.model import Entry
from tests.make import NOW
from tests.unit.scenes import MAP, a_request

BILLING, BUGS = DestinationName("billing"), DestinationName("bugs")
PROVEN = Learned(lessons=40, destinations=3, encoder="e", is_calibrated=True, threshold=0.8)
EXAMPLES = sum(len(one.examples) for one in MAP.destinations.values())


def guessing(confidence: float, *, out_of_scope: float = 0.1, near: tuple[Near, ...] = ()) -> Guess:
    ranked = (Candidate(destination=BILLING, score=0.8), Candidate(destination=BUGS, score=0.15))
    return Guess(ranked=ranked, confidence=confidence, out_of_scope=out_of_scope, nearest=near)


class Parrot:
    """A classifier that says one thing, whatever it was taught."""

    def __init__(self, guess: Guess, learned: Learned = PROVEN) -> None:
        self.learned = learned
        self._guess = guess

    def guess(self, texts: Sequence[str]) -> list[Guess]:
        return [self._guess for _ in texts]


class School:
    """Remembers every lesson plan it was given."""

    def __init__(self, guesser: Guesser | None) -> None:
        self.plans: list[list[Lesson]] = []
        self._guesser = guesser

    def __call__(self, lessons: Sequence[Lesson]) -> Guesser | None:
        self.plans.append(list(lessons))
        return self._guesser


class Remembered:
    """The port `Experience`, in memory."""

    def __init__(self, *taught: Taught) -> None:
        self.cases = list(taught)
        self.notes: list[Entry] = []

    async def newest(self) -> int:
        return len(self.cases)

    async def taught(self, limit: int) -> Sequence[Taught]:
        return self.cases[:limit]

    async def record(self, destination: DestinationName, confidence: Confidence) -> Record:  # noqa: ARG002 - the port
        return Record(stood=0, of=0)

    async def note(self, entry: Entry, map_version: str) -> None:  # noqa: ARG002 - the port
        self.notes.append(entry)


def taught(number: int, destination: str | None = "bugs", text: str = "the export is grey") -> Taught:
    return Taught(
        case=CaseId(f"case-{number}"),
        number=number,
        text=text,
        destination=DestinationName(destination) if destination else None,
        priority=Priority.P2,
    )


async def asked(learner: Learner) -> tuple[Opinion, ...]:
    return await learner.opinions(a_request("my invoice is wrong"), MAP)


def a_learner(school: School, memory: Remembered) -> Learner:
    return Learner(MAP, school, experience=memory, clock=lambda: NOW)


async def test_it_learns_the_maps_examples_and_what_people_said() -> None:
    school, memory = School(Parrot(guessing(0.9))), Remembered(taught(7), taught(8, None, "who won the match"))

    await a_learner(school, memory).learn()

    assert [(one.text, one.destination) for one in school.plans[0][EXAMPLES:]] == [
        ("who won the match", None),
        ("the export is grey", "bugs"),
    ]
    assert Lesson(text="My invoice is wrong", destination=BILLING) in school.plans[0]


async def test_human_triage_is_a_lesson_in_what_is_nobodys() -> None:
    school = School(Parrot(guessing(0.9)))

    await a_learner(school, Remembered(taught(7, MAP.unknown))).learn()

    assert school.plans[0][-1].destination is None


async def test_a_destination_that_left_the_map_teaches_nothing() -> None:
    school = School(Parrot(guessing(0.9)))

    await a_learner(school, Remembered(taught(7, "closed_down"))).learn()

    assert len(school.plans[0]) == EXAMPLES


async def test_it_learns_again_only_when_people_said_something_new() -> None:
    school, memory = School(Parrot(guessing(0.9))), Remembered()
    learner = a_learner(school, memory)

    await learner.learn()
    await learner.learn()
    memory.cases.append(taught(7))
    await learner.learn()

    assert [len(plan) for plan in school.plans] == [EXAMPLES, EXAMPLES + 1]


async def test_a_training_run_is_an_audit_entry_with_its_figures() -> None:
    memory = Remembered(taught(7))

    await a_learner(School(Parrot(guessing(0.9), replace(PROVEN, accuracy=0.8125))), memory).learn()

    (note,) = memory.notes
    assert note.type == "trained"
    assert note.facts["from_people"] == 1
    assert (note.facts["threshold_permille"], note.facts["accuracy_permille"]) == (800, 812)
    assert note.facts["ece_permille"] is None


async def test_it_says_nothing_before_it_has_learned_anything() -> None:
    learner = a_learner(School(None), Remembered())
    await learner.learn()

    assert await asked(learner) == ()


async def test_a_proven_confidence_is_said_as_it_is() -> None:
    learner = a_learner(School(Parrot(guessing(0.93))), Remembered())
    await learner.learn()

    (opinion,) = await asked(learner)

    assert opinion.candidates[0] == Candidate(destination=BILLING, score=0.93)
    assert opinion.intents == ("billing_issue",)


async def test_what_is_not_proven_stays_below_what_is_ever_routed() -> None:
    for learned in (PROVEN, replace(PROVEN, threshold=None, is_calibrated=False)):
        confidence = 0.79 if learned.threshold else 0.99
        learner = a_learner(School(Parrot(guessing(confidence), learned)), Remembered())
        await learner.learn()

        (opinion,) = await asked(learner)

        assert opinion.candidates[0].score == CAPPED


async def test_what_reads_like_nobodys_business_names_no_place() -> None:
    learner = a_learner(School(Parrot(guessing(0.2, out_of_scope=0.8))), Remembered())
    await learner.learn()

    (opinion,) = await asked(learner)

    assert (opinion.reason.code, opinion.candidates) == ("nobodys", ())


async def test_cases_that_read_alike_are_precedents_and_the_maps_examples_are_none() -> None:
    near = tuple(
        Near(lesson=lesson, similarity=similarity)
        for lesson, similarity in ((0, 0.99), (EXAMPLES, 0.9), (EXAMPLES + 1, ALIKE_FROM), (EXAMPLES + 2, 0.5))
    )
    cases = [taught(number, text=f"the export is grey, {number}") for number in (7, 8, 9)]
    learner = a_learner(School(Parrot(guessing(0.9, near=near))), Remembered(*cases))
    await learner.learn()

    _, precedents = await asked(learner)

    assert [one.number for one in precedents.precedents] == [9, 8]


async def test_many_cases_in_the_same_words_are_one_lesson_and_as_many_precedents() -> None:
    near = (Near(lesson=EXAMPLES, similarity=0.99),)
    learner = a_learner(
        School(Parrot(guessing(0.9, near=near))), Remembered(*(taught(number) for number in range(7, 11)))
    )
    await learner.learn()

    _, precedents = await asked(learner)

    assert [one.number for one in precedents.precedents] == [7, 8, 9, 10]


async def test_a_training_run_that_fails_is_tried_again_and_meanwhile_it_says_so() -> None:
    school = School(Parrot(guessing(0.9)))

    def stumbles_once(lessons: Sequence[Lesson]) -> Guesser | None:
        guesser = school(lessons)
        if len(school.plans) == 1:
            raise MemoryError("no room to learn")
        return guesser

    learner = Learner(MAP, stumbles_once, experience=Remembered(), clock=lambda: NOW)
    learner.start()

    (nothing,) = await asked(learner)
    await learner.learn()
    (opinion,) = await asked(learner)
    await learner.close()

    assert nothing.reason.code == "not_learned_yet"
    assert opinion.candidates


async def test_nothing_is_decided_by_what_the_audit_does_not_know() -> None:
    class FullDisk(Remembered):
        async def note(self, entry: Entry, map_version: str) -> None:  # noqa: ARG002 - the port
            raise OSError("disk full")

    learner = a_learner(School(Parrot(guessing(0.9))), FullDisk())
    with pytest.raises(OSError, match="disk full"):
        await learner.learn()

    (opinion,) = await asked(learner)
    assert opinion.candidates == ()


async def test_a_request_that_comes_before_the_first_training_waits_for_it() -> None:
    may_finish = Event()

    def slowly(_: Sequence[Lesson]) -> Guesser:
        may_finish.wait(10)
        return Parrot(guessing(0.9))

    learner = Learner(MAP, slowly, experience=Remembered(), clock=lambda: NOW)
    learner.start()
    asking = learner.opinions(a_request("my invoice is wrong"), MAP)
    may_finish.set()

    assert [one.source for one in await asking] == ["classifier"]
    await learner.close()
