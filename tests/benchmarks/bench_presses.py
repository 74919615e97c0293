"""From a press to the decision in the database, as somebody sees it who reads beside the bot: its ack comes before."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.benchmarks.bench_ingest import a_new_desk, a_sender, all_posted
from tests.benchmarks.frame import Result, Wish, at_most, percentile
from tests.benchmarks.load import APP, TEAM, Acks, Sender
from tests.benchmarks.running import Bot, fast_slack
from tests.benchmarks.texts import write_map

RATE, SECONDS, P99_MS = 20, 20, 300
ASKED, ASKED_A_SECOND, GIVEN_UP_SECONDS = 500, 25, 10.0
LOOK_SECONDS = 0.001
PRESSED, PERSON = "approve_route", "U0ELENA"

Json = dict[str, Any]
Case = str
_HANGING = "SELECT channel, message, case_id FROM postings WHERE kind = 'card'"
_DECIDED = """
SELECT seq, case_id, json_extract(event, '$.type') AS type
FROM audit
WHERE team_id = ? AND seq > ?
ORDER BY seq
"""


def measure(wish: Wish) -> Iterator[Result]:  # noqa: ARG001 - as every family
    with tempfile.TemporaryDirectory() as folder:
        bot = Bot(folder=Path(folder), routes=write_map(Path(folder) / "routes.yml"), words=("--patience", "0"))
        acks, committed, lost = asyncio.run(_pressed(bot))
    name = f"{RATE} presses/s for {SECONDS} s"
    yield Result(name=f"{name}: committed p99", measured=committed[2], unit="ms", target=at_most(P99_MS))
    yield Result(name=f"{name}: committed p50", measured=committed[0], unit="ms")
    yield Result(name=f"{name}: committed max", measured=committed[3], unit="ms")
    yield Result(name=f"{name}: ack p99", measured=acks.ms(0.99), unit="ms")
    yield Result(name=f"{name}: not acknowledged", measured=acks.errors, unit="", target=at_most(0))
    yield Result(name=f"{name}: acknowledged and not committed", measured=lost, unit="", target=at_most(0))


async def _pressed(bot: Bot) -> tuple[Acks, list[float], int]:
    async with fast_slack() as slack, a_new_desk(slack, bot) as running, a_sender(running) as sender:
        asked = await sender.steadily(ASKED_A_SECOND, ASKED / ASKED_A_SECOND)
        await all_posted(slack, len(asked.seconds) * 2)
        with closing(sqlite3.connect(f"file:{bot.path}?mode=ro", uri=True)) as database:
            hanging = {(channel, message): case for channel, message, case in database.execute(_HANGING)}
            cards = [(hanging[one["channel"], one["ts"]], _press(one)) for one in await slack.cards()]
            pressable = [(case, press) for case, press in cards if press][: RATE * SECONDS]
            assert len(pressable) == RATE * SECONDS, "enough of them are proposed, and can be confirmed"
            return await _all_pressed(sender, database, pressable)


async def _all_pressed(
    sender: Sender, database: sqlite3.Connection, presses: list[tuple[Case, Json]]
) -> tuple[Acks, list[float], int]:
    acks, sent, seen, under_way = Acks(), dict[Case, float](), dict[Case, float](), set[asyncio.Task[None]]()
    watching = asyncio.create_task(_watch(database, seen, len(presses)))
    began = perf_counter()
    for number, (case, press) in enumerate(presses):
        await asyncio.sleep(max(0.0, began + number / RATE - perf_counter()))
        sent[case] = perf_counter()
        under_way.add(asyncio.create_task(sender.pressed(press, acks)))
    await asyncio.wait(under_way)
    await watching
    taken = sorted((seen[case] - sent[case]) * 1_000 for case in sent if case in seen)
    return acks, [percentile(taken, share) for share in (0.5, 0.95, 0.99, 1)], len(sent) - len(taken)


async def _watch(database: sqlite3.Connection, seen: dict[Case, float], enough: int) -> None:
    """Every millisecond whether anything was written, which costs next to nothing, and then what."""
    seq = max((one[0] for one in database.execute(_DECIDED, (TEAM, 0))), default=0)
    known, until = -1, perf_counter() + SECONDS + GIVEN_UP_SECONDS
    while len(seen) < enough and perf_counter() < until:
        await asyncio.sleep(LOOK_SECONDS)
        (version,) = database.execute("PRAGMA data_version").fetchone()
        if version == known:
            continue
        known = version
        for number, case, kind in database.execute(_DECIDED, (TEAM, seq)).fetchall():
            seq = number
            if kind == "route_approved":
                seen[case] = perf_counter()


def _press(card: Json) -> Json | None:
    """What Slack sends when a person presses what hangs there. Nothing for a card that asks for something else."""
    for block in card["blocks"]:
        for button in block.get("elements", ()) if block["type"] == "actions" else ():
            if button["action_id"].startswith(PRESSED):
                return _told(card, {**button, "block_id": block["block_id"]})
    return None


def _told(card: Json, button: Json) -> Json:
    return {
        "type": "block_actions",
        "user": {"id": PERSON, "username": "elena", "name": "elena", "team_id": TEAM},
        "api_app_id": APP,
        "token": "nobody-should-use-it",
        "team": {"id": TEAM, "domain": "haldengoods"},
        "enterprise": None,
        "is_enterprise_install": False,
        "container": {
            "type": "message",
            "message_ts": card["ts"],
            "channel_id": card["channel"],
            "is_ephemeral": False,
        },
        "trigger_id": f"{card['ts']}.{card['channel']}",
        "channel": {"id": card["channel"], "name": "somewhere"},
        "message": {"type": "message", "ts": card["ts"], "text": "", "blocks": card["blocks"]},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.invalid/actions/none",
        "actions": [{**button, "type": "button", "action_ts": card["ts"]}],
    }
