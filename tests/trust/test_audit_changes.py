"""Every change has its entry, in the same transaction: both are there, or neither."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from routing.bulletins import Bulletin, BulletinKind
from routing.kinds import ChannelId
from routing.model import Fired, Label, Outcome, Refusal, Text
from routing.outcome import words_of
from storage import audit
from storage.bulletins import SqlBulletins
from storage.cases import SqlCases
from storage.driver import Driver
from storage.experience import SqlExperience
from storage.sqlite import Store, open_store
from tests.make import ASKER, NOW, TEAM, a_case, a_decision, a_notice, a_request, an_entry, an_outcome
from tests.office import an_office
from tests.trust.crowd import Crowd
from tests.trust.ledger import Stormy, Struck, compared, everything_in, keep_a_history
from tests.trust.seed import seed

# What can be written into the audit, and how many entries that is.
ACTS = {"a new case": 3, "a step": 3, "a refusal": 3, "a bulletin": 1, "a bulletin amended": 1, "a note": 1}
Act = Callable[[Driver], Awaitable[object]]


def _full(outcome: Outcome, name: str) -> Outcome:
    """With everything that an outcome can make true."""
    texts = (Text(id=f"{name}-why", kind="reason", body="why"), Text(id=f"{name}-more", kind="tried", body="all"))
    told = replace(outcome.entries[0], text=texts[0].id, facts={"words": words_of(outcome.case)})
    label = Label(code="taken", was=None, now=None, by=ASKER, at=NOW, why=texts[0].id)
    return replace(
        outcome,
        entries=(told, an_entry("decided"), an_entry("clock_started")),
        notices=(a_notice(f"card:{name}:1"), a_notice(f"receipt:{name}:1")),
        texts=texts,
        labels=(label,),
        fired=(Fired(job=f"reminded:{name}", at=NOW),),
    )


async def _acts(store: Store) -> dict[str, Act]:
    """Everything that writes into the audit, each ready to be done."""
    stored = await store.cases.settle(an_outcome(a_case("known", decision=a_decision())))
    posted = Bulletin(key="drift@1", kind=BulletinKind.ALERT, to=ChannelId("C_OPS"), body="{}", pages=2)
    await SqlBulletins(store.driver, TEAM).publish("drift", NOW, [posted], an_entry("alerted"), "map-1")
    new = _full(an_outcome(a_case("new", request=a_request("200.1"))), "new")
    step = _full(an_outcome(replace(stored, chain_step=1)), "step")
    refusal = replace(_full(an_outcome(stored), "no"), refusal=Refusal(code="stale"), labels=())
    fresh = replace(posted, key="drift@2")
    return {
        "a new case": lambda driver: SqlCases(driver).settle(new),
        "a step": lambda driver: SqlCases(driver).settle(step),
        "a refusal": lambda driver: SqlCases(driver).settle(refusal),
        "a bulletin": lambda driver: SqlBulletins(driver, TEAM).publish(
            "drift", NOW.replace(hour=10), [fresh], an_entry("alerted"), "map-1"
        ),
        "a bulletin amended": lambda driver: SqlBulletins(driver, TEAM).amend(
            replace(posted, body="[]"), an_entry("alerted"), "map-1"
        ),
        "a note": lambda driver: SqlExperience(driver, TEAM).note(an_entry("trained"), "map-1"),
    }


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("neighbours", [0, 2])
@pytest.mark.parametrize("act", ACTS)
async def test_a_fault_at_any_statement_leaves_nothing_at_all(
    tmp_path: Path,
    act: str,
    neighbours: int,
    is_after: bool,  # noqa: FBT001 - a case
) -> None:
    """P33. Struck at each statement in turn, a change is not there, and neither is its entry; whoever is written in the
    same commit, before it and after it, is there whole.
    """
    async with _opened(tmp_path / "desk.db") as store, _opened(tmp_path / "control.db") as control:
        do = (await _acts(store))[act]
        await _acts(control)
        strikes_at, storm = 0, Stormy(store.driver)
        while storm.ran >= strikes_at:
            before = everything_in(tmp_path / "desk.db")
            strikes_at += 1
            storm = Stormy(store.driver, strikes_at, is_after)
            beside = [_neighbour(strikes_at, which) for which in range(neighbours)]
            for one in beside:
                await control.cases.settle(one)
            told = await asyncio.gather(
                *(store.cases.settle(one) for one in beside[:1]),
                do(storm),
                *(store.cases.settle(one) for one in beside[1:]),
                return_exceptions=True,
            )
            if any(isinstance(one, Struck) for one in told):
                left = everything_in(tmp_path / "desk.db")
                assert left == everything_in(tmp_path / "control.db"), f"half of it is there: struck at {strikes_at}"
        assert strikes_at >= 3, "it was struck at statement after statement, and done when none was"

        entries = len(everything_in(tmp_path / "desk.db")["audit"])
        assert entries == len(before["audit"]) + neighbours + ACTS[act]
        assert (await audit.verify(store)).problem is None


def _opened(path: Path) -> AbstractAsyncContextManager[Store]:
    return open_store(f"sqlite:///{path}", clock=lambda: NOW)


def _neighbour(strike: int, which: int) -> Outcome:
    return an_outcome(a_case(f"beside-{strike}-{which}", request=a_request(f"3{strike:02}.{which}")))


async def test_whatever_a_crowd_does_every_change_has_one_entry_and_every_entry_one_change(tmp_path: Path) -> None:
    """P33. A history that the database keeps by itself, compared with the audit after a random run of people."""
    dice = random.Random(seed())  # noqa: S311 - a die
    async with an_office(tmp_path) as office:
        office.heeds_nothing_more()
        keep_a_history(tmp_path / "office.db")
        crowd = Crowd(office, dice)
        await crowd.asks()
        for _ in range(70):
            await crowd.does_something()
        await office.settles()

    told = compared(tmp_path / "office.db")
    print(told)  # noqa: T201 - pytest shows it when the test fails
    assert told.changes >= 20
    assert len(told.kinds) >= 5
