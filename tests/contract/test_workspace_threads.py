"""Whatever is said and taken back, in any order, every thread adds up."""

from hypothesis import given
from hypothesis import strategies as st

from bot.workspace import posts
from bot.workspace.cast import HALDEN_GOODS
from bot.workspace.model import Message
from bot.workspace.state import Workspace
from tests.contract.test_workspace_setup import Clock

DOINGS = st.lists(st.tuples(st.sampled_from(["say", "reply", "delete"]), st.integers(0, 20)), max_size=40)


def _do(workspace: Workspace, doing: str, which: int) -> None:
    room = list(workspace.room("C0HELP").values())
    chosen = room[which % len(room)] if room else None
    if doing == "delete":
        if chosen is not None and chosen.subtype != "tombstone":
            posts.delete(workspace, chosen)
        return
    thread_ts = chosen.ts if doing == "reply" and chosen is not None else ""
    ts = workspace.stamps.next()
    posts.post(workspace, Message(channel="C0HELP", ts=ts, user="U0MAYA", text=ts, team="T0", thread_ts=thread_ts))


@given(DOINGS)
def test_every_answer_has_its_thread_and_every_thread_counts_its_answers(doings: list[tuple[str, int]]) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())

    for doing, which in doings:
        _do(workspace, doing, which)

    room = workspace.room("C0HELP")
    for root in (it for it in room.values() if not it.is_reply):
        answers = [it.ts for it in room.values() if it.is_reply and it.thread_ts == root.ts]
        assert [it.ts for it in root.replies] == answers
        assert root.subtype != "tombstone" or answers
    assert all(it.thread_ts in room for it in room.values() if it.is_reply)


@given(DOINGS)
def test_the_journal_never_skips_a_number(doings: list[tuple[str, int]]) -> None:
    workspace = Workspace(HALDEN_GOODS, clock=Clock())

    for doing, which in doings:
        _do(workspace, doing, which)

    numbers = [entry.seq for entry in workspace.journal.since(0)]
    assert numbers == list(range(1, len(numbers) + 1))
