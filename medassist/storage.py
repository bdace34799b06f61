"""Files and S3: upload with a manifest, download with checksums, small JSON objects.

A URI is ``s3://bucket/key``. Uploads skip what is there unchanged, by SHA-256, and are verified afterwards; downloads
are checked before they take their place.
"""

import hashlib
import json
import mimetypes
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medassist import aws
from medassist.errors import StorageError

MANIFEST = "manifest.json"
DOWNLOADS = 8  # files at a time: a small file's time is spent waiting for S3
# Longest silence of S3, in seconds, before a read fails: at a start, somebody is waiting.
SILENCE_S, READ_ATTEMPTS = 5.0, 2
_CHECKSUM = "sha256"  # name of the object metadata that holds the file's SHA-256


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a manifest: its path below the manifest's prefix, SHA-256 (hex) and size in bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload did: the manifest's files, and how many of them had to travel."""

    uri: str
    files: tuple[StoredFile, ...]
    uploaded: int

    @property
    def unchanged(self) -> int:
        """How many files were there already."""
        return len(self.files) - self.uploaded


def default_bucket() -> str:
    """Return ``medassist-<account>-<region>``: bucket names are global, so ours carries the account.

    Raises
    ------
    StorageError
        If there are no valid AWS credentials, or no region is set.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        sts = aws.client("sts", timeout_s=10)
        return f"medassist-{sts.get_caller_identity()['Account']}-{sts.meta.region_name}"
    except (BotoCoreError, ClientError) as error:
        raise StorageError(
            f"The account for the default bucket cannot be read ({error}); name a bucket, or check your credentials."
        ) from error


def ensure_bucket(bucket: str) -> None:
    """Create the bucket if it is not there: private and versioned, with encryption as S3 applies it by default."""
    with _errors(f"s3://{bucket}"):
        s3 = aws.client("s3")
        if any(item["Name"] == bucket for item in s3.list_buckets().get("Buckets", [])):
            return
        region = s3.meta.region_name
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **location)
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def parse_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key`` into bucket and key (without a closing slash)."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise StorageError(f"{uri!r} is not an S3 address; it must look like s3://bucket/key.")
    return bucket, key.rstrip("/")


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def upload_file(path: Path, uri: str) -> bool:
    """Upload a file unless the same content is there; return whether it had to travel.

    Raises
    ------
    StorageError
        If the file cannot be written, or what S3 holds afterwards is not what was sent.
    """
    return _upload(path, uri, path.name)[1]


def upload_folder(
    path: Path,
    uri: str,
    *,
    description: Mapping[str, Any] | None = None,
    progress: Callable[[str, bool], None] | None = None,
) -> Upload:
    """Upload all files below a folder (or one file) and, last, ``manifest.json`` with their checksums.

    Parameters
    ----------
    path : Path
        A folder, of which hidden files are left out, or a file.
    uri : str
        The prefix, for instance ``s3://bucket/raw/sample``.
    description : mapping, optional
        What else the manifest says: name, source, licence, counts.
    progress : callable, optional
        Called with each file's name and whether it had to travel.
    """
    base = path if path.is_dir() else path.parent
    paths = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    files, uploaded = [], 0
    for file in paths:
        name = file.relative_to(base).as_posix()
        if name == MANIFEST or file.name.startswith("."):
            continue
        stored, travelled = _upload(file, f"{uri}/{name}", name)
        uploaded += travelled
        files.append(stored)
        if progress:
            progress(name, travelled)
    manifest = {**(description or {}), "files": [asdict(file) for file in files]}
    if uploaded or not exists(f"{uri}/{MANIFEST}") or read_json(f"{uri}/{MANIFEST}") != manifest:
        write_json(f"{uri}/{MANIFEST}", manifest)
    return Upload(uri, tuple(files), uploaded)


def download_folder(uri: str, folder: Path) -> Path:
    """Bring the files of the manifest under ``uri`` to ``folder``; those that are there unchanged stay.

    Raises
    ------
    StorageError
        If the manifest or a file is missing, or a file's content is not what the manifest says.
    """
    download_files(uri, folder)
    return folder


def download_files(uri: str, folder: Path) -> dict[str, str]:
    """Do as :func:`download_folder`; return each file's SHA-256, as it was just computed from what lies there now."""
    s3 = _client(uri)
    files = _read_json(s3, f"{uri}/{MANIFEST}")["files"]
    for entry in files:
        if not (folder / entry["path"]).resolve().is_relative_to(folder.resolve()):
            raise StorageError(f"{uri}/{MANIFEST} names {entry['path']!r}, which lies outside of its folder.")

    def fetch(entry: Mapping[str, Any]) -> None:
        target = folder / entry["path"]
        if target.is_file() and target.stat().st_size == entry["bytes"] and sha256_of(target) == entry["sha256"]:
            return
        _download(s3, f"{uri}/{entry['path']}", target, entry["sha256"])

    with ThreadPoolExecutor(DOWNLOADS) as pool:
        list(pool.map(fetch, files))
    return {entry["path"]: entry["sha256"] for entry in files}


