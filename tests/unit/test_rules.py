import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.decisions import (
    Candidate,
    Opinion,
    Reason,
)
from routing.kinds import (
    Audience,
    ChannelId,
    DestinationName,
    MessageId,
    PersonId,
    Priority,
    Standing,
    TeamId,
)
from routing.map import Destination, RouteRule, RoutingMap
from routing.map_file import load_map
from routing.model import (
    Part,
    Person,
    Request,
)
from routing.rules import opinions

HIGH_RISK = ("account_deletion", "payment", "access_change", "external_email")
SHORT = load_map("""
destinations: { billing: queue:billing, bug: agent:triage, howto: agent:kb, sales: team:sales }
high_risk: [account_deletion, payment, access_change, external_email]
unknown: queue:human_triage
""")
SAMPLE = load_map((Path(__file__).parents[2] / "routes.yml").read_text())


def place(name: str, **words: tuple[str, ...]) -> Destination:
    return Destination(name=DestinationName(name), address=f"queue:{name}", **words)  # type: ignore[arg-type]  # only words are given


def the_map(*places: Destination, rules: tuple[RouteRule, ...] = ()) -> RoutingMap:
    return RoutingMap(
        version="1",
        destinations={one.name: one for one in (*places, place("human_triage"))},
        unknown=DestinationName("human_triage"),
        high_risk=HIGH_RISK,
        gates={},
        rules=rules,
    )


BILLING = place(
    "billing",
    keywords=("billing", "invoice", "invoices", "wrong amount", "credit card"),
    examples=("My invoice shows the wrong amount, can someone fix the billing?", "We were charged twice this month."),
    intents=("billing_issue",),
)
BUGS = place("bugs", keywords=("bug", "crash", "broken"), examples=("The export is broken since Monday.",))
OPS = replace(place("privileged_ops", intents=("account_deletion", "payment")), is_privileged=True)
MAP = the_map(BILLING, BUGS, OPS)


def request(*texts: str, audience: Audience = Audience.STAFF) -> Request:
    team = TeamId("T1")
    return Request(
        team=team,
        channel=ChannelId("C1"),
        thread=MessageId("1"),
        asker=Person(id=PersonId("U1"), standing=Standing.MEMBER, team=team),
        parts=tuple(Part(message=MessageId(str(at)), text=text) for at, text in enumerate(texts)),
        asked_at=datetime(2026, 3, 2, tzinfo=UTC),
        audience=audience,
    )


def said(text: str, routing_map: RoutingMap = MAP) -> dict[str, Opinion]:
    return {one.source: one for one in opinions(request(text), routing_map)}


def scores(opinion: Opinion) -> dict[str, float]:
    return {one.destination: one.score for one in opinion.candidates}


def best(text: str, routing_map: RoutingMap) -> dict[str, float]:
    found: dict[str, float] = {}
    for opinion in said(text, routing_map).values():
        for name, score in scores(opinion).items():
            found[name] = max(score, found.get(name, 0.0))
    return found


@pytest.mark.parametrize(
    ("routing_map", "intent"), [(MAP, "billing_issue"), (SAMPLE, "billing_issue"), (SHORT, "billing")]
)
def test_a_wrong_invoice_is_for_billing(routing_map: RoutingMap, intent: str) -> None:
    text = "My invoice shows the wrong amount, can someone fix the billing?"
    found = said(text, routing_map)
    name, *others = sorted(best(text, routing_map).items(), key=lambda one: -one[1])

    assert name[0] == "billing"
    assert name[1] >= 0.80
    assert all(score < 0.5 for _, score in others)
    assert found["keywords"].intents == found["examples"].intents == (intent,)
    assert not any(one.risks or one.categories or one.priority for one in found.values())


