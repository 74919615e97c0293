"""A decision that nobody changed is put to a person in triage, who says whether it was right. Nothing moves."""

from datetime import timedelta
from pathlib import Path

from bot.workspace.model import Message
from routing.bulletins import Appointment, BulletinKind
from routing.digests.reviews import Reviews
from routing.kinds import ChannelId, TeamId
from routing.map import Review
from routing.model import Entry
from storage.bulletins import SqlBulletins
from storage.reviews import SqlSampled
from tests.office import Office, an_office, words_of
from tests.stories.test_buttons import labels

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
TWO_DAYS = timedelta(days=2)


async def confirmed(office: Office) -> Message:
    ts = await office.says("maya", INVOICE)
    card = await office.next_card("#billing")
    await office.receipt(ts)
    await office.presses("ines", "Approve route", card=card)
    return await office.reads(card, "taken")


async def review_of(office: Office, card: Message) -> Message:
    """Two days later."""
    case = await office.case_on(card)
    office.clock.ahead += TWO_DAYS
    driver, team = office.bot.store.driver, TeamId(case.request.team)
    triage = ChannelId(office.bot.map.triage.channel or "")
    bulletins, now = SqlBulletins(driver, team), office.clock()
    daily = Appointment(
        job="review", kind=BulletinKind.REVIEW, to=triage, at=now.time(), days=frozenset(range(7)), zone="UTC"
    )
    told = await Reviews(SqlSampled(driver, team), bulletins, Review(share=7, least=5)).compose(daily, now)
    entry = Entry(type="bulletin_posted", at=now, facts={"job": "review"})
    assert await bulletins.publish("review", now, told, entry, office.bot.map.version)
    await office.settles()
    return await office.next_card("#front-desk", saying="Was this right?")


async def test_what_a_reviewer_finds_right_is_said_on_the_card_and_is_a_label(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        card = await confirmed(office)
        review = await review_of(office, card)
        assert INVOICE in words_of(review)

        await office.presses("noor", "Right", card=review)

        review = await office.reads(review, "*Reviewed:* right, by <@U0NOOR>")
        assert "Unsure" not in words_of(review)
        assert labels(office)[-1] == ("reviewed_right", "billing", "billing", "U0NOOR")


async def test_what_a_reviewer_finds_wrong_stays_where_it_is(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        card = await confirmed(office)
        review = await review_of(office, card)

        await office.presses("noor", "Wrong…", card=review)
        assert await office.fills_in("noor", to="sales") == {}

        await office.reads(review, "*Reviewed:* wrong, it belongs to Sales; by <@U0NOOR>")
        await office.reads(card, "taken · Billing")
        assert labels(office)[-1] == ("reviewed_wrong", "billing", "sales", "U0NOOR")


async def test_who_confirmed_it_does_not_review_it(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        review = await review_of(office, await confirmed(office))

        await office.forges("ines", office.value_of("Right", card=review), on=review)

        assert "someone else has to say whether it was right" in await office.whisper_to("ines")
        await office.presses("noor", "Unsure", card=review)
        await office.reads(review, "*Reviewed:* hard to say")
