"""What people can and cannot do, and see."""

import pytest

from bot.workspace.model import NotPossibleError
from tests.contract.test_workspace_setup import client_of, manifest, on_socket, pretend_slack


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@sam please", "<@U0SAM> please"),
        ("@front-desk-team please", "<!subteam^S0FRONTDESK> please"),
        ("see #help", "see <#C0HELP|help>"),
        ("@here lunch", "<!here> lunch"),
        ("write to maya@halden.example", "write to <mailto:maya@halden.example|maya@halden.example>"),
        ("https://halden.example/?a=1&b=2", "<https://halden.example/?a=1&amp;b=2>"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("<https://evil.example|your bank>", "&lt;<https://evil.example>|your bank&gt;"),
        ("<@U0FRONTDESK> hello", "<@U0FRONTDESK> hello"),
        ("<@U0NOBODY> hello", "&lt;@U0NOBODY&gt; hello"),
        ("@nobody in #nowhere", "@nobody in #nowhere"),
    ],
)
async def test_typing_is_marked_up_as_slacks_client_does(typed: str, sent: str) -> None:
    async with pretend_slack() as slack:
        await slack.people.say("maya", "help", typed)

        assert slack.people.messages("help")[0].text == sent


async def test_a_mention_is_also_in_the_rich_text() -> None:
    async with pretend_slack() as slack:
        await slack.people.say("maya", "help", "@sam & co, see https://halden.example")

        [block] = slack.people.messages("help")[0].blocks
        assert block["elements"][0]["elements"] == [
            {"type": "user", "user_id": "U0SAM"},
            {"type": "text", "text": " & co, see "},
            {"type": "link", "url": "https://halden.example"},
        ]


async def test_people_speak_and_look_only_where_they_are() -> None:
    async with pretend_slack() as slack:
        with pytest.raises(NotPossibleError, match="maya is not in #privileged-ops"):
            await slack.people.say("maya", "privileged-ops", "let me in")
        with pytest.raises(NotPossibleError, match="jonas does not see #help"):
            slack.people.messages("help", seen_by="jonas")

        assert [it.name for it in slack.people.channels("jonas")] == ["acme-support"]


async def test_the_company_is_who_it_says_it_is() -> None:
    async with pretend_slack() as slack:
        workspace = slack.workspace
        outside = [channel.name for channel in workspace.channels.values() if "U0FRONTDESK" not in channel.members]

        assert outside == ["random"]
        assert "U0JONAS" not in workspace.channel("random").members
        assert workspace.person("rosa").is_restricted
        assert workspace.channel("acme-support").is_ext_shared


async def test_nobody_edits_what_another_wrote() -> None:
    async with pretend_slack() as slack:
        ts = await slack.people.say("maya", "help", "mine")

        with pytest.raises(NotPossibleError, match="did not write that"):
            await slack.people.edit("tom", "help", ts, "yours")


async def test_a_closed_account_does_nothing_more() -> None:
    async with pretend_slack() as slack:
        await slack.people.deactivate("tom")

        with pytest.raises(NotPossibleError, match="deactivated"):
            await slack.people.say("tom", "help", "hello?")


async def test_a_whisper_is_not_for_other_eyes() -> None:
    async with pretend_slack() as slack:
        blocks = [{"type": "actions", "elements": [_button()]}]
        shown = await client_of(slack).chat_postEphemeral(channel="C0HELP", user="U0MAYA", text="?", blocks=blocks)

        with pytest.raises(NotPossibleError, match="sees no message"):
            await slack.people.press("tom", "help", shown["message_ts"], "approve")


async def test_the_app_has_only_the_surfaces_its_manifest_says() -> None:
    granted = manifest()
    granted["features"] = {}
    async with pretend_slack(granted=granted) as slack:
        with pytest.raises(NotPossibleError, match="turned off"):
            await slack.people.dm("maya", "hello")
        with pytest.raises(NotPossibleError, match="no home tab"):
            await slack.people.open_home("maya")
        with pytest.raises(NotPossibleError, match="not a valid command"):
            await slack.people.slash("maya", "help", "/frontdesk status")


@pytest.mark.parametrize(
    ("escapes", "told"),
    [
        (True, "ask <@U0TOM|tom> in <#C0HELP|help> &amp; <!subteam^S0BILLING|billing-team>"),
        (False, "ask @tom in #help & @billing-team"),
    ],
)
async def test_a_command_that_escapes_is_told_who_and_where_is_meant(*, escapes: bool, told: str) -> None:
    granted = manifest()
    granted["features"]["slash_commands"][0]["should_escape"] = escapes
    async with pretend_slack(granted=granted) as slack, on_socket(slack):
        await slack.people.slash("maya", "help", "/frontdesk ask @tom in #help & @billing-team")

        [sent] = slack.workspace.traffic.exchanges("/frontdesk")
        assert sent.sent["payload"]["text"] == told


async def test_someone_from_outside_has_no_home_tab() -> None:
    async with pretend_slack() as slack:
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        await client_of(slack).views_publish(user_id="U0JONAS", view=home)

        assert slack.people.home("jonas") is None
        with pytest.raises(NotPossibleError, match="from outside"):
            await slack.people.open_home("jonas")


async def test_waiting_in_vain_says_what_happened_instead() -> None:
    async with pretend_slack() as slack:
        await slack.people.say("maya", "help", "hello")

        with pytest.raises(TimeoutError, match="hello"):
            await slack.workspace.until(lambda: slack.people.ephemerals("maya"), timeout_seconds=0.01)


def _button() -> dict[str, object]:
    return {"type": "button", "text": {"type": "plain_text", "text": "Approve"}, "action_id": "approve"}
