"""Measuring: retrieval against relevance judgements, answers against reference answers; TREC run files.

Retrieval is judged by document: ``run[query_id][document_id] = score``. The measures are ``ir-measures``' own, so that
figures compare with the literature's.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from medassist import storage
from medassist.errors import DatasetError
from medassist.schemas import Hit, Qrels, Question

Run = dict[str, dict[str, float]]

RETRIEVAL_MEASURES = ("nDCG@10", "RR@10", "AP@10", "R@5", "R@10", "Success@1", "Success@5")
# Passages asked for per document wanted, as several passages of one document may be among the best.
PASSAGES_PER_DOCUMENT = 4


class Searchable(Protocol):
    """What is needed of an index, such as :class:`medassist.retrieval.Index`."""

    def search_batch(self, queries: Sequence[str], top_k: int, *, method: str) -> list[list[Hit]]: ...


def rank_documents(hits: Iterable[Hit], top_k: int) -> dict[str, float]:
    """Turn hits (best first) into a ranking of documents: each stands where its best passage stands.

    Returns
    -------
    dict of str to float
        At most ``top_k`` documents, best first. Scores fall strictly, so that every tool that reads a run file sees the
        same order: of equal scores the later is lowered by the least amount that six decimals show.
    """
    ranking: dict[str, float] = {}
    last = float("inf")
    for hit in hits:
        if hit.passage.document_id in ranking:
            continue
        if len(ranking) == top_k:
            break
        last = min(round(hit.score, 6), round(last - 1e-6, 6))
        ranking[hit.passage.document_id] = last
    return ranking


def run_queries(
    index: Searchable,
    queries: Sequence[Question],
    top_k: int,
    *,
    method: str = "hybrid",
    batch: int = 64,
    advance: Callable[[int], object] = lambda done: None,
) -> Run:
    """Search for all queries and rank documents; ``advance`` is called with the number of queries of each batch."""
    run: Run = {}
    for start in range(0, len(queries), batch):
        part = queries[start : start + batch]
        results = index.search_batch([query.text for query in part], top_k * PASSAGES_PER_DOCUMENT, method=method)
        run |= {query.query_id: rank_documents(hits, top_k) for query, hits in zip(part, results, strict=True)}
        advance(len(part))
    return run


def write_run(run: Run, path: Path | str, *, tag: str = "medassist") -> Path:
    """Write a TREC run file, ``query_id Q0 document_id rank score tag`` a line, each query's documents by score."""
    lines = []
    for query_id, ranking in run.items():
        by_score = sorted(ranking.items(), key=lambda item: -item[1])
        lines += [f"{query_id} Q0 {doc} {rank} {score:.6f} {tag}\n" for rank, (doc, score) in enumerate(by_score, 1)]
    return storage.write_text(Path(path), "".join(lines))


def write_qrels(qrels: Qrels, path: Path | str) -> Path:
    """Write TREC relevance judgements, ``query_id 0 document_id relevance`` a line."""
    lines = [f"{query_id} 0 {doc} {grade}\n" for query_id, judged in qrels.items() for doc, grade in judged.items()]
    return storage.write_text(Path(path), "".join(lines))


def read_run(path: Path | str) -> Run:
    """Read a TREC run file.

    Raises
    ------
    DatasetError
        If the file is missing or a line has not six columns.
    """
    run: Run = {}
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DatasetError(f"{path} does not exist; write one with medassist search --run.") from error
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            query_id, _, document_id, _, score, _ = line.split()
            run.setdefault(query_id, {})[document_id] = float(score)
        except ValueError as error:
            raise DatasetError(f"{path}, line {number}: must be 'query_id Q0 document_id rank score tag'.") from error
    return run


def score_run(qrels: Qrels, run: Run, measures: Sequence[str] = RETRIEVAL_MEASURES) -> dict[str, dict[str, float]]:
    """Measure each judged query: ``scores[measure][query_id]`` in [0, 1]; a query with no results scores 0."""
    import ir_measures

    wanted = [ir_measures.parse_measure(measure) for measure in measures]
    scores = {measure: dict.fromkeys(qrels, 0.0) for measure in measures}
    for metric in ir_measures.iter_calc(wanted, qrels, run):
        scores[str(metric.measure)][metric.query_id] = metric.value
    return scores


def token_f1(answer: str, reference: str) -> float:
    """Return the F1 of shared words, in [0, 1], as for SQuAD (Rajpurkar et al. 2016): lower case, no articles."""
    given, wanted = _answer_words(answer), _answer_words(reference)
    shared = sum((Counter(given) & Counter(wanted)).values())
    if not shared:
        return float(given == wanted)
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def rouge_l(answer: str, reference: str) -> float:
    """Return ROUGE-L's F-measure, in [0, 1] (Lin 2004), over stemmed words."""
    from rouge_score import rouge_scorer

    score: float = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=True).score(reference, answer)["rougeL"].fmeasure
    return score


def _answer_words(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return [word for word in words if word not in ("a", "an", "the")]
