"""The windows of the page: what each person sees, and how quickly it is there."""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from bot.workspace import members, posts, screens
from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.desktop import Desktop, MovableClock
from bot.workspace.model import Cast
from tests.contract.test_page_control import Json, Visitor, a_page
from tests.contract.test_workspace_interactivity import REASON, modal, opened, posted_card, taking_notes
from tests.contract.test_workspace_setup import NOON, Clock, bolt_app, client_of, on_socket

PRIVATE = ("G0PRIVOPS", "privileged-ops")


class Window:
    """One person's page: its hello, and what it was told since."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse, hello: Json) -> None:
        self.wire = wire
        self.hello = hello
        self.items: list[Json] = []

    async def until(self, is_it: Callable[[Json], bool]) -> Json:
        """The next item like that."""
        async with asyncio.timeout(5):
            while True:
                for item in (found := (await self.wire.receive_json())["items"]):
                    self.items.append(item)
                for item in found:
                    if is_it(item):
                        return dict(item)

    async def next(self, kind: str) -> Json:
        return await self.until(lambda item: item["kind"] == kind)

    async def closes(self) -> int:
        """The code it was closed with; whatever is told before is kept."""
        async with asyncio.timeout(5):
            while True:
                frame = await self.wire.receive()
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    return self.wire.close_code or 0
                self.items.extend(json.loads(frame.data)["items"])


async def a_window(visitor: Visitor, who: str) -> Window:
    wire = await visitor.session.ws_connect(f"{visitor.base}/control/live?as={who}", max_msg_size=0)
    return Window(wire, await wire.receive_json())


def windows_of(visitor: Visitor) -> Any:
    control = visitor.slack._control
    assert control is not None
    return control.windows


# The first look


async def test_a_colleague_sees_their_channels_and_the_conversation_with_the_app() -> None:
    guide, notes = ({"id": "risky"},), ("Filled up.",)
    async with a_page(Desktop(guide=guide, notes=notes)) as visitor:
        ts = await visitor.slack.people.say("tom", "help", "hello")
        await visitor.slack.people.say("priya", "help", "hi", thread_ts=ts)
        await visitor.slack.people.say("viktor", "privileged-ops", "secret")
        hello = (await a_window(visitor, "maya")).hello

        assert (hello["type"], hello["me"], hello["workspace"]) == ("hello", "U0MAYA", {"name": "Halden Goods"})
        assert hello["app"] == {"user": "U0FRONTDESK", "name": "Frontdesk", "dm": "D0MAYA", "has_home": True}
        assert [it["id"] for it in hello["channels"]] == ["C0HELP", "C0RANDOM", "D0MAYA"]
        assert {channel: len(said) for channel, said in hello["messages"].items()} == {
            "C0HELP": 2,
            "C0RANDOM": 0,
            "D0MAYA": 0,
        }
        assert hello["people"]["U0ROSA"]["kind"] == "guest"
        assert hello["people"]["U0JONAS"]["kind"] == "outsider"
        assert hello["people"]["U0STATUS"]["kind"] == "bot"
        assert hello["people"]["U0TOM"] == {
            "id": "U0TOM",
            "handle": "tom",
            "name": "Tom Adeyemi",
            "title": "Operations",
            "kind": "member",
            "tz": "Europe/London",
        }
        assert len(hello["players"]) == 14
        assert hello["groups"]["S0BILLING"] == {"id": "S0BILLING", "handle": "billing-team", "name": "Billing team"}
        assert (hello["guide"], hello["notes"]) == ([{"id": "risky"}], ["Filled up."])
        assert (hello["ephemerals"], hello["modal"], hello["home"]) == ([], [], None)
        assert (hello["is_connected"], hello["has_desk"], hello["can_reset"]) == (False, False, False)
        assert hello["clock"] == {"now": NOON, "ahead": "", "zone": ""}


async def test_a_message_carries_what_a_client_draws() -> None:
    async with a_page() as visitor:
        people = visitor.slack.people
        ts = await people.say("tom", "help", "see https://halden.example")
        reply = await people.say("maya", "help", "I see", thread_ts=ts)
        await people.react("maya", "help", ts, "eyes")
        await people.unfurl("help", ts, "https://halden.example")
        [root, answer] = (await a_window(visitor, "maya")).hello["messages"]["C0HELP"]

        assert (root["user"], root["name"], root["is_bot"], root["is_reply"]) == ("U0TOM", "Tom Adeyemi", False, False)
        assert (root["thread_ts"], root["replies"]) == (ts, [{"ts": reply, "user": "U0MAYA"}])
        assert root["reactions"] == [{"name": "eyes", "users": ["U0MAYA"]}]
        assert root["previews"] == ["https://halden.example"]
        assert root["blocks"][0]["type"] == "rich_text"
        assert (answer["is_reply"], answer["thread_ts"], answer["is_edited"]) == (True, ts, False)


async def test_somebody_from_outside_sees_only_what_they_are_in() -> None:
    async with a_page() as visitor:
        hello = (await a_window(visitor, "jonas")).hello

        assert hello["app"]["has_home"] is False
        assert hello["channel_names"] == {"C0ACME": "acme-support"}
        assert [(it["id"], it["is_shared"]) for it in hello["channels"]] == [("C0ACME", True), ("D0JONAS", False)]


async def test_a_member_sees_their_private_channel() -> None:
    async with a_page() as visitor:
        await visitor.slack.people.say("hana", "privileged-ops", "secret")
        hello = (await a_window(visitor, "viktor")).hello

        assert hello["channel_names"]["G0PRIVOPS"] == "privileged-ops"
        assert [it["kind"] for it in hello["channels"] if it["id"] == "G0PRIVOPS"] == ["private"]
        assert [it["text"] for it in hello["messages"]["G0PRIVOPS"]] == ["secret"]


@pytest.mark.parametrize("who", ["nobody", "", "frontdesk", "U0STATUS"])
async def test_nobody_looks_through_the_eyes_of_a_bot_or_of_nobody(who: str) -> None:
    async with a_page() as visitor:
        with pytest.raises(aiohttp.WSServerHandshakeError) as no:
            await a_window(visitor, who)

        assert no.value.status == 404


async def test_the_page_knows_when_a_person_last_said_something_anywhere() -> None:
    async with a_page() as visitor:
        assert (await a_window(visitor, "maya")).hello["last_message_at"] == ""

        ts = await visitor.slack.people.say("viktor", "privileged-ops", "hello")
        await client_of(visitor.slack).chat_postMessage(channel="C0HELP", text="later, but by a bot")
        await visitor.slack.people.join("maya", "sales")

        assert (await a_window(visitor, "maya")).hello["last_message_at"] == ts


# What changes


async def test_every_window_is_told_how_far_the_clock_was_moved() -> None:
    clock, ahead = Clock(), [0.0]

    async def passed(seconds: float) -> None:
        ahead[0] += seconds
        clock.now += seconds

    by_hand = MovableClock(
        zone="Europe/Berlin",
        ahead_seconds=lambda: ahead[0],
        next_morning=lambda: passed(47 * 3600),
        hour=lambda: passed(3600),
    )
    async with a_page(Desktop(clock=by_hand), clock) as visitor:
        windows = [await a_window(visitor, who) for who in ("maya", "tom")]
        told = []
        for how in ("hour", "next_morning"):
            await visitor.posts("/control/clock", {"do": how})
            told.append([(await window.next("clock"))["clock"] for window in windows])

        for window in windows:
            assert window.hello["clock"] == {"now": NOON, "ahead": "", "zone": "Europe/Berlin"}
        assert told == [
            [{"now": NOON + 3600, "ahead": "1 hour ahead", "zone": "Europe/Berlin"}] * 2,
            [{"now": NOON + 172_800, "ahead": "2 days ahead", "zone": "Europe/Berlin"}] * 2,
        ]


async def test_what_one_person_does_is_seen_by_the_others() -> None:
    async with a_page() as visitor:
        tom = await a_window(visitor, "tom")
        ts = (await visitor.does("maya", "say", channel="help", text="hello"))["ts"]
        assert (await tom.next("message"))["message"]["text"] == "hello"

        await visitor.does("maya", "edit", channel="help", ts=ts, text="hello, all")
        edited = (await tom.next("message"))["message"]
        assert (edited["ts"], edited["text"], edited["is_edited"]) == (ts, "hello, all", True)

        await visitor.does("maya", "react", channel="help", ts=ts, name="eyes")
        assert (await tom.next("message"))["message"]["reactions"] == [{"name": "eyes", "users": ["U0MAYA"]}]

        await visitor.does("maya", "delete", channel="help", ts=ts)
        assert await tom.next("message_gone") == {"kind": "message_gone", "channel": "C0HELP", "ts": ts}


async def test_a_press_in_one_window_changes_the_card_in_another() -> None:
    async with a_page() as visitor:
        bolt = bolt_app(visitor.slack)

        @bolt.action("approve")
        async def approve(ack: Any, body: Json, client: Any) -> None:
            await ack()
            at = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
            await client.chat_update(**at, text="Approved", blocks=[])

        async with on_socket(visitor.slack, bolt):
            ts = await posted_card(visitor.slack)
            tom = await a_window(visitor, "tom")
            at = {"channel": "C0HELP", "ts": ts, "block_id": "decide", "action_id": "approve"}
            await visitor.does("maya", "press", **at, value="case-7:3")

            card = await tom.until(lambda it: it["kind"] == "message" and it["message"]["ts"] == ts)
            assert card["message"]["text"] == "Approved"


async def test_several_changes_of_one_message_are_told_once_as_it_stands() -> None:
    async with a_page() as visitor:
        tom = await a_window(visitor, "tom")
        people = visitor.slack.people
        ts = await people.say("maya", "help", "one")
        await people.edit("maya", "help", ts, "two")
        await people.react("maya", "help", ts, "eyes")
        gone = await people.say("maya", "help", "never mind")
        await people.delete("maya", "help", gone)
        await people.say("maya", "help", "end")

        await tom.until(lambda it: it["kind"] == "message" and it["message"]["text"] == "end")

        told = [it for it in tom.items if it.get("message", {}).get("ts", it.get("ts")) in (ts, gone)]
        assert [it["kind"] for it in told] == ["message", "message_gone"]
        assert (told[0]["message"]["text"], len(told[0]["message"]["reactions"])) == ("two", 1)


async def test_a_whisper_is_seen_by_one_person_only() -> None:
    async with a_page() as visitor:
        maya, tom = await a_window(visitor, "maya"), await a_window(visitor, "tom")
        whisper = await client_of(visitor.slack).chat_postEphemeral(channel="C0HELP", user="U0MAYA", text="psst")
        assert (await maya.next("ephemeral"))["message"]["only_for"] == "U0MAYA"
        posts.remove_ephemeral(visitor.slack.workspace, visitor.slack.workspace.ephemerals[str(whisper["message_ts"])])
        assert (await maya.next("ephemeral_gone"))["ts"] == whisper["message_ts"]

        await visitor.does("maya", "say", channel="help", text="end")
        await tom.next("message")
        assert "psst" not in json.dumps(tom.items)
        assert not {"ephemeral", "ephemeral_gone"} & {it["kind"] for it in tom.items}


async def test_forms_come_up_complain_and_close_in_their_owners_windows() -> None:
    async with a_page() as visitor:
        bolt, _ = taking_notes(visitor.slack)
        async with on_socket(visitor.slack, bolt):
            maya, tom = await a_window(visitor, "maya"), await a_window(visitor, "tom")
            view_id = await opened(visitor.slack, modal(REASON))
            [view] = (await maya.next("modal"))["stack"]
            assert (view["id"], view["content"]["type"], view["errors"]) == (view_id, "modal", {})

            await visitor.does("maya", "submit", values={"reason": "x"})
            [view] = (await maya.next("modal"))["stack"]
            assert view["errors"] == {"reason": "Must be at least 3 characters"}
            assert view["typed"]["reason"]["text"]["value"] == "x"

            await visitor.does("maya", "close")
            assert (await maya.next("modal"))["stack"] == []
            await visitor.does("maya", "say", channel="help", text="end")
            await tom.until(lambda it: it["kind"] == "message" and it["message"]["text"] == "end")
            assert "modal" not in {it["kind"] for it in tom.items}


async def test_a_home_tab_is_shown_to_its_person_and_never_to_somebody_from_outside() -> None:
    async with a_page() as visitor:
        maya, jonas = await a_window(visitor, "maya"), await a_window(visitor, "jonas")
        content = {"type": "home", "blocks": [{"type": "divider"}]}
        for user in ("U0MAYA", "U0JONAS"):
            screens.publish_home(visitor.slack.workspace, user, content)

        assert (await maya.next("home"))["view"]["content"]["type"] == "home"
        assert (await jonas.next("home"))["view"] is None


async def test_a_channel_somebody_joins_comes_with_its_history() -> None:
    async with a_page() as visitor:
        await visitor.slack.people.say("marco", "sales", "before")
        maya = await a_window(visitor, "maya")
        await visitor.does("maya", "join", channel="sales")
        channels = (await maya.next("channels"))["channels"]
        assert "C0SALES" in [it["id"] for it in channels]
        [history] = [it for it in maya.items if it["kind"] == "history"]
        assert history["channel"] == "C0SALES"
        assert [it["text"] for it in history["messages"]] == ["before", "<@U0MAYA> has joined the channel"]

        await visitor.does("maya", "leave", channel="sales")
        assert "C0SALES" not in [it["id"] for it in (await maya.next("channels"))["channels"]]
        await visitor.slack.people.say("marco", "sales", "after")
        await visitor.does("maya", "say", channel="help", text="end")
        await maya.until(lambda it: it["kind"] == "message" and it["message"]["text"] == "end")
        assert "after" not in json.dumps(maya.items)


async def test_who_leaves_the_company_or_a_group_is_told() -> None:
    async with a_page() as visitor:
        maya = await a_window(visitor, "maya")
        await visitor.slack.people.deactivate("ines")
        cast = await maya.next("cast")

        assert cast["people"]["U0INES"]["kind"] == "gone"
        assert "U0INES" not in cast["players"]
        assert set(cast) == {"kind", "people", "groups", "channel_names", "players"}


async def test_a_window_tells_whether_the_app_is_there() -> None:
    async with a_page() as visitor:
        maya = await a_window(visitor, "maya")
        async with on_socket(visitor.slack):
            assert (await maya.next("connected"))["is_connected"] is True
        assert (await maya.next("connected"))["is_connected"] is False


async def test_a_rush_on_the_wire_is_told_a_few_times_a_second_and_at_last() -> None:
    async with a_page() as visitor:
        maya = await a_window(visitor, "maya")
        traffic, told = visitor.slack.workspace.traffic, []

        async def count() -> None:
            while True:
                await maya.next("traffic")
                told.append((time.monotonic(), traffic.changes))

        counting = asyncio.create_task(count())
        begun = time.monotonic()
        while time.monotonic() - begun < 0.9:
            traffic.opened("call", "x", {})
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.4)  # long enough for the last word
        counting.cancel()
        with suppress(asyncio.CancelledError):
            await counting

        assert 2 <= len(told) <= 6
        assert told[-1][1] == traffic.changes


async def test_a_quiet_workspace_costs_a_window_nothing() -> None:
    async with a_page() as visitor:
        maya = await a_window(visitor, "maya")
        visitor.slack.workspace.traffic.opened("call", "x", {})
        await maya.next("traffic")
        begun = time.process_time()
        await asyncio.sleep(0.5)  # nothing happens

        assert time.process_time() - begun < 0.2


# What never leaks


async def test_a_private_channel_never_shows_to_somebody_who_is_not_in_it() -> None:
    async with a_page() as visitor:
        windows = [await a_window(visitor, who) for who in ("maya", "jonas", "rosa")]
        people = visitor.slack.people
        ts = await people.say("viktor", "privileged-ops", "secret plan")
        await people.react("hana", "privileged-ops", ts, "eyes")
        await people.say("hana", "privileged-ops", "secret answer", thread_ts=ts)
        await people.set_topic("viktor", "privileged-ops", "secret topic")
        await people.leave("grace", "privileged-ops")
        await people.dm("viktor", "secret word")
        await client_of(visitor.slack).chat_postEphemeral(channel="G0PRIVOPS", user="U0VIKTOR", text="secret whisper")
        mention = "Sent to <#G0PRIVOPS|privileged-ops>"
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": mention}}]
        for channel in ("C0HELP", "C0ACME"):
            await client_of(visitor.slack).chat_postMessage(channel=channel, text=mention, blocks=blocks)
        for window in windows:
            await window.next("message")
        windows += [await a_window(visitor, who) for who in ("maya", "jonas", "rosa")]

        for window in windows:
            seen = json.dumps([window.hello["messages"], window.hello["channel_names"], window.items])
            assert "secret" not in seen
            assert "Sent to <#G0PRIVOPS>" in seen
            assert "|privileged-ops" not in seen
            assert "G0PRIVOPS" not in window.hello["messages"]
            assert PRIVATE[1] not in window.hello["channel_names"].values()
            assert "G0PRIVOPS" not in [it["id"] for it in window.hello["channels"]]


async def test_somebody_added_to_a_private_channel_sees_it_until_they_leave() -> None:
    async with a_page() as visitor:
        workspace = visitor.slack.workspace
        await visitor.slack.people.say("viktor", "privileged-ops", "secret")
        maya = await a_window(visitor, "maya")

        members.join(workspace, workspace.channel("privileged-ops"), workspace.person("maya"))
        cast = await maya.next("cast")
        assert cast["channel_names"]["G0PRIVOPS"] == "privileged-ops"
        assert [it["messages"][0]["text"] for it in maya.items if it["kind"] == "history"] == ["secret"]

        members.leave(workspace, workspace.channel("privileged-ops"), workspace.person("maya"))
        assert "G0PRIVOPS" not in (await maya.next("cast"))["channel_names"]


# Windows that are slow, and the end


async def _deaf_window(visitor: Visitor) -> socket.socket:
    """A browser that opens a window and then never reads."""
    host, port = visitor.base.removeprefix("http://").split(":")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.setblocking(False)  # noqa: FBT003 - the socket module's own way
    loop = asyncio.get_running_loop()
    await loop.sock_connect(deaf, (host, int(port)))
    lines = (
        f"GET /control/live?as=maya HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(deaf, lines.encode())
    await visitor.slack.workspace.until(lambda: windows_of(visitor).count)
    return deaf


async def test_a_window_that_does_not_read_is_closed_and_holds_up_nobody() -> None:
    async with a_page() as visitor:
        windows_of(visitor).sending_seconds = 1.0
        with await _deaf_window(visitor):
            tom = await a_window(visitor, "tom")
            slowest = 0.0
            for _ in range(100):
                if windows_of(visitor).count == 1:
                    break
                begun = time.monotonic()
                await visitor.slack.people.say("maya", "help", "x" * 39_000)
                await tom.next("message")
                slowest = max(slowest, time.monotonic() - begun)
            await visitor.slack.workspace.until(lambda: windows_of(visitor).count == 1)

        assert slowest < 0.8, "nobody waited for the deaf one"


async def test_the_end_does_not_wait_for_a_window_that_does_not_read() -> None:
    async with a_page() as visitor:
        with await _deaf_window(visitor):
            for _ in range(200):
                await visitor.slack.people.say("maya", "help", "x" * 39_000)
            await asyncio.sleep(0.1)  # its pipe is full by now
            begun = time.monotonic()
            await visitor.slack.stop()

        assert time.monotonic() - begun < 1


async def test_the_end_says_goodbye_to_every_window_within_a_second() -> None:
    async with a_page() as visitor:
        windows = [await a_window(visitor, it) for it in ("maya", "tom", "viktor", "maya", "jonas")]
        codes = asyncio.gather(*(window.closes() for window in windows))
        begun = time.monotonic()
        await visitor.slack.stop()

        assert time.monotonic() - begun < 1
        assert await codes == [1000] * 5


async def test_a_page_that_goes_away_leaves_no_window() -> None:
    async with a_page() as visitor:
        polite, rude = await a_window(visitor, "maya"), await a_window(visitor, "tom")
        await polite.wire.close()
        transport = rude.wire._response.connection.transport  # type: ignore[union-attr]  # still connected
        transport.abort()  # type: ignore[union-attr]  # the same

        await visitor.slack.workspace.until(lambda: windows_of(visitor).count == 0)


async def test_a_window_that_fell_behind_what_is_kept_begins_anew() -> None:
    async with a_page() as visitor:
        journal = visitor.slack.workspace.journal
        maya = await a_window(visitor, "maya")
        for _ in range(5):
            await visitor.slack.people.say("tom", "help", "hello")
        for _ in range(3):
            journal._entries.popleft()

        assert await maya.closes() == 1000
        assert len((await a_window(visitor, "maya")).hello["messages"]["C0HELP"]) == 5


async def test_starting_over_tells_every_window_and_closes_it() -> None:
    async with a_page() as visitor:
        windows = [await a_window(visitor, it) for it in ("maya", "jonas")]
        await visitor.slack.people.dm("maya", "hello")
        for _ in range(3):
            await visitor.slack.people.say("maya", "help", "hello")

        visitor.slack.start_over(HALDEN_GOODS)

        for window in windows:
            assert await window.closes() == 1000
            assert window.items[-1] == {"kind": "reset"}
        hello = (await a_window(visitor, "maya")).hello
        assert (hello["messages"]["D0MAYA"], hello["messages"]["C0HELP"], hello["last_message_at"]) == ([], [], "")


async def test_starting_over_without_somebody_tells_their_window_too() -> None:
    smaller = Cast(
        team=HALDEN_GOODS.team,
        team_name=HALDEN_GOODS.team_name,
        domain=HALDEN_GOODS.domain,
        app=HALDEN_GOODS.app,
        people=tuple(it for it in HALDEN_GOODS.people if it.handle != "maya"),
        channels=(),
    )
    async with a_page() as visitor:
        maya = await a_window(visitor, "maya")

        visitor.slack.start_over(smaller)

        assert await maya.closes() == 1000
        assert maya.items == [{"kind": "reset"}]


async def test_an_act_in_the_middle_of_which_everything_starts_over_ends() -> None:
    async with a_page() as visitor:
        bolt, _ = taking_notes(visitor.slack)
        goes_on = asyncio.Event()

        @bolt.view("slow")
        async def wait(ack: Any) -> None:
            await goes_on.wait()
            await ack()

        async with on_socket(visitor.slack, bolt):
            await opened(visitor.slack, modal(REASON, callback_id="slow"))
            submitting = asyncio.create_task(visitor.does("maya", "submit", values={"reason": "because"}))
            await visitor.slack.workspace.until(lambda: visitor.slack.workspace.traffic.exchanges("view_submission"))
            visitor.slack.start_over(HALDEN_GOODS)
            goes_on.set()

            assert (await submitting)["result"] == "closed"
