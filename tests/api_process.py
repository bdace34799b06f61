"""The REST API as a process of its own, against the cloud that boto3 points at; used by tests."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from medassist.config import Settings
from medassist.production import sign_in

ROOT = Path(__file__).parents[1]


def start(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "deploy" / "local" / "api.py"), *arguments]
    environment = {**os.environ, **settings.to_environment()}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, text=True)


class RunningApi:
    """An API process, its client, and all that it has written to stderr; nothing said, it lets in all requests."""

    def __init__(self, settings: Settings, pool: str, *arguments: str) -> None:
        self._pool = pool
        common = ("--port", "0", "--watch-stdin", "--stack-name", pool, "--rate", "0")
        self.process = start(settings, *common, *arguments)
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "".join(self.log)
        self.url = json.loads(line)["url"]
        self.http = self.client()

    def client(self) -> httpx.Client:
        """Return a client of a caller of its own."""
        headers = sign_in.headers(sign_in.find_pool(self._pool))
        return httpx.Client(base_url=self.url, timeout=30, headers=headers)

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    def stop(self) -> None:
        self.http.close()
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self._reader.join()
