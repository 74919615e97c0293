"""`frontdesk evaluate`, as somebody at a keyboard meets it: the real program, on real files."""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.contract.test_command_line import ROOT, Keyboard, keyboard
from tests.pretend_claude import KEY, PretendClaude, overloaded
from tests.pretend_claude_rules import filled

__all__ = ["keyboard"]

HELD_OUT = str(ROOT / "tests/data/halden_goods.jsonl")
KEYS = {
    "file", "map_version", "train", "sources", "human_triage", "leaks", "weights", "examples", "accuracy", "macro_f1",
    "placed", "placed_right", "first_choice", "verdicts", "fallback", "nowhere", "high_risk", "urgency", "certainty",
    "prices", "latency_ms", "cost", "road", "places", "confusion", "mistakes", "without_claude",
}  # fmt: skip


def a_file(folder: Path, *lines: object, name: str = "some.jsonl") -> str:
    written = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    (folder / name).write_text("\n".join(written), encoding="utf-8")
    return name


FILES = ("rules.json", "both.json")
INVOICE = {"text": "the invoice shows a wrong amount", "destination": "billing", "risk": "normal", "id": "an invoice"}
BICYCLE = {"text": "Whose red bicycle is this?", "destination": None, "risk": "normal", "id": "a bicycle"}
REFUND = {"text": "please refund order 5", "destination": "privileged_ops", "risk": "high", "id": "a refund"}


def placing(body: dict[str, Any]) -> dict[str, Any]:
    """An answer that sends everything to sales."""
    answer: dict[str, Any] = filled(body["output_config"]["format"]["schema"])
    return {**answer, "destination": "sales", "confidence": "high"}


