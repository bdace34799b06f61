"""A message as the screen reads it: its words mended, each with the reasons why it may tell of no sign that is there.

"My grandfather died of a heart attack" is past, "What are the symptoms of a stroke?" asks about nobody, "no chest pain"
is denied, "this is killing me" is a figure of speech. Only what none of this holds for counts as a report.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from medassist.answering.common_words import COMMON_WORDS
from medassist.answering.context_words import CONTEXT
from medassist.answering.phrases import PhraseBook, Span
from medassist.answering.sign_spellings import LEFT_ALONE, MENDED, SLIPS
from medassist.answering.symptom_words import CONCEPTS, PARTS

# Reasons why a word reports no sign.
PAST, ASKED, IMAGINED, DENIED, TOLD, LESSON, FIGURE, CHRONIC, PET = (
    "past", "asked", "imagined", "denied", "told", "lesson", "figure", "chronic", "pet"
)  # fmt: skip

SHORTEST_MENDED = 5  # letters; shorter words have too many neighbours of other meanings
LONG = 8  # letters from which two slips are mended; up to there one
NEGATED_WORDS = 6  # how far a denial reaches within its clause

_AUXILIARIES = "do|does|did|is|are|was|were|has|have|had|would|could|should"
_REWRITTEN = (
    (re.compile(r"[\u2018\u2019\u02bc`\u00b4]"), "'"),
    (re.compile(r"(\d)[\u00b0\u00ba]"), r"\1 "),
    (re.compile(r"(?<=\d),(?=\d)"), "."),
    (re.compile(r"(?<=\d\d)/(?=\d)"), " over "),
    (re.compile(r"(?<=\d)(?=[a-z])(?!st\b|nd\b|rd\b|th\b)"), " "),
    (re.compile(r"[-\u2013\u2014_*~]+"), " "),
    (re.compile(r"\bcan ?not\b|\bcant\b|\bcnt\b|\bcudnt\b"), "can't"),
    (re.compile(rf"\b({_AUXILIARIES}|must)n ?t\b"), r"\1n't"),
    (re.compile(r"\bwont\b|\bwill not\b"), "won't"),
    (re.compile(rf"\b({_AUXILIARIES}) not\b"), r"\1n't"),
    (re.compile(r"\bcouldn't\b"), "can't"),
    (re.compile(r"\bdunno\b"), "don't know"),
    (re.compile(r"\bim\b"), "i'm"),
    (re.compile(r"\bive\b"), "i've"),
    (re.compile(r"\b(he|she|that|there)s\b"), r"\1's"),
    (re.compile(r"\b(they)re\b"), r"\1're"),
    (re.compile(r"\bu\b"), "you"),
    (re.compile(r"\bur\b"), "your"),
    (re.compile(r"'(s|m|ve|re|ll|d)\b"), r" '\1"),
    (re.compile(r"[\n;]+|\.{2,}"), " . "),
    (re.compile(r"\.(?!\d)|(?<!\d)\.(?=\d)"), " . "),
    (re.compile(r"([,:!?()/\"\[\]&+])"), r" \1 "),
)


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENDS = frozenset(".!?")
# A question or a search, if nobody in particular is in it.
_OPENINGS = _words_of(
    """
    what what's whats why how which who when where is are does do can could should will would tell explain describe
    list name define definition information info difference symptoms symptom signs sign causes cause treatment
    treatments risk risks prevention any need want write compare survival meaning overview facts best common types
    stages is
    """
)
_ASKING = _words_of(
    """
    symptoms causes treatment treatments definition vs versus antidote prevention complications prognosis survival
    """
)
_GREETINGS = _words_of(
    """
    hi hello hey dear please so and ok okay well good morning evening afternoon day sir madam doctor doc , . !
    """
)
_SUBJECTS = _words_of(
    """
    i my he she his her now it they their we the our there suddenly today is has am can't 's 'm mum mom dad
    """
)
_JOINTS = _words_of(
    """
    and so because while plus as
    """
)
_WAS = frozenset({"was", "were", "had", "did"})
_FIRST_PERSON = frozenset({"i", "me", "my", "we", "our", "us", "myself"})


@dataclass(frozen=True, slots=True)
class Message:
    """A message's words, what was found in them, and why a word may report nothing.

    Parameters
    ----------
    words : tuple of str
        In small letters, mended, punctuation by itself.
    sentences : tuple of Span
        In order; together all words.
    found : dict of str to list of Span
        Concepts of :mod:`medassist.answering.symptom_words` and where they stand.
    reasons : tuple of frozenset of str
        Of each word: none if it may report a sign that somebody has now.
    """

    words: tuple[str, ...]
    sentences: tuple[Span, ...]
    found: dict[str, list[Span]]
    reasons: tuple[frozenset[str], ...]

    def sentence_of(self, span: Span) -> int:
        """Return the number of the sentence that a span begins in."""
        return next(n for n, sentence in enumerate(self.sentences) if sentence.start <= span.start < sentence.end)


def spell_out(text: str) -> list[str]:
    """Return a text's words in small letters, contractions and well-known slips written out, punctuation by itself."""
    return [SLIPS.get(word, word) for word in _split(text)]


