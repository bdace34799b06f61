"""The nouns of medassist, as frozen dataclasses: documents and passages, questions, hits, answers.

Ids are strings. Relevance judgements are plain dictionaries, ``qrels[query_id][document_id] = relevance``,
as in TREC and BEIR.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Qrels = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Document:
    """One trusted text, as its publisher wrote it.

    Parameters
    ----------
    document_id : str
        Unique in its corpus, without white space (it becomes a column of TREC run files).
    title, text : str
        What it is about, and the text itself. ``text`` is never empty.
    source : str
        Who published it, for people ("NIDDK").
    url : str
        Where it was published; empty when unknown.
    topic, aspect : str
        The condition, drug or test it is about ("Asthma") and the side of it ("symptoms"); may be empty.
    """

    document_id: str
    title: str
    text: str
    source: str = ""
    url: str = ""
    topic: str = ""
    aspect: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document, short enough to be encoded and read at once.

    ``topic`` and ``aspect`` are the document's, ``names`` the publisher's other names of the topic.
    """

    passage_id: str
    document_id: str
    title: str
    text: str
    source: str = ""
    url: str = ""
    topic: str = ""
    aspect: str = ""
    names: tuple[str, ...] = ()

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Passage":
        """Make a passage of what ``dataclasses.asdict`` made of one and JSON kept (where a tuple is a list)."""
        return cls(**{**record, "names": tuple(record.get("names", ()))})


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a data set, with its reference answer where it has one.

    ``options`` and ``correct`` are set for multiple-choice questions only: ``{"A": "...", ...}`` and its key.
    ``topic`` is what keeps questions about the same thing on one side of a split.
    """

    query_id: str
    text: str
    answer: str = ""
    topic: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    correct: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken: where it stood and why (``reason`` is a short fixed phrase, to be counted)."""

    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found for a query.

    Parameters
    ----------
    passage : Passage
    score : float
        The fused score that hits are ordered by, higher is better; comparable within one query only.
    similarity : float
        Cosine between query and passage, in [-1, 1].
    lexical : float
        BM25 score, at least 0.
    """

    passage: Passage
    score: float
    similarity: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Generation:
    """What T5 answered: ``text`` for a question; for options and judgements also ``choice`` and ``probabilities``.

    ``input_tokens`` and ``output_tokens`` count what the model read and wrote. ``use_baseline`` says that in this task
    the model did not beat what costs nothing (a quotation, the majority) on held-out examples, so that the product
    should not prefer it.
    """

    text: str
    model: str
    choice: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    use_baseline: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer; ``citations`` are numbers of passages (from 1), ``support`` is in [0, 1]."""

    text: str
    citations: tuple[int, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Urgent:
    """The fixed message shown before anything else when a question tells of urgent symptoms."""

    category: str
    message: str
    phone: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person gets for a question; the REST API serialises exactly this.

    ``answer`` is the statements' texts joined, or the abstention message. ``passages`` are the hits in order:
    passage ``n`` (from 1) is ``passages[n - 1]``. ``extractive`` says that the statements are quotations,
    ``fallback`` why the model's own words, or its choice, are not shown (empty when they are). ``probabilities`` are
    the model's; a choice that is not the model's has none.
    ``advice`` points to a professional where the question is about somebody's own diagnosis, dose or treatment.
    ``redacted`` names the kinds of identifiers that were taken out of the question and its options; ``options`` are
    those of a multiple-choice question, without them.
    ``timings_ms`` maps a stage (``retrieve``, ``generate``, ``ground``, ``total``) to milliseconds.
    """

    question: str
    answer: str
    statements: tuple[Statement, ...]
    passages: tuple[Hit, ...]
    abstained: bool
    extractive: bool
    fallback: str
    urgent: Urgent | None
    disclaimer: str
    model: str
    index: str
    timings_ms: Mapping[str, float]
    choice: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)
    redacted: tuple[str, ...] = ()
    advice: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
