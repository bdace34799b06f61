"""The urgent-symptom screen, on questions written for the purpose."""

from pathlib import Path

import pytest

from medassist.answering.advice import DISCLAIMER, POINTERS, classify_request, point_to_professional
from medassist.answering.message import read_message
from medassist.answering.phrases import PhraseBook, Span, read_lists
from medassist.answering.signs import CATEGORIES
from medassist.answering.symptom_words import CONCEPTS
from medassist.answering.urgency import ANY_CRISIS_LINE, POINTS, find_by_rule, find_emergency, screen
from medassist.answering.urgency_points import features_of, read_weights
from medassist.experiments import urgency_evaluation, urgency_fitting
from medassist.experiments.measures import MeasureOptions, halves
from medassist.records import read_records

CHECKS = Path(__file__).parents[1] / "data" / "checks"

URGENT = {
    "stroke": [
        "My father's face is drooping on one side and his speech is slurred",
        "I suddenly can't speak properly and my right arm is weak",
        "What should I do? My mother can't move her left arm.",
        "Is my dad having a stroke? His mouth is crooked",
        "I have the worst headache of my life",
    ],
    "heart attack": [
        "I have crushing chest pain going down my left arm",
        "I have chest pain and I am sweating",
        "my chest feels really tight and my jaw hurts",
        "My husband has pressure in his chest, he is sweating and nauseous",
        "I\u2019m having a heart attack",
    ],
    "anaphylaxis": [
        "my throat is closing up after eating peanuts",
        "she was stung by a bee and now she can't breathe",
        "My tongue is swelling and I have hives",
    ],
    "poisoning": [
        "I took too many paracetamol pills",
        "My son swallowed a battery, what should I do?",
        "my toddler drank bleach",
        "He swallowed a whole bottle of ibuprofen",
        "someone took an overdose",
    ],
    "severe bleeding": [
        "The bleeding from my leg won't stop",
        "I cut my hand and blood is spurting out",
        "I am coughing up blood",
    ],
    "breathing": [
        "I can't breathe",
        "i cant breathe and it gets worse",
        "my baby is turning blue",
        "What do I do if my friend is choking right now",
        "My husband is having a bad attack and can barely get a word out.",
    ],
    "unconscious": [
        "my wife just collapsed and is not responding",
        "He is having a seizure right now",
    ],
    "suicide": [
        "I want to kill myself",
        "I don't want to live anymore",
        "I have been thinking about ending my life",
    ],
}

NOT_URGENT = [
    "What are the symptoms of a stroke?",
    "my grandfather died of a heart attack",
    "What causes chest pain?",
    "How is anaphylaxis treated?",
    "I had a stroke two years ago, which exercises are good?",
    "What should I know about overdose of paracetamol?",
    "How can I prevent a heart attack?",
    "What are the treatments for suicidal thoughts?",
    "My mother had a heart attack last year. What diet should she follow?",
    "How do I change the oil of my car?",
    "Why do gums bleed?",
    "Does aspirin cause bleeding?",
    "I am worried about having a stroke like my father",
    "How do I know whether chest pain is a heart attack?",
    "I have a cold and a runny nose",
    "What is sleep apnea, when people stop breathing?",
    "Can allergies cause swelling of the lips?",
    "What happens during a seizure?",
    "My uncle survived a suicide attempt",
    "I was treated for poisoning as a child",
    "What are warning signs of suicide in teenagers?",
    "I feel weak and tired",
]


@pytest.mark.parametrize(("category", "question"), [(name, text) for name, texts in URGENT.items() for text in texts])
def test_urgent_symptoms_are_recognised(category: str, question: str) -> None:
    # WHEN somebody tells of a sign that is there now
    urgent = screen(question, phone="911")
    # THEN the message names the number that was configured
    assert urgent is not None
    assert urgent.category == category
    assert "911" in urgent.message
    assert urgent.phone == "911"
    assert "{" not in urgent.message


@pytest.mark.parametrize("question", NOT_URGENT)
def test_general_and_past_questions_pass(question: str) -> None:
    assert screen(question) is None


def test_chest_pain_with_a_numb_arm_is_named_as_the_hearts() -> None:
    urgent = screen("My father has sudden crushing chest pain and his left arm is numb", "112")
    assert urgent is not None
    assert urgent.category == "heart attack"
    numb = screen("my left arm is suddenly numb and I can't speak", "112")
    assert numb is not None
    assert numb.category == "stroke"


