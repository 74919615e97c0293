"""Forms over a card, and the whole story of a case. What people wrote stands in them as plain text, in full."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from handlers import wording, wording_cards, wording_clocks, wording_modals, wording_steps
from handlers.blocks import (
    CHUNK_MAX,
    Block,
    Setting,
    Typed,
    View,
    context,
    cut,
    day_and_time,
    escape,
    exact,
    header,
    modal,
    mrkdwn,
    one_line,
    option,
    passage,
    plain,
    readable,
    section,
    select,
    typed,
)
from handlers.pressed import Verb, value_of
from routing.desk import History
from routing.kinds import DestinationName
from routing.model import (
    Case,
    Entry,
    Text,
)
from routing.ticking import CLOCKS

PASSAGES_MAX = 16
LINKS_MAX = 10
GATES_MAX = 5
OPINIONS_MAX = 12
NOTES_MAX = 6
ENTRIES_MAX = 30
CLOCK_LINES_MAX = 12
OPTION_VALUE_MAX = 150


def approve_request(case: Case, setting: Setting) -> View:
    """Exactly what is released. Nobody can agree to what they were not shown."""
    needs_reason = any(gate.need.reason_required for gate in case.gates)
    why = Typed(block_id="reason", label="Why do you approve it?", is_optional=not needs_reason)
    blocks = [section("agreed", wording_modals.agreed_to(case)), *_released(case, setting), typed(why)]
    asks = Asks(verb=Verb.APPROVE_REQUEST, title=f"Approve #{case.number}", submit="Approve request")
    return form(case, asks, setting, blocks)


def deny(case: Case, setting: Setting) -> View:
    why = Typed(
        block_id="reason", label="Why not?", hint="The person who asked reads this, unless they are from outside."
    )
    blocks = [*_released(case, setting), typed(why)]
    return form(case, Asks(verb=Verb.DENY, title=f"Deny #{case.number}", submit="Deny"), setting, blocks)


def reassign(case: Case, setting: Setting) -> View:
    places = elsewhere(case, setting)
    title = f"Reassign #{case.number}"
    if not places:
        return sentence(title, "The routing map has no other destination to move this to.")
    options = [option(wording.human_name(name), name, setting.map.at(name).description) for name in places]
    why = Typed(block_id="reason", label="Why?", hint="One line helps the next decision.", is_optional=True)
    blocks = [select("to", "Where does it belong?", "Pick a destination", options), typed(why)]
    return form(case, Asks(verb=Verb.REASSIGN, title=title, submit="Move it"), setting, blocks)


def escalate(case: Case, setting: Setting) -> View:
    """Filled in as far as the case knows, so that at three in the morning only the gaps are left."""
    shown = wording_modals.evidence(case, setting.map, setting.link)
    wanted = wording_modals.next_step(case)
    fields = (
        Typed(block_id="problem", label="What is the problem?", begins=cut(readable(case.request.text), CHUNK_MAX)),
        Typed(block_id="tried", label="What was tried?", begins=wording_modals.tried(case), is_optional=True),
        Typed(block_id="evidence", label="What shows it?", begins=shown, is_optional=True),
        Typed(block_id="next_step", label="What should happen next?", begins=wanted, is_optional=True),
    )
    asks = Asks(verb=Verb.ESCALATE, title=f"Escalate #{case.number}", submit="Escalate")
    return form(case, asks, setting, [typed(one) for one in fields])


def resolve(case: Case, setting: Setting) -> View:
    options = [option(label, code, about) for code, (label, about) in wording_modals.RESOLUTIONS.items()]
    what = Typed(block_id="what", label="What fixed it?", hint="One line is enough.", is_optional=True, is_long=False)
    blocks = [select("how", "How did it end?", "Pick one", options), typed(what)]
    return form(case, Asks(verb=Verb.RESOLVE, title=f"Resolve #{case.number}", submit="Resolve"), setting, blocks)


def details(history: History, setting: Setting) -> View:
    case = history.case
    blocks = [
        section("state", f"*#{case.number}* · {escape(wording_cards.state(case, setting.map))}"),
        *_passages(case.request.text, most=2),
        section("asked_by", wording_modals.asked_by(case)),
        *_decision(case, setting),
        *_clocks(history.entries),
        *_opinions(history.texts, setting),
        *_story(history, setting),
    ]
    return modal(f"Details of #{case.number}", blocks, "Close")


def loading(title: str) -> View:
    """Shown while the rest is fetched: Slack waits three seconds for a form, and no longer."""
    return modal(title, [passage("loading", "One moment…")], "Close")


def sentence(title: str, text: str) -> View:
    """One sentence instead of a form; mrkdwn, as `wording` makes it."""
    return modal(title, [section("sentence", text)], "Close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What a form is for, and the word on the button that sends it."""

    verb: Verb
    title: str
    submit: str


def form(case: Case, asks: Asks, setting: Setting, blocks: Sequence[Block]) -> View:
    return {
        **modal(asks.title, blocks, "Cancel"),
        "callback_id": asks.verb.value,
        "private_metadata": value_of(case, asks.verb, setting.seal),
        "submit": plain(asks.submit, 24),
    }


