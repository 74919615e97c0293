"""The page over HTTP: its files, who may reach it, what people do on it, and looking behind it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.desktop import Desktop, MovableClock
from bot.workspace.faults import AppliedThenDropped, RateLimited
from bot.workspace.guard import loopback_only
from bot.workspace.model import NotPossibleError
from bot.workspace.pages import FOLDER
from bot.workspace.server import PretendSlack
from bot.workspace.state import Workspace
from tests.contract.test_workspace_files import PNG, brought, picture
from tests.contract.test_workspace_setup import (
    NOON,
    TOKENS,
    UNLIMITED,
    Clock,
    bolt_app,
    client_of,
    heard,
    manifest,
    on_socket,
    pretend_slack,
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A browser, more or less."""

    slack: PretendSlack
    session: aiohttp.ClientSession

    @property
    def base(self) -> str:
        return self.slack.api_url.removesuffix("/api/")

    async def gets(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.session.get(self.base + path, headers=headers, allow_redirects=False) as response:
            text = await response.text()
            return response.status, json.loads(text) if response.content_type == "application/json" else text

    async def posts(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(self.base + path, data=raw, headers=headers) as response:
            return response.status, await response.json()

    async def does(self, who: str, do: str, **what: Any) -> Json:
        """What is possible."""
        status, answer = await self.posts("/control/act", {"as": who, "do": do, **what})
        assert (status, answer["ok"]) == (200, True), answer
        return dict(answer)

    async def kinds_of(self, file_id: str, *people: str) -> dict[str, tuple[str, bytes]]:
        """Who is shown a file, as what, and what it holds."""
        shown: dict[str, tuple[str, bytes]] = {}
        for who in people:
            async with self.session.get(f"{self.base}/control/files/{file_id}?as={who}") as response:
                if response.status == 200:
                    shown[who] = response.content_type, await response.read()
        return shown

    async def cannot(self, who: str, do: str, **what: Any) -> str:
        """What is not, and the sentence that says so."""
        status, answer = await self.posts("/control/act", {"as": who, "do": do, **what})
        assert (status, answer["ok"]) == (200, False), answer
        return str(answer["problem"])


@asynccontextmanager
async def a_page(desktop: Desktop | None = None, clock: Clock | None = None) -> AsyncIterator[Visitor]:
    workspace = Workspace(HALDEN_GOODS, clock=clock or Clock())
    served = PretendSlack(workspace, manifest=manifest(), tokens=TOKENS, limits=UNLIMITED, desktop=desktop or Desktop())
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            environment.delenv(name, raising=False)
        async with served as slack, aiohttp.ClientSession() as session:
            yield Visitor(slack=slack, session=session)


@asynccontextmanager
async def a_desk(answer: Any, *middlewares: Any) -> AsyncIterator[str]:
    """An inspection server that answers everything with that handler."""
    app = web.Application(middlewares=middlewares)
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def raw(visitor: Visitor, request: str) -> str:
    """What is sent exactly as it is written, which no client would do."""
    address = visitor.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(address[0], int(address[1]))
    writer.write(request.replace("\n", "\r\n").encode())
    try:
        return (await asyncio.wait_for(reader.read(400), 2)).decode()
    finally:
        writer.close()
        await writer.wait_closed()


# The files


async def test_without_a_desktop_there_is_no_page() -> None:
    async with pretend_slack() as slack, aiohttp.ClientSession() as session:
        visitor = Visitor(slack=slack, session=session)
        got = [(await visitor.gets(it))[0] for it in ("/", "/page/net.js", "/control/live?as=maya", "/control/traffic")]
        sent = [
            await session.post(visitor.base + f"/control/{it}", json={}) for it in ("act", "reset", "clock", "faults")
        ]

        assert {*got, *(it.status for it in sent)} == {404}


async def test_every_file_of_the_page_is_served_by_its_name_and_kind() -> None:
    kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
    async with a_page() as visitor:
        for path in (it for it in FOLDER.iterdir() if it.suffix in kinds):
            async with visitor.session.get(f"{visitor.base}/page/{path.name}") as response:
                assert (response.status, response.content_type) == (200, kinds[path.suffix])
                assert response.charset == "utf-8"


async def test_the_page_allows_only_what_comes_from_itself() -> None:
    async with a_page() as visitor, visitor.session.get(visitor.base + "/") as response:
        assert response.content_type == "text/html"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
        assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server.py",
        "/page/%2e%2e/server.py",
        "/page/..%2fserver.py",
        "/page/%2e%2e%2fserver.py",
        "/page/..%5cserver.py",
        "/page//etc/passwd",
        "/page/%2fetc%2fpasswd",
        "/page/net.js%00",
        "/page/NET.JS",
        "/page/",
        "/page/..",
        "/page/no-such-file.js",
    ],
)
async def test_nothing_but_the_files_of_the_page_is_served(path: str) -> None:
    async with a_page() as visitor:
        answer = await raw(visitor, f"GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n")

        assert answer.split()[1] in ("400", "404"), answer


