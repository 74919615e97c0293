"""Small values for tests: each is complete and ordinary; a test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from routing.decisions import Decision, Reason
from routing.kinds import (
    Action,
    Autonomy,
    CaseId,
    ChannelId,
    Confidence,
    DestinationName,
    MessageId,
    NoticeKind,
    PersonId,
    Priority,
    Risk,
    Standing,
    TeamId,
    Verdict,
)
from routing.model import (
    Case,
    Entry,
    Notice,
    Outcome,
    Part,
    Person,
    Request,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TEAM = TeamId("T_OFFICE")
INTAKE = ChannelId("C_INTAKE")
ASKER = PersonId("U_ASKER")


def a_person(person_id: str = ASKER, **changes: Any) -> Person:
    return replace(Person(id=PersonId(person_id), standing=Standing.MEMBER, team=TEAM), **changes)


def a_part(message: str = "100.1", text: str = "my invoice is wrong", **changes: Any) -> Part:
    return replace(Part(message=MessageId(message), text=text), **changes)


def a_request(message: str = "100.1", text: str = "my invoice is wrong", **changes: Any) -> Request:
    request = Request(
        team=TEAM,
        channel=INTAKE,
        thread=MessageId(message),
        asker=a_person(),
        parts=(a_part(message, text),),
        asked_at=NOW,
    )
    return replace(request, **changes)


def a_decision(**changes: Any) -> Decision:
    billing = DestinationName("billing")
    decision = Decision(
        verdict=Verdict.ROUTE,
        destination=billing,
        candidate=billing,
        candidates=(),
        intents=("billing_issue",),
        score=0.9,
        confidence=Confidence.HIGH,
        risk=Risk.NORMAL,
        risks=(),
        categories=(),
        priority=Priority.P2,
        priority_rule="default",
        reason=Reason(code="keyword"),
        autonomy=Autonomy.SUGGEST,
        action=Action.CREATE_TASK,
        map_version="map-1",
    )
    return replace(decision, **changes)


def a_case(case_id: str = "case-1", **changes: Any) -> Case:
    case = Case(id=CaseId(case_id), key="ab" * 32, request=a_request(), received_at=NOW)
    return replace(case, **changes)


def an_entry(entry_type: str = "asked", **changes: Any) -> Entry:
    return replace(Entry(type=entry_type, at=NOW), **changes)


def a_notice(key: str = "card:case-1:1", kind: NoticeKind = NoticeKind.CARD, to: str = "C_BILLING") -> Notice:
    return Notice(key=key, kind=kind, to=to)


def an_outcome(case: Case | None = None, **changes: Any) -> Outcome:
    return replace(Outcome(case=case or a_case(), entries=(an_entry(),)), **changes)