@pytest.mark.parametrize(
    ("report", "none"),
    [
        ("I have chest pain and sweat", "I have no chest pain and don't sweat"),
        ("His face is drooping", "In the film his face is drooping"),
        ("My son swallowed bleach", "My son swallowed bleach when he was two years old"),
        ("I can't breathe", "I can't breathe through my nose"),
        ("She is bleeding and it won't stop", "What if bleeding won't stop after a birth?"),
        ("I took 30 paracetamol", "How many people took 30 paracetamol in 2015?"),
        ("My dad has a crushing chest pain", "A 60-year-old man has a crushing chest pain. Which test comes first?"),
        ("sezure, my dauhgter is having a seizure", "is a sezure dangerous"),
    ],
)
def test_the_same_sign_is_a_report_or_none_by_its_context(report: str, none: str) -> None:
    assert screen(report) is not None
    assert screen(none) is None


def test_the_message_names_whom_the_configuration_names() -> None:
    # GIVEN a crisis line and a poison centre WHEN such a message comes
    line = {"crisis_line": "Samaritans, 116 123", "poison_centre": "1-800-222-1222"}
    suicide, poisoning = screen("I want to die", "999", **line), screen("my son drank bleach", "999", **line)
    # THEN each is named, beside the emergency number; without them the message still says whom to look for
    assert suicide is not None
    assert "999" in suicide.message
    assert "Samaritans, 116 123" in suicide.message
    assert poisoning is not None
    assert "1-800-222-1222" in poisoning.message
    without = screen("I want to die", "999")
    assert without is not None
    assert ANY_CRISIS_LINE in without.message


def test_every_rule_names_known_concepts_and_every_category_its_sources() -> None:
    names = set(CONCEPTS)
    for category in CATEGORIES:
        assert category.sources
        for rule in category.rules:
            used = {name for term in (*rule.reported, *rule.around) for name in term} | set(rule.absent)
            assert used <= names, f"{category.name}: {rule.text}"
            assert rule.reported


def test_phrases_are_found_as_they_are_written() -> None:
    # GIVEN gaps, alternatives, numbers, words that may be missing and words that must not follow
    lists = {
        "A": "chest ~2 hurt*|aches",
        "B": "#38..41.9 ?degrees fever",
        "C": "not breathing !fast",
        "D": "car_park|bridge now",
    }
    book = PhraseBook(lists)
    # THEN each stands where it should
    assert book.find(["my", "chest", "it", "really", "hurts"]) == {"A": [Span(1, 5)]}
    assert book.find(["chest", ",", "it", "hurts"]) == {}
    assert book.find(["39.5", "degrees", "fever"]) == {"B": [Span(0, 3)]}
    assert book.find(["37", "fever"]) == {}
    assert book.find(["not", "breathing", "fast"]) == {}
    assert book.find(["not", "breathing"]) == {"C": [Span(0, 2)]}
    assert book.find(["car", "park", "now"]) == {"D": [Span(0, 3)]}


@pytest.mark.parametrize(
    ("category", "text"),
    [
        ("stroke", "cant get my left shoe on, leg just wont, and hubby says i'm mumbling"),
        ("heart attack", "guy at the gym is bent over saying his chest is exploding"),
        ("suicide", "im scared of myself tonight, the voices say cut"),
    ],
)
def test_points_of_words_see_what_no_rule_names(category: str, text: str) -> None:
    # GIVEN an emergency in words that no rule has
    assert find_by_rule(text) is None
    # THEN the words together speak for it, and for its kind
    assert find_emergency(text) == (category, POINTS)
    urgent = screen(text, "999")
    assert urgent is not None
    assert "999" in urgent.message
    # AND the message names no sign that it isn't sure of, but a crisis line where lives are in danger
    assert "signs of" not in urgent.message
    assert (ANY_CRISIS_LINE in urgent.message) == (category == "suicide")


@pytest.mark.parametrize(
    "text", ["", "?", "hand", "my left foot falls asleep when I sit cross legged", "blocked nose, sick"]
)
def test_points_keep_silent_where_little_or_an_excuse_is_said(text: str) -> None:
    assert find_emergency(text) is None


def test_a_word_that_reports_nothing_is_another_feature() -> None:
    # GIVEN a sign, and the same sign denied
    told, denied = features_of(read_message("my chest hurts")), features_of(read_message("no chest pain"))
    # THEN the lists of weights can tell them apart, and a longer message weighs each of its words less
    assert {"CHEST", "chest"} <= told.keys()
    assert {"~CHEST", "~chest", "denied:"} <= denied.keys()
    assert max(features_of(read_message("my chest hurts and I have a cold")).values()) < max(told.values())


