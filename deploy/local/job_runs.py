"""What training and processing jobs of the emulated cloud have in common: hosts, processes, logs, stopping, reasons.

A job runs on as many hosts as it asks for instances. A host is a process group of this machine with a folder that
stands for its file system: the container's ``/opt/ml`` becomes ``<folder>/opt/ml`` in arguments, variables and the
copies of the job's own scripts. The Python is the one that runs the emulated cloud; the image is ignored and nothing is
installed.
"""

import contextlib
import json
import logging
import os
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

logger = logging.getLogger(__name__)

STOP_GRACE_S = 20.0  # SageMaker gives 120; nobody waits that long at home
REASON_LENGTH = 1024  # the API's limit of FailureReason
MAX_HOSTS = 8  # each is a process with its own copy of the data; SageMaker's quotas begin higher
ML_ROOT = "/opt/ml"
NETWORK_INTERFACE = "lo0" if sys.platform == "darwin" else "lo"

_PIP_STUB = """#!/bin/sh
echo "Nothing is installed: the emulated cloud runs jobs in its own Python environment ({python}), pip is not run."
"""


class JobError(Exception):
    """A job cannot go on; the text becomes its FailureReason."""


class Host:
    """One instance of a job: its name (``algo-1`` …), its file system, its process."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number, self.name = number, f"algo-{number}"
        self.ml = folder / self.name / "opt" / "ml"
        self.environment: dict[str, str] = {}
        self.child: Child | None = None

    def map(self, text: str) -> str:
        """Put this host's own folder in the place of ``/opt/ml``."""
        return text.replace(ML_ROOT, str(self.ml))

    def map_files(self, folder: Path, everything: bool) -> None:
        """Do so in the scripts (or all files) of a folder."""
        for path in folder.rglob("*"):
            if path.is_file() and (everything or path.suffix in (".py", ".sh")):
                with contextlib.suppress(UnicodeDecodeError):
                    text = path.read_text("utf-8")
                    if ML_ROOT in text:
                        path.write_text(self.map(text), "utf-8")

    def write_config(self, path: str, value: Any) -> None:
        """Write a JSON file below ``/opt/ml``."""
        target = self.ml / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(value), "utf-8")

    def write_tools(self) -> Path:
        """Make ``python3`` the cloud's own Python, and ``pip`` a note that nothing is installed; return the folder."""
        tools = self.ml.parent / "bin"
        tools.mkdir(parents=True)
        for name in ("python", "python3"):
            _write_script(tools / name, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for name in ("pip", "pip3"):
            _write_script(tools / name, _PIP_STUB.format(python=sys.executable))
        return tools


class JobRun:
    """One run of one job, in a thread of its own. Subclasses say what is brought, run and taken away.

    Parameters
    ----------
    name : str
        The job's name.
    count : int
        How many hosts it asks for.
    log_group : str
        Where each host has a stream ``<job>/<host>-<time>``.
    client : callable
        Returns a boto3 client of the emulated cloud, by service name.
    work : Path
        Where job folders are made; its path must be free of spaces and quotes.
    cloud_environment : mapping
        The variables by which a job reaches the emulated cloud.
    """

    def __init__(
        self,
        name: str,
        count: int,
        log_group: str,
        client: Callable[[str], Any],
        work: Path,
        cloud_environment: Mapping[str, str],
        reaper: Reaper,
    ) -> None:
        self.name, self._count, self._log_group = name, count, log_group
        self._client, self._work, self._cloud_environment, self._reaper = client, work, cloud_environment, reaper
        self.thread = threading.Thread(target=self._run, name=f"job-{name}", daemon=True)
        self.hosts: list[Host] = []
        self._logs: dict[str, LogStream] = {}
        self._stopping = threading.Event()
        self._stop_reason = ""  # "" while it may run
        self._lock = threading.Lock()
        self._closing = False

    def stop(self, reason: str) -> None:
        """Ask the job to end."""
        with self._lock:
            if self._stop_reason or not self.running():
                return
            self._stop_reason = reason
            self.say_stopping()
        self._stopping.set()

    def kill(self) -> None:
        """End the job's processes at once."""
        self._closing = True
        self._stopping.set()
        for host in self.hosts:
            if host.child is not None:
                host.child.stop(grace_s=2)

    # What subclasses say -----------------------------------------------------------------------------------------

    def running(self) -> bool:
        """Tell whether the job's record still says so."""
        raise NotImplementedError

    def say_stopping(self) -> None:
        """Note in the job's record that it is asked to end."""
        raise NotImplementedError

    def work_through(self, folder: Path) -> str:
        """Do everything that the job asks for; return why it failed, or ``""``."""
        raise NotImplementedError

    def finish(self, reason: str) -> None:
        """Note in the job's record how it ended."""
        raise NotImplementedError

    # The road of a job -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self._work))
        try:
            if not 1 <= self._count <= MAX_HOSTS:
                raise JobError(f"ClientError: {self._count} instances; the emulated cloud runs 1 to {MAX_HOSTS}.")
            stamp = int(time.time())
            for number in range(1, self._count + 1):
                stream = f"{self.name}/algo-{number}-{stamp}"
                self._logs[f"algo-{number}"] = LogStream(self._client("logs"), self._log_group, stream)
            reason = self.work_through(folder)
        except JobError as error:
            reason = str(error)
        except Exception as error:
            logger.exception("job %s failed inside the emulated cloud", self.name)
            reason = f"InternalServerError: {type(error).__name__}: {error}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._close_logs(reason)  # before the status turns: who waits for the status wants all lines
        self.finish(reason[:REASON_LENGTH])

    def _close_logs(self, reason: str) -> None:
        for log in self._logs.values():
            if reason:
                log.write(f"The job failed: {reason}")
            log.close()

    def make_hosts(self, folder: Path) -> None:
        """Give each host an empty file system."""
        for path in folder.iterdir():
            shutil.rmtree(path, ignore_errors=True)
        self.hosts = [Host(number, folder) for number in range(1, self._count + 1)]

    def describe_hosts(self, host: Host, instance_type: str) -> dict[str, Any]:
        """Return what a host finds in its ``resourceconfig.json``."""
        hosts = [other.name for other in self.hosts]
        name = "homogeneousCluster"
        group = {"instance_group_name": name, "instance_type": instance_type, "hosts": hosts}
        return {
            "current_host": host.name,
            "current_instance_type": instance_type,
            "current_group_name": name,
            "hosts": hosts,
            "instance_groups": [group],
            "network_interface_name": NETWORK_INTERFACE,
        }

    def environment_of(self, host: Host, own: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        """Return a host's variables: the cloud's, ``own`` of this kind of job, those ``given`` to this one.

        ``python`` and ``pip`` on its path are the emulated cloud's.
        """
        environment = {**inherited_environment(), **self._cloud_environment, **own}
        environment |= {name: host.map(value) for name, value in given.items()}
        tools = (str(host.write_tools()), str(Path(sys.executable).parent), environment.get("PATH", os.defpath))
        return {**environment, "PATH": os.pathsep.join(tools)}

    def run_hosts(
        self,
        commands: Mapping[str, tuple[list[str], Path]],
        seconds: float,
        limit: str = "MaxRuntimeExceeded",
        interrupted: threading.Event | None = None,
    ) -> Host | None:
        """Run each host's command to its end; return the host that failed first, or None.

        As soon as one fails, the others are ended. After ``seconds`` the job stops, for the reason ``limit``. When
        ``interrupted`` is set, all are killed without a warning.
        """
        for host in self.hosts:
            if self._stopping.is_set():
                return None
            log = self._logs[host.name]
            log.write(f"The emulated cloud runs this job with {sys.executable}; its image is not used.")
            command, folder = commands[host.name]
            host.child = Child(
                command,
                environment=host.environment,
                folder=folder,
                reaper=self._reaper,
                on_line=lambda line, host=host: self.take_line(host, line),
            )
        deadline = time.monotonic() + seconds
        while not all(host.child is not None and host.child.wait(0.05) for host in self.hosts):
            failed = next((h for h in self.hosts if h.child is not None and h.child.exit_code), None)
            if interrupted is not None and interrupted.is_set():
                self._end_all(0.0)
                return None
            if self._stopping.is_set():
                self._end_all(STOP_GRACE_S)
            elif failed is not None:
                failed.child.wait(10)  # type: ignore[union-attr]  # its last words first
                self._end_all(2.0)
                return failed
            elif time.monotonic() > deadline:
                self.stop(limit)
        return next((host for host in self.hosts if host.child is not None and host.child.exit_code), None)

    def _end_all(self, grace_s: float) -> None:
        threads = [
            threading.Thread(target=host.child.stop, args=(grace_s,)) for host in self.hosts if host.child is not None
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def take_line(self, host: Host, line: str) -> None:
        """Take a line that a host's process has written."""
        self._logs[host.name].write(line)

    def reason_of(self, host: Host, written: str = "") -> str:
        """Return why a host's process failed: what it has left in a file, or the error among its last lines."""
        assert host.child is not None
        code = host.child.exit_code or 0
        # The drivers echo their own commands ("+ …") and notes after the script's last words.
        lines = [line for line in host.child.tail if not line.startswith(("+ ", "An error occurred with exit code"))]
        reason = written or error_in(lines)
        if code < 0:
            reason = f"{reason} (killed by signal {-code}; out of memory?)".strip()
        return f"AlgorithmError: {reason}, exit code: {code}"

    def check_open(self) -> None:
        """Stop here if the emulated cloud itself is being stopped."""
        if self._closing:
            raise JobError("InternalServerError: the emulated cloud was stopped while the job ran.")


def now() -> Any:
    """Return the moment as moto records it."""
    from moto.core.utils import utcnow

    return utcnow()


def _write_script(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o755)
