"""Quotations: the sentences of passages that answer a question best, for when the model's own words are not shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medassist import text
from medassist.answering.abstention import own_words
from medassist.answering.support import MIN_SUPPORT, Evidence, SentenceEncoder
from medassist.schemas import Hit, Statement

# Cosines are the default encoder's: where all-MiniLM-L6-v2 has x, it has about 0.85 x + 0.03 (correlation 0.96 over the
# sample's questions and passages). With these numbers, and not those for MiniLM, token F1 of the sample's quotations is
# 0.475 instead of 0.469.

# Fewer content words than this say nothing that could be checked ("Yes.", "It is common.").
MIN_CONTENT_WORDS = 3
# Passages this much less similar to the question than the best one are not quoted.
QUOTED_SIMILARITY_GAP = 0.07
# How much likeness to what has been quoted already counts against a sentence (maximal marginal relevance,
# Carbonell & Goldstein 1998), and how much shared words count beside the cosine.
REDUNDANCY_WEIGHT = 0.3
OVERLAP_WEIGHT = 0.13
QUOTED_SCORE_GAP = 0.13  # sentences this much worse than the best one are not worth a reader's time
MAX_QUOTED_WORDS = 90
# Sentences that belong together are quoted together, up to so many words. Token F1 with the references, quoting single
# sentences and such units: sample 0.458 and 0.447, 100 MedQuAD answers' first sentences 0.433 and 0.465.
MAX_UNIT_WORDS = 60
MAX_HEADING_WORDS = 3  # "Wheezing." and the like announce what follows
_LEANS_ON_THE_ONE_BEFORE = re.compile(
    r"(?:this|these|those|that|they|it|he|she|its|their|such|both|other times|sometimes,? however|however|likewise|"
    r"otherwise|also|but|and|or|in addition|therefore|thus|for example|for instance|instead|similarly|then|afterwards?|"
    r"in (?:this case|these cases)|as a result)\b",
    re.IGNORECASE,
)
# A question of few own words names a thing; where passages lack more than this share of them, and where they lack all,
# so much cosine is needed.
SHORT_QUESTION_WORDS, SHORT_QUESTION_COVERAGE, SHORT_QUESTION_SIMILARITY = 3, 0.6, 0.53
UNKNOWN_SIMILARITY = 0.62
# A question with so few words of its own is its subject's name: what does not name it is about something else.
SUBJECT_WORDS = 2


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of a passage, or neighbours that belong together; ``number`` is the passage's, from 1."""

    number: int
    text: str
    words: tuple[str, ...]


def extract(
    question: str, hits: Sequence[Hit], encoder: SentenceEncoder, *, limit: int = 3, min_support: float = MIN_SUPPORT
) -> list[Statement]:
    """Return the sentences of the passages that answer the question best, verbatim, in the passages' order.

    A sentence counts by its cosine to the question (it is encoded with its passage's title, as "It" alone says
    little) and by the share of the question's own words that it has; likeness to what is already quoted counts
    against it. Each cites its passage and goes through the same check as what a model writes.

    Parameters
    ----------
    question, hits, encoder, min_support
        As for :func:`medassist.answering.grounding.ground`.
    limit : int
        Quotations at most; sentences that belong together, such as a list and its lead-in, count as one.
    """
    asked = own_words(question)
    quotable = [unit for unit in _quotable(hits) if _is_about(asked, unit, hits[unit.number - 1])]
    if not quotable:
        return []
    contexts = [f"{hits[unit.number - 1].passage.title}. {unit.text}" for unit in quotable]
    question_vector, *vectors = encoder.encode([question, *contexts])
    scores = [
        float(vector @ question_vector) + OVERLAP_WEIGHT * _share(asked, text.content_words(context))
        for vector, context in zip(vectors, contexts, strict=True)
    ]
    chosen = [quotable[row] for row in sorted(_diverse(scores, np.stack(vectors), limit))]
    supports = Evidence(hits, encoder).support([unit.text for unit in chosen])
    return [
        Statement(unit.text, (support.number,), round(support.value, 3))
        for unit, support in zip(chosen, supports, strict=True)
        if support.value >= min_support
    ]


