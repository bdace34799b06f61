"""The side of a condition that a question asks about, and a passage tells of, by the words they use."""

import re
from collections import Counter
from functools import cache

# What people say when they ask about a side of a condition, drug or test: words that tell it by themselves, and others
# that only hint at it. A word may stand for several sides. Passages are read by the same table, from the aspect that
# their document names ("exams and tests") or else from its title.
WORDS = {
    "symptoms": ("symptom sign", "feel look notice experience manifestation presentation present suffer"),
    "treatment": (
        "treatment treat therapy medication medicine drug cure surgery surgical remedy relieve relief "
        "manage management",
        "help heal fix rid use take",
    ),
    "causes": ("cause why reason", "trigger lead due origin result"),
    "diagnosis": (
        "diagnose diagnosis diagnostic test detect scan",
        "exam examination screening check tell know result",
    ),
    "prevention": ("prevent prevention avoid protect protection vaccine", "reduce lower"),
    "outlook": (
        "outlook prognosis survive survival expectancy live die fatal curable recover recovery",
        "long life death expect last progress",
    ),
    "harm": (
        "complication dangerous",
        "danger risk harm harmful serious effect side consequence problem careful safe interaction precaution warning "
        "emergency doctor urgent call",
    ),
    "inheritance": (
        "inherit inherited inheritance hereditary genetic",
        "gene run family pass carrier children mutation change chromosome chromosomal dna",
    ),
    "frequency": ("common rare prevalence", "frequent frequency often many incidence affected number statistic how"),
    "susceptibility": ("susceptible susceptibility", "risk likely prone who get factor"),
    "research": ("research trial study", "clinical new latest investigational"),
    "living": ("diet nutrition", "consideration eat food exercise drink dietary lifestyle living care"),
    "stages": ("stage staging", "grade phase spread"),
    "support": ("support", "group organization association contact resource help"),
    "overview": ("information overview", "what definition mean define describe explain about work happen done"),
}
# What documents' titles call a side, where it is another word.
_IN_TITLES = {"diagnosis": "exams and tests", "harm": "complications", "overview": "information"}
OVERVIEW = 1 << list(WORDS).index("overview")
_WORD = re.compile(r"[a-z]+")


def aspects(text: str) -> int:
    """Return the sides that a text's words stand for, as bits in the order of ``WORDS``; 0 if none."""
    known, found = _by_stem(), 0
    for stem in _stems(text):
        found |= known.get(stem, 0)
    return found


def asked_aspect(text: str) -> str:
    """Return the side that most of a text's telling words ask for, as titles call it; empty if none was heard."""
    telling = _by_telling_stem()
    heard = Counter(telling[stem] for stem in _stems(text) if stem in telling)
    (name, _), *_ = heard.most_common(1) or [("", 0)]
    return _IN_TITLES.get(name, name)


def _stems(text: str) -> list[str]:
    import Stemmer

    stems: list[str] = Stemmer.Stemmer("english").stemWords(_WORD.findall(text.lower()))
    return stems


@cache
def _by_stem() -> dict[str, int]:
    known: dict[str, int] = {}
    for place, (name, (telling, hinting)) in enumerate(WORDS.items()):
        for stem in _stems(f"{name} {telling} {hinting}"):
            known[stem] = known.get(stem, 0) | 1 << place
    return known


@cache
def _by_telling_stem() -> dict[str, str]:
    return {stem: name for name, (telling, _) in reversed(WORDS.items()) for stem in _stems(telling)}
