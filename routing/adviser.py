"""Asking Claude about a case: masked, inside a budget, once for many alike, and honest when there is no answer."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Literal, Protocol, TypeVar

import structlog

from routing.answers import Answer, Unreadable, as_opinion, read_answer
from routing.decide import unheard
from routing.decisions import Opinion
from routing.disguise import fit_to_send, readable
from routing.exchange import NoReply, Prompt, Reply
from routing.experience import Taught
from routing.kinds import (
    Audience,
    CaseId,
    Confidence,
)
from routing.map import RoutingMap
from routing.masking import CompanyPattern, Masked, MaskingFailed, mask
from routing.names import Names
from routing.panel import Matter
from routing.ports import Ids, Unreachable
from routing.prompting import PROMPT, Exemplar, Sheet, instructions, question, schema, sheet, which_version
from routing.storms import alike, as_told

log = structlog.get_logger()

SECONDS_MAX, SECONDS_EACH = 24.0, 14.0  # nobody waits half a minute for a decision, whatever happens
SECONDS_MIN = 1.0  # with less left, nobody is asked
EXEMPLAR_SECONDS = 3.0  # they help, and are not worth waiting for
TOKENS_MAX = 1_500
EFFORT: Literal["low"] = "low"
CACHED_MAX, CACHED_SECONDS = 2_000, 3_600.0  # what people correct meanwhile is heard after an hour at the latest
STORM_SECONDS = 60.0  # so long an answer is everybody's who says the same with other numbers
MANY_PLACES = 20  # more than these are hard to tell apart without a short list
SHORTLIST_MAX = 5
LONG = 2_000  # characters; masking a longer text may take a moment, and gets a thread

# The next model is asked where this one said nothing of use, or would not be asked; not where nobody answers.
_ASK_ON = frozenset({"refused_answer", "unusable", "rejected"})

_AUDIENCES = {
    Audience.STAFF: "A colleague asked this in a channel of the company's own.",
    Audience.CUSTOMERS: "A customer asked this, or somebody who works for one.",
    Audience.MONITORING: "A monitoring system wrote this; nobody can be asked back.",
}


class Asks(Protocol):
    async def ask(self, prompt: Prompt, *, case: CaseId | None, seconds: float) -> Reply | NoReply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an adviser looks up: everybody's names, earlier cases, a fresh word, and how long something took."""

    names: Callable[[], Awaitable[Names]]
    exemplars: Callable[[str], Awaitable[Sequence[Taught]]]
    nonce: Ids
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What goes to Claude about one request. Nothing else of the request does."""

    case: CaseId | None
    masked: Masked
    by: str
    shortlist: Sequence[str]
    exemplars: Sequence[Exemplar] = ()
    instructions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Each model's answer to the words `text`. The last one counts; those before it may still have seen a risk."""

    text: str
    answers: tuple[tuple[str, Answer], ...]
    at: float


T = TypeVar("T")
_Asking = Callable[[], Awaitable[_Heard | str]]


