"""What those who run the desk are told of it: once for each episode, from its beginning to its end."""

from tests.office import Office, words_of

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
FLOOD = 14


async def test_a_flood_of_one_kind_of_request_is_one_message_until_it_is_over(office: Office) -> None:
    office.heeds_nothing_more()
    await office.says("tom", "How do I export last month's orders as a spreadsheet?")
    await office.settles()
    await office.lets_pass(days=8)
    for at in range(FLOOD):
        await office.says(("maya", "tom", "ines", "noor")[at % 4], f"{INVOICE} It is number {at}.")
        await office.settles()
        await office.lets_pass(seconds=20)

    await office.lets_pass(minutes=5)
    alert = await office.next_card("#frontdesk-ops", saying="billing issue")
    assert "*Within an hour:* 1" in words_of(alert)
    await office.lets_pass(minutes=5)

    await office.lets_pass(hours=3)
    await office.reads(alert, "Over since")
    await office.lets_pass(hours=3)
    assert len(office.slack.people.messages("frontdesk-ops")) == 1
