"""The production path: a question in, a safe answer with its sources out."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from medassist import baselines
from medassist.answering import abstention, advice, grounding, urgency
from medassist.answering.redaction import Redactor
from medassist.answering.redactors import make_redactor
from medassist.config import PROVEN, Settings
from medassist.errors import EndpointError, InvalidRequestError
from medassist.index import spelling
from medassist.index.vocabulary import Vocabulary
from medassist.schemas import Answer, Generation, Hit, Passage, Statement, Urgent
from medassist.text import sentences

logger = logging.getLogger(__name__)

MAX_QUESTION_CHARACTERS = 2_000
MAX_TOP_K = 20
MIN_OPTIONS, MAX_OPTIONS = 2, 10
MAX_OPTION_NAME, MAX_OPTION_CHARACTERS = 20, 500
# Of the model's statements so many must be supported; with fewer, what is left would be a torso.
MIN_SHARE_SUPPORTED = 0.5

ABSTENTION = (
    "I can't answer that from my sources. Try to ask about one condition, medicine or test by its name, or ask a "
    "health professional."
)

# Values of Answer.fallback: why the model's own words are not shown.
URGENT = "urgent"
NOTHING_CLOSE = "no passage is close enough to the question"
ENDPOINT_FAILED = "the model could not answer in time"
UNSUPPORTED = "the model's text was not supported by the passages"
UNPROVEN = "the model here has not been shown to answer better than quotations do"
UNPROVEN_CHOICE = (
    "the model here has not been shown to choose better than simple rules do; the choice is the option that shares "
    "most words with the passages"
)


class PassageIndex(Protocol):
    """What the assistant needs of :class:`medassist.retrieval.Index`."""

    @property
    def version(self) -> str: ...

    @property
    def encoder(self) -> grounding.SentenceEncoder: ...

    @property
    def vocabulary(self) -> Vocabulary: ...

    def search(self, query: str, top_k: int = 10) -> list[Hit]: ...

    def search_batch(self, queries: Sequence[str], top_k: int = 10, *, method: str = "hybrid") -> list[list[Hit]]: ...

    def __len__(self) -> int: ...


class Model(Protocol):
    """What the assistant needs of :class:`medassist.endpoint.EndpointClient`."""

    def generate(
        self, question: str, passages: Sequence[Passage], options: Mapping[str, str] | None = None
    ) -> Generation: ...


class Assistant:
    """Answers questions from the passages of an index, with the help of a model where its words are supported."""

    def __init__(self, index: PassageIndex, model: Model, settings: Settings, redactor: Redactor | None = None) -> None:
        self.index = index
        self.model = model
        self.settings = settings
        self.redactor = redactor or make_redactor(settings)

    def answer(self, question: str, top_k: int | None = None, options: Mapping[str, str] | None = None) -> Answer:
        """Answer a question; every statement of the answer cites a passage that was retrieved for it.

        Parameters
        ----------
        question : str
            1 to 2,000 characters.
        top_k : int, optional
            Passages to read, 1 to 20; ``settings.top_k`` if not given.
        options : mapping of str to str, optional
            2 to 10 options of a multiple-choice question; the answer's ``choice`` is one of the keys.

        Raises
        ------
        InvalidRequestError
            If an argument is out of its range.
        """
        question, top_k, options = _validated(question, top_k, options, self.settings.top_k)
        urgent = self._screen(question)
        draft = self._redacted(question, options)
        if urgent:
            return self._close(draft, fallback=URGENT, urgent=urgent)

        with draft.stage("retrieve"):
            draft.hits = self.index.search(draft.query, top_k)
        if not abstention.is_answerable(draft.query, draft.hits, self.settings, self.index):
            return self._close(draft, fallback=NOTHING_CLOSE)

        with draft.stage("generate"):
            draft.generation = self._generate(draft)
        with draft.stage("ground"):
            statements = self._supported(draft)
            quotations = [] if statements else self._quotations(draft)
        if statements:
            return self._close(draft, statements)
        return self._close(draft, quotations, fallback=_why_quoted(draft))

    def _screen(self, question: str) -> Urgent | None:
        contacts = self.settings
        return urgency.screen(
            question,
            contacts.emergency_phone,
            crisis_line=contacts.crisis_line,
            poison_centre=contacts.poison_centre,
        )

    def _redacted(self, question: str, options: Mapping[str, str]) -> "_Draft":
        """Begin a draft: what is retrieved, generated, shown and stored from here on knows no identifiers."""
        asked, *chosen = self.redactor.redact_all([question, *options.values()])
        kinds = dict.fromkeys(kind for redaction in (asked, *chosen) for kind in redaction.kinds)
        redacted_options = dict(zip(options, (redaction.text for redaction in chosen), strict=True))
        return _Draft(asked.text, redacted_options, redacted=tuple(kinds))

    def _generate(self, draft: "_Draft") -> Generation | None:
        passages = [hit.passage for hit in draft.hits]
        try:
            generation = self.model.generate(draft.question, passages, options=draft.options or None)
        except (EndpointError, InvalidRequestError) as error:  # the latter: the model refuses what we accepted
            logger.warning("answering by quotation: %s", type(error).__name__)
            return None
        draft.unproven = generation.use_baseline and self.settings.model_words == PROVEN
        if draft.unproven and draft.options:
            choice = baselines.choose_by_overlap(draft.options, passages)
            return replace(generation, text=draft.options[choice], choice=choice, probabilities={})
        return generation

    def _supported(self, draft: "_Draft") -> list[Statement]:
        """Return the model's statements that the passages support; none if too few of them are."""
        if draft.generation is None or draft.options or draft.unproven:
            return []
        written = draft.generation.text
        statements = grounding.ground(
            written, draft.question, draft.hits, self.index.encoder, min_support=self.settings.min_support
        )
        return statements if len(statements) >= MIN_SHARE_SUPPORTED * len(sentences(written)) else []

    def _quotations(self, draft: "_Draft") -> list[Statement]:
        """Return the passages' sentences that answer best; the question's slips are put right, as for the search."""
        query = spelling.correct(draft.query, self.index.vocabulary)
        return grounding.extract(query, draft.hits, self.index.encoder)

    def _close(
        self,
        draft: "_Draft",
        statements: Sequence[Statement] = (),
        *,
        fallback: str = "",
        urgent: Urgent | None = None,
    ) -> Answer:
        generation = draft.generation or Generation("", model="")
        shown = " ".join(statement.text for statement in statements) or ABSTENTION
        return Answer(
            question=draft.question,
            answer=urgent.message if urgent else shown,
            statements=tuple(statements),
            passages=tuple(draft.hits),
            abstained=not statements,
            extractive=bool(statements) and (bool(fallback) or bool(draft.options)),
            fallback=fallback,
            urgent=urgent,
            disclaimer=advice.DISCLAIMER,
            model=generation.model,
            index=self.index.version,
            timings_ms=draft.timings(),
            choice=generation.choice,
            probabilities=dict(generation.probabilities),
            redacted=draft.redacted,
            advice="" if urgent else advice.point_to_professional(draft.question),
            options=dict(draft.options),
        )


