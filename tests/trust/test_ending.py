"""P37, the way down: told to stop at any instant, it stops, soon and without a word."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.office import ROOT, OfficeClock, a_workspace
from tests.trust.killing import PATIENCE_SECONDS, House, a_house, dies_after, free_port
from tests.trust.seed import seed

TIMES = 15  # of each command
AT_ONCE = 2
ENDS_SECONDS = 3.0  # or twice the time of a start, where the machine does much else
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("command", ["start", "try"])
async def test_told_to_stop_at_any_instant_it_stops_soon_and_without_a_traceback(tmp_path: Path, command: str) -> None:
    """P37. The real program, told by Ctrl-C or SIGTERM at random instants of its first seconds."""
    chance = Random(seed())  # noqa: S311 - chance, no secret
    slots = asyncio.Semaphore(AT_ONCE)
    async with a_workspace(OfficeClock()) as slack, a_house(slack, tmp_path, "socket") as house:
        seconds = await _until_open(house)

        async def once(number: int, how: signal.Signals, moment: float) -> float:
            async with slots:
                return await _told_to_stop(house, [command, number, how, moment])

        lots = [(number, chance.choice(SIGNALS), chance.uniform(0, 1.5 * seconds)) for number in range(TIMES)]
        took = await asyncio.gather(*(once(*lot) for lot in lots))

    print(f"{command}: open after {seconds:.2f} s, ended within {max(took):.2f} s at most")  # noqa: T201 - the figure is the point
    assert max(took) < max(ENDS_SECONDS, 2 * seconds)


async def _until_open(house: House) -> float:
    """However busy the machine is: instants are random within what a start takes here and now."""
    began = time.monotonic()
    bot = await house.starts_the_bot()
    await house.until(lambda: house.slack.sockets.is_ready)
    seconds = time.monotonic() - began
    await dies_after(0, bot)
    return seconds


async def _told_to_stop(house: House, lot: list[object]) -> float:
    """How long it took. The moment counts from the program's own first lines: before them Python is not up yet."""
    command, number, how, moment = lot
    assert isinstance(how, signal.Signals)
    assert isinstance(moment, float)
    folder = house.folder / f"{command}-{number}"
    folder.mkdir()
    port = free_port(Random(f"{seed()} {command} {number}"))  # noqa: S311 - chance, no secret
    words = ["try", "--no-browser", "--port", str(port)] if command == "try" else ["start"]
    environment = {**house.settings, "FRONTDESK_DATABASE": f"sqlite:///{folder / 'desk.db'}"}
    bot = await asyncio.create_subprocess_exec(
        # It names every module that it has loaded; one that `bot.cli` wants tells that the first lines have run.
        *(sys.executable, "-X", "importtime", "-m", "bot", *words),
        cwd=folder,
        env=environment,
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
    )
    assert bot.stderr is not None, "asked for"
    await bot.stderr.readuntil(b"asyncio")
    ending = asyncio.create_task(bot.communicate())
    with suppress(TimeoutError):
        async with asyncio.timeout(moment):
            await asyncio.shield(ending)
    bot.send_signal(how)
    told = time.monotonic()
    _, errors = await _ended(bot, ending, lot)
    said = errors.decode() + "".join(one.read_text() for one in folder.glob(".frontdesk-try/*/desk.log"))
    unheard = ("Traceback", "Exception ignored", "Unclosed", "never awaited", "[error")
    assert [one for one in unheard if one in said] == [], f"{lot}: {_last(said)}"
    assert bot.returncode in {0, -how}, f"{lot}: {_last(said)}"
    return time.monotonic() - told


async def _ended(
    bot: asyncio.subprocess.Process, ending: "asyncio.Task[tuple[bytes, bytes]]", lot: list[object]
) -> tuple[bytes, bytes]:
    try:
        async with asyncio.timeout(10 * ENDS_SECONDS):
            return await asyncio.shield(ending)
    except TimeoutError:
        bot.send_signal(signal.SIGABRT)
        _, errors = await ending
        raise AssertionError(f"{lot}: it does not end: {_last(errors.decode())}") from None


def _last(said: str) -> str:
    return "\n".join([line for line in said.splitlines() if not line.startswith("import time:")][-30:])


async def test_nobody_waits_for_a_lesson_that_nobody_will_use(tmp_path: Path) -> None:
    """P37. The classifier learns in a thread, and from thousands of cases for longer than anybody waits for an end."""
    learns = "threading.Thread(target=time.sleep, args=(3600,)).start()"
    program = f"""
import sys, threading, time
import bot.cli, bot.__main__
bot.cli.main = lambda: (print("at the desk"), {learns}, sys.exit(3))
bot.__main__.begin()
"""
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=PIPE
    )

    async with asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await bot.communicate()

    assert (bot.returncode, out) == (3, b"at the desk\n")
