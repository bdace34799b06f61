"""SageMaker training jobs that really run: channels, environment, logs, metrics, checkpoints, spot, model artefacts.

What they share with processing jobs is in ``job_runs.py``. With several instances each has a process of its own, and
they meet on the loopback network as the SDK's ``torchrun`` driver makes them.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from child_processes import Reaper
from job_runs import ML_ROOT, NETWORK_INTERFACE, Host, JobError, JobRun, now
from object_store import FolderSync, download_prefix, pack, parse_uri, unpack

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
OBJECTIVE_PARAMETER = "_tuning_objective_metric"  # tells a tuning job's training job what it is judged by
RESTART_S = 0.5  # between a spot interruption and the new instances; at AWS minutes to hours

_REQUIREMENTS_STUB = """import sys

print(f"Nothing is installed from {{sys.argv[1] if len(sys.argv) > 1 else 'requirements.txt'}}: the emulated cloud "
      "runs jobs in its own Python environment ({python}), which must hold what the file lists.")
"""


class NotInterruptibleError(Exception):
    """There is no such spot job that is training; the text says which."""


class TrainingJobs:
    """Runs training jobs; the arguments are what :class:`JobRun` says."""

    def __init__(
        self, client: Callable[[str], Any], work: Path, environment: Mapping[str, str], reaper: Reaper
    ) -> None:
        self._services = (client, work, environment, reaper)
        self._runs: dict[str, TrainingRun] = {}

    def start(self, job: Any) -> None:
        """Start ``job``, moto's record of it, which is updated as it goes along."""
        run = TrainingRun(job, *self._services)
        self._runs[job.training_job_name] = run
        run.thread.start()

    def stop(self, name: str) -> None:
        """Stop a job; its record turns to Stopped when its process has ended."""
        self._runs[name].stop("StopRequested")

    def interrupt(self, name: str) -> None:
        """Take a spot job's instances away, as AWS does when it needs them; it goes on with new ones.

        Raises
        ------
        NotInterruptibleError
            If there is no such job, or it is no spot job, or its processes do not run at the moment.
        """
        if name not in self._runs:
            raise NotInterruptibleError(f"There is no training job {name}.")
        self._runs[name].interrupt()

    def close(self) -> None:
        """End every job's processes; their records no longer matter."""
        for run in self._runs.values():
            run.kill()
        for run in self._runs.values():
            run.thread.join(5)