async def with_claude(
    keyboard: Keyboard, claude: PretendClaude, command: str, *words: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    there = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": claude.url, **environment}
    options = ("--sources", "rules,classifier,claude", "--out", "report.json")
    return await asyncio.to_thread(keyboard.types, command, *words, *options, **there)


def told(keyboard: Keyboard) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((keyboard.folder / "report.json").read_text())
    return report


def test_the_verdict_comes_first_and_in_plain_words(keyboard: Keyboard) -> None:
    ran = keyboard.types("evaluate", a_file(keyboard.folder, INVOICE, BICYCLE, REFUND))

    assert (ran.returncode, ran.stderr) == (0, "")
    first = ran.stdout.splitlines()
    assert first[0].startswith("100.0 % of 3 requests were sent where they belong (95 % interval: 43.9 % to")
    assert first[1].startswith("1 of 1 risky requests were recognised (100.0 %), 0 routed with no gate")
    assert first[2].startswith("33.3 % were left to a person or a question, 1 of 1 of them with reason")
    assert ran.stdout.endswith("No request was sent to the wrong place.\n")


def test_the_dearest_mistakes_come_last_each_with_one_to_look_at(keyboard: Keyboard) -> None:
    wrong = {**INVOICE, "destination": "sales"}
    missed = {**BICYCLE, "destination": "bugs"}

    ran = keyboard.types("evaluate", a_file(keyboard.folder, wrong, missed))

    assert ran.stdout.splitlines()[-3:] == [
        "The dearest mistakes:",
        "     1  belonging to sales, sent to billing, such as an invoice",
        "     1  belonging to bugs, left to a person or a question, such as a bicycle",
    ]


def test_every_figure_is_in_the_json(keyboard: Keyboard) -> None:
    ran = keyboard.types("evaluate", HELD_OUT, "--out", "report.json")

    assert ran.returncode == 0, ran.stderr
    told = json.loads((keyboard.folder / "report.json").read_text())
    assert set(told) == KEYS
    assert told["examples"] == Path(HELD_OUT).read_text().count("\n")
    assert set(told["accuracy"]) == {"hits", "of", "rate", "low", "high"}
    assert [one["target"] for one in told["certainty"]["coverage"]] == [0.95, 0.98]
    assert len(told["certainty"]["bins"]) == 15
    assert told["road"] == {"drops": [], "loops": [], "failures": []}
    assert sum(one["hits"] for one in told["verdicts"].values()) == told["examples"]
    assert (told["sources"], told["leaks"], told["cost"]) == (["rules", "classifier"], [], 0)


def test_the_pictures_are_drawn_where_they_are_wanted(keyboard: Keyboard) -> None:
    ran = keyboard.types("evaluate", a_file(keyboard.folder, INVOICE), "--charts", "pictures/here")

    assert ran.returncode == 0, ran.stderr
    for name in ("confusion.png", "reliability.png"):
        with Image.open(keyboard.folder / "pictures/here" / name) as image:
            assert image.size > (400, 400)


def test_examples_that_stand_in_the_map_are_told(keyboard: Keyboard) -> None:
    leaked = {"text": "how do I  print a return label for a customer?", "destination": "howto"}

    ran = keyboard.types("evaluate", a_file(keyboard.folder, leaked, INVOICE))

    assert "Careful: 1 of 2 stand word for word in the map's own examples" in ran.stdout


def test_lessons_take_the_place_of_the_maps_examples(keyboard: Keyboard) -> None:
    lesson = a_file(keyboard.folder, {"text": "umbrella stand wobbles", "destination": "sales"}, name="lessons.jsonl")
    asked = a_file(keyboard.folder, {"text": "the umbrella stand wobbles", "destination": "sales"})

    before = keyboard.types("evaluate", asked)
    after = keyboard.types("evaluate", asked, "--train", lesson)

    assert before.stdout.startswith("0.0 % of 1 requests")
    assert after.stdout.startswith("100.0 % of 1 requests")


def test_the_classifier_is_one_of_the_sources(keyboard: Keyboard) -> None:
    asked = a_file(keyboard.folder, {"text": "images stay empty on my old tablet", "destination": "bugs"})

    rules = keyboard.types("evaluate", asked, "--sources", "rules", "--out", "rules.json")
    both = keyboard.types("evaluate", asked, "--sources", "classifier, rules,rules", "--out", "both.json")

    assert (rules.returncode, both.returncode) == (0, 0), both.stderr
    first = [json.loads((keyboard.folder / name).read_text())["first_choice"]["hits"] for name in FILES]
    assert first == [0, 1]
    assert json.loads((keyboard.folder / "both.json").read_text())["sources"] == ["classifier", "rules"]


async def test_claude_is_asked_about_the_hard_ones_and_what_it_costs_is_told(keyboard: Keyboard) -> None:
    hard = {"text": "the thing on the wall hums", "destination": "sales"}
    async with PretendClaude(placing) as claude:
        ran = await with_claude(keyboard, claude, "evaluate", a_file(keyboard.folder, INVOICE, hard))

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("100.0 % of 2 requests")
    assert len(claude.messages) == 1
    usage = told(keyboard)["cost"]
    assert usage > 0
    assert f"${usage / 1_000_000_000:.4f}" in ran.stdout
    assert told(keyboard)["without_claude"] == {}


async def test_what_claude_did_not_answer_is_said_with_the_reason(keyboard: Keyboard) -> None:
    hard = a_file(keyboard.folder, {"text": "the thing on the wall hums", "destination": "sales"}, INVOICE)
    async with PretendClaude(placing) as claude:
        claude.next(*[overloaded()] * 9)
        ran = await with_claude(keyboard, claude, "evaluate", hard)

    assert (ran.returncode, told(keyboard)["cost"]) == (0, 0), ran.stderr
    assert ran.stdout.endswith("Claude was wanted and not heard for 1 of 2 (unreachable 1).\n")


async def test_the_budget_of_a_case_holds_for_an_example(keyboard: Keyboard) -> None:
    hard = a_file(keyboard.folder, {"text": "the thing on the wall hums", "destination": "sales"})
    async with PretendClaude(placing) as claude:
        await with_claude(keyboard, claude, "evaluate", hard, ROUTE_COST_LIMIT_USD="0.0001")

    assert claude.messages == []
    assert told(keyboard)["without_claude"] == {"budget": 1}


def test_no_labelled_risk_means_nothing_is_said_about_it(keyboard: Keyboard) -> None:
    ran = keyboard.types("evaluate", a_file(keyboard.folder, {"text": "wrong invoice", "destination": "billing"}))

    assert "No request is labelled as risky" in ran.stdout


def test_every_bad_line_is_told_with_its_number(keyboard: Keyboard) -> None:
    name = a_file(keyboard.folder, INVOICE, "{", {"text": "hello", "destination": "nowhere_known"})

    ran = keyboard.types("evaluate", name)

    assert (ran.returncode, ran.stdout) == (2, "")
    lines = ran.stderr.splitlines()
    assert lines[0] == "some.jsonl cannot be used:"
    assert lines[1].startswith("line 2: ")
    assert lines[2].startswith("line 3: the map has no destination 'nowhere_known'; it has billing, bugs, ")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nowhere.jsonl"], "Cannot read nowhere.jsonl: No such file or directory."),
        (["some.jsonl", "--sources", "oracle"], "There is no source 'oracle'. There are: rules, classifier, claude."),
        (["some.jsonl", "--sources", ""], "There is no source ''. There are: rules, classifier, claude."),
        (
            ["some.jsonl", "--sources", "rules,claude"],
            "The source claude needs a key: set ANTHROPIC_API_KEY, or leave claude out of --sources.",
        ),
        (
            ["some.jsonl", "--out", "no/such/folder.json"],
            "Cannot write no/such/folder.json: No such file or directory.",
        ),
        (["some.jsonl", "--charts", "some.jsonl"], "some.jsonl is not a folder."),
        (["some.jsonl", "--out", "some.jsonl"], "some.jsonl is what is measured; write the report elsewhere."),
        (["empty.jsonl"], "empty.jsonl cannot be used:\nThere is no example in it."),
    ],
)
def test_wrong_input_is_one_sentence(keyboard: Keyboard, words: Sequence[str], complaint: str) -> None:
    a_file(keyboard.folder, INVOICE)
    a_file(keyboard.folder, "", name="empty.jsonl")

    ran = keyboard.types("evaluate", *words)

    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", complaint + "\n")
    assert json.loads((keyboard.folder / "some.jsonl").read_text()) == INVOICE


