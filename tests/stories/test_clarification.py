"""One question when one question could settle it: who may answer, how, and what silence means."""

from bot.workspace.model import Message
from tests.office import Office, words_of

UNCLEAR = "The quote has a bug"
VAGUE = "It's broken, please help."


async def a_question(office: Office) -> tuple[str, Message]:
    ts = await office.says("maya", UNCLEAR)
    return ts, await office.receipt(ts, saying="Is this for *Bugs* or *Sales*?")


async def test_a_pressed_answer_decides_again(either_office: Office) -> None:
    office = either_office
    ts, question = await a_question(office)

    await office.presses("maya", "Sales", card=question)

    card = await office.next_card("#sales", saying="proposed → Sales")
    await office.receipt(ts, saying="With *Sales* (being confirmed), as you said")
    entry = (await office.entries_of(card))[-1]
    assert (entry.type, entry.by, entry.facts["choice"]) == ("answered", "U0MAYA", "sales")


async def test_nobody_else_answers_for_the_asker(either_office: Office) -> None:
    office = either_office
    ts, question = await a_question(office)

    for button in ("Sales", "Something else"):
        await office.presses("noor", button, card=question)
        assert "Only the person who asked" in await office.whisper_to("noor")

    assert (await office.case_on(question)).status == "clarifying"
    await office.receipt(ts, saying="Is this for")


async def test_something_else_goes_to_a_person(office: Office) -> None:
    ts, question = await a_question(office)

    await office.presses("maya", "Something else", card=question)

    await office.next_card("#front-desk", saying="something else")
    await office.receipt(ts, saying="A person looks at this")


async def test_an_answer_in_words_decides_again(either_office: Office) -> None:
    office = either_office
    ts, _ = await a_question(office)

    await office.says("maya", "It is the wholesale pricing quote page for a reseller", thread=ts)

    card = await office.next_card("#sales", saying="said more")
    receipt = words_of(await office.receipt(ts, saying="With *Sales*"))
    assert "Your reply was read" in receipt
    assert "Edited" not in receipt
    assert (await office.entries_of(card))[-1].type == "added"


async def test_other_peoples_words_in_the_thread_answer_nothing(office: Office) -> None:
    ts, question = await a_question(office)

    await office.says("tom", "I think it is wholesale pricing", thread=ts)

    assert (await office.case_on(question)).status == "clarifying"


async def test_a_second_unclear_answer_goes_to_a_person(office: Office) -> None:
    ts = await office.says("maya", VAGUE)
    await office.receipt(ts, saying="What is affected?")

    await office.says("maya", "It is still broken, you know", thread=ts)

    await office.next_card("#front-desk", saying="still unclear")
    await office.receipt(ts, saying="A person looks at this")


async def test_silence_goes_to_a_person_and_an_answer_after_it_changes_nothing(office: Office) -> None:
    ts, question = await a_question(office)
    value = office.value_of("Sales", card=question)

    await office.lets_pass(minutes=29)
    await office.receipt(ts, saying="Is this for")
    await office.lets_pass(minutes=2)
    card = await office.next_card("#front-desk", saying="not answered in time")
    await office.receipt(ts, saying="I had no answer")
    await office.forges("maya", value, on=question, action="answer:sales")

    assert await office.whisper_to("maya")
    assert (await office.case_on(card)).status == "in triage"


async def test_a_destination_that_was_not_offered_is_no_answer(office: Office) -> None:
    _, question = await a_question(office)
    value = office.value_of("Sales", card=question).replace('"sales"', '"privileged_ops"')

    await office.forges("maya", value, on=question)

    assert await office.whisper_to("maya")
    assert (await office.case_on(question)).status == "clarifying"


async def test_an_answer_does_not_lower_the_risk(office: Office) -> None:
    ts, _ = await a_question(office)

    await office.says("maya", "Sales. And refund the last payment of the customer", thread=ts)

    card = await office.next_card("#privileged-ops", saying="waiting for the head")
    await office.receipt(ts, saying="Nothing happens before that")
    pings = await office.next_in_thread("#privileged-ops", card.ts)
    assert "waits for your approval" in words_of(pings)


async def test_a_vague_request_can_ask_for_a_person(office: Office) -> None:
    ts = await office.says("maya", VAGUE)

    await office.presses("maya", "A person, please", card=await office.receipt(ts, saying="What is affected?"))

    await office.next_card("#front-desk")
    await office.receipt(ts, saying="A person looks at this")
