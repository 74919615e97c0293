"""Any case comes back as it went in."""

import asyncio
import json
import types
import typing
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.kinds import MessageId
from routing.model import Case, Notice
from storage.rows import body_of, case_of, micros, moment, notice_body, notice_of, words_of
from storage.sqlite import open_store
from tests.make import NOW, TEAM, a_case, a_part, a_request, an_outcome

FIRST = datetime(1990, 1, 1)  # noqa: DTZ001  # hypothesis adds the zone
LAST = datetime(2200, 1, 1)  # noqa: DTZ001  # hypothesis adds the zone
MOMENTS = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(UTC))
ATOMS: dict[Any, st.SearchStrategy[Any]] = {
    datetime: MOMENTS,
    float: st.floats(min_value=0, max_value=1),
    int: st.integers(min_value=0, max_value=2**53),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of this type, every field of a dataclass included: hypothesis alone would keep the defaults."""
    if kind in ATOMS:
        return ATOMS[kind]
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{name: values(hint) for name, hint in hints.items()})  # type: ignore[arg-type]  # a class
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if isinstance(kind, types.UnionType):
        return st.one_of([values(argument) for argument in arguments])
    return st.from_type(kind)


CASES = values(Case)
NOTICES = values(Notice)


@given(CASES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_case_comes_back_as_it_went_in(case: Case) -> None:
    words = {text_id: body for text_id, (_, body) in words_of(case).items()}
    row = {
        "body": body_of(case),
        "key": case.key,
        "number": case.number,
        "revision": case.revision,
        "words": json.dumps(words),
    }

    assert case_of(row) == case


def test_any_case_comes_back_from_a_file_as_it_went_in(tmp_path: Path) -> None:
    @given(st.lists(CASES, min_size=1, max_size=6))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(cases: list[Case]) -> None:
        asyncio.run(_come_back(tmp_path, [_told_apart(case, place) for place, case in enumerate(cases)]))

    holds()


async def _come_back(folder: Path, cases: list[Case]) -> None:
    file = folder / "desk.db"
    file.unlink(missing_ok=True)
    async with open_store(f"sqlite:///{file}", clock=lambda: NOW) as store:
        settled = [await store.cases.settle(an_outcome(case)) for case in cases]

        assert [await store.cases.case(case.id) for case in cases] == settled
        for before, after in zip(cases, settled, strict=True):
            assert replace(before, number=after.number, revision=1) == after


def _told_apart(case: Case, place: int) -> Case:
    """New, and sharing no id or message with another."""
    parts = tuple(replace(part, message=MessageId(f"{place}.{count}")) for count, part in enumerate(case.request.parts))
    request = replace(case.request, team=TEAM, parts=parts)
    return replace(case, id=type(case.id)(f"{place}-{case.id}"), revision=0, request=request)


@given(NOTICES)
def test_any_notice_comes_back_as_it_went_in(notice: Notice) -> None:
    assert notice_of(notice_body(notice)) == notice


@given(MOMENTS)
def test_a_moment_keeps_its_microseconds_and_its_zone(at: datetime) -> None:
    assert moment(micros(at)) == at
    assert moment(micros(at)).tzinfo is UTC


def test_what_was_a_tuple_is_a_tuple_again() -> None:
    case = a_case(request=a_request(parts=(a_part(links=("a", "b")),)), raised_to=("U_LEAD",))
    words = {text_id: body for text_id, (_, body) in words_of(case).items()}

    loaded = case_of({"body": body_of(case), "key": case.key, "number": 0, "revision": 0, "words": json.dumps(words)})

    assert type(loaded.request.parts) is tuple
    assert type(loaded.request.links) is tuple
    assert type(loaded.raised_to) is tuple
