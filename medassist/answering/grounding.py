"""Statements ↔ passages: what a model's text says, and which passage says the same.

A statement is shown only if one passage that was retrieved says it too (:mod:`~medassist.answering.support`); where
too little is left, passages are quoted (:mod:`~medassist.answering.quoting`), and quotations pass the same check.
"""

from collections.abc import Sequence

from medassist import text
from medassist.answering.quoting import MIN_CONTENT_WORDS, extract
from medassist.answering.support import MIN_SUPPORT, Evidence, SentenceEncoder
from medassist.schemas import Hit, Statement

__all__ = ["SentenceEncoder", "extract", "ground"]

# A statement must be about the question: cosine below which it is dropped although a passage supports it.
MIN_RELEVANCE = 0.15


def ground(
    generated: str,
    question: str,
    hits: Sequence[Hit],
    encoder: SentenceEncoder,
    *,
    min_support: float = MIN_SUPPORT,
) -> list[Statement]:
    """Split a generated text into statements and keep those that a passage supports and that regard the question.

    Parameters
    ----------
    generated : str
        What the model wrote.
    question : str
        What it was asked; a statement that only repeats it is dropped.
    hits : sequence of Hit
        The passages that the model read; citations are their numbers, from 1.
    encoder : SentenceEncoder
        The index's own.
    min_support : float
        Support below which a statement is dropped, in [0, 1].

    Returns
    -------
    list of Statement
        In the order of the text. ``support`` is the probability that the passage cited says the same; how far to trust
        it is measured by ``medassist measure grounding``.
    """
    asked = set(text.content_words(question))
    drafts = [draft for draft in dict.fromkeys(text.sentences(generated)) if _says_something(draft, asked)]
    if not drafts or not hits:
        return []
    question_vector, *vectors = encoder.encode([question, *drafts])
    relevant = [
        draft for draft, vector in zip(drafts, vectors, strict=True) if float(vector @ question_vector) >= MIN_RELEVANCE
    ]
    return [
        Statement(draft, (support.number,), round(support.value, 3))
        for draft, support in zip(relevant, Evidence(hits, encoder).support(relevant), strict=True)
        if support.number and support.value >= min_support
    ]


def _says_something(draft: str, asked: set[str]) -> bool:
    found = text.content_words(draft)
    return len(found) >= MIN_CONTENT_WORDS and not set(found) <= asked and not draft.endswith("?")
