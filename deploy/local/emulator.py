"""The emulated cloud: one process that is S3, DynamoDB, SageMaker and the other services on a loopback port.

    python emulator.py --state-dir build/cloud

Prints one JSON line when it is ready, ``{"url", "pid", "token", "environment"}``, or ``{"error"}`` and ends. It
ends when its standard input ends (so that it never outlives who started it) and on SIGTERM and SIGINT; training
jobs, model containers and the REST API end with it.
"""

import argparse
import contextlib
import fcntl
import functools
import json
import logging
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from account import ACCOUNT, REGION
from amplify_apps import AmplifyApps
from call_recorder import FUNCTION, PRINCIPALS, SAGEMAKER, CallRecorder
from child_processes import Reaper
from cloud_state import CloudState, StateError, changes_state, make_objects_safe
from comprehend_medical import ComprehendMedical
from control_routes import ApiProcess, ControlRoutes
from model_endpoints import ModelEndpoints
from moto_server import CloudServer, FrontDoor
from processing_extension import install as install_processing
from processing_jobs import ProcessingJobs
from registry_extension import install as install_registry
from runtime_front import RuntimeFront
from sagemaker_extension import install
from stack_extension import install as install_stacks
from stacks import Stacks
from training_jobs import TrainingJobs
from tuning_extension import install as install_tuning
from user_pools import install as install_user_pools
from vector_buckets import VectorBuckets

logger = logging.getLogger("emulator")

STATE_FILE = "cloud.json"
MAX_LOG = 10_000_000  # bytes; a longer log is put aside at the next start

PERSON = "emulated"  # access key id of whoever works with the cloud from outside
# Defaults of the SageMaker Python SDK, as YAML: it sends nothing home, and need not ask the real STS (whose address
# it has built in) for the account in the default bucket's name.
SDK_DEFAULTS = f"""SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: sagemaker-{REGION}-{ACCOUNT}
"""

# Read by moto when it is imported.
MOTO_SETTINGS = {
    "MOTO_DISABLE_GLOBAL_CORS": "true",  # pages shown in a browser have no business here
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",
}


class Emulator:
    """Everything that runs in this process. :meth:`stop` undoes :meth:`start`."""

    def __init__(self, state_dir: Path, port: int, invocation_timeout_s: float) -> None:
        self._state_dir = state_dir
        self._lock_file = _lock(state_dir)
        self._work = _work_folder(state_dir)
        self._clients: dict[tuple[str, str], Any] = {}  # by service and principal
        self._clients_lock = threading.Lock()
        self._token = secrets.token_urlsafe(32)
        self._calls = CallRecorder()
        self._reaper = Reaper()
        self._state = CloudState(state_dir)
        self.environment: dict[str, str] = {}  # filled once the address is known
        # The same with the access key id of the principal that a child stands for; shared with those below.
        self._environments: dict[str, dict[str, str]] = {principal: {} for principal in PRINCIPALS}
        as_sagemaker = functools.partial(self.client, principal=SAGEMAKER)
        services = (as_sagemaker, self._work, self._environments[SAGEMAKER], self._reaper)
        self._jobs, self._endpoints = TrainingJobs(*services), ModelEndpoints(*services)
        self._processing = ProcessingJobs(*services)
        self._api = ApiProcess(self._environments[FUNCTION], self._reaper)
        make_objects_safe()
        install(self._jobs, self._endpoints)
        install_registry(state_dir / "registry.json")
        install_processing(self._processing)
        install_user_pools(state_dir / "cognito-key.json")
        self._tuning = install_tuning(self._jobs)
        self._stacks = Stacks(self.client, state_dir / "stacks.json")
        install_stacks(self._stacks)
        amplify = AmplifyApps(lambda: self._server.url)
        control = ControlRoutes(state_dir, self._token, self._api, self._jobs.interrupt, self._calls.calls)
        runtime = RuntimeFront(self._endpoints, invocation_timeout_s)
        self._vectors = VectorBuckets(state_dir / "s3vectors.sqlite")
        routes = (runtime, control, amplify, self._vectors, ComprehendMedical())
        self._server = CloudServer(FrontDoor(*routes, self._calls.note, self._after_request), port)

    def start(self) -> dict[str, Any]:
        """Restore the state, serve, and return what a client needs to know."""
        self.environment.update(cloud_environment(self._server.url, self._state_dir))
        for principal, environment in self._environments.items():
            environment.update(self.environment, AWS_ACCESS_KEY_ID=principal)
        self._server.start()
        self._state.restore(self.client("dynamodb"))
        self._state.start()
        self._stacks.restore()
        ready = {"url": self._server.url, "pid": os.getpid(), "token": self._token, "environment": self.environment}
        _write_private(self._state_dir / STATE_FILE, json.dumps(ready))
        logger.info("ready at %s, state in %s", self._server.url, self._state_dir)
        return ready

    def stop(self) -> None:
        """Stop all children, keep the state, stop serving."""
        logger.info("stopping")
        (self._state_dir / STATE_FILE).unlink(missing_ok=True)
        jobs = (self._tuning.close, self._jobs.close, self._processing.close)
        work = (self._stacks.close, *jobs, self._endpoints.close)
        for part in (self._api.stop, *work, self._state.stop, self._server.stop, self._vectors.close):
            try:
                part()
            except Exception:
                logger.exception("a part of the emulated cloud did not stop well")
        shutil.rmtree(self._work, ignore_errors=True)
        self._reaper.close()
        self._lock_file.close()

    def client(self, service: str, principal: str = PERSON) -> Any:
        """Return the boto3 client of this cloud for ``service``; clients are shared, as making one takes long."""
        with self._clients_lock:
            if (service, principal) not in self._clients:
                self._clients[service, principal] = _make_client(service, self._server.url, principal)
            return self._clients[service, principal]

    def _after_request(self, method: str, target: str) -> None:
        if changes_state(method, target):
            self._state.touch()


