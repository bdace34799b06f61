"""Raw data sets → documents, questions and relevance judgements.

What can be read: MedQuAD (Ben Abacha & Demner-Fushman, 2019) as the archive or the folder of its repository; our own
sample's folder; plain JSON Lines of documents; multiple-choice questions in MedQA's JSON Lines. No record is lost
silently: what is not taken is a :class:`~medassist.schemas.Rejection` with its reason.
"""

import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from medassist.errors import DatasetError
from medassist.prompts import JUDGEMENTS
from medassist.records import read_lines, read_records
from medassist.schemas import Document, Qrels, Question, Rejection

MEDQUAD_LICENCE = "CC BY 4.0"
NO_ANSWER = "question without an answer in the archive"
NO_QUESTIONS = "file without questions"
BROKEN_XML = "file is not well-formed XML"
NO_ID = "record without document_id"
NO_TEXT = "record without text"
_REMEDY = "mend the record, or skip such records with --skip-invalid (they are counted)"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A data set as it was read.

    ``questions`` are those whose answers stand in the documents, judged by ``qrels`` (``qrels[query_id][document_id]``,
    1 = partly, 2 = fully); ``choices`` are multiple-choice questions, ``judgements`` those whose answer is yes, no or
    maybe, and ``evidence[query_id]`` is the document that either of them was written from. ``synonyms[topic]`` are the
    publisher's other names of a topic. Records met = documents + rejections.
    """

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...] = ()
    choices: tuple[Question, ...] = ()
    qrels: Qrels = field(default_factory=dict)
    rejections: tuple[Rejection, ...] = ()
    licence: str = ""
    judgements: tuple[Question, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def rejected_by_reason(self) -> dict[str, int]:
        """How many records were not taken, by reason."""
        return dict(Counter(rejection.reason for rejection in self.rejections))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all documents, in order: the same documents give the same hex digest."""
        digest = hashlib.sha256()
        for document in self.documents:
            fields = (document.document_id, document.title, document.text, document.source, document.url)
            digest.update(json.dumps(fields).encode())
        return digest.hexdigest()


def load_corpus(path: Path | str, *, skip_invalid: bool = False) -> Corpus:
    """Read a corpus, whatever its form.

    Parameters
    ----------
    path : Path or str
        MedQuAD's ``.zip`` or unpacked folder, a folder with ``documents.jsonl`` (and, where there are any,
        ``questions.jsonl``, ``qrels.txt``, ``choices.jsonl``, ``judgements.jsonl``), or a ``.jsonl`` file of documents.
    skip_invalid : bool
        Leave invalid records out (counted in ``rejections``) instead of stopping at the first.

    Raises
    ------
    DatasetError
        If the path is missing, empty, of no known form or damaged, if two documents share an id, or if a record is
        invalid and ``skip_invalid`` is false.
    """
    path = Path(path)
    if not path.exists():
        raise DatasetError(f"{path} does not exist; give a MedQuAD .zip or folder, or a .jsonl file of documents.")
    if path.is_dir():
        if (path / "documents.jsonl").is_file():
            return _load_folder(path, skip_invalid)
        return _load_medquad(path.name, _xml_files_of_folder(path), path, skip_invalid)
    if path.stat().st_size == 0:
        raise DatasetError(f"{path} is empty; give a MedQuAD .zip or folder, or a .jsonl file of documents.")
    if path.suffix == ".zip":
        return _load_medquad(path.stem, _xml_files_of_archive(path), path, skip_invalid)
    if path.suffix in (".jsonl", ".ndjson"):
        documents, rejections = _read_documents(path, skip_invalid)
        return Corpus(corpus_name(path), documents, rejections=rejections)
    raise DatasetError(
        f"{path} is not a corpus that can be read: its name must end in .zip (MedQuAD) or .jsonl (documents)."
    )


def corpus_name(path: Path | str) -> str:
    """Return the name under which a corpus is kept on S3: lower-case letters, digits and hyphens (``"medquad"``)."""
    stem = Path(path).resolve().stem.lower().removesuffix("-master")
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "corpus"


def load_choices(path: Path | str) -> tuple[Question, ...]:
    """Read multiple-choice questions in MedQA's form: ``{"question", "options", "answer", "answer_idx"}`` a line.

    Raises
    ------
    DatasetError
        If a line is not JSON, lacks a field, or ``answer_idx`` is not one of the options.
    """
    path = Path(path)
    choices = []
    for number, record in read_records(path):
        options, correct = record.get("options"), record.get("answer_idx")
        if not _are_options(options) or str(correct) not in options or not record.get("question"):
            raise DatasetError(
                f"{path}, line {number}: needs question, options (texts by their keys) and an answer_idx that is one "
                "of the keys."
            )
        query_id = str(record.get("query_id") or f"{path.stem}-{number}")
        answer, topic = str(record.get("answer") or options[str(correct)]), str(record.get("topic") or "")
        choices.append(Question(query_id, str(record["question"]), answer, topic, options, str(correct)))
    return tuple(choices)


