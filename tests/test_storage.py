import json
import os
import signal
import subprocess
import sys

import pytest

from medassist import aws, storage
from medassist.errors import StorageError

pytestmark = pytest.mark.usefixtures("emulated_cloud")


@pytest.fixture
def prefix(request):
    bucket = "storage-tests"
    storage.ensure_bucket(bucket)
    return f"s3://{bucket}/{request.node.name}"


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "one.txt").write_text("one", encoding="utf-8")
    (source / "sub" / "two.json").write_text("{}", encoding="utf-8")
    (source / ".hidden").write_text("secret", encoding="utf-8")
    return source


def test_a_folder_travels_there_and_back(prefix, folder, tmp_path):
    # WHEN a folder is uploaded and downloaded
    upload = storage.upload_folder(folder, prefix, description={"licence": "CC BY 4.0"})
    copy = storage.download_folder(prefix, tmp_path / "copy")
    # THEN the visible files are the same, and the manifest says what they are
    assert (upload.uploaded, upload.unchanged) == (2, 0)
    assert (copy / "one.txt").read_text() == "one"
    assert (copy / "sub" / "two.json").read_text() == "{}"
    assert not (copy / ".hidden").exists()
    # AND what was hashed on the way is known: of files that had to travel, and of those that were there
    for target in (tmp_path / "new", copy):
        checksums = storage.download_files(prefix, target)
        assert checksums == {name: storage.sha256_of(target / name) for name in ("one.txt", "sub/two.json")}
    manifest = storage.read_json(f"{prefix}/manifest.json")
    assert manifest["licence"] == "CC BY 4.0"
    sha256 = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"  # of "one"
    assert manifest["files"][0] == {"path": "one.txt", "sha256": sha256, "bytes": 3}


def test_what_is_there_unchanged_does_not_travel(prefix, folder):
    storage.upload_folder(folder, prefix)
    assert storage.upload_folder(folder, prefix).uploaded == 0
    (folder / "one.txt").write_text("One", encoding="utf-8")
    changed = storage.upload_folder(folder, prefix)
    assert (changed.uploaded, changed.unchanged) == (1, 1)


def test_a_single_file_with_its_manifest(prefix, folder):
    upload = storage.upload_folder(folder / "one.txt", prefix)
    assert [file.path for file in upload.files] == ["one.txt"]


def test_a_changed_object_is_refused_and_the_local_file_stays(prefix, folder, tmp_path):
    # GIVEN a download, and an object that somebody changed behind the manifest's back
    storage.upload_folder(folder, prefix)
    copy = storage.download_folder(prefix, tmp_path / "copy")
    (folder / "one.txt").write_text("two", encoding="utf-8")
    bucket, key = storage.parse_uri(f"{prefix}/one.txt")
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"tampered")
    (copy / "one.txt").write_text("mine", encoding="utf-8")
    # WHEN it is downloaded THEN it is refused, and nothing was lost or left
    with pytest.raises(StorageError, match=r"one\.txt has SHA-256"):
        storage.download_folder(prefix, copy)
    assert (copy / "one.txt").read_text() == "mine"
    assert sorted(path.name for path in copy.iterdir()) == ["one.txt", "sub"]


def test_a_manifest_cannot_write_outside_of_its_folder(prefix, folder, tmp_path):
    storage.upload_folder(folder, prefix)
    manifest = storage.read_json(f"{prefix}/manifest.json")
    manifest["files"][0]["path"] = "../escaped.txt"
    storage.write_json(f"{prefix}/manifest.json", manifest)
    with pytest.raises(StorageError, match="lies outside of its folder"):
        storage.download_folder(prefix, tmp_path / "copy")
    assert not (tmp_path / "escaped.txt").exists()


def test_missing_things_are_named(prefix, tmp_path):
    with pytest.raises(StorageError, match=r"manifest\.json does not exist; run the step that makes it"):
        storage.download_folder(prefix, tmp_path)
    with pytest.raises(StorageError, match="does not exist"):
        storage.upload_file(_file(tmp_path), "s3://no-such-bucket-x/y")
    with pytest.raises(StorageError, match="must look like s3://bucket/key"):
        storage.parse_uri("http://somewhere")
    assert not storage.exists(f"{prefix}/nothing")


def _file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("x", encoding="utf-8")
    return path


def test_json_objects(prefix):
    storage.write_json(f"{prefix}/x.json", {"name": "Ménière"})
    assert storage.read_json(f"{prefix}/x.json") == {"name": "Ménière"}
    bucket, key = storage.parse_uri(f"{prefix}/x.json")
    for body, reason in ((b"{", "is not JSON"), (b"[]", "not a JSON object")):
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        with pytest.raises(StorageError, match=reason):
            storage.read_json(f"{prefix}/x.json")


def test_the_bucket_is_private_versioned_and_made_once():
    storage.ensure_bucket("storage-tests-private")
    storage.ensure_bucket("storage-tests-private")
    s3 = aws.client("s3")
    block = s3.get_public_access_block(Bucket="storage-tests-private")["PublicAccessBlockConfiguration"]
    assert all(block.values())
    assert s3.get_bucket_versioning(Bucket="storage-tests-private")["Status"] == "Enabled"


def test_the_default_bucket_carries_account_and_region():
    assert storage.default_bucket() == f"medassist-123456789012-{os.environ['AWS_REGION']}"


def test_a_full_disk_leaves_what_was_there(prefix, tmp_path):
    # GIVEN an object of 2 MB, an older copy of it, and a process whose files may not grow past 1 MB
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(2_000_000))
    storage.upload_file(big, f"{prefix}/big.bin")
    target = tmp_path / "target" / "big.bin"
    target.parent.mkdir()
    target.write_text("old", encoding="utf-8")
    script = f"""
import pathlib, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
from medassist import storage
storage.download_file({f"{prefix}/big.bin"!r}, pathlib.Path({str(target)!r}))
"""
    # WHEN it is downloaded there THEN one sentence says so, the old copy is whole, and nothing is left beside it
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode != -signal.SIGXFSZ
    assert "StorageError: " in result.stderr
    assert "cannot be written" in result.stderr
    assert target.read_text() == "old"
    assert [path.name for path in target.parent.iterdir()] == ["big.bin"]


def test_an_unreachable_cloud_is_said(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageError, match="cannot be reached"):
        storage.exists("s3://bucket/key")


def test_local_files_are_written_whole(tmp_path):
    path = storage.write_text(tmp_path / "deep" / "file.json", json.dumps({"a": 1}))
    assert json.loads(path.read_text()) == {"a": 1}
    assert [p.name for p in path.parent.iterdir()] == ["file.json"]


def test_a_file_where_a_folder_should_be_is_said(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(StorageError, match="cannot be written"):
        storage.write_text(tmp_path / "taken" / "file.json", "{}")
    assert (tmp_path / "taken").read_text() == "x"
