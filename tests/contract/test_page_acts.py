"""What a visitor of the page can do as one of the people, and what a client would not let them."""

import asyncio
import time
from typing import Any

import pytest

from bot.workspace.desktop import Desktop
from tests.contract.test_page_control import Json, a_page
from tests.contract.test_workspace_interactivity import PEOPLE, REASON, WHERE, modal, opened, posted_card, taking_notes
from tests.contract.test_workspace_setup import bolt_app, client_of, heard, on_socket


async def test_people_talk_and_take_it_back() -> None:
    async with a_page() as visitor:
        people = visitor.slack.people
        ts = (await visitor.does("maya", "say", channel="C0HELP", text="hello"))["ts"]
        reply = (await visitor.does("U0TOM", "say", channel="help", text="hi", thread_ts=ts, broadcast=True))["ts"]
        await visitor.does("maya", "edit", channel="help", ts=ts, text="hello, all")
        await visitor.does("tom", "delete", channel="help", ts=reply)

        [message] = people.messages("help")
        assert (message.text, message.ts, message.replies) == ("hello, all", ts, ())


async def test_people_write_to_the_app_and_react_to_it() -> None:
    async with a_page() as visitor:
        ts = (await visitor.does("maya", "dm", text="hello"))["ts"]
        await visitor.does("maya", "dm", text="and more", thread_ts=ts)
        await visitor.does("maya", "react", channel="D0MAYA", ts=ts, name="eyes")
        await visitor.does("maya", "react", channel="D0MAYA", ts=ts, name="+1::skin-tone-3")
        await visitor.does("maya", "unreact", channel="D0MAYA", ts=ts, name="eyes")

        [message] = visitor.slack.people.dms("maya")
        assert [it.name for it in message.reactions] == ["+1::skin-tone-3"]
        assert len(message.replies) == 1


async def test_people_press_and_choose() -> None:
    async with a_page() as visitor:
        bolt, bodies = taking_notes(visitor.slack)
        async with on_socket(visitor.slack, bolt):
            where = {"channel": "C0HELP", "ts": await posted_card(visitor.slack), "block_id": "decide"}
            pressed = await visitor.does("maya", "press", **where, action_id="approve", value="case-7:3")
            await visitor.does("maya", "press", **where, action_id="more", option="escalate")

        assert pressed["is_acknowledged"]
        assert bodies[0]["actions"][0]["value"] == "case-7:3"
        assert bodies[1]["actions"][0]["selected_option"]["value"] == "escalate"


async def test_a_press_that_nobody_hears_is_not_acknowledged() -> None:
    async with a_page() as visitor:
        where = {"channel": "C0HELP", "ts": await posted_card(visitor.slack), "block_id": "decide"}
        pressed = await visitor.does("maya", "press", **where, action_id="approve", value="case-7:3")

        assert pressed == {"ok": True, "is_acknowledged": False}


async def test_people_fill_in_forms() -> None:
    async with a_page() as visitor:
        bolt, bodies = taking_notes(visitor.slack)
        async with on_socket(visitor.slack, bolt):
            await opened(visitor.slack, modal(REASON, WHERE, PEOPLE))
            complaint = await visitor.does("maya", "submit", values={"reason": "x", "where": "bugs"})
            done = await visitor.does("maya", "submit", values={"reason": "because", "who": ["U0TOM"]})

        assert complaint["errors"] == {"reason": "Must be at least 3 characters"}
        assert (done["result"], done["errors"]) == ("closed", {})
        values = bodies[-1]["view"]["state"]["values"]
        assert values["reason"]["text"]["value"] == "because"
        assert values["who"]["users"]["selected_users"] == ["U0TOM"]
        assert values["where"]["queue"]["selected_option"] is None, "what the page no longer sends was emptied"


async def test_people_press_in_forms_and_close_them() -> None:
    buttons = {"type": "actions", "block_id": "row", "elements": [{"type": "users_select", "action_id": "choose"}]}
    async with a_page() as visitor:
        bolt, bodies = taking_notes(visitor.slack)
        async with on_socket(visitor.slack, bolt):
            await opened(visitor.slack, modal(buttons))
            chosen = await visitor.does(
                "maya", "press_in_view", home=False, block_id="row", action_id="choose", option="U0TOM"
            )
            await visitor.does("maya", "close")

        assert chosen["is_acknowledged"]
        assert bodies[-1]["actions"][0]["selected_user"] == "U0TOM"
        assert visitor.slack.people.open_view("maya") is None


async def test_people_open_the_home_tab() -> None:
    async with a_page() as visitor, on_socket(visitor.slack):
        await visitor.does("maya", "open_home")
        await visitor.slack.delivered()

        assert [it["tab"] for it in heard(visitor.slack, "app_home_opened")] == ["home"]


async def test_people_use_commands() -> None:
    async with a_page() as visitor:
        bolt = bolt_app(visitor.slack)

        @bolt.command("/frontdesk")
        async def answer(ack: Any, command: Json) -> None:
            await ack(f"You said {command['text']}.")

        async with on_socket(visitor.slack, bolt):
            typed = await visitor.does("maya", "slash", channel="help", line="/frontdesk hello")

        assert typed["is_acknowledged"]
        assert [it.text for it in visitor.slack.people.ephemerals("maya")] == ["You said hello."]


