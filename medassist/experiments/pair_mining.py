"""Question, passage that answers, passage that does not: what an encoder is fine-tuned on.

They are made from MedQuAD's questions that no development set asks about, each in one of several forms
(:mod:`medassist.experiments.question_forms`). The passage that answers is the one of the question's own document that
the index's encoder finds nearest. The one that does not is drawn from the first hits that the same encoder gives and
that are about another condition or another side of it. Where the question describes what a document says, without a
name, hits that are nearly as near as the answer too often answer as well and are passed over (Moreira et al. 2024,
NV-Retriever, positive-aware mining).
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medassist.datasets import Corpus
from medassist.errors import ConfigurationError
from medassist.experiments import question_forms
from medassist.experiments.encoder_pairs import TRAIN, VALIDATION, Pair
from medassist.experiments.retrieval_sets import Conditions, RetrievalSet
from medassist.passages import indexed_text
from medassist.schemas import Passage, Question

if TYPE_CHECKING:
    from medassist.retrieval import Index

LOOKED_AT = 40  # hits among which negatives are sought
DRAWN_FROM = 8  # first of those that qualify
NEAREST = 0.95  # of the answer's own cosine: what is nearer is left out
UNTITLED = 0.3  # of the rows show their passages without the title, which all but repeats MedQuAD's questions


@dataclass(frozen=True, slots=True)
class PairSettings:
    """How many questions are drawn, in how many forms each, and how many conditions are kept for validation."""

    questions: int = 12_000
    rounds: int = 1  # each question in so many forms
    validation: int = 400  # questions, of conditions that the training side does not ask about
    seed: int = 13


def make_pairs(
    index: "Index", corpus: Corpus, training: RetrievalSet, settings: PairSettings | None = None
) -> dict[str, list[Pair]]:
    """Make the rows of both sides, by side; no condition stands on both.

    Parameters
    ----------
    index : Index
        Of the corpus; its encoder is the one that is going to be fine-tuned.
    corpus : Corpus
        MedQuAD, whose questions and answers share their ids.
    training : RetrievalSet
        From :func:`medassist.experiments.retrieval_sets.training_questions`.
    settings : PairSettings, optional

    Raises
    ------
    ConfigurationError
        If there are too few questions for both sides.
    """
    settings = settings or PairSettings()
    miner = _Miner(index, corpus, settings.seed)
    found: dict[str, list[Pair]] = {}
    for side, questions in _cut(training.questions, miner.conditions, settings).items():
        drawn = [
            pair
            for number in range(settings.rounds if side == TRAIN else 1)
            for pair in question_forms.draw_forms(questions, corpus, len(questions), settings.seed + number)
        ]
        found[side] = list(miner.mine(drawn))
    return found


def _cut(questions: Sequence[Question], conditions: Conditions, settings: PairSettings) -> dict[str, list[Question]]:
    """Draw whole conditions for validation until it has its questions, then training questions from the others."""
    by_condition: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        by_condition[conditions.of(question.topic)].append(question)
    names = sorted(by_condition)
    generator = random.Random(settings.seed)
    generator.shuffle(names)
    validation: list[Question] = []
    while names and len(validation) < settings.validation:
        validation += by_condition[names.pop()]
    rest = [question for name in names for question in by_condition[name]]
    if not rest or len(validation) < settings.validation:
        raise ConfigurationError(
            f"There are {len(questions)} questions to learn from, too few to keep {settings.validation} of them for "
            "validation; train on MedQuAD, or keep fewer."
        )
    rest = generator.sample(rest, min(settings.questions, len(rest)))
    return {TRAIN: rest, VALIDATION: validation[: settings.validation]}


class _Miner:
    """Finds each question's positive and negative passage."""

    def __init__(self, index: "Index", corpus: Corpus, seed: int) -> None:
        self.conditions = Conditions(corpus)
        self._index = index
        self._generator = random.Random(seed)
        self._documents = {document.document_id: document for document in corpus.documents}
        self._passages: dict[str, list[Passage]] = defaultdict(list)
        for passage in index.passages():
            self._passages[passage.document_id].append(passage)

    def mine(self, drawn: Iterable[tuple[Question, question_forms.Form]]) -> Iterator[Pair]:
        """Yield the rows; a question whose hits all answer it gives none."""
        drawn = list(drawn)
        for start in range(0, len(drawn), 256):
            part = drawn[start : start + 256]
            found = self._index.search_batch([form.text for _, form in part], LOOKED_AT, method="dense")
            for (question, form), hits in zip(part, found, strict=True):
                own = self._passages[question.query_id]
                vectors = self._index.encoder.encode([form.text, *map(indexed_text, own)])
                cosines = vectors[1:] @ vectors[0]
                best = int(np.argmax(cosines))
                others = [hit for hit in hits if not self._answers(question, hit.passage)]
                if form.exact:  # nobody labelled what else has such a sentence
                    others = [hit for hit in others if hit.similarity < NEAREST * cosines[best]] or others[-DRAWN_FROM:]
                if others:
                    negative = self._generator.choice(others[:DRAWN_FROM]).passage
                    yield self._pair(form.text, own[best], negative, question)

    def _pair(self, anchor: str, positive: Passage, negative: Passage, question: Question) -> Pair:
        untitled = self._generator.random() < UNTITLED
        first, second = ((passage.text if untitled else indexed_text(passage)) for passage in (positive, negative))
        return Pair(anchor, first, second, self.conditions.of(question.topic))

    def _answers(self, question: Question, passage: Passage) -> bool:
        """Whether a passage may answer: it is of the question's document, or about the same side of its condition."""
        if passage.document_id == question.query_id:
            return True
        own, other = self._documents[question.query_id], self._documents[passage.document_id]
        return own.aspect == other.aspect and self.conditions.of(own.topic) == self.conditions.of(other.topic)


def to_card(pairs: Mapping[str, Sequence[Pair]], sets: Sequence[RetrievalSet], training: RetrievalSet) -> str:
    """Return the table's card: what stands in it, how it was made, what was left out."""
    left_out = "\n".join(f"- {count:,}: {reason}" for reason, count in training.rejected_by_reason.items())
    asked = ", ".join(f"{found.name} ({len(found.questions):,})" for found in sets)
    return f"""# Pairs for an encoder

Rows of a question, the passage that answers it and one that does not (`anchor`, `positive`, `negative`), and which \
condition they are about: {len(pairs[TRAIN]):,} for training, {len(pairs[VALIDATION]):,} about other conditions for \
validation. Made by `medassist train-encoder`; the rules are in `medassist/experiments/pair_mining.py`.

Source: MedQuAD (Ben Abacha & Demner-Fushman 2019), CC BY 4.0. Its questions stand in one of these forms: \
{", ".join(dict.fromkeys(question_forms.FORMS))}; the words around a condition's name are ours.

## What is not in it

Nothing that a development set asks about: {asked}. Left out were

{left_out}
"""
