"""Identifiers that have a form: mail addresses, links, phone numbers, dates of birth, numbers of records and persons.

Each recogniser is a line: the kind that it finds, the form, and a check where the form alone would be too weak, such as
a check digit. What a number is, is mostly said by the words before it ("policy no."), so those belong to the form.
Doses, laboratory values, ages, codes of diseases and dates of anything but a birth carry medical meaning and stay.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

NAME, DATE_OF_BIRTH, PHONE, EMAIL, ADDRESS = "name", "date of birth", "phone", "email", "address"
RECORD_NUMBER, INSURANCE_NUMBER, NATIONAL_NUMBER = "record number", "insurance number", "national number"
CARD_NUMBER, LINK, HANDLE, IP_ADDRESS = "card number", "link", "handle", "IP address"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text, ``text[start:end]``, that is an identifier of a kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Finds one kind: what the pattern's group ``it`` holds, or all that it matches, if ``check`` agrees."""

    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None = None

    def find(self, text: str) -> Iterator[Span]:
        for match in self.pattern.finditer(text):
            group = "it" if "it" in self.pattern.groupindex else 0
            if self.check is None or self.check(match[group]):
                yield Span(*match.span(group), self.kind)


def recogniser(kind: str, pattern: str, check: Callable[[str], bool] | None = None) -> Recogniser:
    """Return a recogniser whose pattern knows no capitals."""
    return Recogniser(kind, re.compile(pattern, re.IGNORECASE), check)


# --- dates --------------------------------------------------------------------------------------------------------

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
DATE = (
    rf"(?:\d{{1,2}}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?(?:\d{{4}}|\d{{2}})|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}|"
    rf"\d{{1,2}}(?:st|nd|rd|th)?[ -]?(?:of )?{_MONTH},?[ -]?'?(?:\d{{4}}|\d{{2}})|"
    rf"{_MONTH}[ -]?(?:the )?\d{{1,2}}(?:st|nd|rd|th)?,?[ -]'?(?:\d{{4}}|\d{{2}})|\d{{2}} \d{{2}} \d{{4}}|"
    rf"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
)
_DATE = re.compile(DATE, re.IGNORECASE)

# --- checks -------------------------------------------------------------------------------------------------------


def _digits(text: str) -> list[int]:
    return [int(character) for character in text if character.isdecimal()]


def luhn(text: str) -> bool:
    """Tell whether the last digit checks the others (ISO/IEC 7812-1, annex B): cards, and some countries' numbers."""
    doubled = [digit * 2 if place % 2 else digit for place, digit in enumerate(reversed(_digits(text)))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def nhs_number(text: str) -> bool:
    """Tell whether ten digits are a number of the British NHS (its Data Dictionary: modulus 11)."""
    *digits, last = _digits(text)
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return check != 10 and check % 11 == last


def spanish_number(text: str) -> bool:
    """Tell whether the letter of a DNI or NIE is the one that its number asks for (Ministerio del Interior)."""
    number = text.upper().replace("-", "").replace(" ", "").translate(str.maketrans("XYZ", "012", ""))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number[:8]) % 23] == text[-1].upper()


def iban(text: str) -> bool:
    """Tell whether the check digits of an account number agree (ISO 13616: modulus 97)."""
    plain = re.sub(r"\s", "", text).upper()
    return len(plain) >= 15 and int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


# A blood pressure, a decimal, a range.
_QUOTIENT = re.compile(r"\d{1,3}(?:\.\d+)?\s?[/.-]\s?\d{1,3}(?:\.\d+)?|\d+\.\d+\s?-\s?\d+\.\d+")
_MEASURE = re.compile(
    r"\d[\d.,/-]*\s*(?:mg|mcg|µg|ug|g|kg|lbs?|ml|dl|l|iu|units?|mm|cm|%|bpm|kcal|mmol|years?|yo)\b", re.I
)


