"""Trivial baselines, with answers worked out by hand."""

import pytest

from medassist import baselines
from medassist.prompts import PassageText

PASSAGES = (
    PassageText("Gout: causes", "Crystals of urate form in a joint. Beer can set gout off."),
    PassageText("Asthma: symptoms", "Asthma narrows the airways. Wheezing and coughing are its symptoms."),
)


def test_trivial_answers_by_hand():
    # WHEN the second passage's title has the question's words
    found = baselines.trivial_answers("What are the symptoms of asthma?", PASSAGES)
    # THEN its beginning is taken, whatever stands first; its second sentence adds no word of the question
    assert found == {
        baselines.LEAD: PASSAGES[0].text,
        baselines.CLOSEST_PASSAGE: PASSAGES[1].text,
        baselines.CLOSEST_SENTENCE: "Asthma narrows the airways.",
    }
    assert set(baselines.trivial_answers("What is gout?", ()).values()) == {""}


def test_the_closest_sentence_needs_no_fitting_title():
    found = baselines.trivial_answers("Can beer be the reason?", PASSAGES)
    assert found[baselines.CLOSEST_SENTENCE] == "Beer can set gout off."
    assert found[baselines.CLOSEST_PASSAGE] == "Beer can set gout off."


def test_trivial_choices_by_hand():
    options = {"A": "Pollen", "B": "Urate crystals", "C": "A long unrelated option", "D": "Beer"}
    found = baselines.trivial_choices("What forms in gout?", options, PASSAGES)
    # B and D stand in the passages with all their words; of equals the longest is taken
    assert found[baselines.OVERLAP] == "B"
    assert found[baselines.LONGEST] == "C"
    # AND the random option is the seed's and the question's
    assert found == baselines.trivial_choices("What forms in gout?", options, PASSAGES)
    drawn = [baselines.trivial_choices(str(n), options, ())[baselines.RANDOM] for n in range(400)]
    assert all(60 < drawn.count(key) < 140 for key in options)


def test_the_majority_is_counted():
    assert baselines.majority_judgement(["no", "yes", "no"]) == "no"
    assert baselines.majority_judgement(["maybe", "yes", "no"]) == "yes"
    assert baselines.majority_judgement([]) == "yes"


def test_a_model_beats_a_baseline_only_beyond_doubt():
    # GIVEN a model that is better on every item, one that is as good, and one measured on too few items
    baseline = [0.1 * (n % 7) for n in range(60)]
    better = [score + 0.05 for score in baseline]
    equal = [score + (0.05 if n % 2 else -0.05) for n, score in enumerate(baseline)]
    assert baselines.beats(better, baseline)
    assert not baselines.beats(equal, baseline)
    assert not baselines.beats(baseline, better)
    assert not baselines.beats(better[:19], baseline[:19])
    with pytest.raises(ValueError, match="60 scores stand against 59"):
        baselines.beats(better, baseline[:-1])