@pytest.mark.parametrize("routing_map", [MAP, SAMPLE, SHORT])
@pytest.mark.parametrize(
    "text", ["It's broken, please help.", "help!!", "doesn't work", "we have an issue", "anyone?", "my flurb broke"]
)
def test_a_bare_complaint_is_vague_and_nobodys(routing_map: RoutingMap, text: str) -> None:
    assert opinions(request(text), routing_map) == (
        Opinion(
            source="vague", reason=Reason(code="vague"), intents=("unclear",), missing=("what_is_affected",)
        ),
    )  # fmt: skip


@pytest.mark.parametrize(("routing_map", "owned"), [(MAP, True), (SAMPLE, True), (SHORT, False)])
def test_a_dangerous_request_names_every_risk(routing_map: RoutingMap, *, owned: bool) -> None:
    text = "Delete this customer's account and refund everything immediately."
    found = said(text, routing_map)

    assert found["risk:account_deletion"].risks == ("account_deletion",)
    assert found["risk:payment"].risks == ("payment",)
    assert (best(text, routing_map).get("privileged_ops", 0.0) >= 0.9) is owned


@pytest.mark.parametrize(
    "text",
    [
        "What's for lunch?", "Can somebody water the plants?", "the site is down, help", "my invoice is broken",
        "human please, help",
    ],
)  # fmt: skip  # one message an entry
def test_a_text_that_says_something_is_not_vague(text: str) -> None:
    assert "vague" not in said(text)


def rule(name: str, pattern: str, to: str | None = None, **more: object) -> RouteRule:
    destination = DestinationName(to) if to else None
    return RouteRule(name=name, pattern=re.compile(pattern, re.IGNORECASE), destination=destination, **more)  # type: ignore[arg-type]  # what a rule may add


def test_a_route_rule_settles_the_destination_and_adds_what_it_says() -> None:
    ruled = rule(
        "dunning", r"\bdunning\b", "billing", tags=("late",), at_least=Priority.P1, risk="payment", category="legal"
    )

    assert opinions(request("About the DUNNING run"), the_map(BILLING, rules=(ruled,)))[0] == Opinion(
        source="rule:dunning",
        reason=Reason(code="route_rule", words=("dunning",)),
        candidates=(Candidate(destination=BILLING.name, score=1.0),),
        intents=("payment",),
        risks=("payment",),
        categories=("legal",),
        priority=Priority.P1,
        tags=("late",),
        settles=True,
    )


def test_a_rule_without_a_destination_settles_nothing() -> None:
    found = said("About the recall", the_map(BILLING, rules=(rule("recall", "recall", tags=("recall",)),)))

    assert found["rule:recall"].settles is False
    assert found["rule:recall"].candidates == ()


def test_rules_that_contradict_each_other_are_both_reported() -> None:
    found = said("one two", the_map(BILLING, BUGS, rules=(rule("one", "one", "billing"), rule("two", "two", "bugs"))))

    assert scores(found["rule:one"]) == {"billing": 1.0}
    assert scores(found["rule:two"]) == {"bugs": 1.0}


@pytest.mark.parametrize("text", ["re\u200bcall", "rеcall", "RECALL", "re*ca*ll", "r e c a l l"])
def test_a_rule_reads_through_tricks_of_writing(text: str) -> None:
    assert "rule:recall" in said(f"the {text}", the_map(rules=(rule("recall", r"\brecall\b", tags=("x",)),)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the invoice is late", {"billing": 0.74}),
        ("billing sent invoices", {"billing": 0.88}),
        ("billing invoiced my credit card", {"billing": 0.94}),
        ("invoice invoices invoicing", {"billing": 0.74}),
        ("the wrong total amount", {"billing": 0.74}),
        ("amount is wrong", {}),
        ("invoicex prebilling", {}),
        ("an invoice and a crash", {"billing": 0.555, "bugs": 0.555}),
        ("billing invoice page has a crash", {"billing": 0.733, "bugs": 0.493}),
    ],
)
def test_more_keywords_are_surer_and_rivals_cost(text: str, expected: dict[str, float]) -> None:
    found = said(text).get("keywords")

    assert (scores(found) if found else {}) == expected


