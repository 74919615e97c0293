"""Owing: where a notice goes, how urgent it is there, and which others it must not overtake.

While a storm is under way in a channel, first cards for it are set aside with all that redraws them. What wakes
somebody brings the card out first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.kinds import NoticeKind, Rank
from routing.model import Case, Notice
from routing.outcome import OPENED, is_p0
from storage.driver import Statements
from storage.rows import micros, notice_body

_OWE = """
INSERT INTO notices (key, team_id, case_id, kind, rank, place, lane, revision, body, state, run_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO NOTHING
RETURNING id
"""
# Where its pictures hang, or will once what is owed before has arrived. A card that is aside is its case's only one.
_HUNG = """
SELECT
    coalesce(
        (
            SELECT owed.place
            FROM notices AS owed
            WHERE owed.state IN ('ready', 'leased') AND owed.case_id = ? AND owed.kind = 'card'
            ORDER BY owed.id DESC
            LIMIT 1
        ),
        (SELECT postings.channel FROM postings WHERE postings.case_id = ? AND postings.kind = 'card'),
        ''
    ) AS card,
    EXISTS (SELECT 1 FROM postings WHERE postings.case_id = ? AND postings.kind = 'receipt')
    OR EXISTS (
        SELECT 1
        FROM notices AS owed
        WHERE owed.state IN ('ready', 'leased') AND owed.case_id = ? AND owed.kind = 'receipt'
    ) AS receipt,
    coalesce(
        (
            SELECT aside.place
            FROM notices AS aside
            WHERE aside.state = 'aside' AND aside.case_id = ? AND aside.rank = 3
            ORDER BY aside.id DESC
            LIMIT 1
        ),
        ''
    ) AS aside
"""

# That its words changed is said to the same people once, as long as it is still to be sent.
_CHANGED = frozenset({"edited", "added", "gate_again"})
_UNSENT = """
SELECT 1
FROM notices
WHERE state IN ('ready', 'leased') AND case_id = ? AND kind = 'ping'
    AND json_remove(body, '$.key') = json_remove(?, '$.key')
"""
# Of a case, as it is stored: by its priority, then by what was promised; what was withdrawn is the last.
URGENCY = """
CASE
    WHEN cases.status = 'withdrawn' THEN 90000000000000000
    ELSE
        (CASE WHEN cases.priority = '' THEN 4 ELSE CAST(substr(cases.priority, 2) AS INTEGER) END + 1)
            * 10000000000000000
        + min(coalesce(cases.promised_by, 9000000000000000), 9000000000000000)
END
"""
WITHDRAWN = 90_000_000_000_000_000
_WEIGH = f"""
UPDATE notices
SET urgency = (SELECT {URGENCY} FROM cases WHERE cases.id = notices.case_id)
WHERE state = 'aside' AND case_id = ? AND rank = 3
"""  # noqa: S608 - our own columns
# All pictures of it that wait: the first brings the card, and settles the others.
LET_GO = "UPDATE notices SET state = 'ready' WHERE state = 'aside' AND case_id = ?"
DROP = "UPDATE notices SET state = 'done', why = ? WHERE state = 'aside' AND case_id = ?"
_STORM_AT = "SELECT key FROM storms WHERE team_id = ? AND place = ?"
_JOIN = "UPDATE storms SET came = came + 1, last_at = max(last_at, ?) WHERE team_id = ? AND place = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hung:
    """`aside`: where its card would hang that waits on a storm card; then it is no other's."""

    card: str
    has_receipt: bool
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    """`place` is the channel or person that Slack counts the message for, as far as can be told before it is sent;
    `lane` is where order holds.
    """

    place: str
    rank: Rank
    lane: str


async def owe(tx: Statements, notices: Sequence[Notice], case: Case, at: datetime) -> None:
    """A notice whose key is known is the same notice: a decision made twice has one effect."""
    if not notices:
        return
    (row,) = await tx.run(_HUNG, *[case.id] * 5)
    hung = _Hung(card=row["aside"] or row["card"], has_receipt=bool(row["receipt"]), aside=row["aside"])
    is_urgent = is_p0(case) or any(_cannot_wait(notice) for notice in notices)
    if hung.aside and is_urgent:
        await tx.run(LET_GO, case.id)
        hung = replace(hung, aside="")
    for notice in notices:
        if notice.code in _CHANGED and await tx.run(_UNSENT, case.id, notice_body(notice)):
            continue
        if notice.code == OPENED:
            continue  # What was asked for is that its card waits no longer.
        where = _where(notice, case, hung)
        if hung.aside and where.rank is Rank.CARD:
            await tx.run(DROP, "it goes elsewhere", case.id)
            hung = replace(hung, card="", aside="")
        is_first = where.rank is Rank.CARD and not hung.card
        if is_first and not is_urgent and await tx.run(_STORM_AT, case.request.team, where.place):
            hung = replace(hung, aside=where.place)
        is_aside = bool(hung.aside) and notice.kind is NoticeKind.CARD
        what = (case.revision, notice_body(notice), "aside" if is_aside else "ready", micros(at))
        to = (notice.kind.value, where.rank.value, where.place, where.lane)
        is_new = await tx.run(_OWE, notice.key, case.request.team, case.id, *to, *what)
        if is_new and is_aside and is_first:
            await tx.run(_JOIN, micros(at), case.request.team, where.place)
        hung = _after(notice, where, hung)
    if hung.aside:
        await tx.run(_WEIGH, case.id)


def _cannot_wait(notice: Notice) -> bool:
    """Who is woken goes to the card: it is there when they come."""
    is_asked = notice.kind is NoticeKind.LINE and notice.code == "gate"
    return notice.kind is NoticeKind.PING or notice.code == OPENED or is_asked


def _where(notice: Notice, case: Case, hung: _Hung) -> _Where:
    kind, channel = notice.kind, case.request.channel
    if kind is NoticeKind.RECEIPT:
        rank = Rank.RECEIPT_EDIT if hung.has_receipt else Rank.RECEIPT
        return _Where(place=channel, rank=rank, lane=f"{kind.value}:{case.id}")
    if kind is NoticeKind.CARD and notice.to in {"", hung.card}:
        # Edited where it hangs: its redraws wait for each other, and not for the new cards of its channel.
        return _Where(place=hung.card or channel, rank=Rank.CARD_EDIT, lane=f"{kind.value}:{case.id}")
    if kind is NoticeKind.CARD:
        return _Where(place=notice.to, rank=Rank.CARD, lane=f"{kind.value}:{notice.to}")
    return _Where(place=notice.to or hung.card or channel, rank=Rank.LINE, lane=f"{kind.value}:{notice.to or case.id}")


def _after(notice: Notice, where: _Where, hung: _Hung) -> _Hung:
    if notice.kind is NoticeKind.CARD and notice.to:
        return replace(hung, card=where.place)
    return replace(hung, has_receipt=hung.has_receipt or notice.kind is NoticeKind.RECEIPT)
