"""Labelled statements: how they are made, and how what is made of them is counted."""

import random
from collections import Counter

import pytest

from medassist import datasets, text
from medassist.experiments import statement_corruptions as corruptions
from medassist.experiments import statement_pairs, statement_wordings
from medassist.experiments.grounding_evaluation import Judged, measure_answers, measure_half, to_text
from medassist.experiments.measures import DEVELOPMENT, FINAL
from medassist.experiments.statement_corruptions import Material, corrupt
from medassist.experiments.statement_pairs import Pair, make_pairs
from medassist.retrieval import Index
from medassist.schemas import Question

STATEMENT = "Gout is treated with 500 mg of naproxen for three days, which eases the pain."
MATERIAL = Material(
    words={"": ["kidney"], "s": ["lungs"], "ed": ["carried"], "ing": ["walking"], "ly": ["slowly"]},
    nearby={"": ["joint"]},
    topics=["Asthma"],
    names=["Gout"],
    other=["Asthma is caused by narrow airways."],
    opposites=[("eases", "worsens")],
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (corruptions.NAME, "warfarin"),
        (corruptions.OPPOSITE, "worsens the pain"),
        (corruptions.NEGATION, "Gout is n"),
        (corruptions.DOSE, " mg of naproxen for three days"),
    ],
)
def test_a_corruption_changes_one_thing(kind: str, expected: str) -> None:
    # WHEN a statement is corrupted with several seeds THEN each result differs from it, and says what it should
    found = {corrupt(STATEMENT, kind, MATERIAL, random.Random(seed)) for seed in range(60)}
    assert STATEMENT not in found
    assert any(expected in one for one in found)


def test_what_cannot_be_corrupted_stays_out() -> None:
    assert corrupt("Gout hurts.", corruptions.DOSE, MATERIAL, random.Random(1)) == ""
    assert corrupt("Gout hurts.", corruptions.ROLES, MATERIAL, random.Random(1)) == ""


def test_wordings_keep_numbers_and_names() -> None:
    # GIVEN a statement with words of the development table
    said = "Gout often occurs because 500 mg were not enough."
    # WHEN its words are exchanged THEN only these change
    found = statement_wordings.exchange_words(said, statement_wordings.DEVELOPMENT_WORDINGS, random.Random(2))
    assert found == "Gout frequently happens since 500 mg were not enough."
    assert text.quantities(found) == text.quantities(said)


def test_the_tables_of_the_halves_share_no_exchange() -> None:
    both = statement_wordings.DEVELOPMENT_WORDINGS.items() & statement_wordings.FINAL_WORDINGS.items()
    assert not both


@pytest.mark.integration
def test_pairs_of_the_sample_are_labelled_in_two_halves_without_a_common_topic(sample_index_folder) -> None:
    # WHEN pairs are made twice of the same corpus
    corpus, index = datasets.load_corpus("data/sample"), Index.load(sample_index_folder, threads=1)
    pairs = make_pairs(corpus, index, topics=100)
    # THEN they are the same, both labels are there in plenty, and no topic is on both halves
    assert pairs == make_pairs(corpus, index, topics=100)
    assert min(Counter((pair.half, pair.supported) for pair in pairs).values()) > 150
    topics = {half: {pair.topic for pair in pairs if pair.half == half} for half in (DEVELOPMENT, FINAL)}
    assert topics[DEVELOPMENT].isdisjoint(topics[FINAL])
    # and what is called verbatim stands in one of its passages, what is called corrupted in none
    for pair in pairs:
        there = any(pair.statement in " ".join(text.sentences(hit.passage.text)) for hit in pair.hits)
        if pair.kind == statement_pairs.VERBATIM:
            assert there
        if not pair.supported:
            assert not there, pair.statement


def test_a_half_is_counted_by_hand() -> None:
    # GIVEN four true statements and four corrupted ones with known supports, and one of the other half
    def judged(support: float, supported: bool, half: str = FINAL) -> Judged:
        kind = statement_pairs.VERBATIM if supported else corruptions.WORD
        return Judged(Pair("s", "q", (), supported, kind, "t", half), support)

    found = [judged(value, True) for value in (1.0, 0.9, 0.7, 0.4)]
    found += [judged(value, False) for value in (0.95, 0.3, 0.2, 0.1)]
    found.append(judged(0.0, True, DEVELOPMENT))
    # WHEN measured at 0.6
    half = measure_half(found, FINAL, 0.6)
    # THEN three of four true are kept, three of four corrupted rejected, three of four accepted are true
    assert (half["kept"]["count"], half["rejected"]["count"], half["precision"]["share"]) == (3, 3, 0.75)
    assert half["rejected_at_90"] == 0.75
    assert sum(one["n"] for one in half["reliability"]) == 8
    shown = to_text({"corpus": "c", "threshold": 0.6, "milliseconds": 1.0, "halves": {FINAL: half}})
    assert "0.750" in shown


def test_answers_of_the_api_are_measured() -> None:
    # GIVEN an answer with a citation that no passage has, and an abstention
    statement = {"text": "Gout hurts.", "citations": [2], "support": 0.9}
    answer = {
        "answer": "Gout hurts.",
        "statements": [statement],
        "passages": [{}],
        "abstained": False,
        "extractive": True,
    }
    refused = {"answer": "I can't.", "statements": [], "passages": [], "abstained": True, "extractive": False}
    questions = [Question("q1", "?", answer="Gout hurts."), Question("q2", "?", answer="x")]
    found = measure_answers(questions, [answer, refused])
    assert found["abstained"] == [0.0, 1.0]
    assert found["statements that cite a passage"] == [0.0]
    assert found["answers supported as a whole"] == [1.0]
    assert found["ROUGE-L"] == [1.0]
