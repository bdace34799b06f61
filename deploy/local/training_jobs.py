"""SageMaker training jobs that really run: channels, environment, logs, metrics, model artefacts, failures.

A job gets a folder that stands for the container's file system. The container's ``/opt/ml`` becomes
``<folder>/opt/ml``: in the driver scripts that the SageMaker Python SDK uploads, in the job's arguments,
environment and hyper-parameters, and in the copies of the job's own ``.py`` and ``.sh`` files. The Python is the
one that runs the emulated cloud; the image is ignored and nothing is installed.
"""

import contextlib
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from child_processes import Child, Reaper, error_in, inherited_environment
from log_streams import LogStream
from object_store import download_prefix, pack, parse_uri, unpack, upload_folder

logger = logging.getLogger(__name__)

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
HOST = "algo-1"
STOP_GRACE_S = 20.0  # SageMaker gives 120; nobody waits that long at home
REASON_LENGTH = 1024  # the API's limit of FailureReason
ML_ROOT = "/opt/ml"

_PIP_STUB = """#!/bin/sh
echo "Nothing is installed: the emulated cloud runs jobs in its own Python environment ({python}), pip is not run."
"""
_REQUIREMENTS_STUB = """import sys

print(f"Nothing is installed from {{sys.argv[1] if len(sys.argv) > 1 else 'requirements.txt'}}: the emulated cloud "
      "runs jobs in its own Python environment ({python}), which must hold what the file lists.")
"""


class JobError(Exception):
    """A job cannot go on; the text becomes its FailureReason."""


class TrainingJobs:
    """Runs training jobs, each in a thread and a process group of its own.

    Parameters
    ----------
    client : callable
        Returns a boto3 client of the emulated cloud, by service name.
    work : Path
        Where job folders are made; its path must be free of spaces and quotes.
    environment : mapping
        The variables by which a job reaches the emulated cloud.
    """

    def __init__(
        self, client: Callable[[str], Any], work: Path, environment: Mapping[str, str], reaper: Reaper
    ) -> None:
        self._client, self._work, self._environment, self._reaper = client, work, environment, reaper
        self._runs: dict[str, TrainingRun] = {}

    def start(self, job: Any) -> None:
        """Start ``job``, moto's record of it, which is updated as it goes along."""
        run = TrainingRun(job, self._client, self._work, self._environment, self._reaper)
        self._runs[job.training_job_name] = run
        run.thread.start()

    def stop(self, name: str) -> None:
        """Stop a job; its record turns to Stopped when its process has ended."""
        self._runs[name].stop("StopRequested")

    def close(self) -> None:
        """End every job's processes; their records no longer matter."""
        for run in self._runs.values():
            run.kill()
        for run in self._runs.values():
            run.thread.join(5)


