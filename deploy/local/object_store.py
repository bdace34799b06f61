"""Objects of the emulated S3 as files on disk: what training channels, models and their results move through."""

import tarfile
from pathlib import Path, PurePosixPath
from typing import Any


def parse_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of ``s3://bucket/key``."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{uri!r} is not an S3 address; it must look like s3://bucket/key.")
    return bucket, key


def download_prefix(s3: Any, uri: str, folder: Path) -> int:
    """Download every object under ``uri`` as a SageMaker ``S3Prefix`` channel does; return how many there were."""
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
