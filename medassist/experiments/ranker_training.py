"""Training the ranker of the first hits: LambdaMART (Burges 2010) by LightGBM, kept as JSON that numpy can read.

It learns from MedQuAD's questions that no development set asks about, each in one of several forms
(:mod:`medassist.experiments.question_forms`), with what the search finds for them. Relevant are the question's own
document (2) and others about the same topic and aspect (1). Same inputs and seed, same bytes.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medassist import storage
from medassist.datasets import Corpus
from medassist.errors import ConfigurationError
from medassist.experiments import question_forms
from medassist.experiments.question_forms import Form
from medassist.experiments.retrieval_sets import RetrievalSet
from medassist.index import candidates, reranking
from medassist.index.candidates import Candidates
from medassist.schemas import Question

if TYPE_CHECKING:
    import lightgbm

    from medassist.retrieval import Index

logger = logging.getLogger(__name__)

CARD = "model_card.md"


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """How a ranker is trained.

    Small, slow and smooth on purpose: on the development sets 100 to 400 trees of 7 to 31 leaves differ by less than
    0.03, and what differs between collections costs more than what a larger forest finds in this one.
    """

    questions: int = 4_000  # drawn: two minutes on one core
    trees: int = 120
    leaves: int = 15
    learning_rate: float = 0.06
    fewest: int = 50  # passages a leaf
    seed: int = 13


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """What is learnt from: features, shape (passages, features), relevance, and how many passages each question has."""

    features: NDArray[np.float32]
    relevance: NDArray[np.int64]
    sizes: tuple[int, ...]


def train_ranker(
    index: "Index", corpus: Corpus, training: RetrievalSet, settings: RankerSettings | None = None
) -> dict[str, Any]:
    """Train a ranker and return what ``ranker.json`` holds.

    Parameters
    ----------
    index : Index
        Of the corpus; its own ranker, if it has one, is not used.
    corpus : Corpus
        MedQuAD, whose questions and answers share their ids.
    training : RetrievalSet
        From :func:`medassist.experiments.retrieval_sets.training_questions`.
    settings : RankerSettings, optional

    Raises
    ------
    ConfigurationError
        If LightGBM is not installed, or no question can be learnt from.
    """
    settings = settings or RankerSettings()
    table = make_table(index, corpus, training.questions, settings)
    booster = _fit(table, settings)
    trees = [_flatten(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    return {
        "format_version": reranking.FORMAT_VERSION,
        "encoder": index.meta.encoder,
        "features": list(reranking.FEATURES),
        "settings": asdict(settings),
        "index": index.version,
        "questions": len(table.sizes),
        "depth": max(depth for _, depth in trees),
        "trees": [tree for tree, _ in trees],
    }


def make_table(
    index: "Index", corpus: Corpus, questions: Sequence[Question], settings: RankerSettings
) -> TrainingTable:
    """Search for questions in their forms; those whose answer is not found, or that name nothing, teach nothing."""
    documents = {document.document_id: document for document in corpus.documents}
    alike: dict[tuple[str, str], set[str]] = defaultdict(set)
    for document in corpus.documents:
        alike[document.topic.lower(), document.aspect].add(document.document_id)
    parts, relevance = [], []
    for question, form in question_forms.draw_forms(questions, corpus, settings.questions, settings.seed):
        document = documents[question.query_id]
        found = _search(index, form)
        others = () if form.exact else alike[document.topic.lower(), document.aspect]
        grades = dict.fromkeys(others, 1) | {question.query_id: 2}
        judged = np.array([grades.get(name, 0) for name in index.document_ids(found.rows.tolist())], np.int64)
        if found.named and judged.any():
            parts.append(index.features(found))
            relevance.append(judged)
    if not parts:
        raise ConfigurationError("No training question finds its answer; train on MedQuAD and an index of it.")
    logger.info("%d questions to learn from", len(parts))
    return TrainingTable(np.concatenate(parts), np.concatenate(relevance), tuple(map(len, relevance)))


def write_ranker(folder: Path, record: Mapping[str, Any], card: str) -> None:
    """Write a ranker's folder: ``ranker.json`` and its card, which names the other's checksum."""
    path = storage.write_text(folder / reranking.FILE, json.dumps(record, separators=(",", ":")) + "\n")
    storage.write_text(folder / CARD, card.replace("{sha256}", storage.sha256_of(path)))


def to_card(record: Mapping[str, Any], sets: Sequence[RetrievalSet], training: RetrievalSet) -> str:
    """Return the model card; ``{sha256}`` stands for the checksum."""
    left_out = "\n".join(f"- {count:,}: {reason}" for reason, count in training.rejected_by_reason.items())
    asked = ", ".join(f"{found.name} ({len(found.questions):,})" for found in sets)
    settings = ", ".join(f"{name} {value}" for name, value in record["settings"].items())
    return f"""# medassist-ranker

