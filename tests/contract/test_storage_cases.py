"""What the desk remembers of cases, on a real file."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.kinds import (
    CaseId,
    ChannelId,
    DestinationName,
    MessageId,
    PersonId,
    Status,
    TeamId,
)
from routing.model import (
    Case,
    Label,
    Refusal,
    Text,
)
from routing.ports import Stale
from storage import arrivals, audit, case_queries, cases, inbox, outbox
from storage.driver import Statements, StorageError
from storage.sqlite import Store, open_store
from tests.make import (
    ASKER,
    INTAKE,
    NOW,
    TEAM,
    a_case,
    a_decision,
    a_notice,
    a_part,
    a_person,
    a_request,
    an_entry,
    an_outcome,
)

OTHER_TEAM = TeamId("T_ELSEWHERE")
NO_SUCH_CASE = CaseId("no such case")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


async def test_a_new_case_gets_a_number_and_its_first_revision(store: Store) -> None:
    case = await store.cases.settle(an_outcome())

    assert (case.number, case.revision) == (1001, 1)
    assert await store.cases.case(case.id) == case


async def test_each_team_counts_its_own_cases(store: Store) -> None:
    elsewhere = a_case("elsewhere", request=a_request(team=OTHER_TEAM))

    first = await store.cases.settle(an_outcome(a_case("first", request=a_request("1.1"))))
    second = await store.cases.settle(an_outcome(a_case("second", request=a_request("2.2"))))
    other = await store.cases.settle(an_outcome(elsewhere))

    assert (first.number, second.number, other.number) == (1001, 1002, 1001)


async def test_a_settled_outcome_is_stored_whole(store: Store) -> None:
    reason = Text(id="why-1", kind="reason", body="they moved to the new building")
    entry = an_entry("reassigned", by=PersonId("U_LEAD"), facts={"to": "sales", "hops": 1}, text=reason.id)
    label = Label(
        code="reassigned",
        was=DestinationName("billing"),
        now=DestinationName("sales"),
        by=PersonId("U_LEAD"),
        at=NOW,
    )

    case = await store.cases.settle(
        an_outcome(entries=(entry,), texts=(reason,), labels=(label,), notices=(a_notice(),))
    )

    assert await store.cases.entries(case.id) == [entry]
    assert await store.cases.texts(case.id) == [reason]
    assert [owed.notice for owed in await store.outbox.owed(NOW, 10)] == [a_notice()]
    assert await _rows(store, "SELECT code, was, now, by FROM labels") == [
        {"code": "reassigned", "was": "billing", "now": "sales", "by": "U_LEAD"}
    ]


async def test_of_forty_writers_who_read_the_same_case_one_wins(store: Store) -> None:
    read = await store.cases.settle(an_outcome())
    steps = [an_outcome(replace(read, chain_step=step), notices=(a_notice(f"n{step}"),)) for step in range(40)]

    results = await asyncio.gather(*(store.cases.settle(step) for step in steps), return_exceptions=True)

    won = [result for result in results if isinstance(result, Case)]
    assert [case.revision for case in won] == [2]
    assert sum(isinstance(result, Stale) for result in results) == 39
    assert await store.cases.case(read.id) == won[0]
    assert len(await store.cases.entries(read.id)) == 2
    assert len(await _rows(store, "SELECT id FROM notices")) == 1


async def test_a_stale_outcome_leaves_nothing_behind(store: Store) -> None:
    read = await store.cases.settle(an_outcome())
    await store.cases.settle(an_outcome(read))
    before = await _everything(store)

    with pytest.raises(Stale):
        await store.cases.settle(
            an_outcome(read, texts=(Text(id="t", kind="reason", body="late"),), notices=(a_notice(),))
        )

    assert await _everything(store) == before


async def test_two_cases_for_one_message_are_one_too_many(store: Store) -> None:
    twins = [an_outcome(a_case(f"twin-{n}", request=a_request("7.7"))) for n in range(10)]

    results = await asyncio.gather(*(store.cases.settle(twin) for twin in twins), return_exceptions=True)

    (winner,) = [result for result in results if isinstance(result, Case)]
    assert sum(isinstance(result, Stale) for result in results) == 9
    assert await store.cases.holding(TEAM, INTAKE, MessageId("7.7")) == winner
    assert len(await _rows(store, "SELECT id FROM cases")) == 1


async def test_the_same_new_case_twice_is_stale(store: Store) -> None:
    await store.cases.settle(an_outcome())

    with pytest.raises(Stale):
        await store.cases.settle(an_outcome())


async def test_a_refusal_is_recorded_and_changes_no_case(store: Store) -> None:
    stored = await store.cases.settle(an_outcome())
    said = Text(id="said", kind="reason", body="let me in")
    attempt = an_entry("refused", by=PersonId("U_GUEST"), facts={"verb": "approve"}, text=said.id)
    outdated = replace(stored, revision=0, status=Status.RESOLVED)

    returned = await store.cases.settle(
        an_outcome(
            outdated, entries=(attempt,), texts=(said,), notices=(a_notice(),), refusal=Refusal(code="not a holder")
        )
    )

    assert returned == stored
    assert await store.cases.case(stored.id) == stored
    assert await store.cases.entries(stored.id) == [an_entry(), attempt]
    assert await store.cases.texts(stored.id) == [said]
    assert [owed.notice for owed in await store.outbox.owed(NOW, 10)] == [a_notice()]


async def test_nothing_changes_without_an_entry(store: Store) -> None:
    with pytest.raises(AssertionError):
        await store.cases.settle(an_outcome(entries=()))

    assert await _rows(store, "SELECT id FROM cases") == []


async def test_a_notice_with_a_known_key_is_the_same_notice(store: Store) -> None:
    case = await store.cases.settle(an_outcome(notices=(a_notice(to="C_BILLING"),)))

    await store.cases.settle(an_outcome(case, notices=(a_notice(to="C_SALES"),)))

    assert [owed.notice.to for owed in await store.outbox.owed(NOW, 10)] == ["C_BILLING"]


async def test_an_edit_replaces_the_words_and_a_deletion_removes_them(store: Store) -> None:
    two_parts = a_request(parts=(a_part("1.1", "the old words", links=("https://files/1",)), a_part("1.2", "and more")))
    case = await store.cases.settle(an_outcome(a_case(request=two_parts)))
    one_part = replace(two_parts, parts=(a_part("1.1", "the new words"),))

    edited = await store.cases.settle(an_outcome(replace(case, request=one_part)))

    assert await store.cases.case(case.id) == edited
    assert edited.request.text == "the new words"
    assert [row["body"] for row in await _rows(store, "SELECT body FROM texts")] == ["the new words"]
    assert await store.cases.texts(case.id) == []


async def test_no_words_and_no_key_are_in_the_body_of_a_case(store: Store) -> None:
    request = a_request(text="my secret is hidden", parts=(a_part(text="canary", links=("https://canary",)),))

    case = await store.cases.settle(an_outcome(a_case(request=request)))

    (row,) = await _rows(store, "SELECT body FROM cases")
    assert "canary" not in row["body"]
    assert case.key not in row["body"]


async def test_erased_words_and_key_come_back_empty(store: Store) -> None:
    case = await store.cases.settle(an_outcome())
    await store.driver.write(lambda tx: tx.run("DELETE FROM texts WHERE case_id = ?", case.id))
    await store.driver.write(lambda tx: tx.run("DELETE FROM case_keys WHERE case_id = ?", case.id))

    erased = await store.cases.case(case.id)

    assert erased is not None
    assert (erased.key, erased.request.text) == ("", "")


async def test_a_case_is_found_by_any_of_its_messages(store: Store) -> None:
    burst = a_request(parts=(a_part("1.1"), a_part("1.2")))
    case = await store.cases.settle(an_outcome(a_case(request=burst)))

    assert await store.cases.holding(TEAM, INTAKE, MessageId("1.2")) == case
    assert await store.cases.holding(TEAM, INTAKE, MessageId("9.9")) is None
    assert await store.cases.holding(OTHER_TEAM, INTAKE, MessageId("1.2")) is None
    assert await store.cases.holding(TEAM, ChannelId("C_OTHER"), MessageId("1.2")) is None


async def test_a_thread_leads_to_the_newest_case_a_person_asked_in_it(store: Store) -> None:
    thread = MessageId("5.0")
    older = a_case("older", request=a_request("5.1", thread=thread))
    newer = a_case("newer", request=a_request("5.2", thread=thread), received_at=NOW + timedelta(hours=1))
    await store.cases.settle(an_outcome(older))
    newest = await store.cases.settle(an_outcome(newer))

    assert await store.cases.in_thread(TEAM, INTAKE, thread, ASKER) == newest
    assert await store.cases.in_thread(TEAM, INTAKE, thread, PersonId("U_OTHER")) is None
    assert await store.cases.in_thread(TEAM, ChannelId("C_OTHER"), thread, ASKER) is None


async def test_a_burst_joins_the_newest_undecided_case_of_that_person_in_that_channel(store: Store) -> None:
    first = await store.cases.settle(an_outcome(a_case("first", request=a_request("1.1"))))
    later = a_case("later", request=a_request("2.2"), received_at=NOW + timedelta(seconds=30))
    newest = await store.cases.settle(an_outcome(later))

    assert await store.cases.burst(ASKER, INTAKE, NOW) == newest
    assert await store.cases.burst(ASKER, INTAKE, NOW + timedelta(seconds=31)) is None
    assert await store.cases.burst(PersonId("U_OTHER"), INTAKE, NOW) is None

    await store.cases.settle(an_outcome(replace(newest, status=Status.PROPOSED)))
    assert await store.cases.burst(ASKER, INTAKE, NOW) == first


async def test_what_waits_at_a_gate_is_listed_from_the_longest_waiting(store: Store) -> None:
    for name, minutes in (("late", 9), ("early", 1), ("middle", 5)):
        case = a_case(name, request=a_request(f"{minutes}.1"), received_at=NOW + timedelta(minutes=minutes))
        await store.cases.settle(an_outcome(replace(case, status=Status.WAITING)))
    await store.cases.settle(an_outcome(a_case("other", request=a_request("7.7"))))

    assert [case.id for case in await store.cases.waiting(2)] == ["early", "middle"]


async def test_what_is_undecided_is_still_undecided_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    async with open_store(url, clock=lambda: NOW) as store:
        waiting = await store.cases.settle(an_outcome(a_case("waiting", request=a_request("1.1"))))
        decided = await store.cases.settle(an_outcome(a_case("decided", request=a_request("2.2"))))
        await store.cases.settle(an_outcome(replace(decided, status=Status.ROUTED)))

    async with open_store(url, clock=lambda: NOW) as restarted:
        assert await restarted.cases.undecided() == [waiting.id]
        assert await restarted.cases.case(waiting.id) == waiting


async def test_a_case_is_due_when_its_next_moment_has_come(store: Store) -> None:
    soon = NOW + timedelta(minutes=5)
    snoozed = await store.cases.settle(an_outcome(a_case(status=Status.ROUTED, snoozed_until=soon)))

    assert await store.cases.due(NOW) == []
    assert await store.cases.due(soon) == [snoozed.id]

    await store.cases.settle(an_outcome(replace(snoozed, status=Status.RESOLVED)))
    assert await store.cases.due(soon) == []


async def test_of_what_one_person_asked_each_has_its_turn_and_the_newest_is_told_first(store: Store) -> None:
    later = NOW + timedelta(minutes=7)
    asked = [
        await store.cases.settle(an_outcome(a_case(name, request=a_request(f"{at}.1"), received_at=NOW + at * SECOND)))
        for at, name in enumerate(("first", "closed", "taken back", "moved"))
    ]
    first, closed, taken_back, moved = asked
    held = a_case("held", request=a_request("9.9"), received_at=NOW + 9 * SECOND, turn_at=later, is_held=True)
    held = await store.cases.settle(an_outcome(held))
    await store.cases.settle(an_outcome(replace(closed, status=Status.RESOLVED, decision=a_decision())))
    await store.cases.settle(an_outcome(replace(taken_back, status=Status.WITHDRAWN)))
    await store.cases.settle(an_outcome(replace(moved, status=Status.WITHDRAWN, decision=a_decision())))

    seconds = [NOW + at * SECOND for at in (3, 1, 0)]  # what was withdrawn before anybody looked took no turn
    assert await store.cases.turns(ASKER, 9) == [later, *seconds]
    assert await store.cases.turns(ASKER, 2) == [later, seconds[0]]
    assert await store.cases.turns(ASKER, 9, held.number) == seconds
    assert await store.cases.turns(ASKER, 9, first.number) == []
    assert await store.cases.turns(PersonId("U_OTHER"), 9) == []


async def test_what_was_found_late_had_its_turn_when_it_was_asked(store: Store) -> None:
    hours_ago = [NOW - timedelta(hours=at) for at in (5, 3)]
    for at, asked_at in enumerate(hours_ago):
        late = a_request(f"{at}.1", asked_at=asked_at, found_at=NOW)
        await store.cases.settle(an_outcome(a_case(f"late-{at}", request=late, received_at=NOW + at * SECOND)))
    held = a_request("7.1", asked_at=hours_ago[0], found_at=NOW)
    await store.cases.settle(
        an_outcome(a_case("held", request=held, received_at=NOW + 7 * SECOND, turn_at=NOW + 9 * SECOND, is_held=True))
    )

    assert await store.cases.turns(ASKER, 9) == [NOW + 9 * SECOND, *hours_ago[::-1]]
    assert await store.cases.asked(ASKER, NOW, 9) == [hours_ago[0], *hours_ago[::-1]]
    assert await store.cases.asked(ASKER, NOW + SECOND, 9) == [hours_ago[0], hours_ago[1]]
    assert await store.cases.asked(ASKER, NOW, 1) == [hours_ago[0]]


async def test_what_waits_its_turn_is_neither_undecided_nor_due_but_held_and_nobody_hides_others(store: Store) -> None:
    others = a_request("8.8", asker=a_person("U_OTHER"))
    held = [
        await store.cases.settle(
            an_outcome(
                a_case(
                    f"held-{at}", request=a_request(f"{at}.1"), received_at=NOW + at * SECOND, turn_at=NOW, is_held=True
                )
            )
        )
        for at in range(5)
    ]
    another = a_case("other", request=others, received_at=NOW + 7 * SECOND, turn_at=NOW + SECOND, is_held=True)
    another = await store.cases.settle(an_outcome(another))

    assert (await store.cases.undecided(), await store.cases.due(NOW + 9 * SECOND)) == ([], [])
    assert await store.cases.held(NOW - SECOND, 9) == []
    assert await store.cases.held(NOW, 2) == held[:2]
    assert await store.cases.held(NOW + SECOND, 2) == [*held[:2], another]


async def test_people_see_what_they_asked_and_what_they_have_while_it_is_open(store: Store) -> None:
    owner = PersonId("U_OWNER")
    case = await store.cases.settle(an_outcome(a_case(status=Status.TAKEN, owner=owner)))

    assert await store.cases.open_by(ASKER) == [case]
    assert await store.cases.owned_by(owner) == [case]
    assert await store.cases.open_by(owner) == []

    await store.cases.settle(an_outcome(replace(case, status=Status.RESOLVED)))
    assert await store.cases.open_by(ASKER) == []
    assert await store.cases.owned_by(owner) == []


async def test_what_is_not_there_is_nothing(store: Store) -> None:
    assert await store.cases.case(NO_SUCH_CASE) is None
    assert await store.cases.entries(NO_SUCH_CASE) == []
    assert await store.cases.texts(NO_SUCH_CASE) == []
    assert await store.cases.postings(NO_SUCH_CASE) == []


async def test_a_read_does_not_wait_for_a_transaction(store: Store) -> None:
    case = await store.cases.settle(an_outcome())

    loop, begun, seen = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    async def dawdle(tx: Statements) -> None:
        await tx.run("UPDATE cases SET revision = 77")
        loop.call_soon_threadsafe(begun.set)
        assert seen.wait(5)

    writing = asyncio.create_task(store.driver.write(dawdle))
    await begun.wait()
    read = await asyncio.wait_for(store.cases.case(case.id), timeout=2)
    seen.set()
    await writing

    assert read == case


async def test_a_cancelled_writer_leaves_no_open_transaction(store: Store) -> None:
    case = await store.cases.settle(an_outcome())

    for patience in range(0, 600, 30):
        writer = asyncio.create_task(store.cases.settle(an_outcome(case)))
        for _ in range(patience):
            await asyncio.sleep(0)  # not a wait: lets the writer get a little further before it is cancelled
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        read = await store.cases.case(case.id)
        assert read is not None
        case = await store.cases.settle(an_outcome(read))

    assert (await audit.verify(store)).entries == case.revision


async def test_half_a_character_is_refused_with_a_sentence(store: Store) -> None:
    with pytest.raises(StorageError, match="lone surrogate"):
        await store.cases.settle(an_outcome(a_case(request=a_request(text="\ud800"))))

    assert await _rows(store, "SELECT id FROM cases") == []


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (case_queries.BY_ID, "autoindex_cases"),
        (case_queries.HOLDING, "autoindex_messages"),
        (case_queries.IN_THREAD, "cases_by_thread"),
        (case_queries.BURST, "cases_by_asker"),
        (case_queries.OPEN_BY, "cases_by_asker"),
        (case_queries.OWNED_BY, "cases_by_owner"),
        (case_queries.UNDECIDED, "cases_by_status"),
        (case_queries.WAITING, "cases_by_status"),
        (case_queries.DUE, "cases_by_due"),
        (inbox.UNREAD, "inbox_unread"),
    ],
)
async def test_every_lookup_uses_its_index(store: Store, sql: str, index: str) -> None:
    plan = await _plan(store, sql)

    assert any(step.startswith("SEARCH") and index in step for step in plan)
    assert not any(step.startswith("SCAN") for step in plan)


async def test_a_persons_turns_are_the_ends_of_an_index(store: Store) -> None:
    plan = [step for step in await _plan(store, cases.TURNS) if "cases" in step]

    ends = ["SEARCH cases USING INDEX cases_by_asker (asker=? AND is_open=? AND received_at>?)"] * 2
    assert plan == [*ends, "SEARCH cases USING INTEGER PRIMARY KEY (rowid=?)"]


async def test_looking_for_what_is_owed_steps_from_place_to_place_and_never_reads_what_waits_behind(
    store: Store,
) -> None:
    plan = [step for sql in (outbox.DUE, outbox.LEASE_DUE, arrivals.SUPERSEDE) for step in await _plan(store, sql)]

    known = {"SCAN walk", "SCAN CONSTANT ROW", "SCAN json_each VIRTUAL TABLE INDEX 1:"}
    scans = {step for step in plan if step.startswith("SCAN") and not step.startswith("SCAN (subquery")}
    assert scans <= known, "what is walked is the way itself, and never the notices"
    assert "SEARCH due USING INDEX notices_next (rank=? AND place=? AND due_at<?)" in plan


async def _plan(store: Store, sql: str) -> list[str]:
    rows = await store.driver.write(lambda tx: tx.run(f"EXPLAIN QUERY PLAN {sql}", *([0] * sql.count("?"))))
    return [row["detail"] for row in rows]


async def _rows(store: Store, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await store.driver.reading.run(sql)]  # type: ignore[call-overload]  # sqlite3.Row


async def _everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    tables = sorted(await store.driver.tables())
    return {table: await _rows(store, f"SELECT * FROM {table}") for table in tables}  # noqa: S608  # our own names
