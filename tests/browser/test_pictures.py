"""An uploaded picture on the page, and what is typed into the composer as a command."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import Browser, expect
from slack_sdk.web.async_client import AsyncWebClient

from tests.browser.office import a_company
from tests.trial import TOKENS, Trial

ALT = "Requests a week: 41, 44, 39, 52, 60, 58, 71, 83. Late: 2, 1, 3, 4, 4, 6, 9, 8."


def chart() -> bytes:
    """As a bot draws one: on its own paper, so that it can be read in the dark too."""
    image = Image.new("RGB", (1200, 675), "#ffffff")
    pen = ImageDraw.Draw(image)
    points = [(90 + 145 * week, 600 - 6 * count) for week, count in enumerate((41, 44, 39, 52, 60, 58, 71, 83))]
    pen.rectangle((60, 40, 1160, 620), outline="#c9ccd1", width=2)
    pen.line(points, fill="#0f6f73", width=8)
    drawn = BytesIO()
    image.save(drawn, "PNG")
    return drawn.getvalue()


async def posted(trial: Trial, channel: str = "C0HELP") -> None:
    client = AsyncWebClient(token=TOKENS.bot, base_url=trial.slack.api_url)
    done = await client.files_upload_v2(filename="week.png", content=chart(), title="The week", alt_txt=ALT)
    title = {"type": "plain_text", "text": "The last eight weeks"}
    image = {"type": "image", "slack_file": {"id": done["file"]["id"]}, "alt_text": ALT, "title": title}
    words = {"type": "section", "text": {"type": "mrkdwn", "text": "*83* requests, *+17 %* on the week before."}}
    await client.chat_postMessage(channel=channel, text="The week", blocks=[words, image])


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_an_uploaded_picture_is_shown_with_its_description(tmp_path: Path, browser: Browser, scheme: str) -> None:
    async with a_company(tmp_path, browser) as company:
        window = await company.window("maya", "help")
        await window.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for number in range(12):
            await company.trial.slack.people.say("tom", "help", f"Thanks, {number}")

        await posted(company.trial)

        picture = window.messages.get_by_role("img", name=ALT)
        await expect(picture).to_be_in_viewport(ratio=0.95)
        width, height = await picture.evaluate("it => [it.naturalWidth, it.naturalHeight]")
        assert (width, height) == (1200, 675)
        await expect(window.messages.get_by_text("The last eight weeks")).to_be_visible()
        await window.tab.shot(f"picture-{scheme}")
        await company.trial.settles()
        assert window.tab.unexpected() == []


async def test_a_picture_that_stood_there_before_is_read_from_its_foot(tmp_path: Path, browser: Browser) -> None:
    async with a_company(tmp_path, browser) as company:
        for number in range(12):
            await company.trial.slack.people.say("tom", "help", f"Thanks, {number}")
        await posted(company.trial)

        window = await company.window("maya", "help")

        await expect(window.messages.get_by_role("img", name=ALT)).to_be_in_viewport(ratio=0.95)
        await company.trial.settles()


async def test_a_command_is_answered_in_the_channel_to_whoever_typed_it(tmp_path: Path, browser: Browser) -> None:
    async with a_company(tmp_path, browser) as company:
        window, other = await company.window("maya", "random"), await company.window("tom", "random")

        box = window.page.get_by_role("textbox", name="Message #random")
        await box.fill("/frontdesk help")
        await box.press("Enter")

        answer = window.message("/frontdesk due")
        await expect(answer).to_contain_text("Only visible to you")
        await expect(answer).to_contain_text("Frontdesk")
        await expect(box).to_have_value("")
        await window.tab.shot("command-help")
        await expect(other.messages.get_by_text("/frontdesk due")).to_have_count(0)
        await company.trial.settles()


async def test_an_unknown_command_is_answered_by_slackbot_to_nobody_else(tmp_path: Path, browser: Browser) -> None:
    async with a_company(tmp_path, browser) as company:
        window, other = await company.window("maya", "help"), await company.window("tom", "help")

        box = window.page.get_by_role("textbox", name="Message #help")
        await box.fill("/lunch pizza")
        await box.press("Enter")

        hint = window.message("is not a valid command")
        await expect(hint).to_contain_text("Only visible to you")
        await expect(hint).to_contain_text("Slackbot")
        await expect(hint.get_by_text("empty space")).to_be_in_viewport(ratio=0.9)
        await expect(box).to_have_value("")
        await window.tab.shot("unknown-command")
        await expect(other.messages.get_by_text("valid command")).to_have_count(0)
        await window.says(" /lunch is what I meant to say", in_="help")
        await expect(other.message("/lunch is what I meant to say")).to_be_visible()
        await company.trial.settles()
