"""Fine-tuning as a SageMaker training job: start it with the SageMaker SDK, follow its log, bring the model home.

The job runs ``deploy/sagemaker/train.py`` with this package beside it. A model's version follows from everything
that decides its weights, so that a job that ran before need not run again.
"""

import hashlib
import json
import math
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from medassist import aws, storage
from medassist.base_models import base_folder, base_name
from medassist.errors import TrainingError
from medassist.example_table import digest
from medassist.experiments.tracking import Run, Tracker
from medassist.experiments.training_record import NO_RECORD, TrainingRecord
from medassist.jobs import following, stage_package, training_image
from medassist.machines import Machines
from medassist.model_packages import SERVING_CODE, find_package, unpack_package
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
from medassist.training import BASE_CHANNEL, METRIC_DEFINITIONS, METRICS_FILE
from medassist.training_parameters import TrainingParameters

JOB_NAME = "medassist-t5"
ENTRY_SCRIPT = "train.py"
BASE_CHANNEL_NAME = "base_model"
CHANNELS = ("train", "validation", "test", "passages")  # each holds <name>.parquet; there may be no test side
# What decides weights and scores, of all that training imports.
TRAINING_CODE = (
    "base_models",
    "baselines",
    "engines/reference",
    "evaluation",
    "example_table",
    "fusion",
    "generation",
    "held_out",
    "model_card",
    "model_requests",
    "model_settings",
    "prompts",
    "targets",
    "text",
    "trainer",
    "training",
    "training_batches",
    "training_loop",
    "training_parameters",
    "uncertainty",
)
_STEP = re.compile(r"\bstep=(\d+) of=(\d+)")


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model that is at hand.

    ``folder`` holds it, ``metrics`` is its ``metrics.json``. ``job_name`` is empty and ``reused`` set where a model
    of the same version had been published before. ``run`` is its record; a silent one where it is not tracked.
    """

    folder: Path
    version: str
    metrics: Mapping[str, Any]
    job_name: str = ""
    seconds: float = 0.0
    reused: bool = False
    run: Run = field(default_factory=lambda: Run(failed=NO_RECORD))


def model_version(examples: Path, parameters: TrainingParameters) -> str:
    """Return 16 hex digits that stand for the examples, the base model, the hyper-parameters and the training code."""
    sha = hashlib.sha256(digest(examples).encode())
    sha.update(json.dumps(asdict(parameters), sort_keys=True).encode())
    files = [Path(__file__).parent / f"{module}.py" for module in TRAINING_CODE]
    files += [SERVING_CODE / "requirements-train.txt"]
    if base := base_folder(parameters):
        files += sorted(path for path in base.rglob("*") if path.is_file())
    for path in files:
        sha.update(path.name.encode() + storage.sha256_of(path).encode())
    return sha.hexdigest()[:16]


def run_training_job(
    examples: str | Path,
    out: str | Path,
    parameters: TrainingParameters,
    *,
    bucket: str,
    corpus: str,
    role: str,
    machines: Machines | None = None,
    image: str = "",
    tracker: Tracker | None = None,
    on_line: Callable[[str], None] = print,
) -> TrainedModel:
    """Fine-tune T5 by a SageMaker training job and unpack the model into ``out``.

    Parameters
    ----------
    examples : str or Path
        Folder with ``train.parquet``, ``validation.parquet``, ``passages.parquet`` and their data card; it is uploaded
        to ``s3://<bucket>/examples/<corpus>/<version>``.
    out : str or Path
        Gets the model folder, in the place of what was there.
    parameters : TrainingParameters
        A ``base_model`` that is a local folder, or our compact model, travels with the job as a channel.
    bucket, corpus : str
        Where examples and models are kept. If a package of this version is published there, it is used; if a job of
        this version is under way, because its follower was interrupted, it is followed.
    role : str
        ARN of the role that the job runs under.
    machines : Machines, optional
        What it runs on; one CPU instance if not given. Several processes share each batch: ``micro_batches`` is
        raised to a multiple of their number. On spot instances the job keeps checkpoints in
        ``s3://<bucket>/checkpoints/<corpus>/<version>``, from where it goes on after an interruption; so does the next
        job of the same version, should this one fail.
    image : str
        The container; AWS's Hugging Face training container if not named.
    tracker : Tracker, optional
        Where the job is put on record. Each job is one run; a model that is used again makes none, unless the store
        has none of its version.
    on_line : callable
        Gets the job's lines as they come; :func:`progress_bar` makes one that draws a bar.

    Raises
    ------
    TrainingError
        If the job cannot be started or fails; the sentence carries SageMaker's failure reason.
    StorageError
        If a file cannot be uploaded or downloaded.
    """
    started = time.monotonic()
    examples, out, machines = Path(examples), Path(out), machines or Machines()
    parameters = replace(parameters, micro_batches=math.lcm(parameters.micro_batches, machines.processes))
    plan = _Plan(examples, parameters, model_version(examples, parameters), bucket, corpus, role, machines, image)
    record = plan.record(tracker)
    if published := find_package(f"s3://{bucket}/models/{corpus}", plan.version):
        on_line(f"model {plan.version} was trained before from the same examples and parameters; it is used again")
        model = replace(_fetch(published, out, plan.version), reused=True, run=record.afterwards(out))
        return replace(model, seconds=time.monotonic() - started)
    if job_name := running_job(f"{JOB_NAME}-{plan.version}"):
        on_line(f"training job {job_name} is under way; its log is in {LOG_GROUP}")
    else:
        job_name = _start(plan)
        on_line(f"training job {job_name} started; its log is in {LOG_GROUP}")
    with record.follow(job_name) as run, following(job_name, TrainingError):
        artifacts = follow_job(job_name, on_line, run)
        model = replace(_fetch(artifacts, out, plan.version), job_name=job_name, run=run)
        run.add_outcome(out)
    return replace(model, seconds=time.monotonic() - started)


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that a job needs."""

    examples: Path
    parameters: TrainingParameters
    version: str
    bucket: str
    corpus: str
    role: str
    machines: Machines
    image: str

    @property
    def examples_uri(self) -> str:
        return f"s3://{self.bucket}/examples/{self.corpus}/{self.version}"

    @property
    def checkpoints_uri(self) -> str:
        """Where checkpoints are kept; empty if nothing can interrupt the job."""
        return f"s3://{self.bucket}/checkpoints/{self.corpus}/{self.version}" if self.machines.spot else ""

    def record(self, tracker: Tracker | None) -> TrainingRecord:
        machines = {name: str(getattr(self.machines, name)) for name in ("instance_type", "instance_count", "spot")}
        source = self.examples_uri
        return TrainingRecord(tracker, self.corpus, self.version, self.parameters, self.examples, source, machines)


