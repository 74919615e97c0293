"""Hostile config and payloads cost next to nothing, no secret is told, and a log line is a log line."""

import ast
import hashlib
import hmac
import io
import itertools
import json
import logging
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import structlog

from bot import clock, log
from bot.doorway import BODY_MAX_BYTES, SIGNATURE, TIMESTAMP
from bot.files import map_at
from bot.school import trained
from bot.transport import HttpTransport
from handlers import cards
from routing.learner import Learner, NoExperience
from routing.map_file import load_map
from routing.map_pattern import safe_pattern
from routing.map_yaml import MapErrors
from routing.masking import CompanyPattern, mask
from routing.rules import opinions
from tests.office import ROOT, SECRET, Office, an_office, real_time
from tests.trust.surfaces import SETTING, cases
from tests.unit.scenes import a_request

CPU_SECONDS = 0.25
MEMORY_BYTES = 50_000_000
MAP = map_at(ROOT / "routes.yml")
SHORT = "destinations: {b: team:b}\nunknown: queue:front\n"


def spent(work: Callable[[], object]) -> float:
    """Seconds of CPU, the better of two: a shared machine has its moments."""
    took = []
    for _ in range(2):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def grown(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# P30: bombs.


def nine_to_the_ninth() -> str:
    first = "a: &a [" + ",".join(["x"] * 9) + "]\n"
    return first + "".join(
        f"{two}: &{two} [{','.join([f'*{one}'] * 9)}]\n" for one, two in itertools.pairwise("abcdefghi")
    )


YAML_BOMBS = {
    "aliases of aliases": nine_to_the_ninth(),
    "nine hundred lists in lists": f"a: {'[' * 900}{']' * 900}",
    "lists that are never closed": "[" * 250_000,
    "mappings in mappings": "{a: " * 60_000,
    "steps to the right": "\n".join(f"{' ' * at}a:" for at in range(500)),
    "dashes": "- " * 130_000,
    "a quarter of a megabyte of one word": f"a: {'x' * 262_000}",
    "more than a quarter of a megabyte": "a" * 300_000,
    "empty lists without end": f"a: [{'[],' * 87_000}]",
    "keys without end": "\n".join(f"k{at}: 1" for at in range(25_000)),
    "one key again and again": "a: 1\n" * 50_000,
    "no numbers": "a: .nan\nb: .inf\nc: 1e999\n",
    "a number of 5,000 digits": f"{SHORT}max_hops: {'9' * 5_000}\n",
    "a merge": "a: &a {x: 1}\nb: {<<: *a}\n",
    "a tag that runs": "a: !!python/object/apply:os.system ['id']\n",
    "NUL": "a: \0",
    "half a character": "a: \ud800",
    "documents": "---\n" * 60_000,
    "rules without end": SHORT + "rules:\n" + "".join(
        f"  - {{name: r{at}, pattern: '(a|b)?(a|b)?x{at}', destination: b}}\n" for at in range(2_400)
    ),
    "words without end": SHORT + "high_risk: [payment]\nintents: {payment: {words: [" + "w x," * 9_000 + "w]}}\n",
}  # fmt: skip  # a bomb an entry


@pytest.mark.parametrize("bomb", YAML_BOMBS.values(), ids=YAML_BOMBS)
def test_a_map_that_is_a_bomb_is_refused_before_it_costs_anything(bomb: str) -> None:
    """P30. Row 13: aliases, depth, size, keys twice, numbers that are none: at most 250 ms and 50 MB."""

    def refuse() -> None:
        with pytest.raises(MapErrors):
            load_map(bomb)

    if "words: [w x" in bomb:  # no mistake, only much
        assert spent(lambda: load_map(bomb)) < CPU_SECONDS
        return
    assert spent(refuse) < CPU_SECONDS
    assert grown(refuse) < MEMORY_BYTES


UNITS = (
    "a ", "delete give send pay ", "d.e.l.", "\u0430 ", "<@U1", ":a", "1 2 3 a ", "a-", "a\n", "&amp;amp;",
    "e\u0301", "\ufdfa", "x", "9", "4111 ", "+49 170 ", "a@b.", "a.b@", "DE89 3704 ", "sk-", "-----BEGIN ",
    "1.1.", "::", "((", "Mr. A ", "%41",
)  # fmt: skip  # what patterns may stumble over


@pytest.mark.parametrize("unit", UNITS)
def test_forty_kilobytes_of_anything_are_read_by_the_rules_in_a_moment(unit: str) -> None:
    """P30. Row 14: every pattern and view of the rules, over the longest message Slack takes."""
    asked = a_request((unit * 40_000)[:40_000])
    opinions(a_request("warm"), MAP)

    assert spent(lambda: opinions(asked, MAP)) < CPU_SECONDS


GREEDY = (
    "a*a*b", "a+a+a", r"\b\w*\w*\b!", "(?:a|b|ab){1,7}c", ".*a.*b", "[ab]*[bc]*d", "(?=.*x.*y)a", "(?:a?){11}b",
    "(?:a?){10}b", "(a+)+b", "(a|a)*b", "(.*a){12}", "(?:a{0,3}){0,5}b", r"(?:\w\w?){1,11}!", r"(\w+\s?)*x", "(a*)*b",
)  # fmt: skip  # what is known to blow up


@pytest.mark.parametrize("pattern", GREEDY)
def test_no_pattern_of_a_company_can_keep_the_desk_busy(pattern: str) -> None:
    """P30. Row 14: a pattern of the map, in a rule or under `personal`, is refused or is quick on any 40 kB."""
    try:
        safe = safe_pattern(pattern)
    except ValueError:
        return
    for unit in ("a", "ab", "a ", "abc", "aaaa!", "x"):
        text = (unit * 40_000)[:40_000]
        assert spent(lambda text=text: safe.search(text)) < CPU_SECONDS  # type: ignore[misc]  # bound at once


@pytest.fixture
async def http_office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path, over="http") as office:
        yield office


