"""Pressing, modals, home tabs, response URLs: a person at the screen, a real Bolt app behind it."""

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.workspace.model import NotPossibleError
from bot.workspace.server import PretendSlack
from tests.contract.test_workspace_setup import Clock, bolt_app, client_of, manifest, on_socket, pretend_slack

Payload = dict[str, Any]


def plain(text: str) -> Payload:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Payload:
    return {"text": plain(value.title()), "value": value}


CARD: list[Payload] = [
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {"type": "button", "text": plain("Approve"), "action_id": "approve", "value": "case-7:3"},
            {"type": "button", "text": plain("Why?"), "action_id": "why"},
            {"type": "overflow", "action_id": "more", "options": [option("reassign"), option("escalate")]},
        ],
    }
]
REASON = {
    "type": "input",
    "block_id": "reason",
    "label": plain("Reason"),
    "element": {"type": "plain_text_input", "action_id": "text", "min_length": 3, "max_length": 10},
}
WHERE = {
    "type": "input",
    "block_id": "where",
    "label": plain("Where to"),
    "optional": True,
    "element": {"type": "static_select", "action_id": "queue", "options": [option("billing"), option("bugs")]},
}
PEOPLE = {
    "type": "input",
    "block_id": "who",
    "label": plain("Who"),
    "optional": True,
    "element": {"type": "multi_users_select", "action_id": "users"},
}


def modal(*blocks: Payload, **more: Any) -> Payload:
    shown = list(blocks) or [REASON]
    return {"type": "modal", "title": plain("Deny"), "submit": plain("Send"), "blocks": shown, **more}


async def posted_card(slack: PretendSlack, channel: str = "C0HELP") -> str:
    posted = await client_of(slack).chat_postMessage(channel=channel, text="A card", blocks=CARD)
    return str(posted["ts"])


def taking_notes(slack: PretendSlack) -> tuple[AsyncApp, list[Payload]]:
    """An app that acknowledges every press, submission and closing, and keeps what it was sent."""
    bolt, bodies = bolt_app(slack), []

    @bolt.middleware
    async def keep(body: Payload, next: Any) -> None:  # noqa: A002 - Bolt gives it by that name
        if body["type"] != "event_callback":
            bodies.append(body)
        await next()

    async def acknowledge(ack: Any) -> None:
        await ack()

    for action_id in ("approve", "why", "more", "choose", "go"):
        bolt.action(action_id)(acknowledge)
    for callback_id in ("", "deny"):
        bolt.view(callback_id)(acknowledge)
    bolt.view_closed("deny")(acknowledge)
    return bolt, bodies


async def opened(slack: PretendSlack, view: Payload, user: str = "maya") -> str:
    """Put a modal on someone's screen: they press, the app opens it."""
    ts = await posted_card(slack)
    await slack.people.press(user, "help", ts, "why")
    [body] = [it.sent["payload"] for it in slack.workspace.traffic.exchanges("block_actions")][-1:]
    answer = await client_of(slack).views_open(trigger_id=body["trigger_id"], view=view)
    return str(answer["view"]["id"])


async def test_a_press_says_who_where_and_what() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            ts = await posted_card(slack)

            assert await slack.people.press("maya", "help", ts, "approve", value="case-7:3")

        [body] = bodies
        assert body["user"] == {"id": "U0MAYA", "username": "maya", "name": "maya", "team_id": "T0HALDEN"}
        assert body["container"] == {
            "type": "message",
            "message_ts": ts,
            "channel_id": "C0HELP",
            "is_ephemeral": False,
        }
        assert body["message"]["blocks"][0]["block_id"] == "decide"
        [action] = body["actions"]
        assert (action["action_id"], action["block_id"], action["value"]) == ("approve", "decide", "case-7:3")


async def test_choosing_from_an_overflow_menu_sends_the_option() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            ts = await posted_card(slack)

            await slack.people.press("maya", "help", ts, "more", option="escalate")

        assert bodies[0]["actions"][0]["selected_option"]["value"] == "escalate"


async def test_someone_from_outside_presses_under_their_own_team() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            ts = await posted_card(slack, "C0ACME")

            await slack.people.press("jonas", "acme-support", ts, "approve")

        assert (bodies[0]["user"]["team_id"], bodies[0]["team"]["id"]) == ("T0ACME", "T0HALDEN")


async def test_a_press_opens_a_modal_which_complains_and_then_closes() -> None:
    async with pretend_slack() as slack, on_socket(slack, bolt_app(slack)) as bolt:

        @bolt.action("why")
        async def ask(ack: Any, body: Payload, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(callback_id="deny"))

        @bolt.view("deny")
        async def read(ack: Any, view: Payload) -> None:
            text = view["state"]["values"]["reason"]["text"]["value"]
            if text == "because":
                await ack(response_action="errors", errors={"reason": "That is no reason"})
            else:
                await ack()

        ts = await posted_card(slack)
        await slack.people.press("maya", "help", ts, "why")
        await slack.workspace.until(lambda: slack.people.open_view("maya"))

        first = await slack.people.submit("maya", {"reason": "because"})
        second = await slack.people.submit("maya", {"reason": "too risky"})

        assert (first.result, first.errors) == ("errors", {"reason": "That is no reason"})
        assert second.is_closed
        assert slack.people.open_view("maya") is None


