"""Identifiers by Amazon Comprehend Medical: what the rules have left, a model of AWS's looks through once more.

The rules come first, so that the service gets a text without what they know. Of what it finds, ages, dates and
professions stay, as do eponyms that it takes for persons. Its types are listed at
https://docs.aws.amazon.com/comprehend-medical/latest/dev/textanalysis-phi.html. If it cannot be asked, or not in time,
the rules' result stands.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medassist import aws
from medassist.answering.identifiers import (
    ADDRESS,
    EMAIL,
    LINK,
    NAME,
    PHONE,
    RECORD_NUMBER,
    Span,
    is_personal,
)
from medassist.answering.person_names import is_medicine
from medassist.answering.redaction import Redaction, RuleRedactor, keep_first, replace
from medassist.resilience import CircuitBreaker

logger = logging.getLogger(__name__)

KINDS = {
    "NAME": NAME,
    "ADDRESS": ADDRESS,
    "EMAIL": EMAIL,
    "PHONE_OR_FAX": PHONE,
    "ID": RECORD_NUMBER,
    "URL": LINK,
}
MIN_SCORE = 0.5  # of the service's confidence from 0 to 1; a word too many is a smaller harm than a name too few
MAX_BYTES = 20_000  # of a text, by the service's quotas
_BETWEEN = "\n\n"  # texts that are sent together


class UnavailableError(Exception):
    """The service could not be asked."""


class ComprehendMedicalRedactor:
    """Redacts by rules and then by DetectPHI. Building one makes a client and calls nothing.

    Parameters
    ----------
    timeout_s : float
        Time limit of the one call that is made, in seconds: an answer waits for it.
    """

    def __init__(self, timeout_s: float = 1.5) -> None:
        self._client = aws.client("comprehendmedical", timeout_s=timeout_s, attempts=1)
        self._breaker = CircuitBreaker(
            UnavailableError, lambda: UnavailableError("left alone for some seconds"), failures=3, pause_s=5.0
        )
        self._rules = RuleRedactor()

    def redact(self, text: str) -> Redaction:
        """Replace each identifier by its kind in brackets, such as ``[phone]``."""
        return self.redact_all([text])[0]

    def redact_all(self, texts: Sequence[str]) -> list[Redaction]:
        """Redact texts that belong together, such as a question and its options, with one call for all."""
        found = self._rules.redact_all(texts)
        joined = _BETWEEN.join(redaction.text for redaction in found)
        try:
            spans = list(_spans(joined, self._entities(joined)))
        except UnavailableError as error:
            logger.warning("redacted by rules alone: %s", error)
            return found
        start, redacted = 0, []
        for redaction in found:
            end = start + len(redaction.text)
            inside = [Span(max(start, span.start) - start, min(end, span.end) - start, span.kind) for span in spans]
            more = replace(redaction.text, keep_first(span for span in inside if span.start < span.end))
            redacted.append(Redaction(more.text, tuple(dict.fromkeys([*redaction.kinds, *more.kinds]))))
            start = end + len(_BETWEEN)
        return redacted

    def _entities(self, text: str) -> list[Mapping[str, Any]]:
        from botocore.exceptions import BotoCoreError, ClientError

        if not text.strip() or len(text.encode()) > MAX_BYTES:
            raise UnavailableError(f"more than {MAX_BYTES:,} bytes, or none")
        with self._breaker.guard():
            try:
                entities: list[Mapping[str, Any]] = self._client.detect_phi(Text=text)["Entities"]
            except (BotoCoreError, ClientError) as error:
                raise UnavailableError(aws.reason(error)) from None  # its message could hold the text
            return entities


def _spans(text: str, entities: Sequence[Mapping[str, Any]]) -> Iterator[Span]:
    """Yield what is to be redacted of what the service found; its places count characters, as Python's do."""
    for entity in entities:
        kind = KINDS.get(str(entity.get("Type")))
        start, end = int(entity.get("BeginOffset", 0)), int(entity.get("EndOffset", 0))
        written = text[start:end]
        if kind is None or float(entity.get("Score", 0)) < MIN_SCORE or not written.strip():
            continue
        if "[" in text[max(0, start - 1) : start] or "[" in written or "]" in written:  # what the rules put there
            continue
        if (kind == NAME and is_medicine(text, start, end)) or (kind == LINK and not is_personal(written)):
            continue
        yield Span(start, end, kind)
