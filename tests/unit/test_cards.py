"""What a card shows in each state, and what it offers."""

from dataclasses import replace
from typing import Any

import pytest

from bot.workspace.blocks import check_message_blocks
from handlers import cards
from handlers.blocks import Block, Drawn, Setting
from handlers.pressed import Pressed, read_value
from routing import gates, lifecycle, rewording, verbs
from routing.decisions import Precedent, Record
from routing.kinds import (
    CaseId,
    ChannelId,
    DestinationName,
    Priority,
    Status,
)
from routing.model import Case
from tests.unit.scenes import ASKER, MAP, NOON, a_case, a_request, a_scene, holder, someone

LINK = "https://halden.slack.com/archives/C0HELP/p1"
SETTING = Setting(map=MAP, link=LINK)
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DANGER = "Delete this customer's account and refund everything immediately."


def numbered(case: Case) -> Case:
    return replace(case, number=1042)


def words_of(value: object) -> str:
    """Everything a person could read in there."""
    if isinstance(value, dict):
        own = value.get("text")
        return "\n".join([own if isinstance(own, str) else "", *(words_of(one) for one in value.values())])
    if isinstance(value, list | tuple):
        return "\n".join(words_of(one) for one in value)
    return ""


def elements_of(drawn: Drawn) -> list[Block]:
    found = [block for block in drawn.blocks if block["type"] == "actions"]
    return [element for block in found for element in block["elements"]]  # type: ignore[attr-defined] # our own dicts


def buttons_of(drawn: Drawn) -> list[str]:
    return [words_of(one).strip() for one in elements_of(drawn) if one["type"] == "button"]


def overflow_of(drawn: Drawn) -> list[str]:
    menus = [one for one in elements_of(drawn) if one["type"] == "overflow"]
    return [words_of(option["text"]).strip() for menu in menus for option in menu["options"]]  # type: ignore[attr-defined] # our own dicts


def test_a_proposed_card_offers_to_approve_the_route_and_never_the_request() -> None:
    drawn = cards.render(numbered(a_case(INVOICE)), SETTING)

    assert buttons_of(drawn) == ["Approve route", "Reassign", "Escalate"]
    assert overflow_of(drawn) == ["Take", "Resolve…", "Not a request", "Snooze 1 h", "Details"]


def test_a_gated_card_offers_to_approve_or_deny_the_request_and_never_the_route() -> None:
    drawn = cards.render(numbered(a_case(DANGER)), SETTING)

    assert buttons_of(drawn) == ["Approve request", "Deny", "Reassign", "Escalate"]
    assert overflow_of(drawn) == ["Not a request", "Details"]


def test_a_taken_card_offers_release_and_no_yes() -> None:
    taken = verbs.approve_route(a_case(INVOICE), 1, someone("U0INES", owns=True), a_scene(5)).case

    drawn = cards.render(taken, SETTING)

    assert buttons_of(drawn) == ["Reassign", "Escalate"]
    assert overflow_of(drawn)[0] == "Release"


def told_with(**known: Any) -> str:
    case = numbered(a_case(INVOICE))
    assert case.decision is not None, "decided by the builder"
    return words_of(list(cards.render(replace(case, decision=replace(case.decision, **known)), SETTING).blocks))


def test_a_card_says_what_its_confidence_has_been_worth() -> None:
    assert "sure · cards like this: 38 of the last 40 stood" in told_with(record=Record(stood=38, of=40))


def test_a_card_with_fewer_than_ten_before_it_claims_nothing() -> None:
    told = told_with(record=Record(stood=9, of=9))

    assert "too little history to say more" in told
    assert "9 of" not in told


def test_a_card_says_when_it_was_decided_without_claude_and_why() -> None:
    assert "decided without Claude: its budget is used up" in told_with(without_claude="budget")


def test_a_card_names_the_earlier_cases_that_speak_against_it() -> None:
    bugs = DestinationName("bugs")
    against = tuple(Precedent(number=number, destination=bugs, priority=Priority.P2) for number in (12, 31, 40))

    assert "But #12, #31 and #40, which read like it, went to Bugs." in told_with(against=against)


def test_a_closed_card_offers_nothing_but_its_details() -> None:
    closed = lifecycle.withdrawn(a_case(INVOICE), ASKER, a_scene(2)).case

    drawn = cards.render(closed, SETTING)

    assert buttons_of(drawn) == []
    assert overflow_of(drawn) == ["Details"]


