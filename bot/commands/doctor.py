"""`frontdesk doctor`: everything the bot stands on, on one screen, each line with what would mend it."""

import asyncio
import json
import logging
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click

from bot import clock
from bot.checks.bounds import Bounds
from bot.checks.classifier import classifier_checks
from bot.checks.claude import claude_checks
from bot.checks.database import database_checks
from bot.checks.finding import Finding, State, doubt, within
from bot.checks.machine import version_checks, zone_checks
from bot.checks.map import map_checks
from bot.checks.people import holder_checks, names_checks
from bot.checks.settings import settings_checks
from bot.checks.slack import events_check, meet, without_token, without_way_in
from bot.settings import Settings
from bot.slack import slack_client
from bot.terminal import one_line, tame
from routing.map import RoutingMap
from routing.ports import Clock
from storage.sqlite import file_of

MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILURE: "✗"}
COLOURS = {State.OK: "green", State.WARNING: "yellow", State.FAILURE: "red"}
NARROWEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        return all(one.state is not State.FAILURE for one in self.findings)

    @property
    def summary(self) -> str:
        counted = Counter(one.state for one in self.findings)
        return ", ".join(
            f"{counted[state]} {word if counted[state] == 1 else words}"
            for state, word, words in (
                (State.FAILURE, "failure", "failures"),
                (State.WARNING, "warning", "warnings"),
                (State.OK, "ok", "ok"),
            )
        )


async def examine(*, now: Clock = clock.now, bounds: Bounds | None = None) -> Examination:
    """What does not depend on Slack is looked at while Slack is asked."""
    bounds = bounds or Bounds()
    # It repeats, without a subject, what the settings' own line says.
    logging.getLogger("dotenv.main").setLevel(logging.ERROR)
    settings, found = settings_checks()
    if settings is None:
        return Examination(findings=(*found, doubt("others", "Not checked: first the settings."), *version_checks()))
    routing_map, about_map = map_checks(settings.frontdesk_routes)
    here, database, slack = await asyncio.gather(
        _here(settings, routing_map, now, bounds),
        within(bounds.local_seconds, "database", database_checks(settings.frontdesk_database, now, bounds)),
        _slack(settings, routing_map, now, bounds),
    )
    return Examination(findings=(*found, *about_map, *here, *database, *slack, *version_checks()))


async def _here(settings: Settings, routing_map: RoutingMap | None, now: Clock, bounds: Bounds) -> list[Finding]:
    claude = within(bounds.claude_seconds, "Claude", claude_checks(settings, routing_map))
    if routing_map is None:
        return await claude
    classifier = within(bounds.local_seconds, "classifier", classifier_checks(settings, routing_map, now))
    learned, answered = await asyncio.gather(classifier, claude)
    return [*zone_checks(routing_map.hours.zone, now()), *learned, *answered]


async def _slack(settings: Settings, routing_map: RoutingMap | None, now: Clock, bounds: Bounds) -> list[Finding]:
    if settings.slack_bot_token is None:
        is_fresh = not settings.model_fields_set and not file_of(settings.frontdesk_database).exists()
        return without_token(settings, is_fresh=is_fresh)
    client = slack_client(settings)
    met = await meet(client, now, bounds)
    if isinstance(met, Finding):
        unasked = doubt("gates", "Not checked, nor channels and user groups: Slack would have to be asked.")
        return [met, *without_way_in(settings), unasked]
    if routing_map is None:
        unread = doubt("gates", "Not checked, nor channels and user groups: first the map.")
        return [*met.found, *await events_check(client, settings, bounds), unread]
    events, (resolution, names) = await asyncio.gather(
        events_check(client, settings, bounds), names_checks(client, routing_map, bounds)
    )
    if resolution is None:
        return [*met.found, *events, *names, doubt("gates", "Not checked, nor user groups: first the names.")]
    holders = holder_checks(client, routing_map, resolution, team=met.team, now=now())
    return [*met.found, *events, *names, *await within(bounds.people_seconds, "gates", holders)]


def shown(found: Examination, *, as_json: bool) -> str:
    if as_json:
        told = {"is_good": found.is_good, "findings": [asdict(one) for one in found.findings]}
        return tame(json.dumps(told, ensure_ascii=False, indent=2))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    return drawn(found, encoding=sys.stdout.encoding or "ascii", width=width)


def drawn(found: Examination, *, encoding: str, width: int) -> str:
    """`width` 0 is for pipes and files: one finding a line, however long. Colours are for terminals alone."""
    is_unicode = encoding.lower().replace("-", "").replace("_", "") == "utf8"
    marks = MARKS if is_unicode else {state: state.value.ljust(len(State.WARNING)) for state in State}
    subjects = max(len(one.subject) for one in found.findings)
    lines = [line for one in found.findings for line in _lines(one, marks[one.state], subjects, width)]
    text = "\n".join([*lines, "", f"{found.summary}."])
    return text if is_unicode else text.encode(encoding, "replace").decode(encoding)


def _lines(one: Finding, mark: str, subjects: int, width: int) -> Sequence[str]:
    start = f"{mark} {one.subject.ljust(subjects)}  "
    sentence = one_line(one.sentence)
    wrapped = textwrap.wrap(sentence, max(width, NARROWEST) - len(start)) if width else [sentence]
    first, *rest = wrapped
    coloured = click.style(mark, fg=COLOURS[one.state], bold=one.state is State.FAILURE)
    return [f"{start.replace(mark, coloured, 1)}{first}", *(" " * len(start) + line for line in rest)]
