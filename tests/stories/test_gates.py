"""A named role must say yes: who may, what exactly they agree to, and what becomes of it when nobody answers."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.workspace.faults import CallFault, HtmlPage, RateLimited, Refused, ServerError
from bot.workspace.model import Message
from routing.kinds import GateState, PersonId
from tests.office import ROOT, Office, an_office, words_of

DELETION = "Delete this customer's account and refund everything immediately."
ANNOUNCE = "Send an e-mail to all customers who bought the recalled kettle."
HEADS = "privileged-ops-heads"
TWO_OF_THREE = (ROOT / "routes.yml").read_text().replace("approvals: 1, expires: 4h", "approvals: 2, expires: 4h")


async def a_deletion(office: Office, who: str = "maya") -> tuple[str, Message]:
    ts = await office.says(who, DELETION)
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts, saying="head of privileged operations")
    return ts, card


async def approves(office: Office, who: str, card: Message) -> None:
    await office.presses(who, "Approve request", card=card)
    await office.fills_in(who, reason="Confirmed with the customer")


async def the_group_becomes(office: Office, *people: str) -> None:
    await office.slack.people.set_group(HEADS, people)
    await office.settles()


# Who may.


async def test_the_asker_is_refused_though_they_hold_the_role_and_so_is_their_deputy(either_office: Office) -> None:
    office = either_office
    _, card = await a_deletion(office, "viktor")

    await office.presses("viktor", "Approve request", card=card)
    assert "You asked for this" in await office.whisper_to("viktor")
    await office.presses("viktor", "Deny", card=card)
    assert "You asked for this" in await office.whisper_to("viktor")
    await office.presses("hana", "Approve request", card=card)
    assert "You stand in for the person who asked" in await office.whisper_to("hana")

    assert (await office.case_on(card)).status == "waiting for approval"


async def test_who_left_the_role_after_the_card_was_drawn_is_refused(either_office: Office) -> None:
    office = either_office
    _, card = await a_deletion(office)
    await the_group_becomes(office, "elena")

    await office.presses("viktor", "Approve request", card=card)

    assert await office.whisper_to("viktor") == "Only the head of privileged operations can approve this."


async def test_who_left_the_role_while_the_form_was_open_is_refused(office: Office) -> None:
    _, card = await a_deletion(office)
    await office.presses("viktor", "Approve request", card=card)
    await office.form_of("viktor")
    await the_group_becomes(office, "elena")

    await office.fills_in("viktor", reason="Fine")

    assert "Only the head" in await office.whisper_to("viktor")
    assert (await office.case_on(card)).status == "waiting for approval"


@pytest.mark.parametrize(("first", "last", "may"), [(-3, 3, True), (-9, -2, False), (2, 9, False)])
async def test_a_deputy_approves_within_their_dates(tmp_path: Path, first: int, last: int, may: bool) -> None:  # noqa: FBT001 - a case of the table
    today = datetime.now(UTC).date()  # noqa: TID251 - the office's clock starts now
    dates = f"from: {today + timedelta(days=first)}, to: {today + timedelta(days=last)}"
    routes = (ROOT / "routes.yml").read_text().replace('{who: "@hana"}', f'{{who: "@hana", {dates}}}')
    async with an_office(tmp_path, routes=routes) as office:
        _, card = await a_deletion(office)

        await office.presses("hana", "Approve request", card=card)

        if may:
            await office.fills_in("hana")
            await office.reads(card, "approved the request")
            assert (await office.entries_of(card))[-1].facts["deputy"] is True
        else:
            assert "Only the head" in await office.whisper_to("hana")


async def test_nobody_stands_for_a_person_who_no_longer_holds_the_role(tmp_path: Path) -> None:
    deputy = '{who: "@hana", stands_for: "@viktor"}'
    routes = (ROOT / "routes.yml").read_text().replace('{who: "@hana"}', deputy)
    async with an_office(tmp_path, routes=routes) as office:
        _, card = await a_deletion(office)
        await the_group_becomes(office, "elena")

        await office.presses("hana", "Approve request", card=card)

        assert "Only the head" in await office.whisper_to("hana")


@pytest.mark.parametrize(
    ("who", "no"), [("rosa", "Only full members"), ("jonas", "Only people of this workspace can press")]
)
async def test_guests_and_outsiders_in_the_group_approve_nothing(office: Office, who: str, no: str) -> None:
    await the_group_becomes(office, "viktor", who)
    _, card = await a_deletion(office)
    await office.slack.people.join(who, "privileged-ops")

    for button in ("Approve request", "Deny"):
        await office.presses(who, button, card=card)
        assert no in await office.whisper_to(who)


async def test_a_bot_in_the_group_approves_nothing(office: Office) -> None:
    await the_group_becomes(office, "viktor", "statusbot")
    _, card = await a_deletion(office)

    await office.forges("statusbot", office.value_of("Approve request", card=card), on=card)
    await office.settles()

    assert (await office.entries_of(card))[-1].facts["why"] == "members_only"
    assert (await office.case_on(card)).gates[0].votes == ()
    for channel in office.slack.workspace.channels.values():
        office.heard |= {(one.channel, one.ts) for one in office.slack.workspace.room(channel.id).values()}


@pytest.mark.parametrize("method", ["usergroups.users.list", "users.info"])
@pytest.mark.parametrize(
    "fault", [Refused(code="internal_error"), ServerError(), HtmlPage(), RateLimited(retry_after_seconds=9)]
)
async def test_when_slack_cannot_say_who_someone_is_nothing_is_allowed(
    office: Office, method: str, fault: CallFault
) -> None:
    _, card = await a_deletion(office)
    await the_group_becomes(office, "viktor", "elena")  # a change, so that the desk has to look them up again
    office.slack.faults.on_call(method, fault)

    await office.presses("viktor", "Approve request", card=card)

    assert "I could not check who may do this" in await office.whisper_to("viktor")
    assert (await office.entries_of(card))[-1].facts["why"] == "unreachable"
    await office.lets_pass(seconds=10)  # as Slack asked, if it did
    await approves(office, "viktor", card)
    await office.reads(card, "approved the request")


async def test_a_holder_who_is_nowhere_else_may_escalate_and_move_a_gated_case(office: Office) -> None:
    await the_group_becomes(office, "viktor", "tom")
    _, card = await a_deletion(office)

    await office.forges("tom", office.value_of("Escalate", card=card), on=card, action="escalate")
    await office.fills_in("tom")
    await office.next_in_thread("#privileged-ops", card.ts, saying="escalated")
    await office.forges("tom", office.value_of("Reassign", card=card), on=card, action="reassign")
    await office.fills_in("tom", to="billing")

    await office.reads(card, "is released to Billing")
    assert (await office.case_on(card)).status == "waiting for approval"


# How many.


async def test_two_of_three_who_press_at_once_are_both_counted(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=TWO_OF_THREE) as office:
        await the_group_becomes(office, "viktor", "elena", "grace")
        await office.slack.people.join("elena", "privileged-ops")
        ts, card = await a_deletion(office)
        for who in ("viktor", "elena"):
            await office.presses(who, "Approve request", card=card)
            await office.form_of(who)

        await asyncio.gather(office.fills_in("viktor"), office.fills_in("elena"))

        card = await office.reads(card, "approved the request")
        await office.receipt(ts, saying="approved by <@U0")
        assert {vote.by for vote in (await office.case_on(card)).gates[0].votes} == {"U0VIKTOR", "U0ELENA"}


async def test_pressing_twice_counts_once(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=TWO_OF_THREE) as office:
        await the_group_becomes(office, "viktor", "elena")
        _, card = await a_deletion(office)
        case = await office.case_on(card)
        viktor = PersonId("U0VIKTOR")

        twice = [office.bot.presses.approve(case.id, case.version, viktor, "") for _ in range(2)]
        outcomes = await asyncio.gather(*twice)

        assert sorted(one.refusal.code if one.refusal else "" for one in outcomes) == ["", "already_voted"]
        await office.reads(card, "1 of 2 approvals by <@U0VIKTOR>")
        await office.presses("viktor", "Approve request", card=card)
        assert "It still needs someone else" in await office.whisper_to("viktor")


async def test_a_vote_makes_nobody_elses_press_stale(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=TWO_OF_THREE) as office:
        await the_group_becomes(office, "viktor", "grace")
        _, card = await a_deletion(office)
        value = office.value_of("Approve request", card=card)
        await approves(office, "viktor", card)
        await office.reads(card, "1 of 2 approvals")

        await office.forges("grace", value, on=card)
        await office.fills_in("grace")

        await office.reads(card, "approved the request")


async def test_a_gate_that_needs_more_people_than_there_are_is_with_a_person_at_once(tmp_path: Path) -> None:
    routes = TWO_OF_THREE.replace("approvals: 2, expires: 4h, backup: security_officer", "approvals: 3, expires: 4h")
    async with an_office(
        tmp_path,
        routes=routes.replace(
            "payment: {role: privileged_ops_head, expires: 4h, backup: security_officer",
            "payment: {role: privileged_ops_head, expires: 4h",
        ).replace(
            "privileged: {role: privileged_ops_head, backup: security_officer", "privileged: {role: privileged_ops_head"
        ),
    ) as office:
        ts = await office.says("maya", DELETION)

        await office.next_card("#front-desk", saying="could approve it")
        await office.receipt(ts, saying="nobody can do that right now")


async def test_when_nobody_can_approve_it_is_said_at_once(either_office: Office) -> None:
    await the_group_becomes(either_office, "rosa", "jonas")
    await either_office.slack.people.set_group("security-officers", [])
    await either_office.slack.people.deactivate("hana")
    office = either_office
    await office.settles()
    ts = await office.says("maya", DELETION)

    card = await office.next_card("#front-desk", saying="nobody can be found who could approve it")
    await office.receipt(ts, saying="nobody can do that right now")
    case = await office.case_on(card)
    assert case.status == "in triage"
    assert case.gates[0].state is GateState.VOID


async def test_when_the_only_holder_asks_their_deputy_does_not_make_it_approvable(tmp_path: Path) -> None:
    routes = (ROOT / "routes.yml").read_text().replace(", backup: security_officer", "")
    async with an_office(tmp_path, routes=routes) as office:
        ts = await office.says("viktor", ANNOUNCE)

        await office.next_card("#front-desk", saying="nobody can be found who could approve it")
        await office.receipt(ts, saying="nobody can do that right now")


async def test_two_roles_are_two_people(office: Office) -> None:
    await the_group_becomes(office, "viktor", "grace")  # grace is the security officer as well
    ts = await office.says("maya", "We were hacked. Delete the customer account of Acme.")
    card = await office.next_card("#privileged-ops", saying="security officer")
    await office.receipt(ts, saying="security officer")

    await approves(office, "grace", card)
    await office.reads(card, "<@U0GRACE> approved")
    await office.presses("grace", "Approve request", card=card)
    assert "You approved this already" in await office.whisper_to("grace")
    assert (await office.case_on(card)).status == "waiting for approval"
    await office.slack.people.set_group("security-officers", ["grace", "viktor"])
    await office.settles()
    await approves(office, "viktor", card)

    await office.reads(card, "approved the request")


async def test_what_was_approved_moves_to_its_destination(either_office: Office) -> None:
    office = either_office
    ts, gate = await a_deletion(office)
    await office.presses("viktor", "Reassign", card=gate)
    await office.fills_in("viktor", to="billing")
    await office.reads(gate, "is released to Billing")

    await approves(office, "hana", gate)

    card = await office.next_card("#billing", saying="with Billing")
    await office.reads(gate, "<@U0HANA> approved the request")
    await office.receipt(ts, saying="With *Billing*, approved by <@U0HANA>")
    assert len(office.slack.workspace.message(gate.channel, gate.ts).blocks) == 1
    await office.reads(card, "approved by <@U0HANA>")


# Of exactly what.


async def test_the_form_shows_exactly_what_is_released(office: Office) -> None:
    text = "Delete the customer account of *Acme* & <Sons>, then\n refund order 88120: 120 €"
    ts = await office.says("maya", text)
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts)

    await office.presses("viktor", "Approve request", card=card)
    await office.form_of("viktor")

    view = office.slack.people.open_view("viktor")
    assert view is not None
    assert text in [block["text"]["text"] for block in view.blocks if block.get("text", {}).get("type") == "plain_text"]
    assert "handler:privileged_ops" in await office.form_of("viktor")


async def test_an_edit_under_an_open_form_refuses_it_and_says_what_changed(either_office: Office) -> None:
    office = either_office
    ts, card = await a_deletion(office)
    await office.presses("viktor", "Approve request", card=card)
    await office.form_of("viktor")

    await office.edits("maya", ts, DELETION + " Twice.")
    await office.reads(card, "Twice")
    await office.next_in_thread("#privileged-ops", card.ts, saying="edited")
    await office.lets_pass(hours=2, minutes=1)
    await office.next_in_thread("#privileged-ops", card.ts, saying="still waits")
    await office.fills_in("viktor")

    assert "the request was edited" in await office.whisper_to("viktor")
    assert (await office.case_on(card)).gates[0].votes == ()


async def test_denying_needs_more_than_spaces_and_is_not_expiring(either_office: Office) -> None:
    office = either_office
    ts, card = await a_deletion(office)

    await office.presses("viktor", "Deny", card=card)
    assert await office.fills_in("viktor", reason="   ") == {"reason": "Please say why, in a few words."}
    await office.fills_in("viktor", reason="The contract runs until May")

    await office.reads(card, "<@U0VIKTOR> denied the request")
    receipt = words_of(await office.receipt(ts, saying="Denied by <@U0VIKTOR>"))
    assert "The contract runs until May" in receipt
    assert "xpired" not in receipt
    await office.lets_pass(hours=9)
    assert (await office.case_on(card)).status == "denied"


async def test_a_reason_that_the_map_requires_is_more_than_spaces(office: Office) -> None:
    ts = await office.says("maya", ANNOUNCE)
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts)

    await office.presses("viktor", "Approve request", card=card)
    assert "reason" in await office.fills_in("viktor", reason=" ")
    await office.fills_in("viktor", reason="The recall was announced")

    await office.reads(card, "approved the request")
    assert (await office.texts_of(card))["approval_reason"] == "The recall was announced"


# By when.


async def test_time_reminds_calls_the_backup_and_then_closes_the_gate(either_office: Office) -> None:
    office = either_office
    ts, card = await a_deletion(office)

    await office.lets_pass(hours=2, minutes=1)
    reminder = await office.next_in_thread("#privileged-ops", card.ts, saying="still waits for")
    assert "<!subteam^S0PRIVHEADS>" in words_of(reminder)
    await office.presses("grace", "Approve request", card=card)
    assert "Only the head of privileged operations" in await office.whisper_to("grace")

    await office.lets_pass(hours=1, minutes=12)
    called = await office.next_in_thread("#privileged-ops", card.ts, saying="you may give it from now on")
    assert "<!subteam^S0SECURITY>" in words_of(called)
    await office.presses("hana", "Details", card=card)
    assert "asked too and may approve from now on" in await office.form_of("hana")

    await office.lets_pass(hours=1)
    triage = await office.next_card("#front-desk", saying="expired, not denied")
    assert "deni" not in words_of(await office.receipt(ts, saying="That is not a no"))
    assert (await office.case_on(triage)).gates[0].state is GateState.EXPIRED


async def test_the_backup_may_approve_from_then_on(office: Office) -> None:
    _, card = await a_deletion(office)
    await office.lets_pass(hours=3, minutes=13)
    await office.next_in_thread("#privileged-ops", card.ts, saying="you may give it")

    await approves(office, "grace", card)

    await office.reads(card, "<@U0GRACE> approved the request")


async def test_after_the_wait_is_over_no_press_counts(office: Office) -> None:
    ts, card = await a_deletion(office)
    await office.presses("viktor", "Approve request", card=card)
    await office.form_of("viktor")
    office.clock.ahead += timedelta(hours=4, minutes=1)

    await office.fills_in("viktor")

    assert "The time to approve this is over" in await office.whisper_to("viktor")
    await office.lets_pass(minutes=1)
    await office.next_card("#front-desk")
    await office.receipt(ts, saying="Nobody approved this in time")


async def test_the_asker_alone_asks_again_and_the_gate_is_new(either_office: Office) -> None:
    office = either_office
    ts, _ = await a_deletion(office)
    await office.lets_pass(hours=5)
    await office.next_card("#front-desk")
    receipt = await office.receipt(ts, saying="ask again")
    value = office.value_of("Ask again", card=receipt)

    await office.presses("noor", "Ask again", card=receipt)
    assert "Only the person who asked" in await office.whisper_to("noor")
    await office.presses("maya", "Ask again", card=receipt)

    card = await office.next_card("#privileged-ops", saying="needs approval")
    await office.next_in_thread("#privileged-ops", card.ts, saying="asked again")
    await office.receipt(ts, saying="Nothing happens before that")
    await approves(office, "viktor", card)
    await office.reads(card, "approved the request")
    await office.forges("maya", value, on=receipt)
    assert await office.whisper_to("maya")
    assert (await office.case_on(card)).status == "routed"


async def test_a_press_on_an_expired_gates_old_card_opens_nothing(office: Office) -> None:
    ts, card = await a_deletion(office)
    value = office.value_of("Approve request", card=card)
    await office.lets_pass(hours=5)
    triage = await office.next_card("#front-desk")
    await office.receipt(ts, saying="ask again")

    await office.forges("viktor", value, on=card, action="approve_request")

    assert "not the newest card of this request" in await office.whisper_to("viktor")
    assert (await office.case_on(triage)).status == "in triage"
