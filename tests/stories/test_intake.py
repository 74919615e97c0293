"""What becomes a case, what does not, and what happens when people change what they said."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.wiring import Options
from bot.workspace.model import File
from routing.pace import UNPACED
from tests.office import Office, OfficeClock, an_office, words_of

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
ACCESS = "Please give me access to the billing system."


@pytest.fixture
async def slow_office(tmp_path: Path) -> AsyncIterator[Office]:
    """Nothing is decided in here: the desk waits for the rest of every burst."""
    async with an_office(
        tmp_path, options=Options(rates=UNPACED, clock=OfficeClock(), patience_seconds=3600)
    ) as opened:
        yield opened


# Where people ask.


async def test_a_direct_message_is_a_private_case_that_colleagues_may_read(either_office: Office) -> None:
    office = either_office
    ts = await office.tells_the_bot("maya", INVOICE)

    card = await office.next_card("#billing")
    assert "wrong amount" in words_of(card)
    assert "Billing" in words_of(await office.next_in_dm_thread("maya", ts))
    (case,) = await office.asked_by("maya")
    assert case.request.is_private


async def test_a_private_request_is_not_quoted_where_outsiders_read(tmp_path: Path) -> None:
    routes = (Path(__file__).parents[2] / "routes.yml").read_text()
    routes = routes.replace('    channel: "#billing"', '    channel: "#acme-support"')
    async with an_office(tmp_path, routes=routes) as office:
        ts = await office.tells_the_bot("maya", INVOICE)

        card = await office.next_card("#acme-support")
        assert "Private request" in words_of(card)
        assert "wrong amount" not in words_of(card) + card.text
        await office.next_in_dm_thread("maya", ts)


async def test_a_mention_is_a_request_wherever_the_bot_is(either_office: Office) -> None:
    office = either_office
    await office.slack.people.join("frontdesk", "random")

    await office.says("maya", "the coffee is good today", to="#random")
    ts = await office.says("maya", f"@frontdesk {INVOICE}", to="#random")

    assert "proposed → Billing: My invoice" in (await office.next_card("#billing")).text
    await office.receipt(ts, in_="#random", saying="Billing")
    assert len(await office.asked_by("maya")) == 1


async def test_a_mention_in_a_watched_channel_makes_one_case(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", f"@frontdesk {INVOICE}")

    await office.next_card("#billing")
    await office.receipt(ts, saying="Billing")
    assert len(await office.asked_by("maya")) == 1


async def test_somebody_elses_mention_in_a_thread_is_a_request_of_its_own(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    await office.next_card("#billing")
    await office.receipt(ts, saying="Billing")

    await office.says("tom", "@frontdesk how do I print a return label for a customer?", thread=ts)

    await office.next_card("#howto")
    await office.next_in_thread("#help", ts, saying="How-to")
    assert len(await office.asked_by("tom")) == 1


async def test_an_outsider_learns_only_the_team_and_the_time(either_office: Office) -> None:
    office = either_office
    ts = await office.says("jonas", "We were charged twice for the March order.", to="#acme-support")

    await office.next_card("#billing")
    told = words_of(await office.receipt(ts, in_="#acme-support", saying="Billing"))
    assert "First answer by" in told
    for inside in ("#billing", "<#", "<@", "because", "rule", "sure", "ines", "owner"):
        assert inside not in told.lower()


async def test_an_outsiders_risky_request_does_not_name_the_role(office: Office) -> None:
    ts = await office.says("jonas", "Delete this customer's account and refund everything.", to="#acme-support")

    await office.next_card("#privileged-ops")
    told = words_of(await office.receipt(ts, in_="#acme-support"))
    assert "head" not in told
    assert "approve" not in told


async def test_files_travel_as_links(office: Office) -> None:
    files = [File(id="F0INVOICE", name="invoice.pdf", mimetype="application/pdf", size=1)]
    ts = await office.slack.people.say("maya", "help", INVOICE, files=files)

    await office.next_card("#billing")
    await office.receipt(ts)
    (case,) = await office.asked_by("maya")
    assert len(case.request.links) == 1
    assert "F0INVOICE" in case.request.links[0]


async def test_talk_to_a_human_always_works(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", "I want to talk to a human, please")

    await office.next_card("#front-desk")
    await office.receipt(ts, saying="You asked for a person")


# What is no request.


@pytest.mark.parametrize("text", ["hi", "good morning everyone!", "thanks a lot 🙏", "fixed it", "never mind"])
async def test_small_talk_makes_no_case(office: Office, text: str) -> None:
    await office.says("maya", text)

    assert await office.asked_by("maya") == []


async def test_joining_and_topics_make_no_case(office: Office) -> None:
    await office.slack.people.leave("maya", "help")
    await office.slack.people.join("maya", "help")
    await office.slack.people.set_topic("maya", "help", "My invoice shows the wrong amount")

    assert await office.asked_by("maya") == []


async def test_other_bots_ask_only_where_they_may(either_office: Office) -> None:
    office = either_office
    people = office.slack.people
    await people.join("statusbot", "help")
    await people.post_as_bot("statusbot", "help", INVOICE)
    await people.post_as_bot("statusbot", "help", INVOICE, webhook=True)
    await office.settles()
    assert office.unread() == []

    ts = await people.post_as_bot("statusbot", "alerts", "Checkout is down, customers cannot pay.", webhook=True)

    await office.next_card("#payments-oncall")
    await office.next_card("#stakeholders")
    await office.receipt(ts, in_="#alerts")


async def test_the_bot_never_answers_itself(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)

    await office.presses("ines", "Approve route", card=card)
    await office.reads(card, "taken")

    await office.settles()
    assert [case.number for case in await office.asked_by("maya")] == [1001]


# Told more than once, or in the wrong order.


async def test_the_same_event_twice_makes_one_case(either_office: Office) -> None:
    office = either_office
    office.slack.faults.duplicate()
    ts = await office.says("maya", INVOICE)

    await office.next_card("#billing")
    await office.receipt(ts)
    assert len(await office.asked_by("maya")) == 1


async def test_an_acknowledgement_that_got_lost_makes_one_case(either_office: Office) -> None:
    office = either_office
    office.slack.faults.drop_acks(times=2 if office.settings.slack_app_token else 1)
    ts = await office.says("maya", INVOICE)

    await office.next_card("#billing")
    await office.receipt(ts)
    assert len(await office.asked_by("maya")) == 1


async def test_an_edit_that_overtakes_its_message_is_not_lost(either_office: Office) -> None:
    office = either_office
    office.slack.faults.hold()
    office.slack.faults.swap_next_two()
    ts = await office.says("maya", "Where do I find the style guide?")
    await office.edits("maya", ts, INVOICE)
    office.slack.faults.release()

    await office.next_card("#billing", saying="wrong amount")
    await office.receipt(ts, saying="Billing")
    assert len(await office.asked_by("maya")) == 1


async def test_a_small_reply_edited_into_a_fact_joins(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    reply = await office.says("maya", "thanks", thread=ts)

    await office.edits("maya", reply, "thanks, it is invoice 20318")

    await office.reads(card, "20318")
    assert len(await office.asked_by("maya")) == 1


# Bursts and threads.


async def test_a_burst_is_one_case(slow_office: Office) -> None:
    office = slow_office
    first = await office.says("maya", "My invoice shows the wrong amount")
    second = await office.says("maya", "number 20318, can someone fix the billing?")
    await office.says("tom", "We were charged twice for the March order.")

    (case,) = await office.asked_by("maya")
    assert [part.message for part in case.request.parts] == [first, second]
    assert len(await office.asked_by("tom")) == 1


async def test_what_was_said_apart_is_two_cases_though_nobody_decided_meanwhile(slow_office: Office) -> None:
    """The desk may have been away: one approval must not release two requests."""
    office = slow_office
    await office.says("maya", "Please refund order 88120")
    await office.settles()
    office.clock.ahead += timedelta(seconds=12)
    await office.says("maya", "Please refund order 90011")

    assert [len(case.request.parts) for case in await office.asked_by("maya")] == [1, 1]


async def test_two_minutes_later_it_is_another_case(slow_office: Office) -> None:
    office = slow_office
    await office.says("maya", "My invoice shows the wrong amount")
    await office.settles()
    await office.lets_pass(minutes=2, seconds=1)
    await office.says("maya", "How do I print a return label?")

    assert len(await office.asked_by("maya")) == 2


async def test_a_reply_by_the_asker_joins_and_one_by_a_colleague_does_not(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)

    await office.says("tom", "I saw that too, on order 88120", thread=ts)
    await office.says("maya", "it is invoice 20318", thread=ts)

    await office.reads(card, "20318")
    (case,) = await office.asked_by("maya")
    assert case.request.text == f"{INVOICE}\nit is invoice 20318"
    assert await office.asked_by("tom") == []


async def test_thanks_in_the_thread_changes_nothing(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    await office.next_card("#billing")
    await office.receipt(ts)
    (before,) = await office.asked_by("maya")

    await office.says("maya", "thanks!", thread=ts)

    assert await office.asked_by("maya") == [before]


# Edits.


async def test_an_edit_decides_again(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)

    await office.edits("maya", ts, "How do I print a return label for a customer?")

    await office.next_card("#howto", saying="return label")
    await office.reads(card, "moved on")
    await office.receipt(ts, saying="How-to")


async def test_a_preview_of_a_link_is_no_edit(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", f"{INVOICE} See https://example.com/20318")
    await office.next_card("#billing")
    await office.receipt(ts)
    (before,) = await office.asked_by("maya")

    await office.slack.people.unfurl("help", ts, "https://example.com/20318")
    await office.edits("maya", ts, f"{INVOICE} See https://example.com/20318")

    assert await office.asked_by("maya") == [before]


async def test_a_greeting_edited_into_a_request_is_one(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", "hi")
    await office.settles()

    await office.edits("maya", ts, INVOICE)

    await office.next_card("#billing")
    await office.receipt(ts, saying="Billing")


async def test_an_edit_voids_an_approval(office: Office) -> None:
    ts = await office.says("maya", "Refund order 88120 in full, the parcel never arrived.")
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts)
    await office.presses("viktor", "Approve request", card=card)
    await office.form_of("viktor")

    await office.edits("maya", ts, "Refund orders 88120 to 88190 in full, the parcels never arrived.")
    await office.reads(card, "88190")
    await office.fills_in("viktor", reason="Confirmed")

    assert "changed" in await office.whisper_to("viktor")
    await office.next_in_thread("#privileged-ops", card.ts)
    (case,) = await office.asked_by("maya")
    assert case.is_gated


async def test_an_edit_of_released_work_is_told_to_its_owner(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.presses("ines", "Approve route", card=card)
    await office.receipt(ts, saying="has it")

    await office.edits("maya", ts, f"{INVOICE} It is number 20318.")

    told = await office.next_in_thread("#billing", card.ts)
    assert "<@U0INES>" in told.text
    await office.reads(card, "20318")
    assert "has it" in words_of(await office.receipt(ts, saying="Edited"))


async def test_an_edit_of_released_work_that_nobody_took_is_told_to_its_owners(office: Office) -> None:
    ts = await office.says("maya", "How do I print a return label for a customer?")
    card = await office.next_card("#howto")
    await office.receipt(ts, saying="How-to")

    await office.edits("maya", ts, "How do I print two return labels for a customer?")

    assert "<@U0NOOR>" in (await office.next_in_thread("#howto", card.ts)).text


async def test_released_work_that_becomes_risky_waits_at_a_new_gate(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.presses("ines", "Approve route", card=card)
    await office.receipt(ts, saying="has it")

    await office.edits("maya", ts, f"{INVOICE} And refund order 88120 in full.")

    gated = await office.next_card("#privileged-ops", saying="88120")
    await office.reads(card, "moved on")
    assert "<@U0INES>" in (await office.next_in_thread("#privileged-ops", gated.ts, saying="U0INES")).text
    await office.next_in_thread("#privileged-ops", gated.ts, saying="S0PRIVHEADS")
    (case,) = await office.asked_by("maya")
    assert case.is_gated


# Deletions.


async def test_a_deleted_request_is_withdrawn(slow_office: Office) -> None:
    office = slow_office
    ts = await office.says("maya", INVOICE)
    assert len(await office.asked_by("maya")) == 1

    await office.deletes("maya", ts)

    assert await office.asked_by("maya") == []


async def test_a_deleted_request_with_answers_is_withdrawn_and_the_card_says_so(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)

    await office.deletes("maya", ts)

    await office.reads(card, "withdr")
    await office.receipt(ts, saying="Withdrawn")
    assert await office.asked_by("maya") == []


async def test_a_deletion_that_overtakes_its_message_leaves_no_case(either_office: Office) -> None:
    office = either_office
    office.slack.faults.hold()
    office.slack.faults.swap_next_two()
    ts = await office.says("maya", INVOICE)
    await office.deletes("maya", ts)
    office.slack.faults.release()

    assert await office.asked_by("maya") == []


async def test_deleting_a_part_takes_only_that_part(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    reply = await office.says("maya", "it is invoice 20318", thread=ts)
    await office.reads(card, "20318")

    await office.deletes("maya", reply)

    (case,) = await office.asked_by("maya")
    assert case.request.text == INVOICE


async def test_deleting_the_first_of_a_burst_withdraws_it_all(slow_office: Office) -> None:
    office = slow_office
    first = await office.says("maya", "My invoice shows the wrong amount")
    await office.says("maya", "number 20318, can someone fix the billing?")
    assert len(await office.asked_by("maya")) == 1

    await office.deletes("maya", first)

    assert await office.asked_by("maya") == []


# Strange words.

STRANGE = {
    "nul": "My invoice\x00 shows the wrong amount, fix the billing",
    "half a character": "My invoice \ud83d shows the wrong amount, fix the billing",
    "long": INVOICE + " and more" * 4_500,
    "deep": INVOICE + " Z" + "\u0335\u0336\u0337" * 2_000 + " 👩‍👩‍👧‍👦" * 300 + "\u202eabc",
    "marks": INVOICE + " <!channel> <!here> <@U0ELENA> <!subteam^S0BILLING> <https://evil.example|bank> *b* `c`" * 5,
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
async def test_strange_words_never_break_the_queue(either_office: Office, text: str) -> None:
    office = either_office
    people = office.slack.people
    await people.join("statusbot", "help")
    ts = await people.post_as_bot("statusbot", "alerts", text)
    # A line that is turned around hides something: a person agrees to it first.
    await office.next_card("#privileged-ops" if "\u202e" in text else "#billing")
    await office.receipt(ts, in_="#alerts")

    other = await office.says("maya", INVOICE)
    await office.next_card("#billing")
    await office.receipt(other)


async def test_words_after_a_closed_case_are_a_new_request(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.presses("ines", "Resolve…", card=card)
    await office.fills_in("ines", how="fixed", what="Corrected the amount")
    solved = await office.receipt(ts, saying="Solved")

    await office.says("maya", "thanks!", thread=ts)
    await office.says("maya", "The invoice still shows the wrong amount", thread=ts)

    await office.next_card("#billing", saying="still shows")
    await office.next_in_thread("#help", ts, saying="#1002")
    await office.reads(solved, "Solved")


async def test_no_words_of_a_request_are_alive_on_a_card(office: Office) -> None:
    text = STRANGE["marks"]
    ts = await office.slack.people.post_as_bot("statusbot", "alerts", text)
    card = await office.next_card("#billing")
    receipt = await office.receipt(ts, in_="#alerts")

    for message in (card, receipt):
        for mark in ("<!channel", "<!here", "<!subteam", "<@U0ELENA>", "<https://evil"):
            assert mark not in _alive(message.blocks) + message.text


def _alive(part: object) -> str:
    """Everything on a message in which Slack reads marks, and the marks it was given as such."""
    if isinstance(part, Mapping):
        if part.get("type") in {"user", "usergroup", "broadcast"}:
            return f"<!{part.get('range', 'subteam')}"
        kept = str(part["text"]) if part.get("type") == "mrkdwn" else ""
        return kept + " ".join(_alive(value) for value in part.values())
    if isinstance(part, list | tuple):
        return " ".join(_alive(one) for one in part)
    return ""