def _make_client(service: str, url: str, principal: str) -> Any:
    import boto3
    from botocore.config import Config

    session = boto3.Session(aws_access_key_id=principal, aws_secret_access_key="emulated", region_name=REGION)
    config = Config(retries={"mode": "standard", "total_max_attempts": 2}, proxies={}, max_pool_connections=32)
    return session.client(service, endpoint_url=url, config=config)


def cloud_environment(url: str, state_dir: Path) -> dict[str, str]:
    """Return the variables that point boto3 and the SageMaker SDK at the cloud at ``url``."""
    configuration = state_dir / "aws-config"  # empty: a person's own profiles must not steer the emulated cloud
    configuration.touch()
    sdk = state_dir / "sagemaker-sdk.yaml"
    sdk.write_text(SDK_DEFAULTS, "utf-8")
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": PERSON,
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "AWS_CONFIG_FILE": str(configuration),
        "AWS_SHARED_CREDENTIALS_FILE": str(configuration),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",  # what moto lacks answers 500, which is not worth a second try
        "SAGEMAKER_VALIDATE_ROLE": "false",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(sdk),
        "NO_PROXY": _without_proxy(os.environ.get("NO_PROXY", "")),
        "no_proxy": _without_proxy(os.environ.get("no_proxy", "")),
    }


def _forget_aws_settings() -> None:
    """Drop a person's own AWS variables and files: this process is its own cloud and talks to no other."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)


def _without_proxy(given: str) -> str:
    hosts = [host for host in given.split(",") if host]
    return ",".join([*hosts, *(host for host in ("127.0.0.1", "localhost") if host not in hosts)])


def _lock(state_dir: Path) -> Any:
    """Lock the state folder for as long as this process lives."""
    file = (state_dir / "cloud.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StateError(f"locked: another emulated cloud is using {state_dir}.") from error
    return file


def _work_folder(state_dir: Path) -> Path:
    """Return an empty folder for jobs and models, at a path that needs no quoting in a shell."""
    work = state_dir / "work"
    shutil.rmtree(work, ignore_errors=True)
    if re.fullmatch(r"[\w./+-]+", str(work), re.ASCII):
        return work
    return Path(tempfile.mkdtemp(prefix="medassist-"))


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.rename(path)


def _log_to(path: Path) -> None:
    """Send logs and both standard streams to ``path``."""
    if path.exists() and path.stat().st_size > MAX_LOG:
        path.replace(path.with_name(path.name + ".1"))
    with path.open("a") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    for noisy in ("botocore", "boto3", "urllib3", "werkzeug", "s3transfer"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _wait_for_end() -> None:
    """Return when standard input ends or a signal asks to stop."""
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: end.set())

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        end.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
    while not end.wait(1.0):
        pass


def main(arguments: list[str] | None = None) -> int:
    """Run the emulated cloud until its parent goes."""
    parser = argparse.ArgumentParser(description="The emulated cloud of medassist.")
    parser.add_argument("--state-dir", type=Path, required=True, help="folder that keeps buckets and tables")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--invocation-timeout", type=float, default=60.0, help="seconds that a model may take")
    options = parser.parse_args(arguments)
    state_dir = options.state_dir.resolve()
    _forget_aws_settings()
    os.environ.update(MOTO_SETTINGS)
    say = os.dup(sys.stdout.fileno())
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        _log_to(state_dir / "cloud.log")
        emulator = Emulator(state_dir, options.port, options.invocation_timeout)
        ready = emulator.start()
    except Exception as error:
        if not isinstance(error, StateError | OSError):
            logger.exception("the emulated cloud did not start")
            error = StateError(f"{type(error).__name__}: {error}")
        os.write(say, json.dumps({"error": str(error)}).encode() + b"\n")
        return 1
    os.write(say, json.dumps(ready).encode() + b"\n")
    os.close(say)
    _wait_for_end()
    emulator.stop()
    logging.shutdown()
    os._exit(0)  # everything is stopped and written; taking the interpreter down in good order takes a second


if __name__ == "__main__":
    sys.exit(main())
