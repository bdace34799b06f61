"""SageMaker endpoints that really serve: the model package from S3, unpacked, behind a container process."""

import contextlib
import logging
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from child_processes import Child, Reaper, error_in, inherited_environment
from log_streams import LogStream
from object_store import download_prefix, parse_uri, unpack

logger = logging.getLogger(__name__)

LOG_GROUP = "/aws/sagemaker/Endpoints/{name}"
STARTUP_S = 600  # SageMaker's default of ContainerStartupHealthCheckTimeoutInSeconds, from 60 to 3600


class EndpointUnavailableError(Exception):
    """An endpoint cannot come up; the text becomes its FailureReason."""


@dataclass
class Container:
    """A running model."""

    child: Child
    url: str
    folder: Path
    logs: LogStream
    variant: str
    model: str

    def close(self) -> None:
        """Stop the process and remove the unpacked model."""
        self.child.stop(grace_s=3)
        self.logs.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class ModelEndpoints:
    """Starts, finds and stops the containers of endpoints; ``endpoint`` and ``models`` are moto's records."""

    def __init__(
        self, client: Callable[[str], Any], work: Path, environment: Mapping[str, str], reaper: Reaper
    ) -> None:
        self._client, self._work, self._environment, self._reaper = client, work, environment, reaper
        self._containers: dict[str, Container] = {}
        self._lock = threading.Lock()
        self._records: dict[str, Any] = {}  # endpoint name -> the record that counts; others were deleted meanwhile

    def start(
        self,
        endpoint: Any,
        variant: Mapping[str, Any],
        model: Any,
        status: str = "Creating",
        on_success: Callable[[], None] = lambda: None,
    ) -> None:
        """Bring up ``model`` behind ``endpoint`` in the background; a running one is replaced when it is ready.

        Meanwhile the endpoint's status is ``status``; ``on_success`` is called just before it is in service.
        """
        name = endpoint.endpoint_name
        with self._lock:
            self._records[name] = endpoint
            endpoint.endpoint_status = status
        task = (endpoint, variant, model, on_success)
        threading.Thread(target=self._bring_up, args=task, name=f"up-{name}", daemon=True).start()

    def stop(self, name: str) -> None:
        """Stop the container of a deleted endpoint."""
        with self._lock:
            self._records.pop(name, None)
            container = self._containers.pop(name, None)
        if container is not None:
            container.close()

    def find(self, name: str) -> Container | None:
        """Return the container that serves ``name``, if its endpoint is in service."""
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
            containers, self._containers = list(self._containers.values()), {}
        threads = [threading.Thread(target=container.close) for container in containers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

    def _is_current(self, endpoint: Any) -> bool:
        """Tell whether ``endpoint`` still exists: another of its name may have taken its place."""
        return self._records.get(endpoint.endpoint_name) is endpoint

    def _bring_up(self, endpoint: Any, variant: Mapping[str, Any], model: Any, on_success: Callable[[], None]) -> None:
        name = endpoint.endpoint_name
        self._work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="model-", dir=self._work))
        container = None
        try:
            primary = model.primary_container or (model.containers or [{}])[0]
            self._fetch(primary, folder)
            container = self._run(endpoint, variant, model.model_name, primary, folder)
            with self._lock:
                if not self._is_current(endpoint):
                    raise EndpointUnavailableError("the endpoint was deleted while it was created.")
                before = self._containers.pop(name, None)
                self._containers[name] = container
                on_success()
                endpoint.endpoint_status, endpoint.failure_reason = "InService", None
            if before is not None:
                before.close()
        except Exception as error:
            if not isinstance(error, EndpointUnavailableError):
                logger.exception("endpoint %s could not be brought up", name)
            with self._lock:
                # A failed update leaves the model that served before in service.
                endpoint.endpoint_status = "InService" if name in self._containers else "Failed"
                endpoint.failure_reason = str(error)[:1024]
            if container is not None:
                container.close()
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            endpoint.last_modified_time = _now()

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

    def _run(
        self, endpoint: Any, variant: Mapping[str, Any], model_name: str, primary: Mapping[str, Any], folder: Path
    ) -> Container:
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
            [sys.executable, str(Path(__file__).with_name("model_container.py")), str(model)],
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
        return Container(child, ready, folder, logs, variant_name, model_name)

    def _wait(self, endpoint: Any, child: Child, seconds: float) -> str | None:
        """Return the container's address once it answers the ping; None if it ends, takes too long or is unwanted."""
        import urllib3

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._is_current(endpoint):
            ready = child.wait_ready(1)
            if ready is None and not child.running:
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


def _now() -> Any:
    from moto.core.utils import utcnow

    return utcnow()
