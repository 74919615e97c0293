"""What Claude answered, once it is true: read strictly, kept to the map's words, and turned into one more opinion.

Nothing here believes an answer more than a stranger's note: it can name a destination of the map and add a risk, and
that is all it can do.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

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
from routing.map import POLICY_CATEGORIES, RoutingMap
from routing.prompting import NOT_SAID, NOTHING, UNKNOWN, legible, words

BODY_MAX = 16_000  # characters; the longest honest answer has a quarter of them
_PROSE_MAX = 300
_EVIDENCE_MAX = 240
_QUOTES_MAX, _QUOTE_MIN = 3, 4  # passages; characters below which one shows nothing
_LIST_MAX = 24
_CUSTOMERS_MAX = 10_000_000_000
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})?")

# Until people have reviewed enough decisions to calibrate each bucket: sure routes by itself (thresholds stand at 0.80
# unless the map says otherwise), fairly sure is proposed, not sure is only ever an option in a question.
SCORES: Mapping[str, float] = {"high": 0.86, "medium": 0.72, "low": 0.40}
_RUNNER_UP = 0.9  # the second best is that much weaker at most, so that two weak ones are a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Placeholders such as [EMAIL_1] are still in it; what they hide is nothing that routing needs."""

    evidence: tuple[str, ...]
    summary: str
    destination: DestinationName | None
    runner_up: DestinationName | None
    confidence: Confidence
    intents: tuple[str, ...]
    risks: tuple[str, ...]
    categories: tuple[str, ...]
    priority: Priority | None
    missing: tuple[str, ...]
    error_signature: str
    environment: str
    customers_affected: int | None
    customers_share: int | None
    sentiment: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """`why` is a code: too_long, not_json or wrong_shape; `fields` are those of ours that were wrong."""

    why: str
    fields: tuple[str, ...] = ()


def read_answer(body: str, routing_map: RoutingMap) -> Answer | Unreadable:
    if len(body) > BODY_MAX:
        return Unreadable(why="too_long")
    try:
        value = json.loads(body, object_pairs_hook=_no_key_twice, parse_constant=_no_such_number)
    except (ValueError, RecursionError):
        return Unreadable(why="not_json")
    try:
        written = _Written.model_validate(value, context=_allowed(routing_map))
    except ValidationError as problem:
        wrong = {str(one["loc"][0]) for one in problem.errors(include_url=False, include_input=False) if one["loc"]}
        return Unreadable(why="wrong_shape", fields=tuple(sorted(wrong & set(_Written.model_fields))))
    return _answer(written, {routing_map.unknown, UNKNOWN})


def as_opinion(
    answer: Answer, routing_map: RoutingMap, *, text: str, model: str, scores: Mapping[str, float] = SCORES
) -> Opinion:
    """One opinion among others. It settles nothing and takes nothing back; `text` is the request as it was sent."""
    risks = tuple(dict.fromkeys(one for one in (*answer.risks, *answer.intents) if one in routing_map.high_risk))
    return Opinion(
        source=f"claude:{model}",
        reason=Reason(code="claude"),
        candidates=tuple(one for one in _candidates(answer, scores) if one.destination in routing_map.destinations),
        intents=tuple(dict.fromkeys((*answer.intents, *risks))),
        risks=risks,
        categories=tuple(one for one in answer.categories if one in POLICY_CATEGORIES),
        # P3 is what a request without hurry gets by rule. If a model could say it too, asking for it would be enough.
        priority=None if answer.priority is Priority.P3 else answer.priority,
        missing=answer.missing,
        extraction=Extraction(
            summary=answer.summary,
            evidence=_quoted(answer.evidence, text),
            error_signature=answer.error_signature,
            environment=answer.environment,
            customers_affected=answer.customers_affected,
            customers_share=answer.customers_share,
            sentiment=answer.sentiment,
            language=answer.language,
        ),
    )


def _candidates(answer: Answer, scores: Mapping[str, float]) -> tuple[Candidate, ...]:
    if answer.destination is None:
        return ()
    score = scores[answer.confidence.value]
    first = Candidate(destination=answer.destination, score=score)
    if answer.runner_up is None or answer.runner_up == answer.destination:
        return (first,)
    return (first, Candidate(destination=answer.runner_up, score=round(min(score * _RUNNER_UP, 1 - score), 3)))


