"""The Web API's auth.*, users.*, usergroups.*, bots.* and apps.* methods."""

from bot.workspace.calling import Call, Method, page
from bot.workspace.model import Json, RejectedError, UserGroup
from bot.workspace.wire import bot_json, group_json, person_json


def api_test(call: Call) -> Json:
    if call.text("error"):
        raise RejectedError(call.text("error"), args=call.args)
    return {"args": call.args}


def auth_test(call: Call) -> Json:
    workspace, app = call.workspace, call.workspace.app
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.team_name,
        "user": app.handle,
        "team_id": workspace.team,
        "user_id": app.id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> Json:
    return {"url": call.new_socket_url()}


def user_info(call: Call) -> Json:
    return {"user": person_json(call.workspace, call.person("user"))}


def list_users(call: Call) -> Json:
    """Everyone of this workspace; people from outside are only found one by one."""
    own = [person for person in call.workspace.people.values() if not person.is_stranger]
    shown, cursor = page(call, [person_json(call.workspace, it) for it in own])
    return {"members": shown, "cache_ts": int(call.workspace.clock()), "response_metadata": cursor}


def list_groups(call: Call) -> Json:
    _check_plan(call)
    with_disabled, with_people = call.flag("include_disabled"), call.flag("include_users")
    groups = [it for it in call.workspace.groups.values() if with_disabled or not it.is_disabled]
    return {"usergroups": [_group(call, it, with_people=with_people) for it in groups]}


def list_group_members(call: Call) -> Json:
    _check_plan(call)
    group = call.workspace.groups.get(call.required("usergroup"))
    if group is None:
        raise RejectedError("no_such_subteam")
    if group.is_disabled and not call.flag("include_disabled"):
        raise RejectedError("subteam_disabled")
    return {"users": list(group.members)}


def bot_info(call: Call) -> Json:
    wanted = call.text("bot")
    for person in call.workspace.people.values():
        if wanted and person.bot_id == wanted:
            return {"bot": {**bot_json(call.workspace, person), "user_id": person.id}}
    raise RejectedError("bot_not_found")


def _check_plan(call: Call) -> None:
    if not call.plan_has_groups:
        raise RejectedError("plan_upgrade_required")


def _group(call: Call, group: UserGroup, *, with_people: bool) -> Json:
    shown = group_json(call.workspace, group)
    return {**shown, "users": list(group.members)} if with_people else shown


METHODS = {
    "api.test": Method(run=api_test, caller="anyone", per_minute=None),
    "auth.test": Method(run=auth_test, per_minute=None),
    # Slack's page says Tier 1, once a minute; reconnecting apps are let through far more often.
    "apps.connections.open": Method(run=open_connection, caller="app", per_minute=None),
    "users.info": Method(run=user_info, scopes=("users:read",), per_minute=100),
    "users.list": Method(run=list_users, scopes=("users:read",), per_minute=20),
    "usergroups.list": Method(run=list_groups, scopes=("usergroups:read",), per_minute=20),
    "usergroups.users.list": Method(run=list_group_members, scopes=("usergroups:read",), per_minute=20),
    "bots.info": Method(run=bot_info, scopes=("users:read",)),
}
