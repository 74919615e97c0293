"""Every sentence people read, part one: names, reasons, plans, and why something was not allowed.

Names, summaries, reasons and plans are plain text, also for a terminal. `refusal` is ready for Slack.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from handlers.blocks import NAME_MAX, Setting, cut, escape, listed, mention, one_line, readable, said
from routing.decisions import Decision, Reason
from routing.kinds import (
    Confidence,
    GateState,
    Priority,
    Status,
)
from routing.map import RoutingMap
from routing.model import (
    Case,
    Refusal,
    Request,
)
from routing.outcome import place

UNKNOWN_PRESS = "This button belongs to something I no longer know. Look at the newest card, or ask again."
TOO_SLOW = "That took too long to open. Please press again."
REASON_REQUIRED = "Please say why, in a few words."
FILL_IN = "Please fill this in, in a few words."
BLANK = {"reason": REASON_REQUIRED}
NOTE = "Routing decision only — the agent dispatches, it does not execute the task."

SUMMARY_MAX = 140
_SPELLED = frozenset(
    {"AI", "API", "CRM", "DB", "EU", "GDPR", "HR", "IT", "KB", "PR", "QA", "SLA", "SRE", "SSO", "UI", "US", "UX", "VPN"}
)
_NAMES = {"howto": "How-to", "how_to": "How-to", "oncall": "On-call", "on_call": "On-call"}
_WORDS = {"oncall": "on-call", "howto": "how-to"}
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def human_name(name: str) -> str:
    """A destination as a colleague would say it: `it_access` is IT access."""
    if name in _NAMES:
        return _NAMES[name]
    spoken = human_words(name)
    return spoken[:1].upper() + spoken[1:]


def human_words(code: str) -> str:
    """A code of the map's in words: `account_deletion` is account deletion."""
    words = one_line(re.sub(r"[_\W]+", " ", code)).split()
    spoken = [one.upper() if one.upper() in _SPELLED else _WORDS.get(one, one) for one in words]
    return cut(" ".join(spoken).replace("on call", "on-call"), NAME_MAX) or "unnamed"


def category(code: str) -> str:
    """What requests of one kind are about; the desk's own words for those that are of none."""
    return {"unknown": "what no team here takes", "unclear": "what says too little"}.get(code, human_words(code))


def the(title: str) -> str:
    """A role inside a sentence: *Head of billing* is the head of billing, *IT lead* the IT lead."""
    title = cut(one_line(title), NAME_MAX)
    if title.lower().startswith("the "):
        return f"the {title[4:]}"
    is_word = title[1:2].islower() or not title[1:2].isalpha()
    return f"the {title[:1].lower()}{title[1:]}" if is_word else f"the {title}"


def role_title(name: str, routing_map: RoutingMap) -> str:
    role = next((one for key, one in routing_map.roles.items() if key == name), None)
    return role.title if role else human_words(name)


def summary(request: Request) -> str:
    """The first sentence or two, on one line."""
    line = one_line(readable(request.text))
    if not line:
        return "(no words, only files)" if request.links else "(no words)"
    short = ""
    for sentence in _SENTENCE_END.split(line):
        if len(short) + len(sentence) + 1 > SUMMARY_MAX:
            break
        short = f"{short} {sentence}".strip()
    return short or cut(line, SUMMARY_MAX)


def matters(codes: Iterable[str]) -> str:
    """What a gate is for."""
    return listed([_MATTERS.get(one, human_words(one)) for one in dict.fromkeys(codes)])


def decision_reason(decision: Decision, routing_map: RoutingMap) -> str:
    """Why it came here, in one line, as it would follow *because*."""
    return reason(decision.reason, routing_map)


def reason(why: Reason, routing_map: RoutingMap) -> str:
    """A reason without words of its own is still a sentence: private requests are told that way."""
    told = REASONS_WITH_WORDS.get(why.code) if any(why.words) else None
    if told is None:
        return REASONS.get(why.code, human_words(why.code))
    return told.format(words=_reason_words(why, routing_map))


