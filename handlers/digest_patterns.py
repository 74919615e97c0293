"""The patterns of the week, drawn: what a lead can act on first, the picture, and the whole table in the thread."""

from collections.abc import Iterator

from handlers import wording_patterns as wording
from handlers.blocks import Block, Drawn, Setting, context, drawn, header, mrkdwn, plain, section
from routing.digests.patterns import PAGE_ROWS, Patterns, Trend

NOTABLE_MAX = 8


def render(patterns: Patterns, setting: Setting, file: str | None) -> list[Drawn]:
    """As many messages as the bulletin has pages. `file` is Slack's id of the picture, once it is there."""
    if patterns.is_quiet:
        told = wording.quiet(patterns)
        return [drawn(told, header("title", wording.title(patterns)), section("quiet", told))]
    return [_first(patterns, file), *_table(patterns, setting)]


def _first(patterns: Patterns, file: str | None) -> Drawn:
    title = wording.title(patterns)
    blocks = (
        header("title", title),
        context("places", mrkdwn(wording.places(patterns))),
        section("notable", _notable(patterns)),
        section("volume", f"{wording.came_in(patterns.total)}\n{wording.by_priority(patterns.priorities)}"),
        *_picture(patterns, file),
        _counted("volume", wording.volume_counted(patterns)),
        *_decisions(patterns),
        section("promises", wording.kept(patterns)),
        _counted("promises", wording.promises_counted(patterns)),
        section("effort", "\n".join((wording.pace(patterns), wording.raised(patterns), wording.cost(patterns)))),
        _counted("effort", wording.effort_counted(patterns)),
        *_late(patterns),
        context("more", plain(wording.IN_THE_THREAD)),
    )
    return drawn(f"{title}: {wording.came_in(patterns.total).replace('*', '')}", *blocks)


def _notable(patterns: Patterns) -> str:
    rows = [one for one in (*patterns.categories, *patterns.priorities) if one.is_notable]
    if not rows:
        return wording.NOTHING_NOTABLE
    unseen = len(rows) - NOTABLE_MAX
    more = [wording.more_notable(unseen)] if unseen > 0 else []
    return "\n".join((wording.NOTABLE_HEAD, *map(wording.notable, rows[:NOTABLE_MAX]), *more))


def _picture(patterns: Patterns, file: str | None) -> Iterator[Block]:
    if file:
        yield {"type": "image", "block_id": "picture", "slack_file": {"id": file}, "alt_text": wording.alt(patterns)}


def _decisions(patterns: Patterns) -> Iterator[Block]:
    told = (
        wording.stood(patterns),
        wording.reviewed(patterns),
        wording.sent_to_people(patterns),
        wording.passed_on(patterns),
    )
    yield section("decisions", "\n".join(told))
    if patterns.churn.pairs:
        pairs = " · ".join(map(wording.pair, patterns.churn.pairs))
        yield section("bouncing", f"{wording.bouncing(patterns.churn.bouncing)}\n{pairs}")
    yield _counted("decisions", wording.decisions_counted(patterns))


def _late(patterns: Patterns) -> Iterator[Block]:
    if patterns.late:
        yield context("late", mrkdwn(wording.late(patterns)))


def _counted(what: str, how: str) -> Block:
    return context(f"{what}_counted", mrkdwn(how))


def _table(patterns: Patterns, setting: Setting) -> Iterator[Drawn]:
    """What was counted, then how."""
    rows = patterns.table
    starts = range(0, len(rows), PAGE_ROWS)
    for page, start in enumerate(starts, start=1):
        title = wording.table_title(page, len(starts))
        how = (section("counted", wording.in_full(setting.map.unknown)),) if page == len(starts) else ()
        yield drawn(title, section("title", f"*{title}*"), _rows(rows[start : start + PAGE_ROWS]), *how)


def _rows(rows: tuple[Trend, ...]) -> Block:
    """Cells of plain text: nothing in there is markup, whatever a category is called."""
    lines = [wording.COLUMNS, *map(wording.cells, rows)]
    return {
        "type": "table",
        "block_id": "table",
        "column_settings": [{"align": "left", "is_wrapped": True}, *[{"align": "right"}] * (len(wording.COLUMNS) - 1)],
        "rows": [[{"type": "raw_text", "text": cell or " "} for cell in line] for line in lines],
    }
