"""Questions → sides: nothing about the same thing, and no document, stands on two of them.

A corpus's questions are joined into groups: those about one topic (by its name or one of the publisher's other names
for it) and those that one document answers. Groups go to a side as a whole.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from medassist.datasets import Corpus
from medassist.example_table import SIDES, TEST, TRAIN, VALIDATION
from medassist.schemas import Question
from medassist.text import words

SEED = 13  # of all sides: training and evaluation must agree on them, whatever seed samples or trainings have
SHARES = {TRAIN: 0.7, VALIDATION: 0.1, TEST: 0.2}  # of the questions


@dataclass(frozen=True, slots=True)
class Split:
    """Which side each question and each document is on. ``groups`` counts what was put there as a whole."""

    questions: Mapping[str, str]
    documents: Mapping[str, str]
    groups: int

    def take(self, questions: Iterable[Question], side: str) -> list[Question]:
        """Return the questions of one side ("train", "validation", "test"), in their order."""
        return [question for question in questions if self.questions[question.query_id] == side]


def split_corpus(corpus: Corpus, *, seed: int = SEED) -> Split:
    """Split a corpus's questions, choices and judgements: 70 % train, 10 % validation, 20 % test, whole groups.

    The same corpus and seed give the same split. The shares hold as closely as the groups' sizes allow.

    Parameters
    ----------
    corpus : Corpus
        Its questions are joined by topic, by the synonyms of topics and by relevant document.
    seed : int
        Decides the order in which groups are taken. Examples and evaluations keep to the default.
    """
    asked = [*corpus.questions, *corpus.choices, *corpus.judgements]
    groups = _Groups()
    for topic, names in corpus.synonyms.items():
        for name in names:
            groups.join(_topic(topic), _topic(name))
    for document in corpus.documents:
        groups.join(f"document {document.document_id}", _topic(document.topic))
    for question in asked:
        groups.join(f"question {question.query_id}", _topic(question.topic))
        for document_id in _relevant(question.query_id, corpus):
            groups.join(f"question {question.query_id}", f"document {document_id}")
    side_of_group = _share_out(Counter(groups.find(f"question {q.query_id}") for q in asked), seed)
    return Split(
        {q.query_id: side_of_group[groups.find(f"question {q.query_id}")] for q in asked},
        {
            document.document_id: side_of_group[group]
            for document in corpus.documents
            if (group := groups.find(f"document {document.document_id}")) in side_of_group
        },
        len(side_of_group),
    )


def split_ids(query_ids: Iterable[str], *, seed: int = SEED) -> dict[str, str]:
    """Split questions that nothing joins, in the same shares."""
    return _share_out(Counter(query_ids), seed)


def _relevant(query_id: str, corpus: Corpus) -> list[str]:
    judged = [document_id for document_id, relevance in corpus.qrels.get(query_id, {}).items() if relevance > 0]
    evidence = corpus.evidence.get(query_id)
    return [*judged, evidence] if evidence else judged


def _share_out(sizes: Mapping[str, int], seed: int) -> dict[str, str]:
    """Put groups on sides in a random order, each where most room is left: a large one does not fill a small side."""
    names = sorted(sizes)
    random.Random(seed).shuffle(names)
    total = sum(sizes.values())
    left = {side: share * total for side, share in SHARES.items()}
    sides: dict[str, str] = {}
    for name in names:
        sides[name] = max(SIDES, key=lambda side: left[side])
        left[sides[name]] -= sizes[name]
    return sides


def _topic(topic: str) -> str:
    """A topic's name in one spelling ("Parkinson's Disease" as "Parkinson disease"); empty if it has none."""
    return "topic " + " ".join(words(topic)) if topic.strip() else ""


class _Groups:
    """Names that belong together, by joining pairs (union-find). A group's first name in the alphabet stands for it."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def join(self, first: str, second: str) -> None:
        """Put two names into one group; an empty one joins nothing."""
        roots = sorted(self.find(name) for name in (first, second) if name)
        self._parents[roots[-1]] = roots[0]

    def find(self, name: str) -> str:
        """Return the name that stands for a name's group."""
        self._parents.setdefault(name, name)
        while self._parents[name] != name:
            self._parents[name] = self._parents[self._parents[name]]
            name = self._parents[name]
        return name