def _is_number_of_something(text: str) -> bool:
    """A record's number has a digit and five signs at least, and is no dose."""
    numbered = sum(map(str.isalnum, text)) >= 5 and any(map(str.isdecimal, text))
    return numbered and not (_MEASURE.match(text) or _QUOTIENT.fullmatch(text) or _DATE.fullmatch(text))


def _is_said_number(text: str) -> bool:
    """The same where the words before it say "number": 47-41-77 may be one, though it looks like a date."""
    digits = len(_digits(text)) >= 5 and "." not in text and not _MEASURE.match(text)
    return _is_number_of_something(text) or digits


def _is_one_number(text: str) -> bool:
    """The same where they don't: one word with four digits at least."""
    return _is_number_of_something(text) and len(_digits(text)) >= 4


def _enough_for_a_phone(text: str) -> bool:
    return 7 <= len(_digits(text)) <= 20


def _is_national_phone(text: str) -> bool:
    """Eight to thirteen digits that are no date."""
    return 8 <= len(_digits(re.split("x|e", text)[0])) <= 13 and not re.fullmatch(r"\d\d?[./-]\d\d?[./-]\d{2,4}", text)


def is_personal(link: str) -> bool:
    """Publishers of health texts say nothing of the one who links to them; anything else may."""
    host = urlsplit(link if "//" in link else f"//{link}").hostname or ""
    return not any(host == known or host.endswith(f".{known}") for known in _PUBLIC_HOSTS)


_PUBLIC_HOSTS = (
    *("gov", "edu", "int", "nhs.uk", "gov.uk", "gc.ca", "gov.au", "europa.eu", "wikipedia.org", "mayoclinic.org"),
    *("clevelandclinic.org", "webmd.com", "healthline.com", "drugs.com", "cochrane.org", "cancer.org", "heart.org"),
    *("diabetes.org", "arthritis.org", "hopkinsmedicine.org", "medscape.com", "uptodate.com", "bmj.com", "nejm.org"),
    *("thelancet.com", "nature.com", "rarediseases.org", "patient.info", "msdmanuals.com", "merckmanuals.com"),
)

# --- dates of birth ----------------------------------------------------------------------------------------------

_BIRTH = r"(?:\bborn\b|\bdate of birth\b|\bbirth ?-?date\b|\bbirthday\b|\bb-?day\b|\bd\.?\s?o\.?\s?b\b\.?|\bbirth\b)"
_DATES_OF_BIRTH = (
    recogniser(
        DATE_OF_BIRTH, rf"{_BIRTH}\W{{0,4}}(?:(?:on|is|was|the|falls|in|of|mine|day)\W{{1,3}}){{0,4}}(?P<it>{DATE})"
    ),
    recogniser(
        DATE_OF_BIRTH, rf"\bborn\b(?:(?!\s(?:and|but|with|had|has)\b|\d{{4}})[\w %-]){{0,40}}?\bon (?P<it>{DATE})"
    ),
    recogniser(DATE_OF_BIRTH, rf"(?P<it>{DATE})\W{{0,3}}(?:is\s+|was\s+|as\s+)?(?:my |his |her |the |our )?{_BIRTH}"),
    # Of one who lives: "male, 3.4.1961"; "*3.4.1961" is how German letters write it.
    recogniser(DATE_OF_BIRTH, rf"(?:\b(?:fe)?male,?\s+|(?<!\w)\*\s?)(?P<it>{DATE})"),
)

# --- mail, links, handles -----------------------------------------------------------------------------------------

