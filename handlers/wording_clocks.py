"""Every sentence people read, part eight: the history of a case's clocks. Moments are told as the asker wants them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from handlers.wording import human_words, status
from handlers.wording_steps import LATE, PROMISES
from routing.clocks import FIRST_RESPONSE, RESOLUTION
from routing.model import Entry
from routing.ticking import CLOCKS, MOVED, PAUSED, RESUMED, STARTED, STOPPED, WALL_CLOCK

Told = Callable[[datetime], str]
Facts = Mapping[str, object]

ABOUT_CLOCKS = CLOCKS | {"warned", "last_hour", "breached"}
AN_HOUR = 60
A_DAY = 24 * AN_HOUR


def history(entries: Sequence[Entry], told: Told) -> tuple[str, ...]:
    """One plain sentence for each time something happened to a clock, the oldest first."""
    return tuple(sentence for one in entries if one.type in ABOUT_CLOCKS for sentence in _sentences(one, told))


def length(minutes: int) -> str:
    """`2 days 3 h`, `3 h 20 min`: the two largest units."""
    days, rest = divmod(max(minutes, 0), A_DAY)
    hours, left = divmod(rest, AN_HOUR)
    units = ((days, "day" if days == 1 else "days"), (hours, "h"), (left, "min"))
    return " ".join([f"{count} {unit}" for count, unit in units if count][:2]) or "0 min"


def _sentences(one: Entry, told: Told) -> Iterator[str]:
    at, facts = told(one.at), one.facts
    if one.type == STARTED:
        yield f"{at}: started. {_promised(facts, told)}, {_counted(facts)}."
    elif one.type == PAUSED:
        yield f"{at}: stopped, to wait for {_WAITED.get(str(facts.get('why')), 'somebody')}."
    elif one.type == RESUMED:
        why = _RESUMED.get(str(facts.get("why")), "the wait was over")
        stood = length(int(str(facts.get("paused_minutes") or 0)))
        yield f"{at}: went on, as {why}; it stood still for {stood}. {_promised(facts, told)}, {_counted(facts)}."
    elif one.type == MOVED:
        why = "this place promises more" if facts.get("why") == "elsewhere" else "it became more urgent"
        yield f"{at}: brought forward, as {why}. {_promised(facts, told)}, {_counted(facts)}."
    elif one.type == STOPPED:
        yield f"{at}: {_stopped(facts)}."
    else:
        yield f"{at}: {_passed(one.type, facts)}."


def _promised(facts: Facts, told: Told) -> str:
    named = (("first_response_by", FIRST_RESPONSE), ("resolve_by", RESOLUTION))
    promised = [
        f"{PROMISES[promise]} by {told(datetime.fromtimestamp(int(str(facts[key])), UTC))}"
        for key, promise in named
        if facts.get(key) is not None
    ]
    sentence = " and ".join(promised) or "nothing more is promised"
    return sentence[:1].upper() + sentence[1:]


def _counted(facts: Facts) -> str:
    """Whose hours count. Of two promises one may run by the wall clock."""
    calendar = str(facts.get("calendar") or WALL_CLOCK)
    named = (("first_response_by", FIRST_RESPONSE), ("resolve_by", RESOLUTION))
    promised = [promise for key, promise in named if facts.get(key) is not None]
    counted = [one for one in promised if one in str(facts.get("business") or "").split("+")]
    if calendar == WALL_CLOCK or not counted:
        return "counted around the clock"
    hours = f"counted in the hours of “{human_words(calendar)}” ({facts.get('zone')})"
    return hours if counted == promised else f"{PROMISES[counted[0]]} {hours}, the rest around the clock"


def _stopped(facts: Facts) -> str:
    promise = PROMISES.get(str(facts.get("promise")), "what was promised")
    kept = facts.get("kept")
    why = str(facts.get("why"))
    if kept is None:
        return f"ended without {promise}: {status(why)}"
    return f"{promise} came, {'in time' if kept else 'late'}"


def _passed(kind: str, facts: Facts) -> str:
    promise = PROMISES.get(str(facts.get("promise")), "what was promised")
    if kind == "breached":
        late = length(int(str(facts.get("minutes_late") or 0)))
        why = LATE.get(str(facts.get("why")), "")
        return f"{promise} is late by {late}{f', because {why}' if why else ''}"
    left = length(int(str(facts.get("minutes_left") or 0)))
    return f"{left} left for {promise}, so {'it is a P0' if kind == 'last_hour' else 'a reminder was sent'}"


_WAITED: Mapping[str, str] = {"asker": "the person who asked", "gate": "approval"}
_RESUMED: Mapping[str, str] = {
    "asker": "the question was answered or dropped",
    "gate": "nothing waits for approval any more",
    "reopened": "it was opened again",
    "p0": "it is a P0 now, which people work on while it waits for approval",
}
