"""The search index in Amazon S3 Vectors, for collections that a function cannot hold. Only the encoder comes along.

::

    vector bucket <bucket>, index <corpus>-<version>-2       a vector a passage; its key is the passage's id
    s3://<bucket>/index/<corpus>/s3-vectors/<version>-2/     meta.json, encoder/, vocabulary.json: what a reader loads
    s3://<bucket>/index/<corpus>/s3-vectors/latest.json      the version that is asked, unless another is configured

:mod:`medassist.vector_upload` writes all of it; the pointer last, so that a reader never sees half an index.

The passage travels in the vector's metadata: the text that is indexed as ``text``, which the service searches by BM25,
the other fields as ``passage``. At most 40 KB are allowed, and a passage of 180 words takes 2. Read by offset from S3,
passages would cost a second service, a permission and a table of offsets (8 bytes a passage in memory) in each
container. Nothing is filterable: what is makes each query dearer.

The service's limits ("Limitations and restrictions" in S3's user guide, and botocore's description, November 2026)
stand below. One index takes 2 billion vectors, 2,500 of them a second; a query takes 0.1 to 1 s.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medassist import aws, storage
from medassist.encoder import Encoder
from medassist.errors import BundleError, StorageError
from medassist.index.bundle import VOCABULARY
from medassist.index.hit_ranking import names_in, rank_hits
from medassist.index.vocabulary import Vocabulary
from medassist.passages import indexed_text
from medassist.schemas import Hit, Passage

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2  # of meta.json and of the metadata
METHODS = ("hybrid", "dense", "lexical")
TEXT, PASSAGE = "text", "passage"  # keys of the metadata

DEPTH = 100  # hits that hybrid search asks for and puts in order; with their passages some 200 KB, 512 KB cost nothing
MAX_TOP_K = 10_000  # results of a query; they come in pages
MAX_QUERY_TEXT = 1_024  # characters
MAX_GET = 100  # vectors that GetVectors reads at once

QUERY_S = 3.0  # of one attempt; the service promises answers within a second
ATTEMPTS = 3  # with exponential back-off: it turns away (429) what is beyond some hundred queries a second and index
QUERIES_AT_ONCE = 8  # of a batch; the time is spent waiting


@dataclass(frozen=True, slots=True)
class VectorIndexMeta:
    """What ``meta.json`` says of an index in S3 Vectors; ``version`` is that of the bundle it was made of."""

    version: str
    format_version: int
    corpus: str
    passages: int
    documents: int
    dimension: int
    encoder: str
    encoder_sha256: str
    vector_bucket: str
    index_name: str
    created_at: str
    files: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "VectorIndexMeta":
        """Read ``meta.json``.

        Raises
        ------
        BundleError
            If it is missing, not ours or of another format version.
        """
        path = folder / "meta.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            if raw["format_version"] != FORMAT_VERSION or "index_name" not in raw:
                raise BundleError(
                    f"{path} describes no index in S3 Vectors that this medassist reads; put it there again with "
                    "`medassist vectors put`, or set MEDASSIST_INDEX_STORE to bundle if it is a bundle's."
                )
            return cls(**raw)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BundleError(
                f"{path} does not describe an index ({error}); put it there with `medassist vectors put`."
            ) from error

    @property
    def place(self) -> dict[str, str]:
        """The parameters by which a call names the index."""
        return {"vectorBucketName": self.vector_bucket, "indexName": self.index_name}


class S3VectorsIndex:
    """An index in S3 Vectors that is searched as a loaded bundle is. Make one with :meth:`load`.

    ``dense`` and ``lexical`` are the service's approximate nearest neighbours and its BM25 over title and text.
    ``hybrid`` asks for both in one call and orders what comes back by :func:`medassist.index.hit_ranking.rank_hits`.
    What a bundle does beyond that (search by names, corrected and expanded words, the trained ranker) needs statistics
    of the whole collection and is not done.
    """

    def __init__(self, meta: VectorIndexMeta, encoder: Encoder, vocabulary: Vocabulary) -> None:
        self.meta = meta
        self.encoder = encoder
        self.vocabulary = vocabulary
        self.reconnect()

    @property
    def version(self) -> str:
        """The version of the bundle that the index was made of."""
        return self.meta.version

    @classmethod
    def load(
        cls, folder: Path | str, *, threads: int | None = None, checksums: Mapping[str, str] | None = None
    ) -> "S3VectorsIndex":
        """Load encoder, words and description from a folder; the service itself is asked by the first search.

        Parameters
        ----------
        folder : Path or str
            What lies under ``s3-vectors/<version>/``, downloaded.
        threads : int, optional
            Threads that encode queries; all cores if not given.
        checksums : mapping of str to str, optional
            SHA-256 by path of files that were just hashed, as :func:`medassist.storage.download_files` returns them;
            the others are hashed here.

        Raises
        ------
        BundleError
            If a file is missing, or the encoder is not the one that encoded the passages.
        StorageError
            If no region is set.
        """
        folder = Path(folder)
        meta, known = VectorIndexMeta.read(folder), checksums or {}
        hashed = {name: known.get(name) or _sha256(folder / name) for name in meta.files}
        if changed := [name for name, sha256 in meta.files.items() if hashed[name] != sha256]:
            raise BundleError(f"{folder / changed[0]} has another checksum than meta.json says; download it again.")
        encoder = Encoder.load(
            folder / "encoder", threads=threads, checksums={Path(name).name: sha256 for name, sha256 in hashed.items()}
        )
        if (encoder.sha256, encoder.dimension) != (meta.encoder_sha256, meta.dimension):
            raise BundleError(f"The encoder in {folder} is not the one that encoded the passages; put them anew.")
        return cls(meta, encoder, Vocabulary.load(folder / VOCABULARY))

    def reconnect(self) -> None:
        """Build the client anew: connections and credentials outlive no snapshot of the process."""
        with explained(self.meta.index_name):
            self._client: Any = aws.client("s3vectors", timeout_s=QUERY_S, attempts=ATTEMPTS)

    def __len__(self) -> int:
        return self.meta.passages

    def search(self, query: str, top_k: int = 10, *, method: str = "hybrid") -> list[Hit]:
        """Return the ``top_k`` best passages for a query, best first (fewer if fewer are found).

        Parameters
        ----------
        query : str
            A question in plain words; full-text search reads its first 1,024 characters.
        top_k : int
            1 to 10,000.
        method : {"hybrid", "dense", "lexical"}
            Both rankings fused, or one of them alone. ``lexical`` of a hit is 0 where the service named no score.

        Raises
        ------
        ValueError
            If ``top_k`` is out of its range or the method is unknown.
        BundleError
            If the index does not exist.
        StorageError
            If the service refuses, is too busy or cannot be reached.
        """
        return self.search_batch([query], top_k, method=method)[0]

    def search_batch(self, queries: Sequence[str], top_k: int = 10, *, method: str = "hybrid") -> list[list[Hit]]:
        """Search for many queries, some at a time; the n-th list belongs to the n-th query."""
        if not 1 <= top_k <= MAX_TOP_K:
            raise ValueError(f"top_k is {top_k}, but must be from 1 to {MAX_TOP_K:,}.")
        if method not in METHODS:
            raise ValueError(f"method is {method!r}, but an index in S3 Vectors does {', '.join(METHODS)} only.")
        if not queries:
            return []
        vectors = self.encoder.encode(queries)

        def search_one(row: int) -> list[Hit]:
            return self._search(queries[row], vectors[row], top_k, method)

        if len(queries) == 1:
            return [search_one(0)]
        with ThreadPoolExecutor(min(QUERIES_AT_ONCE, len(queries))) as pool:
            return list(pool.map(search_one, range(len(queries))))

    def _search(self, query: str, vector: NDArray[np.float32], top_k: int, method: str) -> list[Hit]:
        text = query.strip()[:MAX_QUERY_TEXT] if method != "dense" else ""
        asked: dict[str, Any] = {"queryTexts": [{"metadataKey": TEXT, "text": text}]} if text else {}
        if method != "lexical":
            asked["queryVector"] = {"float32": vector.tolist()}
        if not asked:
            return []
        found = self._query(asked, max(DEPTH, top_k) if method == "hybrid" else top_k)
        if method != "hybrid":
            scored = self._with_similarity(found, vector)
            return [
                Hit(hit.passage, hit.lexical if method == "lexical" else similarity, similarity, hit.lexical)
                for hit, similarity in scored
            ]
        # Found by words alone is what the question names, or it lies farther away than all that was found by meaning.
        named = names_in(query, [hit.passage for hit in found])
        kept = [hit for hit, words in zip(found, named, strict=True) if words or hit.similarity is not None]
        scored = self._with_similarity(kept if len(kept) >= top_k else found, vector)
        lexical = [hit.lexical for hit, _ in scored]
        ranked = rank_hits(query, [hit.passage for hit, _ in scored], [cosine for _, cosine in scored], lexical)
        return [Hit(scored[n][0].passage, score, scored[n][1], lexical[n]) for n, score in ranked[:top_k]]

    def _query(self, asked: Mapping[str, Any], count: int) -> list["_Found"]:
        """Return what QueryVectors finds, in its order."""
        wishes = {"topK": count, "returnDistance": True, "returnScores": True, "returnMetadata": True}
        with explained(self.meta.index_name):
            pages = self._client.get_paginator("query_vectors").paginate(**self.meta.place, **asked, **wishes)
            hits = [hit for page in pages for hit in page["vectors"]]
        return [_Found.of(hit) for hit in hits]

    def _with_similarity(self, found: Sequence["_Found"], query: NDArray[np.float32]) -> list[tuple["_Found", float]]:
        """Return each hit with its cosine: the service's, or for what it found by words alone the vectors' own."""
        unknown = [hit.key for hit in found if hit.similarity is None]
        cosines = {hit.key: hit.similarity for hit in found if hit.similarity is not None}
        for start in range(0, len(unknown), MAX_GET):
            keys = unknown[start : start + MAX_GET]
            with explained(self.meta.index_name):
                answer = self._client.get_vectors(**self.meta.place, keys=keys, returnData=True)
            for stored in answer["vectors"]:
                cosines[stored["key"]] = float(query @ np.array(stored["data"]["float32"], np.float32))
        # What has no cosine now was deleted in between.
        return [(hit, float(np.clip(cosines[hit.key], -1.0, 1.0))) for hit in found if hit.key in cosines]


@dataclass(frozen=True, slots=True)
class _Found:
    """A result of a query; its similarity is None if it was found by words alone."""

    key: str
    passage: Passage
    similarity: float | None
    lexical: float

    @classmethod
    def of(cls, hit: Mapping[str, Any]) -> "_Found":
        scores = hit.get("scores") or {}
        words = sum(float(score["score"]) for score in scores.get("bm25Scores") or ())
        distance = scores.get("vectorDistance", hit.get("distance"))
        return cls(hit["key"], passage_of(hit["metadata"]), None if distance is None else 1.0 - distance, words)


def metadata_of(passage: Passage) -> dict[str, str]:
    """Return a passage as metadata of its vector."""
    text, fields = indexed_text(passage), asdict(passage)
    fields["text_from"] = len(text) - len(fields.pop("text"))
    return {TEXT: text, PASSAGE: json.dumps(fields, ensure_ascii=False)}


def passage_of(metadata: Mapping[str, str]) -> Passage:
    """Return the passage that :func:`metadata_of` made ``metadata`` of.

    Raises
    ------
    BundleError
        If the metadata are not ours.
    """
    try:
        fields = json.loads(metadata[PASSAGE])
        return Passage.from_record(fields | {"text": metadata[TEXT][fields.pop("text_from") :]})
    except (KeyError, ValueError, TypeError) as error:
        raise BundleError(
            f"A vector's metadata hold no passage ({error}); put the index there again with `medassist vectors put`."
        ) from error


@contextmanager
def explained(index_name: str) -> Iterator[None]:
    """Turn what boto3 raises about an index in S3 Vectors into one sentence with the next step."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except BotoCoreError as error:
        raise StorageError(
            f"S3 Vectors cannot be reached ({error}); check network, credentials, and whether the region has it."
        ) from error
    except ClientError as error:
        code, message = (error.response["Error"].get(key, "") for key in ("Code", "Message"))
        if code == "NotFoundException":
            raise BundleError(
                f"The vector index {index_name} does not exist ({message}); put it there with `medassist vectors put`."
            ) from error
        remedy = {
            "AccessDeniedException": "grant the s3vectors actions that it asks for on this index",
            "TooManyRequestsException": "it is asked too often; try again in a moment, or split the index",
            "ServiceUnavailableException": "try again in a moment",
            "ServiceQuotaExceededException": "ask AWS for a higher quota, or remove what is no longer used",
        }.get(code, "check the index and its encryption key")
        raise StorageError(f"S3 Vectors refused a call on {index_name} ({code}: {message}); {remedy}.") from error


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise BundleError(f"{path} is missing; download the index again.")
    return storage.sha256_of(path)