async def test_a_picture_is_for_those_who_can_look_at_what_shows_it() -> None:
    async with a_page() as visitor:
        client, file_id = client_of(visitor.slack), await brought(visitor.slack)
        assert await visitor.kinds_of(file_id, "noor", "maya", "viktor") == {}

        blocks = [picture(file_id)]
        await client.chat_postMessage(channel="G0PRIVOPS", text="The week", blocks=blocks)
        assert await visitor.kinds_of(file_id, "noor", "maya", "viktor") == {"viktor": ("image/png", PNG)}

        await client.chat_postEphemeral(channel="C0HELP", user="U0MAYA", text="The week", blocks=blocks)
        await client.views_publish(user_id="U0NOOR", view={"type": "home", "blocks": blocks})
        assert set(await visitor.kinds_of(file_id, "noor", "maya", "viktor", "tom")) == {"noor", "maya", "viktor"}


@pytest.mark.parametrize("path", ["F0NOTTHERE?as=maya", "F00000001", "F00000001?as=nobody", "F00000001?as=frontdesk"])
async def test_a_picture_of_nothing_or_for_nobody_is_not_there(path: str) -> None:
    async with a_page() as visitor:
        blocks = [picture(await brought(visitor.slack))]
        await client_of(visitor.slack).chat_postMessage(channel="C0HELP", text="The week", blocks=blocks)

        assert (await visitor.gets(f"/control/files/{path}"))[0] == 404


# Who may reach it


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "", "localhost:1@evil"]
)
@pytest.mark.parametrize(
    "path",
    ["/", "/page/net.js", "/control/traffic", "/control/live?as=maya", "/desk/cases", "/api/auth.test", "/link/"],
)
async def test_a_name_that_is_not_this_machines_reaches_nothing(host: str, path: str) -> None:
    async with a_page() as visitor:
        answer = await raw(visitor, f"GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n\n")

        assert answer.split()[1] == "403", answer


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "LocalHost:1", "[::1]:8080"])
async def test_this_machines_own_names_reach_the_page(host: str) -> None:
    async with a_page() as visitor:
        assert (await visitor.gets("/control/traffic", Host=host))[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:1", "https://{own}", "http://[", ""]
)
async def test_another_page_can_do_nothing_here(origin: str) -> None:
    async with a_page() as visitor:
        own = visitor.base.removeprefix("http://")
        stranger = {"Origin": origin.format(own=own)}
        act = {"as": "maya", "do": "say", "channel": "help", "text": "hello"}
        refused = [
            (await visitor.posts(path, body, **stranger))[0]
            for path, body in (
                ("/control/act", act),
                ("/control/reset", {}),
                ("/control/clock", {"do": "hour"}),
                ("/control/faults", {"do": "hold"}),
            )
        ]
        with pytest.raises(aiohttp.WSServerHandshakeError) as no:
            await visitor.session.ws_connect(visitor.base + "/control/live?as=maya", headers=stranger)

        assert [*refused, no.value.status] == [403, 403, 403, 403, 403]
        assert visitor.slack.people.messages("help") == []