def read_message(text: str) -> Message:
    """Read a message of up to some thousand characters; takes about a millisecond for a short one."""
    words = _mend(_split(text))
    book, context_book = _books()
    found, context = book.find(words), context_book.find(words)
    sentences = _sentences(words)
    reasons: list[set[str]] = [set() for _ in words]
    for span in context.get("FIGURE", []):
        _mark(reasons, span, FIGURE)
    figures = [frozenset(reason) for reason in reasons]
    context = {
        name: [span for span in spans if name == "FIGURE" or not any(figures[n] for n in range(*span))]
        for name, spans in context.items()
    }
    for sentence in sentences:
        _judge(sentence, words, context, reasons)
    _mark_denied(words, sentences, context, reasons)
    _mark_whole(words, sentences, context, reasons)
    return Message(tuple(words), tuple(sentences), found, tuple(map(frozenset, reasons)))


@lru_cache(maxsize=1)
def _books() -> tuple[PhraseBook, PhraseBook]:
    return PhraseBook(CONCEPTS, PARTS), PhraseBook(CONTEXT, PARTS)


@lru_cache(maxsize=1)
def _well_spelt() -> tuple[list[str], frozenset[str]]:
    """Return what misspellings are mended to, and all words that are left as they are."""
    signs, context = _books()
    return sorted(MENDED), frozenset({*MENDED, *signs.words, *context.words, *COMMON_WORDS, *LEFT_ALONE})


def _split(text: str) -> list[str]:
    text = text.lower()
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    return text.split()


def _mend(words: Iterable[str]) -> list[str]:
    return [SLIPS.get(word) or _nearest(word) for word in words]


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    """Return the sign's word that a misspelt word was meant for, or the word itself."""
    targets, known = _well_spelt()
    if len(word) < SHORTEST_MENDED or not word.isalpha() or word in known or _is_form(word, known):
        return word
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    slips = 2 if len(word) >= LONG else 1
    near = process.extract(word, targets, scorer=OSA.distance, score_cutoff=slips, limit=5)
    near = [found for found in near if found[0][0] == word[0] or found[1] == 1]
    return min(near, key=lambda found: (found[1], found[0][0] != word[0], found[0]))[0] if near else word


def _is_form(word: str, known: frozenset[str]) -> bool:
    """Tell whether a word is a well-spelt one with a common ending."""
    for ending in ("s", "es", "ed", "d", "ing", "ly", "er", "ers", "ness", "y"):
        base = word.removesuffix(ending)
        if base != word and (base in known or (ending in ("ing", "ed", "er") and base + "e" in known)):
            return True
    return False


def _sentences(words: Sequence[str]) -> list[Span]:
    found, start = [], 0
    for n, word in enumerate(words):
        if word in _ENDS or (word in ("but", "however") and n > start and words[n - 1] != "only"):
            end = n + 1 if word in _ENDS else n
            if end > start:
                found.append(Span(start, end))
            start = end
    if start < len(words):
        found.append(Span(start, len(words)))
    return found


def _clauses(sentence: Span, words: Sequence[str]) -> list[Span]:
    """Cut a sentence at commas, and where "and" and the like begin a statement of their own."""
    found, start = [], sentence.start
    for n in range(sentence.start, sentence.end):
        ends = words[n] in (",", ":", "(", ")")
        joins = words[n] in _JOINTS and n + 1 < sentence.end and words[n + 1] in _SUBJECTS
        if (ends or joins) and n > start:
            found.append(Span(start, n))
            start = n
    return [*found, Span(start, sentence.end)]


def _clause_of(span: Span, clauses: Iterable[Span]) -> Span:
    return next(clause for clause in clauses if clause.start <= span.start < clause.end)


def _within(spans: Iterable[Span], whole: Span) -> list[Span]:
    return [span for span in spans if whole.start <= span.start < whole.end]


def _mark(reasons: list[set[str]], span: Span, reason: str) -> None:
    for n in range(span.start, min(span.end, len(reasons))):
        reasons[n].add(reason)


