"""The Web API's views.* methods."""

from typing import Any

from bot.workspace import screens
from bot.workspace.blocks import check_view
from bot.workspace.calling import Call, Method
from bot.workspace.model import Json, RejectedError, View
from bot.workspace.pictures import check_view_pictures
from bot.workspace.wire import view_json


def open_view(call: Call) -> Json:
    content = _checked_view(call, "modal")
    trigger = screens.spend_trigger(call.workspace, call.required("trigger_id"))
    return _shown(call, screens.open_modal(call.workspace, trigger.user, content))


def push_view(call: Call) -> Json:
    content = _checked_view(call, "modal")
    trigger = screens.spend_trigger(call.workspace, call.required("trigger_id"))
    if not call.workspace.stacks.get(trigger.user):
        raise RejectedError("not_found")
    return _shown(call, screens.push_modal(call.workspace, trigger.user, content))


def update_view(call: Call) -> Json:
    content = _checked_view(call, "modal")
    view = screens.find(call.workspace, view_id=call.text("view_id"), external_id=call.text("external_id"))
    return _shown(call, screens.update(call.workspace, view, content, hash_seen=call.text("hash")))


def publish_view(call: Call) -> Json:
    content = _checked_view(call, "home")
    if not call.manifest.has_home_tab:
        raise RejectedError("not_enabled")
    person = call.person("user_id")
    # Slack publishes without complaint for people from outside, who then never see it.
    return _shown(call, screens.publish_home(call.workspace, person.id, content, hash_seen=call.text("hash")))


def _checked_view(call: Call, kind: str) -> Json:
    content: Any = call.parsed("view", "invalid_arguments")
    check_view(content)
    check_view_pictures(call.workspace, content)
    if content["type"] != kind:
        messages = [f"[ERROR] must be a view of type {kind} [json-pointer:/view/type]"]
        raise RejectedError("invalid_arguments", response_metadata={"messages": messages})
    checked: Json = content
    return checked


def _shown(call: Call, view: View) -> Json:
    return {"view": view_json(call.workspace, view)}


METHODS = {
    "views.open": Method(run=open_view, per_minute=100),
    "views.push": Method(run=push_view, per_minute=100),
    "views.update": Method(run=update_view, per_minute=100),
    "views.publish": Method(run=publish_view, per_minute=100),
}
