"""The first minute of `frontdesk try`, walked step by step: what the guide says is what the desk does."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot.trial.filled import filled_up
from bot.trial.guide import OUTAGE
from bot.workspace.model import Json, Message
from routing.kinds import PersonId
from routing.map import RoutingMap
from routing.map_file import load_map, read_map
from tests.office import words_of
from tests.trial import ROOT, Trial, a_trial

SHORT = """
destinations: {billing: queue:billing, bug: agent:triage, howto: agent:kb, sales: team:sales}
high_risk: [account_deletion, payment, access_change, external_email]
unknown: queue:human_triage
"""
# What a step promises, and what the bot's words in that channel must then have.
PROMISES = {
    "one line": "First answer by",
    "must agree": "to approve",
    "asks one question": "?",
    "does not guess": "person",
    "Approve request": "Approve request",
    "Approve route": "Approve route",
    "Reassign": "Reassign",
    "Escalate": "Escalate",
    "a person gets it": "A person looks at this",
    "first answer was due": "*First answer was due*",
    "to whom it was raised": "now raised to",
}


def _maps() -> list[RoutingMap]:
    return [read_map(ROOT / "routes.yml"), filled_up(load_map(SHORT)).map]


@pytest.mark.parametrize("routing_map", _maps(), ids=["shipped", "short"])
async def test_every_step_of_every_suggestion_is_true(tmp_path: Path, routing_map: RoutingMap) -> None:
    async with a_trial(tmp_path, routing_map) as trial:
        for suggestion in trial.guide:
            ts = await trial.slack.people.say(suggestion["as"], suggestion["channel"], suggestion["text"])
            await trial.settles()

            for step in [step for step in suggestion["look"] if step["channel"]]:
                if step.get("do"):
                    await _moves(trial, step["do"])
                words = _read_by(trial, step, suggestion, ts)
                promised = [sign for phrase, sign in PROMISES.items() if phrase in step["text"]]
                assert promised, step
                assert all(sign in words for sign in promised), (step, words)


@pytest.mark.parametrize("routing_map", _maps(), ids=["shipped", "short"])
async def test_the_gate_of_the_guide_refuses_one_and_opens_for_the_other(
    tmp_path: Path, routing_map: RoutingMap
) -> None:
    async with a_trial(tmp_path, routing_map) as trial:
        risky = trial.guide[1]
        await trial.slack.people.say(risky["as"], risky["channel"], risky["text"])
        await trial.settles()
        _, bystander, holder, _ = risky["look"]

        await _approves(trial, bystander["as"], bystander["channel"])
        refused = trial.slack.people.ephemerals(bystander["as"])
        await _approves(trial, holder["as"], holder["channel"])
        await trial.slack.people.submit(holder["as"], {"reason": "Confirmed"})
        await trial.settles()

        assert len(refused) == 1
        (case,) = await trial.bot.store.cases.open_by(risky["as"])
        assert case.status.value == "routed"


async def test_next_morning_breaks_what_nobody_kept_and_says_so_on_the_card(tmp_path: Path) -> None:
    async with a_trial(tmp_path, read_map(ROOT / "routes.yml")) as trial:
        ts = await trial.slack.people.say("jonas", "acme-support", OUTAGE)
        await trial.settles()
        asked_at = trial.clock()

        await trial.hands.next_morning()

        morning = trial.clock().astimezone(ZoneInfo("Europe/Berlin"))
        card = _card(trial, "priya", "payments-oncall", OUTAGE)
        (case,) = await trial.bot.store.cases.open_by(PersonId("U0JONAS"))
        broken, *_ = [one for one in await trial.bot.store.cases.entries(case.id) if one.type == "breached"]
        digest = _card(trial, "elena", "shop-leads", OUTAGE)
        later = await trial.slack.people.say("jonas", "acme-support", "It is still down")
        assert (morning.hour, morning.minute) == (9, 1)
        assert "*First answer was due*" in words_of(card)
        assert "*🚨 Overdue*" in words_of(digest)
        assert broken.at > asked_at + timedelta(hours=9)
        assert float(later) >= morning.timestamp() > float(ts)
        await trial.settles()


async def test_every_window_learns_the_new_time_before_what_it_brought(tmp_path: Path) -> None:
    async with a_trial(tmp_path, read_map(ROOT / "routes.yml")) as trial, aiohttp.ClientSession() as session:
        await trial.slack.people.say("jonas", "acme-support", OUTAGE)
        await trial.settles()
        windows = [await session.ws_connect(f"{trial.url}control/live?as={who}") for who in ("priya", "leo")]
        before = [(await window.receive_json())["clock"] for window in windows]

        async with session.post(f"{trial.url}control/clock", json={"do": "next_morning"}) as answer:
            assert await answer.json() == {"ok": True}

        for window, was in zip(windows, before, strict=True):
            frames = [await window.receive_json() for _ in range(2)]
            told = [item for frame in frames for item in frame["items"] if item["kind"] != "traffic"]
            assert [item["kind"] for item in told][:2] == ["clock", "message"]
            assert told[0]["clock"]["now"] >= was["now"] + 9 * 3600
            assert (was["ahead"], was["zone"]) == ("", "Europe/Berlin")


def _read_by(trial: Trial, step: Json, suggestion: Json, ts: str) -> str:
    """The bot's words where that step leads: in the thread of what was asked, else on its card."""
    who, channel = step["as"], step["channel"]
    if channel == suggestion["channel"]:
        (answer,) = trial.slack.people.thread(channel, ts, seen_by=who)[1:]
        return words_of(answer)
    return words_of(_card(trial, who, channel, suggestion["text"]))


def _card(trial: Trial, who: str, channel: str, about: str) -> Message:
    said = trial.slack.people.messages(channel, seen_by=who)
    (found,) = [one for one in said if one.bot_id and about in words_of(one)]
    return found


async def _moves(trial: Trial, how: str) -> None:
    await (trial.hands.hour() if how == "hour" else trial.hands.next_morning())


async def _approves(trial: Trial, who: str, channel: str) -> None:
    card = next(one for one in trial.slack.people.messages(channel, seen_by=who) if one.bot_id)
    buttons = next(block["elements"] for block in card.blocks if block["type"] == "actions")
    assert await trial.slack.people.press(who, channel, card.ts, buttons[0]["action_id"], value=buttons[0]["value"])
    await trial.settles()
