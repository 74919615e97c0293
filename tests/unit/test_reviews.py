"""What a reviewer says of a decision that nobody changed: written down and learned from, and nothing moves."""

from dataclasses import replace

import pytest

from routing import lifecycle, verbs
from routing.authority import Actor
from routing.kinds import (
    BY_PEOPLE,
    DestinationName,
    Finding,
    NoticeKind,
    PersonId,
    Standing,
)
from routing.model import Case, Outcome
from routing.reviews import Reviewer, Said, hands_on, may_review, reviewed
from tests.make import an_entry
from tests.unit.scenes import ASKER, a_case, a_person, a_scene, someone

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
RIGHT, UNSURE = Said(finding=Finding.RIGHT), Said(finding=Finding.UNSURE)
TO_BUGS = Said(finding=Finding.WRONG, to=DestinationName("bugs"))
NOOR = someone("U0NOOR")


def solved() -> Case:
    case = verbs.take(a_case(INVOICE), 1, someone("U0INES", owns=True), a_scene(5)).case
    return verbs.resolve(case, 1, someone("U0INES", owns=True), "fixed", None, a_scene(9)).case


def by(actor: Actor = NOOR, *hands: str) -> Reviewer:
    return Reviewer(actor=actor, hands=frozenset(map(PersonId, hands)))


def after(said: Said, case: Case | None = None, reviewer: Reviewer | None = None, version: int = 1) -> Outcome:
    return reviewed(case or solved(), version, said, reviewer or by(), a_scene(60))


def why_not(outcome: Outcome) -> str:
    return outcome.refusal.code if outcome.refusal else "allowed"


def test_right_is_a_label_that_it_belongs_where_it_was() -> None:
    outcome = after(RIGHT)

    (label,) = outcome.labels
    assert (label.code, label.was, label.now, label.by) == ("reviewed_right", "billing", "billing", "U0NOOR")
    assert label.confidence is not None


def test_wrong_is_a_label_that_it_belongs_elsewhere() -> None:
    (label,) = after(TO_BUGS).labels

    assert (label.code, label.was, label.now) == ("reviewed_wrong", "billing", "bugs")


def test_wrong_and_nobodys_is_a_label_without_a_place() -> None:
    (label,) = after(Said(finding=Finding.WRONG)).labels

    assert (label.code, label.was, label.now) == ("reviewed_wrong", "billing", None)


def test_unsure_is_written_down_and_is_no_label() -> None:
    outcome = after(UNSURE)

    assert outcome.labels == ()
    assert outcome.entries[0].facts["verdict"] == "unsure"


def test_the_audit_says_who_found_what_of_which_place() -> None:
    (entry,) = after(TO_BUGS).entries

    assert (entry.type, entry.by) == ("reviewed", "U0NOOR")
    assert {key: entry.facts[key] for key in ("verdict", "to", "destination")} == {
        "verdict": "wrong",
        "to": "bugs",
        "destination": "billing",
    }


@pytest.mark.parametrize("said", [RIGHT, TO_BUGS, UNSURE])
def test_a_review_moves_nothing(said: Said) -> None:
    case = a_case(INVOICE)

    assert replace(after(said, case).case, review=None) == case


def test_the_review_card_alone_is_drawn_again() -> None:
    (notice,) = after(RIGHT).notices

    assert (notice.kind, notice.to, notice.words) == (NoticeKind.BULLETIN, "C0TRIAGE", ("review:c1", "0"))


def test_a_closed_case_may_be_reviewed() -> None:
    assert solved().status.is_final
    assert why_not(after(RIGHT)) == "allowed"


def test_the_first_review_stands() -> None:
    case = after(RIGHT).case

    second = after(UNSURE, case, by(someone("U0SAM")))

    assert why_not(second) == "reviewed_already"
    assert second.case.review == case.review


def test_who_asked_does_not_review() -> None:
    assert why_not(after(RIGHT, a_case(INVOICE), by(someone(ASKER)))) == "own_review"


def test_who_has_it_does_not_review() -> None:
    assert why_not(after(RIGHT, solved(), by(someone("U0INES", owns=True)))) == "had_a_hand"


@pytest.mark.parametrize("hand", ["route_approved", "taken", "approved", "voted", "resolved"])
def test_who_had_a_hand_in_it_does_not_review(hand: str) -> None:
    hands = hands_on([an_entry("asked", by=PersonId("U0MAYA")), an_entry(hand, by=PersonId("U0NOOR"))])

    assert why_not(after(RIGHT, reviewer=Reviewer(actor=NOOR, hands=hands))) == "had_a_hand"


def test_who_only_looked_or_was_refused_may_review() -> None:
    assert hands_on([an_entry("refused", by=PersonId("U0NOOR")), an_entry("decided")]) == frozenset()


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (someone("U0SAM", works_here=False), "not_yours"),
        (Actor(person=a_person("U0GUEST", Standing.GUEST), works_here=True), "members_only"),
        (Actor(person=a_person("U0NOOR"), was_reached=False), "unreachable"),
    ],
)
def test_only_those_may_review_who_may_move_it(actor: Actor, code: str) -> None:
    assert why_not(after(RIGHT, reviewer=by(actor))) == code


@pytest.mark.parametrize(
    "change",
    [
        lambda case: verbs.reassign(case, 1, NOOR, DestinationName("bugs"), None, a_scene(20)).case,
        lambda case: verbs.not_a_request(case, 1, NOOR, a_scene(20)).case,
        lambda case: verbs.wrong_team(case, 1, ASKER, a_scene(20)).case,
        lambda case: lifecycle.withdrawn(case, ASKER, a_scene(20)).case,
    ],
)
def test_what_people_changed_is_reviewed_already_in_a_way(change: object) -> None:
    case = change(a_case(INVOICE))  # type: ignore[operator] # one of the four above

    assert why_not(after(RIGHT, case, by(someone("U0SAM")), version=case.version)) == "changed_since"


def test_a_press_on_an_old_picture_is_refused_and_the_picture_is_drawn_again() -> None:
    outcome = after(RIGHT, replace(solved(), version=2, changed_by="edited"))

    assert why_not(outcome) == "stale"
    assert [(one.kind, one.to) for one in outcome.notices] == [(NoticeKind.BULLETIN, "C0TRIAGE")]


def test_it_cannot_belong_where_it_was_or_where_nothing_is() -> None:
    assert why_not(after(Said(finding=Finding.WRONG, to=DestinationName("billing")))) == "there_already"
    assert why_not(after(Said(finding=Finding.WRONG, to=DestinationName("gone")))) == "unknown_destination"


def test_whoever_may_not_review_is_told_before_the_form_is_open() -> None:
    assert why_not(may_review(solved(), 1, by(), a_scene(60))) == "allowed"
    assert why_not(may_review(solved(), 1, by(NOOR, "U0NOOR"), a_scene(60))) == "had_a_hand"


def test_a_review_is_nobodys_choice_of_a_place() -> None:
    assert not BY_PEOPLE & {"reviewed", "reviewed_right", "reviewed_wrong"}
