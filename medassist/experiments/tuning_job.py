"""A search for hyper-parameters by SageMaker tuning jobs, which start training jobs of their own.

One job searches; then two more, side by side, train the default and the best again, a grid over some seeds. What makes
it a study is in :mod:`medassist.experiments.studies`, and so is the report.

The jobs are asked for with boto3, not with the SDK's ``HyperparameterTuner``: that puts the code where the role of our
stack may not read it. A tuning job knows no entry point, so SageMaker's training toolkit in the container fetches the
code by ``sagemaker_submit_directory`` and runs ``sagemaker_program``.
"""

import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medassist import aws, storage
from medassist.errors import TrainingError
from medassist.experiments import search_space, studies
from medassist.experiments.search_space import Space, Value
from medassist.experiments.studies import (
    BEST,
    COMPLETE,
    DEFAULT,
    FAILED,
    OBJECTIVE,
    PRUNED,
    SEARCH,
    Budget,
    Study,
    Training,
)
from medassist.jobs import following, training_image
from medassist.machines import Machines
from medassist.sagemaker_training import SCRATCH
from medassist.training import METRIC_DEFINITIONS
from medassist.training_job import ENTRY_SCRIPT, job_parameters, stage_code, upload_channels
from medassist.training_parameters import TrainingParameters

MAX_MINUTES = 60  # of each training; a study's trainings are short
ENDED = ("Completed", "Failed", "Stopped")
_STATES = {"Completed": COMPLETE, "Stopped": PRUNED, "Failed": FAILED}
_POLL_S = (1.0, 10.0)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a study's jobs run and find their things."""

    bucket: str
    role: str
    image: str
    machines: Machines
    channels: Mapping[str, str]
    code: str
    at_once: int


def tune_by_jobs(
    examples: str | Path,
    out: str | Path,
    parameters: TrainingParameters,
    *,
    budget: Budget,
    bucket: str,
    corpus: str,
    role: str,
    space: Space | None = None,
    machines: Machines | None = None,
    at_once: int = 2,
    image: str = "",
    say: Callable[[str], None] = print,
) -> Study:
    """Search by SageMaker tuning jobs and write the report to a folder below ``out``.

    A study that was interrupted goes on: its jobs are found by their names, which stand for examples, parameters,
    space, budget and code.

    Parameters
    ----------
    examples, out, parameters, budget, space, say
        As for :func:`medassist.experiments.tuning.tune_here`.
    bucket, corpus, role, machines, image
        As for :func:`medassist.training_job.run_training_job`. Each training runs on one instance by itself.
    at_once : int
        How many trainings run side by side. Bayesian search learns from those before, so many at once search worse.

    Raises
    ------
    TrainingError
        If the jobs cannot be started, or all trainings fail.
    """
    started, examples, machines = time.monotonic(), Path(examples), machines or Machines()
    if machines.spot or machines.processes > 1:
        raise TrainingError(
            "A study's trainings run on one instance each, on demand; leave spot, counts and processes."
        )
    parameters = studies.settle(parameters, budget)
    space = space or search_space.space_for(parameters)
    search_space.check(space)
    version = studies.version_of(examples, parameters, space, budget)
    say(f"{budget}; {at_once} at once on {machines.instance_type}, each stopped after {MAX_MINUTES} minutes")
    place = _prepare(examples, parameters, version, bucket, corpus, role, machines, at_once, image)
    trainings = _search(place, parameters, space, budget, version, say)
    best = studies.best_of(trainings)
    trainings += _repeat(place, parameters, best.values, budget, version, say)
    defaults = {name: getattr(parameters, name) for name in space}
    seconds = time.monotonic() - started
    study = Study(budget, space, tuple(trainings), f"SageMaker, {machines.instance_type}", seconds, defaults)
    studies.write_report(study, Path(out) / version)
    return study


def _prepare(
    examples: Path,
    parameters: TrainingParameters,
    version: str,
    bucket: str,
    corpus: str,
    role: str,
    machines: Machines,
    at_once: int,
    image: str,
) -> _Place:
    """Send examples and code. The test side stays here: no search may see it."""
    channels = upload_channels(examples, parameters, f"s3://{bucket}/examples/{corpus}/{version}")
    channels.pop("test", None)
    code = f"s3://{bucket}/{SCRATCH}/tuning/{version}/sourcedir.tar.gz"
    with tempfile.TemporaryDirectory(prefix="medassist-tuning-") as folder:
        staged = stage_code(Path(folder) / "code")
        archive = Path(folder) / "sourcedir.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for path in sorted(staged.iterdir()):
                tar.add(path, path.name)
        storage.upload_file(archive, code)
    image = image or training_image(aws.client("sagemaker").meta.region_name)
    return _Place(bucket, role, image, machines, channels, code, at_once)


def _search(
    place: _Place,
    parameters: TrainingParameters,
    space: Space,
    budget: Budget,
    version: str,
    say: Callable[[str], None],
) -> list[Training]:
    ranges = search_space.to_sagemaker(space)
    name = f"medassist-tune-{version[:12]}-s"
    _create(name, place, parameters, ranges, strategy="Bayesian", most=budget.trials)
    _follow([name], say)
    return [
        _to_training(
            job, SEARCH, search_space.from_sagemaker(space, job["TunedHyperParameters"]), parameters.seed, budget
        )
        for job in _trials(name)
    ]


