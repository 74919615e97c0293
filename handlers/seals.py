"""The desk's own hand: what it draws is sealed with a key that never leaves it, for one workspace and one place."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field, replace

from routing.kinds import ChannelId, PersonId, TeamId

MARK_BYTES = 16
_BETWEEN = b"\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """`place` is where a drawing hangs: what was drawn for one place counts in no other.

    A seal without a key marks nothing and finds no mark right: a drawing that was handed none has dead buttons.
    """

    key: bytes = field(repr=False)
    team: TeamId
    place: str = ""

    def in_channel(self, channel: ChannelId) -> "Seal":
        return replace(self, place=f"channel:{channel}")

    def at_home_of(self, person: PersonId) -> "Seal":
        return replace(self, place=f"home:{person}")

    def shown_to(self, person: PersonId) -> "Seal":
        """On a message that nobody else sees."""
        return replace(self, place=f"shown:{person}")

    def on_form_of(self, person: PersonId) -> "Seal":
        return replace(self, place=f"form:{person}")

    def nowhere(self) -> "Seal":
        return replace(self, place="")

    def mark(self, *told: str) -> str:
        """128 bits: short enough for the 150 characters of an option."""
        if not self.key or not self.place:
            return ""
        parts = [part.encode() for part in (self.team, self.place, *told)]
        # Lengths first: no two lists of parts read alike.
        counted = _BETWEEN.join(b"%d:%b" % (len(part), part) for part in parts)
        digest = hmac.new(self.key, b"button.v1\0" + counted, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:MARK_BYTES]).rstrip(b"=").decode()

    def is_on(self, mark: str, *told: str) -> bool:
        wanted = self.mark(*told)
        return bool(wanted) and hmac.compare_digest(wanted.encode(), mark.encode())


UNSEALED = Seal(key=b"", team=TeamId(""))
