"""Processing jobs of the emulated cloud really run, and one of them encodes an index on several instances."""

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from medassist import aws, cloud, datasets, indexing_job, passages, retrieval, shards, storage, training_job
from medassist.encoder import Encoder
from medassist.errors import BundleError
from medassist.index import bundle
from medassist.jobs import JobLog
from medassist.schemas import Passage

BUCKET = "medassist-indexing-tests"
ROLE = "arn:aws:iam::123456789012:role/role"
ROOT = "/opt/ml/processing"
ABOUT: dict[str, Any] = {"corpus": "sample", "passage_words": 180}


class Jobs:
    """Processing jobs through plain boto3, running a shell command in the place of a container."""

    def __init__(self) -> None:
        self.sagemaker, self.s3 = aws.client("sagemaker"), aws.client("s3")

    def start(self, name: str, command: str, *, instances: int = 1, seconds: int = 60, **more: Any) -> None:
        self.sagemaker.create_processing_job(
            ProcessingJobName=name,
            RoleArn=ROLE,
            AppSpecification={"ImageUri": "image", "ContainerEntrypoint": ["/bin/bash", "-c", command]},
            ProcessingResources={
                "ClusterConfig": {"InstanceCount": instances, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
            StoppingCondition={"MaxRuntimeInSeconds": seconds},
            **more,
        )

    def wait(self, name: str, *statuses: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            job = dict(self.sagemaker.describe_processing_job(ProcessingJobName=name))
            if job["ProcessingJobStatus"] in statuses:
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.05)

    def finish(self, name: str) -> dict[str, Any]:
        return self.wait(name, "Completed", "Failed", "Stopped")

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [entry["Key"].removeprefix(prefix) for entry in found]


@pytest.fixture(scope="module")
def jobs(emulated_cloud: cloud.Cloud) -> Jobs:
    storage.ensure_bucket(BUCKET)
    return Jobs()


def given(name: str, uri: str, distribution: str = "FullyReplicated", **more: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": f"{ROOT}/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source | {"S3DataDistributionType": distribution} | more}


def made(name: str, uri: str) -> dict[str, Any]:
    target = {"S3Uri": uri, "LocalPath": f"{ROOT}/{name}", "S3UploadMode": "EndOfJob"}
    return {"Outputs": [{"OutputName": name, "S3Output": target}]}


# ---- The emulated cloud -----------------------------------------------------------------------------------------


def test_inputs_are_shared_out_by_key_or_given_to_all(jobs: Jobs) -> None:
    # GIVEN five objects to share out, and one for all
    for number in range(5):
        jobs.s3.put_object(Bucket=BUCKET, Key=f"many/{number}.txt", Body=b"")
    jobs.s3.put_object(Bucket=BUCKET, Key="all/a.txt", Body=b"")
    # WHEN a job on two instances lists what each has got
    command = (
        "me=$(grep -o 'current_host\": \"algo-.' /opt/ml/config/resourceconfig.json | grep -o 'algo-.');"
        f" ls {ROOT}/many {ROOT}/all > {ROOT}/out/$me.txt; echo I am $me $WHO"
    )
    jobs.start(
        "share",
        command,
        instances=2,
        ProcessingInputs=[
            given("many", f"s3://{BUCKET}/many/", "ShardedByS3Key"),
            given("all", f"s3://{BUCKET}/all"),
        ],
        ProcessingOutputConfig=made("out", f"s3://{BUCKET}/shared"),
        Environment={"WHO": "indeed"},
    )
    assert jobs.finish("share")["ProcessingJobStatus"] == "Completed"
    # THEN each object went to one of them, and what both wrote is in S3
    assert jobs.keys("shared/") == ["algo-1.txt", "algo-2.txt"]
    listed = [jobs.s3.get_object(Bucket=BUCKET, Key=f"shared/algo-{n}.txt")["Body"].read().decode() for n in (1, 2)]
    parts = [set(re.findall(r"\d\.txt", text)) for text in listed]
    assert parts[0] | parts[1] == {f"{n}.txt" for n in range(5)}
    assert not parts[0] & parts[1]
    assert all("a.txt" in text for text in listed)
    # AND the log has the lines of both
    lines = set(JobLog(indexing_job.LOG_GROUP, "share").new_lines())
    assert {"I am algo-1 indeed", "I am algo-2 indeed"} <= lines


@pytest.mark.parametrize(
    ("name", "command", "more", "said"),
    [
        ("exits", "echo last words; exit 3", {}, "AlgorithmError: last words, exit code: 3"),
        ("tells", "echo no memory > /opt/ml/output/message; exit 1", {}, "no memory, exit code: 1"),
        ("empty", "true", {"ProcessingInputs": [given("in", f"s3://{BUCKET}/nothing/")]}, "holds no objects"),
        (
            "astray",
            "true",
            {"ProcessingInputs": [given("in", f"s3://{BUCKET}/all", LocalPath="/etc")]},
            "'/etc' does not lie under /opt/ml/processing",
        ),
        ("crowd", "true", {"instances": 9}, "9 instances; the emulated cloud runs 1 to 8"),
    ],
)
def test_a_failure_carries_its_reason(jobs: Jobs, name: str, command: str, more: dict[str, Any], said: str) -> None:
    jobs.start(name, command, **more, ProcessingOutputConfig=made("out", f"s3://{BUCKET}/failed"))
    job = jobs.finish(name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert said in job["FailureReason"]
    assert jobs.keys("failed/") == []


def test_one_instance_that_fails_ends_the_others(jobs: Jobs) -> None:
    command = 'grep -q \'"current_host": "algo-2"\' /opt/ml/config/resourceconfig.json && exit 5; sleep 50'
    jobs.start("two-fail", command, instances=2)
    assert "exit code: 5" in jobs.finish("two-fail")["FailureReason"]


def test_jobs_are_stopped_by_hand_and_by_the_clock(jobs: Jobs) -> None:
    jobs.start("stopped", "sleep 50")
    jobs.start("late", "sleep 50", seconds=1)
    jobs.sagemaker.stop_processing_job(ProcessingJobName="stopped")
    assert jobs.finish("stopped")["ProcessingJobStatus"] == "Stopped"
    assert jobs.finish("late")["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="cannot be stopped"):
        jobs.sagemaker.stop_processing_job(ProcessingJobName="late")
    with pytest.raises(ClientError, match="unique"):
        jobs.start("late", "true")


# ---- The indexing job -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pieces() -> list[Passage]:
    return passages.split_documents(datasets.load_corpus(Path("data/sample")).documents)[:40]


def run(pieces: list[Passage], encoder_folder: Path, out: Path, on_line: Any) -> indexing_job.EncodedShards:
    role = training_job.default_role()
    arguments: dict[str, Any] = {"bucket": BUCKET, "corpus": "tiny", "role": role, "image": "image", "count": 2}
    return indexing_job.run_indexing_job(pieces, encoder_folder, out, on_line=on_line, **arguments)


@pytest.mark.integration
def test_two_instances_encode_what_one_machine_encodes(
    pieces: list[Passage], encoder_folder: Path, jobs: Jobs, tmp_path: Path
) -> None:
    # GIVEN a job on two instances that encodes a corpus, and whose follower is interrupted
    def lose(line: str) -> None:
        raise ConnectionError(line)

    with pytest.raises(ConnectionError, match="started on 2 instances"):
        run(pieces, encoder_folder, tmp_path / "shards", lose)
    # WHEN it is asked for again, and the shards are joined
    lines: list[str] = []
    encoded = run(pieces, encoder_folder, tmp_path / "shards", lines.append)
    meta = shards.merge_shards(pieces, encoded.folder, encoder_folder, tmp_path / "joined", **ABOUT)
    # THEN the job was found, and the bundle is that of one machine
    assert "is under way" in lines[0]
    here = retrieval.build(pieces, encoder_folder, tmp_path / "here", **ABOUT, progress=False)
    assert (meta.version, meta.files) == (here.version, here.files)
    # AND both instances have told how far they were
    assert [shard.number for shard in encoded.shards] == [1, 2]
    for number, shard in enumerate(encoded.shards, start=1):
        assert f"shard {number}/2: {shard.passages} of {shard.passages} passages" in lines
    # AND the same shards are not encoded again
    again = run(pieces, encoder_folder, tmp_path / "again", lines.append)
    assert not again.job_name
    assert again.shards == encoded.shards
    assert "used again" in lines[-1]


def test_an_instance_leaves_the_reason_of_a_failure(encoder_folder: Path, tmp_path: Path) -> None:
    # GIVEN a shard, and an encoder that lost a file on the way
    (tmp_path / "shard-00001-of-00002.jsonl").write_text("")
    encoder = shutil.copytree(encoder_folder, tmp_path / "encoder")
    (encoder / "tokenizer.json").unlink()
    words = ["--passages", tmp_path, "--encoder", encoder, "--out", tmp_path / "out", "--message", tmp_path / "message"]
    # THEN SageMaker is told in a sentence
    assert indexing_job.main([str(word) for word in words]) == 1
    assert "cannot be loaded" in (tmp_path / "message").read_text()


@pytest.mark.integration
def test_a_failed_job_says_why(pieces: list[Passage], encoder_folder: Path, jobs: Jobs, tmp_path: Path) -> None:
    # GIVEN an encoder in S3 that passes for ours but has another byte in it
    some, tokenizer = pieces[:5], encoder_folder / "tokenizer.json"
    version = bundle.bundle_version(some, Encoder.load(encoder_folder))
    jobs.s3.put_object(
        Bucket=BUCKET,
        Key=f"processing/tiny/{version}/encoder/tokenizer.json",
        Body=tokenizer.read_bytes()[:-1] + b" ",
        Metadata={"sha256": storage.sha256_of(tokenizer)},
    )
    # WHEN the instances check it THEN the job fails, and their sentence is ours
    with pytest.raises(BundleError, match=r"ended as Failed: The encoder in .* is not the one its encoder.json names"):
        run(some, encoder_folder, tmp_path / "shards", print)
    # AND what SageMaker does not take is refused in a sentence
    with pytest.raises(BundleError, match=r"cannot be started .* check region and network"):
        indexing_job.run_indexing_job(
            some, encoder_folder, tmp_path, count=1, bucket=BUCKET, corpus="tiny", role="none", image="image"
        )
