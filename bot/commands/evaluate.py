"""`frontdesk evaluate`: labelled requests decided as on the desk, and how good that was."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

from bot import charts
from bot.commands.figures import told
from bot.commands.progress import progress
from bot.files import map_at, text_at
from bot.paper import on_paper
from bot.problems import Complaint
from bot.settings import Settings, read_settings
from bot.sources import Company, Sitting, must_be_able, sitting
from routing.decide import Stance, Unsure, decide
from routing.evaluation import prices
from routing.evaluation.examples import Example, ExampleErrors, known_already, read_examples, taught
from routing.evaluation.judged import Judged
from routing.evaluation.measures import Report, measured
from routing.kinds import (
    Audience,
    CaseId,
    Verdict,
)
from routing.map import RoutingMap

MOST_BYTES = 200_000_000
MOST_COMPLAINTS = 50
REPORT_BEGINS = b'{\n  "file": "'
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
    settings = read_settings()
    must_be_able(wish.sources, settings)
    routing_map = map_at(wish.routes)
    if wish.train:
        routing_map = taught(routing_map, _examples(wish.train, routing_map))
    examples = _examples(wish.examples, routing_map)
    _made_room_for(wish)
    async with sitting(wish.sources, Company(map=routing_map, settings=settings)) as sources:
        judged = [one async for one in _judged(examples, sources, routing_map, settings)]
    report = measured(examples, judged, routing_map)
    leaks = tuple(one.id for one in known_already(examples, routing_map))
    learned_from = str(wish.train) if wish.train else "the map's own examples"
    lines = [told(report, routing_map.unknown, leaks=len(leaks), learned_from=learned_from), *_alone(judged)]
    try:
        _kept(wish, report, routing_map, leaks, judged)
    except Complaint as problem:
        # Measured is measured, and may have cost money.
        raise Complaint("\n\n".join([*lines, str(problem)])) from None
    return "\n\n".join(lines)


def _examples(path: Path, routing_map: RoutingMap) -> tuple[Example, ...]:
    try:
        # Not splitlines: a text may hold any of the stranger line ends, unescaped.
        return read_examples(text_at(path, MOST_BYTES).removeprefix("\ufeff").split("\n"), routing_map)
    except ExampleErrors as problem:
        shown = problem.sentences[:MOST_COMPLAINTS]
        more = len(problem.sentences) - len(shown)
        lines = [f"{path} cannot be used:", *shown, *([f"… and {more:,} more lines."] if more else [])]
        raise Complaint("\n".join(lines)) from None


async def _judged(
    examples: Sequence[Example], sources: Sitting, routing_map: RoutingMap, settings: Settings
) -> AsyncIterator[Judged]:
    """As a colleague would ask, in a channel from which everybody may send everywhere.

    For Claude each example is a case of its own: what a case may cost, an example may.
    """
    stance = Stance(unsure=Unsure(settings.route_below_confidence))
    silent = replace(stance, may_ask=False)
    with progress(len(examples)) as bar:
        for example in examples:
            request = on_paper(
                example.text, team="local", channel="", asker="asker", audience=Audience.STAFF, customer=None
            )
            begun, before = perf_counter(), sources.pocket.cost
            opinions = await sources.panel.consult(request, CaseId(example.id))
            decision = decide(opinions, routing_map, request, stance)
            seconds = perf_counter() - begun
            asks = decision.verdict is Verdict.REQUEST_CLARIFICATION
            unanswered = decide(opinions, routing_map, request, silent) if asks else None
            cost = sources.pocket.cost - before
            yield Judged(example=example, decision=decision, seconds=seconds, cost=cost, unanswered=unanswered)
            bar.update(1)


def _made_room_for(wish: Wish) -> None:
    """Before the work, not after it: nobody waits ten minutes to hear that a folder is missing."""
    if wish.out and wish.out.exists() and any(wish.out.samefile(one) for one in (wish.examples, wish.train) if one):
        raise Complaint(f"{wish.out} is what is measured; write the report elsewhere.")
    if wish.out and wish.out.is_file() and not _may_be_replaced(wish.out):
        raise Complaint(f"{wish.out} is there already and is no report of an evaluation; write this one elsewhere.")
    if wish.charts and wish.charts.exists() and not wish.charts.is_dir():
        raise Complaint(f"{wish.charts} is not a folder.")
    try:
        if wish.charts:
            wish.charts.mkdir(parents=True, exist_ok=True)
        if wish.out:
            wish.out.touch()
    except OSError as problem:
        raise Complaint(f"Cannot write {problem.filename}: {problem.strerror}.") from None


def _may_be_replaced(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(len(REPORT_BEGINS))
    return start in {b"", REPORT_BEGINS}


def _unheard(judged: Sequence[Judged]) -> Counter[str]:
    return Counter(one.decision.without_claude for one in judged if one.decision.without_claude)


def _alone(judged: Sequence[Judged]) -> list[str]:
    """Figures for Claude are none where it was not heard."""
    unheard = _unheard(judged)
    if not unheard:
        return []
    why = ", ".join(f"{code.replace('_', ' ')} {count:,}" for code, count in unheard.most_common())
    return [f"Claude was wanted and not heard for {unheard.total():,} of {len(judged):,} ({why})."]


def _kept(wish: Wish, report: Report, routing_map: RoutingMap, leaks: Sequence[str], judged: Sequence[Judged]) -> None:
    try:
        if wish.out:
            written = {**as_object(wish, report, routing_map, leaks), "without_claude": _unheard(judged)}
            wish.out.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        if wish.charts:
            charts.confusion_matrix(report.confusion).save(wish.charts / CONFUSION)
            charts.reliability(report.certainty).save(wish.charts / RELIABILITY)
    except OSError as problem:
        raise Complaint(f"Cannot write {problem.filename or wish.out}: {problem.strerror}.") from None


def as_object(wish: Wish, report: Report, routing_map: RoutingMap, leaks: Sequence[str]) -> dict[str, object]:
    """Every figure, with what it was measured on."""
    return {
        "file": str(wish.examples),
        "map_version": routing_map.version,
        "train": str(wish.train) if wish.train else None,
        "sources": list(wish.sources),
        "human_triage": routing_map.unknown,
        "leaks": list(leaks),
        "weights": {
            "risky_as_normal": prices.RISKY_AS_NORMAL,
            "wrong_place": prices.WRONG_PLACE,
            "needless_care": prices.NEEDLESS_CARE,
        },
        **asdict(report),
    }