def download_file(uri: str, path: Path, *, sha256: str = "") -> Path:
    """Bring one object to ``path``, by way of a temporary name; with ``sha256`` its content is checked first.

    Raises
    ------
    StorageError
        If the object is missing, its content differs from ``sha256``, or the disk is full; ``path`` stays as it was.
    """
    _download(_client(uri), uri, path, sha256)
    return path


def _download(s3: Any, uri: str, path: Path, sha256: str) -> None:
    bucket, key = parse_uri(uri)
    with _written_whole(path) as part:
        with _errors(uri):
            s3.download_file(bucket, key, str(part))
        if sha256 and (found := sha256_of(part)) != sha256:
            raise StorageError(f"{uri} has SHA-256 {found[:12]}…, but {sha256[:12]}… is expected; upload it again.")


def exists(uri: str) -> bool:
    """Tell whether an object is there."""
    return _head(uri) is not None


def write_json(uri: str, value: Mapping[str, Any]) -> None:
    """Write a small JSON object."""
    bucket, key = parse_uri(uri)
    body = json.dumps(value, indent=1, ensure_ascii=False).encode()
    with _errors(uri):
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")


def read_json(uri: str) -> dict[str, Any]:
    """Read a small JSON object.

    Raises
    ------
    StorageError
        If it is missing or not a JSON object.
    """
    return _read_json(_client(uri), uri)


def _read_json(s3: Any, uri: str) -> dict[str, Any]:
    bucket, key = parse_uri(uri)
    with _errors(uri):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        value = json.loads(body)
    except ValueError as error:
        raise StorageError(f"{uri} is not JSON ({error}); write it again.") from error
    if not isinstance(value, dict):
        raise StorageError(f"{uri} is not a JSON object; write it again.")
    return value


def write_text(path: Path, text: str) -> Path:
    """Write a local text file by way of a temporary name: after a crash there is the old file or the new one."""
    with _written_whole(path) as part:
        part.write_text(text, encoding="utf-8")
    return path


@contextmanager
def _written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path`` that takes its place in the end; after an error nothing has changed."""
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); free some space and try again.") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _upload(path: Path, uri: str, name: str) -> tuple[StoredFile, bool]:
    """Upload a file unless the same content is there; return its entry of a manifest and whether it had to travel."""
    bucket, key = parse_uri(uri)
    file = StoredFile(name, sha256_of(path), path.stat().st_size)
    if _stored(uri) == (file.sha256, file.bytes):
        return file, False
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    with _errors(uri):
        aws.client("s3").upload_file(
            str(path), bucket, key, ExtraArgs={"Metadata": {_CHECKSUM: file.sha256}, "ContentType": content_type}
        )
    if _stored(uri) != (file.sha256, file.bytes):
        raise StorageError(f"{uri} differs from {path} after the upload; upload it again.")
    return file, True


def _stored(uri: str) -> tuple[str, int] | None:
    head = _head(uri)
    return (head["Metadata"].get(_CHECKSUM, ""), head["ContentLength"]) if head else None


def _head(uri: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError

    bucket, key = parse_uri(uri)
    with _errors(uri):
        try:
            head: dict[str, Any] = aws.client("s3").head_object(Bucket=bucket, Key=key)
            return head
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchBucket", "NotFound"):
                return None
            raise


def _client(uri: str) -> Any:
    """Return a client to read with."""
    with _errors(uri):
        return aws.client("s3", timeout_s=SILENCE_S, attempts=READ_ATTEMPTS)


@contextmanager
def _errors(uri: str) -> Iterator[None]:
    """Turn what boto3 raises into one sentence about ``uri``."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, S3UploadFailedError) as error:
        cause = error.__context__ if isinstance(error, S3UploadFailedError) else error
        if not isinstance(cause, ClientError):
            raise StorageError(f"{uri} cannot be reached ({error}); check network, region and credentials.") from error
        code, message = (cause.response["Error"].get(key, "") for key in ("Code", "Message"))
        missing = code in ("404", "NoSuchKey", "NoSuchBucket")
        reason = "does not exist" if missing else f"cannot be used ({code}: {message})"
        remedy = "run the step that makes it first" if missing else "check bucket, region and permissions"
        raise StorageError(f"{uri} {reason}; {remedy}.") from error
