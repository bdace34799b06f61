"""S3 Vectors of the emulated cloud: vector buckets, indexes, vectors, and queries over them.

moto's has no queries, takes an index twice, forgets how it was made and knows no pages. Limits of parameters come from
botocore's description of the service, others from "Limitations and restrictions" in S3's user guide. Policies and tags
are not emulated.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from account import ACCOUNT, REGION
from numpy.typing import NDArray
from vector_search import FilterError, LoadedIndex, check_filter, search
from vector_store import Record, VectorStore
from wire_checks import Checker

MAX_BODY = 20 * 1024 * 1024
MAX_TOP_K = 10_000
PAGE = 100  # results of a query on a page; AWS does not say how many these are
LIST_PAGE = 500  # if nothing else is asked for
MAX_METADATA, MAX_FILTERABLE, MAX_KEYS = 40 * 1024, 2 * 1024, 50
MODE = "ENHANCED"  # of all that was made since 30 September 2026
_NAMES = {"vectorBucketName": "bucket", "indexName": "index"}


class RefusedError(Exception):
    """The service refuses a call."""

    def __init__(self, code: str, message: str, faults: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(message)
        self.code, self.faults = code, faults


class VectorBuckets:
    """The WSGI application for the calls of S3 Vectors; ``path`` is the file that keeps what they change."""

    def __init__(self, path: Path) -> None:
        self._store, self._lock = VectorStore(path), threading.RLock()
        self._checker = Checker("s3vectors")
        self._loaded: dict[int, LoadedIndex] = {}
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "CreateVectorBucket": self._create_bucket,
            "GetVectorBucket": self._get_bucket,
            "ListVectorBuckets": self._list_buckets,
            "DeleteVectorBucket": self._delete_bucket,
            "PutVectorBucketDefaultIndexMode": self._set_default_mode,
            "CreateIndex": self._create_index,
            "GetIndex": self._get_index,
            "ListIndexes": self._list_indexes,
            "DeleteIndex": self._delete_index,
            "UpdateIndexMode": self._set_mode,
            "PutVectors": self._put,
            "GetVectors": self._get,
            "ListVectors": self._list,
            "DeleteVectors": self._delete,
            "QueryVectors": self._query,
        }

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._store.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(min(length, MAX_BODY + 1))
        try:
            return _send(start_response, 200, self._answer(environ["PATH_INFO"].strip("/"), body))
        except RefusedError as error:
            status = self._checker.status(error.code) if error.code != "UnknownOperationException" else 501
            said: dict[str, Any] = {"message": str(error)}
            if error.faults:
                said["fieldList"] = list(error.faults)
            return _send(start_response, status, said, error.code)

    def _answer(self, operation: str, body: bytes) -> dict[str, Any]:
        if operation not in self._operations:
            raise RefusedError("UnknownOperationException", f"{operation} is not emulated.")
        if len(body) > MAX_BODY:
            raise RefusedError("ValidationException", f"The request payload exceeds {MAX_BODY} bytes")
        request = json.loads(body or b"{}")
        if faults := self._checker.faults(operation, request):
            said = "; ".join(f"Value at '{fault['path']}' failed: {fault['message']}" for fault in faults)
            count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected"
            raise RefusedError("ValidationException", f"{count}. {said}", faults)
        with self._lock:
            return self._operations[operation](request)

    # --- vector buckets -------------------------------------------------------------------------------------------

    def _create_bucket(self, request: dict[str, Any]) -> dict[str, Any]:
        name = _valid_name(request, "vectorBucketName")
        if any(bucket.name == name for bucket in self._store.buckets()):
            raise RefusedError("ConflictException", "A vector bucket with the specified name already exists")
        encryption = request.get("encryptionConfiguration") or {"sseType": "AES256"}
        self._store.write_bucket(name, {"encryptionConfiguration": encryption, "defaultIndexMode": MODE})
        return {"vectorBucketArn": _bucket_arn(name)}

    def _get_bucket(self, request: dict[str, Any]) -> dict[str, Any]:
        bucket = self._bucket(request)
        return {"vectorBucket": _describe_bucket(bucket) | bucket.about}

    def _list_buckets(self, request: dict[str, Any]) -> dict[str, Any]:
        found, token = _page(self._store.buckets(), request)
        return {"vectorBuckets": [_describe_bucket(bucket) for bucket in found]} | token

    def _delete_bucket(self, request: dict[str, Any]) -> dict[str, Any]:
        bucket = self._bucket(request)
        if self._store.indexes(bucket.name):
            raise RefusedError("ConflictException", "The specified vector bucket is not empty")
        self._store.delete_bucket(bucket.name)
        return {}

    def _set_default_mode(self, request: dict[str, Any]) -> dict[str, Any]:
        bucket = self._bucket(request)
        if request["defaultIndexMode"] != MODE:
            raise RefusedError("ValidationException", f"The vector bucket takes indexes of mode {MODE} only")
        self._store.write_bucket(bucket.name, bucket.about)
        return {}

    def _bucket(self, request: dict[str, Any]) -> Record:
        name = _one_of(request, "vectorBucketName", "vectorBucketArn").rpartition("/")[2]
        for bucket in self._store.buckets():
            if bucket.name == name:
                return bucket
        raise RefusedError("NotFoundException", "The specified vector bucket could not be found")

    # --- indexes --------------------------------------------------------------------------------------------------

    def _create_index(self, request: dict[str, Any]) -> dict[str, Any]:
        bucket, name = self._bucket(request), _valid_name(request, "indexName")
        if any(index.name == name for index in self._store.indexes(bucket.name)):
            raise RefusedError("ConflictException", "An index with the specified name already exists")
        kept = ("dataType", "dimension", "distanceMetric", "metadataConfiguration", "encryptionConfiguration")
        about = {key: request[key] for key in kept if request.get(key)} | {"indexMode": MODE}
        for configured in about.get("metadataConfiguration", {}).get("textSearchConfigurations", []):
            configured["status"] = "ACTIVE"
        self._store.write_index(bucket.name, name, about)
        return {"indexArn": _index_arn(bucket.name, name)}

    def _get_index(self, request: dict[str, Any]) -> dict[str, Any]:
        index = self._index(request)
        return {"index": _describe_index(index) | index.about}

    def _list_indexes(self, request: dict[str, Any]) -> dict[str, Any]:
        found, token = _page(self._store.indexes(self._bucket(request).name), request)
        return {"indexes": [_describe_index(index) for index in found]} | token

    def _delete_index(self, request: dict[str, Any]) -> dict[str, Any]:
        index = self._index(request)
        self._store.delete_index(index)
        self._loaded.pop(index.id, None)
        return {}

    def _set_mode(self, request: dict[str, Any]) -> dict[str, Any]:
        self._index(request)
        if request["indexMode"] != MODE:
            raise RefusedError("ValidationException", f"The vector bucket takes indexes of mode {MODE} only")
        return {}

    def _index(self, request: dict[str, Any]) -> Record:
        named = bool(request.get("vectorBucketName") and request.get("indexName"))
        if named == bool(request.get("indexArn")):
            message = "Must specify either indexArn or both vectorBucketName and indexName"
            raise RefusedError("ValidationException", message)
        bucket, name = request.get("vectorBucketName"), request.get("indexName")
        if not named:
            _, bucket, _, name = request["indexArn"].rpartition(":")[2].split("/")
        for index in self._store.indexes(str(bucket)):
            if index.name == name:
                return index
        raise RefusedError("NotFoundException", "The specified index could not be found")

    # --- vectors --------------------------------------------------------------------------------------------------

    def _put(self, request: dict[str, Any]) -> dict[str, Any]:
        index = self._index(request)
        if len({vector["key"] for vector in request["vectors"]}) < len(request["vectors"]):
            raise RefusedError("ValidationException", "The request contains a key more than once")
        checked = [_checked_vector(index, vector) for vector in request["vectors"]]
        self._store.put(index, checked)
        self._loaded.pop(index.id, None)
        return {}

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self._store.get(self._index(request), request["keys"])
        return {"vectors": [_describe_vector(request, *vector) for vector in found]}

    def _list(self, request: dict[str, Any]) -> dict[str, Any]:
        index, count = self._index(request), request.get("maxResults") or LIST_PAGE
        segments, segment = request.get("segmentCount"), request.get("segmentIndex")
        if (segments is None) != (segment is None) or (segments is not None and segment >= segments):
            raise RefusedError("ValidationException", "Invalid segmentCount or segmentIndex")
        rows = self._store.all(index, request.get("nextToken") or "")
        if segments:
            rows = (row for row in rows if _segment(row[0], segments) == segment)
        found = list(islice(rows, count + 1))
        token = {"nextToken": found[count - 1][0]} if len(found) > count else {}
        return {"vectors": [_describe_vector(request, *vector) for vector in found[:count]]} | token

    def _delete(self, request: dict[str, Any]) -> dict[str, Any]:
        index = self._index(request)
        self._store.delete(index, request["keys"])
        self._loaded.pop(index.id, None)
        return {}

    # --- queries --------------------------------------------------------------------------------------------------

    def _query(self, request: dict[str, Any]) -> dict[str, Any]:
        index = self._index(request)
        query, texts = _asked(index, request)
        loaded = self._loaded.get(index.id) or self._load(index)
        found = search(loaded, request["topK"], query, texts, request.get("filter"))
        start = int(request.get("nextToken") or 0)
        token = {"nextToken": str(start + PAGE)} if len(found) > start + PAGE else {}
        hits = [_describe_hit(request, loaded, entry) for entry in found[start : start + PAGE]]
        return {"vectors": hits, "distanceMetric": index.about["distanceMetric"]} | token

    def _load(self, index: Record) -> LoadedIndex:
        rows = list(self._store.all(index))
        vectors = np.stack([vector for _, vector, _ in rows]) if rows else np.empty((0, index.about["dimension"]))
        self._loaded[index.id] = LoadedIndex(
            [key for key, _, _ in rows],
            vectors,
            [metadata for _, _, metadata in rows],
            index.about["distanceMetric"],
            _searchable(index),
        )
        return self._loaded[index.id]


def _asked(index: Record, request: dict[str, Any]) -> tuple[NDArray[np.float32] | None, dict[str, str]]:
    """Check a query; return its vector and its texts by metadata key."""
    if request["topK"] > MAX_TOP_K:
        raise RefusedError("ValidationException", f"topK must be between 1 and {MAX_TOP_K}, inclusive")
    query, texts = None, {text["metadataKey"]: text["text"] for text in request.get("queryTexts") or []}
    if data := request.get("queryVector"):
        query = np.array(data.get("float32", []), np.float32)
        cosine = index.about["distanceMetric"] == "cosine"
        if len(query) != index.about["dimension"] or not np.isfinite(query).all() or (cosine and not query.any()):
            raise RefusedError(
                "ValidationException", "Query vector contains invalid values or is invalid for this index"
            )
    if query is None and not texts:
        raise RefusedError("ValidationException", "Must specify queryVector, queryTexts, or both")
    if len(texts) < len(request.get("queryTexts") or []) or not texts.keys() <= _searchable(index).keys():
        raise RefusedError("ValidationException", "Each query text must name another searchable metadata key")
    if request.get("filter") is not None:
        try:
            check_filter(request["filter"], _not_filterable(index))
        except FilterError as error:
            raise RefusedError("ValidationException", str(error)) from error
    return query, texts


def _checked_vector(index: Record, vector: dict[str, Any]) -> tuple[str, NDArray[np.float32], dict[str, Any]]:
    key, metadata = vector["key"], vector.get("metadata") or {}
    data = np.array(vector["data"].get("float32", []), np.float32)
    problem = ""
    if len(data) != index.about["dimension"]:
        problem = f"vector must have length {index.about['dimension']}, but has length {len(data)}"
    elif not np.isfinite(data).all():
        problem = "vector must not contain NaN or Infinity"
    elif index.about["distanceMetric"] == "cosine" and not data.any():
        problem = "vector must not be all zeros with the cosine distance metric"
    if problem := problem or _metadata_problem(metadata, _not_filterable(index)):
        raise RefusedError("ValidationException", f"Invalid record for key '{key}': {problem}")
    return key, data, metadata


def _metadata_problem(metadata: Any, not_filterable: Sequence[str]) -> str:
    if not isinstance(metadata, dict):
        return "Metadata must be an object"
    if len(metadata) > MAX_KEYS:
        return f"Metadata must have at most {MAX_KEYS} keys"
    for value in metadata.values():
        if not all(isinstance(item, str | int | float) for item in (value if isinstance(value, list) else [value])):
            return "Metadata values must be strings, numbers, booleans or lists of them"
    if _bytes(metadata) > MAX_METADATA:
        return f"Metadata must have at most {MAX_METADATA} bytes"
    if _bytes({key: value for key, value in metadata.items() if key not in not_filterable}) > MAX_FILTERABLE:
        return f"Filterable metadata must have at most {MAX_FILTERABLE} bytes"
    return ""


def _bytes(metadata: dict[str, Any]) -> int:
    return len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode())


def _searchable(index: Record) -> dict[str, str]:
    """Return the language of each metadata key that text is searched in."""
    configured = index.about.get("metadataConfiguration", {}).get("textSearchConfigurations", [])
    return {text["metadataKey"]: text.get("language", "") for text in configured}


def _not_filterable(index: Record) -> list[str]:
    return list(index.about.get("metadataConfiguration", {}).get("nonFilterableMetadataKeys", []))


def _valid_name(request: dict[str, Any], parameter: str) -> str:
    name = str(request.get(parameter, ""))
    letters = all(char in "abcdefghijklmnopqrstuvwxyz0123456789-." for char in name)
    if not letters or not name or not (name[0].isalnum() and name[-1].isalnum()):
        raise RefusedError("ValidationException", f"Invalid vector {_NAMES[parameter]} name")
    return name


def _one_of(request: dict[str, Any], *parameters: str) -> str:
    given = [str(request[name]) for name in parameters if request.get(name)]
    if len(given) != 1:
        raise RefusedError("ValidationException", f"Must specify either {' or '.join(parameters)} but not both")
    return given[0]


def _page(records: list[Record], request: dict[str, Any]) -> tuple[list[Record], dict[str, str]]:
    count, after = request.get("maxResults") or LIST_PAGE, request.get("nextToken") or ""
    prefix = request.get("prefix") or ""
    found = [record for record in records if record.name.startswith(prefix) and record.name > after]
    return found[:count], {"nextToken": found[count - 1].name} if len(found) > count else {}


def _segment(key: str, segments: int) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % segments


def _bucket_arn(name: str) -> str:
    return f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/{name}"


def _index_arn(bucket: str, name: str) -> str:
    return f"{_bucket_arn(bucket)}/index/{name}"


def _describe_bucket(bucket: Record) -> dict[str, Any]:
    arn = _bucket_arn(bucket.name)
    return {"vectorBucketName": bucket.name, "vectorBucketArn": arn, "creationTime": bucket.created}


def _describe_index(index: Record) -> dict[str, Any]:
    arn = _index_arn(index.bucket, index.name)
    about = {"vectorBucketName": index.bucket, "indexName": index.name, "indexArn": arn}
    return about | {"creationTime": index.created}


def _describe_vector(
    request: dict[str, Any], key: str, vector: NDArray[np.float32], metadata: dict[str, Any]
) -> dict[str, Any]:
    described: dict[str, Any] = {"key": key}
    if request.get("returnData"):
        described["data"] = {"float32": vector.tolist()}
    if request.get("returnMetadata"):
        described["metadata"] = metadata
    return described


def _describe_hit(request: dict[str, Any], loaded: LoadedIndex, entry: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"key": loaded.keys[entry["row"]]}
    if request.get("returnDistance") and "distance" in entry:
        described["distance"] = entry["distance"]
    if request.get("returnScores") and entry["scores"]:
        described["scores"] = entry["scores"]
    if request.get("returnMetadata"):
        described["metadata"] = loaded.metadata[entry["row"]]
    return described


def _send(start_response: Callable[..., Any], status: int, value: dict[str, Any], code: str = "") -> list[bytes]:
    body = json.dumps(value).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if code:
        headers.append(("x-amzn-ErrorType", code))
    start_response(f"{status} {code or 'OK'}", headers)
    return [body]