@pytest.mark.parametrize("path", ["/api/auth.test", "/control/traffic", "/desk/cases", "/page/net.js"])
async def test_a_picture_on_another_page_shows_nothing_of_here(path: str) -> None:
    """No Origin comes with it, and the name is right: only the browser's own word tells."""
    async with a_page() as visitor:
        for site in ("cross-site", "same-site"):
            asked = f"GET {path} HTTP/1.1\nHost: localhost\nSec-Fetch-Site: {site}\nSec-Fetch-Mode: no-cors\n"

            assert (await raw(visitor, f"{asked}Connection: close\n\n")).split()[1] == "403"


async def test_a_link_on_another_page_may_lead_here() -> None:
    async with a_page() as visitor:
        asked = "GET / HTTP/1.1\nHost: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\n"

        assert (await raw(visitor, f"{asked}Connection: close\n\n")).split()[1] == "200"


async def test_the_page_itself_can() -> None:
    async with a_page() as visitor:
        act = {"as": "maya", "do": "say", "channel": "help", "text": "hello"}
        status, _ = await visitor.posts("/control/act", act, Origin=visitor.base)
        live = await visitor.session.ws_connect(visitor.base + "/control/live?as=maya", origin=visitor.base)

        assert (status, (await live.receive_json())["me"]) == (200, "U0MAYA")


async def test_the_same_guard_keeps_any_other_server_to_this_machine() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({})

    async with a_desk(answer, loopback_only) as url, aiohttp.ClientSession() as session:
        statuses = []
        for headers in ({}, {"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            async with session.get(url + "/cases", headers=headers) as response:
                statuses.append((response.status, response.headers["X-Content-Type-Options"]))

        assert statuses == [(200, "nosniff"), (403, "nosniff"), (403, "nosniff")]


# Starting over


async def test_starting_over_asks_whoever_opened_the_page() -> None:
    async def start_over() -> None:
        visitor.slack.start_over(HALDEN_GOODS)

    async with a_page(Desktop(start_over=start_over)) as visitor:
        first = (await visitor.does("maya", "say", channel="help", text="hello"))["ts"]
        client_id = visitor.slack.people.messages("help")[0].client_msg_id
        await visitor.does("maya", "join", channel="sales")

        assert await visitor.posts("/control/reset", {}) == (200, {"ok": True})

        assert visitor.slack.workspace.generation == 1
        assert visitor.slack.people.messages("help") == []
        assert visitor.slack.workspace.traffic.exchanges() == []
        assert "U0MAYA" not in visitor.slack.workspace.channel("sales").members
        second = (await visitor.does("maya", "say", channel="help", text="hello"))["ts"]
        assert second > first, "the clock stands still, and yet no ts comes twice"
        assert visitor.slack.people.messages("help")[0].client_msg_id > client_id


async def test_two_who_start_over_at_once_get_the_same_new_desk() -> None:
    begun: list[int] = []
    goes_on = asyncio.Event()

    async def start_over() -> None:
        begun.append(1)
        await goes_on.wait()

    async with a_page(Desktop(start_over=start_over)) as visitor:
        first = asyncio.create_task(visitor.posts("/control/reset", {}))
        second = asyncio.create_task(visitor.posts("/control/reset", {}))
        # An answer to a third question, on a connection of its own, comes after both were heard.
        assert (await visitor.gets("/control/traffic"))[0] == 200
        goes_on.set()

        assert [(await first)[0], (await second)[0]] == [200, 200]
        assert begun == [1]


async def test_a_new_desk_that_does_not_open_says_why_and_may_be_asked_for_again() -> None:
    problems = ["The new desk did not open: the disk is full."]

    async def start_over() -> None:
        if problems:
            raise NotPossibleError(problems.pop())

    async with a_page(Desktop(start_over=start_over)) as visitor:
        no = await visitor.posts("/control/reset", {})
        yes = await visitor.posts("/control/reset", {})

        assert no == (200, {"ok": False, "problem": "The new desk did not open: the disk is full."})
        assert yes == (200, {"ok": True})


async def test_what_cannot_start_over_says_so() -> None:
    async with a_page() as visitor:
        status, answer = await visitor.posts("/control/reset", {})

        assert (status, answer["problem"]) == (409, "This workspace cannot be started over.")


async def test_events_and_answers_of_before_never_reach_the_new_desk() -> None:
    async with a_page() as visitor:
        slack = visitor.slack
        slack.faults.hold()
        await visitor.does("maya", "say", channel="help", text="before")
        await visitor.does("maya", "dm", text="before")
        slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=9), times=None)
        hook = slack.response_urls.new_url(user="U0MAYA", channel="C0HELP")

        slack.start_over(HALDEN_GOODS)
        async with on_socket(slack):
            await visitor.does("maya", "say", channel="help", text="after")
            await slack.delivered()

        async with visitor.session.post(hook, json={"text": "late"}) as late:
            assert late.status == 404
        assert [it["text"] for it in heard(slack, "message")] == ["after"]
        assert (await client_of(slack).chat_postMessage(channel="C0HELP", text="works"))["ok"]


