"""What delivers, in processes that can be killed: `python -m tests.trust.postman DATABASE API`.

It loads once and forks: for each line on its input, a time, there is one more process that delivers what is owed by
then, until it is killed. Its number is the answer.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime

import handlers.wall
from bot import log
from routing.pace import UNPACED
from storage.sqlite import open_store
from tests.trust.post_office import courier_for, the_map


async def deliver(database: str, api_url: str, began: datetime) -> None:
    started = datetime.now(UTC)  # noqa: TID251 - the story's own clock, set on by the story

    def clock() -> datetime:
        return began + (datetime.now(UTC) - started)  # noqa: TID251 - the same

    async with open_store(database, clock=clock) as store:
        await courier_for(store, api_url, clock, UNPACED).run()


def serve(database: str, api_url: str) -> None:
    log.set_up("console")
    the_map()
    if os.environ.get("POSTMAN_IS_BLIND"):
        handlers.wall.Wall.found = _nothing  # type: ignore[method-assign,assignment]  # for comparison
    for line in sys.stdin:
        child = os.fork()
        if not child:
            asyncio.run(deliver(database, api_url, datetime.fromtimestamp(float(line), UTC)))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)


async def _nothing(*_: object) -> None:
    return None


if __name__ == "__main__":
    serve(*sys.argv[1:])
