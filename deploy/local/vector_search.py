"""Exact search over the vectors of one index: by distance, by BM25 over a metadata key, by both; metadata filters.

AWS searches by approximation, which finds nearly the same. What its documentation leaves open is chosen here: English
text is stemmed and loses its stop words, BM25 has the usual constants, rankings are fused with the constant 60.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

RRF_CONSTANT = 60
MAX_CONSTRAINTS = 100  # of a filter, on an index of mode ENHANCED
_PRIMITIVE = (str, int, float, bool)


class FilterError(Exception):
    """A metadata filter is not one that the service takes."""


class LoadedIndex:
    """The vectors of an index in memory, in the order of their keys, with what searching them needs."""

    def __init__(
        self,
        keys: Sequence[str],
        vectors: NDArray[np.float32],
        metadata: Sequence[Mapping[str, Any]],
        metric: str,
        languages: Mapping[str, str],
    ) -> None:
        self.keys, self.metadata, self._metric = keys, metadata, metric
        self._vectors, self._languages = vectors, languages
        self._scorers: dict[str, Any] = {}

    def rows(self, filter_: Mapping[str, Any] | None) -> NDArray[np.int64]:
        """Return the rows whose metadata match."""
        if filter_ is None:
            return np.arange(len(self.keys))
        return np.array([row for row, about in enumerate(self.metadata) if matches(about, filter_)], np.int64)

    def distances(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the distance of each vector from the query."""
        if self._metric == "euclidean":
            return np.asarray(np.linalg.norm(self._vectors - query, axis=1), np.float32)
        return np.asarray(1.0 - self._unit_vectors @ (query / np.linalg.norm(query)), np.float32)

    def text_scores(self, key: str, text: str) -> NDArray[np.float32]:
        """Return each vector's BM25 score for the words of ``text`` in the metadata ``key``, at least 0."""
        scorer = self._scorers.get(key) or self._make_scorer(key)
        words = [word for word in tokenise([text], self._languages[key])[0] if scorer and word in scorer.vocab_dict]
        return np.asarray(scorer.get_scores(words), np.float32) if words else np.zeros(len(self.keys), np.float32)

    def _make_scorer(self, key: str) -> Any:
        import bm25s

        texts = tokenise([_as_text(about.get(key, "")) for about in self.metadata], self._languages[key])
        if not any(texts):
            return None
        scorer = bm25s.BM25()
        scorer.index(texts, show_progress=False)
        self._scorers[key] = scorer
        return scorer

    @functools.cached_property
    def _unit_vectors(self) -> NDArray[np.float32]:
        return np.asarray(self._vectors / np.linalg.norm(self._vectors, axis=1, keepdims=True), np.float32)


def search(
    index: LoadedIndex,
    count: int,
    query: NDArray[np.float32] | None,
    texts: Mapping[str, str],
    filter_: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Return the ``count`` best rows with their scores, best first: ``{"row", "distance", "scores"}``.

    ``query`` is a vector, ``texts`` what is searched for by metadata key; at least one of them is given.
    """
    rows = index.rows(filter_)
    rankings: list[list[int]] = []
    found: dict[int, dict[str, Any]] = {}
    if query is not None:
        distances = index.distances(query)
        rankings.append(_best(rows, distances, count))
        for row in rankings[-1]:
            found.setdefault(row, {"row": row, "scores": {}})["distance"] = float(distances[row])
    for key, text in texts.items():
        scores = index.text_scores(key, text)
        rankings.append(_best(rows[scores[rows] > 0], -scores, count))
        for row in rankings[-1]:
            entry = found.setdefault(row, {"row": row, "scores": {}})
            entry["scores"].setdefault("bm25Scores", []).append({"metadataKey": key, "score": float(scores[row])})
    if len(rankings) == 1:
        return [found[row] for row in rankings[0]]
    return _fuse(found, rankings)[:count]


def _best(rows: NDArray[np.int64], costs: NDArray[np.float32], count: int) -> list[int]:
    return [int(row) for row in rows[np.argsort(costs[rows], kind="stable")[:count]]]


def _fuse(found: dict[int, dict[str, Any]], rankings: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    for entry in found.values():
        if "distance" in entry:
            entry["scores"]["vectorDistance"] = entry.pop("distance")
        entry["scores"]["fused"] = 0.0
    for ranking in rankings:
        for rank, row in enumerate(ranking, start=1):
            found[row]["scores"]["fused"] += 1 / (RRF_CONSTANT + rank)
    return sorted(found.values(), key=lambda entry: (-entry["scores"]["fused"], entry["row"]))


def tokenise(texts: Sequence[str], language: str) -> list[list[str]]:
    """Return the words of each text; those of English are stemmed."""
    import bm25s
    import Stemmer

    english = {"stopwords": "en", "stemmer": Stemmer.Stemmer("english")} if language == "en" else {"stopwords": None}
    tokens: list[list[str]] = bm25s.tokenize(list(texts), return_ids=False, show_progress=False, **english)
    return tokens


def _as_text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


# --- filters ------------------------------------------------------------------------------------------------------


def _any(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Of a list, one element that passes is enough."""
    return lambda found, wanted: any(test(item, wanted) for item in (found if isinstance(found, list) else [found]))


def _same(found: Any, wanted: Any) -> bool:
    return isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)