def test_keywords_say_which_words_of_the_map_were_found() -> None:
    assert said("the invoices and my credit card")["keywords"].reason == Reason(
        code="keywords", words=("credit card", "invoice")
    )


def test_an_intent_is_named_only_when_one_can_be_meant() -> None:
    several = the_map(place("money", keywords=("cost",), intents=("invoice_question", "tax_question", "payment")))

    assert said("an invoice with a cost", several)["keywords"].intents == ("invoice_question",)
    assert said("what does it cost", several)["keywords"].intents == ()
    assert said("an invoice and a crash")["keywords"].intents == ()


def test_a_destination_without_keywords_is_known_weakly_by_its_name() -> None:
    named = the_map(place("facilities_desk"), BILLING)

    found = said("for the facilities desk please", named)["keywords"]

    assert scores(found) == {"facilities_desk": 0.71}
    assert found.reason.words == ("facilities_desk",)
    assert "keywords" not in said("for the bugs people, it is odd", the_map(replace(BUGS, keywords=("crash",))))


@pytest.mark.parametrize(
    "text",
    [
        "human please", "I want to talk to a real person", "can I talk to someone", "agent please", "HUMAN!",
        "speak to an agent", "no more bots",
    ],
)  # fmt: skip  # one message an entry
def test_a_person_is_asked_for(text: str) -> None:
    assert said(text)["human"].wants_human


@pytest.mark.parametrize(
    "text", ["human resources", "a human error", "the user agent is wrong", "not a human-readable log"]
)
def test_a_person_is_not_asked_for(text: str) -> None:
    assert "human" not in said(text)


@pytest.mark.parametrize("text", ["re\u200bfund it", "rеfund it"])
def test_odd_characters_are_reported_beside_what_they_hid(text: str) -> None:
    found = said(text)

    assert found["risk:payment"].risks == ("payment",)
    assert found["odd_characters"] == Opinion(
        source="odd_characters", reason=Reason(code="odd_characters"), categories=("odd_characters",)
    )


def test_the_parts_of_a_burst_are_read_together() -> None:
    assert [one.source for one in opinions(request("please delete", "my account"), MAP)] == ["risk:account_deletion"]


def test_who_is_mentioned_and_where_a_link_leads_says_nothing() -> None:
    assert opinions(request("<@U0INVOICE> see <https://x.io/outage/502?refund=1>"), MAP) == ()


def test_opinions_come_in_a_settled_order() -> None:
    text = "Human please: refund the invoice, the site is down, a phishing mail, re\u200bal"

    assert [one.source for one in opinions(request(text), MAP)] == [
        "risk:payment", "category:security", "priority:down", "keywords", "examples", "human", "odd_characters",
    ]  # fmt: skip


@given(st.text(max_size=400), st.sampled_from([MAP, SAMPLE, SHORT]), st.sampled_from(list(Audience)))
def test_the_same_request_gets_the_same_opinions(text: str, routing_map: RoutingMap, audience: Audience) -> None:
    asked = request(text, audience=audience)
    found = opinions(asked, routing_map)

    assert found == opinions(asked, routing_map)
    assert len({one.source for one in found}) == len(found)
    assert {one.destination for each in found for one in each.candidates} <= set(routing_map.destinations)
    assert all(0 < one.score <= 1 for each in found for one in each.candidates)


@pytest.mark.parametrize(
    "unit",
    [
        "а ", "delete give send pay ", "d e l ", "аb ", "a of all our ", "10% of ", "want ", ":a", "<@U1",
        "how do i ", "invoice ", "\ufdfa", "x", "3a ", "a.b ",
    ],
)  # fmt: skip  # one unit an entry
@pytest.mark.parametrize("routing_map", [SAMPLE, SHORT])
def test_forty_kilobytes_cost_less_than_a_quarter_second(unit: str, routing_map: RoutingMap) -> None:
    asked = request((unit * 40_000)[:40_000])
    opinions(request("warm the map's index"), routing_map)
    started = time.process_time()

    opinions(asked, routing_map)

    assert time.process_time() - started < 0.25
