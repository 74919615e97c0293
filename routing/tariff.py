"""What each of Claude's models costs, and how it is told to think. Pure; a model that is not here cannot be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SPARE_TOKENS = 1_000  # what the other side adds around a prompt


class UnknownModel(Exception):
    """No price, no budget: the sentence is for whoever runs the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens by kind, as the answer states them. A prompt is `input`, `cache_read` and `cache_write` together."""

    input: int
    output: int
    cache_read: int
    cache_write: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Prices in nano-dollars a token: a dollar per million tokens is a thousand of them."""

    thinking: Mapping[str, str] | None
    input: int
    output: int
    cache_read: int
    cache_write: int
    long_from: int | None = None
    long_times: int = 1

    def cost(self, usage: Usage) -> int:
        price = (
            usage.input * self.input
            + usage.output * self.output
            + usage.cache_read * self.cache_read
            + usage.cache_write * self.cache_write
        )
        return price * self._times(usage.input + usage.cache_read + usage.cache_write)

    def worst(self, input_bytes: int, max_tokens: int) -> int:
        """More than a call can cost: no token is shorter than a byte, and each is charged at the dearest rate."""
        tokens = input_bytes + SPARE_TOKENS
        price = tokens * max(self.input, self.cache_write) + max_tokens * self.output
        return price * self._times(tokens)

    def _times(self, prompt_tokens: int) -> int:
        is_long = self.long_from is not None and prompt_tokens > self.long_from
        return self.long_times if is_long else 1


TARIFFS: Mapping[str, Tariff] = MappingProxyType(
    {
        "claude-haiku-5-5": Tariff(
            thinking=MappingProxyType({"type": "disabled"}),
            input=100,
            output=500,
            cache_read=10,
            cache_write=125,
            long_from=100_000,
            long_times=5,
        ),
        "claude-sonnet-5-5": Tariff(
            thinking=MappingProxyType({"type": "between_tools"}),  # "disabled" is refused
            input=2_000,
            output=10_000,
            cache_read=200,
            cache_write=2_500,
        ),
        "claude-opus-5-5": Tariff(
            thinking=None,  # always thinks, and refuses to be told
            input=4_000,
            output=20_000,
            cache_read=200,
            cache_write=5_000,
        ),
    }
)


def tariff(model: str) -> Tariff:
    known = TARIFFS.get(model)
    if known is None:
        raise UnknownModel(f"No price is known for the model {model!r}. Known are {', '.join(sorted(TARIFFS))}.")
    return known
