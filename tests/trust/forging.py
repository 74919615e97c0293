"""A forger's tools: bodies as Slack would send them, signed or not, and what the desk looked like before and after."""

import asyncio
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.transport import HttpTransport
from bot.workspace import interactions
from bot.workspace.model import Message
from handlers.seals import Seal
from routing.kinds import TeamId
from tests.office import SECRET, Office, real_time

Headers = list[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"
AT_ONCE = 20

# Whatever a press could change. The audit grows with every refusal, and cards may be drawn again.
STATE = (
    "SELECT id, status, version, revision, owner, body FROM cases ORDER BY id",
    "SELECT case_id, code, was, now, by FROM labels ORDER BY id",
    "SELECT id, kind, body FROM texts ORDER BY id",
)


def signature(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def signed(body: bytes, *, at: float | None = None, content: str = FORM) -> Headers:
    timestamp = str(int(real_time() if at is None else at))
    return [
        ("Content-Type", content),
        ("X-Slack-Request-Timestamp", timestamp),
        ("X-Slack-Signature", signature(body, timestamp)),
    ]


def encoded(payload: Mapping[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


@dataclass(kw_only=True)
class Forger:
    """Talks to the desk's own address, as anybody on the network could who knows it."""

    office: Office
    session: aiohttp.ClientSession
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def sends(self, body: bytes, headers: Headers) -> int:
        transport = self.office.bot.transport
        assert isinstance(transport, HttpTransport), "only HTTP has an address to send to"
        url = f"http://127.0.0.1:{transport.port}/slack/events"
        async with self.turns, self.session.post(url, data=body, headers=headers) as answer:
            return answer.status

    async def sends_signed(self, payload: Mapping[str, Any]) -> int:
        body = encoded(payload)
        return await self.sends(body, signed(body))

    async def all_sent(self, bodies: Iterable[tuple[bytes, Headers]]) -> list[int]:
        return list(await asyncio.gather(*(self.sends(body, headers) for body, headers in bodies)))


def a_press(office: Office, who: str, card: Message, button: str) -> dict[str, Any]:
    """What Slack sends when they press it."""
    workspace = office.slack.workspace
    message = workspace.message(card.channel, card.ts)
    block, element = _control(message, button)
    action = {
        "type": element["type"],
        "block_id": block.get("block_id", ""),
        "action_id": element["action_id"],
        "action_ts": workspace.stamps.next(),
    }
    value = office.value_of(button, card=card)
    held = {"selected_option": {"value": value}} if element["type"] == "overflow" else {"value": value}
    parcel = interactions.press_on_message(workspace, workspace.person(who), message, action | held, "")
    payload: dict[str, Any] = json.loads(json.dumps(parcel.payload))
    return payload


def state_of(office: Office) -> list[list[tuple[Any, ...]]]:
    with _file(office) as store:
        return [store.execute(sql).fetchall() for sql in STATE]


def refusals(office: Office) -> list[dict[str, Any]]:
    """What the audit says was refused, the newest last."""
    with _file(office) as store:
        rows = store.execute("SELECT event FROM audit ORDER BY team_id, seq").fetchall()
    events = [json.loads(event) for (event,) in rows]
    return [event for event in events if event["type"] == "refused"]


def kept(office: Office) -> int:
    with _file(office) as store:
        (count,) = store.execute("SELECT count(*) FROM inbox").fetchone()
    return int(count)


def seal_of(office: Office) -> Seal:
    """The desk's own seal, as a thief of its database would have it."""
    with _file(office) as store:
        ((team, key),) = store.execute("SELECT team_id, key FROM desk_keys WHERE name = 'buttons'").fetchall()
    return Seal(key=bytes.fromhex(key), team=TeamId(team))


def _file(office: Office) -> sqlite3.Connection:
    path = office.settings.frontdesk_database.removeprefix("sqlite:///")
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _control(message: Message, button: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    for block in message.blocks:
        for element in [*block.get("elements", []), *filter(None, [block.get("accessory")])]:
            named = [element, *element.get("options", [])]
            if any(isinstance(one.get("text"), dict) and one["text"]["text"] == button for one in named):
                return block, element
    raise AssertionError(f"no button {button!r}")
