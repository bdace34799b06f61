"""Statements made wrong, by rule: each differs from a true one in a single way that a careful reader would notice."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from medassist import text

NUMBER, DOSE, UNIT, NEGATION, NAME = "another number", "another dose", "another unit", "negated", "another name"
BLEND, WORD, NEARBY_WORD, OPPOSITE = "blended", "another word", "another word of its passage", "the opposite"
ROLES = "roles exchanged"

# Drugs of many classes, by their international names: one is put in another's place.
DRUGS = tuple(
    [
        "aspirin",
        "ibuprofen",
        "naproxen",
        "acetaminophen",
        "metformin",
        "insulin",
        "warfarin",
        "heparin",
        "clopidogrel",
        "simvastatin",
        "atorvastatin",
        "lisinopril",
        "enalapril",
        "losartan",
        "amlodipine",
        "metoprolol",
        "propranolol",
        "furosemide",
        "hydrochlorothiazide",
        "spironolactone",
        "digoxin",
        "amoxicillin",
        "penicillin",
        "azithromycin",
        "doxycycline",
        "ciprofloxacin",
        "vancomycin",
        "isoniazid",
        "rifampin",
        "acyclovir",
        "fluconazole",
        "prednisone",
        "hydrocortisone",
        "methotrexate",
        "cyclophosphamide",
        "tamoxifen",
        "cisplatin",
        "rituximab",
        "interferon",
        "levothyroxine",
        "estrogen",
        "progesterone",
        "testosterone",
        "sertraline",
        "fluoxetine",
        "lithium",
        "haloperidol",
        "risperidone",
        "diazepam",
        "lorazepam",
        "phenytoin",
        "carbamazepine",
        "levodopa",
        "morphine",
        "codeine",
        "oxycodone",
        "naloxone",
        "albuterol",
        "theophylline",
        "omeprazole",
        "ranitidine",
        "ondansetron",
        "loperamide",
        "allopurinol",
        "colchicine",
        "alendronate",
        "epinephrine",
        "diphenhydramine",
        "cetirizine",
        "quinine",
        "chloroquine",
    ]
)
# Words and their opposites: the first half is exchanged in development pairs, the second in final ones, either way.
OPPOSITES = (
    *(("more", "less"), ("increase", "decrease"), ("high", "low"), ("before", "after"), ("always", "never")),
    *(("most", "few"), ("acute", "chronic"), ("worse", "better"), ("benign", "malignant"), ("left", "right")),
    *(("men", "women"), ("higher", "lower"), ("start", "stop"), ("common", "rare"), ("severe", "mild")),
    *(("gain", "loss"), ("upper", "lower"), ("hot", "cold"), ("safe", "dangerous"), ("children", "adults")),
    *(("increased", "reduced"), ("larger", "smaller"), ("early", "late"), ("often", "rarely"), ("above", "below")),
    *(("all", "none"), ("normal", "abnormal"), ("strengthen", "weaken"), ("fast", "slow"), ("inside", "outside")),
    *(("male", "female"), ("older", "younger"), ("first", "last"), ("usually", "seldom"), ("widens", "narrows")),
    *(("long", "short"), ("dominant", "recessive"), ("thick", "thin"), ("improves", "worsens"), ("dry", "wet")),
)
_NUMBER = re.compile(
    r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w]|[.,]\d|-\d)|\b(?:two|three|four|five|six|seven|eight|ten|twelve)\b"
)
_DOSE = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)(?=[ -]?(?:mg|mcg|g|ml|milligrams?|micrograms?|grams?|units?|IU|tablets?)\b)"
)
_UNIT = re.compile(r"(?<=\d )(?:mg|mcg|g|ml|percent|%|hours?|minutes?|days?|weeks?|months?|years?)(?![\w])|(?<=\d)%")
_UNITS = {
    **{"mg": "g", "mcg": "mg", "g": "mg", "ml": "l", "percent": "mg", "%": " mg"},
    **{"hour": "day", "minute": "hour", "day": "week", "week": "month", "month": "year", "year": "month"},
}
_TAKES_NOT = re.compile(
    r"\b(?:is|are|was|were|can|may|should|will|must|could|does|do|has been|have been)\b(?! not\b|n't|not\b)"
)
_NOT = re.compile(r"(?:\b(?P<verb>is|are|was|were|can|may|should|will|must|could|does|do) not|\bcan(?P<joined>not))\b")
_NO = re.compile(r"\bno (?=[a-z])")
_PREDICATE = re.compile(r" (?:is|are|can|may|causes?|should|occurs?|includes?|has|have|affects?|develops?|happens?) ")
FEWEST_LETTERS = 4  # of a word that is exchanged for another
TRIES = 20


@dataclass(frozen=True, slots=True)
class Material:
    """What a statement's corruptions are made of.

    Parameters
    ----------
    words : mapping of str to sequence of str
        Words of the corpus as :func:`by_form` returns them, each as often as it is written.
    nearby : mapping of str to sequence of str
        Those of the statement's own passages.
    topics : sequence of str
        Names that may stand in its own topic's place: topics of near passages first.
    names : sequence of str
        Its own topic and the topic's other names.
    other : sequence of str
        Statements about other topics.
    opposites : sequence of (str, str)
    """

    words: Mapping[str, Sequence[str]]
    nearby: Mapping[str, Sequence[str]]
    topics: Sequence[str]
    names: Sequence[str]
    other: Sequence[str]
    opposites: Sequence[tuple[str, str]]


def corrupt(statement: str, kind: str, material: Material, rng: random.Random) -> str:
    """Return a statement corrupted in one way; empty where that cannot be done to it."""
    corrupted = _WAYS[kind](statement, material, rng)
    return corrupted if _differs(statement, corrupted) else ""


def _differs(statement: str, corrupted: str) -> bool:
    """Equal words, or an exchange of two forms of one word, are no corruption."""
    return bool(corrupted) and (
        sorted(text.content_words(statement)) != sorted(text.content_words(corrupted))
        or text.words(statement) != text.words(corrupted)
        or text.quantities(statement) != text.quantities(corrupted)
    )


def _number(statement: str, material: Material, rng: random.Random) -> str:
    return _replace_number(_NUMBER, statement, rng)


def _dose(statement: str, material: Material, rng: random.Random) -> str:
    return _replace_number(_DOSE, statement, rng)


def _replace_number(pattern: re.Pattern[str], statement: str, rng: random.Random) -> str:
    found = list(pattern.finditer(statement))
    if not found:
        return ""
    match = rng.choice(found)
    written = match.group()
    if not written[0].isdigit():
        others = [
            word
            for word in ["two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve"]
            if word != written
        ]
        return _put(statement, match, rng.choice(others))
    value = float(written)
    others_ = [value + 1, value * 2, value * 10, value / 2, value + 5] if value < 1000 else [value + 7, value - 11]
    chosen = rng.choice([other for other in others_ if other != value])
    return _put(statement, match, f"{chosen:g}")


def _unit(statement: str, material: Material, rng: random.Random) -> str:
    found = list(_UNIT.finditer(statement))
    if not found:
        return ""
    match = rng.choice(found)
    unit = match.group()
    plural = "s" if unit.endswith("s") else ""
    return _put(statement, match, _UNITS[unit.removesuffix("s")] + plural)


def _negated(statement: str, material: Material, rng: random.Random) -> str:
    if match := _NOT.search(statement):
        return _put(statement, match, match["verb"] or "can")
    if (match := _NO.search(statement)) and rng.random() < 0.7:
        return _put(statement, match, rng.choice(("a ", "some ")))
    found = list(_TAKES_NOT.finditer(statement))
    if not found:
        return ""
    match = rng.choice(found)
    return _put(statement, match, match.group() + rng.choice((" not", " never")))


def _name(statement: str, material: Material, rng: random.Random) -> str:
    for drug in DRUGS:
        if match := re.search(rf"(?i)\b{drug}\b", statement):
            return _put(statement, match, rng.choice([other for other in DRUGS if other not in statement.lower()]))
    lowered = statement.lower()
    for name in sorted(material.names, key=len, reverse=True):
        start = lowered.find(name.lower())
        if start >= 0 and material.topics:
            others = [topic for topic in material.topics if topic.lower() not in lowered]
            return statement[:start] + rng.choice(others) + statement[start + len(name) :] if others else ""
    return ""


def _blend(statement: str, material: Material, rng: random.Random) -> str:
    """Join one statement's subject with what another one says of its own, or a half of each."""
    other = rng.choice(material.other) if material.other else ""
    subject, predicate = _PREDICATE.search(statement), _PREDICATE.search(other)
    if not other:
        return ""
    if subject and predicate and rng.random() < 0.6:
        return statement[: subject.start()] + other[predicate.start() :]
    return f"{statement.rstrip('.')}, and {other[0].lower()}{other[1:]}"


