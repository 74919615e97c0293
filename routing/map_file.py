"""Reading `routes.yml`: what a company wrote becomes a RoutingMap, or one sentence for each thing to mend."""

import hashlib
from dataclasses import replace
from pathlib import Path as FilePath

from pydantic import ValidationError

from routing.budget import DOLLAR
from routing.calendars import Calendar
from routing.decisions import GateNeed
from routing.kinds import (
    Audience,
    ChannelId,
    DestinationName,
    Priority,
    RoleName,
)
from routing.map import (
    POLICY_CATEGORIES,
    PRIVILEGED,
    UNASSIGNED,
    ChainStep,
    ClaudeTerms,
    Customer,
    Deputy,
    Destination,
    DigestTerms,
    Intake,
    Leads,
    Promise,
    Reference,
    RequestLimits,
    Review,
    Role,
    RouteRule,
    RoutingMap,
    Span,
    missing_for_start,
    unassigned_gate,
)
from routing.map_checks import Outline, complaints, contradictions, names_in
from routing.map_references import References, references, with_ids
from routing.map_shapes import (
    WrittenClaude,
    WrittenCustomer,
    WrittenDestination,
    WrittenDigests,
    WrittenFile,
    WrittenGate,
    WrittenHours,
    WrittenIntake,
    WrittenPromises,
    WrittenRaise,
    WrittenRole,
    WrittenRule,
)
from routing.map_values import WEEKDAYS, days_of
from routing.map_yaml import SIZE_MAX_BYTES, MapError, MapErrors, read_tree
from routing.vocabulary import vocabulary

__all__ = ["MapError", "MapErrors", "References", "load_map", "missing_for_start", "read_map", "references", "with_ids"]

PROMISES = {
    Priority.P0: Promise(first_response=Span(minutes=60)),
    Priority.P1: Promise(first_response=Span(minutes=4 * 60)),
    Priority.P2: Promise(first_response=Span(minutes=24 * 60)),
    Priority.P3: Promise(first_response=Span(minutes=72 * 60)),
}


def read_map(path: FilePath) -> RoutingMap:
    try:
        if not path.is_file():
            raise MapErrors([MapError(0, f"There is no routing map at {path}.")])
        with path.open("rb") as file:
            content = file.read(SIZE_MAX_BYTES + 1)
    except OSError as problem:
        raise MapErrors([MapError(0, f"The routing map {path} cannot be read: {problem.strerror}.")]) from problem
    if len(content) > SIZE_MAX_BYTES:
        # Cut in the middle of a character, it would be told that it is not UTF-8.
        raise MapErrors([MapError(0, f"The routing map {path} is larger than {SIZE_MAX_BYTES // 1024} kB.")])
    return load_map(content.decode(errors="surrogateescape"))


def load_map(text: str) -> RoutingMap:
    """The map this text describes. Raises MapErrors with everything that is wrong with it."""
    tree = read_tree(text)
    errors = [*tree.errors, *contradictions(tree)]
    try:
        file = WrittenFile.model_validate(tree.value, context=names_in(tree.value))
    except ValidationError as problem:
        errors += complaints(problem.errors(include_url=False), tree)
    if errors:
        raise MapErrors(errors)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return _assembled(file, Outline(tree.value), version)


def _assembled(file: WrittenFile, outline: Outline, version: str) -> RoutingMap:
    gates = _gates(file, outline)
    # A gate makes its intent high-risk, listed or not.
    claimed = frozenset(outline.claimed)
    high_risk = list(dict.fromkeys((*file.high_risk, *(key for key in gates if key in claimed))))
    return RoutingMap(
        version=version,
        destinations=_destinations(file, outline),
        unknown=DestinationName(outline.triage or ""),
        high_risk=tuple(high_risk),
        gates=gates,
        roles=_roles(file, outline),
        rules=tuple(_rule(rule) for rule in file.rules),
        promises=PROMISES | _promises(file.priorities),
        tier_promises={name: _promises(tier.promises) for name, tier in file.tiers.items()},
        hours=_calendar("business_hours", file.business_hours) if file.business_hours else Calendar(),
        customers={name: _customer(one, file.raise_priority) for name, one in file.customers.items()},
        intakes=tuple(_intake(one) for one in file.intake),
        intent_words={intent: tuple(dict.fromkeys(written.words)) for intent, written in file.intents.items()},
        max_hops=file.max_hops,
        clarification_minutes=file.clarification_wait.minutes,
        warn_at=file.warn_at,
        ask_owner_after=file.ask_owner_after,
        release_after=file.release_after,
        p0_role=RoleName(file.p0_role) if file.p0_role else None,
        personal=dict(file.personal),
        claude=_claude(file.claude),
        digests=_digests(file.digests) if file.digests else DigestTerms(),
        operators=_reference(file.operators),
        audit_channel=_reference(file.audit.channel),
        review=Review(share=file.review.share, least=file.review.least),
        limits=RequestLimits(
            requests=file.limits.requests, within_minutes=file.limits.within.minutes, bots=file.limits.bots
        ),
    )


def _destinations(file: WrittenFile, outline: Outline) -> dict[DestinationName, Destination]:
    calendars = {name: _calendar(name, written) for name, written in file.calendars.items()}
    found = {}
    for name, written in file.destinations.items():
        is_terse = isinstance(outline.destinations[name], str)
        one = _destination(name, written, outline.intents(name), is_terse=is_terse)
        found[one.name] = replace(one, hours=calendars[written.hours]) if written.hours else one
    triage = DestinationName(outline.triage or "")
    if triage not in found:
        found[triage] = Destination(
            name=triage, address=file.unknown, description="A person decides where this belongs."
        )
    return found


