"""Every sentence people read, part five: forms, and the whole story of a case. Plain text unless it says otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.blocks import cut, day_and_time, listed, mention, one_line, said
from handlers.wording import (
    confidence,
    decision_reason,
    human_name,
    human_words,
    plan,
    priority,
    priority_reason,
    reason,
)
from handlers.wording_cards import gate, state
from handlers.wording_certainty import against, record_measured, without_claude
from routing.decisions import Decision, Reason
from routing.kinds import (
    Autonomy,
    Risk,
    Verdict,
)
from routing.map import RoutingMap
from routing.model import Case

RESOLUTIONS: Mapping[str, tuple[str, str]] = {
    "fixed": ("Fixed", "It works now"),
    "answered": ("Answered", "They have what they asked for"),
    "duplicate": ("Duplicate", "The same as another request"),
    "not_ours": ("Not ours", "Nothing we can do here"),
}

TEXT_KINDS: Mapping[str, str] = {
    "approval_reason": "Why approved",
    "denial_reason": "Why denied",
    "reassign_reason": "Why moved",
    "resolution": "What fixed it",
    "escalation_problem": "Problem",
    "escalation_tried": "What was tried",
    "escalation_evidence": "Evidence",
    "escalation_next_step": "Wanted next step",
}

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.ROUTE: "belongs to a known team",
    Verdict.REQUIRE_APPROVAL: "needs approval first",
    Verdict.REQUEST_CLARIFICATION: "one question first",
    Verdict.ESCALATE_HUMAN: "a person decides",
}

_EXTRACTED: Mapping[str, str] = {
    "error_signature": "error",
    "environment": "where",
    "customers_affected": "customers affected",
    "customers_share": "percent of customers",
    "sentiment": "tone",
    "language": "language",
}

_AUTONOMY: Mapping[Autonomy, str] = {
    Autonomy.OBSERVE: "only watched: nothing is said to the person who asked",
    Autonomy.SUGGEST: "proposed: a person confirms the route",
    Autonomy.AUTO: "automatic: routed at once",
}


def shown_next(left: int) -> str:
    return f"… {left:,} more characters are not shown here. Read them in the request itself before you decide."


def agreed_to(case: Case) -> str:
    """mrkdwn."""
    return f"You approve *#{case.number}*, version {case.version}, exactly as it stands here."


def asked_by(case: Case) -> str:
    """mrkdwn."""
    editor = case.last_editor
    edited = f", last edited by {mention(editor)}" if editor and editor != case.request.asker.id else ""
    return f"Asked by {mention(case.request.asker.id)} {day_and_time(case.request.asked_at)}{edited}"


def tried(case: Case) -> str:
    parts = []
    if len(case.visited) > 1:
        parts.append(f"It went {' → '.join(human_name(one) for one in case.visited[:8])}.")
    if case.owner:
        parts.append("Someone has taken it.")
    if case.chain_step:
        times = f"{case.chain_step} times" if case.chain_step > 1 else "once"
        parts.append(f"It was escalated {times} before.")
    return " ".join(parts)


def evidence(case: Case, routing_map: RoutingMap, link: str) -> str:
    decision = case.decision
    if decision is None:
        return ""
    rule = priority_reason(decision)
    lines = [
        f"{priority(decision.priority)}{f' ({rule})' if rule else ''}",
        f"Why here: {decision_reason(decision, routing_map)}",
        f"State: {state(case, routing_map)}",
        *([f"Request: {link}"] if link else []),
        *case.request.links[:5],
    ]
    return "\n".join(lines)


def next_step(case: Case) -> str:
    if case.is_gated:
        return "Please see that someone who may approve or deny it does so."
    if case.owner:
        return "Please help whoever has it, or decide who takes over."
    return "Please decide who takes it."


def decision_lines(case: Case, decision: Decision, routing_map: RoutingMap) -> tuple[tuple[str, str], ...]:
    """The whole decision, as labels and plain text."""
    scores = [f"{human_name(one.destination)} {round(one.score * 100)} %" for one in decision.candidates]
    rule = priority_reason(decision)
    risks = [human_words(one) for one in (*decision.risks, *decision.categories)]
    risk = "high" if decision.risk is Risk.HIGH else "normal"
    lines = (
        ("Verdict", _VERDICTS[decision.verdict]),
        ("Destination", human_name(decision.destination)),
        ("Why", decision_reason(decision, routing_map)),
        ("Confidence", f"{confidence(decision.confidence)} ({round(decision.score * 100)} %)"),
        ("What that is worth", record_measured(decision)),
        ("Doubt", against(decision)),
        ("Claude", without_claude(decision)),
        ("Candidates", listed(scores, most=6) or "none"),
        ("Asked for", listed([human_words(one) for one in decision.intents], most=6)),
        ("Risk", f"{risk}{f': {listed(risks, most=6)}' if risks else ''}"),
        ("Priority", f"{priority(decision.priority)}{f' ({rule})' if rule else ''}"),
        ("Plan", plan(decision, routing_map) if decision.gates else ""),
        ("Autonomy", _autonomy(decision)),
        ("Been with", " → ".join(human_name(one) for one in case.visited[:8])),
        ("Not said", listed([human_words(one) for one in decision.missing])),
        ("Tags", listed(decision.tags, most=8)),
        ("Map version", decision.map_version),
    )
    return tuple((label, cut(one_line(text), 300)) for label, text in lines if text)


def _autonomy(decision: Decision) -> str:
    """Says something only where a route was found, or where nothing is said to anyone."""
    is_told = decision.verdict is Verdict.ROUTE or decision.autonomy is Autonomy.OBSERVE
    return _AUTONOMY[decision.autonomy] if is_told else ""


def times(case: Case) -> str:
    """mrkdwn: what was promised, and what came of it."""
    moments = (
        ("Received", case.received_at),
        ("First answer by", case.first_response_by),
        ("Picked up", case.responded_at),
        ("To be solved by", case.resolve_by),
        ("Snoozed until", case.snoozed_until),
        ("Closed", case.closed_at),
    )
    return "\n".join(f"*{label}:* {day_and_time(moment)}" for label, moment in moments if moment)


def gates(case: Case, routing_map: RoutingMap, most: int) -> tuple[str, ...]:
    """mrkdwn."""
    return tuple(gate(one, routing_map) for one in case.gates[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOpinion:
    """One source's view, in words."""

    source: str
    why: str
    says: tuple[str, ...]


