"""Every sentence people read, part eleven: the storm card, and what its buttons answer. Ready for Slack's mrkdwn."""

from datetime import timedelta

from handlers.blocks import Setting, clock, escape, link, listed, mention, mentions, said
from handlers.wording import priority, role_title, the
from handlers.wording_cards import promise, state
from handlers.wording_clocks import length
from routing.crowded import Told
from routing.kinds import GateState, RoleName, Status
from routing.model import Case
from routing.outcome import role_references

A_MINUTE = timedelta(minutes=1)
PRIVATE = "🔒 private request"
OPEN_CARD = "Open card"
AN_HOUR = 60  # minutes
NAMES_MAX = 3  # of a gate's holders


def over(told: Told) -> str:
    """One line, when all is done."""
    came = f"{_requests(told.came)} in {_spell(told)}"
    if not told.withdrawn:
        return f"The storm of {clock(told.first_at)} is over: {came}, each has its card."
    lost = f"{told.withdrawn:,} {_were(told.withdrawn)} withdrawn"
    return f"The storm of {clock(told.first_at)} is over: {came}; {lost}, each of the others has its card."


def headline(told: Told) -> str:
    return f"*{_requests(told.came)} came within {_spell(told)}*"


def how(told: Told) -> str:
    """What becomes of them, and how far it has got."""
    withdrawn = f" {told.withdrawn:,} {_were(told.withdrawn)} withdrawn." if told.withdrawn else ""
    if told.goes_out:
        return f"It is calmer: {told.hung:,} of {told.came:,} have their cards, the most urgent first.{withdrawn}"
    opened = f" {told.hung:,} {'has its card' if told.hung == 1 else 'have their cards'} already." if told.hung else ""
    return f"The most urgent first; each gets its own card when this is over, or when you open it.{opened}{withdrawn}"


def line(case: Case, url: str, setting: Setting) -> str:
    """Which, how urgent, who asked, what it waits for, until when."""
    number = f"*{link(url, f'#{case.number}')}*"
    if case.status is Status.WITHDRAWN:
        return f"~{number}~ · withdrawn"
    if case.status.is_final:
        return f"~{number}~ · {escape(state(case, setting.map))}"
    level = [" ".join(priority(case.decision.priority).split()[:2])] if case.decision else []
    parts = [number, *level, f"{mention(case.request.asker.id)} asked", awaits(case, setting), promise(case)]
    return " · ".join(part for part in parts if part)


def awaits(case: Case, setting: Setting) -> str:
    """Who must say yes, by name: on this card they are asked."""
    pending = [gate.need for gate in case.gates if gate.state is GateState.PENDING]
    if not pending:
        return escape(state(case, setting.map))
    roles = dict.fromkeys(need.role for need in pending)
    return f"waits for {listed([_asked(role, setting) for role in roles])}"


def more(count: int) -> str:
    """Plain text."""
    return f"… and {count:,} more"


def opened(case: Case, card: str) -> str:
    if card:
        return f"#{case.number} has its own card: {link(card, 'go to it')}."
    return f"#{case.number} gets its own card here now."


def _asked(role: RoleName, setting: Setting) -> str:
    names = mentions(role_references(setting.map, role)[:NAMES_MAX])
    return f"{said(the(role_title(role, setting.map)))}{f' ({names})' if names else ''}"


def _spell(told: Told) -> str:
    minutes = (told.last_at - told.first_at) // A_MINUTE + 1
    if minutes >= AN_HOUR:
        return length(minutes)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _requests(count: int) -> str:
    return f"{count:,} {'request' if count == 1 else 'requests'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
