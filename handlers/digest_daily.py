"""The morning's digest as messages: the first for the channel, the others for its thread. One block a case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from handlers import wording, wording_digests
from handlers.blocks import (
    Block,
    Drawn,
    Setting,
    context,
    cut,
    drawn,
    escape,
    header,
    mrkdwn,
    option,
    overflow,
    plain,
    section,
    written,
)
from handlers.pressed import Verb, value_of
from routing.digests.daily import ACT_FAST_FIRST, OVERDUE_FIRST, QUEUE_MAX, Bucket, Daily, Late, Line
from routing.kinds import CaseId, Status
from routing.model import Case

# Slack takes some 13,200 characters over all blocks of a message: long names leave less room for each request's words.
WRITTEN_MAX = 12_500
WORDS_MAX, FEWER_WORDS_MAX = 80, 30

_LABELS = {Verb.TAKE: "Take", Verb.REASSIGN: "Reassign", Verb.ESCALATE: "Escalate", Verb.DETAILS: "Details"}
_FREE = frozenset({Status.PROPOSED, Status.ROUTED, Status.TRIAGE})
_MOVABLE = _FREE | {Status.TAKEN, Status.WAITING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What a digest's lines are drawn from, besides the digest: the cases as they are now, and where to find them."""

    cases: Mapping[CaseId, Case]
    setting: Setting
    links: Mapping[CaseId, str] = field(default_factory=dict)
    words_max: int = WORDS_MAX


def render(
    daily: Daily,
    cases: Mapping[CaseId, Case],
    setting: Setting,
    *,
    links: Mapping[CaseId, str] | None = None,
    late: Sequence[Late] = (),
    told_at: datetime | None = None,
) -> list[Drawn]:
    """As many messages as the digest has pages. `links` lead to a case's card; without one it is only its number.

    `told_at`: it is told again, then.
    """
    quoted = Quoted(cases=cases, setting=setting, links=links or {})
    title = wording_digests.title(wording_digests.morning(daily, told_at or daily.listed_at), daily)
    first = _first(title, daily, quoted, late)
    if written(first.blocks) > WRITTEN_MAX:
        first = _first(title, daily, replace(quoted, words_max=FEWER_WORDS_MAX), late)
    return [first, *(_page(page, at, daily, quoted) for at, page in enumerate(daily.threaded, start=2))]


def render_due(
    daily: Daily, cases: Mapping[CaseId, Case], setting: Setting, *, links: Mapping[CaseId, str] | None = None
) -> Drawn:
    """The lists alone, in one message, for whoever asked for them."""
    quoted = Quoted(cases=cases, setting=setting, links=links or {})
    title = wording_digests.title(wording_digests.DUE_TITLE, daily)
    head = wording_digests.headline(daily)
    blocks = (header("title", title), section("headline", head), *_lists(daily, quoted, has_thread=False))
    timed = context("how_counted", mrkdwn(wording_digests.how_timed()))
    return drawn(_aloud(title, head), *blocks, timed)


def _first(title: str, daily: Daily, quoted: Quoted, late: Sequence[Late]) -> Drawn:
    head = wording_digests.quiet(daily) if daily.is_quiet else wording_digests.headline(daily)
    lists = () if daily.is_quiet else _lists(daily, quoted, has_thread=True)
    again = wording_digests.counted_again(late)
    blocks = (
        header("title", title),
        section("headline", head),
        *lists,
        *_figures(daily, quoted),
        *((context("counted_again", mrkdwn(again)),) if again else ()),
        context("how_counted", mrkdwn(wording_digests.how_counted(daily))),
    )
    return drawn(_aloud(title, head), *blocks)


def _page(lines: Sequence[Line], at: int, daily: Daily, quoted: Quoted) -> Drawn:
    head = wording_digests.CONTINUED.format(page=at, pages=daily.pages)
    return drawn(head.replace("*", ""), section("headline", head), *_lines(lines, daily, quoted))


def _lists(daily: Daily, quoted: Quoted, *, has_thread: bool) -> Iterator[Block]:
    shown = (
        ("overdue", wording_digests.LATE_HEAD, daily.overdue, OVERDUE_FIRST),
        ("act_fast", wording_digests.SOON_HEAD, daily.act_fast, ACT_FAST_FIRST),
        ("queue", wording_digests.QUEUE_HEAD, daily.queue, QUEUE_MAX),
    )
    for name, head, bucket, most in shown:
        if bucket.lines:
            yield section(name, head)
            yield from _lines(bucket.lines[:most], daily, quoted)
            yield from _more(name, bucket, most, has_thread=has_thread)


def _more(name: str, bucket: Bucket, most: int, *, has_thread: bool) -> Iterator[Block]:
    threaded = max(0, len(bucket.lines) - most) if has_thread else 0
    told = wording_digests.more(threaded, bucket.count - min(most, len(bucket.lines)) - threaded)
    if told:
        yield context(f"{name}_more", plain(told))


def _lines(lines: Sequence[Line], daily: Daily, quoted: Quoted) -> Iterator[Block]:
    for line in lines:
        case = quoted.cases.get(line.case)
        told = wording_digests.line(line, daily, case, quoted.links)
        if case is None:
            yield section(f"case_{line.number}", told)
        else:
            seal = quoted.setting.seal
            more = [option(_LABELS[verb], value_of(case, verb, seal)) for verb in _verbs(case)]
            beside = overflow(Verb.MORE.value, more)
            words = plain(_words(case, quoted.words_max))
            yield {**section(f"case_{line.number}", told, beside), "fields": [words]}


def _figures(daily: Daily, quoted: Quoted) -> Iterator[Block]:
    told = {
        "approvals": wording_digests.approvals(daily.approvals, quoted.setting.map, quoted.links),
        "breaches": wording_digests.breaches(daily.breaches, quoted.links),
        "bounces": wording_digests.bounces(daily.bounces, quoted.links),
        "came_in": wording_digests.came_in(daily.came_in),
    }
    yield from (section(name, text) for name, text in told.items() if text)


def _words(case: Case, most: int) -> str:
    """Leads read of many places here: what was asked in private stays there."""
    return wording_digests.PRIVATE if case.request.is_private else cut(wording.summary(case.request), most)


def _verbs(case: Case) -> tuple[Verb, ...]:
    """What may still be done, as the case is now: the list may be of this morning."""
    take = (Verb.TAKE,) if case.status in _FREE and case.owner is None else ()
    move = (Verb.REASSIGN, Verb.ESCALATE) if case.status in _MOVABLE else ()
    return (*take, *move, Verb.DETAILS)


def _aloud(title: str, head: str) -> str:
    return f"{escape(title)}. {head.replace('*', '')}"
