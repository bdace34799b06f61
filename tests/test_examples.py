"""From questions to examples: passages, targets, sides, overlaps and the account of what was left out."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medassist import datasets, example_table, examples, question_pool, retrieval
from medassist.datasets import Corpus
from medassist.errors import DatasetError
from medassist.examples import Example, ExampleSet, _Part, build_examples
from medassist.experiments import trials
from medassist.passages import split_document
from medassist.question_pool import Asked, find_repeated
from medassist.question_sets import QuestionSet
from medassist.schemas import Document, Hit, Passage, Question
from medassist.search_cache import SearchCache

DOCUMENTS = {
    document_id: Document(document_id, document_id.title(), f"{document_id} is one thing. It has another side.")
    for document_id in ("gout", "asthma", "acne", "mumps", "scurvy")
}
GOUT = Question("q1", "What is gout?", answer="Gout is one thing.", topic="Gout")
ABSTRACT = (Passage("p#0", "p", "", "We asked nine people."), Passage("p#1", "p", "", "Gout hurt eight of them."))


class Ranking:
    """An index that knows one ranking."""

    version = "v1"

    def __init__(self, *document_ids: str) -> None:
        self.found = [split_document(DOCUMENTS[document_id])[0] for document_id in document_ids]
        self.queries: list[str] = []

    def passages(self) -> Iterator[Passage]:
        return iter(self.found)

    def search_batch(self, queries: Sequence[str], top_k: int = 10) -> list[list[Hit]]:
        self.queries += queries
        return [[Hit(passage, 1.0, 0.9, 3.0) for passage in self.found[:top_k]] for _ in queries]


def build(ranking: Ranking, *asked: Asked, folder: Path) -> examples.ExampleSet:
    return build_examples(SearchCache(ranking, folder, top_k=10), asked)


def answer(question: Question = GOUT, **changes: Any) -> Asked:
    return replace(Asked("answer", "made", question, (question.answer,), relevant=frozenset({"gout"})), **changes)


def titles(example: Example) -> list[str]:
    return [passage.title for passage in example.passages]


@pytest.mark.parametrize(
    ("ranking", "rank"), [(("gout", "acne", "mumps", "asthma"), 1), (("acne", "mumps", "gout", "asthma"), 3)]
)
def test_the_relevant_passage_keeps_the_rank_at_which_it_was_found(
    ranking: tuple[str, ...], rank: int, tmp_path: Path
) -> None:
    made = build(Ranking(*ranking), answer(), folder=tmp_path)
    (example,) = made.examples
    assert titles(example) == [name.title() for name in ranking[:3]]
    assert (example.gold_rank, made.ranks) == (rank, {rank: 1})
    assert (example.target, example.source) == ("Gout is one thing.", "made")


@pytest.mark.parametrize(
    ("ranking", "rank"), [(("acne", "asthma", "mumps", "gout"), 4), (("acne", "asthma", "mumps", "scurvy"), 0)]
)
def test_an_answer_that_the_passages_do_not_say_makes_no_example(
    ranking: tuple[str, ...], rank: int, tmp_path: Path
) -> None:
    made = build(Ranking(*ranking), answer(), folder=tmp_path)
    assert (made.examples, made.skipped, made.ranks) == ((), {examples.NOT_SAID: 1}, {rank: 1})


def test_the_first_reference_that_the_passages_say_is_the_target(tmp_path: Path) -> None:
    asked = answer(references=("A disease of kings and queens.", "Gout has another side."), relevant=frozenset())
    made = build(Ranking("gout"), asked, folder=tmp_path)
    assert (made.examples[0].target, made.examples[0].gold_rank, made.ranks) == ("Gout has another side.", 0, {})


def test_options_are_searched_for_too_and_the_correct_ones_text_is_the_target(tmp_path: Path) -> None:
    question = Question("c1", "Which?", options={"A": "Uric  acid", "B": "Salt"}, correct="A")
    ranking = Ranking("acne")
    made = build(ranking, Asked("choose", "made", question), folder=tmp_path)
    assert ranking.queries == ["Which? Uric  acid Salt"]
    assert (made.examples[0].target, made.examples[0].correct, made.examples[0].task) == ("Uric acid", "A", "choose")


def test_an_abstract_is_read_whole_and_nothing_is_searched(tmp_path: Path) -> None:
    # GIVEN a question to judge with its abstract, and its long answer, that both parts say together
    question = Question("j1", "Does gout hurt?", "yes")
    judge = Asked("judge", "made", question, ("Gout hurt eight of nine people.",), ABSTRACT)
    ranking = Ranking("acne")
    made = build(ranking, judge, replace(judge, task="answer"), folder=tmp_path)
    # THEN there are two examples with the abstract
    assert [example.target for example in made.examples] == ["yes", "Gout hurt eight of nine people."]
    assert all([p.text for p in example.passages] == [p.text for p in ABSTRACT] for example in made.examples)
    assert ranking.queries == []


def test_a_judgement_needs_its_document(tmp_path: Path) -> None:
    asked = Asked("judge", "made", Question("j1", "Is gout one thing?", "yes"), relevant=frozenset({"gout"}))
    made = build(Ranking("acne", "gout"), asked, folder=tmp_path / "a")
    assert [(example.target, example.gold_rank) for example in made.examples] == [("yes", 2)]
    made = build(Ranking("acne", "mumps"), asked, folder=tmp_path / "b")
    assert (made.examples, made.skipped) == ((), {examples.NOT_FOUND: 1})


def test_nothing_retrieved_is_a_reason_too(tmp_path: Path) -> None:
    question = Question("c1", "Which?", options={"A": "x", "B": "y"}, correct="A")
    made = build(Ranking(), Asked("choose", "made", question), folder=tmp_path)
    assert (made.examples, made.skipped) == ((), {examples.NO_PASSAGES: 1})


def test_of_questions_asked_twice_the_one_nearer_to_training_is_left_out() -> None:
    # GIVEN one question on three sides, another set's copy of a question, a repetition, and one with other options
    long = " ".join(f"word{n}" for n in range(20))
    which = {"A": "x", "B": "y"}
    pool = [
        Asked("answer", "made", Question("a", "What is gout?", "x")),
        Asked("answer", "made", Question("b", "what is  gout", "x")),
        Asked("choose", "made", Question("c", long, "x", options=which, correct="A")),
        Asked("choose", "other", Question("d", f"{long} more", "x", options=which, correct="A")),
        Asked("answer", "made", Question("e", "What is acne?", "x")),
        Asked("answer", "made", Question("f", "What is acne?", "x")),
        Asked("answer", "made", Question("g", "What is acne?", "another answer")),
        Asked("choose", "made", Question("h", "Which?", "x", options=which, correct="A")),
        Asked("choose", "made", Question("i", "Which?", "y", options=which, correct="B")),
        Asked("answer", "made", Question("j", "What is asked at the end?", "x")),
    ]
    sides = ["train", "test", "train", "train", "train", "train", "train", "train", "validation", "test"]
    apart = QuestionSet("bench", "answer", (Question("z", "What is asked at the end", "x"),))
    # WHEN overlaps are looked for
    removed, account = find_repeated(pool, sides, [apart])
    # THEN what was learnt from is never asked, and the reasons are counted
    assert removed == {
        "made a": question_pool.KEPT_APART,
        "other d": question_pool.IN_ANOTHER_SET,
        "made f": question_pool.REPEATED,
        "made j": question_pool.KEPT_APART,
    }
    assert account["pairs"] == {
        "exact, between sets, across sides": 1,
        "exact, within a set, across sides": 1,
        "exact, within a set, on one side": 3,
        "near, between sets, on one side": 1,
    }


def test_a_phrase_that_fits_everything_is_not_taught_for_ever() -> None:
    # GIVEN fifteen training answers with one target and one with another, and two held-out ones with these targets
    train = [Example("answer", f"q{n}", "?", (), "It varies.") for n in range(15)]
    train.append(Example("answer", "q15", "?", (), "It is rare."))
    held_out = [Example("answer", "h1", "?", (), "It varies."), Example("answer", "h2", "?", (), "It is common.")]
    taught: Counter[str] = Counter()
    # WHEN both sides are thinned THEN ten are taught, and what was taught is not asked
    made = examples._without_common_targets(ExampleSet(tuple(train), {}), _Part("made", "answer", "train"), taught)
    assert [example.query_id for example in made.examples] == [*(f"q{n}" for n in range(10)), "q15"]
    assert made.skipped == {examples.COMMON_TARGET: 5}
    made = examples._without_common_targets(ExampleSet(tuple(held_out), {}), _Part("made", "answer", "test"), taught)
    assert [example.query_id for example in made.examples] == ["h2"]
    assert made.skipped == {examples.SEEN_TARGET: 1}


def test_titles_are_questions_where_a_corpus_brings_none() -> None:
    documents = [Document("a", "What is gout?", "Arthritis.", topic="Gout"), Document("b", " ", "No title.")]
    questions, qrels = examples.questions_from_titles(documents)
    assert questions == [Question("a", "What is gout?", answer="Arthritis.", topic="Gout")]
    assert qrels == {"a": {"a": 1}}


# --- The whole road on our sample --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def index(sample_index_folder: Path) -> retrieval.Index:
    return retrieval.Index.load(sample_index_folder)


@pytest.fixture(scope="module")
def question_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty questions in PubMedQA's form."""
    path = tmp_path_factory.mktemp("sets") / "pqal.json"
    record = {"CONTEXTS": ["Plants of this kind helped many people."], "final_decision": "yes"}
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    asked = {f"{n}{m}": f"Does the plant {n} help against {m}?" for n in numbers for m in ("gout", "acne")}
    long_answer = "Plants of this kind help people."
    records = {pmid: record | {"QUESTION": text, "LONG_ANSWER": long_answer} for pmid, text in asked.items()}
    path.write_text(json.dumps(records))
    return path


