"""Ways of searching, side by side: figures worked out by hand, files that TREC tools read, failures explained."""

import json
import math
from pathlib import Path

import ir_measures
import pytest

from medassist import cli, datasets, evaluation
from medassist.datasets import Corpus
from medassist.errors import ConfigurationError
from medassist.experiments import retrieval_evaluation, retrieval_tables
from medassist.experiments.retrieval_evaluation import KNOWN, MAIN, AnswersAlone, System
from medassist.experiments.retrieval_sets import RetrievalSet
from medassist.schemas import Document, Hit, Passage, Question

QUESTIONS = tuple(Question(f"q{n}", f"question {n}") for n in range(3))
FOUND = RetrievalSet("made", QUESTIONS, {"q0": {"a": 2, "b": 1}, "q1": {"c": 2}, "q2": {"d": 1}})


def passage(document_id: str, text: str = "text", title: str = "") -> Passage:
    return Passage(f"{document_id}#0", document_id, title, text)


class Fixed:
    """An index that finds the same documents whatever is asked."""

    def __init__(self, names: str) -> None:
        self._hits = [Hit(passage(name), 1 / rank, 0.5, 1.0) for rank, name in enumerate(names, start=1)]

    def search_batch(self, queries: list[str], top_k: int, *, method: str) -> list[list[Hit]]:
        return [self._hits[:top_k] for _ in queries]


def test_systems_are_measured_and_compared_by_hand() -> None:
    # GIVEN one system that finds b, c and a, in this order, and one that finds nothing of it
    systems = [System("nothing", Fixed("xyz"), "any", "v1"), System("some", Fixed("bca"), "any", "v2")]
    runs = retrieval_evaluation.run_systems(FOUND, systems)
    # WHEN both are measured THEN the values of the three questions are those of the definitions
    scores = retrieval_evaluation.score_runs(FOUND, runs)
    of_q0 = (1 + 2 / 2) / (2 + 1 / math.log2(3))  # b (1) stands first, a (2) third
    assert scores["some"][MAIN] == pytest.approx([of_q0, 1 / math.log2(3), 0])
    assert scores["some"]["RR@10"] == [1, 0.5, 0]
    assert scores["some"]["R@1"] == [0.5, 0, 0]
    assert scores["some"]["R@100"] == [1, 1, 0]
    assert scores["some"]["Success@1"] == [1, 0, 0]
    # AND with the known answer alone, b counts nothing, and q2, which has none, is left out
    assert scores["some"][KNOWN] == pytest.approx([1 / 2, 1 / math.log2(3)])
    # AND the paired difference is that of the means
    first, second = retrieval_evaluation.to_rows(FOUND, scores)
    mean = (of_q0 + 1 / math.log2(3)) / 3
    assert second["measures"][MAIN]["mean"] == pytest.approx(mean)
    assert second["comparisons"]["nothing"]["difference"]["mean"] == pytest.approx(mean)
    assert first["comparisons"]["some"]["difference"]["mean"] == pytest.approx(-mean)
    text = retrieval_tables.to_text([row | {"milliseconds": 1.25} for row in (first, second)])
    assert "made, n = 3" in text
    assert f"some less nothing: +{mean:.3f} [" in text


def test_runs_and_judgements_are_what_trec_tools_read(tmp_path: Path) -> None:
    runs = retrieval_evaluation.run_systems(FOUND, [System("some", Fixed("bca"), "any", "v")])
    retrieval_evaluation.write_files(FOUND, runs, tmp_path)
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels" / "made.qrels")))
    run = list(ir_measures.read_trec_run(str(tmp_path / "runs" / "made.some.run")))
    measured = ir_measures.calc_aggregate([ir_measures.parse_measure("RR@10")], qrels, run)
    assert list(measured.values()) == pytest.approx([0.5])
    assert datasets.read_qrels(tmp_path / "qrels" / "made.qrels") == FOUND.qrels


def test_what_failed_and_what_was_there_instead() -> None:
    # GIVEN five questions about gout, of which one is answered among the first ten
    documents = [
        Document("gout-x", "Gout: x", "text", "A", topic="Gout"),
        Document("gout-y", "Podagra: y", "text", "A", topic="Podagra"),
        *(Document(f"flu{n}", f"Flu {n}", "text", topic="Flu") for n in range(10)),
    ]
    corpus = Corpus("made", tuple(documents), synonyms={"Gout": ("podagra",)})
    flu = {f"flu{n}": 1.0 - n / 100 for n in range(10)}
    run = {"late": {**flu, "gout-x": 0.1}, "side": {"gout-y": 1.0}, "found": {"flu1": 1.0, "gout-x": 0.5}, "no": {}}
    questions = tuple(Question(name, f"about {name}") for name in run)
    found = RetrievalSet("made", questions, {name: {"gout-x": 2} for name in run})
    # WHEN failures are asked for
    failures = retrieval_evaluation.find_failures(found, run, corpus, "some", shown=2)
    # THEN each says where the right one stood, what stood first, and what that was about
    assert [(one.query_id, one.rank, one.kind, one.found) for one in failures] == [
        ("late", 11, retrieval_evaluation.OTHER_CONDITION, ("Flu 0", "Flu 1")),
        ("side", 0, retrieval_evaluation.OTHER_SIDE, ("Podagra: y (A)",)),
        ("no", 0, retrieval_evaluation.NOTHING, ()),
    ]
    assert {one.wanted for one in failures} == {("Gout: x (A)",)}


def test_titles_are_unknown_where_answers_stand_alone() -> None:
    index = AnswersAlone([passage("a", "uric acid crystals", "Gout"), passage("b", "a virus", "Flu")])
    titles, texts, nothing = index.search_batch(["gout", "the crystals", "of the"], 5)
    assert (titles, nothing) == ([], [])
    assert [hit.passage.document_id for hit in texts] == ["a"]


def test_an_unknown_system_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no system magic; there are some"):
        retrieval_evaluation.choose_systems([System("some", Fixed("a"), "any", "v")], ["magic"])


def test_the_command_measures_and_keeps_all_of_it(
    sample_index_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN the sample and its index WHEN two systems are compared, twice
    arguments = ["compare", "--corpus", "data/sample", "--index", str(sample_index_folder), "--out", str(tmp_path)]
    for _ in range(2):
        assert cli.main([*arguments, "--systems", "bm25-answers", "dense"]) == 0
    # THEN both are told, and the table has one row of each
    assert "encoder, titles and answers less BM25, answers alone: +0.2" in capsys.readouterr().out
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [(row["system"], row["questions"]) for row in rows] == [("bm25-answers", 150), ("dense", 150)]
    # AND files and table agree
    run = evaluation.read_run(tmp_path / "runs/sample.dense.run")
    qrels = datasets.read_qrels(tmp_path / "qrels/sample.qrels")
    again = evaluation.score_run(qrels, run, ["nDCG@10"])["nDCG@10"]
    assert sum(again.values()) / len(again) == pytest.approx(rows[1]["measures"][MAIN]["mean"])
    failed = [json.loads(line) for line in (tmp_path / "failures/sample.dense.jsonl").read_text().splitlines()]
    assert len(failed) == pytest.approx(150 * (1 - rows[1]["measures"]["Success@10"]["mean"]))
    # AND what is not there is said
    assert cli.main([*arguments, "--sets", "medquad"]) == 1
    assert "no set medquad here; there are sample" in capsys.readouterr().err
    assert cli.main([*arguments, "--beside", "folder"]) == 1
    assert "NAME=FOLDER" in capsys.readouterr().err
