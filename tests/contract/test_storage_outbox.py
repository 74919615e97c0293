"""What is owed is delivered once, in order, and never forgotten."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from routing.kinds import (
    CaseId,
    ChannelId,
    MessageId,
    NoticeKind,
    Rank,
)
from routing.model import Case, Notice
from routing.ports import Arrival, Owed, Posting, PostingKind, Stale
from storage.rows import micros, notice_body
from storage.sqlite import Store, open_store
from tests.make import NOW, a_case, a_notice, a_request, an_outcome

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=60)
CARD, RECEIPT, PING, LINE = NoticeKind.CARD, NoticeKind.RECEIPT, NoticeKind.PING, NoticeKind.LINE
RECEIPT_RANK, CARD_RANK = Rank.RECEIPT, Rank.CARD
PLACES = 200


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


async def test_what_is_owed_is_leased_to_one(store: Store) -> None:
    await _owe(store, a_notice())

    (owed,) = await store.outbox.owed(NOW, 10)

    assert (owed.notice, owed.attempt, owed.first_sent_at) == (a_notice(), 1, None)
    assert await store.outbox.owed(NOW, 10) == []


async def test_a_lease_that_is_not_answered_ends_by_itself(store: Store) -> None:
    await _owe(store, a_notice())
    (lost,) = await store.outbox.owed(NOW, 10)

    assert await store.outbox.owed(NOW + LEASE - SECOND, 10) == []
    (again,) = await store.outbox.owed(NOW + LEASE, 10)

    assert (again.id, again.attempt) == (lost.id, 2)


async def test_what_was_delivered_is_owed_no_more(store: Store) -> None:
    await _owe(store, a_notice())
    (owed,) = await store.outbox.owed(NOW, 10)

    await store.outbox.delivered(owed, Arrival())

    assert await store.outbox.owed(NOW + LEASE, 10) == []


async def test_a_late_answer_does_not_count(store: Store) -> None:
    await _owe(store, a_notice())
    (late,) = await store.outbox.owed(NOW, 10)
    await store.outbox.owed(NOW + LEASE, 10)

    await store.outbox.delivered(late, _card_at("C_BILLING", "1.0"))
    await store.outbox.postponed(late, NOW, "busy")
    await store.outbox.given_up(late, "gone")

    assert await _states(store) == ["leased"]
    assert await store.cases.postings(CaseId("case-1")) == []
    with pytest.raises(Stale):
        await store.outbox.sending(late, NOW)


async def test_what_may_have_been_sent_says_so_when_it_is_leased_again(store: Store) -> None:
    await _owe(store, a_notice())
    (first,) = await store.outbox.owed(NOW, 10)
    await store.outbox.sending(first, NOW + SECOND)
    (second,) = await store.outbox.owed(NOW + LEASE, 10)
    await store.outbox.sending(second, NOW + LEASE + SECOND)

    (third,) = await store.outbox.owed(NOW + 2 * LEASE, 10)

    assert third.first_sent_at == NOW + SECOND


async def test_a_postponed_notice_waits_until_its_time(store: Store) -> None:
    await _owe(store, a_notice())
    (owed,) = await store.outbox.owed(NOW, 10)

    await store.outbox.postponed(owed, NOW + 3 * SECOND, "Slack is busy")

    assert await store.outbox.owed(NOW + 2 * SECOND, 10) == []
    (again,) = await store.outbox.owed(NOW + 3 * SECOND, 10)
    assert again.attempt == 2


async def test_what_was_given_up_is_kept_as_dead_and_lets_the_next_pass(store: Store) -> None:
    await _owe(store, a_notice("1", LINE), a_notice("2", LINE))
    (owed,) = await store.outbox.owed(NOW, 10)

    await store.outbox.given_up(owed, "channel_not_found")

    assert await _states(store) == ["dead", "ready"]
    assert [next_.notice.key for next_ in await store.outbox.owed(NOW, 10)] == ["2"]


async def test_one_lane_is_served_one_by_one_in_order(store: Store) -> None:
    await _owe(store, a_notice("1", LINE, "C_ONE"), a_notice("2", LINE, "C_ONE"), a_notice("3", LINE, "C_TWO"))

    first = await store.outbox.owed(NOW, 10)
    await store.outbox.delivered(first[0], Arrival())
    second = await store.outbox.owed(NOW, 10)

    assert [owed.notice.key for owed in first] == ["1", "3"]
    assert [owed.notice.key for owed in second] == ["2"]


async def test_a_postponed_notice_holds_back_its_lane_and_no_other(store: Store) -> None:
    await _owe(store, a_notice("1", LINE, "C_ONE"), a_notice("2", LINE, "C_ONE"))
    (owed,) = await store.outbox.owed(NOW, 10)
    await store.outbox.postponed(owed, NOW + LEASE, "Slack is busy")
    await _owe(store, a_notice("3", LINE, "C_TWO"), case_id="other")

    assert [owed.notice.key for owed in await store.outbox.owed(NOW, 10)] == ["3"]


async def test_that_words_changed_is_owed_once_to_the_same_people_until_it_is_sent(store: Store) -> None:
    def changed(key: str, whom: str, code: str = "edited") -> Notice:
        return replace(a_notice(key, PING), code=code, people=(whom,))

    await _owe(store, changed("1", "U_INES"), changed("2", "U_INES"), changed("3", "U_TOM"))
    await _owe(store, changed("4", "U_INES", "woke"), changed("5", "U_INES", "woke"))
    await _owe(store, changed("6", "U_INES"), case_id="other")

    rows = await store.driver.reading.run("SELECT key FROM notices ORDER BY id")
    assert [row["key"] for row in rows] == ["1", "3", "4", "5", "6"]

    (sent, *_) = await store.outbox.owed(NOW, 10)
    await store.outbox.delivered(sent, Arrival())
    await _owe(store, changed("7", "U_INES"), case_id="case-1")
    rows = await store.driver.reading.run("SELECT key FROM notices ORDER BY id")
    assert (sent.notice.key, rows[-1]["key"]) == ("1", "7")


async def test_receipts_of_different_cases_do_not_wait_for_each_other(store: Store) -> None:
    await _owe(store, a_notice("1", RECEIPT, ""))
    await _owe(store, a_notice("2", RECEIPT, ""), case_id="other")

    assert [owed.notice.key for owed in await store.outbox.owed(NOW, 10)] == ["1", "2"]


@pytest.mark.parametrize("place_of_ping", ["C_BILLING", ""])
async def test_a_ping_never_overtakes_its_card(store: Store, place_of_ping: str) -> None:
    await _owe(store, a_notice("card", CARD), a_notice("ping", PING, place_of_ping))

    (card,) = await store.outbox.owed(NOW, 10)
    await store.outbox.postponed(card, NOW + SECOND, "Slack is busy")
    early = await store.outbox.owed(NOW, 10)
    (card,) = await store.outbox.owed(NOW + SECOND, 10)
    await store.outbox.delivered(card, _card_at("C_BILLING", "1.0"))

    assert early == []
    assert [owed.notice.key for owed in await store.outbox.owed(NOW + SECOND, 10)] == ["ping"]


async def test_cards_of_one_case_go_to_their_channels_in_order(store: Store) -> None:
    case = await _owe(store, a_notice("there", CARD, "C_ONE"))
    await _owe(store, a_notice("here", CARD, "C_TWO"), case=case)

    (first,) = await store.outbox.owed(NOW, 10)
    await store.outbox.delivered(first, _card_at("C_ONE", "1.0"))

    assert first.notice.key == "there"
    assert [owed.notice.key for owed in await store.outbox.owed(NOW, 10)] == ["here"]


async def test_only_so_many_are_leased_as_were_asked_for_oldest_first(store: Store) -> None:
    await _owe(store, *(a_notice(f"{n}", LINE, f"C_{n}") for n in range(5)))

    assert [owed.notice.key for owed in await store.outbox.owed(NOW, 2)] == ["0", "1"]
    assert [owed.notice.key for owed in await store.outbox.owed(NOW, 9)] == ["2", "3", "4"]


async def test_however_many_places_wait_no_card_goes_before_a_receipt(store: Store) -> None:
    """Many more than are looked at in one statement."""
    await _owe_in_many_places(store, RECEIPT_RANK, CARD_RANK)

    went = []
    while owed := await store.outbox.owed(NOW, 16):
        went += sorted(one.rank for one in owed)
        for one in owed:
            await store.outbox.delivered(one, Arrival())

    assert went == [RECEIPT_RANK] * PLACES + [CARD_RANK] * PLACES


@pytest.mark.parametrize("before", range(0, 5 * 16, 16))
async def test_each_place_is_looked_at_once_wherever_the_walk_begins(store: Store, before: int) -> None:
    await _owe_in_many_places(store, CARD_RANK)
    for _ in range(0, before, 16):
        await store.outbox.owed(NOW, 16)
    asked: Counter[str] = Counter()

    def nobody(place: str, rank: Rank) -> bool:  # noqa: ARG001 - a port
        asked[place] += 1
        return False

    assert await store.outbox.owed(NOW, 16, nobody) == []
    assert len(asked) == PLACES - before
    assert set(asked.values()) == {1}


async def test_where_everything_is_admitted_each_place_has_its_turn(store: Store) -> None:
    """Sixteen at a time, and the first places are always owed something again: the last ones go all the same."""
    await _owe_in_many_places(store, CARD_RANK)
    went: set[str] = set()
    for now in (NOW + number * SECOND for number in range(3 * PLACES // 16)):
        for one in await store.outbox.owed(now, 16):
            went.add(one.place)
            await store.outbox.postponed(one, now, "again")

    assert len(went) == PLACES


async def test_one_picture_settles_every_redraw_it_already_shows(store: Store) -> None:
    case = await _owe(store, a_notice("1", CARD))
    case = await _owe(store, a_notice("2", CARD), case=case)
    drawn = await _owe(store, a_notice("3", CARD), case=case)
    await _owe(store, a_notice("4", CARD), case=drawn)
    (owed,) = await store.outbox.owed(NOW, 10)

    await store.outbox.delivered(owed, _card_at("C_BILLING", "1.0", drawn.revision))

    assert await _states(store) == ["done", "done", "done", "ready"]


async def test_a_card_that_must_go_elsewhere_in_between_is_not_skipped(store: Store) -> None:
    case = await _owe(store, a_notice("1", CARD, "C_ONE"))
    case = await _owe(store, a_notice("2", CARD, "C_TWO"), case=case)
    drawn = await _owe(store, a_notice("3", CARD, "C_ONE"), case=case)
    (owed,) = await store.outbox.owed(NOW, 10)

    await store.outbox.delivered(owed, _card_at("C_ONE", "1.0", drawn.revision))

    assert await _states(store) == ["done", "ready", "ready"]


async def test_a_picture_of_one_kind_or_case_settles_no_other(store: Store) -> None:
    case = await _owe(store, a_notice("card", CARD), a_notice("ping", PING), a_notice("receipt", RECEIPT, ""))
    await _owe(store, a_notice("other", CARD), case_id="other")
    owed, _ = await store.outbox.owed(NOW, 10)

    await store.outbox.delivered(owed, _card_at("C_BILLING", "1.0", case.revision + 5))

    assert await _states(store) == ["done", "ready", "leased", "ready"]


async def test_a_case_has_one_card_and_the_places_before_are_stubs(store: Store) -> None:
    case = await _owe(store, a_notice("1", CARD, "C_ONE"), a_notice("2", CARD, "C_TWO"))
    await _deliver(store, _card_at("C_ONE", "1.0"))
    stub = _posting(PostingKind.STUB, "C_ONE", "1.0", 1)
    card = _posting(PostingKind.CARD, "C_TWO", "2.0", 1)

    await _deliver(store, Arrival(postings=(card, stub)))

    assert set(await store.cases.postings(case.id)) == {stub, card}


async def test_a_former_card_nobody_mentions_becomes_a_stub(store: Store) -> None:
    case = await _owe(store, a_notice("1", CARD), a_notice("2", CARD))
    await _deliver(store, _card_at("C_BILLING", "1.0", revision=0))

    await _deliver(store, _card_at("C_BILLING", "2.0"))

    assert [(each.kind, each.message) for each in await store.cases.postings(case.id)] == [
        (PostingKind.STUB, "1.0"),
        (PostingKind.CARD, "2.0"),
    ]


async def test_an_edited_card_is_the_same_posting_at_a_newer_revision(store: Store) -> None:
    case = await _owe(store, a_notice("1", CARD))
    await _deliver(store, _card_at("C_BILLING", "1.0", 1))
    case = await _owe(store, a_notice("2", CARD), case=case)

    await _deliver(store, _card_at("C_BILLING", "1.0", 2))

    assert await store.cases.postings(case.id) == [_posting(PostingKind.CARD, "C_BILLING", "1.0", 2)]


async def test_a_case_has_one_receipt(store: Store) -> None:
    case = await _owe(store, a_notice("1", RECEIPT, ""), a_notice("2", RECEIPT, ""))
    await _deliver(store, Arrival(postings=(_posting(PostingKind.RECEIPT, "C_INTAKE", "1.0", 0),)))
    newer = _posting(PostingKind.RECEIPT, "C_INTAKE", "2.0", 1)

    await _deliver(store, Arrival(postings=(newer,)))

    assert await store.cases.postings(case.id) == [newer]


async def test_a_restart_frees_what_was_leased_and_says_what_may_have_been_sent(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    async with open_store(url, clock=lambda: NOW) as store:
        await _owe(store, a_notice("sent", LINE, "C_ONE"), a_notice("unsent", LINE, "C_TWO"))
        sent, _ = await store.outbox.owed(NOW, 10)
        await store.outbox.sending(sent, NOW)

    async with open_store(url, clock=lambda: NOW) as restarted:
        looked_for, free = await restarted.outbox.owed(NOW, 10)

    assert (looked_for.notice.key, looked_for.first_sent_at, looked_for.last_sent_at) == ("sent", NOW, NOW)
    assert (free.notice.key, free.first_sent_at) == ("unsent", None)


async def _owe_in_many_places(store: Store, *ranks: Rank) -> None:
    sql = """
        INSERT INTO notices (key, team_id, kind, rank, place, lane, revision, body, state, run_at)
        VALUES (?, 'T', 'line', ?, ?, ?, 1, ?, 'ready', ?)
    """
    for rank in reversed(ranks):
        for number in range(PLACES):
            key, place = f"{rank}:{number}", f"C{rank}{number:04}"
            values = (key, int(rank), place, key, notice_body(a_notice(key, LINE, place)), micros(NOW))
            await store.driver.write(lambda tx, values=values: tx.run(sql, *values))  # type: ignore[misc]


async def _owe(store: Store, *notices: Notice, case: Case | None = None, case_id: str = "case-1") -> Case:
    if case is None:
        message = MessageId(f"message of {case_id}")
        case = await store.cases.case(a_case(case_id).id) or a_case(case_id, request=a_request(message))
    return await store.cases.settle(replace(an_outcome(case), notices=notices))


async def _deliver(store: Store, arrival: Arrival) -> Owed:
    (owed,) = await store.outbox.owed(NOW, 1)
    await store.outbox.delivered(owed, arrival)
    return owed


def _card_at(channel: str, message: str, revision: int = 1) -> Arrival:
    return Arrival(postings=(_posting(PostingKind.CARD, channel, message, revision),))


def _posting(kind: PostingKind, channel: str, message: str, revision: int) -> Posting:
    return Posting(kind=kind, channel=ChannelId(channel), message=MessageId(message), revision=revision)


async def _states(store: Store) -> list[str]:
    return [row["state"] for row in await store.driver.reading.run("SELECT state FROM notices ORDER BY id")]
