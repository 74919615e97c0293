"""People press what is on a card: what happens, who may, and what they are told when they may not."""

import sqlite3
from pathlib import Path

import pytest

from bot.workspace.model import Message
from routing.kinds import PersonId
from tests.office import ROOT, Office, an_office, words_of

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DELETION = "Delete this customer's account and refund everything immediately."


async def an_invoice(office: Office) -> tuple[str, Message]:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts, saying="Billing")
    return ts, card


async def a_deletion(office: Office) -> tuple[str, Message]:
    ts = await office.says("maya", DELETION)
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts, saying="head of privileged operations")
    return ts, card


async def moves(office: Office, who: str, card: Message, to: str) -> None:
    await office.presses(who, "Reassign", card=card)
    assert await office.fills_in(who, to=to, reason="It belongs there") == {}


def labels(office: Office) -> list[tuple[str, str | None, str | None, str]]:
    path = office.settings.frontdesk_database.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        return store.execute("SELECT code, was, now, by FROM labels ORDER BY id").fetchall()


async def why_labelled(office: Office, card: Message) -> list[str]:
    case = await office.case_on(card)
    bodies = {text.id: text.body for text in await office.bot.store.cases.texts(case.id)}
    path = office.settings.frontdesk_database.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        return [bodies[why] for (why,) in store.execute("SELECT why FROM labels WHERE why IS NOT NULL")]


# Approve route.


async def test_an_owner_who_approves_the_route_takes_it(either_office: Office) -> None:
    office = either_office
    ts, card = await an_invoice(office)

    await office.presses("ines", "Approve route", card=card)

    await office.reads(card, "<@U0INES> has it")
    await office.receipt(ts, saying="<@U0INES> has it, for *Billing*")
    assert (await office.case_on(card)).owner == "U0INES"
    assert labels(office) == [("confirmed", "billing", "billing", "U0INES")]


async def test_a_triage_member_confirms_the_route_and_does_not_take_it(office: Office) -> None:
    ts, card = await an_invoice(office)
    await office.receipt(ts, saying="being confirmed")

    await office.presses("noor", "Approve route", card=card)

    card = await office.reads(card, "<@U0NOOR> confirmed the route")
    assert "with Billing" in words_of(card)
    assert (await office.case_on(card)).owner is None
    await office.presses("noor", "Approve route", card=card)
    assert "confirmed this already" in await office.whisper_to("noor")
    assert len(labels(office)) == 1


async def test_the_asker_does_not_confirm_their_own_route(office: Office) -> None:
    _, card = await an_invoice(office)
    await office.slack.people.join("maya", "billing")

    await office.presses("maya", "Approve route", card=card)
    assert "someone else has to confirm where it goes" in await office.whisper_to("maya")
    await moves(office, "maya", card, "sales")

    elsewhere = await office.next_card("#sales", saying="proposed")
    assert (await office.entries_of(elsewhere))[-2].type == "refused"


@pytest.mark.parametrize(
    ("who", "no"), [("rosa", "Only full members"), ("jonas", "Only people of this workspace can press")]
)
async def test_guests_and_outsiders_never_act_on_a_card(office: Office, who: str, no: str) -> None:
    _, card = await an_invoice(office)
    await office.slack.people.join(who, "billing")

    for button in ("Approve route", "Reassign", "Escalate", "Take", "Resolve…", "Not a request", "Snooze 1 h"):
        await office.presses(who, button, card=card)
        assert no in await office.whisper_to(who)

    assert [one.type for one in await office.entries_of(card)] == ["asked", "decided", *["refused"] * 7]


async def test_who_may_read_a_public_cards_channel_may_act(office: Office) -> None:
    _, card = await an_invoice(office)
    await office.slack.people.join("tom", "billing")

    await office.presses("tom", "Take", card=card)

    await office.reads(card, "<@U0TOM> has it")


