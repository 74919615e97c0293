"""What people decide teaches the desk: what its confidence is worth, what went elsewhere before, and what it costs."""

from pathlib import Path

from bot.workspace.model import Message
from routing.budget import Ask, Bill
from routing.learner import REST
from routing.tariff import Usage
from storage.audit import verify
from tests.office import Office, an_office, words_of
from tests.stories.test_buttons import moves

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
STICKERS = "The stickers come out blank"


async def confirmed(office: Office, times: int) -> None:
    for number in range(times):
        ts = await office.says("maya", f"{INVOICE} It is number {number}.")
        card = await office.next_card("#billing")
        await office.receipt(ts)
        await office.presses("ines", "Approve route", card=card)
        await office.reads(card, "taken")


async def moved_to_bugs(office: Office, text: str) -> Message:
    ts = await office.says("maya", text)
    card = await office.next_card("#front-desk")
    await office.receipt(ts)
    await moves(office, "noor", card, to="bugs")
    await office.receipt(ts, saying="Bugs")
    await office.reads(card, "moved on")
    return await office.next_card("#bugs")


async def has_learned(office: Office) -> None:
    office.clock.ahead += REST
    await office.bot.learner.sweep()


async def test_a_card_says_how_many_like_it_stood_once_there_are_ten(office: Office) -> None:
    await confirmed(office, 10)

    ts = await office.says("tom", INVOICE)

    card = await office.next_card("#billing")
    await office.receipt(ts)
    assert "cards like this: 10 of the last 10 stood" in words_of(card)


async def test_the_first_cards_claim_nothing(office: Office) -> None:
    ts = await office.says("maya", INVOICE)

    card = await office.next_card("#billing")
    await office.receipt(ts)
    assert "too little history to say more" in words_of(card)


async def test_what_people_decide_is_learned_and_the_audit_has_the_figures(office: Office) -> None:
    await moved_to_bugs(office, STICKERS)
    before = office.bot.learner.learned

    await has_learned(office)

    after = office.bot.learner.learned
    assert before is not None
    assert after is not None
    assert after.lessons == before.lessons + 1
    assert (await verify(office.bot.store)).problem is None


async def test_a_request_like_three_that_went_elsewhere_is_not_routed_by_its_words_alone(office: Office) -> None:
    for hall in ("two", "five", "nine"):
        await moved_to_bugs(office, f"{STICKERS} in hall {hall}")
    await has_learned(office)

    ts = await office.says("tom", f"{STICKERS} in hall seven. How do I get the guide, how to print them?")

    await office.receipt(ts, saying="Is this for *How-to* or *Bugs*?")


async def test_a_case_that_grows_dear_is_told_once_whatever_happens_meanwhile(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        ts = await office.says("maya", INVOICE)
        card = await office.next_card("#billing")
        await office.receipt(ts)
        case = await office.case_on(card)
        purse = office.bot.costs.purse
        hold = await purse.reserve(
            Ask(case=case.id, model="claude-sonnet-5-5", prompt="route/v1", worst=150_000_000, attempt=1)
        )
        assert hold is not None
        usage = Usage(input=1, output=1, cache_read=0, cache_write=0)
        await purse.settle(hold, Bill(outcome="answered", usage=usage, cost=131_000_000, latency_ms=1))

        for _ in range(3):
            await office.bot.costs.sweep()

        line = await office.next_card("#front-desk")
        assert f"Asking Claude about #{case.number} has cost 13 cents so far" in words_of(line)
        await office.reads(card, "Asking Claude has cost 13 cents")
