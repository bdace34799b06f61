"""The side of a condition that a question asks about, and a passage tells of, by the words they use."""

import re
from functools import cache

# What people say when they ask about a side of a condition, drug or test; a word may stand for several. Passages are
# read by the same table, from the aspect that their document names ("exams and tests") or else from its title.
WORDS = {
    "symptoms": "symptom sign feel look notice experience manifestation presentation present suffer",
    "treatment": "treatment treat therapy medication medicine drug cure surgery surgical remedy relieve relief manage "
    "management help heal fix rid use take",
    "causes": "cause why reason trigger lead due origin result",
    "diagnosis": "diagnose diagnosis diagnostic test exam examination detect screening scan check tell know result",
    "prevention": "prevent prevention avoid reduce lower protect protection vaccine",
    "outlook": "outlook prognosis survive survival expectancy long live life die fatal death curable recover recovery "
    "expect last progress",
    "harm": "complication dangerous danger risk harm harmful serious effect side consequence problem careful safe "
    "interaction precaution warning emergency doctor urgent call",
    "inheritance": "inherit inherited inheritance hereditary genetic gene run family pass carrier children mutation "
    "change chromosome chromosomal dna",
    "frequency": "common frequent frequency often many rare prevalence incidence affected number statistic how",
    "susceptibility": "risk susceptible susceptibility likely prone who get factor",
    "research": "research trial clinical study new latest investigational",
    "living": "consideration diet eat food nutrition exercise drink dietary lifestyle living care",
    "stages": "stage staging grade phase spread",
    "support": "support group organization association contact resource help",
    "overview": "information overview what definition mean define describe explain about work happen done",
}
OVERVIEW = 1 << list(WORDS).index("overview")
_WORD = re.compile(r"[a-z]+")


def aspects(text: str) -> int:
    """Return the sides that a text's words stand for, as bits in the order of ``WORDS``; 0 if none."""
    known, found = _by_stem(), 0
    for stem in _stems(text):
        found |= known.get(stem, 0)
    return found


def _stems(text: str) -> list[str]:
    import Stemmer

    stems: list[str] = Stemmer.Stemmer("english").stemWords(_WORD.findall(text.lower()))
    return stems


@cache
def _by_stem() -> dict[str, int]:
    known: dict[str, int] = {}
    for place, (name, words) in enumerate(WORDS.items()):
        for stem in _stems(f"{name} {words}"):
            known[stem] = known.get(stem, 0) | 1 << place
    return known