@pytest.fixture(scope="module")
def prepared(
    index: retrieval.Index, question_set: Path, tmp_path_factory: pytest.TempPathFactory
) -> examples.PreparedExamples:
    corpus, folder = datasets.load_corpus("data/sample"), tmp_path_factory.mktemp("examples")
    return examples.prepare_examples(corpus, index, folder, question_sets=[question_set], progress=False)


def read(prepared: examples.PreparedExamples) -> dict[str, list[Example]]:
    sides = [side for side in example_table.SIDES if (prepared.folder / f"{side}.parquet").is_file()]
    return {side: example_table.read_examples(prepared.folder / f"{side}.parquet") for side in sides}


def test_all_tasks_are_there_and_every_question_is_accounted_for(prepared: examples.PreparedExamples) -> None:
    sides = read(prepared)
    assert {example.task for example in sides["train"]} == {"answer", "choose", "judge"}
    assert {example.source for example in sides["train"]} == {"sample", "pubmedqa"}
    for side, counts in prepared.counts.items():
        assert counts["examples"] == len(sides[side])
        assert counts["questions"] == counts["examples"] + sum(counts["skipped"].values())
    # 150 questions, 60 choices and 30 judgements of the sample; 20 of PubMedQA, each to judge and to answer
    assert sum(counts["questions"] for counts in prepared.counts.values()) == 150 + 60 + 30 + 40
    parts = [
        counts for tasks in prepared.account["sources"].values() for by in tasks.values() for counts in by.values()
    ]
    assert sum(counts["examples"] for counts in parts) == sum(map(len, sides.values()))