def _released(case: Case, setting: Setting) -> Iterator[Block]:
    """The plan stands before the words: nothing a long request says can push it out of sight."""
    if case.decision is not None:
        yield section("plan", f"{escape(wording.plan(case, setting.map))}.")
    for at, told in enumerate(wording_modals.gates(case, setting.map, GATES_MAX)):
        yield section(f"gate_{at}", told)
    yield section("asked_by", wording_modals.asked_by(case))
    yield from _passages(case.request.text, most=PASSAGES_MAX)
    yield from _links(case)


def _passages(text: str, most: int) -> Iterator[Block]:
    whole = exact(text)
    chunks = [whole[start : start + CHUNK_MAX] for start in range(0, len(whole), CHUNK_MAX)] or [""]
    for at, chunk in enumerate(chunks[:most]):
        yield passage(f"words_{at}", chunk)
    left = len(whole) - most * CHUNK_MAX
    if left > 0:
        yield context("more_words", plain(wording_modals.shown_next(left)))


def _links(case: Case) -> Iterator[Block]:
    links = case.request.links
    if links:
        listed = "\n".join(cut(exact(one), 250) for one in links[:LINKS_MAX])
        unseen = f"\n… and {len(links) - LINKS_MAX} more" if len(links) > LINKS_MAX else ""
        yield passage("files", f"Files:\n{listed}{unseen}")


def elsewhere(case: Case, setting: Setting) -> list[DestinationName]:
    """Everywhere but here, by name; human triage last. Slack carries a name of up to 150 characters."""
    here = case.decision.destination if case.decision else None
    names = [name for name in setting.map.destinations if name != here and len(name) <= OPTION_VALUE_MAX]
    return sorted(names, key=lambda name: (name == setting.map.unknown, wording.human_name(name)))


def _decision(case: Case, setting: Setting) -> Iterator[Block]:
    yield section("times", wording_modals.times(case))
    if case.decision is None:
        return
    yield header("decision_title", "Decision")
    lines = wording_modals.decision_lines(case, case.decision, setting.map)
    half = (len(lines) + 1) // 2
    yield section("decision", wording_modals.labelled(lines[:half]))
    yield section("decision_more", wording_modals.labelled(lines[half:]))
    for at, told in enumerate(wording_modals.gates(case, setting.map, GATES_MAX)):
        yield section(f"gate_{at}", told)


def _clocks(entries: Sequence[Entry]) -> Iterator[Block]:
    """Why its times are what they are. A long history loses its beginning; the audit keeps it."""
    told = wording_clocks.history(entries, day_and_time)
    if told:
        yield header("clocks_title", "Clocks")
    for at, line in enumerate(told[-CLOCK_LINES_MAX:]):
        yield context(f"clock_{at}", mrkdwn(line))


def _opinions(texts: Sequence[Text], setting: Setting) -> Iterator[Block]:
    """The newest set of opinions. Written by us, but long ago: whatever cannot be read is not shown."""
    kept = [text.body for text in texts if text.kind == "opinions"]
    if not kept:
        return
    try:
        found = json.loads(kept[-1])
    except ValueError:
        return
    told = [wording_modals.opinion(one, setting.map) for one in _mappings(found)]
    if told:
        yield header("opinions_title", "Opinions")
    for at, line in enumerate(told[:OPINIONS_MAX]):
        yield context(f"opinion_{at}", plain(line))


def _mappings(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _story(history: History, setting: Setting) -> Iterator[Block]:
    """Everything that happened, the newest last. A long story loses its middle; the audit keeps all of it."""
    bodies = {text.id: text for text in history.texts}
    entries = [one for one in history.entries if one.type not in CLOCKS]
    unseen = max(0, len(entries) - ENTRIES_MAX)
    first = entries[:1] if unseen else []
    yield header("story_title", "What happened")
    draw = _entry_drawer(bodies, setting)
    for at, entry in enumerate(first):
        yield draw(f"first_{at}", entry)
    if unseen:
        yield context("unseen", plain(f"… {unseen} more; the audit has them all"))
    for at, entry in enumerate(entries[unseen + len(first) :] if unseen else entries):
        yield draw(f"entry_{at}", entry)
    quoted = {entry.text for entry in entries}
    notes = [text for text in history.texts if text.id not in quoted and text.kind != "opinions"]
    for at, text in enumerate(notes[-NOTES_MAX:]):
        yield context(f"note_{at}", plain(_noted(text)))


def _entry_drawer(bodies: dict[str, Text], setting: Setting) -> Callable[[str, Entry], Block]:
    def draw(block_id: str, entry: Entry) -> Block:
        line = f"{day_and_time(entry.at)} · {wording_steps.entry(entry, setting.map)}"
        if entry.text is None:
            return context(block_id, mrkdwn(line))
        text = bodies.get(entry.text)
        return context(block_id, mrkdwn(line), plain(_noted(text) if text else "(the words were erased)"))

    return draw


def _noted(text: Text) -> str:
    return f"{wording_modals.label(text.kind)}: “{cut(one_line(exact(text.body)), 600)}”"
