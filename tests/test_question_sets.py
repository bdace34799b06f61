"""Question sets in their published forms: told apart by looking, read whole, damage named with its place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from medassist import question_sets
from medassist.errors import DatasetError
from medassist.question_sets import load_question_set

MEDQA = {"question": "Which crystal?", "answer": "Urate", "options": {"A": "Urate", "B": "Salt"}, "answer_idx": "A"}
MEDMCQA = {"id": "m1", "question": "Which  nerve?", "opa": "I", "opb": "II", "opc": "III", "opd": "IV", "cop": 4}
PUBMEDQA = {
    "QUESTION": "Does it help?",
    "CONTEXTS": ["We asked 9 people.", "It helped 8 of 9."],
    "LABELS": ["METHODS", "RESULTS"],
    "MESHES": ["Humans"],
    "LONG_ANSWER": "It seems to help.",
    "final_decision": "yes",
}
LIVEQA_TRAINING = """<?xml version="1.0"?><NLM-QUESTIONS>
<NLM-QUESTION questionid="Q1" fRef="1"><SUBJECT>gout</SUBJECT><MESSAGE>What  helps
 against gout?</MESSAGE><SUB-QUESTIONS>
 <SUB-QUESTION subqid="Q1-S1"><ANNOTATIONS><FOCUS>gout</FOCUS><TYPE>treatment</TYPE></ANNOTATIONS>
  <ANSWERS><ANSWER answerid="1">Rest.</ANSWER><ANSWER>Cold packs.</ANSWER></ANSWERS></SUB-QUESTION>
 <SUB-QUESTION><ANSWERS><ANSWER>A doctor.</ANSWER></ANSWERS></SUB-QUESTION></SUB-QUESTIONS></NLM-QUESTION>
