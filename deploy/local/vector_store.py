"""What S3 Vectors of the emulated cloud remembers: vector buckets, indexes and vectors, in one SQLite file."""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cloud_state import StateError
from numpy.typing import NDArray

_TABLES = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created REAL, about TEXT);
CREATE TABLE IF NOT EXISTS indexes (
  id INTEGER PRIMARY KEY, bucket TEXT, name TEXT, created REAL, about TEXT, UNIQUE (bucket, name));
CREATE TABLE IF NOT EXISTS vectors (owner INTEGER, key TEXT, vector BLOB, metadata TEXT, PRIMARY KEY (owner, key));
"""


@dataclass(frozen=True)
class Record:
    """A vector bucket or an index; ``about`` is what it was made with."""

    name: str
    created: float
    about: dict[str, Any]
    bucket: str = ""
    id: int = 0


class VectorStore:
    """The records in ``path``. Each method is one transaction; calls must not overlap."""

    def __init__(self, path: Path) -> None:
        try:
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise StateError(f"{path} is not readable as SQLite ({error}); remove its folder to begin anew.") from error

    def close(self) -> None:
        self._database.close()

    def buckets(self) -> list[Record]:
        rows = self._database.execute("SELECT name, created, about FROM buckets ORDER BY name")
        return [Record(name, created, json.loads(about)) for name, created, about in rows]

    def indexes(self, bucket: str) -> list[Record]:
        query = "SELECT name, created, about, bucket, id FROM indexes WHERE bucket = ? ORDER BY name"
        rows = self._database.execute(query, (bucket,))
        return [Record(name, created, json.loads(about), of, id_) for name, created, about, of, id_ in rows]

    def write_bucket(self, name: str, about: dict[str, Any]) -> None:
        """Make a bucket, or replace what it was made with."""
        self._database.execute(
            "INSERT INTO buckets VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET about = excluded.about",
            (name, time.time(), json.dumps(about)),
        )

    def write_index(self, bucket: str, name: str, about: dict[str, Any]) -> None:
        """Make an index, or replace what it was made with."""
        self._database.execute(
            "INSERT INTO indexes (bucket, name, created, about) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (bucket, name) DO UPDATE SET about = excluded.about",
            (bucket, name, time.time(), json.dumps(about)),
        )

    def delete_bucket(self, name: str) -> None:
        self._database.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def delete_index(self, index: Record) -> None:
        with self._database:
            self._database.execute("BEGIN")
            self._database.execute("DELETE FROM vectors WHERE owner = ?", (index.id,))
            self._database.execute("DELETE FROM indexes WHERE id = ?", (index.id,))

    def put(self, index: Record, vectors: Iterable[tuple[str, NDArray[np.float32], dict[str, Any]]]) -> None:
        rows = [(index.id, key, vector.tobytes(), json.dumps(metadata)) for key, vector, metadata in vectors]
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)

    def delete(self, index: Record, keys: Sequence[str]) -> None:
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(
                "DELETE FROM vectors WHERE owner = ? AND key = ?", [(index.id, key) for key in keys]
            )

    def get(self, index: Record, keys: Sequence[str]) -> list[tuple[str, NDArray[np.float32], dict[str, Any]]]:
        """Return those of ``keys`` that are there."""
        marks = ", ".join("?" * len(keys))
        query = f"SELECT key, vector, metadata FROM vectors WHERE owner = ? AND key IN ({marks})"
        return [_made_of(row) for row in self._database.execute(query, (index.id, *keys))]

    def all(self, index: Record, after: str = "") -> Iterable[tuple[str, NDArray[np.float32], dict[str, Any]]]:
        """Yield the vectors in the order of their keys, those whose key comes after ``after``."""
        query = "SELECT key, vector, metadata FROM vectors WHERE owner = ? AND key > ? ORDER BY key"
        return map(_made_of, self._database.execute(query, (index.id, after)))


def _made_of(row: tuple[str, bytes, str]) -> tuple[str, NDArray[np.float32], dict[str, Any]]:
    key, vector, metadata = row
    return key, np.frombuffer(vector, np.float32), json.loads(metadata)
