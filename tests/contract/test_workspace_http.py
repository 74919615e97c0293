"""Events and interactions over signed HTTP, to Bolt's own server."""

from typing import Any

from aiohttp import web

from bot.workspace.http_events import RequestUrl
from bot.workspace.model import Timing
from bot.workspace.server import PretendSlack
from tests.contract.test_workspace_setup import TOKENS, client_of, on_http, pretend_slack

CARD: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Approve"}, "action_id": "approve"}],
    }
]
AT_ONCE = Timing(http_retry_seconds=(0, 0, 0))


class Recorder:
    """An app of few words: it writes down what it is sent and answers as it is told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[web.Request] = []
        self.headers: dict[str, str] = {}

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, headers=self.headers)

    async def serve(self, slack: PretendSlack) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/slack/events", self.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        await slack.deliver_to(RequestUrl(url=url, signing_secret=TOKENS.signing_secret))
        return runner


async def test_bolt_believes_the_signature_and_answers_the_challenge() -> None:
    async with pretend_slack() as slack, on_http(slack):
        assert await slack.verify_request_url()


async def test_bolt_turns_away_what_is_signed_with_another_secret() -> None:
    async with pretend_slack(timing=AT_ONCE) as slack, on_http(slack, signing_secret="not-the-same"):
        await slack.people.say("maya", "help", "hello")
        await slack.delivered()

        sent = slack.workspace.traffic.exchanges("message")
        assert {it.status for it in sent} == {"http_error"}
        assert len(sent) == 4


async def test_a_failed_request_is_repeated_with_its_number_and_reason() -> None:
    async with pretend_slack(timing=AT_ONCE) as slack:
        app = Recorder(500, 500, 200)
        runner = await app.serve(slack)

        await slack.people.say("maya", "help", "hello")
        await slack.delivered()

        retries = [it.headers.get("X-Slack-Retry-Num") for it in app.requests]
        assert retries == [None, "1", "2"]
        assert app.requests[1].headers["X-Slack-Retry-Reason"] == "http_error"
        await runner.cleanup()


async def test_an_app_may_ask_not_to_be_tried_again() -> None:
    async with pretend_slack(timing=AT_ONCE) as slack:
        app = Recorder(500)
        app.headers["X-Slack-No-Retry"] = "1"
        runner = await app.serve(slack)

        await slack.people.say("maya", "help", "hello")
        await slack.delivered()

        assert len(app.requests) == 1
        await runner.cleanup()


async def test_an_app_that_is_not_there_is_tried_again() -> None:
    async with pretend_slack(timing=AT_ONCE) as slack:
        app = Recorder()
        runner = await app.serve(slack)
        await runner.cleanup()

        await slack.people.say("maya", "help", "hello")
        await slack.delivered()

        sent = slack.workspace.traffic.exchanges("message")
        assert [it.status for it in sent] == ["connection_failed"] * 4


async def test_a_press_travels_as_a_form_and_its_acknowledgement_back() -> None:
    async with pretend_slack() as slack, on_http(slack) as bolt:
        pressed: list[dict[str, Any]] = []

        @bolt.action("approve")
        async def approve(ack: Any, body: dict[str, Any]) -> None:
            await ack()
            pressed.append(body)

        posted = await client_of(slack).chat_postMessage(channel="C0HELP", text="A card", blocks=CARD)

        assert await slack.people.press("maya", "help", posted["ts"], "approve")
        assert (pressed[0]["user"]["id"], pressed[0]["message"]["ts"]) == ("U0MAYA", posted["ts"])


async def test_a_press_bolt_has_no_listener_for_is_not_acknowledged() -> None:
    async with pretend_slack() as slack, on_http(slack):
        posted = await client_of(slack).chat_postMessage(channel="C0HELP", text="A card", blocks=CARD)

        assert not await slack.people.press("maya", "help", posted["ts"], "approve")


async def test_a_command_travels_as_a_form_and_may_be_answered_in_its_acknowledgement() -> None:
    async with pretend_slack() as slack, on_http(slack) as bolt:

        @bolt.command("/frontdesk")
        async def answer(ack: Any, command: dict[str, str]) -> None:
            await ack(f"You said {command['text']}")

        assert await slack.people.slash("maya", "help", "/frontdesk  status please ")

        assert [it.text for it in slack.people.ephemerals("maya")] == ["You said status please"]
