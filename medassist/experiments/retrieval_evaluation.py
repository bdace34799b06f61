"""Ways of searching, side by side on questions whose answers are known: measured, compared, their failures looked at.

A system is an index and a method of it. Each gives a TREC run over documents; all are measured by ``ir-measures`` on
the same judgements, each figure with its 95 % bootstrap interval, each pair of systems with a paired test.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from medassist import __version__, evaluation, retrieval, storage, uncertainty
from medassist.datasets import Corpus
from medassist.errors import ConfigurationError
from medassist.evaluation import Run, Searchable
from medassist.experiments import environment
from medassist.experiments.retrieval_sets import ANSWERS, Conditions, RetrievalSet
from medassist.index.lexical import BM25_B, BM25_K1, best_rows, tokenise
from medassist.records import read_records
from medassist.schemas import Document, Hit, Passage, Qrels, Question

MAIN = "nDCG@10"  # by which systems are compared
KNOWN = "nDCG@10, known answer"  # the same where nothing counts but documents of full relevance
DEPTHS = (1, 2, 3, 5, 10, 20, 30, 50, 70, 100)
MEASURES = (MAIN, "RR@10", "AP@10", "Success@1", "Success@10", *(f"R@{depth}" for depth in DEPTHS))
FIRST = 10  # a question fails whose relevant documents all come later
RESULTS = "results.jsonl"
TIMED = 50  # questions that are searched for one by one, for the time

BM25_ANSWERS = "bm25-answers"
OTHER_SIDE = "another side of the condition"
OTHER_CONDITION = "another condition"
NOTHING = "nothing was found"


@dataclass(frozen=True, slots=True)
class System:
    """One way of searching. ``name`` becomes a part of file names; ``version`` is that of the index."""

    name: str
    index: Searchable
    method: str
    version: str

    def run(self, questions: Sequence[Question], advance: Callable[[int], object]) -> Run:
        """Search for all questions, deep enough for the curves of recall."""
        return evaluation.run_queries(self.index, questions, max(DEPTHS), method=self.method, advance=advance)

    def milliseconds(self, questions: Sequence[Question]) -> float:
        """Return the median time of one search for ten passages, over up to 50 questions that are spread evenly."""
        taken = []
        for question in questions[:: max(1, len(questions) // TIMED)][:TIMED]:
            started = time.perf_counter()
            self.index.search_batch([question.text], FIRST, method=self.method)
            taken.append(1000 * (time.perf_counter() - started))
        return statistics.median(taken)


@dataclass(frozen=True, slots=True)
class Failure:
    """A question whose relevant documents are not among the first ten, with what was there instead.

    ``rank`` is where the first relevant document stands, 0 if it is not among the first hundred; ``kind`` says what the
    first document is about that was found.
    """

    set: str
    system: str
    query_id: str
    question: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    rank: int
    kind: str


class AnswersAlone:
    """BM25 over the passages' texts without their titles: the plainest that a search for answers can be."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        import bm25s

        self._passages = list(passages)
        self._scorer = bm25s.BM25(k1=BM25_K1, b=BM25_B)
        self._scorer.index(tokenise([passage.text for passage in self._passages]), show_progress=False)

    def search_batch(self, queries: Sequence[str], top_k: int, *, method: str = "lexical") -> list[list[Hit]]:
        """Search for many queries; there is one method."""
        return [self._search(words, top_k) for words in tokenise(list(queries))]

    def _search(self, words: Sequence[str], top_k: int) -> list[Hit]:
        if not (known := [word for word in words if word in self._scorer.vocab_dict]):
            return []
        scores = np.asarray(self._scorer.get_scores(known), np.float32)
        return [
            Hit(self._passages[row], float(scores[row]), 0.0, float(scores[row])) for row in best_rows(scores, top_k)
        ]


def systems_of(index: retrieval.Index, beside: Mapping[str, retrieval.Index] | None = None) -> list[System]:
    """Return all ways of searching an index, the plainest first, the default last; and those of others beside it."""

    def methods_of(one: retrieval.Index, prefix: str = "") -> list[System]:
        return [System(prefix + method, one, method, one.version) for method in reversed(retrieval.METHODS)]

    plainest = System(BM25_ANSWERS, AnswersAlone(index.passages()), "lexical", index.version)
    others = [system for name, other in (beside or {}).items() for system in methods_of(other, f"{name}-")]
    return [plainest, *others, *methods_of(index)]


def choose_systems(systems: Sequence[System], names: Sequence[str]) -> list[System]:
    """Return the systems of these names, in their own order; all if none is named.

    Raises
    ------
    ConfigurationError
        If there is none of a name.
    """
    known = [system.name for system in systems]
    if unknown := sorted(set(names) - set(known)):
        raise ConfigurationError(f"There is no system {unknown[0]}; there are {', '.join(known)}.")
    return [system for system in systems if not names or system.name in names]


