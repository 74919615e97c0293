"""A real Chromium for every test in this folder, and what no page may do in it: complain, break, leave the machine."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, async_playwright

from tests.browser.board import Board
from tests.browser.tab import WINDOW, Tab, new_tab

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "bot" / "workspace" / "page"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser means one event loop, for this folder only."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        message = f"no Chromium here: none of {', '.join(_NAMES)} is installed"
        if os.environ.get("FRONTDESK_BROWSER") == "required":
            pytest.fail(f"FRONTDESK_BROWSER=required, but {message}")
        pytest.skip(message)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser) -> AsyncIterator[Tab]:
    opened = await new_tab(browser)
    yield opened
    await opened.context.close()
    assert opened.unexpected() == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def drawing_board() -> AsyncIterator[str]:
    """The address of an empty sheet with the renderer loaded, under the page's own content security policy."""
    app = web.Application()
    app.router.add_get("/", _file(HERE / "harness.html"))
    for name in ("harness.js", "harness.css"):
        app.router.add_get(f"/{name}", _file(HERE / name))
    app.router.add_static("/page", PAGE)
    app.on_response_prepare.append(_with_policy)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sheet(browser: Browser) -> AsyncIterator[Tab]:
    """One window for everything that is only drawn: it keeps nothing, and a new one takes a quarter of a second."""
    opened = await new_tab(browser)
    yield opened
    await opened.context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def board(sheet: Tab, drawing_board: str) -> AsyncIterator[Board]:
    for noted in (sheet.problems, sheet.requests, sheet.expected):
        noted.clear()
    await sheet.page.set_viewport_size(WINDOW)
    await sheet.page.emulate_media(color_scheme="light")
    await sheet.page.goto(drawing_board)
    await sheet.page.wait_for_selector("[data-ready]")
    yield Board(page=sheet.page, tab=sheet)
    for other in sheet.context.pages[1:]:
        await other.close()  # a page behind another one is drawn once a second
    assert sheet.unexpected() == []


def _file(path: Path) -> Any:
    async def answer(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return answer


async def _with_policy(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = CSP