class ClaudeAdviser:
    is_instant = False

    def __init__(self, claude: Asks, routing_map: RoutingMap, surroundings: Surroundings) -> None:
        self._claude = claude
        self._map = routing_map
        self._around = surroundings
        self._patterns = [CompanyPattern(label=label, pattern=one) for label, one in routing_map.personal.items()]
        self._schema = schema(routing_map)
        self._sent: RoutingMap | None = None
        self._answers: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._vaults: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._said: OrderedDict[str, _Heard] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[_Heard | str]] = {}
        self._is_closed = False

    async def advise(self, matter: Matter) -> tuple[Opinion, ...]:
        """What Claude thinks, or the one opinion that says why that is not known."""
        until = self._around.monotonic() + SECONDS_MAX
        deadline = asyncio.timeout(SECONDS_MAX)
        try:
            async with deadline:
                return await self._advised(matter, until)
        except TimeoutError:
            if not deadline.expired():
                raise
            return (unheard("deadline"),)

    async def close(self) -> None:
        self._is_closed = True
        for task in (tasks := list(self._under_way.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _advised(self, matter: Matter, until: float) -> tuple[Opinion, ...]:
        try:
            names = await self._around.names()
            masked = await self._masked(matter.request.text, names, known=self._vaults.get(matter.case or "", {}))
        except (MaskingFailed, Unreachable) as problem:
            log.warning("claude not asked", case=matter.case, why=type(problem).__name__)
            return (unheard("masking"),)
        if matter.case:
            # What was [EMAIL_1] before an edit is so after it.
            _keep(self._vaults, matter.case, masked.vault)
        by = _AUDIENCES[matter.request.audience]
        asked = _Asked(case=matter.case, masked=masked, by=by, shortlist=self._shortlist(matter))
        written = sheet(PROMPT, which_version(PROMPT, self._map.claude.prompts, matter.case or CaseId("")))

        async def ask() -> _Heard | str:
            exemplars = await self._exemplars(matter.request.text, masked, names)
            told = instructions(written, await self._map_to_send())
            return await self._cascade(replace(asked, exemplars=exemplars, instructions=told), written, until)

        heard = await self._shared(_key(alike(masked.text), asked.by, self._map.version, written.hash), ask)
        return (unheard(heard),) if isinstance(heard, str) else self._opinions(heard, masked, written)

    def _opinions(self, heard: _Heard, masked: Masked, written: Sheet) -> tuple[Opinion, ...]:
        prompt = f"{written.name}/{written.version}@{written.hash[:12]}"

        def opinion(model: str, answer: Answer) -> Opinion:
            told = as_told(answer, heard.text, masked.text)
            said = as_opinion(told, self._map, text=masked.text, model=model)
            return replace(said, breaks_ties=True, prompt=prompt, extraction=readable(said.extraction, masked))

        *doubted, last = [opinion(model, answer) for model, answer in heard.answers]
        return (*(_warning(one) for one in doubted if one.risks or one.categories), last)

    async def _shared(self, key: str, ask: _Asking) -> _Heard | str:
        """The first of many alike is asked about, and answers for those who come while it is or soon after. Where
        nothing is left to spend on that one, the next is asked about.
        """
        while not self._is_closed:
            said = self._said.get(key)
            if said is not None and self._around.monotonic() - said.at < STORM_SECONDS:
                return said
            task = self._under_way.get(key)
            is_first = task is None
            if task is None:
                task = self._under_way[key] = asyncio.create_task(self._first(key, ask))
            heard = await _result(task)
            if is_first or heard != "budget":
                return heard
        return "failure"

    async def _first(self, key: str, ask: _Asking) -> _Heard | str:
        try:
            heard = await ask()
        finally:
            del self._under_way[key]
        if isinstance(heard, _Heard):
            _keep(self._said, key, heard)
        return heard

    async def _cascade(self, asked: _Asked, written: Sheet, until: float) -> _Heard | str:
        """The cheapest first. One that is not sure is followed by the next, whose answer counts if there is one."""
        answers: list[tuple[str, Answer]] = []
        why = ""
        for model in self._map.claude.models:
            seconds = min(SECONDS_EACH, until - self._around.monotonic())
            if seconds < SECONDS_MIN:
                break
            answer = await self._answer(self._prompt(model, asked, written), asked, seconds)
            if isinstance(answer, str):
                why = answer
                if answer not in _ASK_ON:
                    break
                continue
            answers.append((model, answer))
            if answer.confidence is Confidence.HIGH:
                break
        if not answers:
            return why or "deadline"
        return _Heard(text=asked.masked.text, answers=tuple(answers), at=self._around.monotonic())

    async def _answer(self, prompt: Prompt, asked: _Asked, seconds: float) -> Answer | str:
        key = _key(asked.masked.text, asked.by, self._map.version, prompt.name, prompt.model)
        known = self._answers.get(key)
        if known is not None and self._around.monotonic() - known[0] < CACHED_SECONDS:
            self._answers.move_to_end(key)
            return known[1]
        reply = await self._claude.ask(prompt, case=asked.case, seconds=seconds)
        if isinstance(reply, NoReply):
            return reply.why
        answer = read_answer(reply.body, self._map)
        if isinstance(answer, Unreadable):
            log.warning("claude not understood", case=asked.case, why=answer.why, fields=answer.fields)
            return "unusable"
        _keep(self._answers, key, (self._around.monotonic(), answer))
        return answer

    def _prompt(self, model: str, asked: _Asked, written: Sheet) -> Prompt:
        return Prompt(
            name=f"{written.name}/{written.version}",
            model=model,
            instructions=asked.instructions,
            question=question(
                asked.masked.text,
                nonce=self._around.nonce(),
                shortlist=asked.shortlist,
                exemplars=asked.exemplars,
                asked=asked.by,
            ),
            schema=self._schema,
            max_tokens=TOKENS_MAX,
            effort=EFFORT,
        )

    async def _exemplars(self, text: str, masked: Masked, names: Names) -> Sequence[Exemplar]:
        """One that cannot be masked is left out. None shares a placeholder with the request but for the same thing."""
        try:
            async with asyncio.timeout(EXEMPLAR_SECONDS):
                nearest = await self._around.exemplars(text)
        except TimeoutError:
            return ()
        found = []
        for one in nearest:
            with suppress(MaskingFailed):
                told = await self._masked(one.text, names, masked.vault)
                place = None if one.destination == self._map.unknown else one.destination
                found.append(Exemplar(text=told.text, destination=place))
        return found

    async def _map_to_send(self) -> RoutingMap:
        """The map, in which people quote real requests. The workspace's names stay out of it: they change, and it must
        be the same bytes each time.
        """
        if self._sent is None:
            self._sent = await asyncio.to_thread(fit_to_send, self._map, self._patterns)
        return self._sent

    async def _masked(self, text: str, names: Names, known: Mapping[str, str]) -> Masked:
        masking = partial(mask, text, names=names, patterns=self._patterns, known=known)
        return masking() if len(text) <= LONG else await asyncio.to_thread(masking)

    def _shortlist(self, matter: Matter) -> Sequence[str]:
        if len(self._map.destinations) <= MANY_PLACES:
            return ()
        guessed = [one for opinion in matter.heard if opinion.source == "classifier" for one in opinion.candidates]
        return [one.destination for one in guessed[:SHORTLIST_MAX]]


async def _result(task: asyncio.Task[_Heard | str]) -> _Heard | str:
    """Whoever leaves does not take along those who wait for the same."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        me = asyncio.current_task()
        if me is None or me.cancelling() or not task.cancelled():
            raise
        return "failure"  # The desk is closing; whoever asked is not.


def _warning(opinion: Opinion) -> Opinion:
    """What a model that was not sure still warns of: none takes back a risk that another saw."""
    return replace(opinion, candidates=(), intents=opinion.risks, priority=None, missing=(), extraction=None)


def _keep(book: OrderedDict[str, T], key: str, value: T) -> None:
    book[key] = value
    book.move_to_end(key)
    if len(book) > CACHED_MAX:
        book.popitem(last=False)


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
