"""Who answers, who still has it, and what was not solved after all: told from both sides of the desk."""

from datetime import datetime, timedelta

from bot.workspace.model import Message
from tests.office import Office, words_of

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"


async def an_invoice(office: Office) -> tuple[str, Message]:
    office.heeds_no_digests()
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    return ts, card


async def test_a_colleagues_reply_in_the_askers_thread_is_the_first_answer(either_office: Office) -> None:
    office = either_office
    ts, card = await an_invoice(office)

    await office.says("maya", "It is the one of March", thread=ts)
    await office.reads(card, "*First answer by*")
    await office.says("ines", "looking", thread=ts)
    await office.reads(card, "*First response*")

    await office.says("elena", "me too", thread=ts)
    types = [one.type for one in await office.entries_of(card)]
    assert types == ["asked", "decided", "added", "replied"]
    assert "the first answer came, in time" in (await office.clock_of(card))[-1]
    await office.presses("ines", "Details", card=card)
    details = await office.form_of("ines")
    assert "Clocks" in details
    assert "the first answer came, in time" in details


async def test_a_word_under_the_card_is_the_first_answer_and_the_bots_own_is_not(office: Office) -> None:
    _, card = await an_invoice(office)
    await office.lets_pass(hours=18, minutes=1)
    await office.next_in_thread("#billing", card.ts, saying="the first answer for")
    await office.reads(card, "*First answer by*")

    await office.says("ines", "I'll look at it", to="#billing", thread=card.ts)

    await office.reads(card, "*First response*")


async def test_whoever_is_still_on_it_is_asked_again_after_twice_the_time(either_office: Office) -> None:
    office = either_office
    _, card = await an_invoice(office)
    await office.presses("ines", "Take", card=card)
    taken = await office.case_on(card)
    assert taken.ask_owner_at is not None

    await until(office, taken.ask_owner_at)
    question = await office.next_dm("ines", saying="Are you still on")
    assert "invoice shows the wrong amount" in words_of(question)
    await office.presses("ines", "Yes", card=question)
    answered = await office.reads(question, "you are still on it")
    assert not any(block["type"] == "actions" for block in answered.blocks)

    again = (await office.case_on(card)).ask_owner_at
    assert again is not None
    assert again - office.clock() > timedelta(hours=15)
    assert (await office.case_on(card)).status == "taken"


async def test_whoever_does_not_answer_lets_others_take_it(office: Office) -> None:
    _, card = await an_invoice(office)
    await office.presses("ines", "Take", card=card)
    taken = await office.case_on(card)
    assert taken.ask_owner_at is not None
    await until(office, taken.ask_owner_at)
    question = await office.next_dm("ines", saying="Are you still on")

    asked = await office.case_on(card)
    assert asked.release_at is not None
    await until(office, asked.release_at)

    await office.reads(card, "did not say whether they are still on it, so it is free to take")
    told = await office.next_in_thread("#billing", card.ts, saying="is free to take")
    assert "<!subteam^S0BILLING>" in words_of(told)
    await office.reads(question, "I had no answer")


async def test_who_lets_it_go_in_the_direct_message_has_let_it_go(office: Office) -> None:
    _, card = await an_invoice(office)
    await office.presses("ines", "Take", card=card)
    taken = await office.case_on(card)
    assert taken.ask_owner_at is not None
    await until(office, taken.ask_owner_at)
    question = await office.next_dm("ines", saying="Are you still on")

    await office.presses("ines", "Release", card=question)

    await office.reads(question, "you let it go")
    await office.reads(card, "let it go, so it is free to take")


async def test_what_is_still_broken_is_opened_again_with_whoever_had_it(either_office: Office) -> None:
    office = either_office
    ts, card = await an_invoice(office)
    await office.presses("ines", "Take", card=card)
    await office.presses("ines", "Resolve…", card=card)
    await office.fills_in("ines", how="fixed", what="Sent a new one")
    solved = await office.receipt(ts, saying="Solved")

    await office.presses("maya", "Still broken", card=solved)

    await office.receipt(ts, saying="has it, for *Billing*")
    await office.reads(card, "opened it again")
    told = await office.next_in_thread("#billing", card.ts, saying="says it is not solved")
    assert "<@U0INES>" in words_of(told)
    await office.presses("ines", "Resolve…", card=card)
    await office.fills_in("ines", how="answered")
    await office.receipt(ts, saying="Answered")
    assert "it was opened again" in " ".join(await office.clock_of(card))


async def until(office: Office, moment: datetime) -> None:
    await office.lets_pass(seconds=(moment - office.clock()).total_seconds() + 1)
