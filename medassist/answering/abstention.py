"""Whether the passages that were found answer a question at all, or the assistant should say that it cannot.

Each question gets a few plain facts, its evidence: how close it lies to the passages, whether the words that tell what
it is about stand in them, whether the index knows these words at all, whether what it calls a disease is called so
anywhere. A weighted sum of them, brought to 0 to 1 by the logistic function, is its answerability. The weights were
fitted by :mod:`medassist.experiments.abstention_training` on development questions, and so that more evidence never
speaks against an answer; ``medassist measure abstention`` measures them on questions that were kept apart.

An invented name is caught because neither the index nor the language knows it and no word of theirs is near enough to
take it for a slip; a misspelt one is put right first, by the same rules that search uses.
"""

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from medassist import text
from medassist.config import Settings
from medassist.index.spelling import correct
from medassist.index.vocabulary import Vocabulary
from medassist.schemas import Hit

# Words that health questions share whatever they are about, and what people say around them: they do not tell what a
# question is about, and do not make a passage fit.
_COMMON_TO_HEALTH_QUESTIONS = """
symptom sign treatment treat cause prevention prevent diagnosis diagnose test risk factor outlook complication side
effect dose dosage medicine drug tablet pill disease condition disorder syndrome illness problem health doctor people
person patient somebody someone anyone help need know tell explain describe mean happen take use way best good bad
better make work thing long often many kind type common usual usually really day week month year time today yesterday
night morning old new like feel start keep stop find found see dad mum mom mother father husband wife son daughter kid
child children baby friend man woman girl boy sister brother question answer write call say said told think want going
go went come came still even okay safe normal possible difference two three first last every lot bit different
now point hello hi hey dear thank thanks regards please sir madam info information advice wonder tomorrow tonight soon
im ive id whats hows wheres thats dont doesnt didnt cant couldnt wont wouldnt isnt arent wasnt havent hasnt shouldnt
gonna wanna pls thx ok
"""
_GENERAL_WORDS = frozenset(text.content_words(_COMMON_TO_HEALTH_QUESTIONS))

# What names of conditions end in. "Blue kidney syndrome" has three well-known words, but no text calls anything so.
_KINDS_OF_CONDITIONS = """
syndrome disease disorder fever flu pox cough rash anemia palsy dystrophy neuropathy deficiency cancer carcinoma tumor
tumour ataxia myopathy dysplasia arteritis vasculitis nephritis nephropathy hepatopathy encephalopathy encephalitis
retinopathy dementia leukemia lymphoma sarcoma hepatitis pneumonia arthritis dermatitis epilepsy paralysis atrophy
sclerosis fibrosis cirrhosis gastropathy cardiomyopathy dwarfism tremor malformation anomaly hernia virus allergy
"""
_KINDS = frozenset(text.content_words(_KINDS_OF_CONDITIONS))
NAME_WORDS = 3  # before such an ending that are looked at

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_PART_END = re.compile(r"(?<=[.!?:;])\s+|\n+|\s+[-\u2013\u2014]+\s+")
_ASKS = re.compile(
    r"(?:(?:and|but|so|or|now|also|then|please|pls|by the way|hi|hello|ok|okay|well)[,\s]+)*"
    r"(?:what|whats|which|who|whom|whose|when|where|why|how|is|are|was|were|am|do|does|did|can|could|should|shall|will|"
    r"would|may|might|has|any|tell|give|explain|describe|write|list|recommend|show|help|translate|solve|make|name|convert|"
    r"define|summari[sz]e|compare|suggest|advise|i(?: would|'d)? (?:want|need|like|wish|wonder)|"
    r"(?:i am |i'm )?(?:looking|wondering)|need|want)\b",
    re.IGNORECASE,
)
SLIP = 3  # letters: shorter words that nobody knows are slips ("teh") that are too short to be put right
# An asking part with one of these is about what the rest of the message says.
_POINTS_BACK = frozenset({"it", "its", "this", "that", "these", "those", "them", "they", "their", "both", "such"})

COMMON_PASSAGES = 20  # a word that more of them have is readable, if no word of the language

# Fitted; see the module's text. The order is Features's.
INTERCEPT = -13.36
WEIGHTS: Mapping[str, float] = {
    "similarity": 3.29,
    "asked_similarity": 13.88,
    "covered": 0.98,
    "asked_covered": 1.23,
    "rarest": 2.77,
    "named": 3.88,
    "unknown": -5.02,
    "readable": 0.81,
    "length": 1.6,
    "single": 1.79,
    "size": -0.91,
}