def _quoted(evidence: Sequence[str], text: str) -> str:
    """The first passage that really stands in the request: nobody is quoted with words of a model."""
    said = _comparable(text)
    return next((quote for quote in evidence if len(quote) >= _QUOTE_MIN and _comparable(quote) in said), "")


def _comparable(text: str) -> str:
    return " ".join(legible(text).casefold().split())


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _allowed(routing_map: RoutingMap) -> dict[str, frozenset[str]]:
    lists = {key: frozenset(allowed) for key, allowed in words(routing_map).items()}
    # Human triage is not on offer, but whoever names it has understood.
    places = lists["destination"] | {routing_map.unknown}
    return {**lists, "destination": places, "runner_up": places}


def _word(value: str, info: ValidationInfo) -> str:
    """A word of the field's closed list, however it was capitalised: the API does not promise that."""
    word = value.casefold()
    if word not in _on_offer(info):
        raise ValueError("is none of the words on offer")
    return word


def _words(values: list[str], info: ValidationInfo) -> tuple[str, ...]:
    has_choice = bool(_on_offer(info))
    real = [value for value in values if has_choice or value.casefold() != NOTHING]
    return tuple(dict.fromkeys(_word(value, info) for value in real))


def _on_offer(info: ValidationInfo) -> Collection[str]:
    assert info.context is not None, "an answer is always read with the map's words"
    allowed: Collection[str] = info.context[info.field_name]
    return allowed


def _prose(value: str) -> str:
    """On one line, without what nobody sees, and cut where a card would be flooded."""
    line = " ".join(legible(value).split())
    return line if len(line) <= _PROSE_MAX else line[: _PROSE_MAX - 1].rstrip() + "…"


def _passages(values: list[str]) -> tuple[str, ...]:
    # Cut without a mark: a passage must be found again in the request.
    lines = (" ".join(legible(value).split())[:_EVIDENCE_MAX].rstrip() for value in values)
    return tuple(line for line in lines if line)[:_QUOTES_MAX]


def _answer(written: "_Written", nowhere: Collection[str]) -> Answer:
    def place(name: str) -> DestinationName | None:
        return None if name in nowhere else DestinationName(name)

    def number(said: int) -> int | None:
        return None if said == NOT_SAID else said

    return Answer(
        evidence=tuple(written.evidence),
        summary=written.summary,
        destination=place(written.destination),
        runner_up=place(written.runner_up),
        confidence=Confidence(written.confidence),
        intents=tuple(written.intents),
        risks=tuple(written.risks),
        categories=tuple(written.categories),
        priority=None if written.priority == UNKNOWN else Priority(written.priority.upper()),
        missing=tuple(written.missing),
        error_signature=written.error_signature,
        environment=written.environment,
        customers_affected=number(written.customers_affected),
        customers_share=number(written.customers_share),
        sentiment=written.sentiment,
        # A code, or nothing: no answer is thrown away for it.
        language=written.language.lower() if _LANGUAGE.fullmatch(written.language) else "",
    )


_Prose = Annotated[str, AfterValidator(_prose)]
_Word = Annotated[str, AfterValidator(_word)]
_SomeWords = Annotated[list[str], Field(max_length=_LIST_MAX), AfterValidator(_words)]


class _Written(BaseModel):
    """The form that `prompting.schema` asks for, and the bounds that the API cannot enforce."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    evidence: Annotated[list[str], Field(max_length=_LIST_MAX), AfterValidator(_passages)]
    summary: _Prose
    risks: _SomeWords
    categories: _SomeWords
    intents: _SomeWords
    destination: _Word
    runner_up: _Word
    confidence: _Word
    priority: _Word
    missing: _SomeWords
    error_signature: _Prose
    environment: _Prose
    customers_affected: Annotated[int, Field(ge=NOT_SAID, le=_CUSTOMERS_MAX)]
    customers_share: Annotated[int, Field(ge=NOT_SAID, le=100)]
    sentiment: _Word
    language: _Prose