async def test_every_kind_of_input_arrives_in_the_state() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            await opened(slack, modal(REASON, WHERE, PEOPLE))

            await slack.people.submit("maya", {"reason": "risky", "queue": "bugs", "who": ["U0SAM", "U0NOOR"]})

        values = bodies[-1]["view"]["state"]["values"]
        assert values["reason"]["text"] == {"type": "plain_text_input", "value": "risky"}
        assert values["where"]["queue"]["selected_option"]["value"] == "bugs"
        assert values["who"]["users"]["selected_users"] == ["U0SAM", "U0NOOR"]


@pytest.mark.parametrize(
    ("typed", "complaint"), [("", "required"), ("no", "at least 3"), ("far too long a reason", "at most 10")]
)
async def test_the_client_complains_before_the_app_hears_of_it(typed: str, complaint: str) -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            await opened(slack, modal())
            bodies.clear()

            submission = await slack.people.submit("maya", {"reason": typed})

        assert complaint in submission.errors["reason"]
        assert bodies == []


async def test_a_modal_can_be_updated_and_pushed_upon_by_its_acknowledgement() -> None:
    async with pretend_slack() as slack, on_socket(slack, bolt_app(slack)) as bolt:
        answers: list[Payload] = [
            {"response_action": "update", "view": modal(callback_id="deny", title=plain("Two"))},
            {"response_action": "push", "view": modal(callback_id="deny", title=plain("Three"))},
            {"response_action": "clear"},
        ]

        @bolt.view("deny")
        async def next_step(ack: Any) -> None:
            await ack(**answers.pop(0))

        @bolt.action("why")
        async def acknowledge(ack: Any) -> None:
            await ack()

        await opened(slack, modal(callback_id="deny"))
        seen = []
        for _ in range(3):
            submission = await slack.people.submit("maya", {"reason": "risky"})
            view = slack.people.open_view("maya")
            seen.append((submission.result, view.content["title"]["text"] if view else ""))

        assert seen == [("updated", "Two"), ("pushed", "Three"), ("cleared", "")]


async def test_an_error_for_what_is_no_input_cannot_be_shown() -> None:
    async with pretend_slack() as slack, on_socket(slack, bolt_app(slack)) as bolt:

        @bolt.action("why")
        async def acknowledge(ack: Any) -> None:
            await ack()

        @bolt.view("deny")
        async def refuse(ack: Any) -> None:
            await ack(response_action="errors", errors={"nowhere": "?"})

        await opened(slack, modal(callback_id="deny"))

        submission = await slack.people.submit("maya", {"reason": "risky"})

        assert submission.result == "failed"
        assert slack.people.open_view("maya") is not None


async def test_a_trigger_serves_once() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            await opened(slack, modal())

            with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
                await client_of(slack).views_open(trigger_id=bodies[0]["trigger_id"], view=modal())


async def test_a_trigger_lives_three_seconds() -> None:
    clock = Clock()
    async with pretend_slack(clock=clock) as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            await slack.people.press("maya", "help", await posted_card(slack), "why")
            clock.now += 3.1

            with pytest.raises(SlackApiError, match="expired_trigger_id"):
                await client_of(slack).views_open(trigger_id=bodies[0]["trigger_id"], view=modal())


async def test_three_modals_are_the_most_there_can_be() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        button = {"type": "actions", "elements": [{"type": "button", "text": plain("More"), "action_id": "go"}]}
        async with on_socket(slack, bolt):
            await opened(slack, modal(button))
            for _ in range(2):
                await slack.people.press_in_view("maya", "go")
                await client_of(slack).views_push(trigger_id=bodies[-1]["trigger_id"], view=modal(button))
            await slack.people.press_in_view("maya", "go")

            with pytest.raises(SlackApiError, match="push_limit_reached"):
                await client_of(slack).views_push(trigger_id=bodies[-1]["trigger_id"], view=modal(button))


async def test_an_update_that_saw_an_older_view_is_refused() -> None:
    async with pretend_slack() as slack:
        bolt, _ = taking_notes(slack)
        async with on_socket(slack, bolt):
            view_id = await opened(slack, modal())
            view = slack.people.open_view("maya")
            assert view is not None
            await client_of(slack).views_update(view_id=view_id, hash=view.hash, view=modal(title=plain("Newer")))

            with pytest.raises(SlackApiError, match="hash_conflict"):
                await client_of(slack).views_update(view_id=view_id, hash=view.hash, view=modal())


async def test_what_was_typed_survives_an_update_that_keeps_the_names() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        chooser = {
            "type": "section",
            "block_id": "pick",
            "text": plain("Where to?"),
            "accessory": {"type": "static_select", "action_id": "choose", "options": [option("billing")]},
        }
        async with on_socket(slack, bolt):
            view_id = await opened(slack, modal(chooser))

            await slack.people.press_in_view("maya", "choose", option="billing")
            await client_of(slack).views_update(view_id=view_id, view=modal(chooser, REASON))
            await slack.people.submit("maya", {"reason": "risky"})

        values = bodies[-1]["view"]["state"]["values"]
        assert values["pick"]["choose"]["selected_option"]["value"] == "billing"


