"""Every type of the dense index keeps the vectors that it was given, and finds what exact search finds."""

import faiss
import numpy as np
import pytest

from medassist.index import dense
from medassist.index.vectors import half


@pytest.fixture(scope="module")
def vectors():
    """Return 3,000 unit vectors in 30 clusters."""
    random = np.random.default_rng(7)
    made = np.repeat(random.normal(size=(30, 64)), 100, axis=0) + 0.7 * random.normal(size=(3_000, 64))
    return half((made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32))


@pytest.fixture(params=["flat", "cells"])
def index(request, vectors, tmp_path, monkeypatch):
    """Return a written and loaded index; cells are what a count above the limit gets."""
    if request.param == "cells":
        monkeypatch.setattr(dense, "FLAT_LIMIT", 1_000)
    dense.write(tmp_path, vectors)
    loaded = dense.load(tmp_path)
    assert isinstance(loaded, faiss.IndexRefine) == (request.param == "cells")
    return loaded


def test_a_loaded_index_gives_back_the_very_vectors(index, vectors):
    np.testing.assert_array_equal(np.stack([index.reconstruct(row) for row in range(0, 3_000, 97)]), vectors[::97])


def test_what_is_nearest_is_found_with_its_cosine(index, vectors):
    # GIVEN queries near some vectors WHEN searched THEN nearly all of the ten nearest are found, by exact cosines
    random = np.random.default_rng(11)
    queries = vectors[::100] + 0.05 * random.normal(size=(30, 64)).astype(np.float32)
    cosines = queries @ vectors.T
    nearest = np.argsort(-cosines, axis=1)[:, :10]
    found_cosines, found = index.search(queries, 10)
    shared = [len(set(one) & set(other)) for one, other in zip(nearest.tolist(), found.tolist(), strict=True)]
    assert np.mean(shared) >= 9.5
    np.testing.assert_allclose(found_cosines, np.take_along_axis(cosines, found, axis=1), atol=1e-5)


def test_building_twice_gives_the_same_file(vectors, tmp_path, monkeypatch):
    monkeypatch.setattr(dense, "FLAT_LIMIT", 1_000)
    for name, threads in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        faiss.omp_set_num_threads(threads)
        dense.write(tmp_path / name, vectors)
    assert (tmp_path / "one" / dense.FILE).read_bytes() == (tmp_path / "two" / dense.FILE).read_bytes()


def test_half_precision_hardly_moves_a_vector(vectors):
    random = np.random.default_rng(13)
    made = random.normal(size=(100, 384)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    assert np.abs(np.sum(made * half(made), axis=1) - 1).max() < 1e-4
    np.testing.assert_array_equal(half(vectors), vectors)
