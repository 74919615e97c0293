"""What a benchmark found: a line of the table and of the JSON file. A target is never moved: it is met, or missed."""

import json
import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot import clock

MET, MISSED, NO_TARGET = "met", "MISSED", ""
NAME_WIDTH = 66


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    limit: float
    is_most: bool

    def is_met(self, measured: float) -> bool:
        return measured <= self.limit if self.is_most else measured >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.is_most else '≥'} {self.limit:,g}"


def at_most(limit: float) -> Target:
    return Target(limit=limit, is_most=True)


def at_least(limit: float) -> Target:
    return Target(limit=limit, is_most=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`spread` is the least and the most of what was measured several times. Without a target it is for orientation."""

    name: str
    measured: float
    unit: str
    target: Target | None = None
    spread: tuple[float, float] | None = None

    @property
    def verdict(self) -> str:
        if self.target is None:
            return NO_TARGET
        return MET if self.target.is_met(self.measured) else MISSED

    @property
    def line(self) -> str:
        target = str(self.target or "")
        spread = f"{self.spread[0]:,.4g} to {self.spread[1]:,.4g}" if self.spread else ""
        measured = f"{_figure(self.measured):>10} {self.unit:6}"
        return f"{self.name:{NAME_WIDTH}} {measured} {target:>10} {self.verdict:6} {spread}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of the families. `pairs` is how often what is compared is measured, in turn with the other."""

    soak_seconds: float = 600.0
    sustained_seconds: float = 60.0
    pairs: int = 5


Family = Callable[[Wish], Iterator[Result]]


def several(name: str, unit: str, figures: Sequence[float], target: Target | None = None) -> Result:
    """The median of figures, and how far they lie apart."""
    spread = (min(figures), max(figures))
    return Result(name=name, measured=statistics.median(figures), unit=unit, target=target, spread=spread)


def percentile(figures: Sequence[float], share: float) -> float:
    """Of sorted figures."""
    return figures[min(len(figures) - 1, int(len(figures) * share))]


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(families: dict[str, Family], wish: Wish, out: Path) -> bool:
    """Each line is told as soon as it is known: a soak takes its time. False when a target was missed."""
    found: dict[str, list[Result]] = {}
    for name, family in families.items():
        tell(f"\n── {name} (load average {os.getloadavg()[0]:.2f})")
        found[name] = []
        for one in family(wish):
            found[name].append(one)
            tell(one.line)
        out.write_text(json.dumps(_report(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = [one for results in found.values() for one in results if one.verdict == MISSED]
    tell(f"\n{sum(map(len, found.values()))} figures, {len(missed)} missed; written to {out.name}")
    for one in missed:
        tell(one.line)
    return not missed


def _report(found: dict[str, list[Result]]) -> dict[str, Any]:
    return {
        "at": clock.now().isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        "families": {name: [_plain(one) for one in results] for name, results in found.items()},
    }


def _plain(one: Result) -> dict[str, Any]:
    return asdict(one) | {"target": str(one.target) if one.target else None, "verdict": one.verdict}


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
