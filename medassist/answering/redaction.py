"""Identifiers that people paste into a question, taken out before anything else sees them.

``Hello, I'm Maria Lopez, born 3 May 1961`` becomes ``Hello, I'm [name], born [date of birth]``. Ages, doses, results
and the dates of everything but a birth stay, as they carry what is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from medassist.answering.identifiers import NAME, RECOGNISERS, Span, find_dates_of_birth
from medassist.answering.person_names import find_names
from medassist.answering.postal_addresses import find_addresses

# Signs that are written for others; each is one sign, so that places stay the same.
_SIMPLER = str.maketrans({"\u2019": "'", "\u2018": "'", "\u2013": "-", "\u2014": "-", "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without its identifiers, and their kinds in the order of their first appearance."""

    text: str
    kinds: tuple[str, ...] = ()


class Redactor(Protocol):
    """What the assistant needs: :class:`RuleRedactor`, or another that finds more."""

    def redact(self, text: str) -> Redaction: ...

    def redact_all(self, texts: Sequence[str]) -> list[Redaction]: ...


class RuleRedactor:
    """Redacts by rules alone: in this process, in a millisecond, without asking anybody."""

    def redact(self, text: str) -> Redaction:
        """Replace each identifier by its kind in brackets, such as ``[phone]``."""
        return replace(text, find(text))

    def redact_all(self, texts: Sequence[str]) -> list[Redaction]:
        """Redact texts that belong together, such as a question and its options."""
        return [self.redact(text) for text in texts]


def find(text: str) -> list[Span]:
    """Return the identifiers that the rules find, in order, none within another."""
    text = text.translate(_SIMPLER)
    spans = keep_first(span for recogniser in RECOGNISERS for span in recogniser.find(text))
    spans = keep_first([*find_addresses(text), *spans])
    spans = keep_first([*spans, *find_names(text, spans)])
    return keep_first([*spans, *find_dates_of_birth(text, [span for span in spans if span.kind == NAME])])


def keep_first(spans: Iterable[Span]) -> list[Span]:
    """Return spans without overlaps, in order: one that overlaps an earlier one only lengthens it."""
    kept: list[Span] = []
    for span in spans:
        met = [other for other in kept if span.start < other.end and other.start < span.end]
        if met:
            start, end = min(span.start, *(other.start for other in met)), max(span.end, *(other.end for other in met))
            kept = [other for other in kept if other not in met]
            span = Span(start, end, met[0].kind)
        kept.append(span)
    return sorted(kept)


def replace(text: str, spans: Iterable[Span]) -> Redaction:
    """Put each span's kind in its place."""
    parts, end, kinds = [], 0, []
    for span in sorted(spans):
        parts += [text[end : span.start], f"[{span.kind}]"]
        end = span.end
        kinds.append(span.kind)
    return Redaction("".join([*parts, text[end:]]), tuple(dict.fromkeys(kinds)))
