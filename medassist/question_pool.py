"""All questions that examples are made of, each in its task and on its side, and those that are asked twice."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medassist import prompts
from medassist.datasets import Corpus
from medassist.example_table import SIDES
from medassist.overlaps import THRESHOLD, find_overlaps
from medassist.question_sets import QuestionSet
from medassist.schemas import Passage, Question
from medassist.search_cache import SearchCache
from medassist.splits import split_corpus, split_ids

APART = "apart"  # the side of questions that no example may resemble
KEPT_APART = "resembles a question of a side that is kept apart from this one"
IN_ANOTHER_SET = "asked in another data set too"
REPEATED = "asked twice with the same answer"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in one task, with what is known about its answer.

    Parameters
    ----------
    task, source, question
        As in :class:`~medassist.example_table.Example`.
    references : tuple of str
        Reference answers of an ``answer`` question, in order of preference.
    context : tuple of Passage
        Passages that the data set brings; empty: the index is searched.
    relevant : frozenset of str
        Ids of documents that answer; may be empty where nobody judged.
    """

    task: str
    source: str
    question: Question
    references: tuple[str, ...] = ()
    context: tuple[Passage, ...] = ()
    relevant: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """What tells the question from all others, whatever the task."""
        return f"{self.source} {self.question.query_id}"

    @property
    def query(self) -> str:
        """What is searched for, as the assistant does: the question, and the options where it has some."""
        return " ".join([self.question.text, *self.question.options.values()])

    @property
    def compared(self) -> str:
        """What two questions are compared by: the question, with the correct option; wrong options may differ."""
        options = self.question.options
        return f"{self.question.text} {options[self.question.correct]}" if options else self.question.text


def asked_of_corpus(corpus: Corpus) -> list[Asked]:
    """Return a corpus's questions, choices and judgements as tasks."""
    known = {document.document_id for document in corpus.documents}

    def relevant(question: Question) -> frozenset[str]:
        judged = {name for name, relevance in corpus.qrels.get(question.query_id, {}).items() if relevance > 0}
        return frozenset((judged | {corpus.evidence.get(question.query_id, "")}) & known)

    questions = [Asked(prompts.ANSWER, corpus.name, q, (q.answer,), (), relevant(q)) for q in corpus.questions]
    choices = [Asked(prompts.CHOOSE, corpus.name, q, (), (), relevant(q)) for q in corpus.choices]
    judgements = [Asked(prompts.JUDGE, corpus.name, q, (), (), relevant(q)) for q in corpus.judgements]
    return questions + choices + judgements


def asked_of_set(found: QuestionSet) -> list[Asked]:
    """Return a question set's questions in its own task; those to judge that have a long answer, in ``answer`` too."""
    asked = [
        Asked(found.task, found.name, q, found.references.get(q.query_id, ()), found.contexts.get(q.query_id, ()))
        for q in found.questions
    ]
    if found.task != prompts.JUDGE:
        return asked
    return asked + [replace(one, task=prompts.ANSWER) for one in asked if one.references]


def choose_sides(pool: Sequence[Asked], corpus: Corpus, search: SearchCache) -> list[str]:
    """Return the side of each question: with its topic and document; of another set's question, with its best hit's.

    What an exam question is about nobody has said; the best hit's document is our best guess. A question with its own
    passages is about something that no other question shares.
    """
    split = split_corpus(corpus)
    own = split_ids(one.key for one in pool)
    foreign = sorted({one.query for one in pool if one.source != corpus.name and not one.context})
    hits = dict(zip(foreign, search.search_all(foreign), strict=True))
    sides = []
    for one in pool:
        side = own[one.key]
        if one.source == corpus.name:
            side = split.questions[one.question.query_id]
        elif best := hits.get(one.query):
            side = split.documents.get(best[0].passage.document_id, side)
        sides.append(side)
    return sides


def find_repeated(
    pool: Sequence[Asked], sides: Sequence[str], apart: Iterable[QuestionSet] = (), *, seed: int = 13
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the keys of the questions to leave out, with the reasons, and the account of all overlaps.

    Of two that overlap, on different sides the one nearer to training is left out; on one side, that of the later data
    set; within one data set and side, only what is exactly repeated, answer included.
    """
    rank = {side: place for place, side in enumerate((*SIDES, APART))}
    rows = {one.key: (one, side) for one, side in zip(pool, sides, strict=True)}
    rows |= {f"{APART} {one.key}": (one, APART) for found in apart for one in asked_of_set(found)}
    keys = list(rows)
    removed: dict[str, str] = {}
    pairs: Counter[str] = Counter()
    for first, second, measured in find_overlaps([one.compared for one, _ in rows.values()], seed=seed):
        (one, side), (other, other_side) = rows[keys[first]], rows[keys[second]]
        pairs[_kind(measured == 1, one.source == other.source, side == other_side)] += 1
        if keys[first] in removed or keys[second] in removed or side == other_side == APART:
            continue
        if side != other_side:
            removed[keys[first if rank[side] < rank[other_side] else second]] = KEPT_APART
        elif one.source != other.source:
            removed[keys[second]] = IN_ANOTHER_SET
        elif measured == 1 and one.question.answer == other.question.answer:
            removed[keys[second]] = REPEATED
    return removed, {"threshold": THRESHOLD, "pairs": dict(sorted(pairs.items())), "removed": Counter(removed.values())}


def _kind(exact: bool, one_set: bool, one_side: bool) -> str:
    sets = "within a set" if one_set else "between sets"
    return f"{'exact' if exact else 'near'}, {sets}, {'on one side' if one_side else 'across sides'}"
