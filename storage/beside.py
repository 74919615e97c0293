"""What is kept beside the audit, and sealed in it: texts about cases, and the requests' own words.

A text that is gone was erased, which is allowed; one that is there must be the one that was sealed, and each must be.
"""

import json
from dataclasses import dataclass, field
from itertools import islice

from routing.outcome import seal_of_words
from storage.chain import Event, mac, mac_of_text, seals_in
from storage.driver import Row, Statements
from storage.links import Broken

AT_ONCE = 1000

_TEXTS = """
SELECT texts.id, texts.case_id, texts.kind, CAST(texts.body AS BLOB) AS body, case_keys.key
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
_HOW_MANY = "SELECT count(*) AS texts FROM texts WHERE kind NOT IN ('part', 'links')"
# Entries of the first form sealed one text of their outcome at most.
_UNSEALED = """
SELECT texts.id, cases.number, (SELECT max(seq) FROM audit WHERE audit.case_id = cases.id) AS seq
FROM texts
JOIN cases ON cases.id = texts.case_id
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


@dataclass(slots=True)
class Beside:
    """Tell it every event, and let it look after each page; ask about the words at the end, since a later entry may
    have sealed them anew. Of what it was told it keeps only what it needs: there may be millions.
    """

    moment: Statements
    _words: dict[str, tuple[int, str]] = field(default_factory=dict)
    _sealing: list[_Sealing] = field(default_factory=list)
    _found: int = 0

    def note(self, event: Event) -> None:
        data = event["data"]
        if "texts" in data or "text" in data:
            self._sealing.append(_Sealing(event))
        if "words" in data:
            self._words[event["request"]] = (event["seq"], data["words"])

    async def check_texts(self) -> None:
        """Raises Broken for the first text that is not the one that was sealed."""
        sealing, self._sealing = self._sealing, []
        entry_of = {name: one for one in sealing for name in one.macs}
        if entry_of:
            rows = await self.moment.run(_TEXTS, json.dumps(list(entry_of)))
            self._found += len(rows)
            for row in rows:
                entry_of[row["id"]].must_have_sealed(row)

    async def check_words(self) -> None:
        """Raises Broken for a request whose words are there and are not what they were when they were last sealed."""
        waiting = iter(self._words.items())
        while batch := dict(islice(waiting, AT_ONCE)):
            rows = await self.moment.run(_WORDS, json.dumps(list(batch)))
            for row in rows:
                seq, sealed = batch.pop(row["id"])
                _must_be_worded(row, seq, sealed)
            for seq, _ in batch.values():
                raise Broken(seq, f"The case of entry {seq} is gone.")

    async def check_nothing_was_slipped_in(self) -> None:
        """Raises Broken for a text that no entry knows."""
        if (await self.moment.run(_HOW_MANY))[0]["texts"] == self._found:
            return
        for row in await self.moment.run(_UNSEALED):
            raise Broken(row["seq"] or 0, f"A text of case #{row['number']} was slipped in: no entry has sealed it.")


def _must_be_worded(row: Row, seq: int, sealed: str) -> None:
    if row["parts"] is None:
        raise Broken(seq, f"The case of entry {seq} cannot be read.")
    words = json.loads(row["words"])
    if not words:
        return
    if row["key"] is None:
        raise Broken(seq, f"The key that sealed the words of case #{row['number']} is gone, but the words are not.")
    parts = [words.pop(f"{row['id']}:part:{position}", "") for position in range(row["parts"])]
    linked = [words.pop(f"{row['id']}:links:{position}", "[]") for position in range(row["parts"])]
    try:
        links = [link for one in linked for link in json.loads(one)]
    except (ValueError, TypeError):
        links = []
    if words or seal_of_words(row["key"], "\n".join(parts), links) != sealed:
        raise Broken(seq, f"The words of case #{row['number']} are not those that were sealed.")
