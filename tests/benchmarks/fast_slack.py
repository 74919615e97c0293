"""A Slack that answers at once: `python -m tests.benchmarks.fast_slack`, in a process of its own.

It knows the methods the desk calls, keeps no rates and judges nothing, so that what is measured is the bot. The
workspace that ships with the bot is the strict one; here a wrong call would pass.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.stopping import until_told_to_stop
from bot.workspace.cast import HALDEN_GOODS
from tests.benchmarks.texts import INTAKES

Json = dict[str, Any]
CAST = HALDEN_GOODS
CARDS_KEPT = 20_000
LINK = f"https://{CAST.domain}.slack.com/archives/C/p1"


class FastSlack:
    def __init__(self) -> None:
        self._ts = count(1)
        self._channels = [_channel(one.id, one.name, one.members) for one in CAST.channels]
        self._channels += [_channel(f"C0{name.upper()}", name, ("U0FRONTDESK",)) for name in INTAKES]
        self._members = {one["id"]: one["members"] for one in self._channels}
        self._people = {one.id: _person(one.id, one.handle, one.team) for one in CAST.people}
        self._methods: dict[str, Callable[[Json], Json]] = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.getPermalink": lambda _: {"permalink": LINK},
            "users.info": self._user,
            "users.list": lambda _: {"members": list(self._people.values())},
            "usergroups.list": lambda _: {"usergroups": [{"id": one.id, "handle": one.handle} for one in CAST.groups]},
            "usergroups.users.list": self._group,
            "conversations.list": lambda _: {"channels": self._channels},
            "conversations.info": lambda asked: {"channel": {"id": asked["channel"], "is_member": True}},
            "conversations.members": lambda asked: {"members": self._members.get(asked["channel"], [])},
            "conversations.open": lambda asked: {"channel": {"id": f"D{asked['users'][1:]}"}},
            "conversations.history": lambda _: {"messages": [], "has_more": False},
            "conversations.replies": lambda _: {"messages": [], "has_more": False},
            "auth.test": lambda _: _me(),
            "bots.info": lambda asked: {"bot": {"id": asked["bot"], "app_id": "A0FRONTDESK"}},
            "bench.state": lambda _: self._state(),
            "bench.cards": lambda _: {"cards": [_shown(*place, raw) for place, raw in self._cards.items()]},
        }
        self._calls: dict[str, int] = {}
        self._posts = self._cards_posted = 0
        self._cards: dict[tuple[str, str], bytes] = {}
        self._last_post = self._last_card = 0.0

    async def answer(self, request: web.BaseRequest) -> web.Response:
        method = request.path.rpartition("/")[2]
        raw = await request.read()
        self._calls[method] = self._calls.get(method, 0) + 1
        way = self._methods.get(method)
        told = way(_asked(request, raw)) if way else {}
        return web.Response(body=json.dumps({"ok": True, **told}).encode(), content_type="application/json")

    def _post(self, asked: Json) -> Json:
        ts, now = f"1700000000.{next(self._ts):06d}", time.monotonic()
        self._posts += 1
        self._last_post = now
        if _is_card(asked):
            self._last_card = now
            self._cards_posted += 1
            if len(self._cards) < CARDS_KEPT:
                self._cards[asked["channel"], ts] = asked["raw"]
        thread = {"thread_ts": asked["thread_ts"]} if asked.get("thread_ts") else {}
        return {"channel": asked["channel"], "ts": ts, "message": {"ts": ts, **thread}}

    def _update(self, asked: Json) -> Json:
        place = (asked["channel"], asked["ts"])
        if place in self._cards:
            self._cards[place] = asked["raw"]
        return {"channel": asked["channel"], "ts": asked["ts"], "text": ""}

    def _user(self, asked: Json) -> Json:
        return {"user": self._people.get(asked["user"]) or _person(asked["user"], asked["user"].lower(), CAST.team)}

    def _group(self, asked: Json) -> Json:
        return {"users": next(list(one.members) for one in CAST.groups if one.id == asked["usergroup"])}

    def _state(self) -> Json:
        return {
            "posts": self._posts,
            "cards": self._cards_posted,
            "calls": self._calls,
            "last_post": self._last_post,
            "last_card": self._last_card,
        }


def _asked(request: web.BaseRequest, raw: bytes) -> Json:
    """The raw body too: cards are kept as they came, and read only when somebody wants to press them."""
    if request.content_type == "application/json":
        return (json.loads(raw) if raw else {}) | {"raw": raw}
    return dict(parse_qsl(raw.decode())) or dict(request.query)


def _shown(channel: str, ts: str, raw: bytes) -> Json:
    return {"channel": channel, "ts": ts, "blocks": json.loads(raw)["blocks"]}


def _is_card(asked: Json) -> bool:
    payload = (asked.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("key", "")).startswith("card:")


def _channel(channel: str, name: str, members: tuple[str, ...]) -> Json:
    return {"id": channel, "name": name, "is_member": True, "members": list(members)}


def _person(person: str, handle: str, team: str) -> Json:
    return {"id": person, "name": handle, "real_name": handle, "team_id": team, "profile": {"real_name": handle}}


def _me() -> Json:
    app = next(one for one in CAST.people if one.id == CAST.app)
    url = f"https://{CAST.domain}.slack.com/"
    return {"url": url, "team": CAST.team_name, "team_id": CAST.team, "user_id": app.id, "bot_id": app.bot_id}


async def serve() -> None:
    runner = web.ServerRunner(web.Server(FastSlack().answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(f"ready {runner.addresses[0][1]}\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(until_told_to_stop(serve()))
