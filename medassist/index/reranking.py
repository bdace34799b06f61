"""A second look at the first hits: learning to rank, by a small forest of trees over what is known of each.

The forest is trained by :mod:`medassist.experiments.ranker_training` (LambdaMART) and kept as JSON; here it is only
read, with numpy, so that what serves needs no learning library. A ranker is a folder with ``ranker.json``; an index
bundle carries a copy. It goes with one encoder, whose cosines it was trained on.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medassist.errors import BundleError
from medassist.index.aspects import OVERVIEW, aspects
from medassist.index.candidates import Candidates, Floats, relative
from medassist.index.lexical import Lexical
from medassist.index.names import Names

FILE = "ranker.json"
SHIPPED = Path(__file__).resolve().parents[2] / "data" / "models" / "medassist-ranker"
FORMAT_VERSION = 1
RERANKED = 150  # first hits that are looked at again
# The first order keeps a say, with this weight beside the forest's score: trained on MedQuAD's questions, the forest
# knows those best. nDCG@10 of MedQuAD's, the same by other names (parts of both sets), LiveQA-Med's and our sample's:
# first order 0.928, 0.886, 0.593, 0.826; forest alone 0.960, 0.924, 0.595, 0.818; weight 8 0.956, 0.921, 0.600, 0.822;
# weight 16 0.954, 0.915, 0.603, 0.825.
FIRST_ORDER = 16.0

FEATURES = (
    *("cosine", "cosine_gap", "title", "title_gap", "name", "name_gap", "title_over_name"),
    *("lexical", "lexical_relative", "match", "match_relative", "coverage", "whole", "whole_relative", "whole_share"),
    *("mass_share", "covered", "strongest_word", "agree", "agreeing", "asked_aspects", "overview", "fused_gap"),
    *("place", "passages", "words", "document_cosine_gap", "document_lexical"),
    *("cosine_rank", "lexical_rank", "title_rank"),
    *(
        "question_words",
        "best_whole",
        "best_coverage",
        "best_cosine",
        "best_name",
        "best_title",
        "best_name_over_cosine",
    ),
)
# More of these never speaks against a passage: held in training, so that the forest follows no quirk of its data.
RISING = frozenset(
    FEATURES[: FEATURES.index("title_over_name")]
    + FEATURES[FEATURES.index("lexical") : FEATURES.index("strongest_word")]
    + ("agree", "fused_gap", "document_cosine_gap", "document_lexical", "cosine_rank", "lexical_rank", "title_rank")
)


@dataclass(frozen=True, slots=True)
class Ranker:
    """A forest of binary trees; a passage's score is the sum of the leaves that it falls into.

    Arrays have shape (trees, nodes). A passage goes left from node ``n`` if its ``feature[n]`` is at most
    ``threshold[n]``; leaves lead to themselves. ``depth`` steps lead to a leaf from anywhere.
    """

    encoder: str
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]
    depth: int

    @classmethod
    def load(cls, folder: Path) -> "Ranker":
        """Load a ranker's folder.

        Raises
        ------
        BundleError
            If it cannot be read, or was trained on other features than this medassist computes.
        """
        try:
            record = json.loads((folder / FILE).read_text(encoding="utf-8"))
            if (record["format_version"], tuple(record["features"])) != (FORMAT_VERSION, FEATURES):
                raise BundleError(f"{folder / FILE} is of another medassist; train it again with train-ranker.")
            trees = record["trees"]
            size = max(len(tree["value"]) for tree in trees)
            padded = {name: np.array([tree[name] + [0] * (size - len(tree[name])) for tree in trees]) for name in NODE}
            feature, left, right = (padded[name].astype(np.int64) for name in ("feature", "left", "right"))
            threshold, value = (padded[name].astype(np.float64) for name in ("threshold", "value"))
            return cls(record["encoder"], feature, threshold, left, right, value, int(record["depth"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BundleError(f"{folder / FILE} cannot be read ({error}); train it again with train-ranker.") from error

    def scores(self, features: Floats) -> NDArray[np.float64]:
        """Return the score of each passage, shape (passages,), from its features, shape (passages, features)."""
        trees = np.arange(len(self.feature))[:, None]
        passages = np.arange(len(features))[None, :]
        node = np.zeros((len(self.feature), len(features)), np.int64)  # (trees, passages)
        for _ in range(self.depth):
            goes_left = features[passages, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        return np.asarray(self.value[trees, node].sum(axis=0))  # (trees, passages) -> (passages,)


NODE = ("feature", "threshold", "left", "right", "value")


def carry(ranker: Path | None, encoder: str, folder: Path) -> None:
    """Copy a ranker into the bundle in ``folder`` if it is one for the bundle's encoder."""
    if ranker is not None and _fits(ranker, encoder):
        shutil.copyfile(ranker / FILE, folder / FILE)


