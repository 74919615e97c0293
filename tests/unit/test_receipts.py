"""What the person who asked is told: in full inside the company, team and time where outsiders read."""

from dataclasses import replace

import pytest

from bot.workspace.blocks import check_message_blocks
from handlers import receipts
from handlers.blocks import Setting
from handlers.pressed import read_value
from routing import gates, lifecycle, rewording, verbs
from routing.kinds import (
    Audience,
    Priority,
    Status,
)
from routing.model import Case, Text
from tests.unit.scenes import ASKER, MAP, a_case, a_scene, holder, someone

SETTING = Setting(map=MAP)
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DANGER = "Delete this customer's account and refund everything immediately."
INES = someone("U0INES", owns=True)


def told(case: Case, reason: str = "") -> str:
    drawn = receipts.render(replace(case, number=7), SETTING, reason=reason)
    check_message_blocks(list(drawn.blocks))
    return drawn.text


def buttons(case: Case) -> list[tuple[str, str]]:
    """Each button's label, and what it names."""
    found = []
    for block in receipts.render(case, SETTING).blocks:
        for one in [block.get("accessory"), *block.get("elements", [])]:  # type: ignore[misc] # our own dicts
            if one and one["type"] == "button":
                pressed = read_value(one["value"])
                found.append((one["text"]["text"], f"{pressed.v}:{pressed.to or ''}" if pressed else ""))
    return found


def from_outside(case: Case) -> Case:
    return replace(case, request=replace(case.request, is_shared=True, audience=Audience.CUSTOMERS))


def expired() -> Case:
    return lifecycle.to_triage(a_case(DANGER), "gate_expired", a_scene(61)).case


def test_a_proposed_receipt_says_who_why_and_until_when() -> None:
    receipt = told(a_case(INVOICE))

    assert receipt.startswith("#7 · With Billing (being confirmed), because it says “billing” and “invoice”.")
    assert "First answer by <!date^1772539200^" in receipt


def test_with_a_team_there_is_a_small_button_for_the_wrong_one() -> None:
    assert buttons(a_case(INVOICE)) == [("Wrong team", "wrong_team:")]


def test_a_taken_receipt_names_who_has_it() -> None:
    taken = verbs.approve_route(a_case(INVOICE), 1, INES, a_scene(5)).case

    assert "<@U0INES> has it, for Billing, because" in told(taken)


def test_a_waiting_receipt_says_who_must_approve_and_that_nothing_happens_before() -> None:
    receipt = told(a_case(DANGER))

    assert "This needs the head of operations to approve it" in receipt
    assert "Nothing happens before that." in receipt
    assert "→ a person looks." in receipt
    assert buttons(a_case(DANGER)) == []


def test_an_approved_receipt_says_who_approved() -> None:
    approved = gates.approve(a_case("Please refund the invoice of Acme"), 1, holder("U0VIKTOR"), None, a_scene(5)).case

    assert approved.status is Status.ROUTED
    assert "approved by <@U0VIKTOR>" in told(approved)


def test_expired_is_not_denied_and_can_be_asked_again() -> None:
    assert "That is not a no" in told(expired())
    assert buttons(expired()) == [("Ask again", "ask_again:")]
    assert buttons(from_outside(expired())) == [("Ask again", "ask_again:")]


def test_a_denied_receipt_says_by_whom_and_quotes_the_reason_as_plain_words() -> None:
    reason = Text(id="t", kind="denial_reason", body="No ticket, <!channel>")
    denied = gates.deny(a_case(DANGER), 1, holder("U0VIKTOR"), reason, a_scene(5)).case

    drawn = receipts.render(denied, SETTING, reason=reason.body)

    assert "Denied by <@U0VIKTOR>" in drawn.text
    assert "<!channel>" not in drawn.text
    assert drawn.blocks[1]["type"] == "rich_text"


def test_a_question_names_its_candidates_and_says_what_silence_means() -> None:
    unsure = a_case("invoice pricing")

    assert "Is this for Billing or Sales?" in told(unsure)
    assert "→ a person looks." in told(unsure)
    assert buttons(unsure) == [
        ("Billing", "answer:billing"),
        ("Sales", "answer:sales"),
        ("Something else", "answer:"),
    ]


def test_a_missing_fact_is_asked_for_and_a_person_is_one_press_away() -> None:
    vague = a_case("It's broken, please help.")

    assert "What is affected? Which system or page, and what did you see?" in told(vague)
    assert buttons(vague) == [("A person, please", "answer:")]


@pytest.mark.parametrize("status", list(Status))
def test_every_state_has_a_receipt(status: Status) -> None:
    case = a_case("invoice pricing") if status is Status.CLARIFYING else replace(a_case(DANGER), status=status)

    assert len(told(case)) > len("#7 · ")


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.CLARIFYING])
@pytest.mark.parametrize("text", [INVOICE, DANGER])
def test_outside_only_the_team_and_the_time_are_told(status: Status, text: str) -> None:
    gated = a_case(text)
    assert gated.decision is not None, "decided by the builder"
    decision = replace(gated.decision, priority=Priority.P0)
    case = from_outside(replace(gated, status=status, decision=decision, owner=INES.id, raised_to=("U0ELENA",)))

    drawn = receipts.render(case, SETTING, reason="We found out about the fraud")

    seen = repr((drawn.text, [block for block in drawn.blocks if block.pop("accessory", "")], drawn.blocks)).lower()
    for secret in (
        "<@",
        "<#",
        "subteam",
        "queue:",
        "handler:",
        "invoice",
        "head of",
        "deletion",
        "refund",
        "p0",
        "fraud",
    ):
        assert secret not in seen


def test_after_an_edit_the_receipt_says_that_the_new_words_count() -> None:
    case = a_case(INVOICE)
    edited = rewording.amended(case, case.request, ASKER, case.decision, a_scene(3)).case

    assert "Edited <!date^" in repr(receipts.render(edited, SETTING).blocks)


def test_a_resolved_receipt_says_how_and_by_whom() -> None:
    solved = verbs.resolve(a_case(INVOICE), 1, INES, "fixed", None, a_scene(9)).case

    assert "Solved by <@U0INES>" in told(solved)
