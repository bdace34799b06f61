"""T5 at work: from a question and its passages to text, to a choice among options, or to a stream of words.

A model folder holds a model plus ``medassist.json``: how the model's inputs are built (token limit, passages, reading)
and what it is called. Both are checked at load. The weights are what ``save_pretrained`` writes, for the engine
``"transformers"``, or the folder ``onnx`` that :mod:`medassist.engines.export` writes, for the engine ``"onnx"``.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from medassist import prompts
from medassist.errors import InvalidRequestError, ModelPackageError
from medassist.model_requests import (
    DEFAULT_NEW_TOKENS,
    MAX_NEW_TOKENS,
    MAX_PASSAGES,
    MAX_QUESTION_CHARACTERS,
    MAX_TEXT_TOKENS,
    Request,
    check_request,
)
from medassist.model_settings import SETTINGS_FILE, ModelSettings
from medassist.schemas import Generation

__all__ = [  # requests and settings stand in modules of their own; who uses a model finds them here too
    "DEFAULT_NEW_TOKENS",
    "MAX_NEW_TOKENS",
    "MAX_PASSAGES",
    "MAX_QUESTION_CHARACTERS",
    "SETTINGS_FILE",
    "Engine",
    "Generator",
    "ModelSettings",
    "Request",
    "check_request",
]

# What training writes, and the engine "transformers" reads beside the weights.
REQUIRED_FILES = (SETTINGS_FILE, "config.json", "tokenizer.json", "tokenizer_config.json")


class Engine(Protocol):
    """What computes: texts in, tokens and likelihoods out. Knows nothing of questions and passages.

    A batch holds requests, and a request is the list of texts that :func:`medassist.prompts.model_inputs` returns:
    each is encoded by itself, and the decoder reads all of them (Fusion-in-Decoder). A request's result does not
    depend on the others in its batch, beyond the last digits of floats.
    """

    def tokenise(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the (start, end) characters of each token, without special tokens."""
        ...

    def generate(
        self,
        batch: Sequence[Sequence[str]],
        max_new_tokens: Sequence[int],
        *,
        beams: int = 1,
        on_token: Callable[[int, int], bool] | None = None,
    ) -> list[list[int]]:
        """Return the tokens that follow each request: no start token, but the end token if it was reached.

        ``on_token(row, token)`` is called for each token as it is decoded, if there is but one beam; when it returns
        False, that row ends and its place is free.
        """
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, special tokens left out."""
        ...

    def score(self, batch: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return the mean log-likelihood of a token of each target, its end token included, for each request."""
        ...


