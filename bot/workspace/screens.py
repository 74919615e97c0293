"""Modals and home tabs: opening, changing and closing them, and the triggers that allow it."""

from collections.abc import Mapping
from dataclasses import replace

from bot.workspace import posts
from bot.workspace.changes import ViewGone, ViewShown
from bot.workspace.model import Json, RejectedError, View
from bot.workspace.state import Trigger, Workspace

STACK_MAX = 3


def new_trigger(workspace: Workspace, user: str, *, view_id: str = "") -> str:
    trigger_id = f"{workspace.ids.next('')}.{workspace.ids.next('9')}.{user.lower()}"
    expires_at = workspace.clock() + workspace.timing.trigger_seconds
    workspace.triggers[trigger_id] = Trigger(user=user, expires_at=expires_at, view_id=view_id)
    return trigger_id


def check_trigger(workspace: Workspace, trigger_id: str) -> Trigger:
    trigger = workspace.triggers.get(trigger_id)
    if trigger is None:
        raise RejectedError("invalid_trigger_id")
    if trigger.is_spent:
        raise RejectedError("exchanged_trigger_id")
    if workspace.clock() > trigger.expires_at:
        raise RejectedError("expired_trigger_id")
    return trigger


def spend_trigger(workspace: Workspace, trigger_id: str) -> Trigger:
    """Good once, for a few seconds."""
    trigger = check_trigger(workspace, trigger_id)
    workspace.triggers[trigger_id] = replace(trigger, is_spent=True)
    return trigger


def open_modal(workspace: Workspace, user: str, content: Json) -> View:
    for view in reversed(workspace.stacks.pop(user, [])):
        workspace.journal.append(ViewGone(view=view))
    return push_modal(workspace, user, content)


def push_modal(workspace: Workspace, user: str, content: Json) -> View:
    stack = workspace.stacks.setdefault(user, [])
    if len(stack) >= STACK_MAX:
        raise RejectedError("push_limit_reached")
    _check_external_id(workspace, content)
    view_id = workspace.ids.next("V0")
    root_id, previous_id = (stack[0].root_id, stack[-1].id) if stack else (view_id, "")
    view = View(
        id=view_id,
        user=user,
        content=_with_names(workspace, content),
        hash=_new_hash(workspace),
        root_id=root_id,
        previous_id=previous_id,
    )
    stack.append(view)
    workspace.journal.append(ViewShown(view=view))
    return view


def publish_home(workspace: Workspace, user: str, content: Json, *, hash_seen: str = "") -> View:
    known = workspace.homes.get(user)
    if known is not None:
        return update(workspace, known, content, hash_seen=hash_seen)
    view_id = workspace.ids.next("V0")
    named = _with_names(workspace, content)
    view = View(id=view_id, user=user, content=named, hash=_new_hash(workspace), root_id=view_id)
    return _show(workspace, view)


def update(workspace: Workspace, view: View, content: Json, *, hash_seen: str = "") -> View:
    """Redraw a view. What was typed stays where block and control kept their names."""
    if hash_seen and hash_seen != view.hash:
        raise RejectedError("hash_conflict")
    named = _with_names(workspace, content)
    kept = _still_there(named, view.typed)
    return _show(workspace, replace(view, content=named, typed=kept, errors={}, hash=_new_hash(workspace)))


def remember(workspace: Workspace, view: View, *, typed: Mapping[str, Json], errors: Mapping[str, str]) -> View:
    """What the person typed and what the app complained about: the app's picture of the view is as it was."""
    return _show(workspace, replace(view, typed=typed, errors=errors))


def close_top(workspace: Workspace, user: str) -> View:
    view = workspace.stacks[user].pop()
    workspace.journal.append(ViewGone(view=view))
    return view


def close_all(workspace: Workspace, user: str) -> None:
    while workspace.stacks.get(user):
        close_top(workspace, user)


def find(workspace: Workspace, *, view_id: str = "", external_id: str = "") -> View:
    everything = [*workspace.homes.values(), *(view for stack in workspace.stacks.values() for view in stack)]
    for view in everything:
        if view_id and view.id == view_id:
            return view
        if external_id and view.content.get("external_id") == external_id:
            return view
    raise RejectedError("not_found")


def _show(workspace: Workspace, view: View) -> View:
    if view.is_home:
        workspace.homes[view.user] = view
    else:
        stack = workspace.stacks[view.user]
        stack[[it.id for it in stack].index(view.id)] = view
    workspace.journal.append(ViewShown(view=view))
    return view


def _with_names(workspace: Workspace, content: Json) -> Json:
    return {**content, "blocks": list(posts.named_blocks(workspace, content["blocks"]))}


def _still_there(content: Json, typed: Mapping[str, Json]) -> dict[str, Json]:
    block_ids = {block["block_id"] for block in content["blocks"]}
    return {block_id: values for block_id, values in typed.items() if block_id in block_ids}


def _check_external_id(workspace: Workspace, content: Json) -> None:
    external_id = content.get("external_id")
    if external_id and any(
        view.content.get("external_id") == external_id for stack in workspace.stacks.values() for view in stack
    ):
        raise RejectedError("duplicate_external_id")


def _new_hash(workspace: Workspace) -> str:
    return f"{int(workspace.clock())}.{workspace.ids.next('h')}"
