"""The search index: build, save, load, search.

A question is searched for by meaning (FAISS) and by words (BM25), in the passages' texts and in what they are called;
what is found is put in order by a weighted sum, and the first of it once more by a small trained ranker.

An index bundle is a folder::

    meta.json          format version, metric, dimension, encoder name and digest, counts, checksums of the files
    vectors.faiss      FAISS index over the passages' unit vectors, inner product = cosine
    keys.npy           (passages, 16) uint8: what was encoded, by content: the next bundle takes these vectors over
    bm25/              BM25 arrays and vocabulary
    names/             titles, topics and their other names, by words and by vectors
    vocabulary.json    words and names that a question's words are held against
    ranker.json        what ranks the first hits again, if there is one for the encoder
    passages.jsonl     the passages, in the order of the vectors
    offsets.npy        (passages + 1,) int64: where each passage's line starts in passages.jsonl
    encoder/           what encoded the passages, and encodes the queries

What a bundle needs to be read again stands in its own ``meta.json`` and is checked when it is loaded.
"""

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from medassist import storage
from medassist.encoder import DEFAULT_MODEL, Encoder, export, name_of
from medassist.errors import BundleError
from medassist.index import bundle, candidates, dense, reranking
from medassist.index.bundle import IndexMeta
from medassist.index.candidates import Asked, Candidates
from medassist.index.changes import Changes, count_changes
from medassist.index.lexical import Lexical, best_rows
from medassist.index.names import Names
from medassist.index.passage_store import PassageStore
from medassist.index.queries import join_vectors, understand
from medassist.index.reranking import Ranker
from medassist.index.vectors import EarlierVectors, encode_passages
from medassist.index.vocabulary import Vocabulary
from medassist.schemas import Hit, Passage

if TYPE_CHECKING:
    import faiss

logger = logging.getLogger(__name__)

METHODS = ("hybrid", "fused", "dense", "lexical")


