"""Fitting the weights of abstention: a logistic regression whose signs are held, on development questions alone.

It sees the development halves of :mod:`medassist.experiments.abstention_sets`, MedQuAD's questions once more in the
forms in which people ask, the 30 off-topic questions, and questions made by rule
(:mod:`medassist.experiments.invented_questions`). Both indexes teach: MedQuAD's that knows much, the sample's that
knows little, so that the weights fit neither alone. Same inputs and seed, same weights.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from medassist import datasets
from medassist.answering.abstention import Features
from medassist.config import project_root
from medassist.datasets import Corpus
from medassist.experiments import question_forms
from medassist.experiments.abstention_sets import (
    Asked,
    answerable_questions,
    gather_all,
    unanswerable_questions,
)
from medassist.experiments.invented_questions import invented
from medassist.experiments.measures import DEVELOPMENT
from medassist.experiments.retrieval_sets import MEDQUAD

if TYPE_CHECKING:
    from medassist.retrieval import Index

SEED, INVENTED = 29, 250
RIDGE = 0.002  # of the squared standardised weights: enough that two features that say the same share the weight
# What may speak against an answer, and what may do either; everything else may only speak for it.
FALLING, FREE = frozenset({"unknown", "size"}), frozenset({"length", "single"})
# How much a question counts beside others of its index and side; groups that are not named count 1.
WEIGHTS: Mapping[str, float] = {"medquad forms": 0.5, "liveqa": 4.0, "lay": 2.0, "by hand": 4.0, "off topic": 2.0}
BY_HAND = "by hand"
ASTRAY = ("off topic", "other field", "neighbouring field", "instruction")  # what messages are made to end with


@dataclass(frozen=True, slots=True)
class Example:
    """A question's evidence, whether it is answerable, and how much it counts."""

    evidence: Features
    answerable: bool
    weight: float


def fit(examples: Sequence[Example]) -> tuple[dict[str, float], float]:
    """Return the weights of the features, and the intercept.

    The sum of the weighted logistic losses and of a ridge penalty is minimised by L-BFGS-B (Byrd et al. 1995), whose
    bounds hold the signs. Examples of the two answers count the same as wholes.
    """
    from scipy.optimize import minimize

    names = [field.name for field in fields(Features)]
    table = np.array([astuple(example.evidence) for example in examples])
    right = np.array([example.answerable for example in examples])
    weight = np.array([example.weight for example in examples])
    weight = weight / np.where(right, weight[right].sum(), weight[~right].sum()) / 2
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    scaled = np.column_stack([(table - mean) / spread, np.ones(len(table))])  # (examples, features + 1)

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total = scaled @ coefficients
        penalty = RIDGE * np.append(coefficients[:-1], 0.0)
        gradient = scaled.T @ (weight * (1 / (1 + np.exp(-total)) - right)) + penalty
        return float(weight @ np.logaddexp(0, np.where(right, -total, total)) + penalty @ coefficients / 2), gradient

    bounds = [*(_bounds(name) for name in names), (None, None)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return {name: round(float(value), 2) for name, value in zip(names, weights, strict=True)}, round(
        float(found[-1] - weights @ mean), 2
    )


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in FREE:
        return None, None
    return (None, 0.0) if name in FALLING else (0.0, None)


def make_examples(
    index: "Index", corpus: Corpus, liveqa: Sequence[Path] = (), lay: Corpus | None = None, *, progress: bool = False
) -> list[Example]:
    """Return what one index teaches; its two sides count 1 each, whatever their numbers.

    ``lay`` is another corpus whose questions this one answers for the most part: the sample's, in lay words.
    """
    known = [asked for asked in answerable_questions(corpus, liveqa) if asked.half == DEVELOPMENT]
    others = [replace(asked, group="lay") for asked in (answerable_questions(lay) if lay else ())]
    generator = random.Random(SEED)
    asked_for = [
        *known,
        *_in_forms(known, corpus, generator),
        *(asked for asked in others if asked.half == DEVELOPMENT),
        *_unanswerable(index, corpus, generator),
    ]
    found = gather_all(index, asked_for, progress=progress)
    weights = [WEIGHTS.get(asked.group, 1.0) for asked, _ in found]
    sides: dict[bool, float] = defaultdict(float)
    for (asked, _), weight in zip(found, weights, strict=True):
        sides[asked.answerable] += weight
    return [
        Example(evidence, asked.answerable, weight / sides[asked.answerable])
        for (asked, evidence), weight in zip(found, weights, strict=True)
    ]


def _in_forms(known: Iterable[Asked], corpus: Corpus, generator: random.Random) -> list[Asked]:
    """MedQuAD's questions as people would ask them: plainly, in a message, misspelt."""
    documents = {document.document_id: document for document in corpus.documents}
    questions = {question.query_id: question for question in corpus.questions}
    found = []
    for asked in known:
        if asked.group == MEDQUAD:
            question, names = questions[asked.query_id], corpus.synonyms.get(questions[asked.query_id].topic, ())
            for form in ("plain", "message", "misspelt"):
                reworded = question_forms.reword(question, documents[asked.query_id], names, form, generator)
                if reworded is not None:
                    found.append(Asked(asked.query_id, reworded.text, "medquad forms", True, DEVELOPMENT))
    return found


def _unanswerable(index: "Index", corpus: Corpus, generator: random.Random) -> list[Asked]:
    """What was written by hand, off-topic questions, and what is made by rule of both."""
    by_hand = [asked for asked in unanswerable_questions() if asked.half == DEVELOPMENT]
    off_topic = [
        Asked(question.query_id, question.text, "off topic", False, DEVELOPMENT)
        for question in datasets.load_queries(project_root() / "data" / "off_topic.jsonl")
    ]
    astray = [asked.text for asked in (*off_topic, *by_hand) if asked.group in ASTRAY]
    vocabulary = index.vocabulary
    words = sorted(
        word for word in vocabulary.english if 4 <= len(word) <= 8 and 3 <= vocabulary.counts.get(word, 0) <= 400
    )
    topics = sorted({document.topic.lower() for document in corpus.documents if document.topic})
    drawn = invented(generator, INVENTED, words=words, topics=topics, off_topic=astray)
    made = [Asked(f"made-{n}", text, f"made: {kind}", False, DEVELOPMENT) for n, (kind, text) in enumerate(drawn)]
    by_hand = [replace(asked, group=BY_HAND) for asked in by_hand]
    return [*by_hand, *off_topic, *made]
