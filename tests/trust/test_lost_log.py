"""The log may be lost, the desk may not: standard error full, closed, or read by nobody any more."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from bot.workspace.faults import RateLimited
from tests.office import OfficeClock, a_workspace
from tests.trust.killing import House, a_house

READ_BY_NOBODY = ""
ELSEWHERE = ("2>/dev/full", "2>/dev/full >/dev/full", "2>&-", "2>&- >&- <&-", READ_BY_NOBODY)


@pytest.mark.parametrize(("where", "style"), [*((where, "console") for where in ELSEWHERE), ("2>/dev/full", "json")])
async def test_a_bot_whose_log_cannot_be_written_starts_serves_and_ends_well(
    tmp_path: Path, where: str, style: str
) -> None:
    """P5. It has something to log from its first moment on, and something goes wrong meanwhile, too."""
    async with a_workspace(OfficeClock()) as slack, a_house(slack, tmp_path, "socket") as house:
        house.more["FRONTDESK_LOG"] = style
        slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=1))
        bot = await _starts(house, where)
        await house.until(lambda: slack.sockets.is_ready, 10)

        ts = await slack.people.say("maya", "help", "My invoice shows the wrong amount, can someone fix the billing?")
        await house.until(lambda: any("invoice" in str(one.blocks) for one in slack.people.messages("billing")), 10)
        await house.until(lambda: len(slack.people.thread("help", ts)) > 1, 10)

        bot.terminate()
        assert await bot.wait() == 0


async def _starts(house: House, where: str) -> Process:
    (house.folder / "stderr-1").touch()
    reader, writer = os.pipe()
    os.close(reader)
    try:
        bot = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", f'exec "$0" -m bot start {where}', sys.executable),
            cwd=house.folder,
            env=house.settings,
            stderr=writer,
        )
    finally:
        os.close(writer)
    house.bots.append(bot)
    return bot
