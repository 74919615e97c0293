"""Asking Claude about a case: masked, inside a budget, once for many alike, and honest when there is no answer."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, Protocol

import structlog

from routing.answers import Answer, Unreadable, as_opinion, read_answer
from routing.decide import unheard
from routing.exchange import NoReply, Prompt, Reply
from routing.map import RoutingMap
from routing.masking import CompanyPattern, Masked, MaskingFailed, mask, unmask
from routing.model import Audience, CaseId, Confidence, Extraction, Opinion, Request
from routing.names import Names
from routing.panel import Matter
from routing.ports import Ids, Taught, Unreachable
from routing.prompting import Exemplar, Sheet, instructions, question, schema, sheet, which_version

log = structlog.get_logger()

PROMPT = "route"
SECONDS_MAX, SECONDS_EACH = 24.0, 14.0  # nobody waits half a minute for a decision, whatever happens
TOKENS_MAX = 1_500
EFFORT: Literal["low"] = "low"
CACHED_MAX = 2_000
MANY_PLACES = 20  # more than these are hard to tell apart without a short list
SHORTLIST_MAX = 5
LONG = 2_000  # characters; masking a longer text may take a moment, and gets a thread
_VARYING = re.compile(r"\[[A-Z_]+_\d+\]|\d+|\s+")

# The next model is only asked where this one has understood the question and not the answer.
_ASK_ON = frozenset({"refused_answer", "unusable"})

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
class _Heard:
    answer: Answer
    model: str


class Keyless:
    """Who is asked where there is no key: nobody, and the case says so."""

    async def advise(self, matter: Matter) -> tuple[Opinion, ...]:  # noqa: ARG002 - the port
        return (unheard("no_key"),)


class ClaudeAdviser:
    def __init__(self, claude: Asks, routing_map: RoutingMap, surroundings: Surroundings) -> None:
        self._claude = claude
        self._map = routing_map
        self._around = surroundings
        self._patterns = [CompanyPattern(label=label, pattern=one) for label, one in routing_map.personal.items()]
        self._schema = schema(routing_map)
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[_Heard | str]] = {}

    async def advise(self, matter: Matter) -> tuple[Opinion, ...]:
        """One opinion, or the one that says why there is none."""
        try:
            names = await self._around.names()
            masked = await self._masked(matter.request.text, names)
        except (MaskingFailed, Unreachable) as problem:
            log.warning("claude not asked", case=matter.case, why=type(problem).__name__)
            return (unheard("masking"),)
        written = sheet(PROMPT, which_version(PROMPT, self._map.claude.prompts, matter.case or CaseId("")))
        heard = await self._shared(matter, masked, names, written)
        if isinstance(heard, str):
            return (unheard(heard),)
        opinion = as_opinion(heard.answer, self._map, text=masked.text, model=heard.model)
        prompt = f"{written.name}/{written.version}@{written.hash[:12]}"
        extraction = _readable(opinion.extraction, masked)
        return (replace(opinion, breaks_ties=True, prompt=prompt, extraction=extraction),)

    async def close(self) -> None:
        for task in self._under_way.values():
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _shared(self, matter: Matter, masked: Masked, names: Names, written: Sheet) -> _Heard | str:
        """In a storm many say the same with other numbers: the first is asked about, and answers for those who come
        while it is.
        """
        alike = _key(_VARYING.sub("#", masked.text.casefold()), written.hash)
        task = self._under_way.get(alike)
        if task is None:
            task = asyncio.create_task(self._cascade(matter, masked, names, written))
            self._under_way[alike] = task
            task.add_done_callback(lambda _: self._under_way.pop(alike, None))
        return await asyncio.shield(task)

    async def _cascade(self, matter: Matter, masked: Masked, names: Names, written: Sheet) -> _Heard | str:
        """The cheapest first. One that is not sure is followed by the next, whose answer counts if there is one."""
        until = self._around.monotonic() + SECONDS_MAX
        best: _Heard | None = None
        why = ""
        for model in self._map.claude.models:
            prompt = await self._prompt(model, matter, masked, names, written)
            seconds = min(SECONDS_EACH, until - self._around.monotonic())
            answer = await self._answer(prompt, matter.case, masked, seconds)
            if isinstance(answer, str):
                why = answer
                if answer not in _ASK_ON:
                    break
                continue
            best = _Heard(answer=answer, model=model)
            if answer.confidence is Confidence.HIGH:
                break
        return best or why

    async def _answer(self, prompt: Prompt, case: CaseId | None, masked: Masked, seconds: float) -> Answer | str:
        key = _key(masked.text, self._map.version, prompt.name, prompt.model)
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key]
        reply = await self._claude.ask(prompt, case=case, seconds=seconds)
        if isinstance(reply, NoReply):
            return reply.why
        answer = read_answer(reply.body, self._map)
        if isinstance(answer, Unreadable):
            log.warning("claude not understood", case=case, model=prompt.model, why=answer.why, fields=answer.fields)
            return "unusable"
        self._answers[key] = answer
        if len(self._answers) > CACHED_MAX:
            self._answers.popitem(last=False)
        return answer

    async def _prompt(self, model: str, matter: Matter, masked: Masked, names: Names, written: Sheet) -> Prompt:
        nearest = await self._around.exemplars(matter.request.text)
        asked = question(
            masked.text,
            nonce=self._around.nonce(),
            shortlist=self._shortlist(matter),
            exemplars=[await self._exemplar(one, names) for one in nearest],
            asked=_asked_by(matter.request),
        )
        return Prompt(
            name=f"{written.name}/{written.version}",
            model=model,
            instructions=instructions(written, self._map),
            question=asked,
            schema=self._schema,
            max_tokens=TOKENS_MAX,
            effort=EFFORT,
        )

    async def _exemplar(self, taught: Taught, names: Names) -> Exemplar:
        masked = await self._masked(taught.text, names)
        place = None if taught.destination == self._map.unknown else taught.destination
        return Exemplar(text=masked.text, destination=place)

    async def _masked(self, text: str, names: Names) -> Masked:
        if len(text) <= LONG:
            return mask(text, names=names, patterns=self._patterns)
        return await asyncio.to_thread(mask, text, names=names, patterns=self._patterns)

    def _shortlist(self, matter: Matter) -> Sequence[str]:
        if len(self._map.destinations) <= MANY_PLACES:
            return ()
        guessed = [one for opinion in matter.heard if opinion.source == "classifier" for one in opinion.candidates]
        return [one.destination for one in guessed[:SHORTLIST_MAX]]


def _asked_by(request: Request) -> str:
    return _AUDIENCES[request.audience]


def _readable(extraction: Extraction | None, masked: Masked) -> Extraction | None:
    """For people's eyes only: what was masked is put back where prose was asked for, and nowhere else."""
    if extraction is None:
        return None
    return replace(
        extraction,
        summary=unmask(extraction.summary, masked.vault),
        evidence=unmask(extraction.evidence, masked.vault),
        error_signature=unmask(extraction.error_signature, masked.vault),
        environment=unmask(extraction.environment, masked.vault),
    )


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
