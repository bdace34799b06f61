"""Names of persons: by what stands before or after them, and by lists of given names and surnames.

Medicine is full of names that are nobody's: Parkinson's disease, the Glasgow scale, Crohn's. So a capital letter is no
evidence. The words around are ("my name is", "Dr.", "my son", "Regards"), and so is a given name of the lists before
another name; and what stands before "disease", "syndrome" or "test", or is a known eponym, is medicine.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medassist.answering import name_contexts as contexts
from medassist.answering.eponyms import NAMED_PHRASES, NO_PERSONS, OF_PERSONS
from medassist.answering.identifiers import NAME, Span
from medassist.answering.name_contexts import HINT, LIKELY, MAYBE, NONE, SURE, TITLED
from medassist.answering.name_tokens import Token, tokenise

MOST_WORDS, MOST_SMALL_WORDS = 5, 4  # of a name
_HEAD_WITHIN = 4  # words after a name, among which "syndrome" and the like make it medicine
_PARTICLE_WORDS = "de del della di da do dos das du la le los van von der den ter ten bin ibn al el y e zu st"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_SMALL_PARTICLES = _PARTICLES - {"a", "e", "y", "do", "la"}  # those that are no words of English
# Words that end what a name may be part of.
_ENDING_WORDS = """
im i'm hi hello is was has had have takes took with and or for from about of in on at by who whose that which to says
said asks wants needs would will can could should does did gets got i he she we they my his her our their the a an aged
here as
"""
_ENDINGS = frozenset(_ENDING_WORDS.split())
# Given names that are words, and nothing else, in small letters.
_WORDS_IN_SMALL = "may will see so in my an many long soon son man guy love hope miss else young lady buddy"
_NEVER_SMALL = frozenset(_WORDS_IN_SMALL.split())
_BETWEEN = re.compile(r"[\s,;:/()<>|-]{1,4}")  # what may stand between a name and another identifier


def find_names(text: str, others: Sequence[Span] = ()) -> Iterator[Span]:
    """Yield the names of persons in a text; ``others`` are its other identifiers, beside which names often stand."""
    tokens, weights = tokenise(text), contexts.weights(text)
    shouted = sum(token.word.isupper() and not token.initial for token in tokens) > len(tokens) / 2
    number = 0
    while number < len(tokens):
        token = tokens[number]
        if any(span.start <= token.start < span.end for span in others):
            number += 1
            continue
        place = _Place(text, tokens, number, weights.get(token.start, NONE), others, shouted)
        count = place.capital_words() if token.capital else place.small_words()
        if count:
            yield Span(token.start, tokens[number + count - 1].end, NAME)
        number += max(1, count)


def is_medicine(text: str, start: int, end: int) -> bool:
    """Tell whether ``text[start:end]``, taken for a name, is of medicine: an eponym, or what "disease" follows."""
    tokens = tokenise(text)
    inside = [number for number, token in enumerate(tokens) if start <= token.start and token.end <= end]
    if not inside:
        return False
    words = [tokens[number] for number in inside]
    place = _Place(text, tokens, inside[0], NONE, (), False)
    plain = all(word.common or word.eponym for word in words) or any(word.head for word in words)
    return plain or place.is_medicine(len(inside))


@dataclass(frozen=True, slots=True)
class _Place:
    """A word of a text at which a name may begin; ``weight`` is how sure the words before it make that one does."""

    text: str
    tokens: Sequence[Token]
    number: int
    weight: int
    others: Sequence[Span]
    shouted: bool  # most words of the text are in capitals

    # --- names with capital letters -------------------------------------------------------------------------------

    def capital_words(self) -> int:
        """Return of how many words the name consists that begins here; 0 if none does."""
        run = self._run()
        if not run or self.is_medicine(run):
            return 0
        if self.weight == SURE:
            return run
        first = self.tokens[self.number]
        if "," in self.text[first.end : self.tokens[self.number + run - 1].start]:  # Lopez, Maria
            return run
        words = [token for token in self.tokens[self.number : self.number + run] if token.capital]
        full = [word for word in words if not word.initial]
        alone = run == 1 and (not self.shouted or len(self.tokens) == 1)  # ANA: a test, seldom a person
        abbreviation = first.word.isupper() and 1 < len(first.word) < 6 and (alone or not (self.shouted or first.given))
        if (abbreviation and not (self.weight >= LIKELY and run > 1)) or not full:
            return 0
        if self._is_full_name(words, full) if len(words) > 1 else self._is_single_name(first):
            return run
        return 0

    def _run(self) -> int:
        """Return how many words from here on could be one name: capitals, initials, particles between them."""
        count = 0
        for place in range(self.number, min(self.number + MOST_WORDS, len(self.tokens))):
            token = self.tokens[place]
            if place > self.number and (token.head or token.plain in _ENDINGS or not self._is_joined(place, count)):
                break
            named = not token.common or token.given or token.surname or (self.weight == SURE and place == self.number)
            if token.capital and named:
                count = place - self.number + 1
            elif token.plain not in _PARTICLES or place == self.number:
                break
        return count

    def _is_joined(self, place: int, count: int) -> bool:
        """Tell whether a word can belong to the name that the one before it belongs to."""
        before, token = self.tokens[place - 1], self.tokens[place]
        gap = self.text[before.end : token.start]
        inverted = gap in (", ", ",") and count == 1 and token.capital and self._is_inverted(before, token)
        initial = before.initial and gap in (". ", ".")
        return not before.possessive and (gap == " " or initial or inverted)

    def _is_inverted(self, surname: Token, given: Token) -> bool:
        """Tell whether two words are ``Lopez, Maria``."""
        begins = not self.text[: surname.start].strip() or self.text[surname.start - 1] == "\n"
        listed = surname.surname and (surname.unusual or begins)
        return given.given and given.unusual and (listed or (surname.unusual and (begins or self.weight >= LIKELY)))

    def _is_full_name(self, words: Sequence[Token], full: Sequence[Token]) -> bool:
        first, last = words[0], words[-1]
        if not all(word.unusual or word.given or word.surname for word in full):
            return False
        if self.weight == TITLED or (self.weight == LIKELY and (first.given or not first.common)):
            return True
        listed = first.given and first.unusual
        if last.surname and last.unusual and (first.given or first.unusual or first.initial):
            return True
        if listed and (last.unusual or last.surname):
            return True
        placed = self._is_placed(first.start, last.end)
        backed = self.weight >= MAYBE or placed
        if all(word.unusual for word in full) and backed:
            return True
        dotted = "." in self.text[first.end : last.start]  # Taylor V. Lambert
        if (first.given or first.initial) and last.surname and (backed or dotted):
            return True
        known = last.surname or (first.given and (first.unusual or backed))
        return known and any(word.unusual for word in full) and (self.weight > NONE or placed)

    def _is_single_name(self, word: Token) -> bool:
        if self.weight == TITLED:
            return not word.common or word.given or word.surname
        if self.weight == LIKELY:
            return word.given or word.unusual
        oneself = self.weight == MAYBE and word.given and word.plain not in NO_PERSONS | _NEVER_SMALL
        if oneself and contexts.is_introduced(self.text, word.start) and contexts.PAUSES.match(self.text, word.end):
            return True
        if self.weight == MAYBE and word.unusual and contexts.ONESELF.search(self.text, 0, word.start):
            return bool(contexts.PAUSES.match(self.text, word.end))
        return word.given and word.unusual

    def _is_placed(self, start: int, end: int) -> bool:
        """Tell whether another identifier, or what is said of persons only, stands beside a name."""
        beside = any(
            _BETWEEN.fullmatch(self.text, end, max(end, span.start))
            or _BETWEEN.fullmatch(self.text, span.end, max(span.end, start))
            for span in self.others
        )
        return beside or bool(contexts.PERSONAL.match(self.text, end))

    # --- what is medicine -----------------------------------------------------------------------------------------

    def is_medicine(self, run: int) -> bool:
        """Tell whether the words name a disease, a test and the like."""
        names = self.tokens[self.number : self.number + run]
        phrase = " ".join(token.plain for token in self.tokens[self.number : self.number + max(run, MOST_WORDS)])
        if f"{phrase} ".startswith(NAMED_PHRASES):
            return True
        if self.number:
            before = self.tokens[self.number - 1]
            gap = self.text[before.end : names[0].start]
            if before.plain == "st" and self.weight < SURE:  # a saint's: John's wort, Vitus' dance
                return True
            of = before.plain == "of" and self.number > 1 and self.tokens[self.number - 2].head
            if of and self.weight < MAYBE:  # the circle of Willis
                return True
            if before.eponym and gap in (" ", "-", " and "):
                return True
        if self.weight < SURE and self._is_headed(run):
            return True
        person = self.weight > LIKELY or (self.weight == LIKELY and names[0].given and not names[0].possessive)
        return not person and all(token.eponym for token in names)

    def _is_headed(self, run: int) -> bool:
        """Tell whether a word such as "disease" follows, at once or after words that go with it."""
        end = self.number + run
        last = self.tokens[end - 1]
        owned = last.possessive and end < len(self.tokens) and self.tokens[end].plain in OF_PERSONS
        if owned and last.given and last.unusual:  # Laura's rash, not Laura's disease
            return False
        for before, token in zip(self.tokens[end - 1 :], self.tokens[end : end + _HEAD_WITHIN], strict=False):
            gap = self.text[before.end : token.start]
            if not re.fullmatch(r"(?:'s?)?[\s-]", gap) or token.plain in _ENDINGS:
                return False
            if token.head:
                return True
        return False

    # --- names in small letters -----------------------------------------------------------------------------------

    def small_words(self) -> int:
        """Return of how many words a name in small letters consists: only where the words around announce one."""
        first = self.tokens[self.number]
        if first.initial:
            return self._small_run() if self.weight == SURE and self.text[first.end : first.end + 1] == "." else 0
        if first.plain in _ENDINGS or not (first.given or first.surname or first.unusual):
            return 0
        listed = first.given and first.unusual and len(first.plain) > 2
        count = self._small_run()
        told = bool(contexts.PERSONAL_SMALL.match(self.text, self.tokens[self.number + count - 1].end))
        acting = first.given and first.plain not in _NEVER_SMALL and bool(contexts.ACTS.match(self.text, first.end))
        announced = (
            self.weight == SURE
            or (self.weight >= LIKELY and listed)
            or (self.weight == LIKELY and acting)
            or (self.weight == TITLED and first.surname and first.unusual)
            or (told and listed and not self.number)
            or (told and self.weight >= HINT and first.unusual and count > 1)
            or (
                self.weight >= MAYBE
                and listed
                and contexts.LINE_ENDS.match(self.text, self.tokens[self.number + count - 1].end)
            )
        )
        introduced = (self.weight >= HINT and listed) or (first.unusual and told)
        return count if announced or (introduced and contexts.is_introduced(self.text, first.start)) else 0

    def _small_run(self) -> int:
        count = 1
        following = self.tokens[self.number + 1 : self.number + MOST_SMALL_WORDS]
        for before, token in zip(self.tokens[self.number :], following, strict=False):
            initial = len(token.plain) == 1 and token.plain not in "aei"
            ended = (
                token.surname and token.plain not in _NEVER_SMALL and contexts.ENDS_SMALL.match(self.text, token.end)
            )
            named = token.unusual or initial or ended or token.plain in _SMALL_PARTICLES
            if self.text[before.end : token.start] not in (" ", ". ") or not named or token.plain in _ENDINGS:
                break
            count += 1
        return count
