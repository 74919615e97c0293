"""What a test orders to go wrong, and how often."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.workspace.journal import Pulse


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited:
    """429, come back later. Not applied."""

    retry_after_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An answer with one of Slack's error codes. Not applied."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError:
    """500 without a useful body. Not applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """What a proxy in between says when it is unwell. Not applied."""

    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """Silence for that long, then a closed connection. Not applied."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedThenDropped:
    """Done, but the connection breaks before the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedThenDelayed:
    """Done, but the answer takes that long."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedThenApplied:
    """The connection breaks, and Slack is still at it: done when the test says so, with `apply_late`."""


CallFault = (
    RateLimited | Refused | ServerError | HtmlPage | Hang | AppliedThenDropped | AppliedThenDelayed | DroppedThenApplied
)


@dataclass(slots=True)
class _CallOrder:
    method: str
    channel: str
    fault: CallFault
    left: float


@dataclass(slots=True)
class _DeliveryOrder:
    of: str
    left: int


def _take(orders: list[_DeliveryOrder], of: str) -> bool:
    for order in orders:
        if order.left > 0 and order.of in ("", of):
            order.left -= 1
            return True
    return False


@dataclass(slots=True)
class Faults:
    """Orders are served in the order they were given; `times=None` means from now on.

    `of` narrows a delivery fault to one kind of event (`message`, `app_mention`) or payload (`block_actions`).
    """

    pulse: Pulse
    is_holding: bool = False
    _calls: list[_CallOrder] = field(default_factory=list)
    _dropped_acks: list[_DeliveryOrder] = field(default_factory=list)
    _duplicates: list[_DeliveryOrder] = field(default_factory=list)
    _swaps: list[_DeliveryOrder] = field(default_factory=list)
    _losses: list[_DeliveryOrder] = field(default_factory=list)
    _late: list[Callable[[], object]] = field(default_factory=list)

    def on_call(self, method: str, fault: CallFault, *, channel: str = "", times: int | None = 1) -> None:
        """The next calls of that method fail; `channel` is a channel id, and empty means any."""
        left = float("inf") if times is None else times
        self._calls.append(_CallOrder(method, channel, fault, left))

    def apply_late(self) -> int:
        """What was dropped before it was applied is applied now; returns how much that was."""
        late, self._late = self._late, []
        for doing in late:
            doing()
        return len(late)

    def put_off(self, doing: Callable[[], object]) -> None:
        self._late.append(doing)

    def drop_acks(self, *, of: str = "", times: int = 1) -> None:
        """The app acknowledges, but Slack never hears it."""
        self._dropped_acks.append(_DeliveryOrder(of, times))

    def duplicate(self, *, of: str = "", times: int = 1) -> None:
        """The same event, with the same event_id, arrives twice."""
        self._duplicates.append(_DeliveryOrder(of, times))

    def swap_next_two(self, *, of: str = "") -> None:
        """The next event waits for the one after it."""
        self._swaps.append(_DeliveryOrder(of, 1))

    def lose(self, *, of: str = "", times: int = 1) -> None:
        """The event never arrives and is never sent again."""
        self._losses.append(_DeliveryOrder(of, times))

    def hold(self) -> None:
        """Keep every event back until release."""
        self.is_holding = True

    def release(self) -> None:
        self.is_holding = False
        self.pulse.beat()

    def clear(self) -> None:
        """Everything works again."""
        for orders in (self._dropped_acks, self._duplicates, self._swaps, self._losses):
            orders.clear()
        self._calls.clear()
        self.release()

    def take_call(self, method: str, channel: str) -> CallFault | None:
        for order in self._calls:
            if order.left > 0 and order.method == method and order.channel in ("", channel):
                order.left -= 1
                return order.fault
        return None

    def take_dropped_ack(self, of: str) -> bool:
        return _take(self._dropped_acks, of)

    def take_duplicate(self, of: str) -> bool:
        return _take(self._duplicates, of)

    def take_swap(self, of: str) -> bool:
        return _take(self._swaps, of)

    def take_loss(self, of: str) -> bool:
        return _take(self._losses, of)
