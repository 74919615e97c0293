"""The first minute of `frontdesk try`, walked step by step: what the guide says is what the desk does."""

from pathlib import Path

import pytest

from bot.trial.filled import filled_up
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
                words = _read_by(trial, step["as"], step["channel"], asked=(suggestion["channel"], ts))
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


def _read_by(trial: Trial, who: str, channel: str, asked: tuple[str, str]) -> str:
    """The bot's words where that person is sent: in the thread of what was asked, else the newest card."""
    if channel == asked[0]:
        (answer,) = trial.slack.people.thread(channel, asked[1], seen_by=who)[1:]
        return words_of(answer)
    return words_of([one for one in trial.slack.people.messages(channel, seen_by=who) if one.bot_id][-1])


async def _approves(trial: Trial, who: str, channel: str) -> None:
    card = next(one for one in trial.slack.people.messages(channel, seen_by=who) if one.bot_id)
    buttons = next(block["elements"] for block in card.blocks if block["type"] == "actions")
    assert await trial.slack.people.press(who, channel, card.ts, buttons[0]["action_id"], value=buttons[0]["value"])
    await trial.settles()