class TrainingRun(JobRun):
    """One run of one job: on spot instances it may begin anew several times."""

    def __init__(self, job: Any, *services: Any) -> None:
        count = int((job.resource_config or {}).get("InstanceCount", 1) or 1)
        super().__init__(job.training_job_name, count, LOG_GROUP, *services)
        self._job = job
        given = job.algorithm_specification.get("MetricDefinitions") or []
        self._metrics = [(metric["Name"], re.compile(metric["Regex"])) for metric in given]
        self._interrupted = threading.Event()
        self._in_training = False
        self._billable_s = 0.0
        self._port = _free_port()

    def interrupt(self) -> None:
        """See :meth:`TrainingJobs.interrupt`."""
        with self._lock:
            if not self._job.enable_managed_spot_training:
                raise NotInterruptibleError(f"The training job {self.name} does not run on spot instances.")
            if not self._in_training or self._interrupted.is_set():
                raise NotInterruptibleError(f"The training job {self.name} has no process at the moment.")
            self._interrupted.set()

    def running(self) -> bool:
        return bool(self._job.training_job_status == "InProgress")

    def say_stopping(self) -> None:
        self._job.training_job_status = "Stopping"
        self._transition("Stopping", "Stopping the training job")

    def work_through(self, folder: Path) -> str:
        conditions = self._job.stopping_condition or {}
        run_s = conditions.get("MaxRuntimeInSeconds", 86400)
        waiting_ends = time.monotonic() + conditions.get("MaxWaitTimeInSeconds", float("inf"))
        self._transition("Starting", "Preparing the instances for training")
        while True:
            self._interrupted.clear()
            self.make_hosts(folder)
            self._transition("Downloading", "Downloading input data")
            self._job.training_start_time = self._job.training_start_time or now()
            for host in self.hosts:
                self._prepare(host)
            failed = self._train(run_s - self._billable_s, waiting_ends - time.monotonic())
            if not self._interrupted.is_set() or self._stopping.is_set():
                break
            self._transition("Interrupted", "Training job interrupted: the spot instances were taken away")
            if time.monotonic() + RESTART_S > waiting_ends:
                self.stop("MaxWaitTimeExceeded")
                break
            self._stopping.wait(RESTART_S)
            if self._stopping.is_set():
                break
            self._transition("Restarting", "Restarting the training job on new spot instances")
        self._job.training_end_time = now()
        reason = self._reason(failed) if failed is not None and not self._stop_reason else ""
        self._upload(with_model=not reason)
        return reason

    def finish(self, reason: str) -> None:
        job = self._job
        status = "Failed" if reason else "Stopped" if self._stop_reason else "Completed"
        secondary = {"Stopped": self._stop_reason}.get(status, status)
        if secondary == "StopRequested":
            secondary = "Stopped"
        messages = {"Completed": "Training job completed", "Failed": "Training job failed"}
        job.failure_reason = reason or None
        job.training_end_time = job.training_end_time or now()
        if job.training_start_time:
            whole = (job.training_end_time - job.training_start_time).total_seconds()
            job.training_time_in_seconds = round(whole)
            job.billable_time_in_seconds = round(min(self._billable_s, whole))
        self._transition(secondary, messages.get(status, "Training job stopped"))
        job.training_job_status = status

    def _transition(self, status: str, message: str) -> None:
        moment = now()
        transitions = self._job.secondary_status_transitions
        if transitions:
            transitions[-1].setdefault("EndTime", moment)
        transitions.append({"Status": status, "StartTime": moment, "StatusMessage": message})
        self._job.secondary_status = status
        self._job.last_modified_time = moment

    # The processes -----------------------------------------------------------------------------------------------

    def _train(self, run_s: float, wait_s: float) -> Host | None:
        commands = {host.name: self._command(host) for host in self.hosts}
        if self._stopping.is_set():
            return None
        self._transition("Training", "Training in progress")
        started = time.monotonic()
        with contextlib.ExitStack() as syncs:
            if uri := (self._job.checkpoint_config or {}).get("S3Uri"):
                for host in self.hosts:
                    sync = FolderSync(self._client("s3"), self._checkpoints(host), uri, self._interrupted)
                    syncs.enter_context(sync)
            self._in_training = True
            try:
                limit = "MaxRuntimeExceeded" if run_s < wait_s else "MaxWaitTimeExceeded"
                return self.run_hosts(commands, min(run_s, wait_s), limit, self._interrupted)
            finally:
                self._in_training = False
                self._billable_s += time.monotonic() - started

    def _command(self, host: Host) -> tuple[list[str], Path]:
        algorithm = self._job.algorithm_specification
        if entry := algorithm.get("ContainerEntrypoint"):
            words = [*entry, *(algorithm.get("ContainerArguments") or [])]
            return [host.map(word) for word in words], host.ml
        parameters = {name: host.map(value) for name, value in (self._job.hyper_parameters or {}).items()}
        program = _parsed(parameters.get("sagemaker_program", '""'))
        if not program:
            raise JobError(
                "ClientError: the job names no script to run; give a ContainerEntrypoint (as the SDK's ModelTrainer "
                "does with SourceCode), or sagemaker_program and sagemaker_submit_directory."
            )
        arguments = [
            word
            for name, value in parameters.items()
            if not name.startswith("sagemaker_") and name != OBJECTIVE_PARAMETER
            for word in (f"--{name}", str(_parsed(value)))  # as SageMaker's toolkit does: true becomes True
        ]
        return [sys.executable, str(program), *arguments], host.ml / "code"

    def take_line(self, host: Host, line: str) -> None:
        super().take_line(host, line)
        for name, pattern in self._metrics:
            if match := pattern.search(line):
                with contextlib.suppress(ValueError, IndexError):
                    self._set_metric(name, float(match[1]))

    def _set_metric(self, name: str, value: float) -> None:
        final = [metric for metric in self._job.final_metric_data_list if metric["MetricName"] != name]
        self._job.final_metric_data_list = [*final, {"MetricName": name, "Value": value, "Timestamp": now()}]

    def _reason(self, host: Host) -> str:
        path = host.ml / "output/failure"
        written = path.read_text("utf-8", "replace").strip() if path.is_file() else ""
        generic = "Training Execution failed" in written or "CalledProcessError" in written
        return self.reason_of(host, "" if generic else written)

    # What is brought ---------------------------------------------------------------------------------------------

    def _prepare(self, host: Host) -> None:
        for part in ("input/config", "input/data", "model", "output/data", "code", "checkpoints"):
            (host.ml / part).mkdir(parents=True)
        s3, job = self._client("s3"), self._job
        for channel in job.input_data_config or []:
            self._download_channel(s3, host, channel)
        if checkpoints := (job.checkpoint_config or {}).get("S3Uri"):
            self._checkpoints(host).mkdir(parents=True, exist_ok=True)
            download_prefix(s3, checkpoints, self._checkpoints(host))
        hyper_parameters = {name: host.map(value) for name, value in (job.hyper_parameters or {}).items()}
        if "sagemaker_submit_directory" in hyper_parameters:
            self._download_code(s3, host, hyper_parameters)
        channels = {
            channel["ChannelName"]: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for channel in job.input_data_config or []
        }
        for name, value in (
            ("hyperparameters", hyper_parameters),
            ("inputdataconfig", channels),
            ("resourceconfig", self._resources(host)),
        ):
            host.write_config(f"input/config/{name}.json", value)
        host.environment = self._container_environment(host, hyper_parameters, list(channels))

    def _download_channel(self, s3: Any, host: Host, channel: dict[str, Any]) -> None:
        name = channel["ChannelName"]
        if channel.get("InputMode") == "Pipe":
            raise JobError(f"ClientError: channel {name} asks for Pipe mode; the emulated cloud has File only.")
        source = channel["DataSource"].get("S3DataSource")
        if source is None or source.get("S3DataType", "S3Prefix") != "S3Prefix":
            raise JobError(f"ClientError: channel {name} must name an S3Prefix; the emulated cloud has no other.")
        folder = host.ml / "input/data" / name
        folder.mkdir()
        try:
            count = download_prefix(s3, source["S3Uri"], folder)
        except Exception as error:
            raise JobError(f"ClientError: Data download failed: channel {name}: {error}") from error
        if count == 0:
            uri = source["S3Uri"]
            raise JobError(f"ClientError: Data download failed: {uri} of channel {name} holds no objects.")
        if name in ("sm_drivers", "code"):
            host.map_files(folder, everything=name == "sm_drivers")
        if name == "sm_drivers":
            self._adapt_drivers(folder / "scripts")

    def _adapt_drivers(self, scripts: Path) -> None:
        """Let the SDK's driver install nothing, and let hosts meet on loopback: names like algo-1 lead nowhere."""
        if not scripts.is_dir():
            return
        (scripts / "install_requirements.py").write_text(_REQUIREMENTS_STUB.format(python=sys.executable), "utf-8")
        path = scripts / "environment.py"
        text = path.read_text("utf-8")
        text = text.replace('SM_MASTER_ADDR = "algo-1"', 'SM_MASTER_ADDR = "127.0.0.1"')
        path.write_text(re.sub(r"SM_MASTER_PORT = \d+", f"SM_MASTER_PORT = {self._port}", text), "utf-8")

    def _download_code(self, s3: Any, host: Host, hyper_parameters: dict[str, str]) -> None:
        """Fetch the entry script as version 2 of the SageMaker SDK sends it: a tar archive named by parameters."""
        uri = _parsed(hyper_parameters["sagemaker_submit_directory"])
        archive = host.ml.parent / "sourcedir.tar.gz"
        try:
            s3.download_file(*parse_uri(uri), str(archive))
            unpack(archive, host.ml / "code")
        except Exception as error:
            raise JobError(f"ClientError: the job's code {uri} could not be fetched: {error}") from error
        host.map_files(host.ml / "code", everything=False)

    def _checkpoints(self, host: Host) -> Path:
        local = (self._job.checkpoint_config or {}).get("LocalPath") or f"{ML_ROOT}/checkpoints"
        folder = Path(host.map(local))
        return folder if folder.is_relative_to(host.ml) else host.ml / "checkpoints"

    def _resources(self, host: Host) -> dict[str, Any]:
        return self.describe_hosts(host, (self._job.resource_config or {}).get("InstanceType", "ml.m5.xlarge"))

    def _container_environment(
        self, host: Host, hyper_parameters: Mapping[str, str], channels: list[str]
    ) -> dict[str, str]:
        ml, resources = host.ml, self._resources(host)
        values = {name: _parsed(value) for name, value in hyper_parameters.items()}
        own = {
            "TRAINING_JOB_NAME": self.name,
            "TRAINING_JOB_ARN": self._job.arn,
            "SM_MODEL_DIR": f"{ml}/model",
            "SM_INPUT_DIR": f"{ml}/input",
            "SM_INPUT_DATA_DIR": f"{ml}/input/data",
            "SM_INPUT_CONFIG_DIR": f"{ml}/input/config",
            "SM_OUTPUT_DIR": f"{ml}/output",
            "SM_OUTPUT_DATA_DIR": f"{ml}/output/data",
            "SM_OUTPUT_FAILURE": f"{ml}/output/failure",
            "SM_CHANNELS": json.dumps(channels),
            "SM_HPS": json.dumps(values),
            "SM_HOSTS": json.dumps(resources["hosts"]),
            "SM_CURRENT_HOST": host.name,
            "SM_CURRENT_INSTANCE_TYPE": resources["current_instance_type"],
            "SM_RESOURCE_CONFIG": json.dumps(resources),
            "SM_NUM_CPUS": str(os.cpu_count() or 1),
            "SM_NUM_GPUS": str(_gpu_count()),
            "SM_NETWORK_INTERFACE_NAME": NETWORK_INTERFACE,
            "PET_MASTER_PORT": str(self._port),  # torchrun's default port is the same for every job
        }
        own |= {f"SM_CHANNEL_{channel.upper()}": f"{ml}/input/data/{channel}" for channel in channels}
        own |= {f"SM_HP_{name.replace('-', '_').upper()}": value for name, value in hyper_parameters.items()}
        return self.environment_of(host, own, self._job.environment or {})

    # What is taken away ------------------------------------------------------------------------------------------

    def _upload(self, with_model: bool) -> None:
        self.check_open()
        self._transition("Uploading", "Uploading generated training model")
        s3, first = self._client("s3"), self.hosts[0]
        base = f"{self._job.output_data_config['S3OutputPath'].rstrip('/')}/{self.name}/output"
        for host in self.hosts[1:]:  # one archive holds what all hosts have left
            for part in ("model", "output/data"):
                shutil.copytree(first.ml / part, host.ml / part, dirs_exist_ok=True)
                shutil.copytree(host.ml / part, first.ml / part, dirs_exist_ok=True)
        if with_model:
            self._job.model_artifacts = {"S3ModelArtifacts": _upload_archive(s3, first, "model", base)}
        if any((first.ml / "output/data").iterdir()):
            _upload_archive(s3, first, "output/data", base)


def _upload_archive(s3: Any, host: Host, part: str, base: str) -> str:
    archive = host.ml.parent / f"{part.partition('/')[0]}.tar.gz"
    pack(host.ml / part, archive)
    uri = f"{base}/{archive.name}"
    s3.upload_file(str(archive), *parse_uri(uri))
    return uri


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _gpu_count() -> int:
    folder = Path("/proc/driver/nvidia/gpus")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