class TrainingRun:
    """One run of one job."""

    def __init__(
        self,
        job: Any,
        client: Callable[[str], Any],
        work: Path,
        environment: Mapping[str, str],
        reaper: Reaper,
    ) -> None:
        self.thread = threading.Thread(target=self._run, name=f"job-{job.training_job_name}", daemon=True)
        self._job, self._client, self._cloud_environment, self._reaper = job, client, environment, reaper
        self._work = work
        self._stopping = threading.Event()
        self._stop_reason = ""  # "" while it may run; else "StopRequested" or "MaxRuntimeExceeded"
        self._child: Child | None = None
        self._lock = threading.Lock()
        given = job.algorithm_specification.get("MetricDefinitions") or []
        self._metrics = [(metric["Name"], re.compile(metric["Regex"])) for metric in given]
        self._closing = False

    def stop(self, reason: str) -> None:
        """Ask the job to end."""
        with self._lock:
            if self._job.training_job_status != "InProgress" or self._stop_reason:
                return
            self._stop_reason = reason
            self._job.training_job_status = "Stopping"
        self._transition("Stopping", "Stopping the training job")
        self._stopping.set()

    def kill(self) -> None:
        """End the job's processes at once."""
        self._closing = True
        self._stopping.set()
        if self._child is not None:
            self._child.stop(grace_s=2)

    # The road of a job -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        job = self._job
        name = job.training_job_name
        self._work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self._work))
        self._ml = folder / "opt" / "ml"
        try:
            self._logs = LogStream(self._client("logs"), LOG_GROUP, f"{name}/{HOST}-{int(time.time())}")
            self._prepare()
            code = self._train()
            failure = self._failure(code) if code and not self._stop_reason else ""
            self._upload(with_model=not failure)
            self._finish("Failed" if failure else "Stopped" if self._stop_reason else "Completed", failure)
        except JobError as error:
            self._finish("Failed", str(error))
        except Exception as error:
            logger.exception("training job %s failed inside the emulated cloud", name)
            self._finish("Failed", f"InternalServerError: {type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _prepare(self) -> None:
        self._transition("Starting", "Preparing the job's folder")
        for part in ("input/config", "input/data", "model", "output/data", "code", "checkpoints"):
            (self._ml / part).mkdir(parents=True)
        self._transition("Downloading", "Downloading input data")
        job = self._job
        self._job.training_start_time = _now()
        s3 = self._client("s3")
        for channel in job.input_data_config or []:
            self._download_channel(s3, channel)
        if checkpoints := (job.checkpoint_config or {}).get("S3Uri"):
            download_prefix(s3, checkpoints, self._checkpoints)
        hyper_parameters = {name: self._map(value) for name, value in (job.hyper_parameters or {}).items()}
        if "sagemaker_submit_directory" in hyper_parameters:
            self._download_code(s3, hyper_parameters)
        self._write_config("hyperparameters", hyper_parameters)
        channels = {
            channel["ChannelName"]: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for channel in job.input_data_config or []
        }
        self._write_config("inputdataconfig", channels)
        self._write_config("resourceconfig", self._resources())
        self._environment = self._container_environment(hyper_parameters, list(channels))
        self._write_tools()

    def _train(self) -> int:
        command, folder = self._command()
        seconds = (self._job.stopping_condition or {}).get("MaxRuntimeInSeconds", 86400)
        if self._stopping.is_set():
            return 0
        self._transition("Training", "Training in progress")
        said = self._logs.write
        said(f"The emulated cloud runs this job with {sys.executable}; its image is not used.")
        if self._hosts_asked_for > 1:
            said(f"{self._hosts_asked_for} instances were asked for; the emulated cloud runs one.")
        self._child = Child(
            command, environment=self._environment, folder=folder, reaper=self._reaper, on_line=self._take_line
        )
        deadline = time.monotonic() + seconds
        while not self._child.wait(0.1):
            if self._stopping.is_set():
                self._child.stop(STOP_GRACE_S)
            elif time.monotonic() > deadline:
                self.stop("MaxRuntimeExceeded")
        self._job.training_end_time = _now()
        return self._child.exit_code or 0

    def _upload(self, with_model: bool) -> None:
        if self._closing:
            raise JobError("InternalServerError: the emulated cloud was stopped while the job ran.")
        self._transition("Uploading", "Uploading generated training model")
        s3 = self._client("s3")
        base = f"{self._job.output_data_config['S3OutputPath'].rstrip('/')}/{self._job.training_job_name}/output"
        if with_model:
            self._job.model_artifacts = {"S3ModelArtifacts": self._upload_archive(s3, "model", base)}
        if any((self._ml / "output/data").iterdir()):
            self._upload_archive(s3, "output/data", base)
        if checkpoints := (self._job.checkpoint_config or {}).get("S3Uri"):
            upload_folder(s3, self._checkpoints, checkpoints)

    def _upload_archive(self, s3: Any, part: str, base: str) -> str:
        archive = self._ml.parent / f"{part.partition('/')[0]}.tar.gz"
        pack(self._ml / part, archive)
        uri = f"{base}/{archive.name}"
        s3.upload_file(str(archive), *parse_uri(uri))
        return uri

    def _finish(self, status: str, reason: str) -> None:
        if hasattr(self, "_logs"):
            if reason:
                self._logs.write(f"The job failed: {reason}")
            self._logs.close()  # before the status turns: who waits for the status wants all lines
        secondary = {"Stopped": self._stop_reason}.get(status, status)
        if secondary == "StopRequested":
            secondary = "Stopped"
        messages = {"Completed": "Training job completed", "Failed": "Training job failed"}
        job = self._job
        job.failure_reason = reason[:REASON_LENGTH] or None
        job.training_end_time = job.training_end_time or _now()
        if job.training_start_time:
            seconds = int((job.training_end_time - job.training_start_time).total_seconds())
            job.training_time_in_seconds = job.billable_time_in_seconds = seconds
        self._transition(secondary, messages.get(status, "Training job stopped"))
        job.training_job_status = status

    def _transition(self, status: str, message: str) -> None:
        now = _now()
        transitions = self._job.secondary_status_transitions
        if transitions:
            transitions[-1].setdefault("EndTime", now)
        transitions.append({"Status": status, "StartTime": now, "StatusMessage": message})
        self._job.secondary_status = status
        self._job.last_modified_time = now

    # Inputs ------------------------------------------------------------------------------------------------------

    def _download_channel(self, s3: Any, channel: dict[str, Any]) -> None:
        name = channel["ChannelName"]
        if channel.get("InputMode") == "Pipe":
            raise JobError(f"ClientError: channel {name} asks for Pipe mode; the emulated cloud has File only.")
        source = channel["DataSource"].get("S3DataSource")
        if source is None or source.get("S3DataType", "S3Prefix") != "S3Prefix":
            raise JobError(f"ClientError: channel {name} must name an S3Prefix; the emulated cloud has no other.")
        folder = self._ml / "input/data" / name
        folder.mkdir()
        try:
            count = download_prefix(s3, source["S3Uri"], folder)
        except Exception as error:
            raise JobError(f"ClientError: Data download failed: channel {name}: {error}") from error
        if count == 0:
            uri = source["S3Uri"]
            raise JobError(f"ClientError: Data download failed: {uri} of channel {name} holds no objects.")
        if name in ("sm_drivers", "code"):
            self._map_files(folder, everything=name == "sm_drivers")

    def _map_files(self, folder: Path, everything: bool) -> None:
        """Put the job's own folder in place of ``/opt/ml`` in scripts."""
        for path in folder.rglob("*"):
            if path.is_file() and (everything or path.suffix in (".py", ".sh")):
                with contextlib.suppress(UnicodeDecodeError):
                    text = path.read_text("utf-8")
                    if ML_ROOT in text:
                        path.write_text(self._map(text), "utf-8")
        stub = folder / "scripts" / "install_requirements.py"
        if everything and stub.parent.is_dir():
            stub.write_text(_REQUIREMENTS_STUB.format(python=sys.executable), "utf-8")

    def _download_code(self, s3: Any, hyper_parameters: dict[str, str]) -> None:
        """Fetch the entry script as version 2 of the SageMaker SDK sends it: a tar archive named by parameters."""
        uri = json.loads(hyper_parameters["sagemaker_submit_directory"])
        archive = self._ml.parent / "sourcedir.tar.gz"
        try:
            s3.download_file(*parse_uri(uri), str(archive))
            unpack(archive, self._ml / "code")
        except Exception as error:
            raise JobError(f"ClientError: the job's code {uri} could not be fetched: {error}") from error
        self._map_files(self._ml / "code", everything=False)

    @property
    def _checkpoints(self) -> Path:
        local = (self._job.checkpoint_config or {}).get("LocalPath") or f"{ML_ROOT}/checkpoints"
        folder = Path(self._map(local))
        return folder if folder.is_relative_to(self._ml) else self._ml / "checkpoints"

    def _resources(self) -> dict[str, Any]:
        config = self._job.resource_config or {}
        self._hosts_asked_for = int(config.get("InstanceCount", 1) or 1)
        instance = config.get("InstanceType", "ml.m5.xlarge")
        return {
            "current_host": HOST,
            "current_instance_type": instance,
            "current_group_name": "homogeneousCluster",
            "hosts": [HOST],
            "instance_groups": [
                {"instance_group_name": "homogeneousCluster", "instance_type": instance, "hosts": [HOST]}
            ],
            "network_interface_name": "lo",
        }

    def _write_config(self, name: str, value: Any) -> None:
        (self._ml / f"input/config/{name}.json").write_text(json.dumps(value), "utf-8")

    def _map(self, text: str) -> str:
        return text.replace(ML_ROOT, str(self._ml))

    # The process -------------------------------------------------------------------------------------------------

    def _container_environment(self, hyper_parameters: Mapping[str, str], channels: list[str]) -> dict[str, str]:
        ml = self._ml
        resources = self._resources()
        values = {name: _parsed(value) for name, value in hyper_parameters.items()}
        environment = {
            **inherited_environment(),
            **self._cloud_environment,
            "TRAINING_JOB_NAME": self._job.training_job_name,
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
            "SM_HOSTS": json.dumps([HOST]),
            "SM_CURRENT_HOST": HOST,
            "SM_CURRENT_INSTANCE_TYPE": resources["current_instance_type"],
            "SM_RESOURCE_CONFIG": json.dumps(resources),
            "SM_NUM_CPUS": str(os.cpu_count() or 1),
            "SM_NUM_GPUS": str(_gpu_count()),
            "SM_NETWORK_INTERFACE_NAME": "lo",
        }
        environment |= {f"SM_CHANNEL_{channel.upper()}": f"{ml}/input/data/{channel}" for channel in channels}
        environment |= {f"SM_HP_{name.replace('-', '_').upper()}": value for name, value in hyper_parameters.items()}
        environment |= {name: self._map(value) for name, value in (self._job.environment or {}).items()}
        tools = (f"{ml.parent}/bin", str(Path(sys.executable).parent), environment.get("PATH", os.defpath))
        environment["PATH"] = os.pathsep.join(tools)
        return environment

    def _write_tools(self) -> None:
        """Make ``python3`` the cloud's own Python, and ``pip`` a note that nothing is installed."""
        tools = self._ml.parent / "bin"
        tools.mkdir()
        for name in ("python", "python3"):
            _write_script(tools / name, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for name in ("pip", "pip3"):
            _write_script(tools / name, _PIP_STUB.format(python=sys.executable))

    def _command(self) -> tuple[list[str], Path]:
        algorithm = self._job.algorithm_specification
        if entry := algorithm.get("ContainerEntrypoint"):
            words = [*entry, *(algorithm.get("ContainerArguments") or [])]
            return [self._map(word) for word in words], self._ml
        parameters = {name: self._map(value) for name, value in (self._job.hyper_parameters or {}).items()}
        program = _parsed(parameters.get("sagemaker_program", '""'))
        if not program:
            raise JobError(
                "ClientError: the job names no script to run; give a ContainerEntrypoint (as the SDK's ModelTrainer "
                "does with SourceCode), or sagemaker_program and sagemaker_submit_directory."
            )
        arguments = [
            word
            for name, value in parameters.items()
            if not name.startswith("sagemaker_")
            for word in (f"--{name}", _as_argument(_parsed(value)))
        ]
        return [sys.executable, str(program), *arguments], self._ml / "code"

    def _take_line(self, line: str) -> None:
        self._logs.write(line)
        for name, pattern in self._metrics:
            if match := pattern.search(line):
                with contextlib.suppress(ValueError, IndexError):
                    self._set_metric(name, float(match[1]))

    def _set_metric(self, name: str, value: float) -> None:
        final = [metric for metric in self._job.final_metric_data_list if metric["MetricName"] != name]
        self._job.final_metric_data_list = [*final, {"MetricName": name, "Value": value, "Timestamp": _now()}]

    def _failure(self, code: int) -> str:
        assert self._child is not None
        path = self._ml / "output/failure"
        written = path.read_text("utf-8", "replace").strip() if path.is_file() else ""
        generic = "Training Execution failed" in written or "CalledProcessError" in written
        reason = "" if generic else written
        # The drivers echo their own commands ("+ …") and notes after the script's last words.
        lines = [line for line in self._child.tail if not line.startswith(("+ ", "An error occurred with exit code"))]
        reason = reason or error_in(lines)
        if code < 0:
            reason = f"{reason} (killed by signal {-code}; out of memory?)".strip()
        return f"AlgorithmError: {reason}, exit code: {code}"


def _write_script(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _as_argument(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _gpu_count() -> int:
    folder = Path("/proc/driver/nvidia/gpus")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def _now() -> Any:
    from moto.core.utils import utcnow

    return utcnow()
