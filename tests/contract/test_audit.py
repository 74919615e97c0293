"""The audit only grows, holds no prose, and shows whoever tampered with it."""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from routing.kinds import (
    PersonId,
    RoleName,
    Standing,
    TeamId,
)
from routing.model import Case, Entry, Text
from routing.outcome import words_of
from storage import audit
from storage.chain import GENESIS, Unfit, append, canonical, seal
from storage.sqlite import Store, open_store
from tests.make import ASKER, NOW, a_case, a_decision, a_part, a_person, a_request, an_entry, an_outcome

TRIGGERS = ("audit_is_never_changed", "audit_is_never_shortened", "audit_is_never_replaced")
WORDS = "because the customer said so, at length"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        yield store


async def test_a_request_whose_words_were_changed_in_the_file_is_found(store: Store, path: Path) -> None:
    case = a_case()
    await store.cases.settle(an_outcome(case, entries=(an_entry("asked", facts={"words": words_of(case)}),)))
    assert (await audit.verify(store)).problem is None

    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE texts SET body = 'something else' WHERE kind = 'part'")
        file.commit()

    problem = (await audit.verify(store)).problem
    assert problem is not None
    assert "words of case #1001" in problem.sentence


async def test_a_request_whose_words_were_erased_is_no_tampering_if_an_entry_says_so(store: Store, path: Path) -> None:
    case = a_case()
    asked = an_entry("asked", facts={"words": words_of(case)})
    case = await store.cases.settle(an_outcome(case, entries=(asked,)))
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DELETE FROM texts WHERE kind IN ('part', 'links')")

    problem = (await audit.verify(store)).problem
    assert problem is not None
    assert problem.sentence == "The words of case #1001 are gone, and no entry says that they were erased."

    await _append(store, case, an_entry("erased", facts={"what": "request"}))
    assert (await audit.verify(store)).problem is None

    await _append(store, case, asked)
    problem = (await audit.verify(store)).problem
    assert problem is not None, "what was sealed after the erasure is not what was erased"
    assert problem.seq == 3


async def test_words_that_an_edit_took_away_were_sealed_anew_without_them(store: Store) -> None:
    first, second = a_part("100.1"), a_part("100.2", "and another thing", links=("https://example.com",))
    case = a_case(request=a_request(parts=(first, second)))
    told = an_entry("asked", facts={"words": words_of(case)})
    case = await store.cases.settle(an_outcome(case, entries=(told,)))

    for left in ((first,), ()):
        case = replace(case, request=replace(case.request, parts=left))
        edited = an_entry("edited", facts={"words": words_of(case)})
        case = await store.cases.settle(an_outcome(case, entries=(edited,)))
        assert (await audit.verify(store)).problem is None


@pytest.mark.parametrize("what", [None, "", "two words"])
async def test_an_erasure_says_what_is_gone(store: Store, what: Any) -> None:
    with pytest.raises(Unfit, match="what was erased"):
        await store.cases.settle(an_outcome(entries=(an_entry("erased", facts={"what": what} if what else {}),)))


async def test_an_entry_is_written_in_the_audit_v1_form(store: Store) -> None:
    entry = an_entry(
        "approved",
        at=NOW + timedelta(microseconds=7),
        by=PersonId("U_HOLDER"),
        roles=(RoleName("finance"),),
        via="button",
        facts={"version": 3, "open": True, "backup": None, "status": "waiting for approval"},
    )

    await store.cases.settle(an_outcome(a_case(decision=a_decision(map_version="map-7")), entries=(entry,)))

    (exported,) = await audit.export(store, 1001)
    assert exported["event"] == {
        "v": 2,
        "tenant": "T_OFFICE",
        "seq": 1,
        "at": 1795165200000007,
        "type": "approved",
        "request": "case-1",
        "actor": {"kind": "person", "id": "U_HOLDER", "team": "T_OFFICE", "roles": ["finance"], "via": "button"},
        "subject": "U_ASKER",
        "data": {"version": 3, "open": True, "backup": None, "status": "waiting for approval"},
        "policy_sha": "map-7",
        "prev": GENESIS,
    }
    assert await store.cases.entries(a_case().id) == [entry]


async def test_the_desk_itself_and_a_stranger_are_told_apart(store: Store) -> None:
    stranger = a_person(standing=Standing.OUTSIDER, team=TeamId("T_CUSTOMER"))
    case = a_case(request=a_request(asker=stranger))

    await store.cases.settle(an_outcome(case, entries=(an_entry("asked", by=ASKER), an_entry("decided"))))

    asked, decided = await audit.export(store, 1001)
    assert _actor(asked) == ("person", "U_ASKER", "T_CUSTOMER")
    assert _actor(decided) == ("desk", None, "T_OFFICE")


