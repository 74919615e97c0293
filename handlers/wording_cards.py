"""Every sentence people read, part three: what stands on a card. Ready for Slack's mrkdwn."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from handlers.blocks import Setting, clock, day_and_time, escape, link, listed, mention, mentions, said
from handlers.wording import (
    confidence,
    human_name,
    plan,
    priority,
    priority_reason,
    reason,
    role_title,
    the,
)
from handlers.wording_certainty import against, record, without_claude
from handlers.wording_clocks import length
from routing.clocks import FIRST_RESPONSE, RESOLUTION, waits_for
from routing.decisions import Decision, Reason
from routing.kinds import (
    Audience,
    GateState,
    Priority,
    RoleName,
    Status,
)
from routing.map import RoutingMap
from routing.model import (
    Case,
    Gate,
    Request,
    Vote,
)
from routing.outcome import is_observed, place, role_references

A_MINUTE = timedelta(minutes=1)

_GATES: Mapping[GateState, str] = {
    GateState.OPEN: "approved",
    GateState.DENIED: "denied",
    GateState.EXPIRED: "expired, not denied",
    GateState.VOID: "no longer asked",
}


def state(case: Case, routing_map: RoutingMap) -> str:
    """Where a case stands, in a few words; plain text."""
    team = human_name(place(routing_map, case.decision.destination).name) if case.decision else ""
    if is_observed(case) and case.status is Status.PROPOSED:
        return f"only watching → {team}"
    words = {
        Status.PROPOSED: f"proposed → {team}",
        Status.ROUTED: f"with {team}",
        Status.TAKEN: f"taken · {team}",
        Status.WAITING: f"waiting for {_awaited(case, routing_map)}",
        Status.CLARIFYING: "waiting for an answer from the person who asked",
        Status.TRIAGE: "in triage, taken" if case.owner else "in triage: a person decides",
        Status.RECEIVED: "kept, waits its turn" if case.is_held else "received, being decided",
    }
    return words.get(case.status, case.status.value)


def is_quoted(case: Case, setting: Setting) -> bool:
    return setting.quotes or not case.request.is_private


def headline(case: Case, routing_map: RoutingMap) -> str:
    level = f"*{priority(case.decision.priority)}* · " if case.decision else ""
    return f"{level}*#{case.number}* · {escape(state(case, routing_map))}"


def origin(case: Case, setting: Setting) -> str:
    request = case.request
    where = "in a direct message" if request.is_private else f"in {mention(request.channel)}"
    parts = [f"{mention(request.asker.id)} asked {where} {day_and_time(request.asked_at)}"]
    if setting.link and is_quoted(case, setting):
        parts.append(link(setting.link, "open the request"))
    if request.customer:
        parts.append(f"customer {said(request.customer)}")
    elif request.audience is not Audience.STAFF:
        parts.append(escape(request.audience.value))
    count = len(request.links)
    if count:
        parts.append(f"📎 {count} {'file' if count == 1 else 'files'}")
    return " · ".join(parts) + _found(request)


def _found(request: Request) -> str:
    """Whoever reads it must know that it may be over."""
    told = ""
    if request.found_at:
        told = f"\n⏳ Found at {_late(request.asked_at, request.found_at)}"
    later = [(one.found_at, one) for one in request.parts if one.found_at and one.found_at != request.found_at]
    if later:
        found_at, part = max(later, key=lambda one: one[0])
        # Of an edit only the second is known.
        edited_at = part.edited_at and part.edited_at.replace(microsecond=0)
        said_at = edited_at or datetime.fromtimestamp(float(part.message), UTC)
        told += f"\n⏳ Some of it found at {_late(said_at, found_at)}"
    return told


def _late(said_at: datetime, found_at: datetime) -> str:
    return f"{clock(found_at)}, {length((found_at - said_at) // A_MINUTE)} late: Slack did not tell us."


def why(case: Case, setting: Setting) -> str:
    """Why here, how sure, and what set the priority: one line."""
    decision = case.decision
    if decision is None:
        return ""
    code_only = Reason(code=decision.reason.code)
    told = reason(decision.reason if is_quoted(case, setting) else code_only, setting.map)
    parts = [f"*Why here:* {escape(told)}"]
    if _is_about_certainty(case, decision):
        parts.append(confidence(decision.confidence))
        parts.append(record(decision))
    rule = priority_reason(decision)
    if rule:
        parts.append(f"{decision.priority.value} by {escape(rule)}")
    parts.append(without_claude(decision))
    doubt = f"\n*{escape(against(decision))}.*" if decision.against else ""
    return " · ".join(part for part in parts if part) + doubt


def people_and_times(case: Case) -> str:
    """Who has it, who was asked above, what was promised, until when it sleeps."""
    parts = [promise(case)]
    if case.owner:
        parts.append(f"{mention(case.owner)} has it")
    approved_by = _approved_by(case)
    if approved_by:
        parts.append(f"approved by {approved_by}")
    if case.raised_to:
        how = "now raised" if case.breached else "escalated"
        parts.append(f"{how} to {mention(case.raised_to[-1])}")
    if case.snoozed_until and not case.status.is_final:
        parts.append(f"snoozed until {day_and_time(case.snoozed_until)}")
    return " · ".join(part for part in parts if part)


def promise(case: Case) -> str:
    if case.is_held and case.turn_at:
        return f"*Looked at from* {day_and_time(case.turn_at)}"
    if case.status.is_final or case.first_response_by is None:
        return ""
    if case.paused_since:
        whom = "the person who asked" if waits_for(case) == "asker" else "approval"
        return f"*Clock stopped* {day_and_time(case.paused_since)}, waiting for {whom}"
    if case.responded_at is None:
        when = "was due" if FIRST_RESPONSE in case.breached else "by"
        return f"*First answer {when}* {day_and_time(case.first_response_by)}"
    when = "was to be solved by" if RESOLUTION in case.breached else "to be solved by"
    resolution = f" · {when} {day_and_time(case.resolve_by)}" if case.resolve_by else ""
    return f"*First response* {day_and_time(case.responded_at)}{resolution}"


def on_call(case: Case, routing_map: RoutingMap) -> str:
    """For a P0: who must look, and what still may not happen. Empty for anything less."""
    decision = case.decision
    if decision is None or decision.priority is not Priority.P0 or case.status.is_final:
        return ""
    who = place(routing_map, decision.destination).on_call or routing_map.triage.on_call
    called = f"*On call:* {mentions(who)}" if who else "*On call:* nobody is named in the routing map"
    if case.status is not Status.WAITING:
        return called
    return f"{called}\n*Look now;* nothing is released before {escape(_awaited(case, routing_map))} approves."


def the_plan(case: Case, setting: Setting) -> str:
    """What a private request is about is not said where outsiders read; whoever approves it is shown all of it."""
    again = (
        "\nIt was released once before it changed: hold any work on it until it is approved again."
        if case.was_released
        else ""
    )
    told = plan(case, setting.map) if is_quoted(case, setting) else "A private request; Approve request shows it"
    return f"*Plan:* {escape(told)}.{again}"


def gate(one: Gate, routing_map: RoutingMap, *, wakes: bool = True) -> str:
    """Who is asked, how many said yes, until when. Where the desk only observes, it names them and wakes nobody."""
    need = one.need
    roles = [need.role, *([need.backup] if need.backup and one.backed_up else [])]
    asked = [_asked(role, routing_map) if wakes else said(the(role_title(role, routing_map))) for role in roles]
    votes = f" by {listed([_voter(vote) for vote in one.votes])}" if one.votes else ""
    count = f"{len(one.votes)} of {need.approvals} {'approval' if need.approvals == 1 else 'approvals'}"
    expiry = f"expires {day_and_time(one.expires_at)}" if one.state is GateState.PENDING else _GATES[one.state]
    return f"*Asked:* {listed(asked)} · {count}{votes} · {expiry}"


def _asked(role: RoleName, routing_map: RoutingMap) -> str:
    names = mentions(role_references(routing_map, role))
    return f"{said(the(role_title(role, routing_map)))}{f' ({names})' if names else ''}"


def _approved_by(case: Case) -> str:
    if case.is_gated or not case.gates:
        return ""
    return listed(list(dict.fromkeys(_voter(vote) for one in case.gates for vote in one.votes)))


def _voter(vote: Vote) -> str:
    return f"{mention(vote.by)} for {mention(vote.deputy_for)}" if vote.deputy_for else mention(vote.by)


def _awaited(case: Case, routing_map: RoutingMap) -> str:
    roles = [one.need.role for one in case.gates if one.state is GateState.PENDING]
    return listed([the(role_title(role, routing_map)) for role in dict.fromkeys(roles)]) or "an approval"


def _is_about_certainty(case: Case, decision: Decision) -> bool:
    return not decision.is_by_people and case.status in {
        Status.PROPOSED,
        Status.ROUTED,
        Status.TAKEN,
        Status.WAITING,
    }
