"""Statements said in other words, by rule: what a careful reader would still call the same statement.

General words are exchanged by tables, of which the development half of the pairs has one and the final half another:
what was tuned on the one meets in the other words that it has not seen. The other rules only leave out, move or name.
"""

import random
import re
from collections.abc import Callable, Mapping

from medassist import text

DEVELOPMENT_WORDINGS = {
    "is caused by": "results from",
    "are caused by": "result from",
    "may cause": "can lead to",
    "can cause": "may bring about",
    "signs and symptoms": "symptoms",
    "usually": "in most cases",
    "often": "frequently",
    "sometimes": "at times",
    "people with": "those who have",
    "individuals": "people",
    "physician": "doctor",
    "treatment": "therapy",
    "treatments": "therapies",
    "medicines": "medications",
    "medications": "drugs",
    "also called": "also known as",
    "begins": "starts",
    "begin": "start",
    "occurs": "happens",
    "occur": "take place",
    "because": "since",
    "a number of": "several",
    "many": "a lot of",
    "helps": "assists",
    "increases the risk": "raises the risk",
    "increase the risk": "raise the risk",
    "severe": "serious",
    "mild": "slight",
    "rare": "uncommon",
    "abdominal": "belly",
    "kidney": "renal",
    "the disease": "the illness",
    "disorder": "condition",
    "lasts": "goes on for",
    "infants": "babies",
    "need to": "have to",
    "tell your": "inform your",
    "talk to": "speak with",
    "approximately": "about",
    "shows": "reveals",
    "identify": "find",
    "reduce": "lower",
    "unable to": "not able to",
    "cannot": "can not",
    "do not": "don't",
    "are not": "aren't",
    "childhood": "early life",
    "appears": "shows up",
    "appear": "show up",
    "weakness": "lack of strength",
    "chance": "likelihood",
    "certain": "particular",
    "percent": "%",
    "two": "2",
    "three": "3",
    "five": "5",
    "about half": "around half",
    "researchers": "scientists",
    "estimated": "thought",
    "stops": "ceases",
    "use": "employ",
    "kinds": "sorts",
    "type": "form",
    "life-threatening": "deadly",
    "especially": "above all",
}
FINAL_WORDINGS = {
    "due to": "because of",
    "lead to": "result in",
    "leads to": "results in",
    "frequently": "commonly",
    "commonly": "often",
    "generally": "as a rule",
    "usually": "generally",
    "typically": "usually",
    "patients": "people",
    "health care provider": "clinician",
    "doctor": "physician",
    "medication": "medicine",
    "surgery": "an operation",
    "develop": "get",
    "diagnosed": "detected",
    "required": "needed",
    "requires": "needs",
    "prior to": "before",
    "large": "big",
    "quickly": "rapidly",
    "rapidly": "fast",
    "gradually": "slowly",
    "damage": "harm",
    "primary": "main",
    "several": "various",
    "various": "different",
    "adults": "grown-ups",
    "females": "women",
    "males": "men",
    "difficulty": "trouble",
    "fatigue": "tiredness",
    "edema": "swelling",
    "vomiting": "throwing up",
    "hypertension": "high blood pressure",
    "known as": "called",
    "may": "might",
    "contact": "call",
    "improve": "get better",
    "decrease": "reduce",
    "increased": "higher",
    "additional": "further",
    "therefore": "so",
    "although": "even though",
    "whereas": "while",
    "in addition": "besides",
    "is characterized by": "is marked by",
    "features": "signs",
    "affects": "involves",
    "inherited": "passed down",
    "mutations": "changes",
    "mg": "milligrams",
    "is not": "isn't",
    "does not": "doesn't",
    "no cure": "not any cure",
    "first": "1st",
    "four": "4",
    "six": "6",
    "sores": "ulcers",
    "illness": "disease",
    "problems": "troubles",
    "common": "frequent",
    "young": "youthful",
    "persists": "continues",
    "suggests": "hints",
    "family": "relatives",
    "important": "vital",
    "treat": "manage",
    "determine": "work out",
}
MOST_EXCHANGED = 3  # words of a statement

