"""How long `frontdesk start` takes until it listens, and the command line until it is imported."""

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from tests.benchmarks.frame import MISSED, Result, Wish, at_most, several, tell
from tests.benchmarks.running import ROOT, Bot, Slack, fast_slack, process_env, stop
from tests.benchmarks.texts import write_map

READY_SECONDS, IMPORT_SECONDS = 2.0, 0.4
STARTS, IMPORTS = 5, 7
LOOK_SECONDS, GIVEN_UP_SECONDS = 0.002, 30.0
HEAVIEST = 25

_IMPORT = "from time import perf_counter as now; before = now(); import bot.cli; print(now() - before)"


def measure(wish: Wish) -> Iterator[Result]:  # noqa: ARG001 - as every family
    found = several("import bot.cli", "s", [_imported() for _ in range(IMPORTS)], at_most(IMPORT_SECONDS))
    yield found
    if found.verdict == MISSED:
        _tell_heaviest("import bot.cli")
    with tempfile.TemporaryDirectory() as folder:
        bot = Bot(folder=Path(folder), routes=write_map(Path(folder) / "routes.yml"))
        starts = asyncio.run(_started(bot))
    yield Result(name="frontdesk start to listening, with a new database", measured=starts[0], unit="s")
    slow = several("frontdesk start to listening", "s", starts[1:], at_most(READY_SECONDS))
    yield slow
    if slow.verdict == MISSED:
        _tell_heaviest("import bot.commands.start")


def _imported() -> float:
    run = subprocess.run([sys.executable, "-c", _IMPORT], cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - our own
    return float(run.stdout)


def _tell_heaviest(statement: str) -> None:
    command = [sys.executable, "-X", "importtime", "-c", statement]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    lines = [line.removeprefix("import time:").split("|") for line in run.stderr.splitlines() if "|" in line]
    taken = sorted(((int(line[1]), line[2].strip()) for line in lines if line[1].strip().isdigit()), reverse=True)
    for micros, module in taken[:HEAVIEST]:
        tell(f"   {micros / 1_000:8.1f} ms  {module}, with what it imports")


async def _started(bot: Bot) -> list[float]:
    async with fast_slack() as slack:
        return [await asyncio.to_thread(_start, bot, slack) for _ in range(STARTS + 1)]


def _start(bot: Bot, slack: Slack) -> float:
    """Until the first connection is taken, which is when everything else is ready."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    env = process_env(bot.env(slack) | {"FRONTDESK_PORT": str(port)})
    command = [sys.executable, "-m", "bot.cli", "start"]
    before = monotonic()
    with subprocess.Popen(command, env=env, cwd=bot.folder, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            while not _listens(port):
                assert process.poll() is None, "it starts"
                assert monotonic() - before < GIVEN_UP_SECONDS, "it starts in time"
                sleep(LOOK_SECONDS)
            return monotonic() - before
        finally:
            stop(process)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
