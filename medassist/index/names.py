"""What passages are called: their titles, topics and the topics' other names, by words and by meaning.

A *label* is a distinct title, topic or other name; each is encoded once. A passage's *names* are its topic and the
topic's other names; where a document names no topic, its title is its name. In a bundle::

    names/labels.json      the labels, and the stemmed words of those that are names
    names/vectors.faiss    the labels' vectors
    names/*.npy            which label belongs to which passages, which word to which names
"""

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medassist.encoder import Encoder
from medassist.index import dense
from medassist.index.aspects import aspects
from medassist.index.lexical import tokenise
from medassist.index.vectors import half
from medassist.schemas import Passage

if TYPE_CHECKING:
    import faiss

FOLDER, LABELS = "names", "labels.json"
# A label that more passages share names a collection, not a condition: none of them is looked at for its sake.
MOST_PASSAGES = 400


@dataclass(frozen=True, slots=True)
class Lists:
    """Many short lists of numbers in one array: list ``n`` is ``items[starts[n] : starts[n + 1]]``."""

    starts: NDArray[np.int64]
    items: NDArray[np.int32]

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> "Lists":
        found = list(lists)
        starts = np.cumsum([0, *map(len, found)], dtype=np.int64)
        return cls(starts, np.fromiter(itertools.chain.from_iterable(found), np.int32, int(starts[-1])))

    def __getitem__(self, number: int) -> NDArray[np.int32]:
        return self.items[self.starts[number] : self.starts[number + 1]]

    def joined(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return some lists one after the other, and where each begins."""
        sizes = self.starts[numbers + 1] - self.starts[numbers]
        begins = np.cumsum(sizes) - sizes
        places = np.arange(int(sizes.sum())) - np.repeat(begins, sizes) + np.repeat(self.starts[numbers], sizes)
        return self.items[places], begins


@dataclass(frozen=True, slots=True)
class NameMatches:
    """How far the words of a question name each label, shape (labels,); 0 for labels that are no names.

    ``mass`` is the sum of the idf of a name's words that the question has, ``coverage`` its share of the name's whole
    in [0, 1], ``asked`` the sum over all of the question's words (a word that no name has counts as the rarest).
    """

    mass: NDArray[np.float32]
    coverage: NDArray[np.float32]
    asked: float

    @property
    def score(self) -> NDArray[np.float32]:
        """Mass times coverage: the rarer and the more complete, the better named."""
        return self.mass * self.coverage

    @property
    def whole(self) -> NDArray[np.float32]:
        """The mass of the names that the question has all words of; 0 for the others."""
        return np.where(self.coverage > 0.99, self.mass, np.float32(0))


class Names:
    """The labels of a bundle's passages."""

    def __init__(self, vectors: "faiss.Index", words: Mapping[str, int], arrays: Mapping[str, NDArray[Any]]) -> None:
        self.vectors = vectors
        self._words = words
        self._named = Lists(arrays["word_starts"], arrays["word_labels"])
        self._idf: NDArray[np.float32] = arrays["idf"]
        self._whole: NDArray[np.float32] = arrays["whole"]
        self.passages_of = Lists(arrays["label_starts"], arrays["label_passages"])
        self.names_of = Lists(arrays["passage_starts"], arrays["passage_names"])
        self.title_of: NDArray[np.int32] = arrays["titles"]
        self.aspects_of: NDArray[np.int32] = arrays["aspects"]
        self.document_of: NDArray[np.int32] = arrays["documents"]
        self.place_of: NDArray[np.int32] = arrays["places"]
        self.words_of: NDArray[np.int32] = arrays["words"]
        self._sizes = np.bincount(self.document_of)

    @classmethod
    def load(cls, folder: Path) -> "Names":
        """Load what :meth:`write` wrote, mapped into memory."""
        here = folder / FOLDER
        record = json.loads((here / LABELS).read_text(encoding="utf-8"))
        arrays = {path.stem: np.load(path, mmap_mode="r", allow_pickle=False) for path in here.glob("*.npy")}
        return cls(dense.load(here), {word: place for place, word in enumerate(record["words"])}, arrays)

    @staticmethod
    def write(
        folder: Path, passages: Sequence[Passage], encode: Callable[[Sequence[str]], NDArray[np.float32]]
    ) -> None:
        """Write the labels of passages as a part of the bundle in ``folder``; ``encode`` gives their vectors."""
        here = folder / FOLDER
        here.mkdir()
        numbers = {label: number for number, label in enumerate(labels(passages))}
        names = [[numbers[name] for name in _names(passage)] for passage in passages]
        titles = [numbers[_title(passage)] for passage in passages]
        words, arrays = _named_words(list(numbers), {label for found in names for label in found})
        arrays |= _passage_arrays(passages, names, titles, len(numbers))
        for name, array in arrays.items():
            np.save(here / f"{name}.npy", array)
        record = {"labels": list(numbers), "words": words}
        (here / LABELS).write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        dense.write(here, encode(list(numbers)))

    def passages_in(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many passages the documents of some passages have."""
        return np.asarray(self._sizes[self.document_of[rows]])

    def match(self, words: Sequence[str], weights: Sequence[float]) -> NameMatches:
        """Look for names in a question's stemmed words; a word counts ``weight`` times, but at most once."""
        mass = np.zeros(len(self._whole), np.float32)
        rarest, asked = float(self._idf.max(initial=1.0)), 0.0
        for word, weight in zip(words, weights, strict=True):
            place = self._words.get(word)
            share = min(weight, 1.0)
            asked += share * (rarest if place is None else float(self._idf[place]))
            if place is not None:
                mass[self._named[place]] += np.float32(share) * self._idf[place]
        return NameMatches(mass, np.minimum(mass / self._whole, 1.0), max(asked, 1.0))


def labels(passages: Iterable[Passage]) -> list[str]:
    """Return the distinct names and titles of passages, in the order in which they appear."""
    found = (label for passage in passages for label in (*_names(passage), _title(passage)))
    return list(dict.fromkeys(found))


def encode_labels(labels: Sequence[str], encoder: Encoder, earlier: Path | None = None) -> NDArray[np.float32]:
    """Return the labels' vectors in half precision, shape (labels, dimension).

    What the bundle in the folder ``earlier``, which the same encoder made, holds is not encoded again.
    """
    known, held = {}, None
    if earlier is not None:
        record = json.loads((earlier / FOLDER / LABELS).read_text(encoding="utf-8"))
        known = {label: row for row, label in enumerate(record["labels"])}
        held = dense.load(earlier / FOLDER)
    vectors = np.empty((len(labels), encoder.dimension), np.float32)
    missing = [place for place, label in enumerate(labels) if label not in known]
    vectors[missing] = half(encoder.encode([labels[place] for place in missing]))
    for place, label in enumerate(labels):
        if held is not None and label in known:
            vectors[place] = held.reconstruct(known[label])
    return vectors


def _title(passage: Passage) -> str:
    return passage.title or passage.topic


def _names(passage: Passage) -> tuple[str, ...]:
    return tuple(dict.fromkeys((passage.topic or passage.title, *passage.names)))


def _named_words(labels: Sequence[str], names: set[int]) -> tuple[list[str], dict[str, NDArray[Any]]]:
    """The words of names, and by word: the names that have it and its idf; by label: the sum of its words' idf."""
    by_word: dict[str, list[int]] = {}
    for number, words in enumerate(tokenise(labels)):
        for word in dict.fromkeys(words) if number in names else ():
            by_word.setdefault(word, []).append(number)
    frequency = np.array([len(found) for found in by_word.values()], np.float64)
    idf = np.log(1 + (len(names) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    named = Lists.of(by_word.values())
    whole = np.zeros(len(labels), np.float32)
    np.add.at(whole, named.items, np.repeat(idf, np.diff(named.starts)))
    whole[whole == 0] = np.inf  # no name, or one of stop words: never covered
    return list(by_word), {"word_starts": named.starts, "word_labels": named.items, "idf": idf, "whole": whole}


def _passage_arrays(
    passages: Sequence[Passage], names: Sequence[Sequence[int]], titles: Sequence[int], labels: int
) -> dict[str, NDArray[Any]]:
    passages_of: list[list[int]] = [[] for _ in range(labels)]
    for row, (found, title) in enumerate(zip(names, titles, strict=True)):
        for label in {*found, title}:
            passages_of[label].append(row)
    by_label = Lists.of(rows if len(rows) <= MOST_PASSAGES else () for rows in passages_of)
    by_passage = Lists.of(names)
    documents = {name: number for number, name in enumerate(dict.fromkeys(p.document_id for p in passages))}
    document_of = np.array([documents[passage.document_id] for passage in passages], np.int32)
    first = np.unique(document_of, return_index=True)[1]
    return {
        "label_starts": by_label.starts,
        "label_passages": by_label.items,
        "passage_starts": by_passage.starts,
        "passage_names": by_passage.items,
        "titles": np.array(titles, np.int32),
        "aspects": np.array([aspects(passage.aspect or passage.title) for passage in passages], np.int32),
        "documents": document_of,
        "places": (np.arange(len(passages)) - first[document_of]).astype(np.int32),
        "words": np.array([len(passage.text.split()) for passage in passages], np.int32),
    }
