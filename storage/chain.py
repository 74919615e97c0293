"""Writing the audit: one chain of events per team, each sealed with the one before. Ids and codes, never prose.

hash = SHA-256("audit.v1" NUL ‖ prev ‖ canonical event), where prev is the hash before it as 64 hex digits (64 zeros
before the first) and canonical is JSON with sorted keys, no spaces, UTF-8 in NFC, and no floats. An entry's text is
bound by `mac` = HMAC-SHA-256(the case's key as written, the text), and `texts` of an outcome's first entry binds all
that was written down with it: `id=mac` for each, over its kind, a line feed and its body. So key and text can be erased
and the chain still holds: each erasure is an entry `erased` of the case, whose `what` is a text's id, or `request` for
the request's own words. What is gone without one was taken away. Entries of `v` 1 have no `texts`. What a chain cannot
show by itself is a missing tail: that takes a checkpoint kept elsewhere.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from routing.kinds import (
    PersonId,
    RoleName,
    TeamId,
)
from routing.model import (
    Case,
    Entry,
    Outcome,
    Text,
)
from storage.driver import Statements
from storage.rows import micros, moment

DOMAIN = b"audit.v1\0"
VERSION = 2
GENESIS = "0" * 64
KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
RESERVED = frozenset({"text", "mac", "texts"})
# An entry of this type says that something beside the audit is gone, and `what`: nothing else may be missed there.
ERASED, WHAT, REQUEST = "erased", "what", "request"
# Ids are told from their seals, and one from the next.
_TEXT_ID = re.compile(r"[^\s=]+")
# Longer than any list of codes, shorter than what people write when they explain themselves.
LONGEST_FACT = 500
# What figures are counted from is found by its time: `audit_by_type` is an index of the audit, and can be made again.
COUNTED = frozenset(
    {
        "decided",
        "answered",
        "breached",
        "warned",
        "reassigned",
        "loop_stopped",
        "wrong_team",
        "gate_expired",
        "unanswered",
        "resolved",
        "not_a_request",
        "reviewed",
        "escalated",
        "something_else",
    }
)
# Beyond this, readers of JSON disagree about integers.
LARGEST_INTEGER = 2**53 - 1

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_COUNTED_ENTRY = """
INSERT INTO audit_by_type (team_id, type, at, seq, case_id)
VALUES (?, ?, ?, ?, ?)
"""

Fact = str | int | bool | None
Event = dict[str, Any]


class Unfit(ValueError):
    """Something the audit must not hold: a float, a nested value, prose. A mistake of ours, never of a person."""


async def append(tx: Statements, outcome: Outcome) -> None:
    """Add the outcome's entries to its team's chain, in the transaction that makes them true."""
    await _add(tx, outcome.case.request.team, events_of(outcome))


async def append_of_desk(tx: Statements, team: TeamId, entry: Entry, map_version: str) -> None:
    """Add what the desk did that belongs to no case."""
    await _add(tx, team, [event_of_desk(team, entry, map_version)])


async def _add(tx: Statements, team: TeamId, events: Sequence[Event]) -> None:
    rows = await tx.run("SELECT seq, hash FROM audit WHERE team_id = ? ORDER BY seq DESC LIMIT 1", team)
    seq, prev = (rows[0]["seq"], rows[0]["hash"]) if rows else (0, GENESIS)
    for event in events:
        seq += 1
        line = canonical({**event, "seq": seq, "prev": prev})
        prev = seal(prev, line.encode())
        sql = "INSERT INTO audit (team_id, seq, case_id, event, hash) VALUES (?, ?, ?, ?, ?)"
        await tx.run(sql, team, seq, event["request"], line, prev)
        if event["type"] in COUNTED:
            await tx.run(_COUNTED_ENTRY, team, event["type"], event["at"], seq, event["request"])


def events_of(outcome: Outcome) -> list[Event]:
    """Its entries as events. The first seals every text that came with it, whether an entry names it or not."""
    case, bodies = outcome.case, {text.id: text.body for text in outcome.texts}
    events = [event_of(entry, case, bodies) for entry in outcome.entries]
    if outcome.texts:
        events[0]["data"]["texts"] = " ".join(f"{text.id}={_sealed(text, case)}" for text in outcome.texts)
    return events


def event_of(entry: Entry, case: Case, bodies: Mapping[str, str]) -> Event:
    """The entry as an event, but for its place in the chain."""
    asker = case.request.asker
    return {
        "v": VERSION,
        "tenant": case.request.team,
        "at": micros(entry.at),
        "type": _fit(entry.type),
        "request": case.id,
        "actor": {
            "kind": "desk" if entry.by is None else "person",
            "id": entry.by,
            "team": asker.team if entry.by == asker.id else case.request.team,
            "roles": [_fit(role) for role in entry.roles],
            "via": _fit(entry.via),
        },
        "subject": asker.id,
        "data": _data(entry, case, bodies),
        "policy_sha": case.decision.map_version if case.decision else "",
    }


def event_of_desk(team: TeamId, entry: Entry, map_version: str) -> Event:
    assert entry.by is None, "what belongs to no case is nobody's"
    assert entry.text is None, "the audit holds no prose, and there is no case beside which it could be kept"
    return {
        "v": VERSION,
        "tenant": team,
        "at": micros(entry.at),
        "type": _fit(entry.type),
        "request": "",
        "actor": {"kind": "desk", "id": None, "team": team, "roles": [], "via": _fit(entry.via)},
        "subject": "",
        "data": {key: _fit(value) for key, value in _named(entry.facts).items()},
        "policy_sha": map_version,
    }


def entry_of(event: Event) -> Entry:
    data = event["data"]
    actor = event["actor"]
    return Entry(
        type=event["type"],
        at=moment(event["at"]),
        by=PersonId(actor["id"]) if actor["id"] is not None else None,
        roles=tuple(RoleName(role) for role in actor["roles"]),
        via=actor["via"],
        facts={key: value for key, value in data.items() if key not in RESERVED},
        text=data.get("text"),
    )


def canonical(event: Event) -> str:
    """The one way to write an event down, so that every reader seals the same bytes."""
    return unicodedata.normalize("NFC", _CANONICAL.encode(event))


def seal(prev: str, line: bytes) -> str:
    return hashlib.sha256(DOMAIN + prev.encode() + line).hexdigest()


def mac(key: str, body: str) -> str:
    return hmac.digest(key.encode(), body.encode(), "sha256").hex()


def mac_of_text(key: str, kind: str, body: str) -> str:
    return mac(key, f"{kind}\n{body}")


def seals_in(texts: str) -> dict[str, str]:
    """What `texts` of an entry says: text id → mac."""
    return {name: sealed for name, _, sealed in (one.partition("=") for one in texts.split())}


def _data(entry: Entry, case: Case, bodies: Mapping[str, str]) -> dict[str, Fact]:
    if entry.type == ERASED and not _TEXT_ID.fullmatch(str(entry.facts.get(WHAT) or "")):
        raise Unfit("what was erased is a text's id, or the request")
    data = {key: _fit(value) for key, value in _named(entry.facts).items()}
    if entry.text is None:
        return data
    if entry.text not in bodies:
        raise Unfit("an entry's text is given in the same outcome")
    return {**data, "text": entry.text, "mac": mac(_key(case), bodies[entry.text])}


def _sealed(text: Text, case: Case) -> str:
    if not _TEXT_ID.fullmatch(text.id) or "\n" in text.kind:
        raise Unfit(f"a text cannot be called {text.id!r}")
    return mac_of_text(_key(case), text.kind, text.body)


def _key(case: Case) -> str:
    if not case.key:
        raise Unfit("a case whose key was erased takes no more texts")
    return case.key


def _named(facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    for key in facts:
        if not KEY.fullmatch(key) or key in RESERVED:
            raise Unfit(f"a fact cannot be called {key!r}")
    return facts


def _fit(value: Fact) -> Fact:
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= LARGEST_INTEGER:
            return value
        case str() if len(value) <= LONGEST_FACT and "\n" not in value:
            # An enum's member is its value here: the audit outlives our classes.
            return str(value)
    raise Unfit(f"the audit holds ids, codes, integers and booleans, not this {type(value).__name__}")
