"""SageMaker endpoints that really serve: the model package from S3, unpacked, behind a container process.

An update with a ``DeploymentConfig`` is blue/green for real: both containers run, the new one gets its share of the
requests, and an alarm in state ALARM, or the new container's end, brings everything back to the old one.
"""

import contextlib
import logging
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from child_processes import Child, Reaper, error_in, inherited_environment
from log_streams import LogStream
from object_store import download_prefix, parse_uri, unpack

logger = logging.getLogger(__name__)

LOG_GROUP = "/aws/sagemaker/Endpoints/{name}"
STARTUP_S = 600  # SageMaker's default of ContainerStartupHealthCheckTimeoutInSeconds, from 60 to 3600
LOOK_S = 0.25  # between two looks at alarms and the new container
GRACE_S = 30.0  # between SIGTERM and SIGKILL, as at SageMaker: the container finishes what is under way
SERVER = Path(__file__).resolve().parents[1] / "sagemaker" / "server.py"  # what our own image runs


class EndpointUnavailableError(Exception):
    """An endpoint cannot come up; the text becomes its FailureReason."""


@dataclass(frozen=True)
class Guard:
    """How an update moves requests, as ``DeploymentConfig`` says; ``share`` of them goes to the canary."""

    share: float
    canary_s: float
    bake_s: float
    alarms: tuple[str, ...]

    @classmethod
    def read(cls, deployment: Mapping[str, Any], instances: int) -> "Guard":
        """Read a ``DeploymentConfig``; linear shifts and rolling updates are taken as all at once."""
        policy = deployment.get("BlueGreenUpdatePolicy") or {}
        routing = policy.get("TrafficRoutingConfiguration") or {}
        size = routing.get("CanarySize") or {}
        canary = routing.get("Type") == "CANARY"
        whole = 100 if size.get("Type") == "CAPACITY_PERCENT" else max(1, instances)
        alarms = (deployment.get("AutoRollbackConfiguration") or {}).get("Alarms") or []
        return cls(
            share=size.get("Value", 0) / whole if canary else 1.0,
            canary_s=routing.get("WaitIntervalInSeconds", 0) if canary else 0,
            bake_s=policy.get("TerminationWaitInSeconds", 0),
            alarms=tuple(alarm["AlarmName"] for alarm in alarms),
        )


@dataclass
class Container:
    """A running model. ``max_concurrency`` is that of a serverless variant, 0 elsewhere."""

    child: Child
    url: str
    folder: Path
    logs: LogStream
    variant: str
    model: str
    max_concurrency: int = 0
    _in_flight: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def serverless(self) -> bool:
        return self.max_concurrency > 0

    def enter(self) -> bool:
        """Count a request in, unless there are as many as a serverless variant takes at once."""
        with self._lock:
            if self.serverless and self._in_flight >= self.max_concurrency:
                return False
            self._in_flight += 1
            return True

    def leave(self) -> None:
        """Count a request out."""
        with self._lock:
            self._in_flight -= 1

    def close(self, grace_s: float = GRACE_S) -> None:
        """Stop the process, which finishes its requests within ``grace_s`` seconds, and remove the unpacked model."""
        self.child.stop(grace_s)
        self.logs.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Shift:
    """An update on its way: the new container, and the share of requests that it gets."""

    container: Container
    share: float = 0.0
    asked: int = 0

    def takes_next(self) -> bool:
        """Deal the requests out evenly: with a share of a quarter, every fourth."""
        self.asked += 1
        return int(self.asked * self.share) > int((self.asked - 1) * self.share)


