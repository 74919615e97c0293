"""A replay, told to a person or a program: what would be decided otherwise now, the dangerous first."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.commands.columns import in_columns
from bot.commands.costs import dollars
from handlers.wording import role_title, the
from handlers.wording_certainty import why_unheard
from routing.decisions import Decision
from routing.evaluation.hindsight import PLACED, Difference, First, Judgement, Said, is_usable
from routing.kinds import Risk
from routing.lessons import Learned
from routing.map import RoutingMap
from storage.hindsight import Hindsight, Past

ORDER = (Judgement.WORSE, Judgement.BETTER, Judgement.DIFFERENT)
_SAID: Mapping[str, str] = {
    "confirmed": "confirmed {now}",
    "taken": "taken in {now}",
    "reassigned": "moved to {now}",
    "answered": "chose {now}",
    "wrong_team": "not {was}",
    "not_a_request": "no request",
    "reviewed_right": "reviewed: right in {now}",
    "reviewed_wrong": "reviewed: belongs to {now}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    past: Past
    now: Decision
    difference: Difference | None
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    sources: tuple[str, ...]
    map: RoutingMap
    prompt: str | None
    learned: Learned | None
    past: Hindsight
    cases: tuple[Again, ...]
    calls: int
    cost: int
    max_regressions: int | None
    since: datetime | None = None

    @property
    def taught(self) -> int:
        """Lessons that are not the map's own examples: what people said about other cases."""
        examples = sum(len(one.examples) for one in self.map.destinations.values())
        return self.learned.lessons - examples if self.learned else 0

    @property
    def differing(self) -> list[tuple[Again, Difference]]:
        """Lost gates first, then other verdicts, then the rest; in each, what is worse before what is better."""
        pairs = [(one, one.difference) for one in self.cases if one.difference]
        return sorted(pairs, key=_place_in_list)

    @property
    def judged(self) -> Counter[Judgement]:
        return Counter(one.difference.judgement for one in self.cases if one.difference)

    @property
    def regressions(self) -> int:
        return self.judged[Judgement.WORSE]

    @property
    def unheard(self) -> Counter[str]:
        return Counter(one.now.without_claude for one in self.cases if one.now.without_claude)

    @property
    def is_good(self) -> bool:
        return self.max_regressions is None or self.regressions <= self.max_regressions


def told(replay: Replay) -> str:
    parts = ["\n".join([_count(replay), *_notes(replay)])]
    if replay.differing:
        rows = [_row(one, found, replay.map) for one, found in replay.differing]
        parts.append(in_columns(("Case", "Then", "Now", "People since", "So it is"), rows, words=5))
    parts.append(_verdict(replay))
    return "\n\n".join(parts)


def listed(past: Hindsight, *, as_json: bool) -> str:
    """Cases that Claude was wanted for and not heard, for a later look."""
    if as_json:
        cases = [_past_as_object(one) for one in past.cases]
        return json.dumps({"cases": cases, "skipped": _skipped(past)}, ensure_ascii=False, indent=2)
    lines = [f"{len(past.cases):,} decided without Claude, which was wanted and not heard.", *_skips(past)]
    if not past.cases:
        return "\n".join(lines)
    rows = [
        (f"#{one.case.number}", why_unheard(_alone(one)), _of_first(one.first), _of_said(one.said))
        for one in past.cases
    ]
    table = in_columns(("Case", "Because", "Then", "People since"), rows, words=4)
    how = "With a key, --sources rules,classifier,claude asks it about them now."
    return "\n\n".join(["\n".join(lines), table, how])


