"""How fast `audit verify` is: `bench_audit` fills a chain and follows it, and here that joins the table."""

import importlib
import importlib.util
from collections.abc import Iterator

from tests.benchmarks.frame import Result, Wish, at_least, tell

ENTRIES_A_SECOND = 50_000
FILLED = "tests.benchmarks.bench_audit"


def measure(wish: Wish) -> Iterator[Result]:  # noqa: ARG001 - as every family
    if importlib.util.find_spec(FILLED) is None:
        tell("   not measured: there is no chain to follow yet")
        return
    found = importlib.import_module(FILLED).measured()
    tell(f"   {found['entries']:,} entries of {found['cases']:,} cases, with their words and texts")
    rate = float(found["entries_per_second"])
    yield Result(name="audit verify", measured=rate, unit="/s", target=at_least(ENTRIES_A_SECOND))
