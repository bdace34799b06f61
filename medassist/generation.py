"""T5 at work: from a question and its passages to text, to a choice among options, or to a stream of words.

A model folder holds what ``save_pretrained`` writes plus ``medassist.json``: how the model's inputs are built
(token limit, passages) and what it is called. Both are checked at load. The engine that computes is chosen in
:func:`_open_engine`, by an explicit name.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from medassist import prompts
from medassist.errors import InvalidRequestError, ModelPackageError
from medassist.schemas import Generation

FORMAT = 1
SETTINGS_FILE = "medassist.json"
REQUIRED_FILES = (SETTINGS_FILE, "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")

MAX_QUESTION_CHARACTERS = 4_000  # exam questions with a whole case history have up to about 3,600
MAX_PASSAGES = 20  # as many as the API's top_k allows
MAX_OPTIONS = 10
MAX_NEW_TOKENS = 256  # about 180 words: longer than any target the model learns from
DEFAULT_NEW_TOKENS = 64


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What must be known of a model to read it again; stored as ``medassist.json`` in its folder.

    Parameters
    ----------
    name : str
        What answers call the model.
    base_model : str
        What it was fine-tuned from.
    max_input_tokens : int
        Token budget of one input, the same in training and serving.
    max_passages : int
        Passages that the model was trained to read; more are not given to it.
    no_repeat_ngram : int
        Word pieces in a row that greedy decoding may not repeat; 0 allows repetition. Small models loop without it.
    format : int
        Version of this file.
    """

    name: str
    base_model: str
    max_input_tokens: int
    max_passages: int
    no_repeat_ngram: int = 3
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the settings into a model folder."""
        (folder / SETTINGS_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "ModelSettings":
        """Read the settings of a model folder.

        Raises
        ------
        ModelPackageError
            If the file is missing, not ours, or of another format version.
        """
        path = folder / SETTINGS_FILE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            found = values["format"]
            known = {field.name for field in fields(cls)}
            settings = cls(**{name: value for name, value in values.items() if name in known})
        except FileNotFoundError as error:
            raise ModelPackageError(f"{folder} holds no {SETTINGS_FILE}; train the model with medassist.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelPackageError(
                f"{path} is not a medassist model's settings file; train the model again."
            ) from error
        if found != FORMAT:
            raise ModelPackageError(
                f"{path} has format version {found}, but this version reads {FORMAT}; train the model again."
            )
        return settings


class Engine(Protocol):
    """What computes: text in, text and likelihoods out. Knows nothing of questions and passages."""

    def tokenise(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the (start, end) characters of each token, without special tokens."""
        ...

    def generate(self, text: str, max_new_tokens: int) -> tuple[str, int]:
        """Return the greedy continuation and its number of tokens, the end token included."""
        ...

    def stream(self, text: str, max_new_tokens: int) -> Iterator[str]:
        """Yield the text of :meth:`generate` piece by piece as it is decoded."""
        ...

    def score(self, text: str, targets: Sequence[str]) -> list[float]:
        """Return the mean log-likelihood of a token of each target, its end token included."""
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
            As :func:`medassist.training.fine_tune` writes it.
        engine : str
            ``"transformers"``: the reference engine, PyTorch in float32 on the CPU.
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
        missing = [name for name in REQUIRED_FILES if not (folder / name).is_file()]
        if missing:
            raise ModelPackageError(f"The model folder {folder} lacks {', '.join(missing)}; train the model again.")
        settings = ModelSettings.read(folder)
        return cls(_open_engine(engine, folder, settings, threads), settings)

    def prompt(
        self, question: str, passages: Sequence[prompts.TitledText], options: Mapping[str, str] | None = None
    ) -> str:
        """Return the input that the model reads for a question."""
        return prompts.concatenate(
            question,
            passages[: self.settings.max_passages],
            self.engine.tokenise,
            max_tokens=self.settings.max_input_tokens,
            options=options,
        )

    def generate(
        self,
        question: str,
        passages: Sequence[prompts.TitledText],
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
    ) -> Generation:
        """Answer a question in the model's own words, greedily.

        Raises
        ------
        InvalidRequestError
            If the question is empty or too long, there are too many passages, or ``max_new_tokens`` is out of range.
        """
        check_request(question, passages, None, max_new_tokens)
        text = self.prompt(question, passages)
        answer, written = self.engine.generate(text, max_new_tokens)
        return Generation(answer, self.settings.name, input_tokens=self._count(text), output_tokens=written)

    def stream(
        self,
        question: str,
        passages: Sequence[prompts.TitledText],
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
    ) -> Iterator[str]:
        """Return an iterator over the pieces of what :meth:`generate` answers, each as soon as it is decoded.

        Raises
        ------
        InvalidRequestError
            As :meth:`generate`, at the call and not at the first piece.
        """
        check_request(question, passages, None, max_new_tokens)
        return self.engine.stream(self.prompt(question, passages), max_new_tokens)

    def choose(self, question: str, passages: Sequence[prompts.TitledText], options: Mapping[str, str]) -> Generation:
        """Choose among options by their likelihood, never by parsing generated text.

        Each option's text is scored by the mean log-likelihood of its tokens, so that long options are not put at
        a disadvantage; a softmax over the scores gives the probabilities.

        Raises
        ------
        InvalidRequestError
            If a text is empty or too long, or there are fewer than 2 or more than 10 options.
        """
        check_request(question, passages, options, DEFAULT_NEW_TOKENS)
        text = self.prompt(question, passages, options)
        scores = self.engine.score(text, list(options.values()))
        probabilities = dict(zip(options, _softmax(scores), strict=True))
        choice = max(probabilities, key=lambda key: probabilities[key])
        return Generation(
            options[choice], self.settings.name, choice, probabilities, input_tokens=self._count(text), output_tokens=0
        )

    def _count(self, text: str) -> int:
        return len(self.engine.tokenise(text)) + prompts.END_TOKENS


