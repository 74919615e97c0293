"""Values ↔ columns. A case's body holds no prose: people's words and the case's key are taken out and put back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from routing.model import (
    Case,
    Notice,
    Request,
)
from storage.driver import Row, Unstorable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PART = "part"
LINKS = "links"

_CASE = TypeAdapter(Case)
_NOTICE = TypeAdapter(Notice)
_LINKS = TypeAdapter(tuple[str, ...])


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def micros_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def moment(count: int) -> datetime:
    return EPOCH + timedelta(microseconds=count)


def moment_or_none(count: int | None) -> datetime | None:
    return None if count is None else moment(count)


def words_of(case: Case) -> dict[str, tuple[str, str]]:
    """Everything a person wrote in this request: text id → (kind, body)."""
    words = {}
    for position, part in enumerate(case.request.parts):
        words[_word_id(case, PART, position)] = (PART, part.text)
        if part.links:
            words[_word_id(case, LINKS, position)] = (LINKS, _LINKS.dump_json(part.links).decode())
    return words


def body_of(case: Case) -> str:
    """The case without words and key, and without the numbers that the database itself counts."""
    parts = tuple(replace(part, text="", links=()) for part in case.request.parts)
    bare = replace(case, key="", number=0, revision=0, request=replace(case.request, parts=parts))
    return _CASE.dump_json(bare).decode()


def case_of(row: Row) -> Case:
    """The whole case again. What was erased comes back empty."""
    try:
        bare = _CASE.validate_json(row["body"], strict=True)
    except ValidationError as problem:
        sentence = f"Case #{row['number']} cannot be read: its row is damaged. Restore the file from a backup."
        raise Unstorable(sentence) from problem
    words = json.loads(row["words"])
    return replace(
        bare,
        key=row["key"] or "",
        number=row["number"],
        revision=row["revision"],
        request=_request_of(bare, words),
    )


def notice_body(notice: Notice) -> str:
    return _NOTICE.dump_json(notice).decode()


def notice_of(body: str) -> Notice:
    return _NOTICE.validate_json(body, strict=True)


def _request_of(bare: Case, words: Mapping[str, str]) -> Request:
    parts = []
    for position, part in enumerate(bare.request.parts):
        text = words.get(_word_id(bare, PART, position), "")
        links = words.get(_word_id(bare, LINKS, position), "[]")
        parts.append(replace(part, text=text, links=_LINKS.validate_json(links, strict=True)))
    return replace(bare.request, parts=tuple(parts))


def _word_id(case: Case, kind: str, position: int) -> str:
    return f"{case.id}:{kind}:{position}"
