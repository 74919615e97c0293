"""Which events an app is told of, and how they look."""

from typing import Any

from bot.workspace.model import File
from tests.contract.test_workspace_setup import bolt_app, client_of, heard, manifest, on_socket, pretend_slack


async def test_nothing_is_heard_from_channels_the_bot_is_not_in() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.say("maya", "random", "lunch, @frontdesk?")
        await slack.people.say("maya", "help", "hello")
        await slack.delivered()

        assert [it["channel"] for it in heard(slack)] == ["C0HELP"]


async def test_nothing_is_heard_that_was_not_subscribed_to() -> None:
    granted = manifest(without_events="message.channels")
    async with pretend_slack(granted=granted) as slack, on_socket(slack):
        await slack.people.say("maya", "help", "hello")
        await slack.people.dm("maya", "psst")
        await slack.delivered()

        assert [it["channel_type"] for it in heard(slack)] == ["im"]


async def test_a_subscription_without_its_scope_hears_nothing() -> None:
    granted = manifest(without_scopes="im:history")
    async with pretend_slack(granted=granted) as slack, on_socket(slack):
        await slack.people.dm("maya", "psst")
        await slack.delivered()

        assert heard(slack) == []


async def test_each_kind_of_channel_is_named() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.say("maya", "help", "in public")
        await slack.people.say("viktor", "privileged-ops", "in private")
        await slack.people.dm("maya", "between us")
        await slack.delivered()

        assert [it["channel_type"] for it in heard(slack, "message")] == ["channel", "group", "im"]


async def test_a_mention_is_told_twice_with_different_event_ids() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "@frontdesk my invoice is wrong")
        await slack.delivered()

        sent = [it.sent["payload"] for it in slack.workspace.traffic.exchanges() if it.kind == "envelope"]
        assert [it["event"]["type"] for it in sent] == ["message", "app_mention"]
        assert {it["event"]["ts"] for it in sent} == {ts}
        assert len({it["event_id"] for it in sent}) == 2


async def test_someone_from_outside_is_marked_and_so_is_their_channel() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.say("jonas", "acme-support", "we were charged twice")
        await slack.delivered()

        [sent] = [it.sent["payload"] for it in slack.workspace.traffic.exchanges("message")]
        event = sent["event"]
        assert (event["user_team"], event["source_team"], event["team"]) == ("T0ACME", "T0ACME", "T0ACME")
        assert (sent["team_id"], sent["context_team_id"], sent["is_ext_shared_channel"]) == ("T0ACME", "T0HALDEN", True)
        assert sent["authorizations"][0]["team_id"] == "T0HALDEN"


async def test_an_edit_nests_what_was_and_what_is() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "my invoice is worng")
        await slack.people.edit("maya", "help", ts, "my invoice is wrong")
        await slack.delivered()

        event = heard(slack)[-1]
        assert (event["subtype"], event["channel"]) == ("message_changed", "C0HELP")
        assert event["message"]["text"] == "my invoice is wrong"
        assert event["message"]["edited"]["user"] == "U0MAYA"
        assert event["previous_message"]["text"] == "my invoice is worng"
        assert (event["message"]["ts"], "text" in event) == (ts, False)


async def test_an_unfurl_is_an_edit_in_which_no_word_changes() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "see https://halden.example/1")
        await slack.people.unfurl("help", ts, "https://halden.example/1")
        await slack.delivered()

        event = heard(slack)[-1]
        assert event["subtype"] == "message_changed"
        assert event["message"]["text"] == event["previous_message"]["text"]
        assert "edited" not in event["message"]
        assert event["message"]["attachments"][0]["from_url"] == "https://halden.example/1"


async def test_a_reply_also_changes_its_thread_without_a_word() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "a question")
        await slack.people.say("tom", "help", "an answer", thread_ts=ts)
        await slack.delivered()

        question, answer, change = heard(slack)
        assert (answer["thread_ts"], answer["parent_user_id"]) == (ts, "U0MAYA")
        assert (change["subtype"], change["message"]["reply_count"]) == ("message_changed", 1)
        assert change["message"]["text"] == change["previous_message"]["text"] == question["text"]


async def test_deleting_says_what_was_deleted() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "never mind")
        await slack.people.delete("maya", "help", ts)
        await slack.delivered()

        event = heard(slack)[-1]
        assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", ts)
        assert event["previous_message"]["text"] == "never mind"


