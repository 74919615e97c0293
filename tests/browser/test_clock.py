"""The clock of the page: moved on by hand, and everything that names a time follows it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from bot.trial.guide import OUTAGE
from tests.browser.office import Company, Window, a_company, sees

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
NINE = re.compile(r"\w{3},? \d+ \w{3},? 09:01 CET")


@pytest_asyncio.fixture(loop_scope="session")
async def company(tmp_path: Path, browser: Browser) -> AsyncIterator[Company]:
    """At the end every window was quiet: no error, no warning, no request that left this machine."""
    async with a_company(tmp_path, browser) as opened:
        yield opened
        problems = [problem for window in opened.windows for problem in window.tab.unexpected()]
        for window in opened.windows:
            await window.tab.context.close()
    assert problems == []


def clock_of(window: Window) -> Locator:
    return window.page.get_by_role("group", name="Clock")


async def test_next_morning_breaks_what_nobody_kept_in_every_window(company: Company) -> None:
    priya, jonas = await company.window("priya", "payments-oncall"), await company.window("jonas", "acme-support")
    await jonas.says(OUTAGE, in_="acme-support")
    await sees(priya.message(OUTAGE), "First answer by", "today")
    await expect(clock_of(priya)).not_to_contain_text("ahead")
    await priya.tab.shot("clock")

    await clock_of(priya).get_by_role("button", name="Next morning").click()

    await sees(priya.message(OUTAGE), "First answer was due", "now raised to")
    for window in (priya, jonas):
        await expect(clock_of(window)).to_contain_text(NINE)
        await expect(clock_of(window).get_by_role("status")).to_contain_text(re.compile(r"\d+ (hour|day)s ahead"))
    await expect(priya.messages).not_to_contain_text("Today")
    await expect(clock_of(priya).get_by_role("button", name="Next morning")).to_be_focused()
    await priya.tab.shot("clock-next-morning")
    await jonas.says("Is anybody there?", in_="acme-support")
    await sees(jonas.messages, "Today", "8:01 AM")  # as the browser's zone has it


async def test_the_guide_moves_the_clock_too(company: Company) -> None:
    window = await company.window()
    await window.messages.get_by_role("button", name=re.compile("An outage")).click()
    await sees(window.guide, "You should see the card say that the first answer was due")
    await window.follows("Be Priya", "priya")
    await sees(window.message(OUTAGE), "First answer by")

    await window.guide.get_by_role("button", name="Next morning").click()

    await sees(window.message(OUTAGE), "First answer was due")
    await expect(clock_of(window)).to_contain_text(NINE)
    await window.tab.shot("clock-guide")


async def test_an_hour_is_a_button_of_its_own(company: Company) -> None:
    tom = await company.window("tom", "help")
    thread = await tom.opens_thread(await tom.says("It's broken, please help."))
    await sees(thread, "?")

    await clock_of(tom).get_by_role("button", name="+1 hour").click()

    await sees(thread, "A person looks at this")
    await expect(clock_of(tom).get_by_role("status")).to_contain_text("1 hour ahead")


async def test_the_clock_fits_a_phone_and_the_dark(company: Company) -> None:
    window = await company.window("maya", "help")
    await clock_of(window).get_by_role("button", name="Next morning").click()
    await expect(clock_of(window)).to_contain_text(NINE)
    for scheme in ("light", "dark"):
        for width in (1280, 900, 360):
            await window.page.emulate_media(color_scheme=scheme)
            await window.page.set_viewport_size({"width": width, "height": 740})
            await window.tab.shot(f"clock-{scheme}-{width}")
            for button in await clock_of(window).get_by_role("button").all():
                await expect(button).to_be_in_viewport(ratio=1)
            assert await window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
