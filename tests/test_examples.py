"""Training examples: targets, passages, the account of what was left out; worked out by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from medassist import datasets, examples, retrieval
from medassist.errors import DatasetError
from medassist.examples import Example, build_examples, leading_sentences
from medassist.passages import split_document
from medassist.prompts import PassageText
from medassist.schemas import Document, Hit, Question

DOCUMENTS = {
    document_id: Document(document_id, document_id.title(), f"{document_id} is one thing. It has another side.")
    for document_id in ("gout", "asthma", "acne", "mumps", "scurvy")
}
QUESTION = Question("q1", "What is gout?", answer="Gout is a kind of arthritis.", topic="Gout")


class Ranking:
    """A search that knows one ranking."""

    def __init__(self, *document_ids: str) -> None:
        self.hits = [Hit(split_document(DOCUMENTS[d])[0], 1.0, 0.9, 3.0) for d in document_ids]

    def search_batch(self, queries: Sequence[str], top_k: int = 10) -> list[list[Hit]]:
        return [self.hits[:top_k] for _ in queries]


def titles(example: Example) -> list[str]:
    return [passage.title for passage in example.passages]


def test_the_relevant_passage_keeps_the_rank_at_which_it_was_found() -> None:
    made = build_examples(Ranking("acne", "gout", "mumps"), [QUESTION], {"q1": {"gout": 2}}, DOCUMENTS)
    assert titles(made.examples[0]) == ["Acne", "Gout", "Mumps"]
    assert (made.judged, made.retrieved) == (1, 1)


@pytest.mark.parametrize("ranking", [("acne", "asthma", "mumps", "gout"), ("acne", "asthma", "mumps", "scurvy")])
def test_a_relevant_passage_that_was_not_found_in_time_takes_the_last_place(ranking: tuple[str, ...]) -> None:
    # GIVEN a ranking with the relevant passage too deep, or without it WHEN three passages are wanted
    made = build_examples(Ranking(*ranking), [QUESTION], {"q1": {"gout": 1}}, DOCUMENTS)
    # THEN it stands third, and is not counted as retrieved
    assert titles(made.examples[0]) == ["Acne", "Asthma", "Gout"]
    assert (made.judged, made.retrieved) == (1, 0)


def test_of_several_relevant_passages_the_one_with_most_of_the_answers_words_is_taken() -> None:
    long = Document("gout", "Gout", "First part. " * 100 + "Gout is a kind of arthritis.")
    made = build_examples(Ranking("acne"), [QUESTION], {"q1": {"gout": 1}}, DOCUMENTS | {"gout": long})
    assert made.examples[0].passages[-1].text.endswith("Gout is a kind of arthritis.")


def test_questions_in_are_examples_out_plus_skipped() -> None:
    # GIVEN one good question, one without answer, one without judgement, one judged irrelevant, one judged on nothing
    questions = [
        QUESTION,
        Question("q2", "What is acne?"),
        Question("q3", "What is mumps?", answer="A disease."),
        Question("q4", "What is scurvy?", answer="A disease."),
        Question("q5", "What is asthma?", answer="A disease."),
    ]
    qrels = {"q1": {"gout": 2}, "q2": {"acne": 1}, "q4": {"scurvy": 0}, "q5": {"unknown": 2}}
    # WHEN examples are made
    made = build_examples(Ranking("gout"), questions, qrels, DOCUMENTS)
    # THEN nothing is lost without a reason
    assert [example.query_id for example in made.examples] == ["q1"]
    assert made.skipped == {examples.NO_ANSWER: 1, examples.NO_RELEVANT: 3}
    assert len(questions) == len(made.examples) + sum(made.skipped.values())


def test_nothing_retrieved_is_a_reason_too() -> None:
    choice = Question("c1", "Which?", options={"A": "x", "B": "y"}, correct="A")
    made = build_examples(Ranking(), [choice], {}, DOCUMENTS)
    assert (made.examples, made.skipped) == ((), {examples.NO_PASSAGES: 1})


def test_sampling_follows_the_seed_and_keeps_the_order() -> None:
    questions = [Question(f"q{n}", "What is gout?", answer="Arthritis.") for n in range(50)]
    qrels = {question.query_id: {"gout": 1} for question in questions}

    def ids(seed: int) -> list[str]:
        made = build_examples(Ranking("gout"), questions, qrels, DOCUMENTS, max_examples=10, seed=seed)
        assert made.skipped == {examples.OVER_LIMIT: 40}
        return [example.query_id for example in made.examples]

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)
    assert ids(1) == sorted(ids(1), key=lambda query_id: int(query_id[1:]))


def test_a_question_with_options_is_answered_by_the_correct_options_text() -> None:
    choice = Question("c1", "Which?", options={"A": "Uric  acid", "B": "Salt"}, correct="A")
    example = build_examples(Ranking("gout"), [choice], {}, DOCUMENTS).examples[0]
    assert (example.task, example.target, example.correct) == ("choose", "Uric acid", "A")


@pytest.mark.parametrize(
    ("text", "words", "target"),
    [
        ("One two three. Four five. Six.", 5, "One two three. Four five."),
        ("One two three. Four five. Six.", 4, "One two three."),
        ("One two three. Four five. Six.", 2, "One two"),
        ("One two three. Four five. Six.", 48, "One two three. Four five. Six."),
        ("", 48, ""),
    ],
)
def test_targets_are_whole_leading_sentences_within_the_limit(text: str, words: int, target: str) -> None:
    assert leading_sentences(text, words) == target


def test_examples_survive_the_file(tmp_path: Path) -> None:
    # GIVEN an example of each task WHEN they are written and read
    answer = build_examples(Ranking("gout"), [QUESTION], {"q1": {"gout": 2}}, DOCUMENTS)
    choice = Question("c1", "Which?", options={"A": "x", "B": "y"}, correct="B", topic="t")
    choose = build_examples(Ranking("gout"), [choice], {}, DOCUMENTS)
    folder = examples.write_examples(
        tmp_path / "new", {"train": answer, "validation": choose}, split_document(DOCUMENTS["gout"])
    )
    # THEN they are equal
    assert examples.read_examples(folder / "train.jsonl") == list(answer.examples)
    assert examples.read_examples(folder / "validation.jsonl") == list(choose.examples)
    assert examples.read_passages(folder / "passages.jsonl") == ["Gout gout is one thing. It has another side."]
    assert json.loads((folder / "train.jsonl").read_text()) == {
        "task": "answer",
        "query_id": "q1",
        "question": "What is gout?",
        "passages": [{"title": "Gout", "text": "gout is one thing. It has another side."}],
        "target": "Gout is a kind of arthritis.",
        "topic": "Gout",
    }


def test_the_digest_follows_every_byte(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("{}\n")
    before = examples.digest(tmp_path)
    assert before == examples.digest(tmp_path)
    (tmp_path / "train.jsonl").write_text("{} \n")
    assert examples.digest(tmp_path) != before


GOOD = Example("answer", "q", "Why?", (PassageText("t", "x"),), "So.").to_record()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: "),
        ("[]", "line 2: An example"),
        (json.dumps({**GOOD, "task": "sing"}), r"line 2: Example 'q' needs a task \(answer or choose\)"),
        (json.dumps({**GOOD, "target": ""}), "line 2: Example 'q' needs"),
        (json.dumps({name: value for name, value in GOOD.items() if name != "question"}), "line 2: .*'question'"),
    ],
)
def test_a_line_that_is_no_example_is_named(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + line + "\n")
    with pytest.raises(DatasetError, match=said):
        examples.read_examples(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no file .*train\.jsonl; build the examples first"):
        examples.read_examples(tmp_path / "train.jsonl")


def test_titles_are_questions_where_a_corpus_brings_none() -> None:
    documents = [Document("a", "What is gout?", "Arthritis.", topic="Gout"), Document("b", " ", "No title.")]
    questions, qrels = examples.questions_from_titles(documents)
    assert questions == [Question("a", "What is gout?", answer="Arthritis.", topic="Gout")]
    assert qrels == {"a": {"a": 1}}


@pytest.mark.integration
def test_the_samples_examples_are_made_once_and_keep_topics_apart(sample_index_folder: Path, tmp_path: Path) -> None:
    # GIVEN our own sample and its index WHEN its examples are prepared twice
    corpus, index = datasets.load_corpus("data/sample"), retrieval.Index.load(sample_index_folder)

    def prepare(**changes: Any) -> examples.PreparedExamples:
        return examples.prepare_examples(corpus, index, tmp_path, progress=False, **changes)

    first, second = prepare(), prepare()
    # THEN the second time they are used again, and another seed makes others
    assert (first.reused, second.reused) == (False, True)
    assert (first.folder, first.counts) == (second.folder, second.counts)
    assert prepare(seed=14).folder != first.folder
    # AND questions = examples + skipped, and no topic stands on both sides
    for counts in first.counts.values():
        assert counts["questions"] == counts["examples"] + sum(counts["skipped"].values())
    sides = [examples.read_examples(first.folder / f"{side}.jsonl") for side in ("train", "validation")]
    topics = [{example.topic for example in side if example.topic} for side in sides]
    assert topics[0]
    assert not topics[0] & topics[1]
    assert all(len(example.target.split()) <= examples.TARGET_WORDS for side in sides for example in side)


def test_a_corpus_that_gives_no_examples_is_refused(sample_index_folder: Path, tmp_path: Path) -> None:
    corpus = datasets.Corpus("bare", (Document("a", "", "text"),))
    with pytest.raises(DatasetError, match="bare gives no train examples"):
        examples.prepare_examples(corpus, retrieval.Index.load(sample_index_folder), tmp_path, progress=False)