class Index:
    """A loaded index bundle. Make one with :meth:`load`."""

    def __init__(
        self,
        meta: IndexMeta,
        encoder: Encoder,
        vectors: "faiss.Index",
        lexical: Lexical,
        names: Names,
        vocabulary: Vocabulary,
        ranker: Ranker | None,
        passages: PassageStore,
    ) -> None:
        self.meta = meta
        self.encoder = encoder
        self._vectors = vectors
        self._lexical = lexical
        self._names = names
        self._vocabulary = vocabulary
        self._ranker = ranker
        self._passages = passages

    @property
    def version(self) -> str:
        """The bundle's version: the same inputs and parameters give the same one."""
        return self.meta.version

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that the index knows."""
        return self._vocabulary

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
        folder = Path(folder)
        return bundle.load_whole(folder, lambda: cls._load(folder, threads, checksums))

    @classmethod
    def _load(cls, folder: Path, threads: int | None, checksums: Mapping[str, str] | None) -> "Index":
        meta = bundle.read_meta(folder, checksums or {})
        known = {name[8:]: checksum for name, checksum in meta.files.items() if name.startswith("encoder/")}
        encoder = Encoder.load(folder / "encoder", threads=threads, checksums=known)
        vectors = dense.load(folder)
        passages = PassageStore(folder)
        if encoder.sha256 != meta.encoder_sha256:
            raise BundleError(f"The index in {folder} was built with another encoder than it holds; build it again.")
        counts = {meta.passages, vectors.ntotal, len(passages)}
        if len(counts) > 1 or len({meta.dimension, vectors.d, encoder.dimension}) > 1:
            raise BundleError(f"The parts of the index in {folder} do not belong together; build it again.")
        ranker = Ranker.load(folder) if reranking.FILE in meta.files else None
        lexical, names = Lexical.load(folder / "bm25"), Names.load(folder)
        vocabulary = Vocabulary.load(folder / bundle.VOCABULARY)
        return cls(meta, encoder, vectors, lexical, names, vocabulary, ranker, passages)

    def __len__(self) -> int:
        return self.meta.passages

    def passages(self) -> Iterator[Passage]:
        """Yield all passages, in order."""
        return iter(self._passages)

    def search(self, query: str, top_k: int = 10, *, method: str = "hybrid") -> list[Hit]:
        """Return the ``top_k`` best passages for a query, best first (fewer if fewer are found).

        Parameters
        ----------
        query : str
            A question in plain words.
        top_k : int
            At least 1.
        method : {"hybrid", "fused", "dense", "lexical"}
            ``hybrid`` is the best there is: texts, names and titles searched by meaning and by words, the first hits
            ranked again. To compare: the same without the last step, by meaning alone, by words (BM25) alone.

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
        if method == "lexical":
            return [self._by_words(query, top_k) for query in queries]
        if method == "dense":
            vectors = self.encoder.encode(queries)
            return [self._by_meaning(query, vector, top_k) for query, vector in zip(queries, vectors, strict=True)]
        return [self._hybrid(query, top_k, rerank=method == "hybrid") for query in queries]

    def understand(self, query: str) -> Asked:
        """Return a question as it is searched for: put right, with its words weighed and its parts encoded as one."""
        asked = understand(query, self._vocabulary)
        vector = join_vectors(self.encoder.encode(asked.texts), asked.text_weights)
        return Asked(asked.texts[0], asked.words, asked.weights, vector[None])

    def find(self, asked: Asked, depth: int = candidates.DEPTH) -> Candidates:
        """Return the passages that may answer a question, in their first order."""
        return candidates.find(asked, self._vectors, self._lexical, self._names, depth)

    def features(self, found: Candidates) -> NDArray[np.float32]:
        """Return what a ranker looks at, shape (candidates, features)."""
        return reranking.features(found, self._lexical, self._names)

    def document_ids(self, rows: Sequence[int]) -> list[str]:
        """Return which documents some passages, by their places in the index, are of."""
        return [self._passages[int(row)].document_id for row in rows]

    def _by_meaning(self, query: str, vector: NDArray[np.float32], top_k: int) -> list[Hit]:
        found, rows = self._vectors.search(vector[None], min(top_k, len(self)))
        scores = self._lexical.scores(query)
        return [
            self._to_hit(row, cosine, cosine, scores[row])
            for row, cosine in zip(rows[0], found[0], strict=True)
            if row >= 0  # FAISS pads with -1
        ]

    def _by_words(self, query: str, top_k: int) -> list[Hit]:
        scores = self._lexical.scores(query)
        rows = best_rows(scores, top_k)
        (vector,) = self.encoder.encode([query])
        return [
            self._to_hit(row, scores[row], float(vector @ self._vectors.reconstruct(row)), scores[row]) for row in rows
        ]

    def _hybrid(self, query: str, top_k: int, *, rerank: bool) -> list[Hit]:
        found = self.find(self.understand(query), max(candidates.DEPTH, top_k))
        ranked = reranking.rerank(found, self._ranker if rerank else None, self._lexical, self._names)[:top_k]
        places = {int(row): place for place, row in enumerate(found.rows)}
        return [
            self._to_hit(row, score, found.cosine[places[row]], found.lexical[places[row]]) for row, score in ranked
        ]

    def _to_hit(self, row: int, score: float, similarity: float, lexical: float) -> Hit:
        return Hit(self._passages[int(row)], float(score), float(np.clip(similarity, -1.0, 1.0)), float(lexical))


def encoder_for(model: str, folder: Path | str, cache_dir: Path | str) -> Path:
    """Return the encoder folder of a model for a bundle: one in the cache, the bundle's own, or a new export.

    A bundle's own spares an export, and as equal files give equal vectors, the vectors that the bundle holds stay
    good. A model that is a local folder may have changed since: its exports are kept by the digest of its weights.
    """
    cache_dir, own = Path(cache_dir), Path(folder) / "encoder"
    if model != DEFAULT_MODEL and Path(model).is_dir():
        weights = sorted(path for path in Path(model).glob("*.safetensors"))
        digest = hashlib.sha256("".join(map(storage.sha256_of, weights)).encode()).hexdigest()
        return export(model, cache_dir / f"{name_of(model)}-{digest[:16]}")
    name = name_of(model)
    cached = cache_dir / name.replace("/", "--")
    if not (cached / "encoder.json").exists():
        meta = bundle.existing(Path(folder))
        if meta is not None and meta.encoder == name:
            return own
    return export(model, cached)


