"""What people write → what is searched for: the stretches that ask, and weighted words with corrections and other names.

A short question stays as it is.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from medassist.index.lexical import tokenise
from medassist.passages import indexed_text
from medassist.schemas import Passage

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched for.

    Parameters
    ----------
    texts : tuple of str
        What is encoded, most important first: the whole of a short question, the stretches that ask of a long message.
        Never empty.
    words : tuple of str
        Stemmed words for BM25, as :func:`medassist.index.lexical.tokenise` makes them; each stands once.
    weights : tuple of float
        What each word's BM25 score is multiplied by, above 0.
    """

    texts: tuple[str, ...]
    words: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of an index: ``counts`` says in how many of its ``passages`` a word stands, in lower case."""

    passages: int
    counts: Mapping[str, int]

    @classmethod
    def of(cls, passages: Iterable[Passage]) -> "Vocabulary":
        """Read the vocabulary of some passages."""
        counts: Counter[str] = Counter()
        number = 0
        for passage in passages:
            number += 1
            counts.update(set(_WORD.findall(indexed_text(passage).lower())))
        return cls(number, dict(sorted(counts.items())))

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Load what :meth:`write` wrote."""
        record = json.loads(path.read_text(encoding="utf-8"))
        return cls(record["passages"], record["counts"])

    def write(self, path: Path) -> None:
        """Write the vocabulary as one JSON file (``vocabulary.json`` in a bundle)."""
        record = {"passages": self.passages, "counts": self.counts}
        path.write_text(json.dumps(record, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def understand(text: str, vocabulary: Vocabulary) -> Query:
    """Work out what a person's words ask for.

    Parameters
    ----------
    text : str
        A question in plain words, of any length.
    vocabulary : Vocabulary
        Of the index that is searched.
    """
    counts = Counter(tokenise([text])[0])
    return Query((text,), tuple(counts), tuple(float(count) for count in counts.values()))
