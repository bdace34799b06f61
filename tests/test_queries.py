import dataclasses
import logging

import numpy as np
import pytest

from medassist.errors import BundleError
from medassist.index.aspects import asked_aspect
from medassist.index.queries import STORY_WEIGHT, join_vectors, understand
from medassist.index.spelling import correct, nearest_word
from medassist.index.vocabulary import Vocabulary, english_words, name_words
from medassist.schemas import Passage

ENGLISH = {"about", "please", "father", "suffers", "treat", "aids", "cribs", "doctor", "yesterday", "garden", "single"}
ALS = ("Lou Gehrig disease", "ALS")
TEXTS = {
    "Amyotrophic lateral sclerosis": ("Weak muscles. Riluzole slows it down.", ALS),
    "Asthma": ("Breathing is hard.", ()),
    "Alopecia": ("The hair falls out. Minoxidil may help.", ("Baldness",)),
    "Acquired immunodeficiency": ("A virus weakens the defence.", ("AIDS",)),
    "High Blood Pressure": ("Hypertension strains the heart. Hypertension is measured.", ()),
    "Cytomegalovirus (CMV)": ("A common virus.", ()),
}


@pytest.fixture(scope="module")
def vocabulary():
    passages = [
        Passage(f"d{n}#{part}", f"d{n}", f"{topic}: treatment", text, topic=topic, names=names)
        for n, (topic, (text, names)) in enumerate(TEXTS.items())
        for part in range(2)
    ]
    filler = [Passage(f"f{n}#0", f"f{n}", "", "Patients rest at home.") for n in range(200)]
    return Vocabulary.of([*passages, *filler], ENGLISH)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("alopicia", "alopecia"),
        ("hypertention", "hypertension"),
        ("sclerosys", "sclerosis"),
        ("athsma", "asthma"),  # all its letters, one of them two places off
        ("athsmi", ""),
        ("riluzol", "riluzole"),
        ("minoxidin", "minoxidil"),
        ("cribs", ""),  # a word of the language
        ("riluzole", ""),  # a word of the index
        ("minoxetine", ""),  # two slips away, with another drug's ending
        ("zzzzzzz", ""),
    ],
)
def test_misspelt_words_become_the_index_s_own(vocabulary, written, meant):
    # GIVEN words as people write them  WHEN the nearest is looked for  THEN it is the one that was meant, or none
    assert nearest_word(written, vocabulary) == meant


def test_abbreviations_addresses_and_numbers_stay_as_they_are(vocabulary):
    # GIVEN a text with what must not be put right beside what must
    text = "ALOPICIA (SCLEROSYS) at www.alopicia.org, me@alopicia, alopicia2 [ALOPICIA] don't: alopicia's"

    # WHEN it is put right  THEN only the last word has changed
    assert correct(text.lower().replace("[alopicia]", "[ALOPICIA]"), vocabulary) == (
        "alopecia (sclerosis) at www.alopicia.org, me@alopicia, alopicia2 [ALOPICIA] don't: alopecia's"
    )
    # AND capitals are abbreviations unless all is written in capitals
    assert correct("they say that it is ALOPICIA", vocabulary) == "they say that it is ALOPICIA"
    assert correct("I FEAR ALOPICIA", vocabulary) == "I FEAR alopecia"
    # AND a word with a capital within a sentence is a name: it becomes no other word than one of a name
    assert correct("we met Hypertentio", vocabulary) == "we met Hypertentio"


def test_a_short_question_stays_as_it_is(vocabulary):
    # GIVEN a short question that calls its topic by the topic's own name  WHEN it is understood
    query = understand("How is alopecia treated?", vocabulary)

    # THEN one text is encoded, and BM25 gets its telling words
    assert query.texts == ("How is alopecia treated?",)
    assert dict(zip(query.words, query.weights, strict=True)) == {"alopecia": 1.0, "treat": 1.0}
    assert (query.names, query.aspect) == (("alopecia",), "treatment")


def test_another_name_is_also_searched_for_as_the_topic(vocabulary):
    # GIVEN a question with another name of a topic  WHEN it is understood
    query = understand("what causes Lou Gehrig's disease", vocabulary)

    # THEN the question is encoded under both names, and the topic's words count less than the question's own
    assert query.texts == ("what causes Lou Gehrig's disease", "what causes Amyotrophic lateral sclerosis")
    weights = dict(zip(query.words, query.weights, strict=True))
    assert weights["gehrig"] == 1.0 > weights["amyotroph"] > 0


