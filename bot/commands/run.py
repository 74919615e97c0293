"""`frontdesk run`: one request decided as on the desk, without Slack and with nothing kept. Claude only with a key."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.commands.costs import dollars
from bot.files import map_at, text_at
from bot.paper import on_paper
from bot.problems import Complaint
from bot.settings import Settings, read_settings
from bot.sources import KNOWN, Company, sitting
from handlers import wording
from handlers.wording_certainty import without_claude
from routing.clocks import promise_of
from routing.decide import Stance, Unsure, decide
from routing.decisions import Decision, Opinion
from routing.kinds import (
    Audience,
    CaseId,
    Verdict,
)
from routing.map import RoutingMap
from routing.model import Request

ON_PAPER = CaseId("on paper")  # what one case may cost, this may
NOTE = "Routing decision only — the agent dispatches, it does not execute the task."


class RequestFile(BaseModel):
    """What a request file may say. Only `text` is needed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(min_length=1, max_length=40_000)
    audience: Audience = Field(default=Audience.STAFF, strict=False)
    customer: str | None = None
    channel: str = ""
    asker: str = ""


async def decide_file(path: Path, routes: Path | None, *, explain: bool, as_json: bool) -> str:
    settings, routing_map = read_settings(), map_at(routes)
    request = _request(text_at(path), path)
    async with sitting(KNOWN, Company(map=routing_map, settings=settings)) as sources:
        opinions = await sources.panel.consult(request, ON_PAPER)
    decision = decide(opinions, routing_map, request, _stance(request, routing_map, settings))
    lines = _explained(opinions, decision) if explain else []
    if as_json:
        answer = as_object(request, decision, routing_map)
        if explain:
            answer["opinions"] = lines
        return json.dumps(answer, ensure_ascii=False, indent=2)
    cost = [f"  cost        {dollars(sources.pocket.cost)}"] if sources.pocket.calls else []
    return "\n".join([*_read_aloud(request, decision, routing_map), *cost, *(["", *lines] if lines else [])])


def as_object(request: Request, decision: Decision, routing_map: RoutingMap) -> dict[str, object]:
    """The decision as one flat object: the contract with whoever tracks the work."""
    where = routing_map.at(decision.destination)
    candidate = routing_map.at(decision.candidate).address if decision.candidate else "none"
    promise = promise_of(request, decision, routing_map).first_response
    return {
        "request_summary": wording.summary(request),
        "intent": " + ".join(decision.intents),
        "candidate_destination": candidate,
        "confidence": decision.confidence.value,
        "confidence_score": round(decision.score, 2),
        "risk": decision.risk.value,
        "decision": decision.verdict.value,
        "destination": where.address,
        "reason": wording.decision_reason(decision, routing_map),
        "note": NOTE,
        "action": decision.action.value,
        "priority": decision.priority.value,
        "sla_minutes": promise.minutes,
        "assignee_team": where.address.partition(":")[2],
        "task_template_id": where.template,
        "tags": list(decision.tags),
        "missing_fields": list(decision.missing),
    }


def _request(text: str, path: Path) -> Request:
    try:
        said = RequestFile.model_validate_json(text)
    except ValidationError as problem:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']) or 'the file'}: {error['msg']}"
            for error in problem.errors(include_input=False, include_url=False)
        )
        raise Complaint(f'{path} is not a request: {wrong}. It needs at least {{"text": "…"}}.') from None
    return on_paper(
        said.text,
        team="local",
        channel=said.channel,
        asker=said.asker or "asker",
        audience=said.audience,
        customer=said.customer,
    )


def _stance(request: Request, routing_map: RoutingMap, settings: Settings) -> Stance:
    """Without a workspace nobody can be looked up: only the channel and the person the file names count."""
    closed = [
        name
        for name, destination in routing_map.destinations.items()
        if destination.senders and not {str(request.channel), str(request.asker.id)} & set(destination.senders)
    ]
    return Stance(closed=frozenset(closed), unsure=Unsure(settings.route_below_confidence))


def _read_aloud(request: Request, decision: Decision, routing_map: RoutingMap) -> list[str]:
    told = as_object(request, decision, routing_map)
    gates = [wording.role_title(need.role, routing_map) for need in decision.gates]
    alone = without_claude(decision)
    waits = decision.verdict is Verdict.REQUIRE_APPROVAL
    return [
        f"{decision.verdict.value}  {told['destination']}",
        f"  request     {told['request_summary']}",
        f"  because     {told['reason']}",
        f"  intent      {told['intent']}",
        f"  confidence  {told['confidence']} ({told['confidence_score']})",
        f"  risk        {told['risk']}",
        f"  priority    {told['priority']}, first response within {told['sla_minutes']} minutes",
        *([f"  waits for   {', '.join(gates)}"] if waits else []),
        *([f"  {alone}"] if alone else []),
        f"  {NOTE}",
    ]


def _explained(opinions: Sequence[Opinion], decision: Decision) -> list[str]:
    lines = [f"{len(opinions)} opinions:"]
    for one in opinions:
        said = [
            *(f"{candidate.destination} {candidate.score:.2f}" for candidate in one.candidates),
            *(f"risk {risk}" for risk in one.risks),
            *(f"category {category}" for category in one.categories),
            *([one.priority.value] if one.priority else []),
            *(f"missing {field}" for field in one.missing),
            *(["settles the destination"] if one.settles else []),
            *(["asks for a person"] if one.wants_human else []),
        ]
        why = " ".join([one.reason.code, *one.reason.words])
        lines.append(f"  {one.source}: {', '.join(said) or 'nothing'} ({why})")
    lines.append(f"Settled by map {decision.map_version}: {decision.priority.value} from {decision.priority_rule}.")
    return lines
