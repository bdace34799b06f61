"""A prepared folder: examples as a table that the ``datasets`` library opens, with its data card.

``train.parquet``, ``validation.parquet`` and ``test.parquet`` hold the examples, ``passages.parquet`` texts that a
tokenizer can be trained on, ``counts.json`` the account of them, ``README.md`` the card. The same examples give the
same bytes.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medassist import prompts
from medassist.errors import DatasetError
from medassist.records import read_records

TRAIN, VALIDATION, TEST = SIDES = ("train", "validation", "test")
PASSAGES = "passages"


@dataclass(frozen=True, slots=True)
class Example:
    """One row: what the model reads and should write.

    Parameters
    ----------
    task : str
        One of :data:`medassist.prompts.TASKS`.
    query_id : str
        Unique among the examples of one task and source.
    question : str
    passages : tuple of PassageText
        Best first.
    target : str
        The sentences that answer (``answer``), the correct option's text (``choose``), or one of
        :data:`medassist.prompts.JUDGEMENTS` (``judge``).
    topic : str
        What it is about; may be empty.
    options, correct
        Of a ``choose`` question; else empty.
    source : str
        Name of the data set that the question is from ("medquad").
    gold_rank : int
        Place, from 1, of the first passage of a relevant document; 0 if none is known or none is there.
    """

    task: str
    query_id: str
    question: str
    passages: tuple[prompts.PassageText, ...]
    target: str
    topic: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    correct: str = ""
    source: str = ""
    gold_rank: int = 0

    def to_record(self) -> dict[str, Any]:
        """Return the row of this example. Options are a list of key and text, since a column has fixed fields."""
        return {
            "task": self.task,
            "source": self.source,
            "query_id": self.query_id,
            "topic": self.topic,
            "question": self.question,
            "options": [{"key": key, "text": text} for key, text in self.options.items()],
            "correct": self.correct,
            "passages": [{"title": passage.title, "text": passage.text} for passage in self.passages],
            "gold_rank": self.gold_rank,
            "target": self.target,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Example":
        """Return the example that a row, or a JSON object of the same fields, describes.

        Raises
        ------
        DatasetError
            If a field is missing or empty, or the task, judgement or correct option is unknown.
        """
        try:
            options = record.get("options") or {}
            if not isinstance(options, Mapping):
                options = {option["key"]: option["text"] for option in options}
            example = cls(
                task=record["task"],
                query_id=record["query_id"],
                question=record["question"],
                passages=tuple(prompts.PassageText(p["title"], p["text"]) for p in record["passages"]),
                target=record["target"],
                topic=record.get("topic") or "",
                options=dict(options),
                correct=record.get("correct") or "",
                source=record.get("source") or "",
                gold_rank=record.get("gold_rank") or 0,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise DatasetError(
                f"An example lacks or misuses the field {error}; write examples with medassist."
            ) from error
        example._check()
        return example

    def _check(self) -> None:
        if self.task not in prompts.TASKS or not self.question or not self.target:
            tasks = " or ".join(prompts.TASKS)
            raise DatasetError(f"Example {self.query_id!r} needs a task ({tasks}), a question and a target.")
        if self.task == prompts.CHOOSE and self.correct not in self.options:
            raise DatasetError(f"Example {self.query_id!r} needs options and the key of the correct one.")
        if self.task == prompts.JUDGE and self.target not in prompts.JUDGEMENTS:
            judgements = ", ".join(prompts.JUDGEMENTS)
            raise DatasetError(f"Example {self.query_id!r} is to judge, so its target must be one of {judgements}.")


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Examples with the account of the questions that gave none: questions = examples + sum of ``skipped``.

    ``ranks`` counts the searched questions with a known relevant document by the rank of its first passage, from 1;
    0: not among those looked at.
    """

    examples: tuple[Example, ...]
    skipped: Mapping[str, int]
    ranks: Mapping[int, int] = field(default_factory=dict)


def write_table(folder: Path, sides: Mapping[str, Sequence[Example]], passages: Iterable[prompts.TitledText]) -> Path:
    """Write ``<side>.parquet`` for each side that has examples, and ``passages.parquet``. Returns ``folder``."""
    import pyarrow

    folder.mkdir(parents=True, exist_ok=True)
    for side, examples in sides.items():
        if examples:
            rows = [example.to_record() for example in examples]
            _write_parquet(pyarrow.Table.from_pylist(rows, schema=_schema()), folder / f"{side}.parquet")
    texts = pyarrow.schema([("title", pyarrow.string()), ("text", pyarrow.string())])
    rows = [{"title": passage.title, "text": passage.text} for passage in passages]
    _write_parquet(pyarrow.Table.from_pylist(rows, schema=texts), folder / f"{PASSAGES}.parquet")
    return folder


def read_examples(path: str | Path) -> list[Example]:
    """Read one side: ``<side>.parquet``, or JSON Lines of the same fields.

    Raises
    ------
    DatasetError
        If the file is missing or damaged, or a row is no example.
    """
    examples = []
    for number, row in enumerate(_read_rows(Path(path)), start=1):
        try:
            examples.append(Example.from_record(row))
        except DatasetError as error:
            raise DatasetError(f"{path}, row {number}: {error}") from error
    return examples


def read_passages(path: str | Path) -> list[str]:
    """Read the texts of ``passages.parquet`` (or JSON Lines), each with its title.

    Raises
    ------
    DatasetError
        If the file is missing or damaged, or has no titles and texts.
    """
    try:
        return [f"{row['title']} {row['text']}" for row in _read_rows(Path(path))]
    except KeyError as error:
        raise DatasetError(f"{path} has no column {error}; build the examples with medassist.") from error


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's tables, as a hex digest."""
    sha = hashlib.sha256()
    for path in sorted([*folder.glob("*.parquet"), *folder.glob("*.jsonl")]):
        sha.update(path.name.encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()


def _schema() -> Any:
    import pyarrow
    from pyarrow import list_, string, struct

    return pyarrow.schema(
        [
            ("task", string()),
            ("source", string()),
            ("query_id", string()),
            ("topic", string()),
            ("question", string()),
            ("options", list_(struct([("key", string()), ("text", string())]))),
            ("correct", string()),
            ("passages", list_(struct([("title", string()), ("text", string())]))),
            ("gold_rank", pyarrow.int32()),
            ("target", string()),
        ]
    )


def _write_parquet(table: Any, path: Path) -> None:
    from pyarrow import parquet

    unfinished = path.with_name(f"{path.name}.tmp")
    parquet.write_table(table, unfinished, compression="zstd")
    unfinished.replace(path)


def _read_rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise DatasetError(f"There is no file {path}; build the examples first (medassist examples).")
    if path.suffix == ".jsonl":
        return [record for _, record in read_records(path)]
    import pyarrow
    from pyarrow import parquet

    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise DatasetError(f"{path} is no complete Parquet file ({error}); build the examples again.") from error
    return rows