def _repeat(
    place: _Place,
    parameters: TrainingParameters,
    best: Mapping[str, Value],
    budget: Budget,
    version: str,
    say: Callable[[str], None],
) -> list[Training]:
    """Train default and best with the same other seeds."""
    seeds = [str(seed) for seed in studies.seeds(parameters, budget)]
    ranges = {"CategoricalParameterRanges": [{"Name": "seed", "Values": seeds}]}
    names = {DEFAULT: f"medassist-tune-{version[:12]}-d", BEST: f"medassist-tune-{version[:12]}-b"}
    changed: Any = dict(best)
    for purpose, given in ((DEFAULT, parameters), (BEST, replace(parameters, **changed))):
        _create(names[purpose], place, given, ranges, strategy="Grid", most=budget.repeats)
    _follow(list(names.values()), say)
    return [
        _to_training(job, purpose, best if purpose == BEST else {}, int(job["TunedHyperParameters"]["seed"]), budget)
        for purpose, name in names.items()
        for job in _trials(name)
    ]


def _create(
    name: str,
    place: _Place,
    parameters: TrainingParameters,
    ranges: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    strategy: str,
    most: int,
) -> None:
    """Ask for a tuning job, unless there is one of this name."""
    tuned = {one["Name"] for kind in ranges.values() for one in kind}
    told = job_parameters(parameters, "tuning") | {
        "sagemaker_program": ENTRY_SCRIPT,
        "sagemaker_submit_directory": place.code,
        "sagemaker_container_log_level": 20,
    }
    sagemaker = aws.client("sagemaker")
    with _errors():
        if _exists(sagemaker, name):
            return
        sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": strategy,
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": OBJECTIVE},
                "ResourceLimits": {
                    "MaxNumberOfTrainingJobs": most,
                    "MaxParallelTrainingJobs": min(place.at_once, most),
                },
                "ParameterRanges": ranges,
                "TrainingJobEarlyStoppingType": "Off" if strategy == "Grid" else "Auto",
                "RandomSeed": parameters.seed,
            },
            TrainingJobDefinition={
                "StaticHyperParameters": {key: str(value) for key, value in told.items() if key not in tuned},
                "AlgorithmSpecification": {
                    "TrainingImage": place.image,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": key, "Regex": regex} for key, regex in METRIC_DEFINITIONS.items()],
                },
                "RoleArn": place.role,
                "InputDataConfig": [_channel(key, uri) for key, uri in place.channels.items()],
                "OutputDataConfig": {"S3OutputPath": f"s3://{place.bucket}/{SCRATCH}"},
                "ResourceConfig": {
                    "InstanceType": place.machines.instance_type,
                    "InstanceCount": 1,
                    "VolumeSizeInGB": place.machines.volume_gb,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": MAX_MINUTES * 60},
            },
        )


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _exists(sagemaker: Any, name: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    except ClientError as error:
        if aws.is_missing(error):
            return False
        raise
    return True


def _follow(names: Sequence[str], say: Callable[[str], None]) -> None:
    """Wait for tuning jobs; say how far they are.

    Raises
    ------
    TrainingError
        If one of them fails or is stopped.
    """
    sagemaker, told, pause = aws.client("sagemaker"), "", _POLL_S[0]
    while True:
        with following(" and ".join(names), TrainingError):
            jobs = [sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name) for name in names]
        line = "; ".join(f"{job['HyperParameterTuningJobName']}: {_progress(job)}" for job in jobs)
        if line != told:
            say(line)
            told = line
        if all(job["HyperParameterTuningJobStatus"] in ENDED for job in jobs):
            break
        time.sleep(pause)
        pause = min(1.2 * pause, _POLL_S[1])
    for job in jobs:
        if job["HyperParameterTuningJobStatus"] != "Completed":
            raise TrainingError(
                f"The tuning job {job['HyperParameterTuningJobName']} ended as {job['HyperParameterTuningJobStatus']}: "
                f"{job.get('FailureReason') or 'it was stopped'}; delete it before the same study is tried again."
            )


def _progress(job: Mapping[str, Any]) -> str:
    counts = job["TrainingJobStatusCounters"]
    failed = counts["NonRetryableError"] + counts["RetryableError"]
    best = (job.get("BestTrainingJob") or {}).get("FinalHyperParameterTuningJobObjectiveMetric")
    said = f"{counts['Completed']} done, {counts['InProgress']} running, {counts['Stopped']} stopped, {failed} failed"
    return said + (f", best {OBJECTIVE} {best['Value']:.4f}" if best else "")


def _trials(name: str) -> list[dict[str, Any]]:
    with _errors():
        pages = aws.client("sagemaker").get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
        found = pages.paginate(HyperParameterTuningJobName=name, SortBy="CreationTime", SortOrder="Ascending")
        return [job for page in found for job in page["TrainingJobSummaries"]]


def _to_training(
    job: Mapping[str, Any], purpose: str, values: Mapping[str, Value], seed: int, budget: Budget
) -> Training:
    metric = job.get("FinalHyperParameterTuningJobObjectiveMetric")
    state = _STATES[job["TrainingJobStatus"]]
    if state == COMPLETE and metric is None:
        state = FAILED
    seconds = 0.0
    if "TrainingStartTime" in job and "TrainingEndTime" in job:
        seconds = (job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds()
    steps = budget.steps if state == COMPLETE else 0  # SageMaker does not say how far a stopped one had come
    objective = float(metric["Value"]) if metric else None
    return Training(purpose, dict(values), seed, state, objective, steps, seconds, job["TrainingJobName"])


@contextmanager
def _errors() -> Iterator[None]:
    """Turn what boto3 raises into one sentence."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise TrainingError(
            f"SageMaker refused the tuning job ({error}); check the role, the instance type and your quotas."
        ) from error
