"""Abstention measured: how many unanswerable questions are answered, how many answerable ones are refused.

Measured is the decision before anything is written, :func:`medassist.answering.abstention.is_answerable`, over a real
index. Later steps can only abstain more often: what finds no support is not shown.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from medassist import datasets
from medassist.answering.abstention import answerability
from medassist.config import Settings
from medassist.errors import ConfigurationError
from medassist.experiments.abstention_sets import Asked, answerable_questions, gather_all, unanswerable_questions
from medassist.experiments.measures import DEVELOPMENT, FINAL, MeasureOptions, share, show_share

SIDES = ("answerable", "unanswerable")
KEPT = 0.90  # share of answerable questions that must be answered
Judged = tuple[Asked, float]


def measure(options: MeasureOptions) -> dict[str, Any]:
    """Ask an index answerable and unanswerable questions.

    Returns
    -------
    dict
        ``threshold``: what answerability must reach; ``halves``: by half the confusion matrix, the shares that are
        answered by set and kind, the share of unanswerable ones answered where just 90 % of the answerable ones are,
        the curve and the reliability; ``answered``: ids of the unanswerable questions that are answered;
        ``milliseconds`` a question, search included.

    Raises
    ------
    ConfigurationError
        If corpus or index is not given.
    """
    from medassist.retrieval import Index

    if options.corpus is None or options.index is None:
        raise ConfigurationError("Abstention is measured over an index; give --corpus and --index.")
    corpus, index = datasets.load_corpus(options.corpus, skip_invalid=True), Index.load(options.index)
    asked = [*answerable_questions(corpus, options.liveqa, options.limit), *unanswerable_questions()]
    return measure_over(index, asked) | {"corpus": corpus.name, "index": index.version}


def measure_over(index: Any, asked: Sequence[Asked]) -> dict[str, Any]:
    """Measure questions over a loaded index; what is returned is :func:`measure`'s."""
    started, threshold = time.perf_counter(), Settings().min_answerability
    judged = [(question, answerability(evidence)) for question, evidence in gather_all(index, asked)]
    return {
        "threshold": threshold,
        "halves": {half: _measure_half(judged, half, threshold) for half in (DEVELOPMENT, FINAL)},
        "answered": [one.query_id for one, value in judged if not one.answerable and value >= threshold],
        "milliseconds": round(1000 * (time.perf_counter() - started) / max(1, len(asked)), 1),
    }


def confusion_pairs(found: Mapping[str, Any], half: str) -> list[tuple[str, str]]:
    """Return (what was right, what was done) of each question of a half, for :func:`medassist.figures.confusion`."""
    right = {"answerable": "answered", "unanswerable": "refused"}
    return [
        (right[name], done)
        for name, counts in found["halves"][half]["confusion"].items()
        for done, count in counts.items()
        for _ in range(count)
    ]


def by_kind(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each set and kind: how many of it are answered, by half."""
    groups = {(side, group): None for half in found["halves"].values() for side in SIDES for group in half[side]}
    return [
        {"questions": side, "of": group}
        | {half: show_share(one[side].get(group, share([]))) for half, one in found["halves"].items()}
        for side, group in groups
    ]


def shares_answered(found: Mapping[str, Any]) -> dict[str, float]:
    """Return the shares of answerable and unanswerable questions of the final half that are answered."""
    return {f"{side} answered": float(found["halves"][FINAL][side]["all"]["share"] or 0.0) for side in SIDES}


def to_text(found: Mapping[str, Any]) -> str:
    """Return the figures as text."""
    lines = [
        f"Abstention over {found['corpus']}: threshold {found['threshold']}, {found['milliseconds']} ms a question"
    ]
    for half, one in found["halves"].items():
        lines += ["", f"{half} half", f"{'':28} {'answered':>9} {'refused':>9}"]
        lines += [f"{name:28} {of['answered']:9} {of['refused']:9}" for name, of in one["confusion"].items()]
        for name in SIDES:
            lines += ["", f"{name}, share answered"]
            lines += [f"  {group:26} {show_share(value)}" for group, value in one[name].items()]
        if one["unanswerable_at_90"] is not None:
            answered = f"{one['unanswerable_at_90']:.3f}"
            lines.append(f"\nwhere {KEPT:.0%} of the answerable are answered: {answered} of the unanswerable")
    return "\n".join(lines)


def _measure_half(judged: Sequence[Judged], half: str, threshold: float) -> dict[str, Any]:
    of_half = [(asked, value) for asked, value in judged if asked.half == half]
    sides = {
        name: [(asked, value) for asked, value in of_half if asked.answerable is right]
        for name, right in zip(SIDES, (True, False), strict=True)
    }
    values = {name: np.array([value for _, value in side]) for name, side in sides.items()}
    return {
        "confusion": {
            name: {"answered": int((of >= threshold).sum()), "refused": int((of < threshold).sum())}
            for name, of in values.items()
        },
        **{name: _by_group(side, threshold) for name, side in sides.items()},
        "unanswerable_at_90": _at_kept(values["answerable"], values["unanswerable"]),
        "curve": _curve(values["answerable"], values["unanswerable"]),
        "reliability": _reliability(of_half),
    }


def _by_group(side: Sequence[Judged], threshold: float) -> dict[str, Any]:
    groups = {"all": [value >= threshold for _, value in side]}
    for asked, value in side:
        groups.setdefault(asked.group, []).append(value >= threshold)
    return {group: share(answered) for group, answered in groups.items()}


def _at_kept(answerable: np.ndarray[Any, Any], unanswerable: np.ndarray[Any, Any]) -> float | None:
    """The share of unanswerable questions answered at the highest threshold that keeps 90 % of the answerable ones."""
    if not len(answerable) or not len(unanswerable):
        return None
    threshold = np.sort(answerable)[len(answerable) - math.ceil(KEPT * len(answerable))]
    return round(float((unanswerable >= threshold).mean()), 4)


def _curve(answerable: np.ndarray[Any, Any], unanswerable: np.ndarray[Any, Any]) -> list[dict[str, float]]:
    if not len(answerable) or not len(unanswerable):
        return []
    return [
        {
            "threshold": round(float(threshold), 3),
            "answerable": round(float((answerable >= threshold).mean()), 4),
            "unanswerable": round(float((unanswerable >= threshold).mean()), 4),
        }
        for threshold in np.linspace(0, 1, 101)
    ]


def _reliability(judged: Sequence[Judged], bins: int = 5) -> list[dict[str, float]]:
    """Answerability against the share that is answerable, each side weighing one half as a whole, bin by bin."""
    right = np.array([asked.answerable for asked, _ in judged], bool)
    values = np.array([value for _, value in judged])
    weight = np.where(right, 0.5 / max(1, right.sum()), 0.5 / max(1, (~right).sum()))
    places = np.minimum((values * bins).astype(int), bins - 1)
    return [
        {
            "confidence": round(float(np.average(values[inside], weights=weight[inside])), 4),
            "accuracy": round(float(np.average(right[inside], weights=weight[inside])), 4),
            "n": int(inside.sum()),
        }
        for place in range(bins)
        if (inside := places == place).any()
    ]
