"""Sentences, words, quantities and negations, against answers worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medassist.text import LIST_WORDS, content_words, negated_words, quantities, sentences, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("No full stop", ["No full stop"]),
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Take 2.5 mg a day. Then stop.", ["Take 2.5 mg a day.", "Then stop."]),
        ("Dr. Smith et al. Agree, e.g. Here. Yes.", ["Dr. Smith et al. Agree, e.g. Here.", "Yes."]),
        ("The U.S. Agency said so. It did.", ["The U.S. Agency said so.", "It did."]),
        ('He said "Stop." Then he left. (Really.) Fine.', ['He said "Stop."', "Then he left.", "(Really.)", "Fine."]),
        ("Vitamin B is here. Hepatitis C is not.", ["Vitamin B is here.", "Hepatitis C is not."]),
        ("First paragraph\n\nSecond one.", ["First paragraph", "Second one."]),
        ("A line that goes\non here. Next.", ["A line that goes on here.", "Next."]),
        ("Fever may reach 39 degrees. 3 days later it ends.", ["Fever may reach 39 degrees.", "3 days later it ends."]),
    ],
)
def test_splits_into_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Symptoms include:\n- fever\n- a dry cough\nSee a doctor.",
        "Symptoms include:   - fever   - a dry cough   See a doctor.",
        "Symptoms include:\n• fever\n• a dry cough\n\nSee a doctor.",
    ],
)
def test_keeps_a_list_with_the_sentence_that_introduces_it(text: str) -> None:
    assert sentences(text) == ["Symptoms include:\n- fever\n- a dry cough", "See a doctor."]


def test_cuts_long_lists_between_items() -> None:
    # GIVEN a list far longer than a sentence should be
    text = "Names:" + "".join(f"\n- item number {n}" for n in range(60))
    # WHEN it is split
    found = sentences(text)
    # THEN the first sentence is within the limit, and no item is lost
    assert len(found[0].split()) <= LIST_WORDS
    assert sum(sentence.count("item number") for sentence in found) == 60


@given(st.text(alphabet="aB .!?\n-•:(\"'7", max_size=80))
def test_loses_no_letter(text: str) -> None:
    def letters(part: str) -> list[str]:
        return [character for character in part if character.isalnum()]

    assert letters("".join(sentences(text))) == letters(text)


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (["treat", "treats", "treated", "treating"], "treat"),
        (["cause", "causes", "caused", "causing"], "caus"),
        (["biopsy", "biopsies"], "biopsy"),
        (["diagnosis", "diagnoses", "diagnosed"], "diagnos"),
        (["stop", "stopped", "stopping", "stops"], "stop"),
        (["virus"], "virus"),
        (["illness"], "illness"),
        (["b12"], "b12"),
    ],
)
def test_stems_forms_of_one_word_alike(forms: list[str], expected: str) -> None:
    assert {stem(form) for form in forms} == {expected}


def test_keeps_different_words_apart() -> None:
    assert len({stem(word) for word in ("insulin", "insulins", "inhaler", "inhale", "hyper", "hypo")}) == 5


def test_content_words_leave_out_stop_words_and_keep_letters_that_name() -> None:
    assert content_words("Don't mix up hepatitis B and the children's long-term vitamin D!") == [
        "mix", "hepatitis", "b", "children", "long", "term", "vitamin", "d",
    ]  # fmt: skip
    assert words("An X-ray isn\u2019t 3.5 mm") == ["an", "x-ray", "isn't", "3.5", "mm"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take 500mg every 4 to 6 hours", {("500", "mg"), ("4", "hour"), ("6", "hour")}),
        ("at most 4,000 mg in 24 h", {("4000", "mg"), ("24", "hour")}),
        ("two puffs, 2.50 percent, for three weeks", {("2", ""), ("2.5", "%"), ("3", "week")}),
        ("a 20-year-old with 120/80 mmHg", {("20", "year"), ("120", ""), ("80", "mmhg")}),
        ("50 µg is 50 mcg", {("50", "mcg")}),
        ("vitamin B12 for everyone", set()),
    ],
)
def test_reads_quantities_with_their_units(text: str, expected: set[tuple[str, str]]) -> None:
    assert quantities(text) == expected


def test_tells_an_amount_from_the_same_number_of_another_unit() -> None:
    assert quantities("5 mg") != quantities("5 mcg")
    assert quantities("5 mg") != quantities("5 ml")


def test_finds_what_is_negated() -> None:
    assert negated_words("Do not take aspirin; it can occur without pain. It isn't contagious.") == {
        stem("take"), stem("pain"), stem("contagious"),
    }  # fmt: skip
    assert negated_words("Take it with food") == set()
