"""The review card: one decision that nobody changed, put to a person in triage. Drawn from the case alone."""

from handlers import modals, wording, wording_reviews
from handlers.blocks import (
    OPTIONS_MAX,
    Block,
    Drawn,
    Setting,
    View,
    actions,
    aloud,
    button,
    context,
    drawn,
    link,
    mrkdwn,
    one_line,
    option,
    overflow,
    plain,
    quote,
    readable,
    section,
    select,
)
from handlers.cards import EXCERPT_MAX
from handlers.pressed import Verb, value_of
from handlers.seals import Seal
from routing.bulletins import Bulletin
from routing.digests.reviews import Unchanged, sampled_in
from routing.kinds import DestinationName
from routing.model import Case
from routing.reviews import is_standing

# No destination is called so: it stands for the choice that is none of them.
NOBODYS = "-"


def render(bulletin: Bulletin, case: Case, setting: Setting) -> Drawn:
    sampled = sampled_in(bulletin)
    head = wording_reviews.question(case, sampled)
    blocks = (
        section("question", head),
        _request(case),
        *_answer(case, sampled, setting),
    )
    short = "private request" if case.request.is_private else wording.summary(case.request)
    return drawn(f"{head.replace('*', '')}: {aloud(short)}", *blocks)


def wrong(case: Case, setting: Setting) -> View:
    """Where it belongs: as when it is reassigned, but nothing moves."""
    places = modals.elsewhere(case, setting)[: OPTIONS_MAX - 1]
    options = [option(wording.human_name(name), name, setting.map.at(name).description) for name in places]
    options.append(option(wording_reviews.NOBODYS, NOBODYS))
    blocks = [
        select("to", wording_reviews.WHERE, "Pick a destination", options),
        context("moves_nothing", plain(wording_reviews.MOVES_NOTHING)),
    ]
    asks = modals.Asks(verb=Verb.REVIEW_WRONG, title=f"Wrong: #{case.number}", submit="Say so")
    return modals.form(case, asks, setting, blocks)


def belongs_to(chosen: str) -> DestinationName | None:
    """What was picked in that form."""
    return None if chosen == NOBODYS else DestinationName(chosen)


def _request(case: Case) -> Block:
    """Whoever reads triage need not be among those who may read it."""
    if case.request.is_private:
        return context("request", plain(wording_reviews.PRIVATE))
    return quote("request", one_line(readable(case.request.text)), EXCERPT_MAX)


def _why(case: Case, sampled: Unchanged, setting: Setting) -> str:
    told = wording_reviews.why(case, sampled, setting)
    is_linked = setting.link and not case.request.is_private
    return f"{told} · {link(setting.link, 'open the request')}" if is_linked else told


def _answer(case: Case, sampled: Unchanged, setting: Setting) -> tuple[Block, ...]:
    """Why it went there is known as long as it is there."""
    is_there = case.decision is not None and case.decision.destination == sampled.destination
    why = (context("why", mrkdwn(_why(case, sampled, setting))),) if is_there and is_standing(case) else ()
    if case.review:
        return (*why, section("answer", wording_reviews.verdict(case, case.review)))
    if not why:
        return (section("answer", wording_reviews.changed_since()),)
    return (
        *why,
        actions(
            "buttons",
            _button(case, "Right", Verb.REVIEW_RIGHT, setting.seal),
            _button(case, "Wrong…", Verb.REVIEW_WRONG, setting.seal),
            _button(case, "Unsure", Verb.REVIEW_UNSURE, setting.seal),
            overflow(Verb.MORE.value, [option("Details", value_of(case, Verb.DETAILS, setting.seal))]),
        ),
    )


def _button(case: Case, label: str, verb: Verb, seal: Seal) -> Block:
    return button(label, verb.value, value_of(case, verb, seal))
