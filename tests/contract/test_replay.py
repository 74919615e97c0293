"""`frontdesk replay`: past cases decided again, beside a running bot, on a real file."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.clock import now
from bot.commands.replay import Wish, replayed
from bot.commands.report import Report
from bot.minds import Keyless
from bot.problems import Complaint
from routing.decide import Stance
from routing.kinds import DestinationName
from storage.newest import audit_head
from storage.sqlite import Store, open_store
from tests.contract.test_command_line import Keyboard, keyboard
from tests.office import TOKENS, OfficeClock, a_workspace, an_office
from tests.past import ROOT, Past, a_map, a_past
from tests.pretend_claude import KEY, PretendClaude
from tests.pretend_claude_rules import filled

__all__ = ["keyboard"]

INVOICE = "the invoice shows a wrong amount"
HUM = "the thing on the wall hums"
REFUND = "please refund order 5"


@dataclass
class Scene:
    folder: Path
    store: Store
    past: Past

    async def replay(self, **wish: Any) -> Report:
        by_default = Wish(
            since="7d",
            number=None,
            is_without_claude=False,
            routes=None,
            prompt=None,
            sources="rules",
            max_regressions=None,
            is_json=False,
        )
        return await replayed(replace(by_default, **wish))

    async def told(self, **wish: Any) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((await self.replay(is_json=True, **wish)).text)
        return told

    def writes(self, written: str) -> Path:
        path = self.folder / "new.yml"
        path.write_text(written)
        return path

    def runs(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "frontdesk.db")) as there:
            rows = there.execute(sql).fetchall()
            there.commit()
        return rows


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTDESK_DATABASE", url)
    monkeypatch.setenv("FRONTDESK_ROUTES", str(ROOT / "routes.yml"))
    # A company's proxy is honoured, and could not reach the doubles.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with open_store(url, clock=now) as store:
        yield Scene(folder=tmp_path, store=store, past=a_past(store, now()))


def sending(pattern: str, to: str) -> str:
    """The sample's map with one more rule."""
    return a_map(("\nrules:\n", f"\nrules:\n  - {{name: new, pattern: {pattern}, destination: {to}}}\n"))


PAYMENT_GATE = (
    '  payment: {role: privileged_ops_head, expires: 4h, backup: security_officer, channel: "#privileged-ops"}\n'
)
# Refunds are nobody's risk any more.
WITHOUT_PAYMENTS = (
    ("high_risk: [account_deletion, payment,", "high_risk: [account_deletion,"),
    ("intents: [account_deletion, payment,", "intents: [account_deletion,"),
    ("  payment: {words: [goodwill voucher, credit the customer]}\n", ""),
    (PAYMENT_GATE, ""),
    ('  - {name: money back, pattern: "chargebacks?|money back", risk: payment}\n', ""),
    ("      - Refund order 88120 in full, the parcel never arrived.\n", ""),
    ("keywords: [billing, invoice,", "keywords: [refund, billing, invoice,"),
)


# What differs.


async def test_the_same_map_decides_the_same(scene: Scene) -> None:
    for text in (INVOICE, HUM, REFUND, "It's broken, please help.", "card payments are failing for everybody"):
        await scene.past.decided(text)

    report = await scene.replay(max_regressions=0)

    assert report.is_good
    first = report.text.splitlines()[0]
    assert first.startswith("5 cases since ")
    assert first.endswith(": 5 as before, 0 otherwise.")
    assert report.text.endswith("\n0 worse, 0 better, 0 different. Good: 0 allowed.")


async def test_a_route_that_people_confirmed_and_that_changes_is_worse(scene: Scene) -> None:
    case = await scene.past.confirmed(await scene.past.decided(INVOICE))

    told = await scene.told(routes=scene.writes(sending("invoice", "sales")))

    (found,) = told["differences"]
    assert (found["case"], found["judgement"], found["what"]) == (case.number, "worse", ["destination"])
    assert (found["then"]["destination"], found["now"]["destination"]) == ("billing", "sales")
    assert (found["said"]["code"], found["said"]["now"]) == ("confirmed", "billing")
    assert told["regressions"] == 1