async def test_an_event_nobody_acknowledged_is_not_sent_again_to_the_new_desk() -> None:
    async with a_page() as visitor:
        slack, breaking_down = visitor.slack, bolt_app(visitor.slack)

        @breaking_down.middleware
        async def break_down() -> None:
            raise RuntimeError("no acknowledgement from here")

        async with on_socket(slack, breaking_down):
            await visitor.does("maya", "say", channel="help", text="before")
            await slack.workspace.until(lambda: heard(slack, "message"))
        slack.start_over(HALDEN_GOODS)
        async with on_socket(slack):
            await slack.delivered()

        assert heard(slack) == []


# Moving the clock


@dataclass(slots=True)
class Moved:
    """A clock that notes down how it was moved, and waits for `goes_on` first."""

    moves: list[str] = field(default_factory=list)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    problem: str = ""

    def by_hand(self) -> MovableClock:
        return MovableClock(
            zone="Europe/Berlin",
            ahead_seconds=lambda: 3600.0 * len(self.moves),
            next_morning=lambda: self._moves("next_morning"),
            hour=lambda: self._moves("hour"),
        )

    async def _moves(self, how: str) -> None:
        await self.goes_on.wait()
        if self.problem:
            raise NotPossibleError(self.problem)
        self.moves.append(how)


async def test_the_clock_is_moved_by_whoever_opened_the_page() -> None:
    moved = Moved()
    moved.goes_on.set()
    async with a_page(Desktop(clock=moved.by_hand())) as visitor:
        for how in ("next_morning", "hour"):
            assert await visitor.posts("/control/clock", {"do": how}) == (200, {"ok": True})

        assert moved.moves == ["next_morning", "hour"]


@pytest.mark.parametrize(
    "order",
    [b"?", b"\xff", {}, [], {"do": "yesterday"}, {"do": "hour", "times": 2}, {"do": 1}, {"do": ["hour"]}, "hour"],
)
async def test_the_clock_goes_only_where_it_can(order: object) -> None:
    moved = Moved()
    async with a_page(Desktop(clock=moved.by_hand())) as visitor:
        status, answer = await visitor.posts("/control/clock", order)

        assert (status, answer["ok"], moved.moves) == (400, False, [])


async def test_two_who_ask_for_the_next_morning_at_once_get_the_same_one() -> None:
    moved = Moved()
    async with a_page(Desktop(clock=moved.by_hand())) as visitor:
        both = [asyncio.create_task(visitor.posts("/control/clock", {"do": "next_morning"})) for _ in range(2)]
        # An answer to a third question, on a connection of its own, comes after both were heard.
        assert (await visitor.gets("/control/traffic"))[0] == 200
        moved.goes_on.set()

        assert await asyncio.gather(*both) == [(200, {"ok": True}), (200, {"ok": True})]
        assert moved.moves == ["next_morning"]


