"""A sheet the renderer draws on, and what it would have told the workspace."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page

from tests.browser.kit import Block
from tests.browser.tab import Tab

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Board:
    page: Page
    tab: Tab

    @property
    def stage(self) -> Locator:
        return self.page.locator("#stage")

    async def draw(self, *blocks: Any, **ctx: Any) -> None:
        await self.page.evaluate("([blocks, ctx]) => board.draw(blocks, ctx)", [list(blocks), ctx])

    async def redraw(self, *blocks: Block, **ctx: Any) -> None:
        """Again, with what stands in the controls now as `given`."""
        await self.page.evaluate("([blocks, ctx]) => board.redraw(blocks, ctx)", [list(blocks), ctx])

    async def mrkdwn(self, text: str, *, verbatim: bool = False) -> None:
        await self.page.evaluate("([text, verbatim]) => board.mrkdwn(text, verbatim)", [text, verbatim])

    async def markdown(self, text: str) -> None:
        await self.page.evaluate("(text) => board.markdown(text)", text)

    async def words(self) -> str:
        return await self.stage.inner_text()

    async def markup(self) -> str:
        """The elements inside the innermost block, for what only their names can tell."""
        return str(await self.stage.locator(".b").first.inner_html())

    async def told(self) -> list[Told]:
        """Once the page has done what it was about to do."""
        settled = "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(board.told))))"
        found: list[Told] = await self.page.evaluate(settled)
        return found

    async def last(self) -> Any:
        """What was chosen or pressed last: the option, else the value."""
        last = (await self.told())[-1]
        return last.get("option", last.get("value"))

    async def values(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.page.evaluate("board.values()")
        return found
