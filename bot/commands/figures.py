"""An evaluation, told to a person: the verdict in plain words, then the tables, then what went wrong."""

from collections.abc import Iterator, Sequence

from routing.evaluation.measures import Report
from routing.kinds import DestinationName
from routing.shares import Share

MOST_MISTAKES = 5
NANO = 1_000_000_000


def told(report: Report, nowhere: DestinationName, *, leaks: int, learned_from: str) -> str:
    lines = [
        *_plain_words(report),
        *_warnings(report, leaks, learned_from),
        "",
        *_aligned(_figures(report)),
        "",
        *_aligned(_places(report)),
        "",
        *_mistakes(report, nowhere),
    ]
    return "\n".join(lines)


def _plain_words(report: Report) -> Iterator[str]:
    right = report.accuracy
    yield (
        f"{_rate(right)} of {report.examples:,} requests were sent where they belong "
        f"(95 % interval: {_percent(right.low)} to {_percent(right.high)})."
    )
    risk = report.high_risk
    if risk.recall.of:
        yield (
            f"{_of(risk.recall)} risky requests were recognised ({_rate(risk.recall)}), "
            f"{len(risk.unguarded)} routed with no gate; of the harmless ones, {_of(risk.false_alarms)} were held."
        )
    else:
        yield "No request is labelled as risky, so nothing is said about risk."
    left = report.fallback
    yield (
        f"{_rate(left.left)} were left to a person or a question, {_of(left.warranted)} of them with reason; "
        f"the rest went to a destination, {_of(report.placed_right)} to the right one."
    )


def _warnings(report: Report, leaks: int, learned_from: str) -> Iterator[str]:
    if leaks:
        yield (
            f"Careful: {leaks:,} of {report.examples:,} stand word for word in {learned_from}; "
            "what is said of those proves nothing."
        )
    road = report.road
    for those, what in (
        (road.drops, "got no decision that can stand"),
        (road.loops, "go round in circles"),
        (road.failures, "were decided although a source broke"),
    ):
        if those:
            yield f"Wrong: {len(those):,} {what}, among them {those[0]}."


def _figures(report: Report) -> Iterator[tuple[str, ...]]:
    sure, urgency, price = report.certainty, report.urgency, report.prices
    yield "measure", "figure", "95 % interval", "counted"
    yield _row("accuracy", report.accuracy)
    yield "macro-F1", _number(report.macro_f1), "", "all places alike"
    yield _row("best candidate right", report.first_choice)
    yield _row("sent to a destination", report.placed)
    yield _row("  and right", report.placed_right)
    for verdict, share in report.verdicts.items():
        yield _row(f"verdict {verdict.value}", share)
    yield _row("left to person or question", report.fallback.left)
    yield _row("  with reason", report.fallback.warranted)
    yield _row("belongs nowhere: noticed", report.nowhere.recall)
    yield _row("  of those left, belonged nowhere", report.nowhere.precision)
    yield "  AUROC of the score", _number(report.nowhere.auroc), "", ""
    yield _row("high risk: recognised", report.high_risk.recall)
    yield _row("  false alarms", report.high_risk.false_alarms)
    yield _row("priority right", urgency.right)
    yield _row("  P0 recognised", urgency.p0_recall)
    yield _row("  P0 false alarms", urgency.p0_false_alarms)
    for one in sure.coverage:
        yield _row(f"could settle alone at {one.target:.0%}", one.settled, f"from {_number(one.threshold)} up")
    yield "AURC · AUGRC", f"{_number(sure.aurc)} · {_number(sure.augrc)}", "", f"{sure.claims:,} claims"
    yield "ECE, 15 equal bins", _number(sure.ece), "", f"in scope {_number(sure.ece_in_scope)}"
    yield (
        "price of mistakes",
        _number(price.per_example),
        "",
        f"{price.total:,}; all to people {price.if_all_escalated:,}",
    )
    yield "time p50 · p95 · p99", " · ".join(map(_milliseconds, _times(report))), "", ""
    yield "cost", f"${report.cost / NANO:.4f}", "", ""
    yield "drops · loops", f"{len(report.road.drops)} · {len(report.road.loops)}", "", "must be 0"


def _places(report: Report) -> Iterator[tuple[str, ...]]:
    yield "destination", "right of what was sent", "95 % interval", "found of what belongs", "95 % interval"
    for one in report.places:
        precision, recall = one.precision, one.recall
        yield (
            one.destination,
            f"{_rate(precision)} {_of(precision)}",
            _interval(precision),
            f"{_rate(recall)} {_of(recall)}",
            _interval(recall),
        )


def _mistakes(report: Report, nowhere: DestinationName) -> Iterator[str]:
    if not report.mistakes:
        yield "No request was sent to the wrong place."
        return
    yield "The dearest mistakes:"
    for one in report.mistakes[:MOST_MISTAKES]:
        belongs = "nowhere" if one.belongs == nowhere else f"to {one.belongs}"
        where = "left to a person or a question" if one.sent_to == nowhere else f"sent to {one.sent_to}"
        yield f"  {one.count:>4}  belonging {belongs}, {where}, such as {one.example}"


def _row(name: str, share: Share, note: str = "") -> tuple[str, ...]:
    return name, _rate(share), _interval(share), ", ".join(part for part in (_of(share), note) if part)


def _of(share: Share) -> str:
    return f"{share.hits:,} of {share.of:,}"


def _rate(share: Share) -> str:
    return "–" if share.rate is None else _percent(share.rate)


def _interval(share: Share) -> str:
    return "" if share.rate is None else f"{_percent(share.low)} – {_percent(share.high)}"


def _percent(rate: float) -> str:
    return f"{rate:.1%}".replace("%", " %")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _times(report: Report) -> tuple[float | None, ...]:
    return report.latency_ms.p50, report.latency_ms.p95, report.latency_ms.p99


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ms"


def _aligned(rows: Iterator[tuple[str, ...]]) -> list[str]:
    table: Sequence[tuple[str, ...]] = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
