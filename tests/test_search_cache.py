"""Hits on disk: found once, gone on with after a kill."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from medassist.schemas import Hit, Passage
from medassist.search_cache import BATCH, SearchCache


class CountingIndex:
    """A search that finds two passages for everything, and remembers what it was asked."""

    version = "v1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def passages(self) -> Iterator[Passage]:
        return (Passage(f"d#{n}", "d", "t", "x") for n in range(3))

    def search_batch(self, queries: Sequence[str], top_k: int = 10) -> list[list[Hit]]:
        self.asked += queries
        return [
            [Hit(passage, 1 / 3, 0.1 + len(query), 2.0) for passage in self.passages()][:top_k] for query in queries
        ]


def test_nothing_is_searched_twice_and_hits_come_back_as_they_were(tmp_path: Path) -> None:
    # GIVEN an index that was asked, one query twice WHEN another cache opens the same folder
    index = CountingIndex()
    first = SearchCache(index, tmp_path, top_k=2).search_all(["a", "b", "a"])
    again = SearchCache(index, tmp_path, top_k=2).search_all(["b", "a", "c"])
    # THEN only what was new was searched, and hits are equal to the last digit
    assert index.asked == ["a", "b", "c"]
    assert (again[0], again[1]) == (first[1], first[0])
    assert [len(hits) for hits in again] == [2, 2, 2]


def test_a_search_that_was_killed_goes_on(tmp_path: Path) -> None:
    # GIVEN a file whose last line was cut off
    queries = [f"query {n}" for n in range(BATCH + 5)]
    whole = SearchCache(CountingIndex(), tmp_path, top_k=2)
    expected = whole.search_all(queries)
    whole.path.write_bytes(whole.path.read_bytes()[:-40])
    # WHEN it is opened THEN only the last query is searched again, and the file is whole again
    index = CountingIndex()
    assert SearchCache(index, tmp_path, top_k=2).search_all(queries) == expected
    assert index.asked == queries[-1:]
    assert SearchCache(CountingIndex(), tmp_path, top_k=2).search_all(queries) == expected


def test_what_comes_after_damage_is_searched_again(tmp_path: Path) -> None:
    # GIVEN a file in which the second of three lines is damaged
    whole = SearchCache(CountingIndex(), tmp_path, top_k=2)
    expected = whole.search_all(["a", "b", "c"])
    first, second, third = whole.path.read_bytes().splitlines(keepends=True)
    whole.path.write_bytes(first + second.replace(b"hits", b"h\x00ts") + third)
    # WHEN it is opened THEN the first is kept
    index = CountingIndex()
    assert SearchCache(index, tmp_path, top_k=2).search_all(["a", "b", "c"]) == expected
    assert index.asked == ["b", "c"]


def test_the_file_holds_no_question(tmp_path: Path) -> None:
    cache = SearchCache(CountingIndex(), tmp_path, top_k=2)
    cache.search_all(["my knee hurts"])
    assert "knee" not in cache.path.read_text()


def test_another_index_or_depth_has_hits_of_its_own(tmp_path: Path) -> None:
    index, other = CountingIndex(), CountingIndex()
    other.version = "v2"
    paths = {SearchCache(one, tmp_path, top_k=k).path for one in (index, other) for k in (2, 3)}
    assert len(paths) == 4
