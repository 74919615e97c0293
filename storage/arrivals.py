"""What a delivery made true: where pictures and pages hang now, and which notices that has answered as well."""

from collections.abc import Sequence

from routing.kinds import NoticeKind
from routing.ports import Arrival, Page, Posting, PostingKind
from storage.driver import Row, Statements

# A picture of a case and the posting it leaves.
PICTURES = {NoticeKind.CARD: PostingKind.CARD, NoticeKind.RECEIPT: PostingKind.RECEIPT}

# What the picture just put up already shows, unless the case's card has to go elsewhere in between. What is leased is
# not meant: `IN` stands before it word for word, because SQLite reaches the partial index by nothing else.
SUPERSEDE = """
UPDATE notices
SET state = 'done', why = 'superseded'
WHERE state IN ('ready', 'leased')
    AND state = 'ready'
    AND case_id = ?
    AND kind = ?
    AND place = ?
    AND revision <= ?
    AND NOT EXISTS (
        SELECT 1
        FROM notices AS waiting
        WHERE waiting.state IN ('ready', 'leased')
            AND waiting.case_id = notices.case_id
            AND waiting.kind = notices.kind
            AND waiting.place <> notices.place
            AND waiting.id < notices.id
    )
"""
_POST = """
INSERT INTO postings (team_id, case_id, kind, channel, message, revision)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (case_id, channel, message) DO UPDATE
SET kind = excluded.kind, revision = excluded.revision
"""

_PIN = """
INSERT INTO bulletin_pages (team_id, key, page, message)
VALUES (?, ?, ?, ?)
ON CONFLICT (team_id, key, page) DO UPDATE
SET message = excluded.message
"""
_FIRST_PAGE = "SELECT message FROM bulletin_pages WHERE team_id = ? AND key = ? AND page = 0"
_UNPIN = "DELETE FROM bulletin_pages WHERE team_id = ? AND key = ?"
# The picture of a body that was amended in between is not the bulletin's any more.
_PICTURE = "UPDATE bulletins SET file = ? WHERE team_id = ? AND key = ? AND revision = ?"


async def arrive(tx: Statements, notice: Row, arrival: Arrival) -> None:
    """In the transaction that says the notice is done."""
    await _hang(tx, notice, arrival.postings)
    await _supersede(tx, notice, arrival.postings)
    if arrival.page:
        await _pin(tx, notice, arrival.page)


async def _hang(tx: Statements, notice: Row, postings: Sequence[Posting]) -> None:
    """Remember where pictures hang. There is one live card and one receipt: a former one makes room."""
    case_id = notice["case_id"]
    for new in postings:
        place = (new.channel, new.message)
        if new.kind is PostingKind.CARD:
            sql = (
                "UPDATE postings SET kind = 'stub' WHERE case_id = ? AND kind = 'card' AND (channel, message) <> (?, ?)"
            )
            await tx.run(sql, case_id, *place)
        if new.kind in {PostingKind.RECEIPT, PostingKind.QUESTION}:
            sql = "DELETE FROM postings WHERE case_id = ? AND kind = ? AND (channel, message) <> (?, ?)"
            await tx.run(sql, case_id, new.kind.value, *place)
        await tx.run(_POST, notice["team_id"], case_id, new.kind.value, *place, new.revision)


async def _supersede(tx: Statements, notice: Row, postings: Sequence[Posting]) -> None:
    picture = PICTURES.get(NoticeKind(notice["kind"]))
    drawn = max((new.revision for new in postings if new.kind is picture), default=0)
    if drawn:
        await tx.run(SUPERSEDE, notice["case_id"], notice["kind"], notice["place"], drawn)


async def _pin(tx: Statements, notice: Row, page: Page) -> None:
    """Remember where a page hangs. The pages in the thread of a first one that had to be posted anew are lost to it."""
    place = (notice["team_id"], page.bulletin)
    if page.number == 0:
        first = await tx.run(_FIRST_PAGE, *place)
        if first and first[0]["message"] != page.message:
            await tx.run(_UNPIN, *place)
        await tx.run(_PICTURE, page.file, *place, page.revision)
    await tx.run(_PIN, *place, page.number, page.message)