async def test_who_cannot_read_a_private_cards_channel_may_not_act(office: Office) -> None:
    _, card = await a_deletion(office)
    taken = await office.case_on(card)

    for button in ("Reassign", "Escalate", "Not a request"):
        value = office.value_of(button, card=card)
        await office.forges("tom", value, on=card, action="more" if button[0] == "N" else button.lower())
        assert "Only people who work on this" in (await office.next_dm("tom")).text

    assert await office.case_on(card) == taken


# Reassign.


async def test_a_reassigned_case_has_one_live_card_and_leaves_a_stub(either_office: Office) -> None:
    office = either_office
    ts, old = await an_invoice(office)

    await office.presses("noor", "Reassign", card=old)
    assert "Where does it belong?" in await office.form_of("noor")
    await office.fills_in("noor", to="sales", reason="They want to buy more pans")

    card = await office.next_card("#sales", saying="with Sales")
    stub = await office.reads(old, "<@U0NOOR> moved it from Billing to Sales")
    assert len(stub.blocks) == 1
    assert "|Go to its card>" in words_of(stub)
    assert not any(block.get("elements", [{}])[0].get("type") == "button" for block in stub.blocks)
    await office.receipt(ts, saying="With *Sales*")
    case = await office.case_on(card)
    assert (case.hops, case.version) == (1, 2)
    assert labels(office) == [("reassigned", "billing", "sales", "U0NOOR")]
    assert (await office.texts_of(card))["reassign_reason"] == "They want to buy more pans"
    assert await why_labelled(office, card) == ["They want to buy more pans"]
    assert (await office.entries_of(card))[-1].facts["hops"] == 1


async def test_going_in_circles_stops_with_a_person_who_sees_the_path(office: Office) -> None:
    ts, card = await an_invoice(office)
    await moves(office, "noor", card, "sales")
    card = await office.next_card("#sales")

    await moves(office, "noor", card, "billing")

    card = await office.next_card("#front-desk", saying="Billing, Sales then Billing")
    await office.receipt(ts, saying="passed around")
    assert (await office.entries_of(card))[-1].type == "loop_stopped"


async def test_more_hops_than_the_map_allows_stop_with_a_person(tmp_path: Path) -> None:
    routes = (ROOT / "routes.yml").read_text().replace("max_hops: 3", "max_hops: 1")
    async with an_office(tmp_path, routes=routes) as office:
        _, card = await an_invoice(office)
        await moves(office, "noor", card, "sales")
        card = await office.next_card("#sales")

        await moves(office, "noor", card, "howto")

        await office.next_card("#front-desk", saying="Billing, Sales then How-to")


async def test_a_gate_goes_along_when_its_case_is_reassigned(office: Office) -> None:
    ts, card = await a_deletion(office)

    await moves(office, "viktor", card, "billing")

    card = await office.reads(card, "is released to Billing")
    await office.receipt(ts, saying="Nothing happens before that")
    assert (await office.case_on(card)).status == "waiting for approval"


async def test_an_approval_does_not_survive_a_reassignment(office: Office) -> None:
    ts, card = await a_deletion(office)
    await office.presses("viktor", "Approve request", card=card)
    await office.fills_in("viktor", reason="Confirmed")
    card = await office.reads(card, "approved the request")

    await moves(office, "hana", card, "billing")

    card = await office.reads(card, "waiting for the head of privileged operations")
    await office.receipt(ts, saying="Nothing happens before that")
    assert all(not gate.votes for gate in (await office.case_on(card)).gates)


async def test_what_is_moved_to_a_privileged_place_waits_for_its_gate(office: Office) -> None:
    ts, old = await an_invoice(office)

    await moves(office, "noor", old, "privileged_ops")

    card = await office.next_card("#privileged-ops", saying="waiting for the head of privileged operations")
    await office.receipt(ts, saying="Nothing happens before that")
    await office.presses("viktor", "Approve request", card=card)
    await office.fills_in("viktor", reason="Fine")
    await office.reads(card, "approved the request")


# Escalate.


