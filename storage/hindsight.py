"""Past cases for whoever looks back: what was decided first, on which words, and what people have said since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from routing.decisions import GateNeed
from routing.evaluation.hindsight import First, Said
from routing.kinds import (
    CaseId,
    DestinationName,
    Priority,
    Risk,
    Verdict,
)
from routing.model import Case, Entry
from routing.outcome import words_of
from storage import chain
from storage.case_queries import BY_ID
from storage.driver import Driver, Row, Statements
from storage.rows import case_of, micros, moment

_SINCE = """
SELECT id
FROM cases
WHERE received_at >= ?
ORDER BY received_at, number
"""
_ENTRIES = """
SELECT event
FROM audit
WHERE case_id = ?
ORDER BY team_id, seq
"""
_SAID = """
SELECT case_id, code, was, now, at
FROM labels
WHERE id IN (SELECT max(id) FROM labels GROUP BY case_id)
"""
_ANSWERED = """
SELECT DISTINCT case_id
FROM claude_calls
WHERE outcome = 'answered' AND case_id IS NOT NULL
"""
# After one of these a case's gates are no longer those of its first decision.
_DECIDED_ANEW = frozenset({"added", "edited", "answered", "reassigned"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A case with the words it had when it was decided, if they are still there and still the same."""

    case: Case
    first: First
    said: Said | None
    heard_claude: bool


@dataclass(slots=True, kw_only=True)
class Hindsight:
    """The cases that can be decided again, and those that cannot, by their numbers."""

    cases: list[Past] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    reworded: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    said: Mapping[CaseId, Said]
    heard_claude: frozenset[CaseId]


async def looked_back(driver: Driver, since: datetime, only: Sequence[CaseId] | None = None) -> Hindsight:
    """Every case received since then, or `only` these. All of one moment."""
    found = Hindsight()
    async with driver.snapshot() as now:
        ids = only if only is not None else [row["id"] for row in await now.run(_SINCE, micros(since))]
        said = {CaseId(row["case_id"]): _said(row) for row in await now.run(_SAID)}
        heard = frozenset(CaseId(row["case_id"]) for row in await now.run(_ANSWERED))
        for case_id in ids:
            await _look(now, case_id, _Known(said=said, heard_claude=heard), found)
    return found


async def _look(now: Statements, case_id: CaseId, known: _Known, found: Hindsight) -> None:
    (row,) = await now.run(BY_ID, case_id)
    case = case_of(row)
    entries = [chain.entry_of(json.loads(one["event"])) for one in await now.run(_ENTRIES, case_id)]
    at = next((at for at, entry in enumerate(entries) if entry.type == "decided"), None)
    if at is None:
        found.undecided.append(case.number)
        return
    if not case.key or row["words"] == "{}":
        found.erased.append(case.number)
        return
    as_decided = _as_worded(case, entries[:at])
    if as_decided is None:
        found.reworded.append(case.number)
        return
    first = _first(entries[at], _gates(case, entries[at:]))
    said = known.said.get(case_id)
    found.cases.append(Past(case=as_decided, first=first, said=said, heard_claude=case_id in known.heard_claude))


def _as_worded(case: Case, before: Sequence[Entry]) -> Case | None:
    """The case without what was added later, if its seal says that these are the words that were decided on."""
    seal = next((entry.facts["words"] for entry in reversed(before) if "words" in entry.facts), None)
    if seal is None:
        return case
    parts = case.request.parts[: _counted(before)]
    worded = replace(case, request=replace(case.request, parts=parts))
    return worded if words_of(worded) == seal else None


def _counted(entries: Sequence[Entry]) -> int:
    """How many parts a request had."""
    count = 1
    for entry in entries:
        if entry.type == "joined":
            count += 1
        elif "parts" in entry.facts:
            count = int(entry.facts["parts"] or 0)
    return count


def _gates(case: Case, since: Sequence[Entry]) -> tuple[GateNeed, ...] | None:
    if since[0].facts["risk"] == Risk.NORMAL:
        return ()
    if case.decision is None or any(entry.type in _DECIDED_ANEW for entry in since):
        return None
    return case.decision.gates


def _first(entry: Entry, gates: tuple[GateNeed, ...] | None) -> First:
    facts = {name: str(fact) for name, fact in entry.facts.items() if fact is not None}
    candidate = facts.get("candidate")
    return First(
        at=entry.at,
        verdict=Verdict(facts["verdict"]),
        destination=DestinationName(facts["destination"]),
        candidate=DestinationName(candidate) if candidate else None,
        risk=Risk(facts["risk"]),
        priority=Priority(facts["priority"]),
        reason=facts["reason"],
        gates=gates,
    )


def _said(row: Row) -> Said:
    return Said(
        code=row["code"],
        was=DestinationName(row["was"]) if row["was"] else None,
        now=DestinationName(row["now"]) if row["now"] else None,
        at=moment(row["at"]),
    )
