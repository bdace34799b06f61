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
        self._scorer = scorer

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
        words = [word for word in tokenise([query])[0] if word in self._scorer.vocab_dict]
        if not words:
            return np.zeros(self._scorer.scores["num_docs"], np.float32)
        return np.asarray(self._scorer.get_scores(words), np.float32)


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
        rows = rows[np.argpartition(-scores[rows], count)[:count]]
    return [int(row) for row in rows[np.lexsort((rows, -scores[rows]))]]
