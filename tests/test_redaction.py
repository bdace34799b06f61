"""Identifiers are taken out of what people write, and medicine stays, on sentences written for the purpose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medassist.answering import identifiers
from medassist.answering.redaction import RuleRedactor, Span, find, keep_first, replace

REDACTED = [
    ("Mail me at jo.b+x@mail.example.org please", "Mail me at [email] please"),
    ("or sarah dot connor at gmail dot com", "or [email]"),
    ("Call +44 20 7946 0958 or (555) 123-4567", "Call [phone] or [phone]"),
    ("call me on 5551234567", "call me on [phone]"),
    ("ph 555-0142", "ph [phone]"),
    ("Tel.: 030/1234567", "Tel.: [phone]"),
    ("I was born on March 3, 1980 in Rome", "I was born on [date of birth] in Rome"),
    ("DOB: 12/03/1975", "DOB: [date of birth]"),
    ("Maria Lopez, 03/05/1961: chest x-ray normal", "[name], [date of birth]: chest x-ray normal"),
    ("MRN: 00123456, SSN 123-45-6789", "MRN: [record number], SSN [national number]"),
    ("my insurance number is AB-99 88 77 66", "my insurance number is [insurance number]"),
    ("The record number on my letter is 99-1234", "The record number on my letter is [record number]"),
    ("Medicare card 1EG4-TE5-MK73", "Medicare card [insurance number]"),
    ("NHS 943 476 5919", "NHS [national number]"),
    ("card 4111 1111 1111 1111 was charged", "card [card number] was charged"),
    ("I live at 742 Evergreen Terrace, Springfield, IL 62701.", "I live at [address]."),
    ("Flat 3, 10 High Street, Oxford OX1 4DB", "[address]"),
    ("Musterstraße 12, 10115 Berlin", "[address]"),
    ("my zip code is 90210", "my zip code is [address]"),
    ("see www.jane.example.com/blog or @sick_guy99", "see [link] or [handle]"),
    ("My name is Kalpit Pingle.", "My name is [name]."),
    ("my name is ngozi adichie and i have gout", "my name is [name] and i have gout"),
    ("Dr. Green said that", "Dr. [name] said that"),
    ("Mrs. O\u2019Brien\u2019s blood pressure is 150/90", "Mrs. [name]\u2019s blood pressure is 150/90"),
    ("my mom linda has lung cancer", "my mom [name] has lung cancer"),
    ("my kids Emma and Noah have flu", "my kids [name] and [name] have flu"),
    ("Is it lupus? Best,\nTom", "Is it lupus? Best,\n[name]"),
    ("JOHN DOE", "[name]"),
    ("Tyler is 6 and has asthma.", "[name] is 6 and has asthma."),
]

KEPT = [
    "I take 500 mg of metformin twice a day since 12.5.2020, at 120/80",
    "cholesterol 200-239, triglycerides 100 200 300, glucose 5.5-7.8",
    "A 45-year-old man, 1.80 m, 1500 calories",
    "Is record 2 of 3 normal in case 1 of 20?",
    "My labs 140 4.1 102 24 15 0.9 100",
    "Patient 120/80 and 98 % on room air",
    "My husband Parkinson's is getting worse",
    "my mother Alzheimers stage 3",
    "Is Lou Gehrig's disease the same as Charcot-Marie-Tooth or Charcot Marie Tooth disease?",
    "What are the symptoms of Acromesomelic dysplasia Hunter Thompson type?",
    "Does St. John's wort interact with Tylenol or Advil PM?",
    "What do BRCA1, TP53 and c.1521_1523delCTT mean? ICD-10 E11.9",
    "I was born in 1981 and had a stent on 14 March 2021",
    "Are flights from New York to Tokyo dangerous with a DVT?",
    "Should I see a Dr. about it? My doctor said no.",
    "see https://medlineplus.gov/asthma.html",
    "What are the treatments for Pseudotumor Cerebri?",
]


@pytest.mark.parametrize(("text", "expected"), REDACTED)
def test_identifiers_are_redacted(text: str, expected: str) -> None:
    assert RuleRedactor().redact(text).text == expected


@pytest.mark.parametrize("text", KEPT)
def test_medicine_stays(text: str) -> None:
    assert RuleRedactor().redact(text).text == text


def test_the_kinds_are_told_once_in_their_order() -> None:
    redaction = RuleRedactor().redact("I'm Maria Lopez, maria@example.org, and my son is Juan Lopez, 555-123-4567")
    assert redaction.kinds == ("name", "email", "phone")


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (identifiers.luhn, "4111 1111 1111 1111", "4111 1111 1111 1112"),
        (identifiers.nhs_number, "943 476 5919", "943 476 5918"),
        (identifiers.spanish_number, "12345678Z", "12345678A"),
        (identifiers.spanish_number, "X1234567L", "X1234567T"),
        (identifiers.iban, "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
    ],
)
def test_check_digits(check, right, wrong) -> None:
    assert check(right)
    assert not check(wrong)


def test_what_overlaps_is_one_identifier_of_the_first_kind() -> None:
    spans = keep_first([Span(0, 5, "phone"), Span(8, 9, "name"), Span(3, 7, "email")])
    assert spans == [Span(0, 7, "phone"), Span(8, 9, "name")]
    assert replace("0123456 8!", spans).text == "[phone] [name]!"


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    # GIVEN any text WHEN it is redacted THEN nothing fails, stretches lie inside it in order, and the rest is as it was
    spans = find(text)
    ends = [0, *(place for span in spans for place in (span.start, span.end)), len(text)]
    assert ends == sorted(ends)
    assert all(span.start < span.end for span in spans)
    redacted = RuleRedactor().redact(text).text
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        assert text[start:end] in redacted


@pytest.mark.parametrize("text", ["a" * 2_000, "A " * 1_000, "1 " * 1_000, "1-" * 1_000, "Aa, 1 " * 333, "@." * 1_000])
def test_the_longest_texts_take_no_longer_than_others(text: str) -> None:
    # GIVEN what patterns that look back and forth would take minutes for THEN they are done before the test's end
    assert RuleRedactor().redact(text).text
