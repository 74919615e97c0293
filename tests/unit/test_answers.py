"""Claude's answers: read strictly, kept to the map's words, and worth no more than an opinion."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routing.answers import BODY_MAX, SCORES, Answer, Unreadable, as_opinion, read_answer
from routing.decisions import (
    Candidate,
    Extraction,
    Opinion,
    Reason,
)
from routing.kinds import (
    Confidence,
    DestinationName,
    Priority,
)
from routing.map import RoutingMap
from routing.map_file import load_map

SAMPLE = load_map((Path(__file__).parents[2] / "routes.yml").read_text())
CALM = load_map("destinations: {b: team:b}\nhigh_risk: []\nunknown: queue:front")
TEXT = "Hello, my invoice 20318 shows the wrong\n amount. Please tell [EMAIL_1]."
MODEL = "claude-haiku-5-5"
GOOD: dict[str, Any] = {
    "evidence": ["invoice 20318 shows the wrong amount"],
    "summary": "An invoice is wrong; [EMAIL_1] should be told.",
    "risks": [],
    "categories": ["personal_data"],
    "intents": ["billing_issue"],
    "destination": "billing",
    "runner_up": "bugs",
    "confidence": "high",
    "priority": "p2",
    "missing": ["which_order"],
    "error_signature": "",
    "environment": "",
    "customers_affected": 1,
    "customers_share": -1,
    "sentiment": "calm",
    "language": "en",
}


def read(routing_map: RoutingMap = SAMPLE, /, **changes: Any) -> Answer | Unreadable:
    return read_answer(json.dumps({**GOOD, **changes}), routing_map)


def answer(routing_map: RoutingMap = SAMPLE, /, **changes: Any) -> Answer:
    found = read(routing_map, **changes)
    assert isinstance(found, Answer), found
    return found


def opinion(**changes: Any) -> Opinion:
    return as_opinion(answer(**changes), SAMPLE, text=TEXT, model=MODEL)


# ── Reading ──


def test_a_good_answer_is_read_whole() -> None:
    assert answer() == Answer(
        evidence=("invoice 20318 shows the wrong amount",),
        summary="An invoice is wrong; [EMAIL_1] should be told.",
        destination=DestinationName("billing"),
        runner_up=DestinationName("bugs"),
        confidence=Confidence.HIGH,
        intents=("billing_issue",),
        risks=(),
        categories=("personal_data",),
        priority=Priority.P2,
        missing=("which_order",),
        error_signature="",
        environment="",
        customers_affected=1,
        customers_share=None,
        sentiment="calm",
        language="en",
    )


def test_capital_letters_in_a_closed_list_are_no_mistake() -> None:
    found = answer(destination="BILLING", confidence="High", priority="P2", risks=["Payment", "PAYMENT"])

    assert (found.destination, found.confidence, found.priority) == ("billing", Confidence.HIGH, Priority.P2)
    assert found.risks == ("payment",)


@pytest.mark.parametrize("nowhere", ["unknown", "Unknown", "human_triage"])
def test_unknown_and_human_triage_are_nowhere(nowhere: str) -> None:
    assert answer(destination=nowhere).destination is None
    assert answer(priority="unknown").priority is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("destination", "#general"),
        ("destination", "billing "),
        ("destination", "attacker"),
        ("destination", ""),
        ("destination", None),
        ("destination", ["billing"]),
        ("runner_up", "queue:billing"),
        ("risks", ["harmless"]),
        ("risks", "payment"),
        ("risks", ["payment"] * 25),
        ("intents", [["payment"]]),
        ("categories", ["none"]),
        ("confidence", "0.97"),
        ("confidence", 0.97),
        ("priority", "p9"),
        ("missing", ["your_password"]),
        ("sentiment", "sarcastic"),
        ("customers_affected", -2),
        ("customers_affected", 10**11),
        ("customers_affected", 1.0),
        ("customers_affected", "12"),
        ("customers_affected", True),
        ("customers_share", 101),
        ("summary", None),
        ("evidence", "not a list"),
        ("evidence", [1]),
    ],
)
def test_what_does_not_fit_the_form_is_refused_and_named(field: str, value: object) -> None:
    assert read(**{field: value}) == Unreadable(why="wrong_shape", fields=(field,))


@pytest.mark.parametrize("extra", ["settles", "wants_human", "risk", "reasoning", "Summary"])
def test_a_field_too_many_is_refused(extra: str) -> None:
    assert read(**{extra: True}) == Unreadable(why="wrong_shape")


@pytest.mark.parametrize("field", GOOD)
def test_a_field_too_few_is_refused(field: str) -> None:
    less = {key: value for key, value in GOOD.items() if key != field}

    assert read_answer(json.dumps(less), SAMPLE) == Unreadable(why="wrong_shape", fields=(field,))


def bodies() -> Iterator[tuple[str, str]]:
    good = json.dumps(GOOD)
    yield "empty", ""
    yield "prose before", f"Here is the answer: {good}"
    yield "prose after", f"{good} I hope that helps."
    yield "a code fence", f"```json\n{good}\n```"
    yield "two answers", good + good
    yield "cut off", good[: len(good) // 2]
    yield "cut off at the end", good[:-1]
    yield "single quotes", repr(GOOD)
    yield "not a number", good.replace('"customers_affected": 1', '"customers_affected": NaN')
    yield "infinite", good.replace('"customers_affected": 1', '"customers_affected": -Infinity')
    yield (
        "a number of five thousand digits",
        good.replace('"customers_affected": 1', '"customers_affected": ' + "9" * 5_000),
    )
    yield "a destination twice", good[:-1] + ', "destination": "sales"}'
    yield "risks twice", '{"risks": ["payment"], ' + good[1:]
    yield "deep lists", "[" * 5_000 + "]" * 5_000
    yield "deep objects", '{"a":' * 2_000 + "1" + "}" * 2_000
    yield "deep inside a field", good.replace('"evidence": [', '"evidence": [' + "[" * 4_000 + "]" * 4_000 + ", ")
    yield "a control character", good.replace("An invoice", "An\x00invoice")
    yield "a byte order mark", "\ufeff" + good


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in bodies()])
def test_what_is_not_one_json_object_is_no_answer(body: str) -> None:
    assert read_answer(body, SAMPLE) == Unreadable(why="not_json")


@pytest.mark.parametrize("body", ["null", "[]", "1", '"billing"', "true", "{}", "1e999"])
def test_other_json_is_no_answer(body: str) -> None:
    found = read_answer(body, SAMPLE)

    assert isinstance(found, Unreadable)
    assert found.why == "wrong_shape"


@pytest.mark.parametrize(
    "body", ["[" * 1_000_000, json.dumps({**GOOD, "summary": "x" * 1_000_000}), "x" * (BODY_MAX + 1)]
)
def test_a_megabyte_is_not_even_looked_at(body: str) -> None:
    assert read_answer(body, SAMPLE) == Unreadable(why="too_long")


def test_prose_is_one_line_of_visible_characters_and_not_too_much_of_it() -> None:
    hidden = "".join(chr(0xE0000 + ord(mark)) for mark in "hidden")
    found = answer(
        summary=f"a\x1b[31m\ud800\r\nb\u202e{hidden}\t c",
        environment="y" * 5_000,
        evidence=["q" * 900, " ", "", "d", "e"],
    )

    assert found.summary == "a[31m b c"
    assert len(found.environment) == 300
    assert found.environment.endswith("…")
    assert [len(quote) for quote in found.evidence] == [240, 1, 1]


@pytest.mark.parametrize(("said", "kept"), [("en", "en"), ("pt-BR", "pt-br"), ("English", ""), ("", ""), ("e\nn", "")])
def test_a_language_is_a_code_or_nothing(said: str, kept: str) -> None:
    assert answer(language=said).language == kept


def test_a_map_without_dangers_has_an_empty_list_of_them() -> None:
    plain = {"intents": [], "categories": [], "destination": "b", "runner_up": "unknown"}

    assert answer(CALM, **plain, risks=["none"]).risks == ()
    assert read(CALM, **plain, risks=["payment"]) == Unreadable(why="wrong_shape", fields=("risks",))


# ── One opinion among others ──


def test_an_answer_is_one_opinion_that_settles_nothing() -> None:
    assert opinion() == Opinion(
        source="claude:claude-haiku-5-5",
        reason=Reason(code="claude"),
        candidates=(
            Candidate(destination=DestinationName("billing"), score=0.86),
            Candidate(destination=DestinationName("bugs"), score=0.14),
        ),
        intents=("billing_issue",),
        categories=("personal_data",),
        priority=Priority.P2,
        missing=("which_order",),
        extraction=Extraction(
            evidence="invoice 20318 shows the wrong amount",
            summary="An invoice is wrong; [EMAIL_1] should be told.",
            customers_affected=1,
            sentiment="calm",
            language="en",
        ),
    )


@pytest.mark.parametrize(
    ("evidence", "quoted"),
    [
        (["My INVOICE 20318"], "My INVOICE 20318"),
        (["the wrong amount"], "the wrong amount"),
        (["it was approved by the CEO", "tell [EMAIL_1]"], "tell [EMAIL_1]"),
        (["it was approved by the CEO"], ""),
        (["a"], ""),
        ([], ""),
    ],
)
def test_nobody_is_quoted_with_words_they_did_not_write(evidence: list[str], quoted: str) -> None:
    extraction = opinion(evidence=evidence).extraction

    assert extraction is not None
    assert extraction.evidence == quoted


@pytest.mark.parametrize(
    ("said", "first", "second"), [("high", 0.86, 0.14), ("medium", 0.72, 0.28), ("low", 0.4, 0.36)]
)
def test_confidence_is_a_bucket_with_a_calibrated_score(said: str, first: float, second: float) -> None:
    assert [one.score for one in opinion(confidence=said).candidates] == [first, second]


def test_scores_that_people_have_calibrated_replace_the_first_ones() -> None:
    measured = {**SCORES, "high": 0.97}

    said = as_opinion(answer(), SAMPLE, text=TEXT, model=MODEL, scores=measured)

    assert [one.score for one in said.candidates] == [0.97, 0.03]


def test_nowhere_is_no_candidate_whatever_comes_second() -> None:
    assert opinion(destination="unknown").candidates == ()
    assert len(opinion(runner_up="unknown").candidates) == 1
    assert len(opinion(runner_up="billing").candidates) == 1


def test_a_dangerous_intent_is_a_risk_wherever_it_is_named() -> None:
    assert opinion(intents=["payment", "billing_issue"]).risks == ("payment",)
    assert opinion(intents=[], risks=["payment"]).intents == ("payment",)


def test_nobody_gets_less_urgent_by_asking_a_model() -> None:
    assert opinion(priority="p3").priority is None
    assert opinion(priority="p0").priority is Priority.P0
