"""Which word of a statement stands for which word of the text that it is held against."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medassist import text
from medassist.answering.word_kinds import DEGREES, DENIALS

DENIAL_REACH = 3  # content words after a denial that it may still govern

_TOKEN = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*|[.;:!?\n]+")
_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth"
_NUMBERS = {word: str(value) for value, word in enumerate(_NUMBER_WORDS.split(), start=2)} | {
    word: f"{value}{dict(enumerate(('st', 'nd', 'rd'), 1)).get(value, 'th')}"
    for value, word in enumerate(_ORDINALS.split(), start=1)
}
# Forms of one word share their beginning: so many letters of it, and this share of the longer form.
_FORM_LETTERS, _FORM_SHARE = 5, 0.65
_SHORT_FORM_LETTERS, _SHORT_FORM_SHARE = 4, 0.8


@dataclass(frozen=True, slots=True)
class Token:
    """A content word, or a word of degree; ``start`` and ``end`` are its place in :func:`plain`'s text.

    ``denied`` says that a denial stands right before it, ``in_denial`` that one stands up to three content words before
    it in the same clause.
    """

    stem: str
    word: str
    start: int
    end: int
    denied: bool
    in_denial: bool

    @property
    def is_degree(self) -> bool:
        """Whether it is a word such as "more" or "before"."""
        return self.word in DEGREES

    @property
    def is_number(self) -> bool:
        """Whether it is a number, in digits."""
        return self.word[0].isdigit()


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each token of a statement the place of its counterpart, or None; ``related`` are mere forms of it."""

    places: tuple[int | None, ...]
    related: frozenset[int]

    def before(self, row: int) -> int | None:
        """Return the counterpart of the nearest earlier token that has one."""
        return next((place for place in reversed(self.places[:row]) if place is not None), None)

    def after(self, row: int) -> int | None:
        """Return the counterpart of the nearest later token that has one."""
        return next((place for place in self.places[row + 1 :] if place is not None), None)


def plain(given: str) -> str:
    """Return a text in lower case with its denials spelt out: "can't", "cannot" and "unable" as "not"."""
    given = re.sub(r"^(?:yes|no),", "", given.lower().replace("\u2019", "'"))
    given = re.sub(r"\bcan(?:not|'t)\b", "can not", given).replace("won't", "will not")
    return re.sub(r"\bunable\b", "not able", re.sub(r"n't\b", " not", given))


def tokens(given: str) -> list[Token]:
    """Return the content words and words of degree of a text, in order; numbers as digits."""
    found: list[Token] = []
    since = DENIAL_REACH  # content words since the last denial
    for match in _TOKEN.finditer(plain(given)):
        if not match.group()[0].isalnum():
            since = DENIAL_REACH
            continue
        word = match.group().removesuffix("'s").partition("'")[0]
        for part in filter(None, re.split(r"-|\.(?!\d)", word)):
            if part in DENIALS:
                since = 0
            elif part in DEGREES or part not in text.STOP_WORDS:
                part = _NUMBERS.get(part, part)
                found.append(Token(text.stem(part), part, match.start(), match.end(), since == 0, since < DENIAL_REACH))
                since += part not in DEGREES
    return found


def align(statement: Sequence[Token], evidence: Sequence[Token]) -> Alignment:
    """Find each token's counterpart; none is used twice.

    Runs of equal words come first, longest first; then single words, each at the place nearest to its neighbours'
    counterparts; last, other forms of the same word ("inflamed" and "inflammation").
    """
    places: list[int | None] = [None] * len(statement)
    used: set[int] = set()
    where: dict[str, list[int]] = {}
    for column, token in enumerate(evidence):
        where.setdefault(token.stem, []).append(column)
    for length, row, column in sorted(_runs(statement, evidence, where)):
        for step in range(-length):
            if places[row + step] is None and column + step not in used:
                places[row + step] = column + step
                used.add(column + step)
    for row, token in enumerate(statement):
        free = [column for column in where.get(token.stem, ()) if column not in used]
        if places[row] is None and free:
            anchors = _neighbours(places, row)
            places[row] = min(free, key=lambda column: min((abs(column - at) for at in anchors), default=0))
            used.add(places[row])  # type: ignore[arg-type]
    related = _relate(statement, evidence, places, used)
    return Alignment(tuple(places), related)


def longest_order(places: Sequence[int | None]) -> int:
    """Return how many counterparts at most stand in the statement's order (longest increasing subsequence)."""
    tails: list[int] = []
    for place in places:
        if place is not None:
            at = bisect_left(tails, place)
            tails[at : at + 1] = [place]
    return len(tails)


def _runs(
    statement: Sequence[Token], evidence: Sequence[Token], where: Mapping[str, Sequence[int]]
) -> list[tuple[int, int, int]]:
    """Return runs of two or more equal words: minus their length, and where they begin in either text."""
    found = []
    for row, token in enumerate(statement):
        for column in where.get(token.stem, ()):
            if row and column and statement[row - 1].stem == evidence[column - 1].stem:
                continue  # part of a longer run
            length = 1
            while (
                row + length < len(statement)
                and column + length < len(evidence)
                and statement[row + length].stem == evidence[column + length].stem
            ):
                length += 1
            if length > 1:
                found.append((-length, row, column))
    return found


def _neighbours(places: Sequence[int | None], row: int) -> list[int]:
    before = next((place for place in reversed(places[:row]) if place is not None), None)
    after = next((place for place in places[row + 1 :] if place is not None), None)
    return [place for place in (before, after) if place is not None]


def _relate(
    statement: Sequence[Token], evidence: Sequence[Token], places: list[int | None], used: set[int]
) -> frozenset[int]:
    related = set()
    for row, token in enumerate(statement):
        if places[row] is not None or token.is_degree or token.is_number:
            continue
        for column, other in enumerate(evidence):
            if column not in used and not other.is_degree and _are_forms(token.stem, other.stem):
                places[row] = column
                used.add(column)
                related.add(row)
                break
    return frozenset(related)


def _are_forms(first: str, second: str) -> bool:
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    longer = max(len(first), len(second))
    return (shared >= _FORM_LETTERS and shared >= _FORM_SHARE * longer) or (
        shared >= _SHORT_FORM_LETTERS and shared >= _SHORT_FORM_SHARE * longer
    )