def digest(ranker: Path | None, encoder: str) -> str:
    """Return the SHA-256 of the ranker that a bundle with this encoder would carry; empty if none."""
    if ranker is None or not _fits(ranker, encoder):
        return ""
    return hashlib.sha256((ranker / FILE).read_bytes()).hexdigest()


def _fits(ranker: Path, encoder: str) -> bool:
    return (ranker / FILE).is_file() and Ranker.load(ranker).encoder == encoder


def features(found: Candidates, lexical: Lexical, names: Names) -> Floats:
    """Return what the forest looks at, shape (candidates, features), in the order of ``FEATURES``."""
    asked, rows = found.asked, found.rows
    parts, idf = lexical.parts(asked.words, rows), lexical.idf(asked.words)
    wanted = aspects(asked.text)
    common = found.aspects & wanted
    documents = np.unique(names.document_of[rows], return_inverse=True)[1]
    columns = {
        "cosine": found.cosine,
        "cosine_gap": _gap(found.cosine),
        "title": found.title,
        "title_gap": _gap(found.title),
        "name": found.name,
        "name_gap": _gap(found.name),
        "title_over_name": found.title - found.name,
        "lexical": found.lexical,
        "lexical_relative": relative(found.lexical),
        "match": found.match,
        "match_relative": relative(found.match),
        "coverage": found.coverage,
        "whole": found.whole,
        "whole_relative": relative(found.whole),
        "whole_share": found.whole / found.name_total,
        "mass_share": found.mass / found.name_total,
        "covered": (parts > 0).T @ idf / max(float(idf.sum()), 1e-9),
        "strongest_word": parts.max(axis=0, initial=0.0),
        "agree": common > 0,
        "agreeing": np.bitwise_count(common),
        "asked_aspects": wanted.bit_count(),
        "overview": (found.aspects & OVERVIEW) > 0,
        "fused_gap": _gap(found.fused),
        "place": np.minimum(names.place_of[rows], 10),
        "passages": np.minimum(names.passages_in(rows), 20),
        "words": names.words_of[rows],
        "document_cosine_gap": _gap(_best_of(found.cosine, documents)),
        "document_lexical": relative(_best_of(found.lexical, documents)),
        "cosine_rank": _reciprocal_rank(found.cosine),
        "lexical_rank": _reciprocal_rank(found.lexical),
        "title_rank": _reciprocal_rank(found.title),
        "question_words": len(asked.words),
        "best_whole": found.whole.max() / found.name_total,
        "best_coverage": found.coverage.max(),
        "best_cosine": found.cosine.max(),
        "best_name": found.name.max(),
        "best_title": found.title.max(),
        "best_name_over_cosine": found.name.max() - found.cosine.max(),
    }
    table = np.empty((len(rows), len(FEATURES)), np.float32)
    for place, name in enumerate(FEATURES):
        table[:, place] = columns[name]
    return table


def rerank(found: Candidates, ranker: Ranker | None, lexical: Lexical, names: Names) -> list[tuple[int, float]]:
    """Return (row, score) of all candidates, best first: the first of them by the forest, the others as they were.

    A question that names nothing keeps the first order: forests trained on questions about named conditions then only
    guess (on our sample, nDCG@10 0.78 against 0.83).
    """
    order = [(int(found.rows[place]), float(found.fused[place])) for place in found.order]
    if ranker is None or not found.named:
        return order
    best = found.best(RERANKED)
    scores = ranker.scores(features(best, lexical, names)) + FIRST_ORDER * best.fused
    first = [(int(best.rows[place]), float(scores[place])) for place in np.lexsort((-best.fused, -scores))]
    below = first[-1][1] - 1.0 - order[len(first) - 1][1]  # the others go on where these end
    return first + [(row, score + below) for row, score in order[len(first) :]]


def _gap(values: Floats) -> Floats:
    return np.asarray(values - values.max(), np.float32)


def _best_of(values: Floats, groups: NDArray[np.int64]) -> Floats:
    """The greatest value of each one's group."""
    best = np.full(int(groups.max()) + 1, -np.inf, np.float32)
    np.maximum.at(best, groups, values)
    return best[groups]


def _reciprocal_rank(values: Floats) -> Floats:
    ranks = np.empty(len(values), np.float32)
    ranks[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return np.asarray(1 / (10 + ranks), np.float32)
