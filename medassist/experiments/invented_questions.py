"""Questions without an answer, made by rule, to fit the weights of abstention on: names that do not exist, and messages
that begin with a condition and ask for something else.

The names are drawn from syllables, from Greek and Latin parts, and from plain words that the corpus itself uses. None
of the questions written by hand to measure with is among them.
"""

import random
from collections.abc import Iterator, Sequence

from medassist.experiments.question_forms import BEFORE, PLAIN

# Parts of names, to be split at the blanks.
_ONSETS = "b br c cl d dr f fl g gr h j k kr l m n p pl r s st str t tr v w z th sh qu"
_VOWELS = "a e i o u a e i o ai ea ou"
_CODAS = "l n r s m t x nd rt lk ck st"
_SURNAMES = "son berg ley ton well er mann ini ova ard by sen ez is worth field"
_KINDS = (
    "syndrome disease disorder fever anemia palsy dystrophy neuropathy rash cough tumor carcinoma deficiency ataxia "
    "myopathy dysplasia arteritis nephritis encephalopathy retinopathy"
)
_PREFIXES = "hyper hypo dys myo osteo neuro hepato cardio dermo gastro para peri poly crypto chondro lepto pseudo"
_SUFFIXES = "osis itis emia oma opathy algia plasia trophy uria penia lepsia rrhea"
_DRUG_ENDINGS = "ine ol ide mab nib pril artan statin cillin vir azole pam one xin cept tide afil parin"
_ORGANS = "kidney lung liver heart skin bone brain thyroid muscle eye ear stomach nerve blood knee tooth"
_KEYS = "asdfghjklqwertyuiopzxcvbnm"
_OF_CONDITIONS = (
    *("What are the symptoms of {}", "What causes {}", "How is {} diagnosed", "Is {} inherited", "How to prevent {}"),
    "What are the treatments for {}",
)
_OF_DRUGS = (
    *("what are the side effects of {}", "can i take {} while pregnant", "{} dose for adults", "What is {} used for"),
    *("How should I store {}", "i missed my {} tablet what now", "is {} safe with alcohol", "Who should not take {}"),
    *("how long does {} take to work", "Does {} cause weight gain or hair loss", "Is there a generic of {}"),
    "My father has taken {} for his heart for two weeks and now he coughs. Is it from the tablets",
)
_BEGINNINGS = (
    *("I have {}. ", "My mother has {}. ", "my son was diagnosed with {} last month. ", "I take tablets for my {}. "),
    *("Since I had {} I stay at home a lot. ", "hello, i suffer from {}, but that is not my question. "),
)


def invented(
    generator: random.Random, count: int, *, words: Sequence[str], topics: Sequence[str], off_topic: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield ``count`` questions about conditions, as many about drugs, fewer that go astray, and some noise.

    Parameters
    ----------
    words : sequence of str
        Plain words of the corpus, to make names of.
    topics : sequence of str
        What messages begin with before they ask for something else.
    off_topic : sequence of str
        The something else.

    Yields
    ------
    tuple of str
        The kind, and the question.
    """
    patterns = [pattern for patterns in PLAIN.values() for pattern in patterns] + [*_OF_CONDITIONS] * 4
    for _ in range(count):
        before = generator.choice(BEFORE) if generator.random() < 0.2 else ""
        text = generator.choice(patterns).format(_condition(generator, words))
        yield "invented condition", before + text + generator.choice(("", "?"))
        yield "invented drug", generator.choice(_OF_DRUGS).format(_drug(generator)) + generator.choice(("", "?"))
    for _ in range(count * 4 // 5):
        yield "mixed", generator.choice(_BEGINNINGS).format(generator.choice(topics)) + generator.choice(off_topic)
    for _ in range(count // 4):
        yield "noise", " ".join(_keys(generator) for _ in range(generator.randint(1, 6)))


def _condition(generator: random.Random, words: Sequence[str]) -> str:
    form, kind = generator.random(), _one(generator, _KINDS)
    if form < 0.35:
        return _surname(generator) + generator.choice((" ", "'s ", f"-{_surname(generator)} ")) + kind
    if form < 0.6:
        return _one(generator, _PREFIXES) + _syllables(generator) + _one(generator, _SUFFIXES)
    if form < 0.9:
        before, after = generator.choice(words), generator.choice((_one(generator, _ORGANS), generator.choice(words)))
        return generator.choice((f"{before} {after} {kind}", f"{before} {kind}"))
    return f"{_syllables(generator)} {_syllables(generator)}"


def _surname(generator: random.Random) -> str:
    return _syllables(generator).capitalize() + _one(generator, _SURNAMES)


def _drug(generator: random.Random) -> str:
    name = _syllables(generator) + _one(generator, _DRUG_ENDINGS)
    return name if generator.random() < 0.5 else name.capitalize()


def _syllables(generator: random.Random) -> str:
    """One or two of them; half have no coda."""
    return "".join(
        _one(generator, _ONSETS) + _one(generator, _VOWELS) + generator.choice(("", _one(generator, _CODAS)))
        for _ in range(generator.choice((1, 2)))
    )


def _one(generator: random.Random, parts: str) -> str:
    return generator.choice(parts.split())


def _keys(generator: random.Random) -> str:
    return "".join(generator.choices(_KEYS, k=generator.randint(2, 9)))
