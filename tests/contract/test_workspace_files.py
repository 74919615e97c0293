"""Files the app brings: announced, sent and completed through the real client, and everything that is refused."""

from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientConnectionError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.faults import AppliedThenDropped, Hang, RateLimited, ServerError
from bot.workspace.model import Limits, Timing
from bot.workspace.server import PretendSlack
from tests.contract.test_workspace_setup import TOKENS, Clock, client_of, heard, on_socket, pretend_slack

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
FIVE_MEGABYTES = 5 * 1024 * 1024


async def announced(slack: PretendSlack, length: int = len(PNG), name: str = "week.png") -> tuple[str, str]:
    """The address to send it to, and the file's id."""
    answer = await client_of(slack).files_getUploadURLExternal(filename=name, length=length, alt_txt="A line")
    return str(answer["upload_url"]), str(answer["file_id"])


async def sent(url: str, body: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
        return response.status, await response.text()


async def brought(slack: PretendSlack, body: bytes = PNG, *, channel_id: str = "", thread_ts: str = "") -> str:
    """All three steps; the file's id."""
    url, file_id = await announced(slack, len(body))
    assert await sent(url, body) == (200, f"OK - {len(body)}")
    await client_of(slack).files_completeUploadExternal(
        files=[{"id": file_id, "title": "The week"}], channel_id=channel_id, thread_ts=thread_ts
    )
    return file_id


def picture(file_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": "A line that rises", **more}


async def complaints(slack: PretendSlack, *blocks: dict[str, Any]) -> list[str]:
    with pytest.raises(SlackApiError) as caught:
        await client_of(slack).chat_postMessage(channel="C0HELP", text="x", blocks=list(blocks))
    assert caught.value.response["error"] == "invalid_blocks"
    found: list[str] = caught.value.response["errors"]
    return found


async def test_the_sdks_own_upload_shares_a_file_in_a_thread() -> None:
    async with pretend_slack() as slack, on_socket(slack):
        root = await slack.people.say("maya", "help", "how was the week?")

        done = await client_of(slack).files_upload_v2(
            filename="week.png", content=PNG, title="The week", channel="C0HELP", thread_ts=root, initial_comment="So:"
        )

        await slack.delivered()
        [message] = slack.people.thread("help", root)[1:]
        [file] = message.files
        assert done["file"] == {"id": file.id, "title": "The week"}
        assert (message.text, message.subtype, message.bot_id) == ("So:", "file_share", "B0FRONTDESK")
        assert (file.name, file.title, file.mimetype, file.size) == ("week.png", "The week", "image/png", len(PNG))
        told = [it["files"][0]["title"] for it in heard(slack, "message") if it.get("subtype") == "file_share"]
        assert told == ["The week"]


async def test_without_a_channel_nothing_is_said_to_anybody() -> None:
    async with pretend_slack() as slack:
        before = slack.workspace.journal.last_seq

        file_id = await brought(slack)

        assert slack.workspace.journal.last_seq == before
        assert slack.workspace.uploads[file_id].body == PNG
        assert slack.workspace.uploads[file_id].alt_text == "A line"


async def test_a_form_with_the_file_in_it_is_as_good_as_the_bytes() -> None:
    async with pretend_slack() as slack:
        url, file_id = await announced(slack)
        form = aiohttp.FormData()
        form.add_field("file", PNG, filename="week.png", content_type="image/png")

        assert await sent(url, form) == (200, f"OK - {len(PNG)}")
        assert slack.workspace.uploads[file_id].body == PNG


@pytest.mark.parametrize("body", [PNG[:-1], PNG + b"x", b""])
async def test_another_length_than_was_announced_is_not_taken(body: bytes) -> None:
    async with pretend_slack() as slack:
        url, file_id = await announced(slack)

        status, _ = await sent(url, body)

        assert status == 400
        with pytest.raises(SlackApiError, match="file_not_found"):
            await client_of(slack).files_completeUploadExternal(files=[{"id": file_id}])
        assert await sent(url, PNG) == (200, f"OK - {len(PNG)}")


async def test_an_address_takes_one_file() -> None:
    async with pretend_slack() as slack:
        url, file_id = await announced(slack)
        await sent(url, PNG)

        status, _ = await sent(url, PNG[::-1])

        assert status == 409
        assert slack.workspace.uploads[file_id].body == PNG


async def test_an_address_nobody_gave_out_takes_nothing() -> None:
    async with pretend_slack() as slack:
        url, _ = await announced(slack)

        assert (await sent(url[:-1] + "!", PNG))[0] == 404


async def test_an_address_from_before_a_start_over_leads_nowhere() -> None:
    async with pretend_slack() as slack:
        url, _ = await announced(slack)
        slack.start_over(HALDEN_GOODS)

        assert (await sent(url, PNG))[0] == 404


async def test_the_largest_file_is_taken_and_one_byte_more_is_refused_before_it_is_sent() -> None:
    async with pretend_slack() as slack:
        url, _ = await announced(slack, FIVE_MEGABYTES)

        assert await sent(url, BytesIO(bytes(FIVE_MEGABYTES))) == (200, f"OK - {FIVE_MEGABYTES}")
        with pytest.raises(SlackApiError, match="file_upload_size_restricted"):
            await announced(slack, FIVE_MEGABYTES + 1)


async def test_completing_serves_once() -> None:
    async with pretend_slack() as slack:
        file_id = await brought(slack)

        with pytest.raises(SlackApiError, match="file_not_found"):
            await client_of(slack).files_completeUploadExternal(files=[{"id": file_id}])


@pytest.mark.parametrize(
    ("channel", "thread", "code"),
    [
        ("C0NOWHERE", "", "channel_not_found"),
        ("C0RANDOM", "", "not_in_channel"),
        ("U0MAYA", "", "invalid_arguments"),
        ("", "1.000001", "invalid_arguments"),
    ],
)
async def test_a_file_that_cannot_be_shared_there_stays_to_be_completed(channel: str, thread: str, code: str) -> None:
    async with pretend_slack() as slack:
        with pytest.raises(SlackApiError, match=code):
            await brought(slack, channel_id=channel, thread_ts=thread)

        [upload] = slack.workspace.uploads.values()
        assert not upload.is_completed
        assert (await client_of(slack).files_completeUploadExternal(files=[{"id": upload.id}]))["ok"]


async def test_whoever_looks_at_the_wire_sees_the_upload_without_its_bytes() -> None:
    async with pretend_slack() as slack:
        file_id = await brought(slack)

        names = [it.name for it in slack.workspace.traffic.exchanges()]
        [upload] = slack.workspace.traffic.exchanges("upload_url")
        assert names == ["files.getUploadURLExternal", "upload_url", "files.completeUploadExternal"]
        assert upload.sent == {"file": file_id, "bytes": len(PNG)}
        assert (upload.answer, upload.status) == ({"body": f"OK - {len(PNG)}"}, "200")


async def test_announcing_and_completing_are_for_a_hundred_calls_a_minute() -> None:
    async with pretend_slack(limits=Limits(), stopwatch=Clock()) as slack:
        for _ in range(100):
            await announced(slack)

        with pytest.raises(SlackApiError, match="ratelimited"):
            await announced(slack)


async def test_an_upload_can_be_told_to_wait_and_is_taken_afterwards() -> None:
    async with pretend_slack() as slack:
        url, _ = await announced(slack)
        slack.faults.on_call("upload_url", RateLimited(retry_after_seconds=3))
        slack.faults.on_call("upload_url", ServerError())

        assert [(await sent(url, PNG))[0] for _ in range(3)] == [429, 500, 200]


async def test_an_upload_that_hangs_is_never_taken() -> None:
    async with pretend_slack() as slack:
        url, file_id = await announced(slack)
        slack.faults.on_call("upload_url", Hang(seconds=3600))

        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as session:
            with pytest.raises(TimeoutError):
                await session.post(url, data=PNG)

        assert slack.workspace.uploads[file_id].body == b""


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload_url", "files.completeUploadExternal"])
async def test_a_broken_connection_may_hide_that_a_step_was_done(step: str) -> None:
    async with pretend_slack() as slack:
        slack.faults.on_call(step, AppliedThenDropped())
        client = AsyncWebClient(token=TOKENS.bot, base_url=slack.api_url, retry_handlers=[])

        with pytest.raises(ClientConnectionError):
            await client.files_upload_v2(filename="week.png", content=PNG)

        [upload] = slack.workspace.uploads.values()
        assert (upload.body == PNG, upload.is_completed) == {
            "files.getUploadURLExternal": (False, False),
            "upload_url": (True, False),
            "files.completeUploadExternal": (True, True),
        }[step]


async def test_a_message_shows_an_uploaded_picture_wherever_images_stand() -> None:
    async with pretend_slack() as slack:
        file_id = await brought(slack)
        blocks = [
            picture(file_id, title={"type": "plain_text", "text": "The week"}),
            {"type": "context", "elements": [picture(file_id)]},
            {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": picture(file_id)},
        ]

        posted = await client_of(slack).chat_postMessage(channel="C0HELP", text="The week", blocks=blocks)
        await client_of(slack).chat_update(channel="C0HELP", ts=posted["ts"], text="The week", blocks=blocks[:1])

        [message] = slack.people.messages("help")
        assert message.blocks[0]["slack_file"] == {"id": file_id}


async def test_a_file_nobody_knows_of_is_no_picture() -> None:
    async with pretend_slack() as slack:
        _, half = await announced(slack)
        words = await brought(slack, b"a,b\n1,2\n")

        assert [
            await complaints(slack, picture("F0NOTTHERE")),
            await complaints(slack, {"type": "divider"}, picture(half)),
            await complaints(slack, {"type": "context", "elements": [picture(words)]}),
        ] == [
            ["invalid slack file [json-pointer:/blocks/0/slack_file]"],
            ["invalid slack file [json-pointer:/blocks/1/slack_file]"],
            ["invalid slack file [json-pointer:/blocks/0/elements/0/slack_file]"],
        ]


async def test_a_completed_file_may_still_be_no_picture_for_a_moment() -> None:
    clock = Clock()
    async with pretend_slack(timing=Timing(file_seconds=1.0), clock=clock) as slack:
        file_id = await brought(slack)

        assert await complaints(slack, picture(file_id)) == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
        clock.now += 1
        await client_of(slack).chat_postMessage(channel="C0HELP", text="x", blocks=[picture(file_id)])

        assert len(slack.people.messages("help")) == 1


async def test_a_home_tab_shows_only_pictures_that_are_there() -> None:
    async with pretend_slack() as slack:
        client = client_of(slack)
        with pytest.raises(SlackApiError) as caught:
            await client.views_publish(user_id="U0MAYA", view={"type": "home", "blocks": [picture("F0NOTTHERE")]})
        assert caught.value.response["error"] == "invalid_arguments"

        home = {"type": "home", "blocks": [picture(await brought(slack))]}
        assert (await client.views_publish(user_id="U0MAYA", view=home))["ok"]
