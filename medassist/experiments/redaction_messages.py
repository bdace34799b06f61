"""Messages with identifiers that nobody owns, to measure redaction with: our sentences, Faker's persons.

``data/checks/redaction.jsonl`` holds the sentences, half for development and half for the final measurement; none is in
both. Those with places to fill become messages, with persons, numbers and addresses in the forms of many
countries; those without have nothing to redact, and are full of what looks like names and numbers and is medicine.
"""

import json
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from medassist.answering import identifiers as kinds
from medassist.errors import DatasetError
from medassist.experiments.measures import DEVELOPMENT, FINAL

if TYPE_CHECKING:
    from faker import Faker

SENTENCES = Path("data") / "checks" / "redaction.jsonl"
MESSAGES = 300  # of a half
SEEDS = {DEVELOPMENT: 20_261, FINAL: 20_262}
# One locale a message. The collection is in English, so most people who write have addresses of such countries, but
# names from everywhere.
LOCALES = {
    "en_US": 10, "en_GB": 5, "en_CA": 2, "en_AU": 2, "en_IN": 3, "en_IE": 1, "en_NZ": 1, "es_MX": 1, "es_ES": 1,
    "de_DE": 2, "fr_FR": 1, "it_IT": 1, "nl_NL": 1, "pt_BR": 1, "pl_PL": 1, "sv_SE": 1, "yo_NG": 1, "tr_TR": 1,
}  # fmt: skip
DATES = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%B %d, %Y", "%d %B %Y", "%d %b %Y", "%m-%d-%y", "%b %d %Y")
RECORDS = (
    "#######",
    "########",
    "??######",
    "??-######",
    "H-#######",
    "##-##-##",
    "####-####-##",
    "#####/##",
    "#########",
)
INSURANCE = (
    "#???-???-????",
    "???#########",
    "W#########",
    "### ### ####",
    "?#########",
    "##-#######-#",
    "####-####-####",
)
LINKS = (
    "https://www.facebook.com/{}",
    "instagram.com/{}",
    "https://medium.com/@{}/my-story",
    "www.{}.example.com/blog",
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """What is to be redacted: ``message.text[start:end]``."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message and the identifiers in it, in their order; of a sentence without places to fill there are none."""

    text: str
    identifiers: tuple[Identifier, ...] = ()


def messages(half: str, folder: Path = Path(), count: int = MESSAGES) -> tuple[list[Message], list[Message]]:
    """Return a half's messages with identifiers, and those without.

    Parameters
    ----------
    half : {"development", "final"}
    folder : Path
        The repository's root.
    count : int
        Messages with identifiers; each sentence is filled as often as it takes, with other persons each time.

    Raises
    ------
    DatasetError
        If the sentences cannot be read.
    """
    sentences = _sentences(folder / SENTENCES, half)
    frames = [text for text in sentences if "{" in text]
    chance = random.Random(SEEDS[half])
    filled = [_fill(frames[number % len(frames)], _Person(chance)) for number in range(count)]
    return filled, [Message(text) for text in sentences if "{" not in text]


def _sentences(path: Path, half: str) -> list[str]:
    try:
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return [record["text"] for record in records if record["half"] == half]
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{path} cannot be read ({type(error).__name__}); take it from the repository.") from error


def _fill(frame: str, person: "_Person") -> Message:
    text, found = "", []
    for before, place, _, _ in string.Formatter().parse(frame):
        text += before
        if place:
            kind, value = person.write(place)
            found.append(Identifier(len(text), len(text) + len(value), kind))
            text += value
    return Message(text, tuple(found))


class _Person:
    """Writes what a person of one country would write in the places of a sentence."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._faker = _faker(chance.choices(list(LOCALES), list(LOCALES.values()))[0])
        self._faker.seed_instance(chance.getrandbits(64))
        self._places: Mapping[str, tuple[str, Callable[[], str]]] = {
            "name": (kinds.NAME, self._name),
            "name_lower": (kinds.NAME, lambda: self._name().lower()),
            "name_upper": (kinds.NAME, lambda: self._name().upper()),
            "name_inverted": (kinds.NAME, lambda: f"{self._faker.last_name()}, {self._faker.first_name()}"),
            "first": (kinds.NAME, self._faker.first_name),
            "first_lower": (kinds.NAME, lambda: str(self._faker.first_name()).lower()),
            "last": (kinds.NAME, self._faker.last_name),
            "dob": (kinds.DATE_OF_BIRTH, self._date_of_birth),
            "phone": (kinds.PHONE, self._faker.phone_number),
            "email": (kinds.EMAIL, self._faker.email),
            "address": (kinds.ADDRESS, lambda: ", ".join(str(self._faker.address()).splitlines())),
            "record": (kinds.RECORD_NUMBER, lambda: self._like(RECORDS)),
            "insurance": (kinds.INSURANCE_NUMBER, lambda: self._like(INSURANCE)),
            "national": (kinds.NATIONAL_NUMBER, self._faker.ssn),
            "nhs": (kinds.NATIONAL_NUMBER, self._nhs_number),
            "url": (kinds.LINK, lambda: self._chance.choice(LINKS).format(self._faker.user_name())),
            "handle": (kinds.HANDLE, lambda: f"@{self._faker.user_name()}"),
        }

    def write(self, place: str) -> tuple[str, str]:
        """Return the kind of a place, and what stands there."""
        kind, make = self._places[place]
        return kind, str(make()).strip()

    def _name(self) -> str:
        first, last = self._faker.first_name(), self._faker.last_name()
        form = self._chance.random()
        if form < 0.1:
            return f"{first} {self._chance.choice(string.ascii_uppercase)}. {last}"
        if form < 0.16:
            return f"{first[0]}. {last}"
        return f"{first} {last}"

    def _date_of_birth(self) -> str:
        born: date = self._faker.date_of_birth(maximum_age=95)
        return born.strftime(self._chance.choice(DATES))

    def _like(self, forms: tuple[str, ...]) -> str:
        return str(self._faker.bothify(self._chance.choice(forms), letters=string.ascii_uppercase))

    def _nhs_number(self) -> str:
        """Return a number with the check digit of the NHS Data Dictionary (modulus 11)."""
        while True:
            digits = [self._chance.randrange(10) for _ in range(9)]
            check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
            if check != 10:
                number = "".join(map(str, [*digits, check % 11]))
                return f"{number[:3]} {number[3:6]} {number[6:]}" if self._chance.random() < 0.7 else number


def _faker(locale: str) -> "Faker":
    from faker import Faker

    return Faker(locale)