def test_a_text_with_strange_line_ends_is_one_line(keyboard: Keyboard) -> None:
    odd = json.dumps({**INVOICE, "text": "the invoice\u2028shows a wrong\x85amount"}, ensure_ascii=False)

    ran = keyboard.types("evaluate", a_file(keyboard.folder, "\ufeff" + odd + "\r"))

    assert ran.stdout.startswith("100.0 % of 1 requests"), ran.stderr


def test_the_held_out_requests_stand_nowhere_in_the_map(keyboard: Keyboard) -> None:
    ran = keyboard.types("evaluate", HELD_OUT)

    assert "Careful" not in ran.stdout


def test_a_report_never_takes_the_place_of_something_else(keyboard: Keyboard) -> None:
    precious = keyboard.folder / "mine.yml"
    precious.write_text("destinations: {}\n")

    ran = keyboard.types("evaluate", a_file(keyboard.folder, INVOICE), "--sources", "rules", "--out", "mine.yml")

    assert ran.returncode == 2
    assert ran.stderr == "mine.yml is there already and is no report of an evaluation; write this one elsewhere.\n"
    assert precious.read_text() == "destinations: {}\n"


def test_a_report_takes_the_place_of_an_earlier_one(keyboard: Keyboard) -> None:
    words = ("evaluate", a_file(keyboard.folder, INVOICE), "--sources", "rules", "--out", "report.json")

    assert [keyboard.types(*words).returncode for _ in range(2)] == [0, 0]


def test_what_was_measured_is_told_though_it_cannot_be_written(keyboard: Keyboard) -> None:
    words = ("evaluate", a_file(keyboard.folder, INVOICE), "--sources", "rules", "--out", "/dev/full")

    ran = keyboard.types(*words)

    assert ran.returncode == 2
    assert "requests were sent where they belong" in ran.stderr
    assert ran.stderr.endswith("Cannot write /dev/full: No space left on device.\n")


def test_a_terminal_that_lacks_a_sign_gets_another(keyboard: Keyboard) -> None:
    words = ("evaluate", a_file(keyboard.folder, INVOICE), "--sources", "rules")

    ran = keyboard.types(*words, PYTHONIOENCODING="ascii")

    assert ran.returncode == 0, ran.stderr
    assert "100.0 %" in ran.stdout
