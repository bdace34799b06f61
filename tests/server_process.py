"""The endpoint's server as a process of its own, asked over HTTP; used by tests."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SERVER = Path(__file__).parents[1] / "deploy" / "sagemaker" / "server.py"
WAIT_S = 60.0  # longest wait for what must happen; nothing is timed
Reply = tuple[int, dict[str, str], Any]


class ServerProcess:
    """A running server; ``lines`` is its log."""

    def __init__(self, model_folder: Path, *arguments: str, **environment: str) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER), "serve", "--model-folder", str(model_folder), "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", **environment},
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.address = urlsplit(json.loads(self.wait_for(lambda line: line.startswith('{"url"')))["url"]).netloc

    def ask(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Reply:
        """Return status, headers and the body, read as JSON where it is some."""
        with self.connection() as connection:
            data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return (
                answer.status,
                headers,
                json.loads(text) if text.startswith(b"{") and text.count(b"\n") == 0 else text,
            )

    def post(self, **request: Any) -> Reply:
        """Send a request to the model."""
        return self.ask("POST", "/invocations", request)

    @contextlib.contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        """Return a connection, closed at the end."""
        connection = http.client.HTTPConnection(self.address, timeout=WAIT_S)
        try:
            yield connection
        finally:
            connection.close()

    def begin(self, **request: Any) -> socket.socket:
        """Send a request and return the connection without waiting for the answer; to close it is to leave."""
        connection = http.client.HTTPConnection(self.address, timeout=WAIT_S)
        connection.request("POST", "/invocations", json.dumps(request), {"Content-Type": "application/json"})
        return connection.sock

    def wait_for(self, wanted: Callable[[str], bool], count: int = 1) -> str:
        """Wait until so many lines of the log are as wanted; return the last of them."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            found = [line for line in list(self.lines) if wanted(line)]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.01)
        raise AssertionError("the server never said it:\n" + "\n".join(self.lines[-30:]))

    def wait_until_healthy(self) -> None:
        """Wait until ``/ping`` answers 200."""
        deadline = time.monotonic() + WAIT_S
        while self.ask("GET", "/ping")[0] != 200:
            assert time.monotonic() < deadline, "\n".join(self.lines[-30:])
            time.sleep(0.05)

    def terminate(self) -> None:
        """Tell it to stop."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        return self._process.wait(WAIT_S)

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait(WAIT_S)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
