"""Letters are kept as they came, once, until somebody has read them."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.intake import MOST_READINGS
from routing.ports import UNREAD_AT_ONCE, Letter
from storage import migrations
from storage.losses import UNTOLD_LETTERS
from storage.sqlite import Store, open_store
from tests.make import NOW

LATER = NOW + timedelta(seconds=30)
# Valid JSON, and no valid text: it must survive all the same.
POISON = Letter(key="slack:T:Ev1", raw=b'{"text": "\\ud800 \x00 \xff"}', received_at=NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


async def test_a_letter_is_kept_byte_for_byte(store: Store) -> None:
    assert await store.inbox.keep(POISON)

    assert await store.inbox.unread(LATER) == [POISON]


async def test_the_same_letter_delivered_at_once_many_times_is_kept_once(store: Store) -> None:
    kept = await asyncio.gather(*(store.inbox.keep(POISON) for _ in range(20)))

    assert sorted(kept) == [False] * 19 + [True]
    assert await store.inbox.unread(LATER) == [POISON]


async def test_a_finished_letter_is_known_but_its_words_are_gone(store: Store) -> None:
    await store.inbox.keep(POISON)

    await store.inbox.done(POISON.key)

    assert await store.inbox.unread(LATER) == []
    assert not await store.inbox.keep(POISON)
    (row,) = await store.driver.reading.run("SELECT raw FROM inbox")
    assert row["raw"] == b""


async def test_a_look_brings_so_many_letters_and_the_next_one_goes_on_behind_them(store: Store) -> None:
    names = [str(number) for number in range(UNREAD_AT_ONCE + 2)]
    kept = [Letter(key=name, raw=b"", received_at=NOW) for name in names]
    for letter in kept:
        await store.inbox.keep(letter)

    some = await store.inbox.unread(LATER)

    assert some == kept[:UNREAD_AT_ONCE]
    assert await store.inbox.unread(LATER, after=some[-1]) == kept[UNREAD_AT_ONCE:]
    assert await store.inbox.unread(LATER, after=kept[-1]) == []


async def test_what_was_put_aside_does_not_come_with_the_others(store: Store) -> None:
    other = Letter(key="other", raw=b"", received_at=NOW)
    for letter in (POISON, other):
        await store.inbox.keep(letter)
    for _ in range(MOST_READINGS):
        await store.inbox.failed(POISON.key)

    assert await store.inbox.unread(LATER, attempts_below=MOST_READINGS) == [other]
    assert {one.key for one in await store.inbox.unread(LATER)} == {POISON.key, other.key}


def test_everybody_means_the_same_by_put_aside() -> None:
    """The intake's number stands in SQL twice: in the question, and in the index that answers it."""
    index = (Path(migrations.__path__[0]) / "0009_mark_what_was_told.sql").read_text()

    for sql in (UNTOLD_LETTERS, index):
        assert re.findall(r"attempts >= (\d+)", sql) == [str(MOST_READINGS)]


async def test_only_letters_from_before_are_unread_oldest_first(store: Store) -> None:
    newer = Letter(key="2", raw=b"", received_at=NOW + timedelta(seconds=1))
    older = Letter(key="1", raw=b"", received_at=NOW)
    await store.inbox.keep(newer)
    await store.inbox.keep(older)

    assert await store.inbox.unread(NOW) == []
    assert await store.inbox.unread(newer.received_at) == [older]
    assert await store.inbox.unread(LATER) == [older, newer]


async def test_failed_readings_are_counted(store: Store) -> None:
    await store.inbox.keep(POISON)

    counts = [await store.inbox.failed(POISON.key), await store.inbox.failed(POISON.key)]

    assert counts == [1, 2]
    assert await store.inbox.unread(LATER) == [replace(POISON, attempts=2)]


async def test_an_unread_letter_outlives_the_bot(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    async with open_store(url, clock=lambda: NOW) as store:
        await store.inbox.keep(POISON)

    async with open_store(url, clock=lambda: NOW) as restarted:
        assert await restarted.inbox.unread(LATER) == [POISON]