def _are_options(value: object) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and all(isinstance(text, str) and text.strip() for text in value.values())


def load_judgements(path: Path | str) -> tuple[Question, ...]:
    """Read yes/no/maybe questions, ``{"query_id", "text", "judgement"}`` a line, with ``topic`` where it is given.

    The judgement becomes the question's ``answer``.

    Raises
    ------
    DatasetError
        If a line is not JSON, lacks a field, or its judgement is none of the three.
    """
    path = Path(path)
    questions = []
    for number, record in read_records(path):
        query_id, text, judgement = (record.get(name) for name in ("query_id", "text", "judgement"))
        if not query_id or not text or judgement not in JUDGEMENTS:
            raise DatasetError(
                f"{path}, line {number}: needs query_id, text and a judgement, one of {', '.join(JUDGEMENTS)}."
            )
        questions.append(Question(str(query_id), str(text), judgement, str(record.get("topic") or "")))
    return tuple(questions)


def load_queries(path: Path | str) -> tuple[Question, ...]:
    """Read queries or questions, ``{"query_id", "text"}`` a line, with ``answer`` and ``topic`` where they are given.

    Raises
    ------
    DatasetError
        If the file is missing or empty, a line is not JSON or lacks id or text, or an id stands twice.
    """
    path = Path(path)
    questions: dict[str, Question] = {}
    for number, record in read_records(path):
        query_id, text = record.get("query_id"), record.get("text")
        if not isinstance(query_id, str) or not query_id or re.search(r"\s", query_id):
            raise DatasetError(f"{path}, line {number}: query_id must be a string without white space.")
        if not isinstance(text, str) or not text.strip():
            raise DatasetError(f"{path}, line {number}: query {query_id} has no text.")
        if query_id in questions:
            raise DatasetError(f"{path}, line {number}: query_id {query_id} stands twice; ids must be unique.")
        questions[query_id] = Question(query_id, text, str(record.get("answer", "")), str(record.get("topic", "")))
    if not questions:
        raise DatasetError(f"{path} holds no queries; give one JSON object with query_id and text a line.")
    return tuple(questions.values())


def read_qrels(path: Path | str) -> Qrels:
    """Read TREC relevance judgements: ``query_id 0 document_id relevance`` a line.

    Raises
    ------
    DatasetError
        If a line has not four columns or its relevance is not a whole number.
    """
    qrels: Qrels = {}
    for number, line in enumerate(read_lines(Path(path)), start=1):
        columns = line.split()
        if not columns:
            continue
        try:
            query_id, _, document_id, relevance = columns
            qrels.setdefault(query_id, {})[document_id] = int(relevance)
        except ValueError as error:
            raise DatasetError(f"{path}, line {number}: must be 'query_id 0 document_id relevance'.") from error
    return qrels


def _load_folder(folder: Path, skip_invalid: bool) -> Corpus:
    documents, rejections = _read_documents(folder / "documents.jsonl", skip_invalid)
    questions_file, qrels_file = folder / "questions.jsonl", folder / "qrels.txt"
    choices_file, judgements_file = folder / "choices.jsonl", folder / "judgements.jsonl"
    questions = load_queries(questions_file) if questions_file.exists() else ()
    qrels = read_qrels(qrels_file) if qrels_file.exists() else {}
    document_ids = {document.document_id for document in documents}
    _check_qrels(qrels, document_ids, {question.query_id for question in questions}, qrels_file)
    choices = load_choices(choices_file) if choices_file.exists() else ()
    judgements = load_judgements(judgements_file) if judgements_file.exists() else ()
    evidence = _read_evidence(choices_file, choices, document_ids)
    evidence |= _read_evidence(judgements_file, judgements, document_ids)
    licence_file = folder / "LICENSE"
    licence = licence_file.read_text(encoding="utf-8").splitlines()[0].strip() if licence_file.exists() else ""
    name = corpus_name(folder)
    return Corpus(name, documents, questions, choices, qrels, rejections, licence, judgements, evidence)


def _read_evidence(path: Path, questions: Iterable[Question], document_ids: set[str]) -> dict[str, str]:
    """The ``document_id`` of each question that has one."""
    records = read_records(path) if path.exists() else ()
    evidence = {}
    for question, (number, record) in zip(questions, records, strict=True):
        if document_id := str(record.get("document_id") or ""):
            if document_id not in document_ids:
                raise DatasetError(f"{path}, line {number}: document {document_id} is not in documents.jsonl.")
            evidence[question.query_id] = document_id
    return evidence


def _check_qrels(qrels: Qrels, document_ids: set[str], query_ids: set[str], path: Path) -> None:
    if unknown := sorted(set(qrels) - query_ids):
        raise DatasetError(f"{path}: query {unknown[0]} is not in questions.jsonl.")
    judged = {document_id for judgements in qrels.values() for document_id in judgements}
    if unknown := sorted(judged - document_ids):
        raise DatasetError(f"{path}: document {unknown[0]} is not in documents.jsonl.")


