"""The sets that retrieval is developed on: known answers, other names, people's own words; what may be learned from."""

from dataclasses import replace
from pathlib import Path

import pytest

from medassist.datasets import Corpus
from medassist.experiments import retrieval_sets
from medassist.schemas import Document, Question

PAGE = " ".join(f"word{n}" for n in range(40))


def page(document_id: str, topic: str, aspect: str, text: str = "", source: str = "A") -> Document:
    return Document(document_id, f"{topic}: {aspect}", text or f"{document_id} says this", source, "", topic, aspect)


def medquad(*documents: Document, **synonyms: tuple[str, ...]) -> Corpus:
    """MedQuAD's form: a question each document, of the same id."""
    questions = tuple(Question(d.document_id, f"What is {d.topic}, {d.aspect}?", d.text, d.topic) for d in documents)
    qrels = {document.document_id: {document.document_id: 2} for document in documents}
    return Corpus("medquad", documents, questions, qrels=qrels, synonyms=synonyms)


def test_places_go_by_the_square_roots_of_sizes() -> None:
    # GIVEN strata of 100, 25 and 1 WHEN 16 places are shared out THEN as 10 : 5 : 1
    sizes = {("A", "x"): 100, ("A", "y"): 25, ("B", "x"): 1}
    assert list(retrieval_sets.allocate(sizes, 16).values()) == [10, 5, 1]
    # AND none gets more than there are
    assert list(retrieval_sets.allocate(sizes, 1000).values()) == [100, 25, 1]


def test_known_answers_are_spread_and_drawn_by_the_seed() -> None:
    corpus = medquad(*(page(f"{s}{n}", f"t{s}{n}", "x", source=s) for s in "AB" for n in range(50)))
    first = retrieval_sets.known_answers(corpus, 20)
    assert first == retrieval_sets.known_answers(corpus, 20) != retrieval_sets.known_answers(corpus, 20, seed=1)
    assert [sum(question.query_id.startswith(source) for question in first.questions) for source in "AB"] == [10, 10]


def test_a_question_that_stands_in_what_is_indexed_is_not_drawn() -> None:
    # GIVEN a text that repeats another page's question, whatever its letters and punctuation
    corpus = medquad(page("a", "gout", "x"), page("b", "flu", "x", "See also: WHAT is gout - x? It hurts."))
    found = retrieval_sets.known_answers(corpus)
    assert [question.query_id for question in found.questions] == ["b"]
    assert found.rejected_by_reason == {retrieval_sets.QUOTED: 1}


def test_another_page_about_the_same_side_of_the_same_condition_answers_too() -> None:
    # GIVEN the same topic in another spelling, under a listed name, another aspect, another condition
    same, listed = page("same", "Parkinson Disease", "x"), page("listed", "PD", "x")
    other_side, other = page("side", "parkinson disease", "y"), page("other", "gout", "x")
    topic = "Parkinson's disease"
    corpus = medquad(page("own", topic, "x"), same, listed, other_side, other, **{topic: ("PD", "shaking palsy")})
    qrels = retrieval_sets.known_answers(corpus).qrels
    assert qrels["own"] == {"own": 2, "same": 1, "listed": 1}
    assert qrels["listed"] == {"listed": 2, "own": 1}
    assert qrels["side"] == {"side": 2}


def test_a_condition_gets_another_of_its_names() -> None:
    # GIVEN names of which one is another page's topic and one is the same in other letters
    corpus = medquad(page("a", "Gout", "x"), page("b", "podagra", "x"), Gout=("Podagra", "GOUT", "gouty (arthritis)"))
    known = retrieval_sets.known_answers(corpus)
    # WHEN the condition is put under another name THEN it is the third; what has none is counted
    found = retrieval_sets.with_synonyms(known, corpus)
    assert [question.text for question in found.questions] == ["What is gouty (arthritis), x?"]
    assert found.qrels == {"a": known.qrels["a"]}
    assert found.rejected_by_reason == {retrieval_sets.NO_SYNONYM: 1}


