"""Socket Mode with Bolt's own client: acknowledgements, redelivery, reconnecting, and what goes wrong."""

import asyncio
from typing import Any

import aiohttp
from slack_bolt.app.async_app import AsyncApp

from bot.workspace.model import Timing
from bot.workspace.server import PretendSlack
from tests.contract.test_workspace_setup import TOKENS, bolt_app, client_of, heard, on_socket, pretend_slack


def _listening(slack: PretendSlack) -> tuple[AsyncApp, list[str]]:
    """A Bolt app that writes down every message it is given."""
    bolt = bolt_app(slack)
    texts: list[str] = []

    @bolt.event("message")
    async def note(event: dict[str, Any]) -> None:
        texts.append(event.get("text", ""))
        slack.workspace.pulse.beat()

    return bolt, texts


async def test_what_is_acknowledged_is_sent_once() -> None:
    async with pretend_slack() as slack:
        bolt, texts = _listening(slack)
        async with on_socket(slack, bolt):
            await slack.people.say("maya", "help", "hello")
            await slack.delivered()

        assert texts == ["hello"]
        [exchange] = slack.workspace.traffic.exchanges("message")
        assert (exchange.status, exchange.attempt) == ("acknowledged", 0)


async def test_an_event_nobody_acknowledges_is_sent_again_with_the_same_event_id() -> None:
    timing = Timing(ack_seconds=0.05, socket_redeliveries=2)
    async with pretend_slack(timing=timing) as slack:
        bolt = bolt_app(slack)

        @bolt.middleware
        async def break_down() -> None:
            raise RuntimeError("no acknowledgement from here")

        async with on_socket(slack, bolt):
            await slack.people.say("maya", "help", "hello")
            await slack.delivered()

        sent = slack.workspace.traffic.exchanges("message")
        assert [it.sent["retry_attempt"] for it in sent] == [0, 1, 2]
        assert sent[1].sent["retry_reason"] == "timeout"
        assert len({it.sent["payload"]["event_id"] for it in sent}) == 1
        assert len({it.sent["envelope_id"] for it in sent}) == 3


async def test_a_lost_acknowledgement_makes_the_app_hear_it_twice() -> None:
    async with pretend_slack() as slack:
        bolt, texts = _listening(slack)
        slack.faults.drop_acks(of="message")
        async with on_socket(slack, bolt):
            await slack.people.say("maya", "help", "hello")
            await slack.delivered()

        assert texts == ["hello", "hello"]


async def test_a_duplicate_has_the_same_event_id() -> None:
    async with pretend_slack() as slack:
        bolt, texts = _listening(slack)
        slack.faults.duplicate()
        async with on_socket(slack, bolt):
            await slack.people.say("maya", "help", "hello")
            await slack.people.say("maya", "help", "again")
            await slack.delivered()

        sent = [it.sent["payload"]["event_id"] for it in slack.workspace.traffic.exchanges("message")]
        assert (len(sent), len(set(sent))) == (3, 2)
        assert sorted(texts) == ["again", "hello", "hello"]


async def test_two_events_can_arrive_the_wrong_way_round() -> None:
    async with pretend_slack() as slack:
        slack.faults.swap_next_two()
        async with on_socket(slack):
            await slack.people.say("maya", "help", "first")
            await slack.people.say("maya", "help", "second")
            await slack.workspace.until(lambda: len(heard(slack)) == 2)

        assert [it["text"] for it in heard(slack)] == ["second", "first"]


async def test_a_lost_event_is_never_heard_of() -> None:
    async with pretend_slack() as slack:
        slack.faults.lose(of="message")
        async with on_socket(slack):
            await slack.people.say("maya", "help", "lost")
            await slack.people.say("maya", "help", "found")
            await slack.workspace.until(lambda: heard(slack))

        assert [it["text"] for it in heard(slack)] == ["found"]


async def test_held_events_arrive_in_order_when_released() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        slack.faults.hold()
        for word in ("one", "two", "three"):
            await slack.people.say("maya", "help", word)
        assert heard(slack) == []

        slack.faults.release()

        await slack.workspace.until(lambda: len(heard(slack)) == 3)
        assert [it["text"] for it in heard(slack)] == ["one", "two", "three"]


