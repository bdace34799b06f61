"""The production engine: ONNX Runtime. Each text is encoded once, and every answer's decoder steps share one batch.

What makes a result independent of its batch: texts are encoded one by one; the decoder's 8-bit products quantise each
row by itself; and the encoder's keys and values are padded in steps, so that sums run in the same order with and
without a longer neighbour.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medassist.engines.decoding import BeamSearch, Greedy, Rules, Search, log_likelihoods
from medassist.engines.manifest import BIAS_FILE, DECODER_FILE, ENCODER_FILE, TOKENIZER_FILE, Manifest
from medassist.engines.shapes import Floats, Shape, distance_bias, square_bias
from medassist.errors import ModelPackageError

if TYPE_CHECKING:
    import onnxruntime

_STEP = 64  # a batch's keys and values are padded to a multiple of it
_MASKED = np.float32(-1e9)
_FULL_ENOUGH = 0.75  # of a batch's rows; with fewer at work, the idle ones are dropped, which costs a copy
# Bytes of the encoder's keys and values that are kept at once: four requests of 512 tokens to Flan-T5 base, twelve to
# small. More requests take turns.
_DECODED_TOGETHER = 160_000_000
_SCORED_TOGETHER = 256  # tokens of targets that are scored at once


class OnnxEngine:
    """T5 in ONNX Runtime; see :class:`medassist.generation.Engine` for what each method means.

    Parameters
    ----------
    folder : Path
        The folder ``onnx`` of a model, which :func:`medassist.engines.export.export_model` wrote.
    no_repeat_ngram : int
        Word pieces in a row that decoding may not repeat; 0 allows repetition.
    threads : int, optional
        Threads of one computation; as many as there are cores if not given.

    Raises
    ------
    ModelPackageError
        If a file is missing, damaged or cannot be loaded.
    """

    def __init__(self, folder: Path, *, no_repeat_ngram: int = 0, threads: int | None = None) -> None:
        import tokenizers

        self.manifest = Manifest.read(folder)
        self._shape = self.manifest.shape
        self._rules = Rules(self._shape.start, self._shape.end, no_repeat_ngram)
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            self._encoder_table, self._decoder_table = np.load(folder / BIAS_FILE, allow_pickle=False)
            self._encoder = _open(folder / ENCODER_FILE, threads)
            self._decoder = _open(folder / DECODER_FILE, threads)
        except Exception as error:  # onnxruntime and tokenizers raise plain Exceptions
            raise ModelPackageError(f"The model in {folder} cannot be loaded ({error}); export it again.") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def tokenise(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the (start, end) characters of each token, without special tokens."""
        offsets: list[tuple[int, int]] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return offsets

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, special tokens left out."""
        return self._tokenizer.decode(list(tokens), skip_special_tokens=True).strip()

    def generate(
        self,
        batch: Sequence[Sequence[str]],
        max_new_tokens: Sequence[int],
        *,
        beams: int = 1,
        on_token: Callable[[int, int], bool] | None = None,
    ) -> list[list[int]]:
        """Return the tokens that follow each request, greedily or by beam search."""

        def search(row: int, limit: int) -> Search:
            if beams > 1:
                return BeamSearch(self._rules, limit, beams)
            return Greedy(self._rules, limit, None if on_token is None else lambda token: on_token(row, token))

        searches = [search(row, limit) for row, limit in enumerate(max_new_tokens)]
        tokens = [[self._tokens(text) for text in texts] for texts in batch]
        for rows in self._turns([sum(map(len, of_request)) for of_request in tokens]):
            room = max(max_new_tokens[row] for row in rows)
            self._decode([tokens[row] for row in rows], [searches[row] for row in rows], beams, room)
        return [search.result() for search in searches]

    def score(self, batch: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return the mean log-likelihood of a token of each target, its end token included, for each request."""
        scores: list[list[float]] = []
        for texts, of_request in zip(batch, targets, strict=True):
            sources = self._encode([[self._tokens(text) for text in texts]])
            tokens = [self._tokens(target) for target in of_request]
            scores.append([score for group in _grouped(tokens) for score in self._score(sources, group)])
        return scores

    def logits(self, texts: Sequence[str], targets: Sequence[Sequence[int]]) -> list[Floats]:
        """Return the logits before each token of targets, for one request: shape (tokens, vocabulary) a target."""
        return list(self._logits(self._encode([[self._tokens(text) for text in texts]]), targets))

    def _score(self, sources: "_Sources", targets: Sequence[Sequence[int]]) -> Iterator[float]:
        for logits, tokens in zip(self._logits(sources, targets), targets, strict=True):
            yield float(log_likelihoods(logits, tokens).mean())

    def _logits(self, sources: "_Sources", targets: Sequence[Sequence[int]]) -> Iterator[Floats]:
        """Let the decoder read several targets at once: one behind the other, each blind for the others."""
        shape = self._shape
        read = [token for target in targets for token in (shape.start, *target[:-1])]
        count = len(read)
        cache = np.zeros((1, shape.heads, count, shape.head_size), np.float32)
        feeds = {
            "tokens": np.array([read], np.int64),
            "self_shape": np.array([1, count, -1], np.int64),
            "states_shape": np.array([1, count, -1], np.int64),
            "last": np.array([count - 1], np.int32),
            "total": np.array([count], np.int32),
            "self_bias": self._packed_bias([len(target) for target in targets]),
            "cross_bias": np.repeat(sources.mask, count, axis=2),  # (1, 1, 1, length) -> (1, 1, tokens, length)
            **dict(zip(shape.cross_names, sources.states, strict=True)),
            **dict.fromkeys(shape.past_names, cache),
        }
        (logits,) = self._decoder.run(["logits"], feeds)
        start = 0
        for target in targets:
            yield logits[0, start : start + len(target)]
            start += len(target)

    def _packed_bias(self, lengths: Sequence[int]) -> Floats:
        """Return the decoder's bias, shape (1, heads, tokens, tokens), of targets one behind the other."""
        target = np.repeat(np.arange(len(lengths)), lengths)
        place = np.arange(len(target))
        distances = place[None, :] - place[:, None]
        by_distance = distance_bias(
            self._decoder_table, np.arange(-len(place) + 1, 1), self._shape.max_distance, both_ways=False
        )
        bias = by_distance[:, np.minimum(distances, 0) + len(place) - 1]  # (heads, tokens, tokens)
        hidden = (distances > 0) | (target[None, :] != target[:, None])
        return np.where(hidden, _MASKED, bias)[None]

    def _encode(self, tokens: Sequence[Sequence[list[int]]]) -> "_Sources":
        """Encode each text by itself and put the keys and values of a request's texts one behind the other."""
        shape = self._shape
        lengths = [sum(map(len, of_request)) for of_request in tokens]
        size = (len(tokens), shape.heads, _padded(max(lengths)), shape.head_size)
        states = [np.zeros(size, np.float32) for _ in shape.cross_names]
        for row, of_request in enumerate(tokens):
            start = 0
            for text in of_request:
                for all_states, of_text in zip(states, self._encode_one(text), strict=True):
                    all_states[row, :, start : start + len(text)] = of_text[0]
                start += len(text)
        padding = np.arange(size[2]) >= np.array(lengths)[:, None]  # (requests, length)
        return _Sources(states, np.where(padding, _MASKED, np.float32(0))[:, None, None])

    def _encode_one(self, tokens: list[int]) -> Iterator[Floats]:
        """Return views of one text's keys and values, each of shape (1, heads, tokens, head size)."""
        distances = np.arange(-len(tokens) + 1, len(tokens))
        bias = distance_bias(self._encoder_table, distances, self._shape.max_distance, both_ways=True)
        binding = self._encoder.io_binding()
        binding.bind_cpu_input("tokens", np.array([tokens], np.int64))
        binding.bind_cpu_input("bias", square_bias(bias))
        for name in self._shape.cross_names:
            binding.bind_output(name)
        self._encoder.run_with_iobinding(binding)
        values = binding.get_outputs()[::-1]
        binding.clear_binding_inputs()
        binding.clear_binding_outputs()
        while values:  # each is freed once it is read: the peak of memory is here
            yield values.pop().numpy()

    def _turns(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Yield a batch's rows in parts whose keys and values, padding included, are limited; longest first."""
        shape = self._shape
        token = len(shape.cross_names) * shape.heads * shape.head_size * np.dtype(np.float32).itemsize
        rows = sorted(range(len(lengths)), key=lambda row: -lengths[row])
        while rows:
            count = max(1, _DECODED_TOGETHER // (token * _padded(lengths[rows[0]])))
            yield rows[:count]
            rows = rows[count:]

    def _decode(self, tokens: Sequence[Sequence[list[int]]], searches: Sequence[Search], beams: int, room: int) -> None:
        """Let the requests of one turn be answered. What they need is freed before the next turn's is made."""
        sources = self._encode(tokens)
        _run(_Decoder(self._decoder, self._shape, self._decoder_table, sources, beams, room), searches)

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the decoder reads of the encoder, for a batch.

    Parameters
    ----------
    states : list of ndarray of float32, shape (requests, heads, length, head size)
        A layer's keys, its values, the next layer's keys, and so on.
    mask : ndarray of float32, shape (requests, 1, 1, length)
        0 for tokens, very small for padding.
    """

    states: list[Floats]
    mask: Floats


class _Decoder:
    """The decoder at work on a batch: keeps what was decoded, and reads one more token of each beam at a time.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
    shape : Shape
    table : ndarray of float32, shape (buckets, heads)
        Of the position bias.
    sources : _Sources
    beams : int
        Of each request.
    room : int
        Tokens that can be read.
    """

    def __init__(
        self,
        session: "onnxruntime.InferenceSession",
        shape: Shape,
        table: Floats,
        sources: _Sources,
        beams: int,
        room: int,
    ) -> None:
        self._session = session
        self._shape = shape
        self._sources = sources
        self._beams = beams
        self._bias = distance_bias(table, np.arange(-room + 1, 1), shape.max_distance, both_ways=False)
        size = (len(sources.mask) * beams, shape.heads, room, shape.head_size)
        self._cache = [np.zeros(size, np.float32) for _ in shape.past_names]
        self._length = 0
        self._bind()

    def step(self, tokens: Sequence[Sequence[int]]) -> Floats:
        """Read one token of each beam; return logits of shape (requests, beams, vocabulary), valid until the next."""
        self._tokens[:] = tokens
        self._last[:] = self._length
        self._length += 1
        self._total[:] = self._length
        bias = self._bias[None, :, None, -self._length :]  # (heads, room) -> (1, heads, 1, length)
        self._input("self_bias", np.ascontiguousarray(bias))
        self._session.run_with_iobinding(self._binding)
        return self._logits

    def keep(self, requests: Sequence[int]) -> None:
        """Go on with some of the requests."""
        rows = [request * self._beams + beam for request in requests for beam in range(self._beams)]
        self._sources = _Sources(
            [states[requests] for states in self._sources.states], self._sources.mask[list(requests)]
        )
        self._cache = [states[rows] for states in self._cache]
        self._bind()

    def reorder(self, parents: Sequence[Sequence[int]]) -> None:
        """Let each beam continue what its parent, a beam of the same request, has read."""
        rows = [request * self._beams + parent for request, of_it in enumerate(parents) for parent in of_it]
        if rows != list(range(len(rows))):
            for states in self._cache:
                states[:, :, : self._length] = states[rows, :, : self._length]

    def _bind(self) -> None:
        """Bind all buffers anew; what the steps change is changed in them."""
        shape, requests = self._shape, len(self._sources.mask)
        rows = requests * self._beams
        self._binding = self._session.io_binding()
        self._tokens = np.zeros((requests, self._beams), np.int64)
        self._last = np.zeros(rows, np.int32)
        self._total = np.zeros(1, np.int32)
        self._logits = np.empty((requests, self._beams, shape.vocabulary), np.float32)
        self._held: dict[str, Any] = {}
        inputs: dict[str, NDArray[Any]] = {
            "tokens": self._tokens,
            "last": self._last,
            "total": self._total,
            "self_shape": np.array([rows, 1, -1], np.int64),
            "states_shape": np.array([requests, self._beams, -1], np.int64),
            "cross_bias": np.repeat(self._sources.mask, self._beams, axis=2),
        }
        inputs |= zip(shape.cross_names, self._sources.states, strict=True)
        inputs |= zip(shape.past_names, self._cache, strict=True)
        for name, array in inputs.items():
            self._input(name, array)
        outputs: dict[str, NDArray[Any]] = {"logits": self._logits}
        outputs |= zip(shape.present_names, self._cache, strict=True)
        for name, array in outputs.items():
            self._held[name] = _ort().OrtValue.ortvalue_from_numpy(array)
            self._binding.bind_ortvalue_output(name, self._held[name])

    def _input(self, name: str, array: NDArray[Any]) -> None:
        self._held[name] = _ort().OrtValue.ortvalue_from_numpy(array)  # shares the array's memory
        self._binding.bind_ortvalue_input(name, self._held[name])


def _run(decoder: _Decoder, searches: Sequence[Search]) -> None:
    """Let the decoder and the searches take turns until all searches are done."""
    held = list(searches)
    while True:
        logits = decoder.step([search.newest for search in held])
        for search, of_it in zip(held, logits, strict=True):
            if not search.done:
                search.advance(of_it)
        working = [n for n, search in enumerate(held) if not search.done]
        if not working:
            return
        decoder.reorder([search.parents for search in held])
        if len(working) <= _FULL_ENOUGH * len(held):
            decoder.keep(working)
            held = [held[n] for n in working]


def _padded(length: int) -> int:
    return -(-length // _STEP) * _STEP


def _grouped(targets: Sequence[list[int]]) -> Iterator[list[list[int]]]:
    """Yield targets in groups of a limited number of tokens, in their order."""
    group: list[list[int]] = []
    for target in targets:
        if group and sum(map(len, group)) + len(target) > _SCORED_TOGETHER:
            yield group
            group = []
        group.append(target)
    yield group


def _ort() -> Any:
    """Import ONNX Runtime with its telemetry off: it would write a device id into the user's cache when imported."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def _open(path: Path, threads: int | None) -> "onnxruntime.InferenceSession":
    options = _ort().SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    # What a long text needed is given back, and nothing is set aside for sizes that came before: a tenth less at the
    # peak, and no slower.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    return _ort().InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
