"""Examples made from passages: what is asked can be read, and nothing is lost."""

import random

import pytest

from medassist import prompts
from medassist.errors import TrainingError
from medassist.experiments import objectives
from medassist.prompts import PassageText
from medassist.text import content_words

PASSAGES = [
    PassageText(
        f"{name}: overview",
        f"{name} is a long-lasting illness of the {organ}. Doctors often treat {name.lower()} with tablets.",
    )
    for name, organ in (("Gout", "joints"), ("Asthma", "airways"), ("Anemia", "blood"), ("Eczema", "outer skin"))
]


def test_a_sentence_is_asked_for_by_its_own_words() -> None:
    # GIVEN passages
    # WHEN sentences are to be found
    made = objectives.find_sentences(PASSAGES, 30, seed=1)

    # THEN each target is a sentence of one of three passages, and the question has some of its words only
    assert len(made) == 30
    for example in made:
        assert example.task == prompts.ANSWER
        assert len(example.passages) == objectives.PASSAGES
        assert any(example.target in passage.text for passage in example.passages)
        assert set(example.question.split()) <= set(content_words(example.target))
    assert len({example.target for example in made}) > 4


def test_a_name_is_to_be_chosen_that_the_sentence_leaves_out() -> None:
    # GIVEN passages with a subject each
    # WHEN names are to be chosen
    made = objectives.name_subjects(PASSAGES, 20, seed=1)

    # THEN the correct one is an option, is not told in the question, and heads the passage that has the sentence
    assert {example.correct for example in made} > {"A", "B"}
    for example in made:
        assert example.options[example.correct] == example.target
        assert len(set(example.options.values())) == objectives.OPTIONS
        assert example.target not in example.question
        asked = set(content_words(example.question.removesuffix("What is this?")))
        about = [passage for passage in example.passages if passage.title.startswith(example.target)]
        assert about
        assert asked - {"this"} <= set(content_words(about[0].text))


def test_spans_and_what_is_left_hold_each_token_once() -> None:
    # GIVEN a text of token ids and sentinels that are none of them
    ids, sentinels = list(range(10, 210)), list(range(900, 1000))

    # WHEN spans are taken out
    shown, hidden = objectives.corrupt_spans(ids, sentinels, 1, random.Random(4))

    # THEN putting them back at their sentinels gives the text, and about T5's share was hidden
    spans: dict[int, list[int]] = {}
    for token in hidden[:-1]:
        if token >= 900:
            spans[token] = []
        else:
            spans[next(reversed(spans))].append(token)
    restored = [token for piece in shown[:-1] for token in spans.get(piece, [piece])]
    assert restored == ids
    assert shown[-1] == hidden[-1] == 1
    assert 0.05 < sum(map(len, spans.values())) / len(ids) < 0.3


def test_passages_without_sentences_are_refused() -> None:
    # GIVEN a passage with nothing to find
    # WHEN sentences are to be found
    # THEN it is said how many there were
    with pytest.raises(TrainingError, match="give 0 of 5 examples to find"):
        objectives.find_sentences([PassageText("Gout", "Too short.")], 5, seed=1)


def test_the_same_seed_makes_the_same_examples() -> None:
    # GIVEN passages
    # WHEN examples are made twice by one seed, and once by another
    first, second, other = (objectives.find_sentences(PASSAGES, 10, seed=seed) for seed in (1, 1, 2))

    # THEN the seed decides
    assert first == second != other
