"""Every limit Slack puts on blocks and views, each just inside and just outside."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace.blocks import check_message_blocks, check_view
from bot.workspace.model import RejectedError
from tests.contract.test_workspace_setup import client_of, pretend_slack

Block = dict[str, Any]


def image(**more: Any) -> Block:
    return {"type": "image", "alt_text": "x", **more}


def plain(length: int) -> Block:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Block:
    return {"type": "mrkdwn", "text": "x" * length}


def section(length: int = 10, **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(length), **more}


def options(count: int, *, text: int = 5, value: str = "v") -> list[Block]:
    return [{"text": plain(text), "value": f"{value}{number}"} for number in range(count)]


def button(number: int = 0, **more: Any) -> Block:
    return {"type": "button", "text": plain(5), "action_id": f"press-{number}", **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def overflow(count: int) -> Block:
    return {"type": "overflow", "action_id": "more", "options": options(count)}


def menu(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "choose", "placeholder": plain(5), **more}


def confirm(**more: Any) -> Block:
    return {"title": plain(5), "text": mrkdwn(5), "confirm": plain(3), "deny": plain(2), **more}


def table(rows: int, cells: int) -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


def rich(text: str) -> Block:
    part = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [part]}


ACCEPTED: list[list[Block]] = [
    [{"type": "divider"}] * 50,
    [section(3000)],
    [{"type": "section", "fields": [mrkdwn(1000)] * 10}],
    [{"type": "header", "text": plain(150)}],
    [{"type": "context", "elements": [mrkdwn(5)] * 9 + [{"type": "image", "image_url": "https://x", "alt_text": "x"}]}],
    [actions(*(button(number) for number in range(25)))],
    [actions(button(value="v" * 2000, style="danger", confirm=confirm()))],
    [actions(overflow(1)), actions(overflow(5))],
    [section(accessory=menu(options=options(100)))],
    [section(accessory=menu(option_groups=[{"label": plain(75), "options": options(2)}]))],
    [{"type": "markdown", "text": "x" * 12_000}],
    [table(100, 20)],
    [rich("hello")],
    [section(block_id="a"), section(block_id="b")],
    [actions(button(1)), actions(button(1))],
    [section(3000), section(3000), section(3000), section(3000), section(1200)],
    [image(image_url="https://x", alt_text="x" * 2000, title=plain(2000)), image(slack_file={"id": "F0WEEKPNG"})],
    [{"type": "context_actions", "elements": [{"type": "icon_button", "icon": "trash", "text": plain(5)}]}],
]

REFUSED: list[tuple[str, list[Block]]] = [
    ("no more than 50 items", [{"type": "divider"}] * 51),
    ("must be less than 3001 characters [json-pointer:/blocks/0/text/text]", [section(3001)]),
    ("must be more than 0 characters", [section(0)]),
    ("must define either `text` or `fields`", [{"type": "section"}]),
    ("no more than 10 items", [{"type": "section", "fields": [mrkdwn(5)] * 11}]),
    ("must be less than 2001 characters", [{"type": "section", "fields": [mrkdwn(2001)]}]),
    ("must be less than 151 characters", [{"type": "header", "text": plain(151)}]),
    ("must be one of plain_text", [{"type": "header", "text": mrkdwn(5)}]),
    ("missing required field: text", [{"type": "header"}]),
    ("no more than 10 items", [{"type": "context", "elements": [mrkdwn(5)] * 11}]),
    ("no more than 25 items", [actions(*(button(number) for number in range(26)))]),
    ("no fewer than 1 items", [actions()]),
    ("must be less than 76 characters", [actions({**button(), "text": plain(76)})]),
    ("must be one of plain_text", [actions({**button(), "text": mrkdwn(5)})]),
    ("must be less than 2001 characters", [actions(button(value="v" * 2001))]),
    ("must be less than 256 characters", [actions({**button(), "action_id": "a" * 256})]),
    ("must be less than 256 characters", [section(block_id="b" * 256)]),
    ("valid enum value", [actions(button(style="secondary"))]),
    ("no more than 5 items", [actions(overflow(6))]),
    ("no fewer than 1 items", [actions(overflow(0))]),
    ("no more than 100 items", [section(accessory=menu(options=options(101)))]),
    ("must be less than 76 characters", [section(accessory=menu(options=options(1, text=76)))]),
    ("must be less than 151 characters", [section(accessory=menu(options=options(1, value="v" * 150)))]),
    ("exactly one of options, option_groups", [section(accessory=menu())]),
    ("initial option", [section(accessory=menu(options=options(2), initial_option={"text": plain(1), "value": "z"}))]),
    ("must be less than 101 characters", [actions(button(confirm=confirm(title=plain(101))))]),
    ("must be less than 301 characters", [actions(button(confirm=confirm(text=mrkdwn(301))))]),
    ("no more than 100 items", [table(101, 1)]),
    ("no more than 20 items", [table(1, 21)]),
    ("only one table", [table(1, 1), table(1, 1)]),
    ("must be less than 12001 characters", [{"type": "markdown", "text": "x" * 12_001}]),
    ("must be more than 0 characters", [rich("")]),
    ("`block_id` a already exists", [section(block_id="a"), section(block_id="a")]),
    ("`action_id` press-1 already exists", [actions(button(1), button(1))]),
    ("unsupported type: sparkle", [{"type": "sparkle"}]),
    ("unsupported type: plain_text_input", [actions({"type": "plain_text_input", "action_id": "a"})]),
    ("missing required field: alt_text", [{"type": "image", "image_url": "https://x"}]),
    ("must be less than 2001 characters", [image(image_url="https://x", alt_text="x" * 2001)]),
    ("must be more than 0 characters", [image(image_url="https://x", alt_text="")]),
    ("must be less than 2001 characters", [image(image_url="https://x", title=plain(2001))]),
    ("exactly one of image_url, slack_file", [image()]),
    ("exactly one of image_url, slack_file", [image(image_url="https://x", slack_file={"id": "F0WEEKPNG"})]),
    ("exactly one of id, url", [image(slack_file={})]),
    ("exactly one of id, url", [image(slack_file={"id": "F0WEEKPNG", "url": "https://x"})]),
    (
        "input must match regex pattern: ^[F][A-Z0-9]{8,}$ [json-pointer:/blocks/0/slack_file/id]",
        [image(slack_file={"id": "week.png"})],
    ),
    ("invalid additional property: colour", [section(colour="red")]),
    ("invalid additional property: emoji", [{"type": "section", "text": {**mrkdwn(5), "emoji": True}}]),
]


@pytest.mark.parametrize("blocks", ACCEPTED)
def test_what_slack_shows_is_accepted(blocks: list[Block]) -> None:
    check_message_blocks(blocks)


@pytest.mark.parametrize(("complaint", "blocks"), REFUSED)
def test_what_slack_would_not_show_is_refused_with_the_reason(complaint: str, blocks: list[Block]) -> None:
    with pytest.raises(RejectedError) as caught:
        check_message_blocks(blocks)

    assert caught.value.code == "invalid_blocks"
    assert any(complaint in says for says in caught.value.details["errors"]), caught.value.details


def test_all_blocks_together_may_say_only_so_much() -> None:
    with pytest.raises(RejectedError, match="msg_blocks_too_long"):
        check_message_blocks([section(3000)] * 4 + [section(1201)])


async def test_the_refusal_travels_with_its_reason() -> None:
    async with pretend_slack() as slack:
        with pytest.raises(SlackApiError) as caught:
            await client_of(slack).chat_postMessage(channel="C0HELP", text="x", blocks=[section(3001)])

        answer = caught.value.response
        assert answer["response_metadata"]["messages"] == [f"[ERROR] {it}" for it in answer["errors"]]
        assert slack.people.messages("help") == []


def modal(**more: Any) -> Block:
    return {"type": "modal", "title": plain(24), "blocks": [section()], **more}


INPUT = {"type": "input", "label": plain(5), "element": {"type": "plain_text_input", "action_id": "why"}}
REFUSED_VIEWS: list[tuple[str, Block]] = [
    ("must be less than 25 characters", modal(title=plain(25))),
    ("must be less than 25 characters", modal(submit=plain(25))),
    ("must be less than 25 characters", modal(close=plain(25))),
    ("must be less than 3001 characters", modal(private_metadata="x" * 3001)),
    ("must be less than 256 characters", modal(callback_id="x" * 256)),
    ("no more than 100 items", modal(blocks=[{"type": "divider"}] * 101)),
    ("missing required field: submit", modal(blocks=[INPUT])),
    ("missing required field: title", {"type": "modal", "blocks": []}),
    ("unsupported type: markdown", modal(blocks=[{"type": "markdown", "text": "x"}])),
    ("`block_id` a already exists", modal(blocks=[section(block_id="a"), section(block_id="a")])),
    ("invalid additional property: submit", {"type": "home", "blocks": [], "submit": plain(5)}),
    ("unsupported type: drawer", {"type": "drawer"}),
]


def test_a_view_at_every_limit_is_accepted() -> None:
    check_view(modal(submit=plain(24), private_metadata="x" * 3000, blocks=[*[{"type": "divider"}] * 99, INPUT]))


@pytest.mark.parametrize(("complaint", "view"), REFUSED_VIEWS)
def test_a_view_slack_would_not_show_is_refused_with_the_reason(complaint: str, view: Block) -> None:
    with pytest.raises(RejectedError) as caught:
        check_view(view)

    assert caught.value.code == "invalid_arguments"
    assert any(complaint in says for says in caught.value.details["response_metadata"]["messages"])
