"""Following a chain link by link: each entry must be the one that was sealed after the entry before it."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from routing.checkpoints import Checkpoint
from storage.chain import GENESIS, Event, canonical, seal
from storage.driver import Row, Statements

# Several thousand at once: asking for a page costs as much as checking a few dozen entries.
PAGE = 4000

_DECODER = json.JSONDecoder()
# As bytes, but for the team: what somebody wrote into the file need not be text.
_PAGE_OF_ENTRIES = """
SELECT
    team_id,
    seq,
    CAST(case_id AS BLOB) AS case_id,
    CAST(event AS BLOB) AS event,
    CAST(hash AS BLOB) AS hash
FROM audit
WHERE (team_id, seq) > (?, ?)
ORDER BY team_id, seq
LIMIT ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The first entry that cannot be believed, and why."""

    seq: int
    sentence: str


class Broken(Exception):
    def __init__(self, seq: int, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(seq=seq, sentence=sentence)


async def pages(moment: Statements) -> AsyncIterator[Sequence[Row]]:
    """All entries, a page at a time. Holds nothing that would have to be given back: a reader may leave early."""
    team, seq = "", 0
    while page := await moment.run(_PAGE_OF_ENTRIES, team, seq, PAGE):
        yield page
        team, seq = page[-1]["team_id"], page[-1]["seq"]


class Links:
    """Feed it every entry in order. Checkpoints are passed on the way; `must_have_passed` says which were not."""

    def __init__(self, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self.entries = 0
        self._team, self._seq, self._hash = "", 0, GENESIS
        self._ends: dict[str, int] = {}
        self._passed: dict[str, int] = {}
        self._waiting: dict[tuple[str, int], list[Checkpoint]] = {}
        for one in checkpoints:
            self._waiting.setdefault((one.tenant, one.seq), []).append(one)

    def follow(self, row: Row) -> Event:
        """Raises Broken when this is not the next entry."""
        self.entries += 1
        if row["team_id"] != self._team:
            self._team, self._seq, self._hash = row["team_id"], 0, GENESIS
        self._seq += 1
        event, self._hash = _next(row, self._seq, self._hash)
        self._ends[self._team] = self._seq
        if self._waiting:
            self._pass()
        return event

    def must_have_passed(self) -> None:
        """Raises Broken for the first checkpoint whose entry never came."""
        for one in sorted((each[0] for each in self._waiting.values()), key=lambda one: one.seq):
            end = self._ends.get(one.tenant, 0)
            ends = f"ends at entry {end}" if end else "is empty"
            sentence = f"The audit {ends}, but {_named(one)} saw entry {one.seq}"
            raise Broken(one.seq, f"{sentence}: its end was cut off, or this is an older copy.")

    def _pass(self) -> None:
        for one in self._waiting.pop((self._team, self._seq), ()):
            if one.hash != self._hash:
                after = self._passed.get(self._team, 0)
                sentence = f"It is not the one that {_named(one)} saw: what follows entry {after} was written anew."
                raise Broken(self._seq, sentence)
            self._passed[self._team] = self._seq


def _next(row: Row, seq: int, prev: str) -> tuple[Event, str]:
    if row["seq"] != seq:
        raise Broken(row["seq"], f"Entry {seq} is missing: entry {row['seq']} comes in its place.")
    written = row["event"]
    sealed = seal(prev, written)
    if sealed.encode() != row["hash"]:
        sentence = f"Entry {seq} was changed, or is not the one that was written after entry {seq - 1}."
        raise Broken(seq, sentence)
    event = _read(written)
    if event is None:
        raise Broken(seq, f"Entry {seq} is not written in the audit's one way.")
    stated = (event.get("tenant"), event.get("seq"), event.get("request"), event.get("prev"))
    if stated != (row["team_id"], seq, row["case_id"].decode(errors="replace"), prev):
        raise Broken(seq, f"Entry {seq} was moved: it says it belongs elsewhere.")
    return event, sealed


def _read(written: bytes) -> Event | None:
    """The event, if it is one and is written as `canonical` writes it."""
    try:
        line = written.decode()
        event = _DECODER.decode(line)
        if not isinstance(event, dict) or not isinstance(event.get("data"), dict) or canonical(event) != line:
            return None
    except (ValueError, RecursionError):
        return None
    return event


def _named(one: Checkpoint) -> str:
    return f"the checkpoint of {one.at:%Y-%m-%d %H:%M}"
