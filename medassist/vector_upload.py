"""Index bundles → Amazon S3 Vectors: resumable upload, the switch to a new version, removal of old ones.

An index of the service holds one version for good: a new version goes to a new index. It is complete once its
description lies on S3, and asked once ``latest.json`` names it.
"""

import json
import logging
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medassist import aws, storage
from medassist.config import S3_VECTORS, index_pointer
from medassist.errors import BundleError, StorageError
from medassist.index import bundle, dense
from medassist.index.bundle import IndexMeta
from medassist.index.passage_store import PassageStore
from medassist.s3_vectors import FORMAT_VERSION, MAX_GET, PASSAGE, TEXT, VectorIndexMeta, explained, metadata_of

if TYPE_CHECKING:
    import faiss

logger = logging.getLogger(__name__)

MAX_PUT = 500  # vectors that PutVectors takes at once
MAX_PAYLOAD = 16 * 1024 * 1024  # bytes of a request; the service takes 20 MiB
MAX_METADATA = 40 * 1024  # bytes a vector
MAX_KEY = 1_024  # characters
NUMBER_BYTES = 24  # of one number of a vector in a request, at most
RATE = 2_500  # vectors a second that an index takes
WRITERS = 4  # requests at a time
PUT_S, ATTEMPTS = 60.0, 10  # should the service still answer 429 or 503, boto3 waits longer each time

