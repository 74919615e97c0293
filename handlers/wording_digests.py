"""Every sentence people read, part ten: the morning's digest. Ready for Slack's mrkdwn, but for the titles."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.blocks import clock, day_and_time, escape, link, listed, mention, one_line, said
from handlers.wording import human_name, priority, role_title, the
from handlers.wording_steps import PROMISED, PROMISES
from routing.digests.daily import Approvals, Bounce, Bounces, Breach, Breaches, CameIn, Daily, Late, Line
from routing.kinds import (
    Audience,
    CaseId,
    DestinationName,
)
from routing.map import RoutingMap
from routing.model import Case, Request

NAME_MAX = 24
HOUR = 60
LONG = 10 * HOUR  # from here on, minutes say nothing
PRIVATE = "🔒 private request"
DAILY_TITLE = "This morning: {places}"
DUE_TITLE = "Due now: {places}"
NOT_POSTED = "Nothing was posted that morning. What happened is of that time; the lists are of now."
LATE_HEAD, SOON_HEAD, QUEUE_HEAD = "*🚨 Overdue*", "*⌛ Act fast: less than 4 h left*", "*⏳ Queue*"
CONTINUED = "*Overdue and act fast, page {page} of {pages}*"

SAME_MORNING = timedelta(hours=12)
Links = Mapping[CaseId, str]


def title(form: str, daily: Daily) -> str:
    """Plain text."""
    return form.format(places=listed([human_name(name) for name in daily.destinations]) or "nothing that is yours")


def morning(daily: Daily, told_at: datetime) -> str:
    """The title's form. What is told long after its morning says which one it was."""
    if told_at - daily.until < SAME_MORNING:
        return DAILY_TITLE
    local = daily.until.astimezone(ZoneInfo(daily.zones[0] if daily.zones else "UTC"))
    return f"The morning of {local.day} {local:%B}: {{places}}"


def headline(daily: Daily) -> str:
    return (
        f"🚨 *Overdue {daily.overdue.count:,}* · ⌛ *&lt; 4 h {daily.act_fast.count:,}* · "
        f"⏳ *Queue {daily.queue.count:,}* ({_hours(daily)})"
    )


def quiet(daily: Daily) -> str:
    return f"✅ *All quiet.* Nothing is late, nothing broke. {_cases(daily.queue.count)} in the queue."


def line(one: Line, daily: Daily, case: Case | None, links: Links) -> str:
    """Which case, how urgent, how late, whose. The place only where it could be more than one."""
    parts = [
        number(one.case, one.number, links),
        " ".join(priority(one.priority).split()[:2]),
        _time(one),
        mention(one.owner) if one.owner else "nobody",
    ]
    if len(daily.destinations) > 1:
        parts.append(said(human_name(one.destination), NAME_MAX))
    if case and case.request.audience is Audience.CUSTOMERS:
        parts.append(_customer(case.request))
    return " · ".join(parts)


def number(case: CaseId, count: int, links: Links) -> str:
    return f"*{link(links.get(case, ''), f'#{count}')}*"


def more(threaded: int, unlisted: int) -> str:
    """What a list leaves out; plain text."""
    parts = [f"{threaded:,} more in the thread"] if threaded else []
    if unlisted:
        parts.append(f"{unlisted:,} more that {'is' if unlisted == 1 else 'are'} only counted")
    return f"… and {listed(parts)}" if parts else ""


def approvals(waiting: Approvals, routing_map: RoutingMap, links: Links) -> str:
    if not waiting.count:
        return ""
    told = f"*Approvals waiting: {waiting.count:,}*"
    oldest = waiting.oldest
    if oldest is None:
        return told
    role = said(the(role_title(oldest.role, routing_map)))
    longest = "It" if waiting.count == 1 else "The oldest"
    return (
        f"{told}\n{longest}, {number(oldest.case, oldest.number, links)}, "
        f"has waited for {role} since {day_and_time(oldest.since)}."
    )


def breaches(broken: Breaches, links: Links) -> str:
    if not broken.count:
        return ""
    reasons = " · ".join(f"{count:,} {_why(why)}" for why, count in broken.reasons.items())
    unlisted = broken.count - len(broken.told)
    lines = [f"*Promises broken: {broken.count:,}* · {reasons}", *(_breach(one, links) for one in broken.told)]
    return "\n".join([*lines, f"… and {unlisted:,} more"] if unlisted else lines)


