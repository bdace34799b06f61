"""The passages that may answer a question, found by meaning and by words, in texts and in names; their first order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from medassist.index.aspects import aspects
from medassist.index.lexical import Lexical, best_rows
from medassist.index.names import NameMatches, Names

if TYPE_CHECKING:
    import faiss

Floats = NDArray[np.float32]

DEPTH = 100  # passages that each of the two searches of texts contributes at least
LABELS = 30  # names and titles that each of the two searches of labels contributes the passages of
# The first order's weights beside 1 for the cosine, round numbers that were looked at on the development sets (1,000
# MedQuAD questions, the same by other names, LiveQA-Med's, our sample), not fitted. nDCG@10, of the words as they are
# written: cosine alone 0.758, 0.334, 0.411, 0.805; with BM25 0.784, 0.346, 0.443, 0.829; with all 0.921, 0.705, 0.572,
# 0.820. Titles and names without the question whether it names anything: sample 0.778.
LEXICAL, TITLE, NAME, ASPECT = 0.2, 0.5, 0.3, 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is searched for: its text, its stemmed words with their weights, the vectors of its parts.

    ``vectors`` has shape (parts, dimension): one for a short question, one for each stretch of a long message.
    """

    text: str
    words: Sequence[str]
    weights: Sequence[float]
    vectors: Floats


@dataclass(frozen=True)
class Candidates:
    """Passages found for a question, with what speaks for each; all arrays have shape (candidates,).

    ``rows`` are their places in the index. Cosines are those of the best part of the question and, for ``name``, of the
    best of a passage's names; ``mass``, ``coverage`` and ``whole`` are the name's that the question's words match best
    (:class:`medassist.index.names.NameMatches`).
    """

    asked: Asked
    rows: NDArray[np.int64]
    cosine: Floats
    title: Floats
    name: Floats
    lexical: Floats
    match: Floats
    coverage: Floats
    mass: Floats
    whole: Floats
    aspects: NDArray[np.int32]
    name_total: float

    @cached_property
    def named(self) -> bool:
        """Whether the question has all words of a name of any of them.

        If not, names and titles say little: they only lie near to what it describes, and the texts decide.
        """
        return bool((self.whole > 0).any())

    @cached_property
    def fused(self) -> Floats:
        """The first order's score: cosine and BM25 and, where the question names a thing, names and aspect."""
        score = self.cosine + LEXICAL * relative(self.lexical)
        if self.named:
            agree = (self.aspects & aspects(self.asked.text)) > 0
            score = score + TITLE * self.title + NAME * relative(self.match) + ASPECT * agree
        return np.asarray(score, np.float32)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Places in the arrays by first order, best first; of equals the earlier passage."""
        return np.argsort(-self.fused, kind="stable")

    def best(self, count: int) -> "Candidates":
        """Return the ``count`` best by the first order, in the order of their rows; what is relative stays so."""
        kept = np.sort(self.order[:count])
        arrays = ("rows", "cosine", "title", "name", "lexical", "match", "coverage", "mass", "whole", "aspects")
        return replace(self, **{name: getattr(self, name)[kept] for name in arrays})


def relative(values: Floats) -> Floats:
    """Divide by the greatest value; all 0 stays 0."""
    greatest = float(values.max(initial=0.0))
    return values / np.float32(greatest) if greatest > 0 else np.zeros_like(values)


def find(asked: Asked, vectors: "faiss.Index", lexical: Lexical, names: Names, depth: int = DEPTH) -> Candidates:
    """Look for passages by the vectors and words of a question, in texts, titles and names.

    Parameters
    ----------
    vectors : faiss.Index
        Of the passages.
    depth : int
        Passages that each search of the texts contributes.
    """
    scores = lexical.weighted_scores(asked.words, asked.weights)
    matches = names.match(asked.words, asked.weights)
    rows = _found_rows(asked, vectors, scores, matches, names, depth)
    found = _cosines(asked, vectors, rows)
    titles, title_places = np.unique(names.title_of[rows], return_inverse=True)
    joined, begins = names.names_of.joined(rows)
    labels, places = np.unique(joined, return_inverse=True)

    def best(of_label: Floats) -> Floats:
        return np.maximum.reduceat(of_label[joined], begins)

    return Candidates(
        asked,
        rows,
        cosine=found,
        title=_cosines(asked, names.vectors, titles)[title_places],
        name=np.maximum.reduceat(_cosines(asked, names.vectors, labels)[places], begins),
        lexical=scores[rows],
        match=best(matches.score),
        coverage=best(matches.coverage),
        mass=best(matches.mass),
        whole=best(matches.whole),
        aspects=names.aspects_of[rows],
        name_total=matches.asked,
    )


def _found_rows(
    asked: Asked, vectors: "faiss.Index", scores: Floats, matches: NameMatches, names: Names, depth: int
) -> NDArray[np.int64]:
    """All passages that any of the four searches finds, rising."""
    near = vectors.search(asked.vectors, min(depth, len(scores)))[1].ravel()
    near_labels = names.vectors.search(asked.vectors, min(LABELS, names.vectors.ntotal))[1].ravel()
    labels = {int(label) for label in near_labels if label >= 0} | set(best_rows(matches.score, LABELS))
    called = [names.passages_of[label] for label in sorted(labels)]
    found = np.concatenate([near, np.array(best_rows(scores, depth), np.int64), *called])
    return np.unique(found[found >= 0]).astype(np.int64)  # FAISS pads with -1


def _cosines(asked: Asked, vectors: "faiss.Index", rows: NDArray[np.integer]) -> Floats:
    """The cosine of each row's vector and the part of the question that is nearest to it, shape (rows,)."""
    found = vectors.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
    return np.asarray((found @ asked.vectors.T).max(axis=1), np.float32)  # (rows, parts) -> (rows,)
