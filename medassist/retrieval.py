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

import hashlib
import json
import logging
import mmap
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medassist import storage
from medassist.encoder import Encoder
from medassist.errors import BundleError, MedAssistError
from medassist.passages import indexed_text
from medassist.schemas import Hit, Passage

if TYPE_CHECKING:
    import bm25s
    import faiss

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
ENCODING = 2  # how vectors are computed: one text at a time (1: in batches, where neighbours change the last digits)
# Reciprocal rank fusion: its constant, the weight of the lexical ranking beside the dense one's 1, the ranks looked at.
# nDCG@10 over the sample's 150 questions and over 300 of MedQuAD's: dense alone 0.820 and 0.736; constant 60 and equal
# weights (Cormack, Clarke & Büttcher 2009) 0.765 and 0.722; constant 10 and weight 0.3 the best of 14 settings on
# MedQuAD and second on the sample, 0.826 and 0.747.
FUSION_CONSTANT = 10
LEXICAL_WEIGHT = 0.3
FUSION_DEPTH = 100
METHODS = ("hybrid", "dense", "lexical")
# Up to here exact search; above, 8-bit scalar quantisation: a quarter of the memory, recall@5 0.98 over 50,000 vectors.
FLAT_LIMIT = 20_000
# BM25 as Robertson & Zaragoza (2009) recommend; bm25s' defaults.
BM25_K1, BM25_B = 1.5, 0.75


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What ``meta.json`` says of a bundle. ``version`` is made from what the bundle was built from."""

    version: str
    format_version: int
    corpus: str
    passages: int
    documents: int
    passage_words: int
    metric: str
    dimension: int
    index_type: str
    encoder: str
    encoder_sha256: str
    created_at: str
    files: dict[str, str]


class Index:
    """A loaded index bundle. Make one with :meth:`load`."""

    def __init__(
        self, meta: IndexMeta, encoder: Encoder, vectors: "faiss.Index", lexical: "_Lexical", passages: "_Passages"
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
        meta = _read_meta(folder, checksums or {})
        known = {name[8:]: checksum for name, checksum in meta.files.items() if name.startswith("encoder/")}
        encoder = Encoder.load(folder / "encoder", threads=threads, checksums=known)
        vectors = faiss.read_index(str(folder / "vectors.faiss"))
        passages = _Passages(folder)
        if encoder.sha256 != meta.encoder_sha256:
            raise BundleError(f"The index in {folder} was built with another encoder than it holds; build it again.")
        counts = {meta.passages, vectors.ntotal, len(passages)}
        if len(counts) > 1 or len({meta.dimension, vectors.d, encoder.dimension}) > 1:
            raise BundleError(f"The parts of the index in {folder} do not belong together; build it again.")
        return cls(meta, encoder, vectors, _Lexical.load(folder / "bm25"), passages)

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
            fused = fuse_ranks([dense, _best_rows(scores, depth)], weights)[:top_k]
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


def fuse_ranks(rankings: Sequence[Sequence[int]], weights: Sequence[float]) -> list[tuple[int, float]]:
    """Fuse rankings by weighted reciprocal rank: an item's score is the sum of weight / (10 + rank), ranks from 1.

    A ranking of weight 0 adds nothing. Items of equal score keep the order of the first ranking that has them.

    Cormack, Clarke & Büttcher (2009), "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods".
    """
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        if weight > 0:
            for rank, row in enumerate(ranking, start=1):
                scores[row] = scores.get(row, 0.0) + weight / (FUSION_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


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
    check_passages(passages)
    encoder = Encoder.load(encoder_folder)
    version = bundle_version(passages, encoder)
    if (meta := _existing(folder)) and meta.version == version:
        logger.info("index %s is up to date: nothing to build", version)
        return meta
    vectors = encode_passages(passages, encoder, cache_dir, progress=progress)
    return write_bundle(folder, passages, vectors, encoder, corpus=corpus, passage_words=passage_words)


def check_passages(passages: Sequence[Passage]) -> None:
    """Check that passages can be indexed.

    Raises
    ------
    BundleError
        If there are none, or two share an id.
    """
    if not passages:
        raise BundleError("There are no passages to index; is the corpus empty?")
    if len({passage.passage_id for passage in passages}) < len(passages):
        raise BundleError("Two passages share a passage_id; the documents' ids must be unique.")


def write_bundle(
    folder: Path,
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    encoder: Encoder,
    *,
    corpus: str,
    passage_words: int,
) -> IndexMeta:
    """Write the bundle of passages whose vectors are known, in the place of the one that is there.

    Parameters
    ----------
    vectors : ndarray of float32, shape (len(passages), encoder.dimension)
        From :func:`encode_passages`.

    Raises
    ------
    BundleError
        If the bundle cannot be written (a full disk, say); the old one stays.
    """
    facts = {"version": bundle_version(passages, encoder), "corpus": corpus, "passage_words": passage_words}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
            new = Path(temporary) / "bundle"
            meta = _write_bundle(new, passages, vectors, encoder, facts)
            _swap(new, folder)
    except (OSError, RuntimeError) as error:  # FAISS raises RuntimeError when it cannot write
        raise BundleError(
            f"The index cannot be written to {folder} ({error}); free some space there, nothing else was changed."
        ) from error
    return meta


def bundle_version(passages: Sequence[Passage], encoder: Encoder) -> str:
    """Return the version of the bundle that these passages and this encoder make: 16 hex digits of a SHA-256."""
    parts = (FORMAT_VERSION, ENCODING, encoder.sha256, BM25_K1, BM25_B, FLAT_LIMIT)
    digest = hashlib.sha256(" ".join(map(str, parts)).encode())
    for passage in passages:
        digest.update(json.dumps(asdict(passage), sort_keys=True).encode())
    return digest.hexdigest()[:16]


def encode_passages(
    passages: Sequence[Passage], encoder: Encoder, cache_dir: Path | str | None = None, *, progress: bool = True
) -> NDArray[np.float32]:
    """Encode passages (title and text), those only whose content the cache does not know.

    Returns
    -------
    ndarray of float32, shape (len(passages), encoder.dimension)
        Unit vectors.
    """
    texts = [indexed_text(passage) for passage in passages]
    with _VectorCache(cache_dir, encoder) as cache:
        known = cache.known()
        missing = {key: text for text in texts if (key := _content_key(text)) not in known}
        if missing:
            logger.info("encoding %d of %d passages; the others are cached", len(missing), len(texts))
            _encode_missing(missing, encoder, cache, progress)
        return cache.vectors([_content_key(text) for text in texts])


def _encode_missing(missing: dict[bytes, str], encoder: Encoder, cache: "_VectorCache", progress: bool) -> None:
    from tqdm import tqdm

    keys = list(missing)
    with tqdm(total=len(keys), desc="encoding passages", unit="passage", disable=not progress, mininterval=1.0) as bar:
        for rows, vectors in encoder.encode_batches(list(missing.values())):
            cache.add([keys[row] for row in rows], vectors)
            bar.update(len(rows))


def _content_key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class _VectorCache:
    """Vectors by content hash in one SQLite file per encoder; in memory if no folder is given."""

    COMMIT_EVERY = 256  # vectors lost at most when the process is killed: about two seconds of work

    def __init__(self, cache_dir: Path | str | None, encoder: Encoder) -> None:
        import sqlite3

        self._dimension = encoder.dimension
        path = ":memory:"
        if cache_dir is not None:
            Path(cache_dir).mkdir(parents=True, exist_ok=True)
            path = str(Path(cache_dir) / f"{encoder.sha256[:16]}-{ENCODING}.sqlite")
        self._connection = sqlite3.connect(path)
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        self._pending = 0

    def __enter__(self) -> "_VectorCache":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.commit()
        self._connection.close()

    def known(self) -> set[bytes]:
        return {key for (key,) in self._connection.execute("SELECT key FROM vectors")}

    def add(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        rows = [(key, vector.tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self._pending += len(rows)
        if self._pending >= self.COMMIT_EVERY:
            self._connection.commit()
            self._pending = 0

    def vectors(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        found = np.empty((len(keys), self._dimension), np.float32)
        for row, key in enumerate(keys):
            (blob,) = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            found[row] = np.frombuffer(blob, np.float32)
        return found


# --- the parts of a bundle ----------------------------------------------------------------------------------------


class _Passages:
    """The passages of a bundle, read from the file by offset: a served corpus is not held as Python objects."""

    def __init__(self, folder: Path) -> None:
        self._offsets = np.load(folder / "offsets.npy", allow_pickle=False)
        with (folder / "passages.jsonl").open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> Passage:
        return Passage(**json.loads(self._bytes[self._offsets[row] : self._offsets[row + 1]]))

    @staticmethod
    def write(folder: Path, passages: Sequence[Passage]) -> None:
        offsets = [0]
        with (folder / "passages.jsonl").open("wb") as file:
            for passage in passages:
                file.write(json.dumps(asdict(passage), ensure_ascii=False).encode() + b"\n")
                offsets.append(file.tell())
        np.save(folder / "offsets.npy", np.array(offsets, np.int64))


class _Lexical:
    """BM25 over the passages' stemmed words."""

    def __init__(self, scorer: "bm25s.BM25") -> None:
        self._scorer = scorer

    @classmethod
    def load(cls, folder: Path) -> "_Lexical":
        import bm25s

        return cls(bm25s.BM25.load(folder, mmap=True, show_progress=False))

    @staticmethod
    def write(folder: Path, texts: Sequence[str]) -> None:
        import bm25s

        scorer = bm25s.BM25(k1=BM25_K1, b=BM25_B)
        scorer.index(_tokenize(texts), show_progress=False)
        scorer.save(folder, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the BM25 score of each passage, shape (passages,), at least 0."""
        words = [word for word in _tokenize([query])[0] if word in self._scorer.vocab_dict]
        if not words:
            return np.zeros(self._scorer.scores["num_docs"], np.float32)
        return np.asarray(self._scorer.get_scores(words), np.float32)


def _tokenize(texts: Sequence[str]) -> list[list[str]]:
    import bm25s
    import Stemmer

    tokens: list[list[str]] = bm25s.tokenize(
        list(texts), stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )
    return tokens


def _best_rows(scores: NDArray[np.float32], count: int) -> list[int]:
    """Return the rows of the ``count`` best scores above 0, best first, earlier rows first among equals."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > count:
        rows = rows[np.argpartition(-scores[rows], count)[:count]]
    return [int(row) for row in rows[np.lexsort((rows, -scores[rows]))]]


def _write_bundle(
    folder: Path, passages: Sequence[Passage], vectors: NDArray[np.float32], encoder: Encoder, facts: dict[str, Any]
) -> IndexMeta:
    import faiss

    folder.mkdir()
    index_type = "Flat" if len(passages) <= FLAT_LIMIT else "SQ8"
    index = faiss.index_factory(encoder.dimension, index_type, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, str(folder / "vectors.faiss"))
    _Lexical.write(folder / "bm25", [indexed_text(passage) for passage in passages])
    _Passages.write(folder, passages)
    (folder / "encoder").mkdir()
    for name in ("encoder.json", "model.onnx", "tokenizer.json"):
        shutil.copyfile(encoder.folder / name, folder / "encoder" / name)
    meta = IndexMeta(
        **facts,
        format_version=FORMAT_VERSION,
        passages=len(passages),
        documents=len({passage.document_id for passage in passages}),
        metric="cosine",
        dimension=encoder.dimension,
        index_type=index_type,
        encoder=encoder.name,
        encoder_sha256=encoder.sha256,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files={
            path.relative_to(folder).as_posix(): storage.sha256_of(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )
    (folder / "meta.json").write_text(json.dumps(asdict(meta), indent=1), encoding="utf-8")
    return meta


def _swap(new: Path, folder: Path) -> None:
    """Put ``new`` in the place of ``folder``; should that fail, the old one is put back."""
    old = new.with_name("old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise


def _existing(folder: Path) -> IndexMeta | None:
    if not (folder / "meta.json").exists():
        return None
    try:
        return _read_meta(folder, {})
    except MedAssistError as error:
        logger.warning("%s; it is built anew", error)
        return None


def _read_meta(folder: Path, checksums: Mapping[str, str]) -> IndexMeta:
    try:
        raw = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(f"{folder} holds no index (no meta.json); build one with medassist index.") from error
    except ValueError as error:
        raise BundleError(f"{folder / 'meta.json'} is not JSON ({error}); build the index again.") from error
    if raw.get("format_version") != FORMAT_VERSION:
        raise BundleError(
            f"The index in {folder} has format version {raw.get('format_version')}, but this medassist reads "
            f"version {FORMAT_VERSION}; build it again."
        )
    try:
        meta = IndexMeta(**raw)
    except TypeError as error:
        raise BundleError(
            f"{folder / 'meta.json'} lacks a field or has one too many; build the index again."
        ) from error
    for name, checksum in meta.files.items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"The index in {folder} lacks {name}; build or download it again.")
        if (checksums.get(name) or storage.sha256_of(path)) != checksum:
            raise BundleError(f"{path} has another checksum than meta.json says; build or download the index again.")
    return meta
