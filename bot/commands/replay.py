"""`frontdesk replay`: past cases decided again, beside a running bot. Nothing is posted, and nothing written."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot import clock
from bot.commands.progress import progress
from bot.commands.replayed import Again, Replay, as_json, listed, told
from bot.commands.report import Report
from bot.commands.since import since as moment_of
from bot.files import map_at
from bot.problems import Complaint
from bot.settings import Settings, read_settings
from bot.sources import CLASSIFIER, CLAUDE, RULES, Company, Sitting, must_be_able, nobodys, sitting, sources_in
from routing.decide import Stance, Unsure, decide
from routing.evaluation.hindsight import closed_then, difference
from routing.experience import Taught
from routing.learner import LESSONS_MAX
from routing.map import RoutingMap
from routing.names import Names
from routing.prompting import PROMPT, NoSheet, sheet
from storage.driver import StorageError
from storage.experience import SqlExperience
from storage.hindsight import Hindsight, Past, looked_back
from storage.newest import cases_numbered, newest_team
from storage.sqlite import Store, open_store

LOCAL = (RULES, CLASSIFIER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    since: str
    number: int | None
    is_without_claude: bool
    routes: Path | None
    prompt: str | None
    sources: str | None
    max_regressions: int | None
    is_json: bool


async def replayed(wish: Wish) -> Report:
    settings, start = read_settings(), moment_of(wish.since)
    names = _sources(wish, settings)
    routing_map = _with_prompt(map_at(wish.routes), wish.prompt)
    past, taught = await _remembered(wish, settings, start)
    if wish.is_without_claude:
        past.cases = [one for one in past.cases if _why_alone(one)]
        if CLAUDE not in names:
            return Report(text=listed(past, as_json=wish.is_json), is_good=True)
    replay = await _replay(wish, names, past, _company(names, settings, routing_map, past, taught))
    replay = replace(replay, since=None if wish.number else start)
    return Report(text=as_json(replay) if wish.is_json else told(replay), is_good=replay.is_good)


def _sources(wish: Wish, settings: Settings) -> tuple[str, ...]:
    """A version of the prompt is a wish to ask Claude."""
    by_default = (*LOCAL, CLAUDE) if wish.prompt else LOCAL
    names = by_default if wish.sources is None else sources_in(wish.sources)
    if wish.prompt and CLAUDE not in names:
        raise Complaint("--prompt is what Claude is asked with: add claude to --sources.")
    if wish.is_without_claude and wish.max_regressions is not None and CLAUDE not in names:
        raise Complaint(
            "--without-claude decides nothing again unless claude is among --sources: no --max-regressions."
        )
    must_be_able(names, settings)
    if CLAUDE in names and settings.slack_bot_token is None:
        raise Complaint(
            "Past requests name people: without SLACK_BOT_TOKEN nobody knows whose names Claude must not read. "
            "Set it, or leave claude out of --sources."
        )
    return names


def _with_prompt(routing_map: RoutingMap, version: str | None) -> RoutingMap:
    if version is None:
        return routing_map
    try:
        sheet(PROMPT, version)
    except NoSheet as problem:
        raise Complaint(str(problem)) from None
    return replace(routing_map, claude=replace(routing_map.claude, prompts={version: 100}))


async def _remembered(wish: Wish, settings: Settings, start: datetime) -> tuple[Hindsight, Sequence[Taught]]:
    try:
        async with open_store(settings.frontdesk_database, clock=clock.now, read_only=True) as store:
            past = await _past(store, wish.number, start)
            # For whom it writes is no matter: it only reads here.
            return past, await SqlExperience(store.driver, await newest_team(store.driver)).taught(LESSONS_MAX)
    except StorageError as problem:
        raise Complaint(str(problem)) from None


async def _past(store: Store, number: int | None, start: datetime) -> Hindsight:
    if number is None:
        return await looked_back(store.driver, start)
    only = await cases_numbered(store.driver, number)
    if not only:
        raise Complaint(f"There is no case #{number}.")
    return await looked_back(store.driver, start, only)


def _company(
    names: Sequence[str], settings: Settings, routing_map: RoutingMap, past: Hindsight, taught: Sequence[Taught]
) -> Company:
    """Nobody is examined on what they were taught: lessons are other cases than those decided here."""
    here = {one.case.id for one in past.cases}
    others = [one for one in taught if one.case not in here]
    return Company(map=routing_map, settings=settings, taught=others, names=_roster(names, settings))


def _roster(names: Sequence[str], settings: Settings) -> Callable[[], Awaitable[Names]]:
    """Unlike what somebody types on the command line, past requests are people's: the same names are masked."""
    if CLAUDE not in names:
        return nobodys
    from bot.slack import slack_client  # noqa: PLC0415 - Bolt and friends load only when Slack is asked
    from handlers.roster import SlackRoster  # noqa: PLC0415 - with them

    return SlackRoster(slack_client(settings), monotonic=time.monotonic).names


async def _replay(wish: Wish, names: tuple[str, ...], past: Hindsight, company: Company) -> Replay:
    async with sitting(names, company) as sources:
        cases = await _again(past.cases, sources, company)
    return Replay(
        sources=names,
        map=company.map,
        prompt=wish.prompt,
        learned=sources.learned,
        past=past,
        cases=cases,
        calls=sources.pocket.calls,
        cost=sources.pocket.cost,
        max_regressions=wish.max_regressions,
    )


async def _again(past: Sequence[Past], sources: Sitting, company: Company) -> tuple[Again, ...]:
    unsure = Unsure(company.settings.route_below_confidence)
    cases = []
    with progress(len(past)) as bar:
        for one in past:
            request, before = one.case.request, sources.pocket.cost
            opinions = await sources.panel.consult(request, one.case.id)
            stance = Stance(closed=closed_then(one.first, company.map), unsure=unsure)
            now = decide(opinions, company.map, request, stance)
            found = difference(one.first, now, one.said, company.map)
            cases.append(Again(past=one, now=now, difference=found, cost=sources.pocket.cost - before))
            bar.update(1)
    return tuple(cases)


def _why_alone(one: Past) -> str:
    return one.case.decision.without_claude if one.case.decision else ""
