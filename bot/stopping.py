"""How a long-running command ends: told once, it finishes what is in flight."""

import asyncio
import signal
from collections.abc import Coroutine


async def until_told_to_stop(work: Coroutine[None, None, None]) -> None:
    """Run until SIGINT, SIGTERM or a closed terminal. Being told again while it finishes interrupts nothing."""
    serving = asyncio.create_task(work)
    is_told = False

    def told() -> None:
        nonlocal is_told
        if not is_told:
            is_told = True
            serving.cancel()

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup means it: whoever ignores a closed terminal goes on doing so.
        if name is not signal.SIGHUP or signal.getsignal(name) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(name, told)
    try:
        await serving
    except asyncio.CancelledError:
        if not is_told:
            raise
