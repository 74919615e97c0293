"""What a model may read of a map, and what people may read of a model's answer. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from routing.decisions import Extraction
from routing.map import RoutingMap
from routing.masking import CompanyPattern, Masked, mask, unmask
from routing.prompting import EXAMPLES_MAX


def fit_to_send(routing_map: RoutingMap, patterns: Sequence[CompanyPattern]) -> RoutingMap:
    def masked(text: str) -> str:
        return mask(text, patterns=patterns).text

    places = {
        name: replace(
            one,
            description=masked(one.description),
            examples=tuple(masked(text) for text in one.examples[:EXAMPLES_MAX]),
        )
        for name, one in routing_map.destinations.items()
    }
    return replace(routing_map, destinations=places)


def readable(extraction: Extraction | None, masked: Masked) -> Extraction | None:
    """For people's eyes only: what was masked is put back where prose was asked for, and nowhere else."""
    if extraction is None:
        return None
    return replace(
        extraction,
        summary=unmask(extraction.summary, masked.vault),
        evidence=unmask(extraction.evidence, masked.vault),
        error_signature=unmask(extraction.error_signature, masked.vault),
        environment=unmask(extraction.environment, masked.vault),
    )
