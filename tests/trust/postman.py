"""What delivers, in processes that can be killed: `python -m tests.trust.postman DATABASE API`.

It loads once and forks: for each line on its input, a time, there is one more process that delivers what is owed by
then, until it is killed. Its number is the answer. In a story of storms it looks out for them.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime

import handlers.wall
from bot import log
from routing.crowded import Lookout
from routing.pace import UNPACED, Rates
from storage.sqlite import open_store
from storage.storms import SqlStorms
from tests.trust.post_office import TEAM, courier_for, the_map

# A story's seconds are shorter.
HURRIED = Rates(posts_per_second=100, edits_per_minute=0)
LOOK_SECONDS = 0.01


async def deliver(database: str, api_url: str, began: datetime) -> None:
    started = datetime.now(UTC)  # noqa: TID251 - the story's own clock, set on by the story

    def clock() -> datetime:
        return began + (datetime.now(UTC) - started)  # noqa: TID251 - the same

    is_stormy = bool(os.environ.get("POSTMAN_IS_STORMY"))
    async with open_store(database, clock=clock) as store:
        courier = courier_for(store, api_url, clock, HURRIED if is_stormy else UNPACED)
        lookout = Lookout(SqlStorms(store.driver, TEAM, "map-1"), clock=clock, wake=courier.wake)
        async with asyncio.TaskGroup() as both:
            both.create_task(courier.run())
            if is_stormy:
                both.create_task(_look_out(lookout))


async def _look_out(lookout: Lookout) -> None:
    while True:
        await lookout.look()
        await asyncio.sleep(LOOK_SECONDS)


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
