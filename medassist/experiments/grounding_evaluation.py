"""Grounding measured: corrupted statements rejected, true ones kept, and what answers of the REST API are worth.

The pairs are those of :mod:`~medassist.experiments.statement_pairs`; weights and threshold were chosen on one half.
A pair's support is the product's own, over all passages that it is held against.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medassist import datasets, evaluation, uncertainty
from medassist.answering.support import Evidence, SentenceEncoder
from medassist.config import Settings
from medassist.errors import ConfigurationError
from medassist.experiments.measures import DEVELOPMENT, FINAL, MeasureOptions, share, show_share
from medassist.experiments.statement_pairs import REFERENCE, TOPICS, Pair, make_pairs
from medassist.schemas import Question

KEPT = 0.90  # share of true statements that must be kept
BINS = 10  # of the reliability curve


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair and the support that its statement was given, in [0, 1]."""

    pair: Pair
    support: float


def measure(options: MeasureOptions) -> dict[str, Any]:
    """Make the pairs of a corpus and measure the support of their statements.

    Returns
    -------
    dict
        ``threshold``: the product's; ``halves``: by half, true statements kept and corrupted rejected, by kind too,
        precision and recall, the share rejected where just 90 % of the true ones made by rule are kept, the curve and
        the reliability; ``milliseconds`` a statement, its five passages made ready included.

    Raises
    ------
    ConfigurationError
        If corpus or index is not given.
    """
    from medassist.retrieval import Index

    if options.corpus is None or options.index is None:
        raise ConfigurationError("Grounding is measured over an index; give --corpus and --index.")
    corpus, index = datasets.load_corpus(options.corpus, skip_invalid=True), Index.load(options.index)
    pairs = make_pairs(corpus, index, topics=options.limit or TOPICS)
    started = time.perf_counter()
    judged = judge(pairs, index.encoder)
    milliseconds = 1000 * (time.perf_counter() - started) / max(1, len(pairs))
    return {
        "corpus": corpus.name,
        "index": index.version,
        "threshold": Settings().min_support,
        "halves": {half: measure_half(judged, half) for half in (DEVELOPMENT, FINAL)},
        "milliseconds": round(milliseconds, 1),
    }


def judge(pairs: Sequence[Pair], encoder: SentenceEncoder) -> list[Judged]:
    """Give each pair's statement its support, as the product does."""
    return [Judged(pair, Evidence(pair.hits, encoder).support([pair.statement])[0].value) for pair in pairs]


def measure_half(judged: Sequence[Judged], half: str, threshold: float | None = None) -> dict[str, Any]:
    """Measure the pairs of one half; ``threshold`` is the product's if not given.

    References that people wrote say things in words of their own: they are counted apart, and what is kept of them does
    not move the threshold at which 90 % of the true statements are kept.
    """
    threshold = Settings().min_support if threshold is None else threshold
    own = [one for one in judged if one.pair.half == half]
    true = [one for one in own if one.pair.supported and one.pair.kind != REFERENCE]
    corrupted = [one for one in own if not one.pair.supported]
    values, wrong = (np.array([one.support for one in side]) for side in (true, corrupted))
    kept, accepted = int((values >= threshold).sum()), int((wrong >= threshold).sum())
    return {
        "kept": share([one.support >= threshold for one in true]),
        "rejected": share([one.support < threshold for one in corrupted]),
        "precision": share([True] * kept + [False] * accepted),
        "rejected_at_90": _at_kept(values, wrong),
        "kept_by_kind": _by_kind([one for one in own if one.pair.supported], threshold),
        "accepted_by_kind": _by_kind(corrupted, threshold),
        "curve": _curve(values, wrong),
        "reliability": _reliability([*true, *corrupted]),
    }


