"""Every sentence people read, part twelve: review cards. Ready for Slack's mrkdwn."""

from handlers.blocks import Setting, day_and_time, escape, mention, said
from handlers.wording import human_name, reason
from routing.decisions import Reason
from routing.digests.reviews import Unchanged
from routing.kinds import Finding
from routing.model import Case, Review

PRIVATE = "🔒 Private request: not quoted here. Details are for those who may work on it."
WHERE = "Where does it belong?"
NOBODYS = "Nobody's: not a request"
MOVES_NOTHING = "Nothing is moved by this. It says how good the routing is, and Frontdesk learns from it."


def question(case: Case, sampled: Unchanged) -> str:
    return f"*Was this right?* · *#{case.number}* → {said(human_name(sampled.destination))}"


def why(case: Case, sampled: Unchanged, setting: Setting) -> str:
    """Why it went there and when. What a private request says is not repeated."""
    if case.decision is None:
        return ""
    decided = case.decision.reason
    told = reason(Reason(code=decided.code) if case.request.is_private else decided, setting.map)
    return f"*Why there:* {escape(told)} · decided {day_and_time(sampled.decided_at)}"


def verdict(case: Case, review: Review) -> str:
    by = mention(review.by)
    if review.finding is Finding.UNSURE:
        return f"*Reviewed:* hard to say, by {by}"
    if review.finding is Finding.RIGHT:
        return f"*Reviewed:* right, by {by}"
    where = f"it belongs to {said(human_name(review.to))}" if review.to else "it is no request"
    still_open = "" if case.status.is_final else "\nIt is still open: it can be reassigned on its own card."
    return f"*Reviewed:* wrong, {where}; by {by}{still_open}"


def changed_since() -> str:
    return "People have changed this since, so there is nothing left to review."
