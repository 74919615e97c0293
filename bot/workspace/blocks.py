"""What Slack accepts as the blocks of a message, and as a view."""

from collections.abc import Iterator
from typing import Any

from bot.workspace.elements import IMAGE, IN_ACTIONS, IN_CONTEXT, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION
from bot.workspace.model import Json, RejectedError
from bot.workspace.shapes import (
    Check,
    Shape,
    anything,
    boolean,
    choice,
    many,
    one_of_types,
    plain,
    problem,
    string,
    text,
)

MESSAGE_BLOCKS_MAX = 50
VIEW_BLOCKS_MAX = 100
BLOCK_TEXT_MAX = 13_200
MARKDOWN_MAX = 12_000


def _block(required: dict[str, Check] | None = None, *, also: Check = anything, **optional: Check) -> Shape:
    block_id: dict[str, Check] = {"block_id": string(255, shortest=1)}
    return Shape(required={"type": anything, **(required or {})}, optional={**block_id, **optional}, also=also)


def _text_or_fields(block: Any, at: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield problem("must define either `text` or `fields`", at)


def _rich_text_parts(value: Any, at: str) -> Iterator[str]:
    """Only what people get wrong: unknown containers, and text that is missing or empty."""
    known = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
    if not isinstance(value, dict) or value.get("type") not in known:
        yield problem("unsupported type", f"{at}/type")
        return
    if not isinstance(value.get("elements"), list):
        yield problem("missing required field: elements", at)
        return
    for index, part in enumerate(value["elements"]):
        if value["type"] == "rich_text_list":
            yield from _rich_text_parts(part, f"{at}/elements/{index}")
        elif part.get("type") == "text":
            yield from string(12_000, shortest=1)(part.get("text"), f"{at}/elements/{index}/text")


_RICH_TEXT = _block({"elements": many(_rich_text_parts, 100, least=0)})
_RAW_CELL = Shape(required={"type": anything, "text": string(3000)})
_CELL = one_of_types({"raw_text": _RAW_CELL, "raw_number": anything, "rich_text": _RICH_TEXT})
EVERYWHERE: dict[str, Check] = {
    "section": _block(
        also=_text_or_fields, text=text(3000), fields=many(text(2000), 10), accessory=IN_SECTION, expand=boolean
    ),
    "divider": _block(),
    "header": _block({"text": plain(150)}),
    "context": _block({"elements": many(IN_CONTEXT, 10)}),
    "actions": _block({"elements": many(IN_ACTIONS, 25)}),
    "image": Shape(
        required=IMAGE.required,
        optional={**IMAGE.optional, "title": plain(2000), "block_id": string(255, shortest=1)},
        also=IMAGE.also,
    ),
    "input": _block(
        {"label": plain(2000), "element": IN_INPUT}, hint=plain(2000), optional=boolean, dispatch_action=boolean
    ),
    "rich_text": _RICH_TEXT,
    "video": _block({"alt_text": string(2000), "title": plain(200), "thumbnail_url": string(3000)}, video_url=anything),
}
MESSAGES_ONLY: dict[str, Check] = {
    "markdown": _block({"text": string(MARKDOWN_MAX, shortest=1)}),
    "table": _block({"rows": many(many(_CELL, 20), 100)}, column_settings=many(anything, 20)),
    "context_actions": _block({"elements": many(IN_CONTEXT_ACTIONS, 5)}),
    "file": _block({"external_id": string(255), "source": choice("remote")}),
}
_MESSAGE_BLOCKS = many(one_of_types({**EVERYWHERE, **MESSAGES_ONLY}), MESSAGE_BLOCKS_MAX, least=0)


def check_message_blocks(blocks: object) -> None:
    """Raise what Slack would answer to these blocks."""
    if not isinstance(blocks, list):
        raise RejectedError("invalid_blocks_format")
    problems = [*_MESSAGE_BLOCKS(blocks, "/blocks"), *_repeated_names(blocks, "/blocks"), *_one_table(blocks)]
    if problems:
        messages = [f"[ERROR] {it}" for it in problems]
        raise RejectedError("invalid_blocks", errors=problems, response_metadata={"messages": messages})
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if written_length(blocks) > BLOCK_TEXT_MAX or markdown > MARKDOWN_MAX:
        raise RejectedError("msg_blocks_too_long")


def check_view(view: object) -> None:
    """Raise what Slack would answer to this view; views have one code for everything."""
    problems = list(_VIEW(view, "/view"))
    if isinstance(view, dict):
        problems += _repeated_names(view.get("blocks"), "/view/blocks")
    if problems:
        raise RejectedError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {it}" for it in problems]})


def written_length(value: object) -> int:
    """How many characters a person could read in there."""
    if isinstance(value, dict):
        own = value.get("text")
        own_length = len(own) if isinstance(own, str) else 0
        return own_length + sum(written_length(item) for item in value.values() if isinstance(item, dict | list))
    if isinstance(value, list):
        return sum(written_length(item) for item in value)
    return 0


def _one_table(blocks: list[Any]) -> Iterator[str]:
    if sum(isinstance(block, dict) and block.get("type") == "table" for block in blocks) > 1:
        yield problem("only one table is allowed", "/blocks")


def _repeated_names(blocks: object, at: str) -> list[str]:
    """A block_id serves once in a message or view, an action_id once in a block."""
    if not isinstance(blocks, list):
        return []
    found: list[str] = []
    seen: set[str] = set()
    for index, block in enumerate(it for it in blocks if isinstance(it, dict)):
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            found.append(problem(f"`block_id` {block_id} already exists", f"{at}/{index}/block_id"))
        seen.add(str(block_id))
        found += _repeated_actions(block, f"{at}/{index}")
    return found


def _repeated_actions(block: Json, at: str) -> list[str]:
    elements = block.get("elements")
    elements = elements if isinstance(elements, list) else []
    names = [it["action_id"] for it in elements if isinstance(it, dict) and "action_id" in it]
    return [problem(f"`action_id` {name} already exists", at) for name in sorted({*names}) if names.count(name) > 1]


def _submit_for_inputs(view: Any, at: str) -> Iterator[str]:
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(it, dict) and it.get("type") == "input" for it in blocks)
    if has_input and "submit" not in view:
        yield problem("missing required field: submit", at)


_VIEW_COMMON: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_VIEW_BLOCKS = many(one_of_types(EVERYWHERE), VIEW_BLOCKS_MAX, least=0)
_MODAL = Shape(
    required={"type": anything, "title": plain(24), "blocks": _VIEW_BLOCKS},
    optional={
        **_VIEW_COMMON,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    also=_submit_for_inputs,
)
_HOME = Shape(required={"type": anything, "blocks": _VIEW_BLOCKS}, optional=_VIEW_COMMON)
_VIEW = one_of_types({"modal": _MODAL, "home": _HOME})
