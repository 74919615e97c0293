"""`frontdesk explain`: one case in plain sentences: what was decided and why, and what its clocks have done."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import clock
from bot.commands.plainly import plain
from bot.files import map_at
from bot.problems import Complaint
from bot.settings import read_settings
from handlers import wording, wording_cards, wording_clocks, wording_modals, wording_steps
from handlers.blocks import one_line
from routing.calendars import Calendar
from routing.clocks import hours_at
from routing.map import RoutingMap
from routing.model import (
    Case,
    Entry,
    Text,
)
from routing.ticking import CLOCKS
from storage.driver import StorageError
from storage.newest import cases_numbered
from storage.sqlite import Store, open_store


async def explain_case(number: int) -> str:
    settings = read_settings()
    routing_map = map_at(settings.frontdesk_routes)
    try:
        async with open_store(settings.frontdesk_database, clock=clock.now, read_only=True) as store:
            found = [line for case in await _cases(store, number) for line in await _told(store, case, routing_map)]
    except StorageError as problem:
        raise Complaint(str(problem)) from None
    if not found:
        raise Complaint(f"There is no case #{number}.")
    return "\n".join(found)


async def _cases(store: Store, number: int) -> Sequence[Case]:
    cases = [await store.cases.case(case_id) for case_id in await cases_numbered(store.driver, number)]
    return [case for case in cases if case]


async def _told(store: Store, case: Case, routing_map: RoutingMap) -> Sequence[str]:
    entries = await store.cases.entries(case.id)
    hours = hours_at(case.hours_of, routing_map)
    told = _moment_in(hours)
    return [
        f"#{case.number}  {wording_cards.state(case, routing_map)}",
        f"  {wording.summary(case.request)}",
        *_decided(case, routing_map),
        *_under("Opinions", _opinions(await store.cases.texts(case.id), routing_map)),
        *_under(f"Clocks (times of {hours.zone})", wording_clocks.history(entries, told)),
        *_under("What happened", _story(entries, routing_map, told)),
    ]


def _decided(case: Case, routing_map: RoutingMap) -> Iterator[str]:
    if case.decision is None:
        yield "  Nothing is decided yet."
        return
    for label, text in wording_modals.decision_lines(case, case.decision, routing_map):
        yield f"  {label.lower():<22}{text}"


def _opinions(texts: Sequence[Text], routing_map: RoutingMap) -> Sequence[str]:
    kept = [text.body for text in texts if text.kind == "opinions"]
    found = json.loads(kept[-1]) if kept else []
    return [wording_modals.opinion(one, routing_map) for one in found if isinstance(one, dict)]


def _story(entries: Sequence[Entry], routing_map: RoutingMap, told: Callable[[datetime], str]) -> Sequence[str]:
    steps = [one for one in entries if one.type not in CLOCKS]
    return [f"{told(one.at)}: {plain(wording_steps.entry(one, routing_map))}." for one in steps]


def _under(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {one_line(line)}" for line in lines)


def _moment_in(hours: Calendar) -> Callable[[datetime], str]:
    zone = ZoneInfo(hours.zone)
    return lambda moment: moment.astimezone(zone).strftime("%a %d %b %Y %H:%M")
