"""Every benchmark, as one table and one JSON file: `python -m tests.benchmarks [--only ingest,start]`."""

import argparse
import sys
from pathlib import Path

from tests.benchmarks import (
    bench_classifier,
    bench_digests,
    bench_growth,
    bench_ingest,
    bench_memory,
    bench_presses,
    bench_price,
    bench_profile,
    bench_start,
    bench_trends,
    bench_verify,
)
from tests.benchmarks.frame import Family, Wish, run

FAMILIES: dict[str, Family] = {
    "ingest": bench_ingest.measure,
    "price": bench_price.measure,
    "presses": bench_presses.measure,
    "growth": bench_growth.measure,
    "memory": bench_memory.measure,
    "audit": bench_verify.measure,
    "start": bench_start.measure,
    "classifier": bench_classifier.measure,
    "trends": bench_trends.measure,
    "digests": bench_digests.measure,
}
ON_DEMAND: dict[str, Family] = {"profile": bench_profile.measure}


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    words.add_argument("--only", default="", help=f"some of {', '.join(FAMILIES | ON_DEMAND)}, with commas between")
    words.add_argument("--out", type=Path, default=Path("bench.json"))
    words.add_argument("--soak", type=float, default=Wish().soak_seconds, help="seconds")
    words.add_argument("--sustained", type=float, default=Wish().sustained_seconds, help="seconds")
    words.add_argument("--pairs", type=int, default=Wish().pairs)
    asked = words.parse_args()
    known = FAMILIES | ON_DEMAND
    names = asked.only.split(",") if asked.only else list(FAMILIES)
    unknown = [name for name in names if name not in known]
    if unknown:
        words.error(f"there is no {', '.join(unknown)}")
    wish = Wish(soak_seconds=asked.soak, sustained_seconds=asked.sustained, pairs=asked.pairs)
    sys.exit(0 if run({name: known[name] for name in names}, wish, asked.out) else 1)


if __name__ == "__main__":
    main()
