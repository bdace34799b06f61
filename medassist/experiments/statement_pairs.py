"""Labelled pairs of a statement and the passages that it is held against, made by rule from a corpus and its index.

True statements are sentences of the passages that answer a question: verbatim, shortened, in other words, with the
topic for "It", with a clause moved, two joined (:mod:`~medassist.experiments.statement_wordings`), and the sentences of
reference answers that people wrote. Corrupted ones are true ones changed in one way
(:mod:`~medassist.experiments.statement_corruptions`), or held against near passages about other topics alone.

All pairs of a topic are on one half. Tuning sees the development half only; the other is for final figures. The halves
also differ in the words that are exchanged for others, so that the final half asks for what was not learnt by heart.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medassist import splits, text
from medassist.datasets import Corpus
from medassist.example_table import TRAIN
from medassist.experiments import statement_corruptions as corruptions
from medassist.experiments import statement_wordings as wordings
from medassist.experiments.measures import DEVELOPMENT, FINAL
from medassist.experiments.statement_corruptions import Material, by_form
from medassist.retrieval import Index
from medassist.schemas import Hit, Passage, Question

VERBATIM, SHORTENED, REWORDED, NAMED = "verbatim", "shortened", "in other words", "topic for pronoun"
MOVED, JOINED, REFERENCE = "clause moved", "two joined", "written by people"
NEAR = "near passages only"
PASSAGES = 5  # that a statement is held against, as the product does
TOPICS = 400
STATEMENTS = 2  # sentences of a topic that pairs are made of
HELD = 0.75  # a passage with this share of a statement's content words may support it: no near passage then
SEED = 13
SAMPLED_DOCUMENTS = 2_000  # that words and statements about other things are drawn from
FEWEST_NEAR = 2
# In how many statements each corruption is tried: those that need a number can seldom be done.
CORRUPTED = {
    corruptions.NUMBER: 0.8,
    corruptions.DOSE: 1.0,
    corruptions.UNIT: 0.8,
    corruptions.NEGATION: 0.4,
    corruptions.NAME: 0.5,
    corruptions.BLEND: 0.4,
    corruptions.WORD: 0.6,
    corruptions.NEARBY_WORD: 0.4,
    corruptions.OPPOSITE: 0.5,
    corruptions.ROLES: 0.3,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, the hits it is held against, and whether one of their passages says it.

    ``kind`` tells how it was made, ``half`` is DEVELOPMENT or FINAL.
    """

    statement: str
    question: str
    hits: tuple[Hit, ...]
    supported: bool
    kind: str
    topic: str
    half: str


def make_pairs(corpus: Corpus, index: Index, *, topics: int = TOPICS, seed: int = SEED) -> list[Pair]:
    """Make the pairs of a corpus; the same corpus, index and seed give the same pairs.

    Parameters
    ----------
    corpus : Corpus
        With questions whose answers stand in documents.
    index : Index
        Of the same corpus.
    topics : int
        Pairs are made of one question of each of so many topics, drawn by ``seed``; of all where there are fewer.
    """
    rng = random.Random(seed)
    maker = _Maker(corpus, index)
    chosen = _questions(corpus, topics, rng)
    return [pair for question in chosen for pair in maker.of(question, random.Random(f"{seed} {question.query_id}"))]


def _questions(corpus: Corpus, topics: int, rng: random.Random) -> list[Question]:
    by_topic: dict[str, list[Question]] = defaultdict(list)
    for question in corpus.questions:
        if corpus.qrels.get(question.query_id):
            by_topic[question.topic].append(question)
    chosen = rng.sample(sorted(by_topic), min(topics, len(by_topic)))
    few = len(by_topic) <= topics  # then all of a topic's questions: their references are few
    return [question for topic in chosen for question in (by_topic[topic] if few else [rng.choice(by_topic[topic])])]