_TLD = (
    r"(?:com|net|org|info|io|me|co|uk|us|ca|au|nz|ie|in|de|fr|es|it|nl|pl|se|br|mx|tr|ng|ru|eu|app|blog|dev|page|site|"
    r"tv)"
)
_NETWORK = (
    r"(?:insta(?:gram)?|twitter|facebook|fb|snap(?:chat)?|telegram|tik ?tok|reddit|skype|discord|linkedin|mastodon|"
    r"whats ?app|user ?name|screen ?name|nick ?name|handle)"
)
_ONLINE = (
    recogniser(EMAIL, r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"),
    recogniser(EMAIL, r"\b[\w.+-]+\s?[(\[{]\s?at\s?[)\]}]\s?[\w-]+(?:\s?(?:[(\[{]\s?dot\s?[)\]}]|\.)\s?[a-z]{2,})+"),
    recogniser(EMAIL, rf"\b(?:[\w.+-]+ dot )?[\w.+-]+ at [\w-]+ dot (?:[\w-]+ dot )?{_TLD}\b"),
    recogniser(LINK, r"\b(?:https?://|www\.)[^\s<>\"]+[^\s<>\".,;:!?)\]']", is_personal),
    recogniser(LINK, rf"(?<![\w@/.])(?:[\w-]+\.)+{_TLD}/[^\s<>\"]*[^\s<>\".,;:!?)\]']", is_personal),
    recogniser(HANDLE, r"(?<![\w@.])@(?=[\w.]*[a-z])[a-z_][\w.-]{1,29}\b"),
    recogniser(
        IP_ADDRESS,
        r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d)(?![\d.]*\d)",
    ),
    recogniser(
        ADDRESS,
        r"\b(?:zip(?: ?code)?|post ?code|postal code|pin ?code|eircode)\W{0,2}(?:\s?is)?\s?"
        r"(?P<it>(?=[\w -]*\d)[a-z\d]{2,6}(?:[ -][a-z\d]{2,4})?)\b",
    ),
    recogniser(HANDLE, r"(?<![\w/])/?u/[\w-]{3,20}\b"),
    recogniser(
        HANDLE,
        rf"\b{_NETWORK}(?:\s+(?:handle|name|user|account|id))?\s*(?:is|:|=)\s*@?(?P<it>(?=\S*[\d_.])[\w.-]{{3,30}})",
    ),
)

# --- numbers of persons -------------------------------------------------------------------------------------------