async def test_a_stranger_with_the_export_and_two_modules_can_check_it(store: Store) -> None:
    case = await store.cases.settle(an_outcome(entries=(an_entry("asked", facts={"name": "Zoë"}), an_entry("decided"))))
    await store.cases.settle(an_outcome(case))

    prev = "0" * 64
    for line in await audit.export(store, 1001):
        written = json.dumps(line["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        prev = hashlib.sha256(b"audit.v1\0" + prev.encode() + written.encode()).hexdigest()
        assert line["hash"] == prev


async def test_letters_written_two_ways_are_written_one_way(store: Store) -> None:
    await store.cases.settle(an_outcome(entries=(an_entry(facts={"name": "Zoe\u0308"}),)))

    (entry,) = await store.cases.entries(a_case().id)
    assert entry.facts == {"name": "Zo\u00eb"}
    assert await audit.verify(store) == audit.Verification(entries=1)


@pytest.mark.parametrize(
    "fact",
    [0.5, ["a"], {"a": 1}, (1,), b"bytes", 2**53, "a line\nand another", "prose " * 100],
    ids=["float", "list", "mapping", "tuple", "bytes", "huge integer", "two lines", "long prose"],
)
async def test_what_the_audit_must_not_hold_undoes_the_outcome(store: Store, fact: Any) -> None:
    with pytest.raises(Unfit):
        await store.cases.settle(an_outcome(entries=(an_entry(facts={"fact": fact}),)))

    assert await store.cases.case(a_case().id) is None


@pytest.mark.parametrize("name", ["größe", "Upper", "two words", "", "text", "mac"])
async def test_facts_have_plain_names_of_their_own(store: Store, name: str) -> None:
    with pytest.raises(Unfit, match="cannot be called"):
        await store.cases.settle(an_outcome(entries=(an_entry(facts={name: 1}),)))


async def test_a_text_is_bound_by_the_key_of_its_case_and_is_not_in_the_chain(store: Store, path: Path) -> None:
    await _story(store)

    event: Any = (await audit.export(store, 1001))[1]["event"]
    assert event["data"] == {
        "text": "why",
        "mac": hmac.digest(b"ab" * 32, WORDS.encode(), "sha256").hex(),
        "texts": f"why={hmac.digest(b'ab' * 32, b'reason' + chr(10).encode() + WORDS.encode(), 'sha256').hex()}",
    }
    assert [row for row in _look(path, "SELECT event FROM audit") if WORDS in row[0]] == []


async def test_an_entry_cannot_name_a_text_that_was_not_given(store: Store) -> None:
    with pytest.raises(Unfit, match="same outcome"):
        await store.cases.settle(an_outcome(entries=(an_entry(text="elsewhere"),)))


async def test_a_case_whose_key_was_erased_takes_no_more_texts(store: Store) -> None:
    text = Text(id="why", kind="reason", body=WORDS)

    with pytest.raises(Unfit, match="erased"):
        await store.cases.settle(an_outcome(a_case(key=""), entries=(an_entry(text="why"),), texts=(text,)))


async def test_each_team_has_a_chain_of_its_own(store: Store) -> None:
    await _story(store)
    elsewhere = a_case("elsewhere", request=a_request(team=TeamId("T_ELSEWHERE")))
    await store.cases.settle(an_outcome(elsewhere))

    assert {
        row["seq"] for row in await store.driver.reading.run("SELECT seq FROM audit WHERE case_id = 'elsewhere'")
    } == {1}
    assert await audit.verify(store) == audit.Verification(entries=6)


async def test_a_long_chain_is_read_page_by_page(store: Store) -> None:
    entries = tuple(an_entry("noted", facts={"count": count}) for count in range(audit.PAGE * 2 + 1))

    await store.cases.settle(an_outcome(entries=entries))

    assert await audit.verify(store) == audit.Verification(entries=audit.PAGE * 2 + 1)


async def test_an_empty_audit_holds(store: Store) -> None:
    assert await audit.verify(store) == audit.Verification(entries=0)
    assert await audit.export(store, 1001) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET event = '{}' WHERE seq = 2",
        "UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit VALUES ('T_OFFICE', 2, 'case-1', '{}', 'x')",
        "REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
        "INSERT INTO audit SELECT * FROM audit WHERE true ON CONFLICT DO UPDATE SET event = '{}'",
    ],
)
async def test_the_database_itself_refuses_to_change_the_audit(store: Store, path: Path, statement: str) -> None:
    await _story(store)
    before = _look(path, "SELECT * FROM audit")

    # A stranger's connection, with none of our settings.
    with closing(sqlite3.connect(path)) as stranger, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        stranger.execute(statement)

    assert _look(path, "SELECT * FROM audit") == before