@dataclass(slots=True)
class _Draft:
    """An answer in the making: what is known so far, and how long each stage took."""

    question: str
    options: dict[str, str]
    redacted: tuple[str, ...] = ()
    hits: list[Hit] = field(default_factory=list)
    generation: Generation | None = None
    unproven: bool = False  # in this task the model did not beat the trivial baselines
    _started: float = field(default_factory=time.perf_counter)
    _stages: dict[str, float] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """What is searched for: the question, and the options where it has some."""
        return " ".join([self.question, *self.options.values()])

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._stages[name] = time.perf_counter() - started

    def timings(self) -> dict[str, float]:
        seconds = {**self._stages, "total": time.perf_counter() - self._started}
        return {name: round(1000 * value, 1) for name, value in seconds.items()}


def _why_quoted(draft: _Draft) -> str:
    if draft.generation is None:
        return ENDPOINT_FAILED
    if draft.unproven:
        return UNPROVEN_CHOICE if draft.options else UNPROVEN
    return "" if draft.options else UNSUPPORTED


def _validated(question: object, top_k: object, options: object, default_top_k: int) -> tuple[str, int, dict[str, str]]:
    """Return the arguments in their final form; raise InvalidRequestError for one that is out of its range."""
    return _validated_question(question), _validated_top_k(top_k, default_top_k), _validated_options(options)


def _validated_question(question: object) -> str:
    if not isinstance(question, str):
        raise InvalidRequestError(f"The question is {_kind(question)}, but must be text; send it as a string.")
    if not question.strip():
        raise InvalidRequestError(
            f"The question is empty, but must have 1 to {MAX_QUESTION_CHARACTERS:,} characters; write one."
        )
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise InvalidRequestError(
            f"The question has {len(question):,} characters, but the limit is {MAX_QUESTION_CHARACTERS:,}; shorten it."
        )
    return _encodable("question", question.strip())


def _validated_top_k(top_k: object, default: int) -> int:
    if top_k is None:
        return default
    if isinstance(top_k, bool) or not isinstance(top_k, int):
        raise InvalidRequestError(f"top_k is {_kind(top_k)}, but must be a whole number from 1 to {MAX_TOP_K}.")
    if not 1 <= top_k <= MAX_TOP_K:
        raise InvalidRequestError(f"top_k is {top_k}, but must be from 1 to {MAX_TOP_K}; choose a number between.")
    return top_k


def _validated_options(options: object) -> dict[str, str]:
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise InvalidRequestError(f'options is {_kind(options)}, but must be an object such as {{"A": "yes", …}}.')
    if not MIN_OPTIONS <= len(options) <= MAX_OPTIONS:
        raise InvalidRequestError(
            f"There are {len(options)} options, but there must be {MIN_OPTIONS} to {MAX_OPTIONS}; add or drop some."
        )
    for key, text in options.items():
        if not isinstance(key, str) or not isinstance(text, str) or not key.strip() or not text.strip():
            raise InvalidRequestError("An option's name or text is empty or no text; each must be a string.")
        if len(key) > MAX_OPTION_NAME or len(text) > MAX_OPTION_CHARACTERS:
            raise InvalidRequestError(
                f"An option has {len(text):,} characters and a name of {len(key)}, but the limits are "
                f"{MAX_OPTION_CHARACTERS} and {MAX_OPTION_NAME}; shorten it."
            )
    return {_encodable("option", key): _encodable("option", text) for key, text in options.items()}


def _encodable(name: str, text: str) -> str:
    """Refuse what is no Unicode text: halves of surrogate pairs, which JSON can carry."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequestError(
            f"The {name} holds a broken character at position {error.start}; send it again as valid Unicode."
        ) from error
    return text


def _kind(value: object) -> str:
    """Name a JSON value's type for a person."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")