JSON_BOMBS = {
    "five thousand lists": ("application/json", b'{"event": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 401),
    "never closed": ("application/json", b"[" * 900_000, 401),
    "a number of 5,000 digits": ("application/json", b'{"event_time": ' + b"9" * 5_000 + b"}", 401),
    "not UTF-8": ("application/json", b'{"a": "\xff\xfe"}', 401),
    "no JSON": ("application/json", b"{'a': 1", 401),
    "a form of nothing": ("application/x-www-form-urlencoded", b"payload=%7B%5B", 401),
    "XML": ("application/xml", b"<a/>", 415),
    "no kind at all": ("application/octet-stream", b"\0" * 1_000, 415),
    "an odd charset": ("application/json; charset=klingon", b"{}", 401),
    "more than Slack sends": ("application/json", b" " * (BODY_MAX_BYTES + 1), 413),
    "a hundred thousand lists": ("application/json", b'{"a": [' + b"[]," * 300_000 + b"0]}", 401),
}


@pytest.mark.parametrize("bomb", JSON_BOMBS.values(), ids=JSON_BOMBS)
async def test_a_body_that_is_a_bomb_is_turned_away_at_the_door(
    http_office: Office, bomb: tuple[str, bytes, int]
) -> None:
    """P30. Row 14: a stranger's body is not parsed; at most 250 ms, no crash, and the next one is read."""
    kind, body, status = bomb
    transport = http_office.bot.transport
    assert isinstance(transport, HttpTransport)
    url = f"http://127.0.0.1:{transport.port}/slack/events"
    began = time.process_time()
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body), headers={"Content-Type": kind}) as told,
    ):
        assert told.status == status
    assert time.process_time() - began < CPU_SECONDS

    ts = await http_office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")
    await http_office.next_card("#billing")
    await http_office.receipt(ts)


# P31 and P32: what is logged.

CONTROLS = (
    "\r\n2026-11-21 [info     ] approved case=1", "\n{\"event\": \"forged\"}", "\x1b[2J\x1b[1;31mred",
    "\u2028next", "\u2029", "\x85next", "\x00", "\x0b\x0c", "\ud800", "\u202egnp.exe", "\x7f\x7f", "\U000e0041",
    "\x9b31m", "\t", "a" * 100_000, "\ufeff",
)  # fmt: skip  # what breaks lines or moves cursors


class Unruly:
    def __repr__(self) -> str:
        return "\r\nforged"


def circle() -> list[object]:
    ring: list[object] = []
    ring.append(ring)
    return ring


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def broken(mark: object) -> None:
    raise RuntimeError(str(mark))


