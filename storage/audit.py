"""Reading the audit as a stranger would: does the chain hold, and what happened to one case."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from routing.outcome import words_of
from storage.cases import BY_ID
from storage.chain import GENESIS, Event, canonical, mac, seal
from storage.driver import Row, Statements, StorageError
from storage.rows import case_of
from storage.sqlite import Store

PAGE = 1000

_PAGE_OF_ENTRIES = """
SELECT audit.team_id, audit.seq, audit.case_id, audit.event, audit.hash, case_keys.key, texts.body AS text
FROM audit
LEFT JOIN texts ON texts.id = CASE WHEN json_valid(audit.event) THEN json_extract(audit.event, '$.data.text') END
LEFT JOIN case_keys ON case_keys.case_id = audit.case_id
WHERE (audit.team_id, audit.seq) > (?, ?)
ORDER BY audit.team_id, audit.seq
LIMIT ?
"""

_ONE_CASE = """
SELECT event, hash
FROM audit
WHERE case_id IN (SELECT id FROM cases WHERE number = ?)
ORDER BY team_id, seq
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The first entry that cannot be believed, and why."""

    seq: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How many entries were read, up to and with the first problem. `has_more`: there were more than asked for."""

    entries: int
    problem: Problem | None = None
    has_more: bool = False


async def verify(store: Store, *, most: int | None = None) -> Verification:
    """Follow every team's chain from its first entry, and compare the texts that are still there with their seals.

    With `most`, only that many entries, and no request's words: a later entry may have sealed them anew.
    """
    async with store.driver.snapshot() as moment:
        count, team, seq, prev = 0, "", 0, GENESIS
        sealed: dict[str, tuple[int, str]] = {}
        async for row in _all_entries(moment):
            if count == most:
                return Verification(entries=count, has_more=True)
            count += 1
            if row["team_id"] != team:
                team, seq, prev = row["team_id"], 0, GENESIS
            seq += 1
            sentence = _wrong_with(row, seq, prev)
            if sentence:
                return Verification(entries=count, problem=Problem(seq=row["seq"], sentence=sentence))
            prev = row["hash"]
            words = json.loads(row["event"])["data"].get("words")
            if words:
                sealed[row["case_id"]] = (seq, words)
        return Verification(entries=count, problem=await _wrong_with_words(moment, sealed))


async def export(store: Store, number: int) -> list[dict[str, object]]:
    """Every entry of one case with its seal, oldest first: `{"event": …, "hash": …}`. Empty for an unknown number."""
    rows = await store.driver.reading.run(_ONE_CASE, number)
    return [{"event": json.loads(row["event"]), "hash": row["hash"]} for row in rows]


async def _all_entries(moment: Statements) -> AsyncIterator[Row]:
    """A page at a time. Holds nothing that would have to be given back: a reader may leave early."""
    team, seq = "", 0
    while page := await moment.run(_PAGE_OF_ENTRIES, team, seq, PAGE):
        for row in page:
            yield row
        team, seq = page[-1]["team_id"], page[-1]["seq"]


async def _wrong_with_words(moment: Statements, sealed: Mapping[str, tuple[int, str]]) -> Problem | None:
    """A request whose words are still there must say what it said when they were last sealed."""
    for case_id, (seq, words) in sealed.items():
        rows = await moment.run(BY_ID, case_id)
        if not rows:
            return Problem(seq=seq, sentence=f"The case of entry {seq} is gone.")
        try:
            case = case_of(rows[0])
        except (StorageError, ValueError):
            return Problem(seq=seq, sentence=f"The case of entry {seq} cannot be read.")
        is_erased = not case.key or rows[0]["words"] == "{}"
        if not is_erased and words_of(case) != words:
            return Problem(seq=seq, sentence=f"The words of case #{case.number} are not those that were sealed.")
    return None


def _wrong_with(row: Row, seq: int, prev: str) -> str | None:
    if row["seq"] != seq:
        return f"Entry {seq} is missing: entry {row['seq']} comes in its place."
    if not isinstance(row["event"], str) or seal(prev, row["event"]) != row["hash"]:
        return f"Entry {seq} was changed, or is not the one that was written after entry {seq - 1}."
    event = _read(row["event"])
    if event is None:
        return f"Entry {seq} is not written in the audit's one way."
    stated = (event.get("tenant"), event.get("seq"), event.get("request"), event.get("prev"))
    if stated != (row["team_id"], seq, row["case_id"], prev):
        return f"Entry {seq} was moved: it says it belongs elsewhere."
    return _wrong_with_text(row, event["data"])


def _read(line: str) -> Event | None:
    """The event, if it is one and is written as `canonical` writes it."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict) or canonical(event) != line:
        return None
    return event


def _wrong_with_text(row: Row, data: Mapping[str, object]) -> str | None:
    """A text that is gone was erased, which is allowed; one that is there must be the one that was sealed."""
    sealed = data.get("mac")
    if sealed is None or row["text"] is None or row["key"] is None:
        return None
    if mac(row["key"], row["text"]) != sealed:
        return f"The text of entry {row['seq']} is not the one that was written."
    return None
