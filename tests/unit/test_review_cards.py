"""What a review card shows: one decision, why, three answers; afterwards who said what, and no buttons."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.workspace.blocks import check_message_blocks, check_view
from handlers import review_cards, wording, wording_steps
from handlers.blocks import Drawn, Setting
from handlers.pressed import Verb, read_value
from routing import verbs
from routing.bulletins import Bulletin, BulletinKind
from routing.digests.reviews import Reviews, Unchanged
from routing.kinds import (
    ChannelId,
    DestinationName,
    Finding,
    PersonId,
)
from routing.map import Review as Terms
from routing.model import (
    Case,
    Entry,
    Review,
)
from routing.reviews import key_of
from tests.unit.scenes import MAP, NOON, a_case, a_scene, someone
from tests.unit.test_cards import buttons_of, overflow_of, words_of
from tests.unit.test_review_sample import DAILY, Week

LINK = "https://halden.slack.com/archives/C0HELP/p1"
SETTING = Setting(map=MAP, link=LINK)
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"


async def the_bulletin(destination: str = "billing") -> Bulletin:
    decided_at = NOON - timedelta(days=2)
    week = Week([Unchanged(case=a_case(INVOICE).id, destination=DestinationName(destination), decided_at=decided_at)])
    (card,) = await Reviews(week, week, Terms(share=7, least=5)).compose(DAILY, NOON)
    return card


def a_decided(text: str = INVOICE) -> Case:
    return replace(a_case(text), number=1042)


def found(finding: Finding, to: str | None = None) -> Review:
    return Review(finding=finding, by=PersonId("U0NOOR"), at=NOON, to=DestinationName(to) if to else None)


async def drawn(case: Case) -> Drawn:
    card = review_cards.render(await the_bulletin(), case, SETTING)
    check_message_blocks(list(card.blocks))
    return card


async def told(case: Case) -> str:
    return words_of(list((await drawn(case)).blocks))


async def test_it_asks_whether_the_place_was_right_and_shows_what_was_asked_and_why() -> None:
    card = await drawn(a_decided())
    words = words_of(list(card.blocks))

    assert "*Was this right?* · *#1042* → Billing" in words
    assert INVOICE in words
    assert "it says “billing” and “invoice”" in words
    assert f"<{LINK}|open the request>" in words
    assert buttons_of(card) == ["Right", "Wrong…", "Unsure"]
    assert overflow_of(card) == ["Details"]
    assert card.text == f"Was this right? · #1042 → Billing: {INVOICE}"


async def test_its_bulletin_holds_no_words_of_anybodys() -> None:
    card = await the_bulletin()

    assert (card.key, card.kind, card.to) == (key_of(a_case(INVOICE).id), BulletinKind.REVIEW, ChannelId("C0TRIAGE"))
    assert "invoice" not in card.body


async def test_a_private_request_is_not_quoted_nor_are_the_words_it_was_decided_by() -> None:
    case = a_decided()
    card = await drawn(replace(case, request=replace(case.request, is_private=True)))
    words = words_of(list(card.blocks)) + card.text

    assert "invoice" not in words
    assert LINK not in words
    assert "Details are for those who may work on it" in words
    assert buttons_of(card) == ["Right", "Wrong…", "Unsure"]


async def test_what_people_wrote_and_what_the_map_says_is_no_markup() -> None:
    card = review_cards.render(await the_bulletin("<!here>"), a_decided("<!channel> my *invoice* <@U0BOSS>"), SETTING)

    assert "<!here>" not in card.text
    assert "<!channel>" not in card.text


@pytest.mark.parametrize(
    ("review", "sentence"),
    [
        (found(Finding.RIGHT), "*Reviewed:* right, by <@U0NOOR>"),
        (found(Finding.UNSURE), "*Reviewed:* hard to say, by <@U0NOOR>"),
        (found(Finding.WRONG, "it_access"), "*Reviewed:* wrong, it belongs to IT access; by <@U0NOOR>"),
        (found(Finding.WRONG), "*Reviewed:* wrong, it is no request; by <@U0NOOR>"),
    ],
)
async def test_after_the_review_it_says_who_said_what_and_offers_nothing(review: Review, sentence: str) -> None:
    card = await drawn(replace(a_decided(), review=review))

    assert sentence in words_of(list(card.blocks))
    assert buttons_of(card) == []


async def test_a_wrong_one_that_is_still_open_can_be_reassigned_on_its_own_card() -> None:
    wrong = found(Finding.WRONG, "bugs")
    resolved = verbs.resolve(a_decided(), 1, someone("U0INES", owns=True), "fixed", None, a_scene(9)).case

    assert "it can be reassigned on its own card" in await told(replace(a_decided(), review=wrong))
    assert "reassigned" not in await told(replace(resolved, review=wrong))


async def test_what_was_moved_before_anybody_reviewed_it_is_not_asked_about() -> None:
    moved = verbs.reassign(a_decided(), 1, someone("U0NOOR"), DestinationName("bugs"), None, a_scene(9)).case
    card = await drawn(moved)

    assert "nothing left to review" in words_of(list(card.blocks))
    assert "Why there" not in words_of(list(card.blocks))
    assert buttons_of(card) == []


def test_the_form_offers_every_other_place_and_that_it_is_nobodys_and_moves_nothing() -> None:
    view = review_cards.wrong(a_decided(), SETTING)
    check_view(view)
    blocks: list[dict[str, object]] = view["blocks"]  # type: ignore[assignment] # our own dicts
    options: list[dict[str, object]] = blocks[0]["element"]["options"]  # type: ignore[index] # our own dicts

    assert [one["value"] for one in options] == ["bugs", "privileged_ops", "sales", "shadow", "human_triage", "-"]
    assert "Nothing is moved by this" in words_of(blocks)
    pressed = read_value(str(view["private_metadata"]))
    assert pressed is not None
    assert (pressed.case_id, pressed.v, view["callback_id"]) == ("c1", Verb.REVIEW_WRONG, Verb.REVIEW_WRONG)


def test_nobodys_is_no_place() -> None:
    assert review_cards.belongs_to(review_cards.NOBODYS) is None
    assert review_cards.belongs_to("bugs") == "bugs"


@pytest.mark.parametrize("code", ["own_review", "had_a_hand", "reviewed_already", "changed_since"])
def test_whoever_may_not_review_reads_why(code: str) -> None:
    assert code in wording.REFUSALS
    assert code in wording_steps.WHY_NOT


@pytest.mark.parametrize(
    ("verdict", "to", "sentence"),
    [
        ("right", None, "<@U0NOOR> reviewed where it was sent: right"),
        ("wrong", "bugs", "<@U0NOOR> reviewed where it was sent: wrong, it belongs to Bugs"),
        ("wrong", None, "<@U0NOOR> reviewed where it was sent: wrong, it is no request"),
        ("unsure", None, "<@U0NOOR> reviewed where it was sent: hard to say"),
    ],
)
def test_the_story_of_a_case_tells_of_its_review(verdict: str, to: str | None, sentence: str) -> None:
    facts = {"verdict": verdict, "to": to, "destination": "billing"}
    entry = Entry(type="reviewed", at=NOON, by=PersonId("U0NOOR"), facts=facts)

    assert wording_steps.entry(entry, MAP) == sentence