Ranks the first {reranking.RERANKED} hits of medassist's search again: {len(record["trees"])} small trees over \
{len(record["features"])} features (cosines, BM25 scores, how far a question names what a passage is about, the side \
of it that is asked for). LambdaMART, trained by LightGBM with `medassist train-ranker`; read with numpy alone.

- Goes with the encoder {record["encoder"]}: its cosines are what was learnt from. An index of another encoder does \
without a ranker.
- SHA-256 of {reranking.FILE}: {{sha256}}
- Settings: {settings}
- Licence: Apache-2.0, as medassist. Data: MedQuAD (Ben Abacha & Demner-Fushman 2019), CC BY 4.0; no text of it is in \
the file.

## Data

{record["questions"]:,} questions of MedQuAD that name something and whose answer was found, each in one of these \
forms: {", ".join(dict.fromkeys(question_forms.FORMS))}. The words around a condition's name (greetings, lay \
questions) are ours.

## What it has not seen

Nothing that a development set asks about: {asked}. Of MedQuAD's questions {len(training.questions):,} could be drawn; \
left out were

{left_out}

The documents searched are all of MedQuAD, as they are when it serves.

## Limits

It was trained on questions about named conditions, and is not used for a question that names nothing the index knows. \
What it is worth is measured on the development sets, which chose its features and settings: they prove nothing of \
other questions.
"""


def _search(index: "Index", form: Form) -> Candidates:
    asked = index.understand(form.text)
    if form.exact:  # a described condition: its words are the form's own
        asked = replace(asked, words=form.words, weights=[1.0] * len(form.words))
    return index.find(asked, candidates.DEPTH).best(reranking.RERANKED)


def _fit(table: TrainingTable, settings: RankerSettings) -> "lightgbm.Booster":
    try:
        import lightgbm
    except ImportError as error:
        raise ConfigurationError("lightgbm is not installed; install medassist[experiments] to train.") from error

    data = lightgbm.Dataset(table.features, table.relevance, group=list(table.sizes))
    parameters = {
        "objective": "lambdarank",
        "label_gain": [0, 1, 2],
        "lambdarank_truncation_level": 15,
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.fewest,
        "lambda_l2": 5.0,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "monotone_constraints": [int(name in reranking.RISING) for name in reranking.FEATURES],
        "seed": settings.seed,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return lightgbm.train(parameters, data, settings.trees)


def _flatten(root: Mapping[str, Any]) -> tuple[dict[str, list[float]], int]:
    """A tree of LightGBM's as lists by node, the root first, and its depth; leaves lead to themselves."""
    tree: dict[str, list[float]] = {name: [] for name in reranking.NODE}

    def add(node: Mapping[str, Any]) -> tuple[int, int]:
        place = len(tree["value"])
        leaf = "leaf_value" in node
        tree["feature"].append(0 if leaf else node["split_feature"])
        tree["threshold"].append(0.0 if leaf else node["threshold"])
        tree["left"].append(place)
        tree["right"].append(place)
        tree["value"].append(node["leaf_value"] if leaf else 0.0)
        if leaf:
            return place, 0
        tree["left"][place], left = add(node["left_child"])
        tree["right"][place], right = add(node["right_child"])
        return place, 1 + max(left, right)

    return tree, add(root)[1]