@pytest.mark.parametrize(
    ("line", "thread_ts", "says"),
    [
        ("/nope please", "", "`/nope` is not a valid command."),
        ("/<!channel>", "", "`/&lt;!channel&gt;` is not a valid command."),
        ("/frontdesk due", "1.000000", "`/frontdesk` is not supported in threads."),
    ],
)
async def test_slackbot_tells_only_them_that_a_command_leads_nowhere(line: str, thread_ts: str, says: str) -> None:
    async with a_page() as visitor:
        more = {"thread_ts": thread_ts} if thread_ts else {}

        await visitor.does("maya", "slash", channel="help", line=line, **more)

        [whisper] = visitor.slack.people.ephemerals("maya")
        assert whisper.text.startswith(says)
        assert (whisper.user, whisper.thread_ts) == ("USLACKBOT", thread_ts)
        assert visitor.slack.people.messages("help") == []
        assert visitor.slack.workspace.traffic.exchanges("/frontdesk") == []


async def test_people_come_and_go() -> None:
    async with a_page() as visitor:
        await visitor.does("maya", "join", channel="sales")
        assert "U0MAYA" in visitor.slack.workspace.channel("sales").members

        await visitor.does("maya", "leave", channel="sales")
        assert "U0MAYA" not in visitor.slack.workspace.channel("sales").members


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        ({"as": "maya", "do": "say", "channel": "billing", "text": "x"}, "Maya is not in #billing."),
        ({"as": "nobody", "do": "dm", "text": "x"}, "Nobody called nobody."),
        ({"as": "frontdesk", "do": "say", "channel": "help", "text": "x"}, "Nobody can be frontdesk here."),
        ({"as": "maya", "do": "say", "channel": "nowhere", "text": "x"}, "Maya sees no channel called nowhere."),
        ({"as": "maya", "do": "say", "channel": "help", "text": " \n"}, "There is nothing to send yet."),
        ({"as": "maya", "do": "edit", "channel": "help", "ts": "1.000000", "text": "x"}, "That message is gone."),
        ({"as": "maya", "do": "close"}, "Maya has nothing open."),
        ({"as": "maya", "do": "submit", "values": {}}, "Maya has nothing open."),
        ({"as": "maya", "do": "slash", "channel": "help", "line": " "}, "There is nothing to send yet."),
        ({"as": "maya", "do": "leave", "channel": "D0MAYA"}, "Nobody can leave a direct conversation."),
        ({"as": "rosa", "do": "join", "channel": "sales"}, "Rosa is a guest: somebody has to add them to #sales."),
        ({"as": "jonas", "do": "join", "channel": "help"}, "Jonas sees no channel called help."),
        ({"as": "jonas", "do": "say", "channel": "help", "text": "x"}, "Jonas sees no channel called help."),
    ],
)
async def test_what_a_client_would_not_allow_is_a_sentence(act: Json, problem: str) -> None:
    async with a_page() as visitor:
        assert await visitor.posts("/control/act", act) == (200, {"ok": False, "problem": problem})


@pytest.mark.parametrize("channel", ["privileged-ops", "#privileged-ops", "G0PRIVOPS", "D0VIKTOR", "no-such-channel"])
@pytest.mark.parametrize("do", ["say", "join", "leave", "edit", "delete", "react", "press", "slash"])
async def test_a_private_channel_is_answered_like_one_that_does_not_exist(channel: str, do: str) -> None:
    more: dict[str, Json] = {
        "say": {"text": "x"},
        "edit": {"text": "x", "ts": "1.000000"},
        "delete": {"ts": "1.000000"},
        "react": {"ts": "1.000000", "name": "eyes"},
        "press": {"ts": "1.000000", "block_id": "b", "action_id": "a"},
        "slash": {"line": "/frontdesk"},
    }
    async with a_page() as visitor:
        await visitor.slack.people.dm("viktor", "hello")

        problem = await visitor.cannot("maya", do, channel=channel, **more.get(do, {}))

        assert problem == f"Maya sees no channel called {channel}."


async def test_nobody_turns_a_private_channels_name_into_a_mention_from_outside() -> None:
    async with a_page() as visitor:
        await visitor.does("maya", "say", channel="help", text="#privileged-ops <#G0PRIVOPS> #billing")
        await visitor.does("viktor", "say", channel="help", text="#privileged-ops")

        texts = [it.text for it in visitor.slack.people.messages("help")]
        assert texts == [
            "#privileged-ops &lt;#G0PRIVOPS&gt; <#C0BILLING|billing>",
            "<#G0PRIVOPS|privileged-ops>",
        ]