def _start(plan: _Plan) -> str:
    """Send code and examples, start the job and return its name."""
    with tempfile.TemporaryDirectory(prefix="medassist-job-") as folder, start_errors():
        trainer = _trainer(stage_code(Path(folder) / "code"), plan)
        channels = upload_channels(plan.examples, plan.parameters, plan.examples_uri)
        trainer.train(input_data_config=_input_data(channels), wait=False, logs=False)
        job_name: str = trainer._latest_training_job.training_job_name
        return job_name


def default_role() -> str:
    """Return the ARN of the role ``medassist-sagemaker`` of this account, under which jobs and endpoints run."""
    account = aws.client("sts", timeout_s=10).get_caller_identity()["Account"]
    return f"arn:aws:iam::{account}:role/medassist-sagemaker"


@contextmanager
def progress_bar() -> Iterator[Callable[[str], None]]:
    """A bar for :func:`run_training_job`: ``with progress_bar() as on_line``. Lines that are no steps are printed."""
    from tqdm.auto import tqdm

    with tqdm(desc="training", unit="step", leave=True) as bar:

        def on_line(line: str) -> None:
            if found := _STEP.search(line):
                bar.total = int(found[2])
                bar.n = int(found[1])
                bar.set_postfix_str(line[found.end() :].strip(), refresh=False)
                bar.refresh()
            else:
                bar.write(line)

        yield on_line