def _word(statement: str, material: Material, rng: random.Random) -> str:
    return _exchange(statement, material.words, rng)


def _nearby_word(statement: str, material: Material, rng: random.Random) -> str:
    return _exchange(statement, material.nearby, rng)


def _exchange(statement: str, words: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """Exchange one content word for another of about its form."""
    found = [match for match in re.finditer(r"[A-Za-z]+", statement) if _is_content(match.group())]
    if not found:
        return ""
    match = rng.choice(found)
    here = set(text.content_words(statement))
    for _ in range(TRIES):
        new = rng.choice(words.get(_form(match.group().lower())) or [""])
        if new and text.stem(new) not in here:
            return _put(statement, match, new.capitalize() if match.start() == 0 else new)
    return ""


def by_form(words: Iterable[str]) -> dict[str, list[str]]:
    """Return the content words among some by their form: ending in "ing", "ed", "ly", "s", or in none of these."""
    forms: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if word.isalpha() and _is_content(word):
            forms[_form(word)].append(word)
    return dict(forms)


def _opposite(statement: str, material: Material, rng: random.Random) -> str:
    pairs = [pair for both in material.opposites for pair in (both, both[::-1])]
    rng.shuffle(pairs)
    for old, new in pairs:
        if match := re.search(rf"\b{old}\b", statement):
            return _put(statement, match, new)
    return ""


def _roles(statement: str, material: Material, rng: random.Random) -> str:
    """Exchange a word before the predicate and one after it: "Gout causes pain" as "Pain causes gout"."""
    predicate = _PREDICATE.search(statement)
    if not predicate:
        return ""
    found = [match for match in re.finditer(r"[A-Za-z]+", statement) if _is_content(match.group())]
    before = [match for match in found if match.end() <= predicate.start()]
    after = [match for match in found if match.start() >= predicate.end()]
    if not before or not after:
        return ""
    first, second = rng.choice(before), rng.choice(after)
    if text.stem(first.group().lower()) == text.stem(second.group().lower()):
        return ""
    return _put(_put(statement, second, first.group()), first, second.group())


def _is_content(word: str) -> bool:
    return len(word) >= FEWEST_LETTERS and word.lower() not in text.STOP_WORDS


def _form(word: str) -> str:
    return next((ending for ending in ("ing", "ed", "ly", "s") if word.endswith(ending)), "")


def _put(statement: str, match: re.Match[str], new: str) -> str:
    return statement[: match.start()] + new + statement[match.end() :]


_WAYS: dict[str, Callable[[str, Material, random.Random], str]] = {
    NUMBER: _number,
    DOSE: _dose,
    UNIT: _unit,
    NEGATION: _negated,
    NAME: _name,
    BLEND: _blend,
    WORD: _word,
    NEARBY_WORD: _nearby_word,
    OPPOSITE: _opposite,
    ROLES: _roles,
}
