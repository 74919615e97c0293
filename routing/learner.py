"""The source that learns: from the map's examples, and from what people said about earlier cases. Never from itself.

Guessing and learning happen in a thread of their own; a new classifier takes the old one's place in one assignment.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import structlog

from routing.choose import CLASSIFIER
from routing.decisions import Candidate, Opinion, Precedent, Reason, Record
from routing.experience import Experience, Taught
from routing.kinds import Confidence, DestinationName
from routing.lessons import Guess, Guesser, Learned, Lesson
from routing.map import RoutingMap
from routing.model import Entry, Request
from routing.ports import Clock
from routing.rules import intents_of

log = structlog.get_logger()

Teach = Callable[[Sequence[Lesson]], Guesser | None]

LESSONS_MAX = 3_000  # what is learned takes memory with the square of them
REST = timedelta(seconds=30)
FIRST_LESSON_SECONDS = 5.0  # a request that comes before the first training is done waits this long for it
# Below this nothing is routed, however far ahead: an unproven guess may be offered in a question, and no more.
CAPPED = 0.69
NOBODYS, FAINT = 0.5, 0.35
ALIKE_FROM = 0.75
PRECEDENTS_MAX = 5
EXEMPLARS_MAX = 8


@dataclass(frozen=True, kw_only=True)
class _Schooled:
    """A classifier and the cases among its lessons, which come after the map's examples."""

    guesser: Guesser
    taught: Sequence[Taught]
    examples: int

    @cached_property
    def by_text(self) -> Mapping[str, Sequence[Taught]]:
        """The newest first."""
        found: dict[str, list[Taught]] = {}
        for one in reversed(self.taught):
            found.setdefault(one.text, []).append(one)
        return found


class Learner:
    def __init__(self, routing_map: RoutingMap, teach: Teach, *, experience: Experience, clock: Clock) -> None:
        self._map = routing_map
        self._teach = teach
        self._experience = experience
        self._clock = clock
        # One to guess and one to learn: nobody's request waits for a training run.
        self._hands = ThreadPoolExecutor(max_workers=2, thread_name_prefix="classifier")
        self._now: _Schooled | None = None
        self._first: asyncio.Task[None] | None = None
        self._seen: tuple[Taught, ...] | None = None
        self._newest = -1
        self._rests_until = clock()

    @property
    def learned(self) -> Learned | None:
        return self._now.guesser.learned if self._now else None

    def start(self) -> None:
        """Begin with the first training; whoever asks meanwhile waits for it, and not for ever."""
        self._first = asyncio.create_task(self._begin())

    async def _begin(self) -> None:
        try:
            await self.learn()
        except Exception:
            log.exception("classifier has not learned")

    async def close(self) -> None:
        if self._first:
            self._first.cancel()
            await asyncio.wait([self._first])
        self._hands.shutdown(wait=False, cancel_futures=True)

    async def sweep(self) -> None:
        """Learn again when people have said something new, and no more often than every half minute."""
        if self._clock() >= self._rests_until and await self._experience.newest() != self._newest:
            await self.learn()

    async def learn(self) -> None:
        """Train on what there is now, if it is not what was trained on last. The audit has the figures."""
        self._rests_until = self._clock() + REST
        newest = await self._experience.newest()
        examples = self._examples()
        said = await self._experience.taught(max(0, LESSONS_MAX - len(examples)))
        # The newest last: of two lessons with the same words the later one holds.
        taught = tuple([one for one in reversed(said) if self._is_known(one)])
        if taught == self._seen:
            self._newest = newest
            return
        lessons = [*examples, *(self._lesson(one.text, one.destination) for one in taught)]
        guesser = await asyncio.get_running_loop().run_in_executor(self._hands, self._teach, lessons)
        if guesser is None:
            log.info("classifier has too little to learn from", lessons=len(lessons))
        else:
            # Written down first: nothing is decided by what the audit does not know.
            await self._experience.note(_trained(guesser.learned, len(taught), self._clock), self._map.version)
            self._now = _Schooled(guesser=guesser, taught=taught, examples=len(examples))
        self._seen, self._newest = taught, newest

    async def opinions(self, request: Request, routing_map: RoutingMap) -> tuple[Opinion, ...]:
        schooled = await self._schooled()
        if schooled is None:
            is_learning = self._seen is None
            return (Opinion(source=CLASSIFIER, reason=Reason(code="not_learned_yet")),) if is_learning else ()
        guess = await self._guess(schooled, request.text)
        if not guess.ranked:
            return ()
        opinion = _opinion(guess, schooled.guesser.learned, request, routing_map)
        precedents = _precedents(schooled, guess)
        if not precedents:
            return (opinion,)
        reason = Reason(code="precedents", words=tuple(str(one.number) for one in precedents))
        return (opinion, Opinion(source="precedents", reason=reason, precedents=precedents))

    async def exemplars(self, text: str) -> Sequence[Taught]:
        """The nearest requests that people have judged."""
        schooled = await self._schooled()
        if schooled is None:
            return []
        guess = await self._guess(schooled, text)
        return [case for case, _ in _cases_near(schooled, guess)][:EXEMPLARS_MAX]

    async def _schooled(self) -> _Schooled | None:
        if self._first and not self._first.done():
            await asyncio.wait([self._first], timeout=FIRST_LESSON_SECONDS)
        return self._now

    async def _guess(self, schooled: _Schooled, text: str) -> Guess:
        guesses = await asyncio.get_running_loop().run_in_executor(self._hands, schooled.guesser.guess, [text])
        return guesses[0]

    def _examples(self) -> list[Lesson]:
        return [self._lesson(text, one.name) for one in self._map.destinations.values() for text in one.examples]

    def _lesson(self, text: str, destination: DestinationName | None) -> Lesson:
        """Human triage is where what is nobody's goes: what belongs there is a lesson in that."""
        return Lesson(text=text, destination=None if destination == self._map.unknown else destination)

    def _is_known(self, taught: Taught) -> bool:
        """Where a destination has left the map, nobody knows where its requests belong now."""
        return taught.destination is None or taught.destination in self._map.destinations


