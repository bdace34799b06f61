"""Documents → passages: stretches short enough for the encoder and the model's input."""

import re
from collections.abc import Iterable, Iterator, Mapping

from medassist.schemas import Document, Passage

# The encoder reads 256 tokens; medical English has about 1.35 word pieces a word, and the title goes with each passage.
PASSAGE_WORDS = 180

_WORD = re.compile(r"\S+")
_SENTENCE_END = (".", "!", "?", ".)", '."', "?)", "!)")


def split_document(document: Document, words: int = PASSAGE_WORDS, names: tuple[str, ...] = ()) -> list[Passage]:
    """Cut a document into passages of at most ``words`` words, at the last sentence or line end of the second half.

    Passages do not overlap and leave nothing out: joined, they have the document's words in order. A document of at
    most ``words`` words is one passage. ``passage_id`` is ``<document_id>#<n>``, from 0. ``names`` are other names of
    the document's topic.

    Raises
    ------
    ValueError
        If ``words`` is less than 1.
    """
    if words < 1:
        raise ValueError(f"words is {words}, but a passage needs at least 1 word.")
    return [
        Passage(
            f"{document.document_id}#{n}",
            document.document_id,
            document.title,
            text,
            document.source,
            document.url,
            document.topic,
            document.aspect,
            names,
        )
        for n, text in enumerate(_stretches(document.text, words))
    ]


def split_documents(
    documents: Iterable[Document], words: int = PASSAGE_WORDS, synonyms: Mapping[str, tuple[str, ...]] | None = None
) -> list[Passage]:
    """Cut all documents, in order; ``synonyms[topic]`` are other names of a topic, which its passages carry."""
    known = synonyms or {}
    return [
        passage for document in documents for passage in split_document(document, words, known.get(document.topic, ()))
    ]


def indexed_text(passage: Passage) -> str:
    """Return what is encoded and indexed of a passage: its title, then its text."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def _stretches(text: str, limit: int) -> Iterator[str]:
    spans = [match.span() for match in _WORD.finditer(text)]
    start = 0
    while start < len(spans):
        end = min(start + limit, len(spans))
        if end < len(spans):
            end = _last_break(text, spans, start + (limit + 1) // 2, end)
        yield text[spans[start][0] : spans[end - 1][1]]
        start = end


def _last_break(text: str, spans: list[tuple[int, int]], earliest: int, latest: int) -> int:
    """Return the largest ``end`` in [earliest, latest] after which a sentence or line ends; ``latest`` if none does."""
    for end in range(latest, earliest - 1, -1):
        word = text[spans[end - 1][0] : spans[end - 1][1]]
        if word.endswith(_SENTENCE_END) or "\n" in text[spans[end - 1][1] : spans[end][0]]:
            return end
    return latest