def build(
    passages: Sequence[Passage],
    encoder_folder: Path | str,
    folder: Path | str,
    *,
    corpus: str,
    passage_words: int,
    cache_dir: Path | str | None = None,
    ranker: Path | None = reranking.SHIPPED,
    on_changes: Callable[[Changes], None] | None = None,
    progress: bool = True,
) -> IndexMeta:
    """Build an index bundle; one that is there already, from the same passages and encoder, is kept.

    What a bundle that is there holds is not encoded again, if the same encoder made it.

    Parameters
    ----------
    passages : sequence of Passage
        In the order in which they will stand in the bundle.
    encoder_folder : Path or str
        From :func:`medassist.encoder.export`; a copy goes into the bundle.
    folder : Path or str
        Where the bundle goes. It is written beside it and then takes its place at once: there is the old bundle or
        the new one.
    corpus : str
        Name of the corpus, for people.
    passage_words : int
        How the passages were cut, for people.
    cache_dir : Path or str, optional
        Vectors are kept here by content hash as they are made: an interrupted build goes on where it stopped.
    ranker : Path, optional
        Folder of a ranker that the bundle carries, if it was trained on this encoder's cosines; by default ours.
    on_changes : callable, optional
        Called with what changes against the bundle that is there, before the encoding begins.
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
    version = bundle.bundle_version(passages, encoder, ranker)
    if (meta := bundle.existing(folder)) and meta.version == version:
        logger.info("index %s is up to date: nothing to build", version)
        return meta

    def tell(encoded: int) -> None:
        changes = count_changes(PassageStore(folder) if meta else (), passages, encoded)
        logger.info("index %s: %s", version, changes)
        if on_changes:
            on_changes(changes)

    earlier = EarlierVectors(folder) if meta and bundle.same_vectors(meta, encoder) else None
    vectors = encode_passages(passages, encoder, cache_dir, earlier=earlier, on_missing=tell, progress=progress)
    return bundle.write_bundle(
        folder, passages, vectors, encoder, corpus=corpus, passage_words=passage_words, ranker=ranker
    )


def update(
    folder: Path | str,
    *,
    add: Sequence[Passage] = (),
    remove: Collection[str] = (),
    cache_dir: Path | str | None = None,
    ranker: Path | None = reranking.SHIPPED,
    on_changes: Callable[[Changes], None] | None = None,
    progress: bool = True,
) -> IndexMeta:
    """Add documents to an index bundle, change some and remove others; only new texts are encoded.

    The bundle is then the one that :func:`build` makes of the same passages, byte by byte except for its date.

    Parameters
    ----------
    folder : Path or str
        The bundle; its own encoder encodes.
    add : sequence of Passage
        All passages of new documents, which go to the end, and of changed ones, which keep their places.
    remove : collection of str
        Ids of the documents that go.
    cache_dir, ranker, on_changes, progress
        As for :func:`build`.

    Raises
    ------
    BundleError
        If there is no whole bundle, a document to be removed is not in it, no document is left, or two passages share
        an id.
    """
    folder = Path(folder)
    meta = bundle.read_meta(folder, {})
    documents: dict[str, list[Passage]] = {}
    for passage in PassageStore(folder):
        documents.setdefault(passage.document_id, []).append(passage)
    if unknown := sorted(set(remove) - documents.keys()):
        raise BundleError(f"The index in {folder} has no document {unknown[0]!r} to remove; check its id.")
    changed: dict[str, list[Passage]] = {}
    for passage in add:
        changed.setdefault(passage.document_id, []).append(passage)
    documents = {name: pieces for name, pieces in (documents | changed).items() if name not in set(remove)}
    return build(
        [passage for pieces in documents.values() for passage in pieces],
        folder / "encoder",
        folder,
        corpus=meta.corpus,
        passage_words=meta.passage_words,
        cache_dir=cache_dir,
        ranker=ranker,
        on_changes=on_changes,
        progress=progress,
    )
