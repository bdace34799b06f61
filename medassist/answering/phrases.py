"""Phrases over a text's words, written as a person would list them and found in one pass.

A phrase is words in a row. ``a|b`` is one of several words, ``a*`` a word that begins so, ``?a|b`` a word that may be
missing, ``~`` up to three words of any kind (``~1``: up to one), ``!a|b`` no such word next, ``#38..41.9`` a number of
that range in digits or words, ``{name}`` one of a list of common parts, and in
an alternative ``_`` joins words. Phrases are parted by commas. Reading them
costs a tenth of compiling the same as regular expressions, and finding them depends little on how many there are.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

GAP_WORDS = 3
# A gap ends here: what follows belongs to another part of the sentence, or is denied.
_DENIALS = ("not", "isn't", "aren't", "wasn't", "weren't", "didn't", "doesn't", "hasn't", "haven't", "never", "without")
BREAKS = frozenset((*".,;:!?()", *_DENIALS))
_TO_TWELVE = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_NUMBER_WORDS = {word: float(number) for number, word in enumerate(_TO_TWELVE)} | {
    "fifteen": 15.0,
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "hundred": 100.0,
}


_COMMENTS = re.compile(r"^#.*$", re.MULTILINE)
_NAMED = re.compile(r"^(\w+):", re.MULTILINE)


def read_lists(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Read lists as a person writes them: ``NAME: phrase, phrase`` at a line's start, indented lines go on with it.

    Lines that begin with ``#`` are comments.

    Returns
    -------
    lists, parts : dict of str to str
        What :class:`PhraseBook` takes; names in small letters are parts.
    """
    _, *pieces = _NAMED.split(_COMMENTS.sub("", text))
    named = zip(pieces[::2], pieces[1::2], strict=True)
    read = {name: re.sub(r"\|\s+", "|", " ".join(phrases.split())) for name, phrases in named}
    lists = {name: phrases for name, phrases in read.items() if name.isupper()}
    return lists, {name: phrases for name, phrases in read.items() if name not in lists}


class Span(NamedTuple):
    """Where a phrase stands: from word ``start`` to before word ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Part:
    """One place of a phrase."""

    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()  # alternatives of several words
    ranges: tuple[tuple[float, float], ...] = ()
    optional: bool = False
    gap: int = 0
    excluded: bool = False

    def holds(self, word: str) -> bool:
        if word in self.words or (self.prefixes and word.startswith(self.prefixes)):
            return True
        if not self.ranges:
            return False
        number = to_number(word)
        return number is not None and any(low <= number <= high for low, high in self.ranges)


class PhraseBook:
    """Named lists of phrases, ready to be found in texts.

    Hyphens count as blanks, as :mod:`medassist.answering.message` takes them.

    Parameters
    ----------
    lists : mapping of str to str
        A name → its phrases, parted by commas.
    parts : mapping of str to str
        What ``{name}`` stands for, alternatives parted by ``|``.
    """

    def __init__(self, lists: Mapping[str, str], parts: Mapping[str, str] | None = None) -> None:
        self._by_word: dict[str, list[tuple[str, tuple[_Part, ...]]]] = defaultdict(list)
        self._by_prefix: dict[str, list[tuple[str, tuple[_Part, ...]]]] = defaultdict(list)
        self._by_number: list[tuple[str, tuple[_Part, ...]]] = []
        read: dict[str, _Part] = {}
        for name, phrases in lists.items():
            for phrase in phrases.replace("-", " ").split(", "):
                self._add(name, tuple(_read(token, parts or {}, read) for token in phrase.split()))
        self._longest = max(map(len, self._by_prefix), default=0)
        self.words = frozenset(word for part in read.values() for word in part.words)
        self.prefixes = tuple(sorted({prefix for part in read.values() for prefix in part.prefixes}))

    def find(self, words: Sequence[str]) -> dict[str, list[Span]]:
        """Return each name whose phrases stand in a text's words, with their places in order."""
        found: dict[str, list[Span]] = defaultdict(list)
        for start, word in enumerate(words):
            for name, phrase in self._starting_with(word):
                end = _match(phrase, 0, words, start)
                if end > start and Span(start, end) not in found[name][-3:]:
                    found[name].append(Span(start, end))
        return {name: spans for name, spans in found.items() if spans}

    def _starting_with(self, word: str) -> list[tuple[str, tuple[_Part, ...]]]:
        phrases = list(self._by_word.get(word, ()))
        for length in range(2, min(len(word), self._longest) + 1):
            phrases += self._by_prefix.get(word[:length], ())
        return phrases + self._by_number if to_number(word) is not None else phrases

    def _add(self, name: str, phrase: tuple[_Part, ...]) -> None:
        if not phrase:
            return
        first = phrase[0]
        for word in sorted(first.words | {row[0] for row in first.rows}):
            self._by_word[word].append((name, phrase))
        for prefix in first.prefixes:
            self._by_prefix[prefix].append((name, phrase))
        if first.ranges:
            self._by_number.append((name, phrase))
        if first.optional:
            self._add(name, phrase[1:])


def to_number(word: str) -> float | None:
    """Return the number that a word is, in digits or a word up to twelve and some round ones; None if it is none."""
    if word[:1].isdigit():
        try:
            return float(word.replace(",", "."))
        except ValueError:
            return None
    return _NUMBER_WORDS.get(word)


def _read(token: str, parts: Mapping[str, str], read: dict[str, _Part]) -> _Part:
    if token not in read:
        read[token] = _read_new(token, parts)
    return read[token]


def _read_new(token: str, parts: Mapping[str, str]) -> _Part:
    if token.startswith("~"):
        return _Part(gap=int(token[1:] or GAP_WORDS))
    optional, excluded = token.startswith("?"), token.startswith("!")
    alternatives: list[str] = []
    for part in token.lstrip("?!").split("|"):
        alternatives += parts[part[1:-1]].split("|") if part.startswith("{") else [part.replace("_", " ")]
    rows = tuple(tuple(part.split()) for part in alternatives if " " in part)
    single = [part for part in alternatives if " " not in part and not part.startswith("#")]
    ranges = (part[1:].partition("..")[::2] for part in alternatives if part.startswith("#"))
    return _Part(
        words=frozenset(part for part in single if not part.endswith("*")),
        prefixes=tuple(part[:-1] for part in single if part.endswith("*")),
        rows=rows,
        ranges=tuple((float(low), float(high or low)) for low, high in ranges),
        optional=optional,
        excluded=excluded,
    )


def _match(phrase: tuple[_Part, ...], place: int, words: Sequence[str], at: int) -> int:
    """Return where the phrase's parts from ``place`` on end if they begin at word ``at``; -1 if they don't."""
    if place == len(phrase):
        return at
    part = phrase[place]
    if part.excluded:
        return -1 if at < len(words) and part.holds(words[at]) else _match(phrase, place + 1, words, at)
    if part.gap:
        for skipped in range(part.gap + 1):
            if skipped and (at + skipped > len(words) or words[at + skipped - 1] in BREAKS):
                return -1
            if (end := _match(phrase, place + 1, words, at + skipped)) >= 0:
                return end
        return -1
    if at < len(words) and part.holds(words[at]) and (end := _match(phrase, place + 1, words, at + 1)) >= 0:
        return end
    for row in part.rows:
        if tuple(words[at : at + len(row)]) == row and (end := _match(phrase, place + 1, words, at + len(row))) >= 0:
            return end
    return _match(phrase, place + 1, words, at) if part.optional else -1
