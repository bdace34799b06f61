"""Sides: whole groups of topics and documents, joined by names, judgements and evidence."""

from medassist.datasets import Corpus
from medassist.schemas import Document, Question
from medassist.splits import split_corpus, split_ids


def corpus(count: int = 200) -> Corpus:
    """Three questions a topic, each answered by its topic's document."""
    documents = tuple(Document(f"d{n}", "", "text", topic=f"Topic {n}") for n in range(count))
    questions = tuple(Question(f"q{n}-{i}", "?", topic=f"topic {n}") for n in range(count) for i in range(3))
    return Corpus("made", documents, questions, qrels={f"q{n}-0": {f"d{n}": 2} for n in range(count)})


def test_topics_stay_together_and_the_shares_hold() -> None:
    # GIVEN 600 questions about 200 topics WHEN they are split
    made = corpus()
    split = split_corpus(made)
    # THEN each topic is on one side, with its document, and the sides have 70, 10 and 20 %
    for n in range(200):
        assert len({split.questions[f"q{n}-{i}"] for i in range(3)} | {split.documents[f"d{n}"]}) == 1
    sides = {side: len(split.take(made.questions, side)) for side in ("train", "validation", "test")}
    assert sides == {"train": 420, "validation": 60, "test": 120}
    assert split.groups == 200


def test_the_seed_decides() -> None:
    assert split_corpus(corpus()) == split_corpus(corpus())
    assert split_corpus(corpus(), seed=14).questions != split_corpus(corpus()).questions


def test_what_belongs_together_is_found_through_names_documents_and_evidence() -> None:
    # GIVEN a chain: a synonym, a possessive, a document that answers questions on two topics, a choice's evidence
    documents = (
        Document("a", "", "x", topic="Heart attack"),
        Document("b", "", "x", topic="Parkinson's Disease"),
        Document("c", "", "x", topic="Acne"),
    )
    questions = (
        Question("q1", "?", topic="Myocardial infarction"),
        Question("q2", "?", topic="parkinson disease"),
        Question("q3", "?", topic="Acne"),
        Question("q4", "?"),
    )
    made = Corpus(
        "made",
        documents,
        questions,
        (Question("c1", "?"),),
        {"q3": {"b": 1, "a": 0}, "q4": {"a": 1}},
        evidence={"c1": "c"},
        synonyms={"Heart attack": ("myocardial infarction", "MI")},
    )
    # THEN for every seed q1 and q4 are on one side, and q2, q3 and c1 are on one
    different = 0
    for seed in range(20):
        split = split_corpus(made, seed=seed).questions
        assert split["q1"] == split["q4"]
        assert split["q2"] == split["q3"] == split["c1"]
        different += split["q1"] != split["q2"]
    assert different  # irrelevant documents join nothing


def test_a_large_group_goes_where_there_is_room() -> None:
    # GIVEN one topic with 60 of 100 questions THEN it never becomes a validation or test side
    questions = [Question(f"big{n}", "?", topic="Big") for n in range(60)] + [Question(f"q{n}", "?") for n in range(40)]
    for seed in range(10):
        assert split_corpus(Corpus("made", (), tuple(questions)), seed=seed).questions["big0"] == "train"


def test_ids_are_split_in_the_same_shares() -> None:
    sides = split_ids(f"{n}" for n in range(100))
    assert [list(sides.values()).count(side) for side in ("train", "validation", "test")] == [70, 10, 20]
