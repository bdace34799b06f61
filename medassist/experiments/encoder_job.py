"""Fine-tuning an encoder as a SageMaker training job, with the code that does it here.

The job runs ``deploy/sagemaker/train_encoder.py`` with this package beside it; pairs and base model travel as
channels. Its name stands for pairs, base, settings and code, so that one that is under way is found again.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from medassist import storage
from medassist.encoder import source_of
from medassist.errors import TrainingError
from medassist.experiments import encoder_pairs, encoder_training
from medassist.experiments.encoder_training import EncoderSettings
from medassist.jobs import following, stage_package, training_image
from medassist.machines import Machines
from medassist.model_packages import SERVING_CODE, unpack_package
from medassist.sagemaker_training import (
    CHECKPOINTS,
    LOG_GROUP,
    NO_TELEMETRY,
    SCRATCH,
    capacity,
    follow_job,
    running_job,
    start_errors,
)

JOB_NAME = "medassist-encoder"
ENTRY_SCRIPT = "train_encoder.py"
REQUIREMENTS = "requirements-encoder.txt"
CODE = ("experiments/encoder_training.py", "checkpoints.py")  # what decides the outcome, beside pairs and settings


def run_encoder_job(
    pairs: Path,
    base: str,
    out: Path,
    settings: EncoderSettings,
    *,
    bucket: str,
    role: str,
    machines: Machines | None = None,
    image: str = "",
    on_line: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Fine-tune an encoder by a training job and unpack it into ``out``; return its metrics.

    Parameters
    ----------
    pairs : Path
        Folder from :func:`medassist.experiments.encoder_pairs.write_pairs`; it is uploaded to
        ``s3://<bucket>/training/encoder/<version>``.
    base, settings, on_line
        As for :func:`medassist.experiments.encoder_training.train_encoder`.
    out : Path
        What was there is replaced when the job is done.
    bucket, role, machines, image
        As for :func:`medassist.training_job.run_training_job`; one process on one instance.

    Raises
    ------
    TrainingError
        If the job cannot be started or fails; the sentence carries SageMaker's failure reason.
    StorageError
        If a file cannot be uploaded or downloaded.
    """
    machines = machines or Machines()
    if machines.processes > 1:
        raise TrainingError("An encoder is trained by one process on one instance; set both counts to 1.")
    source = source_of(base)
    version = job_version(pairs, source, settings)
    if job_name := running_job(f"{JOB_NAME}-{version}"):
        on_line(f"training job {job_name} is under way; its log is in {LOG_GROUP}")
    else:
        job_name = _start(pairs, source, settings, version, bucket, role, machines, image)
        on_line(f"training job {job_name} started; its log is in {LOG_GROUP}")
    with following(job_name, TrainingError):
        artifacts = follow_job(job_name, on_line)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=out.parent) as folder:
        archive = storage.download_file(artifacts, Path(folder) / "model.tar.gz")
        model = unpack_package(archive, Path(folder) / "model")
        shutil.rmtree(out, ignore_errors=True)
        model.rename(out)
    metrics: dict[str, Any] = json.loads((out / encoder_training.METRICS).read_text(encoding="utf-8"))
    return metrics


def job_version(pairs: Path, source: Path, settings: EncoderSettings) -> str:
    """Return 16 hex digits that stand for pairs, base, settings and code."""
    package = Path(__file__).resolve().parents[1]
    files = [pairs / f"{side}.parquet" for side in encoder_pairs.SIDES]
    files += [*sorted(source.rglob("*.safetensors")), *(package / name for name in CODE), SERVING_CODE / REQUIREMENTS]
    digest = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
    for path in files:
        digest.update(path.name.encode() + storage.sha256_of(path).encode())
    return digest.hexdigest()[:16]


def _start(
    pairs: Path,
    source: Path,
    settings: EncoderSettings,
    version: str,
    bucket: str,
    role: str,
    machines: Machines,
    image: str,
) -> str:
    """Send code, pairs and base, start the job and return its name."""
    from sagemaker.core.training.configs import InputData

    place = f"s3://{bucket}/{SCRATCH}/encoder/{version}"
    storage.upload_folder(pairs, f"{place}/pairs")
    storage.upload_folder(source, f"{place}/base_model")
    inputs = [InputData(channel_name=name, data_source=f"{place}/{name}") for name in ("pairs", "base_model")]
    with tempfile.TemporaryDirectory(prefix="medassist-job-") as folder, start_errors():
        code = stage_package(Path(folder) / "code")
        shutil.copy(SERVING_CODE / ENTRY_SCRIPT, code / ENTRY_SCRIPT)
        shutil.copy(SERVING_CODE / REQUIREMENTS, code / "requirements.txt")
        trainer = _trainer(code, settings, version, bucket, role, machines, image)
        trainer.train(input_data_config=inputs, wait=False, logs=False)
        job_name: str = trainer._latest_training_job.training_job_name
        return job_name


def _trainer(
    code: Path, settings: EncoderSettings, version: str, bucket: str, role: str, machines: Machines, image: str
) -> Any:
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.training.configs import CheckpointConfig, MetricDefinition, OutputDataConfig, SourceCode
    from sagemaker.train import ModelTrainer

    session = Session(default_bucket=bucket, default_bucket_prefix=SCRATCH, sagemaker_config=NO_TELEMETRY)
    kept = f"s3://{bucket}/checkpoints/encoder/{version}" if machines.spot else ""
    trainer = ModelTrainer(
        sagemaker_session=session,
        role=role,
        base_job_name=f"{JOB_NAME}-{version}",
        training_image=image or training_image(session.boto_region_name),
        source_code=SourceCode(source_dir=str(code), entry_script=ENTRY_SCRIPT, requirements="requirements.txt"),
        **capacity(machines),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{SCRATCH}"),
        checkpoint_config=CheckpointConfig(s3_uri=kept, local_path=CHECKPOINTS) if kept else None,
        hyperparameters={**asdict(settings), **({"checkpoint_dir": CHECKPOINTS} if kept else {})},
    )
    definitions = encoder_training.METRIC_DEFINITIONS.items()
    return trainer.with_metric_definitions([MetricDefinition(name=name, regex=regex) for name, regex in definitions])
