"""Owing: where a notice goes, how urgent it is there, and which others it must not overtake."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.kinds import NoticeKind, Rank
from routing.model import Case, Notice
from storage.driver import Statements
from storage.rows import micros, notice_body

_OWE = """
INSERT INTO notices (key, team_id, case_id, kind, rank, place, lane, revision, body, state, run_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'ready', ?)
ON CONFLICT (key) DO NOTHING
"""
# Where its pictures hang, or will once what is owed before has arrived.
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
    ) AS receipt
"""

# That its words changed is said to the same people once, as long as it is still to be sent.
_CHANGED = frozenset({"edited", "added", "gate_again"})
_UNSENT = """
SELECT 1
FROM notices
WHERE state IN ('ready', 'leased', 'aside') AND case_id = ? AND kind = 'ping'
    AND json_remove(body, '$.key') = json_remove(?, '$.key')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hung:
    card: str
    has_receipt: bool


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
    (row,) = await tx.run(_HUNG, *[case.id] * 4)
    hung = _Hung(card=row["card"], has_receipt=bool(row["receipt"]))
    for notice in notices:
        if notice.code in _CHANGED and await tx.run(_UNSENT, case.id, notice_body(notice)):
            continue
        where = _where(notice, case, hung)
        to = (notice.kind.value, where.rank.value, where.place, where.lane)
        what = (case.revision, notice_body(notice), micros(at))
        await tx.run(_OWE, notice.key, case.request.team, case.id, *to, *what)
        hung = _after(notice, where, hung)


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
