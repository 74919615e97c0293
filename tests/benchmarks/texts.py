"""What is asked in the benchmarks, by whom and where: one mix, the same for everybody who is measured."""

import re
from pathlib import Path

# So many that nobody asks again before their first request is decided, when it would join it.
ASKERS = 5_000
INTAKES = tuple(f"help-{number}" for number in range(1, 17))
CHANNELS = tuple(f"C0{name.upper()}" for name in INTAKES)

# Rules are sure of each. One in eight is risky and waits at a gate.
TEXTS = (
    "My invoice {n} shows the wrong amount, can someone fix the billing?",
    "The export button throws an error message on order {n}, looks like a bug.",
    "How do I print a return label for parcel {n}? Where do I find the instructions?",
    "A reseller asks for a quote and our price list for {n} pieces.",
    "We were charged twice on invoice {n}, and now there is a payment reminder.",
    "The app crashes with an error when I open product {n}, the broken page does not load.",
    "A new customer wants a demo of our wholesale pricing, lead {n}.",
    "Please give me access to dashboard {n}, I need the permission and the vpn.",
)


def text(number: int) -> str:
    return TEXTS[number % len(TEXTS)].format(n=number)


def asker(number: int) -> str:
    return f"U{number % ASKERS:06d}ASKER"


def channel(number: int) -> str:
    """Every asker keeps to one channel, and each channel has its share of every text."""
    return CHANNELS[(number % ASKERS) // len(TEXTS) % len(CHANNELS)]


def write_map(path: Path) -> Path:
    """The sample company's map, listening in as many channels as a company has that asks so much."""
    sample = (Path(__file__).parents[2] / "routes.yml").read_text(encoding="utf-8")
    line = '  - {channel: "#help", audience: staff}\n'
    assert line in sample, "the sample map listens in #help"
    more = [line.replace("#help", f"#{name}") for name in INTAKES]
    path.write_text(sample.replace(line, "".join(more)), encoding="utf-8")
    return path


def write_map_without_examples(path: Path) -> Path:
    """The same map for a desk that has nothing to learn from: its rules decide alone."""
    bare, found = re.subn(r"    examples:\n(?:      - .*\n)+", "", write_map(path).read_text(encoding="utf-8"))
    assert found, "the sample map's destinations have examples"
    path.write_text(bare, encoding="utf-8")
    return path
