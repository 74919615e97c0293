"""`frontdesk evaluate`: labelled requests decided as on the desk, and how good that was."""

import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

import click

from bot import charts
from bot.commands.figures import told
from bot.files import map_at, text_at
from bot.paper import on_paper
from bot.problems import Complaint
from bot.settings import read_settings
from bot.sources import sources_named
from routing.decide import Stance, Unsure, decide
from routing.evaluation import prices
from routing.evaluation.examples import Example, ExampleErrors, known_already, read_examples, taught
from routing.evaluation.judged import Judged
from routing.evaluation.measures import Report, measured
from routing.map import RoutingMap
from routing.model import Audience, Verdict
from routing.panel import Panel

MOST_BYTES = 200_000_000
MOST_COMPLAINTS = 50
CONFUSION, RELIABILITY = "confusion.png", "reliability.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    examples: Path
    routes: Path | None
    train: Path | None
    sources: tuple[str, ...]
    out: Path | None
    charts: Path | None


async def evaluated(wish: Wish) -> str:
    routing_map = map_at(wish.routes)
    if wish.train:
        routing_map = taught(routing_map, _examples(wish.train, routing_map))
    examples = _examples(wish.examples, routing_map)
    panel = Panel(sources_named(wish.sources, routing_map), routing_map)
    _made_room_for(wish)
    judged = [one async for one in _judged(examples, panel, routing_map)]
    report = measured(examples, judged, routing_map)
    leaks = tuple(one.id for one in known_already(examples, routing_map))
    _kept(wish, report, routing_map, leaks)
    learned_from = str(wish.train) if wish.train else "the map's own examples"
    return told(report, routing_map.unknown, leaks=len(leaks), learned_from=learned_from)


def _examples(path: Path, routing_map: RoutingMap) -> tuple[Example, ...]:
    try:
        # Not splitlines: a text may hold any of the stranger line ends, unescaped.
        return read_examples(text_at(path, MOST_BYTES).removeprefix("\ufeff").split("\n"), routing_map)
    except ExampleErrors as problem:
        shown = problem.sentences[:MOST_COMPLAINTS]
        more = len(problem.sentences) - len(shown)
        lines = [f"{path} cannot be used:", *shown, *([f"… and {more:,} more lines."] if more else [])]
        raise Complaint("\n".join(lines)) from None


async def _judged(examples: Sequence[Example], panel: Panel, routing_map: RoutingMap) -> AsyncIterator[Judged]:
    """As a colleague would ask, in a channel from which everybody may send everywhere."""
    stance = Stance(unsure=Unsure(read_settings().route_below_confidence))
    silent = replace(stance, may_ask=False)
    with _progress(len(examples)) as bar:
        for example in examples:
            request = on_paper(
                example.text, team="local", channel="", asker="asker", audience=Audience.STAFF, customer=None
            )
            begun = perf_counter()
            opinions = await panel.consult(request)
            decision = decide(opinions, routing_map, request, stance)
            seconds = perf_counter() - begun
            asks = decision.verdict is Verdict.REQUEST_CLARIFICATION
            unanswered = decide(opinions, routing_map, request, silent) if asks else None
            yield Judged(example=example, decision=decision, seconds=seconds, unanswered=unanswered)
            bar.update(1)


@contextmanager
def _progress(length: int) -> "Iterator[click._termui_impl.ProgressBar[int]]":
    """On standard error, and only for somebody who watches."""
    steps = max(1, length // 200)
    is_watched = sys.stderr.isatty()
    with click.progressbar(length=length, file=sys.stderr, update_min_steps=steps, hidden=not is_watched) as bar:
        yield bar


def _made_room_for(wish: Wish) -> None:
    """Before the work, not after it: nobody waits ten minutes to hear that a folder is missing."""
    if wish.out and wish.out.exists() and any(wish.out.samefile(one) for one in (wish.examples, wish.train) if one):
        raise Complaint(f"{wish.out} is what is measured; write the report elsewhere.")
    try:
        if wish.charts:
            wish.charts.mkdir(parents=True, exist_ok=True)
        if wish.out:
            wish.out.touch()
    except OSError as problem:
        raise Complaint(f"Cannot write {problem.filename}: {problem.strerror}.") from None


def _kept(wish: Wish, report: Report, routing_map: RoutingMap, leaks: Sequence[str]) -> None:
    try:
        if wish.out:
            written = as_object(wish, report, routing_map, leaks)
            wish.out.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        if wish.charts:
            charts.confusion_matrix(report.confusion).save(wish.charts / CONFUSION)
            charts.reliability(report.certainty).save(wish.charts / RELIABILITY)
    except OSError as problem:
        raise Complaint(f"Cannot write {problem.filename}: {problem.strerror}.") from None


def as_object(wish: Wish, report: Report, routing_map: RoutingMap, leaks: Sequence[str]) -> dict[str, object]:
    """Every figure, with what it was measured on."""
    return {
        "file": str(wish.examples),
        "map_version": routing_map.version,
        "train": str(wish.train) if wish.train else None,
        "sources": list(dict.fromkeys(wish.sources)),
        "human_triage": routing_map.unknown,
        "leaks": list(leaks),
        "weights": {
            "risky_as_normal": prices.RISKY_AS_NORMAL,
            "wrong_place": prices.WRONG_PLACE,
            "needless_care": prices.NEEDLESS_CARE,
        },
        **asdict(report),
    }