def _destination(name: str, written: WrittenDestination, intents: list[str], *, is_terse: bool) -> Destination:
    words = vocabulary(name) if is_terse else None
    return Destination(
        name=DestinationName(name),
        address=written.address,
        channel=_reference(written.channel),
        description=words.description if words else written.description,
        examples=words.examples if words else tuple(written.examples),
        intents=tuple(intents),
        keywords=words.keywords if words else tuple(written.keywords),
        owners=_references(written.owners),
        chain=tuple(ChainStep(who=Reference(step.who), is_on_call=step.on_call) for step in written.chain),
        stakeholders=_reference(written.stakeholders),
        template=written.task_template,
        tags=tuple(written.tags),
        senders=_references(written.senders),
        is_privileged=written.privileged,
        autonomy=written.autonomy,
        threshold=written.threshold,
        promises=_promises(written.promises),
    )


def _gates(file: WrittenFile, outline: Outline) -> dict[str, GateNeed]:
    """Every high-risk intent, every policy-sensitive category and `privileged` has one, if only to say nobody can."""
    default = file.gates.get("default")
    needs: dict[str, GateNeed] = {}
    for key in dict.fromkeys((*file.high_risk, *file.gates, *POLICY_CATEGORIES, PRIVILEGED)):
        written = file.gates.get(key, default)
        if key != "default":
            needs[key] = _gate(key, written) if written and not outline.is_short else unassigned_gate(key)
    return needs


def _gate(key: str, written: WrittenGate) -> GateNeed:
    return GateNeed(
        role=RoleName(written.role),
        because=(key,),
        approvals=written.approvals,
        expires_minutes=written.expires.minutes,
        backup=RoleName(written.backup) if written.backup else None,
        channel=ChannelId(written.channel) if written.channel else None,
        reason_required=written.reason_required,
    )


def _roles(file: WrittenFile, outline: Outline) -> dict[RoleName, Role]:
    roles = {RoleName(name): _role(name, written) for name, written in file.roles.items()}
    return roles | ({UNASSIGNED: Role(name=UNASSIGNED, title="nobody yet")} if outline.is_short else {})


def _role(name: str, written: WrittenRole) -> Role:
    deputies = tuple(
        Deputy(who=Reference(one.who), stands_for=_reference(one.stands_for), starts=one.starts, ends=one.ends)
        for one in written.deputies
    )
    return Role(
        name=RoleName(name),
        title=written.title or name.replace("_", " "),
        group=_reference(written.group),
        people=_references(written.people),
        deputies=deputies,
    )


def _rule(written: WrittenRule) -> RouteRule:
    return RouteRule(
        name=written.name,
        pattern=written.pattern,
        destination=DestinationName(written.destination) if written.destination else None,
        tags=tuple(written.tags),
        at_least=written.at_least,
        risk=written.risk,
        category=written.category,
    )


def _promises(written: WrittenPromises) -> dict[Priority, Promise]:
    return {
        priority: Promise(first_response=one.first_response, resolution=one.resolution)
        for priority, one in written.items()
    }


def _calendar(name: str, written: WrittenHours) -> Calendar:
    open_on = {day: tuple(openings) for name, openings in written.days.items() for day in days_of(name)}
    there = written.holidays
    return Calendar(
        name=name,
        zone=written.time_zone,
        week=tuple(open_on.get(day, ()) for day in range(len(WEEKDAYS))),
        country=there.country if there else "",
        region=there.region or "" if there else "",
        closed=frozenset(written.closed),
        open=frozenset(written.open),
    )


def _claude(written: WrittenClaude) -> ClaudeTerms:
    return ClaudeTerms(
        models=tuple(written.models),
        prompts=dict(written.prompts),
        per_hour=round(written.per_hour * DOLLAR),
        per_day=round(written.per_day * DOLLAR),
        calls_per_hour=written.calls_per_hour,
        kept_minutes=written.keep.minutes,
    )


def _digests(written: WrittenDigests) -> DigestTerms:
    day, at = written.patterns
    return DigestTerms(
        at=written.at,
        patterns_day=day,
        patterns_at=at,
        is_told_when_quiet=written.all_quiet,
        leads=tuple(
            Leads(channel=Reference(one.channel), destinations=tuple(map(DestinationName, one.destinations)))
            for one in written.leads
        ),
    )


def _customer(written: WrittenCustomer, by: WrittenRaise) -> Customer:
    is_large = by.revenue_at_risk is not None and written.revenue_at_risk >= by.revenue_at_risk
    return Customer(
        account=written.account,
        tier=written.tier,
        revenue_at_risk=written.revenue_at_risk,
        raises_priority=is_large or written.tier in by.tiers,
    )


def _intake(written: WrittenIntake) -> Intake:
    """A channel that names its customer faces customers; a monitoring channel is there for bots."""
    audience = written.audience or (Audience.CUSTOMERS if written.customer else Audience.STAFF)
    bots = audience is Audience.MONITORING if written.bots is None else written.bots
    return Intake(channel=Reference(written.channel), audience=audience, customer=written.customer, bots_count=bots)


def _reference(written: str | None) -> Reference | None:
    return Reference(written) if written else None


def _references(written: list[str]) -> tuple[Reference, ...]:
    return tuple(Reference(one) for one in written)
