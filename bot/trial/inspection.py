"""What the desk knows, as JSON, for whoever tries it out: cases, opinions, decisions and the audit with its hashes.

Read only, on loopback only, and only while `frontdesk try` runs. It shows everything to everybody who can reach it.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.workspace.guard import loopback_only
from handlers import wording
from handlers.wording_modals import told_opinion
from routing.decisions import Decision
from routing.map import RoutingMap
from routing.model import Case, Text
from storage.audit import export, verify
from storage.newest import audit_head, cases_numbered, newest_cases
from storage.sqlite import Store

HOST = "127.0.0.1"
SHOWN_MAX = 100
STORE = web.AppKey("store", Store)
MAP = web.AppKey("map", RoutingMap)

Json = dict[str, Any]


@asynccontextmanager
async def inspected(store: Store, routing_map: RoutingMap) -> AsyncIterator[str]:
    """The bot's own web server, on a port of the system's choosing. Yields its address."""
    app = web.Application(middlewares=[loopback_only])
    app[STORE], app[MAP] = store, routing_map
    app.add_routes([web.get("/cases", _cases), web.get("/cases/{number:[0-9]{1,9}}", _case), web.get("/audit", _audit)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _cases(request: web.Request) -> web.Response:
    store = request.app[STORE]
    found = [await store.cases.case(case_id) for case_id in await newest_cases(store.driver, SHOWN_MAX)]
    return web.json_response({"cases": [await _summed_up(case, store) for case in found if case]})


async def _case(request: web.Request) -> web.Response:
    store, routing_map = request.app[STORE], request.app[MAP]
    ids = await cases_numbered(store.driver, int(request.match_info["number"]))
    case = await store.cases.case(ids[0]) if ids else None
    if case is None:
        return web.json_response({"ok": False, "problem": "There is no such case."}, status=404)
    texts = await store.cases.texts(case.id)
    told = {
        "case": {
            **await _summed_up(case, store),
            "version": case.version,
            "owner": case.owner or "",
            "gates": _gates(case, routing_map),
        },
        "opinions": _opinions([one.body for one in texts if one.kind == "opinions"], routing_map),
        "decision": _decided(case.decision, routing_map) if case.decision else None,
        "entries": _entries(await export(store, case.number), {one.id: one for one in texts}),
    }
    return web.json_response(told)


async def _audit(request: web.Request) -> web.Response:
    store = request.app[STORE]
    found = await verify(store)
    problem = f"Entry {found.problem.seq}: {found.problem.sentence}" if found.problem else ""
    return web.json_response({"entries": found.entries, "problem": problem, "head": await audit_head(store.driver)})


async def _summed_up(case: Case, store: Store) -> Json:
    decision = case.decision
    return {
        "number": case.number,
        "id": case.id,
        "summary": wording.summary(case.request),
        "status": case.status.value,
        "priority": decision.priority.value if decision else "",
        "risk": decision.risk.value if decision else "",
        "destination": wording.human_name(decision.destination) if decision else "",
        "asker": case.request.asker.id,
        "asked_at": _moment(case.request.asked_at),
        "messages": [{"channel": case.request.channel, "ts": part.message} for part in case.request.parts],
        "pictures": [
            {"kind": one.kind.value, "channel": one.channel, "ts": one.message}
            for one in await store.cases.postings(case.id)
        ],
    }


def _gates(case: Case, routing_map: RoutingMap) -> list[Json]:
    return [
        {
            "role": wording.role_title(gate.need.role, routing_map),
            "state": gate.state.value,
            "needs": gate.need.approvals,
            "votes": [vote.by for vote in gate.votes],
        }
        for gate in case.gates
    ]


def _decided(decision: Decision, routing_map: RoutingMap) -> Json:
    return {
        "verdict": decision.verdict.value,
        "destination": wording.human_name(decision.destination),
        "address": routing_map.at(decision.destination).address
        if decision.destination in routing_map.destinations
        else "",
        "reason": wording.decision_reason(decision, routing_map),
        "confidence": decision.confidence.value,
        "score": round(decision.score, 2),
        "priority": decision.priority.value,
        "priority_rule": wording.priority_reason(decision),
        "risk": decision.risk.value,
        "risks": [wording.human_words(one) for one in (*decision.risks, *decision.categories)],
        "map_version": decision.map_version,
    }


def _opinions(kept: Sequence[str], routing_map: RoutingMap) -> list[Json]:
    """The newest set, as it was written down when the decision was made."""
    found = json.loads(kept[-1]) if kept else []
    return [_opinion(one, routing_map) for one in found]


def _opinion(one: Mapping[str, Any], routing_map: RoutingMap) -> Json:
    told = told_opinion(one, routing_map)
    return {"source": told.source, "says": " · ".join(told.says) or "nothing", "why": told.why}


def _entries(exported: list[dict[str, Any]], texts: Mapping[str, Text]) -> list[Json]:
    return [_entry(one["event"], str(one["hash"]), texts) for one in exported]


def _entry(event: Mapping[str, Any], sealed: str, texts: Mapping[str, Text]) -> Json:
    data = dict(event["data"])
    text = texts.get(str(data.pop("text", "")))
    return {
        "seq": event["seq"],
        "at": _moment(datetime.fromtimestamp(event["at"] / 1_000_000, UTC)),
        "type": event["type"],
        "by": event["actor"]["id"] or "",
        "facts": data,
        "text": text.body if text and text.kind != "opinions" else "",
        "prev": event["prev"],
        "hash": sealed,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
