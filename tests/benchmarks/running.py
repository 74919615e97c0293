"""The processes of a benchmark: the bot, a bare app, a pretend Slack. Started, looked at from outside, and stopped."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGESIZE") / 1e6
SECRET = "a-bench-signs-with-this"
START_SECONDS, STOP_SECONDS = 60.0, 20.0
TOLD_MAX = 2_000
QUIET_SHARE = 0.1  # of a core: below this, what a process does by itself after its start is done


@dataclass(frozen=True, kw_only=True)
class Running:
    """A process that said at which port it listens. `seconds` is how long that took it."""

    process: asyncio.subprocess.Process
    port: int
    seconds: float

    @property
    def cpu_seconds(self) -> float:
        """All its threads, in user and kernel."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def rss_mb(self) -> float:
        return int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE_MB

    @property
    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    async def quiet(self, patience_seconds: float = 30.0) -> None:
        """It learns from the map's examples first, which is none of what is measured."""
        until, used = monotonic() + patience_seconds, -1.0
        while monotonic() < until and self.cpu_seconds - used > QUIET_SHARE:
            used = self.cpu_seconds
            await asyncio.sleep(1)


@dataclass(frozen=True, kw_only=True)
class Slack(Running):
    """The fast one, and what it has seen."""

    session: aiohttp.ClientSession

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    async def seen(self) -> dict[str, Any]:
        return await self._asked("bench.state")

    async def cards(self) -> list[dict[str, Any]]:
        return list((await self._asked("bench.cards"))["cards"])

    async def _asked(self, method: str) -> dict[str, Any]:
        async with self.session.post(self.api_url + method) as answer:
            return dict(await answer.json())


@asynccontextmanager
async def fast_slack() -> AsyncIterator[Slack]:
    with TemporaryDirectory() as folder:
        async with (
            started("tests.benchmarks.fast_slack", env={}, folder=Path(folder)) as one,
            aiohttp.ClientSession() as session,
        ):
            yield Slack(process=one.process, port=one.port, seconds=one.seconds, session=session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """How a bot is started: `words` go to `tests.benchmarks.serve`."""

    folder: Path
    routes: Path
    database: str = "bench.db"
    words: Sequence[str] = ()

    @property
    def path(self) -> Path:
        return self.folder / self.database

    def env(self, slack: Slack) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": "xoxb-bench",
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": slack.api_url,
            "FRONTDESK_DATABASE": f"sqlite:///{self.path}",
            "FRONTDESK_ROUTES": str(self.routes),
            "FRONTDESK_LOG": "json",
            "FRONTDESK_PORT": "0",
        }


@asynccontextmanager
async def frontdesk(slack: Slack, bot: Bot) -> AsyncIterator[Running]:
    """The bot, once it has learned what it learns at the start."""
    async with started("tests.benchmarks.serve", *bot.words, env=bot.env(slack), folder=bot.folder) as running:
        await running.quiet()
        yield running


@asynccontextmanager
async def bare_bolt(slack: Slack, folder: Path) -> AsyncIterator[Running]:
    env = {"SLACK_API_URL": slack.api_url, "SLACK_SIGNING_SECRET": SECRET}
    async with started("tests.benchmarks.bare_bolt", env=env, folder=folder) as running:
        yield running


@asynccontextmanager
async def started(module: str, *words: str, env: dict[str, str], folder: Path) -> AsyncIterator[Running]:
    """A process of ours that says `ready PORT`. What it has to say besides goes into a file beside its database."""
    before = monotonic()
    log = folder / f"{module.rpartition('.')[2]}.log"
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *words),
            env=process_env(env),
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
        )
        try:
            assert process.stdout is not None, "it was asked for"
            async with asyncio.timeout(START_SECONDS):
                line = (await process.stdout.readline()).decode().split()
            assert line[:1] == ["ready"], f"{module} did not start: {log.read_text()[-TOLD_MAX:]}"
            yield Running(process=process, port=int(line[1]), seconds=monotonic() - before)
        finally:
            await _stopped(process)


def process_env(env: dict[str, str]) -> dict[str, str]:
    """Nothing of whoever measures reaches what is measured."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env}


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