def plan(about: Case | Decision, routing_map: RoutingMap) -> str:
    """What a yes releases, to whom; and that the desk itself does nothing."""
    decision = about.decision if isinstance(about, Case) else about
    if decision is None:
        return "Nothing is decided yet."
    here = place(routing_map, decision.destination)
    template = f", task template {cut(one_line(here.template), NAME_MAX)}" if here.template else ""
    what = listed([human_words(one) for one in decision.intents]) or "the request"
    address = cut(one_line(here.address), NAME_MAX)
    return (
        f"The request ({what}) is released to {human_name(here.name)} ({address}{template}), "
        "whose people do the work; Frontdesk itself does nothing"
    )


def priority(value: Priority) -> str:
    return _PRIORITIES[value]


def priority_reason(decision: Decision) -> str:
    """Which rule set the priority; empty when none did."""
    rule = decision.priority_rule
    if rule in {"", "default"}:
        return ""
    if rule == "precedents":
        return "earlier requests like it"
    if rule == "last_hour":
        return "the last hour of what was promised outside"
    kind, colon, name = rule.partition(":")
    if colon and kind == "customer":
        return f"{human_words(name)} customer"
    return f"rule: {human_words(name if colon else rule)}"


def confidence(value: Confidence) -> str:
    return {Confidence.HIGH: "sure", Confidence.MEDIUM: "fairly sure", Confidence.LOW: "not sure"}[value]


def status(value: str) -> str:
    """A status as it stands at the end of `this is …`."""
    return {Status.ROUTED.value: "with its team", Status.TAKEN.value: "taken by someone"}.get(value, value)


def done(case: Case) -> str:
    """Said to whoever pressed on a list, where nothing moves."""
    has_it = f" {mention(case.owner)} has it now." if case.owner else ""
    return f"Done: #{case.number} is {escape(status(case.status.value))}.{has_it} Its card shows it."


def refusal(refused: Refusal, case: Case, setting: Setting) -> str:
    """A quiet no: who could, and what to do next."""
    words = refused.words
    sentence = REFUSALS.get(refused.code, "That is not possible right now. Look at the card again.")
    if refused.code == "stale":
        change = _CHANGES.get(words[0] if words else "")
        return sentence.format(change=f" ({change})" if change else "")
    if refused.code == "asker_only" and case.request.faces_outside:
        return "Only the person who asked can do this."
    if refused.code == "not_now" and not any(words):
        return "That does not fit right now. Look at the card again."
    if refused.code == "top_of_chain" and not any(words):
        return "Nobody stands above this destination, so there is nobody to raise it to. You can reassign it."
    return sentence.format(
        holders=_holders(words or _pending_titles(case, setting.map)),
        team=_team(case, setting),
        status=escape(status(words[0])) if words else "closed",
        who=mention(words[0]) if words else "",
        place=escape(human_name(words[0])) if words else "that team",
    )


def _reason_words(why: Reason, routing_map: RoutingMap) -> str:
    words = [one for one in why.words if one]
    if why.code in _ABOUT_PLACES:
        return listed([human_name(one) for one in words], _ABOUT_PLACES[why.code])
    if why.code == "nobody_can_approve":
        return listed([the(role_title(one, routing_map)) for one in words], "or")
    if why.code == "example":
        return f"“{cut(one_line(words[-1]), 80)}”"
    if why.code == "missing":
        return listed([_MISSING.get(one, human_words(one)) for one in words])
    if why.code in {"keywords", "route_rule"}:
        return listed([f"“{cut(one_line(one), 40)}”" for one in words])
    return matters(words)


def _holders(titles: Sequence[str]) -> str:
    return escape(listed([the(one) for one in dict.fromkeys(titles)], "or")) or "someone who holds the role"


