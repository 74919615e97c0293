"""A window of the browser, and everything in it that somebody should know of afterwards."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

WINDOW = ViewportSize(width=1000, height=720)
SHOTS = Path(__file__).parent / "shots"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_INSIDE = ("data", "blob", "about")


@dataclass
class Tab:
    """A fresh window. `expected` holds words of the complaints this very test provokes."""

    page: Page
    context: BrowserContext
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    async def shot(self, name: str) -> Path:
        """What it looks like now, in tests/browser/shots/."""
        path = SHOTS / f"{name}.png"
        await self.page.screenshot(path=path, full_page=True)
        return path

    def unexpected(self) -> list[str]:
        left = [f"left this machine: {url}" for url in self.requests if not _stays_here(url)]
        return [it for it in (*self.problems, *left) if not any(words in it for words in self.expected)]


async def new_tab(browser: Browser) -> Tab:
    context = await browser.new_context(viewport=WINDOW, locale="en-US", timezone_id="UTC")
    context.set_default_timeout(5000)
    opened = Tab(page=await context.new_page(), context=context)
    _watch(opened)
    return opened


def _watch(tab: Tab) -> None:
    def complained(message: Any) -> None:
        if message.type in ("error", "warning"):
            tab.problems.append(f"console {message.type}: {message.text}")

    tab.context.on("console", complained)
    tab.context.on("weberror", lambda problem: tab.problems.append(f"page error: {problem.error}"))
    tab.context.on("request", lambda request: tab.requests.append(request.url))


def _stays_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in _INSIDE or parts.hostname in _LOOPBACK
