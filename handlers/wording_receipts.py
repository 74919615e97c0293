"""Every sentence people read, part four: what the person who asked is told. Ready for Slack's mrkdwn.

Inside the company: who has it, why, until when. Where outsiders read: which team, and by when; nothing else.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from handlers.blocks import Setting, clock, day_and_time, escape, listed, mention, mentions, one_line, said
from handlers.wording import decision_reason, human_name, human_words, matters, role_title, the
from routing.clocks import waits_for
from routing.decisions import Decision
from routing.gates import can_ask_again
from routing.kinds import (
    GateState,
    Priority,
    Status,
)
from routing.limits import room as limits_of
from routing.map import RoutingMap
from routing.model import Case
from routing.outcome import place

REASON_MAX = 500


def told(case: Case, setting: Setting, reason: str) -> str:
    """The one line for this case as it is now."""
    if case.is_held and case.turn_at:
        return _numbered(case, _held(case, case.turn_at, setting.map))
    if case.request.faces_outside:
        return _numbered(case, _outside(case, setting.map))
    if case.status is Status.DENIED:
        return _numbered(case, _denied(case, has_reason=bool(one_line(reason))))
    tell = _TELL.get(case.status)
    return _numbered(case, tell(case, setting.map) if tell else _PLAIN[case.status])


def asks_for_a_fact(case: Case) -> bool:
    """The question is what, not who."""
    return case.decision is not None and case.decision.reason.code == "missing"


def question(case: Case, options: list[str]) -> str:
    """One targeted question, and what happens if nobody answers it. `options` are spoken names."""
    asked = case.clarification
    assert asked is not None, "a case that clarifies has its question"
    decision = case.decision
    if options and not asks_for_a_fact(case):
        what = f"Is this for {listed([f'*{said(one)}*' for one in options], 'or')}?"
    elif decision is None or set(decision.missing) <= {"what_is_affected"}:
        what = "What is affected? Which system or page, and what did you see?"
    else:
        what = f"Can you tell me {said(listed([human_words(one) for one in decision.missing]), 200)}?"
    can_press = options and not case.request.is_from_outside
    answer = "Press a button or reply here." if can_press else "Just reply here."
    return _numbered(case, f"{what} {answer} No answer by {clock(asked.due_at)} → a person looks.")


def edited(case: Case) -> str:
    """Said below the line after an edit or a reply, so that the person knows their new words count."""
    last = case.last
    told = {"edited": "Edited", "added": "Your reply was read"}.get(last.code if last else "")
    if last is None or told is None or case.status is Status.RECEIVED:
        return ""
    return f"{told} {clock(last.at)}, checked again."


def _held(case: Case, turn_at: datetime, routing_map: RoutingMap) -> str:
    """Said once for many: what they ask meanwhile has no line of its own before its turn."""
    limits = routing_map.limits
    asked = limits_of(case.request, routing_map).requests
    many = f"You have asked {asked} things in {limits.within_minutes} minutes." if asked > 1 else ""
    kept = f"This one is kept, and is looked at from {day_and_time(turn_at)}; so is what you ask after it, in its turn."
    urgent = routing_map.triage.owners
    if case.request.faces_outside or not urgent:
        return f"{many} {kept}".strip()
    return f"{many} {kept} If it cannot wait, ask {mentions(urgent)}.".strip()


def _with_team(case: Case, routing_map: RoutingMap) -> str:
    assert case.decision is not None, "a case with a team is decided"
    how = " (being confirmed)" if case.status is Status.PROPOSED else ""
    return f"With *{_team(case, routing_map)}*{how}, {_because(case, case.decision, routing_map)}.{_until(case)}"


def _because(case: Case, decision: Decision, routing_map: RoutingMap) -> str:
    if decision.reason.code == "asker_says":
        return "as you said"
    votes = [mention(vote.by) for gate in case.gates for vote in gate.votes]
    if votes:
        return f"approved by {listed(list(dict.fromkeys(votes)))}"
    return f"because {escape(decision_reason(decision, routing_map))}"


def _taken(case: Case, routing_map: RoutingMap) -> str:
    who = mention(case.owner) if case.owner else "Someone"
    why = f", {_because(case, case.decision, routing_map)}" if case.decision else ""
    return f"{who} has it, for *{_team(case, routing_map)}*{why}.{_until(case)}"


def _waiting(case: Case, routing_map: RoutingMap) -> str:
    pending = [gate for gate in case.gates if gate.state is GateState.PENDING]
    roles = [the(role_title(gate.need.role, routing_map)) for gate in pending]
    who = said(listed(list(dict.fromkeys(roles))), 300) or "someone"
    because = matters(one for gate in pending for one in gate.need.because)
    why = f" ({said(because, 200)})" if because else ""
    expires = min((gate.expires_at for gate in pending), default=None)
    asked = min((gate.opened_at for gate in pending), default=None)
    times = (
        f" Asked {clock(asked)}; no answer by {day_and_time(expires)} → a person looks." if asked and expires else ""
    )
    is_p0 = case.decision is not None and case.decision.priority is Priority.P0
    looking = " The people on call were asked to look now." if is_p0 else ""
    return f"This needs {who} to approve it{why}. Nothing happens before that.{looking}{times}"


def _triage(case: Case, routing_map: RoutingMap) -> str:
    code = case.decision.reason.code if case.decision else ""
    if can_ask_again(case):
        return f"Nobody approved this in time. That is not a no: ask again if you like; a person looks.{_until(case)}"
    who = f"{mention(case.owner)} looks at this." if case.owner else "A person looks at this."
    why = _WHY_TRIAGE.get(code, "")
    if code == "nobody_can_approve" and case.decision:
        roles = listed([the(role_title(one, routing_map)) for one in case.decision.reason.words], "or")
        why = f"It needs {said(roles, 300)} to approve it, and nobody can do that right now."
    return f"{f'{why} ' if why else ''}{who}{_until(case)}"


def _denied(case: Case, *, has_reason: bool) -> str:
    """The reason itself is quoted below by whoever draws this: it is somebody's own words."""
    last = case.last
    by = f" by {mention(last.by)}" if last and last.by and last.code == "denied" else ""
    then = " The reason:" if has_reason else ""
    return f"Denied{by}, so nothing was done.{then}"


