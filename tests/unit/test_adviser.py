"""Asking Claude about a case: which model, when nobody, and what becomes of the answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from routing import adviser as module
from routing.adviser import SECONDS_EACH, SECONDS_MAX, STORM_SECONDS
from routing.decide import WITHOUT_CLAUDE, Stance, decide
from routing.decisions import (
    Candidate,
    Opinion,
    Reason,
)
from routing.experience import Taught
from routing.kinds import (
    Audience,
    CaseId,
    DestinationName,
    Priority,
    Verdict,
)
from routing.map_file import load_map
from routing.masking import TEXT_MAX
from routing.names import Names
from routing.panel import Panel
from routing.ports import Unreachable
from tests.oracle import HAIKU, SONNET, Oracle, Says, World, about, advised, an_adviser, says, silent
from tests.unit.scenes import MAP, a_request

TEXT = "The figures of last month look odd to me"
SURE, HALF_SURE, UNSURE = says(), says(confidence="medium"), says(confidence="low")
STAYS_AWAY = ["budget", "breaker", "busy", "deadline", "unreachable", "spend_limit"]


def code(opinion: Opinion) -> tuple[str, tuple[str, ...]]:
    return opinion.reason.code, opinion.reason.words


def places(opinions: Sequence[Opinion]) -> list[str]:
    return [one.destination for opinion in opinions for one in opinion.candidates]


# The cascade.


async def test_a_model_that_is_sure_is_the_only_one_asked() -> None:
    oracle = Oracle({HAIKU: SURE, SONNET: says(destination="bugs")})

    opinion = await advised(an_adviser(oracle), TEXT)

    assert oracle.models == [HAIKU]
    assert (opinion.source, opinion.breaks_ties) == (f"claude:{HAIKU}", True)
    assert places([opinion]) == ["billing"]
    assert opinion.prompt.startswith("route/v1@")


@pytest.mark.parametrize(
    "first", [HALF_SURE, UNSURE, "no JSON", says(destination="nowhere"), silent("refused_answer"), silent("unusable")]
)
async def test_a_model_that_is_not_sure_or_gives_no_answer_is_followed_by_the_next(first: Says) -> None:
    oracle = Oracle({HAIKU: first, SONNET: says(destination="bugs")})

    opinion = await advised(an_adviser(oracle), TEXT)

    assert oracle.models == [HAIKU, SONNET]
    assert opinion.source == f"claude:{SONNET}"
    assert places([opinion]) == ["bugs"]


@pytest.mark.parametrize("why", STAYS_AWAY)
async def test_where_asking_further_is_no_use_nobody_is_and_the_card_learns_why(why: Any) -> None:
    oracle = Oracle({HAIKU: silent(why), SONNET: SURE})

    opinions = await an_adviser(oracle).advise(about(TEXT))

    assert oracle.models == [HAIKU]
    assert [code(one) for one in opinions] == [(WITHOUT_CLAUDE, (why,))]


@pytest.mark.parametrize("why", [*STAYS_AWAY, "refused_answer", "unusable"])
async def test_half_an_answer_is_kept_when_the_next_model_has_none(why: Any) -> None:
    oracle = Oracle({HAIKU: HALF_SURE, SONNET: silent(why)})

    opinion = await advised(an_adviser(oracle), TEXT)

    assert oracle.models == [HAIKU, SONNET]
    assert (opinion.source, places([opinion])) == (f"claude:{HAIKU}", ["billing"])


async def test_two_models_without_an_answer_are_one_reason() -> None:
    oracle = Oracle({HAIKU: "no JSON", SONNET: silent("refused_answer")})

    assert code(await advised(an_adviser(oracle), TEXT)) == (WITHOUT_CLAUDE, ("refused_answer",))


async def test_a_risk_that_the_unsure_model_saw_is_not_talked_down_by_the_sure_one() -> None:
    worried = says(confidence="medium", risks=["payment"], categories=["legal"], priority="p0", destination="bugs")
    oracle = Oracle({HAIKU: worried, SONNET: says(destination="billing")})

    first, last = await an_adviser(oracle).advise(about(TEXT))

    assert (first.risks, first.categories, first.candidates, first.priority) == (("payment",), ("legal",), (), None)
    assert (last.risks, places([last])) == ((), ["billing"])
    decision = decide([first, last], MAP, a_request(TEXT), Stance())
    assert decision.verdict is Verdict.REQUIRE_APPROVAL
    assert decision.risks == ("payment",)


# Time.


async def test_nobody_waits_longer_than_the_limit_however_slow_every_model_is() -> None:
    oracle = Oracle({HAIKU: HALF_SURE, SONNET: SURE}, takes=13.0)
    began = oracle.now

    opinion = await advised(an_adviser(oracle), TEXT)

    assert oracle.granted == [SECONDS_EACH, SECONDS_MAX - 13.0]
    assert oracle.now - began <= SECONDS_MAX
    assert opinion.source == f"claude:{HAIKU}"


async def test_with_no_time_left_nobody_is_asked() -> None:
    oracle = Oracle({HAIKU: SURE})
    world = World()

    async def late() -> Names:
        oracle.now += SECONDS_MAX - 0.5
        return Names()

    adviser = an_adviser(oracle, world)
    adviser._around = replace(adviser._around, names=late)

    assert code(await advised(adviser, TEXT)) == (WITHOUT_CLAUDE, ("deadline",))
    assert oracle.asked == []


async def test_whoever_holds_up_the_adviser_is_left_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS_MAX", 0.02)
    oracle = Oracle({HAIKU: SURE})
    oracle.may_speak.clear()
    adviser = an_adviser(oracle)
    monkeypatch.setattr(module, "SECONDS_MIN", 0.0)

    assert code(await advised(adviser, TEXT)) == (WITHOUT_CLAUDE, ("deadline",))
    await adviser.close()


async def test_a_late_database_is_not_taken_for_a_late_claude() -> None:
    oracle = Oracle({HAIKU: TimeoutError("database is locked")})

    with pytest.raises(TimeoutError, match="locked"):
        await advised(an_adviser(oracle), TEXT)


# Masking.


async def test_without_the_list_of_members_nobody_is_asked() -> None:
    oracle = Oracle({HAIKU: SURE})

    opinion = await advised(an_adviser(oracle, World(names=Unreachable("the list of members"))), TEXT)

    assert code(opinion) == (WITHOUT_CLAUDE, ("masking",))
    assert oracle.asked == []


async def test_what_cannot_be_masked_is_not_asked_about() -> None:
    oracle = Oracle({HAIKU: SURE})

    opinion = await advised(an_adviser(oracle), "a" * (TEXT_MAX + 1))

    assert code(opinion) == (WITHOUT_CLAUDE, ("masking",))
    assert oracle.asked == []


PERSONAL = "Grace Liu (grace@halden.example) pays 20318 with 4111 1111 1111 1111, key sk-ant-api03-AAAABBBBCCCCDDDDEEEE"
HIDDEN = ("Grace", "Liu", "grace@", "4111", "sk-ant-api03")


async def test_nothing_personal_is_asked_and_all_but_secrets_comes_back_for_people_to_read() -> None:
    told = {
        "summary": "[NAME_1] pays with [CARD_1] and [SECRET_1].",
        "evidence": ["[NAME_1] ([EMAIL_1]) pays"],
        "error_signature": "no [EMAIL_1]",
        "environment": "[CARD_1]",
    }
    oracle = Oracle({HAIKU: says(**told, missing=["which_account"])})

    opinion = await advised(an_adviser(oracle, World(names=Names.of(["Grace Liu"]))), PERSONAL)

    (asked,) = oracle.asked
    assert [one for one in HIDDEN if one in asked.question + asked.instructions] == []
    assert opinion.extraction is not None
    assert opinion.extraction.summary == "Grace Liu pays with 4111 1111 1111 1111 and [SECRET_1]."
    assert opinion.extraction.evidence == "Grace Liu (grace@halden.example) pays"
    assert opinion.extraction.error_signature == "no grace@halden.example"
    assert opinion.extraction.environment == "4111 1111 1111 1111"
    assert [one for one in HIDDEN if one in repr(replace(opinion, extraction=None))] == []


def taught(text: str, destination: str | None = "bugs") -> Taught:
    place = DestinationName(destination) if destination else None
    return Taught(case=CaseId("case-0"), number=1, text=text, destination=place, priority=Priority.P2)


async def test_earlier_requests_are_masked_too_and_share_no_placeholder_with_this_one() -> None:
    world = World(
        names=Names.of(["Grace Liu", "Sam Okafor"]),
        earlier=[taught("Sam Okafor has no report"), taught("Grace Liu neither", "human_triage")],
    )
    oracle = Oracle({HAIKU: says(summary="As [NAME_2] said, [NAME_1] has odd figures.")})

    opinion = await advised(an_adviser(oracle, world), "Grace Liu has odd figures")

    question = oracle.asked[0].question
    assert '"[NAME_2] has no report"' in question
    assert '"[NAME_1] neither"' in question
    assert question.count(" unknown\n") == 1
    assert [name for name in ("Sam", "Okafor", "Grace") if name in question] == []
    assert opinion.extraction is not None
    assert opinion.extraction.summary == "As [NAME_2] said, Grace Liu has odd figures."


async def test_an_earlier_request_that_cannot_be_masked_is_left_out() -> None:
    world = World(earlier=[taught("a" * (TEXT_MAX + 1)), taught("the export is grey")])
    oracle = Oracle({HAIKU: SURE})

    opinion = await advised(an_adviser(oracle, world), TEXT)

    assert places([opinion]) == ["billing"]
    assert "the export is grey" in oracle.asked[0].question
    assert "aaa" not in oracle.asked[0].question


# Answers are kept.


async def test_the_same_words_are_asked_about_once_whoever_is_named_in_them() -> None:
    oracle = Oracle({HAIKU: HALF_SURE, SONNET: says(summary="[EMAIL_1] pays")})
    adviser = an_adviser(oracle)

    first = await advised(adviser, "ann@halden.example pays", "case-1")
    second = await advised(adviser, "bob@halden.example pays", "case-2")

    assert oracle.models == [HAIKU, SONNET]
    assert [one.extraction.summary for one in (first, second) if one.extraction] == [
        "ann@halden.example pays",
        "bob@halden.example pays",
    ]


async def test_other_words_another_asker_another_map_and_another_prompt_are_asked_about_again() -> None:
    oracle = Oracle({HAIKU: SURE})
    adviser = an_adviser(oracle)
    await advised(adviser, TEXT)

    await advised(adviser, TEXT + "!")
    await adviser.advise(about(TEXT, request=a_request(TEXT, audience=Audience.CUSTOMERS)))
    adviser._map = replace(MAP, version="another")
    await advised(adviser, TEXT)

    assert len(oracle.asked) == 4
    assert len({prompt.question.replace(f"nonce{at + 1:020}", "") for at, prompt in enumerate(oracle.asked)}) == 3


async def test_what_was_no_answer_is_asked_again() -> None:
    oracle = Oracle({HAIKU: silent("unreachable")})
    adviser = an_adviser(oracle)

    await advised(adviser, TEXT)
    oracle.says = {HAIKU: SURE}

    assert places([await advised(adviser, TEXT)]) == ["billing"]


async def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CACHED_MAX", 2)
    oracle = Oracle({HAIKU: SURE})
    adviser = an_adviser(oracle)

    for text in ("one", "two", "one", "three", "one", "two"):
        oracle.now += STORM_SECONDS
        await advised(adviser, text)

    assert len(oracle.asked) == 4


async def test_instructions_are_the_same_bytes_for_every_request() -> None:
    oracle = Oracle({HAIKU: SURE})
    adviser = an_adviser(oracle)

    await advised(adviser, "one")
    await advised(adviser, "two")

    assert len({(prompt.instructions, str(prompt.schema)) for prompt in oracle.asked}) == 1
    assert len({prompt.question for prompt in oracle.asked}) == 2


async def test_only_where_there_are_very_many_places_a_short_list_is_suggested() -> None:
    many = load_map("destinations:\n" + "".join(f"  d{at}: team:d{at}\n" for at in range(21)) + "unknown: queue:front")
    oracle = Oracle({HAIKU: says(destination="unknown")})
    seven = (Candidate(destination=DestinationName("d7"), score=0.3),)
    guess = Opinion(source="classifier", reason=Reason(code="classifier"), candidates=seven)
    matter = replace(about(TEXT), heard=(guess,))

    await an_adviser(oracle).advise(matter)
    await an_adviser(oracle, routing_map=many).advise(matter)

    assert ["suggests: d7." in prompt.question for prompt in oracle.asked] == [False, True]


async def test_an_adviser_that_breaks_leaves_the_rest_of_the_panel_whole() -> None:
    oracle = Oracle({HAIKU: RuntimeError("boom")})

    heard = await Panel([], MAP, an_adviser(oracle)).consult(a_request(TEXT), CaseId("case-1"))

    assert [code(one) for one in heard] == [(WITHOUT_CLAUDE, ("failure",))]


async def test_what_people_quoted_in_the_map_is_masked_too() -> None:
    billing = MAP.at(DestinationName("billing"))
    quoted = replace(billing, examples=("Please answer anna.schmidt@acme.com about DE89370400440532013000",))
    oracle = Oracle({HAIKU: SURE})
    adviser = an_adviser(oracle, routing_map=replace(MAP, destinations={**MAP.destinations, billing.name: quoted}))

    await advised(adviser, "one")

    (prompt,) = oracle.asked
    assert "Please answer [EMAIL_1] about [IBAN_1]" in prompt.instructions