def test_lists_are_read_as_they_are_written() -> None:
    lists, parts = read_lists("# why\nlimbs: arm|\n    leg\nHURT: {limbs} hurts,\n    sore {limbs}\n")
    assert lists == {"HURT": "{limbs} hurts, sore {limbs}"}
    assert parts == {"limbs": "arm|leg"}
    book = PhraseBook(lists, parts)
    assert book.find(["my", "leg", "hurts"]) == {"HURT": [Span(1, 3)]}
    assert read_weights("now 1.50, ~now -0.25,\nCHEST 2") == {"now": 1.5, "~now": -0.25, "CHEST": 2.0}


def test_points_are_fitted_to_what_has_been_looked_at_alone() -> None:
    # GIVEN what the fit reads
    examples = urgency_fitting.read_examples(CHECKS.parent)
    read = {tuple(example.features) for example in examples if example.written}
    # THEN no question that was kept for the end is among it, save by chance the words of one
    for name, half in (("urgent.jsonl", "final"), ("urgent_unusual.jsonl", "final")):
        kept = [row for _, row in read_records(CHECKS / name) if row["half"] == half]
        assert kept
        assert sum(tuple(features_of(read_message(row["text"]))) in read for row in kept) <= 1


def test_a_fit_tells_what_its_examples_tell_apart() -> None:
    # GIVEN examples that one word divides, and a word that says nothing
    examples = [
        urgency_fitting.Example({word: 1.0, "the": 1.0}, word == "grey", "stroke", written=True)
        for word in ("grey", "rosy") * 20
    ]
    # WHEN the points are fitted without each fifth in turn
    points = urgency_fitting.cross_validate(examples)
    threshold, recall = urgency_fitting.choose_threshold(examples, points)
    # THEN those left out are told apart, and the list has the word's points with their sign
    assert recall == 1.0
    assert threshold < points[0]
    names, model = urgency_fitting.fit(examples, [example.urgent for example in examples])
    weights = dict(zip(names, model.coef_[0], strict=True))
    assert weights["grey"] > 0.5 > -0.5 > weights["rosy"]
    assert abs(weights["the"]) < 0.1


def test_common_words_are_not_taken_for_misspelt_signs() -> None:
    # GIVEN frequent words of the language that are a letter away from a sign's word
    for word in ("beach", "strike", "prison", "chess", "breeding", "spelling", "horse", "worth", "swelling"):
        # THEN they stay, while slips are mended
        assert read_message(f"my {word}").words == ("my", word)
    assert read_message("my chset, brething and a seizur").words == (
        "my",
        "chest",
        ",",
        "breathing",
        "and",
        "a",
        "seizure",
    )


def test_the_measured_sets_reach_what_was_promised() -> None:
    # WHEN the questions that were kept for the end are screened with the rules as they are
    found = urgency_evaluation.measure(MeasureOptions())
    # THEN recall is 0.97 at least and false alarms 5 % at most, and the pointer does as well on its own half
    final = found["screen"]["final"]
    assert final["recall"]["n"] + final["false_alarms"]["n"] >= 240
    assert final["recall"]["share"] >= 0.97
    assert final["false_alarms"]["share"] <= 0.05
    unusual = found["written later"]["unusual words, kept for the end"]
    assert unusual["recall"]["n"] == unusual["false_alarms"]["n"] == 66
    assert unusual["recall"]["share"] >= 0.9
    assert unusual["false_alarms"]["share"] <= 0.1
    assert found["pointer"]["final"]["recall"]["share"] >= 0.95
    assert found["pointer"]["final"]["false_alarms"]["share"] <= 0.05
    assert "recall" in urgency_evaluation.to_text(found)


def test_halves_are_those_that_the_seed_makes() -> None:
    for name in ("urgent.jsonl", "advice.jsonl"):
        rows = [record for _, record in read_records(CHECKS / name)]
        assert [row["half"] for row in rows] == halves([row["kind"] for row in rows], seed=13)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Do I have gout?", "diagnosis"),
        ("How many tablets should I take?", "dose"),
        ("Should I stop my warfarin?", "treatment"),
        ("What is gout?", ""),
        ("How do I measure my blood pressure?", ""),
    ],
)
def test_questions_about_ones_own_case_get_a_pointer(question: str, kind: str) -> None:
    assert classify_request(question) == kind
    assert point_to_professional(question) == POINTERS.get(kind, "")


def test_the_disclaimer_says_what_this_is_not() -> None:
    assert "not medical advice" in DISCLAIMER
