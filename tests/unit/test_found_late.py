"""What nobody told the desk in time: what may happen to it by itself, what was promised, and what its card says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.backfill import _place
from handlers.cards import Setting, render
from handlers.wording_steps import last_step
from routing import promises
from routing.clocks import FIRST_RESPONSE
from routing.decide import Stance, decide
from routing.kinds import Autonomy, CaseId, Priority, Status, Verdict
from routing.lifecycle import asked, decided
from routing.model import Case, Request
from routing.rules import opinions
from tests.office import _words
from tests.unit.scenes import MAP, NOON, a_request, a_scene

CRASH = "The app has a crash bug"
DOWN = "The app crash bug: production is down for everybody"
MINUTES_LATE = 35


def found(text: str) -> Request:
    return replace(a_request(text), found_at=NOON + timedelta(minutes=MINUTES_LATE))


def a_found_case(text: str) -> Case:
    """Asked at noon, found later, and decided at once."""
    request, scene = found(text), a_scene(MINUTES_LATE)
    new = Case(id=CaseId("c1"), key="k" * 32, request=request, received_at=scene.now)
    received = asked(new, scene).case
    return decided(received, decide(opinions(request, MAP), MAP, request, Stance()), scene).case


def test_what_is_harmless_goes_its_way_however_late_it_was_found() -> None:
    decision = decide(opinions(found(CRASH), MAP), MAP, found(CRASH), Stance())

    assert (decision.destination, decision.autonomy) == ("bugs", Autonomy.AUTO)


@pytest.mark.parametrize("text", [DOWN, f"{CRASH}, and there was a security breach", f"{CRASH}, refund the customer"])
def test_nothing_risky_that_was_found_late_is_sent_on_by_itself(text: str) -> None:
    in_time, late = (decide(opinions(one, MAP), MAP, one, Stance()) for one in (a_request(text), found(text)))

    assert late.autonomy is not Autonomy.AUTO
    assert late.verdict is in_time.verdict
    assert (late.risks, late.gates, late.priority) == (in_time.risks, in_time.gates, in_time.priority)


def test_a_p0_that_was_found_late_is_proposed_to_whoever_is_on_call() -> None:
    case = a_found_case(DOWN)

    assert case.decision is not None
    assert (case.decision.priority, case.decision.verdict) == (Priority.P0, Verdict.ROUTE)
    assert case.status is Status.PROPOSED


def test_a_promise_to_whoever_was_found_late_counts_from_when_they_asked() -> None:
    late, in_time = a_found_case(CRASH), a_found_case(CRASH)
    in_time = replace(in_time, request=replace(in_time.request, found_at=None), first_response_by=None)
    assert in_time.decision is not None

    counted_from_now = promises.made(in_time, in_time.decision, a_scene(MINUTES_LATE))

    assert late.first_response_by is not None
    assert counted_from_now.first_response_by is not None
    assert counted_from_now.first_response_by - late.first_response_by == timedelta(minutes=MINUTES_LATE)


def test_what_broke_before_it_was_found_is_written_down_and_raised_to_nobody() -> None:
    case = replace(a_found_case(DOWN), first_response_by=NOON + timedelta(minutes=15), resolve_by=None)

    told = promises.elapsed(case, a_scene(MINUTES_LATE))

    assert told is not None
    assert (told.entries[0].facts["why"], told.entries[0].facts["raised"]) == ("found_late", False)
    assert (told.case.breached, told.case.raised_to) == ((FIRST_RESPONSE,), ())
    assert {notice.kind.value for notice in told.notices} == {"card", "receipt"}
    assert "Slack had not told us of it" in last_step(told.case, MAP)


def test_what_breaks_after_it_was_found_is_raised_as_ever() -> None:
    case = replace(a_found_case(DOWN), first_response_by=NOON + timedelta(minutes=40), resolve_by=None)

    told = promises.elapsed(case, a_scene(41))

    assert told is not None
    assert told.entries[0].facts["raised"] is True
    assert told.case.raised_to == ("U0LEO",)


def test_the_card_says_when_it_was_found_and_how_late_that_was() -> None:
    case = a_found_case(CRASH)
    setting = Setting(map=MAP, link="", quotes=True)

    late, in_time = (_words(render(one, setting).blocks) for one in (case, replace(case, request=a_request(CRASH))))

    assert "|12:35 UTC>, 35 min late: Slack did not tell us." in late
    assert "Slack did not tell us" not in in_time


@pytest.mark.parametrize(
    ("listed", "is_shared"),
    [({}, False), ({"is_org_shared": True}, False), ({"is_ext_shared": True}, True)],
    ids=["ours", "shared with a sister workspace", "shared with another company"],
)
def test_what_is_found_is_as_shared_as_an_event_would_have_said(listed: dict[str, bool], is_shared: bool) -> None:  # noqa: FBT001 - a case of the table
    assert _place({"id": "C0HELP", **listed}).is_shared is is_shared
