"""Filling in and submitting a modal, as Slack's client does with the app's answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.workspace import forms, screens
from bot.workspace.blocks import check_view
from bot.workspace.delivery import Receipt
from bot.workspace.forms import Given
from bot.workspace.model import Json, NotPossibleError, RejectedError, View
from bot.workspace.pictures import check_view_pictures
from bot.workspace.state import Workspace

Result = Literal["closed", "errors", "updated", "pushed", "cleared", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What the person saw after pressing submit; `failed` is Slack's own "We had some trouble connecting"."""

    result: Result
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_closed(self) -> bool:
        return self.result in ("closed", "cleared")


def filled(view: View, values: Mapping[str, Given]) -> dict[str, Json]:
    """What the controls hold once these are typed; each value is named by its block_id or its action_id."""
    typed = {block_id: dict(held) for block_id, held in view.typed.items()}
    named = {name for block_id, element in forms.controls(view.blocks) for name in (block_id, element["action_id"])}
    unknown = set(values) - named
    if unknown:
        raise NotPossibleError(f"nothing to fill in called {sorted(unknown)}; there is {sorted(named)}")
    for block_id, element in forms.controls(view.blocks):
        for name in (block_id, element["action_id"]):
            if name in values:
                typed.setdefault(block_id, {})[element["action_id"]] = forms.answer(element, values[name])
    return typed


def all_empty(view: View) -> dict[str, Given]:
    """Every input emptied, as far as it can be: what a form holds of which only the filled part is told."""
    inputs = [(block["block_id"], block["element"]["type"]) for block in view.blocks if block["type"] == "input"]
    return {at: forms.nothing(kind) for at, kind in inputs if forms.can_be_emptied(kind)}


def after_submission(workspace: Workspace, view: View, receipt: Receipt) -> Submission:
    """Do what the app answered; anything Slack could not understand leaves the modal where it is."""
    # In another window, or by the app, while it was being sent.
    is_closed_already = view.id not in [it.id for it in workspace.stacks.get(view.user, [])]
    if is_closed_already or not receipt.is_acknowledged:
        return Submission(result="closed" if is_closed_already else "failed")
    wanted = receipt.body.get("response_action")
    try:
        match wanted:
            case None:
                screens.close_top(workspace, view.user)
                return Submission(result="closed")
            case "clear":
                screens.close_all(workspace, view.user)
                return Submission(result="cleared")
            case "errors":
                return _show_errors(workspace, view, receipt.body.get("errors"))
            case "update":
                check_view(receipt.body.get("view"))
                check_view_pictures(workspace, receipt.body["view"])
                screens.update(workspace, view, receipt.body["view"])
                return Submission(result="updated")
            case "push":
                check_view(receipt.body.get("view"))
                check_view_pictures(workspace, receipt.body["view"])
                screens.push_modal(workspace, view.user, receipt.body["view"])
                return Submission(result="pushed")
            case _:
                return Submission(result="failed")
    except RejectedError as no:
        return Submission(result="failed", errors={"view": f"{no.code} {no.details}"})


def _show_errors(workspace: Workspace, view: View, errors: object) -> Submission:
    """Slack shows an error under an input; one for anything else it cannot place."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - inputs:
        return Submission(result="failed")
    screens.remember(workspace, view, typed=view.typed, errors=errors)
    return Submission(result="errors", errors=errors)


def with_client_errors(workspace: Workspace, view: View, typed: Mapping[str, Json]) -> View:
    """What was typed, and what Slack's client has to say about it by itself."""
    errors = forms.client_errors(view.blocks, forms.state_values(view.blocks, typed))
    return screens.remember(workspace, view, typed=typed, errors=errors)
