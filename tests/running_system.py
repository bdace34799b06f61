"""The whole local cloud as processes that can be killed, frozen and started again; used by the service's suites.

The emulated cloud (with the endpoint's container as its child) runs beside the REST API. Between the API and each of
DynamoDB, S3 and the SageMaker runtime stands a proxy on which calls can be made to go wrong.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psutil
from fault_proxy import FaultProxy, wait_until

from medassist import cursors, interactions, model_packages, storage, training_job
from medassist.config import Settings
from medassist.production import serving, sign_in, stack

ROOT = Path(__file__).parents[1]
LOCAL = ROOT / "deploy" / "local"
BUCKET, TABLE, ENDPOINT = "running-system", "running-system-interactions", "running-system-t5"
INDEX = f"s3://{BUCKET}/index/sample"
WAIT_S = 60.0  # longest wait for what must happen
PROXIED = {"dynamodb": "DYNAMODB", "s3": "S3", "runtime": "SAGEMAKER_RUNTIME"}


class Process:
    """A program that says ``{"url": …}`` on stdout when it is ready; ``log`` is what it writes to stderr."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.log: list[str] = []
        self.popen = subprocess.Popen(command, env=dict(environment), text=True, start_new_session=True, **pipes)
        threading.Thread(target=self._read, daemon=True).start()
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line, f"{command} did not start: {''.join(self.log)[-3000:]}"
        self.ready: dict[str, Any] = json.loads(line)
        self.url = str(self.ready["url"])

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.pid)

    def kill(self) -> None:
        """End it as a crash does."""
        self.popen.kill()
        self.popen.wait(WAIT_S)

    def stop(self) -> int:
        """End it in good order and return its exit code."""
        assert self.popen.stdin is not None
        with contextlib.suppress(OSError):
            self.popen.stdin.close()
        return self.popen.wait(WAIT_S)

    def _read(self) -> None:
        assert self.popen.stderr is not None
        self.log.extend(self.popen.stderr)


class RunningSystem:
    """Emulated cloud, endpoint, table, index and API of our sample, in a folder of their own."""

    def __init__(self, folder: Path, index_folder: Path, model_package: Path) -> None:
        self.folder = folder
        self.cloud = self._start_cloud()
        self.settings = Settings(
            bucket=BUCKET,
            table_name=TABLE,
            endpoint_name=ENDPOINT,
            endpoint_pause_s=1.0,  # so that tests need not wait long until the model is asked again
            cache_dir=str(folder / "cache"),
        )
        self.proxies = {name: FaultProxy(self.cloud.url) for name in PROXIED}
        with self.environment():
            storage.ensure_bucket(BUCKET)
            publish_index(index_folder, "first")
            self._model = model_packages.publish_package(
                model_package, f"s3://{BUCKET}/models/tiny", version="v1", description={}
            )
            interactions.create_table(TABLE)
            cursors.create_key(self.settings.cursor_secret)
            self.start_endpoint()
        self.api = self.start_api()
        self.headers = self.sign_in()
        self.http = httpx.Client(base_url=self.api.url, headers=self.headers, timeout=WAIT_S)

    @contextlib.contextmanager
    def environment(self) -> Iterator[None]:
        """Point boto3 in this process at this cloud for a while, past the proxies."""
        before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("AWS_")}
        os.environ.update(self.cloud.ready["environment"])
        try:
            yield
        finally:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                del os.environ[name]
            os.environ.update(before)

    # --- parts --------------------------------------------------------------------------------------------------

    def start_api(self, *arguments: str, **changes: Any) -> Process:
        """Start an API process that lets in all requests, with other settings or limits where some are given."""
        settings = replace(self.settings, **changes)
        through = {f"AWS_ENDPOINT_URL_{PROXIED[name]}": proxy.url for name, proxy in self.proxies.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MEDASSIST_"))}
        environment = {**kept, **self.cloud.ready["environment"], **through, **settings.to_environment()}
        command = [sys.executable, str(LOCAL / "api.py"), "--port", "0", "--watch-stdin", "--rate", "0", *arguments]
        return Process(command, environment)

    def start_endpoint(self) -> None:
        """Bring the endpoint up, or up again; boto3 must point here."""
        serving.create(ENDPOINT, serving.container(self._model), role=training_job.default_role())

    def container(self) -> psutil.Process:
        """Return the endpoint's server."""
        below = psutil.Process(self.cloud.pid).children(recursive=True)
        (container,) = (process for process in below if any(part.endswith("/server.py") for part in process.cmdline()))
        return container

    def restart_cloud(self) -> None:
        """Start the emulated cloud again at its address, from what it has kept: no endpoints, pools, secrets."""
        self.cloud.popen.wait(WAIT_S)
        self.cloud = self._start_cloud(int(self.cloud.url.rpartition(":")[2]))
        with self.environment():
            cursors.create_key(self.settings.cursor_secret)

    def _start_cloud(self, port: int = 0) -> Process:
        command = [sys.executable, str(LOCAL / "emulator.py"), "--state-dir", str(self.folder / "cloud")]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return Process([*command, "--port", str(port)], kept)

    def client(self, api: Process) -> httpx.Client:
        """Return a client of an API that was just started, signed in."""
        return httpx.Client(base_url=api.url, headers=self.sign_in(), timeout=WAIT_S)

    def sign_in(self) -> dict[str, str]:
        """Return the headers of a new caller, of the user pool that the API started last has found or made."""
        with self.environment():
            return sign_in.headers(sign_in.find_pool(stack.NAME))

    # --- asking -------------------------------------------------------------------------------------------------

    def ask(self, question: str = "What are the symptoms of asthma?", **fields: Any) -> dict[str, Any]:
        """Ask a question that must be answered, and return the answer."""
        response = self.http.post("/v1/questions", json={"question": question, **fields})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def read(self, question_id: str) -> httpx.Response:
        """Read an answer again."""
        return self.http.get(f"/v1/questions/{question_id}")

    def stored(self) -> set[str]:
        """Return the ids of all interactions in the table, read past proxies and API."""
        from medassist import aws

        with self.environment():
            pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
            return {item["question_id"]["S"] for page in pages for item in page["Items"]}

    def close(self) -> None:
        """Stop everything, whatever state it is in."""
        self.http.close()
        for proxy in self.proxies.values():
            proxy.close()
        for process in (self.api, self.cloud):
            process.stop()


@contextlib.contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    """Freeze a process for a while."""
    process.suspend()
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED)
    try:
        yield
    finally:
        process.resume()


def publish_index(folder: Path, version: str) -> None:
    """Put an index bundle into the bucket and make it the latest."""
    uri = f"{INDEX}/{version}"
    storage.upload_folder(folder, uri)
    storage.write_json(f"{INDEX}/latest.json", {"version": version, "uri": uri})
