"""Buttons, menus and inputs: what Slack accepts inside a block."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.workspace.model import Json
from bot.workspace.shapes import (
    Check,
    Shape,
    anything,
    boolean,
    choice,
    exactly_one,
    like,
    many,
    one_of_types,
    plain,
    problem,
    string,
    text,
    whole,
)

ACTION_ID = string(255, shortest=1)
CONFIRM = Shape(
    required={"title": plain(100), "text": text(300)},
    optional={"confirm": plain(30), "deny": plain(30), "style": choice("primary", "danger")},
)


def _option(*kinds: str, with_url: bool = False) -> Shape:
    url: dict[str, Check] = {"url": string(3000)} if with_url else {}
    return Shape(
        required={"text": text(75, *kinds), "value": string(150)}, optional={"description": text(75, *kinds), **url}
    )


OPTION = _option("plain_text")
RICH_OPTION = _option("plain_text", "mrkdwn")
OPTION_GROUP = Shape(required={"label": plain(75), "options": many(OPTION, 100)})


def _all_options(element: Json) -> list[Json]:
    groups = [group for group in element.get("option_groups", []) if isinstance(group, dict)]
    return [*element.get("options", []), *(option for group in groups for option in group.get("options", []))]


def _starts_with_what_it_offers(element: Any, at: str) -> Iterator[str]:
    offered = _all_options(element)
    chosen = [
        *element.get("initial_options", []),
        *([element["initial_option"]] if "initial_option" in element else []),
    ]
    if any(option not in offered for option in chosen):
        yield problem("initial option must exactly match one of the options", at)
    values = [option.get("value") for option in offered if isinstance(option, dict)]
    if len(values) != len(set(values)):
        yield problem("option values must be unique", at)


def _menu_rules(element: Any, at: str) -> Iterator[str]:
    yield from exactly_one("options", "option_groups")(element, at)
    yield from _starts_with_what_it_offers(element, at)


def _element(required: Mapping[str, Check] | None = None, *, also: Check = anything, **optional: Check) -> Shape:
    return Shape(
        required={"type": anything, **(required or {})},
        optional={"action_id": ACTION_ID, **optional},
        also=also,
    )


def _picker(*, also: Check = anything, **optional: Check) -> Shape:
    common: dict[str, Check] = {"placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": boolean}
    return _element(None, also=also, **common, **optional)


def _menu(*, also: Check = anything, **optional: Check) -> Shape:
    return _picker(also=also, **optional)


def _multi_menu(*, also: Check = anything, **optional: Check) -> Shape:
    return _picker(also=also, max_selected_items=whole(1, 100), **optional)


def _typed_input(**optional: Check) -> Shape:
    return _element(
        None,
        placeholder=plain(150),
        focus_on_load=boolean,
        dispatch_action_config=Shape(
            optional={"trigger_actions_on": many(choice("on_enter_pressed", "on_character_entered"), 2)}
        ),
        **optional,
    )


ID = string(255, shortest=1)
_LISTED: dict[str, Check] = {"options": many(OPTION, 100), "option_groups": many(OPTION_GROUP, 100)}
BUTTON = _element(
    {"text": plain(75)},
    url=string(3000),
    value=string(2000),
    style=choice("primary", "danger"),
    confirm=CONFIRM,
    accessibility_label=string(75),
)
SLACK_FILE = Shape(
    optional={"id": like("^[F][A-Z0-9]{8,}$"), "url": string(3000, shortest=1)}, also=exactly_one("id", "url")
)
IMAGE = Shape(
    required={"type": anything, "alt_text": string(2000, shortest=1)},
    optional={"image_url": string(3000, shortest=1), "slack_file": SLACK_FILE},
    also=exactly_one("image_url", "slack_file"),
)
OVERFLOW = _element({"options": many(_option("plain_text", with_url=True), 5)}, confirm=CONFIRM)
RADIO = _element(
    {"options": many(RICH_OPTION, 10)},
    also=_starts_with_what_it_offers,
    initial_option=anything,
    confirm=CONFIRM,
    focus_on_load=boolean,
)
CHECKBOXES = _element(
    {"options": many(RICH_OPTION, 10)},
    also=_starts_with_what_it_offers,
    initial_options=many(anything, 10),
    confirm=CONFIRM,
    focus_on_load=boolean,
)
MENUS: dict[str, Check] = {
    "static_select": _menu(also=_menu_rules, initial_option=anything, **_LISTED),
    "external_select": _menu(initial_option=OPTION, min_query_length=whole(0, 100)),
    "users_select": _menu(initial_user=ID),
    "conversations_select": _menu(
        initial_conversation=ID, default_to_current_conversation=boolean, response_url_enabled=boolean, filter=anything
    ),
    "channels_select": _menu(initial_channel=ID, response_url_enabled=boolean),
}
MULTI_MENUS: dict[str, Check] = {
    "multi_static_select": _multi_menu(also=_menu_rules, initial_options=many(anything, 100), **_LISTED),
    "multi_external_select": _multi_menu(initial_options=many(OPTION, 100), min_query_length=whole(0, 100)),
    "multi_users_select": _multi_menu(initial_users=many(ID, 100)),
    "multi_conversations_select": _multi_menu(
        initial_conversations=many(ID, 100), default_to_current_conversation=boolean, filter=anything
    ),
    "multi_channels_select": _multi_menu(initial_channels=many(ID, 100)),
}
PICKERS: dict[str, Check] = {
    "datepicker": _picker(initial_date=string(10)),
    "timepicker": _picker(initial_time=string(5), timezone=string(100)),
    "datetimepicker": _picker(initial_date_time=whole(0, 9_999_999_999)),
    "radio_buttons": RADIO,
    "checkboxes": CHECKBOXES,
}
INPUTS: dict[str, Check] = {
    "plain_text_input": _typed_input(
        initial_value=string(3000), multiline=boolean, min_length=whole(0, 3000), max_length=whole(1, 3000)
    ),
    "number_input": _typed_input(
        initial_value=string(100), is_decimal_allowed=boolean, min_value=string(100), max_value=string(100)
    ),
    "email_text_input": _typed_input(initial_value=string(3000)),
    "url_text_input": _typed_input(initial_value=string(3000)),
    "rich_text_input": _typed_input(initial_value=anything),
    "file_input": _element(None, filetypes=many(string(20), 100), max_files=whole(1, 10)),
}

_CLICKED: dict[str, Check] = {"button": BUTTON, "overflow": OVERFLOW, "workflow_button": anything}
IN_SECTION = one_of_types({**_CLICKED, **MENUS, **MULTI_MENUS, **PICKERS, "image": IMAGE})
IN_ACTIONS = one_of_types({**_CLICKED, **MENUS, **PICKERS})
IN_INPUT = one_of_types({**INPUTS, **MENUS, **MULTI_MENUS, **PICKERS})
IN_CONTEXT = one_of_types({"plain_text": plain(3000), "mrkdwn": text(3000, "mrkdwn"), "image": IMAGE})
_FEEDBACK_BUTTON = Shape(
    required={"text": plain(75), "value": string(2000)}, optional={"accessibility_label": string(75)}
)
IN_CONTEXT_ACTIONS = one_of_types(
    {
        "feedback_buttons": _element({"positive_button": _FEEDBACK_BUTTON, "negative_button": _FEEDBACK_BUTTON}),
        "icon_button": _element(
            {"icon": choice("trash"), "text": plain(75)},
            value=string(2000),
            confirm=CONFIRM,
            accessibility_label=string(75),
            visible_to_user_ids=many(ID, 100),
        ),
    }
)
