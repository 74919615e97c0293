"""`frontdesk costs`, as a person at a keyboard meets it, beside a running bot."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import now
from bot.commands.costs import dollars
from routing.kinds import CaseId
from storage.sqlite import Store, open_store
from tests.purses import ONE, TWO, a_bill, a_purse, an_ask, held, know_cases

ROOT = Path(__file__).parents[2]
QUIET = CaseId("case-3")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    started = now()  # one moment: a test at midnight would have two days
    async with open_store(f"sqlite:///{tmp_path / 'frontdesk.db'}", clock=lambda: started) as store:
        await know_cases(store, ONE, TWO, QUIET)
        yield store


@pytest.mark.usefixtures("store")
async def test_a_ledger_without_calls_is_one_friendly_line(tmp_path: Path) -> None:
    told = _types(tmp_path)

    assert (told.returncode, told.stdout.count("\n")) == (0, 1)
    assert told.stdout.startswith("Claude has not been asked since ")
    assert told.stdout.endswith("UTC: nothing was spent.\n")


async def test_the_table_names_days_models_tokens_and_cents(store: Store, tmp_path: Path) -> None:
    await _spend(store)

    first, table, outcomes, dearest, held = _types(tmp_path).stdout.split("\n\n")

    assert first.endswith(" UTC: 3 calls to Claude, $0.13.")
    assert [line.split()[1:] for line in table.splitlines()[1:]] == [
        ["claude-haiku-5-5", "2", "1,800", "500", "8,000", "0", "$0.01"],
        ["claude-sonnet-5-5", "1", "0", "0", "0", "0", "$0.12"],
    ]
    assert outcomes == "Outcomes: answered 2 (67%), unknown 1 (33%)."
    assert dearest == "Dearest cases: #1002 $0.13 in 2 calls, #1001 <$0.01 in 1 call."
    assert held == "Not settled yet: 1 call under way or cut off, $0.02 set aside.\n"


async def test_json_is_exact_to_the_nano_dollar(store: Store, tmp_path: Path) -> None:
    await _spend(store)

    told = json.loads(_types(tmp_path, "--json").stdout)

    assert (told["calls"], told["cost_nano_usd"], told["cost_usd"]) == (3, 125_255_001, "0.125255001")
    assert sum(day["cost_nano_usd"] for day in told["days"]) == told["cost_nano_usd"]
    assert told["days"][0]["tokens"] == {"input": 1_800, "output": 500, "cache_read": 8_000, "cache_write": 0}
    assert told["outcomes"] == {"answered": {"calls": 2, "share": 2 / 3}, "unknown": {"calls": 1, "share": 1 / 3}}
    assert [each["case"] for each in told["dearest"]] == [1002, 1001]
    assert told["held"] == {"calls": 1, "worst_nano_usd": 20_000_000, "worst_usd": "0.020000000"}


async def test_one_case_lists_its_every_call(store: Store, tmp_path: Path) -> None:
    await _spend(store)

    told = _types(tmp_path, "--case", "1002").stdout.splitlines()
    exact = json.loads(_types(tmp_path, "--case", "1002", "--json").stdout)

    assert told[0] == "Case #1002: 3 calls to Claude, $0.15."
    assert [line.split()[2:5] for line in told[3:]] == [
        ["claude-haiku-5-5", "route/v1", "answered"],
        ["claude-sonnet-5-5", "route/v1", "unknown"],
        ["claude-haiku-5-5", "route/v1", "set"],
    ]
    assert [call["outcome"] for call in exact["calls"]] == ["answered", "unknown", None]
    assert [call["cost_usd"] for call in exact["calls"]] == ["0.005000001", "0.120000000", "0.020000000"]
    assert exact["calls"][1]["tokens"] is None


@pytest.mark.usefixtures("store")
async def test_a_case_claude_was_never_asked_about_says_so(tmp_path: Path) -> None:
    assert _types(tmp_path, "--case", "1003").stdout == "Claude was never asked about case #1003.\n"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--since", "yesterday"), "--since must be a duration such as 30m, 24h, 2d"),
        (("--since", "0d"), "--since must be between a minute and a year"),
        (("--since", "8bh"), "--since runs by the wall clock: write it with m, h or d."),
        (("--case", "9999"), "There is no case #9999."),
    ],
)
async def test_wrong_input_is_one_sentence(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    told = _types(tmp_path, *words)

    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert told.stderr.startswith(complaint)


def test_there_are_no_costs_before_the_first_start(tmp_path: Path) -> None:
    told = _types(tmp_path)

    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert told.stderr.startswith("There is no database at")


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (0, "$0.00"),
        (1, "<$0.01"),
        (4_999_999, "<$0.01"),
        (5_000_000, "$0.01"),
        (179_999_999, "$0.18"),
        (1_234_564_999_999, "$1,234.56"),
    ],
)
def test_what_costs_something_never_looks_like_nothing(nano: int, shown: str) -> None:
    assert dollars(nano) == shown


async def _spend(store: Store) -> None:
    """Two answers, one call nobody heard of again, and one that is under way."""
    await _call(store, ONE, "answered", 255_000)
    await _call(store, TWO, "answered", 5_000_001)
    await _call(store, TWO, "unknown", 120_000_000, model="claude-sonnet-5-5")
    await held(a_purse(store), TWO, 20_000_000)


async def _call(store: Store, case: CaseId, outcome: str, cost: int, model: str = "claude-haiku-5-5") -> None:
    purse = a_purse(store)
    hold = await purse.reserve(an_ask(case, cost, model=model))
    assert hold is not None
    usage = {"usage": None} if outcome == "unknown" else {}
    await purse.settle(hold, a_bill(outcome, cost, **usage))


def _types(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot.cli", "costs", *words],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
