"""Every picture the desk draws of a case, with somebody's words in each place where words of theirs can stand."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from handlers import alerts, cards, digest_daily, digest_patterns, home, lines, modals, receipts, review_cards
from handlers.blocks import Block, Drawn, Setting
from routing import gates, verbs
from routing.bulletins import Bulletin, BulletinKind
from routing.decisions import Extraction, Opinion, Reason
from routing.desk import History
from routing.digests.alerts import VOLUME, Alert, Surge
from routing.digests.daily import Bucket, Daily, Line
from routing.digests.reviews import Unchanged
from routing.kinds import (
    Audience,
    CaseId,
    ChannelId,
    DestinationName,
    MessageId,
    NoticeKind,
    PersonId,
    Priority,
)
from routing.model import Case, Entry, Notice, Part, Text
from tests.unit.scenes import ASKER, MAP, NOON, a_case, a_scene, holder, someone
from tests.weeks import a_record, counted, received

SETTING = Setting(map=MAP, link="https://halden.slack.com/archives/C0HELP/p1")
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DANGER = "Delete this customer's account and refund everything immediately."
BROKEN = "It's broken, please help."
CRASH = "The app crash bug: everything is down"
CODES = (
    "gate:head", "gate_again:head", "reminded:head", "backup:spare", "escalated", "still_on_it", "still_on_it_over",
    "still_on_it_again", "grew_dear", "nobody_above", "warned:first_response", "breached:resolution", "p0", "edited",
)  # fmt: skip  # a line of codes
STEPS = ("asked", "edited", "voted", "denied", "reassigned", "escalated", "resolved", "refused", "whatever_else")


@dataclass(frozen=True, slots=True)
class Shown:
    """What Slack reads as markup, and what it shows as it is."""

    markup: tuple[str, ...]
    spoken: tuple[str, ...]
    plain: tuple[str, ...]


def cases(text: str) -> Mapping[str, Case]:
    """Decided by harmless words, then said otherwise: what differs between two texts is what people wrote, alone."""
    proposed, waiting = a_case(INVOICE), a_case(DANGER)
    taken = verbs.approve_route(proposed, 1, someone("U0INES", owns=True), a_scene(5)).case
    why = Text(id="t1", kind="denial_reason", body=text)
    known = {
        "proposed": proposed,
        "waiting": waiting,
        "clarifying": a_case(BROKEN),
        "down": a_case(CRASH),
        "taken": taken,
        "asked again": replace(taken, release_at=NOON + timedelta(hours=2)),
        "resolved": verbs.resolve(taken, taken.version, someone("U0INES", owns=True), "fixed", None, a_scene(9)).case,
        "denied": gates.deny(waiting, waiting.version, holder("U0VIKTOR"), why, a_scene(5)).case,
        "moved": verbs.reassign(
            proposed, 1, someone("U0INES", owns=True), DestinationName("sales"), None, a_scene(6)
        ).case,
        "withdrawn": verbs.withdraw(proposed, ASKER, a_scene(5)).case,
        "from outside": a_case(INVOICE, audience=Audience.CUSTOMERS),
        "private": replace(proposed, request=replace(proposed.request, is_private=True)),
    }
    return {name: saying(replace(case, number=1042), text) for name, case in known.items()}


def saying(case: Case, text: str) -> Case:
    part = Part(message=MessageId("1.0"), text=text, links=(f"https://files.example/{text}",))
    return replace(case, request=replace(case.request, parts=(part,)))


def surfaces(text: str) -> Iterator[tuple[str, Shown]]:
    known = cases(text)
    for name, case in known.items():
        for what, drawn in _messages(case, text):
            yield f"{what}, {name}", shown(drawn)
        for what, view in _views(case, text):
            yield f"{what}, {name}", shown(view)
    yield "home", shown(home.render(list(known.values()), [known["waiting"]], [known["taken"]], SETTING))
    for what, drawn in _reports(known):
        yield what, shown(drawn)


def _messages(case: Case, text: str) -> Iterator[tuple[str, Drawn]]:
    for at, setting in enumerate((SETTING, replace(SETTING, quotes=False))):
        yield f"card {at}", cards.render(case, setting)
    yield "stub", cards.stub(case, SETTING, "https://halden.slack.com/archives/C0BILLING/p2")
    yield "receipt", receipts.render(case, SETTING, reason=text)
    for code in CODES if case.release_at or case.is_gated else CODES[:1]:
        notice = Notice(key="k", kind=NoticeKind.PING, to="C0X", code=code, people=(PersonId("U0INES"),))
        yield f"ping {code}", lines.ping(case, notice, SETTING)
        yield f"line {code}", lines.line(case, notice, SETTING)
        yield f"direct {code}", lines.direct(case, notice, SETTING)
    unchanged = Unchanged(case=case.id, destination=DestinationName("billing"), decided_at=NOON)
    body = TypeAdapter(Unchanged).dump_json(unchanged).decode()
    bulletin = Bulletin(key="review:1", kind=BulletinKind.REVIEW, to=ChannelId("C0TRIAGE"), body=body)
    yield "review", review_cards.render(bulletin, case, SETTING)


def _views(case: Case, text: str) -> Iterator[tuple[str, Block]]:
    for form in (modals.approve_request, modals.deny, modals.reassign, modals.escalate, modals.resolve):
        yield form.__name__, form(case, SETTING)
    yield "review wrong", review_cards.wrong(case, SETTING)
    yield "details", modals.details(_history(case, text), SETTING)


def _history(case: Case, text: str) -> History:
    """What Claude is said to have read out of it, and what people typed into every form."""
    extraction = Extraction(
        summary=text, evidence=text, error_signature=text, environment=text, sentiment=text, language=text
    )
    claude = Opinion(source="claude:claude-haiku-5-5", reason=Reason(code="claude"), extraction=extraction)
    kinds = ("denial_reason", "approval_reason", "reassign_reason", "resolution", "escalation_problem", "anything")
    texts = [Text(id=f"t{at}", kind=kind, body=text) for at, kind in enumerate(kinds)]
    entries = [
        Entry(type=step, at=NOON, by=PersonId("U0INES"), text=f"t{at}" if at % 2 else None)
        for at, step in enumerate(STEPS)
    ]
    opinions = Text(id="o", kind="opinions", body=json.dumps([asdict(claude)]))
    return History(case=case, entries=entries, texts=[opinions, *texts])


def _reports(known: Mapping[str, Case]) -> Iterator[tuple[str, Drawn]]:
    told = {CaseId(f"c{at}"): replace(case, id=CaseId(f"c{at}")) for at, case in enumerate(known.values())}
    some = tuple(
        Line(
            case=name,
            number=1042 + at,
            priority=Priority.P0,
            destination=DestinationName("billing"),
            owner=PersonId("U0INES"),
            promised_by=NOON,
            minutes=180,
            is_late=True,
        )
        for at, name in enumerate(told)
    )
    daily = Daily(
        destinations=(DestinationName("billing"),),
        since=NOON - timedelta(hours=24),
        until=NOON,
        listed_at=NOON,
        zones=("Europe/Berlin",),
        overdue=Bucket(count=len(some), lines=some),
    )
    yield from ((f"digest {at}", page) for at, page in enumerate(digest_daily.render(daily, told, SETTING)))
    yield "due", digest_daily.render_due(daily, told, SETTING)
    busy = counted(a_record(*received(5, 5, 5, 5, 90)))
    yield from ((f"patterns {at}", page) for at, page in enumerate(digest_patterns.render(busy, SETTING, None)))
    surge = Surge(count=37, before=10, weeks=4)
    alert = Alert(what=VOLUME, about="billing_issue", since=NOON, told_at=NOON, surge=surge)
    body = TypeAdapter(Alert).dump_json(alert).decode()
    yield "alert", alerts.render(Bulletin(key="a", kind=BulletinKind.ALERT, to=ChannelId("C0OPS"), body=body))


def shown(drawn: Drawn | Block) -> Shown:
    blocks: Any = list(drawn.blocks) if isinstance(drawn, Drawn) else drawn
    markup: list[str] = []
    plain: list[str] = []
    _sort(blocks, markup, plain)
    return Shown(tuple(markup), (drawn.text,) if isinstance(drawn, Drawn) else (), tuple(plain))


def _sort(part: Any, markup: list[str], plain: list[str]) -> None:
    """By how Slack reads them. What no rule names is taken for markup: a new kind of block must be looked at."""
    if isinstance(part, list | tuple):
        for one in part:
            _sort(one, markup, plain)
    elif isinstance(part, Mapping):
        if part.get("type") == "plain_text":
            assert part.get("emoji") is False, "codes of emoji in it would come alive"
            plain.append(part["text"])
            return
        if part.get("type") == "text" or (part.get("type") == "raw_text"):
            plain.append(part["text"])
            return
        for key, value in part.items():
            if isinstance(value, str) and key in {"text", "url"}:
                markup.append(value)
            elif isinstance(value, str) and key in {"alt_text", "initial_value"}:
                plain.append(value)
            elif not isinstance(value, str):
                _sort(value, markup, plain)


_LIVE = re.compile(
    r"<[^<>\n]*>|(?<![^\W_])[*_~`]+(?=\S)|(?<=\S)[*_~`]+(?![^\W_])|:[0-9_+'\-]*[a-z+][a-z0-9_+'\-]*:|(?m:^\s*(?:>|&gt;))"
)


def live(text: str) -> set[str]:
    """The tokens, emphasis, emoji and quotes that Slack makes of mrkdwn."""
    return set(_LIVE.findall(text))
