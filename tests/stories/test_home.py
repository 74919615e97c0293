"""The home tab: what I asked for, what is mine to do, and taking a request back."""

from tests.office import Office, words_of

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"


async def home_of(office: Office, who: str, *, saying: str) -> str:
    def found() -> str | None:
        view = office.slack.people.home(who)
        told = office.words_in(view) if view else ""
        return told if saying in told else None

    return await office.until(found, hint=f"{saying!r} in {who}'s home tab")


async def test_my_requests_are_listed_and_can_be_withdrawn(either_office: Office) -> None:
    office = either_office
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    await office.slack.people.open_home("maya")
    told = await home_of(office, "maya", saying="My invoice shows the wrong amount")
    assert "First answer by" in told

    await office.slack.people.press_in_view("maya", "withdraw", home=True)

    await office.reads(card, "<@U0MAYA> withdrew the request")
    await office.receipt(ts, saying="Withdrawn")
    await home_of(office, "maya", saying="Nothing open")


async def test_what_i_took_is_in_my_queue_and_tells_me_when_it_is_withdrawn(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    await office.presses("ines", "Take", card=card)
    await office.reads(card, "<@U0INES> has it")
    await office.slack.people.open_home("ines")
    await home_of(office, "ines", saying="taken · Billing")

    await in_my_queue(office, "ines", "Details")
    assert "What happened" in await office.form_of("ines")
    await in_my_queue(office, "ines", "Snooze until morning")
    await office.reads(card, "snoozed until")
    await office.slack.people.open_home("maya")
    await home_of(office, "maya", saying="Withdraw")
    await office.slack.people.press_in_view("maya", "withdraw", home=True)

    assert "<@U0INES>" in words_of(await office.next_in_thread("#billing", card.ts, saying="was withdrawn"))
    await office.receipt(ts, saying="Withdrawn")


async def in_my_queue(office: Office, who: str, label: str) -> None:
    """One of the choices beside the first case there."""
    view = office.slack.people.home(who)
    assert view is not None
    beside = next(block["accessory"] for block in view.blocks if str(block.get("block_id")) == "queue_0")
    value = next(one["value"] for one in beside["options"] if one["text"]["text"] == label)
    await office.slack.people.press_in_view(who, "more", option=value, block_id="queue_0", home=True)


async def test_an_old_withdraw_of_a_closed_request_changes_nothing(office: Office) -> None:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    await office.slack.people.open_home("maya")
    await home_of(office, "maya", saying="Withdraw")
    await office.presses("noor", "Not a request", card=card)
    await office.reads(card, "not a request")

    await office.slack.people.press_in_view("maya", "withdraw", home=True)

    assert "closed" in words_of(await office.next_dm("maya"))
    await home_of(office, "maya", saying="Nothing open")


async def test_what_waits_for_my_approval_is_listed_for_holders_and_deputies_and_nobody_else(office: Office) -> None:
    ts = await office.says("maya", "Please refund order 88120 in full")
    card = await office.next_card("#privileged-ops")
    await office.receipt(ts)

    for who in ("viktor", "hana"):
        await office.slack.people.open_home(who)
        assert "88120" in await home_of(office, who, saying="Waiting for my approval")
    for who in ("maya", "grace", "rosa"):
        await office.slack.people.open_home(who)
        assert "Waiting for my approval" not in await home_of(office, who, saying="My queue")

    await office.slack.people.press_in_view("viktor", "approve_request", home=True)
    assert "88120" in await office.form_of("viktor")
    await office.fills_in("viktor", reason="Confirmed")
    await office.reads(card, "approved the request")
    await office.receipt(ts, saying="approved by")
    await office.slack.people.open_home("viktor")
    await home_of(office, "viktor", saying="My requests")