def _set(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        *folders, last = field.split(".")
        for folder in folders:
            event = event[folder]
        assert event[last] != value, "a change that changes nothing proves nothing"
        event[last] = value

    return change


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", 1),
        ("tenant", "T_ELSEWHERE"),
        ("seq", 7),
        ("at", 1),
        ("type", "denied"),
        ("request", "case-2"),
        ("actor.kind", "desk"),
        ("actor.id", "U_OTHER"),
        ("actor.team", "T_ELSEWHERE"),
        ("actor.roles", ["finance"]),
        ("actor.via", "api"),
        ("subject", "U_OTHER"),
        ("data", {}),
        ("data.mac", "0" * 64),
        ("data.text", "other"),
        ("policy_sha", "map-0"),
        ("prev", "0" * 64),
    ],
)
async def test_a_change_of_any_field_is_found(path: Path, field: str, value: Any) -> None:
    await _written(path)
    ((line,),) = _look(path, "SELECT event FROM audit WHERE seq = 2")
    event = json.loads(line)
    _set(field, value)(event)

    _tamper(path, ("UPDATE audit SET event = ? WHERE seq = 2", canonical(event)))

    assert (await _problem(path)).seq == 2


@pytest.mark.parametrize("column", ["case_id", "event", "hash"])
async def test_a_change_of_any_column_is_found(path: Path, column: str) -> None:
    await _written(path)

    _tamper(path, f"UPDATE audit SET {column} = {column} || ' ' WHERE seq = 2")  # noqa: S608  # a column of ours

    assert (await _problem(path)).seq == 2


async def test_an_entry_that_was_removed_is_missed(path: Path) -> None:
    await _written(path)

    _tamper(path, "DELETE FROM audit WHERE seq = 2")

    assert (await _problem(path)).sentence == "Entry 2 is missing: entry 3 comes in its place."


async def test_a_removed_beginning_is_missed(path: Path) -> None:
    await _written(path)

    _tamper(path, "DELETE FROM audit WHERE seq = 1")

    assert (await _problem(path)).seq == 2


async def test_a_removed_entry_is_found_though_the_rest_were_counted_anew(path: Path) -> None:
    await _written(path)

    _tamper(path, "DELETE FROM audit WHERE seq = 2", "UPDATE audit SET seq = seq - 1 WHERE seq > 2")

    assert (await _problem(path)).seq == 2


async def test_entries_that_changed_places_are_found(path: Path) -> None:
    await _written(path)

    _tamper(
        path,
        "UPDATE audit SET seq = 99 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 99",
    )

    assert (await _problem(path)).seq == 2


async def test_an_entry_that_was_slipped_in_is_found(path: Path) -> None:
    await _written(path)

    _tamper(path, "INSERT INTO audit SELECT team_id, 6, case_id, event, hash FROM audit WHERE seq = 2")

    assert (await _problem(path)).seq == 6


async def test_an_entry_that_was_replaced_is_found(path: Path) -> None:
    await _written(path)

    _tamper(path, "REPLACE INTO audit SELECT team_id, 3, case_id, event, hash FROM audit WHERE seq = 2")

    assert (await _problem(path)).seq == 3


async def test_an_entry_given_to_another_team_is_found(path: Path) -> None:
    await _written(path)

    _tamper(path, "UPDATE audit SET team_id = 'T_ZZ' WHERE seq = 5")

    assert (await _problem(path)).seq == 5


async def test_an_entry_that_is_not_even_json_is_found(path: Path) -> None:
    await _written(path)

    _tamper(path, "UPDATE audit SET event = 'gone' WHERE seq = 4")

    assert (await _problem(path)).seq == 4


@pytest.mark.parametrize("line", ["not json", "[]", "{}", '{"data": {}}', '{"data":{},"v":1.5}', '{"data":1}'])
async def test_an_entry_sealed_anew_in_another_form_is_found(path: Path, line: str) -> None:
    await _written(path)
    ((prev,),) = _look(path, "SELECT hash FROM audit WHERE seq = 4")

    _tamper(path, ("UPDATE audit SET event = ?, hash = ? WHERE seq = 5", line, seal(prev, line.encode())))

    assert (await _problem(path)).seq == 5


