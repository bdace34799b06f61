"""A statement's support: words side by side, what contradicts, and how probable it is that a passage says the same."""

from pathlib import Path

import pytest

from medassist.answering.alignment import align, longest_order, plain, tokens
from medassist.answering.comparison import Comparison, Source
from medassist.answering.support import Evidence
from medassist.encoder import Encoder
from medassist.schemas import Hit, Passage

TEXT = (
    "Gout causes sudden pain in a joint, often the big toe. Adults may take 500 mg of naproxen for 3 days. "
    "It does not spread from person to person. Attacks are more common after heavy meals. "
    "A doctor may take fluid from the joint and look for crystals."
)
PASSAGE = Passage("p1", "d1", "Gout: overview", TEXT, topic="Gout")


@pytest.fixture(scope="module")
def evidence(encoder_folder: Path) -> Evidence:
    return Evidence([Hit(PASSAGE, 1.0, 0.8, 3.0)], Encoder.load(encoder_folder, threads=1))


def test_denials_are_spelt_out_and_reach_the_next_words() -> None:
    # GIVEN "can't" and a clause after it
    assert plain("It can't spread; he is unable to walk.") == "it can not spread; he is not able to walk."
    found = tokens("It does not usually spread quickly to others. People recover.")
    # THEN the word right after is denied, two more lie in the denial's reach, the next sentence does not
    assert [(token.word, token.denied, token.in_denial) for token in found] == [
        ("usually", True, True),
        ("spread", False, True),
        ("quickly", False, True),
        ("people", False, False),
        ("recover", False, False),
    ]


def test_numbers_are_digits_whatever_they_are_written_in() -> None:
    assert [token.word for token in tokens("two tablets, the third day, 5 mg")] == [
        "2",
        "tablets",
        "3rd",
        "day",
        "5",
        "mg",
    ]


def test_alignment_prefers_runs_and_uses_no_word_twice() -> None:
    # GIVEN a statement whose "pain" stands in two places, in one of them beside its neighbours
    said, written = tokens("sudden pain in the joint and pain"), tokens("Pain is bad. Sudden pain in a joint hurts.")
    # WHEN aligned: sudden pain joint -> 2 3 4, the second pain -> 0
    alignment = align(said, written)
    # THEN
    assert alignment.places == (2, 3, 4, 0)
    assert longest_order(alignment.places) == 3
    assert align(tokens("pain pain pain"), tokens("pain")).places.count(None) == 2


def test_forms_of_a_word_are_related_and_different_words_are_not() -> None:
    alignment = align(tokens("inflammation hyperthyroidism"), tokens("inflammatory hypothyroidism"))
    assert alignment.places == (0, None)
    assert alignment.related == {0}


def test_an_exchange_names_what_stands_in_the_place() -> None:
    # GIVEN a statement with "abrupt" for "sudden"
    source = Source(PASSAGE)
    comparison = Comparison("Gout causes abrupt pain in a joint.", source.stretches[0], source, 1)
    # WHEN its exchanges are asked for THEN the text between the neighbours' counterparts is given, alone and in context
    (exchange,) = comparison.exchanges()
    assert (exchange.said, exchange.written) == ("abrupt", "sudden")
    assert (exchange.said_in_context, exchange.written_in_context) == ("causes abrupt pain", "causes sudden pain")


@pytest.mark.parametrize(
    "statement",
    [
        "Adults may take 50 mg of naproxen for 3 days.",
        "Adults may take 500 g of naproxen for 3 days.",
        "Adults may take 500 mg of naproxen for 3 weeks.",
        "Adults may take 500 mg of naproxen for four days.",
        "It spreads from person to person.",
        "Gout does not cause pain in a joint.",
        "Attacks are less common after heavy meals.",
        "Attacks are more common before heavy meals.",
        "Attacks are more rare after heavy meals.",
    ],
)
def test_what_contradicts_a_passage_has_no_support(statement: str, evidence: Evidence) -> None:
    # GIVEN another number, unit or denial, or an opposite THEN support is exactly 0
    (found,) = evidence.support([statement])
    assert (found.number, found.value) == (0, 0.0)


@pytest.mark.parametrize(
    "statement",
    [
        "Gout causes sudden pain in a joint, frequently the big toe.",
        "Gout does not spread from person to person.",
        "Gout causes sudden pain in a joint, often the big toe, and it doesn't spread from person to person.",
        "A physician may take fluid from the joint and look for crystals.",
        "Adults may take 500 milligrams of naproxen for three days.",
    ],
)
def test_other_words_for_the_same_are_supported(statement: str, evidence: Evidence) -> None:
    (found,) = evidence.support([statement])
    assert found.number == 1
    assert found.value > 0.6


@pytest.mark.parametrize(
    "statement",
    [
        "Gout causes sudden rashes in a joint, often the big toe.",
        "Asthma causes sudden pain in a joint, often the big toe.",
        "Adults may take 500 mg of warfarin for 3 days.",
        "A doctor may take fluid from the kidney and look for crystals.",
        "Crystals and heavy meals spread naproxen in adults.",
        "Pain causes sudden gout in a joint, often the big toe.",
    ],
)
def test_one_wrong_word_costs_the_support(statement: str, evidence: Evidence) -> None:
    assert evidence.support([statement])[0].value < 0.6


def test_whole_sentences_word_for_word_are_certain_and_halves_are_not(evidence: Evidence) -> None:
    # GIVEN two sentences of the passage, and one without the beginning that turns its sense around
    source = Source(PASSAGE)
    assert source.quotes("It does not spread from person to person. Attacks are more common after heavy meals.")
    assert not source.quotes("spread from person to person.")
    assert not source.quotes("")
    assert evidence.support(["It does not spread from person to person."])[0].value == 1.0
    assert evidence.support([""])[0].value == 0.0
