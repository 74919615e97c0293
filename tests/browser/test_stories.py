"""The desk as people meet it: in a browser, as themselves, with nothing but what is on the page."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.office import Company, a_company, sees

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
RISKY = "Delete this customer's account and refund everything immediately."
VAGUE = "It's broken, please help."
ACCESS = "Please give me access to the billing system."
HOSTILE = (
    '<script>window.hit = 1</script> <img src=x onerror="window.hit = 1"> '
    "<javascript:window.hit=1|press me> [me](javascript:window.hit=1) refund <!channel> <@U0VIKTOR> **bold** &lt;b&gt;"
)


@pytest_asyncio.fixture(loop_scope="session")
async def company(tmp_path: Path, browser: Browser) -> AsyncIterator[Company]:
    """At the end every window was quiet: no error, no warning, no request that left this machine."""
    async with a_company(tmp_path, browser) as opened:
        yield opened
        problems = [problem for window in opened.windows for problem in window.tab.unexpected()]
        for window in opened.windows:
            await window.tab.context.close()
    assert problems == []


async def test_an_empty_desk_explains_itself_and_one_click_asks(company: Company) -> None:
    window = await company.window()
    await sees(window.messages, "Nobody has asked for anything yet", INVOICE, RISKY, VAGUE)
    await window.tab.shot("empty-desk")

    await window.messages.get_by_role("button", name=re.compile("An everyday request")).click()

    await sees(window.thread, INVOICE, "Billing")
    await sees(window.guide, "Be Ines")
    await window.follows("Be Ines", "ines")
    card = window.message("P2 normal")
    await sees(card, INVOICE)
    await window.presses("Approve route", on=card)
    await sees(card, "taken", "Ines")
    await window.tab.shot("everyday-taken")


async def test_the_guide_leads_through_the_gate_by_its_own_buttons(company: Company) -> None:
    window = await company.window()
    await window.messages.get_by_role("button", name=re.compile("A risky one")).click()
    await sees(window.thread, "head of privileged operations")

    await window.follows("Be Grace", "grace")
    await window.presses("Approve request", on=window.message(RISKY))
    await sees(window.messages, "Only visible to you")
    await window.follows("Be Viktor", "viktor")
    await window.presses("Approve request", on=window.message(RISKY))
    await window.form.get_by_role("button", name="Approve request").click()
    await sees(window.message(RISKY), "approved the request")
    await window.follows("Be Marco", "marco")

    await sees(window.message(RISKY), "1 reply")
    await window.tab.shot("guided")


async def test_the_gate_opens_for_its_holder_only_and_every_window_sees_it_at_once(company: Company) -> None:
    maya, grace, viktor = [await company.window(who, at) for who, at in GATE_WINDOWS]
    thread = await maya.opens_thread(await maya.says(RISKY))
    await sees(thread, "head of privileged operations", "Nothing happens before that")
    await expect(maya.page.get_by_role("navigation", name="Channels").get_by_text("privileged-ops")).to_have_count(0)

    await grace.presses("Approve request", on=grace.message(RISKY))
    await sees(grace.messages, "Only visible to you", "Only the head of privileged operations")
    await expect(viktor.messages.get_by_text("Only visible to you")).to_have_count(0)
    await viktor.tab.shot("gated-card")

    await viktor.presses("Approve request", on=viktor.message(RISKY))
    await sees(viktor.form, "exactly as it stands here", RISKY)
    await viktor.tab.shot("approve-form")
    await viktor.form.get_by_role("textbox").fill("Confirmed with the customer")
    await viktor.form.get_by_role("button", name="Approve request").click()

    await sees(grace.message(RISKY), "approved the request")
    await sees(thread, "approved by")
    await expect(thread.get_by_role("article")).to_have_count(2)


GATE_WINDOWS = (("maya", "help"), ("grace", "privileged-ops"), ("viktor", "privileged-ops"))


async def test_who_asked_is_refused_though_they_hold_the_role(company: Company) -> None:
    sam = await company.window("sam", "help")
    await sam.says(ACCESS)

    await sam.goes_to("it-access")
    await sam.presses("Approve request", on=sam.message(ACCESS))

    await sees(sam.messages, "Only visible to you", "someone else has to approve it")


async def test_a_question_is_answered_by_pressing(company: Company) -> None:
    tom = await company.window("tom", "help")
    thread = await tom.opens_thread(await tom.says(VAGUE))
    await sees(thread, "?")
    await tom.tab.shot("asked-back")

    answers = thread.get_by_role("button").filter(has_text=re.compile("person|human", re.IGNORECASE))
    await answers.first.click()

    await tom.becomes("noor")
    await tom.goes_to("front-desk")
    await sees(tom.message(VAGUE), "Tom")


async def test_a_card_is_reassigned_through_its_form_and_leaves_one_line_behind(company: Company) -> None:
    ines = await company.window("ines", "billing")
    maya = await company.window("maya", "help")
    thread = await maya.opens_thread(await maya.says(INVOICE))
    await sees(thread, "Billing")

    await ines.presses("Reassign", on=ines.message(INVOICE))
    await ines.form.get_by_label("Where does it belong?").select_option(value="sales")
    await ines.form.get_by_label("Why?").fill("They want a quote")
    await ines.tab.shot("reassign-form")
    await ines.form.get_by_role("button", name="Move it").click()

    await sees(ines.message("moved on"), "Go to its card")
    await sees(thread, "Sales")
    await ines.becomes("marco")
    await ines.goes_to("sales")
    await sees(ines.message(INVOICE), "Ines")


async def test_an_escalation_reaches_whoever_stands_above(company: Company) -> None:
    ines = await company.window("ines", "billing")
    maya = await company.window("maya", "help")
    await maya.says(INVOICE)

    await ines.presses("Escalate", on=ines.message(INVOICE))
    await expect(ines.form.get_by_label("What is the problem?")).to_have_value(INVOICE)
    await ines.form.get_by_label("What was tried?").fill("Looked at the books")
    await ines.form.get_by_role("button", name="Escalate").click()

    await sees(ines.message(INVOICE), "escalated")


async def test_an_edited_request_voids_its_approval(company: Company) -> None:
    maya, viktor = await company.window("maya", "help"), await company.window("viktor", "privileged-ops")
    asked = await maya.says("Refund order 88120, 10 euros")
    card = viktor.message("88120")
    await viktor.presses("Approve request", on=card)
    await viktor.form.get_by_role("button", name="Approve request").click()
    await sees(card, "approved the request")

    await asked.hover()
    await asked.get_by_role("button", name="Edit message").click()
    box = maya.messages.get_by_role("textbox").first
    await expect(box).to_have_value("Refund order 88120, 10 euros")
    await box.fill("Refund order 88120, 10000 euros")
    await box.press("Enter")

    await sees(maya.message("10000 euros"), "(edited)")
    await sees(viktor.message("10000 euros"), "waiting for the head of privileged operations")
    await expect(viktor.message("10000 euros").get_by_role("button", name="Approve request")).to_be_visible()


async def test_a_request_that_is_taken_back_leaves_the_card_closed(company: Company) -> None:
    maya, ines = await company.window("maya", "help"), await company.window("ines", "billing")
    asked = await maya.says(INVOICE)
    await sees(ines.messages, INVOICE)

    await asked.hover()
    await asked.get_by_role("button", name="Delete message").click()
    await maya.form.get_by_role("button", name="Delete").click()

    await sees(ines.messages, "withdrawn")


async def test_home_lists_what_i_asked_and_takes_it_back(company: Company) -> None:
    maya = await company.window("maya", "help")
    thread = await maya.opens_thread(await maya.says(INVOICE))
    await sees(thread, "Billing")

    await maya.goes_to("Frontdesk · Home")
    home = maya.page.get_by_role("region", name="Home")
    await sees(home, "My requests", INVOICE, "My queue")
    await maya.tab.shot("home")
    await home.get_by_role("button", name="Withdraw").click()
    await maya.form.get_by_role("button", name="Withdraw").click()

    await sees(home, "Nothing open")


async def test_whoever_takes_a_case_finds_it_in_their_queue(company: Company) -> None:
    maya, ines = await company.window("maya", "help"), await company.window("ines", "billing")
    await maya.says(INVOICE)
    await ines.presses("Take", on=ines.message(INVOICE))
    await sees(ines.message(INVOICE), "Ines")

    await ines.goes_to("Frontdesk · Home")

    await sees(ines.page.get_by_role("region", name="Home"), "My queue", INVOICE)


async def test_what_people_write_never_becomes_markup(company: Company) -> None:
    """On the message, the card, the forms, the home tab and in the drawer."""
    maya, viktor = await company.window("maya", "help"), await company.window("viktor", "privileged-ops")
    await maya.says(HOSTILE)
    card = viktor.message("window.hit")
    await sees(card, "<script>", "onerror=")

    await viktor.presses("Approve request", on=card)
    await sees(viktor.form, "<script>", "onerror=")
    await viktor.form.get_by_role("button", name="Cancel").click()
    await viktor.page.get_by_role("button", name="What just happened").click()
    await sees(viktor.drawer, "Chain verified")
    await maya.goes_to("Frontdesk · Home")
    await sees(maya.page.get_by_role("region", name="Home"), "<script>")

    for window in (maya, viktor):
        assert await window.page.evaluate("window.hit") is None
        assert await window.page.locator("img, a[href^='javascript' i], [onerror]").count() == 0


async def test_the_drawer_shows_opinions_decision_audit_and_the_raw_wire(company: Company) -> None:
    viktor, maya = await company.window("viktor", "privileged-ops"), await company.window("maya", "help")
    await maya.says(RISKY)
    card = viktor.message(RISKY)
    await sees(card, "waiting for")

    await card.hover()
    await card.get_by_role("button", name="What happened").click()

    await sees(viktor.drawer, "REQUIRE_APPROVAL", "handler:privileged_ops", "account deletion", "clock paused")
    await sees(viktor.drawer, "Chain verified")
    await sees(viktor.drawer, "chat.postMessage")
    await viktor.tab.shot("drawer")
    await viktor.presses("Approve request", on=card)
    await viktor.form.get_by_role("button", name="Approve request").click()
    await sees(viktor.drawer, "approved", "clock resumed", "Chain verified")


async def test_a_word_to_the_bot_alone_is_a_private_request(company: Company) -> None:
    maya = await company.window("maya", "@frontdesk")

    await maya.says(INVOICE, in_="Frontdesk")

    await sees(await maya.opens_thread(maya.message(INVOICE)), "Billing")


async def test_unread_channels_and_mentions_are_marked_until_they_are_read(company: Company) -> None:
    ines, maya = await company.window("ines", "help"), await company.window("maya", "help")
    channels = ines.page.get_by_role("navigation", name="Channels")

    await maya.says(INVOICE)

    await sees(channels, "1")
    unread = channels.get_by_role("link", name=re.compile(r"billing.*(unread|new|1)"))
    await expect(unread).to_have_count(1)
    await ines.goes_to("billing")
    await expect(unread).to_have_count(0)


async def test_somebody_from_outside_sees_their_own_channel_and_nothing_of_the_house(company: Company) -> None:
    jonas = await company.window("jonas", "acme-support")
    thread = await jonas.opens_thread(await jonas.says("Our invoice shows the wrong amount", in_="acme-support"))
    channels = jonas.page.get_by_role("navigation", name="Channels")

    await sees(thread, "Billing")
    await expect(thread).not_to_contain_text("Ines")
    await expect(channels.get_by_text("help", exact=True)).to_have_count(0)
    await expect(channels.get_by_text("Home")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_usable_on_a_narrow_screen_by_keyboard_alone(company: Company, scheme: str) -> None:
    maya = await company.window("maya", "help")
    await maya.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await maya.page.set_viewport_size({"width": 400, "height": 800})

    await maya.page.get_by_role("textbox", name="Message #help").focus()
    await maya.page.keyboard.type(RISKY)
    await maya.page.keyboard.press("Enter")
    await sees(maya.messages, "1 reply")
    await maya.tab.shot(f"narrow-{scheme}")
    summary = maya.page.get_by_role("button", name=re.compile("1 reply"))
    for _ in range(40):
        await maya.page.keyboard.press("Shift+Tab")
        if await summary.evaluate("one => one === document.activeElement"):
            break
    await maya.page.keyboard.press("Enter")

    await sees(maya.thread, "head of privileged operations")
    assert await maya.page.evaluate("document.documentElement.scrollWidth") <= 400
    await maya.tab.shot(f"narrow-thread-{scheme}")
