"""Encoding a corpus on several machines: a SageMaker processing job, a shard for each instance.

The passages go to S3, an object for each shard, which SageMaker shares out among the instances (``ShardedByS3Key``);
each instance encodes what it gets by ``deploy/sagemaker/encode_shard.py`` with this package beside it. The shards come
back and are joined here, which takes seconds: see :mod:`medassist.shards`.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medassist import aws, shards, storage
from medassist.encoder import Encoder
from medassist.errors import BundleError, MedAssistError
from medassist.index import bundle
from medassist.jobs import LINE_START, JobLog, following, stage_package, training_image
from medassist.model_packages import SERVING_CODE
from medassist.schemas import Passage
from medassist.shards import Shard, ShardMeta

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
JOB_NAME = "medassist-index"
DEFAULT_INSTANCE = "ml.c6i.2xlarge"  # encoding wants cores with 8-bit instructions, little memory and no GPU
MAX_HOURS = 12
_ROOT = "/opt/ml/processing"  # under which SageMaker wants inputs and outputs
_MESSAGE = "/opt/ml/output/message"  # what is left there becomes the job's ExitMessage


@dataclass(frozen=True, slots=True)
class EncodedShards:
    """Shards that are at hand in ``folder``; ``job_name`` is empty where they had been encoded before."""

    folder: Path
    shards: tuple[ShardMeta, ...]
    job_name: str = ""
    seconds: float = 0.0


def run_indexing_job(
    passages: Sequence[Passage],
    encoder_folder: str | Path,
    out: str | Path,
    *,
    count: int,
    bucket: str,
    corpus: str,
    role: str,
    instance_type: str = DEFAULT_INSTANCE,
    image: str = "",
    on_line: Callable[[str], None] = print,
) -> EncodedShards:
    """Encode passages in ``count`` shards, on as many instances, and bring the shards to ``out``.

    Parameters
    ----------
    passages : sequence of Passage
        All of the corpus, in the order in which they will stand in the bundle.
    encoder_folder : str or Path
        From :func:`medassist.encoder.export`; it travels to the instances.
    out : str or Path
        Gets a folder for each shard, for :func:`medassist.shards.merge_shards`.
    count : int
        Shards and instances.
    bucket, corpus : str
        Everything is kept under ``s3://<bucket>/processing/<corpus>/<version>``. Shards that are there are used again;
        a job that encodes them already is followed.
    role : str
        ARN of the role that the job runs under.
    instance_type, image : str
        What it runs on; if no image is named, the container that training runs in.
    on_line : callable
        Gets the instances' lines as they come: ``shard 2/4: 512 of 7,421 passages``.

    Raises
    ------
    BundleError
        If the job cannot be started or fails; the sentence carries what the instance said.
    ConfigurationError
        If there are fewer passages than shards.
    StorageError
        If a file cannot be uploaded or downloaded.
    """
    started = time.monotonic()
    bundle.check_passages(passages)
    stretches = shards.cut(passages, count)
    version = bundle.bundle_version(passages, Encoder.load(encoder_folder))
    base = f"s3://{bucket}/processing/{corpus}/{version}"
    names = [Shard(number, count).name for number in range(1, count + 1)]
    job_name = ""
    if all(storage.exists(f"{base}/shards/{name}/{file}") for name in names for file in (shards.META, shards.VECTORS)):
        on_line(f"the {count} shards of version {version} were encoded before; they are used again")
    else:
        if job_name := _running(version, count):
            on_line(f"processing job {job_name} is under way; its log is in {LOG_GROUP}")
        else:
            inputs = _upload_inputs(stretches, Path(encoder_folder), base)
            job_name = _start(inputs, f"{base}/shards", version, count, role, instance_type, image)
            on_line(f"processing job {job_name} started on {count} instances; its log is in {LOG_GROUP}")
        with following(job_name, BundleError):
            _follow(job_name, on_line)
    for name in names:
        for file in (shards.VECTORS, shards.META):
            storage.download_file(f"{base}/shards/{name}/{file}", Path(out) / name / file)
    metas = tuple(shards.read_meta(Path(out) / name) for name in names)
    return EncodedShards(Path(out), metas, job_name, time.monotonic() - started)


def _upload_inputs(stretches: Sequence[Sequence[Passage]], encoder_folder: Path, base: str) -> dict[str, str]:
    """Upload what the instances need; return the addresses by name."""
    count = len(stretches)
    # A prefix of its own for each cut, and nothing else under it: SageMaker shares out every object that it finds.
    uris = {
        "passages": f"{base}/passages-of-{count:05d}/",
        "encoder": f"{base}/encoder",
        "code": f"{base}/code",
    }
    with tempfile.TemporaryDirectory(prefix="medassist-index-") as temporary:
        for number, stretch in enumerate(stretches, start=1):
            path = Path(temporary) / f"{Shard(number, count).name}.jsonl"
            lines = (json.dumps(asdict(passage), ensure_ascii=False) for passage in stretch)
            storage.write_text(path, "".join(f"{line}\n" for line in lines))
            storage.upload_file(path, f"{uris['passages']}{path.name}")
        code = stage_package(Path(temporary) / "code")
        for name, stored in (("encode_shard.py", "encode_shard.py"), ("requirements-encode.txt", "requirements.txt")):
            (code / stored).write_bytes((SERVING_CODE / name).read_bytes())
        storage.upload_folder(code, uris["code"])
    storage.upload_folder(encoder_folder, uris["encoder"])
    return uris


def _running(version: str, count: int) -> str:
    """The name of the job that encodes these shards already; empty if there is none."""
    with _errors():
        found = aws.client("sagemaker").list_processing_jobs(
            NameContains=f"{JOB_NAME}-{version}-{count}-", StatusEquals="InProgress"
        )
    names = [job["ProcessingJobName"] for job in found["ProcessingJobSummaries"]]
    return names[0] if names else ""


def _start(
    inputs: dict[str, str], shards_uri: str, version: str, count: int, role: str, instance_type: str, image: str
) -> str:
    """Start the processing job; return its name."""
    sagemaker = aws.client("sagemaker")
    name = f"{JOB_NAME}-{version}-{count}-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}"
    arguments = {
        "--passages": f"{_ROOT}/passages",
        "--encoder": f"{_ROOT}/encoder",
        "--out": f"{_ROOT}/shards",
        "--message": _MESSAGE,
    }
    with _errors():
        sagemaker.create_processing_job(
            ProcessingJobName=name,
            RoleArn=role,
            AppSpecification={
                "ImageUri": image or training_image(sagemaker.meta.region_name),
                "ContainerEntrypoint": ["python3", f"{_ROOT}/code/encode_shard.py"],
                "ContainerArguments": [word for pair in arguments.items() for word in pair],
            },
            ProcessingInputs=[_input(key, uri, shared=key == "passages") for key, uri in inputs.items()],
            ProcessingOutputConfig={"Outputs": [_output("shards", shards_uri)]},
            ProcessingResources={
                "ClusterConfig": {"InstanceCount": count, "InstanceType": instance_type, "VolumeSizeInGB": 30}
            },
            StoppingCondition={"MaxRuntimeInSeconds": 3600 * MAX_HOURS},
        )
    return name


def _input(name: str, uri: str, *, shared: bool) -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": f"{_ROOT}/{name}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "ShardedByS3Key" if shared else "FullyReplicated",
    }
    return {"InputName": name, "S3Input": source}


def _output(name: str, uri: str) -> dict[str, Any]:
    target = {"S3Uri": uri, "LocalPath": f"{_ROOT}/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": target}


def _follow(job_name: str, on_line: Callable[[str], None]) -> None:
    """Hand on the instances' own lines until the job ends."""
    sagemaker, log, pause = aws.client("sagemaker"), JobLog(LOG_GROUP, job_name), 1.0
    while True:
        job = sagemaker.describe_processing_job(ProcessingJobName=job_name)
        for line in log.new_messages():
            on_line(line)
        status = job["ProcessingJobStatus"]
        if status == "Completed":
            return
        if status in ("Failed", "Stopped"):
            reason = job.get("ExitMessage") or job.get("FailureReason") or "it was stopped"
            raise BundleError(f"The processing job {job_name} ended as {status}: {reason} (log group {LOG_GROUP})")
        time.sleep(pause)
        pause = min(1.2 * pause, 5.0)


