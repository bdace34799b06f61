"""Small text tools shared by grounding, training targets and evaluation: sentences, words, quantities, negations."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# A list stays with the sentence that introduces it up to this length; longer lists are cut between items.
LIST_WORDS = 60

_STOP_WORDS = """
a about above after again all also although am an and any are as at be because been before being below between both but
by can could did do does doing down during each either else ever few for from further get gets getting had has have
having he her here hers him his how however i if in into is it its itself just let may me might more most much must my
myself no nor not of off on once only or other others our ours out over own per please same shall she should so some
such than that the their theirs them then there these they this those through to too under until up upon us very was we
were what when where whether which while who whom whose why will with within without would yes yet you your yours cannot
aren couldn didn doesn don hadn hasn haven isn mustn shouldn wasn weren won wouldn
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# A full stop after one of these does not end a sentence. Single letters (initials, "U.S.") are handled by rule.
_TITLES_AND_THE_LIKE = "e.g i.e vs dr mr mrs ms prof st no approx fig figs al cf dept est inc jr sr ca viz vol pp"
_ABBREVIATIONS = frozenset(_TITLES_AND_THE_LIKE.split())
_SENTENCE_END = re.compile(r"[.!?]+[\"')\]\u2019\u201d]*\s+(?=[\"'(\[\u2018\u201c]*[A-Z0-9])")
_LIST_ITEM = re.compile(r"(?:^|\n|\s{2,})\s*[-*\u2022\u00b7]\s+")
_WIDE_SPACE = re.compile(r"\s{2,}(?=[A-Z])")
_HARD_BREAK = re.compile(r"\n\s*\n|\n(?=\s*[\"'(\u201c]*[A-Z0-9])")
_WORD = re.compile(r"[a-z0-9]+(?:[.'\u2019-][a-z0-9]+)*")

_TWO_TO_TWELVE = "two three four five six seven eight nine ten eleven twelve"
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(_TWO_TO_TWELVE.split(), start=2)}
_UNITS = {
    spelling: unit
    for unit, spellings in {
        "%": "% percent per-cent",
        "mcg": "mcg \u00b5g \u03bcg ug microgram micrograms",
        "mg": "mg milligram milligrams",
        "g": "g gram grams",
        "kg": "kg kilogram kilograms",
        "lb": "lb lbs pound pounds",
        "ml": "ml millilitre millilitres milliliter milliliters cc",
        "l": "l litre litres liter liters",
        "cm": "cm centimetre centimetres centimeter centimeters",
        "mm": "mm millimetre millimetres millimeter millimeters",
        "mmhg": "mmhg",
        "iu": "iu unit units",
        "\u00b0c": "\u00b0c celsius",
        "\u00b0f": "\u00b0f fahrenheit",
        "minute": "min mins minute minutes",
        "hour": "h hr hrs hour hours",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years",
        "time": "time times",
    }.items()
    for spelling in spellings.split()
}
_QUANTITY = re.compile(
    r"(?<![\w.])(?P<number>\d+(?:[.,]\d+)*|" + "|".join(_NUMBER_WORDS) + r")(?![\w])"
    r"(?:\s*(?:-|\u2013|to)\s*(?P<upper>\d+(?:[.,]\d+)*|" + "|".join(_NUMBER_WORDS) + r")(?![\w]))?"
    r"(?:[\s-]*(?P<unit>[a-z\u00b5\u03bc%\u00b0]+))?"
)
_FUSED_UNIT = re.compile(r"(?<=\d)(?=(?:mg|mcg|\u00b5g|\u03bcg|kg|g|ml|mm|cm|h|hrs?)\b)")  # "500mg" -> "500 mg"
_NEGATION = re.compile(r"\b(?:not|no|never|without|cannot|neither|nor|none)\b|\b\w+n['\u2019]t\b")


class Quantity(NamedTuple):
    """A number with its unit in one spelling (``"mg"``, ``"year"``); ``unit`` is empty where none is named."""

    number: str
    unit: str