class _Maker:
    """What the pairs of one corpus have in common."""

    def __init__(self, corpus: Corpus, index: Index) -> None:
        self.corpus, self.index = corpus, index
        self.passages: dict[str, list[Passage]] = defaultdict(list)
        for passage in index.passages():
            self.passages[passage.document_id].append(passage)
        sides = splits.split_corpus(corpus)
        self.halves = {name: DEVELOPMENT if side == TRAIN else FINAL for name, side in sides.questions.items()}
        taken = random.Random(SEED).sample(corpus.documents, min(SAMPLED_DOCUMENTS, len(corpus.documents)))
        self.words = by_form(word for document in taken for word in text.words(document.text))
        self.topics: dict[str, set[str]] = defaultdict(set)  # statement -> topics whose documents have it
        for document in taken:
            for said in _statements(document.text):
                self.topics[said].add(document.topic)
        self.other = [said for said, topics in self.topics.items() if len(topics) == 1]

    def of(self, question: Question, rng: random.Random) -> Iterator[Pair]:
        """Yield the pairs of one question."""
        half = self.halves[question.query_id]
        hits, near = self._hits(question)
        own = [hit.passage for hit in hits if self.corpus.qrels[question.query_id].get(hit.passage.document_id, 0) > 0]

        def pair(statement: str, against: Sequence[Hit], supported: bool, kind: str) -> Pair:
            return Pair(statement, question.text, tuple(against), supported, kind, question.topic, half)

        for passage, statement in self._chosen(own, rng):
            true = list(_true(statement, passage, half, rng))
            yield from (pair(given, hits, True, kind) for kind, given in true)
            base = rng.choice(true)[1]
            if len(near) >= FEWEST_NEAR and not any(_holds(hit.passage, statement) for hit in near):
                yield pair(base, near, False, NEAR)
            material = self._material(own, near, question, half)
            there = {tuple(text.words(s)) for hit in hits for s in text.sentences(hit.passage.text)}
            for kind, given in _corrupted(base, material, rng):
                if tuple(text.words(given)) not in there:  # another name can make what another passage says
                    yield pair(given, hits, False, kind)
        if self.corpus.qrels[question.query_id].get(own[0].document_id, 0) > 1 and _is_written(question, own):
            yield from (pair(given, hits, True, REFERENCE) for given in _statements(question.answer))

    def _chosen(self, own: Sequence[Passage], rng: random.Random) -> list[tuple[Passage, str]]:
        """Return some statements of passages, one with a number if there is one; none that several topics repeat."""
        said = [
            (passage, statement)
            for passage in own
            for statement in _statements(passage.text)
            if len(self.topics.get(statement, ())) <= 1
        ]
        rng.shuffle(said)
        said.sort(key=lambda found: not text.quantities(found[1]))
        return said[:1] + rng.sample(said[1:], min(STATEMENTS - 1, len(said[1:])))

    def _hits(self, question: Question) -> tuple[list[Hit], list[Hit]]:
        """Return what a search finds, with a passage that answers in it; and what it finds about other topics."""
        found = self.index.search(question.text, 4 * PASSAGES)
        hits, judged = found[:PASSAGES], self.corpus.qrels[question.query_id]
        if not any(judged.get(hit.passage.document_id, 0) > 0 for hit in hits):
            best = max(judged, key=lambda document_id: judged[document_id])
            hits[-1] = Hit(self.passages[best][0], hits[-1].score, hits[-1].similarity, 0.0)
        same = {name.lower() for name in (question.topic, *self.corpus.synonyms.get(question.topic, ()))}
        near = [
            hit
            for hit in found
            if hit.passage.topic.lower() not in same
            and not same & {name.lower() for name in hit.passage.names}
            and judged.get(hit.passage.document_id, 0) == 0
        ]
        return hits, near[:PASSAGES]

    def _material(self, own: Sequence[Passage], near: Sequence[Hit], question: Question, half: str) -> Material:
        half_of = len(corruptions.OPPOSITES) // 2
        chosen = corruptions.OPPOSITES[:half_of] if half == DEVELOPMENT else corruptions.OPPOSITES[half_of:]
        return Material(
            words=self.words,
            nearby=by_form(word for passage in own for word in text.words(passage.text)),
            topics=list(dict.fromkeys(hit.passage.topic for hit in near if hit.passage.topic)),
            names=(question.topic, *self.corpus.synonyms.get(question.topic, ())),
            other=[said for hit in near for said in _statements(hit.passage.text)] or self.other,
            opposites=chosen,
        )


def _true(statement: str, passage: Passage, half: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    table = wordings.DEVELOPMENT_WORDINGS if half == DEVELOPMENT else wordings.FINAL_WORDINGS
    yield VERBATIM, statement
    following = _following(statement, passage.text)
    ways = {
        SHORTENED: wordings.shorten(statement, rng),
        NAMED: wordings.name_subject(statement, passage.topic) if passage.topic else statement,
        MOVED: wordings.move_clause(statement),
        JOINED: wordings.join(statement, following, rng) if following else statement,
        REWORDED: wordings.exchange_words(statement, table, rng),
    }
    for kind, given in ways.items():
        if given != statement:
            yield kind, wordings.exchange_words(given, table, rng) if kind != REWORDED and rng.random() < 0.5 else given


def _corrupted(base: str, material: Material, rng: random.Random) -> Iterator[tuple[str, str]]:
    for kind, share in CORRUPTED.items():
        if rng.random() < share and (given := corruptions.corrupt(base, kind, material, rng)):
            yield kind, given


def _statements(given: str) -> list[str]:
    return [sentence for sentence in text.sentences(given) if wordings.can_be_said(sentence)]


def _following(statement: str, given: str) -> str:
    """Return the statement after another one; empty if none follows."""
    found = text.sentences(given)
    place = found.index(statement) + 1
    return found[place] if place < len(found) and wordings.can_be_said(found[place]) else ""


def _holds(passage: Passage, statement: str) -> bool:
    said = set(text.content_words(statement))
    return len(said & set(text.content_words(f"{passage.title} {passage.text}"))) >= HELD * len(said)


def _is_written(question: Question, own: Sequence[Passage]) -> bool:
    """Tell whether the reference is a person's own words: it stands in no passage."""
    return bool(question.answer) and not any(question.answer[:80] in passage.text for passage in own)
