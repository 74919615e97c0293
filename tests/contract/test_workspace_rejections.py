"""What the workspace refuses, in Slack's own codes."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.workspace import members
from tests.contract.test_workspace_setup import SCOPES, TOKENS, Clock, client_of, manifest, pretend_slack

Doing = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]

REFUSED: list[tuple[str, Doing]] = [
    ("not_in_channel", lambda it: it.chat_postMessage(channel="C0RANDOM", text="hello")),
    ("channel_not_found", lambda it: it.chat_postMessage(channel="C0NOWHERE", text="hello")),
    ("channel_not_found", lambda it: it.chat_postMessage(channel="#help", text="by name")),
    ("no_text", lambda it: it.api_call("chat.postMessage", json={"channel": "C0HELP", "text": ""})),
    ("msg_too_long", lambda it: it.chat_postMessage(channel="C0HELP", text="x" * 40_001)),
    ("invalid_blocks_format", lambda it: it.chat_postMessage(channel="C0HELP", text="x", blocks="[{")),
    ("invalid_blocks", lambda it: it.chat_postMessage(channel="C0HELP", text="x", blocks=[{"type": "sparkle"}])),
    ("invalid_metadata_format", lambda it: it.chat_postMessage(channel="C0HELP", text="x", metadata={"id": 1})),
    ("message_not_found", lambda it: it.chat_update(channel="C0HELP", ts="1.000001", text="x")),
    ("message_not_found", lambda it: it.chat_delete(channel="C0HELP", ts="1.000001")),
    ("user_not_found", lambda it: it.chat_postEphemeral(channel="C0HELP", user="U0NOBODY", text="x")),
    ("user_not_in_channel", lambda it: it.chat_postEphemeral(channel="C0PAYONCALL", user="U0MAYA", text="x")),
    ("not_in_channel", lambda it: it.conversations_history(channel="C0RANDOM")),
    ("invalid_arguments", lambda it: it.api_call("files.getUploadURLExternal", params={"length": 1})),
    ("invalid_arguments", lambda it: it.api_call("files.getUploadURLExternal", params={"filename": "a.png"})),
    (
        "invalid_arguments",
        lambda it: it.api_call("files.getUploadURLExternal", params={"filename": "a.png", "length": "many"}),
    ),
    ("missing_argument", lambda it: it.files_getUploadURLExternal(filename="a.png", length=0)),
    ("alt_txt_too_large", lambda it: it.files_getUploadURLExternal(filename="a.png", length=1, alt_txt="x" * 1001)),
    ("file_upload_size_restricted", lambda it: it.files_getUploadURLExternal(filename="a.png", length=5_242_881)),
    ("invalid_arguments", lambda it: it.files_completeUploadExternal(files=[])),
    ("invalid_arguments", lambda it: it.files_completeUploadExternal(files=[{"title": "x"}])),
    ("invalid_arguments", lambda it: it.api_call("files.completeUploadExternal", params={"files": "F1"})),
    ("file_not_found", lambda it: it.files_completeUploadExternal(files=[{"id": "F0NOWHERE"}])),
    ("thread_not_found", lambda it: it.conversations_replies(channel="C0HELP", ts="1.000001")),
    ("invalid_cursor", lambda it: it.conversations_list(cursor="made up")),
    ("invalid_types", lambda it: it.conversations_list(types="secret_channel")),
    ("user_not_found", lambda it: it.users_info(user="U0NOBODY")),
    ("bot_not_found", lambda it: it.bots_info(bot="B0NOBODY")),
    ("no_such_subteam", lambda it: it.usergroups_users_list(usergroup="S0NOBODY")),
    ("invalid_trigger_id", lambda it: it.views_open(trigger_id="1.2.3", view=VIEW)),
    ("not_found", lambda it: it.views_update(view_id="V0NONE", view=VIEW)),
    ("invalid_arguments", lambda it: it.views_open(trigger_id="1.2.3", view={"type": "modal"})),
    ("not_allowed_token_type", lambda it: it.apps_connections_open(app_token=TOKENS.bot)),
    ("unknown_method", lambda it: it.api_call("chat.whisper")),
]
VIEW: dict[str, Any] = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": []}

NEEDS: list[tuple[str, Doing]] = [
    ("chat:write", lambda it: it.chat_postMessage(channel="C0HELP", text="x")),
    ("channels:history", lambda it: it.conversations_history(channel="C0HELP")),
    ("groups:history", lambda it: it.conversations_history(channel="G0PRIVOPS")),
    ("channels:read", lambda it: it.conversations_info(channel="C0HELP")),
    ("groups:read", lambda it: it.conversations_list(types="public_channel,private_channel")),
    ("im:write", lambda it: it.conversations_open(users="U0MAYA")),
    ("users:read", lambda it: it.users_info(user="U0MAYA")),
    ("files:write", lambda it: it.files_getUploadURLExternal(filename="a.png", length=1)),
    ("files:write", lambda it: it.files_completeUploadExternal(files=[{"id": "F0NOWHERE"}])),
    ("usergroups:read", lambda it: it.usergroups_users_list(usergroup="S0PRIVHEADS")),
    ("reactions:write", lambda it: it.reactions_add(channel="C0HELP", timestamp="1.000001", name="eyes")),
]


async def refusal(doing: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await doing
    answer: dict[str, Any] = caught.value.response.data
    return answer


@pytest.mark.parametrize(("code", "doing"), REFUSED)
async def test_slack_says_no_in_its_own_words(code: str, doing: Doing) -> None:
    async with pretend_slack() as slack:
        answer = await refusal(doing(client_of(slack)))

        assert answer["error"] == code


@pytest.mark.parametrize(("scope", "doing"), NEEDS)
async def test_a_missing_scope_is_named(scope: str, doing: Doing) -> None:
    async with pretend_slack(granted=manifest(without_scopes=scope)) as slack:
        answer = await refusal(doing(client_of(slack)))

        assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
        assert scope not in answer["provided"].split(",")


@pytest.mark.parametrize(
    ("token", "code"),
    [(None, "not_authed"), ("xoxb-someone-else", "invalid_auth"), (TOKENS.app, "not_allowed_token_type")],
)
async def test_a_caller_without_the_right_token_gets_nowhere(token: str | None, code: str) -> None:
    async with pretend_slack() as slack:
        answer = await refusal(client_of(slack, token).auth_test())

        assert answer["error"] == code


async def test_every_answer_says_what_the_app_may_do_and_what_time_it_is_there() -> None:
    async with pretend_slack(granted=manifest(without_scopes="commands"), clock=Clock(1_795_000_000.9)) as slack:
        headers = (await client_of(slack).auth_test()).headers

        assert headers["X-OAuth-Scopes"].split(",") == [it for it in SCOPES.split() if it != "commands"]
        assert headers["Date"] == "Wed, 18 Nov 2026 11:06:40 GMT"


async def test_a_form_with_its_token_inside_is_as_good_as_a_header() -> None:
    async with pretend_slack() as slack, aiohttp.ClientSession() as session:
        form = {"token": TOKENS.bot, "channel": "C0HELP", "text": "hello"}

        async with session.post(slack.api_url + "chat.postMessage", data=form) as response:
            answer = await response.json()

        assert answer["ok"] is True
        [call] = slack.workspace.traffic.exchanges("chat.postMessage")
        assert "token" not in call.sent


async def test_only_its_own_messages_may_be_changed_by_the_bot() -> None:
    async with pretend_slack() as slack:
        ts = await slack.people.say("maya", "help", "mine")
        client = client_of(slack)

        changing = await refusal(client.chat_update(channel="C0HELP", ts=ts, text="yours"))
        deleting = await refusal(client.chat_delete(channel="C0HELP", ts=ts))

        assert (changing["error"], deleting["error"]) == ("cant_update_message", "cant_delete_message")


async def test_a_private_channel_is_unknown_to_a_bot_outside_it() -> None:
    async with pretend_slack() as slack:
        await slack.people.leave("frontdesk", "privileged-ops")

        answer = await refusal(client_of(slack).conversations_info(channel="G0PRIVOPS"))

        assert answer["error"] == "channel_not_found"


async def test_an_archived_channel_takes_no_messages() -> None:
    async with pretend_slack() as slack:
        members.archive(slack.workspace, slack.workspace.channel("help"))

        answer = await refusal(client_of(slack).chat_postMessage(channel="C0HELP", text="anyone?"))

        assert answer["error"] == "is_archived"


async def test_nobody_can_answer_a_system_message_in_a_thread() -> None:
    async with pretend_slack() as slack:
        ts = await slack.people.set_topic("maya", "help", "Closed on Friday")

        answer = await refusal(client_of(slack).chat_postMessage(channel="C0HELP", thread_ts=ts, text="Why?"))

        assert answer["error"] == "cannot_reply_to_message"


async def test_an_edit_may_hold_less_text_than_a_post() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        posted = await client.chat_postMessage(channel="C0HELP", text="x" * 4_001)

        answer = await refusal(client.chat_update(channel="C0HELP", ts=posted["ts"], text="y" * 4_001))

        assert answer["error"] == "msg_too_long"


async def test_user_groups_need_a_paid_plan() -> None:
    async with pretend_slack(plan_has_groups=False) as slack:
        answer = await refusal(client_of(slack).usergroups_list())

        assert answer["error"] == "plan_upgrade_required"


async def test_without_a_messages_tab_nobody_can_be_written_to() -> None:
    granted = manifest()
    granted["features"]["app_home"]["messages_tab_enabled"] = False
    async with pretend_slack(granted=granted) as slack:
        answer = await refusal(client_of(slack).chat_postMessage(channel="U0MAYA", text="hello"))

        assert answer["error"] == "messages_tab_disabled"


async def test_a_home_tab_must_be_in_the_manifest() -> None:
    granted = manifest()
    granted["features"]["app_home"]["home_tab_enabled"] = False
    async with pretend_slack(granted=granted) as slack:
        publishing = client_of(slack).views_publish(user_id="U0MAYA", view={"type": "home", "blocks": []})

        assert (await refusal(publishing))["error"] == "not_enabled"
