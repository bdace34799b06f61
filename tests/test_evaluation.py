import math

import pytest

from medassist import evaluation
from medassist.errors import DatasetError
from medassist.retrieval import Index
from medassist.schemas import Hit, Passage, Question


def hit(document_id: str, score: float) -> Hit:
    return Hit(Passage(f"{document_id}#0", document_id, "", "text"), score, 0.5, 1.0)


def test_documents_are_ranked_by_their_best_passage_with_falling_scores():
    # GIVEN hits of which two are of one document and two have one score
    hits = [hit("a", 0.5), hit("b", 0.4), hit("a", 0.4), hit("c", 0.4), hit("d", 0.1)]
    # WHEN documents are ranked THEN each stands once, and scores fall strictly
    assert evaluation.rank_documents(hits, 3) == {"a": 0.5, "b": 0.4, "c": 0.399999}
    assert evaluation.rank_documents([], 3) == {}


def test_a_run_file_is_what_trec_tools_read(tmp_path):
    # GIVEN a run of two queries, one of them unsorted
    run = {"q1": {"a": 0.2, "b": 0.3}, "q2": {"c": 0.1}}
    # WHEN it is written
    path = evaluation.write_run(run, tmp_path / "my.run", tag="test")
    # THEN each line has TREC's six columns, by score, and a standard tool reads it
    assert path.read_text() == "q1 Q0 b 1 0.300000 test\nq1 Q0 a 2 0.200000 test\nq2 Q0 c 1 0.100000 test\n"
    assert evaluation.read_run(path) == run
    import ir_measures

    parsed = list(ir_measures.read_trec_run(str(path)))
    assert [(item.query_id, item.doc_id, item.score) for item in parsed][:2] == [("q1", "b", 0.3), ("q1", "a", 0.2)]


def test_a_wrong_run_file_is_named(tmp_path):
    path = tmp_path / "bad.run"
    path.write_text("q1 Q0 a 1 0.5 tag\nq1 a\n")
    with pytest.raises(DatasetError, match="line 2"):
        evaluation.read_run(path)
    with pytest.raises(DatasetError, match="does not exist"):
        evaluation.read_run(tmp_path / "missing.run")


def test_measures_by_hand():
    # GIVEN one query whose fully relevant document stands second and whose partly relevant one stands first,
    # and one query without results
    qrels = {"q1": {"a": 2, "b": 1}, "q2": {"c": 1}}
    run = {"q1": {"b": 2.0, "a": 1.0}}
    scores = evaluation.score_run(qrels, run, ["nDCG@10", "RR@10", "R@10"])
    # THEN trec_eval's nDCG, with gain = relevance, is (1/log2(2) + 2/log2(3)) / (2/log2(2) + 1/log2(3))
    ideal = 2 + 1 / math.log2(3)
    assert scores["nDCG@10"]["q1"] == pytest.approx((1 + 2 / math.log2(3)) / ideal)
    assert scores["RR@10"] == {"q1": 1.0, "q2": 0.0}
    assert scores["R@10"] == {"q1": 1.0, "q2": 0.0}


def test_token_f1_by_hand():
    # "gout hurts" against "the gout hurts a lot": 2 shared; precision 1, recall 2/3, as articles do not count
    assert evaluation.token_f1("Gout hurts.", "The gout hurts a lot") == pytest.approx(0.8)
    assert evaluation.token_f1("nothing", "shared") == 0
    assert evaluation.token_f1("", "") == 1


def test_rouge_l_by_hand():
    # longest common subsequence of "police killed the gunman" and "police kill the gunman" is 4 after stemming
    assert evaluation.rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(1.0)
    # "the gunman kill police" shares "the gunman" (2 of 4): precision = recall = F = 0.5
    assert evaluation.rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(0.5)


def test_queries_are_run_in_batches(sample_index_folder):
    index = Index.load(sample_index_folder)
    queries = [Question(f"q{n}", text) for n, text in enumerate(["wheezing", "uric acid", "TSH is low"])]
    done = []
    run = evaluation.run_queries(index, queries, 5, batch=2, advance=done.append)
    assert done == [2, 1]
    assert [len(ranking) for ranking in run.values()] == [5, 5, 5]
    assert next(iter(run["q0"])).startswith("asthma")
