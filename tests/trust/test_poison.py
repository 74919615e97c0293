"""Payloads that nobody could have meant, among those that people did: the queue goes on, and says what it leaves."""

import asyncio
import copy
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.workspace.delivery import Parcel
from handlers.intake import MOST_READINGS
from tests.office import ROOT, an_office
from tests.trust.test_hostile_text import ASKERS, all_cases

GOOD_EVERY = 10


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def odd_values() -> Iterator[Any]:
    yield from (None, -1, 10**30, float("nan"), "", "\0\ud800", "x" * 40_000, [None], {"a": {}}, nested(300))


FIELDS = (
    ("event", "type"), ("event", "subtype"), ("event", "ts"), ("event", "user"), ("event", "bot_id"), ("event", "text"),
    ("event", "thread_ts"), ("event", "files"), ("event", "edited"), ("event", "channel"), ("event", "channel_type"),
    ("event", "message"), ("event", "previous_message"), ("event", "deleted_ts"), ("event",), ("event_time",),
    ("team_id",), ("type",), ("authorizations",), ("event_id",),
)  # fmt: skip  # what we or Bolt look at


def a_body(number: int, **event: Any) -> dict[str, Any]:
    told = {
        "type": "message",
        "channel": "C0HELP",
        "channel_type": "channel",
        "user": "U0MAYA",
        "text": f"poison number {number}",
        "ts": f"17{number:08d}.000100",
    }
    return {
        "token": "x",
        "team_id": "T0HALDEN",
        "api_app_id": "A0FRONTDESK",
        "type": "event_callback",
        "event_id": f"EvPOISON{number}",
        "event_time": 1_700_000_000,
        "event": {**told, **event},
    }


_INNER: tuple[Any, ...] = (None, {}, [], {"ts": "x"}, {"ts": None, "text": []}, {"files": [None, 1, {"permalink": 5}]})


def poison() -> Iterator[dict[str, Any]]:
    numbers = itertools.count(1)
    for path, value in itertools.product(FIELDS, odd_values()):
        body = a_body(next(numbers))
        place: Any = body
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = copy.copy(value)
        yield body
    for subtype in ("message_changed", "message_deleted", "no_such_subtype", "bot_message", "file_share"):
        for inner in _INNER:
            yield a_body(next(numbers), subtype=subtype, message=inner, previous_message=inner)
    yield a_body(next(numbers), text="x" * 900_000)
    yield a_body(next(numbers), blocks=nested(900))


@pytest.mark.parametrize("over", ["socket", "http"])
async def test_no_payload_stops_the_queue(tmp_path: Path, over: str) -> None:
    """P6. Row 14: over 200 that cannot be read, one good one among ten; every good one is decided and has its card."""
    bad = list(poison())
    good: list[str] = []
    with structlog.testing.capture_logs() as lines:
        patient = (ROOT / "routes.yml").read_text(encoding="utf-8").replace("requests: 20, ", "requests: 2000, ")
        async with an_office(tmp_path, over=over, routes=patient) as office:
            office.heeds_nothing_more()
            sent = []
            for number, body in enumerate(bad):
                parcel = Parcel(kind="events_api", name="message", payload=body)
                sent.append(asyncio.create_task(office.slack.people.post_room.ask(parcel)))
                if number % GOOD_EVERY == 0:
                    text = f"My invoice 2{number:04d} shows the wrong amount, can someone fix the billing?"
                    await office.says(ASKERS[len(good) % len(ASKERS)], text)
                    good.append(text)
                    await office.settles()
            await asyncio.gather(*sent)
            await office.settles()
            for _ in range(MOST_READINGS if over == "socket" else 1):  # read again as often as the desk would
                await office.lets_pass(seconds=31)
                await office.settles()
            cases = {case.request.text: case for case in await all_cases(office)}

            assert len(bad) >= 200
            assert [text for text in good if text not in cases] == []
            for text in good:
                case = cases[text]
                assert case.decision is not None
                assert await office.bot.store.cases.postings(case.id), "it has its card"
            unread = {letter.key for letter in await office.bot.store.inbox.unread(office.clock())}
            told = {line.get("key") for line in lines if line["event"] == "failed" and line.get("reference")}
            assert unread <= told, "what is not read was said, with a reference"
            if over == "socket":
                assert unread <= {line["key"] for line in lines if str(line["event"]).startswith("letter put aside")}
    assert all(line.get("reference") for line in lines if line["event"] == "failed")
