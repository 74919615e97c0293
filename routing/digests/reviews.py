"""The audit sample: which of the decisions that nobody changed are put to a person. Chosen by hash, never by chance.

How it is chosen: of the week of decisions that ended a day ago (so that people had their chance to change them), every
case whose hash falls below the share; where that gives a destination fewer than its least, those with the next lowest
hashes as well. At most forty cards a week in all, each destination in turn, so that a busy one takes no other's place.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from pydantic import TypeAdapter

from routing.bulletins import Appointment, Bulletin, BulletinKind
from routing.kinds import CaseId, DestinationName
from routing.map import Review
from routing.reviews import PREFIX, key_of

WEEK = timedelta(days=7)
REST = timedelta(days=1)
MOST_A_WEEK = 200
_LOOKED_AT = 2_000
_HASHES = 2**64
_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A decision that nobody changed: `destination` is where the desk sent the case. As JSON, a review card's body."""

    case: CaseId
    destination: DestinationName
    decided_at: datetime


class Sampled(Protocol):
    async def unchanged(self, since: datetime, until: datetime) -> Sequence[Unchanged]:
        """What was decided after `since` and not after `until`, stands as it was decided, and nobody has reviewed.

        Decided to a place that was told of it; confirmed or taken counts as standing. Whose words changed after
        `until` is not settled yet, and whose words are erased cannot be shown to anybody.
        """
        ...


class Told(Protocol):
    """Of the port `Bulletins`, what the sample needs."""

    async def of_job(self, prefix: str, limit: int) -> Sequence[Bulletin]:
        """The bulletins whose keys begin so, the newest first."""
        ...


_BODY = TypeAdapter(Unchanged)


class Reviews:
    """Composes the review cards of a day."""

    def __init__(self, sampled: Sampled, told: Told, terms: Review) -> None:
        self._sampled = sampled
        self._told = told
        self._terms = terms

    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        since = fire_at - REST - WEEK
        unchanged = await self._sampled.unchanged(since, fire_at - REST)
        # More than a week has: they reach back beyond it.
        told = [sampled_in(one) for one in await self._told.of_job(PREFIX, _LOOKED_AT)]
        picked = [one for one in told if one.decided_at > since]
        return [_card(one, appointment) for one in sample(unchanged, picked, self._terms)]


def sampled_in(bulletin: Bulletin) -> Unchanged:
    return _BODY.validate_json(bulletin.body)


def sample(unchanged: Sequence[Unchanged], picked: Sequence[Unchanged], terms: Review) -> tuple[Unchanged, ...]:
    """What is put to people now, besides what was `picked` of this week already. A share of nothing turns it off."""
    if terms.share == 0:
        return ()
    known = {one.case for one in picked}
    before = Counter(one.destination for one in picked)
    ranked: list[tuple[int, int, Unchanged]] = []
    for destination, cases in _by_destination(one for one in unchanged if one.case not in known).items():
        chosen = sum(is_below(one.case, terms.share) for one in cases)
        wanted = max(chosen, terms.least - before[destination])
        ranked += [(rank, place(one.case), one) for rank, one in enumerate(cases[:wanted], start=before[destination])]
    # The few that every place is owed come first, however many places there are.
    owed = sum(rank < terms.least for rank, _, _ in ranked)
    room = max(owed, MOST_A_WEEK - len(picked))
    return tuple(one for _, _, one in sorted(ranked, key=lambda entry: entry[:2])[:room])


def is_below(case: CaseId, share: int) -> bool:
    return place(case) * _PERCENT < share * _HASHES


def place(case: CaseId) -> int:
    """The same for a case whenever it is asked, and no likelier low for one than for another."""
    return int.from_bytes(sha256(f"{PREFIX}{case}".encode()).digest()[:8])


def _by_destination(cases: Iterable[Unchanged]) -> dict[DestinationName, list[Unchanged]]:
    """The lowest hash first: what is below the share is what each list begins with."""
    found: defaultdict[DestinationName, list[Unchanged]] = defaultdict(list)
    for one in sorted(cases, key=lambda one: place(one.case)):
        found[one.destination].append(one)
    return found


def _card(one: Unchanged, appointment: Appointment) -> Bulletin:
    body = _BODY.dump_json(one).decode()
    return Bulletin(key=key_of(one.case), kind=BulletinKind.REVIEW, to=appointment.to, body=body)