def compare_systems(
    found: RetrievalSet, systems: Sequence[System], corpus: Corpus, folder: Path, *, progress: bool = False
) -> list[dict[str, Any]]:
    """Measure systems on a set and keep all of it in a folder; return the rows that the table of results got.

    ========================  ===========================================================================
    ``results.jsonl``         a row a set, system and index; measured again, the row is replaced
    ``qrels/``, ``runs/``     judgements and runs in TREC's form
    ``failures/``             one JSON Lines file a set and system, for :class:`Failure`
    ========================  ===========================================================================
    """
    runs = run_systems(found, systems, progress=progress)
    write_files(found, runs, folder)
    conditions = Conditions(corpus)
    for name, run in runs.items():
        failures = find_failures(found, run, corpus, name, conditions=conditions)
        lines = (json.dumps(asdict(failure), ensure_ascii=False) + "\n" for failure in failures)
        storage.write_text(folder / "failures" / f"{found.name}.{name}.jsonl", "".join(lines))
    rows = to_rows(found, score_runs(found, runs), _facts())
    for row, measured in zip(rows, systems, strict=True):
        row |= {"index": measured.version, "milliseconds": round(measured.milliseconds(found.questions), 2)}
    _keep(rows, folder / RESULTS)
    return rows


def read_failures(folder: Path, sets: Iterable[str], systems: Iterable[str]) -> list[dict[str, Any]]:
    """Read what :func:`compare_systems` kept of failures, as records."""
    files = [folder / "failures" / f"{name}.{system}.jsonl" for name in sets for system in systems]
    return [record for file in files if file.exists() for _, record in read_records(file)]


def run_systems(found: RetrievalSet, systems: Sequence[System], *, progress: bool = False) -> dict[str, Run]:
    """Return each system's run over a set's questions, by its name."""
    from tqdm.auto import tqdm

    with tqdm(total=len(systems) * len(found.questions), desc=found.name, unit="query", disable=not progress) as bar:
        return {system.name: system.run(found.questions, bar.update) for system in systems}


def write_files(found: RetrievalSet, runs: Mapping[str, Run], folder: Path) -> None:
    """Write judgements and runs in TREC's form: ``qrels/SET.qrels`` and ``runs/SET.SYSTEM.run``."""
    evaluation.write_qrels(found.qrels, folder / "qrels" / f"{found.name}.qrels")
    for system, run in runs.items():
        evaluation.write_run(run, folder / "runs" / f"{found.name}.{system}.run", tag=f"medassist-{system}")


def score_runs(found: RetrievalSet, runs: Mapping[str, Run]) -> dict[str, dict[str, list[float]]]:
    """Return ``scores[system][measure]``, a value for each of the set's questions, in their order."""
    known = _known_answers(found.qrels)
    scores = {}
    for system, run in runs.items():
        of_system = evaluation.score_run(found.qrels, run, MEASURES)
        of_system[KNOWN] = evaluation.score_run(known, run, [MAIN])[MAIN]
        scores[system] = {
            measure: [by_query[question.query_id] for question in found.questions if question.query_id in by_query]
            for measure, by_query in of_system.items()
        }
    return scores


def to_rows(
    found: RetrievalSet, scores: Mapping[str, Mapping[str, Sequence[float]]], facts: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return a set's results as the table of results holds them: one row a system.

    ``measures[measure]`` has mean, 95 % interval and count; ``comparisons[other]`` the paired difference to another
    system by nDCG@10, with its interval, p-value and test.
    """
    rows = []
    for system, of_system in scores.items():
        others = {name: of_other for name, of_other in scores.items() if name != system}
        compared = {name: uncertainty.compare(of_system[MAIN], other[MAIN]) for name, other in others.items()}
        measures = {measure: asdict(uncertainty.estimate(values)) for measure, values in of_system.items() if values}
        row = {"set": found.name, "system": system, "questions": len(found.questions), "measures": measures}
        rows.append({**(facts or {}), **row, "comparisons": {name: asdict(one) for name, one in compared.items()}})
    return rows


def find_failures(
    found: RetrievalSet, run: Run, corpus: Corpus, system: str, *, conditions: Conditions | None = None, shown: int = 3
) -> list[Failure]:
    """Return the questions whose relevant documents are not among the first ten; ``shown`` documents are named."""
    documents = {document.document_id: document for document in corpus.documents}
    conditions = conditions or Conditions(corpus)
    failures = []
    for question in found.questions:
        ranking = list(run.get(question.query_id, {}))
        judged = found.qrels[question.query_id]
        wanted = [name for name in sorted(judged, key=lambda name: -judged[name]) if judged[name] > 0]
        rank = next((place for place, name in enumerate(ranking, start=1) if name in wanted), 0)
        if 0 < rank <= FIRST or not wanted:
            continue
        about = {conditions.of(documents[name].topic) for name in wanted}
        kind = NOTHING
        if ranking:
            kind = OTHER_SIDE if conditions.of(documents[ranking[0]].topic) in about else OTHER_CONDITION
        right, there = ([_label(documents[name]) for name in names[:shown]] for names in (wanted, ranking))
        failures.append(
            Failure(found.name, system, question.query_id, question.text, tuple(right), tuple(there), rank, kind)
        )
    return failures


def _facts() -> dict[str, str]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
        "commit": environment.commit(),
    }


def _keep(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Put rows into the table of results, in the place of those that measured the same."""

    def identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return row.get("set"), row.get("system"), row.get("index")

    measured = {identity(row) for row in rows}
    kept = [row for _, row in read_records(path) if identity(row) not in measured] if path.exists() else []
    storage.write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [*kept, *rows]))


def _known_answers(qrels: Qrels) -> Qrels:
    """The judgements of full relevance alone; a question that has none of it is left out."""
    known = {
        query_id: {name: relevance for name, relevance in judged.items() if relevance >= ANSWERS}
        for query_id, judged in qrels.items()
    }
    return {query_id: judged for query_id, judged in known.items() if judged}


def _label(document: Document) -> str:
    return f"{document.title} ({document.source})" if document.source else document.title
