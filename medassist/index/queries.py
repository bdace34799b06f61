"""What people write → what is searched for: texts to encode, weighted words for BM25, names and the side asked for.

Nothing here needs a model. Words and numbers are this module's; what the index is about comes from its vocabulary.
"""

import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from medassist.index.aspects import asked_aspect
from medassist.index.lexical import tokenise
from medassist.index.spelling import correct
from medassist.index.vocabulary import Name, Vocabulary, name_words
from medassist.text import STOP_WORDS

# A message of more words tells a story around its question, and the names in it are searched for by themselves as well.
# Their vector's weight grows from 0 to STORY_WEIGHT between these numbers of words. (Encoding only the sentences that
# ask was worse than the whole message: nDCG@10 of the cosine alone 0.33 against 0.41 over LiveQA's training questions.)
SHORT, LONG = 10, 20
STORY_WEIGHT = 0.5
# A single word is a name worth searching for if no larger share of the passages holds it ("blood", "pregnancy").
COMMON = 0.02
EXPANSION_WEIGHT = 0.5  # of the words that another name adds
NAME_WEIGHT = 2.0  # of a name's words in a long message

# What people write around a question, beside stop words.
_TALK = """
please thank thanks hello hi hey dear sir madam mam doctor doctors dr help know like want need wonder wondering
information info tell find name email mail send regards sincerely best appreciate advice advise suggest suggestion
question questions ask answer reply response possible im ive id year years yr yrs old age aged ago day days daily week
weeks month months time times today now male female man woman mother mom father dad parent parents son daughter husband
wife brother sister friend uncle aunt cousin people person someone anyone everyone my got told said say says going go
went goes come came really much many lot able since live lives living location contact date feel feels felt try trying
tried look looking hope kindly urgent soon understand give given gave take takes taking let see concern concerned
worried thing things something anything make makes made think good well start started recently experience believe use
used using
"""
_ARTICLES = ("the", "a", "an", "my", "this", "that")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched for.

    Parameters
    ----------
    texts : tuple of str
        What is encoded; the question, put right, comes first. Never empty, at most three.
    text_weights : tuple of float
        What each text's vector counts, above 0.
    words : tuple of str
        Stemmed words for BM25, as :func:`medassist.index.lexical.tokenise` makes them; each stands once.
    weights : tuple of float
        What each word's BM25 score is multiplied by, above 0.
    names : tuple of str
        The topics that the question names, as the index or the question writes them, in order.
    aspect : str
        The side of the topic that is asked for, as documents' titles put it ("treatment"); empty if none was heard.
    """

    texts: tuple[str, ...]
    text_weights: tuple[float, ...]
    words: tuple[str, ...]
    weights: tuple[float, ...]
    names: tuple[str, ...] = ()
    aspect: str = ""


def understand(text: str, vocabulary: Vocabulary) -> Query:
    """Work out what a person's words ask for.

    Misspelt words are put right; names that the index has other names for are also searched for under those; long
    messages are also searched for by what they name and the side of it that they ask about.

    Parameters
    ----------
    text : str
        A question in plain words, of any length.
    vocabulary : Vocabulary
        Of the index that is searched.
    """
    text = " ".join(html.unescape(text).split())
    corrected = correct(text, vocabulary)
    found = [name for name in vocabulary.find_names(corrected) if _is_telling(corrected, name, vocabulary)]
    length = len(corrected.split())
    story = min(1.0, max(0.0, (length - SHORT) / (LONG - SHORT)))
    named = {name_words(name): name for name in (_best_name(corrected, name) for name in reversed(found))}
    names = tuple(reversed(named.values()))
    aspect = asked_aspect(corrected)
    texts = {corrected or text: 1.0}
    if story < 1 and any(name.topics for name in found):
        texts.setdefault(_with_best_names(corrected, found), 1.0)
    if story and names:
        texts.setdefault(", ".join(names) + (f": {aspect}" if aspect else ""), STORY_WEIGHT * story)
    words = _weigh_words(text, corrected, found, story)
    return Query(tuple(texts), tuple(texts.values()), tuple(words), tuple(words.values()), names, aspect)


def join_vectors(vectors: NDArray[np.float32], weights: Sequence[float]) -> NDArray[np.float32]:
    """Return the unit vector of a query from those of its texts, shape (texts, dimension): their weighted sum."""
    joined = np.asarray(weights, np.float32) @ vectors  # (texts, dimension) -> (dimension,)
    unit: NDArray[np.float32] = joined / max(float(np.linalg.norm(joined)), 1e-12)
    return unit


def _is_telling(text: str, name: Name, vocabulary: Vocabulary) -> bool:
    words = name_words(text[name.start : name.end])
    return words[0] not in _ARTICLES and (len(words) > 1 or vocabulary.share(words[0]) <= COMMON)


def _best_name(text: str, name: Name) -> str:
    return name.topics[0] if name.topics else text[name.start : name.end]


def _with_best_names(text: str, names: Sequence[Name]) -> str:
    parts, end = [], 0
    for name in names:
        parts += [text[end : name.start], _best_name(text, name)]
        end = name.end
    return "".join([*parts, text[end:]])


def _weigh_words(text: str, corrected: str, names: Sequence[Name], story: float) -> dict[str, float]:
    """Stemmed words with their weights: the square root of how often they stand, without what people say around it."""
    talk, counts = _talk_stems(), Counter(_stems(corrected))
    asked = {word: count**0.5 for word, count in counts.items() if word not in talk} or dict(counts)
    weights = {word: float(weight) for word, weight in asked.items()}
    for word in {stem for name in names for stem in _stems(corrected[name.start : name.end])} & weights.keys():
        weights[word] *= 1 + (NAME_WEIGHT - 1) * story
    if corrected != text:
        for word in _stems(text):
            if word not in talk:
                weights.setdefault(word, 1.0)
    for name in names:
        for topic in name.topics:
            for word in _stems(topic):
                weights.setdefault(word, EXPANSION_WEIGHT / len(name.topics))
    return weights


def _stems(text: str) -> list[str]:
    return tokenise([text])[0]


@cache
def _talk_stems() -> frozenset[str]:
    return frozenset(_stems(" ".join([*STOP_WORDS, _TALK])))
