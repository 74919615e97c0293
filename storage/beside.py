"""What is kept beside the audit, and sealed in it: texts about cases, and the requests' own words.

What is there must be what was sealed, and sealed it must be. What is gone must have been erased, and an entry says so.
"""

import json
from dataclasses import dataclass, field
from itertools import islice

from routing.outcome import seal_of_words
from storage.chain import ERASED, REQUEST, WHAT, Event, mac, mac_of_text, seals_in
from storage.driver import Row, Statements
from storage.links import Broken

AT_ONCE = 1000

_TEXTS = """
SELECT texts.rowid AS place, texts.id, texts.case_id, texts.kind, CAST(texts.body AS BLOB) AS body, case_keys.key
FROM texts
LEFT JOIN case_keys ON case_keys.case_id = texts.case_id
WHERE texts.id IN (SELECT value FROM json_each(?))
"""
_WORDS = """
SELECT
    cases.id,
    cases.number,
    CASE WHEN json_valid(cases.body) THEN json_array_length(cases.body, '$.request.parts') END AS parts,
    case_keys.key,
    (
        SELECT json_group_object(texts.id, CAST(texts.body AS TEXT))
        FROM texts
        WHERE texts.case_id = cases.id AND texts.kind IN ('part', 'links')
    ) AS words
FROM cases
LEFT JOIN case_keys ON case_keys.case_id = cases.id
WHERE cases.id IN (SELECT value FROM json_each(?))
"""
_HOW_MANY = """
SELECT
    count(*) FILTER (WHERE kind IN ('part', 'links')) AS words,
    count(*) FILTER (WHERE kind NOT IN ('part', 'links')) AS texts
FROM texts
"""
_OF_A_CASE = """
SELECT
    coalesce('case #' || cases.number, 'a case that is not there') AS whose,
    (SELECT max(seq) FROM audit WHERE audit.case_id = texts.case_id) AS seq
FROM texts
LEFT JOIN cases ON cases.id = texts.case_id
"""
# Entries of the first form sealed one text of their outcome at most.
_UNSEALED = (
    _OF_A_CASE  # noqa: S608 - our own columns
    + """
WHERE texts.kind NOT IN ('part', 'links') AND NOT EXISTS (
    SELECT 1
    FROM audit
    WHERE audit.case_id = texts.case_id
        AND (
            json_extract(audit.event, '$.v') = 1
            OR instr(' ' || json_extract(audit.event, '$.data.texts'), ' ' || texts.id || '=')
        )
)
LIMIT 1
"""
)
# With a case's first entry its words are sealed: only where there is no entry can words be that none knows of.
_UNHEARD_OF = (
    _OF_A_CASE  # noqa: S608 - our own columns
    + """
WHERE texts.kind IN ('part', 'links') AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.case_id = texts.case_id)
LIMIT 1
"""
)


class _Sealing:
    """What one entry says of texts: each one's mac, and that of the text it names by the older rule."""

    __slots__ = ("case", "mac", "macs", "seq", "text")

    def __init__(self, event: Event) -> None:
        data = event["data"]
        self.seq: int = event["seq"]
        self.case: str = event["request"]
        self.macs = seals_in(str(data.get("texts", "")))
        self.text, self.mac = data.get("text"), data.get("mac")
        if self.text is not None:
            self.macs.setdefault(str(self.text), "")

    def must_have_sealed(self, row: Row) -> None:
        if row["key"] is None:
            raise Broken(self.seq, f"The key that sealed the text of entry {self.seq} is gone, but the text is not.")
        if row["case_id"] != self.case:
            raise Broken(self.seq, f"The text of entry {self.seq} was given to another case.")
        name, key, body = row["id"], row["key"], row["body"].decode(errors="replace")
        kept = self.macs[name]
        if (kept and mac_of_text(key, row["kind"], body) != kept) or (name == self.text and mac(key, body) != self.mac):
            raise Broken(self.seq, f"The text of entry {self.seq} is not the one that was written.")


class _Distinct:
    """Which rows were found, each counted once, in a bit or a little more for each: there may be millions."""

    __slots__ = ("_shelves",)

    def __init__(self) -> None:
        self._shelves: dict[int, int] = {}

    def add(self, place: int) -> None:
        shelf = place >> 10
        self._shelves[shelf] = self._shelves.get(shelf, 0) | 1 << (place & 1023)

    def __len__(self) -> int:
        return sum(bits.bit_count() for bits in self._shelves.values())