def _precedents(schooled: _Schooled, guess: Guess) -> tuple[Precedent, ...]:
    near = [case for case, similarity in _cases_near(schooled, guess) if similarity >= ALIKE_FROM]
    return tuple(
        Precedent(number=one.number, destination=one.destination, priority=one.priority)
        for one in near[:PRECEDENTS_MAX]
        if one.destination
    )


def _cases_near(schooled: _Schooled, guess: Guess) -> list[tuple[Taught, float]]:
    """Every case behind a lesson: many that said the very same are one lesson, and as many cases."""
    first = schooled.examples
    near: dict[str, float] = {}
    for one in guess.nearest:
        if one.lesson >= first:
            near.setdefault(schooled.taught[one.lesson - first].text, one.similarity)
    return [(case, similarity) for text, similarity in near.items() for case in schooled.by_text[text]]


def _opinion(guess: Guess, learned: Learned, request: Request, routing_map: RoutingMap) -> Opinion:
    if guess.out_of_scope > NOBODYS and guess.confidence < FAINT:
        return Opinion(source=CLASSIFIER, reason=Reason(code="nobodys"))
    best, *others = [one for one in guess.ranked if one.destination in routing_map.destinations]
    is_proven = learned.threshold is not None and guess.confidence >= learned.threshold
    score = guess.confidence if is_proven else min(guess.confidence, CAPPED)
    rest = tuple(
        Candidate(destination=one.destination, score=round(min(one.score * (1 - guess.out_of_scope), score, CAPPED), 3))
        for one in others
    )
    return Opinion(
        source=CLASSIFIER,
        reason=Reason(code="classifier", words=(best.destination,)),
        candidates=(Candidate(destination=best.destination, score=round(score, 3)), *rest),
        intents=intents_of(routing_map.at(best.destination), request.text, routing_map),
    )


def _trained(learned: Learned, from_people: int, clock: Clock) -> Entry:
    """Parts of a thousand: the audit holds no fractions."""

    def permille(share: float | None) -> int | None:
        return None if share is None else round(share * 1000)

    return Entry(
        type="trained",
        at=clock(),
        facts={
            "lessons": learned.lessons,
            "from_people": from_people,
            "destinations": learned.destinations,
            "encoder": learned.encoder or "none",
            "calibrated": learned.is_calibrated,
            "threshold_permille": permille(learned.threshold),
            "accuracy_permille": permille(learned.accuracy),
            "coverage_permille": permille(learned.coverage),
            "precision_permille": permille(learned.precision),
            "ece_permille": permille(learned.ece),
        },
    )


class NoExperience:
    """Where nothing is remembered but what somebody hands in: on the command line, and when a past is decided again."""

    def __init__(self, taught: Sequence[Taught] = ()) -> None:
        self._taught = taught

    async def newest(self) -> int:
        return len(self._taught)

    async def taught(self, limit: int) -> Sequence[Taught]:
        return self._taught[:limit]

    async def record(self, destination: DestinationName, confidence: Confidence) -> Record:  # noqa: ARG002 - the port
        return Record(stood=0, of=0)

    async def note(self, entry: Entry, map_version: str) -> None:
        """Nowhere to write it."""
