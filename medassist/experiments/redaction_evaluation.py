"""How much of what identifies a person is redacted, and how much of medicine is lost with it.

An identifier counts as redacted if every letter and digit of it is gone; a surname that is left of a name counts as
missed. Where Microsoft Presidio is installed with an English spaCy model, it is measured on the same messages.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from medassist.answering import redaction
from medassist.answering.identifiers import Span
from medassist.config import project_root
from medassist.experiments.measures import DEVELOPMENT, FINAL, MeasureOptions, share, show_share
from medassist.experiments.redaction_messages import Message, messages
from medassist.uncertainty import Estimate

MOST_EXAMPLES = 20  # of what is lost, to look at by eye
Finder = Callable[[str], Sequence[Span]]

# Presidio's kinds that are redacted. Dates are among them in one of two runs: it does not tell births from other dates.
_PRESIDIO = (
    *("PERSON", "LOCATION", "EMAIL_ADDRESS", "PHONE_NUMBER", "URL", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN"),
    *("UK_NHS", "US_PASSPORT", "US_DRIVER_LICENSE", "US_BANK_NUMBER", "US_ITIN", "MEDICAL_LICENSE", "ID"),
)
_PRESIDIO_SCORE = 0.3  # of its scale from 0 to 1; most of its patterns without context words give 0.3 to 0.5


def measure(options: MeasureOptions) -> dict[str, Any]:
    """Measure on both halves of the messages; with a corpus, on its questions and names of conditions too.

    Returns
    -------
    dict
        ``halves``: by half and system, the shares of :func:`measure_messages`; ``corpus``: how many of its questions
        and names lose something, and which.
    """
    finders: dict[str, Finder] = {"rules": redaction.find} | _presidio()
    found: dict[str, Any] = {"halves": {}}
    for half in (DEVELOPMENT, FINAL):
        filled, plain = messages(half, project_root())
        if options.limit:
            filled, plain = filled[: options.limit], plain[: options.limit]
        found["halves"][half] = {name: measure_messages(filled, plain, finder) for name, finder in finders.items()}
    if options.corpus is not None:
        found["corpus"] = _measure_corpus(options)
    return found


def measure_messages(filled: Sequence[Message], plain: Sequence[Message], find: Finder) -> dict[str, Any]:
    """Measure one system.

    Returns
    -------
    dict
        ``redacted`` by kind and ``all``: identifiers of which nothing is left; ``clean``: messages of which none is;
        ``untouched``: messages without identifiers in which nothing was redacted; ``lost``: what else was redacted;
        ``milliseconds`` a message.
    """
    hits: dict[str, list[bool]] = {}
    clean, lost = [], []
    started = time.perf_counter()
    for message in filled:
        covered = _covered(find(message.text))
        gone = [_is_gone(message.text, covered, each.start, each.end) for each in message.identifiers]
        for each, is_gone in zip(message.identifiers, gone, strict=True):
            hits.setdefault(each.kind, []).append(is_gone)
            covered -= set(range(each.start, each.end))
        clean.append(all(gone))
        if beyond := _written(message.text, covered):
            lost.append(beyond)
    kept = [_written(message.text, _covered(find(message.text))) for message in plain]
    seconds = time.perf_counter() - started
    return {
        "redacted": {kind: share(hits[kind]) for kind in sorted(hits)},
        "all": share([hit for kind in hits.values() for hit in kind]),
        "clean": share(clean),
        "untouched": share([not words for words in kept]),
        "lost": [words for words in [*lost, *kept] if words][:MOST_EXAMPLES],
        "milliseconds": round(1000 * seconds / max(1, len(filled) + len(plain)), 2),
    }


def to_text(found: dict[str, Any]) -> str:
    """Write the figures as tables, one a half and system."""
    lines = []
    for half, systems in found["halves"].items():
        for name, figures in systems.items():
            lines += [f"{half} half, {name} ({figures['milliseconds']} ms a message)"]
            lines += [f"  {kind:18} {show_share(hits)}" for kind, hits in figures["redacted"].items()]
            lines += [f"  {'all identifiers':18} {show_share(figures['all'])}"]
            lines += [f"  {'clean messages':18} {show_share(figures['clean'])}"]
            lines += [f"  {'untouched others':18} {show_share(figures['untouched'])}"]
            lines += [f"  redacted too: {'; '.join(figures['lost'])}"] if figures["lost"] else []
    for name, figures in found.get("corpus", {}).items():
        lines += [f"corpus, {name}: {show_share(figures['untouched'])} untouched"]
        lines += [f"  {example}" for example in figures["lost"]]
    return "\n".join(lines)


def estimates(found: dict[str, Any], half: str) -> dict[str, dict[str, Estimate]]:
    """Return a half's shares as a figure takes them: by system, by kind of identifier and over all."""
    return {
        name: {
            kind: Estimate(hits["share"], hits["low"], hits["high"], hits["n"])
            for kind, hits in {
                **figures["redacted"],
                "all": figures["all"],
                "untouched others": figures["untouched"],
            }.items()
            if hits["n"]
        }
        for name, figures in found["halves"][half].items()
    }


def _measure_corpus(options: MeasureOptions) -> dict[str, Any]:
    """Redact what has no identifiers: a corpus's questions, the names of its conditions and their synonyms."""
    from medassist.datasets import load_corpus

    assert options.corpus is not None
    corpus = load_corpus(options.corpus)
    topics = {document.topic for document in corpus.documents if document.topic}
    names = topics.union(*corpus.synonyms.values())
    texts = {"questions": {question.text for question in corpus.questions}, "names of conditions": names}
    found = {}
    for name, each in texts.items():
        redacted = [(text, redaction.RuleRedactor().redact(text)) for text in sorted(each)[: options.limit or None]]
        lost = [f"{text} -> {result.text}" for text, result in redacted if result.kinds]
        found[name] = {
            "untouched": share([not result.kinds for _, result in redacted]),
            "lost": lost[:MOST_EXAMPLES],
        }
    return found


def _covered(spans: Sequence[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}


def _is_gone(text: str, covered: set[int], start: int, end: int) -> bool:
    return all(place in covered for place in range(start, end) if text[place].isalnum())


def _written(text: str, places: set[int]) -> str:
    """Return the letters and digits at some places, gaps as spaces."""
    signs = [text[place] if place in places and text[place].isalnum() else " " for place in range(len(text))]
    return " ".join("".join(signs).split())


def _presidio() -> dict[str, Finder]:
    """Return Presidio, without and with dates; nothing if it or an English model is not installed."""
    try:
        import spacy  # type: ignore[import-not-found,unused-ignore]
        from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found,unused-ignore]
        from presidio_analyzer.nlp_engine import NlpEngineProvider  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return {}
    model = next((name for name in spacy.util.get_installed_models() if name.startswith("en_")), "")
    if not model:
        return {}
    models = [{"lang_code": "en", "model_name": model}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def finder(*kinds: str) -> Finder:
        def find(text: str) -> list[Span]:
            results = analyzer.analyze(text, language="en", entities=[*kinds], score_threshold=_PRESIDIO_SCORE)
            return [Span(result.start, result.end, result.entity_type) for result in results]

        return find

    return {"presidio": finder(*_PRESIDIO), "presidio with dates": finder(*_PRESIDIO, "DATE_TIME")}
