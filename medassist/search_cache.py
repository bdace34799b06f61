"""Hits that were found before: a search over thousands of questions goes on where it stopped, and is done once."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from medassist.schemas import Hit, Passage

BATCH = 64  # queries searched together, and written


class Searchable(Protocol):
    """What is needed of :class:`medassist.retrieval.Index`."""

    @property
    def version(self) -> str: ...

    def passages(self) -> Iterator[Passage]: ...

    def search_batch(self, queries: Sequence[str], top_k: int = 10) -> list[list[Hit]]: ...


class SearchCache:
    """An index with a file of its hits.

    Parameters
    ----------
    index : Searchable
    folder : Path
        Holds one JSON Lines file an index version and depth: the query's SHA-256 (no text) and its hits.
    top_k : int
        Hits of each query.
    progress : bool
        Show a bar while searching.
    """

    def __init__(self, index: Searchable, folder: Path, *, top_k: int, progress: bool = False) -> None:
        self.index, self.top_k, self.progress = index, top_k, progress
        self.path = folder / f"hits-{index.version}-{top_k}.jsonl"
        self._passages = {passage.passage_id: passage for passage in index.passages()}
        self._found = dict(self._read())

    def search_all(self, queries: Sequence[str]) -> list[list[Hit]]:
        """Return the hits of each query, best first; those that are not known yet are searched and written."""
        from tqdm.auto import tqdm

        missing = [query for query in dict.fromkeys(queries) if _key(query) not in self._found]
        with tqdm(
            total=len(missing), desc="searching", unit="question", disable=not (self.progress and missing)
        ) as bar:
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                self._add(zip(batch, self.index.search_batch(batch, self.top_k), strict=True))
                bar.update(len(batch))
        return [self._found[_key(query)] for query in queries]

    def _add(self, found: Iterable[tuple[str, list[Hit]]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            for query, hits in found:
                self._found[_key(query)] = hits
                rows = [[hit.passage.passage_id, hit.score, hit.similarity, hit.lexical] for hit in hits]
                file.write(json.dumps({"query": _key(query), "hits": rows}) + "\n")

    def _read(self) -> Iterator[tuple[str, list[Hit]]]:
        """What the file has up to the first damaged line, such as one that was cut off; the rest is taken away."""
        if not self.path.exists():
            return
        whole = 0
        for line in self.path.read_bytes().splitlines(keepends=True):
            try:
                record = json.loads(line)
                found = record["query"], [Hit(self._passages[name], *numbers) for name, *numbers in record["hits"]]
            except (ValueError, KeyError, TypeError):
                break
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            yield found
        with self.path.open("r+b") as file:
            file.truncate(whole)


def _key(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:32]
