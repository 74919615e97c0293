"""Every sentence people read, part two: what happened, and what someone is woken for. Ready for Slack's mrkdwn."""

from collections.abc import Mapping

from handlers.blocks import clock, day_and_time, mention, mentions, said
from handlers.wording import human_name, human_words, priority, role_title, the
from routing.clocks import FIRST_RESPONSE, RESOLUTION
from routing.kinds import (
    Finding,
    GateState,
    Priority,
    Status,
    Verdict,
)
from routing.map import RoutingMap
from routing.model import (
    Case,
    Entry,
    Notice,
)
from routing.outcome import card_channel

Facts = Mapping[str, object]

# What the words of a step on a card are, in their order.
_NAMED: Mapping[str, tuple[str, ...]] = {
    "decided": ("verdict",),
    "reassigned": ("from", "to"),
    "loop_stopped": ("from", "to"),
    "escalated": ("to",),
    "resolved": ("how",),
    "answered": ("choice",),
    "voted": ("lacks",),
    "grew_dear": ("cents",),
    "warned": ("promise",),
    "last_hour": ("promise",),
    "breached": ("promise", "why", "to"),
    "owner_asked": ("owner",),
    "let_go": ("owner",),
}


def last_step(case: Case, routing_map: RoutingMap) -> str:
    """What happened last, without a full stop. Approvals that fell with it are not left unsaid."""
    last = case.last
    if last is None:
        return "It moved"
    facts = dict(zip(_NAMED.get(last.code, ()), last.words, strict=False))
    fell = (
        "; earlier approvals no longer count"
        if last.code in {"edited", "added"} and case.status is Status.WAITING
        else ""
    )
    return f"{step(last.code, last.by, facts, routing_map)}{fell}"


def entry(one: Entry, routing_map: RoutingMap) -> str:
    return step(one.type, one.by, one.facts, routing_map)


def step(code: str, by: str | None, facts: Facts, routing_map: RoutingMap) -> str:
    """Who did what, without a full stop."""
    sentence = (STEPS if facts else {**STEPS, **BARE}).get(code)
    if sentence is None:
        return f"{_who(by)}: {said(human_words(code))}"
    return sentence.format_map(_Told({"who": _who(by), **_told(code, facts, routing_map)}))


def notice(case: Case, about: Notice, routing_map: RoutingMap) -> str:
    """Why someone is woken. Without their names: who sends it puts those in front."""
    code, _, role = about.code.partition(":")  # the role that is asked, or the promise that runs out
    number = f"#{case.number}"
    sentence = NOTICES.get(code, "please look at {number}")
    if code == "gate_again":
        sentence = f"{AGAIN.get(case.last.code if case.last else '', '')}{sentence}"
    who = mention(case.last.by) if case.last and case.last.by else "someone"
    expires = min((one.expires_at for one in case.gates if one.state is GateState.PENDING), default=None)
    return sentence.format(
        number=number,
        role=said(the(role_title(role, routing_map))) if role else "the approver",
        who=who,
        until=f" until {clock(expires)}" if expires else "",
        cents=said("".join(about.words[:1])) or "many",
        promise=PROMISES.get(role, PROMISED),
        due=due(case, role),
        release=day_and_time(case.release_at) if case.release_at else "soon",
        question=_question_over(case),
    )


def due(case: Case, promise: str) -> str:
    """Until when it was promised, with the day: a promise is seldom for today."""
    moment = case.first_response_by if promise == FIRST_RESPONSE else case.resolve_by
    return day_and_time(moment) if moment else "now"


def _question_over(case: Case) -> str:
    """What became of the question whether its owner is still on it."""
    code = case.last.code if case.last else ""
    return QUESTION_OVER.get(code, "that is settled, whatever I asked. Its card says how it stands.")


def stakeholders(case: Case) -> str:
    """The one line a stakeholders' channel gets, up to the request's own words. Plain text."""
    decision = case.decision
    where = human_name(decision.destination) if decision else "the front desk"
    return f"{priority(Priority.P0)} · #{case.number} · with {where}"