async def test_what_people_moved_there_and_would_go_there_now_is_better(scene: Scene) -> None:
    await scene.past.moved(await scene.past.decided(INVOICE), "sales")
    await scene.past.moved(await scene.past.decided(HUM), "bugs")

    sales, bugs = [
        await scene.told(routes=scene.writes(sending(*way))) for way in (("invoice", "sales"), ("hums", "bugs"))
    ]

    assert [(one["judgement"], one["what"]) for one in sales["differences"]] == [("better", ["destination"])]
    assert [(one["judgement"], one["what"]) for one in bugs["differences"]] == [("better", ["verdict", "destination"])]


async def test_where_nobody_said_it_is_only_different(scene: Scene) -> None:
    await scene.past.decided(INVOICE)

    told = await scene.told(routes=scene.writes(sending("invoice", "sales")))

    assert [(one["judgement"], one["said"]) for one in told["differences"]] == [("different", None)]


async def test_to_leave_it_to_a_person_is_worse_than_right_and_better_than_wrong(scene: Scene) -> None:
    right = await scene.past.confirmed(await scene.past.decided(INVOICE))
    wrong = await scene.past.called_wrong(await scene.past.decided(f"{INVOICE}, again"))

    told = await scene.told(routes=scene.writes(sending("invoice", "human_triage")))

    judged = {one["case"]: one["judgement"] for one in told["differences"]}
    assert judged == {right.number: "worse", wrong.number: "better"}


async def test_a_wrong_place_is_not_made_right_by_another_nobody_named(scene: Scene) -> None:
    await scene.past.called_wrong(await scene.past.decided(INVOICE))

    told = await scene.told(routes=scene.writes(sending("invoice", "sales")))

    assert [one["judgement"] for one in told["differences"]] == ["different"]


async def test_who_answered_our_question_is_spared_it_now(scene: Scene) -> None:
    case = await scene.past.decided("It's broken, please help.")
    await scene.past.answered(case, "bugs")

    told = await scene.told(routes=scene.writes(sending("broken", "bugs")))

    (found,) = told["differences"]
    assert (found["judgement"], found["then"]["verdict"]) == ("better", "REQUEST_CLARIFICATION")


async def test_the_first_decision_counts_not_where_people_moved_it(scene: Scene) -> None:
    case = await scene.past.moved(await scene.past.decided(INVOICE), "privileged_ops")

    told = await scene.told()

    assert case.decision is not None
    assert [need.role for need in case.decision.gates] == ["privileged_ops_head"]
    assert (told["cases"], told["differences"]) == (1, [])


async def test_a_destination_the_map_has_no_more_is_held_against_nobody(scene: Scene) -> None:
    await scene.past.confirmed(await scene.past.decided(INVOICE))
    sample = (ROOT / "routes.yml").read_text()
    renamed = sample.replace("\n  billing:\n", "\n  money:\n").replace("[billing,", "[money,")

    report = await scene.replay(routes=scene.writes(renamed))

    assert "0 worse, 0 better, 1 different" in report.text
    assert "What people said of 1 case names a place that this map does not have: not counted." in report.text


# Gates.


async def test_a_lost_gate_is_worse_whatever_people_said_and_comes_first(scene: Scene) -> None:
    await scene.past.decided(INVOICE)
    await scene.past.moved(await scene.past.decided(REFUND), "billing")
    urgent = ("\nrules:\n", "\nrules:\n  - {name: urgent, pattern: invoice, at_least: P1}\n")
    path = scene.writes(a_map(*WITHOUT_PAYMENTS, urgent))

    report, told = await scene.replay(routes=path), await scene.told(routes=path)

    first, second = told["differences"]
    assert (first["judgement"], first["lost_gate"]) == ("worse", True)
    assert (second["judgement"], second["what"]) == ("different", ["priority"])
    rows = report.text.split("\n\n")[1].splitlines()
    assert rows[1].startswith("#1002  REQUIRE_APPROVAL privileged_ops, P2, high risk  ROUTE billing, P2")
    assert "moved to billing" in rows[1]
    assert rows[2].endswith("different in priority")