class KnowingIndex(Protocol):
    """What abstention needs of an index beside the hits: the words that it knows, and how near it comes to a text."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    def search_batch(self, queries: Sequence[str], top_k: int = 10, *, method: str = "hybrid") -> list[list[Hit]]: ...


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for and against answering a question from the passages that were found.

    Its *own words* are those that tell what it is about; each weighs the more, the fewer passages of the index have it.

    Parameters
    ----------
    similarity : float
        Cosine of the question and the passage nearest to it, in [-1, 1].
    asked_similarity : float
        The same of the part of a longer message that asks, if that has two own words at least ("What should I do?" has
        none, and asks about all the rest); else equal to ``similarity``. A message that begins with a disease and ends
        with a request for a film has a high ``similarity`` and a low one of these.
    covered, asked_covered : float
        Share of its own words, by weight, that the best passage has, in [0, 1]: of all, and of the part that asks.
    rarest : float
        Weight of the rarest own word that a passage has, in [0, 1].
    named : float
        Of what it calls a disease ("blue kidney syndrome"), the share of neighbouring words that stand together in a
        passage too; 1 if it calls nothing so.
    unknown : float
        Share of its own words, by weight, that neither the index nor the language knows, in [0, 1].
    readable : float
        Share of all its words that the language or at least some passages have, in [0, 1]: low for other languages.
    length : float
        Logarithm of 1 + the number of own words: long messages lie farther from any passage.
    single : float
        1 if it has one own word at most, else 0.
    size : float
        Decimal logarithm of the number of passages: among many, one lies near to anything by chance.
    """

    similarity: float
    asked_similarity: float
    covered: float
    asked_covered: float
    rarest: float
    named: float
    unknown: float
    readable: float
    length: float
    single: float
    size: float


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a question: its stems as they are looked for in passages, its weight, and whether it is known."""

    stems: frozenset[str]
    weight: float
    known: bool


def is_answerable(question: str, hits: Sequence[Hit], settings: Settings, index: KnowingIndex) -> bool:
    """Tell whether a question can be answered from the passages that were found for it.

    Parameters
    ----------
    question : str
        As it was searched for.
    hits : sequence of Hit
        What the index found; without any there is no answer.
    settings : Settings
        ``min_answerability`` is what must be reached.
    index : KnowingIndex
        That was searched.
    """
    return bool(hits) and answerability(gather(question, hits, index)) >= settings.min_answerability


def answerability(evidence: Features) -> float:
    """Return how likely the passages answer, in (0, 1): one half where answerable and other questions are as many."""
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in asdict(evidence).items())
    return 1 / (1 + math.exp(-total))


def gather(question: str, hits: Sequence[Hit], index: KnowingIndex) -> Features:
    """Collect a question's evidence; hits must not be empty."""
    vocabulary = index.vocabulary
    corrected = correct(" ".join(question.split()), vocabulary)
    passages = [_words_of(hit) for hit in hits]
    own = _own_words(corrected, vocabulary)
    asking = {part: words for part in _asking_parts(corrected) if len(words := _own_words(part, vocabulary)) > 1}
    covered = max(_share(own, passage) for passage in passages)
    similarity = max(hit.similarity for hit in hits)
    return Features(
        similarity=similarity,
        asked_similarity=_asked_similarity(corrected, list(asking), similarity, index),
        covered=covered,
        asked_covered=max(
            (_share(words, passage) for words in asking.values() for passage in passages), default=covered
        ),
        rarest=max((word.weight for word in own if any(word.stems <= passage for passage in passages)), default=0.0),
        named=_named(corrected, hits),
        unknown=sum(word.weight for word in own if not word.known) / max(sum(word.weight for word in own), 1e-9),
        readable=_readable(corrected, vocabulary),
        length=math.log1p(len(own)),
        single=float(len(own) <= 1),
        size=math.log10(max(1, vocabulary.passages)),
    )


def own_words(question: str) -> set[str]:
    """Return the stems that tell what a question is about: not those that all health questions share."""
    return {word for word in text.content_words(question) if word not in _GENERAL_WORDS and not word.isdigit()}


def _own_words(question: str, vocabulary: Vocabulary) -> list[_Word]:
    found: dict[str, _Word] = {}
    for word in _plain_words(question):
        stems = frozenset(_stems(word))
        if word in text.STOP_WORDS or word.isdigit() or (stems and stems <= _GENERAL_WORDS):
            continue
        known = _is_known(word, vocabulary)
        if known or len(word) > SLIP or not word.isascii():
            weight = _rarity(word, vocabulary) if known else 1.0
            found.setdefault(" ".join(sorted(stems)) or word, _Word(stems or frozenset({word}), weight, known))
    return list(found.values())