async def test_closing_a_modal_is_told_only_if_asked_for() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            await opened(slack, modal(callback_id="deny", notify_on_close=True))
            await slack.people.close_view("maya")
            await opened(slack, modal(callback_id="deny"))
            await slack.people.close_view("maya")

        closings = [it for it in bodies if it["type"] == "view_closed"]
        assert [it["is_cleared"] for it in closings] == [False]
        assert slack.people.open_view("maya") is None


async def test_a_home_tab_is_one_persons_and_its_buttons_work() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        home = {
            "type": "home",
            "blocks": [{"type": "actions", "elements": [{"type": "button", "text": plain("Go"), "action_id": "go"}]}],
        }
        async with on_socket(slack, bolt):
            await client_of(slack).views_publish(user_id="U0MAYA", view=home)

            assert await slack.people.press_in_view("maya", "go", home=True)

        assert (bodies[0]["container"]["type"], bodies[0]["view"]["type"]) == ("view", "home")
        assert slack.people.home("tom") is None


async def test_a_response_url_replaces_the_message_that_was_pressed() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            await slack.people.press("maya", "help", await posted_card(slack), "approve")

            await AsyncWebhookClient(bodies[0]["response_url"]).send(text="Approved", replace_original=True)

        assert [(it.text, it.blocks) for it in slack.people.messages("help")] == [("Approved", ())]


async def test_an_ephemeral_message_can_only_be_replaced_by_its_response_url() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            shown = await client_of(slack).chat_postEphemeral(channel="C0HELP", user="U0MAYA", text="?", blocks=CARD)
            await slack.people.press("maya", "help", shown["message_ts"], "why")
            url = bodies[0]["response_url"]

            await AsyncWebhookClient(url).send(text="Because.", replace_original=True)
            replaced = [it.text for it in slack.people.ephemerals("maya")]
            await AsyncWebhookClient(url).send(delete_original=True)

        assert (bodies[0]["container"]["is_ephemeral"], "message" in bodies[0]) == (True, False)
        assert replaced == ["Because."]
        assert slack.people.ephemerals("maya") == []


async def test_a_response_url_answers_only_the_one_who_pressed_unless_told() -> None:
    async with pretend_slack() as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            await slack.people.press("maya", "help", await posted_card(slack), "approve")
            url = AsyncWebhookClient(bodies[0]["response_url"])

            await url.send(text="Just for you")
            await url.send(text="For everyone", response_type="in_channel")

        assert [it.text for it in slack.people.ephemerals("maya")] == ["Just for you"]
        assert [it.text for it in slack.people.messages("help")] == ["A card", "For everyone"]


async def test_a_response_url_serves_five_times_in_half_an_hour() -> None:
    clock = Clock()
    async with pretend_slack(clock=clock) as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            ts = await posted_card(slack)
            await slack.people.press("maya", "help", ts, "approve")
            await slack.people.press("maya", "help", ts, "approve")
            first, second = (AsyncWebhookClient(it["response_url"]) for it in bodies)

            answers = [await first.send(text="again") for _ in range(6)]
            clock.now += 1801
            late = await second.send(text="too late")

        assert [it.status_code for it in answers] == [200] * 5 + [404]
        assert "used_url" in answers[-1].body
        assert "expired_url" in late.body


async def test_a_shortcut_brings_the_message_it_was_chosen_on() -> None:
    async with pretend_slack() as slack, on_socket(slack, bolt_app(slack)) as bolt:
        texts: list[str] = []

        @bolt.shortcut("hand-over")
        async def take_over(ack: Any, shortcut: Payload) -> None:
            await ack()
            texts.append(shortcut["message"]["text"])

        ts = await slack.people.say("maya", "help", "this belongs to billing")

        assert await slack.people.use_shortcut("noor", "help", ts, "hand-over")
        assert texts == ["this belongs to billing"]


async def test_without_interactivity_in_the_manifest_no_press_arrives() -> None:
    granted = manifest()
    granted["settings"]["interactivity"]["is_enabled"] = False
    async with pretend_slack(granted=granted) as slack:
        bolt, bodies = taking_notes(slack)
        async with on_socket(slack, bolt):
            is_acknowledged = await slack.people.press("maya", "help", await posted_card(slack), "approve")

        assert (is_acknowledged, bodies) == (False, [])


async def test_nobody_presses_what_is_not_there() -> None:
    async with pretend_slack() as slack:
        ts = await posted_card(slack)

        with pytest.raises(NotPossibleError, match="nothing to press called deny"):
            await slack.people.press("maya", "help", ts, "deny")
        with pytest.raises(NotPossibleError, match="does not offer"):
            await slack.people.press("maya", "help", ts, "more", option="delete")
        with pytest.raises(NotPossibleError, match="nothing open"):
            await slack.people.submit("maya")
