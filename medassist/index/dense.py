"""The FAISS index over the passages' unit vectors, of a type that follows from their count.

A passage's vector is defined in half precision (:func:`medassist.index.vectors.half`), and every type keeps these
vectors exactly: the flat one is made of them, the others find candidates by a coarser copy and score them again by the
exact ones. What a bundle holds can so be taken into the next one without loss. The file is mapped into memory, not
read: a process holds what its queries touch.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import faiss

FILE = "vectors.faiss"
EXACT = "SQfp16"  # FAISS' name of vectors in half precision
# The rule, by benchmarks/index_types.py (one thread, questions against MedQuAD's vectors and more made from them; the
# recall is of the ten nearest): exact search takes 0.4 ms over 27,000 vectors, 2.1 over 100,000, 4.8 over 200,000 and
# 24 over a million, and needs no second copy. Above its limit, cells of 8-bit vectors: questions need a quarter of the
# cells of MedQuAD's own vectors for a recall of 0.95, and far less where more lie close together (0.98 of 200,000 made
# ones with a sixteenth, 0.99 of a million with a hundredth, in 0.5 ms). A graph (HNSW32) is as good on the real
# vectors, but has 0.95 of a million where cells have 0.99, in a file a fifth larger. Above ten million the coarse copy
# is cut to an eighth by product quantisation, which costs up to 0.004 of the recall.
FLAT_LIMIT, SQ8_LIMIT = 100_000, 10_000_000
MOST_PROBES = 512  # cells that a query looks into at most
PQ_CANDIDATES = 4  # candidates scored again for each row asked for, where they are found by product quantisation
# Vectors a cell, and rounds of k-means, that cells are found with: a tenth of the products of FAISS' own 256 and 25.
TRAINING_VECTORS, TRAINING_ROUNDS = 64, 10
# All that decides what is built of given vectors.
RULE = (FLAT_LIMIT, SQ8_LIMIT, MOST_PROBES, PQ_CANDIDATES, TRAINING_VECTORS, TRAINING_ROUNDS)


def index_type(count: int, dimension: int) -> str:
    """Return the FAISS factory string for ``count`` vectors."""
    if count <= FLAT_LIMIT:
        return EXACT
    coarse = "SQ8" if count <= SQ8_LIMIT else f"PQ{dimension // 8}"
    return f"IVF{cells(count)},{coarse},Refine({EXACT})"


def cells(count: int) -> int:
    """Return into how many cells ``count`` vectors are parted: about four times the root, a power of two."""
    return int(2 ** round(np.log2(4 * np.sqrt(count))))


def probes(count: int) -> int:
    """Return how many cells a query looks into: a quarter of them, at most 512."""
    return min(cells(count) // 4, MOST_PROBES)


def build_dense(vectors: NDArray[np.float32], kind: str = "") -> "faiss.Index":
    """Return the index over unit vectors in half precision, shape (passages, dimension), by inner product.

    ``kind`` is a FAISS factory string, by default the one that follows from the count.
    """
    import faiss

    count, dimension = vectors.shape
    index = faiss.index_factory(dimension, kind or index_type(count, dimension), faiss.METRIC_INNER_PRODUCT)
    if (parted := faiss.try_extract_index_ivf(index)) is not None:
        parted.nprobe = probes(count)  # kept in the file, as is k_factor
        _shorten(parted.cp)
        coarse = faiss.downcast_index(parted)
        if isinstance(coarse, faiss.IndexIVFPQ) and isinstance(index, faiss.IndexRefine):
            _shorten(coarse.pq.cp)
            # A minute of training, for a filter that is not used. FAISS' types lack the attribute.
            coarse.do_polysemous_training = False  # type: ignore[attr-defined]
            index.k_factor = PQ_CANDIDATES
    index.train(vectors)
    index.add(vectors)
    return index


def _shorten(training: "faiss.ClusteringParameters") -> None:
    training.max_points_per_centroid, training.niter = TRAINING_VECTORS, TRAINING_ROUNDS


def write(folder: Path, vectors: NDArray[np.float32]) -> None:
    """Write the index of these vectors as a part of the bundle in ``folder``."""
    import faiss

    faiss.write_index(build_dense(vectors), str(folder / FILE))


def load(folder: Path) -> "faiss.Index":
    """Return the index in ``folder``, mapped; ``search`` gives similarities and rows, ``reconstruct`` a vector."""
    import faiss

    return faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC)
