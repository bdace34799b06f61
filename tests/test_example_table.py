"""Examples on disk: equal when read, the same bytes when written again, opened by the datasets library."""

import json
from pathlib import Path
from typing import Any

import pytest

from medassist import example_table
from medassist.errors import DatasetError
from medassist.example_table import Example
from medassist.prompts import PassageText

PASSAGE = PassageText("Gout", "It hurts. \u2028 It is arthritis.")
ANSWER = Example("answer", "q1", "What is gout?", (PASSAGE,), "Arthritis.", "Gout", source="made", gold_rank=1)
CHOOSE = Example("choose", "c1", "Which?", (PASSAGE, PASSAGE), "x", options={"B": "y", "A": "x"}, correct="A")
JUDGE = Example("judge", "j1", "Does it hurt?", (PASSAGE,), "yes")


def test_examples_of_all_tasks_survive_the_table(tmp_path: Path) -> None:
    sides = {"train": [ANSWER, CHOOSE], "validation": [JUDGE], "test": []}
    folder = example_table.write_table(tmp_path / "new", sides, [PASSAGE])
    assert example_table.read_examples(folder / "train.parquet") == [ANSWER, CHOOSE]
    assert example_table.read_examples(folder / "validation.parquet") == [JUDGE]
    assert list(example_table.read_examples(folder / "train.parquet")[1].options) == ["B", "A"]
    assert example_table.read_passages(folder / "passages.parquet") == [f"Gout {PASSAGE.text}"]
    assert not (folder / "test.parquet").exists()


def test_json_lines_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    record = CHOOSE.to_record() | {"options": {"A": "x"}}
    path.write_text(json.dumps(ANSWER.to_record()) + "\n" + json.dumps(record) + "\n")
    assert [example.task for example in example_table.read_examples(path)] == ["answer", "choose"]


def test_the_same_examples_give_the_same_bytes_and_digest(tmp_path: Path) -> None:
    folders = [example_table.write_table(tmp_path / name, {"train": [ANSWER]}, [PASSAGE]) for name in "ab"]
    assert (folders[0] / "train.parquet").read_bytes() == (folders[1] / "train.parquet").read_bytes()
    assert example_table.digest(folders[0]) == example_table.digest(folders[1])
    example_table.write_table(folders[1], {"train": [ANSWER, JUDGE]}, [PASSAGE])
    assert example_table.digest(folders[0]) != example_table.digest(folders[1])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "sing"}, r"row 2: Example 'q1' needs a task \(answer or choose or judge\)"),
        ({"target": ""}, "row 2: Example 'q1' needs"),
        ({"task": "choose"}, "needs options and the key of the correct one"),
        ({"task": "judge"}, "must be one of yes, no, maybe"),
        ({"passages": [{"title": "no text"}]}, "row 2: .*'text'"),
        ({"question": None}, "row 2: Example 'q1' needs"),
    ],
)
def test_a_row_that_is_no_example_is_named(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    good = ANSWER.to_record()
    path.write_text(json.dumps(good) + "\n" + json.dumps(good | changes) + "\n")
    with pytest.raises(DatasetError, match=said):
        example_table.read_examples(path)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no file .*train\.parquet; build the examples first"):
        example_table.read_examples(tmp_path / "train.parquet")
    folder = example_table.write_table(tmp_path, {"train": [ANSWER] * 9}, [])
    whole = (folder / "train.parquet").read_bytes()
    (folder / "train.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError, match="no complete Parquet file"):
        example_table.read_examples(folder / "train.parquet")
    (tmp_path / "passages.jsonl").write_text('{"text": "no title"}')
    with pytest.raises(DatasetError, match="has no column 'title'"):
        example_table.read_passages(tmp_path / "passages.jsonl")
