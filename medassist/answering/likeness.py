"""What speaks for and against a stretch of a passage saying what a statement says."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from medassist.answering.alignment import longest_order
from medassist.answering.comparison import NEAR, Comparison
from medassist.answering.word_kinds import TOPIC_NOUNS

STEP_BACK, STEP_ON = -3, 6  # words: counterparts of neighbours that are further apart were taken from different places

_PROPER = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What speaks for and against a stretch of a passage saying what a statement says.

    Parameters
    ----------
    words : int
        Content words of the statement.
    missing : int
        Those without a counterpart.
    strange : float
        Sum over these of how far in meaning (1 - cosine) the nearest word of their place is.
    strangest, strangest_anywhere : float
        The worst of them, the second against all words of the stretch; 0 where none is missing.
    unlike_place, unlike_place_worst : float
        1 - cosine between what is missing and the text in its place, run by run: sum, and worst.
    unlike_context, unlike_context_worst : float
        The same, each with a word on either side.
    unlike_anyhow : float
        The worst missing word, by the better of its likeness to the words and to the text in its place.
    elsewhere : int
        Missing words that stand elsewhere in the passage.
    proper : int
        Missing words that are written as names.
    foreign : int
        Words whose counterpart stands out of its place, while their neighbours' stand together.
    displaced : int
        Words whose counterpart follows neither neighbour's closely, as when two words have changed places.
    retitled : int
        Words of the title in the place of other words.
    leaps : int
        Neighbours whose counterparts stand far apart.
    together, in_order : float
        Share of the words whose counterparts follow each other closely, and stand in the same order.
    unused : float
        Share of the stretch's words that the statement has no use for.
    unlikeness : float
        1 - cosine between the statement and the part of the stretch that it draws on.
    denied_missing : int
        Missing words that the statement denies, where the stretch denies nothing.
    """

    words: int
    missing: int
    strange: float
    strangest: float
    strangest_anywhere: float
    unlike_place: float
    unlike_place_worst: float
    unlike_context: float
    unlike_context_worst: float
    unlike_anyhow: float
    elsewhere: int
    proper: int
    foreign: int
    displaced: int
    retitled: int
    leaps: int
    together: float
    in_order: float
    unused: float
    unlikeness: float
    denied_missing: int

    def terms(self) -> dict[str, float]:
        """Return the terms that the regression weighs, by name."""
        harm = self.unlikeness * self.words  # how much meaning one exchanged word would have cost
        missing = float(self.missing > 0)
        return {
            **{name: float(value) for name, value in asdict(self).items()},
            "words": min(self.words, 30) / 10,
            "any_missing": missing,
            "few_missing": float(min(self.missing, 2)),
            "share_missing": self.missing / self.words,
            "density_missing": 10 * missing / min(self.words, 30),
            "strangest_squared": self.strangest**2,
            "any_foreign": float(self.foreign > 0),
            "any_displaced": float(self.displaced > 0),
            "any_retitled": float(self.retitled > 0),
            "harm": math.log1p(harm),
            "harm_capped": min(harm, 3.0),
            "harm_missing": missing * harm,
            "harm_foreign": float(self.foreign > 0) * harm,
            "harm_leaps": float(self.leaps > 0) * harm,
        }


def measure(comparison: Comparison, words: Mapping[str, NDArray[np.float32]], cosine: float) -> Likeness:
    """Return how alike a statement and a stretch are, given the vectors of their words and phrases."""
    said, evidence, places = comparison.said, comparison.stretch.tokens, comparison.alignment.places
    missing, free = comparison.missing, comparison.free
    gaps = {row: comparison.place_of(row) for row in [*missing, *comparison.titled]}

    def strangeness(row: int, choice: Sequence[int]) -> float:
        own = words[said[row].word]
        return 1 - max((float(own @ words[evidence[place].word]) for place in choice), default=0.0)

    strange = {row: strangeness(row, gaps[row]) for row in missing}
    exchanges = comparison.exchanges()
    unlike = [_unlikeness(words, exchange.said, exchange.written) for exchange in exchanges]
    in_context = [_unlikeness(words, exchange.said_in_context, exchange.written_in_context) for exchange in exchanges]
    anyhow = [
        min(strange[row], apart)
        for exchange, apart in zip(exchanges, unlike, strict=True)
        for row in exchange.rows
        if row in strange
    ]
    telling = [place for place in free if not evidence[place].is_degree]
    anywhere = [strangeness(row, telling) for row in missing]
    names = {word.lower() for word in _PROPER.findall(comparison.statement)}
    steps = [second - first for first, second in pairwise(places) if first is not None and second is not None]
    return Likeness(
        words=len(said),
        missing=len(missing),
        strange=sum(strange.values()),
        strangest=max(strange.values(), default=0.0),
        strangest_anywhere=max(anywhere, default=0.0),
        unlike_place=sum(unlike),
        unlike_place_worst=max(unlike, default=0.0),
        unlike_context=sum(in_context),
        unlike_context_worst=max(in_context, default=0.0),
        unlike_anyhow=max(anyhow, default=0.0),
        elsewhere=sum(said[row].stem in comparison.source.stems for row in missing),
        proper=sum(said[row].word in names for row in missing),
        foreign=sum(_is_foreign(comparison, row) for row in range(len(said))),
        displaced=sum(_is_displaced(comparison, row) for row in range(len(said))),
        retitled=sum(
            any(evidence[place].stem not in TOPIC_NOUNS | comparison.source.title for place in gaps[row])
            for row in comparison.titled
        ),
        leaps=sum(not STEP_BACK <= step <= STEP_ON for step in steps),
        together=sum(0 < step < NEAR for step in steps) / max(1, len(said) - 1),
        in_order=longest_order(places) / len(said),
        unused=len(free) / max(1, len(evidence)),
        unlikeness=1 - cosine,
        denied_missing=0
        if any(token.denied for token in evidence)
        else sum(said[row].denied for row, place in enumerate(places) if place is None),
    )


def _unlikeness(vectors: Mapping[str, NDArray[np.float32]], said: str, written: str) -> float:
    return 1 - float(vectors[said] @ vectors[written]) if said and written else 1.0


def _is_foreign(comparison: Comparison, row: int) -> bool:
    place = comparison.alignment.places[row]
    if place is None or row in comparison.alignment.related:
        return False
    before, after = comparison.alignment.before(row), comparison.alignment.after(row)
    if any(at is not None and abs(place - at) <= NEAR for at in (before, after)):
        return False
    if before is None or after is None:
        return len(comparison.said) > NEAR - 1
    return 0 < after - before <= NEAR + 1


def _is_displaced(comparison: Comparison, row: int) -> bool:
    place = comparison.alignment.places[row]
    before, after = comparison.alignment.before(row), comparison.alignment.after(row)
    if place is None or (before is None and after is None):
        return False
    return not (before is not None and 0 < place - before < NEAR) and not (
        after is not None and 0 < after - place < NEAR
    )