@dataclass(slots=True)
class Beside:
    """Tell it every event, and let it look after each page; ask about the rest at the end, since a later entry may have
    sealed the words anew, or say that something was erased. Of what it was told it keeps only what it needs: there may
    be millions.
    """

    moment: Statements
    _words: dict[str, tuple[int, str]] = field(default_factory=dict)
    _sealing: list[_Sealing] = field(default_factory=list)
    _found: _Distinct = field(default_factory=_Distinct)
    _gone: dict[str, _Sealing] = field(default_factory=dict)
    _erased: dict[tuple[str, str], int] = field(default_factory=dict)
    _worded: int = 0

    def note(self, event: Event) -> None:
        data = event["data"]
        if "texts" in data or "text" in data:
            self._sealing.append(_Sealing(event))
        if "words" in data:
            self._words[event["request"]] = (event["seq"], data["words"])
        if event.get("type") == ERASED:
            self._erased[event["request"], str(data.get(WHAT))] = event["seq"]

    async def check_texts(self) -> None:
        """Raises Broken for the first text that is not the one that was sealed."""
        sealing, self._sealing = self._sealing, []
        # The first to name a text is the one that sealed all of it.
        entry_of = {name: one for one in reversed(sealing) for name in one.macs}
        if entry_of:
            for row in await self.moment.run(_TEXTS, json.dumps(list(entry_of))):
                self._found.add(row["place"])
                entry_of.pop(row["id"]).must_have_sealed(row)
            self._gone |= entry_of

    async def check_the_rest(self) -> None:
        """Raises Broken for what is gone and was not erased, for a request's words that are not what they were when
        they were last sealed, and for a text that no entry knows.
        """
        for name, one in self._gone.items():
            if not self._is_erased(one.case, name, one.seq):
                raise Broken(one.seq, f"The text of entry {one.seq} is gone, and no entry says that it was erased.")
        await self._check_words()
        await self._check_nothing_was_slipped_in()

    async def _check_words(self) -> None:
        waiting = iter(self._words.items())
        while batch := dict(islice(waiting, AT_ONCE)):
            for row in await self.moment.run(_WORDS, json.dumps(list(batch))):
                seq, sealed = batch.pop(row["id"])
                words = json.loads(row["words"])
                self._worded += len(words)
                if words or not self._is_erased(row["id"], REQUEST, seq):
                    _must_be_worded(row, words, seq, sealed)
            for seq, _ in batch.values():
                raise Broken(seq, f"The case of entry {seq} is gone.")

    async def _check_nothing_was_slipped_in(self) -> None:
        (there,) = await self.moment.run(_HOW_MANY)
        for found, there_are, unknown in (
            (len(self._found), there["texts"], _UNSEALED),
            (self._worded, there["words"], _UNHEARD_OF),
        ):
            for row in await self.moment.run(unknown) if found != there_are else ():
                raise Broken(row["seq"] or 0, f"A text of {row['whose']} was slipped in: no entry has sealed it.")

    def _is_erased(self, case: str, what: str, since: int) -> bool:
        """Whether an entry of the case says so that came later: what was sealed anew must be there again."""
        return self._erased.get((case, what), 0) > since


def _must_be_worded(row: Row, words: dict[str, str], seq: int, sealed: str) -> None:
    if row["parts"] is None:
        raise Broken(seq, f"The case of entry {seq} cannot be read.")
    if row["key"] is None:
        raise Broken(seq, f"The key that sealed the words of case #{row['number']} is gone, and no erasure says why.")
    is_gone = not words
    parts = [words.pop(f"{row['id']}:part:{position}", "") for position in range(row["parts"])]
    linked = [words.pop(f"{row['id']}:links:{position}", "[]") for position in range(row["parts"])]
    try:
        links = [link for one in linked for link in json.loads(one)]
    except (ValueError, TypeError):
        links = []
    if words or seal_of_words(row["key"], "\n".join(parts), links) != sealed:
        why = "are gone, and no entry says that they were erased" if is_gone else "are not those that were sealed"
        raise Broken(seq, f"The words of case #{row['number']} {why}.")