def _needed_similarity(asked: int, coverage: float) -> float:
    if asked and not coverage:
        return UNKNOWN_SIMILARITY
    if 0 < asked <= SHORT_QUESTION_WORDS and coverage < SHORT_QUESTION_COVERAGE:
        return SHORT_QUESTION_SIMILARITY
    return -1.0


def _is_about(asked: set[str], unit: Unit, hit: Hit) -> bool:
    """Tell whether a sentence, or its passage's title, names what a question of a word or two names."""
    if len(asked) > SUBJECT_WORDS:
        return True
    named = _share(asked, {*unit.words, *text.content_words(hit.passage.title)})
    return hit.similarity >= _needed_similarity(len(asked), named)


def _quotable(hits: Sequence[Hit]) -> list[Unit]:
    """Return the sentences of the passages that are about as close to the question as the closest one."""
    floor = max((hit.similarity for hit in hits), default=0.0) - QUOTED_SIMILARITY_GAP
    return [
        Unit(number, sentence, tuple(found))
        for number, hit in enumerate(hits, start=1)
        if hit.similarity >= floor
        for sentence in _self_contained(text.sentences(hit.passage.text))
        if len(found := text.content_words(sentence)) >= MIN_CONTENT_WORDS and _is_quotable(sentence)
    ]


def _self_contained(sentences: Sequence[str]) -> list[str]:
    """Join what cannot stand alone to what stands before it: "This …", "However, …", and what a lead-in announces.

    A sentence that leans on one before it that is too long already is left out.
    """
    units: list[list[str]] = []
    for sentence in sentences:
        unit = units[-1] if units else []
        leans = bool(_LEANS_ON_THE_ONE_BEFORE.match(sentence))
        announced = bool(unit) and (unit[0].endswith(":") or _is_heading(unit[-1]))
        if unit and (leans or announced) and len(" ".join([*unit, sentence]).split()) <= MAX_UNIT_WORDS:
            unit.append(sentence)
        elif not (leans and unit):
            units.append([sentence])
    for unit in units:
        while len(unit) > 1 and _is_heading(unit[-1]):  # of something that no longer fitted
            unit.pop()
    return [" ".join(unit) for unit in units]


def _is_heading(sentence: str) -> bool:
    return len(sentence.split()) <= MAX_HEADING_WORDS and not _LEANS_ON_THE_ONE_BEFORE.match(sentence)


def _is_quotable(sentence: str) -> bool:
    """Tell whether a sentence can stand alone: not a question, not cut off, not a lead-in without its list."""
    return (
        not sentence.endswith(("?", ":"))
        and len(sentence.split()) <= MAX_QUOTED_WORDS
        and bool(re.match(r"[\"'(\[\u2018\u201c]*[A-Z0-9]", sentence))
        and (sentence[-1] in ".!)\"'\u201d\u2019" or "\n- " in sentence)
    )


def _diverse(scores: Sequence[float], vectors: NDArray[np.float32], limit: int) -> list[int]:
    chosen: list[int] = []
    likeness = vectors @ vectors.T  # (sentences, sentences)
    while len(chosen) < min(limit, len(scores)):
        rest = [row for row in range(len(scores)) if row not in chosen]
        penalties = [max((float(likeness[row, other]) for other in chosen), default=0.0) for row in rest]
        gains = [scores[row] - REDUNDANCY_WEIGHT * penalty for row, penalty in zip(rest, penalties, strict=True)]
        row = rest[int(np.argmax(gains))]
        if scores[row] < max(scores) - QUOTED_SCORE_GAP:
            break
        chosen.append(row)
    return chosen


def _share(needed: set[str], available: Sequence[str] | set[str]) -> float:
    return len(needed & set(available)) / len(needed) if needed else 0.0
