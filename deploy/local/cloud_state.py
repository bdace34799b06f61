"""What the emulated cloud remembers from one run to the next: S3 buckets with objects, DynamoDB tables with items.

Layout of the folder::

    s3.json             buckets and objects: metadata, and the file that holds each object's content
    s3/<random name>    one object's content, written once and never changed
    dynamodb/<table>.json   a table's definition, time to live setting and items

Everything is written in the background shortly after it changed, to a temporary name and then renamed. A crash
loses at most the last seconds, and what is on disk always belongs together.
"""

import base64
import datetime
import hashlib
import json
import logging
import os
import threading
import time
import uuid
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

FORMAT = 1
DEBOUNCE_S = 0.5  # changes that come together are written together
MAX_PAUSE_S = 15.0  # between two writes, however long one takes
KEEP_UNUSED_S = 120.0  # content of a deleted object stays this long, for those who are still reading it
BLOCK = 4 * 1024 * 1024

_READING_ACTIONS = ("Get", "BatchGet", "Query", "Scan", "Describe", "List", "TransactGet")


class StateError(Exception):
    """The state folder cannot be read or written; the text is meant for people."""


class StoredContent:
    """Content of an object in its file, in place of moto's buffer in memory; every thread has its own position."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def seek(self, position: int) -> int:
        self._local.position = position
        return position

    def read(self, size: int = -1) -> bytes:
        position = getattr(self._local, "position", 0)
        with self._path.open("rb") as file:
            file.seek(position)
            data = file.read(size)
        self._local.position = position + len(data)
        return data

    def close(self) -> None:
        """Nothing to close: the file is open only while it is being read."""


def make_objects_safe() -> None:
    """Let moto's S3 objects be replaced while others read them.

    moto 5.2 closes a replaced object's buffer at once, also under a request that is still reading it (500), and reads
    the buffer without a lock when it first needs the ETag.
    """
    from moto.s3.models import FakeKey

    key_class: Any = FakeKey
    construct = key_class.__init__

    def construct_with_etag(self: Any, name: str, value: bytes, *arguments: Any, **named: Any) -> None:
        construct(self, name, value, *arguments, **named)
        if self._etag is None and isinstance(value, bytes):
            self._etag = hashlib.md5(value, usedforsecurity=False).hexdigest()

    def forget(self: Any, garbage: bool = False) -> None:
        self.disposed = True  # the buffer goes when the last reader has let go of it

    key_class.__init__ = construct_with_etag
    key_class.dispose = forget


class CloudState:
    """Restores and keeps the state in ``folder``. :meth:`touch` says that something may have changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._content = folder / "s3"
        self._dirty = threading.Event()
        self._stopped = threading.Event()
        self._saving = threading.Lock()
        self._written: dict[Path, bytes] = {}
        self._unused_since: dict[str, float] = {}
        self._dynamodb: Any = None
        self._thread: threading.Thread | None = None
        self._content.mkdir(parents=True, exist_ok=True)
        (folder / "dynamodb").mkdir(exist_ok=True)
        for leftover in [*self._content.glob("*.tmp"), *folder.glob("*.tmp"), *folder.glob("dynamodb/*.tmp")]:
            leftover.unlink(missing_ok=True)

    def restore(self, dynamodb: Any) -> None:
        """Bring back what an earlier run left; ``dynamodb`` is a boto3 client of the running server."""
        self._dynamodb = dynamodb
        self._restore_s3()
        for path in sorted((self._folder / "dynamodb").glob("*.json")):
            self._restore_table(_read_json(path))
            self._written[path] = path.read_bytes()
        self._sweep(keep_s=0)

    def start(self) -> None:
        """Begin to write changes in the background."""
        self._thread = threading.Thread(target=self._run, name="state", daemon=True)
        self._thread.start()

    def touch(self) -> None:
        """Say that something may have changed."""
        self._dirty.set()

    def stop(self) -> None:
        """Write what is left and stop."""
        self._stopped.set()
        self._dirty.set()
        if self._thread is not None:
            self._thread.join()
        self.save()
        self._sweep(keep_s=0)

    def save(self) -> None:
        """Write everything that differs from what is on disk."""
        with self._saving:
            self._save_s3()
            self._save_tables()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._dirty.wait()
            if self._stopped.wait(DEBOUNCE_S):
                return
            self._dirty.clear()
            began = time.monotonic()
            try:
                self.save()
                self._sweep(keep_s=KEEP_UNUSED_S)
            except Exception:
                logger.exception("the state could not be written; it is tried again with the next change")
            self._stopped.wait(min(10 * (time.monotonic() - began), MAX_PAUSE_S))

    # S3 ---------------------------------------------------------------------------------------------------------

    def _save_s3(self) -> None:
        from moto.s3.models import FakeKey

        backend = _s3_backend()
        buckets, objects = {}, []
        for name, bucket in sorted(backend.buckets.copy().items()):
            buckets[name] = {
                "region": bucket.region_name,
                "created": bucket.creation_date.isoformat(),
                "versioning": bucket.versioning_status,
            }
            for key_name in sorted(list(bucket.keys)):
                for version in list(bucket.keys.getlist(key_name, [])):
                    if not isinstance(version, FakeKey):
                        objects.append({"bucket": name, "key": key_name, "deleted": True})
                    elif self._store(version):
                        objects.append(_describe_object(name, version))
        self._write(self._folder / "s3.json", {"format": FORMAT, "buckets": buckets, "objects": objects})

    def _store(self, key: Any) -> bool:
        """Put the content of ``key`` into a file of its own, unless it is there; False if it is gone already."""
        if isinstance(key._value_buffer, StoredContent):
            return True
        path = self._content / uuid.uuid4().hex
        temporary = path.with_suffix(".tmp")
        try:
            with temporary.open("wb") as target:
                size = _copy_buffer(key._value_buffer, target)
                target.flush()
                os.fsync(target.fileno())
            if size != key.contentsize:
                raise ValueError("the object changed while it was read")
        except ValueError:  # deleted or replaced meanwhile: moto has closed its buffer
            temporary.unlink(missing_ok=True)
            return False
        temporary.rename(path)
        key.stored_as = path.name
        key._value_buffer = StoredContent(path)
        parts, key.multipart = key.multipart, None
        if parts is not None:
            parts.dispose()
        return True

    def _restore_s3(self) -> None:
        from moto.s3.models import FakeDeleteMarker

        path = self._folder / "s3.json"
        if not path.exists():
            return
        saved = _read_json(path)
        backend = _s3_backend()
        for name, entry in saved["buckets"].items():
            bucket = backend.create_bucket(name, entry["region"])
            bucket.creation_date = datetime.datetime.fromisoformat(entry["created"])
            bucket.versioning_status = entry["versioning"]
        versions: dict[tuple[str, str], list[Any]] = {}
        for entry in saved["objects"]:
            of_key = versions.setdefault((entry["bucket"], entry["key"]), [])
            if entry.get("deleted"):
                if of_key:
                    of_key.append(FakeDeleteMarker(of_key[-1]))
                continue
            file = self._content / entry["file"]
            if not file.is_file() or file.stat().st_size != entry["size"]:
                logger.error("s3://%s/%s is lost: its content is missing on disk", entry["bucket"], entry["key"])
                continue
            of_key.append(_restore_object(backend, entry, file))
        for (bucket_name, key_name), keys in versions.items():
            if keys:
                backend.buckets[bucket_name].keys.setlist(key_name, keys)
        self._written[path] = path.read_bytes()

    def _sweep(self, keep_s: float) -> None:
        """Remove content that no object has used for ``keep_s`` seconds."""
        path = self._folder / "s3.json"
        if path not in self._written:
            return
        used = {entry.get("file") for entry in json.loads(self._written[path])["objects"]}
        now = time.monotonic()
        for file in self._content.iterdir():
            if file.name in used or file.suffix == ".tmp":
                self._unused_since.pop(file.name, None)
            elif now - self._unused_since.setdefault(file.name, now) >= keep_s:
                file.unlink(missing_ok=True)
                self._unused_since.pop(file.name, None)

    # DynamoDB ---------------------------------------------------------------------------------------------------

    def _save_tables(self) -> None:
        from botocore.exceptions import ClientError

        names = self._table_names()
        folder = self._folder / "dynamodb"
        for name in names:
            try:
                self._write(folder / f"{name}.json", self._describe_table(name))
            except ClientError as error:  # deleted meanwhile; moto has two spellings of it
                if not error.response["Error"]["Code"].startswith("ResourceNotFound"):
                    raise
        for path in folder.glob("*.json"):
            if path.stem not in names:
                path.unlink(missing_ok=True)
                self._written.pop(path, None)

    def _table_names(self) -> set[str]:
        pages = self._dynamodb.get_paginator("list_tables").paginate()
        return {name for page in pages for name in page["TableNames"]}

    def _describe_table(self, name: str) -> dict[str, Any]:
        table = self._dynamodb.describe_table(TableName=name)["Table"]
        wanted = ("TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification")
        definition = {field: table[field] for field in wanted if table.get(field)}
        definition["BillingMode"] = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        if definition["BillingMode"] == "PROVISIONED":
            definition["ProvisionedThroughput"] = _throughput(table)
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            indexes = [{f: index[f] for f in ("IndexName", "KeySchema", "Projection")} for index in table.get(kind, [])]
            if indexes and kind == "GlobalSecondaryIndexes" and "ProvisionedThroughput" in definition:
                indexes = [index | {"ProvisionedThroughput": _throughput(table)} for index in indexes]
            if indexes:
                definition[kind] = indexes
        live = self._dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        return {
            "format": FORMAT,
            "definition": definition,
            "time_to_live": live.get("AttributeName", "") if live.get("TimeToLiveStatus") == "ENABLED" else "",
            "items": [item for page in pages for item in page["Items"]],
        }

    def _restore_table(self, saved: dict[str, Any]) -> None:
        self._dynamodb.create_table(**saved["definition"])
        name = saved["definition"]["TableName"]
        if saved["time_to_live"]:
            self._dynamodb.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": saved["time_to_live"]},
            )
        for start in range(0, len(saved["items"]), 25):  # the most that one BatchWriteItem takes
            puts = [{"PutRequest": {"Item": item}} for item in saved["items"][start : start + 25]]
            self._dynamodb.batch_write_item(RequestItems={name: puts})

    # Files ------------------------------------------------------------------------------------------------------

    def _write(self, path: Path, value: dict[str, Any]) -> None:
        data = json.dumps(value, default=_encode, separators=(",", ":")).encode()
        if self._written.get(path) == data:
            return
        temporary = path.with_name(path.name + ".tmp")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        self._written[path] = data