def gate_elsewhere(case: Case, about: Notice, routing_map: RoutingMap) -> str:
    """For holders whose channel is not the one the card hangs in. Says nothing of what was asked."""
    where = mention(card_channel(case, routing_map))
    asked = mentions(about.people)
    sentence = f"*#{case.number}* waits for approval, and nothing is released before that. Its card hangs in {where}."
    return f"{asked}: {sentence}" if asked else sentence


class _Told(dict[str, str]):
    """An entry whose facts are incomplete still makes a sentence."""

    def __missing__(self, key: str) -> str:
        return "…"


def _who(by: str | None) -> str:
    return mention(by) if by else "Frontdesk"


def _told(code: str, facts: Facts, routing_map: RoutingMap) -> dict[str, str]:
    told = {name: said(str(value)) for name, value in facts.items() if value is not None}
    for name in ("from", "destination", "choice"):
        if name in told:
            told[name] = said(human_name(str(facts[name])))
    if "to" in told:
        told["to"] = (
            mention(str(facts["to"])) if code in {"escalated", "breached"} else said(human_name(str(facts["to"])))
        )
    for name in ("role", "backup"):
        if name in told:
            told[name] = said(the(role_title(str(facts[name]), routing_map)))
    if "owner" in told:
        told["owner"] = mention(str(facts["owner"]))
    told["old"] = told.get("from", "…")
    told["how"] = HOW.get(str(facts.get("how")), "closed")
    told["verdict"] = VERDICTS.get(str(facts.get("verdict")), "decided")
    told["verb"] = VERBS.get(str(facts.get("verb")), "do something")
    told["why"] = WHY_NOT.get(str(facts.get("why")), "that was not possible")
    told["promise"] = PROMISES.get(str(facts.get("promise")), PROMISED)
    told["because"] = f" ({LATE[why]})" if (why := str(facts.get("why"))) in LATE else ""
    told["found"] = _found(told, facts)
    told["raised"] = _raised(facts, told)
    told["needs"] = f", {told['lacks']} more needed" if facts.get("lacks") else ""
    return told


def _raised(facts: Facts, told: Mapping[str, str]) -> str:
    """Nobody is woken for what came late before anybody looked."""
    if "to" in told:
        return f", so it was raised to {told['to']}"
    return "" if facts.get("raised") is False else ", and nobody stands above"


def _found(told: Mapping[str, str], facts: Facts) -> str:
    """What a reviewer said of the route. Who calls it wrong and names no place says that it was no request."""
    finding = str(facts.get("verdict"))
    if finding == Finding.WRONG:
        return f"wrong, it belongs to {told['to']}" if "to" in told else "wrong, it is no request"
    return {Finding.RIGHT.value: "right", Finding.UNSURE.value: "hard to say"}.get(finding, "…")


