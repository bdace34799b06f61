"""Training jobs on SageMaker, whatever they train: found again, followed to their end, their machines, their errors."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from medassist import aws
from medassist.errors import TrainingError
from medassist.jobs import JobLog
from medassist.machines import MAX_HOURS, Machines

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
CHECKPOINTS = "/opt/ml/checkpoints"  # where SageMaker looks for what it keeps in S3
SCRATCH = "training"  # prefix of what jobs need and leave; it is cleared after a month
NO_TELEMETRY = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
}
_STOPPED = {
    "MaxRuntimeExceeded": f"it took more than {MAX_HOURS} hours; take more or faster instances",
    "MaxWaitTimeExceeded": "it waited too long for spot instances; raise max_wait_hours or set spot to false",
}


def running_job(prefix: str) -> str:
    """Return the name of the training job under way whose name has this prefix; empty if there is none."""
    with start_errors():
        found = aws.client("sagemaker").list_training_jobs(NameContains=prefix, StatusEquals="InProgress")
    names = [job["TrainingJobName"] for job in found["TrainingJobSummaries"]]
    return names[0] if names else ""


def capacity(machines: Machines) -> dict[str, Any]:
    """Return what a ``ModelTrainer`` is told of the machines."""
    from sagemaker.core.shapes import StoppingCondition
    from sagemaker.core.training.configs import Compute

    waiting = {"max_wait_time_in_seconds": round(machines.max_wait_hours * 3600)} if machines.spot else {}
    warm = {"keep_alive_period_in_seconds": 60 * machines.keep_alive_minutes} if machines.keep_alive_minutes else {}
    return {
        "compute": Compute(
            instance_type=machines.instance_type,
            instance_count=machines.instance_count,
            volume_size_in_gb=machines.volume_gb,
            enable_managed_spot_training=machines.spot,
            **warm,
        ),
        "stopping_condition": StoppingCondition(max_runtime_in_seconds=MAX_HOURS * 3600, **waiting),
    }


def follow_job(job_name: str, *listeners: Callable[[str], None]) -> str:
    """Hand on a training job's own lines until it ends; return the address of what it made.

    Raises
    ------
    TrainingError
        If it fails or is stopped, with SageMaker's reason.
    """
    sagemaker, log = aws.client("sagemaker"), JobLog(LOG_GROUP, job_name)
    pause, interruptions = 1.0, 0
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=job_name)
        lines = list(log.new_messages())
        if (count := _count_interruptions(job)) > interruptions:
            lines.append(
                "the spot instances were taken away; the job goes on from its checkpoint when there are new ones"
            )
            interruptions = count
        for line in lines:
            for listen in listeners:
                listen(line)
        status = job["TrainingJobStatus"]
        if status == "Completed":
            artifacts: str = job["ModelArtifacts"]["S3ModelArtifacts"]
            return artifacts
        if status in ("Failed", "Stopped"):
            reason = job.get("FailureReason") or _STOPPED.get(job["SecondaryStatus"], "it was stopped")
            raise TrainingError(f"The training job {job_name} ended as {status}: {reason} (log group {LOG_GROUP})")
        time.sleep(pause)
        pause = min(1.2 * pause, 5.0)


def _count_interruptions(job: Mapping[str, Any]) -> int:
    return sum(entry["Status"] == "Interrupted" for entry in job.get("SecondaryStatusTransitions", ()))


@contextmanager
def start_errors() -> Iterator[None]:
    """Turn what the SDK raises on the way to a training job into one sentence."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise TrainingError(
            f"SageMaker refused the training job ({said.get('Code')}: {said.get('Message')}); check the role, the "
            "instance type and your quotas."
        ) from error
    except (BotoCoreError, ValueError, RuntimeError) as error:
        raise TrainingError(f"The training job cannot be started ({error}); check role, region and network.") from error
