"""What stands around a function in Lambda: the Runtime API, and processes that run a function from its zip alone.

The runtime interface client (``awslambdaric``) is the real one; it talks to :class:`RuntimeApi`, a small server of the
`Runtime API <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>`_, or to AWS's own Runtime Interface
Emulator.
"""

import json
import os
import queue
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:medassist-api:live"
API = "/2018-06-01/runtime"


class FunctionError(Exception):
    """What the runtime reported instead of an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "RuntimeApi"

    def do_GET(self) -> None:
        if self.path == f"{API}/invocation/next":
            event = self.server.events.get()
            headers = {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                "Lambda-Runtime-Deadline-Ms": str(int(1000 * (time.time() + 30))),
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
            }
            self._reply(200, json.dumps(event).encode(), headers)
        elif self.path == f"{API}/restore/next":
            self.server.snapshot_taken.set()
            self.server.restored.wait()
            self._reply(200, b"")
        else:
            self._reply(404, b"{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"null")
        failed = self.path.endswith("/error")
        self.server.results.put(FunctionError(body) if failed else body)
        self._reply(202, b'{"status": "OK"}')

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class RuntimeApi(ThreadingHTTPServer):
    """Lambda's side of one container: hands out events, takes answers, and says when a snapshot is restored."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.results: queue.Queue[Any] = queue.Queue()
        self.snapshot_taken, self.restored = threading.Event(), threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a container that is stopped breaks off its connection."""


class Runtime:
    """Where a function's zip is unpacked, and the Python and the folder with ``awslambdaric`` that run it."""

    def __init__(self, python: str, task: Path, client: Path) -> None:
        self.python, self.task, self.client = python, task, client

    def command(self, *arguments: str) -> list[str]:
        """Return a command of Python without site-packages: ``PYTHONPATH`` is all that it can import from."""
        return [self.python, "-s", "-S", *arguments]

    def environment(self, cloud: Mapping[str, str], home: Path) -> dict[str, str]:
        """Return Lambda's variables, and those of ``cloud``; nothing else of this process's."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "TMPDIR": str(home),
            "PYTHONPATH": f"{self.task}:{self.client}",
            "LAMBDA_TASK_ROOT": str(self.task),
            "AWS_LAMBDA_FUNCTION_NAME": "medassist-api",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            **cloud,
        }


class _Process:
    """A process that stands for a container, and all that it has written."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()


class Container(_Process):
    """A function under ``awslambdaric``, from its unpacked zip."""

    def __init__(self, runtime: Runtime, environment: Mapping[str, str]) -> None:
        self.api = RuntimeApi()
        variables = {**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}"}
        super().__init__(runtime.command("-m", "awslambdaric", "main.handler"), variables, runtime.task)

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the function's answer to an event; the runtime's error report is raised as FunctionError."""
        self.api.events.put(dict(event))
        deadline = time.monotonic() + 60
        while True:
            try:
                result = self.api.results.get(timeout=0.5)
                break
            except queue.Empty:
                assert self.process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
        if isinstance(result, FunctionError):
            raise result
        return dict(result)

    def close(self) -> None:
        super().close()
        self.api.shutdown()
        self.api.server_close()


class EmulatedContainer(_Process):
    """A function under the Runtime Interface Emulator, which also enforces its time limit."""

    def __init__(
        self, emulator: Path, runtime: Runtime, environment: Mapping[str, str], timeout_s: int, ports: tuple[int, int]
    ) -> None:
        front, back = (f"127.0.0.1:{port}" for port in ports)
        self._url = f"http://{front}/2015-03-31/functions/function/invocations"
        options = ["--runtime-interface-emulator-address", front, "--runtime-api-address", back]
        command = [str(emulator), *options, *runtime.command("-m", "awslambdaric", "main.handler")]
        super().__init__(command, {**environment, "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s)}, runtime.task)

    def invoke(self, event: Mapping[str, Any]) -> bytes:
        """Return what the emulator answers: the function's answer, or a sentence about its end."""
        request = urllib.request.Request(self._url, json.dumps(event).encode(), method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + 20
        while True:
            try:
                with opener.open(request, timeout=60) as answer:
                    return bytes(answer.read())
            except urllib.error.URLError as error:
                refused = isinstance(error.reason, ConnectionRefusedError)  # it does not listen yet
                if not refused or time.monotonic() > deadline or self.process.poll() is not None:
                    raise AssertionError(self.log) from error
                time.sleep(0.05)


def cloud_environment() -> dict[str, str]:
    """Return this process's ``AWS_*`` variables, which point at the emulated cloud."""
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
