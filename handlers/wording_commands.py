"""Every sentence people read, part nine: the answers to what they type as a command. Ready for Slack."""

from collections.abc import Sequence

from handlers.blocks import day_and_time
from routing.model import Case

NAMED_MAX = 5

HELP = (
    "`/frontdesk due` shows what is late or has to be done soon.\n"
    "`/frontdesk digest` shows the latest digest, `/frontdesk digest 2026-02-03` the one of that day.\n"
    "`/frontdesk help` shows this.\n"
    "Only you see the answer. To ask for something, write it to me or in an intake channel."
)
UNKNOWN = f"I don't know that one. What I know:\n{HELP}"
NOT_SET_UP = "Digests are not set up here. The routing map says which channels get them: ask whoever looks after it."
NOT_LED = "Digests hang in the leads' channels, and you are in none of them. `/frontdesk due` shows what is yours."
NOTHING_YOURS = "No place is yours to look after here. What you asked for yourself is on my home tab."
NOTHING_DUE = "Nothing is late, and nothing has to be done soon."
NOTHING_TO_TELL = "There is nothing to tell of that day."


def and_more(count: int) -> str:
    """Slack takes only so many answers to one command."""
    return f"And {count} more pages, too many for one answer: the digest's own channel has them all."


def in_line(held: Sequence[Case]) -> str:
    """What this person asked themselves, too much at a time to be looked at at once; first come, first served."""
    shown = [f"*#{one.number}* from {day_and_time(one.turn_at)}" for one in held[:NAMED_MAX] if one.turn_at]
    more = f" and {len(held) - len(shown):,} more after them" if len(held) > len(shown) else ""
    return f"Of what you asked, kept and looked at in turn: {', '.join(shown)}{more}."