def _pending_titles(case: Case, routing_map: RoutingMap) -> tuple[str, ...]:
    return tuple(role_title(one.need.role, routing_map) for one in case.gates if one.state is GateState.PENDING)


def _team(case: Case, setting: Setting) -> str:
    if case.decision is None:
        return "the triage team"
    here = place(setting.map, case.decision.destination)
    where = f" in {mention(here.channel)}" if here.channel else ""
    if here.name == setting.map.unknown:
        return f"the triage team{where}"
    return f"{said(human_name(here.name))}{where}"


_PRIORITIES: Mapping[Priority, str] = {
    Priority.P0: "🔴 P0 critical",
    Priority.P1: "🟠 P1 high",
    Priority.P2: "🟡 P2 normal",
    Priority.P3: "⚪ P3 low",
}

# What a gate is for, where the map's own word would not be understood.
_MATTERS: Mapping[str, str] = {
    "privileged": "a privileged destination",
    "odd_characters": "invisible or look-alike characters",
}

_MISSING: Mapping[str, str] = {"what_is_affected": "what is affected"}

# The words of these reasons are destinations, joined by this.
_ABOUT_PLACES: Mapping[str, str] = {
    "ambiguous": "or",
    "conflict": "and",
    "not_allowed": "and",
    "unsure": "or",
    "loop": "then",
    "classifier": "or",
    "contradicted": "and",
}

REASONS: Mapping[str, str] = {
    "route_rule": "a rule of the routing map says so",
    "keywords": "it uses their words",
    "example": "it is like an earlier example",
    "claude": "Claude reads it that way",
    "asker_says": "the person who asked chose it",
    "reassigned": "someone moved it here",
    "gated": "it needs approval",
    "wants_human": "they asked for a person",
    "human_please": "they asked for a person",
    "classifier": "it reads like earlier requests",
    "not_learned_yet": "it has not learned anything yet",
    "nobodys": "it reads like nothing that any team here takes",
    "precedents": "earlier requests read like it",
    "contradicted": "earlier requests that read like it went elsewhere",
    "remembered": "it had been seen before the request changed",
    "without_claude": "Claude was wanted and could not be asked",
    "conflict": "the rules point to different teams",
    "not_allowed": "they may not send requests to the team it fits",
    "ambiguous": "it could be for more than one team",
    "missing": "a fact is missing",
    "unsure": "nothing fits well enough",
    "nothing_fits": "no team in the routing map fits",
    "failure": "deciding failed, so a person decides",
    "loop": "it has been passed around too often",
    "nobody_can_approve": "nobody who could approve it can be found",
    "still_unclear": "it was still unclear after a question",
    "unanswered": "our question was not answered in time",
    "gate_expired": "nobody approved in time; that is not a no",
    "wrong_team": "the person who asked says it was with the wrong team",
    "something_else": "the person who asked chose “something else”",
    "vague": "it does not say what is affected",
    "odd_characters": "it is written with invisible or look-alike characters",
    "risk_words": "its words are about something risky",
    "intent_words": "it uses words of the routing map",
    "category_words": "its words are about something sensitive",
    "priority_outage": "it speaks of an outage",
    "priority_down": "it says something is down",
    "priority_customers_affected": "many customers are affected",
    "priority_fatal_error": "it shows a fatal error",
    "priority_feature_request": "it is a wish for a feature",
    "priority_internal_ask": "it is an internal ask",
}

REASONS_WITH_WORDS: Mapping[str, str] = {
    "route_rule": "the rule {words} says so",
    "keywords": "it says {words}",
    "example": "it is like {words}",
    "remembered": "{words} had been seen before the request changed",
    "classifier": "it reads like what goes to {words}",
    "contradicted": "earlier requests that read like it went to {words}",
    "gated": "it needs approval: {words}",
    "conflict": "the rules point to different teams: {words}",
    "not_allowed": "it fits {words}, but they may not send requests there",
    "ambiguous": "it could be for {words}",
    "missing": "it does not say {words}",
    "unsure": "nothing fits well enough; nearest {words}",
    "loop": "it has been passed around too often: {words}",
    "nobody_can_approve": "nobody can be found who could approve it as {words}",
    "risk_words": "its words are about {words}",
    "intent_words": "its words are about {words}",
    "category_words": "its words are about {words}",
    "priority_outage": "it speaks of an outage: {words}",
    "priority_customers_affected": "many customers are affected: {words}",
    "priority_fatal_error": "it shows a fatal error: {words}",
}