async def test_deleting_what_was_answered_looks_like_an_edit_into_a_tombstone() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "never mind")
        await client_of(slack).chat_postMessage(channel="C0HELP", thread_ts=ts, text="On it.")
        await slack.people.delete("maya", "help", ts)
        await slack.delivered()

        event = heard(slack)[-1]
        assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")
        assert (event["message"]["ts"], event["message"]["user"]) == (ts, "USLACKBOT")


async def test_subtypes_say_what_kind_of_message_it_is() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "log attached", files=[File(id="F0LOG", name="app.log")])
        await slack.people.say("tom", "help", "read it", thread_ts=ts, broadcast=True)
        await slack.people.set_topic("maya", "help", "Closed on Friday")
        await slack.people.post_as_bot("statusbot", "alerts", "disk full", webhook=True)
        await slack.people.post_as_bot("statusbot", "alerts", "disk full")
        await slack.delivered()

        subtypes = [it.get("subtype") for it in heard(slack, "message") if it.get("subtype") != "message_changed"]
        assert subtypes == ["file_share", "thread_broadcast", "channel_topic", "bot_message", None]


async def test_other_bots_are_recognised_by_their_bot_id_and_a_webhook_has_no_user() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.post_as_bot("statusbot", "alerts", "disk full <!here>", webhook=True)
        await slack.people.post_as_bot("statusbot", "alerts", "disk full")
        await slack.delivered()

        webhook, modern = heard(slack)
        assert ("user" in webhook, webhook["bot_id"], webhook["username"]) == (False, "B0STATUS", "Statusbot")
        assert (modern["user"], modern["bot_id"], modern["bot_profile"]["app_id"]) == (
            "U0STATUS",
            "B0STATUS",
            "A0STATUS",
        )
        assert webhook["text"] == "disk full <!here>"


async def test_the_bots_own_messages_are_sent_but_bolt_drops_them() -> None:
    async with pretend_slack() as slack, on_socket(slack, bolt_app(slack)) as bolt:
        given: list[dict[str, Any]] = []

        @bolt.event("message")
        async def note(event: dict[str, Any]) -> None:
            given.append(event)

        await client_of(slack).chat_postMessage(channel="C0HELP", text="Good morning")
        await slack.delivered()

        assert [it["text"] for it in heard(slack)] == ["Good morning"]
        assert given == []


async def test_joining_is_an_event_and_a_message() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.join("maya", "bugs")
        await slack.delivered()

        joined, said = heard(slack)
        assert (joined["type"], joined["user"], joined["channel"]) == ("member_joined_channel", "U0MAYA", "C0BUGS")
        assert said["subtype"] == "channel_join"


async def test_a_reaction_names_the_message_and_its_author() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        ts = await slack.people.say("maya", "help", "done?")
        await slack.people.react("tom", "help", ts, "white_check_mark")
        await slack.delivered()

        [event] = heard(slack, "reaction_added")
        assert (event["user"], event["reaction"], event["item_user"]) == ("U0TOM", "white_check_mark", "U0MAYA")
        assert event["item"] == {"type": "message", "channel": "C0HELP", "ts": ts}


async def test_a_changed_user_group_says_who_came_and_went() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.set_group("privileged-ops-heads", ["hana"])
        await slack.delivered()

        [event] = heard(slack, "subteam_members_changed")
        assert event["subteam_id"] == "S0PRIVHEADS"
        assert (event["added_users"], event["removed_users"]) == (["U0HANA"], ["U0VIKTOR"])


async def test_opening_the_app_is_told_with_the_view_as_it_was() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        await slack.people.open_home("maya")
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        await client_of(slack).views_publish(user_id="U0MAYA", view=home)
        await slack.people.open_home("maya")
        await slack.people.open_home("maya", tab="messages")
        await slack.delivered()

        first, second, third = heard(slack, "app_home_opened")
        assert ("view" in first, second["view"]["type"], third["tab"]) == (False, "home", "messages")


async def test_the_journal_numbers_every_change_in_order() -> None:
    async with pretend_slack() as slack:
        before = slack.workspace.journal.last_seq
        ts = await slack.people.say("maya", "help", "one")
        await slack.people.edit("maya", "help", ts, "two")

        entries = slack.workspace.journal.since(before)

        assert [it.seq for it in entries] == [before + 1, before + 2]
        assert [type(it.change).__name__ for it in entries] == ["MessagePosted", "MessageEdited"]