async def test_a_clock_that_goes_no_further_says_so() -> None:
    moved = Moved(problem="The clock goes no further.")
    moved.goes_on.set()
    async with a_page(Desktop(clock=moved.by_hand())) as visitor:
        no = await visitor.posts("/control/clock", {"do": "hour"})
        moved.problem = ""
        yes = await visitor.posts("/control/clock", {"do": "hour"})

        assert no == (200, {"ok": False, "problem": "The clock goes no further."})
        assert yes == (200, {"ok": True})


async def test_a_workspace_whose_clock_cannot_be_moved_says_so() -> None:
    async with a_page() as visitor:
        status, answer = await visitor.posts("/control/clock", {"do": "hour"})

        assert (status, answer["problem"]) == (409, "The clock of this workspace cannot be moved.")


async def test_set_back_with_an_empty_desk_the_clock_stamps_what_is_said_by_the_time_it_shows() -> None:
    clock = Clock()
    async with a_page(clock=clock) as visitor:
        clock.now += 2 * 86_400
        ahead = (await visitor.does("maya", "say", channel="help", text="in two days"))["ts"]

        clock.now = NOON + 60
        visitor.slack.workspace.stamps.set_back()
        visitor.slack.start_over(HALDEN_GOODS)

        back = (await visitor.does("maya", "say", channel="help", text="hello"))["ts"]
        assert [int(float(ts)) for ts in (ahead, back)] == [NOON + 2 * 86_400, NOON + 60]


# Behind it


async def test_trouble_comes_and_goes_on_order() -> None:
    async with a_page() as visitor:
        faults = visitor.slack.faults
        order = {"do": "on_call", "method": "chat.postMessage", "fault": "rate_limited", "times": 1}
        assert await visitor.posts("/control/faults", order) == (200, {"ok": True})
        assert isinstance(faults.take_call("chat.postMessage", ""), RateLimited)

        await visitor.posts("/control/faults", {**order, "fault": "dropped"})
        assert isinstance(faults.take_call("chat.postMessage", ""), AppliedThenDropped)

        was_holding = []
        for do in ("hold", "release"):
            await visitor.posts("/control/faults", {"do": do})
            was_holding.append(faults.is_holding)
        assert was_holding == [True, False]

        await visitor.posts("/control/faults", order)
        await visitor.posts("/control/faults", {"do": "clear"})
        assert faults.take_call("chat.postMessage", "") is None


@pytest.mark.parametrize(
    "order",
    [
        b"?",
        {},
        {"do": "explode"},
        {"do": "hold", "times": 2},
        {"do": "on_call", "method": "chat.nothing", "fault": "hang"},
        {"do": "on_call", "method": "chat.postMessage", "fault": "flood"},
        {"do": "on_call", "method": "chat.postMessage", "fault": "hang", "times": 0},
        {"do": "on_call", "method": "chat.postMessage", "fault": "hang", "times": 101},
    ],
)
async def test_only_known_trouble_can_be_ordered(order: object) -> None:
    async with a_page() as visitor:
        assert (await visitor.posts("/control/faults", order))[0] == 400


async def test_the_wire_is_searched_by_what_stands_in_it() -> None:
    async with a_page() as visitor:
        client = client_of(visitor.slack)
        for text in ("one", "two", "three"):
            await client.chat_postMessage(channel="C0HELP", text=f"number {text}")

        _, everything = await visitor.gets("/control/traffic")
        _, some = await visitor.gets("/control/traffic?mentions=number one,number three")
        _, none = await visitor.gets("/control/traffic?mentions=number nine")

        assert [it["sent"]["text"] for it in everything["exchanges"]] == ["number one", "number two", "number three"]
        assert [it["sent"]["text"] for it in some["exchanges"]] == ["number one", "number three"]
        assert none == {"exchanges": []}
        assert set(some["exchanges"][0]) == {"seq", "at", "kind", "name", "sent", "answer", "status", "attempt"}
        assert TOKENS.bot not in json.dumps(everything)