# What a reader loads of a bundle: the encoder, and the words by which it tells what the texts do not know.
CARRIED = ("encoder/encoder.json", "encoder/model.onnx", "encoder/tokenizer.json", bundle.VOCABULARY)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a corpus in S3 Vectors; ``latest`` if it is the one that is asked."""

    index_name: str
    version: str
    created_at: datetime
    complete: bool
    latest: bool


def publish(folder: Path | str, bucket: str, *, progress: Callable[[int, int], None] = lambda done, of: None) -> str:
    """Put a bundle's vectors and passages into S3 Vectors and point at them; return where their description lies.

    What an interrupted upload has put is not put again, and of a version that is complete nothing is.

    Parameters
    ----------
    folder : Path or str
        An index bundle.
    bucket : str
        The S3 bucket of description and pointer; the vector bucket is called the same. Both are made if missing.
    progress : callable
        Called with the number of passages that are there so far, and of all.

    Raises
    ------
    BundleError
        If the bundle is not whole, or a passage is larger than a vector's metadata may be.
    StorageError
        If S3 or S3 Vectors refuse or cannot be reached.
    """
    folder = Path(folder)
    source = bundle.read_meta(folder, {})
    meta = _describe(source, bucket)
    uri = f"s3://{bucket}/{_folder(source.corpus, source.version)}"
    storage.ensure_bucket(bucket)
    _ensure_index(meta)
    if not storage.exists(f"{uri}/{storage.MANIFEST}") or not _is_there(meta, PassageStore(folder)):
        _put_all(meta, PassageStore(folder), dense.load(folder), progress)
        _write_description(meta, folder, uri)
    progress(source.passages, source.passages)
    storage.write_json(
        f"s3://{bucket}/{index_pointer(source.corpus, S3_VECTORS)}", {"version": meta.version, "uri": uri}
    )
    return uri


def index_name(corpus: str, version: str) -> str:
    """Return what the index of a corpus's version is called: lower-case letters, digits, hyphens; 63 at most.

    As its S3 folder's, its name ends in the format of what is stored: of the same bundle another format is another
    index.
    """
    return f"{_slug(corpus)}-{version}-{FORMAT_VERSION}"


def versions(bucket: str, corpus: str) -> list[Version]:
    """Return what is there of a corpus, newest first."""
    pointer = f"s3://{bucket}/{index_pointer(corpus, S3_VECTORS)}"
    latest = storage.read_json(pointer)["version"] if storage.exists(pointer) else ""
    found = []
    for entry in _indexes(bucket, f"{_slug(corpus)}-"):
        if match := re.fullmatch(rf"{re.escape(_slug(corpus))}-([0-9a-f]{{16}})-\d+", entry["indexName"]):
            uri = f"s3://{bucket}/{_folder(corpus, match[1])}"
            complete = storage.exists(f"{uri}/{storage.MANIFEST}")
            found.append(Version(entry["indexName"], match[1], entry["creationTime"], complete, match[1] == latest))
    return sorted(found, key=lambda version: version.created_at, reverse=True)


def prune(bucket: str, corpus: str, keep: int = 2) -> list[str]:
    """Delete all versions of a corpus but the one that is asked and the newest others, ``keep`` in all; name them."""
    found = sorted(versions(bucket, corpus), key=lambda version: not version.latest)
    for old in found[max(1, keep) :]:
        _forget(bucket, f"{_folder(corpus, old.version)}/")
        with explained(old.index_name):
            _client().delete_index(vectorBucketName=bucket, indexName=old.index_name)
    return [old.index_name for old in found[max(1, keep) :]]


def index_names(bucket: str) -> list[str] | None:
    """Return the indexes of a vector bucket; None if there is no such bucket, or no S3 Vectors in this region."""
    from botocore.exceptions import EndpointConnectionError

    try:
        return [entry["indexName"] for entry in _indexes(bucket)]
    except BundleError:
        return None
    except StorageError as error:
        if isinstance(error.__cause__, EndpointConnectionError):
            return None
        raise


def delete_bucket(bucket: str) -> None:
    """Delete a vector bucket with all its indexes."""
    with explained(bucket):
        for name in index_names(bucket) or []:
            _client().delete_index(vectorBucketName=bucket, indexName=name)
        _client().delete_vector_bucket(vectorBucketName=bucket)


# --- what is made -------------------------------------------------------------------------------------------------


def _describe(source: IndexMeta, bucket: str) -> VectorIndexMeta:
    return VectorIndexMeta(
        version=source.version,
        format_version=FORMAT_VERSION,
        corpus=source.corpus,
        passages=source.passages,
        documents=source.documents,
        dimension=source.dimension,
        encoder=source.encoder,
        encoder_sha256=source.encoder_sha256,
        vector_bucket=bucket,
        index_name=index_name(source.corpus, source.version),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files={name: source.files[name] for name in CARRIED},
    )


def _ensure_index(meta: VectorIndexMeta) -> None:
    client = _client()
    with explained(meta.index_name):
        _unless_there(client.create_vector_bucket, vectorBucketName=meta.vector_bucket)
        # Buckets from before October 2026 make indexes that cannot search text.
        client.put_vector_bucket_default_index_mode(vectorBucketName=meta.vector_bucket, defaultIndexMode="ENHANCED")
        _unless_there(
            client.create_index,
            **meta.place,
            dataType="float32",
            dimension=meta.dimension,
            distanceMetric="cosine",
            metadataConfiguration={
                "nonFilterableMetadataKeys": [TEXT, PASSAGE],
                "textSearchConfigurations": [{"metadataKey": TEXT, "language": "en"}],
            },
        )


def _unless_there(create: Callable[..., Any], **parameters: Any) -> None:
    from botocore.exceptions import ClientError

    try:
        create(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConflictException":
            raise


def _put_all(
    meta: VectorIndexMeta, passages: PassageStore, vectors: "faiss.Index", progress: Callable[[int, int], None]
) -> None:
    client, batches = _client(), list(_batches(passages, meta.dimension))
    missing = _missing(client, meta, passages, batches)
    done = len(passages) - sum(map(len, missing))
    logger.info("%s: %d of %d passages are there", meta.index_name, done, len(passages))

    pace = _Pace(RATE)

    def put(rows: range) -> int:
        records = [
            {
                "key": passages[row].passage_id,
                "data": {"float32": vectors.reconstruct(row).tolist()},
                "metadata": metadata_of(passages[row]),
            }
            for row in rows
        ]
        pace.wait(len(rows))
        with explained(meta.index_name):
            client.put_vectors(**meta.place, vectors=records)
        return len(rows)

    progress(done, len(passages))
    pool = ThreadPoolExecutor(WRITERS)
    try:
        for count in pool.map(put, missing):
            done += count
            progress(done, len(passages))
    finally:
        pool.shutdown(cancel_futures=True)  # after an error, what has not begun is left to the next run


class _Pace:
    """Keeps several threads together below a rate."""

    def __init__(self, a_second: float) -> None:
        self._a_second, self._free, self._lock = a_second, time.monotonic(), threading.Lock()

    def wait(self, count: int) -> None:
        """Return when ``count`` more may be sent."""
        with self._lock:
            begin = max(self._free, time.monotonic())
            self._free = begin + count / self._a_second
        time.sleep(max(0.0, begin - time.monotonic()))


def _batches(passages: PassageStore, dimension: int) -> Iterator[range]:
    """Yield the rows of one request each: always the same ones of the same passages."""
    start, payload = 0, 0
    for row in range(len(passages)):
        size = _checked_size(passages, row) + NUMBER_BYTES * dimension
        if row - start == MAX_PUT or payload + size > MAX_PAYLOAD:
            yield range(start, row)
            start, payload = row, 0
        payload += size
    if start < len(passages):
        yield range(start, len(passages))


def _checked_size(passages: PassageStore, row: int) -> int:
    passage = passages[row]
    size = sum(len(key) + len(value.encode()) + 8 for key, value in metadata_of(passage).items())
    if size > MAX_METADATA or len(passage.passage_id) > MAX_KEY:
        raise BundleError(
            f"The passage {passage.passage_id[:60]!r} takes {size:,} bytes, but S3 Vectors takes {MAX_METADATA:,} and "
            f"an id of {MAX_KEY:,} characters; cut passages shorter with --passage-words."
        )
    return size


def _missing(client: Any, meta: VectorIndexMeta, passages: PassageStore, batches: Sequence[range]) -> list[range]:
    """Return the batches that are not there: of each the last key is asked for, as a request is done whole or not."""
    last = {passages[rows[-1]].passage_id: rows for rows in batches}
    keys = list(last)
    for start in range(0, len(keys), MAX_GET):
        with explained(meta.index_name):
            answer = client.get_vectors(**meta.place, keys=keys[start : start + MAX_GET])
        for found in answer["vectors"]:
            last.pop(found["key"], None)
    return list(last.values())


def _is_there(meta: VectorIndexMeta, passages: PassageStore) -> bool:
    """Tell whether an index whose description is there was not deleted and made anew since."""
    return not _missing(_client(), meta, passages, [range(1), range(len(passages) - 1, len(passages))])


def _write_description(meta: VectorIndexMeta, source: Path, uri: str) -> None:
    with tempfile.TemporaryDirectory(prefix="medassist-") as temporary:
        folder = Path(temporary)
        (folder / "encoder").mkdir()
        for name in CARRIED:
            (folder / name).symlink_to((source / name).resolve())
        storage.write_text(folder / "meta.json", json.dumps(asdict(meta), indent=1))
        storage.upload_folder(folder, uri, description={"corpus": meta.corpus, "version": meta.version})


def _forget(bucket: str, prefix: str) -> None:
    s3 = aws.client("s3")
    listed = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix).search("Contents[].Key")
    # The manifest first: without it nobody takes the version for complete.
    for key in sorted((key for key in listed if key), key=lambda key: not key.endswith(storage.MANIFEST)):
        s3.delete_object(Bucket=bucket, Key=key)


def _indexes(bucket: str, prefix: str = "") -> Iterator[dict[str, Any]]:
    named = {"vectorBucketName": bucket} | ({"prefix": prefix} if prefix else {})
    with explained(bucket):
        for page in aws.client("s3vectors", timeout_s=15, attempts=2).get_paginator("list_indexes").paginate(**named):
            yield from page["indexes"]


def _client() -> Any:
    return aws.client("s3vectors", timeout_s=PUT_S, attempts=ATTEMPTS)


def _folder(corpus: str, version: str) -> str:
    return f"{index_pointer(corpus, S3_VECTORS).rpartition('/')[0]}/{version}-{FORMAT_VERSION}"


def _slug(corpus: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", corpus.lower()).strip("-")
    return slug[:40].rstrip("-") or "corpus"  # with version and format below 63 characters, the most a name may have
