"""The urgent-symptom screen and redaction, on questions written for the purpose."""

import pytest

from medassist.safety import DISCLAIMER, redact, screen

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail me at jo.b+x@mail.example.org please", "Mail me at [email] please"),
        ("Call +44 20 7946 0958 or (555) 123-4567", "Call [phone] or [phone]"),
        ("call me on 5551234567", "call me on [phone]"),
        ("I was born on March 3, 1980 in Rome", "I was born on [date of birth] in Rome"),
        ("DOB: 12/03/1975", "DOB: [date of birth]"),
        ("MRN: 00123456, SSN 123-45-6789", "MRN: [record number], SSN [record number]"),
        ("my insurance number is AB-99 88 77 66", "my insurance number is [record number]"),
    ],
)
def test_identifiers_are_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I take 500 mg of metformin twice a day since 12.5.2020, at 120/80",
        "cholesterol 200-239, triglycerides 100 200 300, glucose 5.5-7.8",
        "A 45-year-old man, 1.80 m, 1500 calories",
        "Is record 2 of 3 normal in case 1 of 20?",
    ],
)
def test_medical_numbers_stay(text: str) -> None:
    assert redact(text) == text


def test_the_disclaimer_says_what_this_is_not() -> None:
    assert "not medical advice" in DISCLAIMER


def test_chest_pain_with_a_numb_arm_is_named_as_the_hearts():
    urgent = screen("My father has sudden crushing chest pain and his left arm is numb", "112")
    assert urgent is not None
    assert urgent.category == "heart attack"
    numb = screen("my left arm is suddenly numb and I can't speak", "112")
    assert numb is not None
    assert numb.category == "stroke"