_LEAD_IN = re.compile(
    r"^(?:However|In addition|Therefore|Also|Thus|In general|Generally|Typically|In fact|Additionally|Furthermore|"
    r"For example|For instance|As a result|In most cases|In some cases), (?=[a-z])",
)
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_RELATIVE = re.compile(r",? which [^,;]+(?=[,.]?$)|, (?:including|such as|especially|particularly) [^;]+(?=\.$)")
_LIST = re.compile(r"(?P<first>[\w' -]+), (?P<rest>(?:[\w' -]+, )*)(?P<joint>and|or) (?P<last>[\w' -]+)(?=\.$)")
_CLAUSE = re.compile(r"^(?P<when>(?:If|When|After|Before|Because|Although|Once) [^,;]+), (?P<then>[^,;]+)\.$")
_PRONOUN = re.compile(r"^(?:It|This condition|This disease|This disorder|The condition|The disease|The disorder)(?= )")
FEWEST_WORDS = 5


def exchange_words(statement: str, wordings: Mapping[str, str], rng: random.Random) -> str:
    """Return a statement with up to three general words in other words; the same where the table has none of them."""
    found = [old for old in wordings if re.search(rf"(?i)\b{re.escape(old)}\b", statement)]
    rng.shuffle(found)
    places: list[tuple[int, int, str]] = []
    for old in found:
        match = re.search(rf"(?i)(?<![\w-]){re.escape(old)}(?![\w-])", statement)
        if (
            match
            and len(places) < MOST_EXCHANGED
            and not any(a < match.end() and match.start() < b for a, b, _ in places)
        ):
            places.append((match.start(), match.end(), wordings[old]))
    for start, end, new in sorted(places, reverse=True):
        written = new[0].upper() + new[1:] if statement[start].isupper() else new
        statement = statement[:start] + written + statement[end:]
    return statement


def shorten(statement: str, rng: random.Random) -> str:
    """Return a statement without a lead-in, a bracket, a trailing relative clause, or members of a list."""
    ways: list[Callable[[str], str]] = [
        lambda given: _capital(_LEAD_IN.sub("", given)),
        lambda given: _BRACKETS.sub("", given),
        lambda given: _RELATIVE.sub("", given),
        lambda given: _LIST.sub(r"\g<first> \g<joint> \g<last>", given),
    ]
    rng.shuffle(ways)
    for way in ways:
        shorter = way(statement)
        if shorter != statement and len(shorter.split()) >= FEWEST_WORDS:
            return shorter
    return statement


def name_subject(statement: str, topic: str) -> str:
    """Return a statement in which the topic stands for a first "It" or "This condition"."""
    return _PRONOUN.sub(lambda _: topic, statement)


def move_clause(statement: str) -> str:
    """Return "Y if X." for "If X, Y."."""
    return _CLAUSE.sub(lambda found: f"{_capital(found['then'])} {_small(found['when'])}.", statement)


def join(first: str, second: str, rng: random.Random) -> str:
    """Return two statements as one."""
    return f"{first.rstrip('.')}{rng.choice([', and ', '; ', ', while '])}{_small(second)}"


def can_be_said(statement: str) -> bool:
    """Tell whether a sentence of a passage is a statement by itself: whole, neither a question nor a heading."""
    return (
        bool(re.match(r"[A-Z]", statement))
        and statement.endswith(".")
        and "\n" not in statement
        and 6 <= len(statement.split()) <= 40
        and len(text.content_words(statement)) >= 4
        and statement.count("(") == statement.count(")")
    )


def _capital(given: str) -> str:
    return given[:1].upper() + given[1:]


def _small(given: str) -> str:
    """A sentence's beginning within another: names and abbreviations keep their capital as far as one can tell."""
    first = given.split()[0] if given.split() else ""
    starts_sentence = first.lower() in text.STOP_WORDS or first.lower() in _BEGINNINGS
    return given[:1].lower() + given[1:] if starts_sentence else given


_BEGINNINGS = frozenset(
    [
        "people",
        "symptoms",
        "treatment",
        "doctors",
        "children",
        "adults",
        "signs",
        "patients",
        "some",
        "many",
        "most",
        "other",
    ]
)
