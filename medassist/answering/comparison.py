"""Passages cut into what a statement can be held against, and the two side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from medassist import text
from medassist.answering.alignment import Alignment, Token, align, plain, tokens
from medassist.answering.word_kinds import OPPOSITES
from medassist.schemas import Passage

# Sentences that a statement may draw on together: models like to join neighbours into one.
EVIDENCE_SENTENCES = 3
TITLE_WORTH = 0.6  # of a word in the passage's title, against one in the text, when stretches are ranked
LENGTH_COST = 0.004  # of each word of a stretch there, so that of equals the shorter is taken
NEAR = 4  # words: counterparts so far apart stand together
SAME_PLACE = 8  # words: a wider gap is no place in which one word was exchanged for another


class Stretch:
    """Sentences of a passage that follow each other.

    Attributes
    ----------
    text : str
        The sentences as they are written.
    plain : str
        The same as :func:`~medassist.answering.alignment.plain` makes them; ``tokens`` give their places in it.
    bounds : list of (int, int)
        Where each sentence begins and ends in ``plain``.
    """

    def __init__(self, sentences: Sequence[str], split: Sequence[Sequence[Token]]) -> None:
        self.text = " ".join(sentences)
        self.plain = ""
        self.tokens: list[Token] = []
        self.bounds: list[tuple[int, int]] = []
        for sentence, found in zip(sentences, split, strict=True):
            start = len(self.plain)
            self.tokens += [replace(token, start=start + token.start, end=start + token.end) for token in found]
            self.plain += f"{plain(sentence)} "
            self.bounds.append((start, len(self.plain) - 1))
        self.stems = frozenset(token.stem for token in self.tokens)

    def part(self, alignment: Alignment) -> str:
        """Return the text from the first to the last word that a statement draws on, whole sentences at its ends."""
        used = [place for place in alignment.places if place is not None]
        if not used:
            return self.plain
        first, last = min(used), max(used)
        starts = {self._at(start): start for start, _ in self.bounds}
        begin = starts.get(first, self.tokens[first].start)
        ends = {self._at(end) - 1: end for _, end in self.bounds}
        return self.plain[begin : ends.get(last, self.tokens[last].end)]

    def before(self, place: int) -> str:
        """Return what stands before a word in its sentence, the last words of it."""
        start = max(start for start, _ in self.bounds if start <= self.tokens[place].start)
        return " ".join(self.plain[start : self.tokens[place].start].split()[-SAME_PLACE:])

    def after(self, place: int) -> str:
        """Return what stands after a word in its sentence, the first words of it."""
        end = min(end for _, end in self.bounds if end >= self.tokens[place].end)
        return " ".join(self.plain[self.tokens[place].end : end].split()[:SAME_PLACE])

    def _at(self, position: int) -> int:
        """Return the number of the first token at or after a position."""
        return next((row for row, token in enumerate(self.tokens) if token.start >= position), len(self.tokens))


@dataclass(frozen=True, slots=True)
class Exchange:
    """Words of a statement that have no counterpart (``rows``), and what the stretch has in their place.

    Each is given as it is written, and with a word of context on either side.
    """

    rows: range
    said: str
    written: str
    said_in_context: str
    written_in_context: str


class Source:
    """A passage, made ready for statements to be held against it."""

    def __init__(self, passage: Passage) -> None:
        found = text.sentences(passage.text)
        split = [tuple(tokens(sentence)) for sentence in found]
        self.title = frozenset(token.stem for token in tokens(" ".join([passage.title, passage.topic, *passage.names])))
        self.stems = frozenset(token.stem for sentence in split for token in sentence)
        self.stretches = [
            Stretch(found[start : start + size], split[start : start + size])
            for size in range(1, EVIDENCE_SENTENCES + 1)
            for start in range(len(found) - size + 1)
        ]
        self._words: list[str] = []
        self._bounds = {0}  # where sentences begin and end among the words
        for sentence in found:
            self._words += text.words(sentence)
            self._bounds.add(len(self._words))

    def quotes(self, statement: str) -> bool:
        """Tell whether a statement is one or more whole sentences of the passage, word for word."""
        said = text.words(statement)
        return any(
            start + len(said) in self._bounds and self._words[start : start + len(said)] == said
            for start in self._bounds
            if said
        )


class Comparison:
    """A statement beside a stretch of a passage that may say the same.

    Attributes
    ----------
    said : tuple of Token
        The statement's.
    alignment : Alignment
    free : list of int
        Places of the stretch's words that no word of the statement stands for.
    titled : list of int
        Words of the statement that only the title has.
    missing : list of int
        Words of the statement that neither stretch nor title have, but for words of degree.
    """

    def __init__(self, statement: str, stretch: Stretch, source: Source, number: int) -> None:
        self.statement, self.stretch, self.source, self.number = statement, stretch, source, number
        self.said = tuple(tokens(statement))
        self.alignment = align(self.said, stretch.tokens)
        used = set(self.alignment.places)
        self.free = [place for place in range(len(stretch.tokens)) if place not in used]
        without = [row for row, place in enumerate(self.alignment.places) if place is None]
        self.titled = [row for row in without if self.said[row].stem in source.title]
        self.missing = [row for row in without if row not in self.titled and not self.said[row].is_degree]

    def contradicts(self) -> bool:
        """Tell whether a number, a denial or an opposite speaks against the statement."""
        evidence = self.stretch.tokens
        if any(self.said[row].is_number for row in self.missing):
            return True
        for row, place in enumerate(self.alignment.places):
            token = self.said[row]
            if place is None:
                opposites = OPPOSITES.get(token.stem, frozenset())
                if any(evidence[free].stem in opposites for free in self.free):
                    return True
            elif _denies_otherwise(token, evidence[place]):
                return True
        return not text.quantities(plain(self.statement)) <= text.quantities(plain(self.stretch.text))

    def place_of(self, row: int) -> list[int]:
        """Return the stretch's free words in whose place a word of the statement stands."""
        before, after = self.alignment.before(row), self.alignment.after(row)
        free = [place for place in self.free if not self.stretch.tokens[place].is_degree]
        if before is not None and after is not None and 0 < after - before <= SAME_PLACE:
            return [place for place in free if before < place < after]
        return [
            place
            for place in free
            if (before is not None and 0 < place - before < NEAR)
            or (after is not None and 0 < after - place < NEAR)
            or (before is None and place < NEAR - 1)
        ]

    def exchanges(self) -> list[Exchange]:
        """Return what stands for what: runs of words without counterpart, and the text between their neighbours'."""
        places, found, row = self.alignment.places, [], 0
        while row < len(places):
            end = row
            while end < len(places) and places[end] is None:
                end += 1
            if any(missing in range(row, end) for missing in self.missing):
                found.append(self._exchange(range(row, end)))
            row = end + 1
        return found

    def _exchange(self, rows: range) -> Exchange:
        said, written, source = plain(self.statement), self.stretch.plain, self.stretch.tokens
        first = self.said[rows.start - 1] if rows.start else None
        last = self.said[rows.stop] if rows.stop < len(self.said) else None
        before, after = self.alignment.before(rows.start), self.alignment.after(rows.stop - 1)
        if before is not None and after is not None and 0 < after - before <= SAME_PLACE:
            between = written[source[before].end : source[after].start]
            wider = written[source[before].start : source[after].end]
        elif before is not None:
            between = self.stretch.after(before)
            wider = f"{source[before].word} {between}"
        elif after is not None:
            between = self.stretch.before(after)
            wider = f"{between} {source[after].word}"
        else:
            between = wider = written
        return Exchange(
            rows,
            said[first.end if first else 0 : last.start if last else None].strip(),
            between.strip(),
            said[first.start if first else 0 : last.end if last else None].strip(),
            wider.strip(),
        )

    def bare(self) -> str:
        """Return the statement with "it" for what only the title names, as the passage may say it."""
        written, result, last = plain(self.statement), "", 0
        for row in self.titled:
            token = self.said[row]
            if token.start >= last:
                follows = row - 1 in self.titled
                result += written[last : token.start] + ("" if follows else "it")
                last = token.end
        return result + written[last:]


def _denies_otherwise(token: Token, counterpart: Token) -> bool:
    """Tell whether one of two counterparts is denied and the other is not."""
    if token.denied:
        return not counterpart.in_denial
    return counterpart.denied and not token.in_denial and not token.is_degree


def worth(needed: set[str], stretch: Stretch, source: Source) -> float:
    """Return how much of a statement's words a stretch has: what is compared closely is chosen by it."""
    there = sum(1.0 if stem in stretch.stems else TITLE_WORTH * (stem in source.title) for stem in needed)
    return there / len(needed) - LENGTH_COST * len(stretch.tokens)
