"""Whatever people and maps write: no drawing breaks Slack's rules, and none says a live word of someone else's."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.workspace.blocks import check_message_blocks, check_view
from handlers import cards, home, lines, modals, receipts
from handlers.blocks import Setting, View
from routing.decisions import (
    Candidate,
    Decision,
    GateNeed,
    Precedent,
    Reason,
    Record,
)
from routing.desk import History
from routing.kinds import (
    CaseId,
    ChannelId,
    Confidence,
    DestinationName,
    GateState,
    NoticeKind,
    PersonId,
    Priority,
    RoleName,
    Status,
)
from routing.map import ChainStep, Destination, Reference, Role, RoutingMap
from routing.model import (
    Case,
    Clarification,
    Doing,
    Entry,
    Gate,
    Notice,
    Part,
    Text,
    Vote,
)
from tests.unit.scenes import NOON, a_case, a_request

LINK = "https://halden.slack.com/archives/C0HELP/p1"
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"

EVIL = (
    "<!channel>", "<!here|here>", "<@U0EVIL>", "<!subteam^S0EVIL>", "<#C0EVIL>", "<https://evil.example|your bank>",
    "https://evil.example", "&lt;!channel&gt;", "*bold*", "`code`", ">>>", "&", "<", ">", "|", "\u202e", "\x00", "\n\n",
    "<!date^0^{date}^https://evil.example|now>", ":rotating_light:", "{words}", "{0}", "%s", "🤷🏽‍♀️", " ",
)  # fmt: skip  # a list of tricks reads better filled than one a line
PEOPLE = ("U0MAYA", "U0VIKTOR", "W0GRID")
GROUPS = ("S0HEADS",)
CHANNELS = ("C0HELP", "G0PRIV")

_tricks = st.lists(st.sampled_from(EVIL), max_size=12).map("".join)
_anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
_long = st.builds(lambda one: (one or "&") * (40_000 // max(1, len(one))), st.sampled_from(EVIL))
prose = st.one_of(_tricks, _anything, _long)
short = st.one_of(_tricks, _anything).map(lambda text: text[:80])
references = st.sampled_from([*PEOPLE, *GROUPS, *CHANNELS, "@ines", "group:heads", "#help", "<!channel>"])
moments = st.integers(0, 10**7).map(lambda seconds: NOON + timedelta(seconds=seconds))
people = st.sampled_from(PEOPLE).map(PersonId)
_happened = ["decided", "edited", "escalated", "reassigned", "resolved", "denied", "voted", "loop_stopped", "reminded"]
_why = ["gated", "route_rule", "keywords", "example", "missing", "loop", "asker_says", "nobody_can_approve", "conflict"]
_woken = ["gate_again", "reminder:head", "backup:<!here>", "escalated", "edited", "withdrawn", "woke", "p0", "<!here>"]
_told = ["from", "to", "how", "verb", "why", "role", "backup", "lacks", "verdict"]
_opinions = '[{"source": "<!here>", "reason": {"code": "<!here>", "words": ["<@U0EVIL>"]}, "risks": ["<!channel>"]}]'
steps = st.one_of(short, st.sampled_from(_happened))
reasons = st.builds(
    Reason,
    code=st.one_of(short, st.sampled_from(_why)),
    words=st.lists(short, max_size=6).map(tuple),
)


@st.composite
def maps(draw: st.DrawFn) -> RoutingMap:
    names = [DestinationName(name) for name in draw(st.lists(short, min_size=1, max_size=4, unique=True))]
    destinations = {
        name: Destination(
            name=name,
            address=draw(short),
            channel=Reference(draw(references)),
            description=draw(prose),
            chain=tuple(ChainStep(who=Reference(who)) for who in draw(st.lists(references, max_size=5))),
            template=draw(short),
        )
        for name in names
    }
    roles = {
        RoleName(name): Role(
            name=RoleName(name),
            title=draw(prose),
            people=tuple(Reference(one) for one in draw(st.lists(references, max_size=6))),
        )
        for name in ("head", "spare")
    }
    return RoutingMap(version="v1", destinations=destinations, unknown=names[0], high_risk=(), gates={}, roles=roles)


@st.composite
def decisions(draw: st.DrawFn, names: list[DestinationName]) -> Decision:
    codes = st.lists(short, max_size=5).map(tuple)
    pick, urgency = st.sampled_from(names), st.sampled_from(Priority)
    plain = a_case(INVOICE).decision
    assert plain is not None, "decided by the builder"
    return replace(
        plain,
        destination=draw(pick),
        candidates=tuple(Candidate(destination=name, score=0.5) for name in names),
        intents=draw(codes),
        risks=draw(codes),
        confidence=draw(st.sampled_from(Confidence)),
        priority=draw(st.sampled_from(Priority)),
        priority_rule=draw(st.one_of(short, st.sampled_from(["default", "customer:gold", "rule:night"]))),
        reason=draw(reasons),
        missing=draw(codes),
        tags=draw(codes),
        against=draw(
            st.lists(st.builds(Precedent, number=st.integers(1, 10**6), destination=pick, priority=urgency)).map(tuple)
        ),
        without_claude=draw(short),
        record=draw(st.none() | st.builds(Record, stood=st.integers(0, 40), of=st.just(40))),
    )


@st.composite
def gates_of_a_case(draw: st.DrawFn) -> Gate:
    need = GateNeed(
        role=RoleName(draw(st.sampled_from(["head", "spare", "<!channel>"]))),
        because=draw(st.lists(short, max_size=4).map(tuple)),
        approvals=draw(st.integers(1, 9)),
        backup=RoleName("spare"),
        reason_required=draw(st.booleans()),
    )
    vote = Vote(by=draw(people), role=need.role, version=1, content="", at=NOON)
    return Gate(
        need=need,
        opened_at=NOON,
        remind_at=draw(moments),
        backup_at=draw(moments),
        expires_at=draw(moments),
        state=draw(st.sampled_from(GateState)),
        votes=(vote,) * draw(st.integers(0, 7)),
        backed_up=draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn, routing_map: RoutingMap) -> Case:
    names = list(routing_map.destinations)
    part = Part(message=a_request("").thread, text=draw(prose), links=draw(st.lists(prose, max_size=12).map(tuple)))
    request = replace(
        a_request(""),
        parts=(part,),
        channel=ChannelId(draw(st.sampled_from([*CHANNELS, "D0MAYA"]))),
        is_private=draw(st.booleans()),
        is_shared=draw(st.booleans()),
        customer=draw(st.none() | short),
    )
    options = tuple(draw(st.lists(st.sampled_from(names), max_size=3, unique=True)))
    return Case(
        id=CaseId("0" * 32),
        key="k",
        request=request,
        received_at=NOON,
        number=draw(st.integers(0, 10**9)),
        version=draw(st.integers(1, 10**6)),
        status=(status := draw(st.sampled_from(Status))),
        decision=None if status is Status.RECEIVED else draw(decisions(names)),
        gates=draw(st.lists(gates_of_a_case(), max_size=5).map(tuple)),
        owner=draw(st.none() | people),
        visited=tuple(draw(st.lists(st.sampled_from(names), max_size=12))),
        clarification=Clarification(asked_at=NOON, due_at=draw(moments), options=options),
        first_response_by=draw(st.none() | moments),
        responded_at=draw(st.none() | moments),
        resolve_by=draw(st.none() | moments),
        raised_to=draw(st.lists(references, max_size=9).map(tuple)),
        snoozed_until=draw(st.none() | moments),
        last=draw(st.none() | st.builds(Doing, code=steps, at=moments, by=st.none() | people, words=_words)),
        was_released=draw(st.booleans()),
    )


_words = st.lists(short, max_size=3).map(tuple)


@st.composite
def histories(draw: st.DrawFn, case: Case) -> History:
    facts = st.dictionaries(st.sampled_from(_told), short | st.integers())
    entry = st.builds(
        Entry,
        type=steps,
        at=moments,
        by=st.none() | people,
        facts=facts,
        text=st.none() | st.sampled_from(["t1", "t9"]),
    )
    texts = (
        Text(id="t1", kind="denial_reason", body=draw(prose)),
        Text(id="t2", kind="escalation_problem", body=draw(prose)),
        Text(
            id="t3",
            kind="opinions",
            body=draw(st.one_of(prose, st.just(_opinions))),
        ),
    )
    entries = draw(st.lists(entry, max_size=8)) * draw(st.integers(1, 12))
    return History(case=case, entries=entries, texts=texts)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_message_breaks_slacks_rules_or_says_a_live_word_of_someone_elses(data: st.DataObject) -> None:
    setting = Setting(
        map=data.draw(maps()), link=data.draw(st.sampled_from(["", LINK])), quotes=data.draw(st.booleans())
    )
    case = data.draw(cases(setting.map))
    code = data.draw(st.sampled_from(_woken))
    notice = Notice(key="k", kind=NoticeKind.PING, code=code, people=tuple(data.draw(st.lists(references, max_size=9))))

    for drawn in (
        cards.render(case, setting),
        cards.stub(case, setting, LINK),
        receipts.render(case, setting, reason=data.draw(prose)),
        lines.ping(case, notice, setting),
        lines.line(case, notice, setting),
        lines.direct(case, notice, setting),
    ):
        check_message_blocks(list(drawn.blocks))
        assert drawn.text.strip()
        assert len(drawn.text) <= 4000
        for text in (drawn.text, *_mrkdwn(list(drawn.blocks))):
            assert_only_our_tokens(text)


@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_view_breaks_slacks_rules_or_says_a_live_word_of_someone_elses(data: st.DataObject) -> None:
    setting = Setting(map=data.draw(maps()), link=LINK)
    case = data.draw(cases(setting.map))
    forms = (modals.approve_request, modals.deny, modals.reassign, modals.escalate, modals.resolve)
    views: list[View] = [form(case, setting) for form in forms]
    views.append(modals.details(data.draw(histories(case)), setting))
    views.append(home.render([case] * 50, [case] * 50, [case] * 50, setting))

    for view in views:
        check_view(view)
        for text in _mrkdwn(view):
            assert_only_our_tokens(text)


def assert_only_our_tokens(text: str) -> None:
    ids = "|".join(re.escape(one) for one in (*PEOPLE, *CHANNELS))
    mentioned = rf"<@(?:{ids})>|<#(?:{ids})>|<!subteam\^S0HEADS>"
    timed = r"<!date\^\d+\^[{}a-z_ ]+\|[\w :]+>"
    ours = re.compile(rf"{mentioned}|{timed}|<{re.escape(LINK)}\|[\w ]+>")
    left = ours.sub("", text)
    assert "<" not in left, left
    assert ">" not in left, left


def _mrkdwn(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value.get("verbatim") is True, "Slack must not make links or mentions of its own"
            yield str(value["text"])
        for one in value.values():
            yield from _mrkdwn(one)
    elif isinstance(value, list):
        for one in value:
            yield from _mrkdwn(one)