def _resolved(case: Case, _: RoutingMap) -> str:
    last = case.last
    if last is None or last.code != "resolved":
        return "Closed."
    how = _RESOLVED.get(last.words[0] if last.words else "", "Closed{by}.")
    by = f" by {mention(last.by)}" if last.by else ""
    return how.format(by=f"{by} {clock(last.at)}")


def _outside(case: Case, routing_map: RoutingMap) -> str:
    if can_ask_again(case):
        told = "This was not decided in time. You can ask again, and a person looks at it."
    elif case.status in _WITH_A_TEAM:
        how = " (being confirmed)" if case.status is Status.PROPOSED else ""
        told = f"With *{_team(case, routing_map)}*{how}."
    else:
        told = _OUTSIDE.get(case.status) or _PLAIN[case.status]
    return f"{told}{_until(case)}"


def _until(case: Case) -> str:
    """The promise stays on the receipt until the case is closed: it is what was promised."""
    if case.status.is_final or case.first_response_by is None or waits_for(case):
        return ""
    if case.responded_at:
        return f" To be solved by {day_and_time(case.resolve_by)}." if case.resolve_by else ""
    return f" First answer by {day_and_time(case.first_response_by)}."


def _team(case: Case, routing_map: RoutingMap) -> str:
    assert case.decision is not None, "a case with a team is decided"
    return said(human_name(place(routing_map, case.decision.destination).name))


def _numbered(case: Case, sentence: str) -> str:
    return f"*#{case.number}* · {sentence}"


_WITH_A_TEAM = frozenset({Status.PROPOSED, Status.ROUTED, Status.TAKEN, Status.WAITING})

_TELL: Mapping[Status, Callable[[Case, RoutingMap], str]] = {
    Status.PROPOSED: _with_team,
    Status.ROUTED: _with_team,
    Status.TAKEN: _taken,
    Status.WAITING: _waiting,
    Status.TRIAGE: _triage,
    Status.RESOLVED: _resolved,
}

_PLAIN: Mapping[Status, str] = {
    Status.RECEIVED: "Got it. I am finding the right team.",
    Status.CLARIFYING: "One question first.",
    Status.WITHDRAWN: "Withdrawn. Nobody works on this any more.",
    Status.NOT_A_REQUEST: "Noted as not a request, so nobody works on it. If you need something, please write again.",
}

_OUTSIDE: Mapping[Status, str] = {
    Status.TRIAGE: "A person looks at this.",
    Status.RESOLVED: "This is closed. If something is left to do, please write again.",
    Status.DENIED: "We cannot do this one. If you have a question about it, please write again.",
}

_RESOLVED: Mapping[str, str] = {
    "fixed": "Solved{by}.",
    "answered": "Answered{by}.",
    "duplicate": "Closed{by}: this is the same as another request, which goes on.",
    "not_ours": "Closed{by}: this is nothing the team can do here. If it is still open, please write again.",
}

_WHY_TRIAGE: Mapping[str, str] = {
    "wrong_team": "Thanks for telling me.",
    "unanswered": "I had no answer to my question.",
    "still_unclear": "I am still not sure who this is for.",
    "something_else": "Thanks.",
    "nothing_fits": "I am not sure who this is for.",
    "unsure": "I am not sure who this is for.",
    "conflict": "This could be for more than one team.",
    "loop": "This was passed around, so I stopped that.",
    "not_allowed": "I cannot send this to that team for you directly.",
    "failure": "Something went wrong on my side.",
    "wants_human": "You asked for a person.",
    "gate_expired": "Nobody approved this in time.",
}