def check_request(
    question: object, passages: Sequence[object], options: Mapping[str, str] | None, max_new_tokens: object
) -> None:
    """Check what a caller wants of the model.

    Raises
    ------
    InvalidRequestError
        With the value, the limit and what to do.
    """
    if not isinstance(question, str) or not question.strip():
        raise InvalidRequestError("The question is empty; send some text as question.")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise InvalidRequestError(
            f"The question has {len(question)} characters, the limit is {MAX_QUESTION_CHARACTERS}; shorten it."
        )
    if len(passages) > MAX_PASSAGES:
        raise InvalidRequestError(f"There are {len(passages)} passages, the limit is {MAX_PASSAGES}; send fewer.")
    if (
        not isinstance(max_new_tokens, int)
        or isinstance(max_new_tokens, bool)
        or not (1 <= max_new_tokens <= MAX_NEW_TOKENS)
    ):
        raise InvalidRequestError(
            f"max_new_tokens is {max_new_tokens!r}; send a whole number from 1 to {MAX_NEW_TOKENS}."
        )
    if options is not None:
        _check_options(options)


def _check_options(options: Mapping[str, str]) -> None:
    if not 2 <= len(options) <= MAX_OPTIONS:
        raise InvalidRequestError(f"There are {len(options)} options; send 2 to {MAX_OPTIONS}.")
    for key, text in options.items():
        if not isinstance(text, str) or not text.strip():
            raise InvalidRequestError(f"Option {key} is empty; send some text for each option.")
        if len(text) > MAX_QUESTION_CHARACTERS:
            raise InvalidRequestError(
                f"Option {key} has {len(text)} characters, the limit is {MAX_QUESTION_CHARACTERS}; shorten it."
            )


def _softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    weights = [math.exp(score - highest) for score in scores]
    return [weight / sum(weights) for weight in weights]


def _open_engine(name: str, folder: Path, settings: ModelSettings, threads: int | None) -> Engine:
    """The one place where the engine is chosen."""
    if name == "transformers":
        return TransformersEngine(folder, no_repeat_ngram=settings.no_repeat_ngram, threads=threads)
    raise ModelPackageError(f"There is no engine {name!r}; the engine is 'transformers'.")