def test_no_topic_document_or_target_stands_on_two_sides(prepared: examples.PreparedExamples) -> None:
    sides = read(prepared)
    topics = [{example.topic for example in side if example.topic} for side in sides.values()]
    assert all(topics)
    assert len(set.union(*topics)) == sum(map(len, topics))
    taught = {example.target for example in sides["train"] if example.task == "answer"}
    for side in ("validation", "test"):
        assert not taught & {example.target for example in sides[side] if example.task == "answer"}
    # THEN PubMedQA's equal answers, which training has, are counted as left out
    assert prepared.counts["test"]["skipped"][examples.SEEN_TARGET] > 0


def test_the_datasets_library_opens_the_folder(
    prepared: examples.PreparedExamples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset

    table = load_dataset(str(prepared.folder), cache_dir=str(tmp_path))
    sides = read(prepared)
    assert {side: len(rows) for side, rows in table.items()} == {side: len(rows) for side, rows in sides.items()}
    assert Example.from_record(table["train"][0]) == sides["train"][0]
    passages = load_dataset(str(prepared.folder), "passages", cache_dir=str(tmp_path))["train"]
    assert len(passages) == len(example_table.read_passages(prepared.folder / "passages.parquet"))


def test_the_card_tells_sources_licences_rules_and_counts(prepared: examples.PreparedExamples) -> None:
    card = (prepared.folder / "README.md").read_text()
    assert "| sample | CC BY 4.0 | answer |" in card
    assert "| pubmedqa | MIT | judge |" in card
    for side, counts in prepared.counts.items():
        assert f"| {side} | {counts['questions']} | {counts['examples']} |" in card
        for reason, count in counts["skipped"].items():
            assert f"| {side} | {reason} | {count} |" in card
    assert "**Seed** of samples: 13" in card


def test_examples_are_made_once_and_again_with_the_same_bytes(
    prepared: examples.PreparedExamples, index: retrieval.Index, question_set: Path, tmp_path: Path
) -> None:
    corpus = datasets.load_corpus("data/sample")

    def prepare(folder: Path, **changes: Any) -> examples.PreparedExamples:
        return examples.prepare_examples(corpus, index, folder, question_sets=[question_set], progress=False, **changes)

    # WHEN they are prepared again THEN they are used again
    again = prepare(prepared.folder.parent)
    assert (prepared.reused, again.reused, again.folder) == (False, True, prepared.folder)
    assert again.account == json.loads(json.dumps(prepared.account))
    # WHEN they are made elsewhere THEN every file is the same; with another seed or limit they are others
    elsewhere = prepare(tmp_path)
    assert elsewhere.folder.name == prepared.folder.name
    for file in prepared.folder.iterdir():
        assert (elsewhere.folder / file.name).read_bytes() == file.read_bytes()
    other = prepare(tmp_path, seed=14)
    assert other.folder.name != prepared.folder.name
    # AND whatever the seed, nobody is taught what an evaluation holds out
    held_out = {one.question.query_id for one in trials.read_questions("data/sample", held_out=True).asked}
    assert held_out.isdisjoint(example.query_id for example in read(other)["train"])
    limited = prepare(tmp_path, max_examples={"answer": 10, "choose": 5})
    assert (limited.counts["train"]["answer"], limited.counts["train"]["choose"]) <= (20, 5)
    assert "judge" not in limited.counts["train"]
    assert limited.counts["train"]["questions"] == prepared.counts["train"]["questions"]


def test_no_example_resembles_a_question_that_is_kept_apart(
    prepared: examples.PreparedExamples, index: retrieval.Index, tmp_path: Path
) -> None:
    # GIVEN the sample's own choices as somebody's benchmark WHEN examples are made
    shutil.copy("data/sample/choices.jsonl", tmp_path / "bench.jsonl")
    corpus = datasets.load_corpus("data/sample")
    made = examples.prepare_examples(corpus, index, tmp_path, apart=[tmp_path / "bench.jsonl"], progress=False)
    # THEN none of them is an example
    assert all("choose" not in counts for counts in made.counts.values())
    skipped = [counts["skipped"][question_pool.KEPT_APART] for counts in made.counts.values()]
    assert sum(skipped) == 60


def test_a_corpus_that_gives_no_examples_is_refused(index: retrieval.Index, tmp_path: Path) -> None:
    corpus = Corpus("bare", (Document("a", "", "text"),))
    with pytest.raises(DatasetError, match="bare gives no train examples"):
        examples.prepare_examples(corpus, index, tmp_path, progress=False)


def test_a_question_set_that_is_given_twice_is_refused(
    index: retrieval.Index, question_set: Path, tmp_path: Path
) -> None:
    corpus = datasets.load_corpus("data/sample")
    with pytest.raises(DatasetError, match="Question pubmedqa onegout is given twice"):
        examples.prepare_examples(corpus, index, tmp_path, question_sets=[question_set] * 2, progress=False)
