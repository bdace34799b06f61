"""Question sets in their published forms, told apart by looking into the file, never by its name.

=============  ========================================================================================  ========
form           what a file of it holds                                                                   task
=============  ========================================================================================  ========
MedQA          JSON Lines: ``question, options, answer, answer_idx``                                     choose
MedMCQA        JSON Lines: ``question, opa, opb, opc, opd, cop``                                         choose
PubMedQA       one JSON object: ``{pmid: {QUESTION, CONTEXTS, LABELS, LONG_ANSWER, final_decision}}``    judge
LiveQA-Med     XML: ``NLM-QUESTION`` with ``MESSAGE`` and reference answers                              answer
MedQuAD        the archive or the unpacked folder                                                        answer
our judgements JSON Lines: ``query_id, text, judgement``                                                 judge
our questions  JSON Lines: ``query_id, text, answer``                                                    answer
our corpus     a folder with ``documents.jsonl`` and ``questions.jsonl``                                 answer
=============  ========================================================================================  ========

JSON and JSON Lines may be gzip files.
"""

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from medassist import datasets, prompts
from medassist.errors import DatasetError
from medassist.passages import split_document
from medassist.records import is_unicode, open_binary, read_lines, read_records
from medassist.schemas import Document, Passage, Question, Rejection

NO_KEY = "question whose correct option is not published"
NO_JUDGEMENT = "question without yes, no or maybe"
NO_REFERENCE = "question without a reference answer"
NO_MESSAGE = "question without text"
INCOMPLETE_OPTIONS = "question with an empty option"

