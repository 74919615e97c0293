"""How far a destination lets the desk go alone: watching, proposing, routing at once."""

from pathlib import Path

from tests.office import ROOT, an_office, words_of

SAMPLE = (ROOT / "routes.yml").read_text()
WATCHED = SAMPLE.replace("owners: [group:sales-team]", "owners: [group:sales-team]\n    autonomy: observe")
WATCHED_OPS = SAMPLE.replace("privileged: true  ", "privileged: true\n    autonomy: observe  ")
QUOTE = "A hotel chain would like a quote for 400 pans."
DELETION = "Delete this customer's account and refund everything immediately."


async def test_what_is_only_watched_says_nothing_to_anyone(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=WATCHED) as office:
        office.heeds_no_digests()  # it is counted all the same
        await office.says("maya", QUOTE)

        (case,) = await office.asked_by("maya")

        assert case.status == "proposed"
        assert case.decision is not None
        assert case.decision.destination == "sales"
        await office.lets_pass(days=3)
        assert office.unread() == []


async def test_a_gate_is_shown_in_triage_even_where_the_desk_only_watches(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=WATCHED_OPS) as office:
        await office.says("maya", DELETION)

        card = await office.next_card("#front-desk", saying="waiting for the head of privileged operations")

        assert "subteam" not in words_of(card)
        assert "Approve request" in words_of(card)
        await office.lets_pass(hours=2, minutes=1)
        await office.lets_pass(hours=1, minutes=30)
        await office.lets_pass(hours=1)
        await office.reads(card, "expired, not denied")
        assert "subteam" not in words_of(card)


async def test_a_gate_on_a_watched_place_opens_for_its_role_and_stays_silent(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=WATCHED_OPS) as office:
        await office.says("maya", DELETION)
        card = await office.next_card("#front-desk")

        await office.presses("viktor", "Approve request", card=card)
        await office.fills_in("viktor")

        await office.reads(card, "approved the request")


async def test_what_a_person_moves_to_a_watched_place_has_a_card_there(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=WATCHED) as office:
        ts = await office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")
        card = await office.next_card("#billing")
        await office.receipt(ts)

        await office.presses("noor", "Reassign", card=card)
        await office.fills_in("noor", to="sales")

        await office.next_card("#sales", saying="with Sales")
        await office.receipt(ts, saying="With *Sales*")


async def test_an_asker_who_was_asked_a_question_is_not_left_without_an_answer(tmp_path: Path) -> None:
    async with an_office(tmp_path, routes=WATCHED) as office:
        ts = await office.says("maya", "The quote has a bug")

        await office.presses("maya", "Sales", card=await office.receipt(ts, saying="Is this for"))

        await office.next_card("#sales", saying="proposed")
        await office.receipt(ts, saying="With *Sales* (being confirmed)")


async def test_what_is_suggested_waits_for_a_person(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        ts = await office.says("maya", QUOTE)

        card = await office.next_card("#sales", saying="proposed → Sales")
        await office.receipt(ts, saying="being confirmed")
        assert (await office.case_on(card)).was_released is False


async def test_what_is_automatic_is_routed_at_once_and_approve_confirms_it(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        ts = await office.says("maya", "How do I export last month's orders as a spreadsheet?")

        card = await office.next_card("#howto", saying="with How-to")
        await office.receipt(ts, saying="With *How-to*, because")
        await office.presses("tom", "Approve route", card=card)

        await office.reads(card, "<@U0TOM> confirmed the route")


async def test_below_the_threshold_automatic_is_only_proposed(tmp_path: Path) -> None:
    routes = SAMPLE.replace("owners: [group:billing-team]", "owners: [group:billing-team]\n    autonomy: auto")
    async with an_office(tmp_path, routes=routes) as office:
        ts = await office.says("maya", "It is about the invoice")

        await office.next_card("#billing", saying="proposed → Billing")
        await office.receipt(ts, saying="being confirmed")
