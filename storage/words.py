"""What was said to Claude and what it said, masked: kept beside its call for a while, its hash for good."""

from datetime import datetime
from hashlib import sha256

from storage.driver import Driver, Statements
from storage.rows import micros

QUESTION = "question"
ANSWER = "answer"
FORGOTTEN_AT_ONCE = 500

_SEAL = {
    QUESTION: "UPDATE claude_calls SET question_hash = ? WHERE id = ? AND question_hash IS NULL RETURNING case_id",
    ANSWER: "UPDATE claude_calls SET answer_hash = ? WHERE id = ? AND answer_hash IS NULL RETURNING case_id",
}
_KEEP = "INSERT INTO claude_words (call_id, kind, case_id, body, expires_at) VALUES (?, ?, ?, ?, ?)"
FORGET = """
DELETE FROM claude_words
WHERE (call_id, kind) IN (SELECT call_id, kind FROM claude_words WHERE expires_at <= ? LIMIT ?)
RETURNING call_id
"""


async def keep_words(tx: Statements, call: int, kind: str, body: str, expires_at: datetime) -> None:
    """Keep one side of a call, in the transaction that books it. The first one counts."""
    if not body:
        return
    body = body.encode(errors="replace").decode()  # half a character cannot be stored
    rows = await tx.run(_SEAL[kind], sha256(body.encode()).hexdigest(), call)
    if rows:
        await tx.run(_KEEP, call, kind, rows[0]["case_id"], body, micros(expires_at))


async def forget_words(driver: Driver, now: datetime) -> int:
    """Delete what has been kept long enough, a little at a time: others want to write too."""
    count = FORGOTTEN_AT_ONCE
    forgotten = 0
    while count == FORGOTTEN_AT_ONCE:
        count = len(await driver.write(lambda tx: tx.run(FORGET, micros(now), FORGOTTEN_AT_ONCE)))
        forgotten += count
    return forgotten