_PUBMED_URL = "https://pubmed.ncbi.nlm.nih.gov/{}/"
_KNOWN = (
    "medassist reads MedQA and MedMCQA (JSON Lines), PubMedQA (JSON), LiveQA-Med (XML), MedQuAD (.zip or folder) and "
    "JSON Lines of query_id, text and answer or judgement"
)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one file. Records met = questions + rejections.

    Parameters
    ----------
    name : str
        The data set ("medqa"); for files of our own forms, the file's.
    task : str
        One of :data:`medassist.prompts.TASKS`, the same for all questions.
    questions : tuple of Question
        To choose: with options and the correct one's key. To judge: ``answer`` is one of ``JUDGEMENTS``. To answer:
        ``answer`` is the first reference answer.
    contexts : mapping of query id to passages
        Passages that the set itself brings: PubMedQA's abstracts. Other sets have none, and need retrieval.
    references : mapping of query id to texts
        All reference answers in long form: those of ``answer`` questions, PubMedQA's long answers.
    """

    name: str
    task: str
    questions: tuple[Question, ...]
    contexts: Mapping[str, tuple[Passage, ...]] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rejections: tuple[Rejection, ...] = ()
    licence: str = ""

    @property
    def rejected_by_reason(self) -> dict[str, int]:
        """How many records were not taken, by reason."""
        return dict(Counter(rejection.reason for rejection in self.rejections))


def load_question_set(path: str | Path) -> QuestionSet:
    """Read a question set, whatever its form.

    Raises
    ------
    DatasetError
        If the path is missing, empty, of no known form or damaged (with the place), if an id stands twice, or if no
        question of it can be used.
    """
    path = Path(path)
    if not path.exists():
        raise DatasetError(f"{path} does not exist; {_KNOWN}.")
    if path.is_file() and path.stat().st_size == 0:
        raise DatasetError(f"{path} is empty; {_KNOWN}.")
    found = _read(path)
    if not found.questions:
        raise DatasetError(f"{path} holds no question that can be used ({_said(found.rejected_by_reason)}).")
    if repeated := [i for i, n in Counter(question.query_id for question in found.questions).items() if n > 1]:
        raise DatasetError(f"{path}: query_id {repeated[0]} stands twice; ids must be unique.")
    return found


def _read(path: Path) -> QuestionSet:
    if path.is_dir() or path.suffix == ".zip":
        return _from_corpus(datasets.load_corpus(path, skip_invalid=True))
    start = _first_character(path)
    if start == "<":
        return _read_liveqa(path)
    if start != "{":
        raise DatasetError(f"{path} is neither JSON nor XML: it begins with {start!r}; {_KNOWN}.")
    first = _first_record(path)
    if first is None or all(isinstance(value, dict) for value in first.values()):
        return _read_pubmedqa(path)
    if "answer_idx" in first:
        return _read_choices(path, ours="topic" in first)
    if {"opa", "opb"} <= set(first):
        return _read_medmcqa(path)
    if "judgement" in first:
        return QuestionSet(datasets.corpus_name(path), prompts.JUDGE, datasets.load_judgements(path))
    if {"query_id", "text"} <= set(first):
        return _from_questions(datasets.corpus_name(path), datasets.load_queries(path))
    raise DatasetError(f"{path} is of no known form: its first record has {', '.join(sorted(first)[:8])}; {_KNOWN}.")


def _first_character(path: Path) -> str:
    for line in read_lines(path):
        if text := line.strip():
            return text[0]
    raise DatasetError(f"{path} holds nothing but white space; {_KNOWN}.")


def _first_record(path: Path) -> dict[str, Any] | None:
    """The object of the first line; None if the first line is only the beginning of an object, as in PubMedQA."""
    line = next(line for line in read_lines(path) if line.strip())
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def _read_choices(path: Path, *, ours: bool) -> QuestionSet:
    """MedQA's form; a file that names topics is not MedQA's own."""
    name, licence = (datasets.corpus_name(path), "") if ours else ("medqa", "MIT")
    return QuestionSet(name, prompts.CHOOSE, datasets.load_choices(path), licence=licence)


def _from_questions(name: str, questions: tuple[Question, ...], licence: str = "") -> QuestionSet:
    """Reference answers from our own forms: one a question; those without any are rejected."""
    answered = tuple(question for question in questions if question.answer.strip())
    rejections = tuple(Rejection(q.query_id, NO_REFERENCE) for q in questions if not q.answer.strip())
    references = {question.query_id: (question.answer,) for question in answered}
    return QuestionSet(name, prompts.ANSWER, answered, {}, references, rejections, licence)


def _from_corpus(corpus: datasets.Corpus) -> QuestionSet:
    found = _from_questions(corpus.name, corpus.questions, corpus.licence)
    return replace(found, rejections=found.rejections + corpus.rejections)


# --- MedMCQA -----------------------------------------------------------------------------------------------------


def _read_medmcqa(path: Path) -> QuestionSet:
    """Read MedMCQA (Pal et al., 2022).

    ``cop``, the correct option, counts from 1 in the authors' release and from 0 in some copies. A file with a 0 counts
    from 0; any other from 1. One that has both a 0 and a 4 is damaged. The official test split has no ``cop``, or -1.
    """
    records = list(read_records(path))
    first = _first_option(path, records)
    questions: list[Question] = []
    rejections: list[Rejection] = []
    for number, record in records:
        query_id = str(record.get("id") or f"{path.name.partition('.')[0]}-{number}")
        options = {key: _text(record.get(f"op{key.lower()}")) for key in "ABCD"}
        position = _key_of(record)
        if not _text(record.get("question")):
            raise DatasetError(f"{path}, line {number}: has no question.")
        if position is None:
            rejections.append(Rejection(query_id, NO_KEY))
        elif not all(options.values()):
            rejections.append(Rejection(query_id, INCOMPLETE_OPTIONS))
        else:
            correct = "ABCD"[position - first]
            text, topic = _text(record["question"]), _text(record.get("topic_name"))
            questions.append(Question(query_id, text, options[correct], topic, options, correct))
    return QuestionSet("medmcqa", prompts.CHOOSE, tuple(questions), rejections=tuple(rejections), licence="MIT")


def _first_option(path: Path, records: list[tuple[int, dict[str, Any]]]) -> int:
    """What ``cop`` says for the first option in this file: 0 or 1."""
    seen: dict[int, int] = {}
    for number, record in records:
        if (position := _key_of(record)) is None:
            continue
        if not 0 <= position <= 4:
            raise DatasetError(f"{path}, line {number}: cop is {position}, but it names one of four options.")
        seen.setdefault(position, number)
    if 0 in seen and 4 in seen:
        raise DatasetError(
            f"{path}: cop is 0 on line {seen[0]} and 4 on line {seen[4]}; in one file it counts from 0 or from 1."
        )
    return 0 if 0 in seen else 1


def _key_of(record: Mapping[str, Any]) -> int | None:
    """``cop`` as a number; None where the correct option is not published."""
    try:
        position = int(record["cop"])
    except (KeyError, TypeError, ValueError):
        return None
    return None if position == -1 else position


# --- PubMedQA and our own judgements -----------------------------------------------------------------------------


def _read_pubmedqa(path: Path) -> QuestionSet:
    """Read PubMedQA (Jin et al., 2019), labelled: each question with its abstract (without the conclusion), the
    conclusion as long answer, and yes, no or maybe."""
    questions: list[Question] = []
    contexts: dict[str, tuple[Passage, ...]] = {}
    references: dict[str, tuple[str, ...]] = {}
    rejections: list[Rejection] = []
    for pmid, record in _read_object(path).items():
        if not isinstance(record, dict) or not record.get("QUESTION") or not isinstance(record.get("CONTEXTS"), list):
            raise DatasetError(f"{path}, record {pmid}: needs QUESTION and CONTEXTS, as PubMedQA has them.")
        judgement = _text(record.get("final_decision")).lower()
        if judgement not in prompts.JUDGEMENTS:
            rejections.append(Rejection(pmid, NO_JUDGEMENT))
            continue
        questions.append(Question(pmid, _text(record["QUESTION"]), judgement))
        contexts[pmid] = _abstract(pmid, record)
        if long_answer := _text(record.get("LONG_ANSWER")):
            references[pmid] = (long_answer,)
    return QuestionSet(
        "pubmedqa", prompts.JUDGE, tuple(questions), contexts, references, rejections=tuple(rejections), licence="MIT"
    )


def _abstract(pmid: str, record: Mapping[str, Any]) -> tuple[Passage, ...]:
    """An abstract as passages, one line a section with its label ("RESULTS: …")."""
    labels = record.get("LABELS") or []
    sections = [_text(section) for section in record["CONTEXTS"]]
    named = [f"{_text(label)}: " if label else "" for label in labels] + [""] * len(sections)
    text = "\n".join(label + section for label, section in zip(named, sections, strict=False) if section)
    document = Document(f"pubmed-{pmid}", "", text, "PubMed", _PUBMED_URL.format(pmid))
    return tuple(split_document(document)) if text else ()


def _read_object(path: Path) -> dict[str, Any]:
    text = "".join(read_lines(path))
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DatasetError(
            f"{path}, line {error.lineno}: not valid JSON ({error.msg}); was the file cut off while it was written?"
        ) from error
    if not isinstance(value, dict):
        raise DatasetError(f"{path} must be one JSON object of records by their PubMed id.")
    if not is_unicode(text, value):
        raise DatasetError(f"{path} holds half a surrogate pair; write it as valid Unicode.")
    return value


# --- LiveQA-Med --------------------------------------------------------------------------------------------------


def _read_liveqa(path: Path) -> QuestionSet:
    """Read LiveQA-Med (TREC 2017): a person's message, with one or more reference answers.

    The training files have ``MESSAGE`` and ``ANSWER`` below ``SUB-QUESTION``; the test file has the same names, some in
    other places and letters. So elements are found by name, in any letters, anywhere below ``NLM-QUESTION``. A question
    with several sub-questions has the answers of all.
    """
    try:
        with open_binary(path) as file:
            root = ElementTree.fromstring(file.read())
    except (ElementTree.ParseError, EOFError, OSError) as error:
        raise DatasetError(f"{path} is not well-formed XML ({error}); was the file cut off?") from error
    questions: list[Question] = []
    references: dict[str, tuple[str, ...]] = {}
    rejections: list[Rejection] = []
    elements = list(_named(root, "NLM-QUESTION"))
    if not elements:
        raise DatasetError(f"{path} holds no NLM-QUESTION; of XML, medassist reads LiveQA-Med's questions.")
    for number, element in enumerate(elements, start=1):
        name = element.get("questionid") or element.get("qid") or f"{path.stem}-{number}"
        query_id = "liveqa-" + "-".join(name.split())
        text = _message(element)
        answers = tuple(dict.fromkeys(filter(None, (_content(answer) for answer in _named(element, "ANSWER")))))
        if not text or not answers:
            rejections.append(Rejection(query_id, NO_MESSAGE if not text else NO_REFERENCE))
            continue
        topic = next(filter(None, (_content(focus) for focus in _named(element, "FOCUS"))), "")
        questions.append(Question(query_id, text, answers[0], topic))
        references[query_id] = answers
    return QuestionSet("liveqa", prompts.ANSWER, tuple(questions), {}, references, rejections=tuple(rejections))


def _message(element: ElementTree.Element) -> str:
    """What the person wrote; the subject line where there is no message."""
    for name in ("MESSAGE", "SUBJECT"):
        for found in _named(element, name):
            if text := " ".join(_content(found).split()):
                return text
    return ""


def _named(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (found for found in element.iter() if isinstance(found.tag, str) and found.tag.upper() == name)


def _content(element: ElementTree.Element) -> str:
    return "".join(element.itertext()).strip()


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _said(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count} times: {reason}" for reason, count in reasons.items()) or "it has none"
