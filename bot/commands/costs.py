"""`frontdesk costs`: what Claude has cost, read beside a running bot. To the cent for people, exact in JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from bot import clock
from bot.commands.columns import in_columns
from bot.commands.since import since as moment_of
from bot.problems import Complaint
from bot.settings import read_settings
from routing.budget import DOLLAR
from routing.tariff import Usage
from storage.driver import StorageError
from storage.newest import cases_numbered
from storage.spending import Call, DayOfModel, Spending
from storage.sqlite import Store, open_store

CENT = DOLLAR // 100
TOKENS = ("Input", "Output", "Cache read", "Cache write")


async def tell_costs(since: str, number: int | None, *, as_json: bool) -> str:
    start = moment_of(since)
    try:
        async with open_store(read_settings().frontdesk_database, clock=clock.now, read_only=True) as store:
            if number is not None:
                return _told_case(number, await _calls(store, number), as_json=as_json)
            return _told(start, await store.ledger.spending(start), as_json=as_json)
    except StorageError as problem:
        raise Complaint(str(problem)) from None


def dollars(nano: int) -> str:
    """To the nearest cent. What costs something never looks like nothing."""
    cents = (nano + CENT // 2) // CENT
    return "<$0.01" if nano and not cents else f"${cents // 100:,}.{cents % 100:02}"


async def _calls(store: Store, number: int) -> Sequence[Call]:
    cases = await cases_numbered(store.driver, number)
    if not cases:
        raise Complaint(f"There is no case #{number}.")
    return [call for case in cases for call in await store.ledger.calls_of(case)]


def _told(start: datetime, spending: Spending, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(_as_object(start, spending), indent=2)
    since = f"{start:%Y-%m-%d %H:%M} UTC"
    if not spending.calls and not spending.held_calls:
        return f"Claude has not been asked since {since}: nothing was spent."
    parts = [f"Since {since}: {_counted(spending.calls)} to Claude, {dollars(spending.cost)}."]
    if spending.calls:
        parts += [_table_of_days(spending.days), _outcomes(spending)]
    if spending.dearest:
        cases = (f"#{each.number} {dollars(each.cost)} in {_counted(each.calls)}" for each in spending.dearest)
        parts.append(f"Dearest cases: {', '.join(cases)}.")
    if spending.held_calls:
        held = f"{_counted(spending.held_calls)} under way or cut off"
        parts.append(f"Not settled yet: {held}, {dollars(spending.held_worst)} set aside.")
    return "\n\n".join(parts)


def _table_of_days(days: Sequence[DayOfModel]) -> str:
    rows = [(str(each.day), each.model, f"{each.calls:,}", *_tokens(each.usage), dollars(each.cost)) for each in days]
    return in_columns(("Day (UTC)", "Model", "Calls", *TOKENS, "Cost"), rows, words=2)


def _outcomes(spending: Spending) -> str:
    told = (
        f"{outcome.replace('_', ' ')} {calls:,} ({calls / spending.calls:.0%})"
        for outcome, calls in spending.outcomes.items()
    )
    return f"Outcomes: {', '.join(told)}."


def _told_case(number: int, calls: Sequence[Call], *, as_json: bool) -> str:
    cost = sum(call.cost for call in calls)
    if as_json:
        told = {"case": number, **_money("cost", cost), "calls": [_call_as_object(call) for call in calls]}
        return json.dumps(told, indent=2)
    if not calls:
        return f"Claude was never asked about case #{number}."
    head = ("Asked (UTC)", "Model", "Prompt", "Outcome", "Attempt", *TOKENS, "Seconds", "Cost")
    table = in_columns(head, [_row_of(call) for call in calls], words=4)
    return f"Case #{number}: {_counted(len(calls))} to Claude, {dollars(cost)}.\n\n{table}"


def _row_of(call: Call) -> tuple[str, ...]:
    return (
        f"{call.asked_at:%Y-%m-%d %H:%M:%S}",
        call.model,
        call.prompt,
        "set aside" if call.is_held else call.outcome.replace("_", " "),
        str(call.attempt),
        *_tokens(call.usage),
        "" if call.latency_ms is None else f"{call.latency_ms / 1000:.1f}",
        dollars(call.cost),
    )


def _tokens(usage: Usage | None) -> tuple[str, ...]:
    """Nothing where nobody counted."""
    return tuple(f"{count:,}" for count in asdict(usage).values()) if usage else ("",) * len(TOKENS)


def _counted(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls:,} calls"


def _as_object(start: datetime, spending: Spending) -> Mapping[str, object]:
    return {
        "since": start.isoformat(),
        "calls": spending.calls,
        **_money("cost", spending.cost),
        "days": [
            {
                "day": str(each.day),
                "model": each.model,
                "calls": each.calls,
                "tokens": asdict(each.usage),
                **_money("cost", each.cost),
            }
            for each in spending.days
        ],
        "outcomes": {
            outcome: {"calls": calls, "share": calls / spending.calls} for outcome, calls in spending.outcomes.items()
        },
        "dearest": [
            {"case": each.number, "calls": each.calls, **_money("cost", each.cost)} for each in spending.dearest
        ],
        "held": {"calls": spending.held_calls, **_money("worst", spending.held_worst)},
    }


def _call_as_object(call: Call) -> Mapping[str, object]:
    return {
        "id": call.id,
        "asked_at": call.asked_at.isoformat(),
        "settled_at": call.settled_at.isoformat() if call.settled_at else None,
        "model": call.model,
        "prompt": call.prompt,
        "attempt": call.attempt,
        "outcome": None if call.is_held else call.outcome,
        "tokens": asdict(call.usage) if call.usage else None,
        "latency_ms": call.latency_ms,
        **_money("worst", call.worst),
        **_money("cost", call.cost),
        "question_hash": call.question_hash,
        "answer_hash": call.answer_hash,
    }


def _money(name: str, nano: int) -> Mapping[str, object]:
    """Exact, as an integer and as a decimal: JSON's numbers are not."""
    return {f"{name}_nano_usd": nano, f"{name}_usd": f"{nano // DOLLAR}.{nano % DOLLAR:09}"}
