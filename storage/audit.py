"""Reading the audit as a stranger would: does the chain hold, and what happened to one case."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from routing.checkpoints import Checkpoint
from storage.beside import Beside
from storage.links import PAGE, Broken, Links, Problem, pages
from storage.sqlite import Store

__all__ = ["PAGE", "Problem", "Verification", "export", "verify"]

_ONE_CASE = """
SELECT event, hash
FROM audit
WHERE case_id IN (SELECT id FROM cases WHERE number = ?)
ORDER BY team_id, seq
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How many entries were read, up to and with the first problem. `has_more`: there were more than asked for."""

    entries: int
    problem: Problem | None = None
    has_more: bool = False


async def verify(store: Store, *, most: int | None = None, checkpoints: Sequence[Checkpoint] = ()) -> Verification:
    """Follow every team's chain from its first entry, past every checkpoint, and compare the texts and words beside it
    with their seals: what was sealed is there as it was, or an entry says that it was erased.

    With `most`, only that many entries, no request's words, and nothing that is gone: a later entry may explain it.
    """
    async with store.driver.snapshot() as moment:
        links, beside = Links(checkpoints), Beside(moment)
        try:
            async for page in pages(moment):
                room = len(page) if most is None else most - links.entries
                for row in page[:room]:
                    beside.note(links.follow(row))
                await beside.check_texts()
                if room < len(page):
                    return Verification(entries=links.entries, has_more=True)
            links.must_have_passed()
            await beside.check_the_rest()
        except Broken as broken:
            return Verification(entries=links.entries, problem=broken.problem)
        return Verification(entries=links.entries)


async def export(store: Store, number: int) -> list[dict[str, object]]:
    """Every entry of one case with its seal, oldest first: `{"event": …, "hash": …}`. Empty for an unknown number."""
    rows = await store.driver.reading.run(_ONE_CASE, number)
    return [{"event": json.loads(row["event"]), "hash": row["hash"]} for row in rows]
