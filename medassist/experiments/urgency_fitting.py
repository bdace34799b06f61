"""Fitting the points of :mod:`medassist.answering.urgency_points` to the questions that were written for it.

``medassist fit-urgency`` reads the sets in ``data/checks`` that have been looked at, and
general questions as further examples of none, fits two logistic regressions (emergency or none; which kind), prints how
they do on questions left out by cross-validation, and writes ``medassist/answering/urgency_weights.py``. Neither the
final half of ``urgent.jsonl`` nor ``urgent_unusual.jsonl`` nor ``urgent_other.jsonl`` is read.
"""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medassist import config
from medassist.answering.message import read_message
from medassist.answering.signs import CATEGORIES
from medassist.answering.urgency import find_by_rule
from medassist.answering.urgency_points import features_of
from medassist.experiments.measures import DEVELOPMENT
from medassist.records import read_records
from medassist.storage import write_text

CHECKS = "checks/urgent.jsonl"
SEEN = (
    "checks/urgent_rounds.jsonl",
    "checks/urgent_again.jsonl",
    "checks/urgent_third.jsonl",
    "checks/urgent_fresh.jsonl",
)
GENERAL = (
    "off_topic.jsonl", "sample/questions.jsonl", "sample/choices.jsonl", "sample/documents.jsonl",
    "checks/unanswerable.jsonl", "checks/advice.jsonl",
)  # fmt: skip
STRENGTH = 0.5  # inverse of the ridge penalty; from 0.5 to 2 it hardly matters
FEWEST = 2  # questions that a feature must stand in
LEAST = 0.05  # weights below are left out
FOLDS = 5
FALSE_ALARMS = 0.04  # at most, of the questions left out, by points alone; the rules have their own besides
SEED = 13
_NAMES = tuple(category.name for category in CATEGORIES)
_WIDTH = 118


@dataclass(frozen=True, slots=True)
class Example:
    """A question's features, whether it tells of an emergency, its kind if known, and if it was written for this."""

    features: dict[str, float]
    urgent: bool
    kind: str
    written: bool


def read_examples(data: Path) -> list[Example]:
    """Read what may be learnt from; general questions that a rule takes for an emergency are left out as unclear."""
    rows = [row for _, row in read_records(data / CHECKS) if row["half"] == DEVELOPMENT]
    rows += [row for name in SEEN for _, row in read_records(data / name)]
    examples = [_example(row["text"], urgent=row["urgent"], kind=row["kind"], written=True) for row in rows]
    for name in GENERAL:
        texts = [str(row.get("text") or row["question"]) for _, row in read_records(data / name)]
        examples += [_example(text, urgent=False, kind="", written=False) for text in texts if not find_by_rule(text)]
    return examples


def _example(text: str, *, urgent: bool, kind: str, written: bool) -> Example:
    if urgent and kind not in _NAMES:  # the earliest rounds have no kinds of their own
        found = find_by_rule(text)
        kind = found[0] if found else ""
    return Example(features_of(read_message(text)), urgent, kind, written)


def fit(examples: Sequence[Example], labels: Sequence[Any]) -> tuple[list[str], Any]:
    """Fit a logistic regression; return the names of the features and the model."""
    from sklearn.linear_model import LogisticRegression

    counts = Counter(name for example in examples for name in example.features)
    names = sorted(name for name, count in counts.items() if count >= FEWEST)
    model = LogisticRegression(C=STRENGTH, max_iter=3_000).fit(_table(examples, names), list(labels))
    return names, model


def cross_validate(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Return each example's points by a model that has not seen it."""
    folds = np.random.default_rng(SEED).permutation(len(examples)) % FOLDS
    points = np.zeros(len(examples))
    for fold in range(FOLDS):
        kept = [example for example, n in zip(examples, folds, strict=True) if n != fold]
        names, model = fit(kept, [example.urgent for example in kept])
        left = [example for example, n in zip(examples, folds, strict=True) if n == fold]
        points[folds == fold] = model.decision_function(_table(left, names))
    return points


def choose_threshold(examples: Sequence[Example], points: NDArray[np.float64]) -> tuple[float, float]:
    """Return the lowest threshold that keeps to ``FALSE_ALARMS`` on what was written for this, and the recall there."""
    urgent = np.array([example.urgent for example in examples])
    none = points[~urgent & np.array([example.written for example in examples])]
    threshold = float(np.quantile(none, 1 - FALSE_ALARMS))
    return threshold, float((points[urgent] >= threshold).mean())


def to_module(threshold: float, alarm: tuple[list[str], Any], kinds: tuple[list[str], Any]) -> str:
    """Return the text of ``urgency_weights.py``."""
    names, model = alarm
    lines = [
        '"""Points of words and concepts, written by `medassist fit-urgency`."""',
        "",
        f"INTERCEPT = {float(model.intercept_[0]):.2f}",
        f"THRESHOLD = {threshold:.2f}",
        "# For an emergency, and against.",
        *_listed("ALARM = ", dict(zip(names, map(float, model.coef_[0]), strict=True))),
        "# Which kind of emergency, where it is one.",
        "CATEGORIES = {",
    ]
    for kind, weights in zip(kinds[1].classes_, kinds[1].coef_, strict=True):
        lines += _listed(f'    "{kind}": ', dict(zip(kinds[0], map(float, weights), strict=True)), least=0.25, end=",")
    return "\n".join([*lines, "}", ""])


def fit_points(module: Path) -> str:
    """Fit to what has been looked at, write the weights as a module, and say how they do on questions left out."""
    examples = read_examples(config.project_root() / "data")
    threshold, recall = choose_threshold(examples, cross_validate(examples))
    alarm = fit(examples, [example.urgent for example in examples])
    kinds = [example for example in examples if example.urgent and example.kind]
    write_text(module, to_module(threshold, alarm, fit(kinds, [example.kind for example in kinds])))
    counted = f"{len(examples):,} questions, {len(alarm[0]):,} features; wrote {module.name}."
    return f"{counted} On questions left out, by points alone: recall {recall:.3f} at {FALSE_ALARMS} false alarms."


def _table(examples: Sequence[Example], names: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    places = {name: n for n, name in enumerate(names)}
    cells = [
        (row, places[name], value)
        for row, example in enumerate(examples)
        for name, value in example.features.items()
        if name in places
    ]
    rows, columns, values = zip(*cells, strict=True)
    return csr_matrix((values, (rows, columns)), shape=(len(examples), len(names)))


def _listed(start: str, weights: Mapping[str, float], least: float = LEAST, end: str = "") -> list[str]:
    """Write weights as a list to read, the heaviest first."""
    kept = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    pairs = ", ".join(f"{name}\u00a0{value:.2f}" for name, value in kept if abs(value) >= least)
    wrapped = textwrap.wrap(pairs, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f'{start}"""', *[line.replace("\u00a0", " ") for line in wrapped], f'"""{end}']