STEPS: Mapping[str, str] = {
    "asked": "{who} asked",
    "decided": "Frontdesk {verdict}",
    "alerted": "Frontdesk told its operators how it does itself",
    "gave_up": "Frontdesk told its operators what it gave up",
    "storm_began": "So many cards came at once that one lists them",
    "storm_ended": "Every request of a storm has its own card again",
    "trained": "Frontdesk learned from what people decided",
    "grew_dear": "Asking Claude has cost {cents} cents so far",
    "reconsidered": "Frontdesk has asked Claude, too",
    "held": "It came after {requests} others in {minutes} minutes, so it was kept and waits its turn",
    "let_in": "It waits no longer",
    "joined": "{who} added to the request",
    "answered": "{who} chose {choice}",
    "edited": "{who} edited the request, and it was checked again",
    "added": "{who} said more, and it was checked again",
    "same_words": "{who} edited the request, and it says what it said before",
    "withdrawn": "{who} withdrew the request",
    "woke": "The snooze is over",
    "replied": "{who} answered",
    "owner_asked": "{owner} was asked whether they are still on it",
    "still_on_it": "{who} is still on it",
    "let_go": "{owner} did not say whether they are still on it, so it is free to take",
    "reopened": "{who} opened it again",
    "unanswered": "The question was not answered in time, so a person looks now",
    "gate_expired": "Nobody approved in time: expired, not denied; a person looks now",
    "wrong_team": "{who} says it is with the wrong team, so a person looks now",
    "something_else": "{who} chose “something else”, so a person looks now",
    "backup_asked": "{role} did not answer yet, so {backup} was asked too and may approve from now on",
    "reminded": "{role} was reminded",
    "route_approved": "{who} confirmed the route",
    "reassigned": "{who} moved it from {old} to {to}",
    "loop_stopped": "{who} moved it from {old} to {to}, once too often: a person decides now",
    "escalated": "{who} escalated it to {to}",
    "taken": "{who} has it",
    "released": "{who} let it go, so it is free to take",
    "resolved": "{who} closed it: {how}",
    "reviewed": "{who} reviewed where it was sent: {found}",
    "not_a_request": "{who} marked it as not a request",
    "snoozed": "{who} snoozed it",
    "card_opened": "{who} opened its card",
    "voted": "{who} approved{needs}",
    "approved": "{who} approved the request, so it is released",
    "denied": "{who} denied the request",
    "asked_again": "{who} asked for approval again",
    "refused": "{who} wanted to {verb}, which was refused: {why}",
    "warned": "Time runs out for {promise}, so a reminder was sent",
    "last_hour": "The last hour began for {promise}, so it is a P0 now",
    "breached": "Time was up for {promise}{because}{raised}",
}

# Where nothing is known but that it happened.
BARE: Mapping[str, str] = {
    "grew_dear": "Asking Claude about this grows dear",
    "decided": "Frontdesk decided",
    "answered": "{who} answered the question",
    "backup_asked": "The back-up role was asked too, and may approve from now on",
    "reminded": "The approvers were reminded",
    "reassigned": "{who} moved it",
    "loop_stopped": "{who} moved it once too often: a person decides now",
    "escalated": "{who} escalated it",
    "resolved": "{who} closed it",
    "breached": "Time was up for what was promised",
    "owner_asked": "Whoever has it was asked whether they are still on it",
    "let_go": "Whoever had it did not say whether they are still on it, so it is free to take",
    "reviewed": "{who} reviewed where it was sent",
}

LATE: Mapping[str, str] = {
    "never_claimed": "nobody had taken it",
    "found_late": "Slack had not told us of it",
    "waited_on_the_asker": "the person who asked had to be asked first",
    "bounced_twice": "it was passed on more than once",
    "took_too_long": "whoever has it needed longer",
    "out_of_hours": "its time was up while the place was closed",
}

PROMISED = "what was promised"
PROMISES: Mapping[str, str] = {FIRST_RESPONSE: "the first answer", RESOLUTION: "the solution"}

VERDICTS: Mapping[str, str] = {
    Verdict.ROUTE.value: "found a team for it",
    Verdict.REQUIRE_APPROVAL.value: "asked for approval",
    Verdict.REQUEST_CLARIFICATION.value: "asked a question first",
    Verdict.ESCALATE_HUMAN.value: "handed it to a person",
}

HOW: Mapping[str, str] = {
    "fixed": "fixed",
    "answered": "answered",
    "duplicate": "a duplicate of another request",
    "not_ours": "not ours to do",
}

VERBS: Mapping[str, str] = {
    "approve_route": "approve the route",
    "approve": "approve the request",
    "deny": "deny the request",
    "reassign": "move it",
    "escalate": "escalate it",
    "take": "take it",
    "release": "release it",
    "resolve": "resolve it",
    "not_a_request": "mark it as not a request",
    "snooze": "snooze it",
    "still_on_it": "keep it",
    "reopen": "open it again",
    "wrong_team": "say it is with the wrong team",
    "answer": "answer the question",
    "withdraw": "withdraw it",
    "ask_again": "ask for approval again",
    "details": "look at the details",
    "review": "review it",
}

