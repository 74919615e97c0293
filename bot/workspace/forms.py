"""Buttons, menus and inputs as a person's client handles them: what can be chosen, and what is sent."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.workspace.model import Json, NotPossibleError

Given = str | list[str]

_STATE_KEYS = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_STATELESS = ("button", "overflow", "image", "workflow_button", "feedback_buttons", "icon_button")


def controls(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Everything a person can press or fill in, with the id of its block."""
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield block["block_id"], element


def find_control(
    blocks: Iterable[Json], action_id: str, *, block_id: str = "", value: str | None = None
) -> tuple[str, Json]:
    """The control with that name; a button's value tells it from others of the same name."""
    fitting = [(at, it) for at, it in controls(blocks) if it["action_id"] == action_id and block_id in ("", at)]
    buttons = [(at, it) for at, it in fitting if it["type"] == "button" and value in (None, it.get("value"))]
    others = [(at, it) for at, it in fitting if it["type"] != "button"]
    for found in (*buttons, *others):
        return found
    raise NotPossibleError(f"nothing to press called {action_id} with value {value}")


def state_values(blocks: Iterable[Json], typed: Mapping[str, Json]) -> dict[str, Json]:
    """The `state.values` of these blocks: what was typed, else what it started with."""
    values: dict[str, Json] = {}
    for block_id, element in controls(blocks):
        if element["type"] not in _STATELESS:
            known = typed.get(block_id, {}).get(element["action_id"])
            values.setdefault(block_id, {})[element["action_id"]] = known or _initial(element)
    return values


def answer(element: Json, given: Given) -> Json:
    """What this control holds after the person chose or typed that."""
    kind, key = element["type"], _STATE_KEYS.get(element["type"], "")
    if not key:
        raise NotPossibleError(f"nothing can be filled in at {element['action_id']}")
    if given == "" and can_be_emptied(kind):
        return {"type": kind, key: None if nothing(kind) == "" else []}
    if key == "selected_option":
        return {"type": kind, key: _option(element, _single(given))}
    if key == "selected_options":
        return {"type": kind, key: [_option(element, it) for it in _several(given)]}
    if kind.startswith("multi_"):
        return {"type": kind, key: _several(given)}
    if kind == "datetimepicker":
        return {"type": kind, key: _seconds(_single(given))}
    if kind == "rich_text_input":
        return {"type": kind, key: rich_text(_single(given))}
    return {"type": kind, key: _single(given) or None}


def can_be_emptied(kind: str) -> bool:
    return kind not in ("rich_text_input", "file_input")


def nothing(kind: str) -> Given:
    """What is given to a control to empty it."""
    return [] if kind == "checkboxes" or kind.startswith("multi_") else ""


def action(block_id: str, element: Json, given: Given | None, stamp: str) -> Json:
    """One entry of `actions` in a block_actions payload."""
    common: Json = {
        "action_id": element["action_id"],
        "block_id": block_id,
        "type": element["type"],
        "action_ts": stamp,
    }
    if element["type"] in ("button", "icon_button"):
        extra: Json = {key: element[key] for key in ("text", "value", "style", "url") if key in element}
        return {**common, **extra}
    if element["type"] == "feedback_buttons":
        chosen = [element["positive_button"], element["negative_button"]]
        return {**common, **_chosen(chosen, given)}
    if given is None:
        raise NotPossibleError(f"{element['type']} {element['action_id']} needs a choice")
    return {**common, **answer(element, given)}


def client_errors(blocks: Iterable[Json], values: Mapping[str, Json]) -> dict[str, str]:
    """What Slack's own client says before it sends anything to the app, by block_id."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            held = values[block["block_id"]][block["element"]["action_id"]]
            complaint = _complaint(block, held[_STATE_KEYS[block["element"]["type"]]])
            if complaint:
                errors[block["block_id"]] = complaint
    return errors


def rich_text(words: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [section]}


def _complaint(block: Json, value: Any) -> str:
    element = block["element"]
    if value in (None, "", []):
        return "" if block.get("optional") else "This is a required field"
    if element["type"] != "plain_text_input":
        return ""
    if len(value) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters"
    longest = element.get("max_length", 3000)
    return f"Must be at most {longest} characters" if len(value) > longest else ""


def _initial(element: Json) -> Json:
    key = _STATE_KEYS[element["type"]]
    started_with = element.get(key.replace("selected", "initial") if "selected" in key else "initial_value")
    return {"type": element["type"], key: [] if started_with is None and key == "selected_options" else started_with}


def _option(element: Json, value: str) -> Json:
    if "external" in element["type"]:
        return {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value}
    groups: list[Json] = element.get("option_groups", [])
    offered: list[Json] = [*element.get("options", []), *(option for group in groups for option in group["options"])]
    for option in offered:
        if value in (option["value"], option["text"]["text"]):
            return option
    raise NotPossibleError(f"{element['action_id']} does not offer {value}")


def _chosen(offered: Iterable[Json], given: Given | None) -> Json:
    for one in offered:
        if one["value"] == given:
            return one
    raise NotPossibleError(f"there is no button {given}")


def _seconds(given: str) -> int:
    try:
        return int(given)
    except ValueError as no:
        raise NotPossibleError(f"{given} is no moment") from no


def _single(given: Given) -> str:
    if isinstance(given, str):
        return given
    raise NotPossibleError("one value, please")


def _several(given: Given) -> list[str]:
    return [given] if isinstance(given, str) else given
