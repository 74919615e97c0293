"""Blocks as an app would send them, in as few words as a test can read."""

from typing import Any

Block = dict[str, Any]


def plain(text: str, **more: Any) -> Block:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str, **more: Any) -> Block:
    return {"type": "mrkdwn", "text": text, **more}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "block_id": "section", "text": mrkdwn(text), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "block_id": "actions", "elements": list(elements)}


def control(kind: str, **more: Any) -> Block:
    return {"type": kind, "action_id": "act", **more}


def button(text: str = "Take", **more: Any) -> Block:
    return control("button", text=plain(text), value="v1", **more)


def option(label: str, value: str, about: str = "") -> Block:
    return {"text": plain(label), "value": value, **({"description": plain(about)} if about else {})}


def asked(
    kind: str, *, block_id: str = "field", label: str = "Field", block: Block | None = None, **more: Any
) -> Block:
    """An input block around a control of this kind."""
    element = control(kind, **more)
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **(block or {})}


def rich(*parts: Block, kind: str = "rich_text_section", **more: Any) -> Block:
    return {"type": "rich_text", "block_id": "rich", "elements": [{"type": kind, "elements": list(parts), **more}]}


def words(text: str, **more: Any) -> Block:
    return {"type": "text", "text": text, **more}


def item(text: str) -> Block:
    return {"type": "rich_text_section", "elements": [words(text)]}


PLACES = [option("Billing", "billing", "Invoices and refunds"), option("IT access", "it_access")]
SURE: Block = {
    "title": plain("Withdraw it?"),
    "text": plain("Nobody works on it then."),
    "confirm": plain("Withdraw"),
    "deny": plain("Keep it"),
}

# Every block and element there is, once; for what must hold for all of them.
MESSAGE: list[Block] = [
    {"type": "header", "block_id": "h", "text": plain("Header :tada:", emoji=True)},
    section("*Bold* <@U0TOM> :eyes:", accessory=button(confirm=SURE)),
    {
        "type": "section",
        "block_id": "s2",
        "fields": [mrkdwn("one"), plain("two")],
        "accessory": control("overflow", options=PLACES),
    },
    {
        "type": "section",
        "block_id": "s3",
        "text": plain("x"),
        "accessory": control("multi_static_select", options=PLACES, initial_options=PLACES[:1]),
    },
    {"type": "divider", "block_id": "d"},
    {
        "type": "context",
        "block_id": "c",
        "elements": [mrkdwn("small"), {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "a face"}],
    },
    {
        "type": "actions",
        "block_id": "a",
        "elements": [
            button(style="primary", url="https://a.example/"),
            control("workflow_button", text=plain("Flow")),
            control(
                "static_select",
                option_groups=[{"label": plain("Places"), "options": PLACES}],
                placeholder=plain("Where?"),
            ),
            control("external_select"),
            control("users_select", initial_user="U0TOM"),
            control("channels_select"),
            control("conversations_select"),
            control("datepicker", initial_date="2026-02-03"),
            control("timepicker", initial_time="10:30"),
            control("datetimepicker", initial_date_time=1_763_712_000),
            control("checkboxes", options=PLACES, initial_options=PLACES[:1]),
            control("radio_buttons", options=PLACES, initial_option=PLACES[1]),
        ],
    },
    {
        "type": "image",
        "block_id": "i",
        "image_url": "https://a.example/c.png",
        "alt_text": "a chart",
        "title": plain("Chart"),
    },
    {
        "type": "rich_text",
        "block_id": "r",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    words("bold", style={"bold": True}),
                    {"type": "link", "url": "https://a.example/", "text": "link"},
                    {"type": "user", "user_id": "U0MAYA"},
                    {"type": "usergroup", "usergroup_id": "S0BILLING"},
                    {"type": "channel", "channel_id": "C0HELP"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "emoji", "name": "nobody_knows", "unicode": "1f680"},
                    {"type": "date", "timestamp": 1_763_712_000, "format": "{date_num}", "fallback": "then"},
                    {"type": "color", "value": "#ff8800"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "indent": 1,
                "offset": 2,
                "border": 1,
                "elements": [item("third")],
            },
            {"type": "rich_text_quote", "elements": [words("quoted")]},
            {"type": "rich_text_preformatted", "elements": [words("code")]},
        ],
    },
    {
        "type": "markdown",
        "block_id": "m",
        "text": "# Title\n- [x] done\n  1. deep\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n> quote\n\n```\ncode\n```",
    },
    {
        "type": "table",
        "block_id": "t",
        "column_settings": [{}, {"align": "right"}],
        "rows": [
            [{"type": "raw_text", "text": "Team"}, {"type": "raw_number", "value": 3}],
            [rich(words("rich")), {"type": "raw_text", "text": "x"}],
        ],
    },
    {
        "type": "video",
        "block_id": "v",
        "title": plain("Film"),
        "title_url": "https://a.example/",
        "alt_text": "a film",
        "thumbnail_url": "https://a.example/t.png",
    },
    {"type": "file", "block_id": "f", "external_id": "ABC", "source": "remote"},
    {
        "type": "context_actions",
        "block_id": "ca",
        "elements": [
            control(
                "feedback_buttons",
                positive_button={"text": plain("Good"), "value": "yes"},
                negative_button={"text": plain("Bad"), "value": "no"},
            ),
            control("icon_button", icon="trash", text=plain("Delete"), value="bin"),
        ],
    },
]
FORM: list[Block] = [
    asked(
        "plain_text_input",
        block_id="i1",
        initial_value="said",
        max_length=50,
        placeholder=plain("Type"),
        block={"hint": plain("A hint")},
    ),
    asked("plain_text_input", block_id="i2", multiline=True, min_length=3, block={"optional": True}),
    asked("number_input", block_id="i3", is_decimal_allowed=True, min_value="1", max_value="9"),
    asked("email_text_input", block_id="i4"),
    asked(
        "url_text_input",
        block_id="i5",
        dispatch_action_config={"trigger_actions_on": ["on_character_entered"]},
        block={"dispatch_action": True},
    ),
    asked("rich_text_input", block_id="i6", initial_value=rich(words("rich words"))),
    asked("file_input", block_id="i7"),
    asked("static_select", block_id="i8", options=PLACES, initial_option=PLACES[0]),
    asked("multi_users_select", block_id="i9", initial_users=["U0TOM"]),
    asked("multi_channels_select", block_id="i10"),
    asked("multi_conversations_select", block_id="i11", initial_conversations=["C0HELP"]),
    asked("multi_external_select", block_id="i12", initial_options=PLACES[:1], max_selected_items=2),
]