def test_capitals_tell_an_abbreviation_from_a_word(vocabulary):
    # GIVEN a name that is a word of the language in small letters, and one that is none
    # WHEN  they are looked for  THEN only capitals make a name of the first, and brackets make one of "CMV"
    assert understand("my AIDS test", vocabulary).names == ("Acquired immunodeficiency",)
    assert understand("hearing aids test", vocabulary).names == ()
    assert understand("what is cmv", vocabulary).names == ("Cytomegalovirus (CMV)",)


def test_lay_words_stand_for_medical_ones_that_the_index_holds(vocabulary):
    # GIVEN lay words whose medical term the index holds, and others  WHEN they are understood
    known, unknown = understand("hair loss", vocabulary), understand("water pill", vocabulary)

    # THEN the first get the term
    assert known.texts == ("hair loss", "alopecia")
    assert unknown.texts == ("water pill",)


def test_a_long_message_is_also_searched_for_by_what_it_names(vocabulary):
    # GIVEN a long message with a greeting, an age, a misspelling, marks of HTML and thanks
    message = (
        "Dear doctor, my father is 71 years old and suffers from &quot;alopicia&quot;. We saw a doctor yesterday, who "
        "told us to rest. Can you please tell me how it is treated and where we find a medicine? Thank you, [NAME]"
    )

    # WHEN it is understood
    query = understand(message, vocabulary)

    # THEN the whole message, put right, is encoded, and what it names with the side that is asked for
    assert '"alopecia"' in query.texts[0]
    assert query.texts[1:] == ("alopecia: treatment",)
    assert query.text_weights == (1.0, STORY_WEIGHT)
    # AND the name counts most for BM25, the written word is there too, talk is not
    weights = dict(zip(query.words, query.weights, strict=True))
    assert max(weights, key=weights.get) == "alopecia"
    assert "alopicia" in weights
    assert weights.keys().isdisjoint({"dear", "doctor", "thank", "pleas", "father", "old"})


@pytest.mark.parametrize("text", ["", "   ", "?", "please help me", "и что делать", "[NAME] " * 300])
def test_whatever_is_written_something_can_be_searched_for(vocabulary, text):
    # GIVEN a text without a question  WHEN it is understood  THEN there is a text to encode, and weights are above 0
    query = understand(text, vocabulary)
    assert len(query.texts) == len(query.text_weights) == 1
    assert len(query.words) == len(query.weights)
    assert all(weight > 0 for weight in query.weights)


def test_no_word_of_a_question_is_logged(vocabulary, caplog):
    # GIVEN a log that takes everything  WHEN a question is understood  THEN nothing is written
    with caplog.at_level(logging.DEBUG):
        understand("my alopicia and Lou Gehrig's disease", vocabulary)
    assert caplog.text == ""


def test_the_side_asked_for_is_what_most_words_tell():
    assert asked_aspect("Is there a cure or a therapy? My test was fine.") == "treatment"
    assert asked_aspect("xyz") == ""


def test_vectors_join_by_weight_to_a_unit_vector():
    # GIVEN two vectors at right angles, weighted 3 and 4  WHEN they are joined  THEN the result is (0.6, 0.8)
    joined = join_vectors(np.eye(2, dtype=np.float32), (3.0, 4.0))
    np.testing.assert_allclose(joined, [0.6, 0.8], atol=1e-6)


def test_a_vocabulary_is_the_same_after_writing_and_reading(vocabulary, tmp_path):
    # GIVEN a vocabulary that was written  WHEN it is read  THEN questions are understood as before
    vocabulary.write(tmp_path / "vocabulary.json")
    again = Vocabulary.load(tmp_path / "vocabulary.json")
    for question in ("alopicia", "AIDS or aids", "Lou Gehrig's disease"):
        assert dataclasses.asdict(understand(question, again)) == dataclasses.asdict(understand(question, vocabulary))

    # AND one that is damaged is refused in a sentence
    (tmp_path / "vocabulary.json").write_text("{", encoding="utf-8")
    with pytest.raises(BundleError, match="build the index again"):
        Vocabulary.load(tmp_path / "vocabulary.json")


def test_names_are_compared_without_plurals_and_possessives():
    assert name_words("Lou Gehrig's Diseases") == ("lou", "gehrig", "disease")
    assert name_words("sinusitis, virus") == ("sinusitis", "virus")


def test_the_list_of_english_words_is_there():
    words = english_words()
    assert len(words) > 80_000
    assert {"asthmatic", "fraternal"} <= words
    assert "hypertention" not in words