async def test_only_an_author_edits_and_nobody_reacts_twice_or_to_a_whisper() -> None:
    async with a_page() as visitor:
        ts = (await visitor.does("maya", "say", channel="help", text="hello"))["ts"]
        await visitor.does("tom", "react", channel="help", ts=ts, name="eyes")
        whisper = await client_of(visitor.slack).chat_postEphemeral(channel="C0HELP", user="U0MAYA", text="psst")
        at = {"channel": "help", "ts": str(whisper["message_ts"])}

        assert await visitor.cannot("tom", "edit", channel="help", ts=ts, text="x") == "Tom did not write that."
        assert (
            await visitor.cannot("tom", "react", channel="help", ts=ts, name="eyes")
            == "That reaction is there already."
        )
        assert "only you can see" in (await visitor.cannot("maya", "react", **at, name="eyes")).lower()
        assert [it.ts for it in visitor.slack.people.messages("help")] == [ts]


async def test_a_button_that_was_drawn_over_says_so() -> None:
    async with a_page() as visitor:
        where = {"channel": "C0HELP", "ts": await posted_card(visitor.slack), "block_id": "decide"}

        problem = await visitor.cannot("maya", "press", **where, action_id="approve", value="case-7:2")

        assert problem == "What you pressed has changed meanwhile: look again."


async def test_somebody_whose_account_is_closed_does_nothing() -> None:
    async with a_page() as visitor:
        await visitor.slack.people.deactivate("maya")

        assert await visitor.cannot("maya", "join", channel="sales") == "Maya's account is deactivated."


async def test_only_players_can_be_played() -> None:
    async with a_page(Desktop(players=("U0TOM",))) as visitor:
        assert await visitor.cannot("maya", "dm", text="x") == "Nobody can be maya here."
        assert (await visitor.gets("/control/live?as=maya"))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'"say"',
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        {"as": "maya"},
        {"as": "maya", "do": "fly"},
        {"as": "maya", "do": ["say"]},
        {"as": 7, "do": "open_home"},
        {"as": "", "do": "open_home"},
        {"do": "open_home"},
        {"as": "maya", "do": "say", "channel": "help"},
        {"as": "maya", "do": "say", "channel": "help", "text": 7},
        {"as": "maya", "do": "say", "channel": "help", "text": "x", "broadcast": "yes"},
        {"as": "maya", "do": "say", "channel": "help", "text": "x", "more": 1},
        {"as": "maya", "do": "say", "channel": "help", "text": "x" * 40_001},
        {"as": "maya", "do": "say", "channel": "help", "text": "half a \ud83d"},
        {"as": "maya", "do": "edit", "channel": "help", "ts": "yesterday", "text": "x"},
        {"as": "maya", "do": "react", "channel": "help", "ts": "1.000000", "name": "<b>"},
        {"as": "maya", "do": "press", "channel": "help", "ts": "1.000000", "action_id": "a"},
        {"as": "maya", "do": "submit", "values": {"a": 7}},
        {"as": "maya", "do": "submit", "values": {"a": [["b"]]}},
    ],
    ids=lambda body: repr(body)[:60],
)
async def test_what_is_no_act_is_refused_without_repeating_it(body: object) -> None:
    async with a_page() as visitor:
        status, answer = await visitor.posts("/control/act", body)

        assert (status, answer["ok"]) == (400, False)
        assert 0 < len(answer["problem"]) < 300
        assert "xxxxxxxxxx" not in answer["problem"]


@pytest.mark.parametrize("character", ["\N{ROCKET}", "x", "<", "@", "a@", "&"])
async def test_the_longest_text_is_still_a_text_and_holds_up_nobody(character: str) -> None:
    async with a_page() as visitor:
        begun = time.monotonic()
        await visitor.does("maya", "say", channel="help", text=(character * 40_000)[:40_000])

        assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("element", "given"),
    [
        ({"type": "datetimepicker", "action_id": "it"}, "soon"),
        ({"type": "users_select", "action_id": "it"}, ["U0TOM", "U0MAYA"]),
        (
            {
                "type": "checkboxes",
                "action_id": "it",
                "options": [{"text": {"type": "plain_text", "text": "A"}, "value": "a"}],
            },
            "b",
        ),
    ],
)
async def test_what_a_control_does_not_offer_cannot_be_chosen(element: Json, given: Any) -> None:
    async with a_page() as visitor:
        bolt, _ = taking_notes(visitor.slack)
        async with on_socket(visitor.slack, bolt):
            await opened(visitor.slack, modal({"type": "actions", "block_id": "row", "elements": [element]}))
            at = {"home": False, "block_id": "row", "action_id": "it"}

            assert await visitor.cannot("maya", "press_in_view", **at, option=given)
            assert await visitor.cannot("maya", "submit", values={"row": given})


async def test_a_form_sent_from_two_windows_closes_once() -> None:
    async with a_page() as visitor:
        bolt, bodies = taking_notes(visitor.slack)
        async with on_socket(visitor.slack, bolt):
            await opened(visitor.slack, modal(REASON))
            before = len(bodies)
            sent = (visitor.does("maya", "submit", values={"reason": "because"}) for _ in range(2))
            results = [it["result"] for it in await asyncio.gather(*sent)]

        assert results == ["closed", "closed"]
        assert len(bodies) == before + 2