def _judge(sentence: Span, words: Sequence[str], context: dict[str, list[Span]], reasons: list[set[str]]) -> None:
    """Mark the words of a sentence that asks about nobody, tells of others' stories, of the past or of what may be."""
    here = {name: _within(spans, sentence) for name, spans in context.items()}
    if here.get("MEDIA"):
        _mark(reasons, sentence, TOLD)
    clauses = _clauses(sentence, words)
    if _asks_of_nobody(sentence, words, here):
        _mark(reasons, sentence, ASKED)
    for span in here.get("KNOWING", []):
        _mark(reasons, Span(_clause_of(span, clauses).start, sentence.end), ASKED)
    if any(span.start - sentence.start <= 2 for span in here.get("PET", [])):
        _mark(reasons, sentence, PET)
    for name, reason in (("PAST", PAST), ("CHRONIC", CHRONIC)):
        _mark_over(name, reason, clauses, here, reasons)
    for span in here.get("LATELY", []):
        clause = _clause_of(span, clauses)
        now = [cue.start for cue in _within(here.get("PRESENT", []), Span(span.end, clause.end))]
        _mark(reasons, Span(clause.start, min(now, default=clause.end)), PAST)
        for other in clauses:
            if _WAS & set(words[slice(*other)]) and not _within(here.get("PRESENT", []), other):
                _mark(reasons, other, PAST)
    for name in ("IF", "FEAR"):
        for span in here.get(name, []):
            clause = _clause_of(span, clauses)
            if not here.get("RIGHT_NOW"):
                _mark(reasons, Span(span.start, clause.end), IMAGINED)
    for span in here.get("FUTURE", []):
        _mark(reasons, _clause_of(span, clauses), IMAGINED)


def _asks_of_nobody(sentence: Span, words: Sequence[str], here: dict[str, list[Span]]) -> bool:
    framed = {n for span in here.get("FRAME", []) for n in range(*span)}
    if any(span.start not in framed for span in here.get("PERSON", [])):
        return False
    at = sentence.start
    while at < sentence.end and (words[at] in _GREETINGS or (at in framed and words[at] not in _OPENINGS)):
        at += 1
    if at < sentence.end and words[at] in _OPENINGS:
        return True
    framed_only = at > sentence.start and words[at - 1] not in _GREETINGS
    return framed_only or bool(here.get("ASKING")) or bool(_ASKING & set(words[slice(*sentence)]))


def _mark_over(
    name: str, reason: str, clauses: Sequence[Span], here: dict[str, list[Span]], reasons: list[set[str]]
) -> None:
    """Mark clauses that tell of what is over: those that say so, and others of the sentence that don't say "now"."""
    cues = here.get(name, [])
    if not cues:
        return
    live = False
    for clause in clauses:
        over = bool(_within(cues, clause))
        cue_places = {n for span in cues for n in range(*span)}
        present = any(span.start not in cue_places for span in _within(here.get("PRESENT", []), clause))
        live = not over and (present or live)
        if not live:
            _mark(reasons, clause, reason)


def _mark_denied(
    words: Sequence[str], sentences: Sequence[Span], context: dict[str, list[Span]], reasons: list[set[str]]
) -> None:
    exempt = {n for span in context.get("NOT_NOT", []) for n in range(*span)}
    stops = {span.start for span in context.get("BUT", [])}
    for cue in context.get("NOT", []):
        if cue.start in exempt:
            continue
        sentence = next(s for s in sentences if s.start <= cue.start < s.end)
        end, left = cue.end, NEGATED_WORDS
        while end < sentence.end and left and end not in stops and not _ends_denial(words, end, sentence):
            left = NEGATED_WORDS if words[end] in ("or", "nor", ",") else left - 1
            end += 1
        _mark(reasons, Span(cue.end, end), DENIED)
    for span in context.get("OVER", []):
        sentence = next(s for s in sentences if s.start <= span.start < s.end)
        _mark(reasons, sentence, DENIED)


def _mark_whole(
    words: Sequence[str], sentences: Sequence[Span], context: dict[str, list[Span]], reasons: list[set[str]]
) -> None:
    """Mark what one sentence says of the others: that all is a lesson, or that it has been so for long."""
    lessons = context.get("LESSON", [])
    if not lessons and not _FIRST_PERSON & set(words):
        lessons = context.get("VIGNETTE", []) or (context.get("EXAM", []) and context.get("TALE", []))
    for sentence in sentences if lessons else ():
        if _within(lessons, sentence) or not _FIRST_PERSON & set(words[slice(*sentence)]):
            _mark(reasons, sentence, LESSON)
    for span in context.get("LONG_SINCE", []):
        _mark(reasons, Span(0, span.start), CHRONIC)


def _ends_denial(words: Sequence[str], at: int, sentence: Span) -> bool:
    """A denial ends at a comma that no "or" follows, and where "and" begins a statement."""
    if words[at] == ",":
        rest = words[at + 1 : sentence.end]
        return not ("or" in rest[:8] and not _SUBJECTS & set(rest[: rest.index("or")]))
    if words[at] in _JOINTS:
        return at + 1 < sentence.end and (words[at + 1] in _SUBJECTS or words[at + 1] in ("a", "no"))
    return words[at] in (":", "(", ")", "/")
