"""The passages of a bundle, read from the file by offset: a served corpus is not held as Python objects."""

import json
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from medassist.schemas import Passage


class PassageStore:
    """The passages of a bundle, read from the file by offset: a served corpus is not held as Python objects."""

    def __init__(self, folder: Path) -> None:
        self._offsets = np.load(folder / "offsets.npy", allow_pickle=False)
        with (folder / "passages.jsonl").open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> Passage:
        return Passage.from_record(json.loads(self._bytes[self._offsets[row] : self._offsets[row + 1]]))

    def __iter__(self) -> Iterator[Passage]:
        return (self[row] for row in range(len(self)))

    @staticmethod
    def line(passage: Passage) -> bytes:
        """Return a passage as it stands in the file."""
        return json.dumps(asdict(passage), ensure_ascii=False).encode() + b"\n"

    @staticmethod
    def write(folder: Path, passages: Sequence[Passage]) -> None:
        offsets = [0]
        with (folder / "passages.jsonl").open("wb") as file:
            for passage in passages:
                file.write(PassageStore.line(passage))
                offsets.append(file.tell())
        np.save(folder / "offsets.npy", np.array(offsets, np.int64))