WHY_NOT: Mapping[str, str] = {
    "unreachable": "nobody could be asked who they are",
    "members_only": "only full members may",
    "not_yours": "they do not work on this",
    "own_route": "they asked for it themselves",
    "p0_only": "a P0 is resolved by its own role",
    "asker_only": "only the person who asked may",
    "own_request": "they asked for it themselves",
    "own_edit": "they edited it last",
    "deputy_of_asker": "they stand in for the person who asked",
    "already_voted": "they had approved already",
    "not_holder": "they do not hold the role",
    "reason_required": "a reason was missing",
    "not_waiting": "it was not waiting for approval",
    "stale": "it had changed since they saw it",
    "expired": "the time to approve was over",
    "not_now": "it did not fit the state it was in",
    "top_of_chain": "nobody stands above",
    "gated_first": "it has to be approved first",
    "taken_already": "somebody else had it",
    "answered_already": "it was answered already",
    "yours_already": "they had it already",
    "nobody_has_it": "nobody had it",
    "not_the_owner": "they did not have it",
    "unknown_destination": "that destination is not in the map",
    "there_already": "it was there already",
    "closed": "it was closed",
    "confirmed_already": "they had confirmed it already",
    "own_review": "they asked for it themselves",
    "had_a_hand": "they had a hand in it themselves",
    "reviewed_already": "somebody had reviewed it already",
    "changed_since": "people had changed it since",
    "moved_on": "the card was no longer the newest",
    "unsealed": "the button could not be verified",
    "outside": "they are not of this workspace",
    "misplaced": "the button belonged to another request",
}

NOTICES: Mapping[str, str] = {
    "gate_again": "{number} waits for your approval{until}. Nothing is released before that.",
    "reminder": "{number} still waits for {role} to approve or deny it{until}. After that it expires.",
    "backup": "{number} still waits for approval, and you may give it from now on{until}.",
    "escalated": "{who} escalated {number} to you. What was tried and what is wanted is under Details on the card.",
    "edited": "the request {number}, which you have, was edited. Please read it again.",
    "added": "more was said about {number}, which you have. Please read it again.",
    "withdrawn": "{number}, which you have, was withdrawn by the person who asked. Nothing is left to do.",
    "woke": "the snooze of {number} is over.",
    "still_on_it": "are you still on {number}? Without an answer by {release} it is free for others to take.",
    "still_on_it_again": "are you still on {number}? Without an answer by {release} it is free for others to take.",
    "still_on_it_over": "{number}: {question}",
    "let_go": "{number} is free to take: whoever had it did not say whether they are still on it.",
    "reopened": "{number} was opened again: {who} says it is not solved.",
    "raised_to_p0": "{number} is a P0 now. Please look now.",
    "p0": "{number} is a P0.",
    "warned": "{promise} for {number} is promised by {due}, and nobody has given it yet.",
    "last_hour": "{number} is a P0 now: {promise} is promised to somebody outside by {due}. Please look now.",
    "breached": "{promise} for {number} was promised by {due} and did not come, so it is raised to you. What happened "
    "so far is under Details on the card.",
    "nobody_above": "{promise} for {number} was promised by {due} and did not come, and nobody stands above who could "
    "be asked next.",
    "grew_dear": "asking Claude about {number} has cost {cents} cents so far. At its limit it is decided without "
    "Claude. What each call cost is shown by `frontdesk costs`.",
}

QUESTION_OVER: Mapping[str, str] = {
    "still_on_it": "you are still on it. I ask again later.",
    "snoozed": "snoozed. I ask again some time after that.",
    "released": "you let it go, so it is free to take.",
    "let_go": "I had no answer, so it is free to take. You can take it again from its card.",
    "resolved": "it is solved.",
}

AGAIN: Mapping[str, str] = {
    "edited": "The request was edited, so earlier approvals no longer count. ",
    "added": "The request says more now, so earlier approvals no longer count. ",
    "asked_again": "It was asked again after nobody answered in time. ",
}
