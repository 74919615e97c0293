"""A training run of the classifier. Importing this loads numpy and onnxruntime: whoever needs it imports it late."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import structlog

from routing.classifier import Classifier, learn
from routing.encoder import Encoder, NoEncoder, load_encoder
from routing.lessons import Lesson

log = structlog.get_logger()


def trained(lessons: Sequence[Lesson], model: Path | None, vocabulary: Path | None) -> Classifier | None:
    """By meaning and by words; by words alone where there is no encoder. With nothing to learn none is loaded."""
    return learn(lessons, encoder(model, vocabulary)) if lessons else None


@lru_cache(maxsize=2)
def encoder(model: Path | None, vocabulary: Path | None) -> Encoder | None:
    """Loaded once a process: it remembers what it has read."""
    try:
        return load_encoder(model, vocabulary)
    except NoEncoder as problem:
        log.warning("classifier learns by words alone", why=str(problem))
        return None
