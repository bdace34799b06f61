"""Questions that an index answers and questions that it does not, each on the side where rules are made or measured.

Answerable are those of :mod:`medassist.experiments.retrieval_sets`: a document that answers is known. Unanswerable are
the 200 of ``data/checks/unanswerable.jsonl``, in halves that were drawn when they were written. An answerable
question's half is the parity of its id's SHA-256, so that a question under two names of its condition stays on one
side.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medassist.answering.abstention import Features, gather
from medassist.config import Settings, project_root
from medassist.datasets import Corpus
from medassist.errors import DatasetError
from medassist.experiments.measures import DEVELOPMENT, FINAL
from medassist.experiments.retrieval_sets import sets_of
from medassist.records import read_records

if TYPE_CHECKING:
    from medassist.retrieval import Index

UNANSWERABLE = Path("data") / "checks" / "unanswerable.jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; ``group`` is its set or, of an unanswerable one, its kind."""

    query_id: str
    text: str
    group: str
    answerable: bool
    half: str


def answerable_questions(corpus: Corpus, liveqa: Sequence[Path] = (), limit: int = 0) -> list[Asked]:
    """Return a corpus's questions whose answers are known, set by set, and LiveQA-Med's that have a page in it.

    Parameters
    ----------
    limit : int
        Questions of each set at most; 0 for all.
    """
    sets = [found.limited(limit) if limit else found for found in sets_of(corpus, liveqa)]
    return [
        Asked(question.query_id, question.text, found.name, True, half_of(question.query_id))
        for found in sets
        for question in found.questions
    ]


def unanswerable_questions(path: Path | None = None) -> list[Asked]:
    """Read our questions outside of the corpora.

    Raises
    ------
    DatasetError
        If the file is missing or a line lacks a field.
    """
    path = path or project_root() / UNANSWERABLE
    found = []
    for number, record in read_records(path):
        try:
            text, kind, half = record["text"], record["kind"], record["half"]
            found.append(Asked(record["query_id"], text, kind, False, half))
        except KeyError as error:
            raise DatasetError(f"{path}, line {number}: has no {error}; each line needs it.") from error
    return found


def half_of(query_id: str) -> str:
    """Return the half of an answerable question."""
    return FINAL if hashlib.sha256(query_id.encode()).digest()[-1] % 2 else DEVELOPMENT


def gather_all(index: "Index", asked: Iterable[Asked], *, progress: bool = False) -> list[tuple[Asked, Features]]:
    """Search for each question as the product does, and collect its evidence."""
    from tqdm import tqdm

    top_k = Settings().top_k
    return [
        (question, gather(question.text, index.search(question.text, top_k), index))
        for question in tqdm(list(asked), desc="questions", disable=not progress)
    ]