async def test_a_missing_tail_goes_unnoticed_without_a_hash_kept_elsewhere(path: Path) -> None:
    await _written(path)

    _tamper(path, "DELETE FROM audit WHERE seq = 5")

    async with open_store(f"sqlite:///{path}", clock=lambda: NOW, read_only=True) as store:
        assert await audit.verify(store) == audit.Verification(entries=4)


async def test_a_changed_text_is_found(path: Path) -> None:
    await _written(path)

    _tamper(path, "UPDATE texts SET body = 'for no reason' WHERE id = 'why'")

    assert (await _problem(path)).sentence == "The text of entry 2 is not the one that was written."


@pytest.mark.parametrize(
    "erasing",
    [
        ["DELETE FROM texts WHERE id = 'why'"],
        ["DELETE FROM texts WHERE id = 'why'", "DELETE FROM case_keys"],
    ],
    ids=["the text", "text and key"],
)
async def test_the_chain_holds_when_something_was_erased_and_an_entry_says_so(path: Path, erasing: list[str]) -> None:
    await _written(path)

    _tamper(path, *erasing)

    assert (await _problem(path)).sentence == "The text of entry 2 is gone, and no entry says that it was erased."
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        await _append(store, a_case("another"), an_entry("erased", facts={"what": "why"}))
        assert (await audit.verify(store)).problem is not None, "what is erased of one case is not erased of another"
        await _append(store, a_case(), an_entry("erased", facts={"what": "why"}))
        assert (await audit.verify(store)).problem is None


@pytest.mark.parametrize("page", [1, 2, 4000])
async def test_a_text_that_two_entries_name_is_one_text_wherever_a_page_ends(
    path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.links.PAGE", page)
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        text = Text(id="why", kind="reason", body=WORDS)
        await store.cases.settle(an_outcome(entries=(an_entry(), an_entry(text="why")), texts=(text,)))
        assert (await audit.verify(store)).problem is None

    _tamper(path, "INSERT INTO texts VALUES ('x', 'T_OFFICE', 'case-1', 'reason', 'they said yes', 1)")

    assert (await _problem(path)).sentence == "A text of case #1001 was slipped in: no entry has sealed it."


@pytest.mark.parametrize("kind", ["reason", "part", "links"])
async def test_a_text_of_a_case_that_is_not_there_was_slipped_in(path: Path, kind: str) -> None:
    await _written(path)

    _tamper(path, ("INSERT INTO texts VALUES ('x', 'T_OFFICE', 'nobody', ?, 'they said yes', 1)", kind))

    assert (await _problem(path)).sentence == (
        "A text of a case that is not there was slipped in: no entry has sealed it."
    )


async def _story(store: Store) -> None:
    """Five entries of one case, the second with a text."""
    text = Text(id="why", kind="reason", body=WORDS)
    case = await store.cases.settle(an_outcome(a_case(decision=a_decision()), entries=(an_entry("asked", by=ASKER),)))
    told = an_entry("approved", by=PersonId("U_HOLDER"), text="why")
    case = await store.cases.settle(an_outcome(case, entries=(told,), texts=(text,)))
    last = tuple(an_entry("noted", facts={"count": count}) for count in range(3))
    await store.cases.settle(an_outcome(replace(case, chain_step=1), entries=last))


async def _append(store: Store, case: Case, entry: Entry) -> None:
    """An entry alone: what it tells of was done to the file."""
    await store.driver.write(partial(append, outcome=an_outcome(case, entries=(entry,))))


async def _written(path: Path) -> None:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
        await _story(store)
        assert await audit.verify(store) == audit.Verification(entries=5)


async def _problem(path: Path) -> audit.Problem:
    async with open_store(f"sqlite:///{path}", clock=lambda: NOW, read_only=True) as store:
        problem = (await audit.verify(store)).problem
    assert problem is not None, "the tampering went unnoticed"
    return problem


def _tamper(path: Path, *statements: str | tuple[str, ...]) -> None:
    """What somebody with the file and without scruples can do."""
    with closing(sqlite3.connect(path)) as thief, thief:
        for trigger in TRIGGERS:
            thief.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            sql, *values = (statement,) if isinstance(statement, str) else statement
            thief.execute(sql, values)


def _look(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as reader:
        return list(reader.execute(sql))


def _actor(exported: dict[str, Any]) -> tuple[str, str | None, str]:
    actor = exported["event"]["actor"]
    return actor["kind"], actor["id"], actor["team"]