async def test_what_happens_while_nobody_is_connected_is_delivered_later() -> None:
    async with pretend_slack() as slack:
        bolt, texts = _listening(slack)
        await slack.people.say("maya", "help", "anyone there?")

        async with on_socket(slack, bolt):
            await slack.delivered()

        assert texts == ["anyone there?"]


async def test_what_happens_while_nobody_is_connected_can_be_gone_for_good() -> None:
    async with pretend_slack(timing=Timing(keeps_events_while_away=False)) as slack:
        bolt, texts = _listening(slack)
        await slack.people.say("maya", "help", "anyone there?")
        await slack.delivered()

        async with on_socket(slack, bolt):
            await slack.people.say("maya", "help", "now?")
            await slack.delivered()

        assert texts == ["now?"]


async def test_an_app_asked_to_reconnect_does_and_misses_nothing() -> None:
    async with pretend_slack() as slack:
        bolt, texts = _listening(slack)
        async with on_socket(slack, bolt):
            await slack.sockets.refresh()
            await slack.people.say("maya", "help", "still there?")
            await slack.delivered()

            assert texts == ["still there?"]
            assert len(slack.workspace.traffic.exchanges("apps.connections.open")) == 2


async def test_an_app_whose_connection_breaks_comes_back_and_misses_nothing() -> None:
    async with pretend_slack() as slack:
        bolt, texts = _listening(slack)
        async with on_socket(slack, bolt):
            slack.sockets.cut()
            await slack.people.say("maya", "help", "still there?")
            await slack.delivered()

            assert texts == ["still there?"]


async def test_each_event_goes_to_one_of_several_sockets_in_turn() -> None:
    async with pretend_slack() as slack:
        left, left_texts = _listening(slack)
        right, right_texts = _listening(slack)
        async with on_socket(slack, left), on_socket(slack, right):
            await slack.workspace.until(lambda: slack.sockets.count == 2)
            for word in ("one", "two", "three", "four"):
                await slack.people.say("maya", "help", word)
            await slack.delivered()
            await slack.workspace.until(lambda: len(left_texts) + len(right_texts) == 4)

        assert (left_texts, right_texts) == (["one", "three"], ["two", "four"])


async def test_a_ticket_admits_one_socket() -> None:
    async with pretend_slack() as slack, aiohttp.ClientSession() as session:
        url = (await client_of(slack).apps_connections_open(app_token=TOKENS.app))["url"]
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()

            async with session.get(url.replace("ws://", "http://")) as second:
                status = second.status

        assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", "A0FRONTDESK")
        assert status == 403


async def test_a_press_goes_nowhere_without_a_connection_and_is_not_kept() -> None:
    async with pretend_slack() as slack:
        blocks = [{"type": "actions", "elements": [_button("approve")]}]
        posted = await client_of(slack).chat_postMessage(channel="C0HELP", text="A card", blocks=blocks)

        is_acknowledged = await slack.people.press("maya", "help", posted["ts"], "approve")

        async with on_socket(slack):
            await slack.delivered()
        assert is_acknowledged is False
        assert slack.workspace.traffic.exchanges("block_actions") == []


async def test_a_press_nobody_acknowledges_is_not_sent_again() -> None:
    async with pretend_slack(timing=Timing(ack_seconds=0.05)) as slack, on_socket(slack, bolt_app(slack)) as bolt:
        release = asyncio.Event()

        @bolt.action("approve")
        async def dawdle() -> None:
            await release.wait()

        blocks = [{"type": "actions", "elements": [_button("approve")]}]
        posted = await client_of(slack).chat_postMessage(channel="C0HELP", text="A card", blocks=blocks)

        is_acknowledged = await slack.people.press("maya", "help", posted["ts"], "approve")

        assert is_acknowledged is False
        assert len(slack.workspace.traffic.exchanges("block_actions")) == 1
        release.set()


def _button(action_id: str) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": "Press"}, "action_id": action_id}