async def test_the_role_that_would_not_be_asked_any_more_is_named(scene: Scene) -> None:
    await scene.past.decided(REFUND)

    report = await scene.replay(routes=scene.writes(a_map(*WITHOUT_PAYMENTS)), max_regressions=0)

    assert "worse: no longer waits for the head of privileged operations" in report.text
    assert not report.is_good


async def test_somebody_else_who_is_asked_for_the_same_is_no_lost_gate(scene: Scene) -> None:
    await scene.past.decided(REFUND)
    other = "{role: security_officer, backup: privileged_ops_head"
    swapped = ("{role: privileged_ops_head, backup: security_officer", other)
    path = scene.writes(a_map((PAYMENT_GATE, f"  payment: {other}}}\n"), swapped))

    told = await scene.told(routes=path)

    (found,) = told["differences"]
    assert (found["judgement"], found["what"], found["lost_gate"]) == ("different", ["gates"], False)
    assert (found["then"]["gates"], found["now"]["gates"]) == (["privileged_ops_head"], ["security_officer"])


# Continuous integration.


async def test_more_regressions_than_allowed_end_with_status_one_and_the_last_line_says_so(scene: Scene) -> None:
    await scene.past.confirmed(await scene.past.decided(INVOICE))
    path = scene.writes(sending("invoice", "sales"))

    unasked, one, none = [await scene.replay(routes=path, max_regressions=most) for most in (None, 1, 0)]

    assert (unasked.is_good, one.is_good, none.is_good) == (True, True, False)
    assert unasked.text.splitlines()[-1] == "1 worse, 0 better, 0 different."
    assert none.text.splitlines()[-1].endswith(" Not good: only 0 allowed.")
    assert (await scene.told(routes=path, max_regressions=0))["is_good"] is False


# What cannot be decided again.


async def test_erased_words_are_left_out_and_counted(scene: Scene) -> None:
    erased, _ = await scene.past.decided(INVOICE), await scene.past.decided(HUM)
    scene.runs(f"DELETE FROM texts WHERE case_id = '{erased.id}'")  # noqa: S608 - our own case
    scene.runs(f"DELETE FROM case_keys WHERE case_id = '{erased.id}'")  # noqa: S608 - our own case

    report, told = await scene.replay(), await scene.told()

    assert "Left out: 1 whose words were erased." in report.text
    assert (told["cases"], told["skipped"]["erased"]) == (1, [erased.number])


async def test_words_that_were_edited_since_are_left_out_and_counted(scene: Scene) -> None:
    case = await scene.past.decided(INVOICE)
    await scene.past.reworded(case, "my screen is broken")

    report, told = await scene.replay(), await scene.told()

    assert report.text.startswith("No case since ")
    assert "Left out: 1 whose words were changed after the decision." in report.text
    assert told["skipped"]["reworded"] == [case.number]


async def test_what_was_added_later_is_not_decided_on(scene: Scene) -> None:
    case = await scene.past.decided(INVOICE)
    await scene.past.reworded(case, INVOICE, "and please delete the account")

    told = await scene.told()

    assert (told["cases"], told["differences"]) == (1, [])


async def test_what_was_edited_before_the_decision_is_decided_on_as_it_was_then(scene: Scene) -> None:
    asked = await scene.past.reworded(await scene.past.asked(HUM), INVOICE, "please hurry")
    await scene.past.then_decided(asked)

    told = await scene.told()

    assert (told["cases"], told["differences"]) == (1, [])


async def test_what_waits_for_its_first_decision_is_left_out_and_counted(scene: Scene) -> None:
    case = await scene.past.asked(INVOICE)

    assert (await scene.told())["skipped"]["undecided"] == [case.number]