async def test_the_wire_shows_an_answer_that_came_after_the_last_look() -> None:
    async with a_page() as visitor:
        traffic = visitor.slack.workspace.traffic
        number = traffic.opened("call", "chat.postMessage", {"text": "question"})
        _, before = await visitor.gets("/control/traffic?mentions=question,answer")
        traffic.answered(number, {"text": "answer"}, "200")
        _, after = await visitor.gets("/control/traffic?mentions=answer")

        assert [it["answer"] for it in before["exchanges"]] == [None]
        assert [it["answer"] for it in after["exchanges"]] == [{"text": "answer"}]


async def test_the_wire_shows_the_newest_two_hundred_oldest_first() -> None:
    async with a_page() as visitor:
        for number in range(250):
            visitor.slack.workspace.traffic.opened("call", "x", {"n": number, "word": "it"})

        for path in ("/control/traffic", "/control/traffic?mentions=it"):
            _, found = await visitor.gets(path)
            assert [it["sent"]["n"] for it in found["exchanges"]] == list(range(50, 250))


async def test_the_desk_is_looked_into_through_the_page() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"path": request.raw_path}, status=404 if request.path.endswith("1") else 200)

    async with a_desk(answer) as url, a_page(Desktop(desk_url=lambda: url)) as visitor:
        assert await visitor.gets("/desk/cases?x=1") == (200, {"path": "/cases"})
        assert await visitor.gets("/desk/cases/1001") == (404, {"path": "/cases/1001"})
        assert (await visitor.gets("/desk/%2e%2e/secret"))[0] == 404
        assert (await visitor.gets("/desk/http://evil.example/"))[0] == 404
        assert await visitor.gets("/desk//evil/") == (200, {"path": "/evil"})
        async with visitor.session.post(visitor.base + "/desk/cases") as posted:
            assert posted.status == 405


async def test_without_a_desk_there_is_nothing_to_look_into() -> None:
    async with a_page() as visitor:
        assert (await visitor.gets("/desk/cases"))[0] == 404


async def test_a_desk_that_is_not_there_yet_or_any_more_is_not_open() -> None:
    not_open = (502, {"ok": False, "problem": "The desk is not open yet."})
    for url in ("", "http://127.0.0.1:9"):
        async with a_page(Desktop(desk_url=lambda url=url: url)) as visitor:  # type: ignore[misc]  # a bound default
            assert await visitor.gets("/desk/cases") == not_open


async def test_a_desk_that_answers_anything_but_json_is_not_open() -> None:
    async def answer(request: web.Request) -> web.Response:
        match request.path:
            case "/redirect":
                return web.json_response({}, status=302, headers={"Location": "/cases"})
            case "/cases":
                return web.json_response({"ok": True})
            case "/html":
                return web.Response(text="<h1>hello</h1>", content_type="text/html")
            case "/broken":
                return web.Response(text="{", content_type="application/json")
            case _:
                await asyncio.sleep(30)
                return web.json_response({})

    async with a_desk(answer) as url, a_page(Desktop(desk_url=lambda: url)) as visitor:
        control = visitor.slack._control
        assert control is not None
        control._session._timeout = aiohttp.ClientTimeout(total=0.2)  # type: ignore[union-attr]  # opened by now
        for path in ("/redirect", "/html", "/broken", "/slow"):
            assert (await visitor.gets("/desk" + path))[0] == 502


async def test_the_page_closes_while_a_desk_is_slow() -> None:
    asked = asyncio.Event()

    async def answer(_request: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(30)
        return web.json_response({})

    async with a_desk(answer) as url, a_page(Desktop(desk_url=lambda: url)) as visitor:
        asking = asyncio.create_task(visitor.gets("/desk/cases"))
        await asked.wait()

        begun = time.monotonic()
        await visitor.slack.stop()

        assert time.monotonic() - begun < 1
        await asyncio.gather(asking, return_exceptions=True)
