"""SageMaker processing jobs that really run, on as many hosts as they ask for.

Inputs come to their ``LocalPath`` before the process starts, whole or shared out by key (``ShardedByS3Key``); outputs
go to S3 when all hosts are done. What these jobs share with training jobs is in ``job_runs.py``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from child_processes import Reaper
from job_runs import ML_ROOT, Host, JobError, JobRun, now
from object_store import download_prefix, upload_folder

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
LOCAL_ROOT = f"{ML_ROOT}/processing"
MESSAGE_LENGTH = 1024  # the API's limit of ExitMessage


class ProcessingJobs:
    """Runs processing jobs; the arguments are what :class:`JobRun` says."""

    def __init__(
        self, client: Callable[[str], Any], work: Path, environment: Mapping[str, str], reaper: Reaper
    ) -> None:
        self._services = (client, work, environment, reaper)
        self._runs: dict[str, ProcessingRun] = {}

    def start(self, job: Any) -> None:
        """Start ``job``, moto's record of it, which is updated as it goes along."""
        run = ProcessingRun(job, *self._services)
        self._runs[job.processing_job_name] = run
        run.thread.start()

    def stop(self, name: str) -> None:
        """Stop a job; its record turns to Stopped when its processes have ended."""
        self._runs[name].stop("StopRequested")

    def close(self) -> None:
        """End every job's processes; their records no longer matter."""
        for run in self._runs.values():
            run.kill()
        for run in self._runs.values():
            run.thread.join(5)


class ProcessingRun(JobRun):
    """One run of one job."""

    def __init__(self, job: Any, *services: Any) -> None:
        self._cluster = (job.processing_resources or {}).get("ClusterConfig") or {}
        super().__init__(job.processing_job_name, int(self._cluster.get("InstanceCount", 1)), LOG_GROUP, *services)
        self._job = job

    def running(self) -> bool:
        return bool(self._job.processing_job_status == "InProgress")

    def say_stopping(self) -> None:
        self._job.processing_job_status = "Stopping"

    def work_through(self, folder: Path) -> str:
        self.make_hosts(folder)
        for host in self.hosts:
            self._prepare(host)
        self._job.processing_start_time = now()
        seconds = (self._job.stopping_condition or {}).get("MaxRuntimeInSeconds", 86400)
        failed = self.run_hosts({host.name: self._command(host) for host in self.hosts}, seconds)
        said = _message(failed or self.hosts[0])
        self._job.exit_message = said or None
        if failed is not None and not self._stop_reason:
            return self.reason_of(failed, said)
        self.check_open()
        for output in (self._job.processing_output_config or {}).get("Outputs", []):
            target = output["S3Output"]
            for host in self.hosts:
                upload_folder(self._client("s3"), _local(host, target), target["S3Uri"])
        return ""

    def finish(self, reason: str) -> None:
        job = self._job
        job.failure_reason = reason or None
        job.processing_end_time = job.last_modified_time = now()
        job.processing_job_status = "Failed" if reason else "Stopped" if self._stop_reason else "Completed"

    # What is brought ---------------------------------------------------------------------------------------------

    def _prepare(self, host: Host) -> None:
        (host.ml / "output").mkdir(parents=True)
        for given in self._job.processing_inputs or []:
            self._download(host, given)
        for output in (self._job.processing_output_config or {}).get("Outputs", []):
            if "S3Output" not in output:
                raise JobError(f"ClientError: output {output['OutputName']} names no S3Output; there is no other here.")
            _local(host, output["S3Output"]).mkdir(parents=True, exist_ok=True)
        instance_type = self._cluster.get("InstanceType", "ml.m5.xlarge")
        host.write_config("config/resourceconfig.json", self.describe_hosts(host, instance_type))
        own = {"PROCESSING_JOB_NAME": self.name}
        host.environment = self.environment_of(host, own, self._job.environment or {})

    def _download(self, host: Host, given: dict[str, Any]) -> None:
        name, source = given["InputName"], given.get("S3Input")
        if source is None or source.get("S3DataType") != "S3Prefix" or source.get("S3InputMode", "File") != "File":
            raise JobError(f"ClientError: input {name} must be files of an S3Prefix; the emulated cloud has no other.")
        if source.get("S3CompressionType", "None") != "None":
            raise JobError(f"ClientError: input {name} is compressed; the emulated cloud brings files as they are.")
        shared = source.get("S3DataDistributionType", "FullyReplicated") == "ShardedByS3Key"
        folder = _local(host, source)
        folder.mkdir(parents=True, exist_ok=True)

        def mine(number: int) -> bool:
            return not shared or number % len(self.hosts) == host.number - 1

        try:
            count = download_prefix(self._client("s3"), source["S3Uri"], folder, mine)
        except Exception as error:
            raise JobError(f"ClientError: Data download failed: input {name}: {error}") from error
        if count == 0:
            raise JobError(f"ClientError: Data download failed: {source['S3Uri']} of input {name} holds no objects.")
        host.map_files(folder, everything=False)

    def _command(self, host: Host) -> tuple[list[str], Path]:
        application = self._job.app_specification
        words = [*(application.get("ContainerEntrypoint") or []), *(application.get("ContainerArguments") or [])]
        if not words:
            raise JobError("ClientError: the job names no ContainerEntrypoint; the emulated cloud ignores images.")
        return [host.map(word) for word in words], host.ml


def _local(host: Host, place: Mapping[str, str]) -> Path:
    path = place.get("LocalPath", "")
    if not path.startswith(f"{LOCAL_ROOT}/") or ".." in Path(path).parts:
        raise JobError(f"ClientError: the LocalPath {path!r} does not lie under {LOCAL_ROOT}.")
    return Path(host.map(path))


def _message(host: Host) -> str:
    """What a host's process has left for those who wait for the job."""
    path = host.ml / "output/message"
    return path.read_text("utf-8", "replace").strip()[:MESSAGE_LENGTH] if path.is_file() else ""