class TransformersEngine:
    """The reference engine: PyTorch in float32 on the CPU, one text at a time.

    Parameters
    ----------
    folder : Path
        What ``save_pretrained`` wrote for model and tokenizer.
    no_repeat_ngram : int
        See :class:`ModelSettings`.
    threads : int, optional
        PyTorch's threads, for the whole process.

    Raises
    ------
    ModelPackageError
        If the folder cannot be loaded.
    """

    def __init__(self, folder: Path, *, no_repeat_ngram: int = 0, threads: int | None = None) -> None:
        import torch
        from transformers import AutoTokenizer, T5ForConditionalGeneration

        if threads:
            torch.set_num_threads(threads)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = T5ForConditionalGeneration.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        except Exception as error:  # a broken file raises whatever its parser raises
            raise ModelPackageError(f"The model in {folder} cannot be loaded ({error}); train it again.") from error
        self._use(model, tokenizer, no_repeat_ngram)

    @classmethod
    def wrap(cls, model: Any, tokenizer: Any, *, no_repeat_ngram: int = 0) -> "TransformersEngine":
        """Return an engine around a model and a tokenizer that are in memory already, as during training."""
        engine = cls.__new__(cls)
        engine._use(model, tokenizer, no_repeat_ngram)
        return engine

    def _use(self, model: Any, tokenizer: Any, no_repeat_ngram: int) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.no_repeat_ngram = no_repeat_ngram

    def tokenise(self, text: str) -> Sequence[tuple[int, int]]:
        """Return the (start, end) characters of each token, without special tokens."""
        return character_spans(self.tokenizer, text)

    def generate(self, text: str, max_new_tokens: int) -> tuple[str, int]:
        """Return the greedy continuation and its number of tokens, the end token included."""
        tokens = self._greedy(text, max_new_tokens)[0][1:]  # the first is the decoder's start token
        return self.tokenizer.decode(tokens, skip_special_tokens=True).strip(), len(tokens)

    def stream(self, text: str, max_new_tokens: int) -> Iterator[str]:
        """Yield the text of :meth:`generate` piece by piece; a caller who stops reading stops the decoding."""
        from queue import SimpleQueue
        from threading import Event, Thread

        pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
        abandoned = Event()
        decoder = _PieceDecoder(self.tokenizer)

        class Streamer:
            """What ``generate`` hands each batch of new tokens to: first the start token, then one at a time."""

            def put(self, tokens: Any) -> None:
                if piece := decoder.push(tokens.flatten().tolist()):
                    pieces.put(piece)

            def end(self) -> None:
                pass

        def decode() -> None:
            try:
                self._greedy(text, max_new_tokens, streamer=Streamer(), stop=abandoned.is_set)
            except Exception as error:  # handed to the reader below
                pieces.put(error)
            if rest := decoder.flush():
                pieces.put(rest)
            pieces.put(None)

        Thread(target=decode, daemon=True).start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            abandoned.set()

    def score(self, text: str, targets: Sequence[str]) -> list[float]:
        """Return the mean log-likelihood of a token of each target, its end token included."""
        import torch

        labels = self.tokenizer(list(targets), return_tensors="pt", padding=True)
        real = labels["attention_mask"].bool()  # (options, length)
        with torch.inference_mode():
            inputs = self._read(text)
            states = self.model.get_encoder()(**inputs).last_hidden_state.expand(len(targets), -1, -1)
            logits = self.model(
                encoder_outputs=(states,),
                attention_mask=inputs["attention_mask"].expand(len(targets), -1),
                labels=labels["input_ids"].to(states.device).masked_fill(~real.to(states.device), -100),
            ).logits.float()  # (options, length, vocabulary)
        chosen = logits.log_softmax(-1).cpu().gather(-1, labels["input_ids"].unsqueeze(-1)).squeeze(-1)
        means = (chosen * real).sum(-1) / real.sum(-1)
        return [float(mean) for mean in means]

    def _read(self, text: str) -> Any:
        return self.tokenizer(text, return_tensors="pt").to(self.model.device)

    def _greedy(self, text: str, max_new_tokens: int, *, streamer: Any = None, stop: Any = None) -> Any:
        import torch
        from transformers import StoppingCriteriaList

        criteria = StoppingCriteriaList()
        if stop is not None:
            criteria.append(lambda tokens, _scores, **_: torch.full((len(tokens),), stop(), device=tokens.device))
        with torch.inference_mode():
            return self.model.generate(
                **self._read(text),
                max_new_tokens=max_new_tokens,
                do_sample=False,
                num_beams=1,
                no_repeat_ngram_size=self.no_repeat_ngram,
                streamer=streamer,
                stopping_criteria=criteria,
            )


class _PieceDecoder:
    """Turns tokens into text as they come, holding back what the next token may still change."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.tokens: list[int] = []
        self.sent = 0

    def push(self, tokens: Sequence[int]) -> str:
        """Take tokens; return the words that they complete, up to the last space."""
        self.tokens.extend(tokens)
        text = self._text()
        return self._release(text, text.rfind(" ") + 1)

    def flush(self) -> str:
        """Return what is left."""
        text = self._text().rstrip()
        return self._release(text, len(text))

    def _text(self) -> str:
        return str(self.tokenizer.decode(self.tokens, skip_special_tokens=True)).lstrip()

    def _release(self, text: str, end: int) -> str:
        piece = text[self.sent : end]
        self.sent = max(self.sent, end)
        return piece


def character_spans(tokenizer: Any, text: str) -> Sequence[tuple[int, int]]:
    """Return the (start, end) characters of each token of ``text`` under a fast Hugging Face tokenizer."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    spans: Sequence[tuple[int, int]] = encoded["offset_mapping"]
    return spans
