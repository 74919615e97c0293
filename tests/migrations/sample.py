"""Writes the sample of today's newest database, for tomorrow's migrations to upgrade:
`python -m tests.migrations.sample`. Run it once, with the migration it belongs to; a sample is never edited."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from routing.model import DestinationName, Label, NoticeKind, PersonId, Status, Text
from routing.ports import Arrival, Letter, Posting, PostingKind
from storage.migrate import shipped
from storage.sqlite import Store, open_store
from tests.make import INTAKE, NOW, a_case, a_decision, a_notice, a_part, a_request, an_entry, an_outcome

BILLING = DestinationName("billing")
FOLDER = Path(__file__).parent / "samples"


async def fill(store: Store) -> None:
    """A little of everything: two cases, one decided and told, one still undecided, and a letter nobody read."""
    asked = a_request(parts=(a_part(text="my invoice is wrong", links=("https://files.example/1",)),))
    first = await store.cases.settle(an_outcome(a_case(request=asked)))
    why = Text(id="text-1", kind="reason", body="they pay the bills")
    decided = replace(first, status=Status.TAKEN, decision=a_decision(), owner=PersonId("U_OWNER"))
    entry = an_entry("taken", by=PersonId("U_OWNER"), text=why.id, facts={"version": 1})
    notices = (a_notice(), a_notice("receipt:case-1:2", NoticeKind.RECEIPT, ""))
    said = Label(code="taken", was=BILLING, now=BILLING, by=PersonId("U_OWNER"), at=NOW)
    await store.cases.settle(an_outcome(decided, entries=(entry,), texts=(why,), notices=notices, labels=(said,)))
    card, _ = await store.outbox.owed(NOW, 2)
    hung = Posting(kind=PostingKind.CARD, channel=INTAKE, message=asked.parts[0].message, revision=2)
    await store.outbox.delivered(card, Arrival(postings=(hung,)))
    await store.cases.settle(an_outcome(a_case("case-2", request=a_request("200.2", text="it is broken"))))
    await store.inbox.keep(Letter(key="slack:T_OFFICE:Ev1", raw=b"{}", received_at=NOW))


async def write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        async with open_store(f"sqlite:///{path}", clock=lambda: NOW) as store:
            await fill(store)
        with closing(sqlite3.connect(path)) as database:
            script = "\n".join(database.iterdump())
    (FOLDER / f"{shipped()[-1].number:04}.sql").write_text(script + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(write())