def sentences(text: str) -> list[str]:
    """Split a text into its sentences, each as it was written.

    Abbreviations, initials and decimals do not end a sentence; line breaks between paragraphs do. Bullet lists, as
    lines or as the runs of ``"   - item"`` that some publishers leave, stay with a sentence that introduces them by a
    colon (up to ``LIST_WORDS`` words), one item a line; items of other lists stand alone.
    """
    result: list[str] = []
    for block in _HARD_BREAK.split(text.replace("\r\n", "\n")):
        head, *items = _LIST_ITEM.split(block)
        result.extend(_split_block(head))
        for item in filter(None, (item.strip() for item in items)):
            item, *rest = _WIDE_SPACE.split(item, maxsplit=1)  # "- rash   See a doctor if ...": the list has ended
            if result and _takes_item(result[-1], item):
                result[-1] += "\n- " + item
            else:
                result.extend(_split_block(item))
            result.extend(sentence for block in rest for sentence in _split_block(block))
    return result


def words(text: str) -> list[str]:
    """Return a text's words in order, lower-case, without punctuation; hyphenated words stay whole."""
    return [match.group().replace("\u2019", "'").removesuffix("'s") for match in _WORD.finditer(text.lower())]


def content_words(text: str) -> list[str]:
    """Return the stems of a text's words in order, repeats included, without stop words.

    Hyphenated words count as their parts, so that "long-term" and "long term" are equal. Single letters count
    ("hepatitis B"), what follows an apostrophe does not ("don't").
    """
    parts = (part for word in words(text) for part in re.split(r"-|\.(?!\d)", word.partition("'")[0]))
    return [stem(part) for part in parts if part not in STOP_WORDS]


def stem(word: str) -> str:
    """Cut plural and verb endings off a lower-case word, so that forms of one word become equal.

    A light stemmer in the spirit of Harman's S-stemmer (1991) that also takes ``-ed`` and ``-ing``: it keeps words of
    different meaning apart more than it joins rare forms. The result need not be a word ("diseas").
    """
    if len(word) < 4 or not word.isalpha():
        return word
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and re.search("[aeiouy]", base):
            doubled = base[-1] == base[-2] and base[-1] not in "lsz"
            word = base[:-1] if doubled else base
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def quantities(text: str) -> set[Quantity]:
    """Return the numbers of a text with their units: ``"500mg twice, 2 to 3 days"`` -> 500 mg, 2 day, 3 day.

    Numbers may be digits or the words two to twelve ("one" is mostly a pronoun). Both ends of a range have its unit.
    """
    found = set()
    for match in _QUANTITY.finditer(_FUSED_UNIT.sub(" ", text.lower())):
        unit = _UNITS.get(match["unit"] or "", "")
        for number in filter(None, (match["number"], match["upper"])):
            found.add(Quantity(_plain_number(number), unit))
    return found


def negated_words(text: str) -> set[str]:
    """Return the content word that each negation of a text governs, taken as the next one in the same clause.

    ``"Do not take aspirin; it can occur without pain"`` -> take, pain.
    """
    found = set()
    for clause in re.split(r"[.;:!?\n]", text.lower()):
        for match in _NEGATION.finditer(clause):
            found.update(content_words(clause[match.end() :])[:1])
    return found


def _split_block(block: str) -> Iterator[str]:
    block = re.sub(r"\s+", " ", block).strip()
    start = 0
    for match in _SENTENCE_END.finditer(block):
        last = block[start : match.start()].rpartition(" ")[2].strip("(\"'[").lower()
        is_initial = len(last.rpartition(".")[2]) == 1 and last[-1:].isalpha()
        if block[match.start()] == "." and (last in _ABBREVIATIONS or is_initial):
            continue
        yield block[start : match.end()].strip()
        start = match.end()
    if block[start:].strip():
        yield block[start:].strip()


def _takes_item(sentence: str, item: str) -> bool:
    introduces = sentence.endswith(":") or "\n- " in sentence
    return introduces and len(sentence.split()) + 1 + len(item.split()) <= LIST_WORDS


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("sis"):  # diagnosis, as diagnoses and diagnosed
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _plain_number(number: str) -> str:
    number = _NUMBER_WORDS.get(number, number)
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number):
        number = number.replace(",", "")
    return number.rstrip("0").rstrip(".") if "." in number else number
