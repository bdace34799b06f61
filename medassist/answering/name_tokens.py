"""The words of a text as the search for names sees them: capital or small, listed, of every day, of medicine."""

import re
import unicodedata
from dataclasses import dataclass

from medassist.answering.common_words import COMMON_WORDS
from medassist.answering.eponyms import EPONYMS, HEADS, NO_PERSONS
from medassist.answering.given_names import GIVEN_NAMES
from medassist.answering.surnames import SURNAMES

_WORD = re.compile(r"(?<!\w)[^\W\d_](?:[^\W\d_]|['\-](?=[^\W\d_]))*(?!\w)")
_UPPER = re.compile(r"[^\W\d_a-zß-öø-ÿ]")  # any letter but the small ones of Latin
_ABBREVIATION = re.compile(r"[A-Z][a-z][A-Z]|[A-Z]{2,}[a-z]+[A-Z]*")  # IgA, DNAse
_POSSESSIVE = re.compile(r"'s$", re.IGNORECASE)
_CONTRACTION = re.compile(r"(?:^i|n)'(?:m|ve|d|ll|t)$|'(?:re|ll|ve|d)$")
# How medicine's nouns end, and people's names don't.
_MEDICAL_ENDING = re.compile(
    r"(?:..itis|..osis|...omas?|opathy|plas(?:ia|ty)|trophy|a?emia|uria|ectomy|otomy|ostomy|genesis|algia|lysis|philia|penia)$"
)
_NOT_DECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "\u0131": "i"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word, ``text[start:end]``, without a possessive ``'s``; ``plain`` is in small letters without accents."""

    start: int
    end: int
    word: str
    plain: str
    capital: bool
    possessive: bool

    @property
    def given(self) -> bool:
        """Whether it is on the list of given names, as a whole or in its parts (Anne-Marie)."""
        return self.plain in GIVEN_NAMES or all(part in GIVEN_NAMES for part in self.plain.split("-"))

    @property
    def surname(self) -> bool:
        """Whether it is on the list of surnames, as a whole or in its parts."""
        return self.plain in SURNAMES or all(part in SURNAMES for part in self.plain.split("-"))

    @property
    def common(self) -> bool:
        """Whether it is a word of every day or of medicine, or one that begins no name."""
        listed = self.plain in COMMON_WORDS or self.plain in NO_PERSONS
        plural = self.plain.endswith("s") and self.plain[:-1] in COMMON_WORDS and self.plain not in GIVEN_NAMES
        return listed or plural or bool(_CONTRACTION.search(self.plain))

    @property
    def eponym(self) -> bool:
        """Whether all its parts are people after whom medicine has named something (Ehlers-Danlos)."""
        return all(part in EPONYMS or part.rstrip("s") in EPONYMS for part in self.plain.split("-"))

    @property
    def head(self) -> bool:
        """Whether it is what eponyms stand before: disease, syndrome, test."""
        listed = self.plain in HEADS or self.plain.rstrip("s") in HEADS
        return listed or (bool(_MEDICAL_ENDING.search(self.plain)) and not (self.given or self.surname))

    @property
    def unusual(self) -> bool:
        """Whether it is neither of every day nor of medicine, so that it may be a name."""
        return not (self.common or self.eponym or self.head)

    @property
    def initial(self) -> bool:
        """Whether it is a single letter."""
        return len(self.word) == 1


def tokenise(text: str) -> list[Token]:
    """Return the words of a text in order; what is grown together with digits is none."""
    found = []
    for match in _WORD.finditer(text):
        word = _POSSESSIVE.sub("", match[0])
        end = match.start() + len(word)
        capital = bool(_UPPER.match(word)) and not _ABBREVIATION.fullmatch(word)
        found.append(Token(match.start(), end, word, plain(word), capital, len(word) < len(match[0])))
    return found


def plain(word: str) -> str:
    """Return a word in small letters, without accents."""
    decomposed = unicodedata.normalize("NFKD", word.lower().translate(_NOT_DECOMPOSED))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
