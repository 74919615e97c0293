"""The storm card: what was asked all at once, one line each, until each has its own card."""

from collections.abc import Iterator, Sequence

from handlers import wording, wording_storms
from handlers.blocks import Block, Drawn, Setting, button, context, cut, drawn, mrkdwn, plain, section, written
from handlers.pressed import Verb, value_of
from routing.crowded import Told
from routing.kinds import Status
from routing.model import Case

WRITTEN_MAX = 12_500
WORDS_MAX = 80

Linked = tuple[Case, str]


def render(told: Told, listed: Sequence[Linked], setting: Setting) -> Drawn:
    """`listed` are cases with the addresses of their requests. As many as fit: the others are counted."""
    if told.is_over:
        head = f"🌤️ {wording_storms.over(told)}"
        return drawn(head, context("over", mrkdwn(head)))
    head, how = f"🌧️ {wording_storms.headline(told)}", wording_storms.how(told)
    blocks = [section("headline", f"{head}\n{how}")]
    shown, room = 0, WRITTEN_MAX - written(blocks)
    for case, url in listed:
        block = _line(case, url, setting)
        room -= written(block)
        if room < 0:
            break
        blocks.append(block)
        shown += 1
    return drawn(f"{head.replace('*', '')}. {how}", *blocks, *_more(told.waiting - shown))


def _line(case: Case, url: str, setting: Setting) -> Block:
    told = section(f"case_{case.number}", wording_storms.line(case, url, setting))
    if case.status is Status.WITHDRAWN:
        return told
    press = button(wording_storms.OPEN_CARD, Verb.OPEN_CARD.value, value_of(case, Verb.OPEN_CARD, setting.seal))
    return {**told, "accessory": press, "fields": [plain(_words(case, setting))]}


def _words(case: Case, setting: Setting) -> str:
    is_quoted = setting.quotes or not case.request.is_private
    return cut(wording.summary(case.request), WORDS_MAX) if is_quoted else wording_storms.PRIVATE


def _more(count: int) -> Iterator[Block]:
    if count > 0:
        yield context("more", plain(wording_storms.more(count)))
