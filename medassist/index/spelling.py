"""Misspelt words → the index's own words: "hypertention", "alopicia", "colesterol".

What stands in the index, in a name or in the language's word list is well spelt; so are abbreviations, words with
digits and words of fewer than five letters. A word is put right where a word of the index is near by optimal string
alignment (Damerau 1964: letters missing, added, changed, or two of them swapped).
"""

import math
import re

from medassist.index.vocabulary import Vocabulary, is_shouting

SHORTEST = 5  # letters; shorter words have too many neighbours of other meanings
LONG = 8  # letters from which two slips are put right; up to there one
# A word that so few passages hold may be a slip of a publisher's own, if one that far more hold is one slip away.
RARE_PASSAGES, MORE_OFTEN = 3, 100

# Letters that are taken for each other at the start of a word: the others are seldom wrong there.
_SOUNDS = ("cksqx", "fpv", "aeiouyh", "gj", "zxs", "bvp", "dt", "mn", "wv")
_ALIKE = {letter: {other for sound in _SOUNDS if letter in sound for other in sound} for letter in "".join(_SOUNDS)}
_SILENT_P = "nst"  # pneumonia, psoriasis, ptosis
# Endings of drugs' names. Two slips turn one drug into another; so the ending must stay.
_DRUG = re.compile(r"(?:in|ine|ol|one|ide|ate|mab|nib|pril|tan|lin|cin|pam|lam|ril|xin|zole|vir|ium|tin)$")
# A word by itself: not within an address, a file's name, a placeholder or a contraction.
_TOKEN = re.compile(r"(?<![\w@/\['\u2019])(?<!\w[.:])[^\W\d_]+(?![\w@/\]])(?![.:]\w)(?!['\u2019](?!s\b))")


def correct(text: str, vocabulary: Vocabulary) -> str:
    """Return a text with its misspelt words put right; all else stays as it was."""
    shouting = is_shouting(text)

    def put_right(match: re.Match[str]) -> str:
        word, before = match.group(), text[: match.start()].rstrip()
        if (word.isupper() and not shouting) or re.search("[a-z][A-Z]", word):
            return word
        is_name = word[0].isupper() and not shouting and bool(before) and before[-1] not in ".?!:;"
        return nearest_word(word.lower(), vocabulary, named_only=is_name) or word

    return _TOKEN.sub(put_right, text)


def nearest_word(word: str, vocabulary: Vocabulary, *, named_only: bool = False) -> str:
    """Return the word of the index that was meant by a lower-case word; empty if it is well spelt or none is near.

    Parameters
    ----------
    named_only : bool
        Take words of topics' names alone, as for a word with a capital in the middle of a sentence.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, JaroWinkler

    count = vocabulary.counts.get(word, 0)
    if len(word) < SHORTEST or not word.isascii():
        return ""
    if word in vocabulary.english or vocabulary.is_named(word) or count > RARE_PASSAGES:
        return ""
    slips = 2 if len(word) >= LONG and not count else 1
    best: tuple[float, str] = (math.inf, "")
    neighbours = _neighbours(word, slips, vocabulary)
    for other, distance, _ in process.extract(word, neighbours, scorer=OSA.distance, score_cutoff=2, limit=None):
        often = vocabulary.counts.get(other, 0)
        if distance > slips and sorted(other) != sorted(word):  # all its letters, but one at a wrong place: "athsma"
            continue
        if (named_only and not vocabulary.is_named(other)) or often < count * MORE_OFTEN:
            continue
        if distance > 1 and (other[0] != word[0] or (_DRUG.search(word) and other[-2:] != word[-2:])):
            continue
        # Slips count most, then a wrong first letter; of near words the likelier and the more alike at the start.
        cost = distance + 0.8 * (other[0] != word[0]) - 0.1 * math.log1p(often)
        cost -= 0.15 * vocabulary.is_named(other) + 2 * JaroWinkler.similarity(other, word)
        best = min(best, (cost, other))
    found = best[1]
    return found if found in vocabulary.counts else ""


def _neighbours(word: str, slips: int, vocabulary: Vocabulary) -> list[str]:
    """Well-spelt words of about the length that start with a letter which the word's first may stand for."""
    starts = {word[0], word[1]} | _ALIKE.get(word[0], set()) | ({"p"} if word[0] in _SILENT_P else set())
    lengths = range(len(word) - slips, len(word) + slips + 1)
    return [other for start in sorted(starts) for length in lengths for other in vocabulary.starting(start, length)]