class ModelEndpoints:
    """Starts, finds and stops the containers of endpoints; an ``endpoint`` is moto's record of it."""

    def __init__(
        self, client: Callable[[str], Any], work: Path, environment: Mapping[str, str], reaper: Reaper
    ) -> None:
        self._client, self._work, self._environment, self._reaper = client, work, environment, reaper
        self._containers: dict[str, Container] = {}
        self._shifts: dict[str, Shift] = {}
        self._lock = threading.Lock()
        self._records: dict[str, Any] = {}  # endpoint name -> the record that counts; others were deleted meanwhile

    def start(
        self,
        endpoint: Any,
        variant: Mapping[str, Any],
        primary: Mapping[str, Any],
        *,
        status: str = "Creating",
        guard: Guard | None = None,
        on_success: Callable[[], None] = lambda: None,
    ) -> None:
        """Bring up the container ``primary`` behind ``endpoint`` in the background; a running one is replaced by it.

        Meanwhile the endpoint's status is ``status``; ``on_success`` is called just before it is in service. With a
        ``guard`` the requests move as it says, and stay with the old container if something goes wrong.
        """
        name = endpoint.endpoint_name
        with self._lock:
            self._records[name] = endpoint
            endpoint.endpoint_status = status
        task = (endpoint, variant, primary, guard, on_success)
        threading.Thread(target=self._bring_up, args=task, name=f"up-{name}", daemon=True).start()

    def stop(self, name: str) -> None:
        """Stop the container of a deleted endpoint."""
        with self._lock:
            self._records.pop(name, None)
            self._shifts.pop(name, None)  # its container is closed by the update that started it
            container = self._containers.pop(name, None)
        if container is not None:  # in the background, as at SageMaker: it may have requests to finish
            threading.Thread(target=container.close, name=f"down-{name}", daemon=True).start()

    def find(self, name: str) -> Container | None:
        """Return the container that takes the next request to ``name``, if its endpoint is in service."""
        with self._lock:
            shift = self._shifts.get(name)
            if shift is not None and shift.container.child.running and shift.takes_next():
                return shift.container
            container = self._containers.get(name)
        return container if container is not None and container.child.running else None

    def status(self, name: str) -> Any:
        """Return the endpoint's status; empty if there is no such endpoint."""
        record = self._records.get(name)
        if record is None:
            return ""
        container = self._containers.get(name)
        return "Failed" if container is not None and not container.child.running else record.endpoint_status

    def close(self) -> None:
        """Stop every container."""
        with self._lock:
            self._records.clear()
            containers = [*self._containers.values(), *(shift.container for shift in self._shifts.values())]
            self._containers, self._shifts = {}, {}
        threads = [threading.Thread(target=container.close, args=(3,)) for container in containers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

    def _is_current(self, endpoint: Any) -> bool:
        """Tell whether ``endpoint`` still exists: another of its name may have taken its place."""
        return self._records.get(endpoint.endpoint_name) is endpoint

    def _bring_up(
        self,
        endpoint: Any,
        variant: Mapping[str, Any],
        primary: Mapping[str, Any],
        guard: Guard | None,
        on_success: Callable[[], None],
    ) -> None:
        name = endpoint.endpoint_name
        self._work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="model-", dir=self._work))
        container = None
        try:
            _say_stage(endpoint, variant, "Creating")
            self._fetch(primary, folder)
            container = self._run(endpoint, variant, primary, folder)
            if guard is not None and name in self._containers:
                self._move_requests(endpoint, variant, container, guard)
            with self._lock:
                self._check_current(endpoint)
                self._shifts.pop(name, None)
                before = self._containers.pop(name, None)
                self._containers[name] = container
                on_success()
                endpoint.endpoint_status, endpoint.failure_reason = "InService", None
            if before is not None:
                before.close()
        except Exception as error:
            if not isinstance(error, EndpointUnavailableError):
                logger.exception("endpoint %s could not be brought up", name)
            self._take_back(endpoint, container, str(error)[:1024])
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            endpoint.pending_deployment_summary = None
            endpoint.last_modified_time = _now()

    def _move_requests(self, endpoint: Any, variant: Mapping[str, Any], container: Container, guard: Guard) -> None:
        """Give the new container the canary's share, then everything; watch it and the alarms for as long as told."""
        shift = Shift(container)
        with self._lock:
            self._check_current(endpoint)
            self._shifts[endpoint.endpoint_name] = shift
        for share, seconds in ((guard.share, guard.canary_s), (1.0, guard.bake_s)):
            _say_stage(endpoint, variant, "ActivatingTraffic")
            with self._lock:
                shift.share, shift.asked = share, 0
            _say_stage(endpoint, variant, "Baking")
            self._watch(endpoint, container, guard.alarms, seconds)

    def _watch(self, endpoint: Any, container: Container, alarms: tuple[str, ...], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            self._check_current(endpoint)
            if not container.child.running:
                raise EndpointUnavailableError(
                    f"The new container ended with exit code {container.child.exit_code} while requests moved to it."
                )
            if on := self._alarms_on(alarms):
                raise EndpointUnavailableError(f"Auto-rollback: the alarm {', '.join(on)} is in state ALARM.")
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(LOOK_S, left))

    def _alarms_on(self, names: tuple[str, ...]) -> list[str]:
        if not names:
            return []
        found = self._client("cloudwatch").describe_alarms(AlarmNames=list(names))["MetricAlarms"]
        return [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]

    def _take_back(self, endpoint: Any, container: Container | None, reason: str) -> None:
        """Leave the model that served before in service, if there is one, and say why."""
        name = endpoint.endpoint_name
        with self._lock:
            moved = self._is_current(endpoint) and self._shifts.pop(name, None) is not None
            if moved:
                endpoint.endpoint_status = "RollingBack"
        if container is not None:
            container.close()
        with self._lock:
            endpoint.failure_reason = reason
            endpoint.endpoint_status = "InService" if name in self._containers else "Failed"

    def _check_current(self, endpoint: Any) -> None:
        if not self._is_current(endpoint):
            raise EndpointUnavailableError("the endpoint was deleted while it was created.")

    def _fetch(self, primary: Mapping[str, Any], folder: Path) -> None:
        """Download and unpack the model package; check that it holds the code that is to run."""
        source = primary.get("ModelDataSource", {}).get("S3DataSource", {})
        uri = primary.get("ModelDataUrl") or source.get("S3Uri")
        if not uri:
            raise EndpointUnavailableError("The model names no ModelDataUrl; there is nothing to serve.")
        s3, model = self._client("s3"), folder / "model"
        try:
            if source.get("CompressionType") == "None" and not primary.get("ModelDataUrl"):
                if not download_prefix(s3, uri, model):
                    raise FileNotFoundError("there are no objects under it")
            else:
                archive = folder / "model.tar.gz"
                s3.download_file(*parse_uri(uri), str(archive))
                unpack(archive, model)
                archive.unlink()
        except Exception as error:
            raise EndpointUnavailableError(f"Failed to fetch or unpack the model data at {uri}: {error}") from error
        program = primary.get("Environment", {}).get("SAGEMAKER_PROGRAM", "inference.py")
        if not (model / "code" / program).is_file():
            raise EndpointUnavailableError(
                f"The model package {uri} has no code/{program}; add the script that serves it."
            )

    def _run(self, endpoint: Any, variant: Mapping[str, Any], primary: Mapping[str, Any], folder: Path) -> Container:
        name, variant_name = endpoint.endpoint_name, variant["VariantName"]
        stream = f"{variant_name}/i-{int(time.time() * 1000):x}"
        logs = LogStream(self._client("logs"), LOG_GROUP.format(name=name), stream)
        model = folder / "model"
        given = {key: str(value) for key, value in (primary.get("Environment") or {}).items()}
        environment = {
            **inherited_environment(),
            **self._environment,
            "SM_MODEL_DIR": str(model),
            "SAGEMAKER_BIND_TO_PORT": "0",
            **{key: value.replace("/opt/ml/model", str(model)) for key, value in given.items()},
        }
        child = Child(
            [sys.executable, str(SERVER), "serve", "--model-folder", str(model)],
            environment=environment,
            folder=model,
            reaper=self._reaper,
            on_line=logs.write,
            on_exit=lambda code: self._exited(endpoint, code),
        )
        ready = self._wait(endpoint, child, variant.get("ContainerStartupHealthCheckTimeoutInSeconds") or STARTUP_S)
        if ready is None:
            child.stop(grace_s=2)
            logs.close()
            reason = error_in(child.tail) or "it said nothing"
            raise EndpointUnavailableError(
                f"The container of variant {variant_name} did not pass the ping health check: {reason}. "
                f"Its log is in {LOG_GROUP.format(name=name)}."
            )
        limit = (variant.get("ServerlessConfig") or {}).get("MaxConcurrency", 0)
        return Container(child, ready, folder, logs, variant_name, variant["ModelName"], limit)

    def _wait(self, endpoint: Any, child: Child, seconds: float) -> str | None:
        """Return the container's address once it answers the ping; None if it ends, takes too long or is unwanted."""
        import urllib3

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._is_current(endpoint):
            ready = child.wait_ready(1)
            if not child.running:
                child.wait(2)  # its last lines tell why
                return None
            if ready is not None:
                url = str(ready["url"])
                with contextlib.suppress(urllib3.exceptions.HTTPError):
                    answer = urllib3.request("GET", f"{url}/ping", timeout=2.0, retries=False)
                    if answer.status == 200:
                        return url
                time.sleep(0.1)
        return None

    def _exited(self, endpoint: Any, code: int) -> None:
        """Note that a serving container ended by itself."""
        name = endpoint.endpoint_name
        with self._lock:
            container = self._containers.get(name)
            if container is None or container.child.running or not self._is_current(endpoint):
                return
            del self._containers[name]
            endpoint.endpoint_status = "Failed"
            endpoint.failure_reason = f"The container ended with exit code {code}; see {LOG_GROUP.format(name=name)}."
            endpoint.last_modified_time = _now()
        logger.error("the container of endpoint %s ended with exit code %d", name, code)
        container.logs.close()
        shutil.rmtree(container.folder, ignore_errors=True)


def _say_stage(endpoint: Any, variant: Mapping[str, Any], stage: str) -> None:
    """Let DescribeEndpoint tell how far an update is."""
    if endpoint.endpoint_status == "Updating":
        told = {"VariantName": variant["VariantName"], "VariantStatus": [{"Status": stage}]}
        endpoint.pending_deployment_summary = {"EndpointConfigName": variant["ModelName"], "ProductionVariants": [told]}


def _now() -> Any:
    from moto.core.utils import utcnow

    return utcnow()