# What may stand between the word for a number and the number: "policy no. is", "record number on my letter is".
_GAP = (
    r"(?:'s)?(?:\s+(?:numbers?|num|no|nr|nos|id|ids|identifier|identification|card|code|policy|is|was|are|for|mine|which|"
    r"(?:on|of|in|with|from) (?:my|the|our|his|her) \w+)\b\.?)*\s*(?:[:#=,.(-]|№|nr|no|id)*\s*"
)
_VALUE = (
    r"(?P<it>(?!(?:of|to|is|for|in|on|at|and|over|with|from|about)\b)"
    r"(?:[a-z]{1,5}[ -]?)?\d[\d /.-]{2,22}\d(?:[ -]?[a-z]{1,2}\b)?|[a-z0-9]+(?:[-/.][a-z0-9]+)*)(?![\w@])"
)
# Before one word that is a number or holds one; before groups of digits only if it says number too, as laboratory
# values are groups of digits.
_RECORD_WORDS = (
    r"(?:mrn|m\.r\.n\.|medical record|health record|hospital record|patient|hospital|chart|file|case|record|accession|"
    r"specimen|sample|lab(?:oratory)?|reference|ref|account|acct|visit|encounter|admission|appointment|booking|order|"
    r"prescription|rx|ticket|registration|licen[cs]e|driver'?s licen[cs]e|passport)"
)
_INSURANCE_WORDS = (
    r"(?:health insurance|insurance|insured|policy|group|member(?:ship)?|subscriber|beneficiary|medicare|medicaid|"
    r"health plan|plan|health ?card|claim|hicn|mbi|ehic|ohip|aetna|cigna|humana|kaiser|blue cross|united ?healthcare|"
    r"bupa|tricare|cover(?:age)?)"
)
_NATIONAL_WORDS = (
    r"(?:ssn|s\.s\.n\.|social security|social insurance|sin|national insurance|nino|national id|national health|nhs|"
    r"tax(?:payer)?|tin|itin|identity|identity card|personal|aadhaar|aadhar|cpf|curp|dni|nie|bsn|pesel|pps|ppsn|"
    r"tfn|ird|codice fiscale|personnummer|medicare card)"
)
# "id", "case", "plan", "file" and the like are words of every day: only with a word for a number, or a sign of one.
_SAID = r"(?:\s+(?:numbers?|num|no|nr|id|ids|identifier|card)\b\.?|\s*[#№:])"
_NUMBERS = (
    recogniser(NATIONAL_NUMBER, r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
    recogniser(NATIONAL_NUMBER, r"(?<!\d)\d{3}[ -]\d{3}[ -]\d{4}(?!\d)|(?<![\w.])\d{10}(?!\w)", nhs_number),
    recogniser(NATIONAL_NUMBER, r"\b[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b"),  # British National Insurance
    recogniser(NATIONAL_NUMBER, r"\b[a-z]{6}\d{2}[a-ehlmprst]\d{2}[a-z]\d{3}[a-z]\b"),  # Italian codice fiscale
    recogniser(NATIONAL_NUMBER, r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)"),  # Brazilian CPF
    recogniser(NATIONAL_NUMBER, r"\b(?:\d{8}|[xyz]-?\d{7})[ -]?[a-z]\b", spanish_number),
    recogniser(NATIONAL_NUMBER, r"(?<!\d)\d{6}[-+]\d{4}(?!\d)"),  # Nordic: day of birth, four digits
    recogniser(NATIONAL_NUMBER, r"(?<!\d)[2-9]\d{3} \d{4} \d{4}(?! ?\d)"),  # Indian Aadhaar
    # US Medicare's beneficiary identifier, by CMS's description: no S, L, O, I, B, Z.
    recogniser(
        INSURANCE_NUMBER,
        r"\b[1-9][ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d-?[ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d-?"
        r"[ac-hj-km-np-rt-y]{2}\d{2}\b",
    ),
    recogniser(CARD_NUMBER, r"(?<![\d-])(?:\d{4}[ -]?){3}\d{1,4}(?![\d-])|(?<!\d)3[47]\d{2} ?\d{6} ?\d{5}(?!\d)", luhn),
    recogniser(CARD_NUMBER, r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?\b", iban),
    recogniser(
        NATIONAL_NUMBER,
        rf"\b{_NATIONAL_WORDS}(?:{_SAID}|(?<=ssn)|(?<=nhs)|(?<=security)){_GAP}{_VALUE}",
        _is_number_of_something,
    ),
    recogniser(INSURANCE_NUMBER, rf"\b{_INSURANCE_WORDS}\b{_GAP}{_VALUE}", _is_number_of_something),
    recogniser(RECORD_NUMBER, rf"\b(?:{_RECORD_WORDS}{_SAID}|mrn|m\.r\.n\.){_GAP}{_VALUE}", _is_said_number),
    recogniser(
        RECORD_NUMBER, rf"\b{_RECORD_WORDS}\b{_GAP}(?P<it>[a-z0-9]+(?:[-/.][a-z0-9]+)*)(?![\w@])", _is_one_number
    ),
    recogniser(
        RECORD_NUMBER,
        rf"\b(?:id|identifier|number|no\.|nr\.|#)\s*(?:is|:|#|=)?\s*{_VALUE}",
        lambda text: _is_number_of_something(text) and len(_digits(text)) >= 6,
    ),
)

# --- phone numbers ------------------------------------------------------------------------------------------------

_EXTENSION = r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?"
_PHONE_WORDS = (
    r"(?:tele?phones?|phones?|ph|tel|mobile|mob|cell|cellular|fax|whats ?app|landline|hotline|pager|"
    r"(?:call|ring|reach|text|phone|contact|dial|sms|message)(?:ed|ing)?(?: (?:me|us|him|her|them|back))?(?: back)?)"
)
_SEPARATOR = r"[ .\-/]"
_CALLED = (
    recogniser(
        PHONE,
        rf"\b{_PHONE_WORDS}\b\.?(?:\s+(?:numbers?|no\.?|nr\.?|is|at|on|under|via|to|or|me|us|my|the|phone|mobile|cell|home|work))*"
        rf"\s*[:#=,(-]*\s*(?P<it>\+?\(?\d(?:[ ().\-/]{{0,3}}\d){{5,14}}{_EXTENSION})(?!\w)",
        _enough_for_a_phone,
    ),
    recogniser(
        PHONE,
        rf"\b(?:my|our|his|her) (?:(?:cell|mobile|phone|home|work|office|contact|new|daytime) )?number (?:is|:)"
        rf"\s*(?P<it>\+?\(?\d(?:[ ().\-/]{{0,3}}\d){{5,14}}{_EXTENSION})(?!\w)",
        _enough_for_a_phone,
    ),
    recogniser(
        PHONE,
        r"\b(?:ask|call|contact|reach|ring|text|phone)\b[^.?!\n\d]{0,40} (?:at|on) "
        r"(?P<it>\d{3}[-. ]\d{4}|\d(?:[ ().\-/]{0,2}\d){6,13})\b",
    ),
    # A line to itself.
    recogniser(
        PHONE,
        r"(?:^|(?<=\n))\s*(?P<it>\+?\(?\d[\d ()\-/]{5,18}\d)\s*(?=\n|$)",
        lambda text: _enough_for_a_phone(text) and not _DATE.fullmatch(text),
    ),
)
_PHONES = (
    recogniser(
        PHONE,
        rf"(?<![\w.])(?:\+|00|011 ?){_SEPARATOR}?[1-9](?:{_SEPARATOR}{{0,2}}\(?\d+\)?){{1,8}}{_EXTENSION}(?!\w)",
        lambda text: 8 <= len(_digits(re.split("x|e", text)[0])) <= 18,
    ),
    recogniser(
        PHONE,
        rf"(?<![\w.])(?:1{_SEPARATOR})?(?:\(\d{{3}}\){_SEPARATOR}?|\d{{3}}{_SEPARATOR})\d{{3}}{_SEPARATOR}\d{{4}}{_EXTENSION}(?!\w)",
    ),
    recogniser(
        PHONE,
        rf"(?<![\w.])(?:\(0\d{{1,5}}\)|0\d{{1,5}}{_SEPARATOR}){_SEPARATOR}?\d{{2,8}}(?:{_SEPARATOR}\d{{2,6}}){{0,4}}{_EXTENSION}(?!\w)",
        _is_national_phone,
    ),
    # Nothing that is measured has nine digits and more, unless it is counted.
    recogniser(
        PHONE,
        rf"(?<![\w.,/])\d{{9,13}}{_EXTENSION}(?![\w.,]*\d)(?!\s*(?:copies|cells|iu|cfu|/|per|x|platelets|organisms|bacteria|years|people|dollars))",
    ),
)
# The first that finds a stretch names its kind; numbers are told by the words before them before they are phones.
RECOGNISERS = (*_ONLINE, *_DATES_OF_BIRTH, *_CALLED, *_NUMBERS, *_PHONES)


_BESIDE = re.compile(rf"\s?[,(;:\n]\s?(?P<it>{DATE})(?=\s?[):,;\n]|$)", re.IGNORECASE)
_TITLE = re.compile(r"\b(?:dr|prof|doctor|professor|with|by|see|saw)\.?\s*$", re.IGNORECASE)


def find_dates_of_birth(text: str, names: Iterable[Span]) -> Iterator[Span]:
    """Yield dates that stand after a person's name as dates of birth do: ``Maria Lopez, 03/05/1961:``."""
    for name in names:
        if (match := _BESIDE.match(text, name.end)) and not _TITLE.search(text, 0, name.start):
            yield Span(*match.span("it"), DATE_OF_BIRTH)
