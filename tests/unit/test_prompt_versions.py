"""Which version of a prompt serves a case: a share of all cases, and the same one every time."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routing.kinds import CaseId
from routing.prompting import NoSheet, place_of, served, sheet, versions, which_version

ROOT = Path(__file__).parents[2]
ROUTE = sheet("route", "v1")
HUNDRED = range(100)


def test_a_sheet_is_what_its_file_says() -> None:
    assert versions("route")[0] == "v1"
    assert ROUTE.template == (ROOT / "routing/prompts/route/v1.md").read_text(encoding="utf-8")
    assert re.fullmatch(r"[0-9a-f]{64}", ROUTE.hash)


@pytest.mark.parametrize(("name", "version"), [("route", "v0"), ("route", "../v1"), ("nowhere", "v1"), ("..", "v1")])
def test_a_prompt_that_is_not_shipped_is_refused_in_a_sentence(name: str, version: str) -> None:
    with pytest.raises(NoSheet, match=r"^(There is no|The) prompt .*\.$"):
        sheet(name, version)


def test_a_version_nobody_shipped_never_serves() -> None:
    with pytest.raises(NoSheet, match="no version 'v99'"):
        which_version("route", {"v99": 10}, CaseId("c1"))


def test_the_same_case_is_always_served_by_the_same_version() -> None:
    cases = [CaseId(f"case-{n}") for n in range(50)]

    assert {which_version("route", {"v1": 100}, case) for case in cases} == {"v1"}
    assert [which_version("route", {"v1": 40}, case) for case in cases] == [
        which_version("route", {"v1": 40}, case) for case in cases
    ]


def test_a_share_of_a_hundred_is_all_and_of_none_is_nothing() -> None:
    shipped = ("v1", "v2", "v3")

    assert {served(shipped, {"v3": 100}, place) for place in HUNDRED} == {"v3"}
    assert {served(shipped, {"v1": 100}, place) for place in HUNDRED} == {"v1"}
    assert {served(shipped, {"v3": 0}, place) for place in HUNDRED} == {"v2"}
    assert {served(shipped, {}, place) for place in HUNDRED} == {"v3"}


@pytest.mark.parametrize("share", [1, 10, 37, 50, 99])
def test_a_share_of_cases_is_a_share_of_places(share: int) -> None:
    counts = Counter(served(("v1", "v2"), {"v1": 100 - share, "v2": share}, place) for place in HUNDRED)

    assert counts["v2"] == share


@pytest.mark.parametrize("share", [1, 10, 50])
def test_of_ten_thousand_cases_a_version_gets_its_share(share: int) -> None:
    places = [place_of("route", CaseId(f"{n:032x}")) for n in range(10_000)]

    got = sum(served(("v1", "v2"), {"v2": share}, place) == "v2" for place in places)

    assert abs(got - share * 100) < 4 * (share * (100 - share)) ** 0.5  # four standard deviations
    assert sorted(set(places)) == list(HUNDRED)


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=4),
    st.integers(0, 3),
    st.integers(0, 100),
    st.sampled_from(HUNDRED),
)
def test_raising_a_share_moves_no_case_away_from_it(shares: list[int], which: int, more: int, place: int) -> None:
    shipped = tuple(f"v{n}" for n in range(1, len(shares) + 1))
    raised = shipped[which % len(shipped)]
    before = dict(zip(shipped, shares, strict=True))

    assume(sum(shares) <= 100 and served(shipped, before, place) == raised)
    assert served(shipped, {**before, raised: min(100, before[raised] + more)}, place) == raised
