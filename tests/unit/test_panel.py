"""When two sources are enough, and when somebody is asked whose answer costs something."""

from collections.abc import Sequence

import pytest

from routing.decide import WITHOUT_CLAUDE
from routing.decisions import (
    Candidate,
    Opinion,
    Reason,
)
from routing.kinds import CaseId, DestinationName
from routing.map import RoutingMap
from routing.model import Request
from routing.panel import Matter, Panel, needs_more
from tests.unit.scenes import MAP, a_request

SURE, HALF_SURE = 0.9, 0.72


def of(destination: str, score: float = SURE, **more: object) -> Opinion:
    found = (Candidate(destination=DestinationName(destination), score=score),)
    return Opinion(source="keywords", reason=Reason(code="keywords"), candidates=found, **more)  # type: ignore[arg-type] # spelled out by each test


class Known:
    """A source that always says the same."""

    def __init__(self, *said: Opinion) -> None:
        self._said = said

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:  # noqa: ARG002 - the port
        return self._said


class Oracle:
    """An adviser that remembers what it was asked about."""

    is_instant = False

    def __init__(self, answer: tuple[Opinion, ...] | Exception) -> None:
        self.asked: list[Matter] = []
        self._answer = answer

    async def advise(self, matter: Matter) -> tuple[Opinion, ...]:
        self.asked.append(matter)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@pytest.mark.parametrize(
    ("opinions", "why"),
    [
        ([of("billing")], ""),
        ([of("billing", HALF_SURE)], "unsure"),
        ([], "unsure"),
        ([of("billing"), of("bugs")], "conflict"),
        ([of("billing", risks=("payment",))], "risky"),
        ([of("billing", categories=("security",))], "risky"),
        ([of("billing", 1.0, settles=True)], ""),
        ([of("billing", wants_human=True), of("bugs")], ""),
        ([Opinion(source="vague", reason=Reason(code="vague"), missing=("what_is_affected",))], ""),
    ],
)
def test_more_is_needed_when_nobody_is_sure_two_are_or_the_case_is_risky(opinions: list[Opinion], why: str) -> None:
    assert needs_more(opinions, MAP) == why


async def test_whoever_costs_something_is_not_asked_about_what_is_clear() -> None:
    oracle = Oracle((of("bugs"),))

    heard = await Panel([Known(of("billing"))], MAP, oracle).consult(a_request("text"))

    assert heard == (of("billing"),)
    assert oracle.asked == []


async def test_an_adviser_hears_what_the_others_said_and_for_which_case() -> None:
    oracle = Oracle((of("bugs"),))
    unsure = of("billing", HALF_SURE)

    heard = await Panel([Known(unsure)], MAP, oracle).consult(a_request("text"), CaseId("case-7"))

    assert heard == (unsure, of("bugs"))
    assert [(one.case, one.heard) for one in oracle.asked] == [("case-7", (unsure,))]


async def test_an_adviser_that_breaks_is_only_missing() -> None:
    heard = await Panel([Known()], MAP, Oracle(RuntimeError("boom"))).consult(a_request("text"))

    assert _codes(heard) == [(WITHOUT_CLAUDE, ("failure",))]


def _codes(heard: Sequence[Opinion]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.reason.code, one.reason.words) for one in heard]
