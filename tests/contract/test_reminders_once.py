"""Every reminder that time sends is a row: whoever looks, and whoever is killed in between, it is sent once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from routing import elapsing, lifecycle
from routing.model import Case, Outcome
from routing.ports import Stale
from storage.sqlite import Store, open_store
from tests.unit.scenes import NOON, a_case, a_scene

INVOICE = "My invoice shows the wrong billing amount"
SOON = 18 * 60


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOON) as store:
        yield store


async def test_two_desks_that_looked_at_the_same_moment_warn_once(store: Store) -> None:
    case = await asked(store)
    seen_by_one, seen_by_another = (warned(case) for _ in range(2))

    stored = await store.cases.settle(seen_by_one)
    with pytest.raises(Stale):
        await store.cases.settle(seen_by_another)

    assert [one.type for one in await store.cases.entries(case.id)].count("warned") == 1
    assert elapsing.elapsed(stored, a_scene(SOON + 1)) is None


async def test_the_row_alone_is_enough_to_send_nothing_twice(store: Store) -> None:
    """Even if the case had forgotten that it was warned of: the moment was used up."""
    case = await asked(store)
    stored = await store.cases.settle(warned(case))

    with pytest.raises(Stale):
        await store.cases.settle(warned(replace(stored, warned_of=())))

    rows = await store.driver.reading.run("SELECT job, fire_at FROM jobs")
    assert [row["job"] for row in rows] == [f"warned:first_response:{case.id}"]


async def asked(store: Store) -> Case:
    return await store.cases.settle(lifecycle.asked(a_case(INVOICE), a_scene()))


def warned(case: Case) -> Outcome:
    outcome = elapsing.elapsed(case, a_scene(SOON))
    assert outcome is not None
    assert outcome.entries[0].type == "warned"
    return outcome