async def test_only_cases_since_then_are_looked_at_and_one_case_whenever_it_was(scene: Scene) -> None:
    await scene.past.decided(INVOICE)
    scene.past.goes_back(days=9)
    old = await scene.past.decided(HUM)

    assert (await scene.told())["cases"] == 1
    assert (await scene.told(since="10d"))["cases"] == 2
    assert (await scene.told(number=old.number))["cases"] == 1


async def test_who_was_not_let_in_then_is_not_let_in_now(scene: Scene) -> None:
    auto = "    autonomy: auto\n"
    closed = (ROOT / "routes.yml").read_text().replace(auto, f"{auto}    senders: ['group:it-access-heads']\n", 1)
    scene.past.stance = Stance(closed=frozenset({DestinationName("howto")}))
    await scene.past.decided("how do i print a label, is there a guide")

    shut, open_ = await scene.told(routes=scene.writes(closed)), await scene.told()

    assert shut["differences"] == []
    assert [one["then"]["reason"] for one in open_["differences"]] == ["not_allowed"]


# The classifier.


async def test_the_classifier_learns_from_other_cases_and_never_from_those_decided_here(scene: Scene) -> None:
    new = await scene.past.moved(await scene.past.decided("the big wheel squeaks"), "bugs")
    scene.past.goes_back(days=30)
    for text in ("the big wheel squeaks so much", "our big wheel squeaks"):
        await scene.past.moved(await scene.past.decided(text), "bugs")

    report = await scene.replay(sources="rules,classifier")
    told = await scene.told(sources="rules,classifier", number=new.number)
    everything = await scene.told(sources="rules,classifier", since="90d")

    assert "from 48 examples of the map and from what people said about 2 other cases, never from" in report.text
    assert (told["learned_from_people"], told["learned"]["lessons"]) == (2, 50)
    assert everything["learned_from_people"] == 0


# Claude.


async def test_cases_that_wanted_claude_are_listed_with_the_reason(scene: Scene) -> None:
    scene.past.adviser = Keyless()
    await scene.past.decided(INVOICE)
    hard = await scene.past.moved(await scene.past.decided(HUM), "bugs")

    report = await scene.replay(is_without_claude=True, sources=None)
    told = await scene.told(is_without_claude=True, sources=None)

    row = report.text.split("\n\n")[1].splitlines()[1]
    assert re.split(r" {2,}", row.strip()) == [f"#{hard.number}", "no key", "ESCALATE_HUMAN, P2", "moved to bugs"]
    assert [(one["case"], one["without_claude"]) for one in told["cases"]] == [(hard.number, "no_key")]


@pytest.fixture
async def keyed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PretendClaude]:
    """A key, and a Slack that knows everybody's names."""
    async with PretendClaude(to_bugs) as claude, a_workspace(OfficeClock()) as slack:
        for name, value in {
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": claude.url,
            "SLACK_BOT_TOKEN": TOKENS.bot,
            "SLACK_API_URL": slack.api_url,
        }.items():
            monkeypatch.setenv(name, value)
        scene.past.adviser = Keyless()
        yield claude


