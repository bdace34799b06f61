"""The urgent-symptom screen, on questions written for the purpose."""

import pytest

from medassist.answering.advice import DISCLAIMER
from medassist.answering.urgency import screen

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


def test_the_disclaimer_says_what_this_is_not() -> None:
    assert "not medical advice" in DISCLAIMER


def test_chest_pain_with_a_numb_arm_is_named_as_the_hearts():
    urgent = screen("My father has sudden crushing chest pain and his left arm is numb", "112")
    assert urgent is not None
    assert urgent.category == "heart attack"
    numb = screen("my left arm is suddenly numb and I can't speak", "112")
    assert numb is not None
    assert numb.category == "stroke"
