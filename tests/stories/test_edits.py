"""Edits and deletions that come late, twice, in the wrong order, or all within one second."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncBoltRequest

from routing.kinds import Status
from tests.office import Office, an_office

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
HOWTO = "How do I print a return label for a customer?"
DELETION = "Delete this customer's account and refund everything immediately."


async def is_told(office: Office, **event: Any) -> None:
    """As Slack would tell it, whenever that is."""
    body = {
        "type": "event_callback",
        "team_id": office.slack.workspace.team,
        "event_id": f"Ev{abs(hash(json.dumps(event)))}",
        "event_time": float(event["ts"]),
        "event": {"type": "message", "channel": "C0HELP", "channel_type": "channel", **event, "event_ts": event["ts"]},
    }
    answer = await office.bot.app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    assert answer.status == 200
    await office.settles()


async def is_told_of_an_edit(office: Office, ts: str, text: str, *, seconds: float) -> None:
    """So long after it was said."""
    at = int(float(ts)) + seconds
    edited = {"user": "U0MAYA", "ts": f"{int(at)}.000000"}
    await is_told(
        office,
        subtype="message_changed",
        ts=f"{at:.6f}",
        previous_message={"ts": ts, "text": "whatever"},
        message={"type": "message", "user": "U0MAYA", "ts": ts, "text": text, "edited": edited},
    )


async def is_told_that_it_is_gone(office: Office, ts: str) -> None:
    await is_told(office, subtype="message_deleted", ts=f"{float(ts) + 20:.6f}", deleted_ts=ts)


async def text_of(office: Office) -> str:
    (case,) = await office.asked_by("maya")
    return case.request.text


async def test_an_older_edit_that_is_told_after_a_newer_one_changes_nothing_and_lets_no_gate_fall(
    office: Office,
) -> None:
    office.heeds_nothing_more()
    ts = await office.says("maya", INVOICE)
    await office.settles()
    await is_told_of_an_edit(office, ts, DELETION, seconds=20)
    (before,) = await office.asked_by("maya")

    await is_told_of_an_edit(office, ts, HOWTO, seconds=10)

    (after,) = await office.asked_by("maya")
    assert after == before
    assert (after.request.text, after.status, after.is_gated) == (DELETION, Status.WAITING, True)


async def test_of_two_edits_within_one_second_both_are_read_and_the_later_one_holds(office: Office) -> None:
    office.heeds_nothing_more()
    ts = await office.says("maya", INVOICE)
    await office.settles()

    await is_told_of_an_edit(office, ts, HOWTO, seconds=20.2)
    assert await text_of(office) == HOWTO
    await is_told_of_an_edit(office, ts, DELETION, seconds=20.7)
    assert await text_of(office) == DELETION


async def test_of_two_edits_within_one_second_told_the_wrong_way_round_the_later_one_holds(office: Office) -> None:
    office.heeds_nothing_more()
    ts = await office.says("maya", INVOICE)
    await office.settles()

    await is_told_of_an_edit(office, ts, DELETION, seconds=20.7)
    await is_told_of_an_edit(office, ts, HOWTO, seconds=20.2)

    assert await text_of(office) == DELETION


async def test_what_is_edited_back_to_what_it_said_shuts_out_the_edit_between(office: Office) -> None:
    office.heeds_nothing_more()
    ts = await office.says("maya", INVOICE)
    await office.settles()

    await is_told_of_an_edit(office, ts, INVOICE, seconds=20)
    await is_told_of_an_edit(office, ts, HOWTO, seconds=10)

    assert await text_of(office) == INVOICE


async def test_a_request_that_began_as_an_edit_is_not_put_back_to_an_older_one(office: Office) -> None:
    office.heeds_nothing_more()
    ts = await office.says("maya", "hi")
    await office.settles()

    await is_told_of_an_edit(office, ts, DELETION, seconds=20)
    await is_told_of_an_edit(office, ts, HOWTO, seconds=10)

    assert await text_of(office) == DELETION


@pytest.mark.parametrize("kind", ["message", "app_mention"])
async def test_a_message_told_after_the_news_that_it_is_gone_asks_for_nothing_after_a_restart_either(
    tmp_path: Path, kind: str
) -> None:
    async with an_office(tmp_path) as office:
        ts = f"{office.clock().timestamp():.6f}"
        await is_told_that_it_is_gone(office, ts)

    async with an_office(tmp_path) as office:
        await is_told(office, type=kind, ts=ts, user="U0MAYA", text=f"<@U0FRONTDESK> {INVOICE}")

        assert await office.asked_by("maya") == []
        office.clock.ahead += timedelta(seconds=30)
        await is_told(office, ts=f"{office.clock().timestamp():.6f}", user="U0MAYA", text=INVOICE)
        assert len(await office.asked_by("maya")) == 1
        office.heeds_nothing_more()


async def test_an_edit_of_a_reply_that_is_gone_does_not_bring_it_back(office: Office) -> None:
    office.heeds_nothing_more()
    ts = await office.says("maya", INVOICE)
    reply = await office.says("maya", "It is invoice 20318", thread=ts)
    await office.settles()
    await office.deletes("maya", reply)
    await office.settles()

    edited = {"user": "U0MAYA", "ts": f"{int(float(reply))}.000000"}
    words = {"type": "message", "user": "U0MAYA", "ts": reply, "thread_ts": ts, "text": DELETION, "edited": edited}
    await is_told(office, subtype="message_changed", ts=f"{float(reply) + 1:.6f}", message=words)

    assert await text_of(office) == INVOICE