def test_a_card_says_priority_number_state_asker_reason_confidence_and_promise() -> None:
    drawn = cards.render(numbered(a_case(INVOICE)), SETTING)
    told = words_of(list(drawn.blocks))

    assert "🟡 P2 normal" in told
    assert "#1042" in told
    assert "proposed → Billing" in told
    assert INVOICE in told
    assert "<@U0MAYA> asked in <#C0HELP>" in told
    assert f"<{LINK}|open the request>" in told
    assert "it says “billing” and “invoice” · sure" in told
    assert "*First answer by* <!date^1772539200^" in told
    assert drawn.text.startswith("🟡 P2 normal · #1042 · proposed → Billing: My invoice")


def test_a_gated_card_says_the_plan_who_is_asked_how_many_and_until_when() -> None:
    voted = gates.approve(a_case(DANGER), 1, holder("U0VIKTOR"), None, a_scene(5)).case

    told = words_of(list(cards.render(voted, SETTING).blocks))

    assert "waiting for the head of operations" in told
    assert "released to Privileged ops (handler:privileged_ops)" in told
    assert "Frontdesk itself does nothing" in told
    assert "the head of operations (<@U0VIKTOR>, <@U0HANA> and <@U0GRACE>)" in told
    assert "1 of 2 approvals by <@U0VIKTOR>" in told
    assert "expires <!date^" in told


def test_a_p0_behind_a_gate_says_look_now_and_can_be_taken() -> None:
    urgent = a_case("The app is down since 9, and please refund all customers")

    drawn = cards.render(urgent, SETTING)

    told = words_of(list(drawn.blocks))
    assert "*Look now;* nothing is released before the head of operations approves." in told
    assert "*On call:* <@U0NOOR>" in told
    assert overflow_of(drawn)[0] == "Take"


def test_an_edit_that_voids_approvals_says_so_on_the_card() -> None:
    gated = a_case(DANGER)
    assert gated.decision is not None, "decided by the builder"
    request = replace(gated.request, parts=(replace(gated.request.parts[0], text=f"{DANGER} Now!"),))
    edited = rewording.amended(gated, request, ASKER, gated.decision, a_scene(3)).case

    told = words_of(list(cards.render(edited, SETTING).blocks))

    assert "<@U0MAYA> edited the request, and it was checked again; earlier approvals no longer count" in told


def test_a_private_request_is_not_quoted_where_outsiders_read() -> None:
    case = a_case(DANGER)
    private = replace(case, request=replace(case.request, is_private=True, channel=ChannelId("D0MAYA")))

    drawn = cards.render(private, replace(SETTING, quotes=False))

    told = (words_of(list(drawn.blocks)) + drawn.text).lower()
    assert "private request" in told
    for secret in ("account", "refund", "deletion", "payment", LINK):
        assert secret not in told


def test_every_button_carries_the_version_it_was_drawn_for() -> None:
    drawn = cards.render(replace(a_case(INVOICE), version=7), SETTING)

    values = [one["value"] for one in elements_of(drawn) if one["type"] == "button"]
    menus = [one for one in elements_of(drawn) if one["type"] == "overflow"]
    values += [option["value"] for menu in menus for option in menu["options"]]  # type: ignore[attr-defined] # our own dicts

    assert [_pressed(value).n for value in values] == [7] * 8


def test_a_stub_says_what_happened_and_where_the_card_is_and_nothing_of_the_request() -> None:
    moved = numbered(verbs.wrong_team(a_case(INVOICE), 1, ASKER, a_scene(3)).case)

    drawn = cards.stub(moved, SETTING, "https://halden.slack.com/archives/C0TRIAGE/p2")

    told = words_of(list(drawn.blocks))
    assert "<@U0MAYA> says it is with the wrong team" in told
    assert "<https://halden.slack.com/archives/C0TRIAGE/p2|Go to its card>" in told
    assert "invoice" not in told
    assert elements_of(drawn) == []


@pytest.mark.parametrize("status", list(Status))
def test_a_card_can_be_drawn_in_every_state(status: Status) -> None:
    drawn = cards.render(replace(a_case(DANGER), status=status), SETTING)

    check_message_blocks(list(drawn.blocks))
    assert not {"Approve route", "Approve request"} <= set(buttons_of(drawn))


def test_a_case_without_a_decision_still_has_a_card() -> None:
    new = Case(id=CaseId("c1"), key="k", request=a_request("Hello?"), received_at=NOON)

    check_message_blocks(list(cards.render(new, SETTING).blocks))


def _pressed(value: object) -> Pressed:
    pressed = read_value(str(value))
    assert pressed is not None, "the desk can read what it drew"
    return pressed