_CHANGES: Mapping[str, str] = {
    "edited": "the request was edited",
    "added": "more was said",
    "reassigned": "it was moved to another team",
    "loop_stopped": "it went back to triage",
    "asked_again": "it was asked again",
    "reopened": "it was opened again",
    "wrong_team": "the person who asked says it was with the wrong team",
    "gate_expired": "nobody approved in time",
    "decided": "it was decided again",
    "reconsidered": "it was looked at once more",
    "unanswered": "it went to triage",
    "something_else": "it went to triage",
}

REFUSALS: Mapping[str, str] = {
    "unreachable": "I could not check who may do this, so nothing happened. Please try again in a minute.",
    "members_only": "Only full members of this workspace can do this. Ask someone in {team}.",
    "not_yours": "Only people who work on this can do it: {team}, or triage. Ask them there.",
    "own_route": "You asked for this, so someone else has to confirm where it goes: {team}.",
    "p0_only": "Only {holders} can resolve a P0. Ask them to look.",
    "confirmed_already": "You confirmed this already. If you want to work on it, take it.",
    "own_review": "You asked for this, so someone else has to say whether it went to the right place.",
    "had_a_hand": "You confirmed, approved, took or closed this, so someone else has to say whether it was right.",
    "reviewed_already": "{who} has reviewed this already.",
    "changed_since": "People have changed this since, so there is nothing left to review.",
    "moved_on": "This is not the newest card of this request, so nothing happened. Please use the newest one.",
    "unsealed": "I could not verify this button, so nothing happened. I drew the card again: please press there.",
    "outside": "Only people of this workspace can press buttons here. Just write what you need: I read it.",
    "misplaced": "This button belongs to another request, so nothing happened. Please use the newest card.",
    "asker_only": "Only the person who asked can do this. From the card, you can reassign or escalate it.",
    "own_request": "You asked for this, so someone else has to approve it: {holders}.",
    "own_edit": "You were the last to edit this request, so someone else has to approve it: {holders}.",
    "deputy_of_asker": "You stand in for the person who asked, so someone else has to approve it: {holders}.",
    "already_voted": "You approved this already. It still needs someone else: {holders}.",
    "not_holder": "Only {holders} can approve this.",
    "reason_required": "This needs a reason. Press again and say why, in a few words.",
    "not_waiting": "This is no longer waiting for approval: it is {status}. Look at the card again.",
    "stale": "This changed since you saw it{change}. Look at the card again.",
    "expired": "The time to approve this is over, and nothing was released. The person who asked can ask again.",
    "not_now": "That does not fit right now: this is {status}. Look at the card again.",
    "top_of_chain": "Nobody stands above {who}, who was asked already. You can reassign it.",
    "gated_first": "This waits for {holders} to approve it. After that you can take it.",
    "taken_already": "{who} has this already. Ask them to release it, or reassign it.",
    "answered_already": "Nothing is asked right now, and you have it. Look at the card again.",
    "yours_already": "You have this already.",
    "not_the_owner": "You do not have this any more, so there is nothing to keep or let go. Look at the card again.",
    "nobody_has_it": "Nobody has this, so there is nothing to release. You can take it.",
    "unknown_destination": "That destination is no longer in the routing map. Please pick another one.",
    "there_already": "This is with {place} already. Please pick another destination.",
    "closed": "This is closed: {status}. If something is left to do, please write a new message.",
}
