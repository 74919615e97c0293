"""One example with what the desk decided about it."""

from dataclasses import dataclass

from routing.decisions import Decision
from routing.evaluation.examples import Example
from routing.kinds import DestinationName


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`decision` is the desk's first; `unanswered` is what follows a question that nobody answers.

    Where it was sent is the decision's destination: the candidate if it was routed or held for approval, else human
    triage, and a question counts as human triage too. `cost` is in nano-dollars.
    """

    example: Example
    decision: Decision
    seconds: float
    cost: int = 0
    unanswered: Decision | None = None

    @property
    def label(self) -> DestinationName:
        return self.example.destination

    @property
    def sent_to(self) -> DestinationName:
        return self.decision.destination

    @property
    def is_right(self) -> bool:
        return self.sent_to == self.label
