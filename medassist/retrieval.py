"""The search index: build, save, load, search. Dense (FAISS) and lexical (BM25) search, fused by reciprocal rank.

An index bundle is a folder::

    meta.json          format version, metric, dimension, encoder name and digest, counts, checksums of the files
    vectors.faiss      FAISS index over the passages' unit vectors, inner product = cosine
    bm25/              BM25 arrays and vocabulary
    passages.jsonl     the passages, in the order of the vectors
    offsets.npy        (passages + 1,) int64: where each passage's line starts in passages.jsonl
    encoder/           what encoded the passages, and encodes the queries

What a bundle needs to be read again stands in its own ``meta.json`` and is checked when it is loaded.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from medassist.encoder import Encoder
from medassist.errors import BundleError
from medassist.index import bundle
from medassist.index.bundle import IndexMeta
from medassist.index.lexical import Lexical, best_rows
from medassist.index.passage_store import PassageStore
from medassist.index.ranking import FUSION_DEPTH, LEXICAL_WEIGHT, fuse_ranks
from medassist.index.vectors import encode_passages
from medassist.schemas import Hit, Passage

if TYPE_CHECKING:
    import faiss

logger = logging.getLogger(__name__)

METHODS = ("hybrid", "dense", "lexical")


class Index:
    """A loaded index bundle. Make one with :meth:`load`."""

    def __init__(
        self, meta: IndexMeta, encoder: Encoder, vectors: "faiss.Index", lexical: Lexical, passages: PassageStore
    ) -> None:
        self.meta = meta
        self.encoder = encoder
        self._vectors = vectors
        self._lexical = lexical
        self._passages = passages

    @property
    def version(self) -> str:
        """The bundle's version: the same inputs and parameters give the same one."""
        return self.meta.version

    @classmethod
    def load(
        cls, folder: Path | str, *, threads: int | None = None, checksums: Mapping[str, str] | None = None
    ) -> "Index":
        """Load a bundle and check it against its ``meta.json``.

        Parameters
        ----------
        folder : Path or str
            Written by :func:`build`.
        threads : int, optional
            Threads that encode a query; all cores if not given.
        checksums : mapping of str to str, optional
            SHA-256 by path of files that were just hashed, as :func:`medassist.storage.download_files` returns them;
            the others are hashed here. Each byte is hashed once.

        Raises
        ------
        BundleError
            If a file is missing or has another checksum, or the bundle has another format version, dimension, count
            or encoder than its ``meta.json`` says.
        """
        import faiss

        folder = Path(folder)
        meta = bundle.read_meta(folder, checksums or {})
        known = {name[8:]: checksum for name, checksum in meta.files.items() if name.startswith("encoder/")}
        encoder = Encoder.load(folder / "encoder", threads=threads, checksums=known)
        vectors = faiss.read_index(str(folder / "vectors.faiss"))
        passages = PassageStore(folder)
        if encoder.sha256 != meta.encoder_sha256:
            raise BundleError(f"The index in {folder} was built with another encoder than it holds; build it again.")
        counts = {meta.passages, vectors.ntotal, len(passages)}
        if len(counts) > 1 or len({meta.dimension, vectors.d, encoder.dimension}) > 1:
            raise BundleError(f"The parts of the index in {folder} do not belong together; build it again.")
        return cls(meta, encoder, vectors, Lexical.load(folder / "bm25"), passages)

    def __len__(self) -> int:
        return self.meta.passages

    def passages(self) -> Iterator[Passage]:
        """Yield all passages, in order."""
        return (self._passages[row] for row in range(len(self)))

    def search(self, query: str, top_k: int = 10, *, method: str = "hybrid") -> list[Hit]:
        """Return the ``top_k`` best passages for a query, best first (fewer if fewer are found).

        Parameters
        ----------
        query : str
            A question in plain words.
        top_k : int
            At least 1.
        method : {"hybrid", "dense", "lexical"}
            Both rankings fused, or one of them alone (to compare).

        Raises
        ------
        ValueError
            If ``top_k`` is less than 1 or the method is unknown.
        """
        return self.search_batch([query], top_k, method=method)[0]

    def search_batch(self, queries: Sequence[str], top_k: int = 10, *, method: str = "hybrid") -> list[list[Hit]]:
        """Search for many queries at once; the n-th list belongs to the n-th query."""
        if top_k < 1:
            raise ValueError(f"top_k is {top_k}, but at least 1 passage must be asked for.")
        if method not in METHODS:
            raise ValueError(f"method is {method!r}, but must be one of {', '.join(METHODS)}.")
        if not queries:
            return []
        depth = min(max(FUSION_DEPTH, top_k), len(self))
        query_vectors = self.encoder.encode(queries)
        dense_ranks = self._vectors.search(query_vectors, depth)[1]
        results = []
        for query, vector, ranks in zip(queries, query_vectors, dense_ranks, strict=True):
            scores = self._lexical.scores(query)
            dense = [int(row) for row in ranks if row >= 0]  # FAISS pads with -1
            weights = {"hybrid": (1.0, LEXICAL_WEIGHT), "dense": (1.0, 0.0), "lexical": (0.0, 1.0)}[method]
            fused = fuse_ranks([dense, best_rows(scores, depth)], weights)[:top_k]
            results.append(self._to_hits(fused, vector, scores))
        return results

    def _to_hits(
        self, fused: list[tuple[int, float]], vector: NDArray[np.float32], scores: NDArray[np.float32]
    ) -> list[Hit]:
        return [
            Hit(
                self._passages[row],
                score,
                similarity=float(np.clip(vector @ self._vectors.reconstruct(row), -1.0, 1.0)),
                lexical=float(scores[row]),
            )
            for row, score in fused
        ]


def build(
    passages: Sequence[Passage],
    encoder_folder: Path | str,
    folder: Path | str,
    *,
    corpus: str,
    passage_words: int,
    cache_dir: Path | str | None = None,
    progress: bool = True,
) -> IndexMeta:
    """Build an index bundle; one that is there already, from the same passages and encoder, is kept.

    Parameters
    ----------
    passages : sequence of Passage
        In the order in which they will stand in the bundle.
    encoder_folder : Path or str
        From :func:`medassist.encoder.export`; a copy goes into the bundle.
    folder : Path or str
        Where the bundle goes. It is written beside it and renamed, so that there is the old bundle or the new one.
    corpus : str
        Name of the corpus, for people.
    passage_words : int
        How the passages were cut, for people.
    cache_dir : Path or str, optional
        Vectors are kept here by content hash as they are made: an interrupted build goes on where it stopped.
    progress : bool
        Show a progress bar with the time left on stderr.

    Raises
    ------
    BundleError
        If there are no passages, two share an id, or the bundle cannot be written (a full disk, say).
    """
    folder = Path(folder)
    bundle.check_passages(passages)
    encoder = Encoder.load(encoder_folder)
    version = bundle.bundle_version(passages, encoder)
    if (meta := bundle.existing(folder)) and meta.version == version:
        logger.info("index %s is up to date: nothing to build", version)
        return meta
    vectors = encode_passages(passages, encoder, cache_dir, progress=progress)
    return bundle.write_bundle(folder, passages, vectors, encoder, corpus=corpus, passage_words=passage_words)
