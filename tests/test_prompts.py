"""Prompts: what the model reads, worked out by hand with a tokenizer that takes each word as one token."""

import re
from collections.abc import Sequence

import pytest

from medassist import prompts
from medassist.prompts import PassageText

GOUT = PassageText("Gout: causes", "Gout comes from crystals of uric acid in a joint.")  # 10 words of text
DIET = PassageText("Gout: diet", "Drink water.")


def words(text: str) -> Sequence[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\S+", text)]


def test_answer_input_holds_question_and_numbered_passages() -> None:
    # GIVEN a question and two passages WHEN they fit
    text = prompts.concatenate("What causes  gout?", [GOUT, DIET], words, max_tokens=100)
    # THEN all is there, in order, white space single
    assert text == (
        "answer question: What causes gout? passage 1: Gout: causes. Gout comes from crystals of uric acid in a joint. "
        "passage 2: Gout: diet. Drink water."
    )


def test_choose_input_lists_the_options_before_the_passages() -> None:
    text = prompts.concatenate("Which?", [DIET], words, max_tokens=100, options={"A": "Urate", "B": "Calcium salts"})
    assert text == "choose question: Which? options: A) Urate B) Calcium salts passage 1: Gout: diet. Drink water."


def test_budget_cuts_passages_and_never_the_question() -> None:
    # GIVEN 5 words of question, two heads of 4 words each, texts of 10 and 2 words, one end token
    # WHEN 19 tokens are allowed, so that 19 - 1 - 5 - 8 = 5 remain for the texts
    text = prompts.concatenate("What causes gout?", [GOUT, DIET], words, max_tokens=19)
    # THEN the short text keeps its 2 words and the long one gets the other 3
    assert text == (
        "answer question: What causes gout? passage 1: Gout: causes. Gout comes from "
        "passage 2: Gout: diet. Drink water."
    )
    assert len(words(text)) + prompts.END_TOKENS == 19


@pytest.mark.parametrize("max_tokens", range(1, 40))
def test_input_stays_within_the_budget_unless_the_question_alone_exceeds_it(max_tokens: int) -> None:
    text = prompts.concatenate("What causes gout?", [GOUT, DIET, GOUT], words, max_tokens=max_tokens)
    assert len(words(text)) + prompts.END_TOKENS <= max(max_tokens, 6)
    assert text.startswith("answer question: What causes gout?")


def test_passages_that_keep_no_word_are_left_out_from_the_end() -> None:
    # GIVEN room for one head and one word WHEN three passages are given THEN the first stays
    text = prompts.concatenate("What causes gout?", [GOUT, DIET, GOUT], words, max_tokens=11)
    assert text == "answer question: What causes gout? passage 1: Gout: causes. Gout"


def test_cut_falls_between_words_when_tokens_are_parts_of_words() -> None:
    # GIVEN a tokenizer of single letters WHEN the budget ends inside "crystals"
    def letters(text: str) -> Sequence[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\S", text)]

    head = len(letters("answer question: Why? passage 1: T."))
    text = prompts.concatenate("Why?", [PassageText("T", "Gout crystals")], letters, max_tokens=head + 6 + 1)
    # THEN the whole word goes
    assert text == "answer question: Why? passage 1: T. Gout"


def test_separate_gives_one_input_a_passage_each_with_the_question() -> None:
    assert prompts.separate("Why?", [GOUT, DIET], words, max_tokens=100) == [
        "answer question: Why? passage 1: Gout: causes. Gout comes from crystals of uric acid in a joint.",
        "answer question: Why? passage 2: Gout: diet. Drink water.",
    ]
    assert prompts.separate("Why?", [], words, max_tokens=100) == ["answer question: Why?"]


def test_judge_input_is_told_apart_by_its_first_word() -> None:
    text = prompts.concatenate("Does water help?", [DIET], words, max_tokens=100, task=prompts.JUDGE)
    assert text == "judge question: Does water help? passage 1: Gout: diet. Drink water."


def test_reading_decides_between_one_input_and_one_a_passage() -> None:
    # GIVEN two passages WHEN the same question is read in both ways
    inputs = {
        reading: prompts.model_inputs("Why?", [GOUT, DIET], words, reading=reading, max_tokens=100)
        for reading in prompts.READINGS
    }
    # THEN concatenation gives one input and fusion two
    assert inputs[prompts.CONCATENATION] == [prompts.concatenate("Why?", [GOUT, DIET], words, max_tokens=100)]
    assert inputs[prompts.FUSION] == prompts.separate("Why?", [GOUT, DIET], words, max_tokens=100)
    with pytest.raises(ValueError, match="concatenation or fusion"):
        prompts.model_inputs("Why?", [GOUT], words, reading="skimming", max_tokens=100)


def test_passage_without_title_leaves_no_gap() -> None:
    text = prompts.concatenate("Why?", [PassageText("", "Drink water.")], words, max_tokens=100)
    assert text == "answer question: Why? passage 1: Drink water."


@pytest.mark.parametrize(
    ("lengths", "budget", "shares"),
    [([10, 100, 100], 110, [10, 50, 50]), ([5, 5], 3, [1, 2]), ([], 7, []), ([3], -1, [0]), ([4, 4], 100, [4, 4])],
)
def test_budget_is_shared_equally_and_leftovers_go_on(lengths: list[int], budget: int, shares: list[int]) -> None:
    assert prompts.share_budget(lengths, budget) == shares


def test_clean_joins_compatible_characters() -> None:
    assert prompts.clean(" \ufb01ne\u00a0\n tuning ") == "fine tuning"
