"""How probable it is that a passage says what a statement says: the support of the statement.

A statement is held against sentences of one passage that follow each other, and its words against theirs
(:mod:`~medassist.answering.alignment`). It has no support at all where

- a number is not there, or not with the same unit,
- what one denies the other asserts,
- a word has its opposite in the other text ("increase", "decrease").

Whole sentences of a passage, word for word, have full support. In between, a logistic regression weighs what speaks for
and against: words that are missing, how near in meaning the words in their places are, words that stand out of their
place, how near the whole statement is. Its weights were fitted by :mod:`medassist.experiments.support_fitting`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from medassist.answering.alignment import plain, tokens
from medassist.answering.comparison import Comparison, Source, worth
from medassist.answering.likeness import Likeness, measure
from medassist.answering.support_weights import INTERCEPT, WEIGHTS
from medassist.schemas import Hit

# Support below which a statement is not shown; the default of Settings.min_support.
MIN_SUPPORT = 0.6
CANDIDATES = 2  # stretches that a statement is held against closely, after all have been compared by their words


class SentenceEncoder(Protocol):
    """What grounding needs of :class:`medassist.encoder.Encoder`."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), dimension)."""
        ...


@dataclass(frozen=True, slots=True)
class Support:
    """A statement's support: the passage's ``number`` (from 1) and a probability in [0, 1]."""

    number: int
    value: float


class Evidence:
    """The passages that statements are held against."""

    def __init__(self, hits: Sequence[Hit], encoder: SentenceEncoder) -> None:
        self.sources = [Source(hit.passage) for hit in hits]
        self.encoder = encoder

    def support(self, statements: Sequence[str]) -> list[Support]:
        """Return each statement's best support; number 0 and value 0 where nothing supports it."""
        best = [self._quoted(statement) for statement in statements]
        rows = [row for row, found in enumerate(best) if not found.number]
        comparisons = [(row, comparison) for row in rows for comparison in self.compare(statements[row])]
        likenesses = self.likenesses([comparison for _, comparison in comparisons])
        for (row, comparison), likeness in zip(comparisons, likenesses, strict=True):
            value = probability(likeness)
            if value > best[row].value:
                best[row] = Support(comparison.number, value)
        return best

    def compare(self, statement: str) -> list[Comparison]:
        """Return the comparisons with the stretches that share most words, those that nothing contradicts."""
        needed = {token.stem for token in tokens(statement)}
        if not needed:
            return []
        ranked = sorted(
            (-worth(needed, stretch, source), number, order)
            for number, source in enumerate(self.sources, start=1)
            for order, stretch in enumerate(source.stretches)
        )[:CANDIDATES]
        found = [
            Comparison(statement, self.sources[number - 1].stretches[order], self.sources[number - 1], number)
            for _, number, order in ranked
        ]
        return [comparison for comparison in found if not comparison.contradicts()]

    def likenesses(self, comparisons: Sequence[Comparison]) -> list[Likeness]:
        """Return how alike statement and stretch are in each comparison."""
        if not comparisons:
            return []
        said, bare, parts = zip(
            *((plain(c.statement), c.bare(), c.stretch.part(c.alignment)) for c in comparisons), strict=True
        )
        phrases = [
            phrase
            for c in comparisons
            for exchange in c.exchanges()
            for phrase in (exchange.said, exchange.written, exchange.said_in_context, exchange.written_in_context)
        ]
        words = [
            token.word
            for c in comparisons
            if c.missing
            for token in [*(c.said[row] for row in c.missing), *(c.stretch.tokens[place] for place in c.free)]
        ]
        vectors = self._vectors([*said, *bare, *parts, *phrases, *words])
        return [
            measure(c, vectors, max(float(vectors[s] @ vectors[p]), float(vectors[b] @ vectors[p])))
            for c, s, b, p in zip(comparisons, said, bare, parts, strict=True)
        ]

    def _vectors(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        distinct = list(dict.fromkeys(texts))
        return dict(zip(distinct, self.encoder.encode(distinct), strict=True))

    def _quoted(self, statement: str) -> Support:
        number = next((n for n, source in enumerate(self.sources, start=1) if source.quotes(statement)), 0)
        return Support(number, 1.0 if number else 0.0)


def probability(likeness: Likeness) -> float:
    """Return the probability that a statement is supported, by the logistic regression."""
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in likeness.terms().items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))
