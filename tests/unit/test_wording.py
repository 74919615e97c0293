"""Sentences: every code has one, and each says what a person needs."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import routing
from handlers import lines, wording, wording_steps
from handlers.blocks import Setting
from routing import verbs
from routing.decisions import Reason
from routing.kinds import (
    GateState,
    NoticeKind,
    Status,
)
from routing.model import Notice, Refusal
from tests.unit.scenes import ASKER, MAP, NOON, a_case, a_request, a_scene, someone

SETTING = Setting(map=MAP)
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DANGER = "Delete this customer's account and refund everything immediately."
SOURCES = [ast.parse(path.read_text()) for path in sorted(Path(str(routing.__file__)).parent.glob("*.py"))]
SENTENCE_MIN = 20  # a word is not a sentence


Function = ast.FunctionDef | ast.AsyncFunctionDef


class Codes:
    """The codes the routing package can say, read from its own source."""

    def __init__(self) -> None:
        self.found: dict[str, set[str]] = {
            "Refusal": set(),
            "Reason": set(),
            "Step": set(),
            "Entry": set(),
            "notice": set(),
        }
        for source in SOURCES:
            functions = {one.name: one for one in ast.walk(source) if isinstance(one, Function)}
            for function in functions.values():
                for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
                    self._read(call, function, functions)

    def _read(self, call: ast.Call, inside: Function, functions: Mapping[str, Function]) -> None:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        named = {one.arg: one.value for one in call.keywords}

        def codes(node: ast.expr | None) -> set[str]:
            return set(_strings(node, inside, functions))

        if name in {"Refusal", "Reason"}:
            self.found[name] |= codes(named.get("code"))
        elif name in {"Step", "Entry"}:
            self.found[name] |= codes(named.get("type"))
        elif name == "replace":
            self.found["Step"] |= codes(named.get("type"))
        elif name == "to_triage":
            self.found["Reason"] |= codes(call.args[1])
            self.found["Step"] |= codes(call.args[1])
        elif name == "ping":
            self.found["notice"] |= codes(call.args[1])
        elif name == "line":
            self.found["notice"] |= codes(call.args[2])


def _strings(node: ast.expr | None, inside: Function, functions: Mapping[str, Function]) -> Iterator[str]:
    """Every text an expression can be: through names, through choices, through the functions it calls."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body, inside, functions)
        yield from _strings(node.orelse, inside, functions)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value)
    elif isinstance(node, ast.Name):
        for one in ast.walk(inside):
            if isinstance(one, ast.Assign) and any(isinstance(it, ast.Name) and it.id == node.id for it in one.targets):
                yield from _strings(one.value, inside, functions)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
        called = functions[node.func.id]
        for one in ast.walk(called):
            if isinstance(one, ast.Return):
                yield from _strings(one.value, called, functions)


CODES = Codes().found


def test_the_walk_finds_what_is_known_to_be_there() -> None:
    assert {"not_holder", "own_request", "own_edit", "stale"} <= CODES["Refusal"]
    assert {"gated", "unsure", "gate_expired", "keywords", "asker_says"} <= CODES["Reason"]
    assert {"approved", "voted", "loop_stopped", "unanswered"} <= CODES["Step"]
    assert {"escalated", "reminder:", "p0"} <= CODES["notice"]


@pytest.mark.parametrize("code", sorted(CODES["Refusal"]))
def test_every_refusal_has_a_sentence_and_a_short_form(code: str) -> None:
    case = replace(a_case(DANGER), number=7)
    sentences = {
        wording.refusal(Refusal(code=code, words=words), case, SETTING)
        for words in ((), ("",), ("billing",), ("edited",), ("U0VIKTOR",), ("head of x", "head of y"))
    }

    assert code in wording.REFUSALS
    assert code in wording_steps.WHY_NOT
    for sentence in sentences:
        assert sentence.endswith(".")
        assert len(sentence) > SENTENCE_MIN
        assert "{" not in sentence
        assert "_" not in sentence


@pytest.mark.parametrize("code", sorted(CODES["Reason"] - {"priority_"}))
def test_every_reason_has_words(code: str) -> None:
    assert code in wording.REASONS
    for words in ((), ("",), ("billing",), ("account_deletion", "payment"), ("a", "b", "c", "d", "e", "f")):
        told = wording.reason(Reason(code=code, words=words), MAP)
        assert told
        assert "{" not in told
        assert not told.endswith(".")


def test_every_priority_rule_has_words() -> None:
    rules = ("outage", "down", "customers_affected", "fatal_error", "feature_request", "internal_ask")

    assert {f"priority_{rule}" for rule in rules} <= set(wording.REASONS)


@pytest.mark.parametrize("code", sorted(CODES["Step"] | CODES["Entry"]))
def test_every_step_has_a_sentence_with_and_without_its_facts(code: str) -> None:
    assert code in wording_steps.STEPS
    assert "…" not in wording_steps.step(code, ASKER, {}, MAP)
    assert "{" not in wording_steps.step(code, None, {"to": "billing", "role": "head"}, MAP)


