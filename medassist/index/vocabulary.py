"""The words of an index and the names of what it is about: what a question's words are held against.

Read from the passages when an index is built, kept in the bundle as ``vocabulary.json``.
"""

import importlib.util
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medassist.errors import BundleError, ConfigurationError
from medassist.index.lay_words import LAY_WORDS
from medassist.passages import indexed_text
from medassist.schemas import Passage
from medassist.text import STOP_WORDS

NAME_WORDS = 8  # longer names are seldom written out
MAX_TOPICS = 3  # a name of more topics than these says too little to put one of them in its place

_WORD = re.compile(r"[^\W\d_]+")
_NAME_PART = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_BRACKETS = re.compile(r"\s*\(([^)]*)\)")
_ABBREVIATION = re.compile(r"[A-Z][A-Za-z0-9-]{1,7}")
# symspellpy's list: the words of SCOWL's spell-checking lists that Google Books' n-grams know.
_ENGLISH_WORDS = "frequency_dictionary_en_82_765.txt"
# A bundle takes the list over, and with it what its licences ask for; the repository's NOTICE has them whole.
_ENGLISH_FROM = (
    "SymSpell (Copyright 2021 Wolf Garbe) and symspellpy (Copyright 2025 mmb L), MIT License; made from SCOWL "
    "(Copyright 2000-2019 Kevin Atkinson) and Google Books Ngrams (CC BY 3.0)"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text, from character ``start`` to ``end``.

    ``topics`` are what it stands for, most documents first; none where it is a topic's own name.
    """

    start: int
    end: int
    topics: tuple[str, ...]


class Vocabulary:
    """The words of an index: made by :meth:`of`, read by :meth:`load`.

    Parameters
    ----------
    passages : int
        How many there are.
    counts : mapping of str to int
        In how many passages a word stands, in lower case; 0 for words that stand in names only.
    names : mapping of str to tuple of str
        A name's words, as :func:`name_words` makes them, joined by blanks → the topics that it is another name of.
    capitals : collection of str
        Names that are written in capitals only ("ALS") and have a meaning in small letters, or have two letters: they
        are recognised in capitals alone.
    english : collection of str
        Words of the language, in lower case: they are well spelt whether the index holds them or not.
    """

    def __init__(
        self,
        passages: int,
        counts: Mapping[str, int],
        names: Mapping[str, tuple[str, ...]],
        capitals: Collection[str],
        english: Collection[str],
    ) -> None:
        self.passages = passages
        self.counts = counts
        self.names = names
        self.capitals = frozenset(capitals)
        self.english = frozenset(english)
        self._named = frozenset(word for name in names for word in name.split())
        self._by_start: dict[tuple[str, int], list[str]] = {}

    @classmethod
    def of(cls, passages: Iterable[Passage], english: Collection[str] = ()) -> "Vocabulary":
        """Read the vocabulary of some passages.

        The passages' topics and their other names teach what is called how, and :data:`LAY_WORDS` where the passages
        hold the medical term.
        """
        counts: Counter[str] = Counter()
        documents: dict[str, set[str]] = defaultdict(set)
        names: dict[str, tuple[str, ...]] = {}
        total = 0
        for passage in passages:
            total += 1
            counts.update(set(_WORD.findall(indexed_text(passage).lower())))
            if passage.topic:
                documents[passage.topic].add(passage.document_id)
                names[passage.topic] = passage.names
        for topic, others in names.items():
            for word in _WORD.findall(" ".join((topic, *others)).lower()):
                counts.setdefault(word, 0)
        called, capitals = _read_names(names, {topic: len(found) for topic, found in documents.items()}, set(english))
        for lay, term in LAY_WORDS.items():
            if all(counts[word] for word in _WORD.findall(term)):
                called.setdefault(" ".join(name_words(lay)), (term,))
        return cls(total, dict(sorted(counts.items())), dict(sorted(called.items())), capitals, english)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Load what :meth:`write` wrote.

        Raises
        ------
        BundleError
            If the file is missing or damaged.
        """
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            names = {name: tuple(topics) for name, topics in record["names"].items()}
            return cls(record["passages"], record["counts"], names, record["capitals"], record["english"])
        except (OSError, ValueError, KeyError) as error:
            raise BundleError(f"{path} cannot be read ({error}); build the index again.") from error

    def write(self, path: Path) -> None:
        """Write the vocabulary as one JSON file."""
        record = {
            "passages": self.passages,
            "counts": self.counts,
            "names": self.names,
            "capitals": sorted(self.capitals),
            "english": sorted(self.english),
            "english_from": _ENGLISH_FROM if self.english else "",
        }
        path.write_text(json.dumps(record, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    def share(self, word: str) -> float:
        """Return the share of the passages in which a word (or its plural) stands, in [0, 1]."""
        return max(self.counts.get(word, 0), self.counts.get(word + "s", 0)) / max(1, self.passages)

    def is_named(self, word: str) -> bool:
        """Tell whether a word, in lower case, stands in a name."""
        return _plain(word) in self._named

    def starting(self, letter: str, length: int) -> Sequence[str]:
        """Return the well-spelt words of a length that start with a letter: those that a misspelt one may stand for."""
        if not self._by_start:  # made when the first word has to be put right
            spelt = {word for word, count in self.counts.items() if count > 1 or self.is_named(word)} | self.english
            for word in sorted(filter(str.isascii, spelt)):
                self._by_start.setdefault((word[0], len(word)), []).append(word)
        return self._by_start.get((letter, length), ())

    def find_names(self, text: str) -> Iterator[Name]:
        """Yield the names that a text holds, in order; of two that overlap the earlier, then the longer."""
        found = list(_NAME_PART.finditer(text))
        parts = [_plain(match.group()) for match in found]
        shouting = is_shouting(text)
        place = 0
        while place < len(parts):
            for length in range(min(NAME_WORDS, len(parts) - place), 0, -1):
                name = " ".join(parts[place : place + length])
                if name not in self.names:
                    continue
                start, end = found[place].start(), found[place + length - 1].end()
                if name in self.capitals and (shouting or not text[start:end].isupper()):
                    continue
                yield Name(start, end, self.names[name])
                place += length - 1
                break
            place += 1


def name_words(name: str) -> tuple[str, ...]:
    """Return a name's words as they are compared: lower-case, without possessive and plural endings."""
    return tuple(_plain(match.group()) for match in _NAME_PART.finditer(name))


def is_shouting(text: str) -> bool:
    """Tell whether a text is written in capitals, so that capitals mean nothing in it."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) > 0.6 * len(letters)


def english_words() -> frozenset[str]:
    """Return words of English in lower case, about 80,000, from symspellpy's spell-checking list.

    Raises
    ------
    ConfigurationError
        If symspellpy is not installed.
    """
    found = importlib.util.find_spec("symspellpy")
    if found is None or not found.submodule_search_locations:
        raise ConfigurationError("symspellpy, whose list of English words an index takes over, is not installed.")
    path = Path(found.submodule_search_locations[0]) / _ENGLISH_WORDS
    words = (line.partition(" ")[0] for line in path.read_text(encoding="utf-8-sig").splitlines())
    return frozenset(word for word in words if word.isalpha())


def _read_names(
    names: Mapping[str, tuple[str, ...]], documents: Mapping[str, int], english: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """Every way of writing a topic's names → the topics, and which of them count in capitals alone."""
    own = {" ".join(name_words(topic)) for topic in names}
    called: dict[str, dict[str, str]] = defaultdict(dict)  # name -> topic in plain words -> topic as it is written
    small: set[str] = set()
    for topic in sorted(names, key=lambda topic: (-documents[topic], topic)):
        for written in _ways_of_writing((topic, *names[topic])):
            words = name_words(written)
            name = " ".join(words)
            if not 1 <= len(words) <= NAME_WORDS or (name in STOP_WORDS and not written.isupper()):
                continue
            called[name].setdefault(" ".join(name_words(topic)), topic)
            if not written.isupper():
                small.add(name)
    telling = {
        name: () if name in own else tuple(topics.values())
        for name, topics in called.items()
        if name in own or len(topics) <= MAX_TOPICS
    }
    capitals = {
        name
        for name in telling
        if " " not in name and name not in small and (name in english or name in STOP_WORDS or len(name) < 3)
    }
    return telling, capitals


def _ways_of_writing(names: Iterable[str]) -> Iterator[str]:
    """``"Cytomegalovirus (CMV)"`` is also "Cytomegalovirus" and "CMV"; "Biopsy - bone" is "bone Biopsy"."""
    for name in names:
        yield name
        if (bare := _BRACKETS.sub("", name).strip()) != name:
            yield bare
            yield from (inner for inner in _BRACKETS.findall(name) if _ABBREVIATION.fullmatch(inner))
        head, dash, rest = bare.partition(" - ")
        if dash:
            yield f"{rest} {head}"


def _plain(word: str) -> str:
    word = word.lower().replace("\u2019", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
