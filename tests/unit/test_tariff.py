"""What a call costs, to the nano-dollar, and what it can cost at most."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.tariff import SPARE_TOKENS, TARIFFS, UnknownModel, Usage, tariff

DOLLAR = 1_000_000_000
MILLION = 1_000_000
HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"


def used(prompt: int = 0, output: int = 0, cache_read: int = 0, cache_write: int = 0) -> Usage:
    return Usage(input=prompt, output=output, cache_read=cache_read, cache_write=cache_write)


@pytest.mark.parametrize(
    ("model", "prompt", "output", "cache_read", "cache_write"),
    [
        # A hundredth of a million tokens each, in thousandths of a cent: the price list, as it is published.
        (HAIKU, 100, 500, 10, 125),
        (SONNET, 2_000, 10_000, 200, 2_500),
        (OPUS, 4_000, 20_000, 200, 5_000),
    ],
)
def test_a_token_of_each_kind_costs_what_the_price_list_says(
    model: str, prompt: int, output: int, cache_read: int, cache_write: int
) -> None:
    tokens = 10_000
    rates = tariff(model)

    assert rates.cost(used(prompt=tokens)) == tokens * prompt
    assert rates.cost(used(output=tokens)) == tokens * output
    assert rates.cost(used(cache_read=tokens)) == tokens * cache_read
    assert rates.cost(used(cache_write=tokens)) == tokens * cache_write


def test_a_million_tokens_cost_whole_dollars() -> None:
    sonnet, opus = tariff(SONNET), tariff(OPUS)

    assert sonnet.cost(used(prompt=MILLION, output=MILLION)) == 12 * DOLLAR
    assert opus.cost(used(prompt=MILLION, output=MILLION)) == 24 * DOLLAR
    assert tariff(HAIKU).cost(used(output=MILLION)) == DOLLAR // 2


def test_a_cached_decision_by_the_small_model_costs_a_seventieth_of_a_cent() -> None:
    assert tariff(HAIKU).cost(used(prompt=400, output=160, cache_read=2_000)) == 140_000


def test_the_small_model_is_five_times_dearer_above_a_hundred_thousand_tokens_of_prompt() -> None:
    rates = tariff(HAIKU)
    up_to = used(prompt=40_000, cache_read=50_000, cache_write=10_000, output=1_000)
    above = used(prompt=40_001, cache_read=50_000, cache_write=10_000, output=1_000)

    assert rates.cost(up_to) == 4_000_000 + 500_000 + 1_250_000 + 500_000
    assert rates.cost(above) == 5 * (rates.cost(up_to) + 100)


def test_a_long_prompt_makes_no_other_model_dearer() -> None:
    assert tariff(SONNET).cost(used(prompt=200_000)) == 2 * tariff(SONNET).cost(used(prompt=100_000))
    assert tariff(OPUS).cost(used(prompt=200_000)) == 2 * tariff(OPUS).cost(used(prompt=100_000))


def test_the_worst_of_a_call_is_every_byte_a_token_that_is_written_to_the_cache() -> None:
    assert tariff(HAIKU).worst(9_000, 1_000) == 10_000 * 125 + 1_000 * 500
    assert tariff(OPUS).worst(0, 0) == SPARE_TOKENS * 5_000


def test_the_worst_of_a_long_call_is_five_times_dearer_too() -> None:
    assert tariff(HAIKU).worst(99_001, 0) == 5 * 100_001 * 125


tokens = st.integers(0, 150_000)


@given(st.sampled_from(sorted(TARIFFS)), tokens, tokens, tokens, tokens, st.integers(0, 5_000))
def test_no_call_costs_more_than_its_worst(
    model: str, prompt: int, cache_read: int, cache_write: int, output: int, spare_bytes: int
) -> None:
    usage = used(prompt=prompt, output=output, cache_read=cache_read, cache_write=cache_write)
    input_bytes = max(0, prompt + cache_read + cache_write - SPARE_TOKENS) + spare_bytes

    assert tariff(model).cost(usage) <= tariff(model).worst(input_bytes, max_tokens=output)


def test_each_model_is_told_to_think_as_it_accepts() -> None:
    assert tariff(HAIKU).thinking == {"type": "disabled"}
    assert tariff(SONNET).thinking == {"type": "between_tools"}
    assert tariff(OPUS).thinking is None


@pytest.mark.parametrize("model", ["", "claude-haiku-5", "claude-haiku-5-5 ", "Claude-Haiku-5-5"])
def test_a_model_without_a_price_is_refused_by_name(model: str) -> None:
    with pytest.raises(UnknownModel) as refused:
        tariff(model)

    assert str(refused.value) == (
        f"No price is known for the model {model!r}. Known are claude-haiku-5-5, claude-opus-5-5, claude-sonnet-5-5."
    )