def told_of(style: str, mark: object) -> list[str]:
    stream = io.StringIO()
    log.set_up(style, stream=stream)
    logger = structlog.get_logger()
    event = f"event {mark}"
    logger.info(event, key=mark, many=[mark, {"x": mark}], odd=float("nan"), **{f"k{mark}"[:40]: 1})
    logging.getLogger("asyncio").error("library says %s", mark)
    try:
        broken(mark)
    except RuntimeError:
        logger.exception("failed", what=mark)
        logging.getLogger("asyncio").exception("library failed")
    return stream.getvalue().split("\n")[:-1]


def _no_number(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("mark", [*CONTROLS, Unruly(), circle()], ids=range(len(CONTROLS) + 2))
def test_one_event_is_one_json_object_on_one_line(mark: object) -> None:
    """P32. Row 16: line breaks, escapes and separators in events, keys, values, messages of errors and libraries."""
    lines = told_of("json", mark)

    assert len(lines) == 4
    assert [sorted({"event", "level"} & set(json.loads(line, parse_constant=_no_number))) for line in lines] == [
        ["event", "level"]
    ] * 4
    assert all(line.isprintable() and "\n" not in line for line in lines)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("mark", [*CONTROLS, Unruly()], ids=range(len(CONTROLS) + 1))
def test_a_console_shows_nothing_that_it_would_obey_and_no_forged_line(mark: object) -> None:
    """P32. Row 16: a line that begins like one of ours is one of ours; what follows an error is indented."""
    lines = told_of("console", mark)

    assert len([line for line in lines if not line.startswith("    ")]) == 4
    assert all(line.replace("\t", "").isprintable() for line in lines)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("style", ["json", "console"])
def test_a_secret_is_in_no_line_whoever_quotes_it(style: str) -> None:
    """P31. Row 18: by its look, and by its value where it has none; in addresses, too."""
    secrets = ("canary-signing-secret", 'canary"quoted\\key', "xoxb-1-canary", "xapp-1-canary", "sk-ant-canary-key")
    log.hide(secrets[:2])
    told = "\n".join(
        line for one in (*secrets, "https://user:canary-word@proxy.example/x") for line in told_of(style, one)
    )

    assert "canary" not in told


# Row 17: parameters only.


def is_glued(part: ast.AST) -> bool:
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        return part.func.attr in {"format", "join", "replace"}
    return isinstance(part, ast.JoinedStr | ast.Mod)


def test_no_statement_is_put_together_from_values() -> None:
    """Row 17: what reaches the database as SQL is a constant; whatever comes from outside is a parameter."""
    built = []
    for path in sorted((ROOT / "storage").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            name = call.func.attr if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else ""
            if not isinstance(call, ast.Call) or name not in {"run", "execute", "executemany", "executescript"}:
                continue
            statement = call.args[0] if call.args else call
            if any(map(is_glued, ast.walk(statement))):
                built.append(f"{path.name}: {ast.unparse(statement)}")

    assert built == []


SQL = (
    "'; DROP TABLE cases; --", "\" OR 1=1 --", "1); DELETE FROM entries; --",
    "' UNION SELECT * FROM desk_keys --", "%' OR '1'='1", "\\'; PRAGMA writable_schema=ON; --",
    "Robert'); DROP TABLE texts;--", "' AND SLEEP(5)#", "?1", ":name", "@p", "$1", "NULL", "\\x00'",
)  # fmt: skip  # what scanners try


async def test_statements_in_a_request_leave_the_database_as_it_is(tmp_path: Path) -> None:
    """Row 17: as text, through the whole desk; every table is there, and the words are kept as they were."""
    async with an_office(tmp_path) as office:
        office.heeds_nothing_more()
        before = await office.bot.store.driver.tables()
        for said in SQL:
            await office.says("maya", f"My invoice shows the wrong amount {said}")
            await office.settles()

        assert await office.bot.store.driver.tables() == before
        kept = [case.request.text for case in await office.asked_by("maya")]
        assert [said for said in SQL if not any(said in text for text in kept)] == []


LISTS = b"[" * 5_000 + b"]" * 5_000
AN_EVENT = (
    b'{"type": "event_callback", "team_id": "T0HALDEN", "api_app_id": "A0FRONTDESK", "event_id": "EvBOMB",'
    b' "event_time": 1, "event": {"type": "message", "channel": "C0HELP", "channel_type": "channel", "user": "U0MAYA",'
    b' "ts": "17.1", "text": %s}}'
)
SIGNED_BOMBS = {
    "five thousand lists": (b'{"event": ' + LISTS + b"}", 400),
    "five thousand lists in an event": (AN_EVENT % LISTS, 400),
    "never closed": (b"[" * 900_000, 400),
    "a hundred thousand lists": (b'{"a": [' + b"[]," * 300_000 + b"0]}", 400),
    "a hundred thousand lists in an event": (AN_EVENT % (b"[" + b"[]," * 300_000 + b"0]"), 400),
    "mappings": (b'{"a": [' + b"{}," * 300_000 + b"0]}", 400),
    "keys": (b"{" + b",".join(b'"%d":1' % at for at in range(80_000)) + b"}", 200),
    "a number of 5,000 digits": (b'{"event_time": ' + b"9" * 5_000 + b"}", 400),
    "long numbers": (b"[" + b",".join([b"9" * 4_000] * 225) + b"]", 400),
    "no number": (b'{"event_time": NaN, "event": Infinity}', 400),
    "no number in an event": (AN_EVENT % b"NaN", 400),
    "one long word in an event": (AN_EVENT % (b'"' + b"a" * 900_000 + b'"'), 200),
    "not an object": (b'"text"', 400),
}


@pytest.mark.parametrize("bomb", SIGNED_BOMBS.values(), ids=SIGNED_BOMBS)
async def test_a_bomb_with_the_right_signature_costs_as_little(http_office: Office, bomb: tuple[bytes, int]) -> None:
    """P30. Row 14: whoever has the secret, or is Slack unwell: 400 before much is made of it, and on it goes."""
    body, status = bomb
    http_office.heeds_nothing_more()
    transport = http_office.bot.transport
    assert isinstance(transport, HttpTransport)
    url = f"http://127.0.0.1:{transport.port}/slack/events"
    now = str(int(real_time()))
    signature = "v0=" + hmac.new(SECRET.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", TIMESTAMP: now, SIGNATURE: signature}

    async def status_of() -> int:
        async with aiohttp.ClientSession() as session:
            return (await session.post(url, data=io.BytesIO(body), headers=headers)).status

    tracemalloc.start()
    try:
        assert await status_of() == status
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES
    finally:
        tracemalloc.stop()
    began = time.process_time()
    assert await status_of() == status
    assert time.process_time() - began < CPU_SECONDS

    ts = await http_office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")
    await http_office.receipt(ts)


def test_masking_takes_any_forty_kilobytes_or_none() -> None:
    """P30. Row 14: what is longer than it can mask is not sent anywhere; what it masks, it masks in a moment."""
    for unit in (*UNITS, "write to me at a.b@c.de or +49 170 1234567 ", "\u200b", "a\u200bb"):
        assert spent(lambda unit=unit: mask((unit * 40_000)[:40_000])) < CPU_SECONDS  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize(
    ("patterns", "why"),
    [([r"E-\d{4}"] * 21, "has more than 20 patterns"), ([r"\w+\s?x\d+"] * 3, "too many ways together")],
)
def test_the_personal_patterns_of_a_company_are_bounded_together(patterns: list[str], why: str) -> None:
    """P30. Row 14: each is quick by itself, and all of them are looked for in every text."""
    lines = "".join(f"  KIND{at}: '{one}'\n" for at, one in enumerate(patterns))

    with pytest.raises(MapErrors, match=why):
        load_map(f"{SHORT}personal:\n{lines}")


@pytest.mark.parametrize("unit", ["1 2 3 a ", "4111 ", "1.1.", "a@b.", "\u0430 ", "d.e.l.", "<@U1"])
async def test_one_hostile_message_costs_the_whole_desk_a_moment(unit: str) -> None:
    """P30. Row 14: forty kilobytes of what costs most, through rules, classifier, mask and card together."""
    learner = Learner(MAP, lambda lessons: trained(lessons, None, None), experience=NoExperience(()), clock=clock.now)
    await learner.learn()
    await learner.opinions(a_request("warm"), MAP)
    patterns = [CompanyPattern(label=label, pattern=one) for label, one in MAP.personal.items()]
    case = cases("x")["proposed"]
    took = []
    for attempt in range(3):
        asked = a_request((unit * 40_000)[:39_999] + str(attempt))  # or the encoder would know it
        began = time.process_time()
        opinions(asked, MAP)
        await learner.opinions(asked, MAP)
        mask(asked.text, patterns=patterns)
        cards.render(replace(case, request=asked), SETTING)
        took.append(time.process_time() - began)
    await learner.close()

    print(f"{min(took) * 1000:.0f} ms")  # noqa: T201 - the figure is the point
    assert min(took) < CPU_SECONDS
