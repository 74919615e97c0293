"""Many who ask the same at once: one question, and an answer for each that is true of their own words."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from routing.adviser import STORM_SECONDS, ClaudeAdviser
from routing.decide import WITHOUT_CLAUDE
from routing.decisions import Extraction, Opinion
from routing.kinds import Audience, CaseId
from routing.names import Names
from tests.oracle import HAIKU, SONNET, Oracle, World, about, advised, an_adviser, says, silent
from tests.unit.scenes import a_request


@asynccontextmanager
async def a_storm(oracle: Oracle, texts: Sequence[str], world: World | None = None) -> AsyncIterator["Storm"]:
    """Everybody asks before Claude says a word."""
    adviser = an_adviser(oracle, world)
    oracle.may_speak.clear()
    tasks = [asyncio.create_task(advised(adviser, text, f"case-{at}")) for at, text in enumerate(texts)]
    await until_asked(oracle)
    yield Storm(adviser, tasks)
    await adviser.close()
    assert adviser._under_way == {}


class Storm:
    def __init__(self, adviser: ClaudeAdviser, tasks: list[asyncio.Task[Opinion]]) -> None:
        self.adviser = adviser
        self.tasks = tasks

    async def ends(self, oracle: Oracle) -> list[Opinion]:
        oracle.may_speak.set()
        return await asyncio.gather(*self.tasks)


async def until_asked(oracle: Oracle) -> None:
    """Everybody who can run has run."""
    async with asyncio.timeout(5):
        while not oracle.asked:  # noqa: ASYNC110 - masking has a thread of its own, and an oracle no event
            await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)  # not a wait: nothing here takes any time


def read_out(opinion: Opinion) -> Extraction:
    assert opinion.extraction is not None
    return opinion.extraction


async def test_twenty_alike_are_one_question_booked_on_the_first() -> None:
    oracle = Oracle({HAIKU: says(confidence="medium"), SONNET: says(destination="bugs")})

    async with a_storm(oracle, [f"Order {at} shows Odd figures\n" for at in range(10, 30)]) as storm:
        opinions = await storm.ends(oracle)

    assert oracle.models == [HAIKU, SONNET]
    assert oracle.cases == ["case-0", "case-0"]
    assert {one.candidates[0].destination for one in opinions} == {"bugs"}


async def test_who_comes_within_a_minute_is_of_the_same_storm() -> None:
    oracle = Oracle({HAIKU: says(summary="Order 41 is odd")})
    adviser = an_adviser(oracle)

    for order in range(41, 50):
        last = await advised(adviser, f"Order {order} is odd")
    assert (len(oracle.asked), read_out(last).summary) == (1, "")

    oracle.now += STORM_SECONDS
    await advised(adviser, "Order 50 is odd")
    assert len(oracle.asked) == 2


@pytest.mark.parametrize(
    "other",
    [
        "Order 31 shows even figures",
        "Order 3111111 shows odd figures",
        "ann@halden.example and bob@halden.example",
    ],
)
async def test_other_words_another_size_or_other_people_are_not_alike(other: str) -> None:
    texts = ["Order 30 shows odd figures", "ann@halden.example and ann@halden.example", other]

    oracle = Oracle({HAIKU: says()})
    async with a_storm(oracle, texts) as storm:
        await storm.ends(oracle)

    assert len(oracle.asked) == 3


async def test_a_customer_and_a_colleague_do_not_share_an_answer() -> None:
    oracle = Oracle({HAIKU: says()})
    adviser = an_adviser(oracle)
    customer = about("x", "case-2", request=a_request("odd figures", audience=Audience.CUSTOMERS))

    await asyncio.gather(adviser.advise(about("odd figures")), adviser.advise(customer))

    assert len(oracle.asked) == 2


async def test_nobody_is_told_the_numbers_or_the_words_of_another() -> None:
    told = says(
        evidence=["order 41 of 2026 fails for 70", "of 2026 fails"],
        summary="Order 41 fails.",
        error_signature="E 503",
        environment="checkout since 14:05",
        customers_affected=70,
        customers_share=15,
    )
    oracle = Oracle({HAIKU: told})
    first = "Order 41 of 2026 fails for 70 of them, 15 %, with E 503 at 14:05"
    second = "order 70 of 2026 fails for 41 of them, 15 %, with E 503 at 14:06"

    async with a_storm(oracle, [first, second]) as storm:
        mine, theirs = map(read_out, await storm.ends(oracle))

    assert len(oracle.asked) == 1
    assert (mine.summary, mine.customers_affected, mine.customers_share) == ("Order 41 fails.", 70, 15)
    assert mine.evidence == "order 41 of 2026 fails for 70"
    # 70 stands in the second one too, and is an order there.
    assert (theirs.summary, theirs.customers_affected, theirs.customers_share) == ("", None, 15)
    assert (theirs.evidence, theirs.error_signature, theirs.environment) == ("of 2026 fails", "E 503", "")


async def test_a_number_is_the_same_however_its_thousands_are_written() -> None:
    oracle = Oracle({HAIKU: says(customers_affected=12_000, summary="12,000 are waiting")})

    async with a_storm(oracle, ["Order 41: 12,000 wait", "Order 42: 12,000 wait"]) as storm:
        _, theirs = map(read_out, await storm.ends(oracle))

    assert (theirs.customers_affected, theirs.summary) == (12_000, "12,000 are waiting")


async def test_everybody_reads_their_own_names() -> None:
    oracle = Oracle({HAIKU: says(evidence=["[NAME_1] waits"], summary="[NAME_1] waits.")})
    world = World(names=Names.of(["Ines", "Sam"]))

    async with a_storm(oracle, ["Ines waits", "Sam waits"], world) as storm:
        told = [read_out(one) for one in await storm.ends(oracle)]

    assert [(one.evidence, one.summary) for one in told] == [
        ("Ines waits", "Ines waits."),
        ("Sam waits", "Sam waits."),
    ]


async def test_whoever_leaves_first_leaves_the_others_their_answer() -> None:
    oracle = Oracle({HAIKU: says()})

    async with a_storm(oracle, ["odd figures"] * 3) as storm:
        storm.tasks[0].cancel()
        storm.tasks[2].cancel()
        await asyncio.wait([storm.tasks[0], storm.tasks[2]])
        oracle.may_speak.set()
        answered = await storm.tasks[1]

    assert [task.cancelled() for task in storm.tasks] == [True, False, True]
    assert answered.candidates[0].destination == "billing"
    assert len(oracle.asked) == 1


async def test_a_break_is_everybodys_once_and_nobodys_later() -> None:
    oracle = Oracle({HAIKU: RuntimeError("boom")})

    async with a_storm(oracle, ["odd figures"] * 3) as storm:
        oracle.may_speak.set()
        broken = await asyncio.gather(*storm.tasks, return_exceptions=True)
        oracle.says = {HAIKU: says()}
        later = await advised(storm.adviser, "odd figures")

    assert [type(one) for one in broken] == [RuntimeError] * 3
    assert later.candidates[0].destination == "billing"


async def test_where_nothing_is_left_for_the_first_the_next_is_asked_about() -> None:
    class Poor(Oracle):
        async def ask(self, *args: object, **more: object):  # type: ignore[no-untyped-def] # as the port
            self.says = {HAIKU: silent("budget") if more["case"] == CaseId("case-0") else says()}
            return await super().ask(*args, **more)  # type: ignore[arg-type] # as the port

    oracle = Poor({})
    async with a_storm(oracle, ["odd figures"] * 4) as storm:
        first, *others = await storm.ends(oracle)

    assert (first.reason.code, first.reason.words) == (WITHOUT_CLAUDE, ("budget",))
    assert [one.reason.code for one in others] == ["claude"] * 3
    assert oracle.cases == ["case-0", "case-1"]


async def test_where_nothing_is_left_for_anybody_everybody_is_told_so() -> None:
    oracle = Oracle({HAIKU: silent("budget")})

    async with a_storm(oracle, ["odd figures"] * 4) as storm:
        told = await storm.ends(oracle)

    assert {one.reason.words for one in told} == {("budget",)}
    assert sorted(map(str, oracle.cases)) == ["case-0", "case-1", "case-2", "case-3"]


async def test_closing_leaves_no_task_behind_and_nobody_hanging() -> None:
    oracle = Oracle({HAIKU: says()})

    async with a_storm(oracle, ["odd figures", "even figures"]) as storm:
        before = asyncio.all_tasks()
        await storm.adviser.close()
        told = await asyncio.gather(*storm.tasks)

        assert asyncio.all_tasks() == {asyncio.current_task()} < before
        assert {one.reason.words for one in told} == {("failure",)}
        already = len(oracle.asked)
        assert (await advised(storm.adviser, "odd figures")).reason.words == ("failure",)
    assert len(oracle.asked) == already


async def test_nothing_personal_of_a_whole_storm_is_asked() -> None:
    oracle = Oracle({HAIKU: lambda asked: says(summary=re.findall(r"\[EMAIL_1\]", asked)[0])})

    async with a_storm(oracle, [f"user{at}@halden.example waits" for at in range(5)]) as storm:
        told = [read_out(one) for one in await storm.ends(oracle)]

    assert len(oracle.asked) == 1
    assert [one.summary for one in told] == [f"user{at}@halden.example" for at in range(5)]
    assert "halden.example" not in oracle.asked[0].question