@pytest.mark.parametrize("code", sorted(CODES["notice"]))
def test_every_notice_has_a_sentence(code: str) -> None:
    assert code.removesuffix(":") in wording_steps.NOTICES

    notice = Notice(
        key="k", kind=NoticeKind.PING, code=f"{code}head" if code.endswith(":") else code, people=("U0SAM",)
    )
    text = lines.ping(replace(a_case(DANGER), number=7), notice, SETTING).text
    assert text.startswith("<@U0SAM>: ")
    assert "#7" in text


@pytest.mark.parametrize("verb", ["approve", "deny", *sorted(one for one in dir(verbs) if one in wording_steps.VERBS)])
def test_every_refused_verb_is_named(verb: str) -> None:
    assert "do something" not in wording_steps.step("refused", ASKER, {"verb": verb, "why": "stale"}, MAP)


def test_a_refusal_says_who_could() -> None:
    case = a_case(DANGER)
    head = ("head of operations",)

    def sentence(code: str, words: tuple[str, ...] = ()) -> str:
        return wording.refusal(Refusal(code=code, words=words), case, SETTING)

    assert sentence("not_holder", head) == "Only the head of operations can approve this."
    assert sentence("own_request", head) == (
        "You asked for this, so someone else has to approve it: the head of operations."
    )
    assert sentence("stale", ("edited",)) == (
        "This changed since you saw it (the request was edited). Look at the card again."
    )
    assert sentence("p0_only", ("Incident commander",)) == (
        "Only the incident commander can resolve a P0. Ask them to look."
    )
    assert (
        sentence("there_already", ("it_access",)) == "This is with IT access already. Please pick another destination."
    )


def test_what_a_map_says_stays_text_in_a_refusal() -> None:
    said = wording.refusal(Refusal(code="not_holder", words=("<!channel>",)), a_case(INVOICE), SETTING)

    assert "<!channel>" not in said
    assert "&lt;!channel&gt;" in said


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("privileged_ops", "Privileged ops"),
        ("it_access", "IT access"),
        ("payments_oncall", "Payments on-call"),
        ("howto", "How-to"),
        ("hr", "HR"),
        ("human_triage", "Human triage"),
    ],
)
def test_a_destination_is_named_as_a_colleague_would(name: str, spoken: str) -> None:
    assert wording.human_name(name) == spoken


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("It broke.\nSince noon.", "It broke. Since noon."),
        (f"Short. {'long ' * 40}", "Short."),
        ("word " * 60, ("word " * 28)[:139].rstrip() + "…"),
        ("Ask <@U1> or <@U2|ines> in <#C1|help> <https://x.example|here> <!here>",
         "Ask @someone or @ines in #help here (https://x.example) @here"),
        ("", "(no words)"),
    ],
)  # fmt: skip
def test_a_summary_is_one_short_line(text: str, short: str) -> None:
    assert wording.summary(a_request(text)) == short


def test_a_plan_says_what_to_whom_and_that_the_desk_does_nothing() -> None:
    plan = wording.plan(a_case(DANGER), MAP)

    assert "account deletion and payment" in plan
    assert "Privileged ops (handler:privileged_ops)" in plan
    assert plan.endswith("Frontdesk itself does nothing")


def test_a_reminder_names_the_role_and_the_end_of_the_wait() -> None:
    notice = Notice(key="k", kind=NoticeKind.PING, code="reminder:head", people=("S0HEADS",))

    text = lines.ping(replace(a_case(DANGER), number=7), notice, SETTING).text

    assert text.startswith("<!subteam^S0HEADS>: #7 still waits for the head of operations")
    assert "until <!date^" in text


def test_a_reminder_counts_only_the_gates_that_still_wait() -> None:
    case = a_case(DANGER)
    done = replace(case.gates[0], state=GateState.OPEN, expires_at=NOON)
    notice = Notice(key="k", kind=NoticeKind.PING, code="reminder:head", people=("U0SAM",))

    text = lines.ping(replace(case, gates=(done, *case.gates)), notice, SETTING).text

    assert f"until <!date^{int(case.gates[0].expires_at.timestamp())}^" in text


def test_whoever_is_escalated_to_reads_by_whom() -> None:
    escalated = verbs.escalate(a_case(INVOICE), 1, someone("U0LEO"), (), a_scene(4))
    notice = next(one for one in escalated.notices if one.kind is NoticeKind.PING)

    assert lines.ping(escalated.case, notice, SETTING).text.startswith("<@U0INES>: <@U0LEO> escalated #0 to you.")


def test_stakeholders_read_one_line_and_nothing_private() -> None:
    case = a_case("There is a crash bug, the site is down since 9")
    private = replace(case, request=replace(case.request, is_private=True))
    notice = Notice(key="k", kind=NoticeKind.LINE, code="p0", to="C0STAKE")

    assert "crash bug" in lines.line(case, notice, SETTING).text
    assert "crash bug" not in repr(lines.line(private, notice, SETTING))


@pytest.mark.parametrize("status", list(Status))
def test_every_status_ends_a_sentence(status: Status) -> None:
    assert wording.status(status.value)
