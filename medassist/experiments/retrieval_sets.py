"""The sets that retrieval is developed on, and the questions that rankers and encoders may be trained on.

================  ================================================================================================
set               questions, and which documents are relevant
================  ================================================================================================
medquad           1,000 of MedQuAD's, spread over sources and kinds of question; the answer that MedQuAD gives
medquad-synonyms  the same with the condition under another of its names, where MedQuAD has one
liveqa            LiveQA-Med's training questions as people wrote them; documents that hold a reference answer
sample            those of our own sample, as judged
================  ================================================================================================

Relevance is graded as in our sample: 2 is the answer itself, 1 another document that answers too: in MedQuAD one about
the same condition (by its name, or a name that either page lists for the other) and the same side of it, from another
page or another section; in LiveQA one that is itself a part of a reference answer. MedQuAD asks many questions in the
same words of several pages: a system that finds another page's answer first has not failed, and is not told so.

Development sets tune. They prove nothing of questions from elsewhere.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from medassist.datasets import Corpus
from medassist.errors import DatasetError
from medassist.overlaps import find_overlaps, shingles
from medassist.question_sets import load_question_set
from medassist.schemas import Document, Qrels, Question, Rejection
from medassist.splits import SEED
from medassist.text import words

MEDQUAD, SYNONYMS, LIVEQA, SAMPLE, TRAINING = "medquad", "medquad-synonyms", "liveqa", "sample", "training"
QUESTIONS = 1_000  # of MedQuAD
ANSWERS, ANSWERS_TOO = 2, 1  # relevance

# A reference answer stands in a document if the document has this share of its three-word shingles. Of LiveQA's 629
# reference answers 216 have a document with 80 % or more, most of them whole copies, 406 none with 50 %; of the pages
# at 50 to 70 % many are written to one pattern, about another condition.
HELD = 0.7
COMMON = 20  # documents; shingles that more of them have are what publishers repeat, and say nothing of a page
FEWEST_SHINGLES = 8  # of the others: shorter answers ("See a doctor.") are found anywhere

QUOTED = "a document quotes the question"
NO_SYNONYM = "its condition has no other name"
NOT_NAMED = "the question does not name its condition as the page does"
NO_PAGE = "no document holds a reference answer"
REPEATED = "asked before in nearly the same words"
HELD_OUT = "its condition is a development set's"
RESEMBLES = "resembles a question of a development set"
SAME_TEXT = "its answer has the words of a development set's"


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Questions with the documents that answer them. Questions looked at = ``questions`` + ``rejections``."""

    name: str
    questions: tuple[Question, ...]
    qrels: Qrels
    rejections: tuple[Rejection, ...] = ()

    @property
    def rejected_by_reason(self) -> dict[str, int]:
        """How many questions were not taken, by reason."""
        return dict(Counter(rejection.reason for rejection in self.rejections))

    def limited(self, count: int) -> "RetrievalSet":
        """Return the set with at most ``count`` of its questions, spread evenly over their order."""
        places = range(min(count, len(self.questions)))
        questions = tuple(self.questions[place * len(self.questions) // len(places)] for place in places)
        return replace(self, questions=questions, qrels=_of(questions, self.qrels))


def development_sets(medquad: Corpus, liveqa: Sequence[Path], sample: Corpus) -> dict[str, RetrievalSet]:
    """Return all development sets by name; the same data give the same sets.

    Parameters
    ----------
    medquad : Corpus
        All of MedQuAD: what is searched for the first three sets.
    liveqa : sequence of Path
        LiveQA-Med's training files.
    sample : Corpus
        Our sample: what is searched for its own questions.
    """
    return {found.name: found for found in [*sets_of(medquad, liveqa), *sets_of(sample)]}


def sets_of(corpus: Corpus, liveqa: Sequence[Path] = ()) -> list[RetrievalSet]:
    """Return the development sets that are searched for in one corpus.

    A corpus in which each question's answer is the document of its id is of MedQuAD's form, and questions are drawn;
    of any other, its own judged questions are taken. LiveQA-Med's are asked of either, where its files are given.
    """
    asked = {question.query_id for question in corpus.questions}
    if asked and asked == {document.document_id for document in corpus.documents}:
        known = known_answers(corpus)
        sets = [known, with_synonyms(known, corpus)]
    else:
        sets = [judged_questions(corpus)]
    if liveqa:
        sets.append(people_questions(liveqa, corpus))
    return [found for found in sets if found.questions]


def choose_sets(sets: Sequence[RetrievalSet], names: Sequence[str]) -> list[RetrievalSet]:
    """Return the sets of these names, all if none is named.

    Raises
    ------
    DatasetError
        If there is no set, or none of a name.
    """
    if not sets:
        raise DatasetError("The corpus has no judged questions; give one that has, or MedQuAD.")
    known = {found.name: found for found in sets}
    if unknown := sorted(set(names) - set(known)):
        raise DatasetError(f"There is no set {unknown[0]} here; there are {', '.join(known)}.")
    return [known[name] for name in names or known]


def judged_questions(corpus: Corpus) -> RetrievalSet:
    """Return a corpus's own questions with its judgements, under its name."""
    judged = tuple(question for question in corpus.questions if question.query_id in corpus.qrels)
    return RetrievalSet(corpus.name, judged, _of(judged, corpus.qrels))


def _of(questions: Iterable[Question], qrels: Qrels) -> Qrels:
    """The judgements of these questions."""
    return {question.query_id: qrels[question.query_id] for question in questions}


# --- MedQuAD ------------------------------------------------------------------------------------------------------


def known_answers(medquad: Corpus, count: int = QUESTIONS, *, seed: int = SEED) -> RetrievalSet:
    """Draw questions whose answers are known, spread over sources and kinds of question.

    Each pair of source and aspect gets a share by the square root of its number of questions: a middle way between as
    many of each and as in the collection, of which two sources make two thirds (Bankier 1988, power allocations).

    No question's text may stand in what is searched. Titles are made of topic and aspect; a question that a title or a
    text holds word for word, as some pages repeat it for a heading, is not drawn.
    """
    quoted = quoted_questions(medquad.questions, medquad.documents)
    strata: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question, document in zip(medquad.questions, medquad.documents, strict=True):
        if question.query_id not in quoted:
            strata[document.source, document.aspect].append(question)
    generator = random.Random(seed)
    places = allocate({stratum: len(questions) for stratum, questions in strata.items()}, count)
    drawn = [question for stratum in sorted(strata) for question in generator.sample(strata[stratum], places[stratum])]
    answering = _AnsweringToo(medquad)
    qrels = {question.query_id: {question.query_id: ANSWERS, **answering(question.query_id)} for question in drawn}
    rejections = tuple(Rejection(query_id, QUOTED) for query_id in sorted(quoted))
    return RetrievalSet(MEDQUAD, tuple(drawn), qrels, rejections)


def allocate(sizes: Mapping[tuple[str, str], int], count: int) -> dict[tuple[str, str], int]:
    """Share ``count`` places out by the square roots of sizes; none gets more than its size. All are taken if few."""
    places = dict.fromkeys(sizes, 0)
    for _ in range(min(count, sum(sizes.values()))):  # each place goes where the share is furthest from being filled
        open_places = (name for name in sorted(sizes) if places[name] < sizes[name])
        places[max(open_places, key=lambda name: sizes[name] ** 0.5 / (places[name] + 1))] += 1  # d'Hondt's method
    return places


def quoted_questions(questions: Iterable[Question], documents: Iterable[Document]) -> set[str]:
    """Return the ids of questions whose words stand, in their order, in the title or text of any document."""
    by_start: dict[tuple[str, ...], list[tuple[str, list[str]]]] = defaultdict(list)
    for question in questions:
        asked = words(question.text)
        by_start[tuple(asked[:4])].append((question.query_id, asked))
    return {
        query_id
        for document in documents
        for said in (words(document.title), words(document.text))
        for place in range(len(said))
        for query_id, asked in by_start.get(tuple(said[place : place + 4]), ())
        if said[place : place + len(asked)] == asked
    }


def with_synonyms(known: RetrievalSet, medquad: Corpus, *, seed: int = SEED) -> RetrievalSet:
    """Put another of its names, drawn at random, in the place of each question's condition.

    A name that is another page's topic is no other name; nor is one that differs in letters' case and punctuation only.
    """
    topics = {_name(document.topic) for document in medquad.documents}
    generator = random.Random(seed)
    questions: list[Question] = []
    rejections: list[Rejection] = []
    for question in known.questions:
        names = [name for name in medquad.synonyms.get(question.topic, ()) if _name(name) not in topics | {""}]
        named = re.compile(rf"(?<!\w){re.escape(question.topic)}(?!\w)", re.IGNORECASE)
        if not names or not named.search(question.text):
            rejections.append(Rejection(question.query_id, NOT_NAMED if names else NO_SYNONYM))
            continue
        before, after = named.split(question.text, maxsplit=1)
        questions.append(replace(question, text=before + generator.choice(names) + after))
    return RetrievalSet(SYNONYMS, tuple(questions), _of(questions, known.qrels), tuple(rejections))


class _AnsweringToo:
    """Which other documents are about a document's condition and the same side of it."""

    def __init__(self, medquad: Corpus) -> None:
        self._documents = {document.document_id: document for document in medquad.documents}
        self._names = {
            document.topic: {_name(name) for name in (document.topic, *medquad.synonyms.get(document.topic, ()))}
            for document in medquad.documents
        }
        self._called: dict[tuple[str, str], set[str]] = defaultdict(set)  # by topic's own name and aspect
        self._calls: dict[tuple[str, str], set[str]] = defaultdict(set)  # by any name and aspect
        for document in medquad.documents:
            self._called[_name(document.topic), document.aspect].add(document.document_id)
            for name in self._names[document.topic]:
                self._calls[name, document.aspect].add(document.document_id)

    def __call__(self, document_id: str) -> dict[str, int]:
        document = self._documents[document_id]
        if not document.topic or not document.aspect:
            return {}
        found = set(self._calls[_name(document.topic), document.aspect])
        for name in self._names[document.topic]:
            found |= self._called[name, document.aspect]
        return dict.fromkeys(sorted(found - {document_id}), ANSWERS_TOO)


# --- LiveQA-Med ---------------------------------------------------------------------------------------------------


def people_questions(files: Sequence[Path], corpus: Corpus) -> RetrievalSet:
    """Return LiveQA-Med's questions whose reference answers stand in a corpus, word for word or nearly so.

    The training files name no address, so it is the text that decides: a document that has at least 70 % of an answer's
    three-word shingles is relevant (2), and so is, in part (1), one that the answer has 70 % of: a section of the page
    that was given as the answer. Shingles that more than 20 documents have are not counted on either side.
    """
    sets = [load_question_set(file) for file in files]
    pages = _Pages(corpus.documents, [text for found in sets for texts in found.references.values() for text in texts])
    asked: list[Question] = []
    qrels: Qrels = {}
    rejections: list[Rejection] = []
    for found in sets:
        rejections += found.rejections
        for question in found.questions:
            if judged := pages.matching(found.references[question.query_id]):
                asked.append(question)
                qrels[question.query_id] = judged
            else:
                rejections.append(Rejection(question.query_id, NO_PAGE))
    again = {asked[pair.second].query_id for pair in find_overlaps([question.text for question in asked])}
    questions = tuple(question for question in asked if question.query_id not in again)
    rejections += [Rejection(query_id, REPEATED) for query_id in sorted(again)]
    return RetrievalSet(LIVEQA, questions, _of(questions, qrels), tuple(rejections))


class _Pages:
    """Documents by the shingles that tell them from others, as far as the answers that are looked for have them."""

    def __init__(self, documents: Sequence[Document], answers: Iterable[str]) -> None:
        wanted = {shingle for answer in answers for shingle in shingles(words(answer))}
        found = [shingles(words(document.text)) for document in documents]
        self._frequency = Counter(shingle for one in found for shingle in one)
        self._ids = [document.document_id for document in documents]
        self._sizes = [len(self._telling(one)) for one in found]
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, one in enumerate(found):
            for shingle in self._telling(one & wanted):
                self._rows[shingle].append(row)

    def matching(self, answers: Iterable[str]) -> dict[str, int]:
        """Return the relevance of each document that holds one of the answers, or is a part of one."""
        relevance: dict[str, int] = {}
        for answer in answers:
            said = self._telling(shingles(words(answer)))
            shared = Counter(row for shingle in said for row in self._rows.get(shingle, ()))
            for row, count in shared.items():
                grade = 0
                if self._sizes[row] >= FEWEST_SHINGLES and count >= HELD * self._sizes[row]:
                    grade = ANSWERS_TOO
                if len(said) >= FEWEST_SHINGLES and count >= HELD * len(said):
                    grade = ANSWERS
                if grade:
                    relevance[self._ids[row]] = max(grade, relevance.get(self._ids[row], 0))
        return dict(sorted(relevance.items()))

    def _telling(self, found: Iterable[str]) -> set[str]:
        return {shingle for shingle in found if self._frequency[shingle] <= COMMON}


# --- training -----------------------------------------------------------------------------------------------------


def training_questions(medquad: Corpus, development: Iterable[RetrievalSet]) -> RetrievalSet:
    """Return MedQuAD's questions that rankers and encoders may learn from: nothing that a development set asks about.

    Left out is a question whose condition, under any of the names that any page gives it, is that of a development
    question or of a document that answers one; that resembles a development question (three-word shingles with a
    Jaccard similarity of 0.8); or whose answer has the very words of a development document.
    """
    sets = list(development)
    conditions = Conditions(medquad)
    documents = {document.document_id: document for document in medquad.documents}
    relevant = {name for found in sets for judged in found.qrels.values() for name in judged if name in documents}
    topics = [question.topic for found in sets for question in found.questions]
    held = {conditions.of(topic) for topic in (*topics, *(documents[name].topic for name in relevant)) if topic}
    texts = {_name(documents[name].text) for name in relevant}
    asked = [question.text for found in sets for question in found.questions]
    resembling = set(_resembling([question.text for question in medquad.questions], asked))
    questions: list[Question] = []
    rejections: list[Rejection] = []
    for place, question in enumerate(medquad.questions):
        answers = [documents[name] for name in medquad.qrels[question.query_id]]
        reason = ""
        if conditions.of(question.topic) in held or relevant & {answer.document_id for answer in answers}:
            reason = HELD_OUT
        elif place in resembling:
            reason = RESEMBLES
        elif any(_name(answer.text) in texts for answer in answers):
            reason = SAME_TEXT
        if reason:
            rejections.append(Rejection(question.query_id, reason))
        else:
            questions.append(question)
    return RetrievalSet(TRAINING, tuple(questions), _of(questions, medquad.qrels), tuple(rejections))


class Conditions:
    """Topics that are one condition: joined by any name that any page gives them, however many pages between."""

    def __init__(self, corpus: Corpus) -> None:
        from scipy.cluster.hierarchy import DisjointSet

        self._names = DisjointSet()
        for document in corpus.documents:
            self._names.add(_name(document.topic))
        for topic, names in corpus.synonyms.items():
            for name in map(_name, (topic, *names)):
                self._names.add(name)
                self._names.merge(_name(topic), name)

    def of(self, topic: str) -> str:
        """Return the name that stands for a topic's condition; an unknown topic stands for itself."""
        name = _name(topic)
        return str(self._names[name]) if name in self._names else name


def _resembling(texts: Sequence[str], others: Sequence[str]) -> Iterator[int]:
    """Places of the texts that are exact or near duplicates of any of the others."""
    for pair in find_overlaps([*texts, *others]):
        if pair.first < len(texts) <= pair.second:
            yield pair.first


def _name(text: str) -> str:
    """A text in one spelling: words alone, lower-case."""
    return " ".join(words(text))
