"""Fitting the weights of a statement's support on development pairs.

``medassist fit-grounding CORPUS=INDEX …`` makes the pairs of each corpus
(:mod:`~medassist.experiments.statement_pairs`), fits, and writes ``medassist/answering/support_weights.py``. The pairs
of the final half are made too, but not looked at.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from medassist import datasets
from medassist.answering.likeness import Likeness
from medassist.answering.support import Evidence, SentenceEncoder
from medassist.experiments.measures import DEVELOPMENT
from medassist.experiments.statement_pairs import Pair, make_pairs
from medassist.retrieval import Index
from medassist.storage import write_text

ROUNDS = 3  # of choosing each pair's best comparison by the weights so far, and fitting them anew
STRENGTH = 0.3  # inverse of the ridge penalty, chosen by cross-validation over topics of the development half
Rows = list[list[dict[str, float]]]  # terms of each comparison of each pair


def terms_of(pairs: Sequence[Pair], encoder: SentenceEncoder) -> Rows:
    """Return the terms of each pair's comparisons; none where the statement is a quotation or is contradicted."""
    rows: Rows = []
    for pair in pairs:
        evidence = Evidence(pair.hits, encoder)
        quoted = any(source.quotes(pair.statement) for source in evidence.sources)
        found: list[Likeness] = [] if quoted else evidence.likenesses(evidence.compare(pair.statement))
        rows.append([likeness.terms() for likeness in found])
    return rows


def fit_weights(rows: Rows, labels: Sequence[bool]) -> tuple[float, dict[str, float]]:
    """Fit a logistic regression to the best comparison of each pair; return the intercept and the weights by term.

    Parameters
    ----------
    rows : list of list of dict
        As :func:`terms_of` returns them.
    labels : sequence of bool
        Whether each pair is supported.
    """
    from sklearn.linear_model import LogisticRegression

    kept = [(comparisons, label) for comparisons, label in zip(rows, labels, strict=True) if comparisons]
    names = list(kept[0][0][0])
    tables = [np.array([[terms[name] for name in names] for terms in comparisons]) for comparisons, _ in kept]
    target = np.array([label for _, label in kept])
    everything = np.concatenate(tables)
    centre, scale = everything.mean(axis=0), everything.std(axis=0) + 1e-9
    weights = np.array([-1.0 if name in ("missing", "any_foreign", "unlikeness") else 0.0 for name in names])
    intercept = 0.0
    for _ in range(ROUNDS):
        best = np.stack([_best(table, weights) for table in tables])  # (pairs, terms)
        model = LogisticRegression(C=STRENGTH, max_iter=3_000).fit((best - centre) / scale, target)
        weights = model.coef_[0] / scale
        intercept = float(model.intercept_[0] - weights @ centre)
    return intercept, dict(zip(names, map(float, weights), strict=True))


def to_module(intercept: float, weights: dict[str, float]) -> str:
    """Return the text of ``support_weights.py``."""
    lines = [f'    "{name}": {value:.4f},' for name, value in weights.items()]
    return "\n".join(
        [
            '"""Weights of a statement\'s support, written by `medassist fit-grounding`."""',
            "",
            "from collections.abc import Mapping",
            "",
            f"INTERCEPT = {intercept:.4f}",
            "WEIGHTS: Mapping[str, float] = {",
            *lines,
            "}",
            "",
        ]
    )


def fit(indexes: Mapping[str, str], module: Path) -> str:
    """Fit on the development pairs of the corpora named, write the weights, and say of how many pairs.

    Parameters
    ----------
    indexes : mapping of str to str
        Each corpus and the folder of its index bundle.
    module : Path
        The file to write, of Python.
    """
    pairs: list[Pair] = []
    rows: Rows = []
    for corpus, folder in tqdm(indexes.items(), unit="corpus", desc="statements against passages"):
        index = Index.load(folder)
        made = make_pairs(datasets.load_corpus(corpus, skip_invalid=True), index)
        mine = [pair for pair in made if pair.half == DEVELOPMENT]
        pairs += mine
        rows += terms_of(mine, index.encoder)
    intercept, weights = fit_weights(rows, [pair.supported for pair in pairs])
    write_text(module, to_module(intercept, weights))
    return f"{len(pairs):,} pairs of the development half, {sum(map(bool, rows)):,} weighed; wrote {module.name}"


def _best(table: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    best: NDArray[np.float64] = table[int(np.argmax(table @ weights))]
    return best
