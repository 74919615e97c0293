"""Stopping, dying and starting again: in one process, and in a real one that can be killed."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import Options
from bot.workspace import members
from bot.workspace.faults import AppliedThenDelayed, RateLimited, ServerError
from bot.workspace.model import Tokens
from bot.workspace.server import PretendSlack
from routing.pace import UNPACED
from routing.ports import Letter
from storage.sqlite import open_store
from tests.office import (
    PATIENCE_SECONDS,
    ROOT,
    Office,
    OfficeClock,
    a_workspace,
    at_the_desk,
    office_settings,
)

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
CANARY = "canary-4711"
CANARIES = Tokens(bot=f"xoxb-{CANARY}", app=f"xapp-{CANARY}", signing_secret=CANARY)


@dataclass(kw_only=True)
class Street:
    """An office that opens and closes, in a workspace that stays."""

    slack: PretendSlack
    clock: OfficeClock
    settings: Settings

    @asynccontextmanager
    async def opens(self, *, patience_seconds: float = 0) -> AsyncIterator[Office]:
        options = Options(rates=UNPACED, clock=self.clock, patience_seconds=patience_seconds)
        async with at_the_desk(self.slack, self.settings, options) as bot:
            yield Office(
                slack=self.slack,
                clock=self.clock,
                settings=self.settings,
                bot=bot,
                patience_seconds=PATIENCE_SECONDS,
            )


@pytest.fixture(params=["socket", "http"])
async def street(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Street]:
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        settings = office_settings(tmp_path, slack.api_url, over=request.param, routes="")
        yield Street(slack=slack, clock=clock, settings=settings)


async def test_what_was_received_and_not_decided_is_decided_after_a_restart(street: Street) -> None:
    async with street.opens(patience_seconds=3600) as before:
        ts = await before.says("maya", INVOICE)
        assert len(await before.asked_by("maya")) == 1

    async with street.opens() as after:
        await after.next_card("#billing")
        await after.receipt(ts)
        await after.settles()
        assert after.unread() == []


async def test_what_is_owed_is_delivered_after_a_restart(street: Street) -> None:
    async with street.opens() as before:
        before.slack.faults.on_call("chat.postMessage", ServerError(), times=None)
        ts = await before.says("maya", INVOICE)
        await before.settles()
    street.slack.faults.clear()
    street.clock.ahead += timedelta(minutes=1)

    async with street.opens() as after:
        await after.next_card("#billing")
        await after.receipt(ts)
        await after.settles()
        assert after.unread() == []


async def test_a_letter_that_was_kept_and_never_read_is_read_after_a_restart(street: Street) -> None:
    async with street.opens() as before:
        letter = await _letter(before)

    async with open_store(street.settings.frontdesk_database, clock=street.clock) as store:
        assert await store.inbox.keep(letter)

    async with street.opens() as after:
        await after.next_card("#billing")
        await after.settles()
        assert await after.bot.store.inbox.unread(street.clock()) == []


async def _letter(office: Office) -> Letter:
    """What Slack says about a message, kept by a bot that died before it read it."""
    office.slack.faults.hold()
    office.slack.faults.lose()
    ts = await office.says("maya", INVOICE)
    office.slack.faults.release()
    event = {"type": "message", "channel": "C0HELP", "channel_type": "channel", "user": "U0MAYA", "text": INVOICE}
    body = {
        "type": "event_callback",
        "team_id": "T0HALDEN",
        "event_id": "Ev0UNREAD",
        "event_time": int(float(ts)),
        "event": {**event, "ts": ts, "event_ts": ts},
    }
    return Letter(key="event:T0HALDEN:Ev0UNREAD", raw=json.dumps(body).encode(), received_at=office.clock())


# A real process.


async def test_a_killed_bot_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    async with a_workspace(OfficeClock(), tokens=CANARIES) as slack:
        slack.faults.on_call("chat.postMessage", AppliedThenDelayed(seconds=60), channel="C0HELP")
        bot = await _start(slack, tmp_path)
        await slack.connected()
        said = [await slack.people.say("maya", "help", INVOICE), await slack.people.say("tom", "help", INVOICE)]
        await _until(slack, lambda: len(slack.people.messages("billing")) == 2)
        await _until(slack, lambda: any(slack.people.thread("help", ts)[1:] for ts in said))
        said.append(await slack.people.say("elena", "help", INVOICE))
        await slack.delivered()
        bot.kill()
        await bot.communicate()

        bot = await _start(slack, tmp_path)
        await _until(slack, lambda: len(slack.people.messages("billing")) == 3)
        await _until(slack, lambda: all(slack.people.thread("help", ts)[1:] for ts in said))
        _, errors = await _stop(bot)

        assert len(slack.people.messages("billing")) == 3
        assert [len(slack.people.thread("help", ts)) for ts in said] == [2, 2, 2]
        assert CANARY not in errors


async def test_it_stops_when_told_though_slack_is_silent_and_logs_one_object_a_line(tmp_path: Path) -> None:
    async with a_workspace(OfficeClock(), tokens=CANARIES) as slack:
        slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=1), channel="C0BILLING")
        slack.faults.on_call("chat.postMessage", AppliedThenDelayed(seconds=60), channel="C0HELP")
        slack.faults.on_call("users.info", ServerError())
        bot = await _start(slack, tmp_path, FRONTDESK_LOG="json")
        await slack.connected()
        await slack.people.say("maya", "help", f"{INVOICE} {CANARY}")
        await _until(slack, lambda: slack.people.messages("billing"))
        slack.sockets.cut()

        async with asyncio.timeout(5):
            out, errors = await _stop(bot)

        assert (bot.returncode, out) == (0, "")
        lines = [json.loads(line) for line in errors.splitlines()]
        assert {line["event"] for line in lines} >= {"at the desk", "notice postponed", "left for the next start"}
        assert CANARY not in errors


async def test_told_to_stop_while_slack_is_silent_it_stops(tmp_path: Path) -> None:
    async with a_workspace(OfficeClock()) as slack:
        slack.faults.on_call("auth.test", AppliedThenDelayed(seconds=60))
        bot = await _start(slack, tmp_path, slack.tokens)
        await _until(slack, lambda: slack.workspace.traffic.exchanges("auth.test"))

        async with asyncio.timeout(5):
            _, errors = await _stop(bot)

        assert bot.returncode == 0
        assert "Traceback" not in errors


async def test_one_bot_serves_a_file(tmp_path: Path) -> None:
    async with a_workspace(OfficeClock(), tokens=CANARIES) as slack:
        first = await _start(slack, tmp_path)
        await slack.connected()

        second = await _start(slack, tmp_path)
        _, errors = await second.communicate()

        assert second.returncode == 2
        assert f"in use by another bot (process {first.pid})" in errors.decode()
        assert errors.count(b"\n") == 1
        await _stop(first)


async def test_what_is_wrong_at_the_start_is_said_in_one_sentence_without_secrets(tmp_path: Path) -> None:
    async with a_workspace(OfficeClock(), tokens=CANARIES) as slack:
        elsewhere = (ROOT / "routes.yml").read_text().replace('"#howto"', '"#nowhere"')
        (tmp_path / "elsewhere.yml").write_text(elsewhere)
        members.leave(slack.workspace, slack.workspace.channel("howto"), slack.workspace.app)
        wrong: dict[str, dict[str, str]] = {
            "does not accept SLACK_BOT_TOKEN": {"SLACK_BOT_TOKEN": f"xoxb-wrong-{CANARY}"},
            "SLACK_BOT_TOKEN is not a bot token": {"SLACK_BOT_TOKEN": CANARY},
            "cannot be reached": {"SLACK_API_URL": "http://127.0.0.1:9/api/"},
            "no channel of that name": {"FRONTDESK_ROUTES": str(tmp_path / "elsewhere.yml")},
            "not a member of #howto": {},
        }
        found = await asyncio.gather(*(_refused(slack, tmp_path, **settings) for settings in wrong.values()))

    for sentence, (status, out, errors) in zip(wrong, found, strict=True):
        assert (status, out) == (2, "")
        assert sentence in errors
        assert errors.count("\n") == 1, errors
        assert CANARY not in errors


async def test_a_wrong_app_token_is_said_at_once(tmp_path: Path) -> None:
    async with a_workspace(OfficeClock(), tokens=CANARIES) as slack:
        status, out, errors = await _refused(slack, tmp_path, SLACK_APP_TOKEN=f"xapp-wrong-{CANARY}")

    assert (status, out) == (2, "")
    assert errors == "Slack does not accept SLACK_APP_TOKEN (invalid_auth). Copy it again from the app's page.\n"


async def _refused(slack: PretendSlack, folder: Path, **settings: str) -> tuple[int | None, str, str]:
    bot = await _start(slack, folder, CANARIES, **settings)
    async with asyncio.timeout(15):
        out, errors = await bot.communicate()
    return bot.returncode, out.decode(), errors.decode()


async def _start(slack: PretendSlack, folder: Path, tokens: Tokens = CANARIES, **settings: str) -> Process:
    environment: dict[str, str] = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": tokens.bot,
        "SLACK_APP_TOKEN": tokens.app,
        "SLACK_API_URL": slack.api_url,
        "FRONTDESK_ROUTES": str(ROOT / "routes.yml"),
        "FRONTDESK_DATABASE": f"sqlite:///{folder / 'office.db'}",
        **settings,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "start", cwd=folder, env=environment, stdout=PIPE, stderr=PIPE
    )


async def _until(slack: PretendSlack, predicate: Callable[[], object]) -> None:
    await slack.workspace.until(predicate, timeout_seconds=15)


async def _stop(bot: Process) -> tuple[str, str]:
    bot.send_signal(signal.SIGTERM)
    out, errors = await bot.communicate()
    return out.decode(), errors.decode()