class Generator:
    """A fine-tuned T5 that reads a question with passages.

    Parameters
    ----------
    engine : Engine
        Computes.
    settings : ModelSettings
        How inputs are built.
    """

    def __init__(self, engine: Engine, settings: ModelSettings) -> None:
        self.engine = engine
        self.settings = settings

    @classmethod
    def load(cls, folder: str | Path, *, engine: str = "transformers", threads: int | None = None) -> "Generator":
        """Load a model folder.

        Parameters
        ----------
        folder : str or Path
            As :func:`medassist.training.fine_tune` or :func:`medassist.engines.export.export_model` writes it.
        engine : str
            ``"onnx"``: ONNX Runtime, what production runs, from an exported folder. ``"transformers"``: the reference,
            PyTorch in float32 on the CPU, from a folder that training wrote.
        threads : int, optional
            Threads of one computation; the engine's default if not given.

        Raises
        ------
        ModelPackageError
            If the folder or a file of it is missing, cannot be read, or the engine is unknown.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise ModelPackageError(f"There is no model folder {folder}; train a model or name another folder.")
        settings = ModelSettings.read(folder)
        return cls(_open_engine(engine, folder, settings, threads), settings)

    @classmethod
    def wrap(cls, model: Any, tokenizer: Any, settings: ModelSettings) -> "Generator":
        """Return a generator around a transformers model and tokenizer that are in memory, as during training."""
        from medassist.engines.reference import TransformersEngine

        return cls(TransformersEngine.wrap(model, tokenizer, no_repeat_ngram=settings.no_repeat_ngram), settings)

    def inputs(self, request: Request) -> list[str]:
        """Check a request and return what the model reads for it: one text, or by fusion one a passage.

        Raises
        ------
        InvalidRequestError
            If the request makes no sense (:func:`check_request`), or a text has too many tokens.
        """
        check_request(
            request.question,
            request.passages,
            request.options if request.options or request.kind == prompts.CHOOSE else None,
            request.max_new_tokens,
            task=request.task,
            beams=request.beams,
        )
        texts = prompts.model_inputs(
            request.question,
            request.passages[: self.settings.max_passages],
            self.engine.tokenise,
            reading=self.settings.reading,
            max_tokens=self.settings.max_input_tokens,
            options=request.options,
            task=request.task,
        )
        longest = max(self._count([text]) for text in texts)
        if longest > MAX_TEXT_TOKENS:
            raise InvalidRequestError(
                f"The question and its options have {longest} tokens, the limit is {MAX_TEXT_TOKENS}; shorten them."
            )
        return texts

    def respond(
        self, requests: Sequence[Request], on_piece: Callable[[int, str], bool] | None = None
    ) -> list[Generation]:
        """Answer requests together, in batches of one kind; each is answered as if it were alone.

        Parameters
        ----------
        requests : sequence of Request
        on_piece : callable, optional
            ``on_piece(row, piece)`` gets the pieces of request ``row``'s text as they are decoded: called for each
            token, with the whole words that it completes, so often with an empty piece. When it returns False, the
            request is given up: its text ends there. Requests that choose or search with beams have no pieces.

        Raises
        ------
        InvalidRequestError
            As :meth:`inputs`, before anything is computed.
        """
        texts = [self.inputs(request) for request in requests]
        answers: dict[int, Generation] = {}
        choosing = [row for row, request in enumerate(requests) if request.candidates]
        if choosing:
            answers |= self._choose(choosing, requests, texts)
        for beams in sorted({request.beams for request in requests if not request.candidates}):
            rows = [row for row, r in enumerate(requests) if not r.candidates and r.beams == beams]
            answers |= self._write(rows, requests, texts, beams, on_piece)
        return [answers[row] for row in range(len(requests))]

    def generate(
        self,
        question: str,
        passages: Sequence[prompts.TitledText],
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
        *,
        beams: int = 1,
    ) -> Generation:
        """Answer a question in the model's own words.

        Raises
        ------
        InvalidRequestError
            If the question is empty or too long, there are too many passages, or a number is out of range.
        """
        return self.respond([Request(question, passages, max_new_tokens=max_new_tokens, beams=beams)])[0]

    def stream(
        self,
        question: str,
        passages: Sequence[prompts.TitledText],
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
    ) -> Iterator[str]:
        """Return an iterator over the pieces of what :meth:`generate` answers, each as soon as it is decoded.

        A caller who stops reading stops the decoding.

        Raises
        ------
        InvalidRequestError
            As :meth:`generate`, at the call and not at the first piece.
        """
        request = Request(question, passages, max_new_tokens=max_new_tokens)
        self.inputs(request)
        return self._stream(request)

    def choose(self, question: str, passages: Sequence[prompts.TitledText], options: Mapping[str, str]) -> Generation:
        """Choose among options by their likelihood, never by parsing generated text.

        Each option's text is scored by the mean log-likelihood of its tokens, so that long options are not put at
        a disadvantage; a softmax over the scores gives the probabilities.

        Raises
        ------
        InvalidRequestError
            If a text is empty or too long, or there are fewer than 2 or more than 10 options.
        """
        return self.respond([Request(question, passages, options, prompts.CHOOSE)])[0]

    def judge(self, question: str, passages: Sequence[prompts.TitledText]) -> Generation:
        """Answer a question by yes, no or maybe, by their likelihood as :meth:`choose` does.

        Raises
        ------
        InvalidRequestError
            If the question is empty or too long, or there are too many passages.
        """
        return self.respond([Request(question, passages, task=prompts.JUDGE)])[0]

    def _choose(self, rows: list[int], requests: Sequence[Request], texts: list[list[str]]) -> dict[int, Generation]:
        candidates = [requests[row].candidates for row in rows]
        scores = self.engine.score([texts[row] for row in rows], [list(of_row.values()) for of_row in candidates])
        answers = {}
        for row, of_row, scored in zip(rows, candidates, scores, strict=True):
            probabilities = dict(zip(of_row, _softmax(scored), strict=True))
            choice = max(probabilities, key=lambda key: probabilities[key])
            answers[row] = Generation(
                of_row[choice],
                self.settings.name,
                choice,
                probabilities,
                input_tokens=self._count(texts[row]),
                use_baseline=requests[row].kind in self.settings.baseline_tasks,
            )
        return answers

    def _write(
        self,
        rows: list[int],
        requests: Sequence[Request],
        texts: list[list[str]],
        beams: int,
        on_piece: Callable[[int, str], bool] | None,
    ) -> dict[int, Generation]:
        decoders = [_PieceDecoder(self.engine) for _ in rows]

        def take(position: int, token: int) -> bool:
            return on_piece is None or on_piece(rows[position], decoders[position].push(token))

        written = self.engine.generate(
            [texts[row] for row in rows],
            [requests[row].max_new_tokens for row in rows],
            beams=beams,
            on_token=None if on_piece is None or beams > 1 else take,
        )
        answers = {}
        for row, tokens, decoder in zip(rows, written, decoders, strict=True):
            if on_piece is not None and beams == 1 and (rest := decoder.flush()):
                on_piece(row, rest)
            answers[row] = Generation(
                self.engine.decode(tokens),
                self.settings.name,
                input_tokens=self._count(texts[row]),
                output_tokens=len(tokens),
                use_baseline=prompts.ANSWER in self.settings.baseline_tasks,
            )
        return answers

    def _stream(self, request: Request) -> Iterator[str]:
        from queue import SimpleQueue
        from threading import Event, Thread

        pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
        abandoned = Event()

        def take(_row: int, piece: str) -> bool:
            if piece:
                pieces.put(piece)
            return not abandoned.is_set()

        def decode() -> None:
            try:
                self.respond([request], take)
            except Exception as error:  # handed to the reader below
                pieces.put(error)
            pieces.put(None)

        Thread(target=decode, daemon=True).start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            abandoned.set()

    def _count(self, texts: Sequence[str]) -> int:
        return sum(len(self.engine.tokenise(text)) + prompts.END_TOKENS for text in texts)


class _PieceDecoder:
    """Turns tokens into text as they come, holding back what the next token may still change."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tokens: list[int] = []
        self.sent = 0

    def push(self, token: int) -> str:
        """Take a token; return the words that it completes, up to the last space."""
        self.tokens.append(token)
        text = self.engine.decode(self.tokens)
        return self._release(text, text.rfind(" ") + 1)

    def flush(self) -> str:
        """Return what is left."""
        text = self.engine.decode(self.tokens)
        return self._release(text, len(text))

    def _release(self, text: str, end: int) -> str:
        piece = text[self.sent : end]
        self.sent = max(self.sent, end)
        return piece


def _softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    weights = [math.exp(score - highest) for score in scores]
    return [weight / sum(weights) for weight in weights]


def _open_engine(name: str, folder: Path, settings: ModelSettings, threads: int | None) -> Engine:
    """The one place where the engine is chosen."""
    if name == "transformers":
        from medassist.engines.reference import TransformersEngine

        missing = [needed for needed in REQUIRED_FILES if not (folder / needed).is_file()]
        if missing:
            raise ModelPackageError(f"The model folder {folder} lacks {', '.join(missing)}; train the model again.")
        return TransformersEngine(folder, no_repeat_ngram=settings.no_repeat_ngram, threads=threads)
    if name == "onnx":
        from medassist.engines.manifest import ONNX_FOLDER
        from medassist.engines.runtime import OnnxEngine

        return OnnxEngine(folder / ONNX_FOLDER, no_repeat_ngram=settings.no_repeat_ngram, threads=threads)
    raise ModelPackageError(f"There is no engine {name!r}; the engines are 'onnx' and 'transformers'.")
