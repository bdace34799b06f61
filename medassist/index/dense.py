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
# Cells are found among 64 vectors for each, in 10 rounds of k-means: a tenth of FAISS' own time, the same recall.
TRAINING_VECTORS, TRAINING_ROUNDS = 64, 10
PQ_CANDIDATES = 4  # candidates scored again for each row asked for, where they are found by product quantisation
# Up to here exact search over half-precision vectors.
FLAT_LIMIT = 100_000


def index_type(count: int) -> str:
    """Return the FAISS factory string for ``count`` vectors."""
    return EXACT if count <= FLAT_LIMIT else f"IVF{cells(count)},SQ8,Refine({EXACT})"


def cells(count: int) -> int:
    """Return into how many cells ``count`` vectors are parted: about four times the root, a power of two."""
    return int(2 ** round(np.log2(4 * np.sqrt(count))))


def probes(count: int) -> int:
    """Return how many cells a query looks into."""
    return max(16, cells(count) // 32)


def build_dense(vectors: NDArray[np.float32], kind: str = "") -> "faiss.Index":
    """Return the index over unit vectors in half precision, shape (passages, dimension), by inner product.

    ``kind`` is a FAISS factory string, by default the one that follows from the count.
    """
    import faiss

    count, dimension = vectors.shape
    index = faiss.index_factory(dimension, kind or index_type(count), faiss.METRIC_INNER_PRODUCT)
    if (parted := faiss.downcast_index(faiss.try_extract_index_ivf(index))) is not None:
        trained = [parted.cp, parted.pq.cp] if isinstance(parted, faiss.IndexIVFPQ) else [parted.cp]
        for parameters in trained:
            parameters.max_points_per_centroid, parameters.niter = TRAINING_VECTORS, TRAINING_ROUNDS
        parted.nprobe = probes(count)  # kept in the file
    if "PQ" in kind and isinstance(index, faiss.IndexRefine):
        index.k_factor = PQ_CANDIDATES
    index.train(vectors)
    index.add(vectors)
    return index


def write(folder: Path, vectors: NDArray[np.float32]) -> None:
    """Write the index of these vectors as a part of the bundle in ``folder``."""
    import faiss

    faiss.write_index(build_dense(vectors), str(folder / FILE))


def load(folder: Path) -> "faiss.Index":
    """Return the index in ``folder``, mapped; ``search`` gives similarities and rows, ``reconstruct`` a vector."""
    import faiss

    return faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC)
