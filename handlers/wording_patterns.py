"""Every sentence people read, part eleven: the patterns of the week. Ready for Slack's mrkdwn, but for `alt` and cells.

A figure never stands alone: beside it is how many it was counted from, and below it how.
"""

from collections.abc import Mapping, Sequence

from handlers.blocks import cut, escape, listed, said
from handlers.wording import category, human_name, human_words, priority
from handlers.wording_figures import change, day_of, lasted, money, number, rate, span
from routing.digests.patterns import CHANCE_MAX, NOTABLE_PERCENT, Patterns, Trend
from routing.digests.rulings import Bouncing, Move
from routing.kinds import DestinationName, Priority

CATEGORY_MAX = 40
PLACES_MAX = 4
COLUMNS = ("What", "This week", "Average", "Against average", "Week before", "Against week before")
MARK = "▲"
NOTABLE_HEAD = "*More than usual*"
NOTHING_NOTABLE = "Nothing came in that is more than usual."
IN_THE_THREAD = "In the thread: the whole table, and how each figure is counted in full."
_FIGURES: Mapping[str, str] = {
    "total": "requests",
    "categories": "categories",
    "priorities": "priorities",
    "decided": "cases decided",
    "churn": "how often cases were passed on",
    "stood": "left standing",
    "reviewed": "reviewed",
    "unsure": "reviewed",
    "sent_to_people": "sent to people",
    "raised": "raised",
    "answered_in_time": "answered in time",
    "resolved_in_time": "solved in time",
    "pace": "time to decide",
    "cost": "cost",
    "points": "the picture",
}


def title(patterns: Patterns) -> str:
    """Plain text."""
    return f"Patterns of the week, {span(patterns.first_day, patterns.last_day)}"


def places(patterns: Patterns) -> str:
    """Of whom this is told."""
    return escape(listed([human_name(one) for one in patterns.destinations], most=PLACES_MAX))


def quiet(patterns: Patterns) -> str:
    return f"All quiet: nothing came in for {places(patterns)}, and nothing was promised."


def notable(one: Trend) -> str:
    """What is more than usual, in a line of its own."""
    name = f"*{escape(_sentence(name_of(one)))}*"
    if one.is_new:
        return f"{MARK} {name} is new: {one.count:,} this week, none {_in_weeks(one.weeks)} before"
    return f"{MARK} {name}: {compared(one)}"


def more_notable(count: int) -> str:
    return f"… and {count} more, see the thread"


def came_in(one: Trend) -> str:
    mark = f"{MARK} " if one.is_notable else ""
    return f"{mark}*{one.count:,} {'request' if one.count == 1 else 'requests'}*{_beside(one)}"


def by_priority(priorities: Sequence[Trend]) -> str:
    return " · ".join(f"{one.name} {one.count:,}{_against_average(one)}" for one in priorities)


def compared(one: Trend) -> str:
    """A count, its average and the week before, each change with what it is against."""
    return f"{one.count:,}{_beside(one)}"


def volume_counted(patterns: Patterns) -> str:
    weeks = patterns.total.weeks
    if not weeks:
        return f"*How counted:* received {_period(patterns)}. There is no earlier week to compare with yet."
    return (
        f"*How counted:* received {_period(patterns)}, against {_the_weeks(weeks)} before. {MARK} more than "
        f"{NOTABLE_PERCENT} % above the average, and less than {CHANCE_MAX * 100:.0f} % likely by chance "
        "(Poisson test)."
    )


def stood(patterns: Patterns) -> str:
    return f"*Left standing:* {rate(patterns.stood)}"


def reviewed(patterns: Patterns) -> str:
    unsure = f", {patterns.unsure:,} unsure" if patterns.unsure else ""
    if patterns.reviewed.of:
        return f"*Reviewed as right:* {rate(patterns.reviewed)}{unsure}"
    return f"*Reviewed as right:* nobody was sure{unsure}" if unsure else "*Reviewed as right:* nobody reviewed any"


def passed_on(patterns: Patterns) -> str:
    churn = patterns.churn
    each = f", {churn.moves / patterns.decided:.2f} times a case" if patterns.decided else ""
    return f"*Passed on at least once:* {rate(churn.bounced)}{each}"


def sent_to_people(patterns: Patterns) -> str:
    return f"*Sent to a person to decide:* {rate(patterns.sent_to_people)}"


def decisions_counted(patterns: Patterns) -> str:
    return (
        f"*How counted:* {patterns.decided:,} {_cases(patterns.decided)} first decided {_period(patterns)}, and what "
        "has happened to them since. In brackets: 95 % interval, and of how many."
    )


def bouncing(most: Sequence[Bouncing]) -> str:
    told = listed([f"{human_name(one.destination)} ({one.count:,})" for one in most], most=len(most))
    return f"*Passed on most by* {escape(told)}"


def pair(move: Move) -> str:
    return f"{escape(human_name(move.source))} → {escape(human_name(move.to))} {move.count:,}"


def kept(patterns: Patterns) -> str:
    return f"*Answered in time:* {rate(patterns.answered_in_time)}\n*Solved in time:* {rate(patterns.resolved_in_time)}"


def promises_counted(patterns: Patterns) -> str:
    return f"*How counted:* promises that fell due {_period(patterns)}. Still open after that is broken."