@contextmanager
def _errors() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise BundleError(
            f"SageMaker refused the processing job ({said.get('Code')}: {said.get('Message')}); check the role, the "
            "instance type and your quotas, or take fewer shards."
        ) from error
    except BotoCoreError as error:
        reason = " ".join(str(error).split())
        raise BundleError(f"The processing job cannot be started ({reason}); check region and network.") from error


# ---- What each instance does ------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Encode every shard that this instance has got; return the exit status.

    An error's sentence goes to stderr and to the file ``--message``, from where SageMaker takes the ``ExitMessage``.
    """
    logging.basicConfig(level=logging.WARNING)
    parser = argparse.ArgumentParser(prog="encode_shard.py", description="Encode shards of an index.")
    for option, meaning in (
        ("--passages", "folder with shard-…-of-….jsonl"),
        ("--encoder", "folder of the encoder"),
        ("--out", "folder that gets the shards"),
        ("--message", "file that an error's sentence goes to"),
    ):
        parser.add_argument(option, type=Path, required=True, help=meaning)
    options = parser.parse_args(argv)
    try:
        for path in sorted(options.passages.glob("shard-*-of-*.jsonl")):
            _encode(path, options.encoder, options.out)
    except MedAssistError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        options.message.parent.mkdir(parents=True, exist_ok=True)
        options.message.write_text(str(error), encoding="utf-8")
        return 1
    return 0


def _encode(path: Path, encoder_folder: Path, out: Path) -> None:
    shard = Shard.from_name(path.stem)
    with path.open(encoding="utf-8") as file:
        passages = [Passage.from_record(json.loads(line)) for line in file]
    title = f"{LINE_START}shard {shard.number}/{shard.count}:"

    def say(done: int) -> None:
        print(f"{title} {done:,} of {len(passages):,} passages", flush=True)

    say(0)
    meta = shards.encode_shard(passages, shard, encoder_folder, out, on_progress=say)
    print(f"{title} encoded in {meta.seconds} s", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