def changes_state(method: str, target: str) -> bool:
    """Tell whether a request may change S3 or DynamoDB; ``target`` is its ``X-Amz-Target`` header, if it has one."""
    if target:
        service, _, action = target.partition(".")
        return service.startswith("DynamoDB") and not action.startswith(_READING_ACTIONS)
    return method in ("PUT", "POST", "DELETE")


def _s3_backend() -> Any:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def _copy_buffer(buffer: Any, target: Any) -> int:
    """Copy moto's buffer without moving its position, which other threads may be using; return the size."""
    inner = buffer._file
    if hasattr(inner, "getvalue"):
        data = inner.getvalue()
        target.write(data)
        return len(data)
    inner.flush()
    position = 0
    while block := os.pread(inner.fileno(), BLOCK, position):
        target.write(block)
        position += len(block)
    return position


def _describe_object(bucket: str, key: Any) -> dict[str, Any]:
    return {
        "bucket": bucket,
        "key": key.name,
        "file": key.stored_as,
        "size": key.contentsize,
        "etag": key.etag.strip('"'),
        "version_id": key._version_id,
        "last_modified": key.last_modified.isoformat(),
        "metadata": dict(key._metadata),
        "storage_class": key._storage_class,
        "encryption": key.encryption,
        "kms_key_id": key.kms_key_id,
        "checksum_algorithm": key.checksum_algorithm,
        "checksum_value": key.checksum_value,
        "checksum_type": key.checksum_type,
        "checksum_parts": key.checksum_parts,
    }


