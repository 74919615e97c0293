"""A P0 is never silent: who is woken, who is told, and what still may not happen."""

from bot.workspace.model import Message
from tests.office import Office, words_of

OUTAGE = "Checkout is down, customers cannot pay"
RISKY = "Checkout is down for everyone, please refund all orders"


async def an_outage(office: Office) -> tuple[str, Message]:
    ts = await office.says("maya", OUTAGE)
    card = await office.next_card("#payments-oncall", saying="P0 critical")
    await office.next_card("#stakeholders", saying="P0")
    await office.receipt(ts, saying="Payments on-call")
    return ts, card


async def a_risky_outage(office: Office) -> tuple[str, Message]:
    ts = await office.says("maya", RISKY)
    card = await office.next_card("#payments-oncall", saying="Look now;")
    await office.next_card("#stakeholders", saying="P0")
    await office.next_card("#privileged-ops", saying="waits for approval")
    await office.receipt(ts, saying="Nothing happens before that")
    return ts, card


async def test_the_on_call_people_are_named_on_the_card(either_office: Office) -> None:
    _, card = await an_outage(either_office)

    assert "*On call:* <!subteam^S0PAYONCALL>" in words_of(card)


async def test_stakeholders_hear_of_it_once(office: Office) -> None:
    ts, card = await an_outage(office)

    await office.edits("maya", ts, OUTAGE + " since 14:05")
    await office.reads(card, "14:05")
    await office.presses("ines", "Take", card=card)
    await office.reads(card, "<@U0INES> has it")

    told = [one for one in office.slack.people.messages("stakeholders") if "P0" in words_of(one)]
    assert len(told) == 1
    assert OUTAGE in words_of(told[0])


async def test_only_the_configured_role_ends_a_p0(either_office: Office) -> None:
    office = either_office
    ts, card = await an_outage(office)

    for button in ("Resolve…", "Not a request"):
        await office.presses("noor", button, card=card)
        assert "Only the incident commander" in await office.whisper_to("noor")
    await office.presses("leo", "Resolve…", card=card)
    await office.fills_in("leo", how="fixed", what="Rolled back")

    await office.reads(card, "closed it: fixed")
    await office.receipt(ts, saying="Solved by <@U0LEO>")


async def test_behind_a_gate_on_call_looks_and_takes_and_nothing_is_released(either_office: Office) -> None:
    office = either_office
    ts, card = await a_risky_outage(office)
    assert "nothing is released before the head of privileged operations approves" in words_of(card)

    await office.presses("priya", "Take", card=card)
    card = await office.reads(card, "<@U0PRIYA> has it")
    assert (await office.case_on(card)).status == "waiting for approval"
    await office.slack.people.join("viktor", "payments-oncall")
    await office.presses("viktor", "Approve request", card=card)
    await office.fills_in("viktor")

    await office.reads(card, "approved the request")
    case = await office.case_on(card)
    assert (case.status, case.owner) == ("taken", "U0PRIYA")
    await office.receipt(ts, saying="<@U0PRIYA> has it")


async def test_the_gates_own_channel_is_told_where_the_card_hangs(office: Office) -> None:
    await office.says("maya", RISKY)

    line = await office.next_card("#privileged-ops")

    assert "<!subteam^S0PRIVHEADS>" in words_of(line)
    assert "Its card hangs in <#C0PAYONCALL>" in words_of(line)
    await office.next_card("#payments-oncall")
    await office.next_card("#stakeholders")
    await office.receipt(office.slack.people.messages("help")[0].ts)


async def test_who_looks_after_a_p0_keeps_it_when_nobody_approves_in_time(office: Office) -> None:
    ts, card = await a_risky_outage(office)
    await office.presses("priya", "Take", card=card)
    await office.reads(card, "<@U0PRIYA> has it")

    await office.lets_pass(hours=5)

    card = await office.next_card("#front-desk", saying="<@U0PRIYA> has it")
    await office.next_in_thread("#front-desk", card.ts, saying="the solution for")  # was promised within four hours
    await office.next_dm("priya", saying="Are you still on")
    await office.receipt(ts, saying="That is not a no")


async def test_what_becomes_a_p0_wakes_on_call(office: Office) -> None:
    ts = await office.says("maya", "The checkout button has the wrong colour, a bug with an error message")
    card = await office.next_card("#bugs")
    await office.receipt(ts)

    await office.edits("maya", ts, "The app is down, a bug, error message everywhere")

    await office.reads(card, "P0 critical")
    await office.next_in_thread("#bugs", card.ts, saying="<!subteam^S0PLATONCALL>")
    await office.next_card("#stakeholders")