def _read_documents(path: Path, skip_invalid: bool) -> tuple[tuple[Document, ...], tuple[Rejection, ...]]:
    documents: dict[str, Document] = {}
    lines: dict[str, int] = {}
    rejections: list[Rejection] = []
    for number, record in read_records(path):
        reason = _invalid(record)
        if reason and not skip_invalid:
            raise DatasetError(f"{path}, line {number}: {reason}; {_REMEDY}.")
        if reason:
            rejections.append(Rejection(f"line {number}", reason))
            continue
        document = _to_document(record)
        if document.document_id in documents:
            first = lines[document.document_id]
            raise DatasetError(
                f"{path}: document_id {document.document_id} stands on lines {first} and {number}; ids must be unique."
            )
        documents[document.document_id], lines[document.document_id] = document, number
    if not documents:
        raise DatasetError(f"{path} holds no documents ({len(rejections)} records were skipped).")
    return tuple(documents.values()), tuple(rejections)


def _invalid(record: dict[str, Any]) -> str:
    document_id, text = record.get("document_id"), record.get("text")
    if not isinstance(document_id, str) or not document_id:
        return NO_ID
    if re.search(r"\s", document_id):
        return "record whose document_id has white space"
    if not isinstance(text, str) or not text.strip():
        return NO_TEXT
    return ""


def _to_document(record: dict[str, Any]) -> Document:
    names = ("document_id", "title", "text", "source", "url", "topic", "aspect")
    return Document(**{name: str(record.get(name) or "").strip() for name in names})


# --- MedQuAD -----------------------------------------------------------------------------------------------------


def _xml_files_of_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".xml"):
                    yield "/".join(name.split("/")[-2:]), archive.read(name)
    except (zipfile.BadZipFile, EOFError) as error:
        raise DatasetError(f"{path} is not a complete zip archive ({error}); fetch it again.") from error


def _xml_files_of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*.xml")):
        yield f"{path.parent.name}/{path.name}", path.read_bytes()


def _load_medquad(name: str, files: Iterable[tuple[str, bytes]], path: Path, skip_invalid: bool) -> Corpus:
    documents: list[Document] = []
    questions: list[Question] = []
    rejections: list[Rejection] = []
    synonyms: dict[str, set[str]] = {}
    for file_name, content in files:
        try:
            root = ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            if not skip_invalid:
                raise DatasetError(f"{path}, {file_name}: {BROKEN_XML} ({error}); {_REMEDY}.") from error
            rejections.append(Rejection(file_name, BROKEN_XML))
            continue
        _read_medquad_file(file_name, root, documents, questions, rejections)
        names = synonyms.setdefault(_squeeze(root.findtext("Focus") or ""), set())
        names.update(filter(None, (_squeeze(name.text or "") for name in root.iter("Synonym"))))
    if not documents:
        raise DatasetError(f"{path} holds no answered question; is it MedQuAD's archive or folder, or a .jsonl file?")
    qrels = {document.document_id: {document.document_id: 2} for document in documents}
    return Corpus(
        corpus_name(name),
        tuple(documents),
        tuple(questions),
        qrels=qrels,
        rejections=tuple(rejections),
        licence=MEDQUAD_LICENCE,
        synonyms={topic: tuple(sorted(names)) for topic, names in synonyms.items() if topic and names},
    )


def _read_medquad_file(
    file_name: str,
    root: ElementTree.Element,
    documents: list[Document],
    questions: list[Question],
    rejections: list[Rejection],
) -> None:
    """Add one XML file's answered questions. An answer is a document: about its focus, under one aspect (``qtype``).

    MedQuAD's own ``qid`` stands on several answers in some collections; collection, file and ``pid`` are unique.
    """
    folder, _, stem = file_name.removesuffix(".xml").rpartition("/")
    source = root.get("source") or re.sub(r"^\d+_|_QA.*$", "", folder)
    topic = _squeeze(root.findtext("Focus") or "")
    pairs = list(root.iter("QAPair"))
    if not pairs:
        rejections.append(Rejection(file_name, NO_QUESTIONS))
    for number, pair in enumerate(pairs, start=1):
        document_id = f"{source}/{stem}-{pair.get('pid') or number}"
        answer = _lines(pair.findtext("Answer") or "")
        if not answer:
            rejections.append(Rejection(document_id, NO_ANSWER))
            continue
        element = pair.find("Question")
        text = _squeeze((element.text or "") if element is not None else "").replace(" ?", "?")
        aspect = element.get("qtype", "") if element is not None else ""
        title = f"{topic}: {aspect}" if topic and aspect else topic or text
        documents.append(Document(document_id, title, answer, source, root.get("url") or "", topic, aspect))
        questions.append(Question(document_id, text, answer, topic))


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    """White space as people read it: one line a list item or paragraph, single blanks within a line.

    In MedQuAD's texts a wide gap is what is left of a line's end.
    """
    text = re.sub(r"\s{2,}-\s+", "\n- ", text.strip())
    return "\n".join(line for line in map(_squeeze, re.split(r"\n|\s{3,}", text)) if line)
