"""Objects of the emulated S3 as files on disk: what training channels, models and their results move through."""

import contextlib
import logging
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

logger = logging.getLogger(__name__)

SYNC_S = 0.5  # seconds between two looks at a folder of checkpoints


def parse_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of ``s3://bucket/key``."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{uri!r} is not an S3 address; it must look like s3://bucket/key.")
    return bucket, key


def download_prefix(s3: Any, uri: str, folder: Path, mine: Callable[[int], bool] = lambda number: True) -> int:
    """Download the objects under ``uri`` as a SageMaker ``S3Prefix`` channel does; return how many there are.

    Only those are downloaded for whose number, in order from 0, ``mine`` says so.
    """
    bucket, prefix = parse_uri(uri)
    count = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            name = _relative_name(entry["Key"], prefix)
            if not name or name.endswith("/"):
                continue
            target = folder / name
            if not target.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"the key {entry['Key']!r} would be written outside its channel's folder.")
            if mine(count):
                target.parent.mkdir(parents=True, exist_ok=True)
                s3.download_file(bucket, entry["Key"], str(target))
            count += 1
    return count


def _relative_name(key: str, prefix: str) -> str:
    if key == prefix:
        return PurePosixPath(key).name
    if prefix.endswith("/") or not prefix:
        return key[len(prefix) :]
    if key.startswith(prefix + "/"):
        return key[len(prefix) + 1 :]
    parent, _, _ = prefix.rpartition("/")
    return key[len(parent) + 1 :] if parent else key


def upload_folder(s3: Any, folder: Path, uri: str) -> int:
    """Upload every file below ``folder`` under ``uri``; return how many there were."""
    bucket, prefix = parse_uri(uri)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in files:
        s3.upload_file(str(path), bucket, f"{prefix.rstrip('/')}/{path.relative_to(folder).as_posix()}".lstrip("/"))
    return len(files)


def pack(folder: Path, archive: Path) -> None:
    """Write ``folder``'s contents to a gzip-compressed tar archive."""
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name)


def unpack(archive: Path, folder: Path) -> None:
    """Extract a tar archive; entries that would leave ``folder``, links out of it and devices are refused."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "r:*") as tar:
        tar.extractall(folder, filter="data")


class FolderSync:
    """Uploads what changes in a folder for as long as the context lasts, as SageMaker does with checkpoints.

    What is deleted in the folder stays in S3. A file may be uploaded half-written, and again when it is whole. When
    ``lost`` is set at the end, the machine is gone: what was not uploaded until then is lost with it.
    """

    def __init__(self, s3: Any, folder: Path, uri: str, lost: threading.Event) -> None:
        self._s3, self._folder, self._lost = s3, folder, lost
        self._bucket, prefix = parse_uri(uri)
        self._prefix = prefix.rstrip("/")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._seen = self._files()  # what was there at the start has just come from S3

    def __enter__(self) -> "FolderSync":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if not self._lost.is_set():
            self._upload()

    def _run(self) -> None:
        while not self._ended.wait(SYNC_S):
            self._upload()

    def _files(self) -> dict[Path, tuple[int, int]]:
        found = {}
        for path in self._folder.rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # older checkpoints are deleted meanwhile
                if path.is_file():
                    about = path.stat()
                    found[path] = (about.st_size, about.st_mtime_ns)
        return found

    def _upload(self) -> None:
        for path, about in sorted(self._files().items()):
            if self._seen.get(path) == about:
                continue
            key = f"{self._prefix}/{path.relative_to(self._folder).as_posix()}".lstrip("/")
            try:
                self._s3.upload_file(str(path), self._bucket, key)
                self._seen[path] = about
            except Exception as error:  # deleted or cut while it was read: the next round sees how it is then
                logger.info("%s was not uploaded: %s", path, error)
