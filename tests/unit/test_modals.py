"""What stands in a form: exactly what is agreed to, everything that is known, and no more than is needed."""

import json
from dataclasses import asdict, replace

from bot.workspace.blocks import check_view
from handlers import modals
from handlers.blocks import Setting, View
from handlers.pressed import Verb, read_value
from routing.decisions import (
    Extraction,
    Opinion,
    Reason,
)
from routing.desk import History
from routing.kinds import DestinationName, PersonId
from routing.model import (
    Case,
    Entry,
    Text,
)
from tests.unit.scenes import ASKER, MAP, NOON, a_case
from tests.unit.test_cards import words_of

SETTING = Setting(map=MAP, link="https://halden.slack.com/archives/C0HELP/p1")
DANGER = "Delete this customer's account and refund everything immediately."


def saying(case: Case, text: str, links: tuple[str, ...] = ()) -> Case:
    part = replace(case.request.parts[0], text=text, links=links)
    return replace(case, request=replace(case.request, parts=(part,)))


def seen(view: View) -> str:
    check_view(view)
    return words_of(view["blocks"])


def inputs(view: View) -> dict[str, dict[str, object]]:
    blocks: list[dict[str, object]] = view["blocks"]  # type: ignore[assignment] # our own dicts
    return {str(block["block_id"]): block for block in blocks if block["type"] == "input"}


def test_the_approver_sees_exactly_what_is_released() -> None:
    case = saying(a_case(DANGER), f"{DANGER}\nAlso <https://evil.example|this>\u202e", ("https://files.example/1",))

    told = seen(modals.approve_request(case, SETTING))

    assert f"{DANGER}\nAlso <https://evil.example|this>\ufffd" in told
    assert "https://files.example/1" in told
    assert "released to Privileged ops" in told
    assert "version 1" in told


def test_a_long_request_is_shown_whole_as_far_as_slack_can() -> None:
    text = "".join(f"{number:06d} " for number in range(6_000))
    view = modals.approve_request(saying(a_case(DANGER), text), SETTING)

    assert "005999" in seen(view)


def test_what_cannot_be_shown_is_named() -> None:
    view = modals.approve_request(saying(a_case(DANGER), "x" * 60_000), SETTING)

    assert "13,600 more characters are not shown here" in seen(view)


def test_a_reason_is_asked_for_and_required_only_where_the_map_says_so() -> None:
    case = a_case(DANGER)
    strict = replace(case, gates=tuple(replace(g, need=replace(g.need, reason_required=True)) for g in case.gates))

    assert inputs(modals.approve_request(case, SETTING))["reason"]["optional"] is True
    assert inputs(modals.approve_request(strict, SETTING))["reason"]["optional"] is False
    assert inputs(modals.deny(case, SETTING))["reason"]["optional"] is False


def test_a_form_carries_its_verb_and_the_version_it_was_drawn_for() -> None:
    case = replace(a_case(DANGER), version=4)
    forms = {
        Verb.APPROVE_REQUEST: modals.approve_request(case, SETTING),
        Verb.DENY: modals.deny(case, SETTING),
        Verb.REASSIGN: modals.reassign(case, SETTING),
        Verb.ESCALATE: modals.escalate(case, SETTING),
        Verb.RESOLVE: modals.resolve(case, SETTING),
    }

    for verb, view in forms.items():
        check_view(view)
        pressed = read_value(str(view["private_metadata"]))
        assert pressed is not None
        assert (view["callback_id"], pressed.n, pressed.v) == (verb.value, 4, verb.value)


def test_reassign_offers_every_other_destination_with_human_triage_last() -> None:
    view = modals.reassign(a_case(DANGER), SETTING)

    options = inputs(view)["to"]["element"]["options"]  # type: ignore[index] # our own dicts
    assert [one["value"] for one in options] == ["billing", "bugs", "sales", "shadow", "human_triage"]


def test_reassign_says_so_when_there_is_nowhere_else() -> None:
    case = a_case(DANGER)
    ops = DestinationName("privileged_ops")
    alone = replace(MAP, destinations={ops: MAP.at(ops)}, unknown=ops)

    assert "no other destination" in seen(modals.reassign(case, Setting(map=alone)))


def test_an_escalation_begins_with_what_is_known() -> None:
    case = replace(a_case(DANGER), visited=("billing", "privileged_ops"))  # type: ignore[arg-type] # plain names
    fields = inputs(modals.escalate(case, SETTING))
    begun = {name: str(block["element"].get("initial_value")) for name, block in fields.items()}  # type: ignore[attr-defined] # our own dicts

    assert begun["problem"] == DANGER
    assert begun["tried"] == "It went Billing → Privileged ops."
    assert "P2 normal" in begun["evidence"]
    assert SETTING.link in begun["evidence"]
    assert "approve or deny" in begun["next_step"]


def test_details_tell_the_decision_its_opinions_and_every_step_refusals_included() -> None:
    case = a_case(DANGER)
    opinions = [
        Opinion(source="keywords", reason=Reason(code="keywords", words=("refund",))),
        Opinion(
            source="claude:claude-haiku-5-5",
            reason=Reason(code="claude"),
            extraction=Extraction(summary="A refund is wanted.", evidence="refund everything", customers_affected=1),
        ),
    ]
    entries = [
        Entry(type="asked", at=NOON, by=ASKER),
        Entry(type="denied", at=NOON, by=PersonId("U0VIKTOR"), text="t1"),
        Entry(type="refused", at=NOON, by=PersonId("U0BOB"), facts={"verb": "approve", "why": "not_holder"}),
        Entry(type="voted", at=NOON, by=PersonId("U0HANA"), text="gone"),
    ]
    texts = [
        Text(id="o1", kind="opinions", body=json.dumps([asdict(one) for one in opinions])),
        Text(id="t1", kind="denial_reason", body="Not without a ticket, <!channel>"),
        Text(id="t2", kind="escalation_tried", body="Asked twice"),
    ]

    told = seen(modals.details(History(case=case, entries=entries, texts=texts), SETTING))

    assert "*Verdict:* needs approval first" in told
    assert "*Confidence:* sure" in told
    assert "keywords: it says “refund”" in told
    assert "Claude Haiku: Claude reads it that way" in told
    assert "in short: A refund is wanted. · going by “refund everything” · customers affected: 1" in told
    assert "<@U0VIKTOR> denied the request" in told
    assert "Why denied: “Not without a ticket, <!channel>”" in told
    assert "<@U0BOB> wanted to approve the request, which was refused: they do not hold the role" in told
    assert "(the words were erased)" in told
    assert "What was tried: “Asked twice”" in told


def test_a_long_story_keeps_its_beginning_and_its_end() -> None:
    middle = [Entry(type="snoozed", at=NOON, by=PersonId(f"U0N{number}")) for number in range(300)]
    entries = [Entry(type="asked", at=NOON, by=ASKER), *middle, Entry(type="woke", at=NOON)]

    told = seen(modals.details(History(case=a_case(DANGER), entries=entries, texts=()), SETTING))

    assert "<@U0MAYA> asked" in told
    assert "The snooze is over" in told
    assert "272 more; the audit has them all" in told


def test_a_form_can_be_opened_before_it_is_known_and_a_refusal_can_stand_in_it() -> None:
    assert "One moment" in seen(modals.loading("Details"))
    assert "Only the head" in seen(modals.sentence("Not this time", "Only the head can approve this."))