def _plain_words(question: str) -> list[str]:
    """The words in order, in lower case, without what follows an apostrophe."""
    return [re.split("['\u2019]", match.group().lower())[0] for match in _WORD.finditer(question)]


def _is_known(word: str, vocabulary: Vocabulary) -> bool:
    letters = re.sub(r"\d", "", word)  # counts hold letters only
    return vocabulary.is_named(word) or any(
        form in vocabulary.english or form in vocabulary.counts for form in _forms(letters)
    )


def _rarity(word: str, vocabulary: Vocabulary) -> float:
    """0 for a word that all passages have, 1 for one that none has; between by the logarithm, as idf."""
    count = max(vocabulary.counts.get(form, 0) for form in (*_forms(word), f"{word}s"))
    return math.log((vocabulary.passages + 1) / (count + 0.5)) / math.log((vocabulary.passages + 1) / 0.5)


def _forms(word: str) -> tuple[str, ...]:
    return (word, word[:-1]) if word.endswith("s") else (word,)


def _readable(question: str, vocabulary: Vocabulary) -> float:
    words = _plain_words(question)
    read = [word in vocabulary.english or vocabulary.counts.get(word, 0) > COMMON_PASSAGES for word in words]
    return sum(read) / max(1, len(read))


def _asking_parts(question: str) -> list[str]:
    """The parts of a message that ask: its questions, else its requests, else all of it."""
    parts = [part for part in _PART_END.split(question) if _WORD.search(part)]
    questions = [part for part in parts if part.rstrip().endswith("?")]
    return questions or [part for part in parts if _ASKS.match(part)] or parts


def _asked_similarity(question: str, asking: Sequence[str], similarity: float, index: KnowingIndex) -> float:
    """How near the parts that ask come to any passage; what points back counts half with the whole message."""
    if not asking or len(_PART_END.split(question)) < 2:
        return similarity
    found = index.search_batch(asking, 1, method="dense")
    nearest = [hits[0].similarity if hits else 0.0 for hits in found]
    return max(
        (alone + similarity) / 2 if _POINTS_BACK & set(_plain_words(part)) else alone
        for part, alone in zip(asking, nearest, strict=True)
    )


def _words_of(hit: Hit) -> frozenset[str]:
    passage = hit.passage
    return frozenset(_stems(" ".join((passage.title, passage.topic, *passage.names, passage.text))))


def _stems(said: str) -> list[str]:
    """Content words as they are compared: "coeliac" and "anaemia" as Americans write them."""
    return [word.replace("oe", "e").replace("ae", "e") for word in text.content_words(said)]


def _share(words: Iterable[_Word], passage: frozenset[str]) -> float:
    """The share of the words, by weight, that a passage has; 0 without words."""
    weights = [(word.weight, word.stems <= passage) for word in words]
    return sum(weight for weight, there in weights if there) / max(sum(weight for weight, _ in weights), 1e-9)


def _named(question: str, hits: Sequence[Hit]) -> float:
    names = list(_names_of_conditions(question))
    if not names:
        return 1.0
    together: set[tuple[str, str]] = set()
    for hit in hits:
        for said in (hit.passage.title, hit.passage.topic, *hit.passage.names, hit.passage.text):
            stems = _stems(said)
            together.update(itertools.pairwise(stems))
            together.update(zip(stems, stems[2:], strict=False))
    return sum(_share_together(name, together) for name in names) / len(names)


def _share_together(name: Sequence[str], together: set[tuple[str, str]]) -> float:
    pairs = list(itertools.pairwise(name))
    return sum(pair in together or pair[::-1] in together for pair in pairs) / len(pairs)


def _names_of_conditions(question: str) -> Iterable[list[str]]:
    """Yield the stems of each kind of condition with the words that stand directly before it."""
    words = [(word, " ".join(_stems(word))) for word in _plain_words(question)]
    for end, (_, stem) in enumerate(words):
        start = end
        while start > max(0, end - NAME_WORDS) and _qualifies(*words[start - 1]):
            start -= 1
        if stem in _KINDS and start < end:
            yield [stem for _, stem in words[start : end + 1]]


def _qualifies(word: str, stem: str) -> bool:
    return word not in text.STOP_WORDS and stem not in _GENERAL_WORDS and not word.isdigit()