def as_json(replay: Replay) -> str:
    told = {
        "since": replay.since.isoformat() if replay.since else None,
        "sources": list(replay.sources),
        "map_version": replay.map.version,
        "prompt": replay.prompt,
        "learned": asdict(replay.learned) if replay.learned else None,
        "learned_from_people": replay.taught,
        "cases": len(replay.cases),
        "skipped": _skipped(replay.past),
        "judged": {one.value: replay.judged[one] for one in ORDER},
        "regressions": replay.regressions,
        "max_regressions": replay.max_regressions,
        "is_good": replay.is_good,
        "without_claude": replay.unheard,
        "calls": replay.calls,
        "cost_nano_usd": replay.cost,
        "differences": [_as_object(one, found) for one, found in replay.differing],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _place_in_list(pair: tuple[Again, Difference]) -> tuple[bool, bool, int, int]:
    one, found = pair
    return not found.has_lost_gate, "verdict" not in found.what, ORDER.index(found.judgement), one.past.case.number


def _count(replay: Replay) -> str:
    span = f" since {replay.since:%Y-%m-%d %H:%M} UTC" if replay.since else ""
    by = " and ".join(filter(None, [", ".join(replay.sources[:-1]), replay.sources[-1]]))
    count, differ = len(replay.cases), len(replay.differing)
    if not count:
        return f"No case{span} can be decided again."
    return (
        f"{_cases(count)}{span} decided again by {by}, with map {replay.map.version}: "
        f"{count - differ:,} as before, {differ:,} otherwise."
    )


def _notes(replay: Replay) -> list[str]:
    notes = [*_skips(replay.past), *_lesson(replay)]
    deaf = sum(one.past.heard_claude for one in replay.cases) if "claude" not in replay.sources else 0
    if deaf:
        notes.append(f"Claude was heard about {_cases(deaf)} then, and is not asked now.")
    if "claude" in replay.sources:
        calls = f"{replay.calls:,} call{'' if replay.calls == 1 else 's'}"
        notes.append(f"Claude was asked in {calls} for {dollars(replay.cost)}, which the ledger does not know of.")
    notes += [f"Claude was wanted for {_cases(n)} and not heard: {why_unheard(code)}." for code, n in _most(replay)]
    gone = sum(one.past.said is not None and not is_usable(one.past.said, replay.map) for one in replay.cases)
    if gone:
        notes.append(f"What people said of {_cases(gone)} names a place that this map does not have: not counted.")
    if any(one.senders for one in replay.map.destinations.values()):
        notes.append("Who may send where is taken to be as it was then: only Slack could say.")
    return notes


def _lesson(replay: Replay) -> list[str]:
    if "classifier" not in replay.sources or not replay.cases:
        return []
    if replay.learned is None:
        return ["The classifier had too little to learn from, and said nothing."]
    examples = replay.learned.lessons - replay.taught
    others = f"{examples:,} examples of the map and from what people said about {replay.taught:,} other cases"
    return [f"The classifier learned from {others}, never from the cases decided here."]


def _most(replay: Replay) -> list[tuple[str, int]]:
    return replay.unheard.most_common()


def _skips(past: Hindsight) -> list[str]:
    whys = (
        (past.erased, "whose words were erased"),
        (past.reworded, "whose words were changed after the decision"),
        (past.undecided, "not decided yet"),
    )
    told = [f"{len(numbers):,} {why}" for numbers, why in whys if numbers]
    return [f"Left out: {', '.join(told)}."] if told else []


def _skipped(past: Hindsight) -> Mapping[str, Sequence[int]]:
    return {"erased": past.erased, "reworded": past.reworded, "undecided": past.undecided}


def _row(one: Again, found: Difference, routing_map: RoutingMap) -> tuple[str, ...]:
    past = one.past
    lost = [the(role_title(role, routing_map)) for role in found.lost]
    if found.has_lost_gate:
        judged = f"{found.judgement}: no longer waits for {' and '.join(lost) or 'its gate'}"
    elif set(found.what) <= {"risk", "gates", "priority"}:
        judged = f"{found.judgement} in {' and '.join(found.what)}"
    else:
        judged = found.judgement.value
    return f"#{past.case.number}", _of_first(past.first), _of_now(one.now), _of_said(past.said), judged


def _of_first(first: First) -> str:
    place = f" {first.destination}" if first.verdict in PLACED else ""
    return f"{first.verdict}{place}, {first.priority}{_risky(first.risk)}"


def _of_now(now: Decision) -> str:
    place = f" {now.destination}" if now.verdict in PLACED else ""
    return f"{now.verdict}{place}, {now.priority}{_risky(now.risk)}"


def _risky(risk: Risk) -> str:
    return ", high risk" if risk is Risk.HIGH else ""


def _of_said(said: Said | None) -> str:
    if said is None:
        return "nothing"
    # A reviewer who names no place says that it was nobody's.
    code = "not_a_request" if said.code == "reviewed_wrong" and said.now is None else said.code
    return _SAID.get(code, code).format(now=said.now, was=said.was)


def _verdict(replay: Replay) -> str:
    counts = replay.judged
    told = f"{', '.join(f'{counts[one]:,} {one}' for one in ORDER)}."
    if replay.max_regressions is None:
        return told
    allowed = f"{replay.max_regressions:,} allowed"
    return f"{told} Good: {allowed}." if replay.is_good else f"{told} Not good: only {allowed}."


def _cases(count: int) -> str:
    return f"{count:,} case{'' if count == 1 else 's'}"


def _alone(one: Past) -> str:
    assert one.case.decision is not None, "only decided cases are looked back at"
    return one.case.decision.without_claude


def _as_object(one: Again, found: Difference) -> Mapping[str, object]:
    now = one.now
    return {
        **_past_as_object(one.past),
        "now": {
            "verdict": now.verdict,
            "destination": now.destination,
            "candidate": now.candidate,
            "score": now.score,
            "risk": now.risk,
            "priority": now.priority,
            "reason": now.reason.code,
            "gates": [need.role for need in now.gates],
            "without_claude": now.without_claude,
            "prompt": now.prompt,
            "cost_nano_usd": one.cost,
        },
        "what": found.what,
        "judgement": found.judgement,
        "lost_gate": found.has_lost_gate,
        "lost": found.lost,
    }


def _past_as_object(one: Past) -> Mapping[str, object]:
    first, said = one.first, one.said
    return {
        "case": one.case.number,
        "id": one.case.id,
        "without_claude": _alone(one),
        "then": {
            "at": first.at.isoformat(),
            "verdict": first.verdict,
            "destination": first.destination,
            "candidate": first.candidate,
            "risk": first.risk,
            "priority": first.priority,
            "reason": first.reason,
            "gates": None if first.gates is None else [need.role for need in first.gates],
            "heard_claude": one.heard_claude,
        },
        "said": {"code": said.code, "was": said.was, "now": said.now, "at": said.at.isoformat()} if said else None,
    }