<NLM-QUESTION qid="2.0"><SUBJECT/><MESSAGE>Unanswered?</MESSAGE></NLM-QUESTION></NLM-QUESTIONS>"""
LIVEQA_TEST = """<LiveQA><NLM-QUESTION qid="TQ1"><Original-Question qfile="x"><Subject>Ear</Subject><Message></Message>
</Original-Question><Paraphrase>p</Paraphrase><Annotations><Q-Focus fid="F1">ear</Q-Focus></Annotations>
<ReferenceAnswers><ReferenceAnswer aid="1"><Answer>Wait.</Answer><AnswerURL>u</AnswerURL><Comment/></ReferenceAnswer>
</ReferenceAnswers></NLM-QUESTION></LiveQA>"""


def lines(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_medqa_whatever_its_file_is_called(tmp_path: Path) -> None:
    found = load_question_set(lines(tmp_path / "unhelpful.name", MEDQA, MEDQA))
    assert (found.name, found.task, found.licence) == ("medqa", "choose", "MIT")
    assert [q.query_id for q in found.questions] == ["unhelpful-1", "unhelpful-2"]
    assert (found.questions[0].options, found.questions[0].correct) == (MEDQA["options"], "A")
    assert not found.contexts


def test_questions_of_our_own_in_medqas_form_are_not_called_medqa(tmp_path: Path) -> None:
    found = load_question_set("data/sample/choices.jsonl")
    assert (found.name, found.licence, len(found.questions)) == ("choices", "", 60)


def test_medmcqa_in_gzip_counts_from_one_as_its_authors_do(tmp_path: Path) -> None:
    # GIVEN the published form: options from 1, one question without its correct option, one with an empty option
    path = tmp_path / "dev.json"
    records = [MEDMCQA, {**MEDMCQA, "id": "m2", "cop": 1}, {**MEDMCQA, "id": "m3", "cop": None}]
    records.append({**MEDMCQA, "id": "m4", "opb": ""})
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode()))
    # WHEN it is read THEN the options have letters, and what cannot be used is counted
    found = load_question_set(path)
    assert [(q.query_id, q.text, q.correct, q.answer) for q in found.questions] == [
        ("m1", "Which nerve?", "D", "IV"),
        ("m2", "Which nerve?", "A", "I"),
    ]
    assert found.rejected_by_reason == {question_sets.NO_KEY: 1, question_sets.INCOMPLETE_OPTIONS: 1}


@pytest.mark.parametrize(
    ("positions", "correct"),
    [((1, 4), "AD"), ((0, 3), "AD"), ((2, 3), "BC"), ((0, -1, 1), "AB")],
)
def test_a_copy_of_medmcqa_that_counts_from_zero_is_told_by_its_zeros(
    positions: tuple[int, ...], correct: str, tmp_path: Path
) -> None:
    records = [{**MEDMCQA, "id": str(n), "cop": cop} for n, cop in enumerate(positions)]
    found = load_question_set(lines(tmp_path / "x", *records))
    assert "".join(question.correct for question in found.questions) == correct


def test_pubmedqa_brings_its_abstract_and_its_long_answer(tmp_path: Path) -> None:
    # GIVEN PubMedQA's JSON, indented as published, with one question that nobody judged
    path = tmp_path / "test_set.json"
    path.write_text(json.dumps({"123": PUBMEDQA, "124": {**PUBMEDQA, "final_decision": ""}}, indent=1))
    # WHEN it is read THEN question, abstract with labels, long answer and judgement are there
    found = load_question_set(path)
    (question,) = found.questions
    assert (found.name, found.task, question.query_id, question.answer) == ("pubmedqa", "judge", "123", "yes")
    (passage,) = found.contexts["123"]
    assert passage.text == "METHODS: We asked 9 people.\nRESULTS: It helped 8 of 9."
    assert passage.url == "https://pubmed.ncbi.nlm.nih.gov/123/"
    assert found.references == {"123": ("It seems to help.",)}
    assert found.rejected_by_reason == {question_sets.NO_JUDGEMENT: 1}


def test_a_long_abstract_is_cut_into_passages_and_nothing_is_lost(tmp_path: Path) -> None:
    record = {**PUBMEDQA, "CONTEXTS": ["One two three. " * 50, "Four five six. " * 50], "LABELS": []}
    (tmp_path / "x").write_text(json.dumps({"1": record}))
    passages = load_question_set(tmp_path / "x").contexts["1"]
    assert [len(passage.text.split()) for passage in passages] == [180, 120]


def test_liveqa_in_both_its_forms(tmp_path: Path) -> None:
    # GIVEN the forms of the training and of the test file, one with a byte order mark
    training, test = tmp_path / "training", tmp_path / "test"
    training.write_text("\ufeff" + LIVEQA_TRAINING, encoding="utf-8")
    test.write_text(LIVEQA_TEST)
    # WHEN they are read THEN a question has the answers of all its parts, and a subject stands in for a message
    found = load_question_set(training)
    assert [(q.query_id, q.text, q.topic) for q in found.questions] == [
        ("liveqa-Q1", "What helps against gout?", "gout")
    ]
    assert found.references == {"liveqa-Q1": ("Rest.", "Cold packs.", "A doctor.")}
    assert found.rejected_by_reason == {question_sets.NO_REFERENCE: 1}
    found = load_question_set(test)
    assert [(q.query_id, q.text, q.answer) for q in found.questions] == [("liveqa-TQ1", "Ear", "Wait.")]
    assert (found.name, found.task) == ("liveqa", "answer")


def test_our_own_forms(tmp_path: Path) -> None:
    questions = load_question_set("data/sample/questions.jsonl")
    judgements = load_question_set("data/sample/judgements.jsonl")
    assert (questions.task, len(questions.questions)) == ("answer", 150)
    assert (judgements.task, len(judgements.questions)) == ("judge", 30)
    assert load_question_set("data/sample").questions == questions.questions
    unanswered = load_question_set(
        lines(tmp_path / "q", {"query_id": "a", "text": "x", "answer": "y"}, {"query_id": "b", "text": "z"})
    )
    assert unanswered.rejected_by_reason == {question_sets.NO_REFERENCE: 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (" \n", "nothing but white space"),
        ("query,answer\n", "neither JSON nor XML: it begins with 'q'"),
        ('{"name": "x"}\n', "of no known form: its first record has name"),
        (json.dumps(MEDQA) + "\n" + json.dumps(MEDQA)[:40], "line 2: not valid JSON"),
        (json.dumps({**MEDQA, "answer_idx": "E"}), "line 1: needs question, options"),
        (json.dumps({**MEDQA, "options": {"A": 1, "B": 2}}), "line 1: needs question, options"),
        (json.dumps({**MEDQA, "question": "What is \ud800?"}), "line 1: holds half a surrogate pair"),
        (json.dumps({"1": {**PUBMEDQA, "QUESTION": "\udfff?"}}), "holds half a surrogate pair"),
        (json.dumps(MEDMCQA) + "\n" + json.dumps({**MEDMCQA, "cop": 0}), "cop is 0 on line 2 and 4 on line 1"),
        (json.dumps({**MEDMCQA, "cop": 7}), "line 1: cop is 7"),
        (json.dumps({**MEDMCQA, "question": None}), "line 1: has no question"),
        (json.dumps({**MEDMCQA, "cop": -1}), "no question that can be used .1 times: question whose correct option"),
        (json.dumps(MEDMCQA) + "\n" + json.dumps(MEDMCQA), "m1 stands twice"),
        (json.dumps({"1": PUBMEDQA}, indent=1)[:-20], "line 1.: not valid JSON"),
        (json.dumps({"1": PUBMEDQA, "2": {"QUESTION": "?"}}), "record 2: needs QUESTION and CONTEXTS"),
        (LIVEQA_TRAINING[:300], "not well-formed XML"),
        ("<html></html>", "holds no NLM-QUESTION"),
        ('{"query_id": "a", "text": "x", "judgement": "perhaps"}', "line 1: needs query_id, text and a judgement"),
    ],
)
def test_damage_is_named_with_its_place(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "set").write_text(content)
    with pytest.raises(DatasetError, match=said):
        load_question_set(tmp_path / "set")


def test_a_gzip_file_that_was_cut_off_is_named(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(json.dumps({**MEDMCQA, "id": str(n)}) for n in range(99)).encode())
    (tmp_path / "dev.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError, match="not a complete gzip file"):
        load_question_set(tmp_path / "dev.jsonl.gz")
    with pytest.raises(DatasetError, match="does not exist"):
        load_question_set(tmp_path / "nowhere.json")
