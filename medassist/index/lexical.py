"""BM25 over the passages' stemmed words."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import bm25s

# BM25 as Robertson & Zaragoza (2009) recommend; bm25s' defaults.
BM25_K1, BM25_B = 1.5, 0.75


class Lexical:
    """BM25 over the passages' stemmed words."""

    def __init__(self, scorer: "bm25s.BM25") -> None:
        self._vocabulary: dict[str, int] = scorer.vocab_dict
        self._count = int(scorer.scores["num_docs"])
        self._data, self._rows, self._starts = (
            np.asarray(scorer.scores[name]) for name in ("data", "indices", "indptr")
        )

    @classmethod
    def load(cls, folder: Path) -> "Lexical":
        import bm25s

        return cls(bm25s.BM25.load(folder, mmap=True, show_progress=False))

    @staticmethod
    def write(folder: Path, texts: Sequence[str]) -> None:
        import bm25s

        scorer = bm25s.BM25(k1=BM25_K1, b=BM25_B)
        scorer.index(tokenise(texts), show_progress=False)
        scorer.save(folder, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the BM25 score of each passage, shape (passages,), at least 0."""
        words = tokenise([query])[0]
        return self.weighted_scores(words, [1.0] * len(words))

    def weighted_scores(self, words: Sequence[str], weights: Sequence[float]) -> NDArray[np.float32]:
        """Return the sum of the words' BM25 scores, each times its weight, by passage, shape (passages,)."""
        scores = np.zeros(self._count, np.float32)
        for word, weight in zip(words, weights, strict=True):
            rows, parts = self._column(word)
            scores[rows] += np.float32(weight) * parts  # a passage stands once in a column
        return scores

    def parts(self, words: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what each word adds to the score of each of some passages, shape (words, rows).

        ``rows`` rise strictly.
        """
        found = np.zeros((len(words), len(rows)), np.float32)
        for place, word in enumerate(words):
            column, parts = self._column(word)
            if len(column):
                at = np.minimum(np.searchsorted(column, rows), len(column) - 1)
                found[place] = np.where(column[at] == rows, parts[at], 0.0)
        return found

    def idf(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Return how rare each word is, as BM25 weighs it, shape (words,), above 0."""
        frequency = np.array([len(self._column(word)[0]) for word in words], np.float64)
        return np.asarray(np.log(1 + (self._count - frequency + 0.5) / (frequency + 0.5)))

    def _column(self, word: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The passages with a word, rising, and what the word adds to their scores."""
        place = self._vocabulary.get(word)
        if place is None:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        column = slice(self._starts[place], self._starts[place + 1])
        return self._rows[column], self._data[column]


def tokenise(texts: Sequence[str]) -> list[list[str]]:
    import bm25s
    import Stemmer

    tokens: list[list[str]] = bm25s.tokenize(
        list(texts), stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )
    return tokens


def best_rows(scores: NDArray[np.float32], count: int) -> list[int]:
    """Return the rows of the ``count`` best scores above 0, best first, earlier rows first among equals."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > count:
        rows = rows[np.argpartition(-scores[rows], count - 1)[:count]]
    return [int(row) for row in rows[np.lexsort((rows, -scores[rows]))]]