async def test_escalating_climbs_the_chain_and_shows_who_was_asked(office: Office) -> None:
    _, card = await an_invoice(office)

    for who, group in (("S0BILLING", True), ("U0ELENA", False), ("S0FRONTDESK", True), ("U0INES", False)):
        await office.presses("noor", "Escalate", card=card)
        form = await office.form_of("noor")
        assert INVOICE in form
        assert "Why here:" in form
        assert "Please decide who takes it" in form
        await office.fills_in("noor", tried="Called the customer")
        mention = f"<!subteam^{who}>" if group else f"<@{who}>"
        await office.reads(card, f"escalated to {mention}")
        ping = await office.next_in_thread("#billing", card.ts, saying=mention)
        assert "<@U0NOOR> escalated #" in words_of(ping)

    await office.presses("noor", "Escalate", card=card)
    assert "Nobody stands above <@U0INES>" in await office.whisper_to("noor")
    texts = await office.texts_of(card)
    assert texts["escalation_tried"] == "Called the customer"
    assert texts["escalation_problem"] == INVOICE


async def test_the_form_to_escalate_with_leads_to_the_request_unless_it_is_private(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    await office.presses("ines", "Escalate", card=card)
    assert f"Request: https://haldengoods.slack.com/archives/C0HELP/p{ts.replace('.', '')}" in await office.form_of(
        "ines"
    )
    await office.slack.people.close_view("ines")

    private = await office.tells_the_bot("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.next_in_dm_thread("maya", private)
    await office.presses("ines", "Escalate", card=card)
    assert "Request: http" not in await office.form_of("ines")


async def test_a_new_team_begins_at_the_bottom_of_its_own_chain(office: Office) -> None:
    _, card = await an_invoice(office)
    for _ in range(2):
        await office.presses("noor", "Escalate", card=card)
        await office.fills_in("noor")
        await office.next_in_thread("#billing", card.ts)
    await office.presses("maya", "Wrong team", card=await office.receipt(card_ts(office)))
    card = await office.next_card("#front-desk")

    await office.presses("noor", "Escalate", card=card)
    await office.fills_in("noor")

    assert "<!subteam^S0FRONTDESK>" in words_of(await office.next_in_thread("#front-desk", card.ts))


def card_ts(office: Office) -> str:
    return next(one.ts for one in office.slack.people.messages("help") if one.text == INVOICE)


# Take, release, resolve, not a request, snooze, details.


async def test_what_is_taken_can_be_let_go(office: Office) -> None:
    ts, card = await an_invoice(office)

    await office.presses("noor", "Take", card=card)
    await office.reads(card, "<@U0NOOR> has it")
    await office.receipt(ts, saying="<@U0NOOR> has it")
    await office.presses("noor", "Release", card=card)

    await office.reads(card, "free to take")
    await office.receipt(ts, saying="With *Billing*")


async def test_resolving_keeps_what_fixed_it_and_tells_the_asker(either_office: Office) -> None:
    office = either_office
    ts, card = await an_invoice(office)
    await office.presses("ines", "Approve route", card=card)
    await office.reads(card, "taken")

    await office.presses("ines", "Resolve…", card=card)
    await office.fills_in("ines", how="fixed", what="Corrected the invoice")

    await office.reads(card, "<@U0INES> closed it: fixed")
    await office.receipt(ts, saying="Solved by <@U0INES>")
    assert (await office.texts_of(card))["resolution"] == "Corrected the invoice"
    assert (await office.entries_of(card))[-1].facts["how"] == "fixed"


async def test_a_form_that_is_sent_after_the_request_changed_closes_nothing(office: Office) -> None:
    ts, card = await an_invoice(office)
    await office.presses("ines", "Take", card=card)
    await office.reads(card, "<@U0INES> has it")
    await office.presses("ines", "Resolve…", card=card)
    await office.form_of("ines")

    await office.edits("maya", ts, INVOICE + " And invoice 7 too.")
    await office.reads(card, "And invoice 7 too")
    await office.next_in_thread("#billing", card.ts, saying="was edited")
    await office.fills_in("ines", how="fixed")

    assert "the request was edited" in await office.whisper_to("ines")
    assert (await office.case_on(card)).status == "taken"


async def test_what_is_no_request_is_closed_and_said_so(office: Office) -> None:
    ts, card = await an_invoice(office)

    await office.presses("noor", "Not a request", card=card)

    await office.reads(card, "not a request")
    await office.receipt(ts, saying="Noted as not a request")
    assert labels(office) == [("not_a_request", "billing", None, "U0NOOR")]


async def test_a_snoozed_case_wakes_whoever_snoozed_it(office: Office) -> None:
    _, card = await an_invoice(office)

    await office.presses("noor", "Snooze 1 h", card=card)
    await office.reads(card, "snoozed until")
    await office.lets_pass(minutes=59)
    await office.reads(card, "snoozed until")
    await office.lets_pass(minutes=2)

    await office.reads(card, "The snooze is over")
    assert "<@U0NOOR>" in words_of(await office.next_in_thread("#billing", card.ts, saying="snooze"))


async def test_the_details_of_a_long_story_can_be_read(office: Office) -> None:
    _, card = await an_invoice(office)
    case = await office.case_on(card)
    noor = PersonId("U0NOOR")
    for _ in range(40):
        await office.bot.presses.take(case.id, case.version, noor)
        await office.bot.presses.release(case.id, case.version, noor)
    await office.settles()

    await office.presses("noor", "Details", card=card)

    told = await office.form_of("noor")
    assert "<@U0MAYA> asked" in told
    assert "more; the audit has them all" in told
    assert "let it go" in told
    await office.presses("maya", "Wrong team", card=await office.receipt(card_ts(office)))
    await office.next_card("#front-desk")


async def test_a_closed_case_can_still_be_looked_at_by_those_who_read_its_channel(office: Office) -> None:
    _, card = await an_invoice(office)
    await office.slack.people.join("tom", "billing")
    await office.presses("noor", "Not a request", card=card)
    await office.reads(card, "not a request")

    await office.presses("tom", "Details", card=card)

    assert "Decision" in await office.form_of("tom")


# The asker's own buttons.


async def test_only_the_asker_says_that_it_is_the_wrong_team(either_office: Office) -> None:
    office = either_office
    ts, old = await an_invoice(office)
    receipt = await office.receipt(ts)

    await office.presses("noor", "Wrong team", card=receipt)
    assert "Only the person who asked" in await office.whisper_to("noor")
    await office.presses("maya", "Wrong team", card=receipt)

    card = await office.next_card("#front-desk", saying="wrong team")
    await office.receipt(ts, saying="Thanks for telling me")
    await office.reads(old, "moved on")
    assert labels(office) == [("wrong_team", "billing", None, "U0MAYA")]
    assert (await office.case_on(card)).status == "in triage"


async def test_wrong_team_on_an_old_receipt_moves_nothing(office: Office) -> None:
    ts, old = await an_invoice(office)
    receipt = await office.receipt(ts)
    value = office.value_of("Wrong team", card=receipt)
    await moves(office, "noor", old, "sales")
    card = await office.next_card("#sales")
    await office.receipt(ts, saying="With *Sales*")

    await office.forges("maya", value, on=receipt)

    assert "it was moved to another team" in await office.whisper_to("maya")
    assert (await office.case_on(card)).status == "routed"


# What was never offered.


@pytest.mark.parametrize("value", ["", "{}", "nonsense", '{"c":"nowhere","n":1,"v":"approve_route"}'])
async def test_a_value_that_is_not_ours_changes_nothing(office: Office, value: str) -> None:
    _, card = await an_invoice(office)
    before = await office.case_on(card)

    await office.forges("noor", value, on=card)

    assert "I no longer know" in await office.whisper_to("noor")
    assert await office.case_on(card) == before


async def test_a_button_whose_value_says_something_else_changes_nothing(office: Office) -> None:
    _, card = await an_invoice(office)
    before = await office.case_on(card)

    await office.forges("noor", office.value_of("Not a request", card=card), on=card, action="approve_route")

    assert "I no longer know" in await office.whisper_to("noor")
    assert await office.case_on(card) == before


async def test_another_cases_value_changes_nothing_and_is_recorded(office: Office) -> None:
    _, mine = await an_invoice(office)
    ts = await office.says("tom", "A hotel chain would like a quote for 400 pans.")
    other = await office.next_card("#sales")
    await office.receipt(ts)
    before = await office.case_on(other)

    await office.forges("noor", office.value_of("Approve route", card=other), on=mine)

    assert "belongs to another request" in await office.whisper_to("noor")
    assert await office.case_on(other) == before
    assert (await office.entries_of(other))[-1].facts["why"] == "misplaced"


async def test_an_old_button_pressed_again_changes_nothing_and_redraws_the_card(office: Office) -> None:
    ts, card = await an_invoice(office)
    value = office.value_of("Approve route", card=card)
    await office.edits("maya", ts, INVOICE + " And invoice 7 too.")
    await office.reads(card, "And invoice 7 too")
    before = await office.case_on(card)

    await office.forges("noor", value, on=card)

    assert "the request was edited" in await office.whisper_to("noor")
    assert await office.case_on(card) == before


# Where outsiders read.


async def test_a_customer_is_told_the_team_and_the_time_and_nothing_else(office: Office) -> None:
    ts = await office.says("jonas", INVOICE, to="#acme-support")
    card = await office.next_card("#billing")
    receipt = words_of(await office.receipt(ts, in_="#acme-support", saying="With *Billing*"))
    assert_tells_nothing_internal(receipt)

    await office.presses("ines", "Approve route", card=card)
    await office.reads(card, "taken")
    receipt = words_of(await office.receipt(ts, in_="#acme-support", saying="With *Billing*. To be solved by"))
    assert_tells_nothing_internal(receipt)

    await office.presses("ines", "Resolve…", card=card)
    await office.fills_in("ines", how="fixed", what="Internal ledger 7 corrected")
    assert_tells_nothing_internal(words_of(await office.receipt(ts, in_="#acme-support", saying="This is closed")))


async def test_a_customers_direct_message_is_answered_with_team_and_time_only(office: Office) -> None:
    ts = await office.tells_the_bot("jonas", INVOICE)
    await office.next_card("#billing")

    receipt = words_of(await office.next_in_dm_thread("jonas", ts))

    assert "With *Billing*" in receipt
    assert_tells_nothing_internal(receipt)


async def test_people_of_another_company_are_offered_no_button_and_a_reply_is_read(office: Office) -> None:
    ts = await office.says("jonas", INVOICE, to="#acme-support")
    card = await office.next_card("#billing")

    receipt = await office.receipt(ts, in_="#acme-support", saying="With *Billing*")
    await office.says("jonas", "It is invoice 7", to="#acme-support", thread=ts)

    assert "button" not in str(receipt.blocks)
    await office.reads(card, "It is invoice 7")
    assert_tells_nothing_internal(words_of(await office.receipt(ts, in_="#acme-support")))


async def test_another_companys_question_is_answered_in_words(office: Office) -> None:
    ts = await office.says("jonas", "The quote has a bug", to="#acme-support")

    receipt = await office.receipt(ts, in_="#acme-support", saying="Is this for *Bugs* or *Sales*?")
    assert "button" not in str(receipt.blocks)
    assert "reply here" in words_of(receipt)
    await office.says("jonas", "It is the wholesale pricing quote page for a reseller", to="#acme-support", thread=ts)

    await office.next_card("#sales")
    await office.receipt(ts, in_="#acme-support", saying="With *Sales*")


def assert_tells_nothing_internal(words: str) -> None:
    for internal in ("<@", "<#", "subteam", "#billing", "because", "keyword", "rule", "%", "Ines", "ledger"):
        assert internal not in words, words
