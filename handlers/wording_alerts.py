"""Every sentence operators read about the desk itself. Ready for Slack's mrkdwn."""

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.blocks import day_and_time, escape, listed, mention, said
from handlers.wording import category, human_name, human_words
from routing.digests.alerts import ACCURACY, DRIFT, HUMANS, VOLUME, Alert, Surge, Tally
from routing.digests.losses import Losses, What
from routing.kinds import NoticeKind

_HEADLINES: Mapping[str, str] = {
    ACCURACY: "Too many decisions are changed by people",
    HUMANS: "Too many requests are left to people",
    VOLUME: "Far more requests than usual: {about}",
    DRIFT: "{about} is decided worse than it was",
}
_NEXT: Mapping[str, str] = {
    ACCURACY: "`frontdesk replay --since 3d` decides them again and shows where people sent them. If a rule or keyword "
    "of the routing map is at fault, change it there.",
    HUMANS: "`frontdesk doctor` says whether everyone with an opinion can be asked; `frontdesk replay --since 3d` "
    "shows what would be decided otherwise now.",
    VOLUME: "See whether they are about one thing. If something is down, those who can mend it may not know yet.",
    DRIFT: "`frontdesk replay --since 90d` names the cases. What changed is the routing map, its examples, or what the "
    "classifier learned.",
}
_COUNTED: Mapping[str, str] = {
    ACCURACY: "Of a day's requests, decisions that chose a destination; left standing are those nobody has moved "
    "elsewhere, called wrong or marked as no request by now. Days with 20 or more count. It begins with two counted "
    "days running below 85 %, and is over with one of 87 % or more.",
    HUMANS: "Requests of a day, and those of them sent to human triage, at once or because a question or an approval "
    "did not come. Days with 20 or more count. It begins with two counted days running above 30 %, and is over with "
    "one of 28 % or less.",
    VOLUME: "Requests within the last hour, against the same hour of up to four weeks before. It begins with 10 or "
    "more where chance would bring so many less than once in 10,000 hours (Poisson, the baseline taken as a count "
    "too), and is over when it would more than once in 100.",
    DRIFT: "Cases of the last 90 days that people have judged, no more than the newest 5,000, decided again with the "
    "map of today by rules and a classifier that had not learned from them; without Claude, and without those Claude "
    "was heard on. Destinations with 30 or more; it begins with a fall of more than 5 points, and is over within 3.",
}
_KINDS: Mapping[NoticeKind, str] = {
    NoticeKind.CARD: "a card",
    NoticeKind.RECEIPT: "a line to the person who asked",
    NoticeKind.PING: "a line that wakes somebody",
    NoticeKind.LINE: "a line to another channel",
    NoticeKind.DIRECT: "a question to whoever has it",
    NoticeKind.BULLETIN: "a digest, review or alert",
}
_CHANNELS_NAMED_MAX = 20
_UNKNOWN = "Something about the desk needs a look"


def checkpoint(line: str) -> str:
    """The line itself is a program's, and is checked as it stands when somebody copies it."""
    return f"Checkpoint of the audit: `{escape(line)}`"


def headline(alert: Alert) -> str:
    name = human_name(alert.about) if alert.what == DRIFT else category(alert.about)
    return _HEADLINES.get(alert.what, _UNKNOWN).format(about=said(name))


def lasted(alert: Alert) -> str:
    if alert.over_at:
        return f"Over since {day_and_time(alert.over_at)}. It began {day_and_time(alert.since)}."
    as_of = f" · figures of {day_and_time(alert.told_at)}" if alert.told_at != alert.since else ""
    return f"Since {day_and_time(alert.since)}{as_of}"


def figures(alert: Alert) -> str:
    if alert.surge:
        return _surge(alert.surge)
    if alert.what == DRIFT:
        told = zip(("As first decided", "As it would be decided now"), alert.tallies, strict=False)
        return "\n".join(f"*{name}:* {_share(one)} right" for name, one in told)
    kind = "left standing" if alert.what == ACCURACY else "to human triage"
    return "\n".join(f"*{_day(one.day)}:* {_share(one)} {kind}" for one in alert.tallies)


def next_step(alert: Alert) -> str:
    return _NEXT.get(alert.what, "Look at the newest cards in triage.")


def how_counted(alert: Alert) -> str:
    return _COUNTED.get(alert.what, "")


def lost(told: Losses) -> str:
    if told.what is What.HISTORY:
        return "I was away for more than a day, and have not read all that was said"
    if told.what is What.LETTER:
        one = "Something Slack told me could not be read, and was put aside"
        return one if told.count == 1 else f"{told.count:,} things Slack told me could not be read, and were put aside"
    one = "A message of mine cannot arrive, and I have given it up"
    return one if told.count == 1 else f"{told.count:,} messages of mine cannot arrive, and I have given them up"


def lost_about(told: Losses, named: Sequence[str]) -> str:
    """`named` are links, made by whoever draws this."""
    if told.what is What.HISTORY:
        return _missed(told)
    since = "Since" if told.count > 1 else "Of"
    if told.what is What.LETTER:
        return f"{since} {day_and_time(told.since)}. Somebody may have asked for something, and no case was made of it."
    kinds = said(listed([_KINDS[one] for one in told.kinds], last="or"))
    about = f" about {listed(list(named))}" if named else ""
    why = f" Slack says: {said(human_words(told.why))}." if told.why and told.why != "broken" else ""
    return f"{since} {day_and_time(told.since)}: {kinds}{about}.{why}"


def _missed(told: Losses) -> str:
    direct = sum(one.startswith("D") for one in told.channels)
    names = [mention(one) for one in told.channels if not one.startswith("D")][:_CHANNELS_NAMED_MAX]
    more = len(told.channels) - direct - len(names)
    names += [f"{more:,} more channels"] if more else []
    names += [f"{direct:,} direct conversations" if direct > 1 else "a direct conversation"] if direct else []
    until = f" to {day_and_time(told.until)}" if told.until else ""
    where = listed(names, most=len(names))
    return f"From {day_and_time(told.since)}{until}, in {where}: I look back one day and no further."


def lost_next(told: Losses) -> str:
    if told.what is What.HISTORY:
        return (
            "Look there for requests of that time, and answer them or ask for them to be made again. What came later I "
            "have read myself."
        )
    if told.what is What.LETTER:
        return (
            "The next start reads them again: restart me once. If this comes back, look for *letter put aside* in the "
            "log, and tell whoever looks after this bot."
        )
    return (
        "Whoever should have read it has not: look at what it is about, and tell them. `frontdesk doctor` says whether "
        "every channel and person of the routing map can be reached."
    )


def _surge(surge: Surge) -> str:
    weeks = "week before" if surge.weeks == 1 else f"{surge.weeks} weeks before"
    return (
        f"*Within an hour:* {surge.count:,}\n"
        f"*Usually:* {surge.usual:,.1f} ({surge.before:,} in the same hour of the {weeks})"
    )


def _share(tally: Tally) -> str:
    return f"{tally.rate * 100:.0f} % ({tally.hits:,} of {tally.of:,})"


def _day(day: date | None) -> str:
    return f"{day:%a} {day.day} {day:%b}" if day else "A day"
