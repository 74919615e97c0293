"""Edits come in any order, and some of them are found long after: the newest words hold, and what is late says so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.cards import Setting, render
from routing.decide import Stance, decide
from routing.kinds import Autonomy, MessageId, PersonId, Status
from routing.lifecycle import asked, decided
from routing.model import Case, Part, Request
from routing.outcome import content_of
from routing.rewording import amended, confirmed, reworded
from routing.rules import opinions
from storage.rows import body_of, case_of
from tests.office import _words
from tests.unit.scenes import MAP, NOON, a_case, a_request, a_scene

CRASH = "The app has a crash bug"
DOWN = "Production is down for everybody"
ROOT, REPLY = MessageId("1.0"), MessageId(str(int((NOON + timedelta(minutes=5)).timestamp())))
FOUND_AT = NOON + timedelta(hours=3)
MAYA = PersonId("U0MAYA")


def words(text: str, second: int | None, *, found: bool = False) -> Part:
    edited_at = None if second is None else NOON + timedelta(seconds=second)
    return Part(message=ROOT, text=text, edited_at=edited_at, found_at=FOUND_AT if found else None)


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ([words("new", 20), words("old", 10)], "new"),
        ([words("old", 10), words("new", 20)], "new"),
        ([words("one", 20), words("two", 20)], "two"),
        ([words("new", 20), words("undated", None), words("old", 10)], "undated"),
        ([words("asked", 20), words("old", 10)], "asked"),
    ],
)
def test_the_newest_words_hold_in_whatever_order_edits_are_told(told: list[Part], left: str) -> None:
    parts: tuple[Part, ...] = (Part(message=ROOT, text="asked"), Part(message=REPLY, text="more"))

    for one in told:
        parts = reworded(parts, one)

    assert [part.text for part in parts] == [left, "more"]


def test_an_edit_into_what_it_says_already_costs_no_vote_and_shuts_out_older_words() -> None:
    case = a_case("Please delete the account, and refund the customer")
    request = replace(case.request, parts=reworded(case.request.parts, words(case.request.text, 20)))

    told = confirmed(case, request, MAYA, a_scene(1))

    assert (told.case.version, told.case.gates, told.notices) == (case.version, case.gates, ())
    assert content_of(told.case, MAP) == content_of(case, MAP)
    assert reworded(told.case.request.parts, words("older", 10)) == told.case.request.parts
    assert [one.type for one in told.entries] == ["same_words"]


def test_a_case_that_was_stored_before_edits_had_a_time_is_still_read() -> None:
    case = a_case(CRASH)
    body = body_of(case).replace(',"edited_at":null,"found_at":null', "")
    assert "edited_at" not in body

    row = {"body": body, "number": 1, "revision": 0, "key": case.key, "words": "{}"}

    assert case_of(row).request.parts == (replace(case.request.parts[0], text=""),)


def test_when_words_were_edited_and_found_outlives_the_database() -> None:
    case = a_case(CRASH)
    edited = replace(case, request=replace(case.request, parts=(words("", 20, found=True),)))

    row = {"body": body_of(edited), "number": 1, "revision": 0, "key": case.key, "words": "{}"}

    assert case_of(row).request == edited.request


# Found late.


def more(request: Request, text: str, *, found: bool = True) -> Request:
    part = Part(message=REPLY, text=text, found_at=FOUND_AT if found else None)
    return replace(request, parts=(*request.parts, part))


def routed() -> Case:
    request, scene = a_request(CRASH), a_scene(0)
    case = asked(replace(a_case(CRASH), decision=None, status=Status.RECEIVED, request=request), scene).case
    case = decided(case, decide(opinions(request, MAP), MAP, request, Stance()), scene).case
    assert case.status is Status.ROUTED
    return case


def said_more(case: Case, text: str, *, found: bool = True) -> Case:
    request = more(case.request, text, found=found)
    return amended(case, request, MAYA, decide(opinions(request, MAP), MAP, request, Stance()), a_scene(180)).case


@pytest.mark.parametrize("text", [DOWN, "There was a security breach", "Please refund the customer"])
def test_nothing_risky_goes_on_by_itself_when_what_is_risky_about_it_was_found_late(text: str) -> None:
    in_time, late = (more(a_request(CRASH), text, found=found) for found in (False, True))

    before, after = (decide(opinions(one, MAP), MAP, one, Stance()) for one in (in_time, late))

    assert after.autonomy is not Autonomy.AUTO
    assert (after.risks, after.gates, after.priority) == (before.risks, before.gates, before.priority)


def test_what_was_routed_and_is_found_late_to_be_an_outage_waits_for_somebody_to_say_so() -> None:
    in_time, late = (said_more(routed(), DOWN, found=found) for found in (False, True))

    assert (in_time.status, late.status) == (Status.ROUTED, Status.PROPOSED)
    assert late.decision is not None
    assert in_time.decision is not None
    assert (late.decision.autonomy, late.decision.priority) == (Autonomy.SUGGEST, in_time.decision.priority)
    assert late.decision.destination == in_time.decision.destination


def test_what_somebody_has_stays_with_them_whatever_is_found_late() -> None:
    taken = replace(routed(), status=Status.TAKEN, owner=PersonId("U0LEO"))

    after = said_more(taken, DOWN)

    assert (after.status, after.owner) == (Status.TAKEN, "U0LEO")
    assert after.decision is not None
    assert after.decision.autonomy is Autonomy.SUGGEST


def test_harmless_words_found_late_change_nothing_about_where_it_is() -> None:
    assert said_more(routed(), "It is version 4").status is Status.ROUTED


def test_what_was_an_outage_before_stays_routed_when_harmless_words_are_found_late() -> None:
    outage = said_more(routed(), DOWN, found=False)
    parts = (*outage.request.parts, Part(message=MessageId("3.0"), text="It is version 4", found_at=FOUND_AT))
    request = replace(outage.request, parts=parts)

    after = amended(outage, request, MAYA, decide(opinions(request, MAP), MAP, request, Stance()), a_scene(180)).case

    assert after.status is Status.ROUTED


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Part(message=REPLY, text="more", found_at=FOUND_AT), "15:00 UTC>, 2 h 55 min late: Slack did not tell us."),
        (words(CRASH, 3600, found=True), "15:00 UTC>, 2 h late: Slack did not tell us."),
    ],
)
def test_the_card_says_which_words_were_found_late(found: Part, told: str) -> None:
    case = routed()
    left = tuple(part for part in case.request.parts if part.message != found.message)
    late = replace(case, request=replace(case.request, parts=(*left, found)))

    on_the_card = _words(render(late, Setting(map=MAP, link="", quotes=True)).blocks)

    assert "Some of it found at" in on_the_card
    assert told in on_the_card
