"""How fast and how large the classifier is, on made-up requests. The best of several, since others may be at work."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter

from routing.classifier import Classifier, learn
from routing.encoder import Encoder, load_encoder
from routing.kinds import DestinationName
from routing.lessons import Lesson
from tests.benchmarks.frame import Result, Wish, at_most

DECIDE_P50_MS, DECIDE_P95_MS = 20, 30
LOAD_SECONDS, RSS_MB = 0.5, 300
FIT_SECONDS = {180: 0.5, 900: 2.0, 2_000: 8.0}
PRESS_WAITS_MS = 100  # how long the event loop may keep a press waiting while somebody learns
TRIES = 3

VERBS = ("fix", "check", "cancel", "renew", "explain", "move", "send", "restore", "approve", "find")
THINGS = (
    "invoice",
    "laptop",
    "contract",
    "parcel",
    "account",
    "dashboard",
    "refund",
    "export",
    "meeting room",
    "badge",
)
TAILS = (
    "for a customer",
    "before Friday",
    "in the test shop",
    "again",
    "of last month",
    "for our new colleague",
    "now",
)


def measure(wish: Wish) -> Iterator[Result]:  # noqa: ARG001 - as every family
    load, import_seconds, rss = _fresh_process()
    yield Result(name="import of classifier and encoder", measured=import_seconds, unit="s")
    yield Result(name="encoder loaded", measured=load, unit="s", target=at_most(LOAD_SECONDS))
    yield Result(name="memory of a process that guesses", measured=rss, unit="MB", target=at_most(RSS_MB))
    encoder = load_encoder()
    classifier: Classifier | None = None
    for size, most in FIT_SECONDS.items():
        lessons = made_up(size)
        texts = [one.text for one in lessons]
        seconds = _timed(partial(load_encoder().encode, texts))
        yield Result(name=f"encode {size:,} lessons", measured=seconds, unit="s")
        encoder.encode(texts)
        fits = [_timed(partial(learn, lessons, encoder)) for _ in range(TRIES)]
        name = f"fit and calibrate {size:,} lessons"
        yield Result(name=name, measured=min(fits), unit="s", target=at_most(most))
        classifier = learn(lessons, encoder)
    assert classifier is not None, "made-up lessons have ten destinations"
    p50, p95 = min(_latencies(classifier, attempt) for attempt in range(TRIES))
    yield Result(name="one request, p50", measured=p50, unit="ms", target=at_most(DECIDE_P50_MS))
    yield Result(name="one request, p95", measured=p95, unit="ms", target=at_most(DECIDE_P95_MS))
    quiet, busy = asyncio.run(_presses(encoder))
    yield Result(name="a press waits at most", measured=quiet, unit="ms")
    name = "a press waits at most while 2,000 lessons are learned"
    yield Result(name=name, measured=busy, unit="ms", target=at_most(PRESS_WAITS_MS))


def made_up(size: int) -> list[Lesson]:
    """Requests nobody made, in ten destinations; every number makes another text."""
    chosen = random.Random(7)  # noqa: S311 - not for secrets
    lessons = []
    for number in range(size):
        thing = chosen.choice(THINGS)
        text = f"Could somebody {chosen.choice(VERBS)} the {thing} {chosen.choice(TAILS)}, number {number}?"
        lessons.append(Lesson(text=text, destination=DestinationName(thing.replace(" ", "_"))))
    return lessons


def _fresh_process() -> tuple[float, float, float]:
    """Load time, import time and memory, where nothing else was loaded before. The best of several."""
    code = (
        "from time import perf_counter as now\nstart = now()\n"
        "from routing.classifier import learn\nfrom routing.encoder import load_encoder\n"
        "imported = now()\nencoder = load_encoder()\nloaded = now()\n"
        "from tests.benchmarks.bench_classifier import made_up\n"
        "desk = learn(made_up(180), encoder)\ndesk.guess(['is anybody there?'])\n"
        "pages = int(open('/proc/self/statm').read().split()[1])\n"
        "print(loaded - imported, imported - start, pages)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
        for _ in range(TRIES)
    ]
    figures = [tuple(map(float, run.stdout.split())) for run in runs]
    page_mb = os.sysconf("SC_PAGESIZE") / 1e6
    return (
        min(one[0] for one in figures),
        min(one[1] for one in figures),
        min(one[2] for one in figures) * page_mb,
    )


def _latencies(classifier: Classifier, attempt: int) -> tuple[float, float]:
    """Texts nobody has asked before: the encoder's memory must not help."""
    texts = [f"{one.text} And that {attempt} times over." for one in made_up(200)]
    classifier.guess(texts[:5])
    taken = sorted(_timed(partial(classifier.guess, [text])) * 1_000 for text in texts[5:])
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


async def _presses(encoder: Encoder) -> tuple[float, float]:
    lessons = made_up(2_000)
    quiet = await _waits(asyncio.create_task(asyncio.sleep(1)))
    busy = await _waits(asyncio.create_task(asyncio.to_thread(learn, lessons, encoder)))
    return quiet, busy


async def _waits(meanwhile: asyncio.Task[object]) -> float:
    """How late the loop comes back to whoever asked for a millisecond."""
    late = []
    while not meanwhile.done():
        start = perf_counter()
        await asyncio.sleep(0.001)
        late.append((perf_counter() - start - 0.001) * 1_000)
    return max(late)


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