def bounces(passed: Bounces, links: Links) -> str:
    if not passed.count:
        return ""
    unlisted = passed.count - len(passed.told)
    lines = [f"*Passed around: {passed.count:,}*", *(_bounce(one, links) for one in passed.told)]
    return "\n".join([*lines, f"… and {unlisted:,} more"] if unlisted else lines)


def came_in(new: CameIn) -> str:
    if new.average is None:
        return f"*Came in: {new.count:,}*"
    usual = f"{new.average:,.1f}".removesuffix(".0")
    if new.is_unusual:
        return f"*Came in: {new.count:,}* · clearly more than the usual {usual}"
    return f"*Came in: {new.count:,}* · usually {usual}"


def how_counted(daily: Daily) -> str:
    """n, period and baseline, in one line."""
    cases = _cases(daily.overdue.count + daily.act_fast.count + daily.queue.count)
    before = daily.came_in.before
    usual = "nothing to compare with yet"
    if before:
        weeks = "week" if len(before) == 1 else f"{len(before)} weeks"
        usual = f"usual is the average of the same hours in the {weeks} before ({_numbers(before)})"
    return (
        f"*How counted:* {cases} open at {clock(daily.listed_at)} · broken, passed around and came in since "
        f"{day_and_time(daily.since)} · {usual} · {how_timed()}"
    )


def how_timed() -> str:
    return "a P0 runs by the wall clock; each case counts where it is now"


def counted_again(late: Sequence[Late]) -> str:
    """Figures of the period that are no longer what was told."""
    changes = [f"{_FIGURES[one.figure]} {one.told:,} → {one.now:,}" for one in late]
    return f"⚠️ Counted again since this was posted: {listed(changes)}." if changes else ""


def span(minutes: int) -> str:
    """Business time has no days: they are as long as each place is open."""
    if minutes < HOUR:
        return f"{minutes} min"
    hours, rest = divmod(minutes, HOUR)
    return f"{hours:,} h {rest} min" if rest and minutes < LONG else f"{hours:,} h"


def _hours(daily: Daily) -> str:
    zones = [said(zone.rpartition("/")[2].replace("_", " "), NAME_MAX) for zone in daily.zones]
    return f"business hours, {zones[0]}" if len(zones) == 1 else "business hours of each team"


def _time(one: Line) -> str:
    """What broke while the place was closed is not a minute late in its hours: then it says since when."""
    if one.is_paused:
        return "clock stopped"
    if one.promised_by is None or one.minutes is None:
        return "no time promised"
    if one.is_late:
        return f"{span(one.minutes)} late" if one.minutes else f"late since {day_and_time(one.promised_by)}"
    return f"{span(one.minutes)} left"


def _customer(request: Request) -> str:
    return f"customer {said(request.customer, NAME_MAX)}" if request.customer else "customers"


def _cases(count: int) -> str:
    return f"{count:,} {'case' if count == 1 else 'cases'}"


def _breach(one: Breach, links: Links) -> str:
    return f"{number(one.case, one.number, links)} {PROMISES.get(one.promise, PROMISED)}: {_why(one.why)}"


def _bounce(one: Bounce, links: Links) -> str:
    often = {1: "", 2: ", twice"}.get(one.times, f", {one.times:,} times")
    return f"{number(one.case, one.number, links)} {_place(one.was)} → {_place(one.now)}{often}"


def _place(name: DestinationName | None) -> str:
    return said(human_name(name), NAME_MAX) if name else "somewhere"


def _why(code: str) -> str:
    return _REASONS.get(code) or escape(one_line(code.replace("_", " ")))


def _numbers(counts: Sequence[int]) -> str:
    return ", ".join(f"{count:,}" for count in counts)


_REASONS: Mapping[str, str] = {
    "never_claimed": "never claimed",
    "found_late": "found late",
    "waited_on_the_asker": "waited on the asker",
    "bounced_twice": "bounced twice",
    "out_of_hours": "out of hours",
    "took_too_long": "took too long",
}

_FIGURES: Mapping[str, str] = {"breaches": "promises broken", "bounces": "passed around", "came_in": "came in"}