def told_opinion(one: Mapping[str, Any], routing_map: RoutingMap) -> ToldOpinion:
    """As it was written down; what is missing in it is left out."""
    why = one.get("reason") or {}
    words = tuple(str(word) for word in why.get("words") or ())
    scores = [
        f"{human_name(str(it.get('destination', '')))} {round(float(it.get('score') or 0) * 100)} %"
        for it in (one.get("candidates") or ())[:3]
    ]
    risks = [human_words(str(it)) for it in (*(one.get("risks") or ()), *(one.get("categories") or ()))]
    says = (
        listed(scores),
        f"risk: {listed(risks)}" if risks else "",
        str(one.get("priority") or ""),
        "settles the place" if one.get("settles") else "",
        "asks for a person" if one.get("wants_human") else "",
        *_read_out(one.get("extraction") or {}),
    )
    return ToldOpinion(
        source=_source(str(one.get("source", "someone"))),
        why=reason(Reason(code=str(why.get("code", "")), words=words), routing_map),
        says=tuple(part for part in says if part),
    )


def _source(code: str) -> str:
    """A model by its family: `claude:claude-haiku-5-5` is Claude Haiku."""
    kind, _, model = code.partition(":")
    return " ".join(["Claude", *model.split("-")[1:2]]).title() if kind == "claude" and model else human_words(code)


def _read_out(extraction: Mapping[str, Any]) -> Iterator[str]:
    """What a model found in the request, each with its name; what it found nothing of is left out."""
    if extraction.get("summary"):
        yield f"in short: {extraction['summary']}"
    if extraction.get("evidence"):
        yield f"going by “{extraction['evidence']}”"
    for key, name in _EXTRACTED.items():
        if extraction.get(key) not in {None, ""}:
            yield f"{name}: {extraction[key]}"


def opinion(one: Mapping[str, Any], routing_map: RoutingMap) -> str:
    told = told_opinion(one, routing_map)
    return cut(one_line(" · ".join([f"{told.source}: {told.why}", *told.says])), 500)


def label(kind: str) -> str:
    return TEXT_KINDS.get(kind, human_name(kind))


def labelled(lines: Sequence[tuple[str, str]]) -> str:
    """mrkdwn."""
    return "\n".join(f"*{name}:* {said(text, 300)}" for name, text in lines)
