"""The real bot in a process of its own, as a benchmark wants it: `python -m tests.benchmarks.serve`.

What differs from `frontdesk start`: it says at which port it listens; rules alone decide, unless `--classifier` is
given; `--patience` is how long it waits for the rest of a burst; `--profile FILE` tells what it spent its time on.
"""

import argparse
import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path

from bot import log
from bot.settings import read_settings
from bot.stopping import until_told_to_stop
from bot.transport import HttpTransport
from bot.wiring import BURST_PATIENCE_SECONDS, Options, opened
from routing.pace import UNPACED
from routing.panel import Rules
from tests.benchmarks.sampling import sampled

LEARNED_SECONDS = 3.0


async def serve(asked: argparse.Namespace) -> None:
    options = Options(rates=UNPACED, patience_seconds=asked.patience, sources=None if asked.classifier else (Rules(),))
    with ExitStack() as stack:
        begin = stack.enter_context(sampled(asked.profile)) if asked.profile else None
        async with opened(read_settings(), options) as bot:
            assert isinstance(bot.transport, HttpTransport), "there is no token for a socket"
            sys.stdout.write(f"ready {bot.transport.port}\n")
            sys.stdout.flush()
            if begin:
                # Only what it does for others: it learns first.
                asyncio.get_running_loop().call_later(LEARNED_SECONDS, begin)
            await asyncio.Event().wait()


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--patience", type=float, default=BURST_PATIENCE_SECONDS)
    words.add_argument("--classifier", action="store_true")
    words.add_argument("--profile", type=Path, default=None)
    log.set_up("json")
    asyncio.run(until_told_to_stop(serve(words.parse_args())))


if __name__ == "__main__":
    main()
