"""The storyteller at the page: a real bot, the pretend Slack, and people who only have their browser windows."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from routing.map_file import read_map
from tests.browser.tab import Tab, new_tab
from tests.trial import ROOT, Trial, a_trial

WIDE = ViewportSize(width=1280, height=800)


@dataclass(kw_only=True)
class Window:
    """One browser window, in which one is somebody."""

    tab: Tab
    url: str

    @property
    def page(self) -> Page:
        return self.tab.page

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("region", name="Messages")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("region", name="Thread")

    @property
    def guide(self) -> Locator:
        return self.page.get_by_role("complementary", name="Things to try")

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("complementary", name="What just happened")

    @property
    def form(self) -> Locator:
        return self.page.get_by_role("dialog")

    async def opens(self, who: str = "", channel: str = "") -> "Window":
        await self.page.goto(f"{self.url}?as={who}#{channel}" if who else self.url)
        await self._is_ready(who)
        return self

    async def becomes(self, who: str) -> None:
        """By the switch at the top."""
        switch = self.page.get_by_label("Who you are")
        name = next(one for one in await switch.locator("option").all_text_contents() if one.lower().startswith(who))
        await switch.select_option(label=name)
        await self._is_ready(who)

    async def follows(self, button: str, who: str) -> None:
        """One of the guide's own buttons, which may make one somebody else."""
        await self.guide.get_by_role("button", name=re.compile(button)).first.click()
        await self._is_ready(who)

    async def goes_to(self, channel: str) -> None:
        """By the sidebar."""
        await self.page.get_by_role("navigation", name="Channels").get_by_text(channel, exact=True).click()

    async def says(self, text: str, *, in_: str = "help") -> Locator:
        """Typed and sent with Enter; the message as it stands in the channel."""
        box = self.page.get_by_role("textbox", name=re.compile(f"Message #?{in_}"))
        await box.fill(text)
        await box.press("Enter")
        return self.message(text)

    def message(self, saying: str | re.Pattern[str]) -> Locator:
        return self.messages.get_by_role("article").filter(has_text=saying).last

    async def presses(self, button: str, *, on: Locator) -> None:
        """On the card itself, or in its menu."""
        await expect(on).to_be_visible()
        direct = on.get_by_role("button", name=button, exact=True)
        if await direct.count():
            await direct.first.click()
            return
        await on.get_by_role("button", name=re.compile("more", re.IGNORECASE)).first.click()
        await self.page.get_by_role("menuitem", name=button).click()

    async def opens_thread(self, of: Locator) -> Locator:
        await of.get_by_text(re.compile(r"\d+ repl")).click()
        return self.thread

    async def _is_ready(self, who: str) -> None:
        ready = "[data-ready=true]" + (f"[data-me={who}]" if who else "")
        await self.page.wait_for_selector(f"html{ready}")


@dataclass(kw_only=True)
class Company:
    """The running desk, and windows to open."""

    trial: Trial
    browser: Browser
    windows: list[Window] = field(default_factory=list)

    async def window(self, who: str = "", channel: str = "") -> Window:
        window = Window(tab=await new_tab(self.browser), url=self.trial.url)
        await window.page.set_viewport_size(WIDE)
        self.windows.append(window)
        return await window.opens(who, channel)


@asynccontextmanager
async def a_company(folder: Path, browser: Browser) -> AsyncIterator[Company]:
    async with a_trial(folder, read_map(ROOT / "routes.yml")) as trial:
        yield Company(trial=trial, browser=browser)


async def sees(where: Locator, *words: str) -> None:
    for word in words:
        await expect(where).to_contain_text(word)