def tabulate_kinds(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each kind of pair: the share that is accepted as supported, by half."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for half, one in found["halves"].items():
        for label, group in (("true", "kept_by_kind"), ("corrupted", "accepted_by_kind")):
            for kind, value in one[group].items():
                rows.setdefault((label, kind), {"statements": label, "kind": kind})[half] = show_share(value)
    return list(rows.values())


def measure_answers(questions: Sequence[Question], answers: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return what answers of the REST API are worth, each measure's values by its name.

    Parameters
    ----------
    questions : sequence of Question
        With reference answers.
    answers : sequence of mapping
        The API's, one for each question.
    """
    threshold = Settings().min_support
    shown = [(question, answer) for question, answer in zip(questions, answers, strict=True) if answer["statements"]]
    statements = [statement for _, answer in shown for statement in answer["statements"]]
    return {
        "abstained": [float(answer["abstained"]) for answer in answers],
        "statements that cite a passage": [
            float(
                bool(statement["citations"])
                and all(1 <= number <= len(answer["passages"]) for number in statement["citations"])
            )
            for _, answer in shown
            for statement in answer["statements"]
        ],
        "support of a statement": [float(statement["support"]) for statement in statements],
        "answers supported as a whole": [
            float(all(statement["support"] >= threshold for statement in answer["statements"])) for _, answer in shown
        ],
        "quoted": [float(answer["extractive"]) for _, answer in shown],
        "ROUGE-L": [evaluation.rouge_l(answer["answer"], question.answer) for question, answer in shown],
        "token F1": [evaluation.token_f1(answer["answer"], question.answer) for question, answer in shown],
    }


def to_text(found: Mapping[str, Any]) -> str:
    """Return the figures as text."""
    lines = [
        f"Grounding over {found['corpus']}: threshold {found['threshold']}, {found['milliseconds']} ms a statement",
    ]
    for half, one in found["halves"].items():
        lines += ["", f"{half} half"]
        lines += [f"  {name:30} {show_share(one[name])}" for name in ("kept", "rejected", "precision")]
        if one["rejected_at_90"] is not None:
            lines.append(f"  rejected where {KEPT:.0%} are kept    {one['rejected_at_90']:.3f}")
    lines += ["", "accepted by kind"]
    lines += [
        f"  {row['statements']:10} {row['kind']:28} {row.get(DEVELOPMENT, 'none'):38} {row.get(FINAL, 'none')}"
        for row in tabulate_kinds(found)
    ]
    return "\n".join(lines)


def summarise_answers(values: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float | int]]:
    """Return mean, 95 % interval and number of each measure of answers; those without values are left out."""
    means = {name: uncertainty.estimate(found) for name, found in values.items() if found}
    return {
        name: {"mean": round(one.mean, 4), "low": round(one.low, 4), "high": round(one.high, 4), "n": one.n}
        for name, one in means.items()
    }


def _by_kind(judged: Sequence[Judged], threshold: float) -> dict[str, Any]:
    kinds: dict[str, list[bool]] = {}
    for one in judged:
        kinds.setdefault(one.pair.kind, []).append(one.support >= threshold)
    return {kind: share(kinds[kind]) for kind in sorted(kinds)}


def _at_kept(true: np.ndarray[Any, Any], corrupted: np.ndarray[Any, Any]) -> float | None:
    """The share of corrupted statements rejected at the highest threshold that keeps 90 % of the true ones."""
    if not len(true) or not len(corrupted):
        return None
    threshold = np.quantile(true, 1 - KEPT, method="lower")
    return round(float((corrupted < threshold).mean()), 4)


def _curve(true: np.ndarray[Any, Any], corrupted: np.ndarray[Any, Any]) -> list[dict[str, float]]:
    """Precision and recall of "supported", and the share of corrupted ones rejected, by threshold."""
    rows = []
    for threshold in np.linspace(0.05, 1.0, 20):
        kept, accepted = int((true >= threshold).sum()), int((corrupted >= threshold).sum())
        if kept and len(corrupted):
            rows.append(
                {
                    "threshold": round(float(threshold), 2),
                    "precision": round(kept / (kept + accepted), 4),
                    "recall": round(kept / len(true), 4),
                    "rejected": round(1 - accepted / len(corrupted), 4),
                }
            )
    return rows


def _reliability(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Mean support and share of true statements, by tenth of the support."""
    bins: dict[int, list[Judged]] = {}
    for one in judged:
        bins.setdefault(min(int(one.support * BINS), BINS - 1), []).append(one)
    return [
        {
            "confidence": round(float(np.mean([one.support for one in found])), 4),
            "accuracy": round(float(np.mean([one.pair.supported for one in found])), 4),
            "n": len(found),
        }
        for _, found in sorted(bins.items())
    ]