def _number(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    return _any(lambda found, wanted: is_number(found) and test(found, wanted))


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": _any(_same),
    "$ne": lambda found, wanted: not _any(_same)(found, wanted),
    "$gt": _number(lambda found, wanted: found > wanted),
    "$gte": _number(lambda found, wanted: found >= wanted),
    "$lt": _number(lambda found, wanted: found < wanted),
    "$lte": _number(lambda found, wanted: found <= wanted),
    "$in": lambda found, wanted: any(_any(_same)(found, item) for item in wanted),
    "$nin": lambda found, wanted: not any(_any(_same)(found, item) for item in wanted),
    "$startsWith": _any(lambda found, wanted: isinstance(found, str) and found.startswith(wanted)),
}
_OF_MISSING = ("$ne", "$nin")  # are true of vectors without the key


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def matches(metadata: Mapping[str, Any], filter_: Mapping[str, Any]) -> bool:
    """Tell whether metadata match a filter that :func:`check_filter` has let pass."""
    return all(_matches(metadata, key, condition) for key, condition in filter_.items())


def _matches(metadata: Mapping[str, Any], key: str, condition: Any) -> bool:
    if key == "$and":
        return all(matches(metadata, part) for part in condition)
    if key == "$or":
        return any(matches(metadata, part) for part in condition)
    operations = condition if isinstance(condition, dict) else {"$eq": condition}
    for name, wanted in operations.items():
        if name == "$exists":
            if (key in metadata) != wanted:
                return False
        elif not (_OPERATORS[name](metadata[key], wanted) if key in metadata else name in _OF_MISSING):
            return False
    return True


def check_filter(filter_: Any, not_filterable: Sequence[str]) -> int:
    """Refuse what is no filter; return how many constraints it has.

    Raises
    ------
    FilterError
        If an operator is unknown, has a value of another type, or stands on a key that cannot be filtered by.
    """
    if not isinstance(filter_, dict) or not filter_:
        raise FilterError("Invalid filter: it must be an object with at least one condition")
    count = 0
    for key, condition in filter_.items():
        if key in ("$and", "$or"):
            if not isinstance(condition, list) or not condition:
                raise FilterError(f"Invalid filter: {key} needs a list of filters that is not empty")
            count += sum(check_filter(part, not_filterable) for part in condition)
            continue
        if key.startswith("$"):
            raise FilterError(f"Invalid filter: unknown operator {key}")
        if key in not_filterable:
            raise FilterError(f"Invalid filter: the metadata key {key} is not filterable")
        operations = condition if isinstance(condition, dict) else {"$eq": condition}
        count += sum(_check_operation(name, value) for name, value in operations.items())
    if count > MAX_CONSTRAINTS:
        raise FilterError(f"Invalid filter: {count} constraints, at most {MAX_CONSTRAINTS} are allowed")
    return count


def _check_operation(name: str, value: Any) -> int:
    if name in ("$in", "$nin"):
        fits = isinstance(value, list) and bool(value) and all(isinstance(item, _PRIMITIVE) for item in value)
    elif name in ("$gt", "$gte", "$lt", "$lte"):
        fits = is_number(value)
    elif name == "$exists":
        fits = isinstance(value, bool)
    elif name == "$startsWith":
        fits = isinstance(value, str)
    elif name in ("$eq", "$ne"):
        fits = isinstance(value, _PRIMITIVE)
    else:
        raise FilterError(f"Invalid filter: unknown operator {name}")
    if not fits:
        raise FilterError(f"Invalid filter: {name} does not take this value")
    return 1