def liveqa(path: Path, *pairs: tuple[str, str]) -> Path:
    items = (
        f"<NLM-QUESTION questionid='Q{n}'><MESSAGE>{message}</MESSAGE><ANSWER>{answer}</ANSWER></NLM-QUESTION>"
        for n, (message, answer) in enumerate(pairs)
    )
    path.write_text(f"<NLM-QUESTIONS>{''.join(items)}</NLM-QUESTIONS>")
    return path


@pytest.mark.parametrize(
    ("answer", "relevance"),
    [
        (PAGE, 2),
        (" ".join(PAGE.split()[5:25]), 2),  # an extract
        (" ".join(PAGE.split()[:25]) + " and this is what someone else has added", 2),  # 23 of 31 shingles
        (" ".join(PAGE.split()[:20] + [f"more{n}" for n in range(20)]), 0),  # too little of either
        (PAGE + " " + " ".join(f"more{n}" for n in range(90)), 1),  # of a whole page, the document is a section
        (" ".join(PAGE.split()[:9]), 0),  # 7 shingles: too short to tell
    ],
)
def test_liveqas_answers_are_found_by_their_text(answer: str, relevance: int, tmp_path: Path) -> None:
    corpus = medquad(page("right", "t", "x", PAGE), page("wrong", "u", "x", "something else entirely, at some length"))
    found = retrieval_sets.people_questions([liveqa(tmp_path / "l.xml", ("my  hed hurts", answer))], corpus)
    assert found.qrels == ({"liveqa-Q0": {"right": relevance}} if relevance else {})
    assert found.rejected_by_reason == ({} if relevance else {retrieval_sets.NO_PAGE: 1})


def test_boilerplate_finds_no_page_and_a_message_sent_twice_counts_once(tmp_path: Path) -> None:
    # GIVEN a text on more than twenty pages, and one that is on one page with a message sent twice
    common = "The condition is inherited in a pattern in which both copies of the gene in each cell have mutations"
    corpus = medquad(*(page(f"d{n}", f"t{n}", "x", common) for n in range(21)), page("right", "t", "x", PAGE))
    file = liveqa(tmp_path / "l.xml", ("is it inherited", common), ("HELP me please", PAGE), ("Help me, please!", PAGE))
    found = retrieval_sets.people_questions([file], corpus)
    assert found.qrels == {"liveqa-Q1": {"right": 2}}
    assert found.rejected_by_reason == {retrieval_sets.NO_PAGE: 1, retrieval_sets.REPEATED: 1}


def test_nothing_that_a_development_set_asks_about_is_learned_from() -> None:
    # GIVEN a development question about one condition that another page calls otherwise, by way of a third name
    held, renamed = page("held", "gout", "x"), page("renamed", "podagra", "y")
    copied, free = page("copied", "flu", "x", held.text), page("free", "cold", "x")
    asked = "please tell me everything that is known about this long winded thing today now"
    corpus = medquad(held, renamed, copied, free, page("alike", "mumps", "x"), gout=("z",), podagra=("Z",))
    questions = [replace(q, text=asked) if q.query_id == "alike" else q for q in corpus.questions]
    corpus = replace(corpus, questions=tuple(questions))
    development = [
        retrieval_sets.RetrievalSet("one", (Question("q1", "gout?", topic="Gout"),), {"q1": {"held": 2}}),
        retrieval_sets.RetrievalSet(
            "two", (Question("q2", asked.removesuffix(" now"), topic="e"),), {"q2": {"far": 2}}
        ),
    ]
    # WHEN what is left is asked for THEN it is the question that has nothing to do with it, and the rest is counted
    found = retrieval_sets.training_questions(corpus, development)
    assert [question.query_id for question in found.questions] == ["free"]
    assert found.qrels == {"free": {"free": 2}}
    reasons = {retrieval_sets.HELD_OUT: 2, retrieval_sets.SAME_TEXT: 1, retrieval_sets.RESEMBLES: 1}
    assert found.rejected_by_reason == reasons


def test_judged_questions_are_those_of_the_corpus() -> None:
    corpus = replace(medquad(page("a", "gout", "x"), page("b", "flu", "x")), name="sample", qrels={"b": {"b": 2}})
    found = retrieval_sets.judged_questions(corpus)
    assert (found.name, [question.query_id for question in found.questions]) == ("sample", ["b"])
