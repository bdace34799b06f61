"""Rows that an encoder is fine-tuned on, and the folder of a table of them: a Parquet file for each side, a card."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from medassist import storage
from medassist.errors import DatasetError

TRAIN, VALIDATION = SIDES = ("train", "validation")
CARD = "README.md"
COLUMNS = ("anchor", "positive", "negative")  # what the encoder reads


@dataclass(frozen=True, slots=True)
class Pair:
    """One row, and which condition it is about: rows of one batch should be about different ones."""

    anchor: str
    positive: str
    negative: str
    condition: str


def write_pairs(folder: Path, pairs: Mapping[str, Sequence[Pair]], card: str) -> None:
    """Write ``train.parquet``, ``validation.parquet`` and the card; the same rows give the same bytes."""
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True, exist_ok=True)
    for side in SIDES:
        table = pyarrow.Table.from_pylist([asdict(pair) for pair in pairs[side]])
        pyarrow.parquet.write_table(table, folder / f"{side}.parquet")
    storage.write_text(folder / CARD, card)


def read_pairs(path: Path) -> list[Pair]:
    """Read one side of a table.

    Raises
    ------
    DatasetError
        If it is missing, unreadable, or has other columns.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        rows = pyarrow.parquet.read_table(path).to_pylist()
        return [Pair(**row) for row in rows]
    except (OSError, pyarrow.ArrowException, TypeError) as error:
        raise DatasetError(f"{path} is no table of pairs ({error}); make it with `medassist train-encoder`.") from error