def stage_code(folder: Path) -> Path:
    """Make a job's code folder: the entry script, its requirements, the package."""
    stage_package(folder)
    shutil.copy(SERVING_CODE / ENTRY_SCRIPT, folder / ENTRY_SCRIPT)
    shutil.copy(SERVING_CODE / "requirements-train.txt", folder / "requirements.txt")
    return folder


def upload_channels(examples: Path, parameters: TrainingParameters, uri: str) -> dict[str, str]:
    """Send examples, their card and a base model that is here to ``uri``; return each channel's address."""
    storage.upload_folder(examples, uri)
    channels = {name: f"{uri}/{name}.parquet" for name in CHANNELS if (examples / f"{name}.parquet").is_file()}
    if base := base_folder(parameters):
        storage.upload_folder(base, f"{uri}/{BASE_CHANNEL_NAME}")
        channels[BASE_CHANNEL_NAME] = f"{uri}/{BASE_CHANNEL_NAME}"
    return channels


def _input_data(channels: Mapping[str, str]) -> list[Any]:
    from sagemaker.core.training.configs import InputData

    return [InputData(channel_name=name, data_source=source) for name, source in channels.items()]


def job_parameters(parameters: TrainingParameters, version: str) -> dict[str, Any]:
    """Return what a job's entry script is told: the parameters, and what the model is called."""
    name = base_name(parameters).rpartition("/")[2]
    if base_folder(parameters):
        parameters = replace(parameters.settle(), base_model=BASE_CHANNEL)
    return {**asdict(parameters), "name": f"{name}-{version[:8]}"}


def _trainer(code: Path, plan: _Plan) -> Any:
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.training.configs import CheckpointConfig, MetricDefinition, OutputDataConfig, SourceCode
    from sagemaker.train import ModelTrainer
    from sagemaker.train.distributed import Torchrun

    # The prefix is where the job's code goes: a folder that the role may read, and that is cleared after a month.
    session = Session(default_bucket=plan.bucket, default_bucket_prefix=SCRATCH, sagemaker_config=NO_TELEMETRY)
    machines, kept = plan.machines, plan.checkpoints_uri
    trainer = ModelTrainer(
        sagemaker_session=session,
        role=plan.role,
        base_job_name=f"{JOB_NAME}-{plan.version}",
        training_image=plan.image or training_image(session.boto_region_name),
        source_code=SourceCode(source_dir=str(code), entry_script=ENTRY_SCRIPT, requirements="requirements.txt"),
        **capacity(machines),
        distributed=Torchrun(process_count_per_node=machines.processes_per_instance)
        if machines.processes > 1
        else None,
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{plan.bucket}/{SCRATCH}"),
        checkpoint_config=CheckpointConfig(s3_uri=kept, local_path=CHECKPOINTS) if kept else None,
        hyperparameters={
            **job_parameters(plan.parameters, plan.version),
            **({"checkpoint_dir": CHECKPOINTS} if kept else {}),
        },
    )
    definitions = [MetricDefinition(name=name, regex=regex) for name, regex in METRIC_DEFINITIONS.items()]
    return trainer.with_metric_definitions(definitions)


def _fetch(uri: str, out: Path, version: str) -> TrainedModel:
    """Download and unpack a model; ``out`` is replaced when it is whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=out.parent) as folder:
        archive = storage.download_file(uri, Path(folder) / "model.tar.gz")
        model = unpack_package(archive, Path(folder) / "model")
        metrics = json.loads((model / METRICS_FILE).read_text(encoding="utf-8"))
        if out.exists():
            shutil.rmtree(out)
        model.rename(out)
    return TrainedModel(out, version, metrics)