def to_bugs(body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = filled(body["output_config"]["format"]["schema"])
    return {**answer, "destination": "bugs", "confidence": "high", "priority": "p2"}


async def test_with_a_key_claude_is_asked_now_and_what_it_cost_is_said(scene: Scene, keyed: PretendClaude) -> None:
    await scene.past.decided(INVOICE)
    await scene.past.moved(await scene.past.decided(f"{HUM}, says Viktor"), "bugs")
    before = await audit_head(scene.store.driver)

    asked = {"is_without_claude": True, "sources": "rules,claude"}
    report, told = await scene.replay(**asked), await scene.told(**asked)

    assert "Claude was asked in 1 call for <$0.01, which the ledger does not know of." in report.text
    assert (told["cases"], told["calls"], told["judged"]["better"]) == (1, 1, 1)
    assert told["differences"][0]["now"]["cost_nano_usd"] == told["cost_nano_usd"] > 0
    assert "Viktor" not in "".join(one.raw for one in keyed.asked)
    assert (await audit_head(scene.store.driver), scene.runs("SELECT * FROM claude_calls")) == (before, [])


async def test_a_version_of_the_prompt_is_a_wish_to_ask_claude_with_it(scene: Scene, keyed: PretendClaude) -> None:
    await scene.past.decided(HUM)

    told = await scene.told(prompt="v1", sources=None)

    assert (told["prompt"], told["sources"]) == ("v1", ["rules", "classifier", "claude"])
    assert told["differences"][0]["now"]["prompt"].startswith("route/v1@")
    assert len(keyed.messages) == 1


@pytest.mark.usefixtures("keyed")
async def test_a_replay_has_the_desks_own_limits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTE_COST_LIMIT_USD", "0.0001")
    await scene.past.decided(HUM)

    report = await scene.replay(sources="rules,claude")

    assert "Claude was asked in 0 calls for $0.00" in report.text
    assert "Claude was wanted for 1 case and not heard: its budget is used up." in report.text


# At a keyboard.


@pytest.mark.parametrize(
    ("wish", "complaint"),
    [
        ({"since": "yesterday"}, "--since must be a duration such as 30m, 24h, 2d"),
        ({"number": 9999}, "There is no case #9999."),
        ({"sources": "oracle"}, "There is no source 'oracle'. There are: rules, classifier, claude."),
        ({"sources": "rules,claude"}, "The source claude needs a key: set ANTHROPIC_API_KEY"),
        ({"prompt": "v1", "sources": None}, "The source claude needs a key: set ANTHROPIC_API_KEY"),
        ({"prompt": "v1"}, "--prompt is what Claude is asked with: add claude to --sources."),
        ({"is_without_claude": True, "max_regressions": 0}, "--without-claude decides nothing again unless"),
        ({"routes": Path("nowhere.yml")}, "nowhere.yml cannot be used:\nThere is no routing map at nowhere.yml."),
    ],
)
async def test_wrong_input_is_one_sentence(scene: Scene, wish: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Complaint) as refused:
        await scene.replay(**wish)

    assert str(refused.value).startswith(complaint)


@pytest.mark.usefixtures("keyed")
async def test_an_unknown_prompt_and_unknown_names_are_one_sentence(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Complaint, match="The prompt 'route' has no version 'v99'; it has v1"):
        await scene.replay(prompt="v99", sources=None)

    monkeypatch.delenv("SLACK_BOT_TOKEN")
    with pytest.raises(Complaint, match="without SLACK_BOT_TOKEN nobody knows whose names"):
        await scene.replay(sources="rules,claude")


def test_there_is_nothing_to_replay_before_the_first_start(keyboard: Keyboard) -> None:
    ran = keyboard.types("replay")

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert ran.stderr.startswith("There is no database at ")


async def test_a_team_can_ask_before_it_changes_the_map_of_a_running_desk(tmp_path: Path, keyboard: Keyboard) -> None:
    async with an_office(tmp_path) as office:
        await office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")
        card = await office.next_card("#billing")
        await office.presses("ines", "Approve route", card=card)
        await office.reads(card, "taken")
        (case,) = await office.asked_by("maya")
        await office.receipt(case.request.thread, saying="Billing")
        (tmp_path / "new.yml").write_text(sending("invoice", "sales"))
        words = ("replay", "--routes", "new.yml", "--max-regressions", "0")

        ran = await asyncio.to_thread(keyboard.types, *words, FRONTDESK_DATABASE=office.settings.frontdesk_database)

    assert (ran.returncode, ran.stderr) == (1, "")
    assert "confirmed billing" in ran.stdout
    assert ran.stdout.endswith("Not good: only 0 allowed.\n")
