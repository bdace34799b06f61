import json
import zipfile
from pathlib import Path

import pytest

from medassist import datasets
from medassist.errors import DatasetError

MEDQUAD_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<Document id="0000001" source="TEST" url="https://example.org/gout">
<Focus>Gout</Focus>
<QAPairs>
 <QAPair pid="1"><Question qid="0000001-1" qtype="symptoms">What are the symptoms of Gout ?</Question>
  <Answer>Pain in a joint.    - It is often the big toe.   - It comes at night.    It  passes.</Answer></QAPair>
 <QAPair pid="2"><Question qid="0000001-2" qtype="causes">What causes Gout ?</Question><Answer/></QAPair>
</QAPairs></Document>"""
WITHOUT_QUESTIONS = "<Document id='0000002' source='TEST'><Focus>Nothing</Focus></Document>"


def write_archive(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_lines(path: Path, records: list[object]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_medquad_archive_is_read_and_what_is_left_out_is_counted(tmp_path):
    # GIVEN an archive with one answered question, one without answer and a file without questions
    path = write_archive(
        tmp_path / "MedQuAD-master.zip",
        {
            "MedQuAD-master/1_TEST_QA/0000001.xml": MEDQUAD_FILE,
            "MedQuAD-master/1_TEST_QA/0000002.xml": WITHOUT_QUESTIONS,
            "MedQuAD-master/readme.txt": "about",
        },
    )
    # WHEN it is read
    corpus = datasets.load_corpus(path)
    # THEN the answer is a document, its list items are lines, and the others are counted by reason
    (document,) = corpus.documents
    assert corpus.name == "medquad"
    assert document.document_id == "TEST/0000001-1"
    assert document.title == "Gout: symptoms"
    assert document.text == "Pain in a joint.\n- It is often the big toe.\n- It comes at night.\nIt passes."
    assert (document.source, document.url) == ("TEST", "https://example.org/gout")
    assert corpus.questions[0].text == "What are the symptoms of Gout?"
    assert corpus.qrels == {"TEST/0000001-1": {"TEST/0000001-1": 2}}
    assert corpus.rejected_by_reason == {datasets.NO_ANSWER: 1, datasets.NO_QUESTIONS: 1}


def test_medquad_folder_gives_the_same_documents_as_the_archive(tmp_path):
    # GIVEN the same file in a folder and in an archive
    folder = tmp_path / "MedQuAD-master" / "1_TEST_QA"
    folder.mkdir(parents=True)
    (folder / "0000001.xml").write_text(MEDQUAD_FILE, encoding="utf-8")
    path = write_archive(tmp_path / "other.zip", {"MedQuAD-master/1_TEST_QA/0000001.xml": MEDQUAD_FILE})
    # WHEN both are read THEN the documents are the same
    assert datasets.load_corpus(folder.parent).documents == datasets.load_corpus(path).documents


def test_a_broken_xml_file_stops_reading_or_is_counted(tmp_path):
    # GIVEN an archive with a sound file and one that was cut off
    path = write_archive(tmp_path / "broken.zip", {"q/0000001.xml": MEDQUAD_FILE, "q/0000009.xml": MEDQUAD_FILE[:200]})
    # WHEN it is read strictly THEN the error names the file and the remedy
    with pytest.raises(DatasetError, match=r"q/0000009\.xml.*--skip-invalid"):
        datasets.load_corpus(path)
    # WHEN invalid records are skipped THEN the rest is there and the file is counted
    corpus = datasets.load_corpus(path, skip_invalid=True)
    assert len(corpus.documents) == 1
    assert corpus.rejected_by_reason[datasets.BROKEN_XML] == 1


def test_damaged_and_missing_corpora_are_named(tmp_path):
    # GIVEN corpora that cannot be read
    sound = write_archive(tmp_path / "sound.zip", {f"q/{n}.xml": MEDQUAD_FILE * 5 for n in range(20)})
    half = tmp_path / "half.zip"
    half.write_bytes(sound.read_bytes()[: sound.stat().st_size // 2])
    not_a_zip = tmp_path / "text.zip"
    not_a_zip.write_text("not an archive", encoding="utf-8")
    empty = tmp_path / "empty.zip"
    empty.touch()
    (tmp_path / "nothing").mkdir()
    other = tmp_path / "corpus.pdf"
    other.write_text("x", encoding="utf-8")
    # WHEN each is read THEN one sentence says what is wrong with it
    for path, reason in (
        (half, "not a complete zip"),
        (not_a_zip, "not a complete zip"),
        (empty, "is empty"),
        (tmp_path / "missing.zip", "does not exist"),
        (tmp_path / "nothing", "no answered question"),
        (other, r"must end in \.zip"),
    ):
        with pytest.raises(DatasetError, match=reason):
            datasets.load_corpus(path)


def test_a_damaged_member_of_an_archive_is_noticed(tmp_path):
    # GIVEN an archive in which one byte of a stored file was flipped
    path = write_archive(tmp_path / "flipped.zip", {"q/0000001.xml": MEDQUAD_FILE})
    content = path.read_bytes().replace(b"big toe", b"big t0e")
    path.write_bytes(content)
    # WHEN it is read THEN the checksum gives it away
    with pytest.raises(DatasetError, match="not a complete zip"):
        datasets.load_corpus(path)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"title": "t", "text": "x"}, datasets.NO_ID),
        ({"document_id": "", "text": "x"}, datasets.NO_ID),
        ({"document_id": 7, "text": "x"}, datasets.NO_ID),
        ({"document_id": "b", "title": "t"}, datasets.NO_TEXT),
        ({"document_id": "b", "text": "  "}, datasets.NO_TEXT),
        ({"document_id": "b c", "text": "x"}, "white space"),
    ],
)
def test_an_invalid_document_stops_reading_or_is_counted(tmp_path, record, reason):
    # GIVEN JSON Lines with a sound document and an invalid one
    path = write_lines(tmp_path / "docs.jsonl", [{"document_id": "a", "text": "sound"}, record])
    # WHEN it is read strictly THEN the error names line and reason
    with pytest.raises(DatasetError, match=f"line 2: .*{reason}"):
        datasets.load_corpus(path)
    # WHEN invalid records are skipped THEN one is taken and one counted
    corpus = datasets.load_corpus(path, skip_invalid=True)
    assert [document.document_id for document in corpus.documents] == ["a"]
    assert sum(corpus.rejected_by_reason.values()) == 1


def test_two_documents_with_one_id_are_refused_even_when_skipping(tmp_path):
    # GIVEN two documents of one id
    records = [
        {"document_id": "a", "text": "one"},
        {"document_id": "b", "text": "x"},
        {"document_id": "a", "text": "2"},
    ]
    path = write_lines(tmp_path / "docs.jsonl", records)
    # WHEN it is read THEN both lines are named
    with pytest.raises(DatasetError, match="lines 1 and 3"):
        datasets.load_corpus(path, skip_invalid=True)


def test_a_half_written_json_line_is_named(tmp_path):
    # GIVEN a file whose last line was cut off
    path = tmp_path / "docs.jsonl"
    path.write_text('{"document_id": "a", "text": "x"}\n{"document_id": "b", "te', encoding="utf-8")
    # WHEN it is read THEN the error names the line
    with pytest.raises(DatasetError, match="line 2: not valid JSON"):
        datasets.load_corpus(path)


def test_unicode_line_separators_within_a_text_do_not_break_a_line(tmp_path):
    # GIVEN a document whose text holds U+2028, which str.splitlines takes for a line end
    path = tmp_path / "docs.jsonl"
    record = {"document_id": "a", "text": "one\u2028two"}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    # WHEN it is read THEN it is one document
    assert datasets.load_corpus(path).documents[0].text == "one\u2028two"


def test_the_sample_is_whole():
    # GIVEN our own sample
    corpus = datasets.load_corpus("data/sample")
    # THEN it has what data/README.md says, and every question has a document that answers it fully
    assert len(corpus.documents) == 300
    assert len({document.topic for document in corpus.documents}) == 60
    assert len(corpus.questions) == 150
    assert len(corpus.choices) == 60
    assert {choice.topic for choice in corpus.choices} == {document.topic for document in corpus.documents}
    assert sum(map(len, corpus.qrels.values())) == 273
    assert all(2 in corpus.qrels[question.query_id].values() for question in corpus.questions)
    assert all(choice.answer == choice.options[choice.correct] for choice in corpus.choices)
    assert corpus.licence == "CC BY 4.0"
    assert not corpus.rejections


def test_the_samples_judgements_are_balanced_and_name_their_documents():
    # GIVEN our own sample
    corpus = datasets.load_corpus("data/sample")
    # THEN ten questions each are judged yes, no and maybe, each on the topic of the document it was written from
    judged = [judgement.answer for judgement in corpus.judgements]
    assert [judged.count(answer) for answer in ("yes", "no", "maybe")] == [10, 10, 10]
    topics = {document.document_id: document.topic for document in corpus.documents}
    assert [topics[corpus.evidence[q.query_id]] for q in corpus.judgements] == [q.topic for q in corpus.judgements]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"query_id": "j", "text": "?", "judgement": "perhaps"}, "line 1: needs query_id, text and a judgement"),
        ({"query_id": "j", "text": "?", "judgement": "no", "document_id": "b"}, "line 1: document b is not in"),
    ],
)
def test_wrong_judgements_are_refused(tmp_path, record, reason):
    # GIVEN a corpus with one document and one judgement
    write_lines(tmp_path / "documents.jsonl", [{"document_id": "a", "text": "x"}])
    write_lines(tmp_path / "judgements.jsonl", [record])
    # WHEN it is read THEN the line is named
    with pytest.raises(DatasetError, match=reason):
        datasets.load_corpus(tmp_path)


def test_medquads_synonyms_are_kept(tmp_path):
    # GIVEN a file that gives other names of its focus
    content = MEDQUAD_FILE.replace("</Focus>", "</Focus><Synonyms><Synonym>Podagra </Synonym><Synonym/></Synonyms>")
    path = write_archive(tmp_path / "m.zip", {"1_TEST_QA/0000001.xml": content})
    # THEN the corpus has them by topic
    assert datasets.load_corpus(path).synonyms == {"Gout": ("Podagra",)}


def test_choices_without_a_right_option_are_refused(tmp_path):
    # GIVEN a question whose answer_idx is not an option
    path = write_lines(
        tmp_path / "choices.jsonl", [{"question": "?", "options": {"A": "x", "B": "y"}, "answer_idx": "C"}]
    )
    # WHEN it is read THEN the line is named
    with pytest.raises(DatasetError, match="line 1"):
        datasets.load_choices(path)


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([], "holds no queries"),
        ([{"query_id": "1"}], "has no text"),
        ([{"text": "x"}], "query_id must be"),
        ([{"query_id": "1", "text": "x"}, {"query_id": "1", "text": "y"}], "stands twice"),
        ([["query_id"]], "one JSON object"),
    ],
)
def test_wrong_queries_are_refused(tmp_path, records, reason):
    path = write_lines(tmp_path / "queries.jsonl", records)
    with pytest.raises(DatasetError, match=reason):
        datasets.load_queries(path)


def test_the_fingerprint_follows_the_documents(tmp_path):
    # GIVEN two files that differ in one letter
    one = write_lines(tmp_path / "one.jsonl", [{"document_id": "a", "text": "x"}])
    two = write_lines(tmp_path / "two.jsonl", [{"document_id": "a", "text": "y"}])
    # THEN their fingerprints differ, and are the same when read again
    assert datasets.load_corpus(one).fingerprint == datasets.load_corpus(one).fingerprint
    assert datasets.load_corpus(one).fingerprint != datasets.load_corpus(two).fingerprint
