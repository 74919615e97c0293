"""Messages through the real client: posting, editing, threads, metadata, reading back."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.workspace.model import File
from tests.contract.test_workspace_setup import client_of, on_socket, pretend_slack

CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Refund* for Acme"}},
    {
        "type": "actions",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Approve"}, "action_id": "approve"}],
    },
]


async def test_a_posted_message_carries_the_bot_and_names_for_its_blocks() -> None:
    async with pretend_slack() as slack:
        posted = await client_of(slack).chat_postMessage(channel="C0HELP", text="Refund for Acme", blocks=CARD)

        message = posted["message"]
        assert (message["bot_id"], message["app_id"], message["user"]) == ("B0FRONTDESK", "A0FRONTDESK", "U0FRONTDESK")
        assert all(block["block_id"] for block in message["blocks"])
        assert [it.text for it in slack.people.messages("help", seen_by="maya")] == ["Refund for Acme"]


async def test_every_message_has_its_own_later_ts_even_when_the_clock_stands_still() -> None:
    async with pretend_slack() as slack:
        said = [await slack.people.say("maya", "help", str(number)) for number in range(20)]

        assert said == sorted(set(said))


async def test_an_update_changes_the_message_in_place_and_marks_it_edited() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        posted = await client.chat_postMessage(channel="C0HELP", text="Waiting", blocks=CARD)

        await client.chat_update(channel="C0HELP", ts=posted["ts"], text="Approved", blocks=[])

        [message] = slack.people.messages("help")
        assert (message.text, message.blocks) == ("Approved", ())
        assert message.edited is not None


async def test_an_update_leaves_alone_what_it_does_not_mention() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        metadata = {"event_type": "notice", "event_payload": {"id": "n-1"}}
        posted = await client.chat_postMessage(channel="C0HELP", text="Waiting", blocks=CARD, metadata=metadata)

        await client.chat_update(channel="C0HELP", ts=posted["ts"], text="Still waiting")

        [message] = slack.people.messages("help")
        assert len(message.blocks) == 2
        assert message.metadata == metadata


async def test_an_ephemeral_message_is_seen_by_one_person_and_read_back_by_none() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        await client.chat_postEphemeral(channel="C0HELP", user="U0MAYA", text="Only the head of IT can approve this.")

        history = await client.conversations_history(channel="C0HELP")

        assert [it.text for it in slack.people.ephemerals("maya")] == ["Only the head of IT can approve this."]
        assert slack.people.ephemerals("tom") == []
        assert history["messages"] == []


async def test_a_reply_is_counted_by_its_thread_and_kept_out_of_the_channel() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        ts = await slack.people.say("maya", "help", "my invoice is wrong")

        await client.chat_postMessage(channel="C0HELP", thread_ts=ts, text="On it.")

        thread = await client.conversations_replies(channel="C0HELP", ts=ts)
        assert [it["text"] for it in thread["messages"]] == ["my invoice is wrong", "On it."]
        assert thread["messages"][0]["reply_count"] == 1
        assert thread["messages"][1]["parent_user_id"] == "U0MAYA"
        assert [it.ts for it in slack.people.messages("help")] == [ts]


async def test_a_broadcast_reply_is_in_the_thread_and_in_the_channel() -> None:
    async with pretend_slack() as slack:
        ts = await slack.people.say("maya", "help", "my invoice is wrong")

        await client_of(slack).chat_postMessage(channel="C0HELP", thread_ts=ts, text="Fixed.", reply_broadcast=True)

        assert [it.subtype for it in slack.people.messages("help")] == ["", "thread_broadcast"]
        assert len(slack.people.thread("help", ts)) == 2


async def test_a_reply_to_a_deleted_message_lands_in_the_channel_without_a_word() -> None:
    async with pretend_slack() as slack:
        ts = await slack.people.say("maya", "help", "never mind")
        await slack.people.delete("maya", "help", ts)

        posted = await client_of(slack).chat_postMessage(channel="C0HELP", thread_ts=ts, text="On it.")

        assert "thread_ts" not in posted["message"]
        assert [it.text for it in slack.people.messages("help")] == ["On it."]


async def test_deleting_a_message_that_was_answered_leaves_a_tombstone_until_the_answers_go() -> None:
    async with pretend_slack() as slack:
        ts = await slack.people.say("maya", "help", "never mind")
        reply = await slack.people.say("tom", "help", "what?", thread_ts=ts)

        await slack.people.delete("maya", "help", ts)

        [stone] = slack.people.messages("help")
        assert (stone.subtype, stone.text) == ("tombstone", "This message was deleted.")
        await slack.people.delete("tom", "help", reply)
        assert slack.people.messages("help") == []


async def test_metadata_is_returned_only_when_asked_for() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        metadata = {"event_type": "frontdesk_notice", "event_payload": {"notice": "n-17"}}
        await client.chat_postMessage(channel="C0HELP", text="A card", metadata=metadata)

        plainly = await client.conversations_history(channel="C0HELP")
        fully = await client.conversations_history(channel="C0HELP", include_all_metadata=True)

        assert "metadata" not in plainly["messages"][0]
        assert fully["messages"][0]["metadata"] == metadata


async def test_history_is_paged_newest_first() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        for number in range(5):
            await slack.people.say("maya", "help", str(number))

        pages = [
            [it["text"] for it in page["messages"]]
            async for page in await client.conversations_history(channel="C0HELP", limit=2)
        ]

        assert pages == [["4", "3"], ["2", "1"], ["0"]]


@pytest.mark.parametrize(("inclusive", "expected"), [(True, ["2", "1"]), (False, [])])
async def test_a_period_of_history_includes_its_ends_only_when_told(inclusive: bool, expected: list[str]) -> None:  # noqa: FBT001 - a parametrized case
    async with pretend_slack() as slack:
        said = [await slack.people.say("maya", "help", str(number)) for number in range(4)]

        history = await client_of(slack).conversations_history(
            channel="C0HELP", oldest=said[1], latest=said[2], inclusive=inclusive
        )

        assert [it["text"] for it in history["messages"]] == expected


async def test_channels_are_listed_in_pages_and_only_those_the_bot_may_know() -> None:
    async with pretend_slack() as slack:
        names: list[str] = []
        pages = await client_of(slack).conversations_list(types="public_channel,private_channel", limit=4)
        async for page in pages:
            names += [channel["name"] for channel in page["channels"]]

        assert len(names) == len(set(names)) == 18
        assert {"random", "privileged-ops"} <= set(names)


async def test_people_are_described_with_what_makes_them_different() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)

        guest = (await client.users_info(user="U0ROSA"))["user"]
        outsider = (await client.users_info(user="U0JONAS"))["user"]
        listed = [it["name"] for it in (await client.users_list())["members"]]

        assert guest["is_restricted"] is True
        assert (outsider["team_id"], outsider["is_stranger"]) == ("T0ACME", True)
        assert "rosa" in listed
        assert "jonas" not in listed


async def test_a_user_group_lists_its_people() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)

        groups = (await client.usergroups_list())["usergroups"]
        heads = next(it for it in groups if it["handle"] == "privileged-ops-heads")

        assert (await client.usergroups_users_list(usergroup=heads["id"]))["users"] == ["U0VIKTOR"]


async def test_someone_whose_account_is_closed_leaves_every_user_group() -> None:
    async with pretend_slack() as slack:
        await slack.people.deactivate("viktor")

        users = await client_of(slack).usergroups_users_list(usergroup="S0PRIVHEADS")
        person = await client_of(slack).users_info(user="U0VIKTOR")

        assert users["users"] == []
        assert person["user"]["deleted"] is True


async def test_the_bot_may_write_to_a_person_directly() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        opened = await client.conversations_open(users="U0MAYA")

        await client.chat_postMessage(channel=opened["channel"]["id"], text="Hello, Maya")
        await client.chat_postMessage(channel="U0MAYA", text="And again")

        assert [it.text for it in slack.people.dms("maya")] == ["Hello, Maya", "And again"]


async def test_reactions_are_kept_once_for_each_person() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        ts = await slack.people.say("maya", "help", "thanks")
        await client.reactions_add(channel="C0HELP", timestamp=ts, name="eyes")

        with pytest.raises(SlackApiError, match="already_reacted"):
            await client.reactions_add(channel="C0HELP", timestamp=ts, name="eyes")

        [message] = slack.people.messages("help")
        assert [(it.name, it.users) for it in message.reactions] == [("eyes", ("U0FRONTDESK",))]
        await client.reactions_remove(channel="C0HELP", timestamp=ts, name="eyes")
        assert slack.people.messages("help")[0].reactions == ()


async def test_a_message_with_a_file_says_so() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.say("maya", "help", "see the log", files=[File(id="F0LOG", name="app.log")])

        history = await client_of(slack).conversations_history(channel="C0HELP")

        [message] = history["messages"]
        assert (message["subtype"], message["files"][0]["name"]) == ("file_share", "app.log")


async def test_a_permalink_to_a_reply_names_its_thread() -> None:
    async with pretend_slack() as slack:
        ts = await slack.people.say("maya", "help", "a question")
        reply = await slack.people.say("tom", "help", "an answer", thread_ts=ts)

        link = await client_of(slack).chat_getPermalink(channel="C0HELP", message_ts=reply)

        assert link["permalink"].startswith("https://haldengoods.slack.com/archives/C0HELP/p")
        assert f"thread_ts={ts}" in link["permalink"]


async def test_a_response_url_nobody_was_given_answers_404() -> None:
    async with pretend_slack() as slack:
        url = slack.api_url.replace("/api/", "/hooks/made-up")

        answer = await AsyncWebhookClient(url).send(text="hello")

        assert answer.status_code == 404
