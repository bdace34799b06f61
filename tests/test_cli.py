"""The command line, as a person types it: what it prints, what it writes, how it fails."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from medassist import cli, datasets


@pytest.fixture(scope="module")
def queries(tmp_path_factory):
    path = tmp_path_factory.mktemp("queries") / "queries.jsonl"
    questions = datasets.load_corpus("data/sample").questions
    path.write_text("".join(json.dumps({"query_id": q.query_id, "text": q.text}) + "\n" for q in questions))
    return path


def test_help_shows_commands_with_examples(capsys):
    for arguments, expected in (
        (["--help"], "medassist run --corpus MedQuAD-master.zip"),
        (["search", "--help"], "-q"),
    ):
        with pytest.raises(SystemExit) as stopped:
            cli.main(arguments)
        assert stopped.value.code == 0
        assert expected in capsys.readouterr().out


def test_help_needs_no_heavy_import():
    code = "import sys; from medassist import cli; print({'torch', 'faiss', 'papermill', 'boto3'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_index_from_json_lines_then_search_for_a_person(encoder_folder, tmp_path, capsys, monkeypatch):
    # GIVEN documents in JSON Lines, one of them without text
    corpus = tmp_path / "docs.jsonl"
    records = [
        {"document_id": "gout", "title": "Gout", "text": "Sudden pain in the big toe.", "source": "TEST", "url": ""},
        {"document_id": "cold", "title": "Cold", "text": "A runny nose and a sore throat."},
        {"document_id": "empty", "text": ""},
    ]
    corpus.write_text("".join(json.dumps(record) + "\n" for record in records))
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "all-MiniLM-L6-v2").symlink_to(encoder_folder)
    arguments = ["index", "--corpus", str(corpus), "--out", str(tmp_path / "index"), "--cache", str(cache)]
    # WHEN it is indexed strictly THEN one sentence names line, fault and remedy
    assert cli.main(arguments) == 1
    assert "line 3: record without text" in capsys.readouterr().err
    # WHEN invalid records are skipped THEN they are counted, and hits are printed for a person
    assert cli.main([*arguments, "--skip-invalid"]) == 0
    captured = capsys.readouterr()
    assert "left out: 1, record without text" in captured.err
    assert "2 documents, 2 passages" in captured.out
    assert cli.main(["search", "--index", str(tmp_path / "index"), "-q", "my foot hurts", "--top-k", "1"]) == 0
    assert "Gout" in capsys.readouterr().out


def test_queries_become_a_run_file_that_a_standard_tool_measures(sample_index_folder, queries, tmp_path, capsys):
    # GIVEN the sample's questions WHEN they are searched for
    run = tmp_path / "sample.run"
    arguments = ["search", "--index", str(sample_index_folder), "--queries", str(queries), "--top-k", "20"]
    assert cli.main([*arguments, "--run", str(run)]) == 0
    # THEN the run has 20 distinct documents a query, in falling order of score, and pytrec_eval agrees that it is good
    import ir_measures

    rows = list(ir_measures.read_trec_run(str(run)))
    assert len({(row.query_id, row.doc_id) for row in rows}) == len(rows) == 150 * 20
    for before, after in itertools.pairwise(rows):
        assert before.query_id != after.query_id or before.score > after.score
    qrels = list(ir_measures.read_trec_qrels("data/sample/qrels.txt"))
    scores = ir_measures.calc_aggregate([ir_measures.nDCG @ 10, ir_measures.R @ 10], qrels, rows)
    # 0.826 and 0.917 when this was written; dense search alone has 0.820 and 0.903, equal weights 0.765 and 0.855
    assert scores[ir_measures.nDCG @ 10] > 0.80
    assert scores[ir_measures.R @ 10] > 0.89
    capsys.readouterr()
    # and the command line's own measure says the same
    assert cli.main(["evaluate", "--run", str(run), "--qrels", "data/sample/qrels.txt"]) == 0
    assert f"nDCG@10      {scores[ir_measures.nDCG @ 10]:.3f}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["index", "--corpus", "nowhere.zip", "--out", "x"], "nowhere.zip does not exist"),
        (["search", "--index", "nowhere", "-q", "x"], "nowhere holds no index"),
        (["evaluate", "--run", "nowhere.run", "--qrels", "data/sample/qrels.txt"], "nowhere.run does not exist"),
        (["run", "--corpus", "nowhere.zip", "--output", "{tmp}"], "nowhere.zip does not exist"),
        (["run", "--set", "max_steps"], "must look like NAME=VALUE"),
        (["run", "--set", "no_such=1", "--output", "{tmp}"], "No notebook has a parameter 'no_such'"),
        (["serve", "--output", "{tmp}"], "holds no finished run"),
        (["ask", "what is gout?", "--url", "http://127.0.0.1:9"], "No API answers at http://127.0.0.1:9"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments, reason, tmp_path, capsys):
    assert cli.main([argument.format(tmp=tmp_path) for argument in arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("medassist: ")
    assert reason in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["search", "--index", "x"], ["search", "--index", "x", "-q", "y", "--top-k", "0"]]
)
def test_wrong_usage_is_said_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: medassist" in capsys.readouterr().err


def test_an_empty_query_and_a_missing_run_file_are_refused(sample_index_folder, queries, capsys):
    index = str(sample_index_folder)
    assert cli.main(["search", "--index", index, "-q", "  "]) == 1
    assert "The query is empty" in capsys.readouterr().err
    assert cli.main(["search", "--index", index, "--queries", str(queries)]) == 1
    assert "--run FILE" in capsys.readouterr().err


@pytest.mark.skipif("MEDQUAD" not in os.environ, reason="set MEDQUAD to MedQuAD's archive to read the real corpus")
def test_the_whole_of_medquad_is_read():
    corpus = datasets.load_corpus(Path(os.environ["MEDQUAD"]))
    assert len(corpus.documents) == 16_407
    assert corpus.rejected_by_reason == {datasets.NO_ANSWER: 47_441 - 16_407, datasets.NO_QUESTIONS: 10}
    assert len({document.document_id for document in corpus.documents}) == 16_407
