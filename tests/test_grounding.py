"""Statements with their citations, and quotations, with hand-made passages and the real encoder."""

from pathlib import Path

import pytest

from medassist import text
from medassist.answering import grounding, quoting
from medassist.encoder import Encoder
from medassist.retrieval import Index
from medassist.schemas import Hit, Passage

ASTHMA = (
    "Asthma narrows the airways and makes breathing harder. Attacks may wake people at night. "
    "A reliever inhaler opens the airways within 5 minutes. Asthma is not contagious."
)
GOUT = "Gout causes sudden pain in a joint, often the big toe. Adults may take 500 mg of naproxen. It can recur."
QUESTION = "What does asthma do to the airways?"


def hit(number: int, title: str, body: str, similarity: float = 0.7) -> Hit:
    return Hit(Passage(f"p{number}", f"d{number}", title, body), 1 / number, similarity, 3.0)


HITS = [hit(1, "Asthma: overview", ASTHMA), hit(2, "Gout: overview", GOUT, 0.3)]


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> Encoder:
    return Encoder.load(encoder_folder, threads=1)


def test_a_supported_statement_cites_the_passage_that_says_so(encoder: Encoder) -> None:
    # WHEN the model writes one sentence of the first passage, a little changed, and one that no passage has
    written = "Asthma narrows the airways, which makes breathing harder. Asthma comes from eating sugar."
    statements = grounding.ground(written, QUESTION, HITS, encoder)
    # THEN the first is kept with its source, the second is dropped
    assert [statement.text for statement in statements] == ["Asthma narrows the airways, which makes breathing harder."]
    assert statements[0].citations == (1,)
    assert 0.9 < statements[0].support <= 1.0


@pytest.mark.parametrize(
    "written",
    [
        "A reliever inhaler opens the airways within 15 minutes.",
        "A reliever inhaler opens the airways within 5 hours.",
        "A reliever inhaler does not open the airways within 5 minutes.",
        "Asthma is contagious.",
        "A reliever inhaler closes the airways within 5 minutes.",
        "A preventer inhaler opens the airways within 5 minutes.",
        "Bronchitis narrows the airways and makes breathing harder.",
        "Airways asthma breathing narrows harder makes.",
        "What does asthma do to the airways?",
        "Asthma airways.",
        "",
    ],
)
def test_what_no_passage_says_is_dropped(written: str, encoder: Encoder) -> None:
    # GIVEN statements with another number, unit, negation, verb or name than the passage, and no statements at all
    assert grounding.ground(written, QUESTION, HITS, encoder) == []


def test_statements_off_the_question_are_dropped(encoder: Encoder) -> None:
    assert grounding.ground("Adults may take 500 mg of naproxen.", "How is the sky coloured?", HITS, encoder) == []


def test_min_support_decides(encoder: Encoder) -> None:
    written = "Breathing is harder when asthma narrows the airways."
    assert grounding.ground(written, QUESTION, HITS, encoder, min_support=0.3)
    assert not grounding.ground(written, QUESTION, HITS, encoder, min_support=0.99)


def test_quotations_are_verbatim_cite_their_passage_and_keep_its_order(encoder: Encoder) -> None:
    # WHEN sentences are quoted
    statements = grounding.extract("How quickly does a reliever inhaler open the airways?", HITS, encoder, limit=2)
    # THEN each is a sentence of the passage cited, the best one among them
    found = text.sentences(ASTHMA)
    assert {statement.citations for statement in statements} == {(1,)}
    assert [found.index(statement.text) for statement in statements] == sorted(
        found.index(statement.text) for statement in statements
    )
    assert "A reliever inhaler opens the airways within 5 minutes." in [statement.text for statement in statements]
    assert all(statement.support == 1.0 for statement in statements)


def test_quotations_leave_out_passages_far_from_the_question(encoder: Encoder) -> None:
    statements = grounding.extract(QUESTION, HITS, encoder, limit=10)
    assert all(statement.citations == (1,) for statement in statements)


def test_quotations_leave_out_what_cannot_stand_alone(encoder: Encoder) -> None:
    # GIVEN a question, a lead-in without its list, and a torso beside one good sentence
    body = "What is asthma? Common signs are these:\n\nnarrowed airways and asthma\n\nAsthma narrows the airways."
    statements = grounding.extract(QUESTION, [hit(1, "Asthma", body)], encoder)
    assert [statement.text for statement in statements] == ["Asthma narrows the airways."]


def test_nothing_to_quote_gives_nothing(encoder: Encoder) -> None:
    assert grounding.extract(QUESTION, [], encoder) == []


def test_quotations_can_stand_alone():
    # GIVEN sentences that lean on the one before, a lead-in whose list has lost its marks, and a heading without text
    written = [
        "Gout is a kind of arthritis.",
        "It comes in attacks.",
        "Signs of gout include:",
        "Pain. The pain is sudden.",
        "Swelling. The joint is swollen.",
        "Fever.",
        "Many people recover from it.",
        "However, " + "more " * 60 + "attacks may follow.",
    ]
    # WHEN they are joined THEN each unit can be quoted on its own, and what fits nowhere is left out
    assert quoting._self_contained(written) == [
        "Gout is a kind of arthritis. It comes in attacks.",
        "Signs of gout include: Pain. The pain is sudden. Swelling. The joint is swollen. Fever. Many people recover "
        "from it.",
    ]
    long = "x " * 60
    assert quoting._self_contained(["Rest helps most people.", "Warning signs:", "Fever.", long]) == [
        "Rest helps most people.",
        "Warning signs:",
        long,
    ]
    assert quoting._self_contained(["This comes first.", "They follow."]) == ["This comes first. They follow."]
    assert quoting._self_contained([]) == []


def test_a_short_question_is_answered_by_sentences_about_its_subject_only(sample_index_folder):
    # GIVEN passages about other diseases, one of which mentions what is asked for in passing
    index = Index.load(sample_index_folder)
    found = [hit for hit in index.search("What are the symptoms of asthma?", 60) if "Asthma" not in hit.passage.title]
    assert any("asthma" in hit.passage.text for hit in found)
    # WHEN sentences are quoted THEN only ones that name it, not symptoms of something else
    quoted = grounding.extract("What are the symptoms of asthma?", found[:5], index.encoder)
    assert all("asthma" in statement.text.lower() for statement in quoted)
