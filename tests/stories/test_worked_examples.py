"""The three requests everybody is shown first, over both ways that Slack can reach the bot."""

from tests.office import Office


async def test_an_invoice_goes_to_billing(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")

    card = await office.next_card("#billing")
    await office.receipt(ts, saying="Billing")

    await office.presses("ines", "Approve route", card=card)
    await office.reads(card, "taken")


async def test_a_vague_cry_is_asked_back_and_goes_to_a_person_when_unanswered(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", "It's broken, please help.")
    await office.receipt(ts, saying="?")

    await office.lets_pass(minutes=31)

    await office.next_card("#front-desk")
    await office.receipt(ts, saying="person")


async def test_a_deletion_moves_only_when_another_holder_approves(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", "Delete this customer's account and refund everything immediately.")
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts, saying="head of privileged operations")

    await office.presses("grace", "Approve request", card=card)
    assert "head of privileged operations" in await office.whisper_to("grace")

    await office.presses("viktor", "Approve request", card=card)
    assert "Delete this customer's account" in await office.form_of("viktor")
    await office.fills_in("viktor", reason="Confirmed with the customer")
    await office.reads(card, "approved the request")