def pace(patterns: Patterns) -> str:
    mean, slowest = patterns.pace.mean, patterns.pace.slowest
    if mean is None or slowest is None:
        return "*Time to decide:* nothing was decided"
    return f"*Time to decide:* {lasted(mean)} on average, 95 % within {lasted(slowest)} (n={patterns.decided:,})"


def raised(patterns: Patterns) -> str:
    return f"*Raised to someone above:* {rate(patterns.raised)}"


def cost(patterns: Patterns) -> str:
    if not patterns.decided:
        return "*Cost per decision:* nothing was decided"
    each, whole = money(patterns.cost / patterns.decided), money(patterns.cost)
    return f"*Cost per decision:* {each} ({whole} for {patterns.decided:,})"


def effort_counted(patterns: Patterns) -> str:
    return (
        f"*How counted:* the same {patterns.decided:,} {_cases(patterns.decided)}, from received to first decided; "
        "raised by a person or by time; all their calls to Claude."
    )


def in_full(triage: DestinationName) -> str:
    """How each figure is counted, to the last exception."""
    return _IN_FULL.format(mark=MARK, chance=CHANCE_MAX, triage=said(human_name(triage)))


def late(patterns: Patterns) -> str:
    names = list(dict.fromkeys(_FIGURES.get(one, human_words(one)) for one in patterns.late))
    return f"*Late data:* changed since this was first told: {listed(names, most=len(names))}."


def alt(patterns: Patterns) -> str:
    """What the picture shows, for who cannot see it. Plain text."""
    points = patterns.points
    if not points:
        return "Two empty line charts: requests a week, and promises broken."
    weeks = "one week" if len(points) == 1 else f"{len(points)} weeks"
    volume = ", ".join(f"{one.volume:,}" for one in points)
    broken = ", ".join(f"{one.broken:,}" for one in points)
    return (
        f"Two line charts of {weeks}, up to the week of {day_of(points[-1].first_day)}. "
        f"Requests a week: {volume}. Promises broken: {broken}."
    )


def table_title(page: int, pages: int) -> str:
    """Plain text."""
    return "The whole table" if pages == 1 else f"The whole table, page {page} of {pages}"


def cells(one: Trend) -> tuple[str, ...]:
    """A row of the table. Plain text."""
    name = f"{MARK} {_sentence(name_of(one))}" if one.is_notable else _sentence(name_of(one))
    average = "–" if one.average is None else number(one.average)
    last = "–" if one.last is None else f"{one.last:,}"
    rise = "new" if one.is_new else change(one.change)
    return name, f"{one.count:,}", average, rise, last, change(one.change_of_week)


def name_of(one: Trend) -> str:
    """The total has no name, a priority one of the four, a category a code of the map's."""
    if not one.name:
        return "all requests"
    if one.name in set(Priority):
        return priority(Priority(one.name)).partition(" ")[2]
    return cut(category(one.name), CATEGORY_MAX)


def _beside(one: Trend) -> str:
    told = []
    if one.average is not None and one.change is not None:
        told.append(f"{change(one.change)} on {_average_of(one.weeks)} ({number(one.average)})")
    elif one.weeks and one.count:
        told.append(f"none {_in_weeks(one.weeks)} before")
    if one.last is not None and one.change_of_week is not None:
        told.append(f"{change(one.change_of_week)} on the week before ({one.last:,})")
    return "".join(f" · {each}" for each in told)


def _against_average(one: Trend) -> str:
    if one.is_new:
        return " (new)"
    return f" ({change(one.change)})" if one.change is not None else ""


def _average_of(weeks: int) -> str:
    return "the only earlier week" if weeks == 1 else f"the {_spelled(weeks)}-week average"


def _in_weeks(weeks: int) -> str:
    return "in the week" if weeks == 1 else f"in the {_spelled(weeks)} weeks"


def _the_weeks(weeks: int) -> str:
    return "the one week" if weeks == 1 else f"the {_spelled(weeks)} weeks"


def _spelled(weeks: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(weeks, str(weeks))


def _period(patterns: Patterns) -> str:
    return span(patterns.first_day, patterns.last_day)


def _cases(count: int) -> str:
    return "case" if count == 1 else "cases"


def _sentence(name: str) -> str:
    return name[:1].upper() + name[1:]


_IN_FULL = """\
*Requests* count in the week in which they were received and where they are now, by what they are about and by their \
priority of now. A week in which the desk was not there from the first day is no part of the average.
*{mark}* is the conditional binomial test of two Poisson counts, one-sided: how often chance alone splits the requests \
of all these weeks so, if nothing changed. Marked below {chance}, each row by itself.
*Decisions* belong to the team to which a case was first sent, or would most likely have been.
*Left standing:* of the decisions that chose a team, those where nobody moved the case elsewhere, called it the wrong \
team or no request. *Reviewed:* what reviewers said in the week; unsure is left out.
*Sent to a person to decide:* at once, or because a question or an approval was not answered in time, or because the \
case went round in circles.
*Passed on:* moved from team to team. What {triage} hands out is not.
*In time:* a person answered, or the case was closed, before the promised time. What was taken back before it, or was \
no request, is not counted. The picture counts both promises, each in the week in which it fell due.
*Time to decide:* mean, and nearest-rank 95th percentile. *Raised:* by a person, or because a promise broke.\
"""
