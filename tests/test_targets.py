"""The rule that cuts reference answers, on cases worked out by hand."""

import pytest

from medassist.prompts import PassageText
from medassist.targets import answering_sentences, cut_target, leading_sentences

GOUT = PassageText(
    "Gout: information",
    "Gout is a kind of arthritis. It is caused by urate crystals in a joint. Flares last 7 to 14 days.\n"
    "Triggers include\n- beer\n- shellfish",
)


@pytest.mark.parametrize(
    ("answer", "sentences"),
    [
        # the question repeated, a heading, a pointer elsewhere: left out
        (
            "What is gout? Gout is a kind of arthritis. See also Arthritis in adults.",
            ["Gout is a kind of arthritis."],
        ),
        ("Key Points\n\nGout is a kind of arthritis.", ["Gout is a kind of arthritis."]),
        ("These resources address the treatment of gout: - Genetic Testing Registry", []),
        (
            "The Human Phenotype Ontology provides the following list of signs for Gout. Fever 90% Cough - Rash - "
            "The frequency may also be listed as a fraction.",
            [],
        ),
        ("Yes.", []),
        # background before the answer is passed over
        ("Joints join bones. The body has many of them. Gout hurts them suddenly.", ["Gout hurts them suddenly."]),
        # unless nothing shares a word with the question
        ("Joints join bones. The body has many bones.", ["Joints join bones.", "The body has many bones."]),
        # another subject begins at a heading or a question
        (
            "Gout is a kind of arthritis. How is it treated? Gout is treated with rest.",
            ["Gout is a kind of arthritis."],
        ),
        ("Gout is a kind of arthritis.\n\nOutlook\n\nGout is often mild today.", ["Gout is a kind of arthritis."]),
        # a list stays with its lead-in; without its lead-in's items it is no sentence
        (
            "Triggers of gout include\n- beer\n- shellfish\n\nGout is a kind of arthritis.",
            ["Triggers of gout include\n- beer\n- shellfish", "Gout is a kind of arthritis."],
        ),
        ("The triggers of gout are the following:", []),
        # what was cut off at its beginning is no sentence
        ("un exposure can bring gout on. Gout is a kind of arthritis.", ["Gout is a kind of arthritis."]),
    ],
)
def test_the_sentences_that_answer_are_taken(answer: str, sentences: list[str]) -> None:
    assert answering_sentences("What is gout?", answer) == sentences


def test_the_limit_is_kept_by_whole_sentences_and_items() -> None:
    # GIVEN sentences of 4, 5 and 4 words WHEN 10 words are allowed THEN two of them are taken
    answer = "Gout makes joints hurt. It often begins at night. Rest helps the joint."
    assert answering_sentences("What is gout?", answer, words=10) == [
        "Gout makes joints hurt.",
        "It often begins at night.",
    ]
    # GIVEN a list with more items than fit (4 words, then 2 an item, with its dash) THEN it is cut between items
    answer = "Triggers of gout include\n- beer\n- shellfish\n- liver"
    assert answering_sentences("What is gout?", answer, words=8) == ["Triggers of gout include\n- beer\n- shellfish"]
    # GIVEN a sentence that is too long on its own THEN the next that fits is taken
    answer = "Gout " + "really " * 20 + "hurts. Gout hurts people badly."
    assert answering_sentences("What is gout?", answer, words=10) == ["Gout hurts people badly."]


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("Gout is a kind of arthritis. It is caused by urate crystals in a joint.", "whole"),  # word for word
        ("Triggers include\n- beer\n- shellfish", "Triggers include - beer - shellfish"),
        ("Gout is arthritis caused by urate crystals in the joint.", "whole"),  # in other words, all of them there
        ("Gout is a kind of arthritis. It should be treated by a specialist.", "Gout is a kind of arthritis."),
        ("Gout should be treated by a specialist in rheumatology.", ""),
        ("Gout flares last 7 to 14 days.", "whole"),
        ("Gout flares last 7 to 21 days.", ""),  # another number
        ("Gout is not caused by urate crystals in a joint.", ""),  # a negation that is not there
        ("Gout is a kind of arthritis caused by SLC2A9 crystals in a joint.", ""),  # a name that is not there
        ("Lupus is a kind of arthritis, caused by urate crystals.", ""),  # something of the question that is not there
    ],
)
def test_a_target_says_only_what_the_passages_say(answer: str, target: str) -> None:
    other = PassageText("Acne", "Acne is a skin disease.")
    found = cut_target("What is gout, or lupus?", answer, [other, GOUT])
    assert found == (answer if target == "whole" else target)


def test_without_passages_there_is_no_target() -> None:
    assert cut_target("What is gout?", "Gout is a kind of arthritis.", []) == ""


@pytest.mark.parametrize(
    ("text", "words", "beginning"),
    [
        ("One two three. Four five. Six.", 5, "One two three. Four five."),
        ("One two three. Four five. Six.", 4, "One two three."),
        ("One two three. Four five. Six.", 2, "One two"),
        ("One two three. Four five. Six.", 48, "One two three. Four five. Six."),
        ("", 48, ""),
    ],
)
def test_leading_sentences_are_whole_within_the_limit(text: str, words: int, beginning: str) -> None:
    assert leading_sentences(text, words) == beginning
