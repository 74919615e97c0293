"""Whether any listener could read what Slack sends when somebody acts: what none could is not waited for."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from handlers.parse import Interaction

OTHER_ACTS = frozenset({"view_closed", "shortcut", "message_action", "block_suggestion"})


def is_pressing(body: Mapping[str, Any]) -> bool:
    """Whether it is about a button or a form, and not an event or a command."""
    return "event" not in body and "command" not in body


def press_in(body: Mapping[str, Any]) -> Interaction | None:
    """A press, a form, or whatever else Slack sends when somebody acts; nothing for what no listener could take."""
    try:
        press = Interaction.model_validate(body)
    except ValidationError:
        return None
    match press.type:
        case "block_actions":
            return press if press.actions and "action_id" in press.actions[0].model_fields_set else None
        case "view_submission":
            return press if press.view and press.view.callback_id else None
        case kind:
            return press if kind in OTHER_ACTS else None
