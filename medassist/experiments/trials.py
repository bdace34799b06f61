"""Trials: questions of any data set, each with the passages that a model is given for it, with retrieval on or off."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medassist import baselines, datasets, example_table, prompts, storage
from medassist.errors import ConfigurationError
from medassist.question_pool import Asked, asked_of_corpus, asked_of_set
from medassist.question_sets import load_question_set
from medassist.schemas import Hit, Passage, Question
from medassist.splits import split_corpus

if TYPE_CHECKING:
    from medassist.retrieval import Index

ON, OFF = ON_AND_OFF = ("on", "off")  # passages are given, or the question alone is


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The questions of one file. ``digest`` is the SHA-256 of its bytes; ``held_out`` says that only the test side of a
    corpus was taken; ``rejected`` counts the records that were not, by reason."""

    name: str
    digest: str
    asked: tuple[Asked, ...]
    held_out: bool
    rejected: dict[str, int]


@dataclass(frozen=True, slots=True)
class Trial:
    """One question as it is put to a model, with what is right.

    Parameters
    ----------
    asked : Asked
        The question in its task.
    retrieval : str
        ``ON`` or ``OFF``.
    hits : tuple of Hit
        What was retrieved, best first; a data set's own passages have similarity 0.
    retrieved : bool
        Whether the hits are the index's rather than the data set's own.
    """

    asked: Asked
    retrieval: str
    hits: tuple[Hit, ...]
    retrieved: bool

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells trials of one evaluation apart."""
        return self.asked.source, self.task, self.asked.question.query_id, self.retrieval

    @property
    def task(self) -> str:
        return self.asked.task

    @property
    def question(self) -> str:
        return self.asked.question.text

    @property
    def options(self) -> dict[str, str]:
        return dict(self.asked.question.options)

    @property
    def correct(self) -> str:
        return self.asked.question.correct

    @property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(hit.passage for hit in self.hits)

    @property
    def references(self) -> tuple[str, ...]:
        """Whole reference answers of a question that is answered in words."""
        return self.asked.references or (self.asked.question.answer,)

    @property
    def target(self) -> str:
        """What is right: a judgement, an option's text, or the sentences of the first reference that answer."""
        if self.task == prompts.CHOOSE:
            return self.options[self.correct]
        if self.task == prompts.JUDGE:
            return self.asked.question.answer
        return baselines.cut_answer(self.question, self.references[0])


def read_questions(path: str | Path, *, task: str = "", held_out: bool = False) -> QuestionFile:
    """Read the questions of a file or folder, whatever its form.

    Parameters
    ----------
    path : str or Path
        A question set (:mod:`medassist.question_sets`), a corpus with questions, or a table of examples
        (``<side>.parquet``).
    task : str
        Take the questions of this task only; empty: of all. PubMedQA's are judged and, by their long answers, answered.
    held_out : bool
        Of a corpus, take the questions that all examples for training leave out, by the same split.

    Raises
    ------
    DatasetError
        If the file cannot be read.
    ConfigurationError
        If no question is left, or ``held_out`` is asked of a file that is not a corpus.
    """
    path = Path(path)
    rejected: dict[str, int] = {}
    if path.suffix == ".parquet":
        name, asked = path.stem, [_asked_of_example(example) for example in example_table.read_examples(path)]
    elif is_corpus(path):
        corpus = datasets.load_corpus(path, skip_invalid=True)
        name, asked, rejected = corpus.name, asked_of_corpus(corpus), corpus.rejected_by_reason
        if held_out:
            side = split_corpus(corpus).questions
            asked = [one for one in asked if side[one.question.query_id] == example_table.TEST]
    else:
        found = load_question_set(path)
        name, asked, rejected = found.name, asked_of_set(found), found.rejected_by_reason
    if held_out and not is_corpus(path):
        raise ConfigurationError(f"{path} is no corpus, so nothing of it is held out; leave --held-out away.")
    asked = [one for one in asked if task in ("", one.task)]
    if not asked:
        raise ConfigurationError(f"{path} holds no question{f' of the task {task}' if task else ''}; choose another.")
    return QuestionFile(name, _digest(path), tuple(asked), held_out, rejected)


def is_corpus(path: Path) -> bool:
    """Tell whether a path is a corpus with questions: a folder, or MedQuAD's archive."""
    return path.is_dir() or path.suffix == ".zip"


def sample_questions(asked: Sequence[Asked], limit: int, *, seed: int = 13) -> list[Asked]:
    """Return at most ``limit`` questions of each task, drawn by ``seed`` in their order; all if ``limit`` is 0."""
    taken: list[Asked] = []
    for task in prompts.TASKS:
        of_task = [one for one in asked if one.task == task]
        if limit and len(of_task) > limit:
            of_task = [of_task[i] for i in sorted(random.Random(seed).sample(range(len(of_task)), limit))]
        taken += of_task
    return taken


def check_passages(asked: Sequence[Asked], retrieval: str, index: "Index | None") -> None:
    """Refuse what cannot be asked.

    Raises
    ------
    ConfigurationError
        If passages must be searched for and there is no index.
    """
    if retrieval == ON and index is None and any(not one.context for one in asked):
        raise ConfigurationError(
            "These questions bring no passages of their own: name an index with --index, or ask with --retrieval off."
        )


def make_trials(
    asked: Sequence[Asked], retrieval: str, index: "Index | None", *, passages: int, batch: int = 64
) -> Iterator[list[Trial]]:
    """Yield trials in batches of one task; with retrieval on, passages are the data set's own or are searched for.

    Raises
    ------
    ConfigurationError
        As :func:`check_passages`.
    """
    check_passages(asked, retrieval, index)
    for task in prompts.TASKS:
        of_task = [one for one in asked if one.task == task]
        for start in range(0, len(of_task), batch):
            yield _with_passages(of_task[start : start + batch], retrieval, index, passages)


def _with_passages(asked: Sequence[Asked], retrieval: str, index: "Index | None", passages: int) -> list[Trial]:
    if retrieval == OFF:
        return [Trial(one, OFF, (), retrieved=False) for one in asked]
    queries = [one.query for one in asked if not one.context]
    found = iter(index.search_batch(queries, passages) if index is not None and queries else [])
    return [
        Trial(one, ON, tuple(Hit(passage, 0.0, 0.0, 0.0) for passage in one.context[:passages]), retrieved=False)
        if one.context
        else Trial(one, ON, tuple(next(found)), retrieved=True)
        for one in asked
    ]


def _asked_of_example(example: example_table.Example) -> Asked:
    """An example's passages are those that were prepared for it; its target is its reference."""
    context = tuple(
        Passage(f"{example.query_id}#{number}", example.query_id, passage.title, passage.text)
        for number, passage in enumerate(example.passages)
    )
    question = Question(
        example.query_id, example.question, example.target, example.topic, example.options, example.correct
    )
    return Asked(example.task, example.source, question, (example.target,), context)


def _digest(path: Path) -> str:
    if path.is_file():
        return storage.sha256_of(path)
    sha = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        sha.update(f"{file.relative_to(path)}\0{storage.sha256_of(file)}\n".encode())
    return sha.hexdigest()