def _restore_object(backend: Any, entry: dict[str, Any], file: Path) -> Any:
    from moto.s3.models import FakeKey

    bucket = backend.buckets[entry["bucket"]]
    key: Any = FakeKey(
        name=entry["key"],
        value=b"",
        account_id=backend.account_id,
        region_name=bucket.region_name,
        storage=entry["storage_class"],
        etag=entry["etag"],
        is_versioned=bucket.is_versioned,
        version_id=entry["version_id"],
        bucket_name=entry["bucket"],
        encryption=entry["encryption"],
        kms_key_id=entry["kms_key_id"],
        checksum_value=entry["checksum_value"],
        checksum_type=entry["checksum_type"],
        checksum_parts=entry["checksum_parts"],
    )
    key.checksum_algorithm = entry["checksum_algorithm"]
    key.last_modified = datetime.datetime.fromisoformat(entry["last_modified"])
    key._metadata.clear()
    key._metadata.update(entry["metadata"])
    key._value_buffer.close()
    key._value_buffer = StoredContent(file)
    key.contentsize = entry["size"]
    key.stored_as = entry["file"]
    return key


def _throughput(table: dict[str, Any]) -> dict[str, int]:
    given = table.get("ProvisionedThroughput", {})
    return {field: max(1, int(given.get(field, 1))) for field in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _encode(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"__bytes__": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _decode(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["__bytes__"]) if value.keys() == {"__bytes__"} else value


def _read_json(path: Path) -> dict[str, Any]:
    try:
        saved = json.loads(path.read_bytes(), object_hook=_decode)
    except ValueError as error:
        raise StateError(f"{path} is not readable as JSON ({error}); remove its folder to begin anew.") from error
    if saved.get("format") != FORMAT:
        raise StateError(
            f"{path} has format {saved.get('format')}, but this version reads {FORMAT}; remove its folder."
        )
    return dict(saved)
